/* Memory and libuv fail, at every place in turn: a clean code, one end, nothing left behind. */
#include "world.h"

#include <dlfcn.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wires.h"

/* -- libuv fails -- */

/* The test program comes before libuv in the search for symbols, so that the library needs no seam.
 */
static struct {
    unsigned seen, fail_at;
    int all_after;
} polls;

static int poll_fails(void)
{
    polls.seen++;
    return polls.fail_at &&
           (polls.all_after ? polls.seen >= polls.fail_at : polls.seen == polls.fail_at);
}

int uv_poll_init_socket(uv_loop_t *loop, uv_poll_t *poll, uv_os_sock_t socket)
{
    static int (*real)(uv_loop_t *, uv_poll_t *, uv_os_sock_t);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "uv_poll_init_socket");
    return poll_fails() ? UV_ENOMEM : real(loop, poll, socket);
}

int uv_poll_start(uv_poll_t *poll, int events, uv_poll_cb callback)
{
    static int (*real)(uv_poll_t *, int, uv_poll_cb);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "uv_poll_start");
    return poll_fails() ? UV_ENOMEM : real(poll, events, callback);
}

/* -- scenarios -- */

typedef struct scenario_s {
    const char *name;
    const char *script; /* NULL: the service's own answer */
    const char *body;
    int cancel; /* in the third event */
    int code;   /* when nothing fails */
} scenario_t;

#define BODY_BROKEN "{\"model\":\"m\",\"input\":\"x\",\"stream\":true,\"background\":true}"
#define BODY_WATCHED                                                                               \
    "{\"model\":\"gemini-3-flash-preview\",\"input\":\"Tell me a joke.\",\"background\":true}"

static const scenario_t scenarios[] = {
    {"unary", NULL, BODY_UNARY, 0, GIA_OK},
    {"stream", NULL, BODY_STREAM, 0, GIA_OK},
    {"images", "{\"replies\":[{\"fixture\":\"steps/image_output.sse\"}]}", BODY_STREAM, 0, GIA_OK},
    {"tools", "{\"replies\":[{\"fixture\":\"steps/function_call.sse\"}]}", BODY_STREAM, 0, GIA_OK},
    {"half characters",
     "{\"replies\":[{\"events\":[\"data: {\\\"event_type\\\":\\\"step.start\\\",\\\"index\\\":0,"
     "\\\"step\\\":{\\\"type\\\":\\\"model_output\\\"}}\\n\\ndata: {\\\"event_type\\\":"
     "\\\"step.delta\\\",\\\"index\\\":0,\\\"delta\\\":{\\\"type\\\":\\\"text\\\",\\\"text\\\":"
     "\\\"x\\\\ud83d\\\"}}\\n\\n\"]}]}",
     BODY_STREAM, 0, GIA_ETRUNCATED},
    {"error answer",
     "{\"replies\":[{\"status\":429,\"body\":{\"error\":{\"code\":429,\"status\":"
     "\"RESOURCE_EXHAUSTED\",\"message\":\"slow down\"}}}]}",
     BODY_STREAM, 0, GIA_OK}, /* and then a good one */
    {"a stream that is taken up",
     "{\"replies\":[{\"texts\":[\"one \",\"two \",\"three\"],\"cut_at\":700,\"end\":\"close\"}]}",
     BODY_BROKEN, 0, GIA_OK},
    {"canceled", NULL, BODY_STREAM, 1, GIA_ECANCELED},
    {"watched", NULL, BODY_WATCHED, 0, GIA_OK},
};
enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

typedef struct torture_s {
    uv_loop_t loop;
    sim_t *sim;
    memory_t memory;
    gia_client_t *client;
    gia_call_t *call;
    int cancel;
    int started, done, code, events, closed, stopped;
} torture_t;

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    torture_t *torture = data;

    assert_false(torture->done);
    if (++torture->events == 3 && torture->cancel)
        gia_call_cancel(call);
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    torture_t *torture = data;

    torture->done++;
    torture->code = result->code;
    assert_true(result->message[0] != '\0');
    assert_true(result->interaction != NULL || result->code != GIA_OK);
    gia_client_close(torture->client, NULL, NULL);
}

static void on_stopped(void *data)
{
    torture_t *torture = data;

    torture->stopped++;
}

static int start(torture_t *torture, const scenario_t *scenario)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    gia_watch_options_t watch = GIA_WATCH_OPTIONS_INIT;
    gia_request_t *request = gia_request_new_with_allocator(&torture->memory.allocator);
    int rc;

    options.watch = &watch; /* for those in the background */
    options.on_event = on_event;
    options.on_done = on_done;
    options.data = torture;
    gia_request_set_json(request, "", scenario->body);
    gia_request_set_json(request, "/generation_config/seed", "7");
    gia_request_set_system_instruction(request, "Be brief.");
    rc = gia_request_error(request, NULL);
    if (rc == GIA_OK)
        rc = gia_interaction_create(&torture->call, torture->client, request, &options);
    gia_request_free(request);
    return rc;
}

