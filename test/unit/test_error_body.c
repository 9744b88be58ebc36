/* What a service's error body says: every fixture, nasty bodies, and the codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <gia/error.h>

#include "failing_memory.h"
#include "json/utf8.h"
#include "wire/error_body.h"

static const gia__json_limits_t limits = {.max_depth = 32};

static void assert_text(const char *where, const char *text, const char *expected)
{
    if (!text != !expected || (text && strcmp(text, expected) != 0))
        fail_msg("%s: \"%s\", not \"%s\"", where, text ? text : "(none)",
                 expected ? expected : "(none)");
}

static const struct {
    const char *path;
    int code;
    const char *service_code;
    const char *message; /* NULL: the body's own */
    int64_t retry_delay_ms;
} fixtures[] = {
    {"legacy/error_400_bad_key_google_rpc.json", GIA_EAUTHENTICATION, "400", NULL, -1},
    {"legacy/error_400_google_rpc.json", GIA_EBAD_REQUEST, "400", NULL, -1},
    {"legacy/error_400_interactions.json", GIA_EBAD_REQUEST, "invalid_request", NULL, -1},
    {"legacy/error_404_google_rpc.json", GIA_ENOT_FOUND, "404", NULL, -1},
    {"legacy/error_429_google_rpc.json", GIA_ERATE_LIMITED, "429", NULL, 22400},
    {"legacy/error_503_google_rpc.json", GIA_EUNAVAILABLE, "503", NULL, -1},
    {"legacy/error_503_retry_after.json", GIA_EUNAVAILABLE, "503", NULL, -1},
    {"steps/error_400_invalid_request.json", GIA_EBAD_REQUEST, "invalid_request", NULL, -1},
    {"steps/error_400_parameter_unknown.json", GIA_EBAD_REQUEST, "parameter_unknown", NULL, -1},
    {"steps/error_401_authentication.json", GIA_EAUTHENTICATION, "authentication", NULL, -1},
    {"steps/error_402_payment_required.json", GIA_EPAYMENT, "payment_required", NULL, -1},
    {"steps/error_403_permission_denied.json", GIA_EPERMISSION, "permission_denied", NULL, -1},
    {"steps/error_404_model_not_found.json", GIA_ENOT_FOUND, "model_not_found", NULL, -1},
    {"steps/error_404_not_found.json", GIA_ENOT_FOUND, "not_found", NULL, -1},
    {"steps/error_409_aborted.json", GIA_ECONFLICT, "aborted", NULL, -1},
    {"steps/error_429_google_rpc.json", GIA_ERATE_LIMITED, "429", NULL, 17000},
    {"steps/error_429_quota.json", GIA_EQUOTA, "quota_exceeded", NULL, -1},
    {"steps/error_429_rate_limit.json", GIA_ERATE_LIMITED, "rate_limit_exceeded", NULL, -1},
    {"steps/error_500_api_error.json", GIA_ESERVER, "api_error", NULL, -1},
    {"steps/error_502_html.json", GIA_EUNAVAILABLE, NULL,
     "Error 502 (Server Error)!!1 That is an error.", -1},
    {"steps/error_503_google_rpc_array.json", GIA_EUNAVAILABLE, "503", NULL, -1},
    {"steps/error_503_service_unavailable.json", GIA_EUNAVAILABLE, "service_unavailable", NULL, -1},
    {"steps/error_504_deadline_exceeded.json", GIA_EDEADLINE, "deadline_exceeded", NULL, -1},
};

static void every_fixture(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++) {
        const char *name = fixtures[i].path;
        gia__service_error_t error;
        gia__arena_t arena;
        char path[1024], *text;
        json_t *fixture, *body, *inner;
        int status;

        snprintf(path, sizeof(path), "%s/responses/%s", TEST_DATA, name);
        fixture = json_load_file(path, 0, NULL);
        assert_non_null(fixture);
        body = json_object_get(fixture, "body");
        status = (int)json_integer_value(json_object_get(fixture, "http_status"));
        text = body ? json_dumps(body, 0)
                    : strdup(json_string_value(json_object_get(fixture, "body_text")));
        inner = json_object_get(json_is_array(body) ? json_array_get(body, 0) : body, "error");

        gia__arena_init(&arena, &mem, SIZE_MAX);
        assert_int_equal(gia__service_error_read(&error, &arena, text, strlen(text), &limits),
                         GIA_OK);
        if (gia__service_error_code(&error, status) != fixtures[i].code)
            fail_msg("%s: %s", name, gia_error_name(gia__service_error_code(&error, status)));
        assert_text(name, error.code, fixtures[i].service_code);
        assert_text(name, error.message,
                    fixtures[i].message ? fixtures[i].message
                                        : json_string_value(json_object_get(inner, "message")));
        assert_text(name, error.status, json_string_value(json_object_get(inner, "status")));
        assert_int_equal(error.retry_delay_ms, fixtures[i].retry_delay_ms);
        assert_int_equal(error.json != NULL, body != NULL);
        gia__arena_free(&arena);
        free(text);
        json_decref(fixture);
    }
}

