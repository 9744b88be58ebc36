/* A growing run of bytes with a ceiling. */
#include "core/buf.h"

#include <string.h>

void gia__buf_init(gia__buf_t *buf, const gia__mem_t *mem, size_t max)
{
    *buf = (gia__buf_t){.mem = mem, .max = max};
}

void gia__buf_free(gia__buf_t *buf)
{
    gia__mem_free(buf->mem, buf->data);
    buf->data = NULL;
    buf->len = buf->capacity = 0;
}

void gia__buf_clear(gia__buf_t *buf)
{
    buf->len = 0;
}

int gia__buf_reserve(gia__buf_t *buf, size_t more)
{
    size_t need, capacity;
    char *data;

    if (more > buf->max || buf->len > buf->max - more)
        return GIA__BUF_TOO_BIG;
    need = buf->len + more;
    if (need <= buf->capacity)
        return GIA__BUF_OK;

    capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < need)
        capacity = capacity > buf->max / 2 ? buf->max : capacity * 2;
    data = gia__mem_realloc(buf->mem, buf->data, capacity);
    if (!data)
        return GIA__BUF_NO_MEMORY;
    buf->data = data;
    buf->capacity = capacity;
    return GIA__BUF_OK;
}

int gia__buf_add(gia__buf_t *buf, const void *bytes, size_t len)
{
    int rc = gia__buf_reserve(buf, len);
    if (rc == GIA__BUF_OK && len) {
        memcpy(buf->data + buf->len, bytes, len);
        buf->len += len;
    }
    return rc;
}

int gia__buf_add_text(gia__buf_t *buf, const char *text)
{
    return gia__buf_add(buf, text, strlen(text));
}
