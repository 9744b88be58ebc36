/* The JSON writer: text, escapes and numbers, and each way in which it says no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "failing_memory.h"
#include "json/writer.h"

typedef struct bench_s {
    gia__mem_t mem;
    gia__buf_t out;
    gia__writer_t *writer;
} bench_t;

static void set_up(bench_t *bench, size_t max)
{
    bench->mem = gia__mem_init(NULL);
    gia__buf_init(&bench->out, &bench->mem, max);
    bench->writer = gia__writer_new(&bench->out);
    assert_non_null(bench->writer);
}

static void tear_down(bench_t *bench)
{
    gia__writer_free(bench->writer);
    gia__buf_free(&bench->out);
}

static void assert_written(const bench_t *bench, const char *expected)
{
    assert_int_equal(gia__writer_error(bench->writer), GIA_OK);
    assert_int_equal(bench->out.len, strlen(expected));
    assert_memory_equal(bench->out.data, expected, bench->out.len);
}

static void write_everything(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_name(writer, "array");
    gia__writer_array_begin(writer);
    gia__writer_null(writer);
    gia__writer_boolean(writer, 1);
    gia__writer_boolean(writer, 0);
    gia__writer_int64(writer, INT64_MIN);
    gia__writer_double(writer, 0.1);
    gia__writer_string(writer, "x", 1);
    gia__writer_array_begin(writer);
    gia__writer_array_end(writer);
    gia__writer_raw(writer, "{ \"r\": [1] }", 12);
    gia__writer_object_begin(writer);
    gia__writer_object_end(writer);
    gia__writer_array_end(writer);
    gia__writer_member_string(writer, "missing", NULL);
    gia__writer_member_string(writer, "text", "t");
    gia__writer_name(writer, "raw");
    gia__writer_raw(writer, "{}", 2);
    gia__writer_name(writer, "empty");
    gia__writer_string(writer, NULL, 0);
    gia__writer_object_end(writer);
}

static void all_kinds_of_values(void **state)
{
    bench_t bench;

    set_up(&bench, 4096);
    write_everything(bench.writer);
    assert_written(&bench, "{\"array\":[null,true,false,-9223372036854775808,0.1,\"x\",[],"
                           "{ \"r\": [1] },{}],\"text\":\"t\",\"raw\":{},\"empty\":\"\"}");
    tear_down(&bench);
}

static void text_is_appended(void **state)
{
    bench_t bench;

    set_up(&bench, 4096);
    assert_int_equal(gia__buf_add_text(&bench.out, "before "), GIA__BUF_OK);
    gia__writer_int64(bench.writer, 1);
    assert_written(&bench, "before 1");
    tear_down(&bench);
}

static void strings_are_escaped(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *expected;
    } rows[] = {
        {"", 0, "\"\""},
        {"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\""},
        {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"\x01\x1f\x7f", 3, "\"\\u0001\\u001F\x7f\""},
        {"\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {"\xe2\x80\xa8", 3, "\"\xe2\x80\xa8\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bench_t bench;
        set_up(&bench, 4096);
        gia__writer_string(bench.writer, rows[i].text, rows[i].len);
        assert_written(&bench, rows[i].expected);
        tear_down(&bench);
    }
}

static void a_name_can_hold_nul(void **state)
{
    bench_t bench;

    set_up(&bench, 4096);
    gia__writer_object_begin(bench.writer);
    gia__writer_string(bench.writer, "a\0b", 3);
    gia__writer_string(bench.writer, "c", 1);
    gia__writer_object_end(bench.writer);
    assert_written(&bench, "{\"a\\u0000b\":\"c\"}");
    tear_down(&bench);
}

static void assert_number(double number, const char *expected)
{
    bench_t bench;
    char text[64] = "";

    set_up(&bench, 60);
    gia__writer_double(bench.writer, number);
    assert_int_equal(gia__writer_error(bench.writer), GIA_OK);
    memcpy(text, bench.out.data, bench.out.len);
    if (expected)
        assert_string_equal(text, expected);
    assert_null(strchr(text, ','));
    tear_down(&bench);
}

static void numbers_are_short(void **state)
{
    assert_number(0, "0");
    assert_number(-0.0, "-0");
    assert_number(1, "1");
    assert_number(0.1, "0.1");
    assert_number(0.7, "0.7");
    assert_number(-2.5, "-2.5");
    assert_number(1e100, "1e+100");
    assert_number(0.1 + 0.2, "0.30000000000000004");
    assert_number(1.0 / 3, "0.3333333333333333");
    assert_number(DBL_MAX, "1.7976931348623157e+308");
    assert_number(123456789012345680.0, "1.2345678901234568e+17");
}

static void numbers_read_back(void **state)
{
    uint64_t random = 88172645463325252u;

    for (int i = 0; i < 20000; i++) {
        bench_t bench;
        char text[64] = "";
        double number;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(&number, &random, sizeof(number));
        if (!isfinite(number))
            continue;
        set_up(&bench, 60);
        gia__writer_double(bench.writer, number);
        memcpy(text, bench.out.data, bench.out.len);
        assert_true(strtod(text, NULL) == number);
        tear_down(&bench);
    }
}

static void numbers_ignore_the_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF"};
    size_t i = 0;

    while (i < sizeof(names) / sizeof(names[0]) && !setlocale(LC_NUMERIC, names[i]))
        i++;
    if (i == sizeof(names) / sizeof(names[0]))
        return; /* this machine has no such locale */
    assert_number(0.1, "0.1");
    assert_number(-1234567.5, "-1234567.5");
    assert_number(1.5e300, "1.5e+300");
    setlocale(LC_NUMERIC, "C");
}

