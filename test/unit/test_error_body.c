/* What can be read from an error body, however nasty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>

#include <cmocka.h>
#include <jansson.h>

#include <gia/error.h>

#include "core/mem.h"
#include "json/utf8.h"
#include "wire/error_body.h"

#include "failing_memory.h"

static const gia__json_limits_t limits = {.max_depth = 64};

static void check_text(const char *text)
{
    size_t len = text ? strlen(text) : 0;

    if (!text)
        return;
    assert_true(len > 0 && len <= 500);
    assert_int_equal(gia__utf8_valid(text, len), len);
    for (size_t i = 0; i < len; i++)
        assert_true((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

/* A copy that has not one byte too many. */
static char *exactly(const char *body, size_t len)
{
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, body, len);
    return copy;
}

typedef struct row_s {
    const char *name;
    const char *body;
    size_t len;
    int http_status;
    int code;
    const char *service_code, *status, *reason, *message;
    int64_t delay;
    int is_json;
} row_t;

/* clang-format off */
#define BODY(text) text, sizeof(text) - 1
#define RETRY(text) "{\"error\":{\"code\":429,\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":" text "}]}}"
#define DELAY(name, text, ms) {name, BODY(RETRY(text)), 429, GIA_ERATE_LIMITED, "429", NULL, NULL, NULL, ms, 1}

