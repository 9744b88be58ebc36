/* The JSON values: what is accepted and refused, what values say, and that nothing is lost or
 * leaked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <gia/error.h>

#include "core/buf.h"
#include "failing_memory.h"
#include "json/value.h"
#include "json/writer.h"
#include "read_file.h"

/* One parse. The text is a copy of exactly its size, so that a sanitizer sees a read too far. */
typedef struct bench_s {
    gia__mem_t mem;
    gia__arena_t arena;
    char *text;
    size_t len;
    const gia_json_t *value;
    gia__json_error_t error;
} bench_t;

static int parse_within(bench_t *bench, const char *text, size_t len, size_t max_depth, size_t max)
{
    gia__json_limits_t limits = {max_depth};

    bench->mem = gia__mem_init(NULL);
    gia__arena_init(&bench->arena, &bench->mem, max);
    bench->text = malloc(len ? len : 1);
    if (len)
        memcpy(bench->text, text, len);
    bench->len = len;
    return gia__json_parse(&bench->value, &bench->arena, bench->text, len, &limits, &bench->error);
}

static int parse(bench_t *bench, const char *text, size_t len)
{
    return parse_within(bench, text, len, 64, SIZE_MAX);
}

static void drop(bench_t *bench)
{
    gia__arena_free(&bench->arena);
    free(bench->text);
}

static const gia_json_t *parse_good(bench_t *bench, const char *text)
{
    int rc = parse(bench, text, strlen(text));
    if (rc != GIA_OK)
        fail_msg("%s: %s", text, bench->error.message);
    assert_non_null(bench->value);
    assert_string_equal(bench->error.message, "");
    return bench->value;
}

/* Writes what the accessors say: the writer's escapes, no spaces. */
static void write_value(gia__writer_t *writer, const gia_json_t *value)
{
    const char *text;
    size_t len;

    switch (gia_json_type(value)) {
    case GIA_JSON_NULL: gia__writer_null(writer); break;
    case GIA_JSON_BOOLEAN: gia__writer_boolean(writer, gia_json_boolean(value, -1)); break;
    case GIA_JSON_NUMBER:
        text = gia_json_raw(value, &len);
        gia__writer_raw(writer, text, len);
        break;
    case GIA_JSON_STRING:
        text = gia_json_string(value, &len);
        assert_int_equal(text[len], '\0');
        gia__writer_string(writer, text, len);
        break;
    case GIA_JSON_ARRAY:
        gia__writer_array_begin(writer);
        for (size_t i = 0; i < gia_json_count(value); i++)
            write_value(writer, gia_json_at(value, i));
        gia__writer_array_end(writer);
        break;
    case GIA_JSON_OBJECT:
        gia__writer_object_begin(writer);
        for (size_t i = 0; i < gia_json_count(value); i++) {
            text = gia_json_name_at(value, i, &len);
            assert_int_equal(text[len], '\0');
            gia__writer_string(writer, text, len);
            write_value(writer, gia_json_at(value, i));
        }
        gia__writer_object_end(writer);
        break;
    default: fail_msg("a value without a type");
    }
}

/* NUL-terminated; the caller frees it. */
static char *dump(const gia_json_t *value)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__writer_t *writer;
    gia__buf_t out;

    gia__buf_init(&out, &mem, SIZE_MAX / 4);
    writer = gia__writer_new(&out);
    write_value(writer, value);
    assert_int_equal(gia__writer_error(writer), GIA_OK);
    gia__writer_free(writer);
    assert_int_equal(gia__buf_add(&out, "", 1), GIA__BUF_OK);
    return out.data;
}

/* Each raw span, decoded on its own, must be the value again, and have no byte too many at its
 * ends. */
static void check_raw_spans(const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);
    char *here = dump(value), *there;
    bench_t bench;

    assert_true(len > 0);
    assert_null(memchr(" \t\r\n,:", raw[0], 7));
    assert_null(memchr(" \t\r\n,:", raw[len - 1], 7));
    assert_int_equal(parse(&bench, raw, len), GIA_OK);
    there = dump(bench.value);
    assert_string_equal(here, there);
    assert_memory_equal(bench.text, raw, len);
    drop(&bench);
    free(there);
    free(here);
    for (size_t i = 0; i < gia_json_count(value); i++)
        check_raw_spans(gia_json_at(value, i));
}

static const struct {
    const char *text;
    const char *dump; /* NULL: as the text */
} valid[] = {
    {"null", NULL},
    {"true", NULL},
    {"false", NULL},
    {" \t\r\nnull\n\r\t ", "null"},

    /* numbers stay as they were written */
    {"0", NULL},
    {"-0", NULL},
    {"7", NULL},
    {"42 ", "42"},
    {"-12.50", NULL},
    {"1e5", NULL},
    {"1E+05", NULL},
    {"1.25e-7", NULL},
    {"0e0", NULL},
    {"9223372036854775808", NULL},
    {"123456789012345678901234567890", NULL},
    {"1e999999999999", NULL},
    {"-1e-999999999999", NULL},
    {"0.00000000000000000000000000000000000000000000000000000000000000001", NULL},

    /* strings */
    {"\"\"", NULL},
    {"\"plain\"", NULL},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"\"\\u0041\\u00e9\\u20AC\\uFFFF\"", "\"A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf\""},
    {"\"\\ud83d\\ude00\\uD83D\\uDE00\"", "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\""},
    {"\"\\ud800\\udc00\\udbff\\udfff\"", "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""},
    {"\"a\\u0000b\"", NULL},
    {"\"\\u001f\"", "\"\\u001F\""},
    {"\"\x7f\"", NULL},
    {"\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"", NULL},
    {"\"\xef\xbb\xbf\"", NULL},
    {"\"// no comment, [no] {array}\"", NULL},
    {"\"\\\\\"", NULL},
    {"\"\\\\u0041\"", NULL},

    /* arrays and objects */
    {"[]", NULL},
    {"[ ]", "[]"},
    {"{}", NULL},
    {"{ }", "{}"},
    {"[1]", NULL},
    {"[1,2,3]", NULL},
    {" [ 1 , \"a\\n\" , null ] ", "[1,\"a\\n\",null]"},
    {"[[],[[]],{}]", NULL},
    {"{\"a\":1}", NULL},
    {"{ \"a\" : 1 , \"b\" : [ true , false ] }", "{\"a\":1,\"b\":[true,false]}"},
    {"{\"a\":{\"b\":{\"c\":[{}]}}}", NULL},
    {"{\"a\":1,\"a\":2}", NULL},
    {"{\"\":0}", NULL},
    {"{\"a\\nb\":\"c\\td\"}", NULL},
    {"{\"\\u0061\":1}", "{\"a\":1}"},
    {"{\"a\\u0000b\":1}", NULL},
    {"{\"\xe2\x82\xac\":1}", NULL},
    {"[\"a,b\",\"c:d\",\",\",\":\"]", NULL},
    {"[1.5,-2,3e4]", NULL},
    {"[1 ,2\n,3\t]", "[1,2,3]"},
};

static void valid_documents(void **state)
{
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        bench_t bench;
        const gia_json_t *value = parse_good(&bench, valid[i].text);
        char *text = dump(value);

        assert_string_equal(text, valid[i].dump ? valid[i].dump : valid[i].text);
        assert_memory_equal(bench.text, valid[i].text, bench.len);
        check_raw_spans(value);
        free(text);
        drop(&bench);
    }
}

