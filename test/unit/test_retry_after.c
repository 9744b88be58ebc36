/* Retry-After and retry-after-ms: whatever a server may send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/retry_after.h"

#define BYTES(text) text, sizeof(text) - 1
#define DAY         (24 * 60 * 60 * 1000)

/* Fri, 31 Dec 1999 23:59:00 GMT */
static const int64_t now = 946684740;

static const struct {
    const char *value;
    size_t len;
    int64_t expected;
} seconds[] = {
    {BYTES("0"), 0},
    {BYTES("1"), 1000},
    {BYTES("120"), 120000},
    {BYTES(" 7 "), 7000},
    {BYTES("\t7\t"), 7000},
    {BYTES("7\r\n"), 7000},
    {BYTES("007"), 7000},
    {BYTES("1.5"), 1500},
    {BYTES("1."), 1000},
    {BYTES("0.001"), 1},
    {BYTES("0.0001"), 1},
    {BYTES("0.0000"), 0},
    {BYTES("1.0009"), 1001},
    {BYTES("1.0000000000000000000000001"), 1001},
    {BYTES("86400"), DAY},
    {BYTES("86399.9999"), DAY},
    {BYTES("86401"), DAY},
    {BYTES("99999999999"), DAY},
    {BYTES("9999999999999999999999999999999999999999999"), DAY},
    {BYTES(""), -1},
    {BYTES(" "), -1},
    {BYTES("-1"), -1},
    {BYTES("-0"), -1},
    {BYTES("+1"), -1},
    {BYTES(".5"), -1},
    {BYTES("1,5"), -1},
    {BYTES("1s"), -1},
    {BYTES("1 s"), -1},
    {BYTES("1e3"), -1},
    {BYTES("0x10"), -1},
    {BYTES("1 2"), -1},
    {BYTES("1\0"
           "2"),
     -1},
    {BYTES("1\0"), -1},
    {BYTES("\0"), -1},
    {BYTES("\xd9\xa1"), -1},
    {BYTES("soon"), -1},
    {BYTES("NaN"), -1},
    {BYTES("1.5.5"), -1},
    {BYTES("1111111111111111111111111111111111111111111111111111111111111111111111111111"), -1},

    /* dates */
    {BYTES("Fri, 31 Dec 1999 23:59:00 GMT"), 0},
    {BYTES("Fri, 31 Dec 1999 23:59:01 GMT"), 1000},
    {BYTES(" Fri, 31 Dec 1999 23:59:59 GMT "), 59000},
    {BYTES("Friday, 31-Dec-99 23:59:59 GMT"), 59000},
    {BYTES("Fri Dec 31 23:59:59 1999"), 59000},
    {BYTES("Sat, 01 Jan 2000 23:58:00 GMT"), DAY - 60000},
    {BYTES("Sat, 01 Jan 2000 23:59:00 GMT"), DAY},
    {BYTES("Sun, 02 Jan 2000 00:00:00 GMT"), DAY},
    {BYTES("Fri, 31 Dec 2099 23:59:59 GMT"), DAY},
    {BYTES("Fri, 31 Dec 1999 23:58:59 GMT"), 0},
    {BYTES("Thu, 01 Jan 1970 00:00:00 GMT"), 0},
    {BYTES("Fri, 31 Dec"), -1},
    {BYTES("Fri"), -1},
    {BYTES("GMT"), -1},
    {BYTES("23:59:59"), -1},
};

static void retry_after(void **state)
{
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        int64_t delay = gia__retry_after_parse(seconds[i].value, seconds[i].len, now);
        if (delay != seconds[i].expected)
            fail_msg("row %zu, %s: %lld", i, seconds[i].value, (long long)delay);
    }
    /* Only `len` bytes count. */
    assert_int_equal(gia__retry_after_parse("123", 1, now), 1000);
    assert_int_equal(gia__retry_after_parse("123", 0, now), -1);
}

static void retry_after_ms(void **state)
{
    static const struct {
        const char *value;
        int64_t expected;
    } rows[] = {
        {"0", 0},
        {"1", 1},
        {"1500", 1500},
        {" 20 ", 20},
        {"1.5", 2},
        {"1.0", 1},
        {"0.0001", 1},
        {"86400000", DAY},
        {"86400001", DAY},
        {"99999999999999999999999", DAY},
        {"-1", -1},
        {"", -1},
        {"x", -1},
        {"1ms", -1},
        {"Fri, 31 Dec 1999 23:59:59 GMT", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t delay = gia__retry_after_ms_parse(rows[i].value, strlen(rows[i].value));
        if (delay != rows[i].expected)
            fail_msg("%s: %lld", rows[i].value, (long long)delay);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after),
        cmocka_unit_test(retry_after_ms),
    };
    return cmocka_run_group_tests_name("retry_after", tests, NULL, NULL);
}
