/* UTF-8 checking: the known hard cases, and everything against a decoder that is too simple to be
 * wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/utf8.h"

static const struct {
    const char *text;
    size_t valid; /* how many bytes */
} cases[] = {
    {"", 0},
    {"plain text of more than eight bytes", 35},
    {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", 11},

    /* the first and the last character of each length */
    {"\x7f", 1},
    {"\xc2\x80", 2},
    {"\xdf\xbf", 2},
    {"\xe0\xa0\x80", 3},
    {"\xef\xbf\xbf", 3},
    {"\xf0\x90\x80\x80", 4},
    {"\xf4\x8f\xbf\xbf", 4},
    {"\xed\x9f\xbf", 3},
    {"\xee\x80\x80", 3},
    {"\xef\xbf\xbd", 3},
    {"\xef\xbb\xbf", 3},

    /* past the end of Unicode, and lengths that there are not */
    {"\xf4\x90\x80\x80", 0},
    {"\xf5\x80\x80\x80", 0},
    {"\xf7\xbf\xbf\xbf", 0},
    {"\xf8\x88\x80\x80\x80", 0},
    {"\xfc\x84\x80\x80\x80\x80", 0},
    {"\xfe", 0},
    {"\xff", 0},

    /* continuation bytes alone */
    {"\x80", 0},
    {"\xbf", 0},
    {"a\x80", 1},
    {"\xc3\xa9\xa9", 2},

    /* characters without their end */
    {"\xc3", 0},
    {"\xc3 ", 0},
    {"\xe2\x82", 0},
    {"\xe2\x82 ", 0},
    {"\xe2 \xac", 0},
    {"\xf0\x9f\x98", 0},
    {"\xf0\x9f\x98 ", 0},
    {"\xf0\x9f \x80", 0},
    {"ab\xe2\x82", 2},
    {"abcdefgh\xf0\x9f\x98", 8},
    {"abcdefghi\xc3", 9},

    /* overlong forms */
    {"\xc0\x80", 0},
    {"\xc0\xaf", 0},
    {"\xc1\xbf", 0},
    {"\xe0\x80\xaf", 0},
    {"\xe0\x9f\xbf", 0},
    {"\xf0\x80\x80\xaf", 0},
    {"\xf0\x8f\xbf\xbf", 0},

    /* surrogates, alone and in pairs */
    {"\xed\xa0\x80", 0},
    {"\xed\xaf\xbf", 0},
    {"\xed\xb0\x80", 0},
    {"\xed\xbf\xbf", 0},
    {"\xed\xa0\xbd\xed\xb8\x80", 0},
};

/* Exactly as large as it is, so that a sanitizer sees a read too far. */
static size_t valid_bytes(const void *text, size_t len)
{
    char *copy = malloc(len ? len : 1);
    size_t valid;

    if (len)
        memcpy(copy, text, len);
    valid = gia__utf8_valid(copy, len);
    free(copy);
    return valid;
}

static void known_cases(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t valid = valid_bytes(cases[i].text, strlen(cases[i].text));
        if (valid != cases[i].valid)
            fail_msg("case %zu: %zu, not %zu", i, valid, cases[i].valid);
    }
    assert_int_equal(gia__utf8_valid(NULL, 0), 0);
    assert_int_equal(valid_bytes("a\0b", 3), 3);
}

static void position_does_not_matter(void **state)
{
    char text[64];

    for (size_t before = 0; before < 20; before++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            size_t len = strlen(cases[i].text), valid;

            memset(text, 'x', before);
            strcpy(text + before, cases[i].text);
            valid = valid_bytes(text, before + len);
            assert_int_equal(valid, before + cases[i].valid);
        }
    }
}

/* By value: decode, then ask whether it is a character and whether this was its shortest form. */
static size_t naive_character(const unsigned char *text, size_t len)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = text[0] < 0x80           ? 1
               : (text[0] >> 5) == 0x6  ? 2
               : (text[0] >> 4) == 0xe  ? 3
               : (text[0] >> 3) == 0x1e ? 4
                                        : 0;
    uint32_t value;

    if (n == 0 || n > len)
        return 0;
    value = n == 1 ? text[0] : text[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((text[i] >> 6) != 2)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    if (value < smallest[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    return n;
}

static size_t naive_valid(const unsigned char *text, size_t len)
{
    size_t i = 0, n;

    while (i < len && (n = naive_character(text + i, len - i)) > 0)
        i += n;
    return i;
}

/* All texts of up to three bytes, and of four with each lead and the edges of what may follow. */
static void agrees_with_a_naive_decoder(void **state)
{
    static const unsigned char edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                          0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xff};
    unsigned char text[4];

    for (uint32_t i = 0; i < 0x1000000; i++) {
        text[0] = (unsigned char)(i >> 16);
        text[1] = (unsigned char)(i >> 8);
        text[2] = (unsigned char)i;
        if (gia__utf8_valid((char *)text, 3) != naive_valid(text, 3) ||
            gia__utf8_valid((char *)text, 2) != naive_valid(text, 2) ||
            gia__utf8_valid((char *)text, 1) != naive_valid(text, 1))
            fail_msg("%02x %02x %02x", text[0], text[1], text[2]);
    }
    for (uint32_t i = 0; i < 0x10000; i++) {
        for (size_t j = 0; j < sizeof(edges) * sizeof(edges); j++) {
            text[0] = (unsigned char)(i >> 8);
            text[1] = (unsigned char)i;
            text[2] = edges[j / sizeof(edges)];
            text[3] = edges[j % sizeof(edges)];
            if (gia__utf8_valid((char *)text, 4) != naive_valid(text, 4))
                fail_msg("%02x %02x %02x %02x", text[0], text[1], text[2], text[3]);
        }
    }
}

static void agrees_on_random_mixtures(void **state)
{
    static const char *const pieces[] = {"a",    "abcdefgh",         "\xc3\xa9", "\xe2\x82\xac",
                                         "\xf0", "\xf0\x9f\x98\x80", "\x80",     "\xed\xa0\x80"};
    uint32_t random = 7;

    for (int round = 0; round < 20000; round++) {
        unsigned char text[128];
        size_t len = 0;

        while (len < 100) {
            const char *piece;
            random = random * 1664525 + 1013904223;
            piece = pieces[(random >> 24) % (round % 2 ? 8 : 4)];
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
        assert_int_equal(valid_bytes(text, len), naive_valid(text, len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_cases),
        cmocka_unit_test(position_does_not_matter),
        cmocka_unit_test(agrees_with_a_naive_decoder),
        cmocka_unit_test(agrees_on_random_mixtures),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
