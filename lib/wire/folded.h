/* Writes what a fold has kept as the JSON document of an interaction. Pure. */
#ifndef GIA_WIRE_FOLDED_H
#define GIA_WIRE_FOLDED_H

#include "wire/kept.h"

/* Appends the document to `out`. `limits` and `max_json` are for arguments, which are JSON inside
 * of JSON. `kept` stays as good as it was. GIA_OK, GIA_ENOMEM, GIA_EINTERACTION_TOO_BIG (the
 * ceiling of `out`), GIA_EJSON_TOO_BIG. */
int gia__folded_write(gia__buf_t *out, gia__kept_t *kept, const gia__json_limits_t *limits,
                      size_t max_json);

#endif
