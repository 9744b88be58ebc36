/**
 * @file gia/request.h
 * What to ask: a builder for the body of a create.
 *
 * A request remembers its first error, so that a chain of setters needs one check: the start of the
 * call returns it, and gia_request_error() says more. Strings are copied and must be valid UTF-8. A
 * finished request may be sent many times, by several calls at once, and changed between two
 * starts. It belongs to no client; use it from one thread at a time.
 *
 * One description serves both revisions of the protocol: the client's setting `revision` decides
 * how the input's history, the answer's formats and the tools are spelled. What is given as JSON
 * (gia_request_set_json() and the like) goes out as it is, whatever the revision.
 *
 * Every setter is callable from every callback. An argument that is NULL, empty where a name is
 * wanted, or not UTF-8 is #GIA_EINVAL, and so is a `mime_type` that does not look like "image/png".
 * A setter called "set" replaces, one called "add" adds.
 */
#ifndef GIA_REQUEST_H
#define GIA_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include <gia/allocator.h>
#include <gia/error.h>
#include <gia/export.h>
#include <gia/interaction.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The description of one request. */
typedef struct gia_request_s gia_request_t;

/** A new, empty request; NULL when out of memory. Free it with gia_request_free(). */
GIA_EXTERN gia_request_t *gia_request_new(void);

/** The same with an allocator of its own (NULL: the C library's), which is copied. */
GIA_EXTERN gia_request_t *gia_request_new_with_allocator(const gia_allocator_t *allocator);

/** Free a request; calls that were started with it are not affected. NULL is ignored. */
GIA_EXTERN void gia_request_free(gia_request_t *request);

/**
 * What a start would say to the request as it is: #GIA_OK, #GIA_EINVAL, #GIA_EFILE or #GIA_ENOMEM
 * (also for NULL).
 *
 * The first error of a setter sticks. What is only missing still (an input; either a model or an
 * agent) or contradicts itself (a model and an agent; background without store; tools both added
 * and set as JSON) does not: it is gone once it is set right. *message (may be NULL) gets one line
 * that says what is wrong; it lives until the request is changed or freed.
 */
GIA_EXTERN int gia_request_error(const gia_request_t *request, const char **message);

/* -- who answers -- */

/**
 * The model, for instance "gemini-3-flash-preview". Body member `model`; excludes an agent.
 *
 * As for the agent and the id of an interaction: neither empty nor with control characters.
 */
GIA_EXTERN void gia_request_set_model(gia_request_t *request, const char *model);

/** The agent. Body member `agent`; excludes a model. */
GIA_EXTERN void gia_request_set_agent(gia_request_t *request, const char *agent);

/** How the agent works, a JSON object with a `type`. Body member `agent_config`. */
GIA_EXTERN void gia_request_set_agent_config(gia_request_t *request, const char *json);

/* -- the input: contents, in the order in which they are added -- */

/** Add a text to the input. One text alone goes out as a string, more as a list of contents. */
GIA_EXTERN void gia_request_add_text(gia_request_t *request, const char *text);

/**
 * Add an image, audio, video or document from memory.
 *
 * `type` is one of these four, #GIA_CONTENT_IMAGE and so on. `bytes` are copied once, and shared by
 * all calls that send them; base64 is made of them while they are sent. `mime_type` may be NULL: it
 * is guessed from the first bytes, and #GIA_EINVAL if they tell nothing. No bytes: #GIA_EINVAL.
 */
GIA_EXTERN void gia_request_add_bytes(gia_request_t *request, gia_content_type_t type,
                                      const char *mime_type, const void *bytes, size_t len);

/** The same, given as base64: the standard alphabet, padded, no line breaks; else #GIA_EINVAL. */
GIA_EXTERN void gia_request_add_base64(gia_request_t *request, gia_content_type_t type,
                                       const char *mime_type, const char *base64);

/**
 * Add a file: an image, audio, video or document, told by its MIME type.
 *
 * The file is looked at here, with a few short blocking system calls: one that is missing, no
 * regular file, empty or unreadable is #GIA_EFILE. Its bytes are read while the request is sent, by
 * the loop's thread pool, a small piece at a time; a file that by then is gone or has another size
 * or time of modification ends the call with #GIA_EFILE_CHANGED. `mime_type` may be NULL: it is
 * guessed from the name, else from the first bytes; #GIA_EINVAL if neither tells.
 */
