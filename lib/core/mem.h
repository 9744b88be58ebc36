/* Allocation through the hooks of one client or request. Refuses sizes that overflow. */
#ifndef GIA_CORE_MEM_H
#define GIA_CORE_MEM_H

#include <stddef.h>

#include <gia/allocator.h>

typedef gia_allocator_t gia__mem_t;

/* The C library's allocator, or a copy of the caller's. */
gia__mem_t gia__mem_init(const gia_allocator_t *allocator);

void *gia__mem_alloc(const gia__mem_t *mem, size_t size);
void *gia__mem_zalloc(const gia__mem_t *mem, size_t size);
void *gia__mem_realloc(const gia__mem_t *mem, void *pointer, size_t size);
void gia__mem_free(const gia__mem_t *mem, void *pointer); /* NULL is fine */

/* A NUL-terminated copy of `len` bytes; NULL when out of memory. */
char *gia__mem_dup(const gia__mem_t *mem, const char *text, size_t len);

#endif
