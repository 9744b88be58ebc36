/* The arena DOM: what is JSON and what is not, what is read from it, and what bounds it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <dirent.h>
#include <locale.h>
#include <math.h>

#include <cmocka.h>
#include <jansson.h>

#include <gia/error.h>

#include "core/buf.h"
#include "failing_memory.h"
#include "json/value.h"

#define BYTES(text) text, sizeof(text) - 1

/* A document of its own: its bytes in a block of their very size. */
typedef struct document_s {
    gia__mem_t mem;
    gia__arena_t arena;
    char *text;
    const gia_json_t *json;
    gia__json_error_t error;
    int code;
} document_t;

static void open_with(document_t *document, const char *text, size_t len, size_t max_depth,
                      size_t max)
{
    const gia__json_limits_t limits = {.max_depth = max_depth};

    document->mem = gia__mem_init(NULL);
    document->text = malloc(len);
    if (len)
        memcpy(document->text, text, len);
    gia__arena_init(&document->arena, &document->mem, max);
    document->code = gia__json_parse(&document->json, &document->arena, document->text, len,
                                     &limits, &document->error);
    assert_int_equal(document->json != NULL, document->code == GIA_OK);
}

static void open_document(document_t *document, const char *text, size_t len)
{
    open_with(document, text, len, 128, SIZE_MAX);
}

static void close_document(document_t *document)
{
    gia__arena_free(&document->arena);
    free(document->text);
}

/* As JSON without space; strings in single quotes with what is not printable ASCII as <hex>. */
static void dump_text(gia__buf_t *out, const char *text, size_t len)
{
    char hex[8];

    assert_int_equal(text[len], '\0');
    gia__buf_add_text(out, "'");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c > 0x1f && c < 0x7f)
            snprintf(hex, sizeof(hex), "%c", c);
        else
            snprintf(hex, sizeof(hex), "<%02x>", c);
        gia__buf_add_text(out, hex);
    }
    gia__buf_add_text(out, "'");
}

static void dump(gia__buf_t *out, const gia_json_t *value)
{
    int object = gia_json_type(value) == GIA_JSON_OBJECT;
    const char *text;
    size_t len;

    switch (gia_json_type(value)) {
    case GIA_JSON_NULL: gia__buf_add_text(out, "null"); break;
    case GIA_JSON_BOOLEAN:
        gia__buf_add_text(out, gia_json_boolean(value, 7) == 1 ? "true" : "false");
        break;
    case GIA_JSON_STRING:
        text = gia_json_string(value, &len);
        dump_text(out, text, len);
        break;
    case GIA_JSON_ARRAY:
    case GIA_JSON_OBJECT:
        gia__buf_add_text(out, object ? "{" : "[");
        for (size_t i = 0; i < gia_json_count(value); i++) {
            if (i)
                gia__buf_add_text(out, ",");
            if (object) {
                text = gia_json_name_at(value, i, &len);
                dump_text(out, text, len);
                gia__buf_add_text(out, ":");
            }
            dump(out, gia_json_at(value, i));
        }
        gia__buf_add_text(out, object ? "}" : "]");
        break;
    default: text = gia_json_raw(value, &len); gia__buf_add(out, text, len);
    }
}

static void assert_dump(const gia_json_t *value, const char *expected)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__buf_t out;

    gia__buf_init(&out, &mem, SIZE_MAX);
    dump(&out, value);
    gia__buf_add(&out, "", 1);
    assert_string_equal(out.data, expected);
    gia__buf_free(&out);
}

static const struct {
    const char *text;
    size_t len;
    const char *expected;
} valid[] = {
    {BYTES("null"), "null"},
    {BYTES("true"), "true"},
    {BYTES("false"), "false"},
    {BYTES("0"), "0"},
    {BYTES("-0"), "-0"},
    {BYTES("-0.0e-0"), "-0.0e-0"},
    {BYTES("123"), "123"},
    {BYTES("1E+2"), "1E+2"},
    {BYTES("1e00"), "1e00"},
    {BYTES("0.10"), "0.10"},
    {BYTES("1e99999"), "1e99999"},
    {BYTES("123456789012345678901234567890.5"), "123456789012345678901234567890.5"},
    {BYTES(" \t\r\n1 \t\r\n"), "1"},
    {BYTES("\"\""), "''"},
    {BYTES("\"a\""), "'a'"},
    {BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "'\"\\/<08><0c><0a><0d><09>'"},
    {BYTES("\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\""), "'A<c3><a9><e2><82><ac><f0><9f><98><80>'"},
    {BYTES("\"\\u0000\""), "'<00>'"},
    {BYTES("\"a\\u0000b\""), "'a<00>b'"},
    {BYTES("\"\\\\u0041\""), "'\\u0041'"},
    {BYTES("\"\\uffff\\ufdd0\""), "'<ef><bf><bf><ef><b7><90>'"},
    {BYTES("\"\\uDBFF\\uDFFF\""), "'<f4><8f><bf><bf>'"},
    {BYTES("\"\x7f\""), "'<7f>'"},
    {BYTES("\"\xc3\xa9\xf4\x8f\xbf\xbf\""), "'<c3><a9><f4><8f><bf><bf>'"},
    {BYTES("\"// /* */\""), "'// /* */'"},
    {BYTES("[]"), "[]"},
    {BYTES("[ ]"), "[]"},
    {BYTES("{}"), "{}"},
    {BYTES("{ }"), "{}"},
    {BYTES("[1]"), "[1]"},
    {BYTES("[1,2 , 3]"), "[1,2,3]"},
    {BYTES("[null,true,false,\"x\",-1.5,[],{}]"), "[null,true,false,'x',-1.5,[],{}]"},
    {BYTES("[[[[]]],[]]"), "[[[[]]],[]]"},
    {BYTES("{\"a\":1}"), "{'a':1}"},
    {BYTES("{\"a\" : 1 , \"b\" : { \"c\" : [ ] } }"), "{'a':1,'b':{'c':[]}}"},
    {BYTES("{\"\":0}"), "{'':0}"},
    {BYTES("{\"\\u0000\":0}"), "{'<00>':0}"},
    {BYTES("{\"a\":1,\"a\":2}"), "{'a':1,'a':2}"},
    {BYTES("{\"a\":[{\"b\":null}],\"c\":\"d\"}\n"), "{'a':[{'b':null}],'c':'d'}"},
};