/* Texts with their length, for some hold NUL. */
#define TEXT(text) text, sizeof(text) - 1

static const struct {
    const char *text;
    size_t len;
    size_t offset;
    const char *message;
} invalid[] = {
    /* too short */
    {TEXT(""), 0, "the text is empty"},
    {TEXT(" \n"), 2, "the text is empty"},
    {TEXT("["), 1, "the text ends inside of an array"},
    {TEXT("[1"), 2, "the text ends inside of an array"},
    {TEXT("[1,"), 3, "the text ends inside of an array"},
    {TEXT("[[]"), 3, "the text ends inside of an array"},
    {TEXT("{"), 1, "the text ends inside of an object"},
    {TEXT("{\"a\""), 4, "the text ends inside of an object"},
    {TEXT("{\"a\":"), 5, "the text ends inside of an object"},
    {TEXT("{\"a\":1"), 6, "the text ends inside of an object"},
    {TEXT("{\"a"), 3, "the text ends inside of a string"},
    {TEXT("\""), 1, "the text ends inside of a string"},
    {TEXT("\"abc\\"), 5, "the text ends inside of a string"},
    {TEXT("\"\\u12"), 5, "the text ends inside of a string"},
    {TEXT("\"\\ud83d"), 7, "the text ends inside of a string"},
    {TEXT("\"\xe2\x82"), 3, "the text ends inside of a character"},
    {TEXT("\"\xf0\x9f\x98"), 4, "the text ends inside of a character"},
    {TEXT("-"), 1, "the text ends inside of a number"},
    {TEXT("1."), 2, "the text ends inside of a number"},
    {TEXT("[1e"), 3, "the text ends inside of a number"},
    {TEXT("1e+"), 3, "the text ends inside of a number"},
    {TEXT("nul"), 3, "the text ends inside of a word"},
    {TEXT("[tru"), 4, "the text ends inside of a word"},

    /* too long */
    {TEXT("null null"), 5, "unexpected character 'n' after the value at byte 5"},
    {TEXT("{}{}"), 2, "unexpected character '{' after the value at byte 2"},
    {TEXT("{}}"), 2, "unexpected character '}' after the value at byte 2"},
    {TEXT("[]]"), 2, "unexpected character ']' after the value at byte 2"},
    {TEXT("1,2"), 1, "unexpected character ',' after the value at byte 1"},
    {TEXT("\"a\":1"), 3, "unexpected character ':' after the value at byte 3"},
    {TEXT("{} \"abc"), 3, "unexpected character '\"' after the value at byte 3"},
    {TEXT("{} nul"), 3, "unexpected character 'n' after the value at byte 3"},
    {TEXT("{} -"), 3, "unexpected character '-' after the value at byte 3"},
    {TEXT("{}\0"), 2, "unexpected byte 0x00 after the value at byte 2"},
    {TEXT("01"), 1, "unexpected character '1' after the value at byte 1"},
    {TEXT("-01"), 2, "unexpected character '1' after the value at byte 2"},
    {TEXT("nullx"), 4, "unexpected character 'x' after the value at byte 4"},
    {TEXT("0x10"), 1, "unexpected character 'x' after the value at byte 1"},

    /* misplaced */
    {TEXT("]"), 0, "unexpected character ']' at byte 0"},
    {TEXT(","), 0, "unexpected character ',' at byte 0"},
    {TEXT(":"), 0, "unexpected character ':' at byte 0"},
    {TEXT("[,1]"), 1, "unexpected character ',' at byte 1"},
    {TEXT("[1,]"), 3, "unexpected character ']' at byte 3"},
    {TEXT("[1,,2]"), 3, "unexpected character ',' at byte 3"},
    {TEXT("[1 , , 2]"), 5, "unexpected character ',' at byte 5"},
    {TEXT("[1 2]"), 3, "unexpected character '2' at byte 3"},
    {TEXT("[1 \"abc\"]"), 3, "unexpected character '\"' at byte 3"},
    {TEXT("[1:2]"), 2, "unexpected character ':' at byte 2"},
    {TEXT("[1}"), 2, "unexpected character '}' at byte 2"},
    {TEXT("{]"), 1, "unexpected character ']' at byte 1"},
    {TEXT("{1:2}"), 1, "unexpected character '1' at byte 1"},
    {TEXT("{null:2}"), 1, "unexpected character 'n' at byte 1"},
    {TEXT("{\"a\" 1}"), 5, "unexpected character '1' at byte 5"},
    {TEXT("{\"a\",1}"), 4, "unexpected character ',' at byte 4"},
    {TEXT("{\"a\"}"), 4, "unexpected character '}' at byte 4"},
    {TEXT("{\"a\":}"), 5, "unexpected character '}' at byte 5"},
    {TEXT("{\"a\"::1}"), 5, "unexpected character ':' at byte 5"},
    {TEXT("{\"a\":1,}"), 7, "unexpected character '}' at byte 7"},
    {TEXT("{\"a\":1 \"b\":2}"), 7, "unexpected character '\"' at byte 7"},
    {TEXT("{,}"), 1, "unexpected character ',' at byte 1"},

    /* no token at all */
    {TEXT("nulx"), 3, "unexpected character 'x' at byte 3"},
    {TEXT("[1,x]"), 3, "unexpected character 'x' at byte 3"},
    {TEXT("True"), 0, "unexpected character 'T' at byte 0"},
    {TEXT("NaN"), 0, "unexpected character 'N' at byte 0"},
    {TEXT("Infinity"), 0, "unexpected character 'I' at byte 0"},
    {TEXT("-Infinity"), 1, "unexpected character 'I' at byte 1"},
    {TEXT("'a'"), 0, "unexpected character ''' at byte 0"},
    {TEXT("+1"), 0, "unexpected character '+' at byte 0"},
    {TEXT(".5"), 0, "unexpected character '.' at byte 0"},
    {TEXT("[-]"), 2, "unexpected character ']' at byte 2"},
    {TEXT("[1.]"), 3, "unexpected character ']' at byte 3"},
    {TEXT("[1.e1]"), 3, "unexpected character 'e' at byte 3"},
    {TEXT("[1e]"), 3, "unexpected character ']' at byte 3"},
    {TEXT("[1e+]"), 4, "unexpected character ']' at byte 4"},
    {TEXT("[1e1.5]"), 4, "unexpected character '.' at byte 4"},
    {TEXT("[01]"), 2, "unexpected character '1' at byte 2"},
    {TEXT("// c\n1"), 0, "unexpected character '/' at byte 0"},
    {TEXT("[1,/* c */2]"), 3, "unexpected character '/' at byte 3"},
    {TEXT("\\u0031"), 0, "unexpected character '\\' at byte 0"},
    {TEXT("\xef\xbb\xbf{}"), 0, "unexpected byte 0xef at byte 0"},
    {TEXT("\xc2\xa0{}"), 0, "unexpected byte 0xc2 at byte 0"},
    {TEXT("\f1"), 0, "unexpected byte 0x0c at byte 0"},
    {TEXT("[1,\f2]"), 3, "unexpected byte 0x0c at byte 3"},
    {TEXT("[1\v]"), 2, "unexpected byte 0x0b at byte 2"},
    {TEXT("1\f"), 1, "unexpected byte 0x0c at byte 1"},
    {TEXT("\0"), 0, "unexpected byte 0x00 at byte 0"},
    {TEXT("[1\0]"), 2, "unexpected byte 0x00 at byte 2"},
    {TEXT("1\0"), 1, "unexpected byte 0x00 after the value at byte 1"},

    /* strings */
    {TEXT("\"a\\xb\""), 3, "unexpected character 'x' in a string at byte 3"},
    {TEXT("\"\\'\""), 2, "unexpected character ''' in a string at byte 2"},
    {TEXT("\"\\U0041\""), 2, "unexpected character 'U' in a string at byte 2"},
    {TEXT("\"\\u12g4\""), 5, "unexpected character 'g' in a string at byte 5"},
    {TEXT("\"\\u\\ud83d\""), 3, "unexpected character '\\' in a string at byte 3"},
    {TEXT("\"\\ud83d\\uzz\""), 9, "unexpected character 'z' in a string at byte 9"},
    {TEXT("\"\\u 041\""), 3, "unexpected byte 0x20 in a string at byte 3"},
    {TEXT("\"a\nb\""), 2, "unexpected byte 0x0a in a string at byte 2"},
    {TEXT("\"a\tb\""), 2, "unexpected byte 0x09 in a string at byte 2"},
    {TEXT("\"a\0b\""), 2, "unexpected byte 0x00 in a string at byte 2"},
    {TEXT("[\"x\",\"\x1f\"]"), 6, "unexpected byte 0x1f in a string at byte 6"},
    {TEXT("{\"\x01\":1}"), 2, "unexpected byte 0x01 in a string at byte 2"},
    {TEXT("{\"a\\q\":1}"), 4, "unexpected character 'q' in a string at byte 4"},

    /* bytes that are not UTF-8: only when all before them was fine */
    {TEXT("\"\xff\""), 1, "invalid UTF-8 at byte 1"},
    {TEXT("\"a\x80\""), 2, "invalid UTF-8 at byte 2"},
    {TEXT("\"\xc0\xaf\""), 1, "invalid UTF-8 at byte 1"},
    {TEXT("\"\xed\xa0\xbd\xed\xb8\x80\""), 1, "invalid UTF-8 at byte 1"},
    {TEXT("\"\xf4\x90\x80\x80\""), 1, "invalid UTF-8 at byte 1"},
    {TEXT("\"\xe2\x82\""), 1, "invalid UTF-8 at byte 1"},
    {TEXT("\"\xe0\x80"), 1, "invalid UTF-8 at byte 1"},
    {TEXT("\"\xff"), 1, "invalid UTF-8 at byte 1"},
    {TEXT("{\"\xff\":1}"), 2, "invalid UTF-8 at byte 2"},
    {TEXT("[1,]\xff"), 3, "unexpected character ']' at byte 3"},
    {TEXT("{}\xff"), 2, "invalid UTF-8 at byte 2"},
};

