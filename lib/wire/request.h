/* The request builder: one description of a create, encoded as the revision wants it. Pure. */
#ifndef GIA_WIRE_REQUEST_H
#define GIA_WIRE_REQUEST_H

#include <gia/interaction.h>
#include <gia/request.h>

#include "core/pieces.h"

/* Where things stand in the text of an encoded body, for whoever sends most of it again. */
typedef struct gia__request_layout_s {
    size_t fixed_end;  /* behind "{" and all members that stay as they are */
    size_t rest_begin; /* behind `continuation_token`; the comma before `previous_interaction_id`
                          and `input`, or the end */
} gia__request_layout_t;

/* Writes the body into the empty `out`, text, shared bytes and files; all its text is closed. After
 * trouble `out` can only be freed. *layout (may be NULL) says where things stand.
 *
 * GIA_OK, the request's own first error, GIA_EINVAL (for what is missing or contradicts itself, see
 * gia_request_error()), GIA_ENOMEM (also for no request), GIA_EREQUEST_TOO_BIG (more than
 * `max_bytes` on the wire, or the ceiling for text of `out`). *message (may be NULL) gets one line,
 * static or the request's own. The request is not changed. */
int gia__request_encode(const gia_request_t *request, gia_revision_t revision, uint64_t max_bytes,
                        gia__pieces_t *out, gia__request_layout_t *layout, const char **message);

/* The memory that it was made with. */
const gia__mem_t *gia__request_mem(const gia_request_t *request);

/* Whether the answer may be continued: a model's, in the foreground. */
int gia__request_may_continue(const gia_request_t *request);

/* Whether the run goes on without a connection. */
int gia__request_is_background(const gia_request_t *request);

/* Whether the service keeps the interaction. */
int gia__request_is_stored(const gia_request_t *request);

/* Whether the answer is to be a stream (the body's `stream` member is true, however it was set). */
int gia__request_is_stream(const gia_request_t *request);

#endif