static void valid_documents(void **state)
{
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        document_t document;

        open_document(&document, valid[i].text, valid[i].len);
        if (document.code != GIA_OK)
            fail_msg("%s: %s", valid[i].text, document.error.message);
        assert_dump(document.json, valid[i].expected);
        close_document(&document);
    }
}

static const struct {
    const char *text;
    size_t len;
    size_t offset;
    const char *message;
} invalid[] = {
    {BYTES(""), 0, "the text is empty"},
    {BYTES(" \n"), 2, "the text is empty"},
    {BYTES("nul"), 3, "the text ends inside of a word"},
    {BYTES("[tru"), 4, "the text ends inside of a word"},
    {BYTES("\""), 1, "the text ends inside of a string"},
    {BYTES("\"a"), 2, "the text ends inside of a string"},
    {BYTES("\"a\\"), 3, "the text ends inside of a string"},
    {BYTES("\"\\u00"), 5, "the text ends inside of a string"},
    {BYTES("\"\\ud83d"), 7, "the text ends inside of a string"},
    {BYTES("\"\\ud83d\\ude"), 11, "the text ends inside of a string"},
    {BYTES("\"\xc3"), 2, "the text ends inside of a character"},
    {BYTES("\"\xf0\x9f\x98"), 4, "the text ends inside of a character"},
    {BYTES("-"), 1, "the text ends inside of a number"},
    {BYTES("1."), 2, "the text ends inside of a number"},
    {BYTES("1e"), 2, "the text ends inside of a number"},
    {BYTES("1e+"), 3, "the text ends inside of a number"},
    {BYTES("["), 1, "the text ends inside of an array"},
    {BYTES("[1"), 2, NULL},
    {BYTES("[1,"), 3, "the text ends inside of an array"},
    {BYTES("[[]"), 3, "the text ends inside of an array"},
    {BYTES("{"), 1, "the text ends inside of an object"},
    {BYTES("{\"a\""), 4, "the text ends inside of an object"},
    {BYTES("{\"a\":"), 5, "the text ends inside of an object"},
    {BYTES("{\"a\":1,"), 7, "the text ends inside of an object"},
    {BYTES("{\"a\":1 , "), 9, "the text ends inside of an object"},

    {BYTES("]"), 0, "unexpected character ']' at byte 0"},
    {BYTES("}"), 0, "unexpected character '}' at byte 0"},
    {BYTES(","), 0, "unexpected character ',' at byte 0"},
    {BYTES("[1,]"), 3, "unexpected character ']' at byte 3"},
    {BYTES("[,1]"), 1, "unexpected character ',' at byte 1"},
    {BYTES("[1,,2]"), 3, "unexpected character ',' at byte 3"},
    {BYTES("[1 2]"), 3, "unexpected character '2' at byte 3"},
    {BYTES("[1:2]"), 2, "unexpected character ':' at byte 2"},
    {BYTES("[1}"), 2, "unexpected character '}' at byte 2"},
    {BYTES("{\"a\":1]"), 6, "unexpected character ']' at byte 6"},
    {BYTES("{\"a\":1,}"), 7, "unexpected character '}' at byte 7"},
    {BYTES("{,}"), 1, "unexpected character ',' at byte 1"},
    {BYTES("{\"a\"}"), 4, "unexpected character '}' at byte 4"},
    {BYTES("{\"a\",1}"), 4, "unexpected character ',' at byte 4"},
    {BYTES("{\"a\"::1}"), 5, "unexpected character ':' at byte 5"},
    {BYTES("{\"a\":}"), 5, "unexpected character '}' at byte 5"},
    {BYTES("{\"a\" 1}"), 5, "unexpected character '1' at byte 5"},
    {BYTES("{1:2}"), 1, "unexpected character '1' at byte 1"},
    {BYTES("{null:2}"), 1, "unexpected character 'n' at byte 1"},
    {BYTES("{a:2}"), 1, "unexpected character 'a' at byte 1"},
    {BYTES("{'a':2}"), 1, "unexpected character ''' at byte 1"},
    {BYTES("{[]:2}"), 1, "unexpected character '[' at byte 1"},
    {BYTES("True"), 0, "unexpected character 'T' at byte 0"},
    {BYTES("NaN"), 0, "unexpected character 'N' at byte 0"},
    {BYTES("Infinity"), 0, "unexpected character 'I' at byte 0"},
    {BYTES("-Infinity"), 1, "unexpected character 'I' at byte 1"},
    {BYTES("undefined"), 0, "unexpected character 'u' at byte 0"},
    {BYTES("trua"), 3, "unexpected character 'a' at byte 3"},
    {BYTES("nulL"), 3, "unexpected character 'L' at byte 3"},
    {BYTES("+1"), 0, "unexpected character '+' at byte 0"},
    {BYTES(".5"), 0, "unexpected character '.' at byte 0"},
    {BYTES("1.e1"), 2, "unexpected character 'e' at byte 2"},
    {BYTES("[1.]"), 3, "unexpected character ']' at byte 3"},
    {BYTES("[1e]"), 3, "unexpected character ']' at byte 3"},
    {BYTES("[-]"), 2, "unexpected character ']' at byte 2"},
    {BYTES("[1e1.5]"), 4, "unexpected character '.' at byte 4"},
    {BYTES("01"), 1, "unexpected character '1' after the value at byte 1"},
    {BYTES("[01]"), 2, "unexpected character '1' at byte 2"},
    {BYTES("[-01]"), 3, "unexpected character '1' at byte 3"},
    {BYTES("[0x1]"), 2, "unexpected character 'x' at byte 2"},
    {BYTES("1_000"), 1, "unexpected character '_' after the value at byte 1"},
    {BYTES("\"\\a\""), 2, "unexpected character 'a' in a string at byte 2"},
    {BYTES("\"\\x41\""), 2, "unexpected character 'x' in a string at byte 2"},
    {BYTES("\"\\'\""), 2, "unexpected character ''' in a string at byte 2"},
    {BYTES("\"\\u00g0\""), 5, "unexpected character 'g' in a string at byte 5"},
    {BYTES("\"\\U0041\""), 2, "unexpected character 'U' in a string at byte 2"},
    {BYTES("\"a\nb\""), 2, "unexpected byte 0x0a in a string at byte 2"},
    {BYTES("\"a\tb\""), 2, "unexpected byte 0x09 in a string at byte 2"},
    {BYTES("\"a\0b\""), 2, "unexpected byte 0x00 in a string at byte 2"},
    {BYTES("\"\x1f\""), 1, "unexpected byte 0x1f in a string at byte 1"},
    {BYTES("'a'"), 0, "unexpected character ''' at byte 0"},
    {BYTES("[\0]"), 1, "unexpected byte 0x00 at byte 1"},
    {BYTES("\f1"), 0, "unexpected byte 0x0c at byte 0"},
    {BYTES("[1\v]"), 2, "unexpected byte 0x0b at byte 2"},
    {BYTES("\xef\xbb\xbf{}"), 0, "unexpected byte 0xef at byte 0"},
    {BYTES("\xc2\xa0"
           "1"),
     0, "unexpected byte 0xc2 at byte 0"},
    {BYTES("// c\n1"), 0, "unexpected character '/' at byte 0"},
    {BYTES("[1/* c */]"), 2, "unexpected character '/' at byte 2"},
    {BYTES("# c\n1"), 0, "unexpected character '#' at byte 0"},
    {BYTES("[\\u0041]"), 1, "unexpected character '\\' at byte 1"},

    {BYTES("1 2"), 2, "unexpected character '2' after the value at byte 2"},
    {BYTES("[] []"), 3, "unexpected character '[' after the value at byte 3"},
    {BYTES("{}}"), 2, "unexpected character '}' after the value at byte 2"},
    {BYTES("[]]"), 2, "unexpected character ']' after the value at byte 2"},
    {BYTES("[],"), 2, "unexpected character ',' after the value at byte 2"},
    {BYTES("{} \"a"), 3, "unexpected character '\"' after the value at byte 3"},
    {BYTES("null t"), 5, "unexpected character 't' after the value at byte 5"},
    {BYTES("[]\0"), 2, "unexpected byte 0x00 after the value at byte 2"},
    {BYTES("\"a\" 1."), 4, "unexpected character '1' after the value at byte 4"},

    {BYTES("\"\x80\""), 1, "invalid UTF-8 at byte 1"},
    {BYTES("\"\xff\""), 1, "invalid UTF-8 at byte 1"},
    {BYTES("\"\xc3(\""), 1, "invalid UTF-8 at byte 1"},
    {BYTES("\"\xc0\xaf\""), 1, "invalid UTF-8 at byte 1"},
    {BYTES("\"\xe0\x80\xaf\""), 1, "invalid UTF-8 at byte 1"},
    {BYTES("\"\xed\xa0\x80\""), 1, "invalid UTF-8 at byte 1"},
    {BYTES("\"\xf4\x90\x80\x80\""), 1, "invalid UTF-8 at byte 1"},
    {BYTES("{\"\xff\":1}"), 2, "invalid UTF-8 at byte 2"},
    {BYTES("{\"a\":1} \xff"), 8, "invalid UTF-8 at byte 8"},
};

