/* What a service's error body says, in every shape that it is known to come in. */
#include "wire/error_body.h"

#include <string.h>

#include <gia/error.h>

#include "json/utf8.h"

enum { MAX_MESSAGE = 500, MAX_DELAY_MS = 24 * 60 * 60 * 1000 };

/* -- text -- */

static int is_space(char c)
{
    return (unsigned char)c <= 0x20 || c == 0x7f;
}

/* One line of valid UTF-8, at most MAX_MESSAGE bytes: control characters become spaces, runs of
 * them one, broken bytes "?". */
static char *clean(gia__arena_t *arena, const char *text, size_t len)
{
    char *out = gia__arena_alloc(arena, MAX_MESSAGE + 1);
    size_t n = 0, i = 0;

    if (!out)
        return NULL;
    while (i < len && n < MAX_MESSAGE) {
        if (is_space(text[i])) {
            if (n && out[n - 1] != ' ')
                out[n++] = ' ';
            i++;
        } else {
            size_t width = 1, valid;
            while (width < 4 && i + width < len && ((unsigned char)text[i + width] & 0xc0) == 0x80)
                width++;
            valid = gia__utf8_valid(text + i, (unsigned char)text[i] < 0x80 ? 1 : width);
            if (valid > MAX_MESSAGE - n)
                break;
            if (valid)
                memcpy(out + n, text + i, valid);
            else
                out[n] = '?';
            n += valid ? valid : 1;
            i += valid ? valid : 1;
        }
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

/* HTML without its tags, of which the title is enough if there is one. Written over the text. */
static size_t strip_tags(char *text, size_t len)
{
    size_t from, to = 0;
    int inside = 0;

    for (from = 0; from < len; from++) {
        if (text[from] == '<')
            inside = 1;
        if (!inside)
            text[to++] = text[from];
        if (text[from] == '>' && inside) {
            inside = 0;
            text[to++] = ' ';
        }
    }
    return to;
}

static int starts_with_tag(const char *text, size_t len)
{
    while (len && is_space(*text)) {
        text++;
        len--;
    }
    return len > 1 && *text == '<';
}

static int read_text(gia__service_error_t *error, gia__arena_t *arena, char *text, size_t len)
{
    if (starts_with_tag(text, len))
        len = strip_tags(text, len);
    error->message = clean(arena, text, len);
    if (!error->message)
        return GIA_ENOMEM;
    if (!*error->message)
        error->message = NULL;
    return GIA_OK;
}

/* -- JSON -- */

/* "22.4s" to milliseconds, rounded up; -1 if it is no such duration. */
static int64_t parse_duration(const gia_json_t *json)
{
    int64_t ms = 0, unit = 100;
    size_t len;
    const char *p = gia_json_string(json, &len);
    const char *end = p ? p + len : NULL;
    int rest = 0;

    if (!p || *p < '0' || *p > '9')
        return -1;
    for (; *p >= '0' && *p <= '9'; p++)
        ms = ms > MAX_DELAY_MS ? ms : ms * 10 + (*p - '0');
    ms = ms > MAX_DELAY_MS / 1000 ? MAX_DELAY_MS : ms * 1000;
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10) {
            ms += (*p - '0') * unit;
            rest |= unit == 0 && *p != '0';
        }
    }
    if (end - p != 1 || *p != 's')
        return -1;
    ms += rest;
    return ms < MAX_DELAY_MS ? ms : MAX_DELAY_MS;
}

