/**
 * @file gia/event.h
 * One event of a stream, in the words of one model whichever revision the server speaks.
 *
 * Protocol: streaming. The service renamed its events in May 2026; the table of both spellings:
 *
 *     gia                          legacy                       current
 *     interaction.start            interaction.start            interaction.created
 *     interaction.status_update    interaction.status_update    interaction.status_update
 *     content.start                content.start                step.start
 *     content.delta                content.delta                step.delta
 *     content.stop                 content.stop                 step.stop
 *     interaction.complete         interaction.complete         interaction.completed
 *     error                        error                        error
 *
 * The marker "[DONE]" at a stream's end is no event: on_done tells of the end.
 *
 * Every byte of text comes in a content.delta. A block may begin with some of its text, or of a
 * thought's summary, already in its start: then the start is followed by a delta for each such
 * piece, as if the server had sent it, which the deltas of the server continue.
 */
#ifndef GIA_EVENT_H
#define GIA_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include <gia/export.h>
#include <gia/interaction.h>
#include <gia/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The kinds of events. The service may add more: they come as #GIA_EVENT_OTHER, raw. */
typedef enum gia_event_type_e {
    GIA_EVENT_OTHER = 0,
    GIA_EVENT_INTERACTION_START,
    GIA_EVENT_INTERACTION_STATUS_UPDATE,
    GIA_EVENT_CONTENT_START,
    GIA_EVENT_CONTENT_DELTA,
    GIA_EVENT_CONTENT_STOP,
    GIA_EVENT_INTERACTION_COMPLETE,
    GIA_EVENT_ERROR
} gia_event_type_t;

/** The kinds of deltas. The service may add more: they come as #GIA_DELTA_OTHER, raw. */
typedef enum gia_delta_type_e {
    GIA_DELTA_OTHER = 0,
    GIA_DELTA_TEXT,              /**< `text` continues the text */
    GIA_DELTA_TEXT_ANNOTATION,   /**< `json` holds `annotations` for the text so far */
    GIA_DELTA_IMAGE,             /**< a whole image: `data` or `uri`, `mime_type` */
    GIA_DELTA_AUDIO,             /**< a piece of audio: `data` (decode each piece by itself) */
    GIA_DELTA_VIDEO,             /**< a whole video: `data` or `uri`, `mime_type` */
    GIA_DELTA_DOCUMENT,          /**< a whole document: `data` or `uri`, `mime_type` */
    GIA_DELTA_THOUGHT_SUMMARY,   /**< `text` is one more item of the thought's summary */
    GIA_DELTA_THOUGHT_SIGNATURE, /**< `signature` of the thought, opaque */
    GIA_DELTA_FUNCTION_CALL,     /**< `arguments` is one more piece of the call's JSON arguments */
    GIA_DELTA_TOOL               /**< any other tool call or result: `id`, `name`, `json` */
} gia_delta_type_t;

/**
 * What a content.delta brings. Strings are NUL-terminated and valid UTF-8, `…_len` counts their
 * bytes, and NULL means that this delta has none.
 */
typedef struct gia_delta_s {
    gia_delta_type_t type;
    const char *type_name; /**< "text", "function_call", …; the service's word where gia has none */
    const char *text;      /**< text, thought_summary */
    size_t text_len;
    const char *signature; /**< thought_signature, and tools that are signed */
    const char *id;        /**< calls: their id; results: the id of the call. Filled from the
                                content.start when the delta itself has none */
    const char *name;      /**< function and MCP calls: the tool's name, filled likewise */
    const char *arguments; /**< function_call: a piece of JSON text */
    size_t arguments_len;
    const char *mime_type;
    const char *data; /**< media: base64 */
    size_t data_len;
    const char *uri;
    const gia_json_t *json; /**< the delta as it came, or the part of the content.start that this
                                 delta repeats; NULL if the event has none */
} gia_delta_t;

/**
 * One event. Everything in it is borrowed until the callback returns. Members that do not belong to
 * the event's type are 0 or NULL.
 */
typedef struct gia_event_s {
    gia_event_type_t type;
    const char *name;      /**< gia's word, for instance "content.delta"; for other the wire's */
    const char *wire_name; /**< the server's word, for instance "step.delta" */
    const char *event_id;  /**< resume token, on some events; NULL if none */

    int64_t index; /**< content.*: which block; -1 for all others, and when the server gave none */
    gia_delta_t delta; /**< content.delta */

    gia_content_type_t step_type; /**< content.start: the type of the step that begins; legacy text,
                                       image, audio, video and document are model_output */
    const char *step_type_name;   /**< the same as a word */
    const gia_json_t *content;    /**< content.start: the step (legacy: content) that begins */

    const char *interaction_id; /**< interaction.*: NULL or "" if the server gave none */
    gia_status_t status;        /**< interaction.* */
    const char *status_text;    /**< interaction.*: the service's word; NULL if none */
    const gia_usage_t *usage;   /**< interaction.*: NULL if none */

    const char *error_code;    /**< error: as text, numbers too; NULL if none */
    const char *error_message; /**< error: may be NULL or "" */

    const gia_json_t *json; /**< the whole event; NULL only for a delta that the server did not
                                 send: one that repeats a piece of the content.start, or one with
                                 U+FFFD for a character of which the server sent one half; or for
                               the rest of a delta whose beginning came before a break */
} gia_event_t;

/** gia's word for an event type, for instance "content.delta"; "other" for the rest. Static. */
GIA_EXTERN const char *gia_event_type_name(gia_event_type_t type);

/** gia's word for a delta type, for instance "thought_summary"; "other" for the rest. Static. */
GIA_EXTERN const char *gia_delta_type_name(gia_delta_type_t type);

#ifdef __cplusplus
}
#endif
#endif /* GIA_EVENT_H */
