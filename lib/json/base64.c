/* Base64, the standard alphabet with padding (RFC 4648, section 4). */
#include "json/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t gia__base64_encoded_size(size_t len)
{
    size_t groups = len / 3 + (len % 3 != 0);
    return groups > SIZE_MAX / 4 ? SIZE_MAX : groups * 4;
}

static void encode_group(char *out, const unsigned char *bytes)
{
    out[0] = alphabet[bytes[0] >> 2];
    out[1] = alphabet[(bytes[0] & 0x03) << 4 | bytes[1] >> 4];
    out[2] = alphabet[(bytes[1] & 0x0f) << 2 | bytes[2] >> 6];
    out[3] = alphabet[bytes[2] & 0x3f];
}

size_t gia__base64_encode(gia__base64_encoder_t *encoder, char *out, const void *bytes, size_t len)
{
    const unsigned char *in = bytes, *end = in + len;
    char *start = out;

    while (encoder->n && encoder->n < 3 && in < end)
        encoder->carry[encoder->n++] = *in++;
    if (encoder->n == 3) {
        encode_group(out, encoder->carry);
        out += 4;
        encoder->n = 0;
    }
    for (; end - in >= 3; in += 3, out += 4)
        encode_group(out, in);
    while (in < end)
        encoder->carry[encoder->n++] = *in++;
    return (size_t)(out - start);
}

size_t gia__base64_encode_end(gia__base64_encoder_t *encoder, char *out)
{
    unsigned n = encoder->n, i;

    if (!n)
        return 0;
    for (i = n; i < 3; i++)
        encoder->carry[i] = 0;
    encode_group(out, encoder->carry);
    for (i = n + 1; i < 4; i++)
        out[i] = '=';
    encoder->n = 0;
    return 4;
}

static int digit(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

int gia__base64_decode(void *out, size_t *out_len, const char *text, size_t len)
{
    unsigned char *to = out;
    uint32_t bits = 0;
    size_t i, padding = 0;

    while (padding < 2 && len && len % 4 == 0 && text[len - 1 - padding] == '=')
        padding++;
    len -= padding;
    if (len % 4 == 1)
        return -1;
    for (i = 0; i < len; i++) {
        int value = digit((unsigned char)text[i]);
        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 == 3) {
            *to++ = (unsigned char)(bits >> 16);
            *to++ = (unsigned char)(bits >> 8);
            *to++ = (unsigned char)bits;
            bits = 0;
        }
    }
    if (len % 4 == 2) {
        *to++ = (unsigned char)(bits >> 4);
    } else if (len % 4 == 3) {
        *to++ = (unsigned char)(bits >> 10);
        *to++ = (unsigned char)(bits >> 2);
    }
    *out_len = (size_t)(to - (unsigned char *)out);
    return 0;
}
