/* Pause and resume: nothing is delivered meanwhile, nothing is lost, and nothing piles up. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wires.h"

/* -- helpers -- */

/* "0;1;2;…": a delta each, so that order and completeness show. */
static char *numbered_script(int count, const char *members, char **text)
{
    char *script = malloc((size_t)count * 12 + 300), *p = script;
    char *t = *text = malloc((size_t)count * 8 + 1);

    if (!script || !t)
        abort();
    *t = '\0';
    p += sprintf(p, "{\"replies\":[{\"texts\":[");
    for (int i = 0; i < count; i++) {
        p += sprintf(p, "%s\"%d;\"", i ? "," : "", i);
        t += sprintf(t, "%d;", i);
    }
    sprintf(p, "]%s}]}", members);
    return script;
}

static void assert_whole(const record_t *record, const char *text)
{
    assert_string_equal(record->message, "success");
    assert_int_equal(record->done, 1);
    assert_int_equal(record->events_after_done, 0);
    assert_string_equal(record->text, text);
    assert_string_equal(gia_interaction_output_text(record->interaction, NULL), text);
}

/* -- pausing everywhere -- */

typedef struct pauser_s {
    size_t at;    /* pauses in every callback from this one on */
    size_t every; /* and then in each n-th */
    int paused;
    int told_while_paused;
    unsigned pauses;
    uv_timer_t timer;
} pauser_t;

static void resume(uv_timer_t *timer)
{
    record_t *record = timer->data;
    pauser_t *pauser = record->data;

    pauser->paused = 0;
    gia_call_resume(record->call);
}

static void pause_and_come_back(record_t *record, const gia_event_t *event)
{
    pauser_t *pauser = record->data;
    size_t number = json_array_size(record->trace);

    pauser->told_while_paused += pauser->paused;
    if (number < pauser->at || (number - pauser->at) % pauser->every)
        return;
    pauser->paused = 1;
    pauser->pauses++;
    gia_call_pause(record->call);
    gia_call_pause(record->call);
    uv_timer_start(&pauser->timer, resume, 50, 0);
}

static void told_the_end(record_t *record, const gia_result_t *result)
{
    pauser_t *pauser = record->data;

    pauser->told_while_paused += pauser->paused;
}

static void run_pauser(const struct wire_s *wire, const char *script, const char *text, size_t at,
                       size_t every, unsigned least)
{
    pauser_t pauser = {.at = at, .every = every};
    record_t record = {.on_event = pause_and_come_back, .on_done = told_the_end, .data = &pauser};
    world_t world;

    open_wire(&world, wire, NULL);
    world_script(&world, script);
    uv_timer_init(&world.loop, &pauser.timer);
    pauser.timer.data = &record;
    assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
    world_run(&world, &record);
    assert_whole(&record, text);
    assert_int_equal(pauser.told_while_paused, 0);
    assert_true(pauser.pauses >= least);
    record_clear(&record);
    uv_close((uv_handle_t *)&pauser.timer, NULL);
    world_close(&world);
}

/* Each single event of a stream, the terminal one included. */
static void in_each_callback(void **state)
{
    char *text, *script = numbered_script(3, "", &text);

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t at = 1; at <= 8; at++)
            run_pauser(&wires[wire], script, text, at, 1000, at < 8);
    }
    free(script);
    free(text);
}

/* One frame can bring more than one event: a start that carries text, and the delta with it. */
static void between_the_events_of_a_frame(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t at = 1; at <= 7; at++)
            run_pauser(&wires[wire], "{\"replies\":[{\"fixture\":\"steps/text_eager_start.sse\"}]}",
                       "Once upon a tide.", at, 1000, 1);
    }
}

static void a_hundred_times(void **state)
{
    static const char *const pieces[] = {"", ",\"chunk_bytes\":1", ",\"chunk_bytes\":16384"};

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        /* Single bytes take a turn of the loop each: fewer will do there. */
        int count = i == 1 ? 20 : 300;
        char *text, *script = numbered_script(count, pieces[i], &text);

        for (size_t wire = 0; wire < WIRES; wire++)
            run_pauser(&wires[wire], script, text, 1, i == 1 ? 1 : 3, i == 1 ? 20 : 100);
        free(script);
        free(text);
    }
}

