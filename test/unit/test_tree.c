/* The JSON tree: what a pointer does to it, and that all the rest stays byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "failing_memory.h"
#include "json/tree.h"

typedef struct step_s {
    const char *pointer;
    const char *json; /* NULL removes */
} step_t;

static int apply(gia__tree_t *tree, const step_t *step, gia__json_error_t *error)
{
    if (!step->json)
        return gia__tree_remove(tree, step->pointer, error);
    return gia__tree_set(tree, step->pointer, step->json, strlen(step->json), error);
}

/* The members of the tree in braces; the caller frees the buffer. */
static void write_tree(const gia__tree_t *tree, gia__buf_t *out)
{
    assert_int_equal(gia__buf_add_text(out, "{"), GIA__BUF_OK);
    assert_int_equal(gia__tree_write_members(tree, out, NULL), GIA__BUF_OK);
    assert_int_equal(gia__buf_add(out, "}", 2), GIA__BUF_OK);
}

static const struct {
    step_t steps[6];
    const char *expected;
} operations[] = {
    {{{NULL, NULL}}, "{}"},

    /* members */
    {{{"/a", "1"}}, "{\"a\":1}"},
    {{{"/a", "1"}, {"/b", "2"}, {"/a", "3"}}, "{\"a\":3,\"b\":2}"},
    {{{"/a/b/c", "1"}}, "{\"a\":{\"b\":{\"c\":1}}}"},
    {{{"/a", "{\"b\":1}"}, {"/a/c", "2"}}, "{\"a\":{\"b\":1,\"c\":2}}"},
    {{{"/a", "{\"b\":1}"}, {"/a/b", "2"}}, "{\"a\":{\"b\":2}}"},
    {{{"/a", "null"}, {"/a/b", "1"}}, "{\"a\":{\"b\":1}}"},
    {{{"/a", "{\"b\":null}"}, {"/a/b/c", "1"}}, "{\"a\":{\"b\":{\"c\":1}}}"},
    {{{"/a", "1"}, {"/a", "{}"}, {"/a/b", "2"}}, "{\"a\":{\"b\":2}}"},
    {{{"/", "1"}}, "{\"\":1}"},
    {{{"//", "1"}, {"//x", "2"}}, "{\"\":{\"\":1,\"x\":2}}"},
    {{{"/0", "1"}, {"/0", "2"}}, "{\"0\":2}"},
    {{{"/a", "{}"}, {"/a/0", "1"}}, "{\"a\":{\"0\":1}}"},
    {{{"/a/01", "1"}, {"/a/1x", "2"}}, "{\"a\":{\"01\":1,\"1x\":2}}"},
    {{{"/a/0", NULL}}, "{}"},
    {{{"/ a\"\\\n", "1"}}, "{\" a\\\"\\\\\\n\":1}"},
    {{{"/\xc3\xa9", "1"}}, "{\"\xc3\xa9\":1}"},

    /* escapes in pointers */
    {{{"/a~1b", "1"}, {"/m~0n", "2"}}, "{\"a/b\":1,\"m~n\":2}"},
    {{{"/~01", "1"}}, "{\"~1\":1}"},
    {{{"/a~1b", "1"}, {"/a~1b", "2"}}, "{\"a/b\":2}"},
    {{{"", "{\"a/b\":1,\"\\u0061\":2}"}, {"/a", "3"}}, "{\"a/b\":1,\"\\u0061\":3}"},

    /* arrays */
    {{{"/a", "[1,2,3]"}, {"/a/1", "9"}}, "{\"a\":[1,9,3]}"},
    {{{"/a", "[1]"}, {"/a/-", "2"}, {"/a/-", "3"}}, "{\"a\":[1,2,3]}"},
    {{{"/a", "[]"}, {"/a/-", "1"}}, "{\"a\":[1]}"},
    {{{"/a/-", "1"}, {"/a/-", "2"}}, "{\"a\":[1,2]}"},
    {{{"/a", "null"}, {"/a/-", "1"}}, "{\"a\":[1]}"},
    {{{"/a/-/type", "1"}, {"/a/0/name", "2"}}, "{\"a\":[{\"type\":1,\"name\":2}]}"},
    {{{"/a/-/-", "1"}, {"/a/0/-", "2"}}, "{\"a\":[[1,2]]}"},
    {{{"/a", "[{\"b\":[0,{}]}]"}, {"/a/0/b/1/c", "1"}}, "{\"a\":[{\"b\":[0,{\"c\":1}]}]}"},

    /* removal */
    {{{"/a", "1"}, {"/b", "2"}, {"/a", NULL}}, "{\"b\":2}"},
    {{{"/a", "{\"b\":1,\"c\":2}"}, {"/a/b", NULL}}, "{\"a\":{\"c\":2}}"},
    {{{"/a", "[1,2,3]"}, {"/a/0", NULL}}, "{\"a\":[2,3]}"},
    {{{"/a", "[1]"}, {"/a/0", NULL}, {"/a/-", "2"}}, "{\"a\":[2]}"},
    {{{"/a", "1"}, {"/b", NULL}, {"/c/d/e", NULL}}, "{\"a\":1}"},
    {{{"/a", "null"}, {"/a/b", NULL}}, "{\"a\":null}"},
    {{{"/a", "1"}, {"", NULL}}, "{}"},
    {{{"/a", "1"}, {"", NULL}, {"/b", "2"}}, "{\"b\":2}"},

    /* the whole */
    {{{"/a", "1"}, {"", "{\"b\":2}"}}, "{\"b\":2}"},
    {{{"", " {} "}, {"/a", "1"}}, "{\"a\":1}"},

    /* of equal names the last one counts */
    {{{"", "{\"a\":1,\"a\":2}"}, {"/a", "3"}}, "{\"a\":1,\"a\":3}"},
    {{{"", "{\"a\":1,\"b\":0,\"a\":2}"}, {"/a", NULL}}, "{\"b\":0}"},

    /* byte for byte */
    {{{"/a", "1.0e5"}}, "{\"a\":1.0e5}"},
    {{{"/a", " \n[ 1 , 2 ]\t"}}, "{\"a\":[ 1 , 2 ]}"},
    {{{"/a", "\"\\u00e9\\/\\n\""}}, "{\"a\":\"\\u00e9\\/\\n\"}"},
    {{{"/a", "[\"\\ud83d\\ude00 \\ud83d\"]"}}, "{\"a\":[\"\\ud83d\\ude00 \\ufffd\"]}"},
    {{{"/a", "123456789012345678901234567890.10"}}, "{\"a\":123456789012345678901234567890.10}"},
    {{{"", "{ \"x\" : -0.0 ,\n\"\\u0079\\u0000\\\"\":{ \"k\" :1E+2 } , \"z\":[ ] }"}, {"/w", "1"}},
     "{\"x\":-0.0,\"\\u0079\\u0000\\\"\":{ \"k\" :1E+2 },\"z\":[ ],\"w\":1}"},
    {{{"/a", "{ \"b\" : [ 1.50, { \"c\" : 1e0 } ], \"d\" : { } }"}, {"/a/b/1/e", "2"}},
     "{\"a\":{\"b\":[1.50,{\"c\":1e0,\"e\":2}],\"d\":{ }}}"},
};

