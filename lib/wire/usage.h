/* What an interaction has cost. */
#ifndef GIA_WIRE_USAGE_H
#define GIA_WIRE_USAGE_H

#include <gia/interaction.h>

/* Fills *usage from a usage object; returns 0 if `json` is not an object. */
int gia__usage_read(gia_usage_t *usage, const gia_json_t *json);

#endif
