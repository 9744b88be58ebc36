/* JSON texts that are decoded for their own sake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>
#include <gia/json.h>

#include "failing_memory.h"

static void a_document_stands_on_its_own(void **state)
{
    char text[] = "  {\"a\":[1,\"\\u00fc\",null]}\n";
    gia_document_t *document = NULL;
    gia_json_error_t error;
    const gia_json_t *root;
    size_t len;

    assert_int_equal(gia_document_parse(&document, text, strlen(text), NULL, &error), GIA_OK);
    assert_string_equal(error.message, "");
    memset(text, '?', sizeof(text)); /* the document has a copy */
    root = gia_document_root(document);
    assert_int_equal(gia_json_type(root), GIA_JSON_OBJECT);
    assert_string_equal(gia_json_string(gia_json_pointer(root, "/a/1"), NULL), "\xc3\xbc");
    assert_true(gia_json_int64(gia_json_pointer(root, "/a/0"), 0) == 1);
    assert_memory_equal(gia_json_raw(root, &len), "{\"a\":[1,\"\\u00fc\",null]}", 22);
    gia_document_free(document);
}

static void the_text_is_not_touched(void **state)
{
    const char text[] = "[\"\\ud83d\"]"; /* a lone half, which becomes U+FFFD */
    char copy[sizeof(text)];
    gia_document_t *document;

    memcpy(copy, text, sizeof(text));
    assert_int_equal(gia_document_parse(&document, copy, strlen(copy), NULL, NULL), GIA_OK);
    assert_memory_equal(copy, text, sizeof(text));
    assert_string_equal(gia_json_string(gia_json_at(gia_document_root(document), 0), NULL),
                        "\xef\xbf\xbd");
    gia_document_free(document);
}

static void what_is_no_json_is_told_where(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } rows[] = {
        {"", 0},           {"   ", 3},      {"{\"a\":\"cut o", 11},
        {"{\"a\":1", 6},   {"{\"a\":", 5},  {"[1,2", 4},
        {"12 34", 3},      {"{} x", 3},     {"```json\n{}\n```", 0},
        {"{'a':1}", 1},    {"[1,]", 3},     {"{\"a\":tru", 8},
        {"[\"\xff\"]", 2}, {"// no\n1", 0},
    };
    gia_json_error_t error;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        gia_document_t *document = (gia_document_t *)&error;
        size_t len = strlen(rows[i].text);

        memset(&error, 'x', sizeof(error));
        assert_int_equal(gia_document_parse(&document, rows[i].text, len, NULL, &error), GIA_EJSON);
        if (error.offset != rows[i].offset)
            fail_msg("%s: at %zu, %s", rows[i].text, error.offset, error.message);
        assert_true(*error.message);
        assert_null(strchr(error.message, '\n'));
        assert_ptr_equal(document, &error); /* untouched */
        assert_int_equal(gia_document_parse(&document, rows[i].text, len, NULL, NULL), GIA_EJSON);
    }
}

static void depth_has_a_ceiling(void **state)
{
    char text[2 * 129];
    gia_document_t *document = NULL;
    gia_json_error_t error;

    memset(text, '[', 129);
    memset(text + 129, ']', 129);
    assert_int_equal(gia_document_parse(&document, text + 1, 256, NULL, NULL), GIA_OK);
    gia_document_free(document);
    document = NULL;
    assert_int_equal(gia_document_parse(&document, text, 258, NULL, &error), GIA_EJSON_TOO_DEEP);
    assert_int_equal(error.offset, 128);
    assert_null(document);
}

static void nothing_is_accepted(void **state)
{
    gia_document_t *document = NULL;
    gia_json_error_t error;

    assert_int_equal(gia_document_parse(NULL, "1", 1, NULL, NULL), GIA_EINVAL);
    assert_int_equal(gia_document_parse(&document, NULL, 0, NULL, &error), GIA_EINVAL);
    assert_true(*error.message);
    assert_int_equal(error.offset, 0);
    assert_null(document);
    assert_null(gia_document_root(NULL));
    gia_document_free(NULL);
}

static void every_allocation_may_fail(void **state)
{
    enum { LEN = 200 * 1024 };
    char *text = malloc(LEN);
    failing_memory_t memory = {0};
    gia_allocator_t allocator = failing_allocator(&memory);
    gia_json_error_t error;
    size_t n = 0;
    int rc;

    /* Long enough for more than one block, with an escape in a long string for yajl's buffer. */
    memset(text, ' ', LEN);
    memcpy(text, "[\"\\n", 4);
    memset(text + 4, 'a', LEN / 2);
    memcpy(text + 4 + LEN / 2, "\",1,{\"a\":[true]}]", 17);
    do {
        gia_document_t *document = NULL;
        memory = (failing_memory_t){.fail_at = ++n};
        rc = gia_document_parse(&document, text, LEN, &allocator, &error);
        assert_int_equal(!document, rc != GIA_OK);
        if (memory.n_allocations >= n) {
            assert_int_equal(rc, GIA_ENOMEM);
            assert_true(*error.message);
        }
        gia_document_free(document);
        assert_int_equal(memory.n_open, 0);
    } while (memory.n_allocations >= n);
    assert_int_equal(rc, GIA_OK);
    assert_true(n > 3);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_stands_on_its_own),
        cmocka_unit_test(the_text_is_not_touched),
        cmocka_unit_test(what_is_no_json_is_told_where),
        cmocka_unit_test(depth_has_a_ceiling),
        cmocka_unit_test(nothing_is_accepted),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
