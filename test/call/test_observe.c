/* What a client tells those who watch it: lines, attempts, counters; and headers that go along. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wires.h"

/* -- somebody who watches -- */

#define KEY "AIza-this-is-the-key"

enum { MAX_SEEN = 64 };

typedef struct watcher_s {
    gia_attempt_t attempts[MAX_SEEN];
    size_t attempt_count;
    char *lines[MAX_SEEN];
    gia_log_level_t levels[MAX_SEEN];
    size_t line_count;
    record_t *record;   /* if set, nothing may come after its end */
    int inside_a_start; /* nor now */
} watcher_t;

static void check_moment(const watcher_t *watcher)
{
    assert_int_equal(watcher->inside_a_start, 0);
    if (watcher->record)
        assert_int_equal(watcher->record->done, 0);
}

static void on_log(gia_client_t *client, gia_call_t *call, gia_log_level_t level, const char *line,
                   void *data)
{
    gia_stats_t stats = GIA_STATS_INIT;
    watcher_t *watcher = data;

    check_moment(watcher);
    assert_non_null(call);
    assert_ptr_equal(gia_call_data(call), watcher->record);
    assert_int_equal(gia_client_stats(client, &stats), GIA_OK);
    assert_null(strpbrk(line, "\r\n"));
    assert_true(watcher->line_count < MAX_SEEN);
    watcher->levels[watcher->line_count] = level;
    watcher->lines[watcher->line_count++] = strdup(line);
}

static void on_attempt(gia_client_t *client, gia_call_t *call, const gia_attempt_t *attempt,
                       void *data)
{
    watcher_t *watcher = data;

    check_moment(watcher);
    assert_ptr_equal(gia_call_client(call), client);
    assert_true(watcher->attempt_count < MAX_SEEN);
    watcher->attempts[watcher->attempt_count++] = *attempt;
}

static void forget(watcher_t *watcher)
{
    for (size_t i = 0; i < watcher->line_count; i++)
        free(watcher->lines[i]);
    memset(watcher, 0, sizeof(*watcher));
}

static void open_watched(world_t *world, const struct wire_s *wire, watcher_t *watcher,
                         gia_log_level_t level, const gia_config_t *config)
{
    gia_config_t whole = {0};

    if (config)
        whole = *config;
    whole.on_log = on_log;
    whole.log_level = level;
    whole.on_attempt = on_attempt;
    whole.observer_data = watcher;
    open_wire(world, wire, &whole);
}

static void create(world_t *world, watcher_t *watcher, record_t *record, const char *body,
                   const gia_call_options_t *options)
{
    watcher->record = record;
    watcher->inside_a_start = 1;
    assert_int_equal(world_create(world, record, body, options), GIA_OK);
    watcher->inside_a_start = 0;
}

static void run(world_t *world, watcher_t *watcher, const char *body, int code)
{
    record_t record = {0};

    create(world, watcher, &record, body, NULL);
    world_run(world, &record);
    if (record.code != code)
        fail_msg("%s: %s", gia_error_name(record.code), record.message);
    assert_null(strstr(record.message, KEY));
    watcher->record = NULL;
    record_clear(&record);
}

static size_t lines_with(const watcher_t *watcher, const char *text)
{
    size_t count = 0;

    for (size_t i = 0; i < watcher->line_count; i++)
        count += strstr(watcher->lines[i], text) != NULL;
    return count;
}

static size_t lines_of(const watcher_t *watcher, gia_log_level_t level)
{
    size_t count = 0;

    for (size_t i = 0; i < watcher->line_count; i++)
        count += watcher->levels[i] == level;
    return count;
}

static void assert_line(const watcher_t *watcher, size_t index, gia_log_level_t level,
                        const char *begin)
{
    assert_true(index < watcher->line_count);
    if (watcher->levels[index] != level ||
        strncmp(watcher->lines[index], begin, strlen(begin)) != 0)
        fail_msg("line %zu, level %d: %s", index, watcher->levels[index], watcher->lines[index]);
}

static gia_stats_t stats_of(const world_t *world)
{
    gia_stats_t stats = GIA_STATS_INIT;

    assert_int_equal(gia_client_stats(world->client, &stats), GIA_OK);
    return stats;
}

/* -- attempts -- */

static void assert_near(int64_t ms, int64_t expected_ms)
{
    if (ms < expected_ms || ms > expected_ms + 1000)
        fail_msg("%lld ms instead of %lld", (long long)ms, (long long)expected_ms);
}

