/* Memory that is handed out piece by piece and given back all at once. */
#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

struct gia__arena_block_s {
    gia__arena_block_t *next;
    size_t used;
    size_t capacity;
    alignas(max_align_t) char data[];
};

enum {
    FIRST_BLOCK = 4096 - sizeof(gia__arena_block_t),
    LARGEST_BLOCK = 1024 * 1024, /* but for larger pieces */
    KEEP_AT_MOST = 64 * 1024
};

void gia__arena_init(gia__arena_t *arena, const gia__mem_t *mem, size_t max)
{
    *arena = (gia__arena_t){.mem = mem, .max = max};
}

static void free_blocks(gia__arena_t *arena, gia__arena_block_t *block)
{
    while (block) {
        gia__arena_block_t *next = block->next;
        gia__mem_free(arena->mem, block);
        block = next;
    }
}

void gia__arena_free(gia__arena_t *arena)
{
    free_blocks(arena, arena->blocks);
    arena->blocks = NULL;
    arena->used = 0;
}

void gia__arena_reset(gia__arena_t *arena)
{
    gia__arena_block_t *keep = NULL, *block = arena->blocks;

    /* The newest is the largest; one huge event must not keep its memory for a whole stream. */
    while (block) {
        gia__arena_block_t *next = block->next;
        if (!keep && block->capacity <= KEEP_AT_MOST) {
            keep = block;
            keep->next = NULL;
            keep->used = 0;
        } else {
            gia__mem_free(arena->mem, block);
        }
        block = next;
    }
    arena->blocks = keep;
    arena->used = 0;
    arena->too_big = 0;
}

static gia__arena_block_t *add_block(gia__arena_t *arena, size_t size)
{
    size_t capacity = arena->blocks ? arena->blocks->capacity : FIRST_BLOCK / 2;
    gia__arena_block_t *block;

    /* A huge piece does not make the blocks behind it huge. */
    capacity = capacity < LARGEST_BLOCK / 2 ? capacity * 2 : LARGEST_BLOCK;
    if (capacity < size)
        capacity = size;
    block = gia__mem_alloc(arena->mem, sizeof(*block) + capacity);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    block->used = 0;
    block->capacity = capacity;
    arena->blocks = block;
    return block;
}

void *gia__arena_alloc(gia__arena_t *arena, size_t size)
{
    gia__arena_block_t *block = arena->blocks;
    void *piece;

    if (size > arena->max || arena->used > arena->max - size) {
        arena->too_big = 1;
        return NULL;
    }
    arena->too_big = 0;
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!block || block->capacity - block->used < size) {
        block = add_block(arena, size);
        if (!block)
            return NULL;
    }
    piece = block->data + block->used;
    block->used += size;
    arena->used += size;
    return piece;
}

char *gia__arena_dup(gia__arena_t *arena, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? gia__arena_alloc(arena, len + 1) : NULL;
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}
