/* Thousands of streams at once, client and simulator on one loop: every delta, once and in order.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wires.h"

/* Sanitizers make everything several times slower, TLS most of all: 2,000 streams are for the
 * normal build. GIA_TEST_STREAMS and GIA_TEST_DELTAS set other numbers, for valgrind. */
#if defined(__SANITIZE_ADDRESS__)
enum { STREAMS = 400 };
#else
enum { STREAMS = 2000 };
#endif
enum { DELTAS = 50 };

typedef struct stream_s {
    struct crowd_s *crowd;
    unsigned long next; /* number of the delta that must come */
    int starts, completes, done, broken;
} stream_t;

typedef struct crowd_s {
    world_t world;
    unsigned long streams, deltas, ends, at_once, most_at_once;
    stream_t *all;
} crowd_t;

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    stream_t *stream = data;
    crowd_t *crowd = stream->crowd;
    char expected[32];

    if (event->type == GIA_EVENT_INTERACTION_START) {
        stream->starts++;
        if (++crowd->at_once > crowd->most_at_once)
            crowd->most_at_once = crowd->at_once;
    }
    if (event->type == GIA_EVENT_CONTENT_DELTA && event->delta.type == GIA_DELTA_TEXT) {
        snprintf(expected, sizeof(expected), "%lu ", stream->next++);
        if (strcmp(event->delta.text, expected) != 0)
            stream->broken = 1;
    }
    if (event->type == GIA_EVENT_INTERACTION_COMPLETE)
        stream->completes++;
    if (stream->done)
        stream->broken = 1;
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    stream_t *stream = data;

    if (result->code != GIA_OK) {
        fprintf(stderr, "%s\n", result->message);
        stream->broken = 1;
    }
    stream->done++;
    stream->crowd->ends++;
    stream->crowd->at_once--;
}

static int all_ended(void *data)
{
    const crowd_t *crowd = data;

    return crowd->ends == crowd->streams;
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
    const char *value = getenv(name);

    return value ? strtoul(value, NULL, 10) : otherwise;
}

static void script_numbers(crowd_t *crowd)
{
    json_t *texts = json_array();
    json_t *script;
    char *text;

    for (unsigned long i = 0; i < crowd->deltas; i++)
        json_array_append_new(texts, json_sprintf("%lu ", i));
    script = json_pack("{s:[{s:o,s:i,s:i}],s:b}", "replies", "texts", texts, "delay_ms", 500,
                       "interval_ms", 20, "repeat", 1);
    text = json_dumps(script, 0);
    world_script(&crowd->world, text);
    free(text);
    json_decref(script);
}

static void streams_at_once(size_t wire)
{
    world_options_t options = wire_options(wire);
    gia_call_options_t call_options = GIA_CALL_OPTIONS_INIT;
    gia_request_t *request = gia_request_new();
    crowd_t crowd;
    uint64_t before = uv_hrtime();

    memset(&crowd, 0, sizeof(crowd));
    crowd.streams = setting("GIA_TEST_STREAMS", STREAMS);
    crowd.deltas = setting("GIA_TEST_DELTAS", DELTAS);
    crowd.all = calloc(crowd.streams, sizeof(*crowd.all));
    options.sim.log_limit = 1;
    world_open(&crowd.world, &options);
    alarm(0); /* the test's own timeout is long enough */
    script_numbers(&crowd);

    gia_request_set_json(request, "", BODY_STREAM);
    call_options.on_event = on_event;
    call_options.on_done = on_done;
    /* A handshake each, all in one thread: nobody is slow, there is just much to do. */
    call_options.connect_timeout_ms = GIA_NO_TIMEOUT;
    for (unsigned long i = 0; i < crowd.streams; i++) {
        crowd.all[i].crowd = &crowd;
        call_options.data = &crowd.all[i];
        assert_int_equal(gia_interaction_create(NULL, crowd.world.client, request, &call_options),
                         GIA_OK);
    }
    gia_request_free(request);
    world_run_until(&crowd.world, all_ended, &crowd);

    for (unsigned long i = 0; i < crowd.streams; i++) {
        assert_int_equal(crowd.all[i].broken, 0);
        assert_int_equal(crowd.all[i].next, crowd.deltas);
        assert_int_equal(crowd.all[i].starts, 1);
        assert_int_equal(crowd.all[i].completes, 1);
        assert_int_equal(crowd.all[i].done, 1);
    }
    fprintf(stderr, "# %s: %lu streams of %lu deltas, %lu at once, %zu connections, %.1f s\n",
            wires[wire].name, crowd.streams, crowd.deltas, crowd.most_at_once,
            sim_counts(crowd.world.sim).connections_accepted, (double)(uv_hrtime() - before) / 1e9);
    world_close(&crowd.world);
    free(crowd.all);
}

static void streams_over_http1(void **state)
{
    streams_at_once(PLAIN);
}

static void streams_over_tls(void **state)
{
    streams_at_once(TLS);
}

static void streams_over_http2(void **state)
{
    streams_at_once(HTTP2);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_over_http1),
        cmocka_unit_test(streams_over_tls),
        cmocka_unit_test(streams_over_http2),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