static void invalid_documents(void **state)
{
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        bench_t bench;
        int rc = parse(&bench, invalid[i].text, invalid[i].len);

        if (rc != GIA_EJSON || bench.error.offset != invalid[i].offset ||
            strcmp(bench.error.message, invalid[i].message))
            fail_msg("%s: %s at %zu: \"%s\"", invalid[i].text, gia_error_name(rc),
                     bench.error.offset, bench.error.message);
        assert_null(bench.value);
        drop(&bench);
    }
}

static void the_error_may_be_null(void **state)
{
    gia__json_limits_t limits = {1};
    gia__mem_t mem = gia__mem_init(NULL);
    const gia_json_t *value;
    gia__arena_t arena;
    char text[] = "[[";

    gia__arena_init(&arena, &mem, 10000);
    assert_int_equal(gia__json_parse(&value, &arena, text, 1, &limits, NULL), GIA_EJSON);
    assert_int_equal(gia__json_parse(&value, &arena, text, 2, &limits, NULL), GIA_EJSON_TOO_DEEP);
    assert_int_equal(gia__json_parse(&value, &arena, NULL, 0, &limits, NULL), GIA_EJSON);
    gia__arena_free(&arena);
}

/* All that a document can consist of. */
static const char sampler[] =
    " {\"name\" : \"plain\", \"a\\tb\":\"\\u00e9\\ud83d\\ude00\\ud83d\", \"\xe2\x82\xac\": [ ],\n"
    "\"list\":[null,true,false,0,-1.5e+10,\"\xf0\x9f\x98\x80\",[[1],{\"x\":{}}]],\"n\":12e1}";

