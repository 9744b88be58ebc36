/**
 * @file gia/files.h
 * The Files API: uploading what is too large to go along with a request.
 *
 * It belongs to the Gemini API; on Vertex AI every start here returns #GIA_EINVAL (use gs://
 * there). Each operation is a call like any other. Protocol: Files API.
 */
#ifndef GIA_FILES_H
#define GIA_FILES_H

#include <stddef.h>
#include <stdint.h>

#include <gia/call.h>
#include <gia/client.h>
#include <gia/error.h>
#include <gia/export.h>
#include <gia/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a file stands. The service may add more. */
typedef enum gia_file_state_e {
    GIA_FILE_STATE_NONE = 0, /**< none was given */
    GIA_FILE_STATE_OTHER,    /**< one that this version does not know */
    GIA_FILE_PROCESSING,     /**< not usable yet */
    GIA_FILE_ACTIVE,         /**< usable */
    GIA_FILE_FAILED          /**< never usable: `error_message` says why */
} gia_file_state_t;

/** A file as the service describes it. Strings are NULL where it says nothing. */
struct gia_file_s {
    const char *name; /**< "files/abc123": what get and delete want */
    const char *display_name;
    const char *mime_type;
    const char *uri;    /**< what gia_request_add_uri() wants, once the file is active */
    const char *source; /**< "UPLOADED", … */
    const char *sha256_hash;
    int64_t size_bytes; /**< -1 if unknown */
    gia_file_state_t state;
    const char *state_text;  /**< the service's word; "" if none */
    const char *create_time; /**< RFC 3339 */
    const char *update_time;
    const char *expiration_time;
    const char *error_message; /**< of a failed file */
    const gia_json_t *json;    /**< the whole object */
};

/** Hears how far an upload has come: `sent` of `total` bytes have been taken by the service. First
 * 0, when the service has agreed to the upload, then more and more, never less, in the end `total`.
 * Every gia function may be called from it. */
typedef void (*gia_upload_progress_cb)(gia_call_t *call, int64_t sent, int64_t total, void *data);

/** What to upload. Start from #GIA_UPLOAD_OPTIONS_INIT; the struct and its strings are copied. */
typedef struct gia_upload_options_s {
    size_t size;           /**< Required: sizeof(gia_upload_options_t) */
    const char *path;      /**< Either: a file, read by the loop's thread pool while it is sent */
    const void *bytes;     /**< Or: memory; borrowed until on_done */
    size_t len;            /**< its bytes */
    const char *mime_type; /**< Optional: guessed from the path, else from the first bytes */
    const char *name;      /**< Optional: "my-id" or "files/my-id"; else the service makes one up */
    const char *display_name; /**< Optional */
    size_t piece_bytes;       /**< Optional: bytes a piece, a multiple of 262,144; default 8 MiB;
                                   more if the service wants larger ones */
    unsigned max_resumes;     /**< Optional: how often in a row a break that brought nothing new is
                                   followed by another try; default 5, #GIA_NO_RESUME for none */
    int wait_until_active;    /**< Optional: 1: end when the file is usable, not when it is there */
    int64_t wait_timeout_ms;  /**< Optional: ceiling for that wait; default 600,000 */
    gia_upload_progress_cb on_progress; /**< Optional; gets the call's data */
} gia_upload_options_t;

/** For max_resumes: a lost connection ends the upload. */
#define GIA_NO_RESUME 0xffffffffu

/** Options for an upload with everything at its default. */
#define GIA_UPLOAD_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(gia_upload_options_t), NULL, NULL, 0, NULL, NULL, NULL, 0, 0, 0, 0, NULL            \
    }

/**
 * What gia_file_upload() would say to these options: #GIA_OK, #GIA_EINVAL or #GIA_EFILE.
 *
 * *message (may be NULL; `size` is its bytes) gets one line that says what is wrong, the path with
 * it, cut off if there is no room: 512 is plenty. As there, the file is looked at with a few short
 * blocking system calls. Callable from any thread and every callback.
 */
