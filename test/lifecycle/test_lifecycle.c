/* Whatever is done to a call or its client, at whatever moment: one end for each, then silence. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wires.h"

#define SLOW_REPLIES                                                                               \
    "{\"replies\":[{\"texts\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"],\"delay_ms\":20,"              \
    "\"interval_ms\":10}],\"repeat\":true}"
#define SLOW_TEXT "abcdef"

/* -- the matrix -- */

enum action { NOTHING, CANCEL, CLOSE, START, PAUSE, CANCEL_OTHER, ACTIONS };

enum moment {
    BEFORE_LOOP,
    FIRST_EVENT,
    MIDDLE_DELTA,
    COMPLETE_EVENT,
    IN_DONE,
    TIMER_RUNNING,
    TIMER_WAITING,
    AFTER_DONE,
    MOMENTS
};

static const char *const action_names[] = {"nothing",     "cancel", "close",
                                           "start again", "pause",  "cancel another"};
static const char *const moment_names[] = {
    "before the loop", "in the first event",   "in a middle delta",    "in the complete event",
    "in on_done",      "from a running timer", "from a waiting timer", "after done"};

typedef struct scene_s {
    world_t world;
    record_t subject, other, third;
    gia_call_t *call; /* of the subject; good until its on_done has returned */
    enum action action;
    enum moment moment;
    later_t act, resume;
    int deltas;
    int acted;       /* the moment came */
    int ended_first; /* the subject was done by then */
    int paused;
    int silent; /* no event of the subject may come */
    int third_started;
    int third_code;
} scene_t;

static void resume(void *data)
{
    scene_t *scene = data;

    scene->paused = 0;
    if (!scene->subject.done)
        gia_call_resume(scene->call);
}

static void act(void *data)
{
    scene_t *scene = data;
    int alive = scene->call && (!scene->subject.done || scene->moment == IN_DONE);

    if (scene->acted)
        return;
    scene->acted = 1;
    scene->ended_first = scene->subject.done;
    switch (scene->action) {
    case CANCEL:
        if (!alive)
            break;
        gia_call_cancel(scene->call);
        gia_call_cancel(scene->call); /* twice is once */
        scene->silent = 1;
        break;
    case CLOSE:
        world_close_client(&scene->world);
        gia_client_close(scene->world.client, NULL, NULL); /* only the first one counts */
        scene->silent = 1;
        break;
    case START:
        scene->third_started = 1;
        scene->third_code = world_create(&scene->world, &scene->third, BODY_STREAM, NULL);
        break;
    case PAUSE:
        if (!alive)
            break;
        gia_call_pause(scene->call);
        gia_call_pause(scene->call);
        scene->paused = 1;
        if (scene->moment == IN_DONE)
            resume(scene);
        else
            later_start(&scene->resume, 200);
        break;
    case CANCEL_OTHER:
        if (!scene->other.done)
            gia_call_cancel(scene->other.call);
        break;
    default: break;
    }
}

static void subject_event(record_t *record, const gia_event_t *event)
{
    scene_t *scene = record->data;

    assert_false(scene->silent);
    assert_false(scene->paused);
    if (event->type == GIA_EVENT_CONTENT_DELTA)
        scene->deltas++;
    if ((scene->moment == FIRST_EVENT && record->event_count == 0) ||
        (scene->moment == MIDDLE_DELTA && scene->deltas == 3) ||
        (scene->moment == COMPLETE_EVENT && event->type == GIA_EVENT_INTERACTION_COMPLETE))
        act(scene);
}

static void subject_done(record_t *record, const gia_result_t *result)
{
    scene_t *scene = record->data;

    assert_int_equal(record->done, 1);
    assert_false(scene->paused);
    if (scene->moment == IN_DONE)
        act(scene);
}

static int all_done(void *data)
{
    const scene_t *scene = data;

    return scene->subject.done && scene->other.done &&
           (!scene->third_started || scene->third_code != GIA_OK || scene->third.done);
}

static int both_done(void *data)
{
    const scene_t *scene = data;

    return scene->subject.done && scene->other.done;
}

