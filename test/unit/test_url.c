/* Where a URL that a server names leads to: never away from the base URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "failing_memory.h"
#include "wire/url.h"

static void urls_are_moved_to_the_base(void **state)
{
    static const struct {
        const char *url, *base, *moved; /* NULL: refused */
    } rows[] = {
        {"https://a/b?c=d", "https://h", "https://h/b?c=d"},
        {"http://a:99/b/c", "https://h:1", "https://h:1/b/c"},
        {"HTTPS://[::1]:9/b", "http://h", "http://h/b"},
        {"https://a", "http://h", "http://h/"},
        {"https://a?x", "http://h", "http://h/?x"},
        {"https://a/b", "http://h/p", "http://h/p/b"},
        {"https://a/p/b", "http://h/p", "http://h/p/b"},
        {"https://a/p", "http://h/p", "http://h/p"},
        {"https://a/p?x", "http://h/p", "http://h/p?x"},
        {"https://a/pp/b", "http://h/p", "http://h/p/pp/b"},
        {"https://a/p/q/b", "http://h/p/q", "http://h/p/q/b"},
        {"https://a/b?c=https://e@f/../g", "http://h", "http://h/b?c=https://e@f/../g"},
        {"https://a/...//b%2Fc", "http://h", "http://h/...//b%2Fc"},
        {"https://a/b@c:d", "http://h", "http://h/b@c:d"},
        {"", "http://h", NULL},
        {"https:/a/b", "http://h", NULL},
        {"https://", "http://h", NULL},
        {"https:///b", "http://h", NULL},
        {"https://?b", "http://h", NULL},
        {"https://:1/b", "http://h", NULL},
        {"//a/b", "http://h", NULL},
        {"/b", "http://h", NULL},
        {"ftp://a/b", "http://h", NULL},
        {"javascript:alert(1)", "http://h", NULL},
        {"https://u@a/b", "http://h", NULL},
        {"https://u:p@a/b", "http://h", NULL},
        {"https://a/b#c", "http://h", NULL},
        {"https://a/b c", "http://h", NULL},
        {" https://a/b", "http://h", NULL},
        {"https://a/b\r\nX: y", "http://h", NULL},
        {"https://a/b\tc", "http://h", NULL},
        {"https://a\\@h/b", "http://h", NULL},
        {"https://a/\xc3\xa4", "http://h", NULL},
        {"https://a/..", "http://h", NULL},
        {"https://a/./b", "http://h", NULL},
        {"https://a/b/../c", "http://h", NULL},
        {"https://a/b/%2e%2E/c", "http://h", NULL},
        {"https://a/b/.%2e?x", "http://h", NULL},
        {"https://a/p/../b", "http://h/p", NULL},
    };
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia__buf_t out;
        int rc;

        gia__buf_init(&out, &mem, SIZE_MAX);
        rc = gia__url_add_moved(&out, rows[i].url, rows[i].base);
        if (rc != (rows[i].moved ? GIA_OK : GIA_EPROTOCOL))
            fail_msg("%s: %d", rows[i].url, rc);
        if (rows[i].moved) {
            assert_int_equal(gia__buf_add(&out, "", 1), GIA__BUF_OK);
            assert_string_equal(out.data, rows[i].moved);
        } else {
            assert_int_equal(out.len, 0);
        }
        gia__buf_free(&out);
    }
}

static void moving_needs_memory(void **state)
{
    failing_memory_t memory = {.fail_at = 1};
    gia__mem_t mem = failing_allocator(&memory);
    gia__buf_t out;

    gia__buf_init(&out, &mem, SIZE_MAX);
    assert_int_equal(gia__url_add_moved(&out, "https://a/b", "https://h"), GIA_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_moved_to_the_base),
        cmocka_unit_test(moving_needs_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
