/* What takes too long: each kind of timeout, in the loop's time. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "clock.h"
#include "wires.h"

enum { LATE_MS = 50, HOUR_MS = 3600 * 1000 };

/* A server that never says a word: the kernel accepts, and nobody ever looks. */
static int mute_open(char *url, size_t size, const char *scheme)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(url, size, "%s://127.0.0.1:%u", scheme, ntohs(address.sin_port));
    return fd;
}

/* -- helpers -- */

/* Real time goes by, too, for instance in TLS handshakes on a busy machine: it excuses being late.
 */
static struct timespec real_start;

static uint64_t now_ms(world_t *world)
{
    clock_gettime(CLOCK_REALTIME, &real_start);
    uv_update_time(&world->loop);
    return uv_now(&world->loop);
}

static void assert_took(const record_t *record, uint64_t started_ms, int64_t expected_ms)
{
    int64_t took = (int64_t)(record->done_ms - started_ms), real;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    real = (now.tv_sec - real_start.tv_sec) * 1000 + (now.tv_nsec - real_start.tv_nsec) / 1000000;
    if (took < expected_ms || took > expected_ms + LATE_MS + real)
        fail_msg("%s after %lld ms instead of %lld", gia_error_name(record->code), (long long)took,
                 (long long)expected_ms);
}

/* How many timers, or handles that keep the loop from sleeping, are active: the simulator's, too.
 */
static void count_timer(uv_handle_t *handle, void *data)
{
    *(int *)data += uv_is_active(handle) && (handle->type == UV_TIMER || handle->type == UV_IDLE ||
                                             handle->type == UV_CHECK);
}

static int active_timers(world_t *world)
{
    int count = 0;

    uv_walk(&world->loop, count_timer, &count);
    return count;
}

/* But those of answers that the simulator still gives: libcurl 7.88 tells it of a broken HTTP/2
 * stream only when the connection is used again. */
static void assert_no_timer_is_left(world_t *world)
{
    world_pass(world, 10);
    assert_true((size_t)active_timers(world) <= sim_counts(world->sim).streams_open);
}

static const struct {
    const char *name;
    const char *reply;
    int kinds;
    int code;
    size_t member; /* of both structs: see set_timeout() */
    int64_t default_ms;
    int http_status;
    int request_sent;
} rows[] = {
    {"connect", NULL, BOTH_KINDS, GIA_ECONNECT_TIMEOUT, 0, 10000, 0, 0},
    {"first byte", "{\"end\":\"stall\",\"delay_ms\":100000000,\"texts\":[\"a\"]}", BOTH_KINDS,
     GIA_EFIRST_BYTE_TIMEOUT, 1, 600000, 0, 1},
    {"idle", "{\"texts\":[\"abc\"],\"cut_at\":30,\"end\":\"stall\"}", BOTH_KINDS, GIA_EIDLE_TIMEOUT,
     2, 300000, 200, 1},
    {"total", "{\"deltas\":100000,\"interval_ms\":100}", STREAMED, GIA_ETOTAL_TIMEOUT, 3, 0, 200,
     1},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void set_timeout(int64_t *first, size_t member, int64_t value)
{
    first[member] = value; /* four in a row, in both structs */
}

/* `where`: the client's config, the call's options over a config that says otherwise, or neither.
 */
static void run_row(size_t row, const struct wire_s *wire, int where, int streamed)
{
    world_options_t world_options = WORLD_OPTIONS;
    gia_call_options_t options;
    int64_t expected_ms = where == 2 ? rows[row].default_ms : 3217;
    record_t record = {0};
    uint64_t started_ms;
    char script[200];
    char url[64];
    int mute = -1;
    world_t world;

    world_options.sim.tls = wire->tls;
    world_options.sim.http = wire->http;
    if (where == 0)
        set_timeout(&world_options.config.connect_timeout_ms, rows[row].member, expected_ms);
    if (where == 1)
        set_timeout(&world_options.config.connect_timeout_ms, rows[row].member, 77);
    if (!rows[row].reply) {
        mute = mute_open(url, sizeof(url), "https");
        world_options.config.base_url = url;
    }
    world_open(&world, &world_options);
    if (rows[row].reply) {
        snprintf(script, sizeof(script), "{\"replies\":[%s]}", rows[row].reply);
        world_script(&world, script);
    }
    options = record_options(&record, &world);
    if (where == 1)
        set_timeout(&options.connect_timeout_ms, rows[row].member, expected_ms);
    started_ms = now_ms(&world);
    assert_int_equal(world_create(&world, &record, streamed ? BODY_STREAM : BODY_UNARY, &options),
                     GIA_OK);
    world_run(&world, &record);

    if (record.code != rows[row].code)
        fail_msg("%s, %s: %s", wire->name, rows[row].name, record.message);
    assert_took(&record, started_ms, expected_ms);
    assert_int_equal(record.done, 1);
    assert_int_equal(record.http_status, rows[row].http_status);
    assert_int_equal(record.request_sent, rows[row].request_sent);
    assert_int_equal(record.curl_code, 0);
    assert_string_equal(record.message, gia_error_text(rows[row].code));
    record_clear(&record);
    assert_no_timer_is_left(&world);
    if (mute >= 0)
        close(mute);
    world_close(&world);
}

static void each_timeout_fires_in_its_time(void **state)
{
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t wire = 0; wire < WIRES; wire++) {
            for (int where = 0; where < 3; where++) {
                if (where == 2 && !rows[row].default_ms)
                    continue;
                if (!rows[row].reply && wires[wire].bit != TLS_1)
                    continue;
                for (int kind = UNARY; kind <= STREAMED; kind++) {
                    if (rows[row].kinds & kind)
                        run_row(row, &wires[wire], where, kind == STREAMED);
                }
            }
        }
    }
}

