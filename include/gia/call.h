/**
 * @file gia/call.h
 * One operation under way: how it is watched, steered and ended.
 *
 * Every operation (create, …) is a `gia_call_t`. After a successful start come zero or more
 * on_event, then exactly one on_done, then silence. No callback ever runs inside of the call that
 * starts an operation. docs/lifetime.md has the rules in one list.
 */
#ifndef GIA_CALL_H
#define GIA_CALL_H

#include <stddef.h>
#include <stdint.h>

#include <gia/error.h>
#include <gia/event.h>
#include <gia/export.h>
#include <gia/interaction.h>
#include <gia/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One operation under way. It lives from a successful start until its on_done has returned. */
typedef struct gia_call_s gia_call_t;

/** The client that a call belongs to; see gia/client.h. */
struct gia_client_s;

/** A file of the Files API; see gia/files.h. */
typedef struct gia_file_s gia_file_t;

/** Timeout value: never. (0 means the client's setting.) */
#define GIA_NO_TIMEOUT (-1)

/** How an operation ended. All of it is borrowed until on_done returns. */
typedef struct gia_result_s {
    /** #GIA_OK, or what went wrong: see gia/error.h. */
    int code;

    /** One line of English that says what happened in this case. Never NULL; never holds a key. */
    const char *message;

    /** The HTTP status; 0 if no answer came. */
    int http_status;

    /**
     * The interaction. After success: what the service answered, or for a stream what its events
     * add up to. After trouble in a stream: what had arrived. NULL if nothing had, and for streams
     * with folding turned off. gia_interaction_keep() keeps it.
     */
    const gia_interaction_t *interaction;

    const gia_file_t *file;      /**< operations on files: the file; else NULL */
    const gia_file_t *files;     /**< gia_file_list(): the page, an array; else NULL */
    size_t file_count;           /**< its length */
    const char *next_page_token; /**< gia_file_list(): for the next page; NULL after the last */

    /** The service's error code as text ("rate_limit_exceeded"); or NULL. */
    const char *service_code;
    const char *service_message;     /**< the service's own words; NULL if it gave none */
    const gia_json_t *service_error; /**< the whole error object; NULL if none */
    int64_t retry_after_ms;          /**< how long the service asks to wait; -1 if it did not say */

    int curl_code;     /**< libcurl's CURLcode when the transport failed, else 0 */
    unsigned attempts; /**< requests made for this call; 0 if it ended before the first */
    unsigned resumes;  /**< of these: how often a stream was taken up again */
    int request_sent;  /**< 1 if bytes of a request may have reached the server: it may have run */
    int may_have_run;  /**< 1: a create was lost after it was sent, so the service may have run,
                          stored and billed something that nobody will hear of */
    int cancel_code;   /**< after gia_call_cancel_remote(): how the service's cancel went; else
                          #GIA_OK. #GIA_ECANCELED: the call was ended before it was answered */
    uint64_t event_count; /**< events handed to on_event */
} gia_result_t;

/**
 * Hears one event of a stream. Optional.
 *
 * `event` is borrowed until the callback returns. Every gia function may be called from it; cancel
 * and pause take effect at once: no further event is delivered.
 */
typedef void (*gia_event_cb)(gia_call_t *call, const gia_event_t *event, void *data);

/**
 * Hears the end of a call: exactly once for every call that was started, whatever happened.
 *
 * `result` is borrowed until the callback returns; the call is gone then. Every gia function may be
 * called from it, gia_client_close() included.
 */
typedef void (*gia_done_cb)(gia_call_t *call, const gia_result_t *result, void *data);

/** What becomes of a stream's deltas. */
typedef enum gia_fold_e {
    GIA_FOLD_ON = 0, /**< they are folded into the interaction that on_done gets */
    GIA_FOLD_OFF     /**< they are only handed to on_event: a relay that wants no memory */
} gia_fold_t;

