/*
 * script.c - the script language: a queue of replies that come instead of the default service.
 *
 * {"replies": [R, ...], "repeat": false}
 *
 * A request gets the first reply not yet used that matches it. When there is none, a reply of a
 * repeating script is used again (the one used least), and without one the default service answers.
 * All members of R are optional; one that is not known is an error.
 *
 * Which requests:
 *   match              {"method": "POST", "path": "part of path?query",
 *                       "headers": {"x-goog-upload-command": "part of its value"}}
 * What is said (the first of these that is there; otherwise as "service"):
 *   raw, raw_base64    bytes on the connection instead of any HTTP; then "end" (default close)
 *   accept             "close" | "reset": no answer, only that; with "service" true it was done all
 *                      the same
 *   fixture            "steps/text.sse": a file of test/data/responses with its status and type
 *   texts              ["a", "b"]: an interaction whose text has these deltas; stream or not as
 *                      asked
 *   deltas, text_bytes that many generated deltas of that many bytes (default 16)
 *   events             [{...}, "[DONE]", "raw text", ...]: objects become frames of a stream
 *   body, body_text, body_base64
 *   service            true: the default service
 * More on that:
 *   thought            summary of the thought that comes before texts
 *   legacy             bool: the revision of texts and service
 *   status, headers    {"name": "value", "name": null}: override; null removes
 *   interim            [100, 103]: sent first
 *   framing            "chunked" (default for streams) | "length" | "until_close" (HTTP/1.1)
 *   content_length     a number to lie with
 *   tail               text after the last frame
 * Pacing, in milliseconds:
 *   delay_ms           before headers
 *   first_byte_delay_ms after headers
 *   interval_ms        between events
 *   chunk_bytes        the body goes in pieces of so many bytes, each written when the last was
 *                      gone
 *   chunk_interval_ms  between pieces
 * Faults:
 *   end                "normal" | "close" | "reset" | "stall" | "goaway" | "graceful" |
 *                      "refused_stream"
 *   answer_after       the answer comes when so many bytes of the request's body have come; the
 *                      rest of it is dropped, and HTTP/1.1 closes after the answer
 *   cut_at             offset in the body at which the end comes (0 = after the headers)
 *   break_after        when so many bytes of the request's body have come, the end comes: "close"
 *                      (default) or "reset"; the rest of R is void. A shorter body is answered
 *                      by the default service
 *   take_bytes         of a piece of an upload only so many bytes count as received, whatever the
 *                      answer is
 *
 * "close" ends politely without finishing (HTTP/2: RST_STREAM NO_ERROR), "reset" is a TCP reset
 * (HTTP/2: RST_STREAM INTERNAL_ERROR), "stall" keeps silent for ever. "goaway" closes the HTTP/2
 * connection with GOAWAY, naming this stream as not processed if cut_at is not given, otherwise
 * after that much of the body. "graceful" sends GOAWAY after the headers, finishes the streams that
 * run, and then closes. "refused_stream" answers nothing but RST_STREAM REFUSED_STREAM. With
 * HTTP/1.1 the last three are a close, of which "graceful" finishes the answer first.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *text;
    size_t size;
} complaint_t;

static int wrong(const complaint_t *error, const char *format, ...) SIM_PRINTF(2, 3);

static int wrong(const complaint_t *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (error->size)
        vsnprintf(error->text, error->size, format, arguments);
    va_end(arguments);
    return -1;
}

/* ---- names ---- */

static const struct {
    const char *name;
    sim_end_t end;
} end_names[] = {
    {"normal", SIM_END_NORMAL},
    {"close", SIM_END_CLOSE},
    {"reset", SIM_END_RESET},
    {"stall", SIM_END_STALL},
    {"goaway", SIM_END_GOAWAY},
    {"graceful", SIM_END_GRACEFUL},
    {"refused_stream", SIM_END_REFUSED},
};

static const struct {
    const char *name;
    sim_framing_t framing;
} framing_names[] = {
    {"length", SIM_FRAMING_LENGTH},
    {"chunked", SIM_FRAMING_CHUNKED},
    {"until_close", SIM_FRAMING_UNTIL_CLOSE},
};

static int find_end(const char *name, sim_end_t *end)
{
    for (size_t i = 0; name && i < sizeof end_names / sizeof *end_names; i++) {
        if (strcmp(end_names[i].name, name) == 0) {
            *end = end_names[i].end;
            return 0;
        }
    }
    return -1;
}