static void open_first(world_t *world, const gia_config_t *config, const char *script)
{
    open_wire(world, &wires[0], config);
    world_script(world, script);
}

/* Half a day each: before the first byte, between two, and before the connection is there. */
static void never_means_never(void **state)
{
    static const char *const scripts[] = {
        "{\"replies\":[{\"texts\":[\"a\"],\"delay_ms\":43200000}]}",
        "{\"replies\":[{\"texts\":[\"a\"],\"first_byte_delay_ms\":43200000}]}",
        "{\"replies\":[{\"texts\":[\"a\",\"b\"],\"interval_ms\":43200000}]}",
    };

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
            for (int per_call = 0; per_call < 2; per_call++) {
                const int64_t timeout = per_call ? 10 : GIA_NO_TIMEOUT;
                const gia_config_t config = {.connect_timeout_ms = timeout,
                                             .first_byte_timeout_ms = timeout,
                                             .idle_timeout_ms = timeout,
                                             .total_timeout_ms = timeout};
                record_t record = {0};
                gia_call_options_t options;
                uint64_t started_ms;
                world_t world;

                open_wire(&world, &wires[wire], &config);
                world_script(&world, scripts[i]);
                options = record_options(&record, &world);
                if (per_call)
                    options.connect_timeout_ms = options.first_byte_timeout_ms =
                        options.idle_timeout_ms = options.total_timeout_ms = GIA_NO_TIMEOUT;
                started_ms = now_ms(&world);
                assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
                world_run(&world, &record);
                assert_string_equal(record.message, "success");
                assert_true(record.done_ms - started_ms >= 12 * HOUR_MS);
                record_clear(&record);
                world_close(&world);
            }
        }
    }
}

static void connecting_can_take_for_ever(void **state)
{
    gia_config_t config = {.connect_timeout_ms = GIA_NO_TIMEOUT};
    record_t record = {0};
    char url[64];
    int mute = mute_open(url, sizeof(url), "https");
    world_t world;

    config.base_url = url;
    open_wire(&world, &wires[0], &config);
    assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
    world_pass(&world, 12 * HOUR_MS);
    assert_int_equal(record.done, 0);
    gia_call_cancel(record.call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ECANCELED);
    assert_int_equal(record.request_sent, 0);
    record_clear(&record);
    close(mute);
    world_close(&world);
}

