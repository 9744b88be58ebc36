/* Where what we send differs, on purpose, from what the official SDKs were captured to send.
 *
 * A table of these is exact: what is not in it must be equal, what is in it must differ, and every
 * row must have been needed in the end. */
#ifndef TEST_DIFFERENCES_H
#define TEST_DIFFERENCES_H

#include <fnmatch.h>
#include <stdint.h>
#include <string.h>

typedef struct difference_s {
    const char *captures; /* a pattern as the shell's, for "folder/name.json" */
    const char *what;
    const char *why;
} difference_t;

static uint32_t differences_met; /* a bit a row: a test has one table */

/* Compares one thing of one capture; NULL is none. */
static inline void compare_captured(const difference_t *table, size_t count, const char *capture,
                                    const char *what, const char *ours, const char *theirs)
{
    int is_same = ours && theirs ? strcmp(ours, theirs) == 0 : ours == theirs;
    int may_differ = 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].what, what) == 0 && fnmatch(table[i].captures, capture, 0) == 0) {
            differences_met |= 1u << i;
            may_differ = 1;
        }
    }
    if (is_same == may_differ)
        fail_msg("%s, %s: \"%s\", theirs \"%s\"", capture, what, ours ? ours : "(none)",
                 theirs ? theirs : "(none)");
}

static inline void expect_all_met(const difference_t *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!(differences_met & 1u << i))
            fail_msg("%s, %s: there is no such capture any more", table[i].captures, table[i].what);
    }
}

#endif