static void invalid_documents(void **state)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        document_t document;

        open_document(&document, invalid[i].text, invalid[i].len);
        if (document.code != GIA_EJSON || document.error.offset != invalid[i].offset ||
            (invalid[i].message && strcmp(document.error.message, invalid[i].message) != 0)) {
            print_error("%s: %s, offset %zu: %s\n", invalid[i].text, gia_error_name(document.code),
                        document.error.offset, document.error.message);
            failed = 1;
        }
        close_document(&document);
    }
    assert_false(failed);
}

/* A text that is cut off is told from one that is wrong by the offset. */
static void each_prefix_is_cut_off(void **state)
{
    static const char text[] = "{\"name\\u00e9\" : [ 1.5e+3, -2, true, false, null, \"a\\\"\xc3\xa9"
                               "\xf0\x9f\x98\x80\\ud83d\\ude00\\n\", { }, [ ], {\"b\" : 0 } ] }";

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        document_t document;

        open_document(&document, text, len);
        if (document.code != GIA_EJSON || document.error.offset != len)
            fail_msg("%zu bytes: %s, offset %zu: %s", len, gia_error_name(document.code),
                     document.error.offset, document.error.message);
        assert_non_null(strstr(document.error.message, len ? "ends inside of" : "empty"));
        close_document(&document);
    }
}

