/* Every way for an answer to go wrong: what the program is told about each. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "wires.h"

/* What a call that failed must tell; 0 and NULL: see check_result(). */
typedef struct expected_s {
    int code;
    int http_status;
    const char *service_code;
    const char *service_message;
    int64_t retry_after_ms; /* 0: it did not say */
    const char *text;       /* the deltas that came before the trouble */
    const char *message;    /* a part of the message */
    int not_sent;
} expected_t;

typedef struct row_s {
    const char *reply; /* of the simulator's script */
    int wires;         /* 0: every */
    int kinds;         /* 0: both */
    expected_t expected;
    gia_config_t config;
} row_t;

/* A row; the rest of the arguments is what is expected. */
#define ROW(reply_, wires_, kinds_, ...)                                                           \
    {                                                                                              \
        .reply = (reply_), .wires = (wires_), .kinds = (kinds_), .expected = { __VA_ARGS__ }       \
    }

/* A table is run to its end, whatever happens, so that one run shows all that is wrong. */
static unsigned complaints;

static __attribute__((format(printf, 1, 2))) void complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    complaints++;
}

/* What holds for the end of every call. */
static void check_result(const char *what, const record_t *record, const expected_t *expected)
{
    const char *got = record->message ? record->message : "(no message)";

    if (record->code != expected->code)
        complain("%s: %s instead of %s: %s", what, gia_error_name(record->code),
                 gia_error_name(expected->code), got);
    if (record->http_status != expected->http_status)
        complain("%s: status %d: %s", what, record->http_status, got);
    if (record->done != 1 || record->events_after_done)
        complain("%s: %d ends, %d events after the end", what, record->done,
                 record->events_after_done);
    if (!record->message || !*record->message || strpbrk(record->message, "\r\n\t"))
        complain("%s: not one line: %s", what, got);
    if (strstr(got, "test-key") ||
        (record->service_message && strstr(record->service_message, "test-key")) ||
        (record->service_code && strstr(record->service_code, "test-key")))
        complain("%s: the key is told: %s", what, got);
    if (expected->message && !strstr(got, expected->message))
        complain("%s: the message does not say \"%s\": %s", what, expected->message, got);
    if (expected->service_code &&
        (!record->service_code || strcmp(record->service_code, expected->service_code) != 0))
        complain("%s: service code %s: %s", what, record->service_code, got);
    if (expected->service_message &&
        (!record->service_message || strcmp(record->service_message, expected->service_message)))
        complain("%s: service message %s", what, record->service_message);
    if (record->retry_after_ms != (expected->retry_after_ms ? expected->retry_after_ms : -1))
        complain("%s: retry after %lld", what, (long long)record->retry_after_ms);
    if (record->request_sent != !expected->not_sent)
        complain("%s: request_sent is %d: %s", what, record->request_sent, got);
    if (record->attempts != 1)
        complain("%s: %u attempts", what, record->attempts);
    if (expected->text) {
        if (!record->text || strcmp(record->text, expected->text) != 0)
            complain("%s: text %s", what, record->text);
        if (!record->interaction ||
            strcmp(gia_interaction_output_text(record->interaction, NULL), expected->text) != 0)
            complain("%s: the interaction lacks what had come", what);
    }
}

/* The error object is told, too. */
static void check_error_object(record_t *record, const gia_result_t *result)
{
    size_t len;
    const char *raw = gia_json_raw(result->service_error, &len);

    if (raw && memmem(raw, len, "test-key", strlen("test-key")))
        complain("the key is told: %.*s", (int)len, raw);
}

static void run_reply(const row_t *row, const struct wire_s *wire, int streamed)
{
    char script[6000], what[500];
    record_t record = {.on_done = check_error_object};
    world_t world;

    snprintf(what, sizeof(what), "%s, %s: %.300s", wire->name, streamed ? "streamed" : "unary",
             row->reply);
    assert_true(snprintf(script, sizeof(script), "{\"replies\":[%s]}", row->reply) <
                (int)sizeof(script));
    open_wire(&world, wire, &row->config);
    world_script(&world, script);
    assert_int_equal(world_create(&world, &record, streamed ? BODY_STREAM : BODY_UNARY, NULL),
                     GIA_OK);
    world_run(&world, &record);
    check_result(what, &record, &row->expected);
    if (sim_request_count(world.sim) != 1)
        complain("%s: %zu requests", what, sim_request_count(world.sim));
    record_clear(&record);
    world_close(&world);
}

static void run_rows(const row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t wire = 0; wire < WIRES; wire++) {
            for (int kind = UNARY; kind <= STREAMED; kind++) {
                if ((rows[i].wires ? rows[i].wires : EVERY_WIRE) & wires[wire].bit &&
                    (rows[i].kinds ? rows[i].kinds : BOTH_KINDS) & kind)
                    run_reply(&rows[i], &wires[wire], kind == STREAMED);
            }
        }
    }
}

static void assert_no_complaints(void)
{
    unsigned count = complaints;

    complaints = 0;
    assert_int_equal(count, 0);
}

#define RUN(rows) (run_rows(rows, sizeof(rows) / sizeof((rows)[0])), assert_no_complaints())

/* -- errors that the service or something before it answers -- */