/* Comments and single bytes are signs of life, for everything but the whole. */
static void any_byte_is_a_sign_of_life(void **state)
{
    static const char *const scripts[] = {
        "{\"replies\":[{\"events\":[\": 1\\n\",\": 2\\n\",\": 3\\n\",\": 4\\n\",\": 5\\n\","
        "\": 6\\n\",\": 7\\n\",\": 8\\n\",\": 9\\n\",\": 10\\n\",\": 11\\n\",\": 12\\n\"],"
        "\"interval_ms\":900,\"tail\":\"x\"}]}",
        "{\"replies\":[{\"texts\":[\"a\"],\"chunk_bytes\":30,\"chunk_interval_ms\":900}]}",
    };

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
            for (int total = 0; total < 2; total++) {
                const gia_config_t config = {.idle_timeout_ms = 1000,
                                             .total_timeout_ms = total ? 5000 : 0};
                record_t record = {0};
                uint64_t started_ms;
                world_t world;

                open_wire(&world, &wires[wire], &config);
                world_script(&world, scripts[i]);
                started_ms = now_ms(&world);
                assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
                world_run(&world, &record);
                if (total) {
                    assert_int_equal(record.code, GIA_ETOTAL_TIMEOUT);
                    assert_took(&record, started_ms, 5000);
                } else {
                    assert_int_equal(record.code, i ? GIA_OK : GIA_EPROTOCOL);
                }
                record_clear(&record);
                world_close(&world);
            }
        }
    }
}

/* A proxy that says 103 has not begun to answer. */
static void an_interim_answer_is_not_the_first_byte(void **state)
{
    const gia_config_t config = {.first_byte_timeout_ms = 20000, .idle_timeout_ms = 100};

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int late = 0; late < 2; late++) {
            record_t record = {0};
            world_t world;

            open_wire(&world, &wires[wire], &config);
            world_script(&world, late ? "{\"replies\":[{\"interim\":[103],\"texts\":[\"a\"],"
                                        "\"delay_ms\":30000}]}"
                                      : "{\"replies\":[{\"interim\":[103],\"texts\":[\"a\"],"
                                        "\"delay_ms\":10000}]}");
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            world_run(&world, &record);
            assert_int_equal(record.code, late ? GIA_EFIRST_BYTE_TIMEOUT : GIA_OK);
            record_clear(&record);
            world_close(&world);
        }
    }
}

static void waiting_in_line_counts_for_the_whole_only(void **state)
{
    const gia_config_t config = {.max_in_flight = 1,
                                 .connect_timeout_ms = 500,
                                 .first_byte_timeout_ms = 500,
                                 .idle_timeout_ms = 2000};
    record_t first = {0}, second = {0}, third = {0};
    gia_call_options_t options;
    uint64_t started_ms;
    world_t world;

    open_first(&world, &config,
               "{\"replies\":[{\"deltas\":20,\"interval_ms\":1000},{\"texts\":[\"a\"]}]}");
    started_ms = now_ms(&world);
    assert_int_equal(world_create(&world, &first, BODY_STREAM, NULL), GIA_OK);
    assert_int_equal(world_create(&world, &second, BODY_STREAM, NULL), GIA_OK);
    options = record_options(&third, &world);
    options.total_timeout_ms = 4000;
    assert_int_equal(world_create(&world, &third, BODY_STREAM, &options), GIA_OK);

    world_run(&world, &third);
    assert_int_equal(third.code, GIA_ETOTAL_TIMEOUT);
    assert_took(&third, started_ms, 4000);
    assert_int_equal(third.attempts, 0);
    assert_int_equal(third.request_sent, 0);
    assert_int_equal(third.http_status, 0);
    world_run(&world, &second);
    assert_int_equal(first.code, GIA_OK);
    assert_int_equal(second.code, GIA_OK);
    assert_true(second.done_ms - started_ms > 20000);
    assert_int_equal(sim_request_count(world.sim), 2);
    record_clear(&first);
    record_clear(&second);
    record_clear(&third);
    world_close(&world);
}

static void get_no_token(gia_client_t *client, const char *refused, void *data) {}

static void get_one_token(gia_client_t *client, const char *refused, void *data)
{
    if (!refused)
        assert_int_equal(gia_client_set_bearer_token(client, "the first"), GIA_OK);
}

