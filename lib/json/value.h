/* The arena DOM: one JSON value from one run of bytes, filled by yajl's callbacks.
 *
 * Does not stream: the caller collects the bytes of one value (bounded) and hands them over whole.
 */
#ifndef GIA_JSON_VALUE_H
#define GIA_JSON_VALUE_H

#include <gia/json.h>

#include "core/arena.h"

typedef struct gia__json_limits_s {
    size_t max_depth; /* nested arrays and objects */
} gia__json_limits_t;

typedef gia_json_error_t gia__json_error_t;

/* Decodes exactly one value (white space around it is fine).
 *
 * `text` must stay alive and unchanged as long as the values: raw spans and numbers point into it;
 * strings and names are copies. It is writable because broken surrogate escapes are repaired in
 * place (a lone half becomes \ufffd, the same six bytes), in the raw spans too. Bytes that are not
 * UTF-8 are an error. Values live in `arena`, whose ceiling bounds the decoded size; what yajl
 * needs beyond small pieces is given back before the function returns. Nothing leaks however it
 * ends.
 *
 * GIA_OK; GIA_EJSON (also for cut-off or empty text; error->offset == len then tells that the text
 * ended too early); GIA_EJSON_TOO_DEEP; GIA_EJSON_TOO_BIG (the arena's ceiling); GIA_ENOMEM.
 * `error` may be NULL.
 */
int gia__json_parse(const gia_json_t **out, gia__arena_t *arena, char *text, size_t len,
                    const gia__json_limits_t *limits, gia__json_error_t *error);

/* The UTF-16 code unit of the lone low half with which a string began, or of the lone high half
 * with which it ended, in whose place it has U+FFFD now; 0 if there was none. The other half may be
 * in the neighbouring piece of a text that was cut in the middle of a character. */
unsigned gia__json_first_half(const gia_json_t *value);
unsigned gia__json_last_half(const gia_json_t *value);

/* Whether a string value of a member equals `text`. NULL and other types are not equal to anything.
 */
int gia__json_string_is(const gia_json_t *value, const char *text);

/* The string at a member, or NULL; `null` counts as missing. */
const char *gia__json_get_string(const gia_json_t *object, const char *name, size_t *len);
const char *gia__json_get_text(const gia_json_t *object, const char *name); /* without a length */

#endif