static void each_prefix_is_cut_off(void **state)
{
    size_t len = sizeof(sampler) - 1;
    bench_t bench;

    for (size_t n = 0; n < len; n++) {
        int rc = parse(&bench, sampler, n);
        if (rc != GIA_EJSON || bench.error.offset != n)
            fail_msg("%zu bytes: %s at %zu, %s", n, gia_error_name(rc), bench.error.offset,
                     bench.error.message);
        assert_memory_equal(bench.error.message, "the text ", 9);
        drop(&bench);
    }
    assert_int_equal(parse(&bench, sampler, len), GIA_OK);
    drop(&bench);
}

static const struct {
    const char *text; /* inside of the quotes */
    const char *decoded;
    unsigned first_half, last_half;
} surrogates[] = {
    {"\\ud83d\\ude00", "\xf0\x9f\x98\x80", 0, 0},
    {"\\ud83d", "\xef\xbf\xbd", 0, 0xd83d},
    {"\\uD83D", "\xef\xbf\xbd", 0, 0xd83d},
    {"\\ude00", "\xef\xbf\xbd", 0xde00, 0},
    {"a\\ud83d", "a\xef\xbf\xbd", 0, 0xd83d},
    {"a\\ude00", "a\xef\xbf\xbd", 0, 0},
    {"\\ud83da",
     "\xef\xbf\xbd"
     "a",
     0, 0},
    {"\\ude00a",
     "\xef\xbf\xbd"
     "a",
     0xde00, 0},
    {"\\ude00-\\ud83d", "\xef\xbf\xbd-\xef\xbf\xbd", 0xde00, 0xd83d},
    {"\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd", 0xde00, 0xd83d},
    {"\\ude00\\ude01", "\xef\xbf\xbd\xef\xbf\xbd", 0xde00, 0},
    {"\\ud83c\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd", 0, 0xd83d},
    {"\\ud83c\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80", 0, 0},
    {"\\ud83d\\ude00\\ude01", "\xf0\x9f\x98\x80\xef\xbf\xbd", 0, 0},
    {"\\ud83d\\ude00\\ud83d", "\xf0\x9f\x98\x80\xef\xbf\xbd", 0, 0xd83d},
    {"\\ud83d\\u0041",
     "\xef\xbf\xbd"
     "A",
     0, 0},
    {"\\ud83d\\n", "\xef\xbf\xbd\n", 0, 0},
    {"\\ud83d\\\"", "\xef\xbf\xbd\"", 0, 0},
    {"\\\"\\ude00", "\"\xef\xbf\xbd", 0, 0},
    {"\\\"\\ude00\\\"", "\"\xef\xbf\xbd\"", 0, 0},
    {"\\\\ude00", "\\ude00", 0, 0},
    {"\\\\\\ude00", "\\\xef\xbf\xbd", 0, 0},
    {"\\\\ud83d", "\\ud83d", 0, 0},
    {"\\\\\\ud83d", "\\\xef\xbf\xbd", 0, 0xd83d},
    {"\\ud83d\\\\ude00", "\xef\xbf\xbd\\ude00", 0, 0},
    {"\\ud7ff\\ue000", "\xed\x9f\xbf\xee\x80\x80", 0, 0},
    {"\\ud800", "\xef\xbf\xbd", 0, 0xd800},
    {"\\udbff", "\xef\xbf\xbd", 0, 0xdbff},
    {"\\udc00", "\xef\xbf\xbd", 0xdc00, 0},
    {"\\udfff", "\xef\xbf\xbd", 0xdfff, 0},
    {"\\ufffd", "\xef\xbf\xbd", 0, 0},
};

static void check_surrogates(const gia_json_t *value, size_t i)
{
    size_t len;
    const char *text = gia_json_string(value, &len);

    assert_int_equal(len, strlen(surrogates[i].decoded));
    assert_string_equal(text, surrogates[i].decoded);
    assert_int_equal(gia__json_first_half(value), surrogates[i].first_half);
    assert_int_equal(gia__json_last_half(value), surrogates[i].last_half);
}

static void lone_surrogates_are_repaired(void **state)
{
    enum { N = sizeof(surrogates) / sizeof(surrogates[0]) };
    char text[256];
    bench_t bench;

    for (size_t i = 0; i < N; i++) {
        snprintf(text, sizeof(text), "\"%s\"", surrogates[i].text);
        check_surrogates(parse_good(&bench, text), i);
        drop(&bench);
        /* Names are repaired too, and what they had at their edges is not taken for the value's. */
        for (size_t j = 0; j < N; j++) {
            snprintf(text, sizeof(text), "[\"\\\"\",{\"%s\":\"%s\",\"%s\":7}]", surrogates[j].text,
                     surrogates[i].text, surrogates[j].text);
            parse_good(&bench, text);
            check_surrogates(gia_json_pointer(bench.value, "/1")
                                 ? gia_json_at(gia_json_at(bench.value, 1), 0)
                                 : NULL,
                             i);
            assert_string_equal(gia_json_name_at(gia_json_at(bench.value, 1), 0, NULL),
                                surrogates[j].decoded);
            check_raw_spans(bench.value);
            drop(&bench);
        }
    }
}

