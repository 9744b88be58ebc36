/**
 * @file gia/operations.h
 * The operations on interactions.
 */
#ifndef GIA_OPERATIONS_H
#define GIA_OPERATIONS_H

#include <gia/call.h>
#include <gia/client.h>
#include <gia/error.h>
#include <gia/export.h>
#include <gia/request.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Start one interaction: POST /{version}/interactions.
 *
 * With gia_request_set_stream() its events come to on_event as they arrive; either way on_done ends
 * it with the whole interaction. What the service cannot have run is sent again, within
 * max_attempts (see gia_retry_t); once more with a new token when it refused the old one with a 401
 * (see get_token); and a long answer is asked for in parts, each a request of its own (see
 * `continuation` in gia/call.h).
 *
 * `out` may be NULL when the call need not be steered. `options` may be NULL: nobody is told.
 * `request` is only read: free it at once if you like. On #GIA_OK no callback has run yet. On any
 * other code nothing was started, *out is untouched and no callback will run: #GIA_EINVAL (`client`
 * or `request` is NULL; the options lack their size; the request has an error or lacks something:
 * gia_request_error() says what), #GIA_EFILE (a file that was added cannot be used: likewise),
 * #GIA_ENOMEM, #GIA_EREQUEST_TOO_BIG, #GIA_ECLOSING, #GIA_ETOO_MANY_CALLS. Every other code comes
 * to on_done. Callable from every callback, on the loop's thread.
 */
GIA_EXTERN int gia_interaction_create(gia_call_t **out, gia_client_t *client,
                                      const gia_request_t *request,
                                      const gia_call_options_t *options);

/**
 * Write the request line and the headers that gia_interaction_create() would send, to be looked at.
 *
 * "POST" and the whole URL, the headers as "Name: value", an empty line, each ended by a line feed;
 * gia_request_write() writes the body that follows, in the config's revision. The credential is
 * "[redacted]". The Host header is left out: the URL names it. Nothing is sent, and no loop is
 * needed.
 *
 * `config` is what a client would be made with, get_token is not called. #GIA_OK; #GIA_EINVAL (an
 * argument is NULL, gia_config_check() refuses the config, or what gia_interaction_create() says);
 * #GIA_ENOMEM, #GIA_EFILE, #GIA_EREQUEST_TOO_BIG; #GIA_ECANCELED when `write` stopped it.
 */
GIA_EXTERN int gia_interaction_describe(gia_write_cb write, void *data, const gia_config_t *config,
                                        const gia_request_t *request);

/**
 * How an interaction is to be read. Start from #GIA_GET_OPTIONS_INIT; zero means default. The
 * struct and its string are copied.
 */
typedef struct gia_get_options_s {
    size_t size;               /**< Required: sizeof(gia_get_options_t) */
    int include_input;         /**< Optional: 1 for the input, too. Query `include_input` */
    int stream;                /**< Optional: 1 for its events as a stream. Query `stream` */
    const char *last_event_id; /**< Optional, with `stream`: only what came after this event; its
                                    `event_id`, any text. NULL: from the start. Query
                                    `last_event_id` */
} gia_get_options_t;

/** Options to read an interaction as it stands. */
#define GIA_GET_OPTIONS_INIT                                                                       \
    {                                                                                              \
        sizeof(gia_get_options_t), 0, 0, NULL                                                      \
    }

/**
 * Read one interaction: GET /{version}/interactions/{id}.
 *
 * on_done gets the interaction as it stands, which for a background run may be still in progress.
 * As a stream, its events come to on_event, past ones first; with `last_event_id` the folded
 * interaction holds only what came after that event.
 *
 * `id` is copied and escaped. `get` may be NULL: as it stands. The rest, and what is returned, is
 * as for gia_interaction_create(); #GIA_EINVAL also for an id that is NULL, empty, "." or "..", and
 * for a last_event_id without stream. Protocol: endpoints, resuming.
 */
GIA_EXTERN int gia_interaction_get(gia_call_t **out, gia_client_t *client, const char *id,
                                   const gia_get_options_t *get, const gia_call_options_t *options);

/**
 * Ask the service to stop a background run: POST /{version}/interactions/{id}/cancel.
 *
 * on_done gets the interaction. Its status may lag behind: read it again until it is final. What
 * stops a call on this side is gia_call_cancel(). Arguments and codes as for gia_interaction_get().
 * Protocol: background, polling, cancel, delete.
 */
GIA_EXTERN int gia_interaction_cancel(gia_call_t **out, gia_client_t *client, const char *id,
                                      const gia_call_options_t *options);

/**
 * Delete the service's record of an interaction: DELETE /{version}/interactions/{id}.
 *
 * This does not stop a run: cancel it first. on_done gets #GIA_OK and no interaction. Arguments and
 * codes as for gia_interaction_get(). Protocol: background, polling, cancel, delete.
 */
GIA_EXTERN int gia_interaction_delete(gia_call_t **out, gia_client_t *client, const char *id,
                                      const gia_call_options_t *options);

/**
 * Follow a background run to its end: GET /{version}/interactions/{id}, again and again.
 *
 * on_done comes when the status is final (gia_status_is_final()), with the whole interaction, or
 * when watch.timeout_ms is over (#GIA_EWATCH_TIMEOUT, with the interaction as it stood last).
 * Statuses that gia does not know go on. A look that fails is not the run's failure: after lost
 * connections, 408, 429 and 5xx it is taken again, later if the service asks for that, whatever
 * max_attempts says; a 404 or any other error ends the call, with the interaction as it stood last.
 * Between two looks a watched run costs one timer.
 *
 * `watch` may be NULL: the defaults; options->watch is ignored. The rest, and what is returned, is
 * as for gia_interaction_get(); #GIA_EINVAL also for intervals that are negative or
 * longer than a day.
 */
GIA_EXTERN int gia_interaction_watch(gia_call_t **out, gia_client_t *client, const char *id,
                                     const gia_watch_options_t *watch,
                                     const gia_call_options_t *options);

#ifdef __cplusplus
}
#endif
#endif /* GIA_OPERATIONS_H */
