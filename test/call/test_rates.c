/* Calls beyond a rate wait in line: for as long as they must, in their order, and not in vain. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "clock.h"

enum { MINUTE = 60000 };

static void body_of(char *body, size_t size, const char *model, int number)
{
    snprintf(body, size, "{\"model\":\"%s\",\"input\":\"%d\"}", model, number);
}

static int start(world_t *world, record_t *record, const char *model, int number,
                 int64_t total_timeout_ms)
{
    gia_call_options_t options = record_options(record, world);
    char body[100];

    options.total_timeout_ms = total_timeout_ms;
    body_of(body, sizeof(body), model, number);
    return world_create(world, record, body, &options);
}

static int number_of(const sim_request_t *request)
{
    return atoi(json_string_value(json_object_get(request->json, "input")));
}

/* Nobody waits for a time any more. */
static void assert_no_timer(const world_t *world)
{
    assert_false(uv_is_active((const uv_handle_t *)&world->client->line_timer));
}

static void requests_a_minute(void **state)
{
    enum { CALLS = 360, RATE = 120 };
    world_options_t options = WORLD_OPTIONS;
    record_t *records = calloc(CALLS, sizeof(*records));
    record_t get = {0};
    world_t world;

    options.config.requests_per_minute = RATE;
    world_open(&world, &options);
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(start(&world, &records[i], "m", i, 0), GIA_OK);
    /* What is no create does not wait. */
    gia_call_options_t call = record_options(&get, &world);
    assert_int_equal(gia_interaction_get(&get.call, world.client, "v1_x", NULL, &call), GIA_OK);
    world_run(&world, &get);
    assert_int_equal(get.code, GIA_ENOT_FOUND);
    assert_true(sim_request_count(world.sim) <= 3);
    record_clear(&get);

    for (int i = 0; i < CALLS; i++) {
        world_run(&world, &records[i]);
        assert_int_equal(records[i].code, GIA_OK);
        record_clear(&records[i]);
    }
    assert_no_timer(&world);
    assert_int_equal(sim_request_count(world.sim), CALLS + 1);
    const sim_request_t *before[RATE] = {NULL};
    uint64_t first_ms = sim_request(world.sim, 0)->time, last_ms = 0;
    int number = 0;
    for (size_t i = 0; i < CALLS + 1; i++) {
        const sim_request_t *request = sim_request(world.sim, i);
        if (strcmp(request->method, "GET") == 0)
            continue;
        assert_int_equal(number_of(request), number); /* first come, first served */
        /* never more in any minute; a moment is for the way */
        if (before[number % RATE])
            assert_true(request->time + 20 >= before[number % RATE]->time + MINUTE);
        before[number++ % RATE] = request;
        last_ms = request->time;
    }
    assert_in_range(last_ms - first_ms, 2.98 * MINUTE, 3.02 * MINUTE); /* and not fewer */
    free(records);
    world_close(&world);
}

static int64_t tokens_of(const record_t *record)
{
    return gia_interaction_usage(record->interaction)->total_tokens;
}

/* What was estimated is corrected by what was counted. */
static void tokens_a_minute(void **state)
{
    enum { CALLS = 300, RATE = 3000 };
    world_options_t options = WORLD_OPTIONS;
    record_t *records = calloc(CALLS, sizeof(*records));
    uint64_t began;
    double tokens = 0, minutes;
    world_t world;

    options.config.tokens_per_minute = RATE;
    world_open(&world, &options);
    world_script(&world, "{\"repeat\":true,\"replies\":[{\"service\":true,\"delay_ms\":2000}]}");
    began = uv_now(&world.loop);
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(start(&world, &records[i], "m", i, 0), GIA_OK);
    for (int i = 0; i < CALLS; i++) {
        world_run(&world, &records[i]);
        assert_int_equal(records[i].code, GIA_OK);
        tokens += (double)tokens_of(&records[i]);
        record_clear(&records[i]);
    }
    minutes = (double)(uv_now(&world.loop) - began) / MINUTE;
    printf("# %.0f tokens in %.2f minutes\n", tokens, minutes);
    assert_true(minutes > 2);
    assert_true(tokens / minutes < RATE * 1.02 && tokens / minutes > RATE * 0.93);
    free(records);
    world_close(&world);
}

