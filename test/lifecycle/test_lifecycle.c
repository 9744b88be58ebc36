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
        record_clear(&chain.record);
        world_close(&chain.world);
    }
}

/* -- clients -- */

enum { CROWD = 200 };

typedef struct crowd_s {
    world_t world;
    record_t records[CROWD];
    gia_call_t *calls[CROWD];
    int order[CROWD];
    int ends;
} crowd_t;

static void crowd_event(record_t *record, const gia_event_t *event)
{
    /* Every seventh stays paused in the middle of its stream. */
    if ((record - ((crowd_t *)record->data)->records) % 7 == 0)
        gia_call_pause(record->call);
}

static void crowd_done(record_t *record, const gia_result_t *result)
{
    crowd_t *crowd = record->data;

    crowd->order[crowd->ends++] = (int)(record - crowd->records);
}

static void crowd_start(crowd_t *crowd, int from, int to)
{
    for (int i = from; i < to; i++) {
        record_t *record = &crowd->records[i];
        record->on_event = crowd_event;
        record->on_done = crowd_done;
        record->data = crowd;
        assert_int_equal(
            world_create(&crowd->world, record, i % 3 ? BODY_STREAM : BODY_UNARY, NULL), GIA_OK);
        crowd->calls[i] = record->call;
    }
}

static void crowd_close(crowd_t *crowd)
{
    world_close_client(&crowd->world);
    while (crowd->ends < CROWD)
        assert_true(uv_run(&crowd->world.loop, UV_RUN_ONCE));
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(crowd->records[i].done, 1);
        record_clear(&crowd->records[i]);
    }
    world_close(&crowd->world);
}

/* Waiting in line, connecting, streaming, paused, over, canceled and not begun. */
static void closing_ends_calls_in_every_state(void **state)
{
    static crowd_t crowd;

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int turns = 0; turns < 60; turns += 6) {
            world_options_t options = wire_options(wire);

            memset(&crowd, 0, sizeof(crowd));
            options.config.max_in_flight = 60;
            world_open(&crowd.world, &options);
            world_script(&crowd.world, SLOW_REPLIES);
            crowd_start(&crowd, 0, CROWD - 20);
            for (int turn = 0; turn < turns; turn++)
                uv_run(&crowd.world.loop, UV_RUN_ONCE);
            crowd_start(&crowd, CROWD - 20, CROWD);
            for (int i = 5; i < CROWD; i += 11) {
                if (!crowd.records[i].done)
                    gia_call_cancel(crowd.calls[i]);
            }
            crowd_close(&crowd);
        }
    }
}

/* Calls of a closing client end in the order of their start. */
static void closing_ends_calls_in_order(void **state)
{
    static crowd_t crowd;

    memset(&crowd, 0, sizeof(crowd));
    open_wire(&crowd.world, PLAIN);
    world_script(&crowd.world, SLOW_REPLIES);
    crowd_start(&crowd, 0, CROWD);
    uv_run(&crowd.world.loop, UV_RUN_NOWAIT);
    crowd_close(&crowd);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(crowd.order[i], i);
}

static int starts_are_refused_while_closing_code;

static void start_while_closing(record_t *record, const gia_result_t *result)
{
    record_t refused = {0};

    starts_are_refused_while_closing_code = world_create(record->world, &refused, BODY_UNARY, NULL);
    record_clear(&refused);
}

static void starts_are_refused_while_closing(void **state)
{
    world_t world;
    record_t record = {0};

    open_wire(&world, PLAIN);
    record.on_done = start_while_closing;
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
    world_close_client(&world);
    start_while_closing(&record, NULL);
    assert_int_equal(starts_are_refused_while_closing_code, GIA_ECLOSING);
    starts_are_refused_while_closing_code = 0;
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ECANCELED);
    assert_int_equal(starts_are_refused_while_closing_code, GIA_ECLOSING);
    record_clear(&record);
    world_close(&world);
}

/* -- two clients on one loop -- */

typedef struct pair_s {
    world_t world;
    gia_client_t *second;
    memory_t memory;
    int second_closed;
    record_t record;
} pair_t;

static void second_is_closed(gia_client_t *client, void *data)
{
    pair_t *pair = data;

    assert_ptr_equal(client, pair->second);
    pair->second_closed++;
}