static int find_framing(const char *name, sim_framing_t *framing)
{
    for (size_t i = 0; name && i < sizeof framing_names / sizeof *framing_names; i++) {
        if (strcmp(framing_names[i].name, name) == 0) {
            *framing = framing_names[i].framing;
            return 0;
        }
    }
    return -1;
}

/* ---- reading scripts ---- */

typedef enum { ANY, TEXT, NUMBER, BOOLEAN, OBJECT, ARRAY } kind_t;

static const struct {
    const char *name;
    kind_t kind;
} members[] = {
    {"match", OBJECT},
    {"service", BOOLEAN},
    {"fixture", TEXT},
    {"status", NUMBER},
    {"headers", OBJECT},
    {"body", ANY},
    {"body_text", TEXT},
    {"body_base64", TEXT},
    {"texts", ARRAY},
    {"deltas", NUMBER},
    {"text_bytes", NUMBER},
    {"thought", TEXT},
    {"legacy", BOOLEAN},
    {"events", ARRAY},
    {"delay_ms", NUMBER},
    {"first_byte_delay_ms", NUMBER},
    {"interval_ms", NUMBER},
    {"chunk_bytes", NUMBER},
    {"chunk_interval_ms", NUMBER},
    {"cut_at", NUMBER},
    {"end", TEXT},
    {"tail", TEXT},
    {"break_after", NUMBER},
    {"answer_after", NUMBER},
    {"take_bytes", NUMBER},
    {"framing", TEXT},
    {"content_length", NUMBER},
    {"raw", TEXT},
    {"raw_base64", TEXT},
    {"accept", TEXT},
    {"interim", ARRAY},
    {"comment", ANY},
};

static int is_kind(const json_t *value, kind_t kind)
{
    switch (kind) {
    case ANY: return 1;
    case TEXT: return json_is_string(value);
    case NUMBER: return json_is_integer(value) && json_integer_value(value) >= 0;
    case BOOLEAN: return json_is_boolean(value);
    case OBJECT: return json_is_object(value);
    case ARRAY: return json_is_array(value);
    }
    return 0;
}

static int check_member(const char *name, const json_t *value, const complaint_t *error)
{
    static const char *const kinds[] = {"",          "a string",  "a whole number",
                                        "a boolean", "an object", "a list"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (strcmp(members[i].name, name) != 0)
            continue;
        if (!is_kind(value, members[i].kind))
            return wrong(error, "%s must be %s", name, kinds[members[i].kind]);
        return 0;
    }
    return wrong(error, "a reply has no member %s", name);
}

static int check_reply(json_t *json, const complaint_t *error)
{
    const char *name;
    json_t *value;
    size_t i;
    sim_end_t end;
    sim_framing_t framing;
    if (!json_is_object(json))
        return wrong(error, "a reply must be an object");
    json_object_foreach(json, name, value)
    {
        if (check_member(name, value, error) != 0)
            return -1;
    }
    json_object_foreach(json_object_get(json, "match"), name, value)
    {
        if (strcmp(name, "headers") == 0
                ? !json_is_object(value)
                : (strcmp(name, "method") != 0 && strcmp(name, "path") != 0) ||
                      !json_is_string(value))
            return wrong(error, "match takes method and path, both strings, and headers");
    }
    json_object_foreach(json_object_get(json, "headers"), name, value)
    {
        if (!json_is_string(value) && !json_is_null(value))
            return wrong(error, "the header %s must be a string or null", name);
    }
    json_array_foreach(json_object_get(json, "texts"), i, value)
    {
        if (!json_is_string(value))
            return wrong(error, "texts must be strings");
    }
    json_array_foreach(json_object_get(json, "events"), i, value)
    {
        if (!json_is_string(value) && !json_is_object(value))
            return wrong(error, "events must be objects or strings");
    }
    json_array_foreach(json_object_get(json, "interim"), i, value)
    {
        if (i >= 4 || json_integer_value(value) < 100 || json_integer_value(value) > 199)
            return wrong(error, "interim takes up to four numbers from 100 to 199");
    }
    value = json_object_get(json, "end");
    if (value && find_end(json_string_value(value), &end) != 0)
        return wrong(error, "there is no end called %s", json_string_value(value));
    value = json_object_get(json, "framing");
    if (value && find_framing(json_string_value(value), &framing) != 0)
        return wrong(error, "there is no framing called %s", json_string_value(value));
    value = json_object_get(json, "accept");
    if (value && (find_end(json_string_value(value), &end) != 0 ||
                  (end != SIM_END_CLOSE && end != SIM_END_RESET)))
        return wrong(error, "accept must be close or reset");
    value = json_object_get(json, "end");
    if (value && json_object_get(json, "break_after") &&
        (find_end(json_string_value(value), &end) != 0 ||
         (end != SIM_END_CLOSE && end != SIM_END_RESET)))
        return wrong(error, "after break_after the end must be close or reset");
    static const char *const encoded[] = {"body_base64", "raw_base64"};
    for (i = 0; i < sizeof encoded / sizeof *encoded; i++) {
        sim_buffer_t bytes = {0};
        value = json_object_get(json, encoded[i]);
        int bad = value && sim_base64_decode(&bytes, json_string_value(value),
                                             json_string_length(value)) != 0;
        sim_buffer_free(&bytes);
        if (bad)
            return wrong(error, "%s is not base64", encoded[i]);
    }
    return 0;
}

