/* What a service's error body says, in every shape that it is known to come in. */
#include "wire/error_body.h"

#include <stdio.h>
#include <string.h>

#include <gia/error.h>

#include "core/text.h"
#include "json/utf8.h"

enum { MAX_MESSAGE = 500, MAX_DELAY_MS = 24 * 60 * 60 * 1000 };

/* -- text -- */

static int is_space(char c)
{
    return (unsigned char)c <= 0x20 || c == 0x7f;
}

static size_t skip_space(const char *text, size_t len)
{
    size_t n = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (n < len && is_space(text[n]))
        n++;
    return n;
}

/* The bytes of the whole character that `text` begins with; 0 if there is none. */
static size_t character(const char *text, size_t len)
{
    size_t width = 1;

    if ((unsigned char)*text < 0x80)
        return 1;
    while (width < 4 && width < len && ((unsigned char)text[width] & 0xc0) == 0x80)
        width++;
    return gia__utf8_valid(text, width);
}

/* U+0080 to U+009F: a terminal may take them for commands. */
static int is_control(const char *text, size_t width)
{
    return width == 2 && text[0] == '\xc2' && (unsigned char)text[1] < 0xa0;
}

/* `prefix` and the text as one line of valid UTF-8, at most MAX_MESSAGE bytes: of control
 * characters and spaces a run becomes one space, a broken byte "?". NULL as the arena says. */
static char *clean(gia__arena_t *arena, const char *prefix, const char *text, size_t len)
{
    size_t n = strlen(prefix), i = 0;
    size_t room = len < MAX_MESSAGE - n ? n + len : MAX_MESSAGE;
    char *out = gia__arena_alloc(arena, room + 1);

    if (!out)
        return NULL;
    memcpy(out, prefix, n);
    while (i < len && n < room) {
        size_t width = character(text + i, len - i);
        if (width > room - n)
            break;
        if (is_space(text[i]) || is_control(text + i, width)) {
            if (n && out[n - 1] != ' ')
                out[n++] = ' ';
        } else if (width) {
            memcpy(out + n, text + i, width);
            n += width;
        } else {
            out[n++] = '?';
        }
        i += width ? width : 1;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

/* A body may be larger than what the arena may decode; that is no reason to report nothing. */
static int set_message(gia__service_error_t *error, gia__arena_t *arena, const char *prefix,
                       const char *text, size_t len)
{
    const char *message = clean(arena, prefix, text, len);

    if (!message && !arena->too_big)
        return GIA_ENOMEM;
    if (!message)
        message = "the error body is too big to be decoded";
    error->message = *message ? message : NULL;
    return GIA_OK;
}

/* The first line that is not blank. */
static int read_line(gia__service_error_t *error, gia__arena_t *arena, const char *text, size_t len)
{
    size_t skip = skip_space(text, len), n = 0;

    text += skip;
    len -= skip;
    while (n < len && text[n] != '\n' && text[n] != '\r')
        n++;
    return set_message(error, arena, "", text, n);
}

/* -- HTML -- */

static int starts_with_tag(const char *text, size_t len)
{
    char c = len > 1 && text[0] == '<' ? text[1] : '\0';
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!' || c == '?';
}

/* Whether `text` begins with the lower-case ASCII word, whatever the case. */
static int begins_with(const char *text, size_t len, const char *word)
{
    size_t i;

    for (i = 0; word[i]; i++) {
        char c = i < len ? text[i] : '\0';
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != word[i])
            return 0;
    }
    return 1;
}

/* Where `word` is first, from `at` on; `len` if nowhere. */
static size_t find_word(const char *text, size_t at, size_t len, const char *word)
{
    while (at < len && !begins_with(text + at, len - at, word))
        at++;
    return at;
}

static size_t find_byte(const char *text, size_t at, size_t len, char byte)
{
    const char *found = at < len ? memchr(text + at, byte, len - at) : NULL;
    return found ? (size_t)(found - text) : len;
}

/* Tags that stand within a line of text; all others end it. */
static int is_inline(const char *name, size_t len)
{
    static const char *const tags[] = {"a",    "b",      "code", "em", "font",  "i",
                                       "span", "strong", "sub",  "tt", "small", "u"};
    size_t i, n = 0;

    if (len && *name == '/') {
        name++;
        len--;
    }
    while (n < len && !is_space(name[n]) && name[n] != '>' && name[n] != '/')
        n++;
    for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (strlen(tags[i]) == n && begins_with(name, n, tags[i]))
            return 1;
    }
    return 0;
}

