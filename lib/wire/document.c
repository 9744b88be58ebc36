/* The JSON document that a fold adds up to: what a unary answer would have been. */
#include "wire/document.h"

#include <string.h>

#include <gia/error.h>

#include "json/base64.h"
#include "json/writer.h"

typedef struct document_s {
    gia__writer_t *writer;
    const gia__mem_t *mem;
    const gia__json_limits_t *limits;
    int code; /* the first trouble that is not the writer's */
} document_t;

static int is_named(const gia__fold_member_t *member, const char *name)
{
    return member->name_len == strlen(name) && memcmp(member->text, name, member->name_len) == 0;
}

/* All members but the one called `except` (may be NULL). */
static void write_members(document_t *document, const gia__fold_member_t *member,
                          const char *except)
{
    for (; member; member = member->next) {
        if (except && is_named(member, except))
            continue;
        gia__writer_string(document->writer, member->text, member->name_len);
        gia__writer_raw(document->writer, gia__fold_member_raw(member), member->raw_len);
    }
}

static int has_member(const gia__fold_member_t *member, const char *name)
{
    while (member && !is_named(member, name))
        member = member->next;
    return member != NULL;
}

/* Values that are kept with commas in between. */
static void write_list(document_t *document, const char *name, const gia__buf_t *list)
{
    if (!list->len)
        return;
    gia__writer_name(document->writer, name);
    gia__writer_array_begin(document->writer);
    gia__writer_raw(document->writer, list->data, list->len);
    gia__writer_array_end(document->writer);
}

static void write_audio(document_t *document, const gia__buf_t *bytes)
{
    gia__base64_encoder_t encoder = {{0}, 0};
    size_t size = gia__base64_encoded_size(bytes->len), len;
    char *text = size < SIZE_MAX ? gia__mem_alloc(document->mem, size) : NULL;

    if (!text) {
        document->code = GIA_ENOMEM;
        return;
    }
    len = gia__base64_encode(&encoder, text, bytes->data, bytes->len);
    len += gia__base64_encode_end(&encoder, text + len);
    gia__writer_name(document->writer, "data");
    gia__writer_string(document->writer, text, len);
    gia__mem_free(document->mem, text);
}

static void write_part(document_t *document, const gia__fold_part_t *part)
{
    gia__writer_object_begin(document->writer);
    write_members(document, part->members, NULL);
    if (part->type == GIA_CONTENT_TEXT) {
        gia__writer_name(document->writer, "text");
        gia__writer_string(document->writer, part->bytes.len ? part->bytes.data : "",
                           part->bytes.len);
    } else if (part->type == GIA_CONTENT_AUDIO && part->bytes.len) {
        write_audio(document, &part->bytes);
    }
    write_list(document, "annotations", &part->annotations);
    gia__writer_object_end(document->writer);
}

static int is_json(document_t *document, const gia__buf_t *text)
{
    gia__arena_t arena;
    const gia_json_t *value;
    char *copy;
    int rc;

    gia__arena_init(&arena, document->mem, SIZE_MAX);
    copy = gia__arena_dup(&arena, text->data, text->len);
    rc = copy ? gia__json_parse(&value, &arena, copy, text->len, document->limits, NULL)
              : GIA_ENOMEM;
    gia__arena_free(&arena);
    if (rc == GIA_ENOMEM)
        document->code = rc;
    return rc == GIA_OK;
}

/* Pieces that do not make a value stay readable, as the text that they are. */
static void write_arguments(document_t *document, const gia__fold_block_t *block)
{
    if (!block->arguments.len && has_member(block->members, "arguments"))
        return;
    gia__writer_name(document->writer, "arguments");
    if (!block->arguments.len)
        gia__writer_raw(document->writer, "{}", 2);
    else if (is_json(document, &block->arguments))
        gia__writer_raw(document->writer, block->arguments.data, block->arguments.len);
    else
        gia__writer_string(document->writer, block->arguments.data, block->arguments.len);
}

static void write_parts(document_t *document, const gia__fold_block_t *block)
{
    for (const gia__fold_part_t *part = block->parts; part; part = part->next)
        write_part(document, part);
}

static void write_block(document_t *document, const gia__fold_block_t *block)
{
    const char *replaced = NULL;

    if (block->arguments.len)
        replaced = "arguments";
    gia__writer_object_begin(document->writer);
    write_members(document, block->members, replaced);
    write_list(document, "summary", &block->summary);
    if (block->type == GIA_CONTENT_FUNCTION_CALL)
        write_arguments(document, block);
    if (block->parts) {
        gia__writer_name(document->writer, "content");
        gia__writer_array_begin(document->writer);
        write_parts(document, block);
        gia__writer_array_end(document->writer);
    }
    gia__writer_object_end(document->writer);
}

static void write_blocks(document_t *document, const gia__fold_t *fold)
{
    const gia__fold_block_t *block;

    if (!fold->blocks)
        return;
    gia__writer_name(document->writer, fold->revision == GIA_REVISION_LEGACY ? "outputs" : "steps");
    gia__writer_array_begin(document->writer);
    for (block = fold->blocks; block; block = block->next) {
        if (fold->revision == GIA_REVISION_LEGACY && block->parts)
            write_parts(document, block);
        else
            write_block(document, block);
    }
    gia__writer_array_end(document->writer);
}

int gia__document_write(const gia__fold_t *fold, gia__buf_t *out, const gia__json_limits_t *limits)
{
    document_t document = {gia__writer_new(out), &fold->mem, limits, GIA_OK};
    const char *list = fold->revision == GIA_REVISION_LEGACY ? "outputs" : "steps";
    int rc;

    if (!document.writer)
        return GIA_ENOMEM;
    gia__writer_object_begin(document.writer);
    write_members(&document, fold->members, fold->blocks ? list : NULL);
    write_blocks(&document, fold);
    if (!has_member(fold->members, "errors"))
        write_list(&document, "errors", &fold->errors);
    write_list(&document, "unknown_deltas", &fold->unknown);
    gia__writer_object_end(document.writer);
    rc = document.code ? document.code : gia__writer_error(document.writer);
    gia__writer_free(document.writer);
    return rc;
}