static void the_status_decides_when_the_body_says_nothing(void **state)
{
    static const struct {
        int status, code;
    } statuses[] = {
        {400, GIA_EBAD_REQUEST},  {401, GIA_EAUTHENTICATION}, {402, GIA_EPAYMENT},
        {403, GIA_EPERMISSION},   {404, GIA_ENOT_FOUND},      {408, GIA_EDEADLINE},
        {409, GIA_ECONFLICT},     {413, GIA_EBAD_REQUEST},    {418, GIA_EHTTP},
        {429, GIA_ERATE_LIMITED}, {500, GIA_ESERVER},         {502, GIA_EUNAVAILABLE},
        {503, GIA_EUNAVAILABLE},  {504, GIA_EDEADLINE},       {599, GIA_ESERVER},
    };
    static const struct {
        const char *members, *message;
    } bodies[] = {
        {"", NULL},
        {",\"body_text\":\"\"", NULL},
        {",\"body_text\":\"plain words\",\"headers\":{\"content-type\":\"text/plain\"}",
         "plain words"},
        {",\"body_text\":\"<html><title>Bad day</title></html>\","
         "\"headers\":{\"content-type\":\"text/html\"}",
         "Bad day"},
        {",\"body\":{\"error\":{\"code\":\"new_word\",\"message\":\"two\\nlines\"}}", "two lines"},
        {",\"body\":[{\"error\":{\"code\":1,\"message\":\"in a list\"}}]", "in a list"},
        {",\"body_text\":\"{\\\"error\\\":{\\\"code\\\":\\\"cut\",\"headers\":{\"content-type\":"
         "\"application/json\"}",
         NULL},
        {",\"body\":{\"error\":{\"message\":\"never ends\"}},\"cut_at\":30,\"end\":\"close\"",
         NULL},
        {",\"body\":{\"error\":{\"message\":\"never ends\"}},\"cut_at\":30,\"end\":\"reset\"",
         NULL},
        {",\"body\":{\"error\":\"a string\"}", "a string"},
        {",\"body\":{\"message\":\"flat\"}", "flat"},
        {",\"body\":17", NULL},
        {",\"body_base64\":\"//79/AA=\"", NULL},
    };

    for (size_t s = 0; s < sizeof(statuses) / sizeof(statuses[0]); s++) {
        for (size_t b = 0; b < sizeof(bodies) / sizeof(bodies[0]); b++) {
            char reply[400];
            row_t row = {.reply = reply, .wires = statuses[s].status == 503 ? EVERY_WIRE : CLEAR};

            snprintf(reply, sizeof(reply), "{\"status\":%d%s}", statuses[s].status,
                     bodies[b].members);
            row.expected.code = statuses[s].code;
            row.expected.http_status = statuses[s].status;
            row.expected.message = bodies[b].message;
            run_rows(&row, 1);
        }
    }
    assert_no_complaints();
}

static void every_error_fixture_has_its_code(void **state)
{
    static const struct {
        const char *part;
        int code;
    } codes[] = {
        {"_400_bad_key", GIA_EAUTHENTICATION},
        {"_400_", GIA_EBAD_REQUEST},
        {"_401_", GIA_EAUTHENTICATION},
        {"_402_", GIA_EPAYMENT},
        {"_403_", GIA_EPERMISSION},
        {"_404_", GIA_ENOT_FOUND},
        {"_409_", GIA_ECONFLICT},
        {"_429_quota", GIA_EQUOTA},
        {"_429_", GIA_ERATE_LIMITED},
        {"_500_", GIA_ESERVER},
        {"_502_", GIA_EUNAVAILABLE},
        {"_503_", GIA_EUNAVAILABLE},
        {"_504_", GIA_EDEADLINE},
    };
    static const struct {
        const char *name;
        int64_t ms;
    } waits[] = {
        {"legacy/error_429_google_rpc.json", 22400},
        {"steps/error_429_google_rpc.json", 17000},
        {"steps/error_429_rate_limit.json", 3000},
        {"legacy/error_503_retry_after.json", 2000},
    };
    json_t *manifest = json_load_file(TEST_DATA "/responses/MANIFEST.json", 0, NULL);
    const char *revision, *name;
    json_t *files, *entry;
    size_t seen = 0;

    json_object_foreach(manifest, revision, files)
    {
        json_object_foreach(files, name, entry)
        {
            char reply[200];
            row_t row = {.reply = reply};
            size_t i = 0;

            if (strcmp(json_string_value(json_object_get(entry, "kind")), "http_error") != 0)
                continue;
            seen++;
            while (!strstr(name, codes[i].part))
                i++;
            row.expected.code = codes[i].code;
            row.expected.http_status =
                (int)json_integer_value(json_object_get(entry, "http_status"));
            snprintf(reply, sizeof(reply), "{\"fixture\":\"%s/%s\"}", revision, name);
            for (size_t w = 0; w < sizeof(waits) / sizeof(waits[0]); w++) {
                if (strstr(reply, waits[w].name))
                    row.expected.retry_after_ms = waits[w].ms;
            }
            run_rows(&row, 1);
        }
    }
    assert_no_complaints();
    assert_true(seen >= 23);
    json_decref(manifest);
}

static void the_service_says_how_long_to_wait(void **state)
{
#define RETRY(headers, body, ms)                                                                   \
    ROW("{\"status\":429,\"headers\":{" headers "},\"body\":{\"error\":{\"code\":429,"             \
        "\"message\":\"slow\"" body "}}}",                                                         \
        0, 0, .code = GIA_ERATE_LIMITED, .http_status = 429, .retry_after_ms = (ms))
    static const row_t rows[] = {
        RETRY("", "", 0),
        RETRY("\"retry-after\":\"7\"", "", 7000),
        RETRY("\"Retry-After\":\"1.5\"", "", 1500),
        RETRY("\"retry-after-ms\":\"250\"", "", 250),
        RETRY("\"retry-after-ms\":\"250\",\"retry-after\":\"7\"", "", 250),
        RETRY("\"retry-after\":\"7\",\"retry-after-ms\":\"250\"", "", 250),
        RETRY("\"retry-after\":\"soon\"", "", 0),
        RETRY("\"retry-after\":\"-5\"", "", 0),
        RETRY("\"retry-after\":\"99999999999999999999\"", "", 24 * 3600 * 1000),
        RETRY("\"retry-after\":\"Fri, 01 Jan 2094 00:00:00 GMT\"", "", 24 * 3600 * 1000),
        RETRY("",
              ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
              "\"retryDelay\":\"3.25s\"}]",
              3250),
        RETRY("\"retry-after\":\"7\"",
              ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
              "\"retryDelay\":\"3.25s\"}]",
              7000),
    };
#undef RETRY
    RUN(rows);
}