static const row_t rows[] = {
    {"nothing", BODY(""), 500, GIA_ESERVER, NULL, NULL, NULL, NULL, -1, 0},
    {"white space", BODY(" \r\n\t"), 503, GIA_EUNAVAILABLE, NULL, NULL, NULL, NULL, -1, 0},
    {"a BOM only", BODY("\xef\xbb\xbf"), 404, GIA_ENOT_FOUND, NULL, NULL, NULL, NULL, -1, 0},

    {"a word", BODY("{\"error\":{\"code\":\"quota_exceeded\",\"message\":\"used up\"}}"), 429, GIA_EQUOTA, "quota_exceeded", NULL, NULL, "used up", -1, 1},
    {"behind a BOM", BODY("\xef\xbb\xbf {\"error\":{\"code\":\"aborted\"}}"), 409, GIA_ECONFLICT, "aborted", NULL, NULL, NULL, -1, 1},
    {"google.rpc", BODY("{\"error\":{\"code\":403,\"message\":\"no\",\"status\":\"PERMISSION_DENIED\"}}"), 403, GIA_EPERMISSION, "403", "PERMISSION_DENIED", NULL, "no", -1, 1},
    {"in an array", BODY("[{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"m\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n]"), 0, GIA_EUNAVAILABLE, "503", "UNAVAILABLE", NULL, "m", -1, 1},
    {"bad key", BODY("{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"details\":[7,null,{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}"), 400, GIA_EAUTHENTICATION, "400", "INVALID_ARGUMENT", "API_KEY_INVALID", NULL, -1, 1},
    {"an event", BODY("{\"event_type\":\"error\",\"error\":{\"message\":\"\",\"code\":\"deadline_exceeded\"}}"), 0, GIA_EDEADLINE, "deadline_exceeded", NULL, NULL, NULL, -1, 1},
    {"error as text", BODY("{\"error\":\"it broke\"}"), 500, GIA_ESERVER, NULL, NULL, NULL, "it broke", -1, 1},
    {"OAuth", BODY("{\"error\":\"invalid_grant\",\"error_description\":\"expired\"}"), 401, GIA_EAUTHENTICATION, "invalid_grant", NULL, NULL, "expired", -1, 1},
    {"message alone", BODY("{\"message\":\"no route\"}"), 404, GIA_ENOT_FOUND, NULL, NULL, NULL, "no route", -1, 1},
    {"code alone", BODY("{\"code\":\"safety\"}"), 0, GIA_EBLOCKED, "safety", NULL, NULL, NULL, -1, 1},
    {"an error of nothing", BODY("{\"error\":{}}"), 500, GIA_ESERVER, NULL, NULL, NULL, NULL, -1, 1},
    {"nulls", BODY("{\"error\":{\"code\":null,\"message\":null,\"status\":null,\"details\":null}}"), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, NULL, -1, 1},
    {"other types", BODY("{\"error\":{\"code\":[],\"message\":{},\"status\":7,\"details\":{\"a\":{}}}}"), 400, GIA_EBAD_REQUEST, NULL, "7", NULL, NULL, -1, 1},
    {"error is null, message is not", BODY("{\"error\":null,\"message\":\"m\"}"), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, "m", -1, 1},

    {"no error", BODY("{\"detail\": \"Not\n  Found\"}"), 404, GIA_ENOT_FOUND, NULL, NULL, NULL, "an error body that is not valid JSON: {\"detail\": \"Not Found\"}", -1, 0},
    {"another shape", BODY("{\"detail\":\n  \"Not Found\"}\n"), 404, GIA_ENOT_FOUND, NULL, NULL, NULL, "{\"detail\": \"Not Found\"}", -1, 0},
    {"a string", BODY("\"just \\u00fcber\""), 500, GIA_ESERVER, NULL, NULL, NULL, "just \xc3\xbc" "ber", -1, 0},
    {"an array of none", BODY("[]"), 500, GIA_ESERVER, NULL, NULL, NULL, "[]", -1, 0},
    {"an array in an array", BODY("[[{\"error\":{}}]]"), 500, GIA_ESERVER, NULL, NULL, NULL, "[[{\"error\":{}}]]", -1, 0},
    {"the first of two", BODY("[{\"error\":{\"code\":\"a\",\"message\":\"m\"}},{\"error\":{\"message\":\"n\"}}]"), 500, GIA_ESERVER, "a", NULL, NULL, "m", -1, 1},
    {"null", BODY("null"), 500, GIA_ESERVER, NULL, NULL, NULL, "null", -1, 0},
    {"cut off", BODY("{\"error\":{\"code\":503,\"mess"), 503, GIA_EUNAVAILABLE, NULL, NULL, NULL, "an error body that was cut off: {\"error\":{\"code\":503,\"mess", -1, 0},
    {"cut off in an array", BODY("[{\n  \"error\": {\n"), 0, GIA_ESERVER, NULL, NULL, NULL, "an error body that was cut off: [{ \"error\": {", -1, 0},
    {"broken", BODY("{\"error\":}"), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, "an error body that is not valid JSON: {\"error\":}", -1, 0},
    {"two values", BODY("{} {}"), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, "an error body that is not valid JSON: {} {}", -1, 0},
    {"not UTF-8", BODY("{\"error\":{\"message\":\"\xff\"}}"), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, "an error body that is not valid JSON: {\"error\":{\"message\":\"?\"}}", -1, 0},
    {"too deep", BODY("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, "an error body that is too deep or too big: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", -1, 0},
    {"a lone surrogate", BODY("{\"error\":{\"message\":\"a\\ud83db\"}}"), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, "a\xef\xbf\xbd" "b", -1, 1},
    {"lines and controls", BODY("{\"error\":{\"message\":\"\\n a\\r\\n\\u0000b\\u001b[31m\\u007fc\\u009bd\\t\"}}"), 400, GIA_EBAD_REQUEST, NULL, NULL, NULL, "a b [31m c d", -1, 1},

    {"title", BODY("<!DOCTYPE html>\n<html><head><TITLE lang=en>\n502 Bad &amp;\nbroken &lt;Gateway&gt;</Title><style>p{}</style><p>Text"), 502, GIA_EUNAVAILABLE, NULL, NULL, NULL, "502 Bad & broken <Gateway>", -1, 0},
    {"empty title", BODY("<html><title> </title><h1>413 <b>Too</b> Large</h1><hr>nginx"), 413, GIA_EBAD_REQUEST, NULL, NULL, NULL, "413 Too Large", -1, 0},
    {"no title", BODY("<html><!-- > <p>no</p> --><style>b{}</style><SCRIPT>if (a<b) x()</script>\n<p>Sorry,\n&quot;busy&quot;</p><p>more"), 503, GIA_EUNAVAILABLE, NULL, NULL, NULL, "Sorry, \"busy\"", -1, 0},
    {"XML", BODY("<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>m</Message></Error>"), 403, GIA_EPERMISSION, NULL, NULL, NULL, "AccessDenied", -1, 0},
    {"an open tag", BODY("<html"), 500, GIA_ESERVER, NULL, NULL, NULL, NULL, -1, 0},
    {"an open title", BODY("<title>cut"), 500, GIA_ESERVER, NULL, NULL, NULL, "cut", -1, 0},
    {"an open comment", BODY("<!-- cut"), 500, GIA_ESERVER, NULL, NULL, NULL, NULL, -1, 0},
    {"an open script", BODY("<p>a<script>b"), 500, GIA_ESERVER, NULL, NULL, NULL, "a", -1, 0},
    {"tags only", BODY("<a><p></p></a>"), 500, GIA_ESERVER, NULL, NULL, NULL, NULL, -1, 0},

    {"plain", BODY("upstream connect error\nreset reason: overflow\n"), 503, GIA_EUNAVAILABLE, NULL, NULL, NULL, "upstream connect error", -1, 0},
    {"plain behind blank lines", BODY("\r\n\r\n  no healthy upstream  "), 503, GIA_EUNAVAILABLE, NULL, NULL, NULL, "no healthy upstream", -1, 0},
    {"brackets only", BODY("<<<<"), 500, GIA_ESERVER, NULL, NULL, NULL, "<<<<", -1, 0},
    {"a surrogate in UTF-8", BODY("\xed\xa0\x80"), 500, GIA_ESERVER, NULL, NULL, NULL, "???", -1, 0},
    {"less than", BODY("< 5 bytes"), 500, GIA_ESERVER, NULL, NULL, NULL, "< 5 bytes", -1, 0},
    {"Latin-1", BODY("caf\xe9 \xe2\x82"), 500, GIA_ESERVER, NULL, NULL, NULL, "caf? ??", -1, 0},
    {"binary", BODY("\x1f\x8b\x08\x00\xff\xfe"), 500, GIA_ESERVER, NULL, NULL, NULL, "? ??", -1, 0},

    DELAY("a delay", "\"22.4s\"", 22400),
    DELAY("a whole delay", "\"17s\"", 17000),
    DELAY("a delay of nothing", "\"0s\"", 0),
    DELAY("a delay is rounded up", "\"1.0001s\"", 1001),
    DELAY("not without need", "\"1.0010000s\"", 1001),
    DELAY("nanoseconds", "\"0.000000001s\"", 1),
    DELAY("a day", "\"86400s\"", 86400000),
    DELAY("more than a day", "\"86400.1s\"", 86400000),
    DELAY("for ever", "\"99999999999999999999999999999s\"", 86400000),
    DELAY("a negative delay", "\"-3s\"", -1),
    DELAY("a locale's comma", "\"22,4s\"", -1),
    DELAY("no unit", "\"22\"", -1),
    DELAY("another unit", "\"22ms\"", -1),
    DELAY("no digits", "\".5s\"", -1),
    DELAY("no decimals", "\"5.s\"", -1),
    DELAY("an exponent", "\"1e3s\"", -1),
    DELAY("a number", "22", -1),
    DELAY("null", "null", -1),
    DELAY("a NUL", "\"5s\\u0000\"", -1),
    DELAY("nothing", "\"\"", -1),
    DELAY("the unit alone", "\"s\"", -1),
    DELAY("a space", "\"5 s\"", -1),
    {"the first that is a delay", BODY("{\"error\":{\"details\":[{\"@type\":\"google.rpc.RetryInfo\",\"retryDelay\":\"x\"},{\"@type\":\"google.rpc.RetryInfo\",\"retryDelay\":\"2s\"},{\"@type\":\"google.rpc.RetryInfo\",\"retryDelay\":\"3s\"},{\"retryDelay\":\"4s\"}]}}"), 429, GIA_ERATE_LIMITED, NULL, NULL, NULL, NULL, 2000, 1},
};
/* clang-format on */

static int same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void bodies_are_read(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const row_t *row = &rows[i];
        gia__mem_t mem = gia__mem_init(NULL);
        gia__service_error_t error;
        gia__arena_t arena;
        char *body = exactly(row->body, row->len);
        int code;

        gia__arena_init(&arena, &mem, 1 << 20);
        assert_int_equal(gia__service_error_read(&error, &arena, body, row->len, &limits), GIA_OK);
        check_text(error.message);
        code = gia__service_error_code(&error, row->http_status);
        if (code != row->code || !same(error.code, row->service_code) ||
            !same(error.status, row->status) || !same(error.reason, row->reason) ||
            !same(error.message, row->message) || error.retry_delay_ms != row->delay ||
            !!error.json != row->is_json)
            fail_msg("%s: %s, code %s, status %s, reason %s, message %s, delay %lld, json %d",
                     row->name, gia_error_name(code), error.code ? error.code : "-",
                     error.status ? error.status : "-", error.reason ? error.reason : "-",
                     error.message ? error.message : "-", (long long)error.retry_delay_ms,
                     error.json != NULL);
        gia__arena_free(&arena);
        free(body);
    }
}

/* Cut at each place, each byte turned: whatever comes, the texts are fit to print. */
static void mangled_bodies_do_no_harm(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t at = 0; at < 2 * rows[i].len; at++) {
            size_t len = at < rows[i].len ? at : rows[i].len;
            gia__mem_t mem = gia__mem_init(NULL);
            gia__service_error_t error;
            gia__arena_t arena;
            char *body = exactly(rows[i].body, len);

            if (at >= rows[i].len)
                body[at - rows[i].len] ^= (char)(at * 37 + 1);
            gia__arena_init(&arena, &mem, 1 << 20);
            assert_int_equal(gia__service_error_read(&error, &arena, body, len, &limits), GIA_OK);
            check_text(error.message);
            check_text(error.code);
            check_text(error.status);
            check_text(error.reason);
            assert_true(error.retry_delay_ms >= -1 && error.retry_delay_ms <= 86400000);
            assert_true(gia__service_error_code(&error, 0) < 0);
            gia__arena_free(&arena);
            free(body);
        }
    }
}

