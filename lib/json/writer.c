/* Writes JSON text into a buffer, on yajl_gen: a sticky error, and raw JSON passed through.
 *
 * yajl_gen knows the commas and the escapes. It does not notice an array closed as an object or a
 * name without a value, and at its greatest depth it reads past its own table when it is called
 * once more: the order of calls is checked here, before yajl sees them.
 */
#include "json/writer.h"

#include <math.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include <gia/error.h>

#include "json/utf8.h"

enum {
    MAX_DEPTH = YAJL_MAX_DEPTH - 1, /* yajl refuses the last place of its table */

    /* yajl makes two small things, a handle with that table and a buffer that goes unused, and does
     * not check the second. So both come from here, where there is always room. */
    POOL = YAJL_MAX_DEPTH * sizeof(int) + 1024,
};

struct gia__writer_s {
    gia__buf_t *out;
    yajl_gen yajl;
    int error;

    int depth;
    int named;              /* a name was written, its value comes next */
    int complete;           /* the value at the top was written */
    char inside[MAX_DEPTH]; /* '{' or '[' for each depth */

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

static void give_back(void *data, void *pointer) {}

static void print(void *data, const char *text, size_t len)
{
    gia__writer_t *writer = data;

    if (writer->error)
        return;
    switch (gia__buf_add(writer->out, text, len)) {
    case GIA__BUF_OK: break;
    case GIA__BUF_TOO_BIG: writer->error = GIA_EREQUEST_TOO_BIG; break;
    default: writer->error = GIA_ENOMEM; break;
    }
}

gia__writer_t *gia__writer_new(gia__buf_t *out)
{
    gia__writer_t *writer = gia__mem_zalloc(out->mem, sizeof(*writer));
    yajl_alloc_funcs hooks = {take, grow, give_back, writer};

    if (!writer)
        return NULL;
    writer->out = out;
    writer->yajl = yajl_gen_alloc(&hooks);
    if (!writer->yajl) {
        gia__mem_free(out->mem, writer);
        return NULL;
    }
    yajl_gen_config(writer->yajl, yajl_gen_print_callback, print, writer);
    return writer;
}

void gia__writer_free(gia__writer_t *writer)
{
    if (!writer)
        return;
    yajl_gen_free(writer->yajl);
    gia__mem_free(writer->out->mem, writer);
}

int gia__writer_error(const gia__writer_t *writer)
{
    return writer->error;
}

static void fail(gia__writer_t *writer)
{
    if (!writer->error)
        writer->error = GIA_EINVAL;
}

static char place(const gia__writer_t *writer)
{
    return writer->depth ? writer->inside[writer->depth - 1] : '\0';
}

static int is_name_due(const gia__writer_t *writer)
{
    return place(writer) == '{' && !writer->named;
}

/* Whether a value may come now; takes note that it does. */
static int take_value(gia__writer_t *writer)
{
    if (writer->complete || is_name_due(writer))
        fail(writer);
    if (writer->error)
        return 0;
    writer->named = 0;
    writer->complete = writer->depth == 0;
    return 1;
}

static void check(gia__writer_t *writer, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        fail(writer);
}

static int enter(gia__writer_t *writer, char kind)
{
    if (writer->depth == MAX_DEPTH)
        fail(writer);
    if (!take_value(writer))
        return 0;
    writer->inside[writer->depth++] = kind;
    writer->complete = 0;
    return 1;
}

static int leave(gia__writer_t *writer, char kind)
{
    if (place(writer) != kind || writer->named)
        fail(writer);
    if (writer->error)
        return 0;
    writer->depth--;
    writer->complete = writer->depth == 0;
    return 1;
}

void gia__writer_object_begin(gia__writer_t *writer)
{
    if (enter(writer, '{'))
        check(writer, yajl_gen_map_open(writer->yajl));
}

void gia__writer_object_end(gia__writer_t *writer)
{
    if (leave(writer, '{'))
        check(writer, yajl_gen_map_close(writer->yajl));
}

void gia__writer_array_begin(gia__writer_t *writer)
{
    if (enter(writer, '['))
        check(writer, yajl_gen_array_open(writer->yajl));
}

void gia__writer_array_end(gia__writer_t *writer)
{
    if (leave(writer, '['))
        check(writer, yajl_gen_array_close(writer->yajl));
}

void gia__writer_name(gia__writer_t *writer, const char *name)
{
    if (is_name_due(writer))
        gia__writer_string(writer, name, strlen(name));
    else
        fail(writer);
}

void gia__writer_string(gia__writer_t *writer, const char *text, size_t len)
{
    if (gia__utf8_valid(text, len) != len)
        fail(writer);
    if (writer->error)
        return;
    if (is_name_due(writer))
        writer->named = 1;
    else if (!take_value(writer))
        return;
    check(writer, yajl_gen_string(writer->yajl, (const unsigned char *)(len ? text : ""), len));
}

/* yajl writes these bytes as they are and keeps the commas right, whatever value they are. */
static void write_verbatim(gia__writer_t *writer, const char *text, size_t len)
{
    if (take_value(writer))
        check(writer, yajl_gen_number(writer->yajl, text, len));
}

void gia__writer_int64(gia__writer_t *writer, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)number);
    write_verbatim(writer, text, (size_t)len);
}

/* The locale's decimal point is whatever is not part of a number otherwise, one byte or several. */
static size_t replace_decimal_point(char *text)
{
    size_t before = strspn(text, "+-0123456789");
    size_t point = strcspn(text + before, "e0123456789");

    if (point) {
        text[before] = '.';
        memmove(text + before + 1, text + before + point, strlen(text + before + point) + 1);
    }
    return strlen(text);
}

void gia__writer_double(gia__writer_t *writer, double number)
{
    char text[64];

    if (!isfinite(number)) {
        fail(writer);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    write_verbatim(writer, text, replace_decimal_point(text));
}

void gia__writer_boolean(gia__writer_t *writer, int value)
{
    if (take_value(writer))
        check(writer, yajl_gen_bool(writer->yajl, value));
}

void gia__writer_null(gia__writer_t *writer)
{
    if (take_value(writer))
        check(writer, yajl_gen_null(writer->yajl));
}

void gia__writer_raw(gia__writer_t *writer, const char *json, size_t len)
{
    if (len == 0)
        fail(writer);
    write_verbatim(writer, json, len);
}

void gia__writer_member_string(gia__writer_t *writer, const char *name, const char *text)
{
    if (!text)
        return;
    gia__writer_name(writer, name);
    gia__writer_string(writer, text, strlen(text));
}