/** Which creates are sent again after trouble; what only reads, cancels or deletes always may. */
typedef enum gia_retry_e {
    GIA_RETRY_SAFE = 0, /**< those that the service cannot have run: there was no connection, or it
                             answered 408, 429 or 5xx */
    GIA_RETRY_LOST /**< those that were sent and lost before anything came, too: the service may
                        run, store and bill them twice */
} gia_retry_t;

/**
 * Whether a stream that broke is taken up where it broke: its connection was lost, cut or silent
 * for idle_timeout_ms, or it ended without its last word.
 *
 * That can be done for a background run that the service keeps, once its id is known, and for a
 * get. The caller hears one unbroken sequence: what was told before is not told again, though the
 * service may begin anew or cut its texts otherwise. A stream that brings nothing new for
 * max_resumes times is not asked for any more: the run is looked at until it has ended, and what is
 * missing is told from the interaction, in larger pieces. (Only of a recording that was cut nothing
 * more is told: all of it is in the result.) What cannot be taken up is lost: the code says how,
 * and the result has what had arrived. Protocol: resuming.
 */
typedef enum gia_resume_e {
    GIA_RESUME_AUTO = 0, /**< if it can be */
    GIA_RESUME_OFF       /**< never: the call ends with what had arrived */
} gia_resume_t;

/** Told that a stream broke and is taken up again, before that happens: `result` says why, as
 * on_done would. Every gia function may be called from it. */
typedef void (*gia_reconnect_cb)(gia_call_t *call, const gia_result_t *result, void *data);

/** Told where a watched interaction stands, when that has changed. `interaction` is borrowed. Every
 * gia function may be called from it. */
typedef void (*gia_status_cb)(gia_call_t *call, const gia_interaction_t *interaction, void *data);

/**
 * How a background run is followed to its end. Start from #GIA_WATCH_OPTIONS_INIT; zero means
 * default. Protocol: background, polling.
 */
typedef struct gia_watch_options_s {
    size_t size;             /**< Required: sizeof(gia_watch_options_t) */
    int64_t interval_ms;     /**< Optional: first pause between two looks, give or take a tenth;
                                1,000 */
    int64_t max_interval_ms; /**< Optional: pauses grow by half up to this; 10,000, or interval_ms
                                if that is longer */
    int64_t timeout_ms; /**< Optional: it must have ended by then, counted from the start of the
                             call; 3,600,000, #GIA_NO_TIMEOUT never; #GIA_EWATCH_TIMEOUT */
    gia_status_cb on_status; /**< Optional: hears each change, the first status included; gets the
                                call's data. What a stream tells comes as events instead, but for
                                its end */
} gia_watch_options_t;

/** Options to watch with everything at its default. */
#define GIA_WATCH_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(gia_watch_options_t), 0, 0, 0, NULL                                                 \
    }

/** Whether a long answer is continued when the service stops at its limit for one request. */
typedef enum gia_continuation_e {
    GIA_CONTINUATION_AUTO = 0, /**< it is asked to go on, and all is merged into one interaction and
                                    one sequence of events. Each request bills its input again */
    GIA_CONTINUATION_OFF       /**< the call ends with the status requires_continuation */
} gia_continuation_t;

/**
 * How one call is to be made. Start from #GIA_CALL_OPTIONS_INIT; zero means default everywhere. The
 * struct is copied.
 */