/* Seconds of the virtual clock: what a busy machine adds does not matter. */
static void the_times_of_an_attempt(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        watcher_t watcher = {0};
        const gia_attempt_t *seen = watcher.attempts;
        world_t world;

        open_watched(&world, &wires[wire], &watcher, GIA_LOG_WARNING, NULL);
        world_script(&world, "{\"replies\":[{\"texts\":[\"a\",\"b\"],\"delay_ms\":20000,"
                             "\"first_byte_delay_ms\":30000,\"interval_ms\":5000}]}");
        run(&world, &watcher, BODY_STREAM, GIA_OK);
        assert_int_equal(watcher.attempt_count, 1);
        assert_int_equal(seen->number, 1);
        assert_string_equal(seen->method, "POST");
        assert_int_equal(seen->code, GIA_OK);
        assert_int_equal(seen->http_status, 200);
        assert_int_equal(seen->http_major, wires[wire].bit == TLS_2 ? 2 : 1);
        assert_near(seen->connected_ms, 0);
        assert_near(seen->first_byte_ms, 20000);
        assert_true(seen->first_delta_ms >= 55000); /* two events come before it */
        assert_true(seen->end_ms > seen->first_delta_ms + 5000);
        assert_int_equal(seen->bytes_sent, sim_request(world.sim, 0)->body_length);
        assert_true(seen->bytes_received > 300);
        assert_int_equal(seen->next_ms, -1);
        assert_string_equal(seen->reason, "");
        assert_int_equal(watcher.line_count, 0); /* nothing to warn of */
        forget(&watcher);
        world_close(&world);
    }
}

static void what_did_not_happen_has_no_time(void **state)
{
    static const struct {
        const char *reply;
        int code, has_first_byte;
    } rows[] = {
        {"{\"accept\":\"close\"}", GIA_ELOST, 0},
        {"{\"status\":400,\"body_text\":\"\"}", GIA_EBAD_REQUEST, 1},
        {"{\"texts\":[\"a\"],\"cut_at\":30,\"end\":\"reset\"}", GIA_ELOST, 1},
    };
    char script[200];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        watcher_t watcher = {0};
        const gia_attempt_t *seen = watcher.attempts;
        world_t world;

        open_watched(&world, &wires[0], &watcher, GIA_LOG_WARNING, NULL);
        snprintf(script, sizeof(script), "{\"replies\":[%s]}", rows[i].reply);
        world_script(&world, script);
        run(&world, &watcher, BODY_STREAM, rows[i].code);
        assert_int_equal(watcher.attempt_count, 1);
        assert_int_equal(seen->code, rows[i].code);
        assert_true(seen->connected_ms >= 0);
        assert_int_equal(seen->first_byte_ms >= 0, rows[i].has_first_byte);
        assert_int_equal(seen->first_delta_ms, -1);
        assert_int_equal(seen->http_major, rows[i].has_first_byte);
        assert_string_equal(seen->reason, "");
        /* An answer that was lost halfway is worth a warning, others are the program's to judge. */
        assert_int_equal(watcher.line_count, i == 2);
        forget(&watcher);
        world_close(&world);
    }
}

static void requests_that_are_made_again(void **state)
{
    const gia_config_t config = {.max_attempts = 3};
    watcher_t watcher = {0};
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_WARNING, &config);
    world_script(&world, "{\"replies\":[{\"status\":429,\"body_text\":\"slow down\",\"headers\":"
                         "{\"retry-after\":\"7\"}},{\"status\":503,\"body_text\":\"\"}]}");
    run(&world, &watcher, BODY_UNARY, GIA_OK);
    assert_int_equal(watcher.attempt_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(watcher.attempts[i].number, i + 1);
    assert_int_equal(watcher.attempts[0].code, GIA_ERATE_LIMITED);
    assert_near(watcher.attempts[0].next_ms, 7000);
    assert_string_equal(watcher.attempts[0].reason, "retry");
    assert_int_equal(watcher.attempts[1].code, GIA_EUNAVAILABLE);
    assert_true(watcher.attempts[1].next_ms >= 0);
    assert_string_equal(watcher.attempts[1].reason, "retry");
    assert_int_equal(watcher.attempts[2].code, GIA_OK);
    assert_int_equal(watcher.line_count, 2);
    assert_line(&watcher, 0, GIA_LOG_WARNING,
                "call 1, attempt 1: GIA_ERATE_LIMITED, HTTP status 429; retry in 7");
    assert_int_equal(lines_with(&watcher, "slow down"), 1);
    assert_int_equal(stats_of(&world).retries, 2);
    forget(&watcher);
    world_close(&world);
}