static json_int_t number(const json_t *json, const char *name, json_int_t otherwise)
{
    const json_t *value = json_object_get(json, name);
    return value ? json_integer_value(value) : otherwise;
}

static int add_reply(sim_t *sim, json_t *json, int repeat, const complaint_t *error)
{
    sim_script_t *script = &sim->script;
    sim_reply_t *reply = sim_allocate(sizeof *reply);
    const char *fixture = json_string_value(json_object_get(json, "fixture"));
    reply->references = 1;
    if (fixture) {
        reply->fixture = sim_allocate(sizeof *reply->fixture);
        sim_answer_init(reply->fixture);
        if (sim_fixture_load(sim, fixture, reply->fixture, error->text, error->size) != 0) {
            sim_reply_release(reply);
            return -1;
        }
    }
    /* Generated once, so that a repeating reply costs little for each request. */
    if (json_object_get(json, "texts"))
        reply->texts = json_incref(json_object_get(json, "texts"));
    else if (json_object_get(json, "deltas"))
        reply->texts = sim_compose_generated((size_t)number(json, "deltas", 0),
                                             (size_t)number(json, "text_bytes", 16));
    reply->json = json_incref(json);
    reply->repeat = repeat;
    if (script->count == script->capacity) {
        script->capacity = script->capacity ? script->capacity * 2 : 8;
        script->replies = sim_resize(script->replies, script->capacity * sizeof *script->replies);
    }
    script->replies[script->count++] = reply;
    script->unused++;
    return 0;
}

int sim_script(sim_t *sim, const char *json_text, char *error_text, size_t error_size)
{
    complaint_t error = {error_text, error_size};
    json_error_t where;
    json_t *json = json_loads(json_text, JSON_REJECT_DUPLICATES, &where);
    if (!json)
        return wrong(&error, "line %d: %s", where.line, where.text);
    json_t *replies = json_object_get(json, "replies");
    int repeat = json_is_true(json_object_get(json, "repeat"));
    int result = 0;
    size_t i;
    json_t *reply;
    if (!json_is_array(replies))
        result = wrong(&error, "a script is an object with a list called replies");
    json_array_foreach(replies, i, reply)
    {
        if (result == 0)
            result = check_reply(reply, &error);
    }
    json_array_foreach(replies, i, reply)
    {
        if (result == 0)
            result = add_reply(sim, reply, repeat, &error);
    }
    json_decref(json);
    return result;
}

void sim_reply_release(sim_reply_t *reply)
{
    if (--reply->references)
        return;
    json_decref(reply->json);
    json_decref(reply->texts);
    if (reply->fixture)
        sim_answer_free(reply->fixture);
    free(reply->fixture);
    free(reply);
}

void sim_script_free(sim_script_t *script)
{
    for (size_t i = 0; i < script->count; i++)
        sim_reply_release(script->replies[i]);
    free(script->replies);
    memset(script, 0, sizeof *script);
}

void sim_script_clear(sim_t *sim)
{
    sim_script_free(&sim->script);
}

size_t sim_script_pending(const sim_t *sim)
{
    return sim->script.unused;
}

/* ---- choosing a reply ---- */

