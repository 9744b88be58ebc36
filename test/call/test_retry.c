/* What is made again after trouble, how often, when, and what is never made twice. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum way { UNARY, STREAM, GET, CANCEL, DELETE, WAYS };

static const char *const way_names[] = {"create", "streamed create", "get", "cancel", "delete"};

static void start(world_t *world, record_t *record, enum way way, const gia_call_options_t *options)
{
    static const char id[] = "v1_x";
    int rc = GIA_EINVAL;

    switch (way) {
    case UNARY: rc = world_create(world, record, BODY_UNARY, options); break;
    case STREAM: rc = world_create(world, record, BODY_STREAM, options); break;
    case GET: rc = gia_interaction_get(&record->call, world->client, id, NULL, options); break;
    case CANCEL: rc = gia_interaction_cancel(&record->call, world->client, id, options); break;
    case DELETE: rc = gia_interaction_delete(&record->call, world->client, id, options); break;
    case WAYS: break;
    }
    assert_int_equal(rc, GIA_OK);
}

/* A good answer to each of them. */
static const char *good(enum way way)
{
    return way == STREAM   ? "{\"fixture\":\"steps/text.sse\"}"
           : way == DELETE ? "{\"fixture\":\"steps/delete.json\"}"
                           : "{\"fixture\":\"steps/text.json\"}";
}

#define RESET_BEFORE "{\"accept\":\"reset\"}"
#define NO_ANSWER    "{\"accept\":\"close\"}"

/* One row: this answer, then a good one. */
static const struct {
    const char *reply;
    int creates_again, others_again; /* whether the second request is made */
    int code;                        /* that the call ends with, if it is not */
    int may_have_run;                /* likewise, for a create */
} rows[] = {
    {"{\"fixture\":\"steps/error_429_rate_limit.json\"}", 1, 1, GIA_ERATE_LIMITED, 0},
    {"{\"fixture\":\"steps/error_429_google_rpc.json\"}", 1, 1, GIA_ERATE_LIMITED, 0},
    {"{\"fixture\":\"steps/error_500_api_error.json\"}", 1, 1, GIA_ESERVER, 0},
    {"{\"fixture\":\"steps/error_502_html.json\"}", 1, 1, GIA_EUNAVAILABLE, 0},
    {"{\"fixture\":\"steps/error_503_service_unavailable.json\"}", 1, 1, GIA_EUNAVAILABLE, 0},
    {"{\"fixture\":\"steps/error_503_google_rpc_array.json\"}", 1, 1, GIA_EUNAVAILABLE, 0},
    {"{\"fixture\":\"steps/error_504_deadline_exceeded.json\"}", 1, 1, GIA_EDEADLINE, 0},
    {"{\"fixture\":\"steps/error_409_aborted.json\"}", 1, 1, GIA_ECONFLICT, 0},
    {"{\"status\":408,\"body_text\":\"\"}", 1, 1, GIA_EHTTP, 0},
    {"{\"status\":501,\"body_text\":\"\"}", 0, 0, GIA_ESERVER, 0},
    {"{\"fixture\":\"steps/error_429_quota.json\"}", 0, 0, GIA_EQUOTA, 0},
    {"{\"fixture\":\"steps/error_400_invalid_request.json\"}", 0, 0, GIA_EBAD_REQUEST, 0},
    {"{\"fixture\":\"steps/error_401_authentication.json\"}", 0, 0, GIA_EAUTHENTICATION, 0},
    {"{\"fixture\":\"steps/error_402_payment_required.json\"}", 0, 0, GIA_EPAYMENT, 0},
    {"{\"fixture\":\"steps/error_403_permission_denied.json\"}", 0, 0, GIA_EPERMISSION, 0},
    {"{\"fixture\":\"steps/error_404_not_found.json\"}", 0, 0, GIA_ENOT_FOUND, 0},
    {RESET_BEFORE, 0, 1, GIA_ELOST, 1},
    {NO_ANSWER, 0, 1, GIA_ELOST, 1},
    {"{\"fixture\":\"steps/text.json\",\"cut_at\":20,\"framing\":\"length\",\"end\":\"close\"}", 0,
     1, GIA_ETRUNCATED, 1},
};