static void a_date_to_wait_for(void **state)
{
    char script[300], date[64];
    time_t then = time(NULL) + 100;
    record_t record = {0};
    world_t world;

    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&then));
    snprintf(script, sizeof(script),
             "{\"replies\":[{\"status\":503,\"headers\":{\"retry-after\":\"%s\"}}]}", date);
    open_wire(&world, &wires[0], NULL);
    world_script(&world, script);
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
    world_run(&world, &record);
    assert_in_range(record.retry_after_ms, 95000, 100000);
    record_clear(&record);
    world_close(&world);
}

/* A message of 2 MB: the code is still right, and no more is kept than was allowed. */
static void a_large_error_body_is_cut(void **state)
{
    char *reply = malloc(3000000), *p = reply;
    char *script = malloc(3000100);

    p += sprintf(p, "{\"status\":503,\"body\":{\"error\":{\"code\":503,\"message\":\"");
    memset(p, 'x', 2000000);
    sprintf(p + 2000000, "\"}}}");
    sprintf(script, "{\"replies\":[%s]}", reply);
    for (size_t wire = 0; wire < WIRES; wire++) {
        static const expected_t expected = {.code = GIA_EUNAVAILABLE, .http_status = 503};
        const gia_config_t config = {.max_error_body_bytes = 1000};
        record_t record = {0};
        world_t world;

        open_wire(&world, &wires[wire], &config);
        world_script(&world, script);
        assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
        world_run(&world, &record);
        check_result("large error body", &record, &expected);
        assert_true(strlen(record.message) < 640);
        record_clear(&record);
        world_close(&world);
    }
    free(reply);
    free(script);
    assert_no_complaints();
}

/* Some services repeat the credential when they complain about it. */
static void the_key_is_never_told(void **state)
{
    static const row_t rows[] = {
        ROW("{\"status\":400,\"body\":{\"error\":{\"code\":\"test-key\",\"status\":\"test-key\","
            "\"message\":\"API key test-key is bad; test-key!\"}}}",
            0, 0, .code = GIA_EBAD_REQUEST, .http_status = 400, .service_code = "[redacted]",
            .service_message = "API key [redacted] is bad; [redacted]!"),
        ROW("{\"status\":400,\"body_text\":\"{\\\"error\\\":{\\\"message\\\":"
            "\\\"escaped test\\\\u002dkey\\\",\\\"status\\\":\\\"test\\\\u002dkey\\\\n\\\"}}\"}",
            0, 0, .code = GIA_EBAD_REQUEST, .http_status = 400,
            .service_message = "escaped [redacted]"),
        ROW("{\"status\":403,\"body_text\":\"who is test-key?\"}", 0, 0, .code = GIA_EPERMISSION,
            .http_status = 403, .service_message = "who is [redacted]?"),
        ROW("{\"body\":{\"error\":{\"code\":\"not_found\",\"message\":\"no test-key\"}}}", 0, 0,
            .code = GIA_ENOT_FOUND, .http_status = 200, .service_message = "no [redacted]"),
        ROW("{\"events\":[{\"event_type\":\"error\",\"error\":{\"code\":\"not_found\",\"message\":"
            "\"no test-key\"}}]}",
            0, STREAMED, .code = GIA_ENOT_FOUND, .http_status = 200,
            .service_message = "no [redacted]"),
        ROW("{\"events\":[{\"event_type\":\"new\"}],\"tail\":\"[{\\\"error\\\":{\\\"code\\\":503,"
            "\\\"message\\\":\\\"no test-key\\\"}}]\"}",
            0, STREAMED, .code = GIA_EUNAVAILABLE, .http_status = 200,
            .service_message = "no [redacted]"),
        {.reply = "{\"status\":401,\"body_text\":\"Bearer ya29.test-key\"}",
         .config = {.bearer_token = "ya29.test-key"},
         .expected = {.code = GIA_EAUTHENTICATION,
                      .http_status = 401,
                      .service_message = "Bearer [redacted]"}},
    };
    RUN(rows);
}

/* -- answers under 200 that are not what was asked for, and other statuses that are no error -- */

#define EVENT_TEXT(text)                                                                           \
    "{\"event_type\":\"step.delta\",\"index\":0,\"delta\":{\"type\":\"text\",\"text\":\"" text     \
    "\"}}"
#define BEGIN                                                                                      \
    "{\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"v1_x\","                    \
    "\"status\":\"in_progress\",\"object\":\"interaction\"}},"                                     \
    "{\"event_type\":\"step.start\",\"index\":0,\"step\":{\"type\":\"model_output\"}}"
#define STOP "{\"event_type\":\"step.stop\",\"index\":0}"
#define COMPLETE                                                                                   \
    "{\"event_type\":\"interaction.completed\",\"interaction\":{\"id\":\"v1_x\","                  \
    "\"status\":\"completed\",\"object\":\"interaction\"}}"