static void an_answer_that_goes_on(void **state)
{
    watcher_t watcher = {0};
    gia_stats_t stats;
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_WARNING, NULL);
    world_script(&world, "{\"replies\":[{\"fixture\":\"steps/requires_continuation.json\"},"
                         "{\"fixture\":\"steps/requires_continuation_final.json\"}]}");
    run(&world, &watcher, BODY_UNARY, GIA_OK);
    assert_int_equal(watcher.attempt_count, 2);
    assert_int_equal(watcher.attempts[0].code, GIA_OK);
    assert_string_equal(watcher.attempts[0].reason, "continuation");
    assert_int_equal(watcher.attempts[0].next_ms, 0);
    assert_int_equal(watcher.line_count, 0);
    stats = stats_of(&world);
    assert_int_equal(stats.continuations, 1);
    assert_int_equal(stats.requests, 2);
    forget(&watcher);
    world_close(&world);
}

static void get_token(gia_client_t *client, const char *refused, void *data)
{
    assert_int_equal(gia_client_set_bearer_token(client, refused ? "new-token" : "old-token"),
                     GIA_OK);
}

static void a_token_that_is_refused(void **state)
{
    const gia_config_t config = {.get_token = get_token};
    watcher_t watcher = {0};
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_DEBUG, &config);
    world_script(&world, "{\"replies\":[{\"status\":401,\"body_text\":\"old-token is bad\"}]}");
    run(&world, &watcher, BODY_UNARY, GIA_OK);
    assert_int_equal(watcher.attempt_count, 2);
    assert_int_equal(watcher.attempts[0].code, GIA_EAUTHENTICATION);
    assert_int_equal(watcher.attempts[0].http_status, 401);
    assert_string_equal(watcher.attempts[0].reason, "token");
    assert_int_equal(lines_of(&watcher, GIA_LOG_WARNING), 1);
    assert_int_equal(lines_with(&watcher, "-token"), 0);
    forget(&watcher);
    world_close(&world);
}

/* A video in two pieces, of which the first breaks, and which is not usable at once. */
static void the_requests_of_an_upload(void **state)
{
    static const char *const reasons[] = {"upload", "resume", "upload", "upload",
                                          "poll",   "poll",   "poll",   ""};
    enum { BYTES = 300 * 1024, STEPS = sizeof(reasons) / sizeof(reasons[0]) };
    gia_upload_options_t upload = GIA_UPLOAD_OPTIONS_INIT;
    gia_call_options_t options;
    watcher_t watcher = {0};
    record_t record = {0};
    char *bytes = calloc(1, BYTES);
    gia_stats_t stats;
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_WARNING, NULL);
    world_script(&world, "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-command\":"
                         "\"upload\"}},\"break_after\":1000}]}");
    upload.bytes = bytes;
    upload.len = BYTES;
    upload.mime_type = "video/mp4";
    upload.piece_bytes = 256 * 1024;
    upload.wait_until_active = 1;
    options = record_options(&record, &world);
    watcher.record = &record;
    assert_int_equal(gia_file_upload(&record.call, world.client, &upload, &options), GIA_OK);
    world_run(&world, &record);
    assert_string_equal(record.message, "success");
    for (size_t i = 0; i < watcher.attempt_count; i++) {
        assert_true(i < STEPS);
        assert_string_equal(watcher.attempts[i].reason, reasons[i]);
        assert_int_equal(watcher.attempts[i].code, i == 1 ? GIA_ELOST : GIA_OK);
    }
    assert_int_equal(watcher.attempt_count, STEPS);
    assert_int_equal(watcher.line_count, 1);
    stats = stats_of(&world);
    assert_int_equal(stats.resumes, 1);
    assert_int_equal(stats.polls, 3);
    assert_int_equal(stats.requests, STEPS);
    assert_true(stats.bytes_sent >= BYTES);
    watcher.record = NULL;
    forget(&watcher);
    record_clear(&record);
    free(bytes);
    world_close(&world);
}

#define STATUS(status)                                                                             \
    "{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"" status "\"}}"

static void a_run_that_is_watched(void **state)
{
    gia_watch_options_t watch = GIA_WATCH_OPTIONS_INIT;
    gia_call_options_t options;
    watcher_t watcher = {0};
    record_t record = {0};
    gia_stats_t stats;
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_WARNING, NULL);
    world_script(&world, "{\"replies\":[" STATUS("queued") "," STATUS("in_progress") "]}");
    world_script(&world, "{\"replies\":[" STATUS("cancelled") "]}");
    options = record_options(&record, &world);
    watcher.record = &record;
    watch.interval_ms = 60000;
    watch.max_interval_ms = 60000;
    assert_int_equal(gia_interaction_watch(&record.call, world.client, "v1_x", &watch, &options),
                     GIA_OK);
    while (watcher.attempt_count < 2)
        uv_run(&world.loop, UV_RUN_ONCE);
    gia_call_cancel_remote(record.call);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ECANCELED);
    assert_int_equal(watcher.attempt_count, 3);
    assert_string_equal(watcher.attempts[0].reason, "poll");
    assert_true(watcher.attempts[0].next_ms > 1000);
    assert_string_equal(watcher.attempts[1].reason, "poll");
    assert_string_equal(watcher.attempts[2].reason, "");
    assert_string_equal(watcher.attempts[2].method, "POST");
    assert_int_equal(watcher.line_count, 0);
    stats = stats_of(&world);
    assert_int_equal(stats.polls, 1); /* the second one was never made */
    assert_int_equal(stats.calls_canceled, 1);
    watcher.record = NULL;
    forget(&watcher);
    record_clear(&record);
    world_close(&world);
}