#define RETRY(delay)                                                                               \
    "{\"error\":{\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","            \
    "\"retryDelay\":" delay "}]}}"

static const struct {
    const char *body;
    const char *service_code;
    const char *message;
    int64_t retry_delay_ms;
    int is_json;
} nasty[] = {
    {"", NULL, NULL, -1, 0},
    {" \r\n\t", NULL, NULL, -1, 0},
    {"upstream connect error\r\n\r\n or  disconnect ", NULL, "upstream connect error or disconnect",
     -1, 0},
    {"<html>\n<head><title>502 Bad</title></head><body>\x01<h1>Oh</h1></body>", NULL, "502 Bad Oh",
     -1, 0},
    {"<", NULL, "<", -1, 0},
    {"<<<<", NULL, NULL, -1, 0},
    {"<html", NULL, NULL, -1, 0},
    {"a < b > c", NULL, "a < b > c", -1, 0},
    {"\xef\xbb\xbf<p>x</p>", NULL, "\xef\xbb\xbf<p>x</p>", -1, 0},
    {"\x7f\x1b[31mred\x1b[0m", NULL, "[31mred [0m", -1, 0},
    {"a\xff"
     "b\xc3(\xe2\x82",
     NULL, "a?b?(??", -1, 0},
    {"\xed\xa0\x80", NULL, "???", -1, 0},
    {"caf\xc3\xa9 \xf0\x9f\x98\x80", NULL, "caf\xc3\xa9 \xf0\x9f\x98\x80", -1, 0},

    {"null", NULL, "null", -1, 0},
    {"[]", NULL, "[]", -1, 0},
    {"{}", NULL, "{}", -1, 0},
    {"[[{\"error\":{}}]]", NULL, "[[{\"error\":{}}]]", -1, 0},
    {"\"text\"", NULL, "\"text\"", -1, 0},
    {"{\"error\":null}", NULL, "{\"error\":null}", -1, 0},
    {"{\"error\":{\"code\":\"x\",\"mess", NULL, "{\"error\":{\"code\":\"x\",\"mess", -1, 0},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", NULL, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
     -1, 0},

    {"{\"error\":{}}", NULL, NULL, -1, 1},
    {"[{\"error\":{\"code\":1,\"message\":\"m\"}},{\"error\":{\"message\":\"n\"}}]", "1", "m", -1,
     1},
    {"{\"error\":\"text\"}", NULL, "text", -1, 1},
    {"{\"error\":\"\"}", NULL, "", -1, 1},
    {"{\"message\":\"m\"}", NULL, "m", -1, 1},
    {"{\"code\":\"c\"}", "c", NULL, -1, 1},
    {"{\"code\":404,\"message\":\"m\"}", "404", "m", -1, 1},
    {"{\"error\":{\"code\":\"\",\"message\":\"\"}}", NULL, "", -1, 1},
    {"{\"error\":{\"code\":null,\"message\":null}}", NULL, NULL, -1, 1},
    {"{\"error\":{\"code\":{},\"message\":[],\"details\":{}}}", NULL, NULL, -1, 1},
    {"{\"error\":{\"code\":\"a\\nb\",\"message\":\"\\u0000x\\r\\n\\ty\\u001b\\u007f\"}}", "a b",
     "x y", -1, 1},
    {"{\"error\":{\"message\":\"\\ud83d x\"}}", NULL, "\xef\xbf\xbd x", -1, 1},
    {"{\"error\":{\"details\":[null,1,\"x\",[],{},{\"@type\":1},{\"@type\":\"RetryInfo\"}]}}", NULL,
     NULL, -1, 1},
    {"{\"error\":{\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\"}]}}", NULL,
     NULL, -1, 1},

    {RETRY("\"22.4s\""), NULL, NULL, 22400, 1},
    {RETRY("\"22s\""), NULL, NULL, 22000, 1},
    {RETRY("\"0s\""), NULL, NULL, 0, 1},
    {RETRY("\"0.000s\""), NULL, NULL, 0, 1},
    {RETRY("\"0.0001s\""), NULL, NULL, 1, 1},
    {RETRY("\"0.001s\""), NULL, NULL, 1, 1},
    {RETRY("\"1.9990s\""), NULL, NULL, 1999, 1},
    {RETRY("\"1.999000001s\""), NULL, NULL, 2000, 1},
    {RETRY("\"1.s\""), NULL, NULL, 1000, 1},
    {RETRY("\"86400s\""), NULL, NULL, 86400000, 1},
    {RETRY("\"86400.5s\""), NULL, NULL, 86400000, 1},
    {RETRY("\"99999999999s\""), NULL, NULL, 86400000, 1},
    {RETRY("\"9999999999999999999999999999999999s\""), NULL, NULL, 86400000, 1},
    {RETRY("\"-1s\""), NULL, NULL, -1, 1},
    {RETRY("\"x\""), NULL, NULL, -1, 1},
    {RETRY("\"\""), NULL, NULL, -1, 1},
    {RETRY("\"s\""), NULL, NULL, -1, 1},
    {RETRY("\".5s\""), NULL, NULL, -1, 1},
    {RETRY("\"5\""), NULL, NULL, -1, 1},
    {RETRY("\"5 s\""), NULL, NULL, -1, 1},
    {RETRY("\"5sec\""), NULL, NULL, -1, 1},
    {RETRY("\"5s\\u0000\""), NULL, NULL, -1, 1},
    {RETRY("5"), NULL, NULL, -1, 1},
    {RETRY("null"), NULL, NULL, -1, 1},
};

