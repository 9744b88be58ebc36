/* Memory that is handed out piece by piece and given back all at once. */
#ifndef GIA_CORE_ARENA_H
#define GIA_CORE_ARENA_H

#include <stddef.h>

#include "core/mem.h"

typedef struct gia__arena_block_s gia__arena_block_t;

typedef struct gia__arena_s {
    const gia__mem_t *mem;      /* borrowed; outlives the arena */
    gia__arena_block_t *blocks; /* newest first */
    size_t used;                /* bytes handed out since the last reset */
    size_t max;                 /* the ceiling for them */
    int too_big;                /* the last failure was the ceiling, not the allocator */
} gia__arena_t;

void gia__arena_init(gia__arena_t *arena, const gia__mem_t *mem, size_t max);
void gia__arena_free(gia__arena_t *arena);

/* Gives all pieces back but keeps one block, so that the next use allocates nothing. */
void gia__arena_reset(gia__arena_t *arena);

/* Aligned for any object; NULL when the ceiling or the allocator says no (see too_big). */
void *gia__arena_alloc(gia__arena_t *arena, size_t size);

/* A NUL-terminated copy of `len` bytes. */
char *gia__arena_dup(gia__arena_t *arena, const char *text, size_t len);

#endif