static void a_stream_that_is_taken_up(void **state)
{
    static const char body[] =
        "{\"model\":\"m\",\"input\":\"x\",\"stream\":true,\"background\":true}";
    watcher_t watcher = {0};
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_WARNING, NULL);
    world_script(&world, "{\"replies\":[{\"fixture\":\"steps/deep_research.sse\",\"cut_at\":1500,"
                         "\"end\":\"reset\"},{\"fixture\":\"steps/deep_research.sse\"}]}");
    run(&world, &watcher, body, GIA_OK);
    assert_int_equal(watcher.attempt_count, 2);
    assert_int_equal(watcher.attempts[0].code, GIA_ELOST);
    assert_string_equal(watcher.attempts[0].reason, "resume");
    assert_string_equal(watcher.attempts[1].reason, "");
    assert_int_equal(lines_of(&watcher, GIA_LOG_WARNING), 1);
    assert_int_equal(lines_with(&watcher, "resume in "), 1);
    assert_int_equal(stats_of(&world).resumes, 1);
    forget(&watcher);
    world_close(&world);
}

static void a_cancel_ends_the_attempt(void **state)
{
    const gia_config_t config = {.max_in_flight = 1};
    watcher_t watcher = {0};
    record_t running = {0}, waiting = {0};
    gia_stats_t stats;
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_WARNING, &config);
    world_script(&world, "{\"replies\":[{\"deltas\":1000,\"interval_ms\":100}]}");
    assert_int_equal(world_create(&world, &running, BODY_STREAM, NULL), GIA_OK);
    assert_int_equal(world_create(&world, &waiting, BODY_STREAM, NULL), GIA_OK);
    world_pass(&world, 1000);
    stats = stats_of(&world);
    assert_int_equal(stats.calls_started, 2);
    assert_int_equal(stats.calls_open, 2);
    assert_int_equal(stats.calls_waiting, 1);
    assert_int_equal(stats.in_flight, 1);
    assert_true(stats.events > 0);

    gia_call_cancel(waiting.call);
    world_run(&world, &waiting);
    assert_int_equal(watcher.attempt_count, 0); /* it never was on the wire */
    assert_int_equal(stats_of(&world).calls_waiting, 0);
    gia_call_cancel(running.call);
    world_run(&world, &running);
    assert_int_equal(watcher.attempt_count, 1);
    assert_int_equal(watcher.attempts[0].code, GIA_ECANCELED);
    assert_int_equal(watcher.attempts[0].next_ms, -1);
    assert_true(watcher.attempts[0].bytes_received > 0);

    stats = stats_of(&world);
    assert_int_equal(stats.calls_canceled, 2);
    assert_int_equal(stats.calls_open, 0);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.requests, 1);
    assert_int_equal(stats.bytes_received, watcher.attempts[0].bytes_received);
    forget(&watcher);
    record_clear(&running);
    record_clear(&waiting);
    world_close(&world);
}

/* -- lines -- */

static void the_lines_of_a_call(void **state)
{
    const gia_config_t config = {.max_attempts = 2};

    for (int level = GIA_LOG_WARNING; level <= GIA_LOG_DEBUG; level++) {
        watcher_t watcher = {0};
        size_t i = 0;
        world_t world;

        open_watched(&world, &wires[0], &watcher, (gia_log_level_t)level, &config);
        world_script(&world, "{\"replies\":[{\"status\":503,\"body_text\":\"busy\\nnow\"}]}");
        run(&world, &watcher, BODY_STREAM, GIA_OK);
        if (level >= GIA_LOG_INFO)
            assert_line(&watcher, i++, GIA_LOG_INFO, "call 1 begins: POST /v1beta/interactions");
        if (level >= GIA_LOG_DEBUG) {
            assert_line(&watcher, i++, GIA_LOG_DEBUG,
                        "call 1, attempt 1: POST /v1beta/interactions, ");
            assert_line(&watcher, i++, GIA_LOG_DEBUG,
                        "call 1, attempt 1: HTTP/1 status 503, GIA_EUNAVAILABLE, connected ");
        }
        assert_line(&watcher, i++, GIA_LOG_WARNING,
                    "call 1, attempt 1: GIA_EUNAVAILABLE, HTTP status 503; retry in ");
        if (level >= GIA_LOG_DEBUG) {
            assert_line(&watcher, i++, GIA_LOG_DEBUG, "call 1, attempt 2: POST ");
            assert_line(&watcher, i++, GIA_LOG_DEBUG,
                        "call 1, attempt 2: HTTP/1 status 200, GIA_OK, connected ");
            assert_non_null(strstr(watcher.lines[i - 1], "first delta"));
        }
        if (level >= GIA_LOG_INFO)
            assert_line(&watcher, i++, GIA_LOG_INFO, "call 1 ends: GIA_OK, 2 attempts, ");
        assert_int_equal(watcher.line_count, i);
        assert_int_equal(lines_with(&watcher, "joke"), 0); /* bodies stay in */
        forget(&watcher);
        world_close(&world);
    }
}

