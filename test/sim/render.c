/*
 * render.c - writes interactions as objects and as event streams, in both revisions.
 *
 * Both revisions get the same events in the same order; only the names differ.
 */
#include "internal.h"

#include <string.h>

typedef struct {
    sim_answer_t *answer;
    int legacy;
    int with_ids;      /* background runs can be resumed, so their events carry ids */
    unsigned position; /* of the next event in the whole stream */
    const char *after; /* skip until this id was seen; NULL = skip nothing (any more) */
} renderer_t;

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int is_type(const json_t *object, const char *type)
{
    return strcmp(text_of(object, "type"), type) == 0;
}

static void copy_member(json_t *to, json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    if (value)
        json_object_set(to, key, value);
}

/* ---- objects ---- */

static json_t *legacy_outputs(json_t *steps)
{
    json_t *outputs = json_array();
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        if (is_type(step, "model_output"))
            json_array_extend(outputs, json_object_get(step, "content"));
        else
            json_array_append(outputs, step);
    }
    return outputs;
}

/* The input in its long form: a list of user_input and other steps, or of legacy turns. */
static json_t *render_input(json_t *input, int legacy)
{
    json_t *content = NULL;
    if (json_is_string(input)) {
        content = json_pack("[{s:s, s:O}]", "type", "text", "text", input);
    } else if (json_is_object(input)) {
        content = json_pack("[O]", input);
    } else {
        json_t *first = json_array_get(input, 0);
        /* Turns, steps and results stand by themselves; a list of content is one user's input. */
        if (!first || json_object_get(first, "role") || json_object_get(first, "content") ||
            json_object_get(first, "result"))
            return input ? json_incref(input) : json_array();
        content = json_incref(input);
    }
    return legacy ? json_pack("[{s:s, s:o}]", "role", "user", "content", content)
                  : json_pack("[{s:s, s:o}]", "type", "user_input", "content", content);
}

json_t *sim_render_interaction(json_t *record, int legacy, int with_input, int with_timeline)
{
    json_t *object = json_object();
    int running = strcmp(text_of(record, "status"), "in_progress") == 0;
    int cancelled = strcmp(text_of(record, "status"), "cancelled") == 0;
    int stored = json_is_true(json_object_get(record, "store"));
    if (stored || legacy)
        copy_member(object, record, "id");
    copy_member(object, record, "status");
    if (!running && !cancelled)
        copy_member(object, record, "usage");
    copy_member(object, record, "created");
    copy_member(object, record, "updated");
    if (legacy)
        json_object_set_new(object, "role",
                            json_string(json_object_get(record, "agent") ? "agent" : "model"));
    else
        json_object_set_new(object, "service_tier", json_string("standard"));
    json_object_set_new(object, "object", json_string("interaction"));
    copy_member(object, record, "model");
    copy_member(object, record, "agent");
    copy_member(object, record, "previous_interaction_id");

    json_t *steps = json_object_get(record, "steps");
    if (with_input)
        json_object_set_new(object, "input",
                            render_input(json_object_get(record, "input"), legacy));
    if (legacy && !running && !cancelled) {
        json_object_set_new(object, "outputs", legacy_outputs(steps));
    } else if (!legacy) {
        json_t *all = json_array();
        if (with_timeline) {
            json_t *input = render_input(json_object_get(record, "input"), 0);
            json_array_extend(all, input);
            json_decref(input);
        }
        if (!running && !cancelled)
            json_array_extend(all, steps);
        json_object_set_new(object, "steps", all);
    }
    return object;
}

json_t *sim_render_error(int status, const char *code, const char *message, int legacy)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {{400, "INVALID_ARGUMENT"},  {401, "UNAUTHENTICATED"}, {403, "PERMISSION_DENIED"},
                 {404, "NOT_FOUND"},         {409, "ALREADY_EXISTS"},  {416, "OUT_OF_RANGE"},
                 {429, "RESOURCE_EXHAUSTED"}};
    const char *name = "UNKNOWN";
    if (!legacy)
        return json_pack("{s:{s:s, s:s}}", "error", "message", message, "code", code);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].status == status)
            name = names[i].name;
    }
    return json_pack("{s:{s:i, s:s, s:s}}", "error", "code", status, "message", message, "status",
                     name);
}

