/* Folds the events of a stream into the interaction that a unary call would have returned. Pure. */
#ifndef GIA_WIRE_FOLD_H
#define GIA_WIRE_FOLD_H

#include <gia/event.h>
#include <gia/interaction.h>

#include "json/value.h"

typedef struct gia__fold_s gia__fold_t;

/* `max` bounds the bytes that are kept, and those of the document. NULL: out of memory. */
gia__fold_t *gia__fold_new(const gia__mem_t *mem, size_t max);
void gia__fold_free(gia__fold_t *fold); /* NULL is fine */

/* Takes one event; `revision` is what the decoder says, -1 for unknown. No allocation for a text
 * delta but what amortised growth needs. GIA_OK, GIA_ENOMEM, GIA_EINTERACTION_TOO_BIG.
 *
 * A delta of an unknown type in a block of that very type replaces members of the block, as tools'
 * do. Any other unknown delta is kept outside of the steps, for a step must go back to the service
 * as it would have come: as {"index", "delta"} in the interaction's member "unknown_deltas", which
 * is the library's own. Events of unknown types are not kept. */
int gia__fold_event(gia__fold_t *fold, const gia_event_t *event, int revision);

/* The interaction so far, complete or not, blocks that are still open included: a JSON document is
 * written from what was kept, and decoded. May be called more than once. *out is NULL (and the
 * result GIA_OK) when no event of a known type has come. GIA_ENOMEM, GIA_EINTERACTION_TOO_BIG,
 * GIA_EJSON_TOO_BIG (the ceiling `max_json` for the decoded document). */
int gia__fold_finish(gia__fold_t *fold, gia_interaction_t **out, const gia__json_limits_t *limits,
                     size_t max_json);

#endif
