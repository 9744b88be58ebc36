/* Keeping a secret out of text that is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/redact.h"

#define SECRET "AIza-secret"

static void a_line_without_the_secret(void **state)
{
    static const struct {
        const char *line, *expected;
    } rows[] = {
        {"", ""},
        {"nothing", "nothing"},
        {SECRET, "[redacted]"},
        {"a " SECRET ", b " SECRET, "a [redacted], b [redacted]"},
        {"AIza-AIza-secret", "AIza-[redacted]"},
        {"AIza-secre", "AIza-secre"}, /* the end of the line, not of its buffer */
        {"one\r\ntwo\x7f\tthree", "one  two  three"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
    };
    char line[100];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        strcpy(line, rows[i].line);
        gia__redact_message(SECRET, line, sizeof(line));
        assert_string_equal(line, rows[i].expected);
    }
    strcpy(line, "NULL and short ones are none: in every word");
    gia__redact_message(NULL, line, sizeof(line));
    gia__redact_message("in", line, sizeof(line));
    assert_string_equal(line, "NULL and short ones are none: in every word");
}

/* Whatever the place of the cut, no part of the secret and no half character is left. */
static void a_line_that_was_cut_off(void **state)
{
    static const char text[] = "\xc3\xa9\xc3\xa9 " SECRET " \xe2\x82\xac " SECRET " .......";
    char line[sizeof(text)];

    for (size_t size = 1; size < sizeof(text); size++) {
        memcpy(line, text, size - 1);
        line[size - 1] = '\0';
        gia__redact_message(SECRET, line, size);
        assert_true(strlen(line) < size);
        if (strstr(line, "AI"))
            fail_msg("size %zu: %s", size, line);
        for (const char *p = line; *p; p++) {
            size_t len = (unsigned char)*p >= 0xe0 ? 3 : (unsigned char)*p >= 0xc0 ? 2 : 1;
            assert_true(strlen(p) >= len);
        }
    }
    /* The mark may be longer than the secret: what it pushes out is cut off likewise. */
    strcpy(line, "AIzaSyAIzaSy");
    gia__redact_message("AIzaSy", line, 13);
    assert_string_equal(line, "[redacted]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_without_the_secret),
        cmocka_unit_test(a_line_that_was_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
