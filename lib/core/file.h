/* Looking at a file before it is sent: is it one that can be, and as what will it be known again?
 * And reading it later, if it still is that file. */
#ifndef GIA_CORE_FILE_H
#define GIA_CORE_FILE_H

#include "core/pieces.h"

/* As many of the first bytes as tell what most files are. */
#define GIA__FILE_FIRST_BYTES 64

typedef struct gia__file_look_s {
    gia__file_mark_t mark;
    unsigned char first[GIA__FILE_FIRST_BYTES];
    size_t first_len;
} gia__file_look_t;

/* A few short system calls that block. GIA_OK, or GIA_EFILE for what is no regular file, is empty
 * or cannot be read; then *reason has a few static words that stand well before a path: "there is
 * no such file". */
int gia__file_look(gia__file_look_t *look, const char *path, const char **reason);

/* Why a file that was looked at cannot be sent; nothing of both: all is well. */
typedef struct gia__file_trouble_s {
    int error;          /* an errno value */
    const char *change; /* in which way the file is not what it was: static words */
} gia__file_trouble_t;

/* Opens it for reading if it is the same still. The descriptor, or -1 and *trouble. */
int gia__file_open(const char *path, const gia__file_mark_t *mark, gia__file_trouble_t *trouble);

/* Whether what is open is still the same: 1, or 0 and *trouble. */
int gia__file_is_same(int file, const gia__file_mark_t *mark, gia__file_trouble_t *trouble);

/* Reads exactly `len` bytes from `offset` on: 1, or 0 and *trouble. */
int gia__file_read_at(int file, char *bytes, size_t len, uint64_t offset,
                      gia__file_trouble_t *trouble);

#endif
