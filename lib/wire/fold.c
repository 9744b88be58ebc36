/* Folds the events of a stream into the interaction that a unary call would have returned.
 *
 * This file collects: for each block the members of its object, its parts and its pieces, all of
 * it bytes, text as it reads and everything else as it came. document.c writes it down. */
#include "wire/fold.h"

#include <stdint.h>
#include <stdio.h>
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

/* One more item of a list, which is kept as it will stand between the brackets. */
static int add_item(gia__fold_t *self, gia__buf_t *list, const char *before, const gia_json_t *item,
                    const char *after)
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

/* Sets all members of an object but those named in `except`, a list of names that ends with NULL.
 */
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

static const char *const TEXT_MEMBERS[] = {"text", "annotations", NULL};
static const char *const AUDIO_MEMBERS[] = {"data", NULL};
static const char *const TYPE_ONLY[] = {"type", NULL};
static const char *const CALL_MEMBERS[] = {"type", "arguments", NULL};
static const char *const BLOCK_MEMBERS[] = {"content", "summary", NULL};
static const char *const NOTHING[] = {NULL};

static int add_part(gia__fold_t *self, gia__fold_block_t *block, gia_content_type_t type,
                    gia__fold_part_t **out)
{
    gia__fold_part_t *part = alloc(self, sizeof(*part));

    if (!part)
        return alloc_error(self, sizeof(*part));
    self->kept += sizeof(*part);
    part->type = type;
    gia__buf_init(&part->bytes, &self->mem, self->max);
    gia__buf_init(&part->annotations, &self->mem, self->max);
    if (block->last_part)
        block->last_part->next = part;
    else
        block->parts = part;
    block->last_part = *out = part;
    return type ? set_type(self, &part->members, gia_content_type_name(type)) : GIA_OK;
}

/* The part that a delta of this type continues, or a new one. */
static int open_part(gia__fold_t *self, gia__fold_block_t *block, gia_content_type_t type,
                     gia__fold_part_t **out)
{
    *out = block->last_part;
    return *out && (*out)->type == type ? GIA_OK : add_part(self, block, type, out);
}

static int add_annotations(gia__fold_t *self, gia__fold_part_t *part, const gia_json_t *annotations)
{
    size_t n = gia_json_type(annotations) == GIA_JSON_ARRAY ? gia_json_count(annotations) : 0, i;
    int rc = GIA_OK;

    for (i = 0; i < n && rc == GIA_OK; i++)
        rc = add_item(self, &part->annotations, "", gia_json_at(annotations, i), "");
    return rc;
}

static int add_text(gia__fold_t *self, gia__fold_block_t *block, const char *text, size_t len,
                    const gia_json_t *object)
{
    gia__fold_part_t *part;
    int rc = open_part(self, block, GIA_CONTENT_TEXT, &part);

    if (rc == GIA_OK)
        rc = add(self, &part->bytes, text, len);
    if (rc == GIA_OK)
        rc = set_members(self, &part->members, object, TEXT_MEMBERS);
    if (rc == GIA_OK)
        rc = add_annotations(self, part, gia_json_get(object, "annotations"));
    return rc;
}

/* One that came whole. */
static int add_whole(gia__fold_t *self, gia__fold_block_t *block, gia_content_type_t type,
                     const gia_json_t *object)
{
    gia__fold_part_t *part;
    int rc = add_part(self, block, type, &part);

    return rc == GIA_OK ? set_members(self, &part->members, object, NOTHING) : rc;
}

static int same_mime_type(const gia__fold_part_t *part, const gia_json_t *object)
{
    const gia__fold_member_t *member;
    size_t len;
    const char *raw = gia_json_raw(gia_json_get(object, "mime_type"), &len);

    for (member = part->members; member; member = member->next) {
        if (strcmp(member->text, "mime_type") == 0)
            return !raw ||
                   (member->raw_len == len && memcmp(gia__fold_member_raw(member), raw, len) == 0);
    }
    return 1;
}

/* Pieces are joined as bytes: the text of each has a padding of its own. What is not base64 stays
 * as it came. */
static int add_audio(gia__fold_t *self, gia__fold_block_t *block, const gia_json_t *object)
{
    size_t len, bytes_len;
    const char *text = gia__json_get_string(object, "data", &len);
    gia__fold_part_t *part = block->last_part;
    int continues = part && part->type == GIA_CONTENT_AUDIO && same_mime_type(part, object);
    int rc;

    if (!text)
        return add_whole(self, block, GIA_CONTENT_AUDIO, object);
    rc = continues ? GIA_OK : add_part(self, block, GIA_CONTENT_AUDIO, &part);
    if (rc == GIA_OK)
        rc = reserve(self, &part->bytes, len + 3); /* decoded bytes are fewer */
    if (rc != GIA_OK)
        return rc;
    if (gia__base64_decode(part->bytes.data + part->bytes.len, &bytes_len, text, len) != 0)
        return continues ? add_whole(self, block, GIA_CONTENT_AUDIO, object)
                         : set_members(self, &part->members, object, NOTHING);
    part->bytes.len += bytes_len;
    self->kept += bytes_len;
    return set_members(self, &part->members, object, AUDIO_MEMBERS);
}

