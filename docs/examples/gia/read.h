/* Reads a whole file into memory. */
#ifndef PROGRAM_READ_H
#define PROGRAM_READ_H

#include <stddef.h>

/* More than anybody needs. */
#define READ_MAX_BYTES ((size_t)256 << 20)

/*
 * Reads the file at `path`, "-" for standard input, of at most `limit` bytes, and ends it with a
 * NUL. NULL if that failed, said on stderr; otherwise free it. A NUL inside is an error: what comes
 * behind it would silently be lost.
 */
char *read_file(const char *path, size_t limit, size_t *len);

#endif