static void what_is_made_again(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (enum way way = 0; way < WAYS; way++) {
            int is_create = way == UNARY || way == STREAM;
            int again = is_create ? rows[i].creates_again : rows[i].others_again;
            world_options_t options = WORLD_OPTIONS;
            gia_call_options_t call;
            record_t record = {0};
            char script[600];
            world_t world;

            options.config.max_attempts = 3;
            world_open(&world, &options);
            snprintf(script, sizeof(script), "{\"replies\":[%s,%s]}", rows[i].reply, good(way));
            world_script(&world, script);
            call = record_options(&record, &world);
            start(&world, &record, way, &call);
            world_run(&world, &record);
            if (record.attempts != 1u + (unsigned)again || (record.code == GIA_OK) != again ||
                (!again && is_create && record.may_have_run != rows[i].may_have_run))
                fail_msg("row %zu, %s: %u attempts, %s: %s, may have run: %d", i, way_names[way],
                         record.attempts, gia_error_name(record.code), record.message,
                         record.may_have_run);
            if (!again && !strstr(rows[i].reply, "cut_at") && !strstr(rows[i].reply, "408") &&
                !strstr(rows[i].reply, "501"))
                assert_int_equal(record.code, rows[i].code);
            record_clear(&record);
            world_close(&world);
        }
    }
}

/* What was lost is made again only if the caller wants it; then the last word counts. */
static void lost_creates_if_wanted(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    gia_call_options_t call;
    record_t record = {0};
    world_t world;

    options.config.max_attempts = 3;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" RESET_BEFORE "," NO_ANSWER
                         ",{\"fixture\":\"steps/text.json\"}," RESET_BEFORE "," RESET_BEFORE
                         ",{\"fixture\":\"steps/error_503_service_unavailable.json\"}]}");
    call = record_options(&record, &world);
    call.retry = GIA_RETRY_LOST;
    start(&world, &record, UNARY, &call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_int_equal(record.attempts, 3);
    assert_int_equal(record.may_have_run, 0);
    record_clear(&record);

    memset(&record, 0, sizeof(record));
    start(&world, &record, UNARY, &call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_EUNAVAILABLE);
    assert_int_equal(record.attempts, 3);
    assert_int_equal(record.may_have_run, 1); /* the first two were lost */
    record_clear(&record);
    world_close(&world);
}

static void nobody_listens(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    gia_call_options_t call;
    record_t record = {0};
    world_t world;

    options.config.base_url = "http://127.0.0.1:1";
    options.config.max_attempts = 4;
    world_open(&world, &options);
    call = record_options(&record, &world);
    start(&world, &record, UNARY, &call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ECONNECT);
    assert_int_equal(record.attempts, 4);
    assert_int_equal(record.request_sent, 0);
    assert_int_equal(record.may_have_run, 0);
    record_clear(&record);

    /* A call may have a ceiling of its own. */
    memset(&record, 0, sizeof(record));
    call.max_attempts = 1;
    start(&world, &record, UNARY, &call);
    world_run(&world, &record);
    assert_int_equal(record.attempts, 1);
    record_clear(&record);
    world_close(&world);
}

/* The pause in loop time between the first two requests. */
static void pauses(void **state)
{
    static const struct {
        const char *reply;
        uint64_t at_least_ms, at_most_ms;
    } table[] = {
        {"{\"status\":503,\"body_text\":\"\"}", 0, 400},
        {"{\"status\":503,\"body_text\":\"\",\"headers\":{\"retry-after\":\"2\"}}", 2000, 2100},
        {"{\"status\":429,\"body_text\":\"\",\"headers\":{\"retry-after-ms\":\"1500\","
         "\"retry-after\":\"7\"}}",
         1500, 1600},
        {"{\"status\":429,\"headers\":{\"content-type\":\"application/json\"},\"body_text\":"
         "\"{\\\"error\\\":{\\\"code\\\":429,\\\"message\\\":\\\"m\\\",\\\"status\\\":"
         "\\\"RESOURCE_EXHAUSTED\\\",\\\"details\\\":[{\\\"@type\\\":"
         "\\\"type.googleapis.com/google.rpc.RetryInfo\\\",\\\"retryDelay\\\":\\\"3.5s\\\"}]}}\"}",
         3500, 3600},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        gia_call_options_t call;
        char script[800];
        uint64_t pause_ms;
        world_t world;

        options.config.max_attempts = 2;
        options.config.retry_delay_ms = 400;
        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[%s]}", table[i].reply);
        world_script(&world, script);
        call = record_options(&record, &world);
        start(&world, &record, UNARY, &call);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        pause_ms = sim_request(world.sim, 1)->time - sim_request(world.sim, 0)->time;
        if (pause_ms < table[i].at_least_ms || pause_ms > table[i].at_most_ms + 20)
            fail_msg("row %zu: %d ms", i, (int)pause_ms);
        record_clear(&record);
        world_close(&world);
    }
}

