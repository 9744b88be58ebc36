/* Base64: the vectors of RFC 4648, any pieces, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base64.h"

static const struct {
    const char *bytes, *text;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

#define N_VECTORS (sizeof(vectors) / sizeof(vectors[0]))

/* Exact sizes on the heap, so that a sanitizer sees one byte too many. */
static char *copy_exactly(const void *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

static void encode_in_pieces(const char *bytes, size_t len, size_t first, size_t second,
                             const char *expected)
{
    gia__base64_encoder_t encoder = {{0}, 0};
    size_t sizes[3] = {first, second, len - first - second}, n = 0;
    char text[256];

    for (int i = 0; i < 3; i++) {
        char *piece = copy_exactly(bytes, sizes[i]);
        char *out = malloc(4 * ((sizes[i] + 2) / 3) + 1);
        size_t written = gia__base64_encode(&encoder, out, piece, sizes[i]);
        assert_true(written <= 4 * ((sizes[i] + 2) / 3));
        memcpy(text + n, out, written);
        n += written;
        bytes += sizes[i];
        free(out);
        free(piece);
    }
    n += gia__base64_encode_end(&encoder, text + n);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(text, expected, n);
    assert_int_equal(encoder.n, 0);
}

static void encodes_the_vectors(void **state)
{
    for (size_t i = 0; i < N_VECTORS; i++) {
        size_t len = strlen(vectors[i].bytes);
        encode_in_pieces(vectors[i].bytes, len, len, 0, vectors[i].text);
        assert_int_equal(gia__base64_encoded_size(len), strlen(vectors[i].text));
    }
}

static void encodes_any_pieces_alike(void **state)
{
    const char *bytes = "Many hands make light work.";
    const char *text = "TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsu";
    size_t len = strlen(bytes);

    for (size_t first = 0; first <= len; first++) {
        for (size_t second = 0; first + second <= len; second++)
            encode_in_pieces(bytes, len, first, second, text);
    }
}

static void encoded_size_does_not_wrap(void **state)
{
    assert_int_equal(gia__base64_encoded_size(3), 4);
    assert_int_equal(gia__base64_encoded_size(4), 8);
    assert_true(gia__base64_encoded_size(SIZE_MAX) == SIZE_MAX);
    assert_true(gia__base64_encoded_size(SIZE_MAX / 4 * 3) == SIZE_MAX / 4 * 4);
    assert_true(gia__base64_encoded_size(SIZE_MAX / 4 * 3 + 1) == SIZE_MAX);
}

static void assert_decodes(const char *text, const void *bytes, size_t len)
{
    size_t text_len = strlen(text), out_len = 99;
    char *in = copy_exactly(text, text_len);
    char *out = malloc(text_len / 4 * 3 + 3);

    assert_int_equal(gia__base64_decode(out, &out_len, in, text_len), 0);
    assert_int_equal(out_len, len);
    assert_memory_equal(out, bytes, len);
    free(out);

    /* In place, with the room that the contract asks for. */
    out = malloc(text_len + 3);
    memcpy(out, text, text_len);
    assert_int_equal(gia__base64_decode(out, &out_len, out, text_len), 0);
    assert_int_equal(out_len, len);
    assert_memory_equal(out, bytes, len);
    free(out);
    free(in);
}

static void decodes_with_and_without_padding(void **state)
{
    for (size_t i = 0; i < N_VECTORS; i++) {
        char text[16];
        strcpy(text, vectors[i].text);
        assert_decodes(text, vectors[i].bytes, strlen(vectors[i].bytes));
        text[strcspn(text, "=")] = '\0';
        assert_decodes(text, vectors[i].bytes, strlen(vectors[i].bytes));
    }
    assert_decodes("AAAA", "\0\0\0", 3);
    assert_decodes("Zh==", "f", 1); /* bits to spare */
}

static void refuses_what_is_not_base64(void **state)
{
    static const char *const texts[] = {
        "A",     "AAAAA", "=",     "==",   "===",        "====",     "A===",       "A=",
        "AA=",   "AAA==", "AAAA=", "AA=A", "=AAA",       "AAA=AAAA", "AA==AAAA",   " AAA",
        "AAA\n", "AA AA", "AA-_",  "AA,A", "AA\x80\xff", "AAAA\r\n", "AA\\u003d=", "Zg==\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t len = strlen(texts[i]), out_len;
        char *in = copy_exactly(texts[i], len), *out = malloc(len / 4 * 3 + 3);
        if (gia__base64_decode(out, &out_len, in, len) != -1)
            fail_msg("accepted: %s", texts[i]);
        free(out);
        free(in);
    }
}

static void all_bytes_make_the_round_trip(void **state)
{
    unsigned char bytes[1024];
    char text[2048];
    uint32_t random = 1;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = i < 256 ? (unsigned char)i : (unsigned char)(random >> 24);
    }
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        gia__base64_encoder_t encoder = {{0}, 0};
        size_t n = gia__base64_encode(&encoder, text, bytes, len);
        n += gia__base64_encode_end(&encoder, text + n);
        text[n] = '\0';
        assert_int_equal(n, gia__base64_encoded_size(len));
        assert_decodes(text, bytes, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_the_vectors),
        cmocka_unit_test(encodes_any_pieces_alike),
        cmocka_unit_test(encoded_size_does_not_wrap),
        cmocka_unit_test(decodes_with_and_without_padding),
        cmocka_unit_test(refuses_what_is_not_base64),
        cmocka_unit_test(all_bytes_make_the_round_trip),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
