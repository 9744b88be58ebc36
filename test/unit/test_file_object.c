/* Files as objects: what is read from every shape of JSON, and the names that are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "failing_memory.h"
#include "wire/file.h"

static gia_document_t *parse(const char *text)
{
    gia_document_t *document = NULL;
    gia_json_error_t error;

    if (gia_document_parse(&document, text, strlen(text), NULL, &error) != GIA_OK)
        fail_msg("%s: %s", text, error.message);
    return document;
}

static const char WHOLE[] =
    "{\"name\":\"files/abc\",\"displayName\":\"d\",\"mimeType\":\"video/mp4\",\"uri\":\"https://"
    "x\","
    "\"source\":\"UPLOADED\",\"sha256Hash\":\"aGFzaA==\",\"sizeBytes\":\"9007199254740993\","
    "\"state\":\"FAILED\",\"createTime\":\"c\",\"updateTime\":\"u\",\"expirationTime\":\"e\","
    "\"error\":{\"code\":3,\"message\":\"broken\"},\"videoMetadata\":{}}";

static void every_member_is_read(void **state)
{
    char wrapped[1000];

    snprintf(wrapped, sizeof(wrapped), "{\"file\":%s}", WHOLE);
    for (int is_wrapped = 0; is_wrapped < 2; is_wrapped++) {
        gia_document_t *document = parse(is_wrapped ? wrapped : WHOLE);
        gia_file_t file;

        assert_true(gia__file_read(&file, gia_document_root(document)));
        assert_string_equal(file.name, "files/abc");
        assert_string_equal(file.display_name, "d");
        assert_string_equal(file.mime_type, "video/mp4");
        assert_string_equal(file.uri, "https://x");
        assert_string_equal(file.source, "UPLOADED");
        assert_string_equal(file.sha256_hash, "aGFzaA==");
        assert_int_equal(file.size_bytes, 9007199254740993);
        assert_int_equal(file.state, GIA_FILE_FAILED);
        assert_string_equal(file.state_text, "FAILED");
        assert_string_equal(file.create_time, "c");
        assert_string_equal(file.update_time, "u");
        assert_string_equal(file.expiration_time, "e");
        assert_string_equal(file.error_message, "broken");
        assert_non_null(gia_json_get(file.json, "videoMetadata"));
        gia_document_free(document);
    }
}

static void what_is_missing_or_wrong_is_nothing(void **state)
{
    static const struct {
        const char *json;
        int is_file;
        gia_file_state_t state;
        const char *state_text;
        int64_t size_bytes;
    } rows[] = {
        {"{\"name\":\"a\"}", 1, GIA_FILE_STATE_NONE, "", -1},
        {"{\"uri\":\"a\"}", 1, GIA_FILE_STATE_NONE, "", -1},
        {"{\"name\":\"a\",\"state\":null,\"sizeBytes\":null,\"uri\":null}", 1, GIA_FILE_STATE_NONE,
         "", -1},
        {"{\"name\":\"a\",\"state\":7,\"sizeBytes\":{}}", 1, GIA_FILE_STATE_NONE, "", -1},
        {"{\"name\":\"a\",\"state\":\"STATE_UNSPECIFIED\",\"sizeBytes\":12}", 1,
         GIA_FILE_STATE_NONE, "STATE_UNSPECIFIED", 12},
        {"{\"name\":\"a\",\"state\":\"PROCESSING\",\"sizeBytes\":\"-5\"}", 1, GIA_FILE_PROCESSING,
         "PROCESSING", -1},
        {"{\"name\":\"a\",\"state\":\"ACTIVE\",\"sizeBytes\":\"99999999999999999999\"}", 1,
         GIA_FILE_ACTIVE, "ACTIVE", -1},
        {"{\"name\":\"a\",\"state\":\"active\",\"sizeBytes\":\"0\"}", 1, GIA_FILE_STATE_OTHER,
         "active", 0},
        {"{\"name\":\"a\",\"state\":\"EXPIRED\",\"error\":\"x\"}", 1, GIA_FILE_STATE_OTHER,
         "EXPIRED", -1},
        {"{}", 0, GIA_FILE_STATE_NONE, "", -1},
        {"[]", 0, GIA_FILE_STATE_NONE, "", -1},
        {"null", 0, GIA_FILE_STATE_NONE, "", -1},
        {"\"files/a\"", 0, GIA_FILE_STATE_NONE, "", -1},
        {"{\"file\":[]}", 0, GIA_FILE_STATE_NONE, "", -1},
        {"{\"name\":7}", 0, GIA_FILE_STATE_NONE, "", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_document_t *document = parse(rows[i].json);
        gia_file_t file;

        if (gia__file_read(&file, gia_document_root(document)) != rows[i].is_file)
            fail_msg("%s", rows[i].json);
        assert_int_equal(file.state, rows[i].state);
        assert_string_equal(file.state_text, rows[i].state_text);
        assert_int_equal(file.size_bytes, rows[i].size_bytes);
        assert_null(file.error_message);
        gia_document_free(document);
    }
}

static void pages_are_read(void **state)
{
    static const struct {
        const char *json;
        int code;
        size_t count;
        const char *token;
    } rows[] = {
        {"{}", GIA_OK, 0, NULL},
        {"{\"files\":[]}", GIA_OK, 0, NULL},
        {"{\"files\":null,\"nextPageToken\":null}", GIA_OK, 0, NULL},
        {"{\"files\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"nextPageToken\":\"\"}", GIA_OK, 2, NULL},
        {"{\"files\":[{\"name\":\"a\"}],\"nextPageToken\":\"t\"}", GIA_OK, 1, "t"},
        {"{\"files\":{}}", GIA_EPROTOCOL, 0, NULL},
        {"{\"files\":[null,{\"name\":\"a\"},{},7]}", GIA_OK, 1,
         NULL}, /* the odd do not hide the others */
        {"[]", GIA_EPROTOCOL, 0, NULL},
        {"null", GIA_EPROTOCOL, 0, NULL},
    };
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_document_t *document = parse(rows[i].json);
        const char *token = "untouched";
        gia_file_t *files = NULL;
        gia__arena_t arena;
        size_t count = 77;

        gia__arena_init(&arena, &mem, SIZE_MAX);
        if (gia__file_page_read(&files, &count, &token, gia_document_root(document), &arena) !=
            rows[i].code)
            fail_msg("%s", rows[i].json);
        if (rows[i].code == GIA_OK) {
            assert_int_equal(count, rows[i].count);
            assert_non_null(files);
            if (rows[i].token)
                assert_string_equal(token, rows[i].token);
            else
                assert_null(token);
        }
        gia__arena_free(&arena);
        gia_document_free(document);
    }
}

