/* Writes what a fold has kept as the JSON document of an interaction. */
#include "wire/folded.h"

#include <stdint.h>
#include <string.h>

#include <gia/error.h>

#include "core/base64.h"
#include "json/writer.h"

typedef struct document_s {
    gia__kept_t *kept;
    gia__writer_t *writer;
    gia__arena_t arena; /* for arguments, one call's after the other */
    gia__buf_t scratch; /* for lists and base64 */
    const gia__json_limits_t *limits;
    int rc; /* the first trouble that is not the writer's */
} folded_t;

static void note(folded_t *self, int rc)
{
    if (self->rc == GIA_OK)
        self->rc = rc;
}

static void scratch_add(folded_t *self, const char *bytes, size_t len)
{
    int rc = gia__buf_add(&self->scratch, bytes, len);

    if (rc != GIA__BUF_OK)
        note(self, rc == GIA__BUF_TOO_BIG ? GIA_EINTERACTION_TOO_BIG : GIA_ENOMEM);
}

static void write_scratch(folded_t *self, const char *name)
{
    gia__writer_name(self->writer, name);
    if (self->rc == GIA_OK)
        gia__writer_raw(self->writer, self->scratch.data, self->scratch.len);
}

/* A list whose items were kept with commas between. */
static void write_list(folded_t *self, const char *name, const gia__buf_t *items)
{
    gia__buf_clear(&self->scratch);
    scratch_add(self, "[", 1);
    scratch_add(self, items->data, items->len);
    scratch_add(self, "]", 1);
    write_scratch(self, name);
}

static void write_base64(folded_t *self, const char *name, const gia__buf_t *bytes)
{
    size_t size = gia__base64_encoded_size(bytes->len);
    gia__base64_encoder_t encoder = {0};
    gia__buf_t *out = &self->scratch;
    int rc;

    gia__buf_clear(out);
    rc = gia__buf_reserve(out, size < SIZE_MAX - 6 ? size + 6 : SIZE_MAX);
    if (rc != GIA__BUF_OK) {
        note(self, rc == GIA__BUF_TOO_BIG ? GIA_EINTERACTION_TOO_BIG : GIA_ENOMEM);
        return;
    }
    out->data[out->len++] = '"';
    out->len += gia__base64_encode(&encoder, out->data + out->len, bytes->data, bytes->len);
    out->len += gia__base64_encode_end(&encoder, out->data + out->len);
    out->data[out->len++] = '"';
    write_scratch(self, name);
}

static void write_members(folded_t *self, const gia__kept_member_t *members, const char *except)
{
    for (; members; members = members->next) {
        if (except && strcmp(members->text, except) == 0)
            continue;
        gia__writer_string(self->writer, members->text, members->name_len);
        gia__writer_raw(self->writer, gia__member_raw(members), members->raw_len);
    }
}

/* `extra` are members of the block that has no object of its own around this part. */
static void write_part(folded_t *self, const gia__part_t *part, const gia__kept_member_t *extra)
{
    if (part->type == GIA_CONTENT_OTHER && part->has_bytes) {
        gia__writer_raw(self->writer, part->bytes.data, part->bytes.len);
        return;
    }
    gia__writer_object_begin(self->writer);
    write_members(self, part->members, NULL);
    for (; extra; extra = extra->next) {
        if (gia__member_find(part->members, extra->text))
            continue;
        gia__writer_string(self->writer, extra->text, extra->name_len);
        gia__writer_raw(self->writer, gia__member_raw(extra), extra->raw_len);
    }
    if (part->has_bytes && part->type == GIA_CONTENT_TEXT) {
        gia__writer_name(self->writer, "text");
        gia__writer_string(self->writer, part->bytes.data ? part->bytes.data : "", part->bytes.len);
    } else if (part->has_bytes) {
        write_base64(self, "data", &part->bytes);
    }
    if (part->has_annotations)
        write_list(self, "annotations", &part->annotations);
    gia__writer_object_end(self->writer);
}

static int is_blank(const gia__buf_t *buf)
{
    size_t i;

    for (i = 0; i < buf->len; i++) {
        if (!strchr(" \t\r\n", buf->data[i]) || !buf->data[i])
            return 0;
    }
    return 1;
}

/* The object that the pieces add up to; the text itself if they do not, so that it can be seen. */
static void write_arguments(folded_t *self, const gia__buf_t *arguments)
{
    const gia_json_t *json;
    const char *raw;
    size_t len;
    int rc;

    gia__writer_name(self->writer, "arguments");
    if (is_blank(arguments)) {
        gia__writer_raw(self->writer, "{}", 2);
        return;
    }
    gia__arena_reset(&self->arena);
    rc = gia__json_parse(&json, &self->arena, arguments->data, arguments->len, self->limits, NULL);
    if (rc == GIA_OK && gia_json_type(json) == GIA_JSON_OBJECT) {
        raw = gia_json_raw(json, &len);
        gia__writer_raw(self->writer, raw, len);
    } else if (rc == GIA_OK || rc == GIA_EJSON || rc == GIA_EJSON_TOO_DEEP) {
        gia__writer_string(self->writer, arguments->data, arguments->len);
    } else {
        note(self, rc);
    }
}