GIA_EXTERN void gia_request_add_file(gia_request_t *request, const char *path,
                                     const char *mime_type);

/**
 * Add what lies elsewhere: an https address, the `uri` of an uploaded file, gs:// on Vertex AI.
 *
 * `mime_type` may be NULL: it is left out.
 */
GIA_EXTERN void gia_request_add_uri(gia_request_t *request, gia_content_type_t type,
                                    const char *uri, const char *mime_type);

/**
 * Add a content, turn or step as JSON: one object with a `type` or a `role`.
 *
 * It goes out as it is, in the place that its type asks for: a content in the turn that was begun;
 * a thought, call or result as a step of its own (legacy: in a turn of the model's, a
 * function_result of the user's); a turn, user_input or model_output as it stands.
 */
GIA_EXTERN void gia_request_add_content_json(gia_request_t *request, const char *json);

/**
 * Set a member of the content that was added last, for instance "/resolution" to "\"high\"".
 *
 * Pointer and value as for gia_request_set_json(). #GIA_EINVAL if there is no content yet, or it
 * came from an interaction.
 */
GIA_EXTERN void gia_request_set_content_json(gia_request_t *request, const char *pointer,
                                             const char *json);

/* -- the input as a history that the client keeps (stateless conversation) -- */

/** Who speaks in a turn. */
typedef enum gia_role_e { GIA_ROLE_USER = 0, GIA_ROLE_MODEL } gia_role_t;

/**
 * Begin a turn: the contents that are added next are its. Without it contents are the user's.
 *
 * A history goes out as turns (legacy) or steps (current).
 */
GIA_EXTERN void gia_request_begin_turn(gia_request_t *request, gia_role_t role);

/**
 * Add all steps of an interaction, as a model's turn; contents that follow are a new turn of the
 * user's.
 *
 * In the revision in which it was received every step goes out byte for byte as it came, signatures
 * and unknown members included. All is copied. The steps of the user's that a get returns keep
 * being the user's.
 */
GIA_EXTERN void gia_request_add_interaction(gia_request_t *request,
                                            const gia_interaction_t *interaction);

/** The same for one step. */
GIA_EXTERN void gia_request_add_step(gia_request_t *request, const gia_step_t *step);

/**
 * Answer a function call with a text. A content, or step, `function_result`.
 *
 * `call_id` is the call's `id`; `name` (may be NULL) its name. Put the results of all calls of a
 * turn into one request. It is always the user's, whatever turn was begun.
 */
GIA_EXTERN void gia_request_add_function_result(gia_request_t *request, const char *call_id,
                                                const char *name, const char *text);

/** The same with any JSON: an object, or an array of contents. `is_error`: the function failed. */
GIA_EXTERN void gia_request_add_function_result_json(gia_request_t *request, const char *call_id,
                                                     const char *name, const char *json,
                                                     int is_error);

/* -- how it is run -- */

/** Whether the answer comes as a stream of events. Body member `stream`; default no. */
GIA_EXTERN void gia_request_set_stream(gia_request_t *request, int stream);

/** Whether the service keeps the interaction. Body member `store`; the service's default is yes. */
GIA_EXTERN void gia_request_set_store(gia_request_t *request, int store);

/** Whether it goes on without a connection; needs the store. Body member `background`. */
GIA_EXTERN void gia_request_set_background(gia_request_t *request, int background);

/** Continue the conversation of an earlier interaction. Body member `previous_interaction_id`. */
GIA_EXTERN void gia_request_set_previous_interaction_id(gia_request_t *request, const char *id);

/** What the model is told beforehand. Body member `system_instruction`. */
GIA_EXTERN void gia_request_set_system_instruction(gia_request_t *request, const char *text);

/** "flex", "standard", "priority", …. Body member `service_tier`. */
GIA_EXTERN void gia_request_set_service_tier(gia_request_t *request, const char *tier);

/** Where an agent works: "remote" or the id of an environment. Body member `environment`. For a
 * new one with settings use gia_request_set_json(). */
GIA_EXTERN void gia_request_set_environment(gia_request_t *request, const char *environment);

/** Go on with a long answer by hand; see `continuation` in gia/call.h for the way without.
 * Body member `continuation_token`. The input may be missing then. */
GIA_EXTERN void gia_request_set_continuation_token(gia_request_t *request, const char *token);

/** Add, or change, a label for billing and the like. Body member `labels`. */
GIA_EXTERN void gia_request_set_label(gia_request_t *request, const char *name, const char *value);