static gia_client_t *plain_client(world_t *world, memory_t *memory)
{
    gia_config_t config = GIA_CONFIG_INIT;
    gia_client_t *client = NULL;
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1%s", strrchr(sim_url(world->sim), ':'));
    config.base_url = url;
    config.api_key = "test-key";
    config.allocator = &memory->allocator;
    assert_int_equal(gia_client_new(&client, &world->loop, &config), GIA_OK);
    assert_non_null(client);
    return client;
}

static int create_on(gia_client_t *client, record_t *record, world_t *world)
{
    gia_call_options_t options = record_options(record, world);
    gia_request_t *request = gia_request_new();
    int rc;

    gia_request_set_json(request, "", BODY_STREAM);
    rc = gia_interaction_create(&record->call, client, request, &options);
    gia_request_free(request);
    return rc;
}

static void close_first_in_event(record_t *record, const gia_event_t *event)
{
    world_close_client(record->world);
}

static void close_first_in_done(record_t *record, const gia_result_t *result)
{
    world_close_client(record->world);
}

static void one_client_closes_another(void **state)
{
    for (int in_event = 0; in_event < 2; in_event++) {
        static pair_t pair;
        record_t mine = {0};

        memset(&pair, 0, sizeof(pair));
        memory_init(&pair.memory);
        open_wire(&pair.world, PLAIN);
        world_script(&pair.world, "{\"replies\":[{\"delay_ms\":1000},{\"texts\":[\"x\",\"y\"]}]}");
        pair.second = plain_client(&pair.world, &pair.memory);
        assert_int_equal(world_create(&pair.world, &mine, BODY_STREAM, NULL), GIA_OK);
        for (int turn = 0; turn < 10; turn++)
            uv_run(&pair.world.loop, UV_RUN_NOWAIT);
        if (in_event)
            pair.record.on_event = close_first_in_event;
        else
            pair.record.on_done = close_first_in_done;
        assert_int_equal(create_on(pair.second, &pair.record, &pair.world), GIA_OK);
        world_run(&pair.world, &pair.record);
        world_run(&pair.world, &mine);
        assert_int_equal(mine.code, GIA_ECANCELED);
        assert_int_equal(pair.record.code, GIA_OK);
        assert_string_equal(pair.record.text, "xy");
        assert_ptr_equal(gia_client_loop(pair.second), &pair.world.loop);
        gia_client_close(pair.second, second_is_closed, &pair);
        record_clear(&mine);
        record_clear(&pair.record);
        world_close(&pair.world);
        assert_int_equal(pair.second_closed, 1);
        assert_int_equal(pair.memory.live, 0);
    }
}

static void make_another(gia_client_t *client, void *data)
{
    pair_t *pair = data;

    assert_int_equal(pair->memory.live, 0); /* nothing of the old one is left */
    if (++pair->second_closed == 5)
        return;
    pair->second = plain_client(&pair->world, &pair->memory);
    if (pair->second_closed == 4) {
        assert_int_equal(create_on(pair->second, &pair->record, &pair->world), GIA_OK);
        return;
    }
    gia_client_close(pair->second, make_another, pair);
}

static void a_close_callback_makes_the_next_client(void **state)
{
    static pair_t pair;

    memset(&pair, 0, sizeof(pair));
    memory_init(&pair.memory);
    open_wire(&pair.world, PLAIN);
    pair.second = plain_client(&pair.world, &pair.memory);
    gia_client_close(pair.second, make_another, &pair);
    world_run(&pair.world, &pair.record);
    assert_int_equal(pair.record.code, GIA_OK);
    record_clear(&pair.record);
    gia_client_close(pair.second, make_another, &pair);
    world_close(&pair.world);
    assert_int_equal(pair.second_closed, 5);
}

/* -- the loop -- */

static void a_client_without_calls_closes(void **state)
{
    uv_loop_t loop;
    memory_t memory;
    gia_client_t *client;
    gia_config_t config = GIA_CONFIG_INIT;

    for (int run_first = 0; run_first < 2; run_first++) {
        memory_init(&memory);
        assert_int_equal(uv_loop_init(&loop), 0);
        config.api_key = "k";
        config.allocator = &memory.allocator;
        assert_int_equal(gia_client_new(&client, &loop, &config), GIA_OK);
        if (run_first)
            assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0); /* returns: nothing keeps it */
        gia_client_close(client, NULL, NULL);
        gia_client_close(client, NULL, NULL);
        assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
        assert_int_equal(memory.live, 0);
        assert_int_equal(uv_loop_close(&loop), 0);
    }
    gia_client_close(NULL, NULL, NULL);
}

