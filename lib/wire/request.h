/* The request builder: one description of a create, encoded as the revision wants it. Pure. */
#ifndef GIA_WIRE_REQUEST_H
#define GIA_WIRE_REQUEST_H

#include <gia/interaction.h>
#include <gia/request.h>

#include "core/buf.h"

/* Where things stand in the text of an encoded body, for whoever sends most of it again. */
typedef struct gia__request_layout_s {
    size_t fixed_end;  /* behind "{" and all members that stay as they are */
    size_t rest_begin; /* behind `continuation_token`; the comma before `previous_interaction_id`
                          and `input`, or the end */
} gia__request_layout_t;

/* Appends the body to `out`; after trouble `out` holds what it held before.
 *
 * GIA_OK, the request's own first error, GIA_EINVAL (neither or both of model and agent, no input
 * and no continuation_token; null counts as missing), GIA_ENOMEM (also for no request),
 * GIA_EREQUEST_TOO_BIG (the buffer's ceiling). *message (may be NULL) gets one line, static or the
 * request's own. The request is not changed. */
int gia__request_encode(const gia_request_t *request, gia_revision_t revision, gia__buf_t *out,
                        const char **message);

/* Whether the answer is to be a stream (the body's `stream` member is true, however it was set). */
int gia__request_is_stream(const gia_request_t *request);

#endif
