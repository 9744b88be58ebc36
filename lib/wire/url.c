/* Text from elsewhere as a part of a URL. */
#include "wire/url.h"

#include <string.h>

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