static void queries_lose_their_values(void **state)
{
    gia_get_options_t get = GIA_GET_OPTIONS_INIT;
    gia_call_options_t options;
    watcher_t watcher = {0};
    record_t record = {0};
    world_t world;

    open_watched(&world, &wires[0], &watcher, GIA_LOG_DEBUG, NULL);
    world_script(&world, "{\"replies\":[{\"fixture\":\"steps/text.sse\"}]}");
    get.stream = 1;
    get.last_event_id = "secret=event&id";
    options = record_options(&record, &world);
    watcher.record = &record;
    assert_int_equal(gia_interaction_get(&record.call, world.client, "v1_x", &get, &options),
                     GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_line(&watcher, 0, GIA_LOG_INFO,
                "call 1 begins: GET /v1beta/interactions/v1_x?stream&last_event_id");
    assert_int_equal(lines_with(&watcher, "secret"), 0);
    watcher.record = NULL;
    forget(&watcher);
    record_clear(&record);
    world_close(&world);
}

/* Whoever repeats it: the service in each way, libcurl, or the program itself in a path. */
static void no_line_holds_the_key(void **state)
{
    static const char *const replies[] = {
        "{\"status\":400,\"body\":{\"error\":{\"status\":\"" KEY "\",\"message\":\"" KEY "\"}}}",
        "{\"status\":503,\"body_text\":\"" KEY "\"}",
        "{\"status\":200,\"body_text\":\"" KEY "\",\"headers\":{\"content-type\":\"" KEY "\"}}",
        "{\"status\":302,\"body_text\":\"\",\"headers\":{\"location\":\"http://a/?key=" KEY "\"}}",
        "{\"events\":[\"" KEY "\"],\"tail\":\"{\\\"error\\\":{\\\"message\\\":\\\"" KEY "\\\"}}\"}",
        "{\"raw\":\"HTTP/1.1 200 OK\\r\\n" KEY " without a colon\\r\\n\\r\\n\"}",
        "{\"raw\":\"" KEY "\\r\\n\\r\\n\"}",
        "{\"raw\":\"HTTP/1.1 200 OK\\r\\nContent-Length: " KEY "\\r\\n\\r\\n\"}",
        "{\"raw\":\"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n" KEY "\\r\\n\"}",
        "{\"raw\":\"HTTP/1.1 200 OK\\r\\nContent-Encoding: " KEY "\\r\\n\\r\\n" KEY "\"}",
    };
    const gia_config_t config = {.api_key = KEY, .max_attempts = 2, .base_url = NULL};
    char script[400];

    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        watcher_t watcher = {0};
        gia_call_options_t options;
        record_t record = {0};
        world_t world;

        open_watched(&world, &wires[0], &watcher, GIA_LOG_DEBUG, &config);
        snprintf(script, sizeof(script), "{\"replies\":[%s],\"repeat\":true}", replies[i]);
        world_script(&world, script);
        options = record_options(&record, &world);
        watcher.record = &record;
        assert_int_equal(gia_interaction_get(&record.call, world.client, "id-" KEY, NULL, &options),
                         GIA_OK);
        world_run(&world, &record);
        assert_int_not_equal(record.code, GIA_OK);
        assert_true(watcher.line_count >= 4);
        for (size_t line = 0; line < watcher.line_count; line++) {
            if (strstr(watcher.lines[line], "AIza"))
                fail_msg("%s: %s", replies[i], watcher.lines[line]);
        }
        assert_null(strstr(record.message, "AIza"));
        assert_true(lines_with(&watcher, "id-[redacted]") > 0);
        watcher.record = NULL;
        forget(&watcher);
        record_clear(&record);
        world_close(&world);
    }
}

