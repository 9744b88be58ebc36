/* The data of one server-sent event to typed events of the one model. Pure. */
#ifndef GIA_WIRE_EVENT_H
#define GIA_WIRE_EVENT_H

#include <gia/event.h>

#include "core/arena.h"
#include "json/value.h"
#include "wire/sse.h"

/* What a decoder remembers of a stream: the open blocks' types, ids and names (deltas of the
 * current revision lack them), half characters cut between deltas, and the revision once known. */
typedef struct gia__decoder_s gia__decoder_t;

/* `max_json` bounds one event's decoded size, `max_state` what is remembered over events. NULL: out
 * of memory. */
gia__decoder_t *gia__decoder_new(const gia__mem_t *mem, const gia__json_limits_t *limits,
                                 size_t max_json, size_t max_state);
void gia__decoder_free(gia__decoder_t *decoder); /* NULL is fine */

#define GIA__DECODER_NONE  0 /* nothing (more) to hand out */
#define GIA__DECODER_EVENT 1
#define GIA__DECODER_DONE  2 /* the end marker [DONE] */

/* Takes one server-sent event, then yields its typed events, normally one, by calls of next until
 * that says NONE. `sse->data` is decoded in place and must live until then. put: GIA__DECODER_NONE,
 * GIA__DECODER_DONE or a negative code (GIA_EJSON, GIA_EJSON_TOO_DEEP, GIA_EJSON_TOO_BIG,
 * GIA_ENOMEM, GIA_EPROTOCOL for JSON that is no object), with *error filled for JSON trouble. next:
 * NONE, EVENT, or GIA_ENOMEM / GIA_EJSON_TOO_BIG / GIA_EINTERACTION_TOO_BIG (max_state). An event
 * from next is valid until the next put or next.
 *
 * A text that was cut in the middle of a character is handed out whole: the half waits for the next
 * piece. If its other half never comes, U+FFFD stands for it, where need be in a delta that the
 * server did not send: that event's `json` is NULL.
 *
 * Text that a start already carries is repeated as deltas behind it, whose `json` is NULL, too, but
 * not that of their `delta`: that is the piece of the start. */
int gia__decoder_put(gia__decoder_t *decoder, gia__sse_event_t *sse, gia__json_error_t *error);
int gia__decoder_next(gia__decoder_t *decoder, const gia_event_t **event);

/* Whether half a character waits for its other half. */
int gia__decoder_has_half(const gia__decoder_t *decoder);

/* The other halves will come again, with the first ones: the stream is taken up. */
void gia__decoder_forget_halves(gia__decoder_t *decoder);

/* -1 as long as nothing told, else a gia_revision_t. */
int gia__decoder_revision(const gia__decoder_t *decoder);

#endif
