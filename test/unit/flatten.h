/* A request body as one text, as it would go over the wire. */
#ifndef TEST_FLATTEN_H
#define TEST_FLATTEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/pieces.h"
#include "wire/request.h"

static inline void flatten_bytes(const gia__piece_t *piece, char *out, const char *bytes)
{
    gia__base64_encoder_t encoder = {0};
    size_t n;

    if (!piece->base64) {
        memcpy(out, bytes, (size_t)piece->len);
        return;
    }
    n = gia__base64_encode(&encoder, out, bytes, (size_t)piece->len);
    gia__base64_encode_end(&encoder, out + n);
}

static inline void flatten_file(const gia__piece_t *piece, char *out)
{
    char *bytes = malloc((size_t)piece->len);
    FILE *file = fopen(piece->path, "rb");

    if (!file)
        fail_msg("no file %s", piece->path);
    assert_int_equal(fseek(file, (long)piece->offset, SEEK_SET), 0);
    assert_int_equal(fread(bytes, 1, (size_t)piece->len, file), piece->len);
    fclose(file);
    flatten_bytes(piece, out, bytes);
    free(bytes);
}

/* A string to be freed with free(); it has the length that the pieces promise. Text that is not
 * closed does not count. */
static inline char *flatten(const gia__pieces_t *pieces)
{
    size_t total = (size_t)gia__pieces_length(pieces), at = 0;
    char *text = malloc(total + 1);

    for (size_t i = 0; i < pieces->count; i++) {
        const gia__piece_t *piece = &pieces->items[i];
        size_t len = (size_t)piece->len;

        if (piece->base64)
            len = gia__base64_encoded_size(len);
        assert_true(at + len <= total);
        if (piece->kind == GIA__PIECE_FILE)
            flatten_file(piece, text + at);
        else
            flatten_bytes(piece, text + at,
                          (piece->kind == GIA__PIECE_TEXT ? pieces->text.data
                                                          : gia__blob_bytes(piece->blob)) +
                              piece->offset);
        at += len;
    }
    assert_int_equal(at, total);
    text[total] = '\0';
    return text;
}

/* The body of a request that has no fault; to be freed with free(). */
static inline char *encode_with_layout(const gia_request_t *request, gia_revision_t revision,
                                       gia__request_layout_t *layout)
{
    gia__mem_t mem = gia__mem_init(NULL);
    const char *message = NULL;
    gia__pieces_t pieces;
    char *text;
    int rc;

    gia__pieces_init(&pieces, &mem, SIZE_MAX);
    rc = gia__request_encode(request, revision, UINT64_MAX, &pieces, layout, &message);
    if (rc != GIA_OK)
        fail_msg("%s: %s", gia_error_name(rc), message);
    text = flatten(&pieces);
    gia__pieces_free(&pieces);
    return text;
}

static inline char *encode(const gia_request_t *request, gia_revision_t revision)
{
    return encode_with_layout(request, revision, NULL);
}

/* What the encoding says that must not succeed; nothing of it is kept. */
static inline int encode_badly(const gia_request_t *request, uint64_t max_bytes,
                               const char **message)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__pieces_t pieces;
    int rc;

    gia__pieces_init(&pieces, &mem, SIZE_MAX);
    rc = gia__request_encode(request, GIA_REVISION_STEPS, max_bytes, &pieces, NULL, message);
    gia__pieces_free(&pieces);
    return rc;
}

#endif
