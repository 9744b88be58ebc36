/* The headers that a program adds to the requests of one call. */
#ifndef GIA_HEADERS_H
#define GIA_HEADERS_H

#include <stddef.h>

#include "core/mem.h"

enum { GIA__HEADERS_MAX = 8 };

/* Whether they can go along: not too many, whole lines, and none that is ours to send. */
int gia__headers_are_usable(const char *const *headers, size_t count);

/* Copies them into one block, which gia__mem_free() frees: GIA_OK or GIA_ENOMEM. *out is NULL when
 * there are none. */
int gia__headers_copy(const char *const **out, const gia__mem_t *mem, const char *const *headers,
                      size_t count);

#endif