static void check_success(const record_t *record, int stream)
{
    assert_int_equal(record->code, GIA_OK);
    if (stream)
        assert_string_equal(record->text, SLOW_TEXT);
    assert_string_equal(gia_interaction_output_text(record->interaction, NULL), SLOW_TEXT);
}

static void check_scene(const scene_t *scene, int stream)
{
    int early = scene->acted && !scene->ended_first;

    assert_int_equal(scene->subject.done, 1);
    assert_int_equal(scene->other.done, 1);
    assert_int_equal(scene->subject.events_after_done, 0);
    assert_int_equal(scene->other.events_after_done, 0);
    assert_int_equal(scene->subject.event_count, json_array_size(scene->subject.trace));
    if (early && (scene->action == CANCEL || scene->action == CLOSE))
        assert_int_equal(scene->subject.code, GIA_ECANCELED);
    else
        check_success(&scene->subject, stream);
    if (scene->third_started) {
        assert_int_equal(scene->third_code, GIA_OK);
        assert_int_equal(scene->third.done, 1);
        check_success(&scene->third, 1);
    }
}

static void play(enum action action, enum moment moment, size_t wire, int stream)
{
    world_options_t options = wire_options(wire);
    const char *body = stream ? BODY_STREAM : BODY_UNARY;
    gia_call_options_t call_options;
    scene_t scene;

    memset(&scene, 0, sizeof(scene));
    scene.action = action;
    scene.moment = moment;
    if (moment == TIMER_WAITING)
        options.config.max_in_flight = 1;
    world_open(&scene.world, &options);
    world_script(&scene.world, SLOW_REPLIES);
    later_init(&scene.act, &scene.world.loop, act, &scene);
    later_init(&scene.resume, &scene.world.loop, resume, &scene);

    /* The other one comes first: with room for one, the subject waits in line. */
    assert_int_equal(world_create(&scene.world, &scene.other, body, NULL), GIA_OK);
    call_options = record_options(&scene.subject, &scene.world);
    scene.subject.on_event = subject_event;
    scene.subject.on_done = subject_done;
    scene.subject.data = &scene;
    assert_int_equal(world_create(&scene.world, &scene.subject, body, &call_options), GIA_OK);
    scene.call = scene.subject.call;

    if (moment == BEFORE_LOOP)
        act(&scene);
    if (moment == TIMER_RUNNING)
        later_start(&scene.act, stream ? 55 : 10);
    if (moment == TIMER_WAITING)
        later_start(&scene.act, 10);
    if (moment == AFTER_DONE) {
        world_run_until(&scene.world, both_done, &scene);
        act(&scene);
    }
    world_run_until(&scene.world, all_done, &scene);

    later_close(&scene.act);
    later_close(&scene.resume);
    check_scene(&scene, stream);
    record_clear(&scene.subject);
    record_clear(&scene.other);
    record_clear(&scene.third);
    world_close(&scene.world);
}

static void matrix(size_t wire)
{
    for (int action = 0; action < ACTIONS; action++) {
        for (int moment = 0; moment < MOMENTS; moment++) {
            for (int stream = 0; stream < 2; stream++) {
                if (getenv("VERBOSE"))
                    fprintf(stderr, "%s %s, %s, %s\n", action_names[action], moment_names[moment],
                            wires[wire].name, stream ? "stream" : "unary");
                play((enum action)action, (enum moment)moment, wire, stream);
            }
        }
    }
}

static void anything_at_any_moment_over_http1(void **state)
{
    matrix(PLAIN);
}

static void anything_at_any_moment_over_tls(void **state)
{
    matrix(TLS);
}

static void anything_at_any_moment_over_http2(void **state)
{
    matrix(HTTP2);
}

/* -- resuming, ending: what the matrix does not reach -- */

enum { RELAY_CALLS = 6, RELAY_DELTAS = 300 };

typedef struct relay_s {
    world_t world;
    record_t records[RELAY_CALLS];
    gia_call_t *calls[RELAY_CALLS];
    int events;
    later_t tick;
} relay_t;

static void resume_all(relay_t *relay, const record_t *except)
{
    for (int i = 0; i < RELAY_CALLS; i++) {
        if (&relay->records[i] != except && !relay->records[i].done)
            gia_call_resume(relay->calls[i]);
    }
}