/* uv_run returns although the client is open and has a connection in its pool; while the call was
 * open, it did not. */
static void only_open_calls_keep_the_loop_alive(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        world_t world;
        record_t record = {0};

        open_wire(&world, wire);
        world_script(&world, "{\"replies\":[{\"delay_ms\":5000},{}]}");
        sim_unref(world.sim);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            assert_int_equal(gia_client_call_count(world.client), 1);
            assert_true(uv_loop_alive(&world.loop));
            assert_int_equal(uv_run(&world.loop, UV_RUN_DEFAULT), 0);
            assert_int_equal(record.code, GIA_OK);
            assert_int_equal(record.done, 1);
            assert_int_equal(gia_client_call_count(world.client), 0);
            record_clear(&record);
        }
        assert_int_equal(sim_counts(world.sim).connections_accepted, 1);
        assert_int_equal(sim_counts(world.sim).connections_open, 1);
        world_close(&world);
    }
}

static void paused_call_keeps_the_loop(void *data)
{
    record_t *record = data;

    gia_call_resume(record->call);
}

static void a_paused_call_keeps_the_loop_alive(void **state)
{
    world_t world;
    record_t record = {0};
    later_t later;

    open_wire(&world, PLAIN);
    sim_unref(world.sim);
    later_init(&later, &world.loop, paused_call_keeps_the_loop, &record);
    later_start(&later, 3600 * 1000);
    uv_unref((uv_handle_t *)&later.timer);
    assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
    gia_call_pause(record.call);
    assert_int_equal(uv_run(&world.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(record.done, 1);
    assert_int_equal(record.code, GIA_OK);
    later_close(&later);
    record_clear(&record);
    world_close(&world);
}

/* Not a good idea, but no crash either: a program runs the loop from inside of a callback. */
static void nest(uv_loop_t *loop)
{
    for (int turn = 0; turn < 5; turn++)
        uv_run(loop, UV_RUN_NOWAIT);
}

static void nest_in_event(record_t *record, const gia_event_t *event)
{
    nest(&record->world->loop);
    if (record->event_count == 0 && event->type == GIA_EVENT_CONTENT_DELTA)
        gia_call_pause(record->call);
    nest(&record->world->loop);
}

static void nest_in_done(record_t *record, const gia_result_t *result)
{
    nest(&record->world->loop);
    if (record->data)
        world_close_client(record->world);
    nest(&record->world->loop);
}

static void a_nested_loop_does_no_harm(void **state)
{
    enum { CALLS = 4 };

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int close = 0; close < 2; close++) {
            world_t world;
            record_t records[CALLS];

            memset(records, 0, sizeof(records));
            open_wire(&world, wire);
            world_script(&world, "{\"replies\":[{\"texts\":[\"a\",\"b\",\"c\",\"d\"]}],"
                                 "\"repeat\":true}");
            for (int i = 0; i < CALLS; i++) {
                records[i].on_event = nest_in_event;
                records[i].on_done = nest_in_done;
                records[i].data = close ? &records[i] : NULL;
                assert_int_equal(world_create(&world, &records[i], BODY_STREAM, NULL), GIA_OK);
            }
            for (int turn = 0; turn < 10000; turn++) {
                int done = 0;
                for (int i = 0; i < CALLS; i++) {
                    if (records[i].done)
                        done++;
                    else
                        gia_call_resume(records[i].call);
                }
                if (done == CALLS)
                    break;
                uv_run(&world.loop, UV_RUN_ONCE);
            }
            for (int i = 0; i < CALLS; i++) {
                assert_int_equal(records[i].done, 1);
                assert_true(records[i].code == GIA_OK ||
                            (close && records[i].code == GIA_ECANCELED));
                if (records[i].code == GIA_OK)
                    assert_string_equal(records[i].text, "abcd");
                record_clear(&records[i]);
            }
            world_close(&world);
        }
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
        cmocka_unit_test(closing_ends_calls_in_every_state),
        cmocka_unit_test(closing_ends_calls_in_order),
        cmocka_unit_test(starts_are_refused_while_closing),
        cmocka_unit_test(one_client_closes_another),
        cmocka_unit_test(a_close_callback_makes_the_next_client),
        cmocka_unit_test(a_client_without_calls_closes),
        cmocka_unit_test(only_open_calls_keep_the_loop_alive),
        cmocka_unit_test(a_paused_call_keeps_the_loop_alive),
        cmocka_unit_test(a_nested_loop_does_no_harm),
    };

    clock_virtual(1);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
