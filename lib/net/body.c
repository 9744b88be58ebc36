/* Reads the body of one exchange from the pieces that it is made of. */
#include "net/body.h"

#include <string.h>

#include <gia/error.h>

enum { AT_END = 0, IN_HAND = 1 }; /* besides GIA__BODY_WAIT and GIA__BODY_FAILED */

static int has_files(const gia__pieces_t *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (pieces->items[i].kind == GIA__PIECE_FILE)
            return 1;
    }
    return 0;
}

int gia__body_init(gia__body_t *body, const gia__mem_t *mem, gia__multi_t *multi,
                   const gia__pieces_t *pieces, void (*on_ready)(void *data), void *data)
{
    memset(body, 0, sizeof(*body));
    body->pieces = pieces;
    body->open_text.kind = GIA__PIECE_TEXT;
    body->open_text.offset = gia__pieces_closed_text(pieces);
    body->open_text.len = pieces->text.len - body->open_text.offset;
    if (!has_files(pieces))
        return GIA_OK;
    return gia__file_reader_new(&body->files, mem, multi, pieces, on_ready, data);
}

void gia__body_free(gia__body_t *body)
{
    gia__file_reader_close(body->files);
    body->files = NULL;
}

static const gia__piece_t *current_piece(const gia__body_t *body)
{
    if (body->index < body->pieces->count)
        return &body->pieces->items[body->index];
    return body->index == body->pieces->count ? &body->open_text : NULL;
}

static void use_up(gia__body_t *body, size_t len)
{
    body->bytes += len;
    body->left -= len;
    if (body->left || !body->chunk)
        return;
    body->chunk = 0;
    gia__file_reader_drop(body->files);
}

/* Takes more of the piece into its hands: IN_HAND, perhaps of no bytes, WAIT or FAILED. */
static int fetch_more(gia__body_t *body, const gia__piece_t *piece)
{
    const gia__file_chunk_t *chunk;
    const char *message;

    if (piece->kind == GIA__PIECE_FILE) {
        chunk = gia__file_reader_next(body->files);
        if (!chunk)
            return gia__file_reader_error(body->files, &message) ? GIA__BODY_FAILED
                                                                 : GIA__BODY_WAIT;
        body->bytes = chunk->bytes;
        body->left = chunk->len;
        body->last = chunk->last;
        body->chunk = 1;
        use_up(body, 0);
        return IN_HAND;
    }
    body->bytes =
        piece->kind == GIA__PIECE_BLOB ? gia__blob_bytes(piece->blob) : body->pieces->text.data;
    if (piece->len)
        body->bytes += piece->offset;
    body->left = (size_t)piece->len;
    body->last = 1;
    return IN_HAND;
}

/* Sees to it that there are bytes or a group in hand: IN_HAND, AT_END, WAIT or FAILED. */
static int fetch(gia__body_t *body)
{
    while (body->left == 0 && body->group_taken == body->group_len) {
        const gia__piece_t *piece = current_piece(body);
        int state;

        if (!piece)
            return AT_END;
        if (body->last) {
            body->last = 0;
            body->index++;
            body->group_taken = 0;
            body->group_len = gia__base64_encode_end(&body->encoder, body->group);
            continue;
        }
        state = fetch_more(body, piece);
        if (state != IN_HAND)
            return state;
    }
    return IN_HAND;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t take_group(gia__body_t *body, char *out, size_t size)
{
    size_t len = smaller(body->group_len - body->group_taken, size);

    memcpy(out, body->group + body->group_taken, len);
    body->group_taken += len;
    return len;
}

static size_t take_raw(gia__body_t *body, char *out, size_t size)
{
    size_t len = smaller(body->left, size);

    memcpy(out, body->bytes, len);
    use_up(body, len);
    return len;
}

/* Whole groups go straight into `out`; where there is no room for one, a single one goes by way of
 * body->group. */
static size_t take_encoded(gia__body_t *body, char *out, size_t size)
{
    int direct = size >= sizeof(body->group);
    size_t len = smaller(body->left, direct ? size / 4 * 3 : 3);
    size_t encoded =
        gia__base64_encode(&body->encoder, direct ? out : body->group, body->bytes, len);

    use_up(body, len);
    if (direct)
        return encoded;
    body->group_taken = 0;
    body->group_len = encoded;
    return 0;
}

int64_t gia__body_read(gia__body_t *body, char *out, size_t size)
{
    size_t len = 0;

    while (len < size) {
        int state = fetch(body);
        if (state != IN_HAND)
            return len ? (int64_t)len : state;
        if (body->group_taken < body->group_len)
            len += take_group(body, out + len, size - len);
        else if (current_piece(body)->base64)
            len += take_encoded(body, out + len, size - len);
        else
            len += take_raw(body, out + len, size - len);
    }
    return (int64_t)len;
}

int gia__body_error(const gia__body_t *body, const char **message)
{
    return body->files ? gia__file_reader_error(body->files, message) : GIA_OK;
}
