/* A request that is written out instead of sent: the same bytes, and what can go wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "flatten.h"

typedef struct text_s {
    char *bytes;
    size_t len;
    size_t pieces, stop_at;  /* 0: never */
    const char *change_file; /* grows with the first piece */
} text_t;

static void append(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static int take(const char *bytes, size_t len, void *data)
{
    text_t *text = data;
    assert_true(len > 0);
    text->bytes = realloc(text->bytes, text->len + len + 1);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
    if (text->change_file && text->pieces == 0)
        append(text->change_file, "x", 1);
    return ++text->pieces == text->stop_at;
}

/* Of more bytes than are read or encoded at once, not divisible by 3. */
static void make_file(char *path)
{
    char bytes[10000];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7);
    close(mkstemp(path));
    append(path, bytes, sizeof(bytes));
}

static void fill(gia_request_t *request, const char *path)
{
    char bytes[5000] = "\x89PNG\r\n\x1a\n";
    gia_request_set_model(request, "m");
    gia_request_add_text(request, "one");
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, NULL, bytes, sizeof(bytes));
    gia_request_add_base64(request, GIA_CONTENT_AUDIO, "audio/wav", "QUJD");
    gia_request_add_file(request, path, "video/mp4");
    gia_request_add_text(request, "two");
}

static void the_bytes_are_those_that_are_sent(void **state)
{
    char path[] = "/tmp/gia-write-XXXXXX";
    gia_request_t *request = gia_request_new();

    make_file(path);
    fill(request, path);
    for (int revision = GIA_REVISION_STEPS; revision <= GIA_REVISION_LEGACY; revision++) {
        char *sent = encode(request, (gia_revision_t)revision);
        text_t text = {0};
        assert_int_equal(gia_request_write(request, (gia_revision_t)revision, take, &text), GIA_OK);
        assert_string_equal(text.bytes, sent);
        assert_int_equal(text.len, strlen(sent));
        free(text.bytes);
        free(sent);
    }
    unlink(path);
    gia_request_free(request);
}

static void the_taker_may_stop_it_anywhere(void **state)
{
    char path[] = "/tmp/gia-write-XXXXXX";
    gia_request_t *request = gia_request_new();
    text_t all = {0};

    make_file(path);
    fill(request, path);
    assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take, &all), GIA_OK);
    assert_true(all.pieces > 6);
    for (size_t n = 1; n <= all.pieces; n++) {
        text_t text = {.stop_at = n};
        assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take, &text),
                         GIA_ECANCELED);
        assert_int_equal(text.pieces, n);
        free(text.bytes);
    }
    free(all.bytes);
    unlink(path);
    gia_request_free(request);
}

static void a_file_that_changes_is_told(void **state)
{
    char path[] = "/tmp/gia-write-XXXXXX";
    gia_request_t *request = gia_request_new();
    text_t text = {.change_file = path};

    make_file(path);
    fill(request, path);
    assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take, &text),
                     GIA_EFILE_CHANGED);
    unlink(path);
    assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take, &text),
                     GIA_EFILE_CHANGED);
    free(text.bytes);
    gia_request_free(request);
}

static void what_cannot_be_sent_cannot_be_written(void **state)
{
    gia_request_t *request = gia_request_new();
    text_t text = {0};

    assert_int_equal(gia_request_write(NULL, GIA_REVISION_STEPS, take, &text), GIA_ENOMEM);
    assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, NULL, NULL), GIA_EINVAL);
    gia_request_set_model(request, "m");
    assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take, &text), GIA_EINVAL);
    gia_request_add_file(request, "/nowhere/at/all.png", NULL);
    assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take, &text), GIA_EFILE);
    assert_int_equal(text.pieces, 0);
    gia_request_free(request);
}

static void each_allocation_may_fail(void **state)
{
    char path[] = "/tmp/gia-write-XXXXXX";
    int rc = GIA_ENOMEM;

    make_file(path);
    for (size_t n = 1; rc == GIA_ENOMEM; n++) {
        failing_memory_t memory = {.fail_at = n};
        gia_allocator_t allocator = failing_allocator(&memory);
        gia_request_t *request = gia_request_new_with_allocator(&allocator);
        text_t text = {0};
        if (request)
            fill(request, path);
        rc = gia_request_write(request, GIA_REVISION_STEPS, take, &text);
        gia_request_free(request);
        free(text.bytes);
        assert_int_equal(memory.n_open, 0);
        assert_true(n < 1000);
    }
    assert_int_equal(rc, GIA_OK);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_that_are_sent),
        cmocka_unit_test(the_taker_may_stop_it_anywhere),
        cmocka_unit_test(a_file_that_changes_is_told),
        cmocka_unit_test(what_cannot_be_sent_cannot_be_written),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests_name("request_write", tests, NULL, NULL);
}