static gia_content_type_t type_of(const gia_json_t *object)
{
    size_t len;
    const char *name = gia__json_get_string(object, "type", &len);

    return name ? gia__content_type_of(name, len) : GIA_CONTENT_OTHER;
}

/* Content that a start brings along, which deltas may continue. */
static int add_content(gia__fold_t *self, gia__fold_block_t *block, const gia_json_t *object)
{
    size_t len;
    const char *text = gia__json_get_string(object, "text", &len);
    gia_content_type_t type = type_of(object);

    if (type == GIA_CONTENT_TEXT) {
        gia__fold_part_t *part;
        int rc = add_part(self, block, type, &part);
        return rc == GIA_OK ? add_text(self, block, text ? text : "", text ? len : 0, object) : rc;
    }
    if (type == GIA_CONTENT_AUDIO)
        return add_audio(self, block, object);
    return add_whole(self, block, type, object);
}

/* ---- blocks ---- */

static int add_block(gia__fold_t *self, int64_t index, gia_content_type_t type,
                     gia__fold_block_t **out)
{
    gia__fold_block_t *block = alloc(self, sizeof(*block));

    if (!block)
        return alloc_error(self, sizeof(*block));
    self->kept += sizeof(*block);
    block->index = index;
    block->type = type;
    gia__buf_init(&block->summary, &self->mem, self->max);
    gia__buf_init(&block->arguments, &self->mem, self->max);
    if (self->last_block)
        self->last_block->next = block;
    else
        self->blocks = block;
    self->last_block = *out = block;
    return GIA_OK;
}

/* The newest block of this index; nearly always the last one. */
static gia__fold_block_t *find_block(gia__fold_t *self, int64_t index)
{
    gia__fold_block_t *block, *found = NULL;

    if (self->last_block && self->last_block->index == index)
        return self->last_block;
    for (block = self->blocks; block; block = block->next) {
        if (block->index == index)
            found = block;
    }
    return found;
}

static int take_start(gia__fold_t *self, const gia_event_t *event)
{
    const gia_json_t *content = gia_json_get(event->content, "content"), *summary;
    int legacy_part = gia__content_is_part(type_of(event->content));
    gia__fold_block_t *block;
    size_t n, i;
    int rc = add_block(self, event->index, event->step_type, &block);

    if (rc == GIA_OK && legacy_part) {
        /* {"type":"text"} only announces; anything more is a first piece. */
        if (gia_json_count(event->content) > 1)
            return add_content(self, block, event->content);
        return set_type(self, &block->members, gia_content_type_name(type_of(event->content)));
    }
    if (rc == GIA_OK)
        rc = set_members(self, &block->members, event->content, BLOCK_MEMBERS);
    n = gia_json_type(content) == GIA_JSON_ARRAY ? gia_json_count(content) : 0;
    for (i = 0; i < n && rc == GIA_OK; i++)
        rc = add_content(self, block, gia_json_at(content, i));
    summary = gia_json_get(event->content, "summary");
    n = gia_json_type(summary) == GIA_JSON_ARRAY ? gia_json_count(summary) : 0;
    for (i = 0; i < n && rc == GIA_OK; i++)
        rc = add_item(self, &block->summary, "", gia_json_at(summary, i), "");
    return rc;
}

/* A delta whose start was never seen says itself what it belongs to. */
static int add_block_for(gia__fold_t *self, const gia_event_t *event, gia__fold_block_t **out)
{
    gia_content_type_t type = GIA_CONTENT_MODEL_OUTPUT;
    const char *type_name;
    int rc;

    switch (event->delta.type) {
    case GIA_DELTA_THOUGHT_SUMMARY:
    case GIA_DELTA_THOUGHT_SIGNATURE: type = GIA_CONTENT_THOUGHT; break;
    case GIA_DELTA_FUNCTION_CALL: type = GIA_CONTENT_FUNCTION_CALL; break;
    case GIA_DELTA_TOOL: type = type_of(event->delta.json); break;
    default: break;
    }
    type_name = gia_content_type_name(type);
    rc = add_block(self, event->index, type, out);
    return rc == GIA_OK ? set_type(self, &(*out)->members, type_name) : rc;
}

static int add_unknown(gia__fold_t *self, const gia_event_t *event)
{
    char before[48];

    snprintf(before, sizeof(before), "{\"index\":%lld,\"delta\":", (long long)event->index);
    return add_item(self, &self->unknown, before, event->delta.json, "}");
}

static int is_type_of(const gia__fold_block_t *block, const gia_json_t *delta)
{
    const gia__fold_member_t *member;
    size_t len;
    const char *raw = gia_json_raw(gia_json_get(delta, "type"), &len);

    for (member = block->members; member; member = member->next) {
        if (strcmp(member->text, "type") == 0)
            return raw && member->raw_len == len &&
                   memcmp(gia__fold_member_raw(member), raw, len) == 0;
    }
    return 0;
}

