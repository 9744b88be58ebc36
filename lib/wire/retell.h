/* Tells a whole interaction as the stream of events that would have brought it. Pure. */
#ifndef GIA_WIRE_RETELL_H
#define GIA_WIRE_RETELL_H

#include <gia/interaction.h>

#include "core/buf.h"

/* Appends server-sent events of the current revision, one block a step, or in legacy one an output,
 * as that revision counts them; the input that a get may return is no part of it. GIA_OK,
 * GIA_ENOMEM, or GIA_EINTERACTION_TOO_BIG: the ceiling of `out`. */
int gia__retell(gia__buf_t *out, const gia_interaction_t *interaction);

#endif
