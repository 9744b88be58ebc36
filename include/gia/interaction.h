/**
 * @file gia/interaction.h
 * The interaction that a call ends with, seen in both revisions' words: the flat outputs and the
 * steps behind them, whichever of the two the server spoke.
 *
 * Protocol: the Interaction resource of the Interactions API (legacy `outputs`, current `steps`).
 */
#ifndef GIA_INTERACTION_H
#define GIA_INTERACTION_H

#include <stddef.h>
#include <stdint.h>

#include <gia/export.h>
#include <gia/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The two revisions of the protocol. */
typedef enum gia_revision_e {
    GIA_REVISION_STEPS = 0, /**< current: `steps`, `step.*` events */
    GIA_REVISION_LEGACY     /**< until June 2026: `outputs`, `content.*` events */
} gia_revision_t;

/**
 * Where an interaction stands. The service may add more: what has no name here is
 * #GIA_STATUS_OTHER, and its text is at hand beside it.
 */
typedef enum gia_status_e {
    GIA_STATUS_NONE = 0, /**< no status was given */
    GIA_STATUS_OTHER,    /**< one that this version does not know */
    GIA_STATUS_QUEUED,
    GIA_STATUS_IN_PROGRESS,
    GIA_STATUS_REQUIRES_ACTION,
    GIA_STATUS_REQUIRES_CONTINUATION,
    GIA_STATUS_COMPLETED,
    GIA_STATUS_INCOMPLETE,
    GIA_STATUS_BUDGET_EXCEEDED,
    GIA_STATUS_FAILED,
    GIA_STATUS_CANCELLED
} gia_status_t;

/**
 * The types of outputs, steps and the content inside of steps. The service may add more: what has
 * no name here is #GIA_CONTENT_OTHER, with its word in `type_name` and its JSON at hand.
 */
typedef enum gia_content_type_e {
    GIA_CONTENT_OTHER = 0,
    GIA_CONTENT_TEXT,
    GIA_CONTENT_IMAGE,
    GIA_CONTENT_AUDIO,
    GIA_CONTENT_VIDEO,
    GIA_CONTENT_DOCUMENT,
    GIA_CONTENT_THOUGHT,
    GIA_CONTENT_FUNCTION_CALL,
    GIA_CONTENT_FUNCTION_RESULT,
    GIA_CONTENT_CODE_EXECUTION_CALL,
    GIA_CONTENT_CODE_EXECUTION_RESULT,
    GIA_CONTENT_GOOGLE_SEARCH_CALL,
    GIA_CONTENT_GOOGLE_SEARCH_RESULT,
    GIA_CONTENT_URL_CONTEXT_CALL,
    GIA_CONTENT_URL_CONTEXT_RESULT,
    GIA_CONTENT_MCP_SERVER_TOOL_CALL,
    GIA_CONTENT_MCP_SERVER_TOOL_RESULT,
    GIA_CONTENT_FILE_SEARCH_CALL,
    GIA_CONTENT_FILE_SEARCH_RESULT,
    GIA_CONTENT_GOOGLE_MAPS_CALL,
    GIA_CONTENT_GOOGLE_MAPS_RESULT,
    GIA_CONTENT_RETRIEVAL_CALL,
    GIA_CONTENT_RETRIEVAL_RESULT,
    GIA_CONTENT_PROCESSING_CALL,
    GIA_CONTENT_PROCESSING_RESULT,
    GIA_CONTENT_USER_INPUT,  /**< a step that holds content */
    GIA_CONTENT_MODEL_OUTPUT /**< a step that holds content */
} gia_content_type_t;

/**
 * One output, or one piece of content in a step.
 *
 * Strings are NUL-terminated and valid UTF-8; `…_len` counts bytes. A string is NULL when the
 * service sent none. All of it belongs to the interaction and dies with it.
 */
typedef struct gia_content_s {
    gia_content_type_t type;
    const char *type_name; /**< the type in the service's word; "" when it sent none */
    const char *text;      /**< text: the text. thought: its summary, joined */
    size_t text_len;
    const char *mime_type; /**< image, audio, video, document */
    const char *data;      /**< the same: base64, or NULL when there is a `uri` */
    size_t data_len;
    const char *uri;
    const char *id;                /**< calls: their id. results: the id of the call they answer */
    const char *name;              /**< function and MCP calls and results: the tool's name */
    const gia_json_t *arguments;   /**< calls: the arguments, normally an object; NULL if none */
    const gia_json_t *result;      /**< results: the result, any JSON; NULL if none */
    int is_error;                  /**< results: the tool reported an error */
    const char *signature;         /**< thoughts and calls: opaque, may be "" */
    const gia_json_t *annotations; /**< text: citations, offsets in bytes; NULL if none */
    const gia_json_t *json;        /**< the whole object as it came */
} gia_content_t;

/** One step: a run of content, a thought, a tool call or its result. */
typedef struct gia_step_s {
    gia_content_type_t type;
    const char *type_name;
    const gia_content_t *content; /**< model_output, user_input: their parts. Others: themselves */
    size_t content_count;
    const gia_json_t
        *json; /**< the step as it came; NULL for a model_output made of legacy outputs */
} gia_step_t;

/** What an interaction has cost, in tokens; -1 where the service did not say. */
typedef struct gia_usage_s {
    int64_t total_tokens;
    int64_t total_input_tokens;
    int64_t total_output_tokens;
    int64_t total_thought_tokens;
    int64_t total_cached_tokens;
    int64_t total_tool_use_tokens;
    const gia_json_t *json; /**< the whole object, with its parts by modality */
} gia_usage_t;

