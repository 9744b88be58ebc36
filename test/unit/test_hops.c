/* The parts of a long answer in one, whatever a service calls usage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "decoded.h"
#include "failing_memory.h"
#include "wire/hops.h"

static const gia__json_limits_t limits = {.max_depth = 128};

static json_t *merge(const char *first, const char *second)
{
    gia_interaction_t *hops[2] = {decode(first), decode(second)}, *merged = NULL;
    gia__mem_t mem = gia__mem_init(NULL);
    const char *raw;
    json_t *json;
    size_t len;

    assert_int_equal(gia__hops_merge(&merged, &mem, hops, 2, SIZE_MAX, &limits, SIZE_MAX), GIA_OK);
    raw = gia_json_raw(gia_interaction_json(merged), &len);
    json = json_loadb(raw, len, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        fail_msg("%.*s", (int)len, raw);
    gia_interaction_release(merged);
    gia_interaction_release(hops[0]);
    gia_interaction_release(hops[1]);
    return json;
}

#define HOP(members) "{\"id\":\"v\",\"status\":\"completed\"," members "}"

static void parts_are_joined(void **state)
{
    static const struct {
        const char *first, *second, *member, *merged;
    } rows[] = {
        {HOP("\"created\":\"1\",\"updated\":\"1\""), HOP("\"created\":\"2\",\"updated\":\"2\""),
         "created", "\"1\""},
        {HOP("\"created\":\"1\",\"updated\":\"1\""), HOP("\"created\":\"2\",\"updated\":\"2\""),
         "updated", "\"2\""},
        {HOP("\"steps\":[{\"type\":\"thought\"}]"),
         HOP("\"steps\":[{\"type\":\"user_input\",\"content\":[]},{\"type\":\"x\",\"a\":1}]"),
         "steps", "[{\"type\":\"thought\"},{\"type\":\"x\",\"a\":1}]"},
        {HOP("\"a\":1,\"a\":2"), HOP("\"a\":3,\"a\":4"), "a", "4"},
        {HOP("\"a\":1"), HOP("\"b\":1"), "continuation_ids", "[\"v\",\"v\"]"},
        /* usage */
        {HOP("\"usage\":{\"total_tokens\":2,\"initial_input_tokens\":7}"),
         HOP("\"usage\":{\"total_tokens\":3,\"initial_input_tokens\":8,\"b\":1}"), "usage",
         "{\"total_tokens\":5,\"initial_input_tokens\":7,\"b\":1}"},
        {HOP("\"usage\":{\"l\":[{\"modality\":\"text\",\"tokens\":1},{\"modality\":\"image\","
             "\"tokens\":2}]}"),
         HOP("\"usage\":{\"l\":[{\"modality\":\"audio\",\"tokens\":4},{\"modality\":\"text\","
             "\"tokens\":8},{\"modality\":\"text\",\"tokens\":16}]}"),
         "usage",
         "{\"l\":[{\"modality\":\"text\",\"tokens\":25},{\"modality\":\"image\",\"tokens\":2},"
         "{\"modality\":\"audio\",\"tokens\":4}]}"},
        /* numbers of any size */
        {HOP("\"usage\":{\"t\":9223372036854775807}"), HOP("\"usage\":{\"t\":9223372036854775807}"),
         "usage", "{\"t\":9223372036854775807}"},
        {HOP("\"usage\":{\"t\":-9223372036854775808}"),
         HOP("\"usage\":{\"t\":-9223372036854775808}"), "usage", "{\"t\":-9223372036854775808}"},
        /* what nobody would send */
        {HOP("\"usage\":7"), HOP("\"usage\":{\"t\":1}"), "usage", "7"},
        {HOP("\"usage\":{\"l\":[[1,\"x\"],5]}"), HOP("\"usage\":{\"l\":[[2]]}"), "usage",
         "{\"l\":[[1,\"x\"],5]}"},
        {HOP("\"usage\":{\"t\":1,\"t\":2}"), HOP("\"usage\":{\"t\":4}"), "usage", "{\"t\":6}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *merged = merge(rows[i].first, rows[i].second);
        json_t *wanted = json_loads(rows[i].merged, JSON_DECODE_ANY, NULL);

        if (!json_equal(json_object_get(merged, rows[i].member), wanted))
            fail_msg("row %zu: %s", i, json_dumps(merged, 0));
        json_decref(merged);
        json_decref(wanted);
    }
}

/* A hostile service must not keep the loop busy: usage beyond reason is not added up. */
static void usage_without_end(void **state)
{
    enum { MEMBERS = 40000 };
    char *text = malloc(MEMBERS * 20 + 100), *end = text;
    json_t *merged;

    end += sprintf(end, "{\"id\":\"v\",\"status\":\"completed\",\"usage\":{\"a\":1");
    for (int i = 0; i < MEMBERS; i++)
        end += sprintf(end, ",\"m%d\":%d", i, i);
    sprintf(end, "}}");
    merged = merge(text, text);
    assert_int_equal(json_object_size(json_object_get(merged, "usage")), MEMBERS + 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(merged, "usage"), "a")), 1);
    json_decref(merged);
    free(text);
}

static void memory_and_ceiling(void **state)
{
    gia_interaction_t *hops[2] = {decode(HOP("\"steps\":[{\"type\":\"x\"}],\"usage\":{\"t\":1}")),
                                  decode(HOP("\"usage\":{\"t\":1}"))};
    int rc = GIA_ENOMEM;

    for (size_t n = 1; rc == GIA_ENOMEM; n++) {
        failing_memory_t memory = {.fail_at = n};
        gia__mem_t mem = failing_allocator(&memory);
        gia_interaction_t *merged = NULL;

        rc = gia__hops_merge(&merged, &mem, hops, 2, SIZE_MAX, &limits, SIZE_MAX);
        gia_interaction_release(merged);
        assert_int_equal(memory.n_open, 0);
        assert_true(n < 200);
    }
    assert_int_equal(rc, GIA_OK);
    for (size_t max = 0; max < 90; max += 11) {
        gia__mem_t mem = gia__mem_init(NULL);
        gia_interaction_t *merged = NULL;

        assert_int_equal(gia__hops_merge(&merged, &mem, hops, 2, max, &limits, SIZE_MAX),
                         GIA_EINTERACTION_TOO_BIG);
    }
    gia_interaction_release(hops[0]);
    gia_interaction_release(hops[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_joined),
        cmocka_unit_test(usage_without_end),
        cmocka_unit_test(memory_and_ceiling),
    };
    return cmocka_run_group_tests_name("hops", tests, NULL, NULL);
}
