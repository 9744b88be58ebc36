/* What a fold has collected, and the JSON document that it adds up to. */
#ifndef GIA_WIRE_DOCUMENT_H
#define GIA_WIRE_DOCUMENT_H

#include <gia/interaction.h>

#include "core/buf.h"
#include "json/value.h"
#include "wire/fold.h"

/* A member of an object: its name and its value as JSON text, in one allocation. */
typedef struct gia__fold_member_s gia__fold_member_t;
struct gia__fold_member_s {
    gia__fold_member_t *next;
    size_t size; /* of the allocation */
    size_t name_len, raw_len;
    char text[]; /* name, NUL, raw */
};

static inline const char *gia__fold_member_raw(const gia__fold_member_t *member)
{
    return member->text + member->name_len + 1;
}

/* A piece of content in a block: text and audio grow, everything else came whole. */
typedef struct gia__fold_part_s gia__fold_part_t;
struct gia__fold_part_s {
    gia__fold_part_t *next;
    gia_content_type_t type;
    gia__fold_member_t *members; /* but those that are collected below */
    gia__buf_t bytes;            /* text; decoded audio */
    gia__buf_t annotations;      /* JSON values with commas in between */
};

/* A step, or in the legacy revision an output. */
typedef struct gia__fold_block_s gia__fold_block_t;
struct gia__fold_block_s {
    gia__fold_block_t *next;
    int64_t index;
    gia_content_type_t type; /* legacy text, image, …: model_output */
    gia__fold_member_t *members;
    gia__fold_part_t *parts, *last_part;
    gia__buf_t summary;   /* JSON values with commas in between */
    gia__buf_t arguments; /* the text of a JSON value, if it is whole */
};

struct gia__fold_s {
    gia__mem_t mem;
    size_t max, kept; /* bytes */
    gia_revision_t revision;
    int any;                     /* an event of a known type has come */
    gia__fold_member_t *members; /* of the interaction */
    gia__fold_block_t *blocks, *last_block;
    gia__buf_t errors;  /* JSON values with commas in between */
    gia__buf_t unknown; /* likewise */
};

/* Writes the document into `out`. GIA_OK, GIA_ENOMEM or GIA_EREQUEST_TOO_BIG (the buffer's
 * ceiling). */
int gia__document_write(const gia__fold_t *fold, gia__buf_t *out, const gia__json_limits_t *limits);

#endif