/** Which part of the tokens; see gia_usage_tokens(). */
typedef enum gia_usage_part_e {
    GIA_USAGE_INPUT = 0,
    GIA_USAGE_OUTPUT,
    GIA_USAGE_CACHED,
    GIA_USAGE_TOOL_USE
} gia_usage_part_t;

/**
 * The tokens of one modality ("text", "image", "audio", "video", "document") in a part of the
 * usage; -1 where the service did not say. `usage` may be NULL.
 */
GIA_EXTERN int64_t gia_usage_tokens(const gia_usage_t *usage, gia_usage_part_t part,
                                    const char *modality);

/** How often a grounding tool ("google_search", …) was used; -1 where the service did not say. */
GIA_EXTERN int64_t gia_usage_grounding_count(const gia_usage_t *usage, const char *tool);

/** Why a run failed: one of an interaction's errors, or that of a step. */
typedef struct gia_interaction_error_s {
    const char *code;    /**< as text, numbers too; NULL if none */
    const char *message; /**< NULL if none */
    const gia_json_t *json;
} gia_interaction_error_t;

/** An interaction. It never changes; the functions below read it, cannot fail and accept NULL. */
typedef struct gia_interaction_s gia_interaction_t;

/**
 * Keep an interaction beyond the callback that handed it out. Returns it, for convenience.
 *
 * Each keep needs one gia_interaction_release(). A kept interaction may outlive its call and its
 * client (not the data of the client's allocator). It may be read by any one thread at a time.
 */
GIA_EXTERN gia_interaction_t *gia_interaction_keep(const gia_interaction_t *interaction);

/** Give back one gia_interaction_keep(). Callable from any callback. */
GIA_EXTERN void gia_interaction_release(gia_interaction_t *interaction);

/** The id, "v1_…"; NULL when it has none (`store` was false). */
GIA_EXTERN const char *gia_interaction_id(const gia_interaction_t *interaction);

/** Where it stands. */
GIA_EXTERN gia_status_t gia_interaction_status(const gia_interaction_t *interaction);

/** Where it stands, in the service's word; "" when it gave none. */
GIA_EXTERN const char *gia_interaction_status_text(const gia_interaction_t *interaction);

/** The model that answered; NULL if it was an agent. */
GIA_EXTERN const char *gia_interaction_model(const gia_interaction_t *interaction);

/** The agent that answered; NULL if it was a model. */
GIA_EXTERN const char *gia_interaction_agent(const gia_interaction_t *interaction);

/** The number of outputs: the flat list, thoughts and tool calls included, user input left out. */
GIA_EXTERN size_t gia_interaction_output_count(const gia_interaction_t *interaction);

/** Output `index`; a negative index counts from the end, -1 is the last. NULL if there is none. */
GIA_EXTERN const gia_content_t *gia_interaction_output(const gia_interaction_t *interaction,
                                                       ptrdiff_t index);

/** The number of steps. */
GIA_EXTERN size_t gia_interaction_step_count(const gia_interaction_t *interaction);

/** Step `index`; a negative index counts from the end. NULL if there is none. */
GIA_EXTERN const gia_step_t *gia_interaction_step(const gia_interaction_t *interaction,
                                                  ptrdiff_t index);

/**
 * The answer as text: the last run of text since the last user input, joined. What follows it
 * (tool calls, media) and thoughts within it are skipped. "" when there is no text.
 *
 * NUL-terminated; *len (may be NULL) gets its bytes.
 */
GIA_EXTERN const char *gia_interaction_output_text(const gia_interaction_t *interaction,
                                                   size_t *len);

/**
 * The answer as JSON, for a request with a response schema: the output text, decoded.
 *
 * As gia_document_parse(), with the interaction's allocator: on #GIA_EJSON `error` tells where the
 * text stops being JSON, and the text is still there in gia_interaction_output_text(). Also
 * #GIA_EJSON_TOO_BIG: decoded, it is larger than the client's max_json_bytes.
 */
GIA_EXTERN int gia_interaction_output_json(const gia_interaction_t *interaction,
                                           gia_document_t **out, gia_json_error_t *error);

/** The number of errors: the interaction's own, then those of its steps. */
GIA_EXTERN size_t gia_interaction_error_count(const gia_interaction_t *interaction);

/** Read error `index`: 1, or 0 and nothing if there is none. */
GIA_EXTERN int gia_interaction_error(const gia_interaction_t *interaction, size_t index,
                                     gia_interaction_error_t *error);

/** The interaction that it continues; NULL if none. */
GIA_EXTERN const char *gia_interaction_previous_id(const gia_interaction_t *interaction);

/** What asks for more of an answer with status requires_continuation; NULL if none. */
GIA_EXTERN const char *gia_interaction_continuation_token(const gia_interaction_t *interaction);

/** What it cost; NULL when the service did not say. */
GIA_EXTERN const gia_usage_t *gia_interaction_usage(const gia_interaction_t *interaction);

/** The revision that the server spoke. */
GIA_EXTERN gia_revision_t gia_interaction_revision(const gia_interaction_t *interaction);

/** The whole interaction as JSON: what came, or for a folded stream what its events add up to. */
GIA_EXTERN const gia_json_t *gia_interaction_json(const gia_interaction_t *interaction);

/** The word for a status, for instance "in_progress"; "" for none and other. Static. */
GIA_EXTERN const char *gia_status_name(gia_status_t status);

/**
 * Whether an interaction with this status will not change by waiting: 1 for requires_action,
 * requires_continuation, completed, incomplete, budget_exceeded, failed and cancelled, else 0.
 */
GIA_EXTERN int gia_status_is_final(gia_status_t status);

/** The word for a content type, for instance "function_call"; "" for other. Static. */
GIA_EXTERN const char *gia_content_type_name(gia_content_type_t type);

#ifdef __cplusplus
}
#endif
#endif /* GIA_INTERACTION_H */