#define HALF  BEGIN "," EVENT_TEXT("so ") "," EVENT_TEXT("far")
#define WHOLE HALF "," STOP "," COMPLETE

#define K1 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X100                                                                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                                           \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#define JSON_TYPE "\"headers\":{\"content-type\":\"application/json\"}"

static void answers_that_are_not_understood(void **state)
{
    static const row_t rows[] = {
        /* errors under 200 */
        ROW("{\"body\":{\"error\":{\"code\":\"service_unavailable\",\"message\":\"m\"}}}", 0, 0,
            .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "service_unavailable",
            .service_message = "m"),
        ROW("{\"body\":[{\"error\":{\"code\":503,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}]}",
            0, 0, .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "503"),
        ROW("{\"body\":[{\"error\":{\"code\":503,\"message\":\"m\"}}]}", 0, 0,
            .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "503"),
        ROW("{\"body_text\":\"{\\\"error\\\":{\\\"code\\\":503,\\\"message\\\":\\\"m\\\"}}\","
            "\"headers\":{\"content-type\":\"text/plain\"}}",
            0, 0, .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "503"),
        ROW("{\"body\":[{\"error\":{\"code\":503,\"message\":\"m\"}}],"
            "\"headers\":{\"content-type\":\"text/event-stream\"}}",
            0, 0, .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "503"),
        ROW("{\"status\":503,\"body_text\":\"event: error\\ndata: {}\\n\\n\","
            "\"headers\":{\"content-type\":\"text/event-stream\"}}",
            0, 0, .code = GIA_EUNAVAILABLE, .http_status = 503),
        /* not JSON, or not an interaction */
        ROW("{\"body_text\":\"<html>Hello</html>\",\"headers\":{\"content-type\":\"text/html\"}}",
            0, 0, .code = GIA_EJSON, .http_status = 200, .message = "HTML"),
        ROW("{\"body_text\":\"\"," JSON_TYPE "}", 0, 0, .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"body_text\":\"{\\\"id\\\":\\\"v1_x\\\",\\\"sta\"," JSON_TYPE "}", 0, 0,
            .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"body_text\":\"{\\\"id\\\":}\"," JSON_TYPE "}", 0, 0, .code = GIA_EJSON,
            .http_status = 200, .message = "byte"),
        ROW("{\"body_text\":\"{} {}\"," JSON_TYPE "}", 0, 0, .code = GIA_EJSON, .http_status = 200),
        ROW("{\"body_base64\":\"eyJpZCI6Iv8ifQ==\"," JSON_TYPE "}", 0, 0, .code = GIA_EJSON,
            .http_status = 200),
        ROW("{\"body\":17}", 0, 0, .code = GIA_EPROTOCOL, .http_status = 200),
        ROW("{\"body\":[]}", 0, 0, .code = GIA_EPROTOCOL, .http_status = 200),
        ROW("{\"body\":{\"hello\":\"world\"}}", 0, 0, .code = GIA_EPROTOCOL, .http_status = 200),
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"},"
            "\"cut_at\":20,\"end\":\"close\",\"framing\":\"length\"}",
            HTTP_1, 0, .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"},"
            "\"cut_at\":20,\"end\":\"close\",\"framing\":\"until_close\"}",
            HTTP_1, 0, .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"},"
            "\"cut_at\":20,\"end\":\"close\"}",
            TLS_2, 0, .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"},"
            "\"cut_at\":20,\"end\":\"reset\"}",
            0, 0, .code = GIA_ELOST, .http_status = 200),
        /* statuses that are neither an answer nor an error */
        ROW("{\"status\":204}", 0, 0, .code = GIA_EHTTP, .http_status = 204),
        ROW("{\"status\":301,\"headers\":{\"location\":\"/elsewhere\"}}", 0, 0,
            .code = GIA_EREDIRECT, .http_status = 301),
        ROW("{\"status\":304}", 0, 0, .code = GIA_EREDIRECT, .http_status = 304),
        ROW("{\"raw\":\"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: x\\r\\nConnection: "
            "upgrade\\r\\n\\r\\n\"}",
            HTTP_1, 0, .code = GIA_EHTTP, .http_status = 101),
        /* interim answers do not count */
        ROW("{\"interim\":[100,103],\"texts\":[\"a\"]}", 0, 0, .code = GIA_OK, .http_status = 200),
        ROW("{\"interim\":[103],\"status\":503}", 0, 0, .code = GIA_EUNAVAILABLE,
            .http_status = 503),
        /* a whole interaction where events were asked for is as good */
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"}}", 0,
            0, .code = GIA_OK, .http_status = 200),
        /* and events where none were asked for */
        ROW("{\"events\":[" WHOLE "]}", 0, 0, .code = GIA_OK, .http_status = 200, .text = "so far"),
    };
    RUN(rows);
}