static void long_messages_are_cut_between_characters(void **state)
{
    static const char *const prefixes[] = {"", "{\"error\":{\"message\":\"", "<title>",
                                           "{\"x\":\""};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        for (size_t shift = 0; shift < 4; shift++) {
            gia__mem_t mem = gia__mem_init(NULL);
            gia__service_error_t error;
            gia__arena_t arena;
            char body[4096];
            size_t len = (size_t)sprintf(body, "%s%.*s", prefixes[i], (int)shift, "xxxx");

            while (len < 4000)
                len += (size_t)sprintf(body + len, "\xf0\x9f\x98\x80");
            if (i == 1)
                len += (size_t)sprintf(body + len, "\"}}");
            if (i == 2)
                len += (size_t)sprintf(body + len, "</title>");
            gia__arena_init(&arena, &mem, 1 << 20);
            assert_int_equal(gia__service_error_read(&error, &arena, body, len, &limits), GIA_OK);
            check_text(error.message);
            assert_true(strlen(error.message) > 496);
            assert_null(strchr(error.message, '?'));
            gia__arena_free(&arena);
        }
    }
}

/* What may be decoded is bounded, but an error is reported whatever its size. */
static void arena_ceiling_leaves_a_message(void **state)
{
    static const char body[] = "{\"error\":{\"code\":503,\"message\":\"a message\"}}";

    for (size_t max = 0; max < 4096; max += 16) {
        gia__mem_t mem = gia__mem_init(NULL);
        gia__service_error_t error;
        gia__arena_t arena;
        char *copy = exactly(body, sizeof(body) - 1);

        gia__arena_init(&arena, &mem, max);
        assert_int_equal(gia__service_error_read(&error, &arena, copy, sizeof(body) - 1, &limits),
                         GIA_OK);
        assert_non_null(error.message);
        check_text(error.message);
        assert_int_equal(gia__service_error_code(&error, 503), GIA_EUNAVAILABLE);
        gia__arena_free(&arena);
        free(copy);
    }
}

