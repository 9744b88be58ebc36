/* From the bytes of an event stream to events for the caller and a folded interaction. */
#ifndef GIA_OPS_STREAM_H
#define GIA_OPS_STREAM_H

#include "call.h"
#include "ops/continuation.h"
#include "wire/error_body.h"

typedef struct gia__stream_s gia__stream_t;

/* NULL: out of memory. `fold`: GIA_FOLD_…. The stream is one hop of `continuation`, which outlives
 * it: blocks count on, and neither the start of a later hop nor the end of one that goes on is an
 * event. */
gia__stream_t *gia__stream_new(gia_client_t *client, gia_fold_t fold,
                               const gia__continuation_t *continuation);
void gia__stream_free(gia__stream_t *stream); /* NULL is fine */

/* As gia__receiver_t.on_body. */
int gia__stream_feed(gia__stream_t *stream, gia_call_t *call, const char *bytes, size_t len,
                     size_t *consumed);

/* A stream that may break and be taken up again: keeps in mind how far it has come. It begins
 * behind an event if `event_id` is not NULL. GIA_OK or GIA_ENOMEM. Before the first byte. */
int gia__stream_expect_breaks(gia__stream_t *stream, const char *event_id);

/* Whether it still can be: it is so expected, and has not too many blocks to keep in mind. */
int gia__stream_can_be_taken_up(const gia__stream_t *stream);

/* Judges the end of a connection: a stream that lacks its last word is never a success, one that
 * has it always is. */
void gia__stream_judge(gia__stream_t *stream, gia_call_t *call, gia_result_t *result);

/* Another connection takes the stream up behind the event id that gia__stream_event_id() gives, or
 * from the start. */
void gia__stream_take_up(gia__stream_t *stream);

/* Whether a front end cut the connection and said so behind the last event. */
int gia__stream_was_cut(const gia__stream_t *stream);

/* The newest event id; NULL: there was none. */
const char *gia__stream_event_id(const gia__stream_t *stream);

/* That was all: result->interaction is what the events add up to. */
void gia__stream_end(gia__stream_t *stream, gia_call_t *call, gia_result_t *result);

/* What the stream ended with; borrowed. */
gia__hop_t gia__stream_hop(const gia__stream_t *stream);

#endif