static void pointer_operations(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        gia__tree_t tree;
        gia__buf_t out;

        gia__tree_init(&tree, &mem);
        gia__buf_init(&out, &mem, SIZE_MAX);
        for (const step_t *step = operations[i].steps; step->pointer; step++) {
            gia__json_error_t error = {0};
            if (apply(&tree, step, &error) != GIA_OK)
                fail_msg("row %zu, %s: %s", i, step->pointer, error.message);
        }
        write_tree(&tree, &out);
        assert_string_equal(out.data, operations[i].expected);
        gia__buf_free(&out);
        gia__tree_free(&tree);
    }
}

#define NO_ARRAY "there is no array for the index yet: '-' makes one and appends"

static const struct {
    const char *before; /* the whole tree */
    step_t step;
    int code;
    const char *message;
} refusals[] = {
    {"{}", {"a", "1"}, GIA_EINVAL, "a pointer starts with '/'"},
    {"{}", {"/a~", "1"}, GIA_EINVAL, "in a pointer '~' is followed by 0 or 1"},
    {"{}", {"/a~2", "1"}, GIA_EINVAL, "in a pointer '~' is followed by 0 or 1"},
    {"{}", {"/a~/0", "1"}, GIA_EINVAL, "in a pointer '~' is followed by 0 or 1"},
    {"{}", {"/\xff", "1"}, GIA_EINVAL, "the pointer is not valid UTF-8"},
    {"{}", {"/\xff", NULL}, GIA_EINVAL, "the pointer is not valid UTF-8"},
    {"{}", {"", "[]"}, GIA_EINVAL, "the whole must be an object"},
    {"{}", {"", "null"}, GIA_EINVAL, "the whole must be an object"},
    {"{}", {"/a", ""}, GIA_EJSON, "the text is empty"},
    {"{}", {"/a", "{"}, GIA_EJSON, "the text ends inside of an object"},
    {"{}", {"/a", "{\"b\":1,}"}, GIA_EJSON, "unexpected character '}' at byte 7"},
    {"{}", {"/a", "1 2"}, GIA_EJSON, "unexpected character '2' after the value at byte 2"},
    {"{}", {"/a", "\"\xff\""}, GIA_EJSON, "invalid UTF-8 at byte 1"},
    {"{}", {"/a/0", "1"}, GIA_EINVAL, NO_ARRAY},
    {"{\"a\":null}", {"/a/12", "1"}, GIA_EINVAL, NO_ARRAY},
    {"{}", {"/a/b/0/c", "1"}, GIA_EINVAL, NO_ARRAY},
    {"{\"a\":[1]}", {"/a/-/0", "1"}, GIA_EINVAL, NO_ARRAY},
    {"{\"a\":1}", {"/a/b", "1"}, GIA_EINVAL, "/a is neither an object nor an array"},
    {"{\"a\":{\"b\":\"x\"}}",
     {"/a/b/c/d", "1"},
     GIA_EINVAL,
     "/a/b is neither an object nor an array"},
    {"{\"a\":true}", {"/a/b", NULL}, GIA_EINVAL, "/a is neither an object nor an array"},
    {"{\"a\":[1,2]}",
     {"/a/2", "1"},
     GIA_EINVAL,
     "no such element: the array has length 2, and '-' appends"},
    {"{\"a\":[1,2]}",
     {"/a/2", NULL},
     GIA_EINVAL,
     "no such element: the array has length 2, and '-' appends"},
    {"{\"a\":[1,2]}",
     {"/a/99999999999999999999999999", "1"},
     GIA_EINVAL,
     "no such element: the array has length 2, and '-' appends"},
    {"{\"a\":[1,2]}", {"/a/-", NULL}, GIA_EINVAL, "'-' is no element to remove"},
    {"{\"a\":[1,2]}",
     {"/a/01", "1"},
     GIA_EINVAL,
     "an array has indices 0, 1, ... and '-', not names"},
    {"{\"a\":[1,2]}",
     {"/a/", "1"},
     GIA_EINVAL,
     "an array has indices 0, 1, ... and '-', not names"},
    {"{\"a\":[1,2]}",
     {"/a/b", "1"},
     GIA_EINVAL,
     "an array has indices 0, 1, ... and '-', not names"},
    {"{\"a\":[1,2]}",
     {"/a/+1", "1"},
     GIA_EINVAL,
     "an array has indices 0, 1, ... and '-', not names"},
};