/* libcurl names the host that it cannot find. */
static void nor_does_what_libcurl_says(void **state)
{
    const gia_config_t config = {.api_key = KEY, .base_url = "http://" KEY ".invalid"};
    watcher_t watcher = {0};
    world_t world;

    clock_virtual(0); /* a thread resolves */
    open_watched(&world, &wires[0], &watcher, GIA_LOG_DEBUG, &config);
    run(&world, &watcher, BODY_UNARY, GIA_ERESOLVE);
    assert_true(lines_with(&watcher, "[redacted].invalid") > 0);
    assert_int_equal(lines_with(&watcher, "AIza"), 0);
    forget(&watcher);
    world_close(&world);
    clock_virtual(1);
}

/* A key that stands across the place where something is cut off leaves no part of it behind. */
static void nor_does_the_end_of_a_long_path(void **state)
{
    const gia_config_t config = {.api_key = KEY};

    for (size_t length = 180; length < 280; length++) {
        char id[400] = {0};
        gia_call_options_t options;
        watcher_t watcher = {0};
        record_t record = {0};
        world_t world;

        memset(id, '.', length);
        strcpy(id + length, KEY);
        open_watched(&world, &wires[0], &watcher, GIA_LOG_DEBUG, &config);
        options = record_options(&record, &world);
        watcher.record = &record;
        assert_int_equal(gia_interaction_get(&record.call, world.client, id, NULL, &options),
                         GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_ENOT_FOUND);
        assert_true(watcher.line_count > 2);
        assert_int_equal(lines_with(&watcher, "A"), lines_with(&watcher, "GIA_")); /* no AIza */
        watcher.record = NULL;
        forget(&watcher);
        record_clear(&record);
        world_close(&world);
    }
}

/* A token that was replaced while its request was under way is still nobody's business. */
static void nor_a_token_of_before(void **state)
{
    static const char *const ids[] = {"ya29.the-first-token", "ya29.the-second-token"};
    const gia_config_t config = {.bearer_token = ids[0], .max_attempts = 2};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        gia_call_options_t options;
        watcher_t watcher = {0};
        record_t record = {0};
        world_t world;

        open_watched(&world, &wires[0], &watcher, GIA_LOG_DEBUG, &config);
        world_script(&world, "{\"replies\":[{\"status\":503,\"delay_ms\":1000,\"body_text\":\"\"},"
                             "{\"status\":403,\"body_text\":"
                             "\"ya29.the-first-token is bad, ya29.the-second-token too\"}]}");
        options = record_options(&record, &world);
        watcher.record = &record;
        assert_int_equal(gia_interaction_get(&record.call, world.client, ids[i], NULL, &options),
                         GIA_OK);
        if (i == 1) /* known from here on only */
            assert_int_equal(gia_client_set_bearer_token(world.client, ids[1]), GIA_OK);
        world_pass(&world, 500);
        if (i == 0)
            assert_int_equal(gia_client_set_bearer_token(world.client, ids[1]), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.attempts, 2);
        assert_non_null(strstr(record.service_message, "[redacted] is bad, [redacted] too"));
        assert_null(strstr(record.message, "ya29"));
        assert_int_equal(lines_with(&watcher, "ya29"), 0);
        assert_true(lines_with(&watcher, "interactions/[redacted]") >= 3);
        watcher.record = NULL;
        forget(&watcher);
        record_clear(&record);
        world_close(&world);
    }
}

/* -- counters -- */

