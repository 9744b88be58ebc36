/* A growing run of bytes with a ceiling: the only way in which this library collects bytes. */
#ifndef GIA_CORE_BUF_H
#define GIA_CORE_BUF_H

#include <stddef.h>

#include "core/mem.h"

typedef struct gia__buf_s {
    const gia__mem_t *mem; /* borrowed; outlives the buffer */
    char *data;            /* NULL until something was added */
    size_t len;
    size_t capacity;
    size_t max; /* the ceiling in bytes */
} gia__buf_t;

#define GIA__BUF_OK        0
#define GIA__BUF_TOO_BIG   1
#define GIA__BUF_NO_MEMORY 2

void gia__buf_init(gia__buf_t *buf, const gia__mem_t *mem, size_t max);
void gia__buf_free(gia__buf_t *buf);  /* the memory goes, the buffer may be used again */
void gia__buf_clear(gia__buf_t *buf); /* the bytes go, the memory stays */

/* Each returns a GIA__BUF_… result; on trouble the buffer is as it was. */
int gia__buf_reserve(gia__buf_t *buf, size_t more);
int gia__buf_add(gia__buf_t *buf, const void *bytes, size_t len);
int gia__buf_add_text(gia__buf_t *buf, const char *text);

#endif
