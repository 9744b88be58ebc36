/* Keeping a secret out of text that is told. */
#include "core/redact.h"

#include <string.h>

static const char REDACTED[] = "[redacted]";

/* So short that it is no secret, and stands in every other word. */
enum { MIN_SECRET = 6 };

static const char *find_secret(const char *secret, const char *text, size_t len)
{
    size_t secret_len = secret ? strlen(secret) : 0;
    const char *end = text + len;

    if (secret_len < MIN_SECRET)
        return NULL;
    while ((size_t)(end - text) >= secret_len) {
        text = memchr(text, *secret, (size_t)(end - text) - secret_len + 1);
        if (!text || memcmp(text, secret, secret_len) == 0)
            return text;
        text++;
    }
    return NULL;
}

char *gia__redact(const char *secret, gia__arena_t *arena, char *text, size_t *len)
{
    const char *end = text + *len, *from, *found;
    size_t secret_len, count = 0, max, done = 0;
    char *out;

    if (!find_secret(secret, text, *len))
        return text;
    secret_len = strlen(secret);
    for (from = text; (found = find_secret(secret, from, (size_t)(end - from)));
         from = found + secret_len)
        count++;
    max = *len - count * secret_len + count * (sizeof(REDACTED) - 1);
    out = gia__arena_alloc(arena, max + 1);
    if (!out)
        return NULL;
    for (from = text; (found = find_secret(secret, from, (size_t)(end - from)));
         from = found + secret_len) {
        memcpy(out + done, from, (size_t)(found - from));
        done += (size_t)(found - from);
        memcpy(out + done, REDACTED, sizeof(REDACTED) - 1);
        done += sizeof(REDACTED) - 1;
    }
    memcpy(out + done, from, (size_t)(end - from));
    out[max] = '\0';
    *len = max;
    return out;
}

/* In place; what finds no room is cut off. */
static void redact_line(const char *secret, char *line, size_t size)
{
    const char *found;
    size_t from = 0, secret_len, len, at, kept, tail;

    while ((found = find_secret(secret, line + from, strlen(line + from)))) {
        secret_len = strlen(secret);
        len = strlen(line);
        at = (size_t)(found - line);
        kept = sizeof(REDACTED) - 1 < size - 1 - at ? sizeof(REDACTED) - 1 : size - 1 - at;
        tail = len - at - secret_len;
        if (tail > size - 1 - at - kept)
            tail = size - 1 - at - kept;
        memmove(line + at + kept, line + at + secret_len, tail);
        memcpy(line + at, REDACTED, kept);
        line[at + kept + tail] = '\0';
        from = at + kept;
    }
}

/* How many of the line's last bytes are how the secret begins; a whole one is found elsewhere. */
static size_t cut_secret(const char *secret, const char *line, size_t len)
{
    size_t cut = secret ? strlen(secret) : 0;

    if (cut < MIN_SECRET)
        return 0;
    cut = cut > len ? len : cut - 1;
    while (cut && memcmp(line + len - cut, secret, cut) != 0)
        cut--;
    return cut;
}

/* A line that fills its buffer was cut off, possibly within a secret. */
static void end_before_secret(const char *secret, char *line, size_t size)
{
    size_t len = strlen(line);

    if (len == size - 1)
        line[len - cut_secret(secret, line, len)] = '\0';
}

/* … possibly within a character. */
static void end_before_character(char *line)
{
    char *p = line + strlen(line);

    while (p > line && ((unsigned char)p[-1] & 0xc0) == 0x80)
        p--;
    if (p > line && (unsigned char)p[-1] >= 0xc0)
        p--;
    *p = '\0';
}

void gia__redact_message(const char *secret, char *line, size_t size)
{
    int was_full = strlen(line) == size - 1;
    char *p;

    end_before_secret(secret, line, size);
    redact_line(secret, line, size);
    was_full |= strlen(line) == size - 1; /* the mark may be longer than the secret */
    end_before_secret(secret, line, size);
    for (p = line; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    }
    if (was_full)
        end_before_character(line);
}