static void relay_tick(void *data)
{
    relay_t *relay = data;

    resume_all(relay, NULL);
    later_start(&relay->tick, 5);
}

/* Pauses in the middle of what was read, and wakes the others while curl is on the stack. */
static void relay_event(record_t *record, const gia_event_t *event)
{
    relay_t *relay = record->data;

    resume_all(relay, record);
    if (++relay->events % 3 == 0)
        gia_call_pause(record->call);
}

static int relay_done(void *data)
{
    const relay_t *relay = data;

    for (int i = 0; i < RELAY_CALLS; i++) {
        if (!relay->records[i].done)
            return 0;
    }
    return 1;
}

/* {"texts":["0 ","1 ",…]}, and the same as one text. */
static json_t *numbered_texts(int count, char *joined, size_t size)
{
    json_t *texts = json_array();
    size_t len = 0;

    for (int i = 0; i < count; i++) {
        char number[16];
        snprintf(number, sizeof(number), "%d ", i);
        json_array_append_new(texts, json_string(number));
        len += (size_t)snprintf(joined + len, size - len, "%s", number);
    }
    return texts;
}

static void resuming_keeps_the_order(void **state)
{
    static const char *const pieces[] = {"", "\"chunk_bytes\":900,\"chunk_interval_ms\":1,"};
    static char expected[RELAY_DELTAS * 8];
    static relay_t relay;

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t piece = 0; piece < sizeof(pieces) / sizeof(pieces[0]); piece++) {
            json_t *texts = numbered_texts(RELAY_DELTAS, expected, sizeof(expected));
            char *dumped = json_dumps(texts, 0), *script = malloc(strlen(dumped) + 200);

            memset(&relay, 0, sizeof(relay));
            open_wire(&relay.world, wire);
            sprintf(script, "{\"replies\":[{%s\"texts\":%s}],\"repeat\":true}", pieces[piece],
                    dumped);
            world_script(&relay.world, script);
            for (int i = 0; i < RELAY_CALLS; i++) {
                relay.records[i].on_event = relay_event;
                relay.records[i].data = &relay;
                assert_int_equal(world_create(&relay.world, &relay.records[i], BODY_STREAM, NULL),
                                 GIA_OK);
                relay.calls[i] = relay.records[i].call;
            }
            later_init(&relay.tick, &relay.world.loop, relay_tick, &relay);
            later_start(&relay.tick, 5);
            world_run_until(&relay.world, relay_done, &relay);
            later_close(&relay.tick);
            for (int i = 0; i < RELAY_CALLS; i++) {
                assert_string_equal(relay.records[i].message, "success");
                assert_string_equal(relay.records[i].text, expected);
                record_clear(&relay.records[i]);
            }
            free(script);
            free(dumped);
            json_decref(texts);
            world_close(&relay.world);
        }
    }
}

static void pause_in_event(record_t *record, const gia_event_t *event)
{
    if (event->type == GIA_EVENT_CONTENT_DELTA)
        gia_call_pause(record->call);
}

static void pause_in_complete(record_t *record, const gia_event_t *event)
{
    if (event->type == GIA_EVENT_INTERACTION_COMPLETE)
        gia_call_pause(record->call);
}

static void resume_record(void *data)
{
    record_t *record = data;

    if (!record->done)
        gia_call_resume(record->call);
}

/* A half character that nobody completes becomes an event of its own before the next one: a pause
 * between these two must not lose the second, even if it is the last of the answer. */
