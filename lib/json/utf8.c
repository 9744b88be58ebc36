/* UTF-8 checking by the Unicode standard: no overlong forms, no surrogates, nothing past U+10FFFF.
 */
#include "json/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Most text is ASCII: eight bytes in one look. */
static size_t skip_ascii(const unsigned char *text, size_t i, size_t len)
{
    while (len - i >= 8) {
        uint64_t eight;
        memcpy(&eight, text + i, sizeof(eight));
        if (eight & HIGH_BITS)
            break;
        i += 8;
    }
    while (i < len && text[i] < 0x80)
        i++;
    return i;
}

static int continues(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The bytes of the character at `text`, 0 if there is none: table 3-7 of the Unicode standard,
 * where the range of the second byte is what keeps overlong forms, surrogates and the far end out.
 */
static size_t character(const unsigned char *text, size_t len)
{
    unsigned char lead = text[0], low = 0x80, high = 0xbf;
    size_t n;

    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    n = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (len < n)
        return 0;
    switch (lead) {
    case 0xe0: low = 0xa0; break;
    case 0xed: high = 0x9f; break;
    case 0xf0: low = 0x90; break;
    case 0xf4: high = 0x8f; break;
    default: break;
    }
    if (text[1] < low || text[1] > high)
        return 0;
    if (n > 2 && !continues(text[2]))
        return 0;
    if (n > 3 && !continues(text[3]))
        return 0;
    return n;
}

size_t gia__utf8_valid(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t i = 0;

    while ((i = skip_ascii(bytes, i, len)) < len) {
        /* What is not ASCII seldom stands alone, so stay here until ASCII is back. */
        while (i < len && bytes[i] >= 0x80) {
            size_t n = character(bytes + i, len - i);
            if (n == 0)
                return i;
            i += n;
        }
    }
    return len;
}