static void a_page_needs_memory(void **state)
{
    gia_document_t *document = parse("{\"files\":[{\"name\":\"a\"}]}");
    failing_memory_t memory = {.fail_at = 1};
    gia__mem_t mem = failing_allocator(&memory);
    const char *token;
    gia_file_t *files;
    gia__arena_t arena;
    size_t count;

    gia__arena_init(&arena, &mem, SIZE_MAX);
    assert_int_equal(
        gia__file_page_read(&files, &count, &token, gia_document_root(document), &arena),
        GIA_ENOMEM);
    gia__arena_init(&arena, &mem, sizeof(gia_file_t) - 1);
    assert_int_equal(
        gia__file_page_read(&files, &count, &token, gia_document_root(document), &arena),
        GIA_EJSON_TOO_BIG);
    gia_document_free(document);
}

static void names_with_and_without_the_prefix(void **state)
{
    static const struct {
        const char *name, *id;
    } rows[] = {
        {"abc", "abc"}, {"files/abc", "abc"}, {"files", "files"},      {"file/abc", NULL},
        {NULL, NULL},   {"", NULL},           {"files/", NULL},        {".", NULL},
        {"..", NULL},   {"files/..", NULL},   {"files/files/a", NULL}, {"/abc", NULL},
        {"a b", NULL},  {"a\tb", NULL},       {"a\x7f", NULL},         {"...", "..."},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *id = gia__file_id(rows[i].name);

        if (rows[i].id)
            assert_string_equal(id, rows[i].id);
        else
            assert_null(id);
    }
}

static void what_is_said_at_the_start(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__buf_t out;

    gia__buf_init(&out, &mem, SIZE_MAX);
    assert_int_equal(gia__file_write_start(&out, "files/a", "my \"d\"", "a/b", INT64_MAX), GIA_OK);
    assert_int_equal(gia__buf_add(&out, "", 1), GIA__BUF_OK);
    assert_string_equal(out.data,
                        "{\"file\":{\"name\":\"files/a\",\"displayName\":\"my \\\"d\\\"\","
                        "\"mimeType\":\"a/b\",\"sizeBytes\":\"9223372036854775807\"}}");
    gia__buf_clear(&out);
    assert_int_equal(gia__file_write_start(&out, NULL, NULL, "a/b", 1), GIA_OK);
    assert_int_equal(gia__buf_add(&out, "", 1), GIA__BUF_OK);
    assert_string_equal(out.data, "{\"file\":{\"mimeType\":\"a/b\",\"sizeBytes\":\"1\"}}");
    gia__buf_clear(&out);
    assert_int_equal(gia__file_write_start(&out, NULL, "\xff", "a/b", 1), GIA_EINVAL);
    gia__buf_free(&out);

    for (size_t n = 1;; n++) {
        failing_memory_t memory = {.fail_at = n};
        int rc;

        mem = failing_allocator(&memory);
        gia__buf_init(&out, &mem, SIZE_MAX);
        rc = gia__file_write_start(&out, "files/a", "d", "a/b", 1);
        gia__buf_free(&out);
        assert_int_equal(memory.n_open, 0);
        if (rc == GIA_OK)
            break;
        assert_int_equal(rc, GIA_ENOMEM);
        assert_true(n < 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(what_is_missing_or_wrong_is_nothing),
        cmocka_unit_test(pages_are_read),
        cmocka_unit_test(a_page_needs_memory),
        cmocka_unit_test(names_with_and_without_the_prefix),
        cmocka_unit_test(what_is_said_at_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