static int ends_with(const char *text, const char *end)
{
    size_t len = text ? strlen(text) : 0, end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void read_details(gia__service_error_t *error, const gia_json_t *details)
{
    for (size_t i = 0; i < gia_json_count(details); i++) {
        const gia_json_t *detail = gia_json_at(details, i);
        const char *type = gia__json_get_string(detail, "@type", NULL);

        if (ends_with(type, "google.rpc.RetryInfo"))
            error->retry_delay_ms = parse_duration(gia_json_get(detail, "retryDelay"));
        else if (ends_with(type, "google.rpc.ErrorInfo"))
            error->reason = gia__json_get_string(detail, "reason", NULL);
    }
}

/* Cleaned text of a string, or a number as its digits; anything else stays NULL. */
static int read_clean(const char **out, gia__arena_t *arena, const gia_json_t *json)
{
    const char *text;
    size_t len;

    if (gia_json_type(json) == GIA_JSON_STRING)
        text = gia_json_string(json, &len);
    else if (gia_json_type(json) == GIA_JSON_NUMBER)
        text = gia_json_raw(json, &len);
    else
        return GIA_OK;
    *out = clean(arena, text, len);
    return *out ? GIA_OK : GIA_ENOMEM;
}

/* 1 or GIA_ENOMEM. */
static int read_object(gia__service_error_t *error, gia__arena_t *arena, const gia_json_t *object)
{
    const gia_json_t *message = gia_json_get(object, "message");

    error->json = object;
    error->status = gia__json_get_string(object, "status", NULL);
    read_details(error, gia_json_get(object, "details"));
    if (read_clean(&error->code, arena, gia_json_get(object, "code")) != GIA_OK)
        return GIA_ENOMEM;
    if (error->code && !*error->code)
        error->code = NULL;
    if (gia_json_type(message) == GIA_JSON_STRING &&
        read_clean(&error->message, arena, message) != GIA_OK)
        return GIA_ENOMEM;
    return 1;
}

int gia__service_error_from(gia__service_error_t *error, gia__arena_t *arena,
                            const gia_json_t *json)
{
    const gia_json_t *inner;

    *error = (gia__service_error_t){.retry_delay_ms = -1};
    if (gia_json_type(json) == GIA_JSON_ARRAY)
        json = gia_json_at(json, 0);
    if (gia_json_type(json) != GIA_JSON_OBJECT)
        return 0;
    inner = gia_json_get(json, "error");
    if (gia_json_type(inner) == GIA_JSON_OBJECT)
        return read_object(error, arena, inner);
    if (gia_json_type(inner) == GIA_JSON_STRING) {
        error->json = json;
        return read_clean(&error->message, arena, inner) == GIA_OK ? 1 : GIA_ENOMEM;
    }
    if (gia_json_get(json, "message") || gia_json_get(json, "code"))
        return read_object(error, arena, json);
    return 0;
}

int gia__service_error_read(gia__service_error_t *error, gia__arena_t *arena, char *body,
                            size_t len, const gia__json_limits_t *limits)
{
    const gia_json_t *json;
    int rc;

    *error = (gia__service_error_t){.retry_delay_ms = -1};
    if (!len)
        return GIA_OK;
    rc = gia__json_parse(&json, arena, body, len, limits, NULL);
    if (rc == GIA_ENOMEM)
        return rc;
    if (rc == GIA_OK) {
        rc = gia__service_error_from(error, arena, json);
        if (rc)
            return rc > 0 ? GIA_OK : rc;
    }
    return read_text(error, arena, body, len);
}

/* -- codes -- */

/* The words of the service and of google.rpc, where they say more than the HTTP status. */
static const struct {
    const char *word;
    int code;
} words[] = {
    {"invalid_request", GIA_EBAD_REQUEST},
    {"INVALID_ARGUMENT", GIA_EBAD_REQUEST},
    {"failed_precondition", GIA_EBAD_REQUEST},
    {"FAILED_PRECONDITION", GIA_EBAD_REQUEST},
    {"parameter_unknown", GIA_EBAD_REQUEST},
    {"out_of_range", GIA_EBAD_REQUEST},
    {"OUT_OF_RANGE", GIA_EBAD_REQUEST},
    {"missing_thought_signature", GIA_EBAD_REQUEST},
    {"unimplemented", GIA_EBAD_REQUEST},
    {"UNIMPLEMENTED", GIA_EBAD_REQUEST},
    {"API_KEY_INVALID", GIA_EAUTHENTICATION},
    {"authentication", GIA_EAUTHENTICATION},
    {"UNAUTHENTICATED", GIA_EAUTHENTICATION},
    {"payment_required", GIA_EPAYMENT},
    {"permission_denied", GIA_EPERMISSION},
    {"PERMISSION_DENIED", GIA_EPERMISSION},
    {"not_found", GIA_ENOT_FOUND},
    {"model_not_found", GIA_ENOT_FOUND},
    {"NOT_FOUND", GIA_ENOT_FOUND},
    {"already_exists", GIA_ECONFLICT},
    {"ALREADY_EXISTS", GIA_ECONFLICT},
    {"aborted", GIA_ECONFLICT},
    {"ABORTED", GIA_ECONFLICT},
    {"quota_exceeded", GIA_EQUOTA},
    {"rate_limit_exceeded", GIA_ERATE_LIMITED},
    {"too_many_requests", GIA_ERATE_LIMITED},
    {"RESOURCE_EXHAUSTED", GIA_ERATE_LIMITED},
    {"service_unavailable", GIA_EUNAVAILABLE},
    {"UNAVAILABLE", GIA_EUNAVAILABLE},
    {"api_error", GIA_ESERVER},
    {"INTERNAL", GIA_ESERVER},
    {"deadline_exceeded", GIA_EDEADLINE},
    {"gateway_timeout", GIA_EDEADLINE},
    {"DEADLINE_EXCEEDED", GIA_EDEADLINE},
    {"safety", GIA_EBLOCKED},
    {"recitation", GIA_EBLOCKED},
    {"language", GIA_EBLOCKED},
    {"prohibited_content", GIA_EBLOCKED},
    {"spii", GIA_EBLOCKED},
    {"blocklist", GIA_EBLOCKED},
    {"content_blocked", GIA_EBLOCKED},
    {"image_safety", GIA_EBLOCKED},
    {"image_prohibited_content", GIA_EBLOCKED},
    {"image_recitation", GIA_EBLOCKED},
    {"image_other", GIA_EBLOCKED},
    {"malformed_function_call", GIA_EGENERATION},
    {"malformed_tool_call", GIA_EGENERATION},
    {"unexpected_tool_call", GIA_EGENERATION},
    {"no_image", GIA_EGENERATION},
    {"too_many_tool_calls", GIA_EGENERATION},
};

static int code_of_word(const char *word)
{
    if (!word)
        return GIA_OK;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i].word) == 0)
            return words[i].code;
    }
    return GIA_OK;
}

