/**
 * @file gia/content.h
 * Looking closer at one output: its citations, its media, the tool call or result that it is.
 *
 * The views are structs of the caller's that point into the interaction which the content belongs
 * to, and die with it. Members that the service did not send are NULL, -1 or 0.
 * Whatever the service adds later is in `json`. Nothing here but gia_content_save() takes time, and
 * everything is callable from every callback.
 */
#ifndef GIA_CONTENT_H
#define GIA_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include <gia/allocator.h>
#include <gia/error.h>
#include <gia/export.h>
#include <gia/interaction.h>
#include <gia/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- annotations -- */

/** The kinds of annotations. The service may add more. */
typedef enum gia_annotation_type_e {
    GIA_ANNOTATION_OTHER = 0,
    GIA_ANNOTATION_URL_CITATION, /**< also what early answers gave as a bare `source` */
    GIA_ANNOTATION_FILE_CITATION,
    GIA_ANNOTATION_PLACE_CITATION,
    GIA_ANNOTATION_SPEECH_METADATA,
    GIA_ANNOTATION_WORD_INFO
} gia_annotation_type_t;

/** One annotation of a text. Protocol: content, annotations. */
typedef struct gia_annotation_s {
    gia_annotation_type_t type;
    const char *type_name;    /**< the service's word; "" if it gave none */
    int64_t start_index;      /**< first byte of the text that it is about; -1 if none */
    int64_t end_index;        /**< the byte behind the last one; -1 if none */
    const char *url;          /**< url and place citations; the document's for files; early answers:
                                 the source, if it is an address */
    const char *title;        /**< url: title; file: file name; place: name */
    const char *source;       /**< file: the source's text; early answers: the source */
    int64_t page_number;      /**< file; -1 if none */
    const char *place_id;     /**< place */
    const char *speaker;      /**< speech_metadata, word_info */
    const char *text;         /**< word_info: the word */
    const char *start_offset; /**< word_info: when it begins, "0.120s" */
    const char *end_offset;   /**< word_info: when it ends */
    const gia_json_t *json;   /**< the whole annotation */
} gia_annotation_t;

/** The number of annotations of a text; 0 for anything else and NULL. */
GIA_EXTERN size_t gia_content_annotation_count(const gia_content_t *content);

/**
 * Read annotation `index` into *annotation: 1, or 0 and nothing if there is none.
 *
 * The indexes are the service's own: check them against text_len before cutting.
 */
GIA_EXTERN int gia_content_annotation(const gia_content_t *content, size_t index,
                                      gia_annotation_t *annotation);

/* -- media -- */

/**
 * Decode the `data` of an image, audio, video or document.
 *
 * On #GIA_OK *bytes has *len bytes, from `allocator` (NULL: the C library's); free them with its
 * free function. Otherwise both are untouched: #GIA_EINVAL (an argument is NULL; the content has no
 * data, though perhaps a uri), #GIA_EBASE64 (it is not base64), #GIA_ENOMEM.
 */
GIA_EXTERN int gia_content_decode(const gia_content_t *content, const gia_allocator_t *allocator,
                                  void **bytes, size_t *len);

/**
 * Write the decoded `data` to a file, a piece at a time, without a copy in memory.
 *
 * The file appears whole or not at all: it is written beside its place under a name of its own,
 * synced, and renamed; what was there is replaced. Then its folder is synced where the system can,
 * so that the name stays, too; that this failed is not told. This blocks: for large media on a busy
 * loop keep the interaction and call it from uv_queue_work(). #GIA_OK, #GIA_EINVAL (an argument is
 * NULL; the content has no data), #GIA_EBASE64, or #GIA_EFILE (errno says why: no such directory,
 * no space, …). Allocates nothing.
 */
GIA_EXTERN int gia_content_save(const gia_content_t *content, const char *path);

/* -- tools -- */

/** What a tool call asks for, whichever tool. */
typedef struct gia_tool_call_s {
    gia_content_type_t type;     /**< GIA_CONTENT_…_CALL */
    const char *id;              /**< what the result's call_id repeats */
    const char *name;            /**< function, mcp_server_tool */
    const char *server_name;     /**< mcp_server_tool */
    const gia_json_t *arguments; /**< all arguments */
    const char *code;            /**< code_execution */
    const char *language;        /**< code_execution: "python", … */
    const gia_json_t *queries;   /**< google_search, google_maps, retrieval: array of strings */
    const gia_json_t *urls;      /**< url_context: array of strings */
    const char *search_type;     /**< google_search */
    const char *retrieval_type;  /**< retrieval */
    const char *signature;
} gia_tool_call_t;

/** Read a tool call: 1, or 0 and nothing if the content is none (NULL included). */
GIA_EXTERN int gia_tool_call_read(const gia_content_t *content, gia_tool_call_t *call);

/** What a tool answered, whichever tool. */
typedef struct gia_tool_result_s {
    gia_content_type_t type;  /**< GIA_CONTENT_…_RESULT */
    const char *call_id;      /**< the `id` of the call */
    const char *name;         /**< function, mcp_server_tool */
    const char *server_name;  /**< mcp_server_tool */
    int is_error;             /**< the tool failed */
    const gia_json_t *result; /**< all of it */
    const char *text;         /**< the result, if it is a string */
    size_t source_count;      /**< google_search, url_context, file_search; google_maps: places */
    const char *signature;
} gia_tool_result_t;

/** Read a tool result: 1, or 0 and nothing if the content is none (NULL included). */
GIA_EXTERN int gia_tool_result_read(const gia_content_t *content, gia_tool_result_t *result);

/** One thing that a tool found. */
typedef struct gia_source_s {
    const char *url;                /**< search, url_context, maps */
    const char *title;              /**< search, file_search: title; maps: the place's name */
    const char *text;               /**< file_search: the passage */
    const char *status;             /**< url_context: "success", "error", "paywall", "unsafe" */
    const char *store;              /**< file_search: the store */
    const char *place_id;           /**< maps */
    const char *search_suggestions; /**< search: HTML to be shown with the answer */
    const gia_json_t *json;
} gia_source_t;

/** Read source `index` of a result: 1, or 0 and nothing if there is none. */
GIA_EXTERN int gia_tool_result_source(const gia_tool_result_t *result, size_t index,
                                      gia_source_t *source);

/**
 * Whether an output is a call that the service leaves to the program: a function_call of an
 * interaction with status requires_action, which none of its results answers yet.
 */
GIA_EXTERN int gia_interaction_awaits(const gia_interaction_t *interaction,
                                      const gia_content_t *call);

#ifdef __cplusplus
}
#endif
#endif /* GIA_CONTENT_H */