static void broken_http(void **state)
{
    static const row_t rows[] = {
        ROW("{\"accept\":\"close\"}", 0, 0, .code = GIA_ELOST),
        ROW("{\"accept\":\"reset\"}", 0, 0, .code = GIA_ELOST),
        ROW("{\"raw\":\"no HTTP at all\"}", HTTP_1, 0, .code = GIA_EPROTOCOL),
        ROW("{\"raw\":\"data: {}\\n\\n\"}", HTTP_1, 0, .code = GIA_EPROTOCOL),
        ROW("{\"raw\":\"HTTP/1.1 abc OK\\r\\n\\r\\n\"}", HTTP_1, 0, .code = GIA_EPROTOCOL),
        ROW("{\"raw\":\"HTTP/7.1 200 OK\\r\\n\\r\\n\"}", HTTP_1, 0, .code = GIA_EPROTOCOL),
        ROW("{\"raw\":\"HTTP/1.1 200 OK\\r\\n\"}", HTTP_1, 0, .code = GIA_ETRUNCATED,
            .http_status = 200),
        ROW("{\"raw\":\"HTTP/1.1 200 OK\\r\\nContent-Length: x\\r\\n\\r\\n\"}", HTTP_1, 0,
            .code = GIA_EPROTOCOL, .http_status = 200),
        ROW("{\"raw\":\"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n\"}",
            HTTP_1, 0, .code = GIA_ELOST, .http_status = 200),
        ROW("{\"raw_base64\":\"/wAAAf4=\"}", TLS_2, 0, .code = GIA_ELOST),
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"},"
            "\"content_length\":20}",
            HTTP_1, 0, .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"},"
            "\"content_length\":200,\"end\":\"close\"}",
            HTTP_1, 0, .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"status\":\"completed\"},"
            "\"content_length\":200}",
            TLS_2, 0, .code = GIA_ELOST),
        ROW("{\"end\":\"goaway\"}", TLS_2, 0, .code = GIA_ELOST),
        ROW("{\"end\":\"refused_stream\"}", TLS_2, 0, .code = GIA_ELOST),
    };
    RUN(rows);
}

static void streams_that_break(void **state)
{
    static const row_t rows[] = {
        /* nothing came that says it is over */
        ROW("{\"events\":[" HALF "]}", 0, STREAMED, .code = GIA_ETRUNCATED, .http_status = 200,
            .text = "so far"),
        ROW("{\"events\":[" HALF ",\"[DONE]\"]}", 0, STREAMED, .code = GIA_ETRUNCATED,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" HALF "],\"tail\":\"data: {\"}", 0, STREAMED, .code = GIA_ETRUNCATED,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" HALF "],\"end\":\"close\"}", 0, STREAMED, .code = GIA_ETRUNCATED,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" HALF "],\"end\":\"close\",\"framing\":\"until_close\"}", HTTP_1,
            STREAMED, .code = GIA_ETRUNCATED, .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" HALF "],\"end\":\"reset\"}", 0, STREAMED, .code = GIA_ELOST,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" HALF "],\"end\":\"goaway\",\"cut_at\":600}", TLS_2, STREAMED,
            .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"events\":[" HALF "],\"end\":\"stall\"}", 0, STREAMED, .code = GIA_EIDLE_TIMEOUT,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[]}", 0, STREAMED, .code = GIA_ETRUNCATED, .http_status = 200),
        ROW("{\"events\":[],\"end\":\"reset\"}", 0, STREAMED, .code = GIA_ELOST,
            .http_status = 200),
        ROW("{\"body_text\":\"nothing like events\"}", 0, STREAMED, .code = GIA_EPROTOCOL,
            .http_status = 200),
        /* the service says what is wrong */
        ROW("{\"fixture\":\"legacy/error_raw_json_tail.sse\"}", 0, STREAMED,
            .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "503",
            .service_message = "The service is currently unavailable."),
        ROW("{\"fixture\":\"steps/error_raw_json_tail.sse\"}", 0, STREAMED,
            .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "503",
            .service_message = "The service is currently unavailable."),
        ROW("{\"fixture\":\"steps/error_raw_json_tail.sse\",\"end\":\"reset\"}", 0, STREAMED,
            .code = GIA_EUNAVAILABLE, .http_status = 200, .service_code = "503"),
        ROW("{\"fixture\":\"legacy/error_empty_message.sse\"}", 0, STREAMED, .code = GIA_EDEADLINE,
            .http_status = 200, .service_code = "deadline_exceeded"),
        ROW("{\"fixture\":\"legacy/error_mid_stream.sse\"}", 0, STREAMED, .code = GIA_ENOT_FOUND,
            .http_status = 200, .service_code = "not_found", .text = "Halfway through the"),
        ROW("{\"fixture\":\"steps/error_mid_stream.sse\"}", 0, STREAMED, .code = GIA_EDEADLINE,
            .http_status = 200, .service_code = "gateway_timeout", .text = "Halfway through the"),
        ROW("{\"fixture\":\"steps/error_mid_stream.sse\",\"end\":\"reset\"}", 0, STREAMED,
            .code = GIA_EDEADLINE, .http_status = 200, .service_code = "gateway_timeout",
            .text = "Halfway through the"),
        ROW("{\"fixture\":\"steps/error_mid_stream.sse\",\"end\":\"stall\"}", 0, STREAMED,
            .code = GIA_EDEADLINE, .http_status = 200, .service_code = "gateway_timeout",
            .text = "Halfway through the"),
        ROW("{\"fixture\":\"steps/error_blocked.sse\"}", 0, STREAMED, .code = GIA_EBLOCKED,
            .http_status = 200, .service_code = "safety"),
        ROW("{\"events\":[" HALF ",{\"event_type\":\"error\",\"error\":{\"code\":\"safety\","
            "\"message\":\"m\"}}],\"end\":\"stall\"}",
            0, STREAMED, .code = GIA_EBLOCKED, .http_status = 200, .text = "so far"),
        /* an event that cannot be read */
        ROW("{\"events\":[" HALF ",\"data: {\\\"event_type\\\":\\\"step.delta\\\",}\\n\\n\"," STOP
            "]}",
            0, STREAMED, .code = GIA_EJSON, .http_status = 200, .text = "so far",
            .message = "event 5"),
        /* after the last word any end is fine */
        ROW("{\"events\":[" WHOLE "],\"end\":\"reset\"}", 0, STREAMED, .code = GIA_OK,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" WHOLE "],\"end\":\"close\"}", 0, STREAMED, .code = GIA_OK,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" WHOLE "],\"end\":\"stall\"}", 0, STREAMED, .code = GIA_OK,
            .http_status = 200, .text = "so far"),
        ROW("{\"events\":[" WHOLE ",\"[DONE]\"],\"end\":\"stall\"}", 0, STREAMED, .code = GIA_OK,
            .http_status = 200, .text = "so far"),
    };
    RUN(rows);
}