static void write_block(folded_t *self, const gia__block_t *block)
{
    const gia__part_t *part;

    /* The legacy revision has no object around the parts. */
    if (self->kept->revision == GIA_REVISION_LEGACY && block->parts &&
        block->type == GIA_CONTENT_MODEL_OUTPUT) {
        for (part = block->parts; part; part = part->next)
            write_part(self, part, part == block->parts ? block->members : NULL);
        return;
    }
    if (!block->members && !block->parts && block->type == GIA_CONTENT_OTHER)
        return;

    gia__writer_object_begin(self->writer);
    if (block->type != GIA_CONTENT_OTHER && !gia__member_find(block->members, "type"))
        gia__writer_member_string(self->writer, "type", gia_content_type_name(block->type));
    write_members(self, block->members, block->has_arguments ? "arguments" : NULL);
    if (block->has_arguments || (block->type == GIA_CONTENT_FUNCTION_CALL &&
                                 !gia__member_find(block->members, "arguments")))
        write_arguments(self, &block->arguments);
    if (block->has_summary)
        write_list(self, "summary", &block->summary);
    if (block->has_content || block->parts) {
        gia__writer_name(self->writer, "content");
        gia__writer_array_begin(self->writer);
        for (part = block->parts; part; part = part->next)
            write_part(self, part, NULL);
        gia__writer_array_end(self->writer);
    }
    gia__writer_object_end(self->writer);
}

static int is_list(const char *name)
{
    return strcmp(name, "steps") == 0 || strcmp(name, "outputs") == 0;
}

/* The service's own list counts if it came at the end, or if no block came. */
static void write_results(folded_t *self)
{
    const gia__kept_t *kept = self->kept;
    const gia__kept_member_t *member;
    const gia__block_t *block;
    int written = 0;

    for (member = kept->members; member; member = member->next) {
        if (!is_list(member->text) || !(kept->served || !kept->blocks))
            continue;
        gia__writer_string(self->writer, member->text, member->name_len);
        gia__writer_raw(self->writer, gia__member_raw(member), member->raw_len);
        written = 1;
    }
    if (written)
        return;
    gia__writer_name(self->writer, kept->revision == GIA_REVISION_LEGACY ? "outputs" : "steps");
    gia__writer_array_begin(self->writer);
    for (block = kept->blocks; block; block = block->next)
        write_block(self, block);
    gia__writer_array_end(self->writer);
}

static int says_errors(const gia__kept_member_t *members)
{
    const gia__kept_member_t *errors = gia__member_find(members, "errors");

    return errors && errors->raw_len > 2 && gia__member_raw(errors)[0] == '[';
}

static void write_interaction(folded_t *self)
{
    const gia__kept_t *kept = self->kept;
    const gia__kept_member_t *member;
    int own_errors = kept->errors.len && !says_errors(kept->members);

    gia__writer_object_begin(self->writer);
    for (member = kept->members; member; member = member->next) {
        if (is_list(member->text) || (own_errors && strcmp(member->text, "errors") == 0))
            continue;
        gia__writer_string(self->writer, member->text, member->name_len);
        gia__writer_raw(self->writer, gia__member_raw(member), member->raw_len);
    }
    write_results(self);
    if (own_errors)
        write_list(self, "errors", &kept->errors);
    if (kept->unknown.len)
        write_list(self, "unknown_deltas", &kept->unknown);
    gia__writer_object_end(self->writer);
}

int gia__folded_write(gia__buf_t *out, gia__kept_t *kept, const gia__json_limits_t *limits,
                      size_t max_json)
{
    folded_t self = {.kept = kept, .limits = limits};
    int rc;

    self.writer = gia__writer_new(out);
    if (!self.writer)
        return GIA_ENOMEM;
    gia__arena_init(&self.arena, &kept->mem, max_json);
    gia__buf_init(&self.scratch, &kept->mem, SIZE_MAX); /* bounded by what is kept */

    write_interaction(&self);

    rc = gia__writer_error(self.writer);
    if (rc == GIA_EREQUEST_TOO_BIG)
        rc = GIA_EINTERACTION_TOO_BIG;
    gia__writer_free(self.writer);
    gia__buf_free(&self.scratch);
    gia__arena_free(&self.arena);
    return self.rc ? self.rc : rc;
}