/* Raw */

static void raw_is_byte_for_byte(void **state)
{
    static const char text[] = " { \"a\" : [ 1.50 , \"\\u0041\\/\" ,\n[ ] ], \"b\\n\":{ \"c\" :"
                               " true } , \"d\":null} ";
    static const struct {
        const char *pointer, *raw;
    } rows[] = {
        {"/a", "[ 1.50 , \"\\u0041\\/\" ,\n[ ] ]"},
        {"/a/0", "1.50"},
        {"/a/1", "\"\\u0041\\/\""},
        {"/a/2", "[ ]"},
        {"/b\n", "{ \"c\" : true }"},
        {"/b\n/c", "true"},
        {"/d", "null"},
    };
    document_t document;
    size_t len;

    open_document(&document, text, sizeof(text) - 1);
    assert_int_equal(document.code, GIA_OK);
    assert_ptr_equal(gia_json_raw(document.json, &len), document.text + 1);
    assert_int_equal(len, sizeof(text) - 3);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *raw = gia_json_raw(gia_json_pointer(document.json, rows[i].pointer), &len);
        assert_int_equal(len, strlen(rows[i].raw));
        assert_memory_equal(raw, rows[i].raw, len);
    }
    close_document(&document);
}

static void surrogates(void **state)
{
    static const struct {
        const char *text, *expected;
        unsigned first, last;
    } rows[] = {
        {"\"\\ud83d\\ude00\"", "'<f0><9f><98><80>'", 0, 0},
        {"\"\\uD83D\\uDE00\"", "'<f0><9f><98><80>'", 0, 0},
        {"\"\\ud83d\"", "'<ef><bf><bd>'", 0, 0xd83d},
        {"\"\\ude00\"", "'<ef><bf><bd>'", 0xde00, 0},
        {"\"a\\ud83d\"", "'a<ef><bf><bd>'", 0, 0xd83d},
        {"\"\\ude00a\"", "'<ef><bf><bd>a'", 0xde00, 0},
        {"\"a\\ude00\"", "'a<ef><bf><bd>'", 0, 0},
        {"\"\\ud83da\"", "'<ef><bf><bd>a'", 0, 0},
        {"\"\\ude00\\ud83d\"", "'<ef><bf><bd><ef><bf><bd>'", 0xde00, 0xd83d},
        {"\"\\ude00 \\ud83d\"", "'<ef><bf><bd> <ef><bf><bd>'", 0xde00, 0xd83d},
        {"\"\\ud83d\\ud83d\"", "'<ef><bf><bd><ef><bf><bd>'", 0, 0xd83d},
        {"\"\\ude00\\ude00\"", "'<ef><bf><bd><ef><bf><bd>'", 0xde00, 0},
        {"\"\\ud83d\\ud83d\\ude00\"", "'<ef><bf><bd><f0><9f><98><80>'", 0, 0},
        {"\"\\ud83d\\ude00\\ude00\"", "'<f0><9f><98><80><ef><bf><bd>'", 0, 0},
        {"\"\\ud83d\\u0041\"", "'<ef><bf><bd>A'", 0, 0},
        {"\"\\ud83d\\n\"", "'<ef><bf><bd><0a>'", 0, 0},
        {"\"\\ud83d\\\\ude00\"", "'<ef><bf><bd>\\ude00'", 0, 0},
        {"\"\\\\ud83d\"", "'\\ud83d'", 0, 0},
        {"\"\\\\\\ud83d\"", "'\\<ef><bf><bd>'", 0, 0xd83d},
        {"\"\\\\\\\\ude00\"", "'\\\\ude00'", 0, 0},
        {"\"\\\"\\ude00\"", "'\"<ef><bf><bd>'", 0, 0},
        {"\"\\ud83d\\\"\"", "'<ef><bf><bd>\"'", 0, 0},
        {"\"\\udbff\"", "'<ef><bf><bd>'", 0, 0xdbff},
        {"\"\\udc00\"", "'<ef><bf><bd>'", 0xdc00, 0},
        {"\"\\udfff\"", "'<ef><bf><bd>'", 0xdfff, 0},
        {"\"\\ud800\"", "'<ef><bf><bd>'", 0, 0xd800},
        {"\"\\ud7ff\\ue000\"", "'<ed><9f><bf><ee><80><80>'", 0, 0},
        {"\"\\ufffd\"", "'<ef><bf><bd>'", 0, 0},
        {"[\"\\ud83d\"]", "['<ef><bf><bd>']", 0, 0},
        {"1", "1", 0, 0},
    };
    static const char nested[] = "{\"\\ude00\\ud83d\":\"x\",\"a\":[\"\\ud83d\",\"\\ude00\",\"y\"],"
                                 "\"b\":\"\\ude01\\ud83e\"}";
    document_t document;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        open_document(&document, rows[i].text, strlen(rows[i].text));
        if (document.code != GIA_OK)
            fail_msg("%s: %s", rows[i].text, document.error.message);
        assert_dump(document.json, rows[i].expected);
        if (gia__json_first_half(document.json) != rows[i].first ||
            gia__json_last_half(document.json) != rows[i].last)
            fail_msg("%s: %04x, %04x", rows[i].text, gia__json_first_half(document.json),
                     gia__json_last_half(document.json));
        close_document(&document);
    }
    open_document(&document, nested, sizeof(nested) - 1);
    assert_int_equal(gia__json_last_half(gia_json_pointer(document.json, "/a/0")), 0xd83d);
    assert_int_equal(gia__json_first_half(gia_json_pointer(document.json, "/a/0")), 0);
    assert_int_equal(gia__json_first_half(gia_json_pointer(document.json, "/a/1")), 0xde00);
    assert_int_equal(gia__json_last_half(gia_json_pointer(document.json, "/a/1")), 0);
    assert_int_equal(gia__json_first_half(gia_json_pointer(document.json, "/b")), 0xde01);
    assert_int_equal(gia__json_last_half(gia_json_pointer(document.json, "/b")), 0xd83e);
    assert_int_equal(gia__json_first_half(gia_json_at(document.json, 0)), 0);
    assert_int_equal(gia__json_last_half(gia_json_at(document.json, 0)), 0);
    assert_int_equal(gia__json_first_half(gia_json_pointer(document.json, "/a/2")), 0);
    close_document(&document);
}

