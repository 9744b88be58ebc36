/* Folds the events of a stream into the interaction that a unary call would have returned. Pure. */
#ifndef GIA_WIRE_FOLD_H
#define GIA_WIRE_FOLD_H

#include <gia/event.h>
#include <gia/interaction.h>

#include "json/value.h"

typedef struct gia__fold_s gia__fold_t;

/* `max` bounds the bytes that are kept. NULL: out of memory. */
gia__fold_t *gia__fold_new(const gia__mem_t *mem, size_t max);
void gia__fold_free(gia__fold_t *fold);

/* Takes one event. No allocation for a text delta but what amortised growth needs. GIA_OK, GIA_ENOMEM, GIA_EINTERACTION_TOO_BIG. */
int gia__fold_event(gia__fold_t *fold, const gia_event_t *event, int revision);

/* The interaction so far, complete or not: a JSON document is written from what was kept, and decoded. *out is
 * NULL (and the result GIA_OK) when no event has come. */
int gia__fold_finish(gia__fold_t *fold, gia_interaction_t **out, const gia__json_limits_t *limits);

#endif
