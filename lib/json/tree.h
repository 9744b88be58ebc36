/* A JSON object that is put together member by member, with JSON text inside that stays as it was
 * written.
 *
 * A value that is set is checked and kept as text, byte for byte. Only where a later pointer leads
 * into it is it taken apart, one level at a time, and what the pointer passes by is text again.
 */
#ifndef GIA_JSON_TREE_H
#define GIA_JSON_TREE_H

#include <stddef.h>

#include "core/buf.h"
#include "core/mem.h"
#include "json/value.h"

/* Objects and arrays inside each other, the tree's own included: bounds our recursion. */
#define GIA__TREE_MAX_DEPTH 128

typedef enum gia__tree_kind_e { GIA__TREE_RAW, GIA__TREE_OBJECT, GIA__TREE_ARRAY } gia__tree_kind_t;

typedef struct gia__tree_node_s {
    gia__tree_kind_t kind;
    char *memory; /* RAW: what is to be freed */
    char *text;   /* RAW: the value without the space around it, inside of `memory` */
    size_t len;
    struct gia__tree_item_s *items; /* OBJECT, ARRAY: in their order */
    size_t n;
    size_t capacity;
} gia__tree_node_t;

typedef struct gia__tree_s {
    const gia__mem_t *mem; /* borrowed; outlives the tree */
    gia__tree_node_t root; /* always an OBJECT */
} gia__tree_t;

void gia__tree_init(gia__tree_t *tree, const gia__mem_t *mem); /* an empty object */
void gia__tree_free(gia__tree_t *tree);

/* Puts one JSON value at a JSON pointer (RFC 6901), in the place of what is there.
 *
 * What is missing on the way is made, and null counts as missing: an array where "-" comes next,
 * else an object. "-" appends to an array, an index must exist, and where nothing is yet there is
 * none. "" is the whole tree, which must stay an object.
 *
 * GIA_OK; GIA_EINVAL (a pointer that is malformed or leads nowhere); GIA_EJSON and
 * GIA_EJSON_TOO_DEEP (the value, or the pointer); GIA_ENOMEM, after which the tree can only be
 * freed. error->message says what is wrong, in one line, which can hold a part of the pointer. */
int gia__tree_set(gia__tree_t *tree, const char *pointer, const char *json, size_t len,
                  gia__json_error_t *error);

/* Puts a string there; `text` must be valid UTF-8. The same codes. */
int gia__tree_set_string(gia__tree_t *tree, const char *pointer, const char *text, size_t len,
                         gia__json_error_t *error);

/* Takes out what is there; no such member is fine, no such element is GIA_EINVAL. */
int gia__tree_remove(gia__tree_t *tree, const char *pointer, gia__json_error_t *error);

/* Whether the object has this member; null counts as missing. */
int gia__tree_has(const gia__tree_t *tree, const char *name);

/* Whether it has this member and the member is this very JSON text. */
int gia__tree_is(const gia__tree_t *tree, const char *name, const char *json);

/* Appends the members, with commas in between but without the braces, and without those whose names
 * are in `except`, a list that ends with NULL (or is NULL). A GIA__BUF_… result. */
int gia__tree_write_members(const gia__tree_t *tree, gia__buf_t *out, const char *const *except);

/* Appends the value of a member that it has. A GIA__BUF_… result. */
int gia__tree_write_value(const gia__tree_t *tree, const char *name, gia__buf_t *out);

#endif