typedef struct gia_call_options_s {
    size_t size;                     /**< Required: sizeof(gia_call_options_t) */
    gia_event_cb on_event;           /**< Optional: hears the events of a stream */
    gia_done_cb on_done;             /**< Optional: hears the end */
    void *data;                      /**< Optional: handed to the callbacks, never touched */
    int64_t connect_timeout_ms;      /**< Optional: 0 = the client's, or #GIA_NO_TIMEOUT */
    int64_t first_byte_timeout_ms;   /**< likewise */
    int64_t idle_timeout_ms;         /**< likewise */
    int64_t total_timeout_ms;        /**< likewise */
    gia_fold_t fold;                 /**< Optional: default #GIA_FOLD_ON */
    gia_continuation_t continuation; /**< Optional: default #GIA_CONTINUATION_AUTO; for a create by
                                        a model without background. Protocol: continuation */
    unsigned max_attempts;           /**< Optional: 0 = the client's; 1: nothing is sent again */
    gia_retry_t retry;               /**< Optional: default #GIA_RETRY_SAFE */
    gia_resume_t resume;             /**< Optional: default #GIA_RESUME_AUTO */
    gia_reconnect_cb on_reconnect;   /**< Optional: hears that a stream is taken up again */
    const gia_watch_options_t
        *watch;                 /**< Optional: a create with background ends when the run does,
                                     not when it was accepted; copied. Protocol: polling */
    const char *const *headers; /**< Optional: more headers for every request of the call, whole
                                   lines such as "traceparent: …", copied. Refused (#GIA_EINVAL) are
                                     lines without a name or a value or with a control character,
                                     names that gia or libcurl sends itself, and credentials */
    size_t header_count;        /**< Optional: their number, at most 8 */
} gia_call_options_t;

/** Options with everything at its default. */
#define GIA_CALL_OPTIONS_INIT                                                                      \
    {                                                                                              \
        sizeof(gia_call_options_t), NULL, NULL, NULL, 0, 0, 0, 0, GIA_FOLD_ON,                     \
            GIA_CONTINUATION_AUTO, 0, GIA_RETRY_SAFE, GIA_RESUME_AUTO, NULL, NULL, NULL, 0         \
    }

/**
 * Stop a call. It ends with #GIA_ECANCELED, later, from the loop; no event comes before that.
 *
 * Closes the exchange on this side; what already runs on the server may go on there. Callable from
 * every callback and repeatedly; without effect on a call whose on_done is running.
 */
GIA_EXTERN void gia_call_cancel(gia_call_t *call);

/**
 * Stop a call, and the background run that it started or watches on the server, too.
 *
 * No event comes any more; the service's cancel is sent if the run's id is known and it is not
 * known to have ended, and then the call ends with #GIA_ECANCELED: result->interaction is what the
 * service answered to the cancel (its status may lag behind), or what had arrived if that failed,
 * and result->cancel_code how it went: #GIA_OK, a code, or #GIA_EINVAL if there was nothing to
 * cancel. That takes first_byte_timeout_ms at most; a pause has no effect on it, and
 * gia_call_cancel() still ends it at once. Callable from every callback and repeatedly; without
 * effect on a call that was canceled already.
 */
GIA_EXTERN void gia_call_cancel_remote(gia_call_t *call);

/**
 * Stop the flow of events until gia_call_resume(); the end waits, too, unless it is a cancel, a
 * close, the total timeout or the one of a watch. The transport stops reading, so that the server
 * is slowed down. What had already been received is kept: at most one read (16 KiB) by this
 * library, 64 KiB by libcurl, and what the kernel's socket buffers hold. With HTTP/2 libcurl reads
 * on for others that share the connection; then it keeps what comes for this one, up to the
 * stream's window (32 MiB in libcurl 7.88, which cannot be set; #GIA_HTTP_1_1 has none). Idle and
 * first-byte timeouts rest meanwhile, the total timeout does not.
 *
 * Callable from every callback, before anything has been sent too, and repeatedly.
 */
GIA_EXTERN void gia_call_pause(gia_call_t *call);

/**
 * Let the events flow again. They come from the loop, never from inside of this call.
 *
 * Callable from every callback; without effect on a call that is not paused.
 */
GIA_EXTERN void gia_call_resume(gia_call_t *call);

/** The pointer that the callbacks get. Callable from every callback. */
GIA_EXTERN void *gia_call_data(const gia_call_t *call);

/** Change the pointer that the callbacks get. Callable from every callback. */
GIA_EXTERN void gia_call_set_data(gia_call_t *call, void *data);

/** The client that a call was started with. Callable from every callback. */
GIA_EXTERN struct gia_client_s *gia_call_client(const gia_call_t *call);

#ifdef __cplusplus
}
#endif
#endif /* GIA_CALL_H */
