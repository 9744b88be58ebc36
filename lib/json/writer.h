/* Writes JSON text into a buffer, on yajl_gen: a sticky error, and raw JSON passed through. */
#ifndef GIA_JSON_WRITER_H
#define GIA_JSON_WRITER_H

#include <stdint.h>

#include "core/buf.h"

typedef struct gia__writer_s gia__writer_t;

/* `out` is borrowed until free; text is appended to it. NULL when out of memory. */
gia__writer_t *gia__writer_new(gia__buf_t *out);
void gia__writer_free(gia__writer_t *writer); /* NULL is fine */

/* The first error: GIA_OK, GIA_ENOMEM, GIA_EREQUEST_TOO_BIG (the buffer's ceiling), or GIA_EINVAL
 * (text that is not UTF-8, a number that JSON has no word for, no raw JSON at all, calls out of
 * order, more than 127 nested arrays and objects). After it every call does nothing. */
int gia__writer_error(const gia__writer_t *writer);

void gia__writer_object_begin(gia__writer_t *writer);
void gia__writer_object_end(gia__writer_t *writer);
void gia__writer_array_begin(gia__writer_t *writer);
void gia__writer_array_end(gia__writer_t *writer);
void gia__writer_name(gia__writer_t *writer, const char *name);
/* Where a name is due this is the name, which so can hold NUL. */
void gia__writer_string(gia__writer_t *writer, const char *text, size_t len);
void gia__writer_int64(gia__writer_t *writer, int64_t number);
/* By a text that reads back as the same number, short if there is one, in any locale. */
void gia__writer_double(gia__writer_t *writer, double number);
void gia__writer_boolean(gia__writer_t *writer, int value);
void gia__writer_null(gia__writer_t *writer);
/* One JSON value as text, not empty and trusted to be valid; goes out byte for byte. */
void gia__writer_raw(gia__writer_t *writer, const char *json, size_t len);

/* name + string, the common pair; nothing when text is NULL. */
void gia__writer_member_string(gia__writer_t *writer, const char *name, const char *text);

#endif