/** Add one of `safety_settings`; `method` may be NULL. For instance "harassment", "block_none". */
GIA_EXTERN void gia_request_add_safety_setting(gia_request_t *request, const char *type,
                                               const char *threshold, const char *method);

/** Add an address that hears of the end. Body member `webhook_config`, `uris`. */
GIA_EXTERN void gia_request_add_webhook(gia_request_t *request, const char *uri);

/* -- how it is generated: members of `generation_config` -- */

/** `temperature`; not a number and infinities are #GIA_EINVAL. */
GIA_EXTERN void gia_request_set_temperature(gia_request_t *request, double temperature);

/** `top_p`; likewise. */
GIA_EXTERN void gia_request_set_top_p(gia_request_t *request, double top_p);

/** `max_output_tokens`. An answer that reaches it ends with the status incomplete. */
GIA_EXTERN void gia_request_set_max_output_tokens(gia_request_t *request, int64_t tokens);

/** `seed`. */
GIA_EXTERN void gia_request_set_seed(gia_request_t *request, int64_t seed);

/** Add one of `stop_sequences`. */
GIA_EXTERN void gia_request_add_stop_sequence(gia_request_t *request, const char *text);

/** `thinking_level`: "minimal", "low", "medium" or "high". */
GIA_EXTERN void gia_request_set_thinking_level(gia_request_t *request, const char *level);

/** `thinking_summaries`: "auto" or "none". */
GIA_EXTERN void gia_request_set_thinking_summaries(gia_request_t *request, const char *summaries);

/** `tool_choice`: "auto", "any", "none" or "validated". */
GIA_EXTERN void gia_request_set_tool_choice(gia_request_t *request, const char *mode);

/** `tool_choice` among named functions only. `names` has `count` of them, at least one. */
GIA_EXTERN void gia_request_set_allowed_tools(gia_request_t *request, const char *mode,
                                              const char *const *names, size_t count);

/** Add a voice to `speech_config`; `language` and `speaker` may be NULL. */
GIA_EXTERN void gia_request_add_voice(gia_request_t *request, const char *voice,
                                      const char *language, const char *speaker);

/* -- what the answer may be. Current: `response_format`; legacy: `response_format` for a schema,
 *    `response_modalities` and `image_config` for the rest -- */

/** The answer is JSON that fits a JSON Schema, given as JSON; see gia_interaction_output_json(). */
GIA_EXTERN void gia_request_set_response_schema(gia_request_t *request, const char *schema);

/** The answer may hold text; only needed beside other formats. */
GIA_EXTERN void gia_request_add_text_format(gia_request_t *request);

/** The answer may hold an image. All may be NULL: `mime_type` "image/jpeg", `aspect_ratio` "16:9",
 * `image_size` "1K". The MIME type has no word in the legacy revision and is left out there. */
GIA_EXTERN void gia_request_add_image_format(gia_request_t *request, const char *mime_type,
                                             const char *aspect_ratio, const char *image_size);

/** The answer may hold audio. `mime_type` may be NULL, sample_rate 0; legacy has no word for them.
 */
GIA_EXTERN void gia_request_add_audio_format(gia_request_t *request, const char *mime_type,
                                             int64_t sample_rate);

/** The answer may hold a video. All may be NULL: `aspect_ratio` "16:9", `duration` "8s",
 * `resolution` "720p"; legacy has no word for them. */
GIA_EXTERN void gia_request_add_video_format(gia_request_t *request, const char *aspect_ratio,
                                             const char *duration, const char *resolution);

/** Set a member of the format that was added last, for instance "/delivery" to "\"uri\"". Legacy
 * has words for a schema with its `mime_type`, and for an image's `aspect_ratio` and `image_size`;
 * it leaves out the rest. */
GIA_EXTERN void gia_request_set_format_json(gia_request_t *request, const char *pointer,
                                            const char *json);

/* -- tools: members of `tools`, in the order in which they are added -- */

/** A function of the program's. `description` may be NULL; `parameters` (JSON Schema as JSON), too:
 * it takes none. */
GIA_EXTERN void gia_request_add_function(gia_request_t *request, const char *name,
                                         const char *description, const char *parameters);

/** A tool of the service's that needs nothing but its type: "code_execution", "url_context",
 * "google_search", …. */
GIA_EXTERN void gia_request_add_tool(gia_request_t *request, const char *type);

