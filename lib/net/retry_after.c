/* How long a server asks to wait: the values of Retry-After and retry-after-ms. */
#include "net/retry_after.h"

#include <string.h>

#include <curl/curl.h>

enum { MAX_MS = 24 * 60 * 60 * 1000, MAX_VALUE = 64 };

/* A decimal number times `scale`, rounded up and cut to MAX_MS; -1 if it is not one. */
static int64_t parse_number(const char *text, int64_t scale)
{
    int64_t whole = 0, fraction = 0, unit = scale;
    const char *p = text;

    if (*p < '0' || *p > '9')
        return -1;
    for (; *p >= '0' && *p <= '9'; p++)
        whole = whole > MAX_MS ? whole : whole * 10 + (*p - '0');
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++) {
            if (unit % 10 == 0 && unit > 1) {
                unit /= 10;
                fraction += (*p - '0') * unit;
            } else if (*p != '0' && unit) {
                fraction++;
                unit = 0;
            }
        }
    }
    if (*p)
        return -1;
    if (whole > MAX_MS / scale)
        return MAX_MS;
    whole = whole * scale + fraction;
    return whole < MAX_MS ? whole : MAX_MS;
}

static int copy_trimmed(char out[MAX_VALUE], const char *value, size_t len)
{
    while (len && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }
    while (len && memchr(" \t\r\n", value[len - 1], 4))
        len--;
    if (len >= MAX_VALUE || memchr(value, '\0', len))
        return 0;
    memcpy(out, value, len);
    out[len] = '\0';
    return len > 0;
}

int64_t gia__retry_after_parse(const char *value, size_t len, int64_t now)
{
    char text[MAX_VALUE];
    int64_t delay, date;

    if (!copy_trimmed(text, value, len))
        return -1;
    delay = parse_number(text, 1000);
    if (delay >= 0)
        return delay;
    if (text[0] == '-' || text[0] == '+')
        return -1;
    date = (int64_t)curl_getdate(text, NULL);
    if (date < 0)
        return -1;
    delay = date - now;
    if (delay <= 0)
        return 0;
    return delay > MAX_MS / 1000 ? MAX_MS : delay * 1000;
}

int64_t gia__retry_after_ms_parse(const char *value, size_t len)
{
    char text[MAX_VALUE];

    return copy_trimmed(text, value, len) ? parse_number(text, 1) : -1;
}
