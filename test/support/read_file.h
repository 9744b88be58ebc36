/* A whole file in memory. */
#ifndef TEST_READ_FILE_H
#define TEST_READ_FILE_H

#include <stdio.h>
#include <stdlib.h>

/* Its bytes, a NUL behind them; to be freed. *len (may be NULL) gets how many. */
static inline char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    size_t size;
    char *bytes;

    if (!file)
        fail_msg("no file %s", path);
    fseek(file, 0, SEEK_END);
    size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(size + 1);
    if (fread(bytes, 1, size, file) != size)
        fail_msg("cannot read %s", path);
    bytes[size] = '\0';
    fclose(file);
    if (len)
        *len = size;
    return bytes;
}

#endif