/* Pauses are random, each up to twice the one before, and never above the ceiling. */
static void pauses_grow(void **state)
{
    uint64_t longest[6] = {0};

    for (int round = 0; round < 40; round++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        gia_call_options_t call;
        world_t world;

        options.config.max_attempts = 6;
        options.config.retry_delay_ms = 100;
        options.config.max_retry_delay_ms = 500;
        world_open(&world, &options);
        world_script(&world, "{\"repeat\":true,\"replies\":[{\"status\":503,\"body_text\":\"\"}]}");
        call = record_options(&record, &world);
        start(&world, &record, UNARY, &call);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_EUNAVAILABLE);
        assert_int_equal(record.attempts, 6);
        for (size_t i = 1; i < 6; i++) {
            uint64_t ms = sim_request(world.sim, i)->time - sim_request(world.sim, i - 1)->time;
            if (ms > longest[i])
                longest[i] = ms;
        }
        record_clear(&record);
        world_close(&world);
    }
    assert_in_range(longest[1], 60, 120);
    assert_in_range(longest[2], 110, 220);
    assert_in_range(longest[3], 210, 420);
    assert_in_range(longest[4], 300, 520);
    assert_in_range(longest[5], 300, 520);
}

/* The true error comes at once when there is no time left for another try. */
static void budgets_of_time(void **state)
{
    static const struct {
        int64_t total_ms, retry_timeout_ms, max_delay_ms;
        const char *retry_after;
    } table[] = {
        {3000, 0, 0, "5"},              /* the call would not live so long */
        {GIA_NO_TIMEOUT, 4000, 0, "5"}, /* nothing is tried again so late */
        {GIA_NO_TIMEOUT, 0, 4000, "5"}, /* a pause longer than any may be */
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        gia_call_options_t call;
        char script[300];
        uint64_t began;
        world_t world;

        options.config.max_attempts = 4;
        options.config.retry_timeout_ms = table[i].retry_timeout_ms;
        options.config.max_retry_delay_ms = table[i].max_delay_ms;
        world_open(&world, &options);
        snprintf(script, sizeof(script),
                 "{\"replies\":[{\"status\":429,\"body_text\":\"\",\"headers\":"
                 "{\"retry-after\":\"%s\"}}]}",
                 table[i].retry_after);
        world_script(&world, script);
        call = record_options(&record, &world);
        call.total_timeout_ms = table[i].total_ms;
        began = uv_now(&world.loop);
        start(&world, &record, UNARY, &call);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_ERATE_LIMITED);
        assert_int_equal(record.retry_after_ms, 5000);
        assert_int_equal(record.attempts, 1);
        assert_true(record.done_ms - began < 500);
        record_clear(&record);
        world_close(&world);
    }
}

static int has_request(void *data)
{
    return sim_request_count(((world_t *)data)->sim) > 0;
}

