/* So many in a minute: evenly, never more, and nearly never fewer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net/pace.h"

enum { MINUTE = 60000, MOST = 40000 };

static void no_limit(void **state)
{
    gia__pace_t pace = {0};

    gia__pace_set(&pace, 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(gia__pace_due_ms(&pace), 0);
        gia__pace_take(&pace, 5, 1000);
    }
}

/* Always someone who wants, and a clock that is late by chance. */
static void in_any_minute(void **state)
{
    static const unsigned per_minute[] = {1, 2, 7, 60, 600, 6000};
    static const unsigned lateness_ms[] = {0, 1, 30, 90};
    uint64_t *times = calloc(MOST, sizeof(*times));

    srand(1);
    for (size_t row = 0; row < sizeof(per_minute) / sizeof(per_minute[0]) * 4; row++) {
        unsigned most = per_minute[row / 4], late_ms = lateness_ms[row % 4];
        gia__pace_t pace = {0};
        size_t count = 0;

        gia__pace_set(&pace, most);
        for (uint64_t now = 1000000; now < 1000000 + 5 * MINUTE;
             now += 1 + (unsigned)rand() % (late_ms + 1)) {
            while (gia__pace_due_ms(&pace) <= now) {
                gia__pace_take(&pace, now, 1);
                times[count++] = now;
            }
        }
        for (size_t i = most; i < count; i++) {
            if (times[i] - times[i - most] < MINUTE)
                fail_msg("%u a minute, %u ms late: one too many", most, late_ms);
        }
        assert_true(count >= (size_t)(5 * most * 0.995));
        /* evenly: none comes much before its time */
        for (size_t i = 1; i < count; i++)
            assert_true(times[i] + GIA__PACE_SLACK_MS + 1 >= times[i - 1] + MINUTE / most);
    }
    free(times);
}

/* Nobody came for a while: that is lost, but for the slack. */
static void time_that_was_not_used(void **state)
{
    gia__pace_t pace = {0};

    gia__pace_set(&pace, 59.92); /* 1,003 ms */
    gia__pace_take(&pace, 5000, 1);
    assert_in_range(gia__pace_due_ms(&pace), 6003, 6004);
    gia__pace_take(&pace, 6090, 1); /* late, but not too late */
    assert_in_range(gia__pace_due_ms(&pace), 7006, 7007);
    gia__pace_take(&pace, 9000, 1);
    assert_in_range(gia__pace_due_ms(&pace), 10003, 10004);
}

static void more_or_less_than_was_due(void **state)
{
    gia__pace_t pace = {0};

    gia__pace_set(&pace, 60100); /* one a millisecond */
    gia__pace_take(&pace, 1000, 5000);
    assert_int_equal(gia__pace_due_ms(&pace), 6000);
    gia__pace_give_back(&pace, 4000);
    assert_int_equal(gia__pace_due_ms(&pace), 2000);
    gia__pace_give_back(&pace, -500);
    assert_int_equal(gia__pace_due_ms(&pace), 2500);
    gia__pace_give_back(&pace, 100000); /* what was not used is lost here, too */
    assert_int_equal(gia__pace_due_ms(&pace), 0);
    gia__pace_take(&pace, 1200, 10);
    assert_int_equal(gia__pace_due_ms(&pace), 1210);
    gia__pace_hold(&pace, 1205);
    assert_int_equal(gia__pace_due_ms(&pace), 1210);
    gia__pace_hold(&pace, 1300);
    assert_int_equal(gia__pace_due_ms(&pace), 1300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limit),
        cmocka_unit_test(in_any_minute),
        cmocka_unit_test(time_that_was_not_used),
        cmocka_unit_test(more_or_less_than_was_due),
    };
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