static void nasty_bodies(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
        size_t len = strlen(nasty[i].body);
        char *body = malloc(len);
        gia__service_error_t error;
        gia__arena_t arena;

        memcpy(body, nasty[i].body, len);
        gia__arena_init(&arena, &mem, SIZE_MAX);
        assert_int_equal(gia__service_error_read(&error, &arena, body, len, &limits), GIA_OK);
        assert_text(nasty[i].body, error.code, nasty[i].service_code);
        assert_text(nasty[i].body, error.message, nasty[i].message);
        if (error.retry_delay_ms != nasty[i].retry_delay_ms)
            fail_msg("%s: %lld ms", nasty[i].body, (long long)error.retry_delay_ms);
        if ((error.json != NULL) != nasty[i].is_json)
            fail_msg("%s: JSON?", nasty[i].body);
        assert_true(gia__service_error_code(&error, 0) < 0);
        gia__arena_free(&arena);
        free(body);
    }
}

/* A long message is cut between two characters. */
static void a_message_is_bounded(void **state)
{
    static const char *const pieces[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                         "\xff"};
    enum { SIZE = 1024 * 1024 };
    gia__mem_t mem = gia__mem_init(NULL);
    char *body = malloc(SIZE + 64);

    for (size_t i = 0; i < 2 * sizeof(pieces) / sizeof(pieces[0]); i++) {
        const char *piece = pieces[i / 2];
        size_t n = strlen(piece), len = 0;
        gia__service_error_t error;
        gia__arena_t arena;

        if (i % 2 && *piece == '\xff')
            continue; /* no JSON */
        if (i % 2)
            len = (size_t)sprintf(body, "{\"error\":{\"message\":\"");
        for (; len + n <= SIZE; len += n)
            memcpy(body + len, piece, n);
        if (i % 2)
            len += (size_t)sprintf(body + len, "\"}}");
        gia__arena_init(&arena, &mem, SIZE_MAX);
        assert_int_equal(gia__service_error_read(&error, &arena, body, len, &limits), GIA_OK);
        assert_in_range(strlen(error.message), 497, 500);
        assert_int_equal(strlen(error.message) % n, 0);
        assert_int_equal(gia__utf8_valid(error.message, strlen(error.message)),
                         strlen(error.message));
        gia__arena_free(&arena);
    }
    free(body);
}

