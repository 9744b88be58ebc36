/* The headers that a program adds to the requests of one call. */
#include "headers.h"

#include <string.h>
#include <strings.h>

#include <gia/error.h>

/* Sent by us or by libcurl, or hop by hop; another credential would go where ours goes; and what
 * would make an answer come in a form that is not read here. */
static const char *const reserved[] = {
    "accept",
    "accept-encoding",
    "api-revision",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-goog-api-client",
    "x-goog-api-key",
    "x-goog-user-project",
};
static const char UPLOAD_PREFIX[] = "x-goog-upload-";

static int is_reserved(const char *name, size_t len)
{
    size_t i;

    if (len >= sizeof(UPLOAD_PREFIX) - 1 &&
        strncasecmp(name, UPLOAD_PREFIX, sizeof(UPLOAD_PREFIX) - 1) == 0)
        return 1;
    for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strlen(reserved[i]) == len && strncasecmp(name, reserved[i], len) == 0)
            return 1;
    }
    return 0;
}

/* A line without a value is not a header to libcurl but an order to leave one out. */
static int is_usable(const char *line)
{
    static const char name_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789!#$%&'*+-.^_`|~";
    size_t len = line ? strspn(line, name_characters) : 0;
    const char *p;

    if (len == 0 || line[len] != ':' || is_reserved(line, len))
        return 0;
    for (p = line; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return 0;
    }
    return line[len + 1 + strspn(line + len + 1, " ")] != '\0';
}

int gia__headers_are_usable(const char *const *headers, size_t count)
{
    size_t i;

    if (count > GIA__HEADERS_MAX || (count && !headers))
        return 0;
    for (i = 0; i < count; i++) {
        if (!is_usable(headers[i]))
            return 0;
    }
    return 1;
}

int gia__headers_copy(const char *const **out, const gia__mem_t *mem, const char *const *headers,
                      size_t count)
{
    size_t lines_at = count * sizeof(*headers), size = lines_at, i;
    const char **copies;
    char *line;

    *out = NULL;
    if (!count)
        return GIA_OK;
    for (i = 0; i < count; i++)
        size += strlen(headers[i]) + 1;
    copies = gia__mem_alloc(mem, size);
    if (!copies)
        return GIA_ENOMEM;
    line = (char *)copies + lines_at;
    for (i = 0; i < count; i++) {
        copies[i] = strcpy(line, headers[i]);
        line += strlen(line) + 1;
    }
    *out = copies;
    return GIA_OK;
}