/* ---- events ---- */

static const char *event_name(const renderer_t *renderer, const char *name)
{
    static const char *const both[][2] = {{"interaction.created", "interaction.start"},
                                          {"interaction.completed", "interaction.complete"},
                                          {"step.start", "content.start"},
                                          {"step.delta", "content.delta"},
                                          {"step.stop", "content.stop"}};
    for (size_t i = 0; renderer->legacy && i < sizeof both / sizeof *both; i++) {
        if (strcmp(both[i][0], name) == 0)
            return both[i][1];
    }
    return name;
}

static void event_id(unsigned position, sim_buffer_t *id)
{
    char plain[32];
    int length = snprintf(plain, sizeof plain, "%u_event", position);
    sim_buffer_text(id, "v1_");
    sim_base64_encode(id, plain, (size_t)length);
}

/* Whether the event at this position is before the point from which the client resumes. */
static int is_skipped(renderer_t *renderer, const sim_buffer_t *id)
{
    if (!renderer->after)
        return 0;
    if (id->length && strcmp(id->data, renderer->after) == 0)
        renderer->after = NULL;
    return 1;
}

/* Writes one frame around members, the JSON of the event without braces. */
static void emit_text(renderer_t *renderer, const char *name, const char *members, size_t length)
{
    sim_buffer_t *body = &renderer->answer->body;
    sim_buffer_t id = {0};
    name = event_name(renderer, name);
    /* The service does not give every event an id, so neither does this. */
    if (renderer->with_ids && !strstr(name, ".start"))
        event_id(renderer->position, &id);
    renderer->position++;
    if (!is_skipped(renderer, &id)) {
        sim_buffer_text(body, "event: ");
        sim_buffer_text(body, name);
        sim_buffer_text(body, "\ndata: {");
        sim_buffer_add(body, members, length);
        if (id.length)
            sim_buffer_format(body, ",\"event_id\":\"%s\"", id.data);
        sim_buffer_text(body, ",\"event_type\":\"");
        sim_buffer_text(body, name);
        sim_buffer_text(body, "\"}\n\n");
        sim_answer_frame_end(renderer->answer);
    }
    sim_buffer_free(&id);
}

static void emit(renderer_t *renderer, const char *name, json_t *event)
{
    sim_buffer_t text = {0};
    sim_buffer_json(&text, event, JSON_COMPACT);
    json_decref(event);
    emit_text(renderer, name, text.data + 1, text.length - 2);
    sim_buffer_free(&text);
}

static void emit_delta(renderer_t *renderer, size_t index, json_t *delta)
{
    emit(renderer, "step.delta", json_pack("{s:i, s:o}", "index", (int)index, "delta", delta));
}

/* Streams of many small deltas are what load tests are made of, so these avoid JSON objects. */
static void emit_texts(renderer_t *renderer, size_t index, json_t *deltas)
{
    sim_buffer_t text = {0};
    size_t i;
    json_t *delta;
    json_array_foreach(deltas, i, delta)
    {
        text.length = 0;
        sim_buffer_format(&text, "\"index\":%zu,\"delta\":{\"text\":", index);
        sim_buffer_json_string(&text, json_string_value(delta), json_string_length(delta));
        sim_buffer_text(&text, ",\"type\":\"text\"}");
        emit_text(renderer, "step.delta", text.data, text.length);
    }
    sim_buffer_free(&text);
}

static void emit_thought(renderer_t *renderer, size_t index, json_t *step)
{
    size_t i;
    json_t *summary;
    json_array_foreach(json_object_get(step, "summary"), i, summary)
    {
        emit_delta(renderer, index,
                   json_pack("{s:O, s:s}", "content", summary, "type", "thought_summary"));
    }
    emit_delta(renderer, index,
               json_pack("{s:O, s:s}", "signature", json_object_get(step, "signature"), "type",
                         "thought_signature"));
}

