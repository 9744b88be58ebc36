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

typedef struct gia__json_error_s {
    size_t offset;     /* where in the bytes the trouble was found */
    char message[120]; /* what it was, one line */
} gia__json_error_t;

/* Decodes exactly one value (white space around it is fine).
 *
 * `text` must stay alive and unchanged as long as the values: strings without escapes and all raw
 * spans point into it. It is writable because broken surrogate escapes are repaired in place (a
 * lone half becomes \ufffd, the same six bytes) and because yajl never sees the rest: bytes that are
 * not UTF-8 are an error. Values live in `arena`, yajl's own memory too, so that nothing leaks however
 * it ends; its ceiling bounds the decoded size.
 *
 * GIA_OK; GIA_EJSON (also for cut-off or empty text; error->offset == len then tells that the text ended too
 * early); GIA_EJSON_TOO_DEEP; GIA_EJSON_TOO_BIG (the arena's ceiling); GIA_ENOMEM. `error` may be NULL.
 */
int gia__json_parse(const gia_json_t **out, gia__arena_t *arena, char *text, size_t len,
                    const gia__json_limits_t *limits, gia__json_error_t *error);

/* Whether a string value of a member equals `text`. NULL and other types are not equal to anything. */
int gia__json_string_is(const gia_json_t *value, const char *text);

/* The string at a member, or NULL; `null` counts as missing. */
const char *gia__json_get_string(const gia_json_t *object, const char *name, size_t *len);

#endif