static void refused_operations_change_nothing(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        gia__json_error_t error = {0};
        gia__tree_t tree;
        gia__buf_t out;

        gia__tree_init(&tree, &mem);
        gia__buf_init(&out, &mem, SIZE_MAX);
        assert_int_equal(
            gia__tree_set(&tree, "", refusals[i].before, strlen(refusals[i].before), &error),
            GIA_OK);
        assert_int_equal(apply(&tree, &refusals[i].step, &error), refusals[i].code);
        assert_string_equal(error.message, refusals[i].message);
        write_tree(&tree, &out);
        assert_string_equal(out.data, refusals[i].before);
        gia__buf_free(&out);
        gia__tree_free(&tree);
    }
}

/* `n` times `piece`, then `tail`; static, for one use at a time. */
static const char *repeat(const char *piece, size_t n, const char *tail)
{
    static char text[8192];
    size_t len = strlen(piece);

    assert_true(n * len + strlen(tail) < sizeof(text));
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, piece, len);
    strcpy(text + n * len, tail);
    return text;
}

static void depth_is_bounded(void **state)
{
    static const struct {
        size_t tokens;
        size_t arrays; /* in the value */
        int code;
    } rows[] = {
        {1, 127, GIA_OK},
        {1, 128, GIA_EJSON_TOO_DEEP},
        {2, 126, GIA_OK},
        {128, 0, GIA_OK},
        {2, 127, GIA_EJSON_TOO_DEEP},
        {127, 1, GIA_OK},
        {129, 0, GIA_EJSON_TOO_DEEP},
        {128, 1, GIA_EJSON_TOO_DEEP},
        {4000, 0, GIA_EJSON_TOO_DEEP},
    };
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia__json_error_t error = {0};
        gia__tree_t tree;
        char json[512], ends[256] = "";

        memset(ends, ']', rows[i].arrays);
        strcpy(json, rows[i].arrays ? repeat("[", rows[i].arrays, ends) : "1");
        gia__tree_init(&tree, &mem);
        assert_int_equal(
            gia__tree_set(&tree, repeat("/a", rows[i].tokens, ""), json, strlen(json), &error),
            rows[i].code);
        if (rows[i].code != GIA_OK)
            assert_string_equal(error.message, "nested deeper than 128 levels");
        gia__tree_free(&tree);
    }
}

