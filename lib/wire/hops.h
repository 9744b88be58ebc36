/* Merges the interactions that one long answer came in, hop by hop, into one. Pure. */
#ifndef GIA_WIRE_HOPS_H
#define GIA_WIRE_HOPS_H

#include <gia/interaction.h>

#include "core/buf.h"
#include "json/value.h"

/* All hops' steps in one list (without the input that later hops repeat), usage added up;
 * `previous_interaction_id`, `created` and `input` are the first hop's, `continuation_ids` lists
 * the ids of all (the library's own member), the rest is the last hop's. At least one hop.
 *
 * Codes of gia__interaction_decode(), and GIA_EINTERACTION_TOO_BIG for more than `max` bytes. */
int gia__hops_merge(gia_interaction_t **out, const gia__mem_t *mem, gia_interaction_t *const *hops,
                    size_t count, size_t max, const gia__json_limits_t *limits, size_t max_json);

#endif