#define HEADER_20 "{\"status\":429,\"body_text\":\"\",\"headers\":{\"retry-after\":\"20\"}}"
#define BUSY_20   "{\"status\":503,\"body_text\":\"\",\"headers\":{\"retry-after\":\"20\"}}"
#define BODY_20                                                                                    \
    "{\"status\":429,\"headers\":{\"content-type\":\"application/json\"},\"body_text\":"           \
    "\"{\\\"error\\\":{\\\"code\\\":429,\\\"message\\\":\\\"m\\\",\\\"status\\\":"                 \
    "\\\"RESOURCE_EXHAUSTED\\\",\\\"details\\\":[{\\\"@type\\\":"                                  \
    "\\\"type.googleapis.com/google.rpc.RetryInfo\\\",\\\"retryDelay\\\":\\\"20s\\\"}]}}\"}"

/* One is refused: those of the same model wait with it, also those that were in line before. */
static void a_pause_is_shared(void **state)
{
    static const char *const replies[] = {HEADER_20, BUSY_20, BODY_20};

    for (size_t row = 0; row < 3; row++) {
        world_options_t options = WORLD_OPTIONS;
        record_t first = {0}, in_line = {0}, next = {0}, other = {0}, last = {0};
        uint64_t refused_ms;
        char script[600];
        world_t world;

        options.config.max_attempts = 2;
        options.config.max_in_flight = 1;
        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[%s]}", replies[row]);
        world_script(&world, script);
        assert_int_equal(start(&world, &first, "a", 0, 0), GIA_OK);
        assert_int_equal(start(&world, &in_line, "a", 1, 0), GIA_OK);
        world_pass(&world, 1000);
        refused_ms = sim_request(world.sim, 0)->time;
        assert_int_equal(sim_request_count(world.sim), 1);
        assert_int_equal(start(&world, &next, "a", 2, 0), GIA_OK);
        assert_int_equal(start(&world, &other, "b", 3, 0), GIA_OK);
        world_run(&world, &other);
        assert_int_equal(other.code, GIA_OK);
        assert_true(other.done_ms < refused_ms + 2000);
        world_pass(&world, 18000);
        assert_int_equal(sim_request_count(world.sim), 2);
        assert_int_equal(start(&world, &last, "a", 4, 0), GIA_OK);
        world_run(&world, &first);
        world_run(&world, &in_line);
        world_run(&world, &next);
        world_run(&world, &last);
        assert_int_equal(first.code, GIA_OK);
        assert_int_equal(first.attempts, 2);
        assert_int_equal(last.attempts, 1);
        assert_int_equal(number_of(sim_request(world.sim, 2)), 1); /* it stood in line first */
        assert_in_range(sim_request(world.sim, 2)->time, refused_ms + 20000, refused_ms + 20050);
        assert_no_timer(&world);
        record_clear(&first);
        record_clear(&in_line);
        record_clear(&next);
        record_clear(&other);
        record_clear(&last);
        world_close(&world);
    }
}

/* Who would wait for a quota would wait in vain. */
static void a_quota_is_no_pause(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t first = {0}, next = {0};
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"fixture\":\"steps/error_429_quota.json\","
                         "\"headers\":{\"retry-after\":\"20\"}}]}");
    assert_int_equal(start(&world, &first, "a", 0, 0), GIA_OK);
    world_run(&world, &first);
    assert_int_equal(first.code, GIA_EQUOTA);
    assert_int_equal(start(&world, &next, "a", 1, 0), GIA_OK);
    world_run(&world, &next);
    assert_int_equal(next.code, GIA_OK);
    assert_true(next.done_ms - first.done_ms < 500);
    record_clear(&first);
    record_clear(&next);
    world_close(&world);
}

