/* What a fold keeps of a stream: blocks of members, parts and pieces, under one ceiling of bytes.
 */
#include "wire/kept.h"

#include <string.h>

#include <gia/error.h>

void gia__kept_init(gia__kept_t *self, const gia__mem_t *mem, size_t max)
{
    *self = (gia__kept_t){.mem = *mem, .max = max, .revision = -1};
    gia__buf_init(&self->errors, &self->mem, max);
    gia__buf_init(&self->unknown, &self->mem, max);
}

static void free_members(gia__kept_t *self, gia__kept_member_t *members)
{
    while (members) {
        gia__kept_member_t *next = members->next;
        self->used -= members->size;
        gia__mem_free(&self->mem, members);
        members = next;
    }
}

static void free_part(gia__kept_t *self, gia__part_t *part)
{
    free_members(self, part->members);
    gia__kept_clear(self, &part->bytes);
    gia__kept_clear(self, &part->annotations);
    gia__buf_free(&part->bytes);
    gia__buf_free(&part->annotations);
    self->used -= sizeof(*part);
    gia__mem_free(&self->mem, part);
}

static void free_block(gia__kept_t *self, gia__block_t *block)
{
    while (block->parts) {
        gia__part_t *part = block->parts;
        block->parts = part->next;
        free_part(self, part);
    }
    free_members(self, block->members);
    gia__buf_free(&block->summary);
    gia__buf_free(&block->arguments);
    gia__mem_free(&self->mem, block);
}

void gia__kept_free(gia__kept_t *self)
{
    while (self->blocks) {
        gia__block_t *block = self->blocks;
        self->blocks = block->next;
        free_block(self, block);
    }
    free_members(self, self->members);
    gia__buf_free(&self->errors);
    gia__buf_free(&self->unknown);
}

/* ---- bytes ---- */

static int alloc(gia__kept_t *self, void **out, size_t size)
{
    if (size > self->max - self->used)
        return GIA_EINTERACTION_TOO_BIG;
    *out = gia__mem_zalloc(&self->mem, size);
    if (!*out)
        return GIA_ENOMEM;
    self->used += size;
    return GIA_OK;
}

int gia__kept_reserve(gia__kept_t *self, gia__buf_t *buf, size_t len)
{
    if (len > self->max - self->used)
        return GIA_EINTERACTION_TOO_BIG;
    switch (gia__buf_reserve(buf, len)) {
    case GIA__BUF_OK: return GIA_OK;
    case GIA__BUF_TOO_BIG: return GIA_EINTERACTION_TOO_BIG;
    default: return GIA_ENOMEM;
    }
}

int gia__kept_add(gia__kept_t *self, gia__buf_t *buf, const char *bytes, size_t len)
{
    int rc = gia__kept_reserve(self, buf, len);

    if (rc)
        return rc;
    gia__buf_add(buf, bytes, len); /* there is room now */
    self->used += len;
    return GIA_OK;
}

void gia__kept_cut(gia__kept_t *self, gia__buf_t *buf, size_t len)
{
    self->used -= len;
    buf->len -= len;
}

void gia__kept_clear(gia__kept_t *self, gia__buf_t *buf)
{
    gia__kept_cut(self, buf, buf->len);
}

int gia__kept_item(gia__kept_t *self, gia__buf_t *list, const char *before, const gia_json_t *item,
                   const char *after)
{
    size_t len, before_len = strlen(before), after_len = strlen(after), comma = list->len != 0;
    const char *raw = gia_json_raw(item, &len);
    int rc;

    if (len > self->max)
        return GIA_EINTERACTION_TOO_BIG;
    rc = gia__kept_reserve(self, list, comma + before_len + len + after_len);
    if (rc)
        return rc;
    gia__kept_add(self, list, ",", comma);
    gia__kept_add(self, list, before, before_len);
    gia__kept_add(self, list, raw, len);
    gia__kept_add(self, list, after, after_len);
    return GIA_OK;
}

/* ---- blocks and parts ---- */

gia__block_t *gia__kept_find(const gia__kept_t *self, int64_t index)
{
    gia__block_t *block = self->open;

    while (block && block->index != index)
        block = block->next_open;
    return block;
}

void gia__kept_close(gia__kept_t *self, int64_t index)
{
    gia__block_t **at = &self->open;

    while (*at && (*at)->index != index)
        at = &(*at)->next_open;
    if (*at)
        *at = (*at)->next_open;
}

int gia__kept_open(gia__kept_t *self, int64_t index, gia__block_t **out)
{
    gia__block_t *block;
    void *memory;
    int rc = alloc(self, &memory, sizeof(*block));

    if (rc)
        return rc;
    gia__kept_close(self, index);
    block = memory;
    block->index = index;
    gia__buf_init(&block->summary, &self->mem, self->max);
    gia__buf_init(&block->arguments, &self->mem, self->max);
    if (self->last_block)
        self->last_block->next = block;
    else
        self->blocks = block;
    self->last_block = block;
    block->next_open = self->open;
    self->open = block;
    *out = block;
    return GIA_OK;
}

