/* Calls do not make each other wait, and a stream's last word is the last. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* Over http:// libcurl must not keep the second waiting for the first one's answer. */
static void a_slow_answer_delays_nobody(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t slow = {0}, quick = {0};
    world_t world;

    options.config.connect_timeout_ms = 1000;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"service\":true,\"delay_ms\":5000},{\"service\":true}]}");
    assert_int_equal(world_create(&world, &slow, BODY_UNARY, NULL), GIA_OK);
    assert_int_equal(world_create(&world, &quick, BODY_UNARY, NULL), GIA_OK);
    world_run(&world, &quick);
    assert_int_equal(quick.code, GIA_OK);
    assert_int_equal(slow.done, 0);
    world_run(&world, &slow);
    assert_int_equal(slow.code, GIA_OK);
    record_clear(&slow);
    record_clear(&quick);
    world_close(&world);
}

/* Where few may connect at once, those that failed while they were paused hold no place. */
static void paused_calls_that_failed_hold_no_place(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t paused[8] = {{0}}, last = {0};
    world_t world;

    options.sim.tls = 1;
    options.config.base_url = "https://127.0.0.1:1"; /* nobody listens */
    world_open(&world, &options);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(world_create(&world, &paused[i], BODY_STREAM, NULL), GIA_OK);
        gia_call_pause(paused[i].call);
    }
    assert_int_equal(world_create(&world, &last, BODY_STREAM, NULL), GIA_OK);
    world_run(&world, &last);
    assert_int_equal(last.code, GIA_ECONNECT);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(paused[i].done, 0); /* the end waits, too */
        gia_call_resume(paused[i].call);
        world_run(&world, &paused[i]);
        assert_int_equal(paused[i].code, GIA_ECONNECT);
        record_clear(&paused[i]);
    }
    record_clear(&last);
    world_close(&world);
}

#define FRAMES                                                                                     \
    "\"data: {\\\"event_type\\\":\\\"interaction.completed\\\",\\\"interaction\\\":"               \
    "{\\\"id\\\":\\\"v1\\\",\\\"status\\\":\\\"completed\\\"}}\\n\\n\""

static void nothing_prolongs_the_last_word(void **state)
{
    static const char *const tails[] = {
        /* comments for ever */
        "{\"replies\":[{\"interval_ms\":500,\"end\":\"stall\",\"events\":[" FRAMES
        ",\": a\\n\\n\",\": b\\n\\n\",\": c\\n\\n\",\": d\\n\\n\",\": e\\n\\n\",\": f\\n\\n\"]}]}",
        /* nonsense */
        "{\"replies\":[{\"events\":[" FRAMES ",\"data: ping\\n\\n\"]}]}",
        "{\"replies\":[{\"end\":\"reset\",\"events\":[" FRAMES ",\"data: {\\n\\n\"]}]}",
    };

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        uint64_t started;
        world_t world;

        world_open(&world, &options);
        world_script(&world, tails[i]);
        started = uv_now(&world.loop);
        assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        assert_int_equal(record.event_count, 1);
        assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_COMPLETED);
        assert_true(record.done_ms - started < 1500);
        record_clear(&record);
        world_close(&world);
    }
}

static void an_endless_error_body_ends(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    uint64_t started;
    world_t world;

    options.config.max_error_body_bytes = 100;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"status\":500,\"deltas\":1000,\"chunk_bytes\":50,"
                         "\"chunk_interval_ms\":400}]}");
    started = uv_now(&world.loop);
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ESERVER);
    assert_int_equal(record.http_status, 500);
    assert_true(record.done_ms - started < 5000);
    record_clear(&record);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_answer_delays_nobody),
        cmocka_unit_test(paused_calls_that_failed_hold_no_place),
        cmocka_unit_test(nothing_prolongs_the_last_word),
        cmocka_unit_test(an_endless_error_body_ends),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
