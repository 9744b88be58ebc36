/* Text from elsewhere as a part of a URL. */
#include "wire/url.h"

#include <string.h>
#include <strings.h>

#include <gia/error.h>

static int is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int gia__url_add_escaped(gia__buf_t *url, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    int rc = GIA__BUF_OK;

    for (; *text && rc == GIA__BUF_OK; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};

        rc = is_unreserved(c) ? gia__buf_add(url, text, 1) : gia__buf_add(url, escaped, 3);
    }
    return rc;
}

int gia__url_is_segment(const char *text)
{
    return text && *text && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* What stands behind "https://", or NULL. */
static const char *behind_scheme(const char *url)
{
    if (strncasecmp(url, "https://", 8) == 0)
        return url + 8;
    return strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

static int has_only_url_characters(const char *url)
{
    static const char reserved[] = "%:/?[]@!$&'()*+,;=";

    for (; *url; url++) {
        if (!is_unreserved((unsigned char)*url) && !strchr(reserved, *url))
            return 0;
    }
    return 1;
}

/* "." and "..", also percent-encoded: whoever resolves them arrives at another path. */
static int is_dot_segment(const char *segment, size_t len)
{
    size_t dots = 0;

    while (len) {
        size_t step = *segment == '.' ? 1 : 3;
        if (len < step || (step == 3 && strncasecmp(segment, "%2e", 3) != 0))
            return 0;
        segment += step;
        len -= step;
        dots++;
    }
    return dots == 1 || dots == 2;
}

static int has_dot_segment(const char *path, size_t len)
{
    const char *end = path + len;

    while (path < end) {
        const char *segment = path + 1;
        path = memchr(segment, '/', (size_t)(end - segment));
        path = path ? path : end;
        if (is_dot_segment(segment, (size_t)(path - segment)))
            return 1;
    }
    return 0;
}

static int begins_with_path(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(path, prefix, len) == 0 && (!path[len] || strchr("/?", path[len]));
}

int gia__url_add_moved(gia__buf_t *out, const char *url, const char *base)
{
    const char *host = behind_scheme(url), *prefix = behind_scheme(base), *path;
    size_t host_len;
    int rc;

    if (!host || !has_only_url_characters(url))
        return GIA_EPROTOCOL;
    host_len = strcspn(host, "/?");
    path = host + host_len;
    if (host_len == 0 || *host == ':' || memchr(host, '@', host_len) ||
        has_dot_segment(path, strcspn(path, "?")))
        return GIA_EPROTOCOL;
    prefix += strcspn(prefix, "/");

    rc = gia__buf_add(out, base,
                      begins_with_path(path, prefix) ? (size_t)(prefix - base) : strlen(base));
    if (rc == GIA__BUF_OK && *path != '/')
        rc = gia__buf_add_text(out, "/");
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add_text(out, path);
    return rc == GIA__BUF_OK ? GIA_OK : GIA_ENOMEM;
}