static void the_depth_is_bounded(void **state)
{
    bench_t bench;

    assert_int_equal(parse_within(&bench, "0", 1, 0, SIZE_MAX), GIA_OK);
    drop(&bench);
    assert_int_equal(parse_within(&bench, "[]", 2, 0, SIZE_MAX), GIA_EJSON_TOO_DEEP);
    assert_string_equal(bench.error.message, "nested deeper than 0 at byte 0");
    drop(&bench);
    assert_int_equal(parse_within(&bench, "[{\"a\":[]}]", 10, 3, SIZE_MAX), GIA_OK);
    drop(&bench);
    assert_int_equal(parse_within(&bench, "[{\"a\":[]}]", 10, 2, SIZE_MAX), GIA_EJSON_TOO_DEEP);
    assert_int_equal(bench.error.offset, 6);
    assert_null(bench.value);
    drop(&bench);
    /* Siblings are not depth. */
    assert_int_equal(parse_within(&bench, "[[],[],{},[]]", 13, 2, SIZE_MAX), GIA_OK);
    drop(&bench);
}

static void a_million_brackets(void **state)
{
    enum { N = 1000000 };
    char *text = malloc(2 * N);
    bench_t bench;

    memset(text, '[', N);
    memset(text + N, ']', N);
    assert_int_equal(parse(&bench, text, N), GIA_EJSON_TOO_DEEP);
    assert_int_equal(bench.error.offset, 64);
    drop(&bench);
    assert_int_equal(parse_within(&bench, text, N, N, SIZE_MAX), GIA_EJSON);
    assert_int_equal(bench.error.offset, N);
    drop(&bench);
    assert_int_equal(parse_within(&bench, text, 2 * N, N, SIZE_MAX), GIA_OK);
    assert_int_equal(gia_json_count(bench.value), 1);
    drop(&bench);
    assert_int_equal(parse_within(&bench, text, 2 * N, N, 1000000), GIA_EJSON_TOO_BIG);
    drop(&bench);
    free(text);
}

/* A document that needs every kind of memory: long escaped strings, depth, many values. */
static char *large_document(size_t *len)
{
    enum { DEPTH = 600, LONG = 60000 };
    char *text = malloc(200000), *at = text;

    memset(at, '[', DEPTH);
    at += DEPTH;
    *at++ = '"';
    for (int i = 0; i < LONG; i += 2, at += 2)
        memcpy(at, i % 200 ? "xy" : "\\n", 2);
    at += sprintf(at, "\",\"\\ud83d\",\"\\ude00\",{\"name\":[1");
    for (int i = 0; i < 300; i++)
        at += sprintf(at, ",{\"a\":%d}", i);
    at += sprintf(at, "]}");
    memset(at, ']', DEPTH);
    at += DEPTH;
    *len = (size_t)(at - text);
    return text;
}

static void the_ceiling_is_kept(void **state)
{
    size_t len, max;
    char *text = large_document(&len);
    int rc = GIA_EJSON_TOO_BIG;

    for (max = 0; rc == GIA_EJSON_TOO_BIG; max += 509) {
        bench_t bench;
        rc = parse_within(&bench, text, len, 1000, max);
        assert_true(bench.arena.used <= max + 16); /* pieces are rounded up */
        if (rc == GIA_EJSON_TOO_BIG)
            assert_null(bench.value);
        drop(&bench);
    }
    assert_int_equal(rc, GIA_OK);
    assert_true(max < 10 * len);
    free(text);
}

static void each_allocation_may_fail(void **state)
{
    size_t n, len[2] = {sizeof(sampler) - 1, 0};
    gia__json_limits_t limits = {1000};
    char *large = large_document(&len[1]);
    const char *const texts[2] = {sampler, large};

    for (int i = 0; i < 2; i++) {
        int rc = GIA_ENOMEM;
        for (n = 1; rc == GIA_ENOMEM; n++) {
            failing_memory_t memory = {.fail_at = n};
            gia__mem_t mem = failing_allocator(&memory);
            char *text = malloc(len[i]);
            gia__json_error_t error;
            const gia_json_t *value;
            gia__arena_t arena;

            memcpy(text, texts[i], len[i]);
            gia__arena_init(&arena, &mem, SIZE_MAX);
            rc = gia__json_parse(&value, &arena, text, len[i], &limits, &error);
            if (rc == GIA_ENOMEM) {
                assert_null(value);
                assert_string_equal(error.message, "out of memory");
            }
            gia__arena_free(&arena);
            assert_int_equal(memory.n_open, 0);
            free(text);
        }
        assert_int_equal(rc, GIA_OK);
        assert_true(n > 2);
    }
    free(large);
}

static void errors_give_large_blocks_back(void **state)
{
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    gia__json_limits_t limits = {1000};
    const gia_json_t *value;
    gia__arena_t arena;
    size_t len;
    char *text = large_document(&len);

    gia__arena_init(&arena, &mem, SIZE_MAX);
    assert_int_equal(gia__json_parse(&value, &arena, text, len - 1, &limits, NULL), GIA_EJSON);
    gia__arena_free(&arena);
    assert_int_equal(memory.n_open, 0);
    /* Inside of the long string: yajl keeps the unfinished token. */
    assert_int_equal(gia__json_parse(&value, &arena, text, 50000, &limits, NULL), GIA_EJSON);
    gia__arena_free(&arena);
    assert_int_equal(memory.n_open, 0);
    free(text);
}

static void a_used_arena_allocates_nothing(void **state)
{
    const char *event = "{\"delta\":{\"type\":\"text\",\"text\":\"a few\\nwords\"},\"index\":0}";
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    gia__json_limits_t limits = {10};
    size_t n_allocations = 0;
    gia__arena_t arena;

    gia__arena_init(&arena, &mem, SIZE_MAX);
    for (int i = 0; i < 10; i++) {
        const gia_json_t *value;
        char text[128];
        strcpy(text, event);
        assert_int_equal(gia__json_parse(&value, &arena, text, strlen(text), &limits, NULL),
                         GIA_OK);
        gia__arena_reset(&arena);
        if (i == 1)
            n_allocations = memory.n_allocations;
    }
    assert_int_equal(memory.n_allocations, n_allocations);
    gia__arena_free(&arena);
}

