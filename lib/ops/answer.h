/* What a service answers to an operation on interactions: a stream, an interaction, or an error. */
#ifndef GIA_OPS_ANSWER_H
#define GIA_OPS_ANSWER_H

#include "call.h"
#include "ops/retry.h"
#include "ops/watch.h"
#include "wire/request.h"

typedef enum gia__answer_kind_e {
    GIA__ANSWER_INTERACTION,
    GIA__ANSWER_STREAM, /* of events; an interaction at once is fine, too */
    GIA__ANSWER_NOTHING /* the status says it all; an empty body or object may come along */
} gia__answer_kind_t;

/* A receiver for gia__call_start(); NULL: out of memory. `effect`: what making the request twice
 * would do. */
gia__receiver_t *gia__answer_new(gia_client_t *client, gia__answer_kind_t wanted, gia_fold_t fold,
                                 gia__effect_t effect);

/* Lets a stream that breaks be taken up again; `id` (copied) may be NULL: the stream tells it. So
 * may `event_id`, behind which it begins. GIA_OK or GIA_ENOMEM. */
int gia__answer_allow_resume(gia__receiver_t *receiver, const char *id, const char *event_id);

/* Lets a long answer be continued; `stored`: the service keeps its parts. */
void gia__answer_allow_continuation(gia__receiver_t *receiver, const gia__request_layout_t *layout,
                                    int stored);

/* What follows the run to its end, if that is wanted: gia__watch_begin(). */
gia__watch_t *gia__answer_watch(gia__receiver_t *receiver);

#endif