/* How long the last one took. */
static void on_attempt(gia_client_t *client, gia_call_t *call, const gia_attempt_t *attempt,
                       void *data)
{
    *(int64_t *)data = attempt->end_ms;
}

enum what { CREATE, WAIT_FOR_FILE };

/* The whole goes on over exchanges and what lies between them; the other timeouts begin anew with
 * each exchange. 3,217 ms in all rows. */
#define BUSY_FOR(seconds)                                                                          \
    "{\"status\":503,\"body_text\":\"\",\"headers\":{\"retry-after\":\"" #seconds "\"}},"

static const struct {
    const char *name;
    enum what what;
    gia_config_t config;
    const char *script; /* NULL: the service's own answer */
    int code;
    unsigned attempts;
    int from_second; /* counted from the second request */
} places[] = {
    {"no token",
     CREATE,
     {.get_token = get_no_token, .total_timeout_ms = 3217},
     NULL,
     GIA_ETOTAL_TIMEOUT,
     0,
     0},
    {"no second token",
     CREATE,
     {.get_token = get_one_token, .total_timeout_ms = 3217},
     "{\"replies\":[{\"status\":401,\"body_text\":\"\",\"delay_ms\":2000}]}",
     GIA_ETOTAL_TIMEOUT,
     1,
     0},
    {"in the second exchange",
     CREATE,
     {.max_attempts = 2, .total_timeout_ms = 3217},
     "{\"replies\":[" BUSY_FOR(2) "{\"texts\":[\"a\"],\"delay_ms\":100000000}]}",
     GIA_ETOTAL_TIMEOUT,
     2,
     0},
    {"in a rest",
     WAIT_FOR_FILE,
     {.total_timeout_ms = 3217},
     "{\"replies\":[{\"body\":{\"name\":\"files/a\",\"state\":\"PROCESSING\"}}],\"repeat\":true}",
     GIA_ETOTAL_TIMEOUT,
     3,
     0},
    {"first byte of the second",
     CREATE,
     {.max_attempts = 2, .first_byte_timeout_ms = 3217},
     "{\"replies\":[" BUSY_FOR(20) "{\"texts\":[\"a\"],\"delay_ms\":100000000}]}",
     GIA_EFIRST_BYTE_TIMEOUT,
     2,
     1},
    {"silence in the second",
     CREATE,
     {.max_attempts = 2, .idle_timeout_ms = 3217},
     "{\"replies\":[" BUSY_FOR(20) "{\"texts\":[\"a\"],\"cut_at\":30,\"end\":\"stall\"}]}",
     GIA_EIDLE_TIMEOUT,
     2,
     1},
};

static void wherever_the_time_is_spent(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            gia_config_t config = places[i].config;
            gia_call_options_t options;
            record_t record = {0};
            uint64_t started_ms;
            int64_t last_ms = 0;
            world_t world;

            config.on_attempt = on_attempt;
            config.observer_data = &last_ms;
            open_wire(&world, &wires[wire], &config);
            if (places[i].script)
                world_script(&world, places[i].script);
            options = record_options(&record, &world);
            started_ms = now_ms(&world);
            if (places[i].what == CREATE)
                assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
            else
                assert_int_equal(gia_file_wait(&record.call, world.client, "files/a", 0, &options),
                                 GIA_OK);
            world_run(&world, &record);
            if (record.code != places[i].code)
                fail_msg("%s, %s: %s", wires[wire].name, places[i].name, record.message);
            assert_int_equal(record.attempts, places[i].attempts);
            if (places[i].from_second)
                started_ms = record.done_ms - (uint64_t)last_ms;
            assert_took(&record, started_ms, 3217);
            record_clear(&record);
            assert_no_timer_is_left(&world);
            world_close(&world);
        }
    }
}

static void pause_at_second_event(record_t *record, const gia_event_t *event)
{
    if (json_array_size(record->trace) == 2)
        gia_call_pause(record->call);
}

