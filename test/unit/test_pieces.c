/* What a request body is made of: order, lengths, shared bytes, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "flatten.h"

static gia__mem_t mem;
static const char pdf[] = TEST_DATA "/files/small.pdf"; /* 15 bytes */

static void assert_text(const gia__pieces_t *pieces, const char *expected)
{
    char *text = flatten(pieces);
    assert_string_equal(text, expected);
    free(text);
}

static void nothing_is_nothing(void **state)
{
    gia__pieces_t pieces;

    gia__pieces_init(&pieces, &mem, SIZE_MAX);
    assert_int_equal(gia__pieces_close_text(&pieces), GIA__BUF_OK);
    assert_int_equal(pieces.count, 0);
    assert_int_equal(gia__pieces_length(&pieces), 0);
    gia__pieces_free(&pieces);
}

static void pieces_keep_their_order(void **state)
{
    gia__blob_t *blob = gia__blob_new(&mem, "abcdef", 6);
    gia__file_mark_t mark = {.size = 15, .inode = 7};
    gia__pieces_t pieces;

    gia__pieces_init(&pieces, &mem, SIZE_MAX);
    gia__buf_add_text(&pieces.text, "one");
    assert_int_equal(gia__pieces_length(&pieces), 3); /* open text counts */
    assert_int_equal(gia__pieces_add_blob(&pieces, blob, 1, 4, 1), GIA__BUF_OK);
    assert_int_equal(gia__pieces_add_blob(&pieces, blob, 0, 6, 0), GIA__BUF_OK);
    gia__buf_add_text(&pieces.text, "two");
    assert_int_equal(gia__pieces_add_file(&pieces, pdf, &mark, 0, 15, 1), GIA__BUF_OK);
    gia__buf_add_text(&pieces.text, "three");
    assert_int_equal(gia__pieces_add_file(&pieces, pdf, &mark, 1, 3, 0), GIA__BUF_OK);
    gia__buf_add_text(&pieces.text, "!");
    assert_int_equal(gia__pieces_length(&pieces), 3 + 8 + 6 + 3 + 20 + 5 + 3 + 1);
    assert_int_equal(gia__pieces_close_text(&pieces), GIA__BUF_OK);
    assert_int_equal(gia__pieces_close_text(&pieces), GIA__BUF_OK); /* and again: nothing */
    assert_int_equal(pieces.count, 8);
    assert_int_equal(gia__pieces_length(&pieces), 3 + 8 + 6 + 3 + 20 + 5 + 3 + 1);
    assert_int_equal(pieces.items[4].mark.inode, 7);

    gia__blob_release(blob); /* the pieces hold it */
    assert_text(&pieces, "oneYmNkZQ==abcdeftwoJVBERi0xLjEKJSVFT0YKthreePDF!");
    gia__pieces_free(&pieces);
}

static void base64_is_counted_by_groups(void **state)
{
    gia__blob_t *blob = gia__blob_new(&mem, "abcdefg", 7);

    for (uint64_t len = 0; len <= 7; len++) {
        gia__pieces_t pieces;
        gia__pieces_init(&pieces, &mem, SIZE_MAX);
        assert_int_equal(gia__pieces_add_blob(&pieces, blob, 0, len, 1), GIA__BUF_OK);
        assert_int_equal(gia__pieces_length(&pieces), (len + 2) / 3 * 4);
        gia__pieces_free(&pieces);
    }
    gia__blob_release(blob);
}

static void lengths_do_not_overflow(void **state)
{
    static const gia__file_mark_t mark = {.size = UINT64_MAX};
    gia__pieces_t pieces;

    gia__pieces_init(&pieces, &mem, SIZE_MAX);
    assert_int_equal(gia__pieces_add_file(&pieces, "x", &mark, 0, UINT64_MAX / 2, 1), GIA__BUF_OK);
    assert_true(gia__pieces_length(&pieces) == (UINT64_MAX / 2 / 3 + 1) * 4);
    assert_int_equal(gia__pieces_add_file(&pieces, "x", &mark, 0, UINT64_MAX / 2, 0), GIA__BUF_OK);
    assert_true(gia__pieces_length(&pieces) == UINT64_MAX);
    gia__pieces_free(&pieces);

    assert_int_equal(gia__pieces_add_file(&pieces, "x", &mark, 0, UINT64_MAX, 1), GIA__BUF_OK);
    assert_true(gia__pieces_length(&pieces) == UINT64_MAX);
    gia__pieces_free(&pieces);
}

static void blobs_are_shared(void **state)
{
    failing_memory_t memory = {0};
    gia_allocator_t allocator = failing_allocator(&memory);
    char bytes[] = "abc";
    gia__blob_t *blob = gia__blob_new(&allocator, bytes, 3);

    bytes[0] = 'x'; /* a copy of its own */
    assert_memory_equal(gia__blob_bytes(blob), "abc", 3);
    assert_int_equal(gia__blob_len(blob), 3);
    assert_ptr_equal(gia__blob_keep(blob), blob);
    gia__blob_release(blob);
    assert_int_equal(memory.n_open, 1);
    gia__blob_release(blob);
    assert_int_equal(memory.n_open, 0);
    gia__blob_release(NULL);

    assert_null(gia__blob_new(&allocator, bytes, SIZE_MAX));
    blob = gia__blob_new(&allocator, NULL, 0);
    assert_int_equal(gia__blob_len(blob), 0);
    gia__blob_release(blob);
}

static int build_with(failing_memory_t *memory)
{
    static const gia__file_mark_t mark = {.size = 15};
    gia_allocator_t allocator = failing_allocator(memory);
    gia__blob_t *blob = gia__blob_new(&allocator, "abc", 3);
    gia__pieces_t pieces;
    int rc = blob ? GIA__BUF_OK : GIA__BUF_NO_MEMORY;

    gia__pieces_init(&pieces, &allocator, SIZE_MAX);
    for (int i = 0; i < 5 && rc == GIA__BUF_OK; i++) {
        rc = gia__buf_add_text(&pieces.text, "text");
        if (rc == GIA__BUF_OK)
            rc = gia__pieces_add_blob(&pieces, blob, 0, 3, 1);
        if (rc == GIA__BUF_OK)
            rc = gia__buf_add_text(&pieces.text, "text");
        if (rc == GIA__BUF_OK)
            rc = gia__pieces_add_file(&pieces, pdf, &mark, 0, 15, 1);
    }
    gia__blob_release(blob);
    gia__pieces_free(&pieces);
    return rc;
}

static void each_allocation_may_fail(void **state)
{
    int rc = GIA__BUF_NO_MEMORY;

    for (size_t n = 1; rc == GIA__BUF_NO_MEMORY; n++) {
        failing_memory_t memory = {.fail_at = n};
        rc = build_with(&memory);
        assert_int_equal(memory.n_open, 0);
        assert_true(n < 100);
    }
    assert_int_equal(rc, GIA__BUF_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(pieces_keep_their_order),
        cmocka_unit_test(base64_is_counted_by_groups),
        cmocka_unit_test(lengths_do_not_overflow),
        cmocka_unit_test(blobs_are_shared),
        cmocka_unit_test(each_allocation_may_fail),
    };

    mem = gia__mem_init(NULL);
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
