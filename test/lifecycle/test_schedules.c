/* Random schedules: calls are started, paused, resumed, canceled (with their run, too) and their
 * client closed at any time, while the simulator paces and breaks the answers. The seeds are fixed,
 * so that a failure comes again. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wires.h"

enum { RUNS = 150, CALLS = 12, STEPS = 60 };

typedef struct random_s {
    uint64_t state;
} random_t;

static unsigned pick(random_t *random, unsigned below)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (unsigned)((random->state >> 33) % below);
}

typedef struct member_s {
    struct schedule_s *schedule;
    gia_call_t *call;
    int started, done, paused, canceled, code;
    uint64_t events, deltas;
} member_t;

typedef struct schedule_s {
    world_t world;
    random_t random;
    member_t members[CALLS];
    int started, ended, steps, closed;
    later_t step;
} schedule_t;

static void act(schedule_t *schedule);

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    member_t *member = data;

    assert_false(member->done);
    assert_false(member->paused);
    assert_false(member->canceled);
    assert_false(member->schedule->closed);
    member->events++;
    if (event->type == GIA_EVENT_CONTENT_DELTA && event->delta.text) {
        char expected[24];
        snprintf(expected, sizeof(expected), "%d ", (int)member->deltas++);
        assert_string_equal(event->delta.text, expected);
    }
    if (pick(&member->schedule->random, 4) == 0)
        act(member->schedule);
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    member_t *member = data;

    assert_int_equal(member->done, 0);
    assert_int_equal(result->event_count, member->events);
    if (member->canceled || member->schedule->closed)
        assert_int_equal(result->code, GIA_ECANCELED);
    else
        assert_int_not_equal(result->code, GIA_ECANCELED);
    member->done = 1;
    member->code = result->code;
    member->call = NULL;
    member->schedule->ended++;
    if (pick(&member->schedule->random, 2) == 0)
        act(member->schedule);
}

static void start(schedule_t *schedule)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    gia_request_t *request;
    member_t *member;
    int rc;

    if (schedule->started == CALLS || schedule->world.clients_closed)
        return;
    member = &schedule->members[schedule->started];
    member->schedule = schedule;
    request = gia_request_new();
    gia_request_set_json(request, "", pick(&schedule->random, 4) ? BODY_STREAM : BODY_UNARY);
    options.on_event = on_event;
    options.on_done = on_done;
    options.data = member;
    options.fold = pick(&schedule->random, 2) ? GIA_FOLD_ON : GIA_FOLD_OFF;
    options.idle_timeout_ms = pick(&schedule->random, 2) ? 50 : 0;
    options.total_timeout_ms = pick(&schedule->random, 4) ? 0 : 150;
    rc = gia_interaction_create(&member->call, schedule->world.client, request, &options);
    gia_request_free(request);
    assert_int_equal(rc, schedule->closed ? GIA_ECLOSING : GIA_OK);
    if (rc != GIA_OK)
        return;
    schedule->started++;
    member->started = 1;
}

/* One thing, to one call; from wherever this is called. */
static void act(schedule_t *schedule)
{
    member_t *member = &schedule->members[pick(&schedule->random, CALLS)];
    unsigned what = pick(&schedule->random, 100);

    if (schedule->ended == CALLS)
        return;
    if (what < 30) {
        start(schedule);
    } else if (what == 99 && pick(&schedule->random, 3) == 0) {
        world_close_client(&schedule->world);
        schedule->closed = 1;
    } else if (!member->started || member->done) {
        return;
    } else if (what < 40) {
        if (what < 35)
            gia_call_cancel(member->call);
        else
            gia_call_cancel_remote(member->call);
        member->canceled = 1;
    } else if (what < 65) {
        gia_call_pause(member->call);
        member->paused = 1;
    } else {
        member->paused = 0;
        gia_call_resume(member->call);
    }
}

static void step(void *data)
{
    schedule_t *schedule = data;
    int calls = schedule->closed ? 0 : CALLS;

    if (schedule->steps++ < STEPS) {
        act(schedule);
    } else {
        /* Enough: whatever waits may go on, and whoever has not been started is not needed. */
        while (schedule->started < calls)
            start(schedule);
        for (int i = 0; i < CALLS; i++) {
            member_t *member = &schedule->members[i];
            member->paused = 0;
            if (member->started && !member->done)
                gia_call_resume(member->call);
        }
    }
    later_start(&schedule->step, schedule->steps < STEPS ? 1 + pick(&schedule->random, 10) : 400);
}

static int is_over(void *data)
{
    const schedule_t *schedule = data;

    return schedule->ended == schedule->started && schedule->steps > STEPS;
}

/* {"replies":[…],"repeat":true}: healthy ones and broken ones. */
static void script(schedule_t *schedule, size_t wire)
{
    static const char *const ends[] = {"normal", "normal", "normal",  "close",
                                       "reset",  "stall",  "graceful"};
    json_t *replies = json_array(), *texts = json_array(), *root;
    random_t *random = &schedule->random;
    char *text;

    for (unsigned i = 0; i < 30; i++)
        json_array_append_new(texts, json_sprintf("%u ", i));
    for (unsigned i = 0; i < CALLS; i++) {
        json_t *reply = json_object();
        const char *end = ends[pick(random, sizeof(ends) / sizeof(ends[0]))];

        switch (pick(random, 8)) {
        case 0: json_object_set_new(reply, "status", json_integer(503)); break;
        case 1:
            json_object_set_new(reply, "accept", json_string(pick(random, 2) ? "close" : "reset"));
            break;
        default:
            json_object_set(reply, "texts", texts);
            json_object_set_new(reply, "delay_ms", json_integer(pick(random, 30)));
            json_object_set_new(reply, "interval_ms", json_integer(pick(random, 4)));
            if (pick(random, 2))
                json_object_set_new(reply, "chunk_bytes", json_integer(1 + pick(random, 500)));
            if (strcmp(end, "normal") != 0) {
                json_object_set_new(reply, "end", json_string(end));
                json_object_set_new(reply, "cut_at", json_integer(pick(random, 3000)));
            }
        }
        json_array_append_new(replies, reply);
    }
    root = json_pack("{s:o,s:b}", "replies", replies, "repeat", 1);
    text = json_dumps(root, 0);
    world_script(&schedule->world, text);
    free(text);
    json_decref(root);
    json_decref(texts);
}

static void play(uint64_t seed)
{
    static schedule_t schedule;
    world_options_t options;
    size_t wire = (size_t)(seed % WIRES);

    memset(&schedule, 0, sizeof(schedule));
    schedule.random.state = seed * 0x9e3779b97f4a7c15u + 1;
    options = wire_options(wire);
    options.config.max_in_flight = 1 + pick(&schedule.random, 6);
    options.config.first_byte_timeout_ms = 5000;
    options.config.idle_timeout_ms = 5000;
    world_open(&schedule.world, &options);
    script(&schedule, wire);
    later_init(&schedule.step, &schedule.world.loop, step, &schedule);
    step(&schedule);
    world_run_until(&schedule.world, is_over, &schedule);
    later_close(&schedule.step);
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(schedule.members[i].done, schedule.members[i].started);
    world_close(&schedule.world);
}

static void random_schedules_keep_the_promises(void **state)
{
    const char *only = getenv("GIA_TEST_SEED");

    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        if (only && strtoull(only, NULL, 10) != seed)
            continue;
        if (getenv("VERBOSE"))
            fprintf(stderr, "# seed %llu\n", (unsigned long long)seed);
        play(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_schedules_keep_the_promises),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