static void looking_things_up(void **state)
{
    bench_t bench;
    const gia_json_t *value = parse_good(
        &bench, "{\"a\":1,\"b\":[10,20],\"a\":2,\"n\":null,\"\":\"empty\",\"x\\u0000y\":3,"
                "\"s\":\"t\\u0000u\"}");
    size_t len = 99;

    assert_int_equal(gia_json_type(value), GIA_JSON_OBJECT);
    assert_int_equal(gia_json_count(value), 7);
    assert_int_equal(gia_json_int64(gia_json_get(value, "a"), -1), 2);
    assert_int_equal(gia_json_int64(gia_json_at(value, 0), -1), 1);
    assert_int_equal(gia_json_int64(gia_json_at(gia_json_get(value, "b"), 1), -1), 20);
    assert_null(gia_json_at(gia_json_get(value, "b"), 2));
    assert_null(gia_json_at(value, SIZE_MAX));
    assert_null(gia_json_get(value, "c"));
    assert_null(gia_json_get(value, "x"));
    assert_null(gia_json_get(gia_json_get(value, "b"), "a"));
    assert_int_equal(gia_json_type(gia_json_get(value, "n")), GIA_JSON_NULL);
    assert_string_equal(gia_json_string(gia_json_get(value, ""), NULL), "empty");
    assert_string_equal(gia_json_name_at(value, 1, NULL), "b");
    assert_memory_equal(gia_json_name_at(value, 5, &len), "x\0y", 4);
    assert_int_equal(len, 3);
    assert_null(gia_json_name_at(value, 7, &len));
    assert_int_equal(len, 0);
    assert_null(gia_json_name_at(gia_json_get(value, "b"), 0, NULL));
    assert_memory_equal(gia_json_string(gia_json_get(value, "s"), &len), "t\0u", 4);
    assert_int_equal(len, 3);

    assert_string_equal(gia__json_get_string(value, "", NULL), "empty");
    assert_null(gia__json_get_string(value, "n", &len));
    assert_int_equal(len, 0);
    assert_null(gia__json_get_string(value, "a", NULL));
    assert_int_equal(gia__json_string_is(gia_json_get(value, ""), "empty"), 1);
    assert_int_equal(gia__json_string_is(gia_json_get(value, ""), "emp"), 0);
    assert_int_equal(gia__json_string_is(gia_json_get(value, "s"), "t"), 0);
    assert_int_equal(gia__json_string_is(gia_json_get(value, "a"), "2"), 0);
    assert_int_equal(gia__json_string_is(NULL, ""), 0);
    drop(&bench);
}

static void an_absent_value_answers(void **state)
{
    size_t len = 99;

    assert_int_equal(gia_json_type(NULL), GIA_JSON_ABSENT);
    assert_int_equal(gia_json_count(NULL), 0);
    assert_null(gia_json_at(NULL, 0));
    assert_null(gia_json_name_at(NULL, 0, NULL));
    assert_null(gia_json_get(NULL, "a"));
    assert_null(gia_json_pointer(NULL, ""));
    assert_null(gia_json_pointer(NULL, "/a"));
    assert_null(gia_json_string(NULL, &len));
    assert_int_equal(len, 0);
    assert_int_equal(gia_json_int64(NULL, -7), -7);
    assert_true(gia_json_double(NULL, 0.5) == 0.5);
    assert_int_equal(gia_json_boolean(NULL, 3), 3);
    len = 99;
    assert_null(gia_json_raw(NULL, &len));
    assert_int_equal(len, 0);
    assert_int_equal(gia__json_first_half(NULL), 0);
    assert_int_equal(gia__json_last_half(NULL), 0);
}

static void other_types_answer(void **state)
{
    bench_t bench;
    const gia_json_t *value = parse_good(&bench, "[null,true,false,1,\"x\",[],{}]");

    for (size_t i = 0; i < 7; i++) {
        const gia_json_t *item = gia_json_at(value, i);
        assert_int_equal(gia_json_type(item), i < 2 ? GIA_JSON_NULL + i : GIA_JSON_NULL + i - 1);
        assert_int_equal(gia_json_count(item), 0);
        assert_null(gia_json_at(item, 0));
        assert_null(gia_json_get(item, "a"));
        assert_int_equal(gia_json_boolean(item, 7), i == 1 ? 1 : i == 2 ? 0 : 7);
        assert_int_equal(gia_json_int64(item, -7), i == 3 ? 1 : -7);
        assert_true(gia_json_double(item, -7) == (i == 3 ? 1 : -7));
        assert_int_equal(gia_json_string(item, NULL) != NULL, i == 4);
    }
    drop(&bench);
}