static void every_allocation_may_fail(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int rc = GIA_ENOMEM;
        for (size_t at = 1; rc != GIA_OK; at++) {
            failing_memory_t memory = {.fail_at = at};
            gia_allocator_t allocator = failing_allocator(&memory);
            gia__mem_t mem = gia__mem_init(&allocator);
            gia__service_error_t error;
            gia__arena_t arena;
            char *body = exactly(rows[i].body, rows[i].len);

            assert_true(at < 1000);
            gia__arena_init(&arena, &mem, 1 << 20);
            rc = gia__service_error_read(&error, &arena, body, rows[i].len, &limits);
            assert_true(rc == GIA_OK || rc == GIA_ENOMEM);
            if (rc == GIA_OK)
                assert_true(same(error.message, rows[i].message));
            gia__arena_free(&arena);
            assert_int_equal(memory.n_open, 0);
            free(body);
        }
    }
}

/* -- codes -- */

static const struct {
    const char *code, *status, *reason;
    int http_status, expected;
} codes[] = {
    {NULL, NULL, NULL, 0, GIA_ESERVER},
    {NULL, NULL, NULL, 200, GIA_EHTTP},
    {NULL, NULL, NULL, 301, GIA_EREDIRECT},
    {NULL, NULL, NULL, 400, GIA_EBAD_REQUEST},
    {NULL, NULL, NULL, 401, GIA_EAUTHENTICATION},
    {NULL, NULL, NULL, 402, GIA_EPAYMENT},
    {NULL, NULL, NULL, 403, GIA_EPERMISSION},
    {NULL, NULL, NULL, 404, GIA_ENOT_FOUND},
    {NULL, NULL, NULL, 408, GIA_EDEADLINE},
    {NULL, NULL, NULL, 409, GIA_ECONFLICT},
    {NULL, NULL, NULL, 399, GIA_EREDIRECT},
    {NULL, NULL, NULL, 405, GIA_EHTTP},
    {NULL, NULL, NULL, 413, GIA_EBAD_REQUEST},
    {NULL, NULL, NULL, 416, GIA_EBAD_REQUEST},
    {NULL, NULL, NULL, 418, GIA_EHTTP},
    {NULL, NULL, NULL, 422, GIA_EBAD_REQUEST},
    {NULL, NULL, NULL, 600, GIA_EHTTP},
    {NULL, NULL, NULL, -1, GIA_EHTTP},
    {NULL, "RESOURCE_EXHAUSTED", NULL, 503, GIA_EUNAVAILABLE},
    {"503", "UNAVAILABLE", NULL, 200, GIA_EUNAVAILABLE},
    {NULL, NULL, NULL, 429, GIA_ERATE_LIMITED},
    {NULL, NULL, NULL, 499, GIA_EHTTP},
    {NULL, NULL, NULL, 500, GIA_ESERVER},
    {NULL, NULL, NULL, 502, GIA_EUNAVAILABLE},
    {NULL, NULL, NULL, 503, GIA_EUNAVAILABLE},
    {NULL, NULL, NULL, 504, GIA_EDEADLINE},
    {NULL, NULL, NULL, 599, GIA_ESERVER},
    {"invalid_request", NULL, NULL, 400, GIA_EBAD_REQUEST},
    {"failed_precondition", NULL, NULL, 400, GIA_EBAD_REQUEST},
    {"parameter_unknown", NULL, NULL, 400, GIA_EBAD_REQUEST},
    {"out_of_range", NULL, NULL, 416, GIA_EBAD_REQUEST},
    {"missing_thought_signature", NULL, NULL, 0, GIA_EBAD_REQUEST},
    {"authentication", NULL, NULL, 401, GIA_EAUTHENTICATION},
    {"payment_required", NULL, NULL, 402, GIA_EPAYMENT},
    {"permission_denied", NULL, NULL, 403, GIA_EPERMISSION},
    {"not_found", NULL, NULL, 404, GIA_ENOT_FOUND},
    {"model_not_found", NULL, NULL, 404, GIA_ENOT_FOUND},
    {"already_exists", NULL, NULL, 409, GIA_ECONFLICT},
    {"aborted", NULL, NULL, 409, GIA_ECONFLICT},
    {"rate_limit_exceeded", NULL, NULL, 429, GIA_ERATE_LIMITED},
    {"too_many_requests", NULL, NULL, 429, GIA_ERATE_LIMITED},
    {"quota_exceeded", NULL, NULL, 429, GIA_EQUOTA},
    {"api_error", NULL, NULL, 500, GIA_ESERVER},
    {"service_unavailable", NULL, NULL, 503, GIA_EUNAVAILABLE},
    {"deadline_exceeded", NULL, NULL, 504, GIA_EDEADLINE},
    {"gateway_timeout", NULL, NULL, 0, GIA_EDEADLINE},
    {"bad_gateway", NULL, NULL, 0, GIA_EUNAVAILABLE},
    {"unauthorized", NULL, NULL, 0, GIA_EAUTHENTICATION},
    {"safety", NULL, NULL, 0, GIA_EBLOCKED},
    {"recitation", NULL, NULL, 400, GIA_EBLOCKED},
    {"image_other", NULL, NULL, 0, GIA_EBLOCKED},
    {"malformed_function_call", NULL, NULL, 0, GIA_EGENERATION},
    {"too_many_tool_calls", NULL, NULL, 0, GIA_EGENERATION},
    {"brand_new", NULL, NULL, 0, GIA_ESERVER},
    {"brand_new", NULL, NULL, 404, GIA_ENOT_FOUND},
    {"safety_first", NULL, NULL, 0, GIA_ESERVER},
    {"429", NULL, NULL, 0, GIA_ERATE_LIMITED},
    {"503", NULL, NULL, 200, GIA_EUNAVAILABLE},
    {"503", NULL, NULL, 404, GIA_ENOT_FOUND},
    {"200", NULL, NULL, 0, GIA_ESERVER},
    {"302", NULL, NULL, 0, GIA_ESERVER},
    {"-5", NULL, NULL, 0, GIA_ESERVER},
    {"5030", NULL, NULL, 0, GIA_ESERVER},
    {"99999999999999999999999999", NULL, NULL, 0, GIA_ESERVER},
    {"14", NULL, NULL, 0, GIA_EUNAVAILABLE}, /* google.rpc's numbers */
    {"16", NULL, NULL, 0, GIA_EAUTHENTICATION},
    {"8", NULL, NULL, 0, GIA_ERATE_LIMITED},
    {"0", NULL, NULL, 0, GIA_ESERVER},
    {"400", "INVALID_ARGUMENT", "API_KEY_INVALID", 400, GIA_EAUTHENTICATION},
    {"400", "INVALID_ARGUMENT", "BRAND_NEW", 400, GIA_EBAD_REQUEST},
    {NULL, "INVALID_ARGUMENT", NULL, 0, GIA_EBAD_REQUEST},
    {NULL, "FAILED_PRECONDITION", NULL, 0, GIA_EBAD_REQUEST},
    {NULL, "UNAUTHENTICATED", NULL, 0, GIA_EAUTHENTICATION},
    {NULL, "PERMISSION_DENIED", NULL, 0, GIA_EPERMISSION},
    {NULL, "NOT_FOUND", NULL, 0, GIA_ENOT_FOUND},
    {NULL, "ALREADY_EXISTS", NULL, 0, GIA_ECONFLICT},
    {NULL, "ABORTED", NULL, 0, GIA_ECONFLICT},
    {NULL, "RESOURCE_EXHAUSTED", NULL, 0, GIA_ERATE_LIMITED},
    {NULL, "UNAVAILABLE", NULL, 0, GIA_EUNAVAILABLE},
    {NULL, "DEADLINE_EXCEEDED", NULL, 0, GIA_EDEADLINE},
    {NULL, "INTERNAL", NULL, 0, GIA_ESERVER},
    {"RESOURCE_EXHAUSTED", NULL, NULL, 0, GIA_ERATE_LIMITED},
};

