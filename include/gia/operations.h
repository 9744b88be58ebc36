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
 * it with the whole interaction. The request is sent at most once.
 *
 * `out` may be NULL when the call need not be steered. `options` may be NULL: nobody is told.
 * `request` is only read: free it at once if you like. On #GIA_OK no callback has run yet. On any
 * other code nothing was started, *out is untouched and no callback will run: #GIA_EINVAL (an
 * argument is NULL; the request has an error, see gia_request_error(); neither or both of model and
 * agent; no input), #GIA_ENOMEM, #GIA_EREQUEST_TOO_BIG, #GIA_ECLOSING, #GIA_ETOO_MANY_CALLS. Every
 * other code comes to on_done. Callable from every callback, on the loop's thread.
 */
GIA_EXTERN int gia_interaction_create(gia_call_t **out, gia_client_t *client,
                                      const gia_request_t *request,
                                      const gia_call_options_t *options);

#ifdef __cplusplus
}
#endif
#endif /* GIA_OPERATIONS_H */