static int matches(const sim_reply_t *reply, const sim_request_t *request)
{
    json_t *match = json_object_get(reply->json, "match");
    const char *method = json_string_value(json_object_get(match, "method"));
    const char *part = json_string_value(json_object_get(match, "path"));
    if (method && strcmp(method, request->method) != 0)
        return 0;
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(match, "headers"), name, value)
    {
        const char *text = sim_request_header(request, name);
        const char *wanted = json_string_value(value);
        if (!text || !wanted || !strstr(text, wanted))
            return 0;
    }
    if (!part)
        return 1;
    sim_buffer_t target = {0};
    sim_buffer_format(&target, "%s%s%s", request->path, request->query ? "?" : "",
                      request->query ? request->query : "");
    int found = strstr(target.data, part) != NULL;
    sim_buffer_free(&target);
    return found;
}

static sim_reply_t *choose(sim_script_t *script, const sim_request_t *request)
{
    sim_reply_t *again = NULL;
    while (script->first_unused < script->count && script->replies[script->first_unused]->uses)
        script->first_unused++;
    for (size_t i = script->first_unused; i < script->count; i++) {
        sim_reply_t *reply = script->replies[i];
        if (!reply->uses && matches(reply, request))
            return reply;
    }
    for (size_t i = 0; i < script->count; i++) {
        sim_reply_t *reply = script->replies[i];
        if (reply->repeat && (!again || reply->uses < again->uses) && matches(reply, request))
            again = reply;
    }
    return again;
}

/* The message holds its reply from now on, whatever becomes of the script. */
static void assign(sim_script_t *script, sim_reply_t *reply, sim_message_t *message)
{
    if (!reply->uses)
        script->unused--;
    reply->uses++;
    reply->references++;
    message->reply = reply;
}

void sim_script_prepare(sim_t *sim, sim_message_t *message)
{
    sim_reply_t *reply = choose(&sim->script, &message->request);
    json_t *break_after = json_object_get(reply ? reply->json : NULL, "break_after");
    json_t *take_bytes = json_object_get(reply ? reply->json : NULL, "take_bytes");
    json_t *answer_after = json_object_get(reply ? reply->json : NULL, "answer_after");
    if (!break_after && !take_bytes && !answer_after)
        return;
    assign(&sim->script, reply, message);
    if (take_bytes)
        message->take_bytes = (size_t)json_integer_value(take_bytes);
    if (answer_after)
        message->answer_after = (size_t)json_integer_value(answer_after);
    if (break_after)
        message->break_after = (size_t)json_integer_value(break_after);
    message->break_end = SIM_END_CLOSE;
    find_end(json_string_value(json_object_get(reply->json, "end")), &message->break_end);
}

/* ---- making the answer ---- */

static void copy_fixture(const sim_answer_t *fixture, sim_answer_t *answer)
{
    answer->status = fixture->status;
    answer->framing = fixture->framing;
    for (size_t i = 0; i < fixture->headers.count; i++)
        sim_headers_set(&answer->headers, fixture->headers.items[i].name,
                        fixture->headers.items[i].value);
    sim_buffer_add(&answer->body, fixture->body.data, fixture->body.length);
    answer->frame_ends = sim_resize(NULL, (fixture->frame_count + 1) * sizeof(size_t));
    answer->frame_count = fixture->frame_count;
    answer->frame_capacity = fixture->frame_count + 1;
    if (fixture->frame_count)
        memcpy(answer->frame_ends, fixture->frame_ends, fixture->frame_count * sizeof(size_t));
}

static void set_events(json_t *events, sim_answer_t *answer)
{
    size_t i;
    json_t *event;
    sim_answer_stream(answer);
    json_array_foreach(events, i, event)
    {
        const char *text = json_string_value(event);
        if (text && strcmp(text, "[DONE]") == 0) {
            sim_buffer_text(&answer->body, "event: done\ndata: [DONE]\n\n");
        } else if (text) {
            sim_buffer_add(&answer->body, text, json_string_length(event));
        } else {
            const char *type = json_string_value(json_object_get(event, "event_type"));
            if (type)
                sim_buffer_format(&answer->body, "event: %s\n", type);
            sim_buffer_text(&answer->body, "data: ");
            sim_buffer_json(&answer->body, event, JSON_COMPACT);
            sim_buffer_text(&answer->body, "\n\n");
        }
        sim_answer_frame_end(answer);
    }
}

static void set_bytes(json_t *text, json_t *base64, sim_answer_t *answer)
{
    if (text)
        sim_buffer_add(&answer->body, json_string_value(text), json_string_length(text));
    else
        sim_base64_decode(&answer->body, json_string_value(base64), json_string_length(base64));
}