/* Ceilings and memory */

static void depth(void **state)
{
    enum { MANY = 1000000 };
    char *many = malloc(MANY);
    document_t document;

    open_with(&document, "[{\"a\":[]}]", 10, 3, SIZE_MAX);
    assert_int_equal(document.code, GIA_OK);
    close_document(&document);
    open_with(&document, "[{\"a\":[]}]", 10, 2, SIZE_MAX);
    assert_int_equal(document.code, GIA_EJSON_TOO_DEEP);
    assert_int_equal(document.error.offset, 6);
    assert_string_equal(document.error.message, "nested deeper than 2 at byte 6");
    close_document(&document);
    open_with(&document, "1", 1, 0, SIZE_MAX);
    assert_int_equal(document.code, GIA_OK);
    close_document(&document);
    open_with(&document, "[]", 2, 0, SIZE_MAX);
    assert_int_equal(document.code, GIA_EJSON_TOO_DEEP);
    close_document(&document);
    /* Closed ones do not count. */
    open_with(&document, "[[],[],{},[[]]]", 15, 3, SIZE_MAX);
    assert_int_equal(document.code, GIA_OK);
    close_document(&document);

    memset(many, '[', MANY);
    open_with(&document, many, MANY, 128, SIZE_MAX);
    assert_int_equal(document.code, GIA_EJSON_TOO_DEEP);
    assert_int_equal(document.error.offset, 128);
    close_document(&document);
    open_with(&document, many, MANY, SIZE_MAX, 1024 * 1024);
    assert_int_equal(document.code, GIA_EJSON_TOO_BIG);
    close_document(&document);
    open_with(&document, many, MANY, SIZE_MAX, SIZE_MAX);
    assert_int_equal(document.code, GIA_EJSON);
    assert_int_equal(document.error.offset, MANY);
    close_document(&document);
    free(many);
}

static const char any[] = "{\"a\":[1,\"b\\n\\ud83d\",{\"c\":null}],\"\\u0041\":true,\"long\":"
                          "\"0123456789012345678901234567890123456789\\t0123456789\"}";