/* Plays a scenario; returns the code that it ended with, from whichever function. */
static int play(torture_t *torture, const scenario_t *scenario, size_t wire, size_t fail_at,
                int all_after)
{
    sim_options_t sim_options = {.tls = wires[wire].tls, .http = wires[wire].http};
    gia_config_t config = GIA_CONFIG_INIT;
    char url[64], error[256];
    int rc;

    memset(torture, 0, sizeof(*torture));
    torture->cancel = scenario->cancel;
    memory_init(&torture->memory);
    torture->memory.fail_at = fail_at;
    torture->memory.fail_all_after = all_after;
    assert_int_equal(uv_loop_init(&torture->loop), 0);
    assert_int_equal(sim_start(&torture->sim, &torture->loop, &sim_options), 0);
    if (scenario->script)
        assert_int_equal(sim_script(torture->sim, scenario->script, error, sizeof(error)), 0);
    snprintf(url, sizeof(url), "%s://127.0.0.1%s", wires[wire].tls ? "https" : "http",
             strrchr(sim_url(torture->sim), ':'));
    config.base_url = url;
    config.ca_file = sim_ca_file(torture->sim);
    config.api_key = "test-key";
    config.user_agent = "torture/1";
    config.allocator = &torture->memory.allocator;

    rc = gia_client_new(&torture->client, &torture->loop, &config);
    if (rc != GIA_OK) {
        assert_null(torture->client);
    } else {
        rc = start(torture, scenario);
        torture->started = rc == GIA_OK;
        if (!torture->started)
            gia_client_close(torture->client, NULL, NULL);
        while (torture->started && !torture->done && uv_run(&torture->loop, UV_RUN_ONCE))
            ;
        assert_int_equal(torture->done, torture->started);
    }
    sim_stop(torture->sim, on_stopped, torture);
    assert_int_equal(uv_run(&torture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(torture->stopped, 1);
    assert_int_equal(torture->done, torture->started);
    assert_int_equal(uv_loop_close(&torture->loop), 0);
    assert_int_equal(torture->memory.live, 0);
    return torture->started ? torture->code : rc;
}

/* -- every allocation -- */

static void fail_every_allocation(size_t wire, int all_after)
{
    for (size_t i = 0; i < SCENARIOS; i++) {
        torture_t torture;
        size_t total;

        assert_int_equal(play(&torture, &scenarios[i], wire, 0, 0), scenarios[i].code);
        total = torture.memory.total;
        assert_true(total > 20);
        for (size_t n = 1; n <= total; n++) {
            int code = play(&torture, &scenarios[i], wire, n, all_after);

            if (getenv("VERBOSE"))
                fprintf(stderr, "# %s: %zu of %zu: %d\n", scenarios[i].name, n, total, code);
            /* A socket that cannot be watched is a lost connection, or one that never came. */
            if (code != GIA_ENOMEM && code != GIA_ELOST && code != GIA_ECONNECT &&
                code != GIA_ECONNECT_TIMEOUT && code != scenarios[i].code)
                fail_msg("%s: allocation %zu of %zu failed: code %d", scenarios[i].name, n, total,
                         code);
        }
    }
}

static void each_allocation_may_fail(void **state)
{
    fail_every_allocation(PLAIN, 0);
}

static void memory_may_run_out_at_any_time(void **state)
{
    fail_every_allocation(PLAIN, 1);
}

static void each_allocation_may_fail_over_http2(void **state)
{
    fail_every_allocation(HTTP2, 0);
}

static void requests_survive_without_memory(void **state)
{
    for (int all_after = 0; all_after < 2; all_after++) {
        for (size_t n = 1;; n++) {
            memory_t memory;
            gia_request_t *request;
            size_t total;
            int rc;

            memory_init(&memory);
            memory.fail_at = n;
            memory.fail_all_after = all_after;
            request = gia_request_new_with_allocator(&memory.allocator);
            gia_request_set_model(request, "gemini-3-flash-preview");
            gia_request_add_text(request, "one");
            gia_request_add_text(request, "two");
            gia_request_set_previous_interaction_id(request, "earlier");
            gia_request_set_store(request, 0);
            gia_request_set_stream(request, 1);
            gia_request_set_system_instruction(request, "Be brief.");
            gia_request_set_json(request, "/tools/-", "{\"type\":\"google_search\"}");
            gia_request_set_json(request, "/generation_config/stop_sequences", "[\"a\",\"b\"]");
            gia_request_set_json(request, "/generation_config/stop_sequences", NULL);
            rc = gia_request_error(request, NULL);
            gia_request_free(request);
            total = memory.total;
            assert_int_equal(memory.live, 0);
            assert_int_equal(rc, total >= n ? GIA_ENOMEM : GIA_OK);
            if (total < n)
                break;
        }
    }
}

static void clients_survive_without_memory(void **state)
{
    for (int all_after = 0; all_after < 2; all_after++) {
        for (size_t n = 1;; n++) {
            gia_config_t config = GIA_CONFIG_INIT;
            gia_client_t *client = NULL;
            memory_t memory;
            uv_loop_t loop;
            size_t total;
            int rc;

            memory_init(&memory);
            memory.fail_at = n;
            memory.fail_all_after = all_after;
            config.bearer_token = "token";
            config.vertex_project = "project";
            config.vertex_location = "us";
            config.api_revision = "2026-05-20";
            config.user_project = "payer";
            config.user_agent = "torture/1";
            config.proxy = "http://127.0.0.1:1";
            config.ca_file = "/nowhere";
            config.allocator = &memory.allocator;
            assert_int_equal(uv_loop_init(&loop), 0);
            rc = gia_client_new(&client, &loop, &config);
            total = memory.total;
            assert_int_equal(rc, total >= n ? GIA_ENOMEM : GIA_OK);
            gia_client_close(client, NULL, NULL);
            assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
            assert_int_equal(uv_loop_close(&loop), 0);
            assert_int_equal(memory.live, 0);
            if (total < n)
                break;
        }
    }
}

/* -- every watch -- */

static void each_watch_may_fail(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int all_after = 0; all_after < 2; all_after++) {
            for (size_t i = 0; i < 2; i++) {
                torture_t torture;
                unsigned total;

                memset(&polls, 0, sizeof(polls));
                assert_int_equal(play(&torture, &scenarios[i], wire, 0, 0), GIA_OK);
                total = polls.seen;
                assert_true(total >= 2);
                for (unsigned n = 1; n <= total; n++) {
                    int code;

                    polls.seen = 0;
                    polls.fail_at = n;
                    polls.all_after = all_after;
                    code = play(&torture, &scenarios[i], wire, 0, 0);
                    if (getenv("VERBOSE"))
                        fprintf(stderr, "# %s over %s, %u of %u: %d\n", scenarios[i].name,
                                wires[wire].name, n, total, code);
                    if (code != GIA_OK && code != GIA_ELOST && code != GIA_ECONNECT &&
                        code != GIA_ETLS && code != GIA_ECONNECT_TIMEOUT &&
                        code != GIA_EFIRST_BYTE_TIMEOUT && code != GIA_EIDLE_TIMEOUT)
                        fail_msg("%s: watch %u of %u failed: code %d", scenarios[i].name, n, total,
                                 code);
                }
            }
        }
    }
    memset(&polls, 0, sizeof(polls));
}