static int take_delta(gia__fold_t *self, const gia_event_t *event)
{
    const gia_delta_t *delta = &event->delta;
    gia__fold_block_t *block = find_block(self, event->index);
    gia__fold_part_t *part;
    int rc = GIA_OK;

    if (delta->type == GIA_DELTA_OTHER && (!block || !is_type_of(block, delta->json)))
        return add_unknown(self, event);
    if (!block)
        rc = add_block_for(self, event, &block);
    if (rc != GIA_OK)
        return rc;

    switch (delta->type) {
    case GIA_DELTA_TEXT: return add_text(self, block, delta->text, delta->text_len, delta->json);
    case GIA_DELTA_TEXT_ANNOTATION:
        rc = open_part(self, block, GIA_CONTENT_TEXT, &part);
        return rc == GIA_OK ? add_annotations(self, part, gia_json_get(delta->json, "annotations"))
                            : rc;
    case GIA_DELTA_IMAGE: return add_whole(self, block, GIA_CONTENT_IMAGE, delta->json);
    case GIA_DELTA_VIDEO: return add_whole(self, block, GIA_CONTENT_VIDEO, delta->json);
    case GIA_DELTA_DOCUMENT: return add_whole(self, block, GIA_CONTENT_DOCUMENT, delta->json);
    case GIA_DELTA_AUDIO: return add_audio(self, block, delta->json);
    case GIA_DELTA_THOUGHT_SUMMARY: {
        const gia_json_t *content = gia_json_get(delta->json, "content");
        return content ? add_item(self, &block->summary, "", content, "") : GIA_OK;
    }
    case GIA_DELTA_THOUGHT_SIGNATURE:
        return set_value(self, &block->members, "signature",
                         gia_json_get(delta->json, "signature"));
    case GIA_DELTA_FUNCTION_CALL:
        rc = add(self, &block->arguments, delta->arguments ? delta->arguments : "",
                 delta->arguments_len);
        return rc == GIA_OK ? set_members(self, &block->members, delta->json, CALL_MEMBERS) : rc;
    case GIA_DELTA_TOOL:
    case GIA_DELTA_OTHER: break;
    }
    return set_members(self, &block->members, delta->json, TYPE_ONLY);
}

/* ---- the interaction ---- */

static int take_status(gia__fold_t *self, const gia_event_t *event)
{
    static const char *const taken[] = {"status", "usage", "continuation_token"};
    int rc = set_value(self, &self->members, "id", gia_json_get(event->json, "interaction_id"));
    char raw[64];

    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]) && rc == GIA_OK; i++)
        rc = set_value(self, &self->members, taken[i], gia_json_get(event->json, taken[i]));
    /* An event may be named after the status instead. */
    if (rc == GIA_OK && !gia_json_get(event->json, "status") && *gia_status_name(event->status)) {
        snprintf(raw, sizeof(raw), "\"%s\"", gia_status_name(event->status));
        rc = set_member(self, &self->members, "status", 6, raw, strlen(raw));
    }
    return rc;
}

static int take_error(gia__fold_t *self, const gia_event_t *event)
{
    const gia_json_t *error = gia_json_get(event->json, "error");

    return gia_json_type(error) == GIA_JSON_OBJECT ? add_item(self, &self->errors, "", error, "")
                                                   : GIA_OK;
}

int gia__fold_event(gia__fold_t *self, const gia_event_t *event, int revision)
{
    if (revision >= 0)
        self->revision = (gia_revision_t)revision;
    self->any |= event->type != GIA_EVENT_OTHER;

    switch (event->type) {
    case GIA_EVENT_INTERACTION_START:
    case GIA_EVENT_INTERACTION_COMPLETE:
        return set_members(self, &self->members, gia_json_get(event->json, "interaction"), NOTHING);
    case GIA_EVENT_INTERACTION_STATUS_UPDATE: return take_status(self, event);
    case GIA_EVENT_CONTENT_START: return take_start(self, event);
    case GIA_EVENT_CONTENT_DELTA: return take_delta(self, event);
    case GIA_EVENT_ERROR: return take_error(self, event);
    case GIA_EVENT_CONTENT_STOP:
    case GIA_EVENT_OTHER: break;
    }
    return GIA_OK;
}

int gia__fold_finish(gia__fold_t *self, gia_interaction_t **out, const gia__json_limits_t *limits,
                     size_t max_json)
{
    gia__buf_t text;
    int rc;

    *out = NULL;
    if (!self->any)
        return GIA_OK;
    /* Escapes and base64 make text longer than what was kept. */
    gia__buf_init(&text, &self->mem, self->max < SIZE_MAX / 8 ? self->max * 2 + 4096 : SIZE_MAX);
    rc = gia__document_write(self, &text, limits);
    if (rc == GIA_EREQUEST_TOO_BIG)
        rc = GIA_EINTERACTION_TOO_BIG;
    if (rc == GIA_OK)
        rc = gia__interaction_decode(out, &self->mem, &text, limits, max_json, NULL);
    gia__buf_free(&text);
    return rc;
}