/* Says everything and resets the connection before anybody has looked. */
static void answer_and_reset(uv_timer_t *timer)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                                 "data: {\"event_type\":\"interaction.created\",\"interaction\":"
                                 "{\"id\":\"v1_x\",\"status\":\"in_progress\"}}\n\n"
                                 "data: {\"event_type\":\"interaction.completed\","
                                 "\"interaction\":{\"id\":\"v1_x\",\"status\":\"completed\"}}\n\n";
    const struct linger at_once = {.l_onoff = 1};
    int peer = accept(*(int *)timer->data, NULL, NULL);
    char request[4000];

    assert_true(peer >= 0);
    assert_true(recv(peer, request, sizeof(request), 0) > 0);
    assert_int_equal(send(peer, answer, sizeof(answer) - 1, 0), sizeof(answer) - 1);
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(peer);
}

static void the_last_word_lies_in_a_dead_socket(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    world_options_t options = WORLD_OPTIONS;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    record_t record = {0};
    uv_timer_t timer;
    world_t world;
    char url[100];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", ntohs(address.sin_port));
    options.config.base_url = url;
    world_open(&world, &options);
    uv_timer_init(&world.loop, &timer);
    timer.data = &listener;
    uv_timer_start(&timer, answer_and_reset, 500, 0);
    assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
    world_run(&world, &record);
    assert_string_equal(record.message, "success");
    assert_int_equal(record.event_count, 2);
    record_clear(&record);
    uv_close((uv_handle_t *)&timer, NULL);
    close(listener);
    world_close(&world);
}

/* -- ceilings -- */

#define LIMIT(reply_, kinds_, member_, limit_, ...)                                                \
    {                                                                                              \
        .reply = (reply_), .kinds = (kinds_), .expected = {__VA_ARGS__}, .config = {               \
            .member_ = (limit_)                                                                    \
        }                                                                                          \
    }

static void ceilings_hold(void **state)
{
    static const row_t rows[] = {
        LIMIT("{\"headers\":{\"x-long\":\"" K1 K1 "\"}}", BOTH_KINDS, max_header_bytes, 1000,
              .code = GIA_EHEADERS_TOO_BIG, .http_status = 200),
        LIMIT("{\"status\":503,\"headers\":{\"x-long\":\"" K1 K1 "\"}}", BOTH_KINDS,
              max_header_bytes, 1000, .code = GIA_EHEADERS_TOO_BIG, .http_status = 503),
        LIMIT("{\"events\":[" HALF ",\": " K1 K1 "\"]}", STREAMED, max_line_bytes, 1000,
              .code = GIA_ELINE_TOO_BIG, .http_status = 200, .text = "so far"),
        LIMIT("{\"events\":[" HALF ",\"data: " K1 K1 "\"]}", STREAMED, max_line_bytes, 1000,
              .code = GIA_ELINE_TOO_BIG, .http_status = 200, .text = "so far"),
        LIMIT("{\"events\":[" HALF ",\"data: " K1 "\\ndata: " K1 "\\n\"]}", STREAMED,
              max_event_bytes, 1500, .code = GIA_EEVENT_TOO_BIG, .http_status = 200,
              .text = "so far"),
        LIMIT("{\"body\":{\"id\":\"" K1 "\",\"object\":\"interaction\"}}", BOTH_KINDS,
              max_body_bytes, 1000, .code = GIA_EBODY_TOO_BIG, .http_status = 200),
        LIMIT("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"x\":[[[[[]]]]]}}",
              BOTH_KINDS, max_json_depth, 5, .code = GIA_EJSON_TOO_DEEP, .http_status = 200),
        LIMIT("{\"events\":[" HALF ",{\"event_type\":\"x\",\"x\":[[[[[]]]]]}]}", STREAMED,
              max_json_depth, 5, .code = GIA_EJSON_TOO_DEEP, .http_status = 200, .text = "so far",
              .message = "event 5"),
        LIMIT("{\"body\":{\"id\":\"v1_x\",\"object\":\"interaction\",\"x\":\"" K1 K1 K1 K1 "\"}}",
              BOTH_KINDS, max_json_bytes, 3000, .code = GIA_EJSON_TOO_BIG, .http_status = 200),
        LIMIT("{\"events\":[" BEGIN
              "," EVENT_TEXT(K1) "," EVENT_TEXT(K1) "," EVENT_TEXT(K1) "," STOP "," COMPLETE "]}",
              STREAMED, max_interaction_bytes, 2500, .code = GIA_EINTERACTION_TOO_BIG,
              .http_status = 200),
    };
    RUN(rows);
}

