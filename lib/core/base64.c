/* Base64, the standard alphabet with padding (RFC 4648, section 4): bytes in any number of pieces.
 */
#include "core/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t gia__base64_encoded_size(size_t len)
{
    size_t groups = len / 3 + (len % 3 != 0);
    return groups <= SIZE_MAX / 4 ? groups * 4 : SIZE_MAX;
}

static char *put_group(char *out, const unsigned char *bytes)
{
    uint32_t group = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];

    out[0] = alphabet[group >> 18];
    out[1] = alphabet[group >> 12 & 63];
    out[2] = alphabet[group >> 6 & 63];
    out[3] = alphabet[group & 63];
    return out + 4;
}

size_t gia__base64_encode(gia__base64_encoder_t *encoder, char *out, const void *bytes, size_t len)
{
    const unsigned char *in = bytes;
    char *start = out;

    if (encoder->n > 0) {
        while (encoder->n < 3 && len > 0) {
            encoder->carry[encoder->n++] = *in++;
            len--;
        }
        if (encoder->n < 3)
            return 0;
        out = put_group(out, encoder->carry);
        encoder->n = 0;
    }
    for (; len >= 3; len -= 3, in += 3)
        out = put_group(out, in);
    for (; len > 0; len--)
        encoder->carry[encoder->n++] = *in++;
    return (size_t)(out - start);
}

size_t gia__base64_encode_end(gia__base64_encoder_t *encoder, char *out)
{
    unsigned n = encoder->n;

    encoder->n = 0;
    if (n == 0)
        return 0;
    memset(encoder->carry + n, 0, sizeof(encoder->carry) - n);
    put_group(out, encoder->carry);
    out[3] = '=';
    if (n == 1)
        out[2] = '=';
    return 4;
}

/* The six bits of each character, plus one so that the zeros that the language fills in mean none.
 */
static const unsigned char bits_plus_one[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* The 6 * n bits of n characters; UINT32_MAX if one of them is none of ours. */
static uint32_t read_group(const unsigned char *in, size_t n)
{
    uint32_t group = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t bits = bits_plus_one[in[i]];
        if (bits == 0)
            return UINT32_MAX;
        group = group << 6 | (bits - 1);
    }
    return group;
}

static size_t without_padding(const char *text, size_t len)
{
    if (len == 0 || len % 4 != 0 || text[len - 1] != '=')
        return len;
    return text[len - 2] == '=' ? len - 2 : len - 1;
}

int gia__base64_decode(void *out, size_t *out_len, const char *text, size_t len)
{
    const unsigned char *in = (const unsigned char *)text;
    unsigned char *to = out;
    uint32_t group;

    len = without_padding(text, len);
    for (; len >= 4; len -= 4, in += 4) {
        group = read_group(in, 4);
        if (group == UINT32_MAX)
            return -1;
        *to++ = (unsigned char)(group >> 16);
        *to++ = (unsigned char)(group >> 8);
        *to++ = (unsigned char)group;
    }
    if (len == 1)
        return -1;
    if (len > 0) {
        /* Bits to spare are dropped, zero or not. */
        group = read_group(in, len);
        if (group == UINT32_MAX)
            return -1;
        group <<= 6 * (4 - len);
        *to++ = (unsigned char)(group >> 16);
        if (len == 3)
            *to++ = (unsigned char)(group >> 8);
    }
    *out_len = (size_t)(to - (unsigned char *)out);
    return 0;
}