/* -- before anything has come -- */

static void before_the_start(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int kind = UNARY; kind <= STREAMED; kind++) {
            char *text, *script = numbered_script(10, "", &text);
            record_t record = {0};
            world_t world;

            open_wire(&world, &wires[wire], NULL);
            world_script(&world, script);
            assert_int_equal(
                world_create(&world, &record, kind == UNARY ? BODY_UNARY : BODY_STREAM, NULL),
                GIA_OK);
            gia_call_pause(record.call);
            world_pass(&world, 100000);
            assert_int_equal(record.done, 0);
            assert_int_equal(json_array_size(record.trace), 0);
            assert_int_equal(sim_request_count(world.sim), 1);
            gia_call_resume(record.call);
            assert_int_equal(json_array_size(record.trace), 0); /* from the loop only */
            world_run(&world, &record);
            assert_string_equal(record.message, "success");
            assert_string_equal(gia_interaction_output_text(record.interaction, NULL), text);
            record_clear(&record);
            world_close(&world);
            free(script);
            free(text);
        }
    }
}

static void resume_without_pause(void **state)
{
    char *text, *script = numbered_script(10, ",\"interval_ms\":10", &text);
    record_t record = {0};
    world_t world;

    open_wire(&world, &wires[0], NULL);
    world_script(&world, script);
    assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
    gia_call_resume(record.call);
    gia_call_resume(NULL);
    gia_call_pause(NULL);
    for (int i = 0; i < 5; i++) {
        world_pass(&world, 10);
        gia_call_resume(record.call);
    }
    gia_call_pause(record.call);
    gia_call_resume(record.call);
    gia_call_resume(record.call);
    world_run(&world, &record);
    assert_whole(&record, text);
    record_clear(&record);
    world_close(&world);
    free(script);
    free(text);
}

/* -- ends while paused -- */

static void pause_at_third(record_t *record, const gia_event_t *event)
{
    if (json_array_size(record->trace) == 3)
        gia_call_pause(record->call);
}

/* What is kept counts as the client's memory, which is checked when the client has closed. */
static void forget_the_interaction(record_t *record, const gia_result_t *result)
{
    gia_interaction_release(record->interaction);
    record->interaction = NULL;
}

static void cancel_and_close_while_paused(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int close = 0; close < 2; close++) {
            for (int burst = 0; burst < 2; burst++) {
                char *text,
                    *script = numbered_script(50, burst ? "" : ",\"interval_ms\":10", &text);
                record_t record = {.on_event = pause_at_third, .on_done = forget_the_interaction};
                world_t world;

                open_wire(&world, &wires[wire], NULL);
                world_script(&world, script);
                assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
                world_pass(&world, 5000);
                assert_int_equal(record.done, 0);
                assert_int_equal(json_array_size(record.trace), 3);
                if (!close) {
                    gia_call_cancel(record.call);
                    gia_call_resume(record.call);
                    assert_int_equal(record.done, 0);
                    world_run(&world, &record);
                }
                world_close(&world);
                assert_int_equal(record.done, 1);
                assert_int_equal(record.code, GIA_ECANCELED);
                assert_int_equal(json_array_size(record.trace), 3);
                assert_int_equal(record.request_sent, 1);
                record_clear(&record);
                free(script);
                free(text);
            }
        }
    }
}

/* Whatever the peer does meanwhile is told after the resume. */
static void the_peer_ends_while_paused(void **state)
{
    static const struct {
        const char *members;
        int code;
    } rows[] = {
        {"", GIA_OK},
        {",\"end\":\"close\"", GIA_OK},
        {",\"end\":\"reset\"", GIA_OK},
        {",\"end\":\"stall\"", GIA_OK},
        {",\"cut_at\":3000,\"end\":\"close\"", GIA_ETRUNCATED},
        {",\"cut_at\":3000,\"end\":\"reset\"", GIA_ELOST},
    };

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            char *text, *script = numbered_script(50, rows[i].members, &text);
            record_t record = {.on_event = pause_at_third};
            world_t world;

            open_wire(&world, &wires[wire], NULL);
            world_script(&world, script);
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            world_pass(&world, 50000);
            assert_int_equal(record.done, 0);
            assert_int_equal(json_array_size(record.trace), 3);
            gia_call_resume(record.call);
            world_run(&world, &record);
            if (record.code != rows[i].code)
                fail_msg("%s, %s: %s", wires[wire].name, rows[i].members, record.message);
            if (rows[i].code == GIA_OK)
                assert_whole(&record, text);
            assert_true(json_array_size(record.trace) > 3);
            record_clear(&record);
            world_close(&world);
            free(script);
            free(text);
        }
    }
}