static void emit_call(renderer_t *renderer, size_t index, json_t *step)
{
    if (renderer->legacy) {
        emit_delta(renderer, index, json_incref(step));
        return;
    }
    sim_buffer_t arguments = {0};
    sim_buffer_json(&arguments, json_object_get(step, "arguments"), JSON_COMPACT);
    emit_delta(renderer, index,
               json_pack("{s:s, s:s}", "arguments", arguments.data, "type", "arguments_delta"));
    sim_buffer_free(&arguments);
}

/* What step.start says about a step: all but what the deltas bring. */
static json_t *start_of(const renderer_t *renderer, json_t *step)
{
    const char *type = text_of(step, "type");
    if (strcmp(type, "model_output") == 0 && renderer->legacy)
        type = text_of(json_array_get(json_object_get(step, "content"), 0), "type");
    json_t *start = json_pack("{s:s}", "type", type);
    if (strcmp(type, "function_call") == 0 && !renderer->legacy) {
        copy_member(start, step, "id");
        copy_member(start, step, "signature");
        copy_member(start, step, "name");
        json_object_set_new(start, "arguments", json_object());
    }
    return start;
}

static void emit_step(renderer_t *renderer, size_t index, json_t *step, json_t *deltas)
{
    emit(renderer, "step.start",
         json_pack("{s:i, s:o}", "index", (int)index, renderer->legacy ? "content" : "step",
                   start_of(renderer, step)));
    json_t *content = json_array_get(json_object_get(step, "content"), 0);
    if (is_type(step, "thought"))
        emit_thought(renderer, index, step);
    else if (is_type(step, "function_call"))
        emit_call(renderer, index, step);
    else if (is_type(content, "text"))
        emit_texts(renderer, index, deltas);
    else if (content)
        emit_delta(renderer, index, json_incref(content));
    emit(renderer, "step.stop", json_pack("{s:i}", "index", (int)index));
}

static void emit_status(renderer_t *renderer, json_t *id, const char *status)
{
    emit(renderer, "interaction.status_update",
         json_pack("{s:O, s:s}", "interaction_id", id, "status", status));
}

static json_t *summary_of(const renderer_t *renderer, json_t *record, json_t *id, int complete)
{
    json_t *object = json_pack("{s:O}", "id", id);
    if (complete) {
        json_object_set(object, "status", json_object_get(record, "outcome"));
        copy_member(object, record, "usage");
        copy_member(object, record, "created");
        copy_member(object, record, "updated");
        json_object_set_new(object, renderer->legacy ? "role" : "service_tier",
                            json_string(!renderer->legacy                  ? "standard"
                                        : json_object_get(record, "agent") ? "agent"
                                                                           : "model"));
    } else {
        json_object_set_new(object, "status", json_string("in_progress"));
    }
    json_object_set_new(object, "object", json_string("interaction"));
    copy_member(object, record, "model");
    copy_member(object, record, "agent");
    return object;
}

int sim_render_stream(json_t *record, int legacy, const char *after, sim_answer_t *answer)
{
    renderer_t renderer = {answer, legacy, json_is_true(json_object_get(record, "background")), 0,
                           after};
    int stored = json_is_true(json_object_get(record, "store"));
    json_t *id = stored || legacy ? json_incref(json_object_get(record, "id")) : json_string("");
    const char *outcome = text_of(record, "outcome");

    emit(&renderer, "interaction.created",
         json_pack("{s:o}", "interaction", summary_of(&renderer, record, id, 0)));
    emit_status(&renderer, id, "in_progress");
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(record, "steps"), i, step)
    {
        emit_step(&renderer, i, step, json_object_get(record, "deltas"));
    }
    if (strcmp(outcome, "requires_action") == 0)
        emit_status(&renderer, id, outcome);
    emit(&renderer, "interaction.completed",
         json_pack("{s:o}", "interaction", summary_of(&renderer, record, id, 1)));
    json_decref(id);
    if (renderer.after)
        return -1;
    sim_buffer_text(&answer->body, "event: done\ndata: [DONE]\n\n");
    sim_answer_frame_end(answer);
    return 0;
}