/* Behind the tag at `at`, with all that is no text for a reader. */
static size_t skip_tag(const char *text, size_t at, size_t len)
{
    if (begins_with(text + at, len - at, "<!--"))
        return find_byte(text, find_word(text, at, len, "-->"), len, '>');
    if (begins_with(text + at, len - at, "<script"))
        at = find_word(text, at, len, "</script");
    else if (begins_with(text + at, len - at, "<style"))
        at = find_word(text, at, len, "</style");
    return find_byte(text, at, len, '>');
}

/* Takes the tags out, in place; what was between two of them is a line of its own. */
static size_t strip_tags(char *text, size_t len)
{
    size_t from, to = 0;

    for (from = 0; from < len; from++) {
        if (text[from] != '<') {
            text[to++] = is_space(text[from]) ? ' ' : text[from];
        } else {
            int same_line = is_inline(text + from + 1, len - from - 1);
            from = skip_tag(text, from, len);
            if (!same_line)
                text[to++] = '\n';
        }
    }
    return to;
}

/* The few references that titles have, in place. */
static size_t resolve_references(char *text, size_t len)
{
    static const struct {
        const char *name;
        char character;
    } references[] = {{"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},  {"&quot;", '"'},
                      {"&#39;", '\''}, {"&apos;", '\''}, {"&nbsp;", ' '}};
    size_t from = 0, to = 0;

    while (from < len) {
        char c = text[from];
        size_t width = 1, i;
        for (i = 0; c == '&' && i < sizeof(references) / sizeof(references[0]); i++) {
            if (begins_with(text + from, len - from, references[i].name)) {
                c = references[i].character;
                width = strlen(references[i].name);
            }
        }
        text[to++] = c;
        from += width;
    }
    return to;
}

/* The title, or else the first line of the text. */
static int read_html(gia__service_error_t *error, gia__arena_t *arena, char *text, size_t len)
{
    size_t title = find_byte(text, find_word(text, 0, len, "<title"), len, '>');
    size_t end = find_word(text, title, len, "</title");

    if (end < len) {
        size_t n = resolve_references(text + title + 1, end - title - 1);
        int rc = set_message(error, arena, "", text + title + 1, n);
        if (rc != GIA_OK || error->message)
            return rc;
    }
    len = strip_tags(text, len);
    return read_line(error, arena, text, resolve_references(text, len));
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
        if (p[1] < '0' || p[1] > '9')
            return -1;
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

/* A word or a number, either way as text; *out stays NULL for an empty one and for anything else.
 */
static int read_word(const char **out, gia__arena_t *arena, const gia_json_t *json)
{
    gia_json_type_t type = gia_json_type(json);
    char digits[24];
    const char *text = digits;
    size_t len;

    if (type == GIA_JSON_STRING) {
        text = gia_json_string(json, &len);
    } else if (type == GIA_JSON_NUMBER && gia_json_int64(json, INT64_MIN) != INT64_MIN) {
        len = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)gia_json_int64(json, 0));
    } else if (type == GIA_JSON_NUMBER) {
        text = gia_json_raw(json, &len);
    } else {
        return GIA_OK;
    }
    text = clean(arena, "", text, len);
    if (!text)
        return arena->too_big ? GIA_OK : GIA_ENOMEM;
    if (*text)
        *out = text;
    return GIA_OK;
}