static void codes_are_told_apart(void **state)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        gia__service_error_t error = {
            .code = codes[i].code, .status = codes[i].status, .reason = codes[i].reason};
        int code = gia__service_error_code(&error, codes[i].http_status);
        if (code != codes[i].expected)
            fail_msg("%s, %s, HTTP %d: %s instead of %s", codes[i].code ? codes[i].code : "-",
                     codes[i].status ? codes[i].status : "-", codes[i].http_status,
                     gia_error_name(code), gia_error_name(codes[i].expected));
    }
}

/* -- fixtures -- */

static void check_fixture(const char *path)
{
    json_t *file = json_load_file(path, 0, NULL);
    json_t *text = json_object_get(file, "body_text");
    json_t *expected = json_object_get(file, "body");
    char *body = text ? strdup(json_string_value(text)) : json_dumps(expected, JSON_INDENT(2));
    int http_status = (int)json_integer_value(json_object_get(file, "http_status"));
    gia__mem_t mem = gia__mem_init(NULL);
    gia__service_error_t error;
    gia__arena_t arena;
    char number[24];

    assert_non_null(body);
    gia__arena_init(&arena, &mem, 1 << 20);
    assert_int_equal(gia__service_error_read(&error, &arena, body, strlen(body), &limits), GIA_OK);
    check_text(error.message);
    if (text) {
        assert_string_equal(error.message, "Error 502 (Server Error)!!1");
        assert_null(error.json);
    } else {
        json_t *code;
        if (json_is_array(expected))
            expected = json_array_get(expected, 0);
        expected = json_object_get(expected, "error");
        code = json_object_get(expected, "code");
        snprintf(number, sizeof(number), "%d", (int)json_integer_value(code));
        assert_string_equal(error.message, json_string_value(json_object_get(expected, "message")));
        assert_string_equal(error.code, json_is_string(code) ? json_string_value(code) : number);
        assert_non_null(error.json);
    }
    if (strstr(path, "429_google_rpc"))
        assert_int_equal(error.retry_delay_ms, strstr(path, "legacy") ? 22400 : 17000);
    if (strstr(path, "bad_key"))
        assert_int_equal(gia__service_error_code(&error, http_status), GIA_EAUTHENTICATION);
    else if (strstr(path, "quota"))
        assert_int_equal(gia__service_error_code(&error, http_status), GIA_EQUOTA);
    else /* the words must not contradict the status */
        assert_int_equal(gia__service_error_code(&error, http_status),
                         gia__service_error_code(&(gia__service_error_t){0}, http_status));
    gia__arena_free(&arena);
    free(body);
    json_decref(file);
}

static void fixtures_say_what_is_wrong(void **state)
{
    static const char *const folders[] = {"legacy", "steps"};
    size_t files = 0;

    for (size_t i = 0; i < 2; i++) {
        char path[1024];
        struct dirent *entry;
        DIR *folder;
        snprintf(path, sizeof(path), "%s/responses/%s", TEST_DATA, folders[i]);
        folder = opendir(path);
        assert_non_null(folder);
        while ((entry = readdir(folder))) {
            if (strncmp(entry->d_name, "error_", 6) != 0 || !strstr(entry->d_name, ".json"))
                continue;
            snprintf(path, sizeof(path), "%s/responses/%s/%s", TEST_DATA, folders[i],
                     entry->d_name);
            check_fixture(path);
            files++;
        }
        closedir(folder);
    }
    assert_true(files >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_read),
        cmocka_unit_test(mangled_bodies_do_no_harm),
        cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(arena_ceiling_leaves_a_message),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(codes_are_told_apart),
        cmocka_unit_test(fixtures_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
