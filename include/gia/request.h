/**
 * @file gia/request.h
 * What to ask: a builder for the body of a create.
 *
 * A request remembers its first error, so that a chain of setters needs one check: the start of the
 * call returns it, and gia_request_error() says more. Strings are copied and must be valid UTF-8. A
 * finished request may be sent many times, by several calls at once, and changed between two
 * starts. It belongs to no client; use it from one thread at a time.
 *
 * Every setter is callable from every callback.
 */
#ifndef GIA_REQUEST_H
#define GIA_REQUEST_H

#include <stddef.h>

#include <gia/allocator.h>
#include <gia/error.h>
#include <gia/export.h>

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
 * What a start would say to the request as it is: #GIA_OK, #GIA_EINVAL or #GIA_ENOMEM (also for NULL).
 *
 * The first error of a setter sticks. What is only missing still (an input; either a model or an
 * agent) does not: it is gone once it is set. *message (may be NULL) gets one line that says what is
 * wrong; it lives until the request is changed or freed.
 */
GIA_EXTERN int gia_request_error(const gia_request_t *request, const char **message);

/**
 * The model, for instance "gemini-3-flash-preview". Body member `model`; excludes an agent.
 *
 * As for the agent and the id of an interaction: neither empty nor with control characters.
 */
GIA_EXTERN void gia_request_set_model(gia_request_t *request, const char *model);

/** The agent. Body member `agent`; excludes a model. */
GIA_EXTERN void gia_request_set_agent(gia_request_t *request, const char *agent);

/** Add a text to the input. One text goes out as a string, several as a list of contents. */
GIA_EXTERN void gia_request_add_text(gia_request_t *request, const char *text);

/** Whether the answer comes as a stream of events. Body member `stream`; default no. */
GIA_EXTERN void gia_request_set_stream(gia_request_t *request, int stream);

/** Whether the service keeps the interaction. Body member `store`; the service's default is yes. */
GIA_EXTERN void gia_request_set_store(gia_request_t *request, int store);

/** Continue the conversation of an earlier interaction. Body member `previous_interaction_id`. */
GIA_EXTERN void gia_request_set_previous_interaction_id(gia_request_t *request, const char *id);

/** What the model is told beforehand. Body member `system_instruction`. */
GIA_EXTERN void gia_request_set_system_instruction(gia_request_t *request, const char *text);

/**
 * Set any member of the body, at a JSON pointer (RFC 6901) such as "/generation_config/seed".
 *
 * `json` is one JSON value as text, at most 128 levels deep together with the way to it; NULL
 * removes the member, if there is one. The text goes out byte for byte, except that a lone half of
 * a surrogate pair becomes the escape of U+FFFD.
 *
 * What is missing on the way is made, null being as good as missing: an array where "-" comes next,
 * else an object. "-" appends to an array; an index must exist. The empty pointer replaces the
 * whole body, which must be an object. The last setter of a member wins; texts of
 * gia_request_add_text() become the `input` unless one is set here.
 */
GIA_EXTERN void gia_request_set_json(gia_request_t *request, const char *pointer, const char *json);

#ifdef __cplusplus
}
#endif
#endif /* GIA_REQUEST_H */