static int read_details(gia__service_error_t *error, gia__arena_t *arena, const gia_json_t *details)
{
    int rc = GIA_OK;

    if (gia_json_type(details) != GIA_JSON_ARRAY)
        return GIA_OK;
    for (size_t i = 0; i < gia_json_count(details) && rc == GIA_OK; i++) {
        const gia_json_t *detail = gia_json_at(details, i);
        const char *type = gia__json_get_text(detail, "@type");

        if (!type)
            continue;
        if (gia__text_ends_with(type, "google.rpc.RetryInfo") && error->retry_delay_ms < 0)
            error->retry_delay_ms = parse_duration(gia_json_get(detail, "retryDelay"));
        else if (gia__text_ends_with(type, "google.rpc.ErrorInfo") && !error->reason)
            rc = read_word(&error->reason, arena, gia_json_get(detail, "reason"));
    }
    return rc;
}

static int read_message(gia__service_error_t *error, gia__arena_t *arena, const gia_json_t *json)
{
    size_t len;
    const char *message = gia_json_string(json, &len);

    return message ? set_message(error, arena, "", message, len) : GIA_OK;
}

static int read_object(gia__service_error_t *error, gia__arena_t *arena, const gia_json_t *object)
{
    int rc;

    error->json = object;
    rc = read_word(&error->code, arena, gia_json_get(object, "code"));
    if (rc == GIA_OK)
        rc = read_word(&error->status, arena, gia_json_get(object, "status"));
    if (rc == GIA_OK)
        rc = read_message(error, arena, gia_json_get(object, "message"));
    if (rc == GIA_OK)
        rc = read_details(error, arena, gia_json_get(object, "details"));
    return rc == GIA_OK ? 1 : rc;
}

/* {"error":"text"}; OAuth's {"error":"word","error_description":"text"}. */
static int read_flat(gia__service_error_t *error, gia__arena_t *arena, const gia_json_t *object)
{
    const gia_json_t *text = gia_json_get(object, "error_description");
    int rc = GIA_OK;

    error->json = object;
    if (gia_json_type(text) == GIA_JSON_STRING)
        rc = read_word(&error->code, arena, gia_json_get(object, "error"));
    else
        text = gia_json_get(object, "error");
    if (rc == GIA_OK)
        rc = read_message(error, arena, text);
    return rc == GIA_OK ? 1 : rc;
}

static int has(const gia_json_t *object, const char *name)
{
    gia_json_type_t type = gia_json_type(gia_json_get(object, name));
    return type == GIA_JSON_STRING || type == GIA_JSON_NUMBER;
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
    if (gia_json_type(inner) == GIA_JSON_STRING)
        return read_flat(error, arena, json);
    if (has(json, "message") || has(json, "code"))
        return read_object(error, arena, json);
    return 0;
}

/* JSON that is no error, or is not whole: its beginning says more than nothing. */
static int read_json(gia__service_error_t *error, gia__arena_t *arena, char *body, size_t len,
                     const gia__json_limits_t *limits)
{
    const gia_json_t *json;
    gia__json_error_t trouble;
    int rc = gia__json_parse(&json, arena, body, len, limits, &trouble);

    if (rc == GIA_OK) {
        rc = gia__service_error_from(error, arena, json);
        if (rc)
            return rc < 0 ? rc : GIA_OK;
        if (gia_json_type(json) == GIA_JSON_STRING)
            return read_message(error, arena, json);
        return set_message(error, arena, "", body, len);
    }
    if (rc == GIA_ENOMEM)
        return rc;
    if (rc == GIA_EJSON && trouble.offset >= len)
        return set_message(error, arena, "an error body that was cut off: ", body, len);
    if (rc == GIA_EJSON)
        return set_message(error, arena, "an error body that is not valid JSON: ", body, len);
    return set_message(error, arena, "an error body that is too deep or too big: ", body, len);
}