static void what_is_counted(void **state)
{
    const gia_config_t config = {.max_attempts = 2};
    gia_call_options_t options;
    gia_stats_t stats;
    record_t record = {0};
    world_t world;

    open_wire(&world, &wires[0], &config);
    stats = stats_of(&world);
    assert_int_equal(stats.calls_started, 0);
    world_script(&world, "{\"replies\":["
                         "{\"fixture\":\"steps/text.json\"}," /* 9, 12, 40 tokens */
                         "{\"fixture\":\"steps/text.sse\"},"  /* 9, 12, 30 */
                         "{\"fixture\":\"steps/error_400_invalid_request.json\"},"
                         "{\"fixture\":\"steps/error_429_rate_limit.json\"},"
                         "{\"fixture\":\"steps/text.json\"},"
                         "{\"fixture\":\"steps/text.json\"}]}");
    for (int i = 0; i < 4; i++) {
        options = record_options(&record, &world);
        options.fold = GIA_FOLD_OFF; /* tokens are counted all the same */
        assert_int_equal(world_create(&world, &record, i == 1 ? BODY_STREAM : BODY_UNARY, &options),
                         GIA_OK);
        world_run(&world, &record);
        record_clear(&record);
    }
    options = record_options(&record, &world);
    assert_int_equal(gia_interaction_get(NULL, world.client, "v1_x", NULL, &options), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    record_clear(&record);

    stats = stats_of(&world);
    assert_int_equal(stats.size, sizeof(stats));
    assert_int_equal(stats.calls_started, 5);
    assert_int_equal(stats.calls_succeeded, 4);
    assert_int_equal(stats.calls_failed, 1);
    assert_int_equal(stats.calls_canceled, 0);
    assert_int_equal(stats.requests, 6);
    assert_int_equal(stats.retries, 1);
    assert_int_equal(stats.rate_limited, 1);
    assert_int_equal(stats.resumes + stats.polls + stats.continuations, 0);
    assert_int_equal(stats.bytes_sent, 4 * (sizeof(BODY_UNARY) - 1) + sizeof(BODY_STREAM) - 1);
    assert_true(stats.bytes_received > 3000);
    assert_true(stats.events > 5);
    assert_int_equal(stats.calls_open + stats.calls_waiting + stats.in_flight, 0);
    /* Three creates; what is only read again costs nothing. */
    assert_int_equal(stats.input_tokens, 3 * 9);
    assert_int_equal(stats.output_tokens, 3 * 12);
    assert_int_equal(stats.thought_tokens, 2 * 40 + 30);
    world_close(&world);
}

static void counters_for_other_programs(void **state)
{
    struct {
        gia_stats_t stats;
        char guard[16];
    } shorter = {.stats = {.size = offsetof(gia_stats_t, requests)}};
    gia_stats_t empty = {0};
    world_t world;

    open_wire(&world, &wires[0], NULL);
    assert_int_equal(gia_client_stats(NULL, &shorter.stats), GIA_EINVAL);
    assert_int_equal(gia_client_stats(world.client, NULL), GIA_EINVAL);
    assert_int_equal(gia_client_stats(world.client, &empty), GIA_EINVAL);
    memset(&shorter.stats.requests, 0x5a, sizeof(shorter.stats.requests));
    shorter.stats.calls_started = 77;
    assert_int_equal(gia_client_stats(world.client, &shorter.stats), GIA_OK);
    assert_int_equal(shorter.stats.size, offsetof(gia_stats_t, requests));
    assert_int_equal(shorter.stats.calls_started, 0);
    assert_int_equal(shorter.stats.requests, 0x5a5a5a5a5a5a5a5a); /* not its business */
    world_close(&world);
}

/* -- headers -- */

#define TRACE "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/* They are copied, and go with every request of the call and no other's. */
static void headers_go_along(void **state)
{
    const gia_config_t config = {.max_attempts = 2};

    for (size_t wire = 0; wire < WIRES; wire++) {
        char first[] = TRACE, second[] = "X-Empty-Not:x";
        const char *lines[] = {first, second};
        record_t record = {0}, other = {0};
        gia_call_options_t options;
        world_t world;

        open_wire(&world, &wires[wire], &config);
        world_script(&world, "{\"replies\":[{\"status\":503,\"body_text\":\"\"}]}");
        options = record_options(&record, &world);
        options.headers = lines;
        options.header_count = 2;
        assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
        memset(first, 'x', sizeof(first) - 1);
        lines[0] = lines[1] = NULL;
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        assert_int_equal(sim_request_count(world.sim), 2);
        for (size_t i = 0; i < 2; i++) {
            const sim_request_t *request = sim_request(world.sim, i);
            assert_string_equal(sim_request_header(request, "traceparent"), strchr(TRACE, ' ') + 1);
            assert_int_equal(sim_request_header_count(request, "traceparent"), 1);
            assert_string_equal(sim_request_header(request, "x-empty-not"), "x");
        }
        assert_int_equal(world_create(&world, &other, BODY_UNARY, NULL), GIA_OK);
        world_run(&world, &other);
        assert_null(sim_request_header(sim_request(world.sim, 2), "traceparent"));
        record_clear(&record);
        record_clear(&other);
        world_close(&world);
    }
}

static int start_with(world_t *world, record_t *record, const char *const *lines, size_t count)
{
    gia_call_options_t options = record_options(record, world);

    options.headers = lines;
    options.header_count = count;
    return world_create(world, record, BODY_UNARY, &options);
}

static void headers_that_are_refused(void **state)
{
    static const char *const bad[] = {
        NULL,
        "",
        ":",
        "traceparent",
        ": value",
        "name:",
        "name:  ",
        "na me: value",
        " name: value",
        "na\tme: value",
        "name : value",
        "na;me: value",
        "name;",
        "n\xc3\xa4me: v",
        "name: value\r\nauthorization: x",
        "name: a\nb",
        "name: a\rb",
        "name: a\tb",
        "name: a\x7f",
        "Authorization: Bearer x",
        "authorization:Bearer x",
        "x-goog-api-key: k",
        "X-Goog-Api-Key: k",
        "Proxy-Authorization: Basic x",
        "Cookie: a=b",
        "Content-Length: 3",
        "Host: elsewhere",
        "Transfer-Encoding: chunked",
        "Accept: */*",
        "Accept-Encoding: gzip",
        "Content-Type: text/plain",
        "Content-Encoding: gzip",
        "Connection: close",
        "Upgrade: websocket",
        "TE: trailers",
        "Trailer: x",
        "Expect: 100-continue",
        "Keep-Alive: 5",
        "Range: bytes=0-1",
        "User-Agent: me",
        "x-goog-api-client: me",
        "x-goog-user-project: p",
        "Api-Revision: 2026-05-20",
        "X-Goog-Upload-Offset: 3",
    };
    const char *nine[9];
    record_t record = {0};
    gia_call_options_t options;
    world_t world;

    open_wire(&world, &wires[0], NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *lines[] = {TRACE, bad[i]};
        if (start_with(&world, &record, lines, 2) != GIA_EINVAL)
            fail_msg("taken: %s", bad[i] ? bad[i] : "NULL");
    }
    assert_int_equal(start_with(&world, &record, NULL, 1), GIA_EINVAL);
    for (size_t i = 0; i < 9; i++)
        nine[i] = "x-sim-note: 1";
    assert_int_equal(start_with(&world, &record, nine, 9), GIA_EINVAL);

    /* Eight go, with an upload's own, too; so do none, and options without these members. */
    assert_int_equal(start_with(&world, &record, nine, 8), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_int_equal(sim_request_header_count(sim_request(world.sim, 0), "x-sim-note"), 8);
    record_clear(&record);
    options = record_options(&record, &world);
    options.headers = bad;
    options.header_count = 9;
    options.size = offsetof(gia_call_options_t, headers);
    assert_int_equal(world_create(&world, &record, BODY_UNARY, &options), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    record_clear(&record);
    world_close(&world);
}

static void headers_go_with_uploads(void **state)
{
    gia_upload_options_t upload = GIA_UPLOAD_OPTIONS_INIT;
    const char *lines[8];
    gia_call_options_t options;
    record_t record = {0};
    world_t world;

    open_wire(&world, &wires[0], NULL);
    for (size_t i = 0; i < 8; i++)
        lines[i] = TRACE;
    upload.bytes = "abc";
    upload.len = 3;
    upload.mime_type = "text/plain";
    upload.display_name = "a name";
    options = record_options(&record, &world);
    options.headers = lines;
    options.header_count = 8;
    assert_int_equal(gia_file_upload(&record.call, world.client, &upload, &options), GIA_OK);
    world_run(&world, &record);
    assert_string_equal(record.message, "success");
    assert_true(sim_request_count(world.sim) >= 2);
    for (size_t i = 0; i < sim_request_count(world.sim); i++)
        assert_int_equal(sim_request_header_count(sim_request(world.sim, i), "traceparent"), 8);
    record_clear(&record);
    world_close(&world);
}

/* Each allocation of a start with headers fails in turn. */
static void no_memory_for_headers(void **state)
{
    static const char *const lines[] = {TRACE};
    int rc = GIA_ENOMEM;

    for (size_t n = 1; rc == GIA_ENOMEM; n++) {
        record_t record = {0};
        world_t world;

        open_wire(&world, &wires[0], NULL);
        world.memory.fail_at = world.memory.total + n;
        rc = start_with(&world, &record, lines, 1);
        world.memory.fail_at = 0;
        if (rc == GIA_OK)
            world_run(&world, &record);
        else
            assert_int_equal(rc, GIA_ENOMEM);
        assert_int_equal(stats_of(&world).calls_started, rc == GIA_OK);
        record_clear(&record);
        world_close(&world);
    }
    assert_int_equal(rc, GIA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_times_of_an_attempt),
        cmocka_unit_test(what_did_not_happen_has_no_time),
        cmocka_unit_test(requests_that_are_made_again),
        cmocka_unit_test(an_answer_that_goes_on),
        cmocka_unit_test(a_token_that_is_refused),
        cmocka_unit_test(the_requests_of_an_upload),
        cmocka_unit_test(a_run_that_is_watched),
        cmocka_unit_test(a_stream_that_is_taken_up),
        cmocka_unit_test(a_cancel_ends_the_attempt),
        cmocka_unit_test(the_lines_of_a_call),
        cmocka_unit_test(queries_lose_their_values),
        cmocka_unit_test(no_line_holds_the_key),
        cmocka_unit_test(nor_does_what_libcurl_says),
        cmocka_unit_test(nor_does_the_end_of_a_long_path),
        cmocka_unit_test(nor_a_token_of_before),
        cmocka_unit_test(what_is_counted),
        cmocka_unit_test(counters_for_other_programs),
        cmocka_unit_test(headers_go_along),
        cmocka_unit_test(headers_that_are_refused),
        cmocka_unit_test(headers_go_with_uploads),
        cmocka_unit_test(no_memory_for_headers),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
