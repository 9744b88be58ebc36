/* When an exchange that broke is worth another one, and how long to wait before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "ops/again.h"

static void pauses_grow_and_listen(void **state)
{
    static const struct {
        unsigned n;
        int64_t retry_after_ms, pause_ms;
    } rows[] = {
        {1, -1, 500},      {2, -1, 1000},  {3, -1, 2000},      {4, -1, 4000},
        {5, -1, 8000},     {6, -1, 8000},  {1000, 0, 8000},    {UINT32_MAX, -1, 8000},
        {1, 499, 500},     {1, 501, 501},  {1, 0, 500},        {9, 30000, 30000},
        {1, 60000, 60000}, {1, 60001, -1}, {1, INT64_MAX, -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(gia__pause_before(rows[i].n, rows[i].retry_after_ms), rows[i].pause_ms);
}

static void only_some_codes_are_worth_it(void **state)
{
#define CODE_(name, number, text) {GIA_##name, #name},
    static const struct {
        int code;
        const char *name;
    } codes[] = {GIA_ERROR_MAP(CODE_)};
#undef CODE_
    static const char *const worth[] = {
        "ERESOLVE",      "ECONNECT",   "ECONNECT_TIMEOUT",
        "ELOST",         "ETRUNCATED", "EFIRST_BYTE_TIMEOUT",
        "EIDLE_TIMEOUT", "EDEADLINE",  "ERATE_LIMITED",
        "EUNAVAILABLE",  "ESERVER",
    };

    assert_false(gia__may_go_well_again(GIA_OK));
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        int is_worth = 0;

        for (size_t n = 0; n < sizeof(worth) / sizeof(worth[0]); n++)
            is_worth |= strcmp(worth[n], codes[i].name) == 0;
        if (gia__may_go_well_again(codes[i].code) != is_worth)
            fail_msg("%s", codes[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_and_listen),
        cmocka_unit_test(only_some_codes_are_worth_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