static void pausing_between_two_events_of_one_frame_loses_nothing(void **state)
{
    static const char script[] =
        "{\"replies\":[{\"end\":\"close\",\"events\":["
        "\"data: {\\\"event_type\\\":\\\"step.start\\\",\\\"index\\\":0,\\\"step\\\":{\\\"type\\\":"
        "\\\"model_output\\\"}}\\n\\n\","
        "\"data: "
        "{\\\"event_type\\\":\\\"step.delta\\\",\\\"index\\\":0,\\\"delta\\\":{\\\"type\\\":"
        "\\\"text\\\",\\\"text\\\":\\\"x\\\\ud83d\\\"}}\\n\\n\","
        "\"data: {\\\"event_type\\\":\\\"step.stop\\\",\\\"index\\\":0}\\n\\n\"]}]}";
    world_t world;
    later_t later;
    record_t record = {0};

    open_wire(&world, PLAIN);
    world_script(&world, script);
    record.on_event = pause_in_event;
    assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
    later_init(&later, &world.loop, resume_record, &record);
    for (int i = 0; i < 5; i++) {
        later_start(&later, 100);
        for (int turn = 0; turn < 20 && !record.done; turn++)
            uv_run(&world.loop, UV_RUN_ONCE);
    }
    world_run(&world, &record);
    later_close(&later);
    assert_string_equal(record.text, "x\xef\xbf\xbd");
    assert_int_equal(record.event_count, 4);
    assert_int_equal(record.code, GIA_ETRUNCATED);
    record_clear(&record);
    world_close(&world);
}

/* The last word was said, but the server keeps the answer open: the total timeout may come within
 * the second that it gets for that. */
static void total_timeout_after_the_last_word_ends_the_call(void **state)
{
    for (int paused = 0; paused < 2; paused++) {
        static const char script[] =
            "{\"replies\":[{\"events\":["
            "{\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"i\"}},"
            "{\"event_type\":\"interaction.completed\",\"interaction\":{\"id\":\"i\",\"status\":"
            "\"completed\"}},\"[DONE]\"],\"end\":\"stall\"}]}";
        world_t world;
        record_t record = {0};
        gia_call_options_t options;

        open_wire(&world, PLAIN);
        world_script(&world, script);
        options = record_options(&record, &world);
        options.total_timeout_ms = 500;
        if (paused)
            record.on_event = pause_in_complete;
        assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        assert_int_equal(record.done, 1);
        record_clear(&record);
        world_close(&world);
    }
}

/* -- one after the other -- */

typedef struct chain_s {
    world_t world;
    record_t record;
    int left;
    int ends;
    size_t counts; /* of open calls as seen from on_done, summed up */
} chain_t;

static void chain_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    chain_t *chain = data;
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    gia_request_t *request;

    assert_int_equal(result->code, GIA_OK);
    chain->ends++;
    chain->counts += gia_client_call_count(chain->world.client);
    if (--chain->left == 0)
        return;
    options.on_done = chain_done;
    options.data = chain;
    request = gia_request_new();
    gia_request_set_json(request, "", chain->left % 2 ? BODY_STREAM : BODY_UNARY);
    assert_int_equal(gia_interaction_create(NULL, chain->world.client, request, &options), GIA_OK);
    gia_request_free(request);
}

static int chain_is_done(void *data)
{
    const chain_t *chain = data;

    return chain->left == 0;
}

/* The ended call has given back everything when its on_done comes: there is room for the next,
 * always. */
static void calls_start_the_next_in_on_done(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        world_options_t options = wire_options(wire);
        gia_call_options_t call_options = GIA_CALL_OPTIONS_INIT;
        chain_t chain;

        memset(&chain, 0, sizeof(chain));
        chain.left = 1000;
        options.config.max_calls = 1;
        options.config.max_in_flight = 1;
        world_open(&chain.world, &options);
        call_options.on_done = chain_done;
        call_options.data = &chain;
        assert_int_equal(world_create(&chain.world, &chain.record, BODY_UNARY, &call_options),
                         GIA_OK);
        world_run_until(&chain.world, chain_is_done, &chain);
        assert_int_equal(chain.ends, 1000);
        assert_int_equal(chain.counts, 0);
        assert_int_equal(sim_counts(chain.world.sim).connections_accepted, 1);
        world_close(&chain.world);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_at_any_moment_over_http1),
        cmocka_unit_test(anything_at_any_moment_over_tls),
        cmocka_unit_test(anything_at_any_moment_over_http2),
        cmocka_unit_test(resuming_keeps_the_order),
        cmocka_unit_test(pausing_between_two_events_of_one_frame_loses_nothing),
        cmocka_unit_test(total_timeout_after_the_last_word_ends_the_call),
        cmocka_unit_test(calls_start_the_next_in_on_done),
    };

    clock_virtual(1);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