static void codes(void **state)
{
    static const struct {
        gia__service_error_t error;
        int http_status;
        int code;
    } rows[] = {
        {{0}, 0, GIA_ESERVER},
        {{0}, 300, GIA_EREDIRECT},
        {{0}, 308, GIA_EREDIRECT},
        {{0}, 399, GIA_EREDIRECT},
        {{0}, 400, GIA_EBAD_REQUEST},
        {{0}, 401, GIA_EAUTHENTICATION},
        {{0}, 402, GIA_EPAYMENT},
        {{0}, 403, GIA_EPERMISSION},
        {{0}, 404, GIA_ENOT_FOUND},
        {{0}, 405, GIA_EHTTP},
        {{0}, 408, GIA_EDEADLINE},
        {{0}, 409, GIA_ECONFLICT},
        {{0}, 413, GIA_EBAD_REQUEST},
        {{0}, 416, GIA_EBAD_REQUEST},
        {{0}, 422, GIA_EBAD_REQUEST},
        {{0}, 429, GIA_ERATE_LIMITED},
        {{0}, 499, GIA_EHTTP},
        {{0}, 500, GIA_ESERVER},
        {{0}, 502, GIA_EUNAVAILABLE},
        {{0}, 503, GIA_EUNAVAILABLE},
        {{0}, 504, GIA_EDEADLINE},
        {{0}, 599, GIA_ESERVER},
        {{0}, 600, GIA_EHTTP},
        {{0}, 204, GIA_EHTTP},
        {{0}, -1, GIA_EHTTP},
        /* the service's own word wins */
        {{.code = "quota_exceeded"}, 429, GIA_EQUOTA},
        {{.code = "safety"}, 400, GIA_EBLOCKED},
        {{.code = "image_other"}, 0, GIA_EBLOCKED},
        {{.code = "no_image"}, 0, GIA_EGENERATION},
        {{.code = "gateway_timeout"}, 0, GIA_EDEADLINE},
        {{.code = "400", .status = "INVALID_ARGUMENT", .reason = "API_KEY_INVALID"},
         400,
         GIA_EAUTHENTICATION},
        {{.reason = "SOMETHING_ELSE"}, 403, GIA_EPERMISSION},
        {{.code = "something_else"}, 418, GIA_EHTTP},
        /* in a stream there is no status but the code */
        {{.code = "429"}, 0, GIA_ERATE_LIMITED},
        {{.code = "503"}, 200, GIA_EHTTP},
        {{.code = "503", .status = "UNAVAILABLE"}, 200, GIA_EUNAVAILABLE},
        {{.status = "RESOURCE_EXHAUSTED"}, 0, GIA_ERATE_LIMITED},
        {{.status = "RESOURCE_EXHAUSTED"}, 503, GIA_EUNAVAILABLE},
        {{.code = "something_else"}, 0, GIA_ESERVER},
        {{.code = "99999999999999999999"}, 0, GIA_EHTTP},
        {{.code = "-5"}, 0, GIA_ESERVER},
        {{.code = ""}, 0, GIA_ESERVER},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int code = gia__service_error_code(&rows[i].error, rows[i].http_status);
        if (code != rows[i].code)
            fail_msg("row %zu: %s, not %s", i, gia_error_name(code), gia_error_name(rows[i].code));
    }
}

static void each_allocation_may_fail(void **state)
{
    static const char *const bodies[] = {
        "{\"error\":{\"code\":429,\"message\":\"m\",\"status\":\"s\"}}",
        "{\"error\":{\"code\":\"word\"}}",
        "[{\"error\":\"text\"}]",
        "{\"message\":\"m\",\"code\":\"c\"}",
        "<html>text</html>",
        "text",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        /* The ceiling of the arena is one more way to be out of memory. */
        for (size_t max = 0; max < 8000; max += 16) {
            gia__mem_t mem = gia__mem_init(NULL);
            gia__service_error_t error;
            gia__arena_t arena;
            char body[128];
            int rc;

            strcpy(body, bodies[i]);
            gia__arena_init(&arena, &mem, max);
            rc = gia__service_error_read(&error, &arena, body, strlen(body), &limits);
            assert_true(rc == GIA_OK || rc == GIA_ENOMEM);
            if (rc == GIA_OK && (bodies[i][0] == '{' || bodies[i][0] == '[') && !error.json)
                assert_string_equal(error.message, bodies[i]); /* at least as text */
            else if (rc == GIA_OK)
                assert_true(error.message || error.code);
            if (rc == GIA_OK && error.json && i == 0) {
                assert_string_equal(error.code, "429");
                assert_string_equal(error.message, "m");
            }
            gia__arena_free(&arena);
        }
        for (size_t n = 1;; n++) {
            failing_memory_t memory = {.fail_at = n};
            gia__mem_t mem = failing_allocator(&memory);
            gia__service_error_t error;
            gia__arena_t arena;
            char body[128];
            int rc;

            strcpy(body, bodies[i]);
            gia__arena_init(&arena, &mem, SIZE_MAX);
            rc = gia__service_error_read(&error, &arena, body, strlen(body), &limits);
            gia__arena_free(&arena);
            assert_int_equal(memory.n_open, 0);
            if (rc == GIA_OK)
                break;
            assert_int_equal(rc, GIA_ENOMEM);
            assert_true(n < 20);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fixture),
        cmocka_unit_test(nasty_bodies),
        cmocka_unit_test(a_message_is_bounded),
        cmocka_unit_test(codes),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("error_body", tests, NULL, NULL);
}