static void pointers(void **state)
{
    /* the document of RFC 6901, section 5, and a little more */
    static const char document[] =
        "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
        "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9,\"d\":{\"x\":1,\"x\":{\"\":{\"y\":10}}},"
        "\"01\":11,\"-\":12,\"l\":[0,1,2,3,4,5,6,7,8,9,[100]]}";
    static const struct {
        const char *pointer;
        const char *raw; /* NULL: none */
    } rows[] = {
        {"/foo", "[\"bar\",\"baz\"]"},
        {"/foo/0", "\"bar\""},
        {"/foo/1", "\"baz\""},
        {"/", "0"},
        {"/a~1b", "1"},
        {"/c%d", "2"},
        {"/e^f", "3"},
        {"/g|h", "4"},
        {"/i\\j", "5"},
        {"/k\"l", "6"},
        {"/ ", "7"},
        {"/m~0n", "8"},
        {"/~01", "9"},
        {"/d/x//y", "10"},
        {"/01", "11"},
        {"/-", "12"},
        {"/l/10", "[100]"},
        {"/l/10/0", "100"},

        {"/foo/2", NULL},
        {"/foo/00", NULL},
        {"/foo/01", NULL},
        {"/foo/-", NULL},
        {"/foo/-1", NULL},
        {"/foo/+1", NULL},
        {"/foo/ 1", NULL},
        {"/foo/1x", NULL},
        {"/foo/", NULL},
        {"/foo/18446744073709551616", NULL},
        {"/foo/99999999999999999999999999999", NULL},
        {"/foo/0/0", NULL},
        {"/foo/0/", NULL},
        {"//", NULL},
        {"/nothing", NULL},
        {"/nothing/more", NULL},
        {"/fo", NULL},
        {"/fooo", NULL},
        {"foo", NULL},
        {"foo/0", NULL},
        {"#/foo", NULL},
        {"/m~n", NULL},
        {"/m~", NULL},
        {"/~", NULL},
        {"/~2", NULL},
        {"/a/b", NULL},
        {"/l/11", NULL},
    };
    bench_t bench;
    const gia_json_t *value = parse_good(&bench, document);

    assert_ptr_equal(gia_json_pointer(value, ""), value);
    assert_null(gia_json_pointer(value, NULL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len;
        const char *raw = gia_json_raw(gia_json_pointer(value, rows[i].pointer), &len);
        if (!raw != !rows[i].raw ||
            (raw && (len != strlen(rows[i].raw) || memcmp(raw, rows[i].raw, len))))
            fail_msg("%s: %.*s", rows[i].pointer, (int)len, raw ? raw : "");
    }
    drop(&bench);
}

static void integers(void **state)
{
    enum { NONE = -77 };
    static const struct {
        const char *text;
        int64_t expected;
    } rows[] = {
        {"0", 0},
        {"-0", 0},
        {"0.0", 0},
        {"0e5", 0},
        {"0e99999999999999999999999", 0},
        {"7", 7},
        {"-7", -7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"-9223372036854775807", -INT64_MAX},
        {"9223372036854775808", NONE},
        {"-9223372036854775809", NONE},
        {"9999999999999999999", NONE},
        {"18446744073709551616", NONE},
        {"100000000000000000000", NONE},
        {"1.0", 1},
        {"-1.000", -1},
        {"1.5", NONE},
        {"0.1", NONE},
        {"1.5e1", 15},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"1e18", 1000000000000000000},
        {"1e19", NONE},
        {"1e-1", NONE},
        {"10e-1", 1},
        {"1200e-2", 12},
        {"0.00012e5", 12},
        {"0.00012e4", NONE},
        {"922337203685477580.7e1", INT64_MAX},
        {"9223372036854775807.0", INT64_MAX},
        {"9223372036854775807.5", NONE},
        {"1e999999999999999999999", NONE},
        {"1e-999999999999999999999", NONE},

        {"\"0\"", 0},
        {"\"42\"", 42},
        {"\"-42\"", -42},
        {"\"007\"", 7},
        {"\"9223372036854775807\"", INT64_MAX},
        {"\"9223372036854775808\"", NONE},
        {"\"\"", NONE},
        {"\"-\"", NONE},
        {"\"+1\"", NONE},
        {"\" 1\"", NONE},
        {"\"1 \"", NONE},
        {"\"1.0\"", NONE},
        {"\"1e3\"", NONE},
        {"\"0x10\"", NONE},
        {"\"1\\u0000\"", NONE},
        {"\"\\u0031\"", 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bench_t bench;
        int64_t number = gia_json_int64(parse_good(&bench, rows[i].text), NONE);
        if (number != rows[i].expected)
            fail_msg("%s: %lld", rows[i].text, (long long)number);
        drop(&bench);
    }
}

static void long_numbers(void **state)
{
    char text[3000];
    bench_t bench;

    /* 0.000…01e1000 is 1, whatever its length */
    memset(text, '0', sizeof(text));
    text[1] = '.';
    strcpy(text + 1001, "1e1000");
    assert_int_equal(gia_json_int64(parse_good(&bench, text), -1), 1);
    assert_true(gia_json_double(bench.value, -1) == 1.0);
    drop(&bench);

    /* 1.000…0 with more digits than are kept, and 1.000…01 */
    memset(text, '0', sizeof(text));
    memcpy(text, "1.", 2);
    text[2000] = '\0';
    assert_int_equal(gia_json_int64(parse_good(&bench, text), -1), 1);
    assert_true(gia_json_double(bench.value, -1) == 1.0);
    drop(&bench);
    text[1999] = '1';
    assert_int_equal(gia_json_int64(parse_good(&bench, text), -1), -1);
    assert_true(gia_json_double(bench.value, -1) == 1.0);
    drop(&bench);

    /* half way between two doubles, which only the last digit decides */
    strcpy(text, "9007199254740993.");
    memset(text + 17, '0', 1500);
    text[1517] = '\0';
    assert_true(gia_json_double(parse_good(&bench, text), -1) == 9007199254740992.0);
    drop(&bench);
    text[1516] = '1';
    assert_true(gia_json_double(parse_good(&bench, text), -1) == 9007199254740994.0);
    drop(&bench);

    memset(text, '9', 2000);
    text[2000] = '\0';
    assert_true(isinf(gia_json_double(parse_good(&bench, text), -1)));
    drop(&bench);
}

static void assert_double(const char *text, double expected)
{
    bench_t bench;
    double number = gia_json_double(parse_good(&bench, text), 12345);
    if (memcmp(&number, &expected, sizeof(number)))
        fail_msg("%s: %.17g, not %.17g", text, number, expected);
    drop(&bench);
}

static void doubles(void **state)
{
    uint64_t random = 88172645463325252u;

    assert_double("0", 0.0);
    assert_double("-0", -0.0);
    assert_double("-0.0e5", -0.0);
    assert_double("1", 1.0);
    assert_double("0.1", 0.1);
    assert_double("-2.50", -2.5);
    assert_double("1e3", 1e3);
    assert_double("12345678901234567890", 12345678901234567890.0);
    assert_double("1.7976931348623157e308", DBL_MAX);
    assert_double("2.2250738585072014e-308", DBL_MIN);
    assert_double("4.9e-324", 4.9e-324);
    assert_double("1e400", INFINITY);
    assert_double("-1e999999999999999999999", -INFINITY);
    assert_double("1e-999999999999999999999", 0.0);
    assert_double("2.2250738585072011e-308", 2.2250738585072011e-308);

    for (int i = 0; i < 20000; i++) {
        double number;
        char text[64];
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(&number, &random, sizeof(number));
        if (!isfinite(number))
            continue;
        snprintf(text, sizeof(text), "%.17g", number);
        assert_double(text, number);
    }
}

static void doubles_ignore_the_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF"};
    size_t i = 0;

    while (i < sizeof(names) / sizeof(names[0]) && !setlocale(LC_NUMERIC, names[i]))
        i++;
    if (i == sizeof(names) / sizeof(names[0]))
        return; /* this machine has no such locale */
    assert_double("1.5", 1.5);
    assert_double("-1234567.125e-3", -1234.567125);
    setlocale(LC_NUMERIC, "C");
}