static const char any_dump[] = "{'a':[1,'b<0a><ef><bf><bd>',{'c':null}],'A':true,'long':"
                               "'0123456789012345678901234567890123456789<09>0123456789'}";

static void the_arena_bounds_it(void **state)
{
    int ok = 0;

    for (size_t max = 0; max < 16000; max += 8) {
        document_t document;

        open_with(&document, any, sizeof(any) - 1, 128, max);
        if (document.code == GIA_OK) {
            assert_dump(document.json, any_dump);
            ok = 1;
        } else {
            assert_int_equal(document.code, GIA_EJSON_TOO_BIG);
            assert_non_null(strstr(document.error.message, "when decoded"));
            assert_false(ok);
        }
        close_document(&document);
    }
    assert_true(ok);
}

/* yajl's buffer for a long string is no part of what the values cost. */
static void a_long_string_with_escapes(void **state)
{
    enum { LEN = 1024 * 1024 };
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    const gia__json_limits_t limits = {.max_depth = 1};
    const gia_json_t *json;
    gia__arena_t arena;
    char *text = malloc(LEN);
    size_t len;

    memset(text, 'x', LEN);
    text[0] = text[LEN - 1] = '"';
    memcpy(text + LEN / 2, "\\n", 2);
    gia__arena_init(&arena, &mem, SIZE_MAX);
    assert_int_equal(gia__json_parse(&json, &arena, text, LEN, &limits, NULL), GIA_OK);
    assert_non_null(gia_json_string(json, &len));
    assert_int_equal(len, LEN - 3);
    assert_in_range(arena.used, LEN, LEN + 64 * 1024);
    gia__arena_free(&arena);
    assert_int_equal(memory.n_open, 0);
    free(text);
}

static void each_allocation_may_fail(void **state)
{
    enum { LEN = 100000 };
    char *text = malloc(LEN), *copy = malloc(LEN);

    memset(text, 'x', LEN);
    memcpy(text, "[[[[[[[[{\"a\":\"\\n", 16);
    memcpy(text + LEN - 11, "\"}]]]]]]]] ", 11);
    for (size_t n = 1;; n++) {
        failing_memory_t memory = {.fail_at = n};
        gia__mem_t mem = failing_allocator(&memory);
        const gia__json_limits_t limits = {.max_depth = 128};
        const gia_json_t *json;
        gia__json_error_t error;
        gia__arena_t arena;
        int rc;

        memcpy(copy, text, LEN);
        gia__arena_init(&arena, &mem, SIZE_MAX);
        rc = gia__json_parse(&json, &arena, copy, LEN, &limits, &error);
        gia__arena_free(&arena);
        assert_int_equal(memory.n_open, 0);
        if (rc == GIA_OK)
            break;
        assert_int_equal(rc, GIA_ENOMEM);
        assert_string_equal(error.message, "out of memory");
        assert_null(json);
        assert_true(n < 100);
    }
    free(text);
    free(copy);
}

static void a_warm_arena_allocates_nothing(void **state)
{
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    const gia__json_limits_t limits = {.max_depth = 128};
    const gia_json_t *json;
    gia__arena_t arena;
    char text[sizeof(any)];
    size_t warm = 0;

    gia__arena_init(&arena, &mem, SIZE_MAX);
    for (int i = 0; i < 10; i++) {
        memcpy(text, any, sizeof(any));
        gia__arena_reset(&arena);
        assert_int_equal(gia__json_parse(&json, &arena, text, sizeof(any) - 1, &limits, NULL), 0);
        if (i == 1)
            warm = memory.n_allocations;
    }
    assert_int_equal(memory.n_allocations, warm);
    gia__arena_free(&arena);
}

/* Reading */

static void integers(void **state)
{
    static const struct {
        const char *text;
        int64_t expected; /* 77 if it is none */
    } rows[] = {
        {"0", 0},
        {"-0", 0},
        {"0.0", 0},
        {"0e5", 0},
        {"0e99999999999999999999", 0},
        {"1", 1},
        {"-1", -1},
        {"1.0", 1},
        {"1.5", 77},
        {"1e3", 1000},
        {"1.5e1", 15},
        {"1500e-2", 15},
        {"1501e-2", 77},
        {"1e-1", 77},
        {"1e18", 1000000000000000000},
        {"1e19", 77},
        {"1e99999999999999999999", 77},
        {"1e-99999999999999999999", 77},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", 77},
        {"-9223372036854775808", INT64_MIN},
        {"-9223372036854775809", 77},
        {"9223372036854775807.0", INT64_MAX},
        {"18446744073709551616", 77},
        {"18446744073709551617", 77},
        {"99999999999999999999999999999999", 77},
        {"922337203685477580700000e-5", INT64_MAX},
        {"\"42\"", 42},
        {"\"-42\"", -42},
        {"\"007\"", 7},
        {"\"9223372036854775808\"", 77},
        {"\"\"", 77},
        {"\"-\"", 77},
        {"\"+1\"", 77},
        {"\" 1\"", 77},
        {"\"1 \"", 77},
        {"\"1.0\"", 77},
        {"\"1e3\"", 77},
        {"\"1\\u0000\"", 77},
        {"true", 77},
        {"null", 77},
        {"[1]", 77},
        {"{}", 77},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        document_t document;
        int64_t number;

        open_document(&document, rows[i].text, strlen(rows[i].text));
        number = gia_json_int64(document.json, 77);
        if (number != rows[i].expected)
            fail_msg("%s: %lld", rows[i].text, (long long)number);
        close_document(&document);
    }
    assert_int_equal(gia_json_int64(NULL, 77), 77);
}