/** Google Search with chosen types, such as "web_search" and "image_search". */
GIA_EXTERN void gia_request_add_google_search(gia_request_t *request,
                                              const char *const *search_types, size_t count);

/** A remote server of the Model Context Protocol (Streamable HTTP). No '-' in its `name`. */
GIA_EXTERN void gia_request_add_mcp_server(gia_request_t *request, const char *name,
                                           const char *url);

/** A header that the service sends to the MCP server that was added last. Often a secret. */
GIA_EXTERN void gia_request_set_mcp_header(gia_request_t *request, const char *name,
                                           const char *value);

/** Which tools of the MCP server that was added last may be used; at least one, and more with each
 * call. `mode` may be NULL. */
GIA_EXTERN void gia_request_allow_mcp_tools(gia_request_t *request, const char *mode,
                                            const char *const *names, size_t count);

/** Search in file search stores. `metadata_filter` may be NULL; top_k 0: the service's default. */
GIA_EXTERN void gia_request_add_file_search(gia_request_t *request, const char *const *store_names,
                                            size_t count, int64_t top_k,
                                            const char *metadata_filter);

/** Google Maps without a place; latitude and longitude go by gia_request_set_tool_json(). */
GIA_EXTERN void gia_request_add_google_maps(gia_request_t *request, int enable_widget);

/** Google Maps near a place, in degrees. */
GIA_EXTERN void gia_request_add_google_maps_at(gia_request_t *request, double latitude,
                                               double longitude, int enable_widget);

/** Computer use in an `environment` such as "browser"; `excluded` functions may be NULL and 0. */
GIA_EXTERN void gia_request_add_computer_use(gia_request_t *request, const char *environment,
                                             const char *const *excluded, size_t count);

/** Retrieval of the given types, such as "vertex_ai_search"; their configs go by
 * gia_request_set_tool_json(), for instance "/vertex_ai_search_config". */
GIA_EXTERN void gia_request_add_retrieval(gia_request_t *request, const char *const *types,
                                          size_t count);

/** Any tool as JSON: an object with a `type`. */
GIA_EXTERN void gia_request_add_tool_json(gia_request_t *request, const char *json);

/** Set a member of the tool that was added last. #GIA_EINVAL if there is none. */
GIA_EXTERN void gia_request_set_tool_json(gia_request_t *request, const char *pointer,
                                          const char *json);

/* -- anything else -- */

/**
 * Set any member of the body, at a JSON pointer (RFC 6901) such as "/generation_config/seed".
 *
 * `json` is one JSON value as text, at most 128 levels deep together with the way to it; NULL
 * removes the member, if there is one. The text goes out byte for byte, except that a lone half of
 * a surrogate pair becomes the escape of U+FFFD.
 *
 * What is missing on the way is made, null being as good as missing: an array where "-" comes next,
 * else an object. "-" appends to an array; an index must exist, so that a token of digits is
 * #GIA_EINVAL where nothing is yet. The empty pointer replaces the whole body, which must be an
 * object. The last setter of a member wins, with exceptions that do not depend on the order: an
 * `input` set here wins over added contents, and so does a `response_format` over added formats.
 * What was added is no member that can be reached here: a pointer into the `input` that contents
 * were added to is #GIA_EINVAL (see gia_request_set_content_json()), and beside added tools `tools`
 * must not be set.
 */
GIA_EXTERN void gia_request_set_json(gia_request_t *request, const char *pointer, const char *json);

/* -- looking at it -- */

/** Takes the next bytes of a body; not NUL-terminated. 0: go on; anything else: stop. */
typedef int (*gia_write_cb)(const char *bytes, size_t len, void *data);

/**
 * Write the body that gia_interaction_create() would send in a revision, byte for byte, in pieces.
 *
 * For logs, tests and looking before sending. This blocks while it reads files, and takes memory
 * from the request's allocator. #GIA_OK; what gia_request_error() says; #GIA_EFILE or
 * #GIA_EFILE_CHANGED (some bytes may have been written then); #GIA_ENOMEM; #GIA_ECANCELED when
 * `write` stopped it; #GIA_EINVAL when `write` is NULL. No client's ceiling applies.
 */
GIA_EXTERN int gia_request_write(const gia_request_t *request, gia_revision_t revision,
                                 gia_write_cb write, void *data);

#ifdef __cplusplus
}
#endif
#endif /* GIA_REQUEST_H */
