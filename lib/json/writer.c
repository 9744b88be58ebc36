/* Writes JSON text into a buffer, on yajl_gen: a sticky error, and raw JSON passed through. */
#include "json/writer.h"

#include <locale.h>
#include <math.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include <gia/error.h>

#include "json/utf8.h"

/* yajl makes two small things, a handle and a buffer that goes unused, and does not check the second. So
 * both come from here, where there is always room. */
enum { POOL = 2048 };

struct gia__writer_s {
    gia__buf_t *out;
    yajl_gen gen;
    int error;
    size_t pool_used;
    alignas(max_align_t) char pool[POOL];
};

static void *take(void *data, size_t size)
{
    gia__writer_t *writer = data;
    void *piece = writer->pool + writer->pool_used;

    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (size > POOL - writer->pool_used)
        return NULL;
    writer->pool_used += size;
    return piece;
}

static void *grow(void *data, void *pointer, size_t size)
{
    return NULL; /* never asked for: the text goes to our own buffer */
}

static void give_back(void *data, void *pointer)
{
}

static void fail(gia__writer_t *writer, int code)
{
    if (!writer->error)
        writer->error = code;
}

static void print(void *data, const char *text, size_t len)
{
    gia__writer_t *writer = data;

    if (writer->error)
        return;
    switch (gia__buf_add(writer->out, text, len)) {
    case GIA__BUF_OK: return;
    case GIA__BUF_TOO_BIG: fail(writer, GIA_EREQUEST_TOO_BIG); return;
    default: fail(writer, GIA_ENOMEM);
    }
}

gia__writer_t *gia__writer_new(gia__buf_t *out)
{
    gia__writer_t *writer = gia__mem_zalloc(out->mem, sizeof(*writer));
    yajl_alloc_funcs hooks = {take, grow, give_back, writer};

    if (!writer)
        return NULL;
    writer->out = out;
    writer->gen = yajl_gen_alloc(&hooks);
    if (!writer->gen) {
        gia__mem_free(out->mem, writer);
        return NULL;
    }
    yajl_gen_config(writer->gen, yajl_gen_print_callback, print, writer);
    return writer;
}

void gia__writer_free(gia__writer_t *writer)
{
    const gia__mem_t *mem;

    if (!writer)
        return;
    mem = writer->out->mem;
    yajl_gen_free(writer->gen);
    gia__mem_free(mem, writer);
}

int gia__writer_error(const gia__writer_t *writer)
{
    return writer->error;
}

static void check(gia__writer_t *writer, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok && status != yajl_gen_generation_complete)
        fail(writer, GIA_EINVAL);
}

void gia__writer_object_begin(gia__writer_t *writer)
{
    if (!writer->error)
        check(writer, yajl_gen_map_open(writer->gen));
}

void gia__writer_object_end(gia__writer_t *writer)
{
    if (!writer->error)
        check(writer, yajl_gen_map_close(writer->gen));
}

void gia__writer_array_begin(gia__writer_t *writer)
{
    if (!writer->error)
        check(writer, yajl_gen_array_open(writer->gen));
}

void gia__writer_array_end(gia__writer_t *writer)
{
    if (!writer->error)
        check(writer, yajl_gen_array_close(writer->gen));
}

void gia__writer_name(gia__writer_t *writer, const char *name)
{
    gia__writer_string(writer, name, strlen(name));
}

void gia__writer_string(gia__writer_t *writer, const char *text, size_t len)
{
    if (gia__utf8_valid(text, len) != len)
        fail(writer, GIA_EINVAL);
    if (!writer->error)
        check(writer, yajl_gen_string(writer->gen, (const unsigned char *)text, len));
}

void gia__writer_int64(gia__writer_t *writer, int64_t number)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%lld", (long long)number);

    gia__writer_raw(writer, text, (size_t)len);
}

void gia__writer_double(gia__writer_t *writer, double number)
{
    const char *point = localeconv()->decimal_point;
    char text[40], *found;
    int precision;

    if (!isfinite(number)) {
        fail(writer, GIA_EINVAL);
        return;
    }
    for (precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    /* The program's locale may write a comma, even one of several bytes. */
    found = *point && strcmp(point, ".") != 0 ? strstr(text, point) : NULL;
    if (found) {
        *found = '.';
        memmove(found + 1, found + strlen(point), strlen(found + strlen(point)) + 1);
    }
    gia__writer_raw(writer, text, strlen(text));
}

void gia__writer_boolean(gia__writer_t *writer, int value)
{
    if (!writer->error)
        check(writer, yajl_gen_bool(writer->gen, value));
}

void gia__writer_null(gia__writer_t *writer)
{
    if (!writer->error)
        check(writer, yajl_gen_null(writer->gen));
}

/* yajl writes a number's bytes as they are, with the right comma before them: so it can write any value. */
void gia__writer_raw(gia__writer_t *writer, const char *json, size_t len)
{
    if (!len)
        fail(writer, GIA_EINVAL);
    if (!writer->error)
        check(writer, yajl_gen_number(writer->gen, json, len));
}

void gia__writer_member_string(gia__writer_t *writer, const char *name, const char *text)
{
    if (!text)
        return;
    gia__writer_name(writer, name);
    gia__writer_string(writer, text, strlen(text));
}