static int code_of_status(int http_status)
{
    switch (http_status) {
    case 400:
    case 413:
    case 416:
    case 422: return GIA_EBAD_REQUEST;
    case 401: return GIA_EAUTHENTICATION;
    case 402: return GIA_EPAYMENT;
    case 403: return GIA_EPERMISSION;
    case 404: return GIA_ENOT_FOUND;
    case 409: return GIA_ECONFLICT;
    case 429: return GIA_ERATE_LIMITED;
    case 408:
    case 504: return GIA_EDEADLINE;
    case 502:
    case 503: return GIA_EUNAVAILABLE;
    default: break;
    }
    if (http_status >= 300 && http_status <= 399)
        return GIA_EREDIRECT;
    return http_status >= 500 && http_status <= 599 ? GIA_ESERVER : GIA_EHTTP;
}

/* A status that stands as text; what is no number is 0, what is no status is some number. */
static int number_of(const char *text)
{
    int number = 0;

    for (; *text >= '0' && *text <= '9' && number < 1000; text++)
        number = number * 10 + (*text - '0');
    return number;
}

int gia__service_error_code(const gia__service_error_t *error, int http_status)
{
    int code = code_of_word(error->reason);

    if (!code)
        code = code_of_word(error->code);
    if (!code && http_status == 0 && error->code)
        http_status = number_of(error->code);
    /* google.rpc's words are coarser than the status of an answer that has one. */
    if (!code && (http_status < 400 || http_status > 599))
        code = code_of_word(error->status);
    if (code)
        return code;
    if (http_status == 0)
        return GIA_ESERVER; /* an error event that does not say what it is about */
    return code_of_status(http_status);
}
