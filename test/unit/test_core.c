/* The ground: buffers, arenas, lists, allocation, and the table of codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/list.h"
#include "failing_memory.h"

/* Buffers */

static void a_buffer_has_a_ceiling(void **state)
{
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    gia__buf_t buf;

    gia__buf_init(&buf, &mem, 5);
    assert_null(buf.data);
    assert_int_equal(gia__buf_add(&buf, NULL, 0), GIA__BUF_OK);
    assert_int_equal(gia__buf_add_text(&buf, "123"), GIA__BUF_OK);
    assert_int_equal(gia__buf_add_text(&buf, "456"), GIA__BUF_TOO_BIG);
    assert_int_equal(buf.len, 3);
    assert_int_equal(gia__buf_add_text(&buf, "45"), GIA__BUF_OK);
    assert_memory_equal(buf.data, "12345", 5);
    assert_int_equal(gia__buf_add(&buf, "", 0), GIA__BUF_OK);
    assert_int_equal(gia__buf_reserve(&buf, 1), GIA__BUF_TOO_BIG);
    assert_int_equal(gia__buf_reserve(&buf, SIZE_MAX), GIA__BUF_TOO_BIG);
    gia__buf_clear(&buf);
    assert_int_equal(gia__buf_reserve(&buf, 5), GIA__BUF_OK);
    assert_int_equal(gia__buf_reserve(&buf, 6), GIA__BUF_TOO_BIG);
    assert_int_equal(memory.n_allocations, 1);
    gia__buf_free(&buf);
    assert_int_equal(memory.n_open, 0);
    assert_int_equal(gia__buf_add_text(&buf, "again"), GIA__BUF_OK);
    gia__buf_free(&buf);
    assert_int_equal(memory.n_open, 0);

    gia__buf_init(&buf, &mem, 0);
    assert_int_equal(gia__buf_add(&buf, "", 0), GIA__BUF_OK);
    assert_int_equal(gia__buf_add(&buf, "", 1), GIA__BUF_TOO_BIG);
    gia__buf_free(&buf);

    /* One without a ceiling still cannot overflow. */
    gia__buf_init(&buf, &mem, SIZE_MAX);
    assert_int_equal(gia__buf_add_text(&buf, "1"), GIA__BUF_OK);
    assert_int_equal(gia__buf_reserve(&buf, SIZE_MAX), GIA__BUF_TOO_BIG);
    memory.fail_at = memory.n_allocations + 1;
    assert_int_equal(gia__buf_reserve(&buf, SIZE_MAX - 1), GIA__BUF_NO_MEMORY);
    gia__buf_free(&buf);
}

static void a_buffer_grows_by_doubling(void **state)
{
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    gia__buf_t buf;

    gia__buf_init(&buf, &mem, 1000000);
    for (int i = 0; i < 1000000; i++)
        assert_int_equal(gia__buf_add(&buf, "x", 1), GIA__BUF_OK);
    assert_in_range(memory.n_allocations, 1, 20);
    assert_int_equal(buf.capacity, 1000000); /* not beyond the ceiling */
    assert_int_equal(gia__buf_add(&buf, "x", 1), GIA__BUF_TOO_BIG);
    gia__buf_free(&buf);
}

static void a_buffer_without_memory_is_as_it_was(void **state)
{
    failing_memory_t memory = {.fail_at = 2};
    gia__mem_t mem = failing_allocator(&memory);
    char large[200] = "";
    gia__buf_t buf;

    gia__buf_init(&buf, &mem, SIZE_MAX);
    assert_int_equal(gia__buf_add_text(&buf, "text"), GIA__BUF_OK);
    assert_int_equal(gia__buf_add(&buf, large, sizeof(large)), GIA__BUF_NO_MEMORY);
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.data, "text", 4);
    memory.fail_at = 0;
    assert_int_equal(gia__buf_add(&buf, large, sizeof(large)), GIA__BUF_OK);
    assert_memory_equal(buf.data, "text", 5);
    gia__buf_free(&buf);
    assert_int_equal(memory.n_open, 0);
}

/* Arenas */

/* Counts bytes as well. */
typedef struct counting_s {
    size_t n_bytes; /* asked for, ever */
    size_t n_blocks;
} counting_t;

static void *counting_malloc(size_t size, void *data)
{
    counting_t *counting = data;
    counting->n_bytes += size;
    counting->n_blocks++;
    return malloc(size);
}

static void *counting_realloc(void *pointer, size_t size, void *data)
{
    return realloc(pointer, size);
}

static void counting_free(void *pointer, void *data)
{
    counting_t *counting = data;
    counting->n_blocks--;
    free(pointer);
}