/* -- a sender that is faster -- */

/* Takes no record of 20 MB. */
static void count_and_pause_at_third(gia_call_t *call, const gia_event_t *event, void *data)
{
    record_t *record = data;

    if (++*(size_t *)record->data == 3)
        gia_call_pause(call);
}

/* Folding is off: the text would be kept by right. */
static void nothing_piles_up(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        size_t count = 0;
        record_t record = {.data = &count};
        gia_call_options_t options;
        world_t world;

        open_wire(&world, &wires[wire], NULL);
        world_script(&world, "{\"replies\":[{\"deltas\":2000,\"text_bytes\":10000}]}");
        options = record_options(&record, &world);
        options.on_event = count_and_pause_at_third;
        options.fold = GIA_FOLD_OFF;
        assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
        world_pass(&world, 60000);
        assert_int_equal(count, 3);
        assert_true(world.memory.live_bytes < 200000);
        /* HTTP/2 has a window of its own, which libcurl sets to 32 MB. */
        if (wires[wire].bit != TLS_2)
            assert_int_equal(sim_counts(world.sim).streams_open, 1);
        gia_call_resume(record.call);
        world_run(&world, &record);
        assert_string_equal(record.message, "success");
        assert_true(count > 2000);
        assert_true(world.memory.peak_bytes < 400000);
        record_clear(&record);
        world_close(&world);
    }
}

/* Streams share a connection with HTTP/2: who pauses must not stop the others. */
static void the_others_flow_on(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int large = 0; large < 2; large++) {
            size_t count = 0;
            record_t paused = {.data = &count}, warm_up = {0};
            gia_call_options_t options;
            world_t world;

            open_wire(&world, &wires[wire], NULL);
            world_script(&world, large ? "{\"replies\":[{\"texts\":[\"a\"]},"
                                         "{\"deltas\":500,\"text_bytes\":10000}]}"
                                       : "{\"replies\":[{\"texts\":[\"a\"]},"
                                         "{\"deltas\":50,\"text_bytes\":20}]}");
            assert_int_equal(world_create(&world, &warm_up, BODY_UNARY, NULL), GIA_OK);
            world_run(&world, &warm_up);
            options = record_options(&paused, &world);
            options.on_event = count_and_pause_at_third;
            assert_int_equal(world_create(&world, &paused, BODY_STREAM, &options), GIA_OK);
            world_pass(&world, 1000);
            assert_int_equal(count, 3);
            for (int i = 0; i < 3; i++) {
                record_t other = {0};

                world_script(&world, "{\"replies\":[{\"texts\":[\"a\",\"b\"],"
                                     "\"interval_ms\":10}]}");
                options = record_options(&other, &world);
                options.total_timeout_ms = 20000;
                assert_int_equal(world_create(&world, &other, BODY_STREAM, &options), GIA_OK);
                world_run(&world, &other);
                assert_string_equal(other.message, "success");
                record_clear(&other);
            }
            assert_int_equal(count, 3);
            assert_int_equal(paused.done, 0);
            gia_call_resume(paused.call);
            world_run(&world, &paused);
            assert_string_equal(paused.message, "success");
            if (wires[wire].bit == TLS_2)
                assert_int_equal(sim_counts(world.sim).connections_accepted, 1);
            record_clear(&warm_up);
            record_clear(&paused);
            world_close(&world);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_each_callback),
        cmocka_unit_test(between_the_events_of_a_frame),
        cmocka_unit_test(a_hundred_times),
        cmocka_unit_test(before_the_start),
        cmocka_unit_test(resume_without_pause),
        cmocka_unit_test(cancel_and_close_while_paused),
        cmocka_unit_test(the_peer_ends_while_paused),
        cmocka_unit_test(nothing_piles_up),
        cmocka_unit_test(the_others_flow_on),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