static void check_doubles(void)
{
    static const struct {
        const char *text;
        double expected;
    } rows[] = {
        {"0", 0},
        {"1", 1},
        {"0.1", 0.1},
        {"-1.5", -1.5},
        {"1e3", 1000},
        {"100000000000000000000", 1e20},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"1e309", HUGE_VAL},
        {"-1e99999999999999999999", -HUGE_VAL},
        {"5e-324", 5e-324},
        {"1e-400", 0},
        {"1e-99999999999999999999", 0},
        {"0e99999999999999999999", 0},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740993.00000000000000000001", 9007199254740994.0},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"3.141592653589793238462643383279", 3.141592653589793},
        {"\"1\"", 77},
        {"true", 77},
    };
    document_t document;
    char text[3000];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double number;

        open_document(&document, rows[i].text, strlen(rows[i].text));
        number = gia_json_double(document.json, 77);
        if (memcmp(&number, &rows[i].expected, sizeof(number)) != 0)
            fail_msg("%s: %.17g", rows[i].text, number);
        close_document(&document);
    }
    open_document(&document, "-0", 2);
    assert_true(signbit(gia_json_double(document.json, 77)));
    close_document(&document);

    /* What only breaks a tie may stand far behind. */
    memset(text, '0', sizeof(text));
    memcpy(text, "9007199254740993.", 17);
    text[2000] = '1';
    open_document(&document, text, 2001);
    assert_true(gia_json_double(document.json, 77) == 9007199254740994.0);
    close_document(&document);
    memset(text, '0', sizeof(text));
    text[0] = '1';
    memcpy(text + 2000, "e-2000", 6);
    open_document(&document, text, 2006);
    assert_true(gia_json_double(document.json, 77) == 0.1);
    assert_int_equal(gia_json_int64(document.json, 77), 77);
    memcpy(document.text + 2000, "e-1998", 6);
    assert_int_equal(gia_json_int64(document.json, 77), 10);
    close_document(&document);
    assert_true(gia_json_double(NULL, 77) == 77);
}

static void doubles(void **state)
{
    check_doubles();
    if (setlocale(LC_ALL, "de_DE.UTF-8"))
        check_doubles();
    setlocale(LC_ALL, "C");
}

static void pointers(void **state)
{
    static const char text[] =
        "{\"a\":{\"b\":[10,{\"c\":20}],\"\":30},\"m~n\":1,\"x/y\":2,\"~1\":3,"
        "\"0\":4,\"a b\":5,\"z\\u0000\":6,\"d\":7,\"d\":8,\"\":{\"\":9}}";
    static const struct {
        const char *pointer;
        int64_t expected; /* -1: nothing, -2: not a number */
    } rows[] = {
        {"", -2},
        {"/a", -2},
        {"/a/b/0", 10},
        {"/a/b/1/c", 20},
        {"/a/", 30},
        {"/m~0n", 1},
        {"/x~1y", 2},
        {"/~01", 3},
        {"/0", 4},
        {"/a b", 5},
        {"/d", 8},
        {"//", 9},
        {"/", -2},
        {"a", -1},
        {"/A", -1},
        {"/a/b/2", -1},
        {"/a/b/-", -1},
        {"/a/b/00", -1},
        {"/a/b/01", -1},
        {"/a/b/+0", -1},
        {"/a/b/ 0", -1},
        {"/a/b/", -1},
        {"/a/b/0/", -1},
        {"/a/b/0/x", -1},
        {"/a/b/1e0", -1},
        {"/a/b/99999999999999999999999999999999", -1},
        {"/a/b/18446744073709551616", -1},
        {"/m~n", -1},
        {"/m~", -1},
        {"/m~2n", -1},
        {"/x/y", -1},
        {"/z", -1},
        {"/a/b/1/c/", -1},
        {"/a//", -1},
        {"#/a", -1},
        {" /a", -1},
    };
    document_t document;
    size_t len = 77;

    open_document(&document, text, sizeof(text) - 1);
    assert_int_equal(document.code, GIA_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const gia_json_t *found = gia_json_pointer(document.json, rows[i].pointer);
        if (!found != (rows[i].expected == -1) ||
            (found && gia_json_int64(found, -2) != rows[i].expected))
            fail_msg("%s", rows[i].pointer);
    }
    assert_null(gia_json_pointer(document.json, NULL));
    assert_int_equal(gia_json_int64(gia_json_get(document.json, "d"), 0), 8);
    assert_null(gia_json_get(document.json, "z"));
    assert_null(gia_json_get(document.json, "m~0n"));
    assert_null(gia_json_get(document.json, NULL));
    assert_null(gia_json_get(gia_json_pointer(document.json, "/a/b"), "0"));
    assert_null(gia_json_at(document.json, gia_json_count(document.json)));
    assert_null(gia_json_at(document.json, SIZE_MAX));
    assert_string_equal(gia_json_name_at(document.json, 6, &len), "z");
    assert_int_equal(len, 2);
    assert_null(gia_json_name_at(document.json, SIZE_MAX, &len));
    assert_int_equal(len, 0);
    assert_null(gia_json_name_at(gia_json_pointer(document.json, "/a/b"), 0, NULL));
    close_document(&document);
}

