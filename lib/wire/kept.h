/* What a fold keeps of a stream: blocks of members, parts and pieces, under one ceiling of bytes.
 */
#ifndef GIA_WIRE_KEPT_H
#define GIA_WIRE_KEPT_H

#include <gia/interaction.h>

#include "core/buf.h"
#include "json/value.h"

/* One member of an object: its name as text, its value as raw JSON. */
typedef struct gia__kept_member_s {
    struct gia__kept_member_s *next;
    size_t size; /* of this allocation */
    size_t name_len, raw_len;
    char text[]; /* the name, a NUL, the value */
} gia__kept_member_t;

/* One part of a model's output. */
typedef struct gia__part_s {
    struct gia__part_s *next, *previous;
    gia_content_type_t type;
    gia__kept_member_t *members; /* all but what the bytes below hold */
    gia__buf_t bytes;       /* text as it reads; audio, decoded; or raw JSON that is no object */
    int has_bytes;          /* they count, even if there are none */
    gia__buf_t annotations; /* raw items with commas between */
    int has_annotations;
    int hollow; /* announced by the block's start, nothing came yet */
} gia__part_t;

/* One step, or in the legacy revision one output. */
typedef struct gia__block_s {
    struct gia__block_s *next;      /* in the order of their starts */
    struct gia__block_s *next_open; /* the newest first */
    int64_t index;                  /* as on the wire; counts only while the block is open */
    gia_content_type_t type;
    gia__kept_member_t *members;
    gia__part_t *parts, *last_part;
    int has_content;    /* a list of content was given, even if it was empty */
    gia__buf_t summary; /* raw items with commas between */
    int has_summary;
    gia__buf_t arguments; /* JSON text in the making */
    int has_arguments;
} gia__block_t;

typedef struct gia__kept_s {
    gia__mem_t mem;
    size_t used, max;
    int revision;
    gia__kept_member_t *members; /* the interaction's */
    gia__block_t *blocks, *last_block, *open;
    gia__buf_t errors, unknown; /* raw items with commas between */
    int served;   /* the service itself gave the list of steps or outputs at the end */
    int complete; /* the last interaction.* event was the terminal one */
    int seen;     /* an event of a known type came */
} gia__kept_t;

void gia__kept_init(gia__kept_t *kept, const gia__mem_t *mem, size_t max);
void gia__kept_free(gia__kept_t *kept);

/* All below: GIA_OK, GIA_ENOMEM or GIA_EINTERACTION_TOO_BIG; on trouble nothing is half done. */

/* Opens a new block at the end; one that is open under this index is closed. */
int gia__kept_open(gia__kept_t *kept, int64_t index, gia__block_t **out);
void gia__kept_close(gia__kept_t *kept, int64_t index);
gia__block_t *gia__kept_find(const gia__kept_t *kept, int64_t index); /* among the open ones */

/* A new part at the end of a block; takes the place of a hollow one. */
int gia__kept_part(gia__kept_t *kept, gia__block_t *block, gia_content_type_t type,
                   gia__part_t **out);

int gia__kept_reserve(gia__kept_t *kept, gia__buf_t *buf, size_t len);
int gia__kept_add(gia__kept_t *kept, gia__buf_t *buf, const char *bytes, size_t len);
void gia__kept_cut(gia__kept_t *kept, gia__buf_t *buf, size_t len); /* off its end */
void gia__kept_clear(gia__kept_t *kept, gia__buf_t *buf);

/* Adds one item to a list: its raw JSON between `before` and `after`. */
int gia__kept_item(gia__kept_t *kept, gia__buf_t *list, const char *before, const gia_json_t *item,
                   const char *after);

/* Sets a member, in its place if it is there already. `null` and an empty signature say nothing, so
 * they do not replace what was said. */
int gia__kept_set(gia__kept_t *kept, gia__kept_member_t **members, const char *name,
                  size_t name_len, const char *raw, size_t raw_len);
/* The same; nothing for NULL. */
int gia__kept_set_value(gia__kept_t *kept, gia__kept_member_t **members, const char *name,
                        const gia_json_t *value);
/* The same with one of the library's own words. */
int gia__kept_set_word(gia__kept_t *kept, gia__kept_member_t **members, const char *name,
                       const char *word);
/* Sets all members of an object but those in `except`, names that end with a NULL. */
int gia__kept_set_all(gia__kept_t *kept, gia__kept_member_t **members, const gia_json_t *object,
                      const char *const *except);

const gia__kept_member_t *gia__member_find(const gia__kept_member_t *members, const char *name);
const char *gia__member_raw(const gia__kept_member_t *member);
/* Whether the raw value is that of `value`. */
int gia__member_is(const gia__kept_member_t *member, const gia_json_t *value);

#endif