/* libcurl has ceilings of its own, which must not look like something else. */
static void an_endless_header_line(void **state)
{
    static const char head[] = "{\"replies\":[{\"raw\":\"HTTP/1.1 200 OK\\r\\nx-endless: ";
    char *script = malloc(2000000);

    memcpy(script, head, sizeof(head));
    memset(script + sizeof(head) - 1, 'x', 1000000);
    strcpy(script + sizeof(head) - 1 + 1000000, "\"}]}");
    for (size_t wire = 0; wire < 2; wire++) {
        static const expected_t expected = {.code = GIA_EHEADERS_TOO_BIG};
        record_t record = {0};
        world_t world;

        open_wire(&world, &wires[wire], NULL);
        world_script(&world, script);
        assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
        world_run(&world, &record);
        record.http_status = 0; /* its line did come */
        check_result(wires[wire].name, &record, &expected);
        record_clear(&record);
        world_close(&world);
    }
    free(script);
    assert_no_complaints();
}

static void a_request_can_be_too_big(void **state)
{
    const gia_config_t config = {.max_request_bytes = 50};
    record_t record = {0};
    world_t world;

    open_wire(&world, &wires[0], &config);
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_EREQUEST_TOO_BIG);
    assert_null(record.call);
    assert_int_equal(gia_client_call_count(world.client), 0);
    record_clear(&record);
    world_close(&world);
    assert_int_equal(record.done, 0);
}

/* -- no connection -- */

static void run_broken_way(const char *what, world_t *world, const expected_t *expected)
{
    for (int kind = UNARY; kind <= STREAMED; kind++) {
        record_t record = {0};

        assert_int_equal(
            world_create(world, &record, kind == UNARY ? BODY_UNARY : BODY_STREAM, NULL), GIA_OK);
        world_run(world, &record);
        check_result(what, &record, expected);
        record_clear(&record);
    }
}

/* A port that nobody listens on, because whoever had it has left. */
static unsigned short free_port(uv_loop_t *loop)
{
    struct sockaddr_in address;
    int len = sizeof(address);
    uv_tcp_t tcp;

    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &tcp);
    assert_int_equal(uv_tcp_bind(&tcp, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_tcp_getsockname(&tcp, (struct sockaddr *)&address, &len), 0);
    uv_close((uv_handle_t *)&tcp, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return ntohs(address.sin_port);
}

/* A socket that is bound but does not listen: connections to its port are refused, and no test that
 * runs beside this one can get the port. */
static int refusing_socket(unsigned short *port)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    uv_ip4_addr("127.0.0.1", 0, &address);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void a_refused_connection(void **state)
{
    static const expected_t expected = {.code = GIA_ECONNECT, .not_sent = 1};
    unsigned short port;
    int fd = refusing_socket(&port);

    for (int tls = 0; tls < 2; tls++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        char url[100];

        snprintf(url, sizeof(url), "http%s://127.0.0.1:%u", tls ? "s" : "", port);
        options.config.base_url = url;
        world_open(&world, &options);
        run_broken_way("refused", &world, &expected);
        world_close(&world);
    }
    close(fd);
    assert_no_complaints();
}

static void an_unknown_host(void **state)
{
    static const expected_t expected = {.code = GIA_ERESOLVE, .not_sent = 1};
    world_options_t options = WORLD_OPTIONS;
    world_t world;

    clock_virtual(0); /* a thread resolves */
    options.config.base_url = "https://nonexistent.invalid";
    world_open(&world, &options);
    run_broken_way("unknown host", &world, &expected);
    world_close(&world);
    clock_virtual(1);
    assert_no_complaints();
}

static void bad_certificates(void **state)
{
    static const expected_t expected = {.code = GIA_ECERTIFICATE, .not_sent = 1};

    for (int bad = 0; bad < 3; bad++) {
        for (int http = SIM_HTTP_ANY; http <= SIM_HTTP_1; http++) {
            world_options_t options = WORLD_OPTIONS;
            world_t world;

            options.sim.tls = 1;
            options.sim.http = (sim_http_t)http;
            options.sim.certificate = (sim_certificate_t)bad;
            if (bad == SIM_CERTIFICATE_GOOD)
                options.config.ca_file = "/etc/ssl/certs/ca-certificates.crt"; /* not its */
            world_open(&world, &options);
            run_broken_way("certificate", &world, &expected);
            assert_int_equal(sim_request_count(world.sim), 0);
            world_close(&world);
        }
    }
    assert_no_complaints();
}

static void a_ca_file_that_cannot_be_read(void **state)
{
    static const expected_t expected = {.code = GIA_ECERTIFICATE, .not_sent = 1};
    const gia_config_t config = {.ca_file = "/nonexistent/authorities.pem"};
    world_t world;

    open_wire(&world, &wires[1], &config);
    run_broken_way("no authorities", &world, &expected);
    world_close(&world);
    assert_no_complaints();
}

static void handshakes_that_fail(void **state)
{
    static const expected_t garbled = {.code = GIA_ETLS, .not_sent = 1};
    static const expected_t closed = {.code = GIA_ETLS, .not_sent = 1};
    static const expected_t lost = {.code = GIA_ELOST};

    for (size_t wire = 0; wire < WIRES; wire++) {
        world_t world;

        open_wire(&world, &wires[wire], NULL);
        if (wires[wire].tls) {
            sim_garble_handshakes(world.sim, 2);
            run_broken_way("garbled", &world, &garbled);
        }
        sim_refuse_accepts(world.sim, 2);
        run_broken_way("closed at once", &world, wires[wire].tls ? &closed : &lost);
        assert_int_equal(sim_request_count(world.sim), 0);
        world_close(&world);
    }
    assert_no_complaints();
}

/* TLS to a server that speaks none, and the other way round. */
static void the_wrong_scheme(void **state)
{
    /* A handshake without a line end looks like the beginning of a request: the server waits. */
    static const expected_t expected[] = {{.code = GIA_ELOST},
                                          {.code = GIA_ECONNECT_TIMEOUT, .not_sent = 1}};

    for (int https = 0; https < 2; https++) {
        world_options_t options = WORLD_OPTIONS;
        uv_loop_t loop;
        world_t world;
        char url[100];

        uv_loop_init(&loop);
        options.sim.port = free_port(&loop);
        uv_loop_close(&loop);
        options.sim.tls = !https;
        snprintf(url, sizeof(url), "http%s://127.0.0.1:%u", https ? "s" : "", options.sim.port);
        options.config.base_url = url;
        world_open(&world, &options);
        run_broken_way("wrong scheme", &world, &expected[https]);
        assert_int_equal(sim_request_count(world.sim), 0);
        world_close(&world);
    }
    assert_no_complaints();
}

/* -- redirects -- */

/* The key goes to no other host: the second simulator must see nothing. */
static void redirects_are_not_followed(void **state)
{
    static const int statuses[] = {301, 302, 303, 307, 308};

    for (size_t wire = 0; wire < WIRES; wire++) {
        world_t world, other;

        open_wire(&world, &wires[wire], NULL);
        open_wire(&other, &wires[wire], NULL);
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
            const expected_t expected = {.code = GIA_EREDIRECT, .http_status = statuses[i]};
            char script[300];

            snprintf(script, sizeof(script),
                     "{\"replies\":[{\"status\":%d,\"headers\":{\"location\":\"%s/x\"}},"
                     "{\"status\":%d,\"headers\":{\"location\":\"%s/x\"}}]}",
                     statuses[i], sim_url(other.sim), statuses[i], sim_url(other.sim));
            world_script(&world, script);
            run_broken_way("redirect", &world, &expected);
        }
        uv_run(&other.loop, UV_RUN_NOWAIT);
        uv_run(&other.loop, UV_RUN_NOWAIT);
        assert_int_equal(sim_counts(other.sim).connections_accepted, 0);
        world_close(&other);
        world_close(&world);
    }
    assert_no_complaints();
}

