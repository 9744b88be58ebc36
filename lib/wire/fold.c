/* Folds the events of a stream into the interaction that a unary call would have returned.
 *
 * This file collects: for each block the members of its object, its parts and its pieces, all of
 * it bytes, text as it reads and everything else as it came. document.c writes them down. */
#include "wire/fold.h"

#include <stdint.h>
#include <string.h>

#include <gia/error.h>

#include "json/base64.h"
#include "wire/document.h"
#include "wire/interaction.h"
#include "wire/revision.h"

gia__fold_t *gia__fold_new(const gia__mem_t *mem, size_t max)
{
    gia__fold_t *self = gia__mem_zalloc(mem, sizeof(*self));

    if (!self)
        return NULL;
    self->mem = *mem;
    self->max = max;
    self->revision = GIA_REVISION_STEPS;
    gia__buf_init(&self->errors, &self->mem, max);
    gia__buf_init(&self->unknown, &self->mem, max);
    return self;
}

static void free_members(gia__fold_t *self, gia__fold_member_t **members)
{
    while (*members) {
        gia__fold_member_t *next = (*members)->next;
        self->kept -= (*members)->size;
        gia__mem_free(&self->mem, *members);
        *members = next;
    }
}

static void free_part(gia__fold_t *self, gia__fold_part_t *part)
{
    free_members(self, &part->members);
    self->kept -= sizeof(*part) + part->bytes.len + part->annotations.len;
    gia__buf_free(&part->bytes);
    gia__buf_free(&part->annotations);
    gia__mem_free(&self->mem, part);
}

void gia__fold_free(gia__fold_t *self)
{
    gia__mem_t mem;

    if (!self)
        return;
    while (self->blocks) {
        gia__fold_block_t *block = self->blocks;
        self->blocks = block->next;
        while (block->parts) {
            gia__fold_part_t *part = block->parts;
            block->parts = part->next;
            free_part(self, part);
        }
        free_members(self, &block->members);
        gia__buf_free(&block->summary);
        gia__buf_free(&block->arguments);
        gia__mem_free(&self->mem, block);
    }
    free_members(self, &self->members);
    gia__buf_free(&self->errors);
    gia__buf_free(&self->unknown);
    mem = self->mem;
    gia__mem_free(&mem, self);
}

/* ---- bytes, under the one ceiling ---- */

static void *alloc(gia__fold_t *self, size_t size)
{
    return size > self->max - self->kept ? NULL : gia__mem_zalloc(&self->mem, size);
}

static int alloc_error(const gia__fold_t *self, size_t size)
{
    return size > self->max - self->kept ? GIA_EINTERACTION_TOO_BIG : GIA_ENOMEM;
}

static int reserve(gia__fold_t *self, gia__buf_t *buf, size_t len)
{
    if (len > self->max - self->kept)
        return GIA_EINTERACTION_TOO_BIG;
    switch (gia__buf_reserve(buf, len)) {
    case GIA__BUF_OK: return GIA_OK;
    case GIA__BUF_TOO_BIG: return GIA_EINTERACTION_TOO_BIG;
    default: return GIA_ENOMEM;
    }
}

static int add(gia__fold_t *self, gia__buf_t *buf, const char *bytes, size_t len)
{
    int rc = reserve(self, buf, len);

    if (rc)
        return rc;
    gia__buf_add(buf, bytes, len); /* there is room */
    self->kept += len;
    return GIA_OK;
}

static void clear(gia__fold_t *self, gia__buf_t *buf)
{
    self->kept -= buf->len;
    gia__buf_clear(buf);
}

/* One more item of a list, which is kept as it will stand between the brackets. */
static int add_item(gia__fold_t *self, gia__buf_t *list, const char *before,
                    const gia_json_t *item, const char *after)
{
    size_t len, before_len = strlen(before), after_len = strlen(after), comma = list->len != 0;
    const char *raw = gia_json_raw(item, &len);
    int rc;

    /* All or nothing: half an item would break the document. */
    rc = len < SIZE_MAX - 256 ? reserve(self, list, comma + before_len + len + after_len)
                              : GIA_EINTERACTION_TOO_BIG;
    if (rc)
        return rc;
    add(self, list, ",", comma);
    add(self, list, before, before_len);
    add(self, list, raw, len);
    add(self, list, after, after_len);
    return GIA_OK;
}

/* ---- members ---- */