/* Many at once: each call fails by itself, none drags the client along. */
static void many_watches_may_fail_at_once(void **state)
{
    enum { CALLS = 100 };
    static record_t records[CALLS];

    for (size_t wire = 0; wire < WIRES; wire++) {
        record_t after = {0};
        world_t world;

        memset(records, 0, sizeof(records));
        memset(&polls, 0, sizeof(polls));
        open_wire(&world, wire);
        polls.fail_at = 1;
        polls.all_after = 1;
        for (int i = 0; i < CALLS; i++)
            assert_int_equal(world_create(&world, &records[i], BODY_STREAM, NULL), GIA_OK);
        for (int i = 0; i < CALLS; i++) {
            world_run(&world, &records[i]);
            assert_int_equal(records[i].done, 1);
            assert_true(records[i].code == GIA_ECONNECT || records[i].code == GIA_ELOST ||
                        records[i].code == GIA_ETLS || records[i].code == GIA_ECONNECT_TIMEOUT);
            record_clear(&records[i]);
        }
        memset(&polls, 0, sizeof(polls));
        assert_int_equal(world_create(&world, &after, BODY_STREAM, NULL), GIA_OK);
        world_run(&world, &after);
        assert_string_equal(after.message, "success");
        record_clear(&after);
        world_close(&world);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(memory_may_run_out_at_any_time),
        cmocka_unit_test(each_allocation_may_fail_over_http2),
        cmocka_unit_test(requests_survive_without_memory),
        cmocka_unit_test(clients_survive_without_memory),
        cmocka_unit_test(each_watch_may_fail),
        cmocka_unit_test(many_watches_may_fail_at_once),
    };

    signal(SIGPIPE,
           SIG_IGN); /* client and simulator both write to sockets that the other has closed */
    clock_virtual(1);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