static void a_paused_stream_is_not_silent(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int total = 0; total < 2; total++) {
            const gia_config_t config = {.idle_timeout_ms = 1000,
                                         .total_timeout_ms = total ? 30000 : 0};
            record_t record = {.on_event = pause_at_second_event};
            uint64_t started_ms;
            world_t world;

            open_wire(&world, &wires[wire], &config);
            world_script(&world, "{\"replies\":[{\"texts\":[\"a\",\"b\"],\"interval_ms\":500}]}");
            started_ms = now_ms(&world);
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            if (total) {
                world_run(&world, &record);
                assert_int_equal(record.code, GIA_ETOTAL_TIMEOUT);
                assert_took(&record, started_ms, 30000);
            } else {
                world_pass(&world, HOUR_MS);
                assert_int_equal(record.done, 0);
                gia_call_resume(record.call);
                world_run(&world, &record);
                assert_int_equal(record.code, GIA_OK);
            }
            record_clear(&record);
            world_close(&world);
        }
    }
}

/* The silence after a resume is counted from the resume. */
static void silence_begins_anew_with_a_resume(void **state)
{
    const gia_config_t config = {.idle_timeout_ms = 1000};
    record_t record = {.on_event = pause_at_second_event};
    uint64_t resumed_ms;
    world_t world;

    open_first(&world, &config,
               "{\"replies\":[{\"texts\":[\"a\",\"b\"],\"cut_at\":1000,\"end\":\"stall\"}]}");
    assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
    world_pass(&world, 5000);
    assert_int_equal(record.done, 0);
    resumed_ms = now_ms(&world);
    gia_call_resume(record.call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_EIDLE_TIMEOUT);
    assert_took(&record, resumed_ms, 1000);
    record_clear(&record);
    world_close(&world);
}

#define WHOLE                                                                                      \
    "{\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"v1_x\",\"status\":"         \
    "\"in_progress\",\"object\":\"interaction\"}},{\"event_type\":\"interaction.completed\","      \
    "\"interaction\":{\"id\":\"v1_x\",\"status\":\"completed\",\"object\":\"interaction\"}}"

/* A connection left open after the last word costs one second, whatever the timeouts are. */
static void a_complete_stream_lingers_for_a_second(void **state)
{
    static const gia_config_t configs[] = {
        {.idle_timeout_ms = 0},
        {.idle_timeout_ms = GIA_NO_TIMEOUT},
        {.idle_timeout_ms = 100},
        {.total_timeout_ms = 500},
    };

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
            for (int done = 0; done < 2; done++) {
                record_t record = {0};
                uint64_t started_ms;
                world_t world;

                open_wire(&world, &wires[wire], &configs[i]);
                world_script(&world, done ? "{\"replies\":[{\"events\":[" WHOLE
                                            ",\"[DONE]\"],\"end\":\"stall\"}]}"
                                          : "{\"replies\":[{\"events\":[" WHOLE
                                            "],\"end\":\"stall\"}]}");
                started_ms = now_ms(&world);
                assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
                world_run(&world, &record);
                assert_int_equal(record.code, GIA_OK);
                assert_string_equal(record.message, "success");
                assert_took(&record, started_ms, configs[i].total_timeout_ms ? 500 : 1000);
                record_clear(&record);
                world_close(&world);
            }
        }
    }
}

static void pause_at_the_last(record_t *record, const gia_event_t *event)
{
    if (event->type == GIA_EVENT_INTERACTION_COMPLETE)
        gia_call_pause(record->call);
}

/* Paused on the last word, and never resumed: what was paid for is not thrown away. */
static void a_complete_stream_that_stays_paused(void **state)
{
    static const char *const ends[] = {"stall", "normal", "reset"};

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t end = 0; end < sizeof(ends) / sizeof(ends[0]); end++) {
            const gia_config_t config = {.total_timeout_ms = 5000};
            record_t record = {.on_event = pause_at_the_last};
            uint64_t started_ms;
            char script[600];
            world_t world;

            open_wire(&world, &wires[wire], &config);
            snprintf(script, sizeof(script),
                     "{\"replies\":[{\"events\":[" WHOLE ",\"[DONE]\"],\"end\":\"%s\"}]}",
                     ends[end]);
            world_script(&world, script);
            started_ms = now_ms(&world);
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            world_run(&world, &record);
            assert_string_equal(record.message, "success");
            assert_took(&record, started_ms, 5000);
            record_clear(&record);
            world_close(&world);
        }
    }
}