/* Sets a member, in its place if it is there already. `null` and an empty signature say nothing, so
 * they do not replace what was said. */
static int set_member(gia__fold_t *self, gia__fold_member_t **members, const char *name,
                      size_t name_len, const char *raw, size_t raw_len)
{
    gia__fold_member_t **at = members, *member, *old;
    size_t size;

    while (*at && ((*at)->name_len != name_len || memcmp((*at)->text, name, name_len) != 0))
        at = &(*at)->next;
    old = *at;
    if (old) {
        if (old->raw_len == raw_len && memcmp(gia__fold_member_raw(old), raw, raw_len) == 0)
            return GIA_OK;
        if (raw_len == 4 && memcmp(raw, "null", 4) == 0)
            return GIA_OK;
        if (raw_len == 2 && memcmp(raw, "\"\"", 2) == 0 && strcmp(old->text, "signature") == 0)
            return GIA_OK;
    }
    if (name_len > SIZE_MAX / 4 || raw_len > SIZE_MAX / 4)
        return GIA_EINTERACTION_TOO_BIG;
    size = sizeof(*member) + name_len + 1 + raw_len;
    member = alloc(self, size);
    if (!member)
        return alloc_error(self, size);
    member->size = size;
    member->name_len = name_len;
    member->raw_len = raw_len;
    memcpy(member->text, name, name_len);
    memcpy(member->text + name_len + 1, raw, raw_len);
    self->kept += size;

    *at = member;
    if (old) {
        member->next = old->next;
        self->kept -= old->size;
        gia__mem_free(&self->mem, old);
    }
    return GIA_OK;
}

static int set_value(gia__fold_t *self, gia__fold_member_t **members, const char *name,
                     const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);
    return value ? set_member(self, members, name, strlen(name), raw, len) : GIA_OK;
}

static int set_type(gia__fold_t *self, gia__fold_member_t **members, const char *type)
{
    char raw[64];
    size_t len = strlen(type);

    raw[0] = '"';
    memcpy(raw + 1, type, len);
    raw[len + 1] = '"';
    return set_member(self, members, "type", 4, raw, len + 2);
}

/* Sets all members of an object but those named in `except`, a list of names that ends with NULL. */
static int set_members(gia__fold_t *self, gia__fold_member_t **members, const gia_json_t *object,
                       const char *const *except)
{
    size_t n = gia_json_type(object) == GIA_JSON_OBJECT ? gia_json_count(object) : 0, i, j;
    size_t name_len, raw_len;
    int rc;

    for (i = 0; i < n; i++) {
        const char *name = gia_json_name_at(object, i, &name_len), *raw;
        for (j = 0; except[j] && strcmp(except[j], name) != 0; j++)
            continue;
        if (except[j])
            continue;
        raw = gia_json_raw(gia_json_at(object, i), &raw_len);
        rc = set_member(self, members, name, name_len, raw, raw_len);
        if (rc)
            return rc;
    }
    return GIA_OK;
}

/* ---- parts ---- */

static const char *const TEXT_MEMBERS[] = {"type", "text", "annotations", NULL};
static const char *const AUDIO_MEMBERS[] = {"type", "data", NULL};
static const char *const TYPE_ONLY[] = {"type", NULL};
static const char *const NOTHING[] = {NULL};

static int add_part(gia__fold_t *self, gia__fold_block_t *block, gia_content_type_t type,
                    gia__fold_part_t **out)
{
    gia__fold_part_t *part = block->last_part, **at = &block->parts;
    int rc;

    /* What the start announced without content is not a part of its own if something else came. */
    while (*at && !((*at)->hollow && *at == part))
        at = &(*at)->next;
    if (*at) {
        *at = NULL;
        block->last_part = NULL;
        free_part(self, part);
        for (part = block->parts; part; part = part->next)
            block->last_part = part;
        at = block->last_part ? &block->last_part->next : &block->parts;
    }
    part = alloc(self, sizeof(*part));
    if (!part)
        return alloc_error(self, sizeof(*part));
    self->kept += sizeof(*part);
    part->type = type;
    gia__buf_init(&part->bytes, &self->mem, self->max);
    gia__buf_init(&part->annotations, &self->mem, self->max);
    *at = part;
    block->last_part = *out = part;
    rc = type ? set_type(self, &part->members, gia_content_type_name(type)) : GIA_OK;
    return rc;
}