static void bad_text(gia__writer_t *writer)
{
    gia__writer_string(writer, "a\xff", 2);
}

static void bad_name(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_name(writer, "\xed\xa0\x80");
}

static void not_a_number(gia__writer_t *writer)
{
    gia__writer_double(writer, NAN);
}

static void infinite(gia__writer_t *writer)
{
    gia__writer_double(writer, -INFINITY);
}

static void no_raw(gia__writer_t *writer)
{
    gia__writer_raw(writer, "", 0);
}

static void two_values(gia__writer_t *writer)
{
    gia__writer_null(writer);
    gia__writer_null(writer);
}

static void value_after_object(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_object_end(writer);
    gia__writer_string(writer, "x", 1);
}

static void value_without_name(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_int64(writer, 1);
}

static void array_without_name(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_array_begin(writer);
}

static void name_without_value(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_name(writer, "a");
    gia__writer_object_end(writer);
}

static void two_names(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_name(writer, "a");
    gia__writer_name(writer, "b");
}

static void name_in_array(gia__writer_t *writer)
{
    gia__writer_array_begin(writer);
    gia__writer_name(writer, "a");
}

static void name_at_top(gia__writer_t *writer)
{
    gia__writer_name(writer, "a");
}

static void end_without_begin(gia__writer_t *writer)
{
    gia__writer_object_end(writer);
}

static void end_too_often(gia__writer_t *writer)
{
    gia__writer_array_begin(writer);
    gia__writer_array_end(writer);
    gia__writer_array_end(writer);
}

static void wrong_end(gia__writer_t *writer)
{
    gia__writer_array_begin(writer);
    gia__writer_object_end(writer);
}

static void other_wrong_end(gia__writer_t *writer)
{
    gia__writer_object_begin(writer);
    gia__writer_array_end(writer);
}

static void too_deep(gia__writer_t *writer)
{
    for (int i = 0; i < 128; i++)
        gia__writer_array_begin(writer);
}

static void errors_stick(void **state)
{
    static void (*const mistakes[])(gia__writer_t * writer) = {
        bad_text,   bad_name,           not_a_number,       infinite,           no_raw,
        two_values, value_after_object, value_without_name, array_without_name, name_without_value,
        two_names,  name_in_array,      name_at_top,        end_without_begin,  end_too_often,
        wrong_end,  other_wrong_end,    too_deep,
    };

    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        bench_t bench;
        size_t len;

        set_up(&bench, 4096);
        mistakes[i](bench.writer);
        if (gia__writer_error(bench.writer) != GIA_EINVAL)
            fail_msg("mistake %zu was not noticed", i);
        len = bench.out.len;
        write_everything(bench.writer);
        gia__writer_object_end(bench.writer);
        gia__writer_array_end(bench.writer);
        assert_int_equal(gia__writer_error(bench.writer), GIA_EINVAL);
        assert_int_equal(bench.out.len, len);
        tear_down(&bench);
    }
}

static void greatest_depth(void **state)
{
    bench_t bench;

    set_up(&bench, 4096);
    for (int i = 0; i < 127; i++)
        gia__writer_array_begin(bench.writer);
    gia__writer_null(bench.writer);
    for (int i = 0; i < 127; i++)
        gia__writer_array_end(bench.writer);
    assert_int_equal(gia__writer_error(bench.writer), GIA_OK);
    assert_int_equal(bench.out.len, 2 * 127 + 4);
    tear_down(&bench);
}

static void the_ceiling_is_kept(void **state)
{
    size_t needed;
    bench_t bench;

    set_up(&bench, 4096);
    write_everything(bench.writer);
    needed = bench.out.len;
    tear_down(&bench);

    for (size_t max = 0; max <= needed; max++) {
        set_up(&bench, max);
        write_everything(bench.writer);
        assert_int_equal(gia__writer_error(bench.writer),
                         max < needed ? GIA_EREQUEST_TOO_BIG : GIA_OK);
        assert_true(bench.out.len <= max);
        tear_down(&bench);
    }
}

static void each_allocation_may_fail(void **state)
{
    int rc = GIA_ENOMEM;

    for (size_t n = 1; rc == GIA_ENOMEM; n++) {
        failing_memory_t memory = {.fail_at = n};
        gia__mem_t mem = failing_allocator(&memory);
        gia__writer_t *writer;
        gia__buf_t out;

        gia__buf_init(&out, &mem, 4096);
        writer = gia__writer_new(&out);
        if (writer) {
            write_everything(writer);
            rc = gia__writer_error(writer);
        }
        gia__writer_free(writer);
        gia__buf_free(&out);
        assert_int_equal(memory.n_open, 0);
        assert_true(n < 100);
    }
    assert_int_equal(rc, GIA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_of_values),
        cmocka_unit_test(text_is_appended),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(a_name_can_hold_nul),
        cmocka_unit_test(numbers_are_short),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(numbers_ignore_the_locale),
        cmocka_unit_test(errors_stick),
        cmocka_unit_test(greatest_depth),
        cmocka_unit_test(the_ceiling_is_kept),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
