/* Allocation through the hooks of one client or request. */
#include "core/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_malloc(size_t size, void *data)
{
    return malloc(size);
}

static void *libc_realloc(void *pointer, size_t size, void *data)
{
    return realloc(pointer, size);
}

static void libc_free(void *pointer, void *data)
{
    free(pointer);
}

gia__mem_t gia__mem_init(const gia_allocator_t *allocator)
{
    static const gia__mem_t libc = {libc_malloc, libc_realloc, libc_free, NULL};
    return allocator ? *allocator : libc;
}

void *gia__mem_alloc(const gia__mem_t *mem, size_t size)
{
    return mem->malloc_fn(size ? size : 1, mem->data);
}

void *gia__mem_zalloc(const gia__mem_t *mem, size_t size)
{
    void *pointer = gia__mem_alloc(mem, size);
    if (pointer)
        memset(pointer, 0, size);
    return pointer;
}

void *gia__mem_realloc(const gia__mem_t *mem, void *pointer, size_t size)
{
    if (!pointer)
        return gia__mem_alloc(mem, size);
    return mem->realloc_fn(pointer, size ? size : 1, mem->data);
}

void gia__mem_free(const gia__mem_t *mem, void *pointer)
{
    if (pointer)
        mem->free_fn(pointer, mem->data);
}

char *gia__mem_dup(const gia__mem_t *mem, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? gia__mem_alloc(mem, len + 1) : NULL;
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}
