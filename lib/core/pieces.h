/* What a request body is made of: text, bytes in memory and files, in their order, the latter two
 * as they are or as base64. A description only: nobody here reads a file.
 *
 * Bytes in memory are shared, and counted with atomics, because a request may be freed on one
 * thread while a call on another still sends it. */
#ifndef GIA_CORE_PIECES_H
#define GIA_CORE_PIECES_H

#include <stdint.h>

#include "core/buf.h"

/* Bytes that several owners share. */
typedef struct gia__blob_s gia__blob_t;

/* A copy of the bytes; NULL when out of memory. `mem` is copied: a blob may outlive its maker. */
gia__blob_t *gia__blob_new(const gia__mem_t *mem, const void *bytes, size_t len);
/* The bytes themselves: they outlive the blob, or at least every use of it. */
gia__blob_t *gia__blob_new_borrowed(const gia__mem_t *mem, const void *bytes, size_t len);
gia__blob_t *gia__blob_keep(gia__blob_t *blob);
void gia__blob_release(gia__blob_t *blob); /* NULL is fine */
const char *gia__blob_bytes(const gia__blob_t *blob);
size_t gia__blob_len(const gia__blob_t *blob);

/* A file as it was when it was looked at. Later it must be the same still. */
typedef struct gia__file_mark_s {
    uint64_t size;
    uint64_t device, inode;
    int64_t modified_s, modified_ns;
} gia__file_mark_t;

typedef enum gia__piece_kind_e {
    GIA__PIECE_TEXT, /* bytes [offset, offset + len) of pieces->text */
    GIA__PIECE_BLOB, /* the same of `blob` */
    GIA__PIECE_FILE  /* the same of the file at `path` */
} gia__piece_kind_t;

typedef struct gia__piece_s {
    gia__piece_kind_t kind;
    int base64; /* encoded on the way; `len` counts bytes before that */
    uint64_t offset, len;
    gia__blob_t *blob;
    char *path;
    gia__file_mark_t mark;
} gia__piece_t;

typedef struct gia__pieces_s {
    const gia__mem_t *mem; /* borrowed; outlives the pieces */
    gia__buf_t text;       /* all text, in its order */
    gia__piece_t *items;
    size_t count, capacity;
} gia__pieces_t;

/* `max_text` is a ceiling for the bytes of text. */
void gia__pieces_init(gia__pieces_t *pieces, const gia__mem_t *mem, size_t max_text);
void gia__pieces_free(gia__pieces_t *pieces); /* may be used again after */

/* Makes the text that was written into pieces->text since the last piece a piece of its own; text
 * that is simply appended there needs it only before another kind follows, and at the end. The
 * functions below call it themselves. GIA__BUF_OK or GIA__BUF_NO_MEMORY, as all here. */
int gia__pieces_close_text(gia__pieces_t *pieces);
int gia__pieces_add_blob(gia__pieces_t *pieces, gia__blob_t *blob, uint64_t offset, uint64_t len,
                         int base64); /* keeps the blob */
int gia__pieces_add_file(gia__pieces_t *pieces, const char *path, const gia__file_mark_t *mark,
                         uint64_t offset, uint64_t len, int base64);

/* Adds what `from` has behind the first `text_offset` bytes of its text, before which it has
 * nothing but text. */
int gia__pieces_add_rest(gia__pieces_t *pieces, const gia__pieces_t *from, uint64_t text_offset);

/* Where in pieces->text the text ends that is a piece already. */
uint64_t gia__pieces_closed_text(const gia__pieces_t *pieces);

/* Bytes on the wire; text that is not closed yet counts. UINT64_MAX when it does not fit. */
uint64_t gia__pieces_length(const gia__pieces_t *pieces);

#endif