static void absent_values(void **state)
{
    size_t len = 77;

    assert_int_equal(gia_json_type(NULL), GIA_JSON_ABSENT);
    assert_int_equal(gia_json_count(NULL), 0);
    assert_null(gia_json_at(NULL, 0));
    assert_null(gia_json_name_at(NULL, 0, NULL));
    assert_null(gia_json_get(NULL, "a"));
    assert_null(gia_json_pointer(NULL, ""));
    assert_null(gia_json_pointer(NULL, "/a"));
    assert_null(gia_json_string(NULL, &len));
    assert_int_equal(len, 0);
    len = 77;
    assert_null(gia_json_raw(NULL, &len));
    assert_int_equal(len, 0);
    assert_int_equal(gia_json_boolean(NULL, 77), 77);
    assert_int_equal(gia__json_first_half(NULL), 0);
    assert_int_equal(gia__json_last_half(NULL), 0);
    assert_false(gia__json_string_is(NULL, ""));
    assert_null(gia__json_get_string(NULL, "a", NULL));
}

/* Fixtures, as jansson reads them */

static void assert_same(const char *path, const gia_json_t *value, const json_t *other)
{
    const char *text;
    size_t len, i;

    switch (gia_json_type(value)) {
    case GIA_JSON_NULL: assert_true(json_is_null(other)); return;
    case GIA_JSON_BOOLEAN:
        assert_true(json_is_boolean(other));
        assert_int_equal(gia_json_boolean(value, 7), json_is_true(other));
        return;
    case GIA_JSON_NUMBER:
        assert_true(json_is_number(other));
        if (json_is_integer(other))
            assert_int_equal(gia_json_int64(value, -77), json_integer_value(other));
        assert_true(gia_json_double(value, -77) == json_number_value(other));
        return;
    case GIA_JSON_STRING:
        text = gia_json_string(value, &len);
        assert_int_equal(len, json_string_length(other));
        assert_memory_equal(text, json_string_value(other), len);
        return;
    case GIA_JSON_ARRAY:
        assert_int_equal(gia_json_count(value), json_array_size(other));
        for (i = 0; i < gia_json_count(value); i++)
            assert_same(path, gia_json_at(value, i), json_array_get(other, i));
        return;
    case GIA_JSON_OBJECT:
        assert_int_equal(gia_json_count(value), json_object_size(other));
        for (i = 0; i < gia_json_count(value); i++)
            assert_same(path, gia_json_at(value, i),
                        json_object_get(other, gia_json_name_at(value, i, NULL)));
        return;
    default: fail_msg("%s", path);
    }
}

static void compare_file(const char *path)
{
    static char text[1024 * 1024];
    FILE *file = fopen(path, "rb");
    document_t document;
    json_t *other;
    size_t len;

    assert_non_null(file);
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    assert_true(len < sizeof(text));
    other = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    assert_non_null(other);
    open_document(&document, text, len);
    if (document.code != GIA_OK)
        fail_msg("%s: %s", path, document.error.message);
    assert_same(path, document.json, other);
    close_document(&document);
    json_decref(other);
}

static void fixtures(void **state)
{
    static const char *const folders[] = {"responses", "responses/legacy", "responses/steps",
                                          "requests/legacy", "requests/steps"};
    int count = 0;

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        char path[1024];
        struct dirent *entry;
        DIR *folder;

        snprintf(path, sizeof(path), "%s/%s", TEST_DATA, folders[i]);
        folder = opendir(path);
        assert_non_null(folder);
        while ((entry = readdir(folder))) {
            if (!strstr(entry->d_name, ".json"))
                continue;
            snprintf(path, sizeof(path), "%s/%s/%s", TEST_DATA, folders[i], entry->d_name);
            compare_file(path);
            count++;
        }
        closedir(folder);
    }
    assert_true(count > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_documents),
        cmocka_unit_test(invalid_documents),
        cmocka_unit_test(each_prefix_is_cut_off),
        cmocka_unit_test(raw_is_byte_for_byte),
        cmocka_unit_test(surrogates),
        cmocka_unit_test(depth),
        cmocka_unit_test(the_arena_bounds_it),
        cmocka_unit_test(a_long_string_with_escapes),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_warm_arena_allocates_nothing),
        cmocka_unit_test(integers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(pointers),
        cmocka_unit_test(absent_values),
        cmocka_unit_test(fixtures),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
