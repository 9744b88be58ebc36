/* What is uploaded: a file or a piece of memory, and what it is called. */
#include "ops/upload_source.h"

#include <inttypes.h>
#include <string.h>

#include "wire/file.h"

/* As the value of a header. */
static int is_printable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            return 0;
    }
    return 1;
}

static int take_name(gia__upload_source_t *source, const char *name)
{
    const char *id = gia__file_id(name);

    if (!id)
        return GIA_OK;
    if (gia__buf_add_text(&source->name, "files/") != GIA__BUF_OK ||
        gia__buf_add(&source->name, id, strlen(id) + 1) != GIA__BUF_OK)
        return GIA_ENOMEM;
    return GIA_OK;
}

static int take_bytes(gia__upload_source_t *source, const gia__upload_plan_t *plan)
{
    const gia_upload_options_t *how = &plan->how;

    source->size = plan->size_bytes;
    source->mark = plan->look.mark;
    if (how->path)
        source->path = gia__mem_dup(source->mem, how->path, strlen(how->path));
    else
        source->blob = gia__blob_new_borrowed(source->mem, how->bytes, how->len);
    return source->path || source->blob ? GIA_OK : GIA_ENOMEM;
}

static void announce(const gia__upload_source_t *source, gia__exchange_t *exchange,
                     const gia_upload_options_t *how)
{
    const char *slash = how->path ? strrchr(how->path, '/') : NULL;
    const char *file_name = slash ? slash + 1 : how->path;

    gia__exchange_add_header(exchange, "X-Goog-Upload-Protocol: resumable");
    gia__exchange_add_header(exchange, "X-Goog-Upload-Command: start");
    gia__exchange_add_header(exchange, "X-Goog-Upload-Header-Content-Length: %" PRId64,
                             source->size);
    gia__exchange_add_header(exchange, "X-Goog-Upload-Header-Content-Type: %s", how->mime_type);
    /* Nobody needs it, so that a name that no header can have is left out. */
    if (file_name && is_printable(file_name))
        gia__exchange_add_header(exchange, "X-Goog-Upload-File-Name: %s", file_name);
    gia__exchange_note(exchange,
                       gia__file_write_start(&exchange->body.text, source->name.data,
                                             how->display_name, how->mime_type, source->size));
    exchange->content_type = "application/json";
}

int gia__upload_source_init(gia__upload_source_t *source, gia__exchange_t *announcement,
                            const gia__mem_t *mem, const gia__upload_plan_t *plan)
{
    int rc;

    memset(source, 0, sizeof(*source));
    source->mem = mem;
    gia__buf_init(&source->name, mem, SIZE_MAX);
    rc = take_name(source, plan->how.name);
    if (rc == GIA_OK)
        rc = take_bytes(source, plan);
    if (rc != GIA_OK)
        return rc;
    announce(source, announcement, &plan->how);
    return announcement->code;
}

void gia__upload_source_free(gia__upload_source_t *source)
{
    gia__blob_release(source->blob);
    gia__mem_free(source->mem, source->path);
    gia__buf_free(&source->name);
}

void gia__upload_source_add(const gia__upload_source_t *source, gia__exchange_t *exchange,
                            int64_t offset, int64_t len)
{
    int rc;

    if (source->blob)
        rc =
            gia__pieces_add_blob(&exchange->body, source->blob, (uint64_t)offset, (uint64_t)len, 0);
    else
        rc = gia__pieces_add_file(&exchange->body, source->path, &source->mark, (uint64_t)offset,
                                  (uint64_t)len, 0);
    if (rc != GIA__BUF_OK)
        gia__exchange_note(exchange, GIA_ENOMEM);
}