static void members_are_found(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__json_error_t error;
    gia__tree_t tree;
    const char *json = "{\"n\":null,\"t\": true ,\"o\":{},\"d\":1,\"d\":null}";

    gia__tree_init(&tree, &mem);
    assert_int_equal(gia__tree_set(&tree, "", json, strlen(json), &error), GIA_OK);
    assert_false(gia__tree_has(&tree, "n"));
    assert_false(gia__tree_has(&tree, "missing"));
    assert_false(gia__tree_has(&tree, "d"));
    assert_true(gia__tree_has(&tree, "t"));
    assert_true(gia__tree_has(&tree, "o"));
    assert_true(gia__tree_is(&tree, "t", "true"));
    assert_false(gia__tree_is(&tree, "t", "tru"));
    assert_false(gia__tree_is(&tree, "missing", ""));
    assert_int_equal(gia__tree_set(&tree, "/o/p", "1", 1, &error), GIA_OK);
    assert_true(gia__tree_has(&tree, "o"));
    assert_false(gia__tree_is(&tree, "o", "{\"p\":1}"));
    gia__tree_free(&tree);
}

static void strings_are_quoted(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__json_error_t error;
    gia__tree_t tree;
    gia__buf_t out;

    gia__tree_init(&tree, &mem);
    gia__buf_init(&out, &mem, SIZE_MAX);
    assert_int_equal(gia__tree_set_string(&tree, "/a/b", "x\"\\\n\xc3\xa9", 6, &error), GIA_OK);
    assert_int_equal(gia__tree_set_string(&tree, "", "x", 1, &error), GIA_EINVAL);
    write_tree(&tree, &out);
    assert_string_equal(out.data, "{\"a\":{\"b\":\"x\\\"\\\\\\n\xc3\xa9\"}}");
    gia__buf_free(&out);
    gia__tree_free(&tree);
}

static void many_members_and_elements(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__json_error_t error;
    gia__tree_t tree;
    gia__buf_t out;

    gia__tree_init(&tree, &mem);
    gia__buf_init(&out, &mem, SIZE_MAX);
    for (int i = 0; i < 1000; i++) {
        char name[32], number[32];
        snprintf(name, sizeof(name), "/members/m%d", i);
        snprintf(number, sizeof(number), "%d", i);
        assert_int_equal(gia__tree_set(&tree, name, number, strlen(number), &error), GIA_OK);
        assert_int_equal(gia__tree_set(&tree, "/elements/-", number, strlen(number), &error),
                         GIA_OK);
    }
    for (int i = 0; i < 999; i++) {
        char name[32];
        snprintf(name, sizeof(name), "/members/m%d", i);
        assert_int_equal(gia__tree_remove(&tree, name, &error), GIA_OK);
        assert_int_equal(gia__tree_remove(&tree, "/elements/0", &error), GIA_OK);
    }
    write_tree(&tree, &out);
    assert_string_equal(out.data, "{\"members\":{\"m999\":999},\"elements\":[999]}");
    gia__buf_free(&out);
    gia__tree_free(&tree);
}

/* Every kind of operation, with memory that ends at some point; returns the first code that is not
 * GIA_OK. */
static int run_all(gia__tree_t *tree)
{
    static const step_t steps[] = {
        {"", "{\"a\":{\"b\":[1,{\"c\":\"\\u00e9\"}],\"d\":2}}"},
        {"/a/b/1/c", "[1]"},
        {"/a/b/-", "{\"x\":null}"},
        {"/new/way~1/-", "\"text\""},
        {"/a/d", NULL},
        {"/a/b/0", NULL},
    };
    gia__json_error_t error;
    int rc = GIA_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == GIA_OK; i++)
        rc = apply(tree, &steps[i], &error);
    if (rc == GIA_OK)
        rc = gia__tree_set_string(tree, "/s/t", "text", 4, &error);
    return rc;
}

static void each_allocation_may_fail(void **state)
{
    int rc = GIA_ENOMEM;

    for (size_t n = 1; rc == GIA_ENOMEM; n++) {
        failing_memory_t memory = {.fail_at = n};
        gia__mem_t mem = failing_allocator(&memory);
        gia__tree_t tree;

        gia__tree_init(&tree, &mem);
        rc = run_all(&tree);
        gia__tree_free(&tree);
        assert_int_equal(memory.n_open, 0);
        assert_true(n < 1000);
    }
    assert_int_equal(rc, GIA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointer_operations),
        cmocka_unit_test(refused_operations_change_nothing),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(members_are_found),
        cmocka_unit_test(strings_are_quoted),
        cmocka_unit_test(many_members_and_elements),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
