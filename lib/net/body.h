/* Reads the body of one exchange from the pieces that it is made of, and encodes on the way what is
 * to go as base64. Only files can make their reader wait. */
#ifndef GIA_NET_BODY_H
#define GIA_NET_BODY_H

#include "core/base64.h"
#include "core/pieces.h"
#include "net/file_reader.h"

enum { GIA__BODY_WAIT = -1, GIA__BODY_FAILED = -2 };

typedef struct gia__body_s {
    const gia__pieces_t *pieces;
    gia__piece_t open_text;    /* text that is no piece yet: it comes last */
    gia__file_reader_t *files; /* NULL: there are none */
    size_t index;              /* of the piece that is being read */
    const char *bytes;         /* of it, in hand */
    size_t left;
    int last;  /* nothing of the piece comes after these bytes */
    int chunk; /* they belong to `files` */
    gia__base64_encoder_t encoder;
    char group[4]; /* encoded, but there was no room for it */
    size_t group_len, group_taken;
} gia__body_t;

/* `pieces` is borrowed until free. `on_ready` comes from the loop when read said wait and has
 * something new to say. GIA_OK or GIA_ENOMEM; what could not be made needs no free, but may be
 * freed. */
int gia__body_init(gia__body_t *body, const gia__mem_t *mem, gia__multi_t *multi,
                   const gia__pieces_t *pieces, void (*on_ready)(void *data), void *data);
void gia__body_free(gia__body_t *body); /* at any time; a zeroed body, too */

/* Up to `size` (at least 1) bytes: how many there are, 0 at the end, GIA__BODY_WAIT or
 * GIA__BODY_FAILED. */
int64_t gia__body_read(gia__body_t *body, char *out, size_t size);

/* GIA_OK, or why it failed, which *message explains. */
int gia__body_error(const gia__body_t *body, const char **message);

#endif