static void an_arena_hands_out_aligned_pieces(void **state)
{
    counting_t counting = {0};
    gia__mem_t mem = {counting_malloc, counting_realloc, counting_free, &counting};
    gia__arena_t arena;
    char *pieces[300];

    gia__arena_init(&arena, &mem, SIZE_MAX);
    for (size_t i = 0; i < 300; i++) {
        pieces[i] = gia__arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)i, i);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal((unsigned char)pieces[i][k], (unsigned char)i);
    }
    assert_string_equal(gia__arena_dup(&arena, "text", 3), "tex");
    assert_string_equal(gia__arena_dup(&arena, NULL, 0), "");
    assert_null(gia__arena_dup(&arena, "text", SIZE_MAX));
    gia__arena_free(&arena);
    assert_int_equal(counting.n_blocks, 0);
    gia__arena_free(&arena); /* twice does no harm */
}

static void an_arena_has_a_ceiling(void **state)
{
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    gia__arena_t arena;

    gia__arena_init(&arena, &mem, 100);
    assert_null(gia__arena_alloc(&arena, 101));
    assert_true(arena.too_big);
    assert_null(gia__arena_alloc(&arena, SIZE_MAX));
    assert_non_null(gia__arena_alloc(&arena, 100));
    /* Rounding up makes it a little more than the ceiling, which must not wrap around. */
    assert_null(gia__arena_alloc(&arena, 1));
    assert_null(gia__arena_alloc(&arena, 100));
    gia__arena_reset(&arena);
    assert_false(arena.too_big);
    assert_int_equal(arena.used, 0);
    for (int i = 0; i < 6; i++)
        assert_non_null(gia__arena_alloc(&arena, 16));
    assert_null(gia__arena_alloc(&arena, 16));
    assert_true(arena.too_big);

    /* The flag is about the last failure. */
    memory.fail_at = memory.n_allocations + 1;
    arena.max = SIZE_MAX;
    assert_null(gia__arena_alloc(&arena, 10000));
    assert_false(arena.too_big);
    assert_null(gia__arena_alloc(&arena, SIZE_MAX - 1));
    gia__arena_free(&arena);
    assert_int_equal(memory.n_open, 0);

    gia__arena_init(&arena, &mem, 0);
    assert_null(gia__arena_alloc(&arena, 1));
    assert_true(arena.too_big);
    gia__arena_free(&arena);
}

static void a_reset_arena_keeps_one_block(void **state)
{
    counting_t counting = {0};
    gia__mem_t mem = {counting_malloc, counting_realloc, counting_free, &counting};
    gia__arena_t arena;
    size_t before;

    gia__arena_init(&arena, &mem, SIZE_MAX);
    gia__arena_reset(&arena);
    for (int i = 0; i < 1000; i++)
        assert_non_null(gia__arena_alloc(&arena, 100));
    assert_true(counting.n_blocks > 1);
    gia__arena_reset(&arena);
    assert_int_equal(counting.n_blocks, 1);

    before = counting.n_bytes;
    for (int i = 0; i < 100; i++) {
        for (int k = 0; k < 100; k++)
            assert_non_null(gia__arena_alloc(&arena, 100));
        gia__arena_reset(&arena);
    }
    assert_int_equal(counting.n_bytes, before);

    /* One huge piece does not stay. */
    assert_non_null(gia__arena_alloc(&arena, 10 * 1024 * 1024));
    gia__arena_reset(&arena);
    assert_int_equal(counting.n_blocks, 1);
    before = counting.n_bytes;
    assert_non_null(gia__arena_alloc(&arena, 1000));
    assert_int_equal(counting.n_bytes, before);
    gia__arena_free(&arena);
    assert_int_equal(counting.n_blocks, 0);
}

/* The ceiling is for what is handed out; what is taken is not much more. */
static void an_arena_wastes_little(void **state)
{
    static const size_t sizes[] = {16, 1000, 5000, 70000, 1024 * 1024, 50 * 1024 * 1024};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        counting_t counting = {0};
        gia__mem_t mem = {counting_malloc, counting_realloc, counting_free, &counting};
        gia__arena_t arena;

        gia__arena_init(&arena, &mem, SIZE_MAX);
        for (int k = 0; k < 3; k++) {
            assert_non_null(gia__arena_alloc(&arena, sizes[i]));
            assert_non_null(gia__arena_alloc(&arena, 16));
        }
        assert_true(counting.n_bytes < 3 * sizes[i] + 3 * 1024 * 1024 + 10000);
        assert_true(counting.n_bytes < 16 * sizes[i] + 20000);
        gia__arena_free(&arena);
    }
}

/* Allocation */

