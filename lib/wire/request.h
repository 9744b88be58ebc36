/* The request builder: one description of a create, encoded as the revision wants it. Pure. */
#ifndef GIA_WIRE_REQUEST_H
#define GIA_WIRE_REQUEST_H

#include <gia/interaction.h>
#include <gia/request.h>

#include "core/pieces.h"

/* What who asks to go on with an answer leaves out, to put in something of its own. */
#define GIA__WITHOUT_INPUT              1u
#define GIA__WITHOUT_PREVIOUS_ID        2u
#define GIA__WITHOUT_CONTINUATION_TOKEN 4u

/* Writes the body into the empty `out`, text, shared bytes and files; all its text is closed. After
 * trouble `out` can only be freed. The body is one object that has at least one member.
 *
 * GIA_OK, the request's own first error, GIA_EINVAL (for what is missing or contradicts itself, see
 * gia_request_error()), GIA_ENOMEM (also for no request), GIA_EREQUEST_TOO_BIG (more than
 * `max_bytes` on the wire, or the ceiling for text of `out`). *message (may be NULL) gets one line,
 * static or the request's own. The request is not changed. */
int gia__request_encode(const gia_request_t *request, gia_revision_t revision, unsigned leave_out,
                        uint64_t max_bytes, gia__pieces_t *out, const char **message);

/* Whether the answer is to be a stream (the body's `stream` member is true, however it was set). */
int gia__request_is_stream(const gia_request_t *request);

#endif