GIA_EXTERN int gia_upload_check(const gia_upload_options_t *upload, char *message, size_t size);

/**
 * Upload a file: POST /upload/{version}/files, then its pieces.
 *
 * A piece whose connection breaks, or that is answered with a 408, 429 or 5xx, is followed by a
 * question to the service how much it has, and goes on from there, after pauses that grow from half
 * a second to 8 s; one for which the service asks may last a minute, then the upload ends.
 * result->file is the file; with wait_until_active it is active, and one that failed ends with
 * #GIA_EFILE_FAILED, one that takes too long with #GIA_EFILE_NOT_ACTIVE (result->file is set in
 * both cases).
 *
 * `out`, `options` and what is returned are as for gia_interaction_create(), but nothing is too
 * big; also #GIA_EINVAL for options that are NULL, or wrong (neither or both of path and bytes, no
 * bytes, a bad name, a MIME type that is none, or missing and cannot be guessed, a bad piece_bytes,
 * text that is not UTF-8), and #GIA_EFILE for a file that is missing, no regular file, empty or
 * unreadable: gia_upload_check() says which. on_done may bring #GIA_EFILE_CHANGED, too. Idle and
 * first-byte timeouts are for each exchange, the total timeout is for the whole. Callable from
 * every callback, on the loop's thread.
 */
GIA_EXTERN int gia_file_upload(gia_call_t **out, gia_client_t *client,
                               const gia_upload_options_t *upload,
                               const gia_call_options_t *options);

/**
 * Read what is known of a file: GET /{version}/files/{name}.
 *
 * `name` is the file's with or without "files/"; it is copied. result->file is the file.
 *
 * `out` and `options` may be NULL. On #GIA_OK no callback has run yet. On any other code nothing
 * was started, *out is untouched and no callback will run: #GIA_EINVAL (`client` or `name` is NULL;
 * the name is none that a file can have; the options lack their size; Vertex AI), #GIA_ENOMEM,
 * #GIA_ECLOSING, #GIA_ETOO_MANY_CALLS. Every other code comes to on_done. Callable from every
 * callback, on the loop's thread.
 */
GIA_EXTERN int gia_file_get(gia_call_t **out, gia_client_t *client, const char *name,
                            const gia_call_options_t *options);

/**
 * Wait until a file is usable: gets it again and again, after 1 s, then 2, 4, …, at most 10.
 *
 * Ends with the active file, or as gia_file_upload() with wait_until_active. `wait_timeout_ms`: 0
 * is 600,000, #GIA_NO_TIMEOUT never, any other negative number #GIA_EINVAL; the last look begins
 * when it is over, at the latest, and has five seconds. A look that breaks, or that is answered
 * with a 408, 429 or 5xx, is not the end. The rest is as for gia_file_get().
 */
GIA_EXTERN int gia_file_wait(gia_call_t **out, gia_client_t *client, const char *name,
                             int64_t wait_timeout_ms, const gia_call_options_t *options);

/**
 * One page of the project's files: GET /{version}/files.
 *
 * `page_size` 0: the service's default. `page_token` NULL: the first page; then what the page
 * before gave in result->next_page_token, which is NULL on the last; it is copied and escaped.
 * on_done finds the page in result->files and result->file_count, which can be 0; result->file is
 * NULL. The rest is as for gia_file_get(), but for the name.
 */
GIA_EXTERN int gia_file_list(gia_call_t **out, gia_client_t *client, unsigned page_size,
                             const char *page_token, const gia_call_options_t *options);

/**
 * Delete a file: DELETE /{version}/files/{name}.
 *
 * on_done gets #GIA_OK and no file. Arguments and codes as for gia_file_get().
 */
GIA_EXTERN int gia_file_delete(gia_call_t **out, gia_client_t *client, const char *name,
                               const gia_call_options_t *options);

#ifdef __cplusplus
}
#endif
#endif /* GIA_FILES_H */
