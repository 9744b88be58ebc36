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
    "before the loop", "in the first event",  "in a middle delta",  "in the complete event",
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anything_at_any_moment_over_http1),
        cmocka_unit_test(anything_at_any_moment_over_tls),
        cmocka_unit_test(anything_at_any_moment_over_http2),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
