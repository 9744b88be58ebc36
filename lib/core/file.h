/* Looking at a file before it is sent: is it one that can be, and as what will it be known again?
 */
#ifndef GIA_CORE_FILE_H
#define GIA_CORE_FILE_H

#include <sys/stat.h>

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

/* What has happened to a file since it was looked at, in a few static words; NULL: nothing. */
const char *gia__file_change(const gia__file_mark_t *mark, const struct stat *now);

#endif
