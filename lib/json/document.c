/* A JSON text that was decoded for its own sake: a copy of it, for values point into their text,
 * and the values. */
#include "json/document.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <gia/error.h>

static const gia__json_limits_t LIMITS = {.max_depth = 128};

struct gia_document_s {
    gia__mem_t mem;
    gia__arena_t arena;
    const gia_json_t *root;
    char text[];
};

static int refuse(gia_json_error_t *error, int code)
{
    if (error) {
        *error = (gia_json_error_t){0};
        snprintf(error->message, sizeof(error->message), "%s", gia_error_text(code));
    }
    return code;
}

int gia__document_parse(gia_document_t **out, const char *text, size_t len, const gia__mem_t *mem,
                        size_t max_json, gia_json_error_t *error)
{
    gia_document_t *self;
    int rc;

    if (!out || !text)
        return refuse(error, GIA_EINVAL);
    if (len > SIZE_MAX - sizeof(*self) || !(self = gia__mem_alloc(mem, sizeof(*self) + len)))
        return refuse(error, GIA_ENOMEM);
    self->mem = *mem;
    gia__arena_init(&self->arena, &self->mem, max_json);
    memcpy(self->text, text, len);
    rc = gia__json_parse(&self->root, &self->arena, self->text, len, &LIMITS, error);
    if (rc) {
        gia_document_free(self);
        return rc;
    }
    *out = self;
    return GIA_OK;
}

int gia_document_parse(gia_document_t **out, const char *text, size_t len,
                       const gia_allocator_t *allocator, gia_json_error_t *error)
{
    gia__mem_t mem = gia__mem_init(allocator);

    return gia__document_parse(out, text, len, &mem, SIZE_MAX, error);
}

const gia_json_t *gia_document_root(const gia_document_t *document)
{
    return document ? document->root : NULL;
}

void gia_document_free(gia_document_t *document)
{
    gia__mem_t mem;

    if (!document)
        return;
    mem = document->mem;
    gia__arena_free(&document->arena);
    gia__mem_free(&mem, document);
}
