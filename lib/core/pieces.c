/* What a request body is made of. */
#include "core/pieces.h"

#include <stdatomic.h>
#include <string.h>

struct gia__blob_s {
    gia__mem_t mem;
    atomic_size_t owners;
    size_t len;
    const char *bytes; /* `own`, or the program's */
    char own[];
};

static gia__blob_t *new_blob(const gia__mem_t *mem, size_t len, size_t own_len)
{
    gia__blob_t *blob;

    if (own_len > SIZE_MAX - sizeof(*blob))
        return NULL;
    blob = gia__mem_alloc(mem, sizeof(*blob) + own_len);
    if (!blob)
        return NULL;
    blob->mem = *mem;
    atomic_init(&blob->owners, 1);
    blob->len = len;
    blob->bytes = blob->own;
    return blob;
}

gia__blob_t *gia__blob_new(const gia__mem_t *mem, const void *bytes, size_t len)
{
    gia__blob_t *blob = new_blob(mem, len, len);

    if (blob && len)
        memcpy(blob->own, bytes, len);
    return blob;
}

gia__blob_t *gia__blob_new_borrowed(const gia__mem_t *mem, const void *bytes, size_t len)
{
    gia__blob_t *blob = new_blob(mem, len, 0);

    if (blob)
        blob->bytes = bytes;
    return blob;
}

gia__blob_t *gia__blob_keep(gia__blob_t *blob)
{
    atomic_fetch_add_explicit(&blob->owners, 1, memory_order_relaxed);
    return blob;
}

void gia__blob_release(gia__blob_t *blob)
{
    gia__mem_t mem;

    if (!blob || atomic_fetch_sub_explicit(&blob->owners, 1, memory_order_acq_rel) != 1)
        return;
    mem = blob->mem;
    gia__mem_free(&mem, blob);
}

const char *gia__blob_bytes(const gia__blob_t *blob)
{
    return blob->bytes;
}

size_t gia__blob_len(const gia__blob_t *blob)
{
    return blob->len;
}

void gia__pieces_init(gia__pieces_t *pieces, const gia__mem_t *mem, size_t max_text)
{
    memset(pieces, 0, sizeof(*pieces));
    pieces->mem = mem;
    gia__buf_init(&pieces->text, mem, max_text);
}

void gia__pieces_free(gia__pieces_t *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        gia__blob_release(pieces->items[i].blob);
        gia__mem_free(pieces->mem, pieces->items[i].path);
    }
    gia__mem_free(pieces->mem, pieces->items);
    gia__buf_free(&pieces->text);
    pieces->items = NULL;
    pieces->count = pieces->capacity = 0;
}

uint64_t gia__pieces_closed_text(const gia__pieces_t *pieces)
{
    for (size_t i = pieces->count; i > 0; i--) {
        const gia__piece_t *piece = &pieces->items[i - 1];
        if (piece->kind == GIA__PIECE_TEXT)
            return piece->offset + piece->len;
    }
    return 0;
}

static int add(gia__pieces_t *pieces, const gia__piece_t *piece)
{
    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity ? pieces->capacity * 2 : 4;
        gia__piece_t *items =
            gia__mem_realloc(pieces->mem, pieces->items, capacity * sizeof(*items));
        if (!items)
            return GIA__BUF_NO_MEMORY;
        pieces->items = items;
        pieces->capacity = capacity;
    }
    pieces->items[pieces->count++] = *piece;
    return GIA__BUF_OK;
}

int gia__pieces_close_text(gia__pieces_t *pieces)
{
    gia__piece_t piece = {.kind = GIA__PIECE_TEXT, .offset = gia__pieces_closed_text(pieces)};

    piece.len = pieces->text.len - piece.offset;
    return piece.len ? add(pieces, &piece) : GIA__BUF_OK;
}

int gia__pieces_add_blob(gia__pieces_t *pieces, gia__blob_t *blob, uint64_t offset, uint64_t len,
                         int base64)
{
    gia__piece_t piece = {
        .kind = GIA__PIECE_BLOB, .base64 = base64, .offset = offset, .len = len, .blob = blob};
    int rc = gia__pieces_close_text(pieces);

    if (rc == GIA__BUF_OK)
        rc = add(pieces, &piece);
    if (rc == GIA__BUF_OK)
        gia__blob_keep(blob);
    return rc;
}

int gia__pieces_add_file(gia__pieces_t *pieces, const char *path, const gia__file_mark_t *mark,
                         uint64_t offset, uint64_t len, int base64)
{
    gia__piece_t piece = {
        .kind = GIA__PIECE_FILE, .base64 = base64, .offset = offset, .len = len, .mark = *mark};
    int rc = gia__pieces_close_text(pieces);

    piece.path = gia__mem_dup(pieces->mem, path, strlen(path));
    if (!piece.path)
        return GIA__BUF_NO_MEMORY;
    if (rc == GIA__BUF_OK)
        rc = add(pieces, &piece);
    if (rc != GIA__BUF_OK)
        gia__mem_free(pieces->mem, piece.path);
    return rc;
}

/* Adds the text of `from` between two offsets. */
static int add_text(gia__pieces_t *pieces, const gia__pieces_t *from, uint64_t begin, uint64_t end)
{
    return begin < end ? gia__buf_add(&pieces->text, from->text.data + begin, end - begin)
                       : GIA__BUF_OK;
}

static int add_media(gia__pieces_t *pieces, const gia__piece_t *piece)
{
    if (piece->kind == GIA__PIECE_BLOB)
        return gia__pieces_add_blob(pieces, piece->blob, piece->offset, piece->len, piece->base64);
    return gia__pieces_add_file(pieces, piece->path, &piece->mark, piece->offset, piece->len,
                                piece->base64);
}

int gia__pieces_add_rest(gia__pieces_t *pieces, const gia__pieces_t *from, uint64_t text_offset)
{
    int rc = GIA__BUF_OK;

    for (size_t i = 0; i < from->count && rc == GIA__BUF_OK; i++) {
        const gia__piece_t *piece = &from->items[i];
        uint64_t end = piece->offset + piece->len;

        if (piece->kind != GIA__PIECE_TEXT) {
            rc = add_media(pieces, piece);
        } else if (end > text_offset) {
            rc = add_text(pieces, from, text_offset, end);
            text_offset = end;
        }
    }
    return rc == GIA__BUF_OK ? add_text(pieces, from, text_offset, from->text.len) : rc;
}

static uint64_t wire_length(const gia__piece_t *piece)
{
    uint64_t groups = piece->len / 3 + (piece->len % 3 != 0);

    if (!piece->base64)
        return piece->len;
    return groups > UINT64_MAX / 4 ? UINT64_MAX : groups * 4;
}

uint64_t gia__pieces_length(const gia__pieces_t *pieces)
{
    uint64_t length = pieces->text.len - gia__pieces_closed_text(pieces);

    for (size_t i = 0; i < pieces->count; i++) {
        uint64_t more = wire_length(&pieces->items[i]);
        if (more > UINT64_MAX - length)
            return UINT64_MAX;
        length += more;
    }
    return length;
}