/* The content of the answer, without pacing and faults. */
static void set_content(sim_t *sim, const sim_request_t *request, const sim_reply_t *reply,
                        sim_answer_t *answer)
{
    json_t *json = reply->json;
    json_t *body = json_object_get(json, "body");
    json_t *body_text = json_object_get(json, "body_text");
    json_t *body_base64 = json_object_get(json, "body_base64");
    json_t *raw = json_object_get(json, "raw");
    json_t *raw_base64 = json_object_get(json, "raw_base64");
    json_t *legacy_wish = json_object_get(json, "legacy");
    int legacy = legacy_wish ? json_is_true(legacy_wish) : sim_wants_legacy(sim, request);

    if (raw || raw_base64) {
        set_bytes(raw, raw_base64, answer);
        answer->is_raw = 1;
        answer->end = SIM_END_CLOSE;
    } else if (json_object_get(json, "accept")) {
        if (json_object_get(json, "service"))
            sim_service_answer(sim, request, legacy, answer);
        answer->silent = 1;
    } else if (reply->fixture) {
        copy_fixture(reply->fixture, answer);
    } else if (reply->texts) {
        sim_service_answer_texts(sim, request, legacy, reply->texts,
                                 json_string_value(json_object_get(json, "thought")), answer);
    } else if (json_object_get(json, "events")) {
        set_events(json_object_get(json, "events"), answer);
    } else if (body) {
        sim_answer_json(answer, 200, body);
    } else if (body_text || body_base64) {
        set_bytes(body_text, body_base64, answer);
    } else if (json_object_get(json, "status") && !json_object_get(json, "service")) {
        /* A status alone is an answer without a body. */
    } else {
        sim_service_answer(sim, request, legacy, answer);
    }
}

static void set_pacing(const json_t *json, sim_answer_t *answer)
{
    answer->delay = (uint64_t)number(json, "delay_ms", 0);
    answer->first_byte_delay = (uint64_t)number(json, "first_byte_delay_ms", 0);
    answer->interval = (uint64_t)number(json, "interval_ms", 0);
    answer->chunk_bytes = (size_t)number(json, "chunk_bytes", 0);
    answer->chunk_interval = (uint64_t)number(json, "chunk_interval_ms", 0);
}

static void set_faults(const json_t *json, sim_answer_t *answer)
{
    const char *accept = json_string_value(json_object_get(json, "accept"));
    json_t *cut_at = json_object_get(json, "cut_at");
    find_end(accept ? accept : json_string_value(json_object_get(json, "end")), &answer->end);
    answer->content_length = number(json, "content_length", -1);
    if (cut_at) {
        answer->cut_at = (size_t)json_integer_value(cut_at);
        /* Something has to happen there; a cut that ends normally would be a shorter body. */
        if (!json_object_get(json, "end"))
            answer->end = SIM_END_CLOSE;
    }
    if (answer->end == SIM_END_REFUSED || (answer->end == SIM_END_GOAWAY && !cut_at))
        answer->silent = 1;
}

static void set_overrides(const json_t *json, sim_answer_t *answer)
{
    const char *name;
    json_t *value;
    size_t i;
    json_t *tail = json_object_get(json, "tail");
    answer->status = (int)number(json, "status", answer->status);
    json_object_foreach(json_object_get(json, "headers"), name, value)
    {
        if (json_is_null(value))
            sim_headers_remove(&answer->headers, name);
        else
            sim_headers_set(&answer->headers, name, json_string_value(value));
    }
    json_array_foreach(json_object_get(json, "interim"), i, value)
    {
        answer->interim[i] = (int)json_integer_value(value);
    }
    if (json_object_get(json, "framing"))
        find_framing(json_string_value(json_object_get(json, "framing")), &answer->framing);
    else if (json_object_get(json, "content_length"))
        answer->framing = SIM_FRAMING_LENGTH;
    if (tail) {
        sim_buffer_add(&answer->body, json_string_value(tail), json_string_length(tail));
        sim_answer_frame_end(answer);
    }
}

int sim_script_answer(sim_t *sim, sim_message_t *message, sim_answer_t *answer)
{
    sim_reply_t *reply = message->reply ? NULL : choose(&sim->script, &message->request);
    if (reply)
        assign(&sim->script, reply, message);
    reply = message->reply;
    /* Of a body that was shorter than the place of the break nothing is broken. */
    if (!reply || message->break_after != SIM_NOWHERE)
        return 0;
    set_content(sim, &message->request, reply, answer);
    set_overrides(reply->json, answer);
    set_pacing(reply->json, answer);
    set_faults(reply->json, answer);
    return 1;
}