/* -- nobody pays twice -- */

static void a_dying_connection_is_not_posted_to_again(void **state)
{
    static const struct {
        const char *reply;
        int wires;
    } ends[] = {
        {"{\"accept\":\"close\"}", EVERY_WIRE},
        {"{\"accept\":\"reset\"}", EVERY_WIRE},
        {"{\"end\":\"goaway\"}", TLS_2},
        {"{\"end\":\"refused_stream\"}", TLS_2},
    };
    static const expected_t expected = {.code = GIA_ELOST};

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t end = 0; end < sizeof(ends) / sizeof(ends[0]); end++) {
            for (int kind = UNARY; kind <= STREAMED; kind++) {
                record_t first = {0}, second = {0};
                char script[200];
                world_t world;

                if (!(ends[end].wires & wires[wire].bit))
                    continue;
                open_wire(&world, &wires[wire], NULL);
                snprintf(script, sizeof(script), "{\"replies\":[{\"texts\":[\"a\"]},%s]}",
                         ends[end].reply);
                world_script(&world, script);
                assert_int_equal(world_create(&world, &first, BODY_UNARY, NULL), GIA_OK);
                world_run(&world, &first);
                assert_int_equal(first.code, GIA_OK);
                assert_int_equal(
                    world_create(&world, &second, kind == UNARY ? BODY_UNARY : BODY_STREAM, NULL),
                    GIA_OK);
                world_run(&world, &second);
                check_result(wires[wire].name, &second, &expected);
                assert_int_equal(sim_request_count(world.sim), 2);
                assert_int_equal(sim_request(world.sim, 1)->connection, 1);
                record_clear(&first);
                record_clear(&second);
                world_close(&world);
            }
        }
    }
    assert_no_complaints();
}

/* When a pooled connection is known to be gone, nothing has been sent: a new one is made. */
static void a_connection_that_ended_in_peace_is_replaced(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        world_t world;

        open_wire(&world, &wires[wire], NULL);
        world_script(&world, "{\"replies\":[{\"texts\":[\"a\"],\"end\":\"graceful\"},"
                             "{\"texts\":[\"b\"]}]}");
        for (int i = 0; i < 2; i++) {
            record_t record = {0};

            assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
            world_run(&world, &record);
            assert_string_equal(record.message, "success");
            record_clear(&record);
        }
        assert_int_equal(sim_request_count(world.sim), 2);
        assert_int_equal(sim_counts(world.sim).connections_accepted, 2);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_decides_when_the_body_says_nothing),
        cmocka_unit_test(every_error_fixture_has_its_code),
        cmocka_unit_test(the_service_says_how_long_to_wait),
        cmocka_unit_test(a_date_to_wait_for),
        cmocka_unit_test(a_large_error_body_is_cut),
        cmocka_unit_test(the_key_is_never_told),
        cmocka_unit_test(answers_that_are_not_understood),
        cmocka_unit_test(broken_http),
        cmocka_unit_test(streams_that_break),
        cmocka_unit_test(the_last_word_lies_in_a_dead_socket),
        cmocka_unit_test(ceilings_hold),
        cmocka_unit_test(an_endless_header_line),
        cmocka_unit_test(a_request_can_be_too_big),
        cmocka_unit_test(a_refused_connection),
        cmocka_unit_test(an_unknown_host),
        cmocka_unit_test(bad_certificates),
        cmocka_unit_test(a_ca_file_that_cannot_be_read),
        cmocka_unit_test(handshakes_that_fail),
        cmocka_unit_test(the_wrong_scheme),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(a_dying_connection_is_not_posted_to_again),
        cmocka_unit_test(a_connection_that_ended_in_peace_is_replaced),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