int gia__service_error_read(gia__service_error_t *error, gia__arena_t *arena, char *body,
                            size_t len, const gia__json_limits_t *limits)
{
    size_t skip = skip_space(body, len);

    *error = (gia__service_error_t){.retry_delay_ms = -1};
    if (skip == len)
        return GIA_OK;
    body += skip;
    len -= skip;
    if (*body == '{' || *body == '[' || *body == '"')
        return read_json(error, arena, body, len, limits);
    if (starts_with_tag(body, len))
        return read_html(error, arena, body, len);
    return read_line(error, arena, body, len);
}

/* -- codes -- */

/* The words of the service and of google.rpc, where they say more than the HTTP status. */
static const struct {
    const char *word;
    int code;
} words[] = {
    {"invalid_request", GIA_EBAD_REQUEST},
    {"bad_request", GIA_EBAD_REQUEST},
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
    {"unauthorized", GIA_EAUTHENTICATION},
    {"UNAUTHENTICATED", GIA_EAUTHENTICATION},
    {"payment_required", GIA_EPAYMENT},
    {"permission_denied", GIA_EPERMISSION},
    {"forbidden", GIA_EPERMISSION},
    {"PERMISSION_DENIED", GIA_EPERMISSION},
    {"not_found", GIA_ENOT_FOUND},
    {"model_not_found", GIA_ENOT_FOUND},
    {"NOT_FOUND", GIA_ENOT_FOUND},
    {"already_exists", GIA_ECONFLICT},
    {"ALREADY_EXISTS", GIA_ECONFLICT},
    {"conflict", GIA_ECONFLICT},
    {"aborted", GIA_ECONFLICT},
    {"ABORTED", GIA_ECONFLICT},
    {"quota_exceeded", GIA_EQUOTA},
    {"rate_limit_exceeded", GIA_ERATE_LIMITED},
    {"too_many_requests", GIA_ERATE_LIMITED},
    {"RESOURCE_EXHAUSTED", GIA_ERATE_LIMITED},
    {"service_unavailable", GIA_EUNAVAILABLE},
    {"bad_gateway", GIA_EUNAVAILABLE},
    {"UNAVAILABLE", GIA_EUNAVAILABLE},
    {"api_error", GIA_ESERVER},
    {"internal_server_error", GIA_ESERVER},
    {"INTERNAL", GIA_ESERVER},
    {"UNKNOWN", GIA_ESERVER},
    {"DATA_LOSS", GIA_ESERVER},
    {"deadline_exceeded", GIA_EDEADLINE},
    {"gateway_timeout", GIA_EDEADLINE},
    {"request_timeout", GIA_EDEADLINE},
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

/* A code of digits as the HTTP status that it is, or stands for: google.rpc counts from 1 to 16. */
static int status_of_code(const char *code)
{
    static const short of_rpc[] = {0,   499, 500, 400, 504, 404, 409, 403, 429,
                                   400, 409, 400, 501, 500, 503, 500, 401};
    size_t rpc_count = sizeof(of_rpc) / sizeof(of_rpc[0]), i;
    int number = 0;

    for (i = 0; code && code[i]; i++) {
        if (code[i] < '0' || code[i] > '9' || i == 3)
            return 0;
        number = number * 10 + (code[i] - '0');
    }
    if ((size_t)number < rpc_count)
        return of_rpc[number];
    return number >= 400 && number <= 599 ? number : 0;
}

int gia__service_error_code(const gia__service_error_t *error, int http_status)
{
    int code = code_of_word(error->reason);

    if (!code)
        code = code_of_word(error->code);
    if (code)
        return code;
    if (http_status >= 300)
        return code_of_status(http_status); /* google.rpc's words are coarser */

    /* An error that came under a good status: what it says of itself is all there is. */
    if (status_of_code(error->code))
        return code_of_status(status_of_code(error->code));
    code = code_of_word(error->status);
    if (code)
        return code;
    return http_status == 0 ? GIA_ESERVER : GIA_EHTTP;
}