/* A call that rests between two tries can be stopped like any other. */
static void stopping_in_a_pause(void **state)
{
    for (int way = 0; way < 3; way++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        gia_call_options_t call;
        world_t world;

        options.config.max_attempts = 2;
        world_open(&world, &options);
        world_script(&world, "{\"replies\":[{\"status\":429,\"body_text\":\"\",\"headers\":"
                             "{\"retry-after\":\"20\"}}]}");
        call = record_options(&record, &world);
        call.total_timeout_ms = 25000;
        start(&world, &record, UNARY, &call);
        world_run_until(&world, has_request, &world);
        world_pass(&world, 3000);
        assert_int_equal(record.done, 0);
        if (way == 0)
            gia_call_cancel(record.call);
        else if (way == 1)
            world_close_client(&world);
        else {
            gia_call_pause(record.call); /* no event can come anyway */
            gia_call_resume(record.call);
        }
        world_run(&world, &record);
        assert_int_equal(record.code, way < 2 ? GIA_ECANCELED : GIA_OK);
        assert_int_equal(record.may_have_run, 0);
        assert_int_equal(sim_request_count(world.sim), way < 2 ? 1 : 2);
        record_clear(&record);
        world_close(&world);
    }
}

/* A service in trouble of all kinds never runs the same create twice. */
static void nothing_is_run_twice(void **state)
{
    static const char *const troubles[] = {
        RESET_BEFORE,
        NO_ANSWER,
        "{\"fixture\":\"steps/error_503_service_unavailable.json\"}",
        "{\"fixture\":\"steps/error_429_rate_limit.json\"}",
        "{\"texts\":[\"a\",\"b\"],\"cut_at\":30,\"end\":\"reset\"}",
        "{\"texts\":[\"a\",\"b\"],\"cut_at\":200,\"end\":\"close\"}",
        "{\"texts\":[\"a\",\"b\"],\"cut_at\":40,\"end\":\"stall\"}",
        "{\"texts\":[\"a\",\"b\"],\"delay_ms\":90000}",
        "{\"texts\":[\"a\",\"b\"]}",
        "{\"service\":true}",
    };
    enum { CALLS = 300 };
    unsigned random = 4711;

    for (int wire = 0; wire < 2; wire++) {
        world_options_t options = WORLD_OPTIONS;
        record_t *records = calloc(CALLS, sizeof(*records));
        unsigned run[CALLS] = {0};
        size_t ended_well = 0;
        world_t world;

        options.sim.tls = wire;
        options.config.max_attempts = 4;
        options.config.first_byte_timeout_ms = 60000;
        options.config.idle_timeout_ms = 60000;
        world_open(&world, &options);
        for (int i = 0; i < CALLS * 2; i++) {
            char script[300];
            random = random * 1103515245u + 12345u;
            snprintf(script, sizeof(script), "{\"replies\":[%s]}",
                     troubles[(random >> 16) % (sizeof(troubles) / sizeof(troubles[0]))]);
            world_script(&world, script);
        }
        for (int i = 0; i < CALLS; i++) {
            char body[200];
            snprintf(body, sizeof(body), "{\"model\":\"m\",\"input\":\"%d\",\"stream\":%s}", i,
                     i % 2 ? "true" : "false");
            assert_int_equal(world_create(&world, &records[i], body, NULL), GIA_OK);
        }
        for (int i = 0; i < CALLS; i++)
            world_run(&world, &records[i]);
        for (size_t i = 0; i < sim_request_count(world.sim); i++) {
            const sim_request_t *request = sim_request(world.sim, i);
            int number = atoi(json_string_value(json_object_get(request->json, "input")));
            /* Whatever it did not refuse it may have run. */
            run[number] += request->status < 300;
        }
        for (int i = 0; i < CALLS; i++) {
            assert_int_equal(records[i].done, 1);
            ended_well += records[i].code == GIA_OK;
            if (run[i] > 1)
                fail_msg("call %d was run %u times", i, run[i]);
            /* Who is told that nothing ran can rely on it. */
            if (records[i].code != GIA_OK && !records[i].may_have_run)
                assert_int_equal(run[i], 0);
            record_clear(&records[i]);
        }
        assert_true(ended_well > CALLS / 5);
        free(records);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_again),  cmocka_unit_test(lost_creates_if_wanted),
        cmocka_unit_test(nobody_listens),      cmocka_unit_test(pauses),
        cmocka_unit_test(pauses_grow),         cmocka_unit_test(budgets_of_time),
        cmocka_unit_test(stopping_in_a_pause), cmocka_unit_test(nothing_is_run_twice),
    };
    clock_virtual(1);
    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
