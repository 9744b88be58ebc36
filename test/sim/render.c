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

/* MCP results are a list in one revision and {items} in the other. */
static void use_legacy_items(json_t *step)
{
    json_t *items = json_array();
    size_t i;
    json_t *content;
    json_array_foreach(json_object_get(step, "result"), i, content)
    {
        json_array_append(items, json_object_get(content, "text"));
    }
    json_object_set_new(step, "result", json_pack("{s:o}", "items", items));
}

/* A step as that revision has it; to be released. */
static json_t *step_in(int legacy, json_t *step)
{
    if (legacy && is_type(step, "mcp_server_tool_result")) {
        step = json_copy(step);
        use_legacy_items(step);
        return step;
    }
    if (!legacy && is_type(step, "file_search_result")) {
        step = json_copy(step);
        json_object_del(step, "result");
        return step;
    }
    return json_incref(step);
}

static json_t *steps_in(int legacy, json_t *steps)
{
    json_t *list = json_array();
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        if (legacy && is_type(step, "model_output"))
            json_array_extend(list, json_object_get(step, "content"));
        else
            json_array_append_new(list, step_in(legacy, step));
    }
    return list;
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
    if (!running && !cancelled)
        copy_member(object, record, "continuation_token");

    json_t *steps = json_object_get(record, "steps");
    if (with_input)
        json_object_set_new(object, "input",
                            legacy ? sim_input_turns(json_object_get(record, "input"))
                                   : sim_input_steps(json_object_get(record, "input")));
    if (legacy && !running && !cancelled) {
        json_object_set_new(object, "outputs", steps_in(1, steps));
    } else if (!legacy) {
        json_t *all =
            with_timeline ? sim_input_steps(json_object_get(record, "input")) : json_array();
        if (!running && !cancelled) {
            json_t *own = steps_in(0, steps);
            json_array_extend(all, own);
            json_decref(own);
        }
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

static void emit_start(renderer_t *renderer, size_t index, json_t *start)
{
    emit(
        renderer, "step.start",
        json_pack("{s:i, s:o}", "index", (int)index, renderer->legacy ? "content" : "step", start));
}

static void emit_stop(renderer_t *renderer, size_t index)
{
    emit(renderer, "step.stop", json_pack("{s:i}", "index", (int)index));
}

static void emit_thought(renderer_t *renderer, size_t index, json_t *step)
{
    size_t i;
    json_t *summary;
    emit_start(renderer, index, json_pack("{s:s}", "type", "thought"));
    json_array_foreach(json_object_get(step, "summary"), i, summary)
    {
        emit_delta(renderer, index,
                   json_pack("{s:O, s:s}", "content", summary, "type", "thought_summary"));
    }
    emit_delta(renderer, index,
               json_pack("{s:O, s:s}", "signature", json_object_get(step, "signature"), "type",
                         "thought_signature"));
}

/* A function call, whose arguments come as one object or as pieces of its JSON. */
static void emit_call(renderer_t *renderer, size_t index, json_t *step)
{
    if (renderer->legacy) {
        emit_start(renderer, index, json_pack("{s:s}", "type", "function_call"));
        emit_delta(renderer, index, json_incref(step));
        return;
    }
    json_t *start = json_copy(step);
    json_object_set_new(start, "arguments", json_object());
    emit_start(renderer, index, start);
    sim_buffer_t arguments = {0};
    sim_buffer_json(&arguments, json_object_get(step, "arguments"), JSON_COMPACT);
    emit_delta(renderer, index,
               json_pack("{s:s, s:s}", "arguments", arguments.data, "type", "arguments_delta"));
    sim_buffer_free(&arguments);
}

/* Calls and results of the service's own tools: in one piece, but the ids only at the start. */
static void emit_tool(renderer_t *renderer, size_t index, json_t *step)
{
    json_t *start = json_pack("{s:s}", "type", text_of(step, "type"));
    json_t *delta = json_copy(step);
    if (!renderer->legacy) {
        copy_member(start, step, "id");
        copy_member(start, step, "call_id");
        copy_member(start, step, "name");
        copy_member(start, step, "server_name");
        json_object_del(delta, "id");
        json_object_del(delta, "call_id");
    }
    emit_start(renderer, index, start);
    emit_delta(renderer, index, delta);
}

static void emit_text_block(renderer_t *renderer, size_t index, json_t *block, json_t *deltas)
{
    json_t *annotations = json_object_get(block, "annotations");
    json_t *made = deltas ? NULL : sim_compose_deltas(text_of(block, "text"));
    emit_texts(renderer, index, deltas ? deltas : made);
    json_decref(made);
    if (annotations)
        emit_delta(renderer, index,
                   json_pack("{s:s, s:O}", "type",
                             renderer->legacy ? "text_annotation" : "text_annotation_delta",
                             "annotations", annotations));
}

static void emit_block(renderer_t *renderer, size_t index, json_t *block, json_t *deltas)
{
    if (is_type(block, "text")) {
        emit_text_block(renderer, index, block, deltas);
    } else if (is_type(block, "audio")) {
        json_t *pieces = sim_media_pieces(block);
        size_t i;
        json_t *piece;
        json_array_foreach(pieces, i, piece)
        {
            emit_delta(renderer, index, json_incref(piece));
        }
        json_decref(pieces);
    } else {
        emit_delta(renderer, index, json_incref(block));
    }
}

/* One step in the one revision, as many as it has blocks in the other; returns how many. */
static size_t emit_output(renderer_t *renderer, size_t index, json_t *step, json_t *deltas)
{
    json_t *content = json_object_get(step, "content");
    size_t i;
    json_t *block;
    if (!renderer->legacy)
        emit_start(renderer, index, json_pack("{s:s}", "type", "model_output"));
    json_array_foreach(content, i, block)
    {
        size_t at = renderer->legacy ? index + i : index;
        if (renderer->legacy)
            emit_start(renderer, at, json_pack("{s:s}", "type", text_of(block, "type")));
        emit_block(renderer, at, block, deltas);
        if (renderer->legacy)
            emit_stop(renderer, at);
    }
    if (renderer->legacy)
        return json_array_size(content);
    emit_stop(renderer, index);
    return 1;
}

/* Returns how many indexes the step took. */
static size_t emit_step(renderer_t *renderer, size_t index, json_t *step, json_t *deltas)
{
    if (is_type(step, "model_output"))
        return emit_output(renderer, index, step, deltas);
    json_t *shown = step_in(renderer->legacy, step);
    if (is_type(step, "thought"))
        emit_thought(renderer, index, shown);
    else if (is_type(step, "function_call"))
        emit_call(renderer, index, shown);
    else
        emit_tool(renderer, index, shown);
    json_decref(shown);
    emit_stop(renderer, index);
    return 1;
}

static void emit_status(renderer_t *renderer, json_t *id, const char *status)
{
    emit(renderer, "interaction.status_update",
         json_pack("{s:O, s:s}", "interaction_id", id, "status", status));
}

/* A long answer may be continued from here, should the connection break. */
static void emit_checkpoint(renderer_t *renderer, json_t *id, json_t *record, size_t step)
{
    char key[24];
    snprintf(key, sizeof key, "%zu", step);
    json_t *token = json_object_get(json_object_get(record, "checkpoints"), key);
    if (token)
        emit(renderer, "interaction.status_update",
             json_pack("{s:O, s:s, s:O}", "interaction_id", id, "status", "in_progress",
                       "continuation_token", token));
}

static json_t *summary_of(const renderer_t *renderer, json_t *record, json_t *id, int complete)
{
    json_t *object = json_pack("{s:O}", "id", id);
    if (complete) {
        json_object_set(object, "status", json_object_get(record, "outcome"));
        copy_member(object, record, "continuation_token");
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
    size_t i, index = 0;
    json_t *step;
    json_array_foreach(json_object_get(record, "steps"), i, step)
    {
        index += emit_step(&renderer, index, step, json_object_get(record, "deltas"));
        emit_checkpoint(&renderer, id, record, i);
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
