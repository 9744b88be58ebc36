/* Small questions to NUL-terminated text, and what is done to it. */
#ifndef GIA_CORE_TEXT_H
#define GIA_CORE_TEXT_H

#include <string.h>

static inline int gia__text_ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* For messages that hold what others wrote: a '?' in the place of each control character. */
static inline void gia__text_to_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
    }
}

#endif
