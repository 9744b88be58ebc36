/**
 * @file gia/allocator.h
 * The memory hooks that a client or a request can be given.
 */
#ifndef GIA_ALLOCATOR_H
#define GIA_ALLOCATOR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Where memory comes from. All three functions are required when an allocator is given; each must
 * behave like its namesake of the C library, with `data` handed through. The struct is copied; what
 * `data` points to must live as long as anything that was made with it.
 *
 * The functions run on the thread of the client's loop. All of the library's own memory goes
 * through them, the JSON parser's included; libcurl's and libuv's does not (their hooks belong to
 * the whole process, so they are the program's to set).
 */
typedef struct gia_allocator_s {
    void *(*malloc_fn)(size_t size, void *data);
    void *(*realloc_fn)(void *pointer, size_t size, void *data);
    void (*free_fn)(void *pointer, void *data);
    void *data;
} gia_allocator_t;

#ifdef __cplusplus
}
#endif
#endif /* GIA_ALLOCATOR_H */