static void drop_last_part(gia__kept_t *self, gia__block_t *block)
{
    gia__part_t *part = block->last_part;

    block->last_part = part->previous;
    if (part->previous)
        part->previous->next = NULL;
    else
        block->parts = NULL;
    free_part(self, part);
}

int gia__kept_part(gia__kept_t *self, gia__block_t *block, gia_content_type_t type,
                   gia__part_t **out)
{
    gia__part_t *part;
    void *memory;
    int rc = alloc(self, &memory, sizeof(*part));

    if (rc)
        return rc;
    if (block->last_part && block->last_part->hollow)
        drop_last_part(self, block);
    part = memory;
    part->type = type;
    gia__buf_init(&part->bytes, &self->mem, self->max);
    gia__buf_init(&part->annotations, &self->mem, self->max);
    part->previous = block->last_part;
    if (part->previous)
        part->previous->next = part;
    else
        block->parts = part;
    block->last_part = part;
    *out = part;
    return GIA_OK;
}

/* ---- members ---- */

const char *gia__member_raw(const gia__kept_member_t *member)
{
    return member->text + member->name_len + 1;
}

const gia__kept_member_t *gia__member_find(const gia__kept_member_t *members, const char *name)
{
    while (members && strcmp(members->text, name) != 0)
        members = members->next;
    return members;
}

static int raw_is(const char *raw, size_t len, const char *text, size_t text_len)
{
    return len == text_len && memcmp(raw, text, len) == 0;
}

int gia__member_is(const gia__kept_member_t *member, const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);

    return member && raw && raw_is(raw, len, gia__member_raw(member), member->raw_len);
}

static int says_nothing(const char *name, const char *raw, size_t len)
{
    return raw_is(raw, len, "null", 4) ||
           (strcmp(name, "signature") == 0 && raw_is(raw, len, "\"\"", 2));
}

int gia__kept_set(gia__kept_t *self, gia__kept_member_t **members, const char *name,
                  size_t name_len, const char *raw, size_t raw_len)
{
    gia__kept_member_t **at = members, *member, *old;
    void *memory;
    size_t size;
    int rc;

    while (*at && !raw_is((*at)->text, (*at)->name_len, name, name_len))
        at = &(*at)->next;
    old = *at;
    if (old && raw_is(gia__member_raw(old), old->raw_len, raw, raw_len))
        return GIA_OK;
    if (old && says_nothing(old->text, raw, raw_len))
        return GIA_OK;
    if (name_len > self->max || raw_len > self->max)
        return GIA_EINTERACTION_TOO_BIG;
    size = sizeof(*member) + name_len + 1 + raw_len;
    rc = alloc(self, &memory, size);
    if (rc)
        return rc;
    member = memory;
    member->size = size;
    member->name_len = name_len;
    member->raw_len = raw_len;
    memcpy(member->text, name, name_len);
    memcpy(member->text + name_len + 1, raw, raw_len);
    *at = member;
    if (old) {
        member->next = old->next;
        old->next = NULL;
        free_members(self, old);
    }
    return GIA_OK;
}

int gia__kept_set_value(gia__kept_t *self, gia__kept_member_t **members, const char *name,
                        const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);

    return raw ? gia__kept_set(self, members, name, strlen(name), raw, len) : GIA_OK;
}

int gia__kept_set_word(gia__kept_t *self, gia__kept_member_t **members, const char *name,
                       const char *word)
{
    char raw[64];
    size_t len = strlen(word);

    if (len > sizeof(raw) - 2)
        return GIA_EINTERACTION_TOO_BIG; /* no word of ours is that long */
    raw[0] = '"';
    memcpy(raw + 1, word, len);
    raw[len + 1] = '"';
    return gia__kept_set(self, members, name, strlen(name), raw, len + 2);
}

int gia__kept_set_all(gia__kept_t *self, gia__kept_member_t **members, const gia_json_t *object,
                      const char *const *except)
{
    size_t n = gia_json_type(object) == GIA_JSON_OBJECT ? gia_json_count(object) : 0;
    size_t i, j, name_len, raw_len;
    int rc;

    for (i = 0; i < n; i++) {
        const char *name = gia_json_name_at(object, i, &name_len), *raw;
        for (j = 0; except[j] && strcmp(except[j], name) != 0; j++)
            continue;
        if (except[j])
            continue;
        raw = gia_json_raw(gia_json_at(object, i), &raw_len);
        rc = gia__kept_set(self, members, name, name_len, raw, raw_len);
        if (rc)
            return rc;
    }
    return GIA_OK;
}
