/* How far a stream has come, and what of a repeated one is new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gia/error.h>

#include "failing_memory.h"
#include "wire/progress.h"

static gia_event_t text_of(int64_t index, const char *text)
{
    return (gia_event_t){.type = GIA_EVENT_CONTENT_DELTA,
                         .index = index,
                         .delta = {.type = GIA_DELTA_TEXT, .text = text, .text_len = strlen(text)}};
}

static gia_event_t of(gia_event_type_t type, int64_t index)
{
    return (gia_event_t){.type = type, .index = index};
}

static gia_event_t delta_of(gia_delta_type_t type, int64_t index)
{
    return (gia_event_t){.type = GIA_EVENT_CONTENT_DELTA, .index = index, .delta = {.type = type}};
}

static int take(gia__progress_t *progress, gia_event_t event, size_t *skip)
{
    *skip = 99;
    return gia__progress_take(progress, &event, skip);
}

#define EXPECT(verdict, event) assert_int_equal(take(progress, event, &skip), verdict)
#define NEW                    GIA__PROGRESS_NEW
#define OLD                    GIA__PROGRESS_OLD
#define PART                   GIA__PROGRESS_PART

static void behind_the_mark(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__progress_t *progress = gia__progress_new(&mem);
    size_t skip;

    EXPECT(NEW, of(GIA_EVENT_INTERACTION_START, -1));
    EXPECT(NEW, of(GIA_EVENT_CONTENT_START, 0));
    EXPECT(NEW, text_of(0, "one "));
    gia__progress_mark(progress);
    EXPECT(NEW, text_of(0, "two "));
    EXPECT(NEW, of(GIA_EVENT_CONTENT_START, 1));
    EXPECT(NEW, delta_of(GIA_DELTA_THOUGHT_SUMMARY, 1));
    gia__progress_rewind(progress, 1);
    EXPECT(PART, text_of(0, "two three "));
    assert_int_equal(skip, 4);
    EXPECT(NEW, text_of(0, "four"));
    EXPECT(OLD, of(GIA_EVENT_CONTENT_START, 1));
    EXPECT(OLD, delta_of(GIA_DELTA_THOUGHT_SUMMARY, 1));
    EXPECT(NEW, delta_of(GIA_DELTA_THOUGHT_SUMMARY, 1));
    EXPECT(NEW, of(GIA_EVENT_CONTENT_STOP, 0));
    /* Again behind the same mark: nothing of all that is new. */
    gia__progress_rewind(progress, 1);
    EXPECT(OLD, text_of(0, "two three four"));
    EXPECT(OLD, of(GIA_EVENT_CONTENT_STOP, 0));
    EXPECT(NEW, of(GIA_EVENT_INTERACTION_COMPLETE, -1));
    gia__progress_free(progress);
}

static void from_the_start(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__progress_t *progress = gia__progress_new(&mem);
    size_t skip;

    EXPECT(NEW, of(GIA_EVENT_INTERACTION_START, -1));
    EXPECT(NEW, of(GIA_EVENT_INTERACTION_STATUS_UPDATE, -1));
    EXPECT(NEW, of(GIA_EVENT_CONTENT_START, 0));
    EXPECT(NEW, text_of(0, "abc"));
    EXPECT(NEW, of(GIA_EVENT_CONTENT_STOP, 0));
    EXPECT(NEW, of(GIA_EVENT_CONTENT_START, 2000000000));
    EXPECT(NEW, text_of(2000000000, "x"));
    gia__progress_mark(progress);
    /* The start tells that all comes again, whatever was asked for. */
    gia__progress_rewind(progress, 1);
    EXPECT(OLD, of(GIA_EVENT_INTERACTION_START, -1));
    EXPECT(OLD, of(GIA_EVENT_INTERACTION_STATUS_UPDATE, -1));
    EXPECT(OLD, of(GIA_EVENT_CONTENT_START, 0));
    /* A block that has ended has no news, be it longer now. */
    EXPECT(OLD, text_of(0, "abcdef"));
    EXPECT(OLD, of(GIA_EVENT_CONTENT_STOP, 0));
    EXPECT(OLD, of(GIA_EVENT_CONTENT_START, 2000000000));
    EXPECT(PART, text_of(2000000000, "xyz"));
    assert_int_equal(skip, 1);
    EXPECT(NEW, of(GIA_EVENT_INTERACTION_STATUS_UPDATE, -1));
    gia__progress_free(progress);
}

/* An index may be used again: another block. */
static void an_index_twice(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__progress_t *progress = gia__progress_new(&mem);
    size_t skip;

    for (int round = 0; round < 2; round++) {
        int verdict = round ? OLD : NEW;
        if (round)
            gia__progress_rewind(progress, 0);
        EXPECT(verdict, of(GIA_EVENT_CONTENT_START, 0));
        EXPECT(verdict, text_of(0, "abc"));
        EXPECT(verdict, of(GIA_EVENT_CONTENT_STOP, 0));
        EXPECT(verdict, of(GIA_EVENT_CONTENT_START, 0));
        EXPECT(verdict, text_of(0, "de"));
    }
    EXPECT(NEW, text_of(0, "f"));
    gia__progress_free(progress);
}

static void without_memory(void **state)
{
    for (size_t n = 1; n <= 3; n++) { /* from then on all fail */
        failing_memory_t memory = {.fail_at = n};
        gia__mem_t mem = failing_allocator(&memory);
        gia__progress_t *progress = gia__progress_new(&mem);
        size_t skip;

        if (n == 1) {
            assert_null(progress);
        } else {
            EXPECT(n == 2 ? GIA_ENOMEM : NEW, of(GIA_EVENT_CONTENT_START, 0));
            EXPECT(GIA_ENOMEM, of(GIA_EVENT_CONTENT_START, 1));
        }
        gia__progress_free(progress);
        assert_int_equal(memory.n_open, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behind_the_mark),
        cmocka_unit_test(from_the_start),
        cmocka_unit_test(an_index_twice),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
