/* Writes events and results as JSON, one object a line, in gia's words. */
#include "json_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_string(writer_t *out, const char *text, size_t len)
{
    static const char named[] = "btnvfr";
    size_t from = 0;
    writer_text(out, "\"");
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escape[8];
        if (byte >= ' ' && byte != '"' && byte != '\\')
            continue;
        writer_put(out, text + from, i - from);
        from = i + 1;
        if (byte == '"' || byte == '\\')
            snprintf(escape, sizeof escape, "\\%c", byte);
        else if (byte >= '\b' && byte <= '\r' && byte != '\v')
            snprintf(escape, sizeof escape, "\\%c", named[byte - '\b']);
        else
            snprintf(escape, sizeof escape, "\\u%04x", byte);
        writer_text(out, escape);
    }
    writer_put(out, text + from, len - from);
    writer_text(out, "\"");
}

void json_line_raw(writer_t *out, const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);
    size_t from = 0;
    int in_string = 0;
    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            in_string = raw[i] != '"';
            i += raw[i] == '\\';
        } else if (strchr(" \t\r\n", raw[i])) {
            writer_put(out, raw + from, i - from);
            from = i + 1;
        } else {
            in_string = raw[i] == '"';
        }
    }
    writer_put(out, raw + from, len - from);
}

/* The members of an object: each begins with its comma, an object with a member of its own. */

static void put_name(writer_t *out, const char *name)
{
    writer_text(out, ",\"");
    writer_text(out, name);
    writer_text(out, "\":");
}

static void put_text(writer_t *out, const char *name, const char *text, size_t len)
{
    if (!text)
        return;
    put_name(out, name);
    put_string(out, text, len);
}

static void put_word(writer_t *out, const char *name, const char *word)
{
    put_text(out, name, word, word ? strlen(word) : 0);
}

static void put_number(writer_t *out, const char *name, int64_t number)
{
    char text[24];
    put_name(out, name);
    snprintf(text, sizeof text, "%" PRId64, number);
    writer_text(out, text);
}

static void put_json(writer_t *out, const char *name, const gia_json_t *value)
{
    if (!value)
        return;
    put_name(out, name);
    json_line_raw(out, value);
}

static void put_type(writer_t *out, const char *name, const char *type)
{
    put_name(out, name);
    writer_text(out, "{\"type\":");
    put_string(out, type ? type : "", type ? strlen(type) : 0);
}

/* The members that gia has no names for, as they came. */
static void put_others(writer_t *out, const gia_json_t *object)
{
    static const char *const known[] = {"type", "id", "call_id", "name"};
    for (size_t i = 0; i < gia_json_count(object); i++) {
        size_t len;
        const char *name = gia_json_name_at(object, i, &len);
        size_t k = 0;
        while (k < sizeof known / sizeof *known &&
               !(name && strlen(known[k]) == len && memcmp(known[k], name, len) == 0))
            k++;
        if (!name || k < sizeof known / sizeof *known)
            continue;
        writer_text(out, ",");
        put_string(out, name, len);
        writer_text(out, ":");
        json_line_raw(out, gia_json_at(object, i));
    }
}

static void put_delta(writer_t *out, const gia_delta_t *delta)
{
    put_type(out, "delta", delta->type_name);
    put_word(out, "id", delta->id);
    put_word(out, "name", delta->name);
    if (delta->type == GIA_DELTA_TOOL || delta->type == GIA_DELTA_OTHER) {
        put_others(out, delta->json);
    } else {
        put_text(out, "text", delta->text, delta->text_len);
        put_word(out, "signature", delta->signature);
        put_text(out, "arguments", delta->arguments, delta->arguments_len);
        put_word(out, "mime_type", delta->mime_type);
        put_text(out, "data", delta->data, delta->data_len);
        put_word(out, "uri", delta->uri);
        if (delta->type == GIA_DELTA_TEXT_ANNOTATION)
            put_json(out, "annotations", gia_json_get(delta->json, "annotations"));
    }
    writer_text(out, "}");
}

static void put_step(writer_t *out, const gia_event_t *event)
{
    const gia_json_t *id = gia_json_get(event->content, "id");
    size_t len = 0;
    const char *text;
    put_type(out, "step", event->step_type_name);
    text = gia_json_string(id ? id : gia_json_get(event->content, "call_id"), &len);
    put_text(out, "id", text, len);
    text = gia_json_string(gia_json_get(event->content, "name"), &len);
    put_text(out, "name", text, len);
    put_others(out, event->content);
    writer_text(out, "}");
}

static void put_error(writer_t *out, const char *code, const char *message)
{
    const char *comma = code ? "," : "";
    put_name(out, "error");
    writer_text(out, "{");
    if (code) {
        writer_text(out, "\"code\":");
        put_string(out, code, strlen(code));
    }
    if (message) {
        writer_text(out, comma);
        writer_text(out, "\"message\":");
        put_string(out, message, strlen(message));
    }
    writer_text(out, "}");
}

void json_line_event(writer_t *out, const gia_event_t *event)
{
    writer_text(out, "{\"event\":");
    put_string(out, event->name, strlen(event->name));
    if (event->index >= 0)
        put_number(out, "index", event->index);
    switch (event->type) {
    case GIA_EVENT_INTERACTION_START:
    case GIA_EVENT_INTERACTION_STATUS_UPDATE:
    case GIA_EVENT_INTERACTION_COMPLETE:
        put_word(out, "id", event->interaction_id);
        put_word(out, "status", event->status_text);
        if (event->usage)
            put_json(out, "usage", event->usage->json);
        break;
    case GIA_EVENT_CONTENT_START: put_step(out, event); break;
    case GIA_EVENT_CONTENT_DELTA: put_delta(out, &event->delta); break;
    case GIA_EVENT_CONTENT_STOP: break;
    case GIA_EVENT_ERROR: put_error(out, event->error_code, event->error_message); break;
    default: put_json(out, "json", event->json); break;
    }
    put_word(out, "event_id", event->event_id);
    put_word(out, "wire", event->wire_name);
    writer_text(out, "}\n");
}

void json_line_done(writer_t *out, const gia_result_t *result, const char *status)
{
    writer_text(out, "{\"event\":\"done\"");
    put_word(out, "code", gia_error_name(result->code));
    put_word(out, "message", result->message);
    put_word(out, "status", status);
    put_number(out, "http_status", result->http_status);
    put_word(out, "service_code", result->service_code);
    put_word(out, "service_message", result->service_message);
    if (result->retry_after_ms >= 0)
        put_number(out, "retry_after_ms", result->retry_after_ms);
    put_number(out, "attempts", result->attempts);
    put_number(out, "resumes", result->resumes);
    put_number(out, "request_sent", result->request_sent);
    put_number(out, "may_have_run", result->may_have_run);
    put_number(out, "events", (int64_t)result->event_count);
    /* A server may answer with one JSON object where a stream was asked for. */
    if (result->event_count == 0)
        put_json(out, "interaction", gia_interaction_json(result->interaction));
    writer_text(out, "}\n");
}