static void be_busy(uv_timer_t *timer)
{
    clock_advance(5000);
}

/* The program keeps the loop busy for longer than any timeout. What came in the meantime counts. */
static void what_lies_in_the_socket_was_in_time(void **state)
{
    const gia_config_t config = {
        .connect_timeout_ms = 1000, .first_byte_timeout_ms = 1000, .idle_timeout_ms = 1000};

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (uint64_t busy_at = 100; busy_at < 3000; busy_at += 350) {
            record_t record = {0};
            uv_timer_t timer;
            world_t world;

            open_wire(&world, &wires[wire], &config);
            world_script(&world, "{\"replies\":[{\"texts\":[\"a\",\"b\",\"c\"],"
                                 "\"delay_ms\":700,\"interval_ms\":700}]}");
            uv_timer_init(&world.loop, &timer);
            uv_timer_start(&timer, be_busy, busy_at, 0);
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            world_run(&world, &record);
            assert_string_equal(record.message, "success");
            record_clear(&record);
            uv_close((uv_handle_t *)&timer, NULL);
            world_close(&world);
        }
    }
}

static void work_on(uv_timer_t *timer)
{
    clock_advance(10);
    uv_update_time(timer->loop);
}

/* Another timer of the same phase moves the loop's time on, behind that of the call. */
static void nor_does_another_timer_hide_it(void **state)
{
    const gia_config_t config = {
        .connect_timeout_ms = 1000, .first_byte_timeout_ms = 1000, .idle_timeout_ms = 1000};

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (uint64_t busy_at = 300; busy_at < 2500; busy_at += 350) {
            record_t record = {0};
            uv_timer_t busy, other;
            world_t world;

            open_wire(&world, &wires[wire], &config);
            world_script(&world, "{\"replies\":[{\"texts\":[\"a\",\"b\",\"c\"],"
                                 "\"delay_ms\":700,\"interval_ms\":700}]}");
            uv_timer_init(&world.loop, &busy);
            uv_timer_start(&busy, be_busy, busy_at, 0);
            uv_timer_init(&world.loop, &other);
            uv_timer_start(&other, work_on, busy_at + 4900, 0);
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            world_run(&world, &record);
            assert_string_equal(record.message, "success");
            record_clear(&record);
            uv_close((uv_handle_t *)&busy, NULL);
            uv_close((uv_handle_t *)&other, NULL);
            world_close(&world);
        }
    }
}

static void no_timer_is_left(void **state)
{
    world_t world;

    open_first(&world, NULL,
               "{\"replies\":[{\"texts\":[\"a\"]},"
               "{\"texts\":[\"a\"],\"cut_at\":30,\"end\":\"stall\"}]}");
    for (int i = 0; i < 2; i++) {
        record_t record = {0};
        gia_call_options_t options = record_options(&record, &world);

        options.total_timeout_ms = 1000;
        assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
        assert_true(active_timers(&world) > 0);
        world_run(&world, &record);
        assert_int_equal(record.code, i ? GIA_ETOTAL_TIMEOUT : GIA_OK);
        world_pass(&world, 10);
        assert_int_equal(active_timers(&world), 0);
        record_clear(&record);
    }
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_timeout_fires_in_its_time),
        cmocka_unit_test(never_means_never),
        cmocka_unit_test(connecting_can_take_for_ever),
        cmocka_unit_test(any_byte_is_a_sign_of_life),
        cmocka_unit_test(an_interim_answer_is_not_the_first_byte),
        cmocka_unit_test(waiting_in_line_counts_for_the_whole_only),
        cmocka_unit_test(wherever_the_time_is_spent),
        cmocka_unit_test(a_paused_stream_is_not_silent),
        cmocka_unit_test(silence_begins_anew_with_a_resume),
        cmocka_unit_test(a_complete_stream_lingers_for_a_second),
        cmocka_unit_test(a_complete_stream_that_stays_paused),
        cmocka_unit_test(what_lies_in_the_socket_was_in_time),
        cmocka_unit_test(nor_does_another_timer_hide_it),
        cmocka_unit_test(no_timer_is_left),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
