/* The body of a request given out piece by piece, to be looked at instead of sent. Unlike sending
 * it this blocks while it reads files. */
#include "wire/request_object.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <gia/error.h>

#include "core/base64.h"
#include "core/file.h"

/* Bytes that are encoded at once. */
enum { STEP = 3 * 1024 };

typedef struct writing_s {
    gia_write_cb write;
    void *data;
} writing_t;

static int give(const writing_t *writing, const char *bytes, size_t len)
{
    return len == 0 || writing->write(bytes, len, writing->data) == 0 ? GIA_OK : GIA_ECANCELED;
}

/* Some bytes of a piece, which `encoder` remembers if they go as base64. */
static int give_some(const writing_t *writing, gia__base64_encoder_t *encoder,
                     const gia__piece_t *piece, const char *bytes, size_t len)
{
    char text[STEP / 3 * 4 + 4];
    int rc = GIA_OK;

    if (!piece->base64)
        return give(writing, bytes, len);
    while (rc == GIA_OK && len > 0) {
        size_t step = len < STEP ? len : STEP;
        rc = give(writing, text, gia__base64_encode(encoder, text, bytes, step));
        bytes += step;
        len -= step;
    }
    return rc;
}

static int give_end(const writing_t *writing, gia__base64_encoder_t *encoder)
{
    char group[4];
    return give(writing, group, gia__base64_encode_end(encoder, group));
}

static int give_memory(const writing_t *writing, const gia__piece_t *piece, const char *bytes)
{
    gia__base64_encoder_t encoder = {0};
    int rc = give_some(writing, &encoder, piece, bytes + piece->offset, (size_t)piece->len);
    return rc == GIA_OK ? give_end(writing, &encoder) : rc;
}

/* Whether the file is still what it was when it was added. */
static int is_unchanged(const gia__piece_t *piece)
{
    gia__file_look_t now;
    const char *reason;

    return gia__file_look(&now, piece->path, &reason) == GIA_OK &&
           now.mark.size == piece->mark.size && now.mark.device == piece->mark.device &&
           now.mark.inode == piece->mark.inode && now.mark.modified_s == piece->mark.modified_s &&
           now.mark.modified_ns == piece->mark.modified_ns;
}

static int give_open_file(const writing_t *writing, const gia__piece_t *piece, int file)
{
    gia__base64_encoder_t encoder = {0};
    char bytes[STEP];
    uint64_t done = 0;
    int rc = GIA_OK;

    while (rc == GIA_OK && done < piece->len) {
        uint64_t left = piece->len - done;
        size_t step = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);
        ssize_t count = pread(file, bytes, step, (off_t)(piece->offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return GIA_EFILE_CHANGED;
        rc = give_some(writing, &encoder, piece, bytes, (size_t)count);
        done += (uint64_t)count;
    }
    return rc == GIA_OK ? give_end(writing, &encoder) : rc;
}

static int give_file(const writing_t *writing, const gia__piece_t *piece)
{
    int file = is_unchanged(piece) ? open(piece->path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
    int rc = file < 0 ? GIA_EFILE_CHANGED : give_open_file(writing, piece, file);

    if (file >= 0)
        close(file);
    return rc == GIA_OK && !is_unchanged(piece) ? GIA_EFILE_CHANGED : rc;
}

static int give_piece(const writing_t *writing, const gia__pieces_t *pieces,
                      const gia__piece_t *piece)
{
    switch (piece->kind) {
    case GIA__PIECE_FILE: return give_file(writing, piece);
    case GIA__PIECE_BLOB: return give_memory(writing, piece, gia__blob_bytes(piece->blob));
    default: return give_memory(writing, piece, pieces->text.data);
    }
}

int gia_request_write(const gia_request_t *request, gia_revision_t revision, gia_write_cb write,
                      void *data)
{
    writing_t writing = {.write = write, .data = data};
    gia__pieces_t pieces;
    int rc;

    if (!request || !write)
        return write ? gia_request_error(request, NULL) : GIA_EINVAL;
    gia__pieces_init(&pieces, &request->mem, SIZE_MAX);
    rc = gia__request_encode(request, revision, UINT64_MAX, &pieces, NULL, NULL);
    for (size_t i = 0; rc == GIA_OK && i < pieces.count; i++)
        rc = give_piece(&writing, &pieces, &pieces.items[i]);
    gia__pieces_free(&pieces);
    return rc;
}