static void same_as_jansson(const char *text, size_t len)
{
    json_t *expected, *found;
    bench_t bench;
    char *written;

    assert_int_equal(parse(&bench, text, len), GIA_OK);
    written = dump(bench.value);
    expected = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    found = json_loads(written, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(expected);
    assert_non_null(found);
    assert_true(json_equal(expected, found));
    assert_memory_equal(bench.text, text, len);
    if (len < 20000)
        check_raw_spans(bench.value);
    json_decref(expected);
    json_decref(found);
    free(written);
    drop(&bench);
}

/* Every fixture of a directory: files of JSON, and the data lines of recorded streams. */
static int check_fixtures(const char *directory)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        const char *suffix = strrchr(entry->d_name, '.');
        char path[1024], *text, *end;
        size_t len;

        if (!suffix || (strcmp(suffix, ".json") && strcmp(suffix, ".sse")))
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        text = read_file(path, &len);
        end = text + len;
        if (strcmp(suffix, ".json") == 0) {
            same_as_jansson(text, len);
            n++;
        }
        for (char *line = text, *next; strcmp(suffix, ".sse") == 0 && line < end; line = next + 1) {
            bench_t bench;
            next = memchr(line, '\n', (size_t)(end - line));
            next = next ? next : end;
            if (next - line < 8 || memcmp(line, "data: {", 7))
                continue;
            /* Some streams are broken on purpose. */
            if (parse(&bench, line + 6, (size_t)(next - line - 6)) == GIA_OK) {
                size_t raw_len;
                gia_json_raw(bench.value, &raw_len);
                same_as_jansson(line + 6, raw_len);
                n++;
            }
            drop(&bench);
        }
        free(text);
    }
    closedir(dir);
    return n;
}

static void fixtures_survive(void **state)
{
    assert_true(check_fixtures(TEST_DATA "/responses/legacy") > 50);
    assert_true(check_fixtures(TEST_DATA "/responses/steps") > 50);
    assert_true(check_fixtures(TEST_DATA "/requests/legacy") > 20);
    assert_true(check_fixtures(TEST_DATA "/requests/steps") > 20);
}

/* Documents with small faults must be accepted or refused as by another parser. */
static void faults_are_judged_as_by_jansson(void **state)
{
    static const char seed[] =
        "{\"a\":[1,-2.5,0,true,false,null],\"b\":{\"c\":\"x\\n\\u00e9\xc3\xa9\","
        "\"d\":[{},[],\"\"]},\"\xe2\x82\xac\": \"\\\\\\\"/\" }";
    static const char alphabet[] = "{}[]\",:\\u0 1-.tn\n\x80\xc3\xa9\x0c\x01/";
    uint32_t random = 11;
    int n_good = 0, n_rounds = 100000;

    for (int round = 0; round < n_rounds; round++) {
        size_t len = sizeof(seed) - 1;
        json_t *other;
        char text[256];
        bench_t bench;
        int rc;

        memcpy(text, seed, len);
        for (int fault = round % 3; fault >= 0; fault--) {
            char c;
            size_t at;
            random = random * 1664525 + 1013904223;
            at = (random >> 8) % len;
            c = alphabet[(random >> 20) % (sizeof(alphabet) - 1)];
            switch (random >> 30) {
            case 0:
                memmove(text + at, text + at + 1, len - at - 1);
                len--;
                break;
            case 1:
                memmove(text + at + 1, text + at, len - at);
                text[at] = c;
                len++;
                break;
            default: text[at] = c; break;
            }
        }
        rc = parse(&bench, text, len);
        other = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        if ((rc == GIA_OK) != (other != NULL))
            fail_msg("%.*s: %s, %s", (int)len, text, gia_error_name(rc), bench.error.message);
        if (rc == GIA_OK) {
            char *written = dump(bench.value);
            json_t *found = json_loads(written, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
            assert_true(json_equal(other, found));
            check_raw_spans(bench.value);
            json_decref(found);
            free(written);
            n_good++;
        } else {
            assert_true(bench.error.offset <= len);
            assert_true(bench.error.message[0] != '\0');
        }
        json_decref(other);
        drop(&bench);
    }
    assert_true(n_good > n_rounds / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_documents),
        cmocka_unit_test(invalid_documents),
        cmocka_unit_test(the_error_may_be_null),
        cmocka_unit_test(each_prefix_is_cut_off),
        cmocka_unit_test(lone_surrogates_are_repaired),
        cmocka_unit_test(the_depth_is_bounded),
        cmocka_unit_test(a_million_brackets),
        cmocka_unit_test(the_ceiling_is_kept),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(errors_give_large_blocks_back),
        cmocka_unit_test(a_used_arena_allocates_nothing),
        cmocka_unit_test(looking_things_up),
        cmocka_unit_test(an_absent_value_answers),
        cmocka_unit_test(other_types_answer),
        cmocka_unit_test(pointers),
        cmocka_unit_test(integers),
        cmocka_unit_test(long_numbers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(doubles_ignore_the_locale),
        cmocka_unit_test(fixtures_survive),
        cmocka_unit_test(faults_are_judged_as_by_jansson),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
