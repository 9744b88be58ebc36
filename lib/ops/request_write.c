/* Writes a request's body for whoever wants to look at it: nothing is sent, and reading files
 * blocks.
 */
#include <gia/request.h>

#include <unistd.h>

#include "core/base64.h"
#include "core/file.h"
#include "wire/request.h"

enum { CHUNK_BYTES = 48 * 1024 };

typedef struct writer_s {
    gia_write_cb write;
    void *data;
    gia__base64_encoder_t encoder;
    char *encoded; /* room for one chunk as base64 */
} writer_t;

static int put(writer_t *writer, const char *bytes, size_t len)
{
    if (len == 0)
        return GIA_OK;
    return writer->write(bytes, len, writer->data) == 0 ? GIA_OK : GIA_ECANCELED;
}

/* A chunk of a piece, as it is or encoded. */
static int put_chunk(writer_t *writer, const gia__piece_t *piece, const char *bytes, size_t len)
{
    if (!piece->base64)
        return put(writer, bytes, len);
    return put(writer, writer->encoded,
               gia__base64_encode(&writer->encoder, writer->encoded, bytes, len));
}

static int put_memory(writer_t *writer, const gia__piece_t *piece, const char *bytes)
{
    size_t left = (size_t)piece->len;
    int rc = GIA_OK;

    for (bytes += piece->offset; left && rc == GIA_OK;) {
        size_t len = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        rc = put_chunk(writer, piece, bytes, len);
        bytes += len;
        left -= len;
    }
    return rc;
}

static int put_open_file(writer_t *writer, const gia__piece_t *piece, int file, char *chunk,
                         gia__file_trouble_t *trouble)
{
    uint64_t done = 0;
    int rc = GIA_OK;

    while (done < piece->len && rc == GIA_OK) {
        uint64_t left = piece->len - done;
        size_t len = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        if (!gia__file_read_at(file, chunk, len, piece->offset + done, trouble))
            return GIA_OK;
        rc = put_chunk(writer, piece, chunk, len);
        done += len;
    }
    if (rc == GIA_OK)
        gia__file_is_same(file, &piece->mark, trouble);
    return rc;
}

static int put_file(writer_t *writer, const gia__piece_t *piece, char *chunk)
{
    gia__file_trouble_t trouble = {0};
    int file = gia__file_open(piece->path, &piece->mark, &trouble);
    int rc = GIA_OK;

    if (file >= 0) {
        rc = put_open_file(writer, piece, file, chunk, &trouble);
        close(file);
    }
    if (trouble.change)
        return GIA_EFILE_CHANGED;
    return trouble.error ? GIA_EFILE : rc;
}

static int put_piece(writer_t *writer, const gia__pieces_t *pieces, const gia__piece_t *piece,
                     char *chunk)
{
    int rc = GIA_OK;

    switch (piece->kind) {
    case GIA__PIECE_TEXT: rc = put_memory(writer, piece, pieces->text.data); break;
    case GIA__PIECE_BLOB: rc = put_memory(writer, piece, gia__blob_bytes(piece->blob)); break;
    case GIA__PIECE_FILE: rc = put_file(writer, piece, chunk); break;
    }
    if (rc == GIA_OK && piece->base64)
        rc =
            put(writer, writer->encoded, gia__base64_encode_end(&writer->encoder, writer->encoded));
    return rc;
}

int gia_request_write(const gia_request_t *request, gia_revision_t revision, gia_write_cb write,
                      void *data)
{
    writer_t writer = {.write = write, .data = data};
    const gia__mem_t *mem;
    gia__pieces_t pieces;
    char *memory;
    int rc = write ? gia_request_error(request, NULL) : GIA_EINVAL;

    if (rc != GIA_OK)
        return rc;
    mem = gia__request_mem(request);
    gia__pieces_init(&pieces, mem, SIZE_MAX);
    memory = gia__mem_alloc(mem, CHUNK_BYTES + gia__base64_encoded_size(CHUNK_BYTES));
    rc = memory ? gia__request_encode(request, revision, UINT64_MAX, &pieces, NULL, NULL)
                : GIA_ENOMEM;
    if (rc == GIA_OK)
        writer.encoded = memory + CHUNK_BYTES;
    for (size_t i = 0; i < pieces.count && rc == GIA_OK; i++)
        rc = put_piece(&writer, &pieces, &pieces.items[i], memory);
    gia__mem_free(mem, memory);
    gia__pieces_free(&pieces);
    return rc;
}