/* The end of a call that waits. */
static void stopping_in_line(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t first = {0}, canceled = {0}, late = {0}, hopeless = {0}, good = {0}, closed = {0};
    uint64_t began;
    world_t world;

    options.config.requests_per_minute = 1;
    world_open(&world, &options);
    began = uv_now(&world.loop);
    assert_int_equal(start(&world, &first, "a", 0, 0), GIA_OK);
    world_run(&world, &first);
    assert_int_equal(first.code, GIA_OK);
    assert_no_timer(&world);
    assert_int_equal(start(&world, &canceled, "a", 1, 0), GIA_OK);
    assert_int_equal(start(&world, &good, "a", 2, 0), GIA_OK);
    assert_int_equal(start(&world, &late, "a", 3, 90000), GIA_OK);
    assert_int_equal(start(&world, &hopeless, "a", 4, 30000), GIA_OK);

    world_run(&world, &hopeless); /* at once: it cannot be */
    assert_int_equal(hopeless.code, GIA_ERATE_WAIT);
    assert_true(hopeless.done_ms < began + 1000);
    assert_in_range(hopeless.retry_after_ms, 59000, 60100);
    assert_int_equal(hopeless.request_sent, 0);
    assert_int_equal(hopeless.attempts, 0);

    world_pass(&world, 10000);
    gia_call_cancel(canceled.call);
    world_run(&world, &canceled);
    assert_int_equal(canceled.code, GIA_ECANCELED);
    world_run(&world, &good); /* moves up */
    assert_int_equal(good.code, GIA_OK);
    assert_in_range(good.done_ms - began, 60000, 60500);
    world_run(&world, &late);
    assert_int_equal(late.code, GIA_ETOTAL_TIMEOUT);
    assert_in_range(late.done_ms - began, 90000, 90500);
    assert_no_timer(&world);

    assert_int_equal(start(&world, &closed, "a", 5, 0), GIA_OK);
    world_pass(&world, 1000);
    assert_int_equal(closed.done, 0);
    world_close_client(&world);
    world_run(&world, &closed);
    assert_int_equal(closed.code, GIA_ECANCELED);
    assert_int_equal(sim_request_count(world.sim), 2);
    record_clear(&first);
    record_clear(&canceled);
    record_clear(&late);
    record_clear(&hopeless);
    record_clear(&good);
    record_clear(&closed);
    world_close(&world);
}

/* -- a service whose ceiling halves -- */

typedef struct caller_s {
    world_t *world;
    struct crowd_s *crowd;
} caller_t;

typedef struct crowd_s {
    int stopped;
    size_t open, failed;
} crowd_t;

static void ask(caller_t *caller);

static void on_answer(gia_call_t *call, const gia_result_t *result, void *data)
{
    caller_t *caller = data;

    caller->crowd->open--;
    caller->crowd->failed += result->code != GIA_OK && !caller->crowd->stopped;
    if (!caller->crowd->stopped)
        ask(caller);
}

static void ask(caller_t *caller)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    gia_request_t *request = gia_request_new();

    options.on_done = on_answer;
    options.data = caller;
    gia_request_set_model(request, "m");
    gia_request_add_text(request, "Hello");
    assert_int_equal(gia_interaction_create(NULL, caller->world->client, request, &options),
                     GIA_OK);
    gia_request_free(request);
    caller->crowd->open++;
}

static int nobody_is_left(void *data)
{
    return ((crowd_t *)data)->open == 0;
}

static void look(world_t *world, const char *when, double rate, uint64_t ms)
{
    sim_counts_t before = sim_counts(world->sim), after;
    uint64_t began = uv_now(&world->loop);
    double taken, refused, used_percent, refused_percent;

    world_pass(world, ms);
    after = sim_counts(world->sim);
    taken = (double)(after.creates - before.creates);
    refused = (double)(after.refused - before.refused);
    used_percent = 100 * taken / (rate * (double)(uv_now(&world->loop) - began) / 1000);
    refused_percent = 100 * refused / (taken + refused);
    printf("# %-7s %2.0f/s: %6.2f %% of the ceiling used, %5.2f %% of the answers refused\n", when,
           rate, used_percent, refused_percent);
    if (used_percent < 95 || refused_percent >= 1)
        fail_msg("%.2f %% used, %.2f %% refused", used_percent, refused_percent);
}

static void a_ceiling_that_halves(void **state)
{
    enum { CALLERS = 60 };
    world_options_t options = WORLD_OPTIONS;
    caller_t callers[CALLERS];
    crowd_t crowd = {0};
    world_t world;

    options.config.auto_concurrency = 1;
    options.config.max_attempts = 4;
    options.sim.log_limit = 1;
    world_open(&world, &options);
    world_script(&world, "{\"repeat\":true,\"replies\":[{\"service\":true,\"delay_ms\":1500}]}");
    sim_set_rate(world.sim, 10, 10);
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (caller_t){&world, &crowd};
        ask(&callers[i]);
    }
    world_pass(&world, MINUTE);
    look(&world, "before,", 10, 3 * MINUTE);
    sim_set_rate(world.sim, 5, 5);
    world_pass(&world, MINUTE);
    look(&world, "halved,", 5, 3 * MINUTE);
    assert_int_equal(crowd.failed, 0);
    crowd.stopped = 1;
    world_close_client(&world);
    world_run_until(&world, nobody_is_left, &crowd);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_a_minute), cmocka_unit_test(tokens_a_minute),
        cmocka_unit_test(a_pause_is_shared), cmocka_unit_test(a_quota_is_no_pause),
        cmocka_unit_test(stopping_in_line),  cmocka_unit_test(a_ceiling_that_halves),
    };
    clock_virtual(1);
    return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