static void sizes_and_copies(void **state)
{
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    char *copy = gia__mem_dup(&mem, "text", 2);
    unsigned char *zeros = gia__mem_zalloc(&mem, 100);
    void *nothing = gia__mem_alloc(&mem, 0);

    assert_string_equal(copy, "te");
    for (int i = 0; i < 100; i++)
        assert_int_equal(zeros[i], 0);
    assert_non_null(nothing); /* NULL is for want of memory only */
    nothing = gia__mem_realloc(&mem, nothing, 0);
    assert_non_null(nothing);
    gia__mem_free(&mem, copy);
    gia__mem_free(&mem, zeros);
    gia__mem_free(&mem, nothing);
    gia__mem_free(&mem, NULL);
    copy = gia__mem_dup(&mem, NULL, 0);
    assert_string_equal(copy, "");
    gia__mem_free(&mem, copy);
    copy = gia__mem_realloc(&mem, NULL, 5);
    assert_non_null(copy);
    gia__mem_free(&mem, copy);
    assert_null(gia__mem_dup(&mem, "text", SIZE_MAX));
    assert_int_equal(memory.n_open, 0);
    memory.fail_at = memory.n_allocations + 1;
    assert_null(gia__mem_zalloc(&mem, 1));
    assert_null(gia__mem_dup(&mem, "text", 4));
}

/* Lists */

typedef struct object_s {
    int number;
    gia__list_t link;
} object_t;

static int in_order(const gia__list_t *list, const char *expected)
{
    const gia__list_t *link = list->next;

    for (; *expected; expected++, link = link->next) {
        if (link == list || link->next->previous != link ||
            GIA__LIST_OBJECT(link, object_t, link)->number != *expected - '0')
            return 0;
    }
    return link == list && list->next->previous == list && list->previous->next == list;
}

static void lists(void **state)
{
    gia__list_t list, other;
    object_t objects[4];

    gia__list_init(&list);
    assert_true(gia__list_empty(&list));
    gia__list_take(&other, &list);
    assert_true(gia__list_empty(&other));
    for (int i = 0; i < 4; i++) {
        objects[i].number = i;
        gia__list_append(&list, &objects[i].link);
    }
    assert_true(in_order(&list, "0123"));
    gia__list_remove(&objects[1].link);
    assert_true(in_order(&list, "023"));
    assert_true(gia__list_empty(&objects[1].link));
    gia__list_remove(&objects[1].link);
    assert_true(in_order(&list, "023"));
    gia__list_take(&other, &list);
    assert_true(gia__list_empty(&list));
    assert_true(in_order(&other, "023"));
    gia__list_append(&list, &objects[1].link);
    assert_true(in_order(&list, "1"));
    gia__list_remove(&objects[0].link);
    gia__list_remove(&objects[3].link);
    assert_true(in_order(&other, "2"));
    gia__list_take(&list, &other); /* `list` counts as empty, whatever it says */
    assert_true(in_order(&list, "2"));
    gia__list_remove(&objects[2].link);
    assert_true(gia__list_empty(&list));
}

/* Codes */

static void each_code_has_a_name_and_a_text(void **state)
{
    static const struct {
        int code;
        const char *name, *text;
    } rows[] = {{GIA_OK, "GIA_OK", "success"},
#define ROW(name, number, text) {GIA_##name, "GIA_" #name, text},
                GIA_ERROR_MAP(ROW)
#undef ROW
    };
    size_t count = sizeof(rows) / sizeof(rows[0]);

    for (size_t i = 0; i < count; i++) {
        assert_string_equal(gia_error_name(rows[i].code), rows[i].name);
        assert_string_equal(gia_error_text(rows[i].code), rows[i].text);
        assert_true(rows[i].code == 0 || (rows[i].code <= -10001 && rows[i].code > -20000));
        assert_int_not_equal(rows[i].text[strlen(rows[i].text) - 1], '.');
        assert_null(strchr(rows[i].text, '\n'));
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(rows[i].code, rows[k].code);
            assert_string_not_equal(rows[i].text, rows[k].text);
        }
    }
    for (int code = -20000; code < 20000; code++) {
        size_t known = 0;
        for (size_t i = 0; i < count; i++)
            known += rows[i].code == code;
        assert_int_equal(strcmp(gia_error_name(code), "GIA_EUNKNOWN") == 0, !known);
        assert_int_equal(strcmp(gia_error_text(code), "an unknown error code") == 0, !known);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_has_a_ceiling),
        cmocka_unit_test(a_buffer_grows_by_doubling),
        cmocka_unit_test(a_buffer_without_memory_is_as_it_was),
        cmocka_unit_test(an_arena_hands_out_aligned_pieces),
        cmocka_unit_test(an_arena_has_a_ceiling),
        cmocka_unit_test(a_reset_arena_keeps_one_block),
        cmocka_unit_test(an_arena_wastes_little),
        cmocka_unit_test(sizes_and_copies),
        cmocka_unit_test(lists),
        cmocka_unit_test(each_code_has_a_name_and_a_text),
    };
    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
