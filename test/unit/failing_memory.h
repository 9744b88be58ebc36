/* An allocator that counts what is out and fails at the n-th allocation from now on. */
#ifndef TEST_FAILING_MEMORY_H
#define TEST_FAILING_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

#include <gia/allocator.h>

typedef struct failing_memory_s {
    size_t fail_at; /* 1 is the next allocation, 0 is never; later ones fail as well */
    size_t n_allocations;
    size_t n_open;
} failing_memory_t;

static inline int fails_now(failing_memory_t *memory)
{
    memory->n_allocations++;
    return memory->fail_at && memory->n_allocations >= memory->fail_at;
}

static inline void *failing_malloc(size_t size, void *data)
{
    failing_memory_t *memory = data;
    void *pointer = fails_now(memory) ? NULL : malloc(size);
    memory->n_open += pointer != NULL;
    return pointer;
}

static inline void *failing_realloc(void *pointer, size_t size, void *data)
{
    failing_memory_t *memory = data;
    void *moved = fails_now(memory) ? NULL : realloc(pointer, size);
    memory->n_open += !pointer && moved;
    return moved;
}

static inline void failing_free(void *pointer, void *data)
{
    failing_memory_t *memory = data;
    memory->n_open -= pointer != NULL;
    free(pointer);
}

static inline gia_allocator_t failing_allocator(failing_memory_t *memory)
{
    return (gia_allocator_t){failing_malloc, failing_realloc, failing_free, memory};
}

#endif
