/*
 * service.c - what the simulator answers by itself about interactions, and its memory of them.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A load test may create more interactions than fit into memory; the oldest are forgotten. */
#define REMEMBERED       16384
#define REMEMBERED_BYTES (64 * 1024 * 1024)

typedef struct {
    sim_t *sim;
    const sim_request_t *request;
    int legacy;
    sim_answer_t *answer;
    sim_route_t route;
} call_t;

static int fail(call_t *call, int status, const char *code, const char *message)
{
    sim_answer_error(call->answer, status, code, message, call->legacy);
    return -1;
}

static int invalid(call_t *call, const char *message)
{
    return fail(call, 400, "invalid_request", message);
}

int sim_wants_legacy(const sim_t *sim, const sim_request_t *request)
{
    const char *wish = sim_request_header(request, "x-sim-revision");
    const char *revision = sim_request_header(request, "api-revision");
    if (wish)
        return strcmp(wish, "legacy") == 0;
    if (revision && strcmp(revision, "2026-05-07") == 0)
        return 1;
    return sim->options.legacy;
}

/* ---- checks ---- */

static int is_optional_boolean(json_t *body, const char *key)
{
    json_t *value = json_object_get(body, key);
    return !value || json_is_boolean(value);
}

static int check_create(call_t *call)
{
    const sim_request_t *request = call->request;
    json_t *body = request->json;
    const char *type = sim_request_header(request, "content-type");
    if (!type || strncasecmp(type, "application/json", 16) != 0)
        return invalid(call, "The Content-Type of the body must be application/json.");
    if (!json_is_object(body))
        return invalid(call, "The body is not a JSON object.");
    json_t *model = json_object_get(body, "model");
    json_t *agent = json_object_get(body, "agent");
    json_t *input = json_object_get(body, "input");
    json_t *previous = json_object_get(body, "previous_interaction_id");
    if (!model == !agent)
        return invalid(call, "Exactly one of model and agent must be given.");
    if (json_string_length(model ? model : agent) == 0)
        return invalid(call, "The model or agent must be the name of one.");
    if (!input && !json_object_get(body, "continuation_token"))
        return invalid(call, "The input is missing.");
    if (input && !json_is_string(input) && !json_is_object(input) && !json_array_size(input))
        return invalid(call, "The input must be a string, an object, or a list with something in "
                             "it.");
    if (!is_optional_boolean(body, "stream") || !is_optional_boolean(body, "store") ||
        !is_optional_boolean(body, "background"))
        return invalid(call, "stream, store and background must be booleans.");
    if (json_is_true(json_object_get(body, "background")) &&
        json_is_false(json_object_get(body, "store")))
        return invalid(call, "background needs store.");
    if (agent && strncmp(json_string_value(agent), "deep-research", 13) == 0 &&
        !json_is_true(json_object_get(body, "background")))
        return invalid(call, "This agent needs background.");
    const char *complaint = sim_scenario_check(call->sim, body);
    if (complaint)
        return fail(call, 400,
                    strcmp(complaint, SIM_FILE_NOT_ACTIVE) == 0 ? "failed_precondition"
                                                                : "invalid_request",
                    complaint);
    if (!previous)
        return 0;
    json_t *record = json_is_string(previous)
                         ? json_object_get(call->sim->service.records, json_string_value(previous))
                         : NULL;
    if (!record)
        return fail(call, 404, "not_found", "The previous interaction was not found.");
    if (strcmp(json_string_value(json_object_get(record, "status")), "in_progress") == 0)
        return invalid(call, "The previous interaction is still in progress.");
    return 0;
}

static json_t *usage_of(size_t input_bytes, size_t output_bytes)
{
    int input = 1 + (int)(input_bytes / 4);
    int output = 1 + (int)(output_bytes / 4);
    return json_pack("{s:i, s:i, s:[{s:s, s:i}], s:i, s:i, s:i, s:i}", "total_tokens",
                     input + output + 12, "total_input_tokens", input, "input_tokens_by_modality",
                     "modality", "text", "tokens", input, "total_cached_tokens", 0,
                     "total_output_tokens", output, "total_tool_use_tokens", 0,
                     "total_thought_tokens", 12);
}

/* ---- records ---- */

static json_t *begin_record(sim_t *sim, json_t *body)
{
    char plain[32], created[32];
    sim_buffer_t id = {0};
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    /* A multiple of three bytes, so that the id ends without padding. */
    int length = snprintf(plain, sizeof plain, "simulator-interaction%09u", ++sim->service.counter);
    sim_buffer_text(&id, "v1_");
    sim_base64_encode(&id, plain, (size_t)length);
    json_t *record = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", id.data, "status", "completed",
                               "outcome", "completed", "created", created, "updated", created);
    sim_buffer_free(&id);

    static const char *const echoed[] = {"model", "agent", "previous_interaction_id", "input",
                                         "background"};
    for (size_t i = 0; i < sizeof echoed / sizeof *echoed; i++) {
        json_t *value = json_object_get(body, echoed[i]);
        if (value)
            json_object_set(record, echoed[i], value);
    }
    if (!json_object_get(record, "model") && !json_object_get(record, "agent"))
        json_object_set_new(record, "model", json_string("gemini-3.8-flash"));
    json_object_set_new(record, "store",
                        json_boolean(!json_is_false(json_object_get(body, "store"))));
    sim->counts.creates++;
    return record;
}

static void forget(sim_service_t *service, const char *id)
{
    json_t *record = json_object_get(service->records, id);
    service->bytes -= (size_t)json_integer_value(json_object_get(record, "bytes"));
    json_object_del(service->records, id);
}

static void remember(sim_service_t *service, json_t *record, size_t bytes)
{
    json_object_set_new(record, "bytes", json_integer((json_int_t)bytes));
    json_object_set(service->records, json_string_value(json_object_get(record, "id")), record);
    service->bytes += bytes;
    while (json_object_size(service->records) > REMEMBERED ||
           (service->bytes > REMEMBERED_BYTES && json_object_size(service->records) > 1))
        forget(service, json_object_iter_key(json_object_iter(service->records)));
}

/* Answers with the record in the form the request wants, and remembers it. */
static void answer_record(call_t *call, json_t *record, json_t *steps)
{
    json_t *body = call->request->json;
    const char *id = json_string_value(json_object_get(record, "id"));
    int background = json_is_true(json_object_get(record, "background"));
    size_t output = 0;
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        json_t *content = json_array_get(json_object_get(step, "content"), 0);
        output += json_string_length(json_object_get(content, "text"));
    }
    json_object_set_new(record, "steps", steps);
    json_t *usage = usage_of(call->request->body_length, output);
    if (json_object_get(record, "grounding"))
        json_object_set(usage, "grounding_tool_count", json_object_get(record, "grounding"));
    json_object_set_new(record, "usage", usage);
    if (background) {
        unsigned polls = call->sim->options.background_polls;
        json_object_set_new(record, "status", json_string("in_progress"));
        json_object_set_new(record, "polls", json_integer(polls ? polls : 2));
        json_object_set_new(record, "begin", json_integer((json_int_t)uv_now(call->sim->loop)));
    }
    if (json_is_true(json_object_get(body, "stream"))) {
        sim_answer_stream(call->answer);
        sim_render_stream(record, call->legacy, NULL, call->answer);
        if (background)
            call->answer->completes = sim_copy(id, strlen(id));
    } else {
        json_t *object = sim_render_interaction(record, call->legacy, 0, 0);
        sim_answer_json(call->answer, 200, object);
        json_decref(object);
    }
    if (json_is_true(json_object_get(record, "store")))
        remember(&call->sim->service, record, call->request->body_kept + output);
}

static void create(call_t *call)
{
    json_t *body = call->request->json;
    if (sim_rate_check(call->sim, call->legacy, call->answer) != 0 || check_create(call) != 0)
        return;
    json_t *record = begin_record(call->sim, body);
    json_t *steps = sim_scenario_play(call->sim, body, call->legacy, record);
    json_object_set(record, "status", json_object_get(record, "outcome"));
    answer_record(call, record, steps);
    json_decref(record);
}

void sim_service_answer_texts(sim_t *sim, const sim_request_t *request, int legacy, json_t *deltas,
                              const char *thought, sim_answer_t *answer)
{
    call_t call = {sim, request, legacy, answer, {0}};
    json_t *record = begin_record(sim, request->json);
    json_t *steps = json_array();
    sim_buffer_t text = {0};
    size_t i;
    json_t *delta;
    sim_buffer_add(&text, "", 0);
    json_array_foreach(deltas, i, delta)
    {
        sim_buffer_add(&text, json_string_value(delta), json_string_length(delta));
    }
    json_array_append_new(steps, sim_thought_step(thought));
    json_array_append_new(steps, sim_text_step(text.data));
    json_object_set(record, "deltas", deltas);
    sim_buffer_free(&text);
    answer_record(&call, record, steps);
    json_decref(record);
}

static void finish_background(json_t *record)
{
    if (strcmp(json_string_value(json_object_get(record, "status")), "in_progress") == 0)
        json_object_set(record, "status", json_object_get(record, "outcome"));
}

void sim_service_completed(sim_t *sim, const char *id)
{
    json_t *record = json_object_get(sim->service.records, id);
    if (record)
        finish_background(record);
}

static void get_stream(call_t *call, json_t *record)
{
    char *after = sim_query_value(call->request, "last_event_id");
    sim_answer_stream(call->answer);
    if (sim_render_stream(record, call->legacy, after, call->answer) != 0)
        invalid(call, "The last_event_id is not one of this interaction.");
    else
        call->answer->completes = sim_copy(call->route.id, strlen(call->route.id));
    free(after);
}

/* Whether a background run has had its time; being asked counts, unless the clock does. */
static int is_over(const sim_t *sim, json_t *record)
{
    json_int_t polls = json_integer_value(json_object_get(record, "polls"));
    json_int_t begin = json_integer_value(json_object_get(record, "begin"));
    if (sim->options.background_ms)
        return uv_now(sim->loop) - (uint64_t)begin >= sim->options.background_ms;
    if (polls > 0)
        json_object_set_new(record, "polls", json_integer(polls - 1));
    return polls <= 0;
}

static void get(call_t *call, json_t *record)
{
    if (sim_query_is_true(call->request, "stream")) {
        get_stream(call, record);
        return;
    }
    if (is_over(call->sim, record))
        finish_background(record);
    json_t *object = sim_render_interaction(record, call->legacy,
                                            sim_query_is_true(call->request, "include_input"), 1);
    sim_answer_json(call->answer, 200, object);
    json_decref(object);
}

static void cancel(call_t *call, json_t *record)
{
    if (strcmp(json_string_value(json_object_get(record, "status")), "in_progress") == 0)
        json_object_set_new(record, "status", json_string("cancelled"));
    json_t *object = sim_render_interaction(record, call->legacy, 0, 0);
    sim_answer_json(call->answer, 200, object);
    json_decref(object);
}

static void answer_interactions(call_t *call)
{
    const char *method = call->request->method;
    const char *id = call->route.id;
    const char *verb = call->route.verb;
    int is_cancel = verb && strcmp(verb, "cancel") == 0;
    if (!id && strcmp(method, "POST") == 0) {
        create(call);
        return;
    }
    if (!id) {
        fail(call, 404, "not_found", "Interactions cannot be listed.");
        return;
    }
    json_t *record = json_object_get(call->sim->service.records, id);
    if (!*id || (verb && !is_cancel)) {
        fail(call, 404, "not_found", "There is nothing at this path.");
    } else if (!record) {
        fail(call, 404, "not_found", "Interaction not found.");
    } else if (is_cancel && strcmp(method, "POST") == 0) {
        cancel(call, record);
    } else if (!is_cancel && strcmp(method, "GET") == 0) {
        get(call, record);
    } else if (!is_cancel && strcmp(method, "DELETE") == 0) {
        forget(&call->sim->service, id);
        json_t *empty = json_object();
        sim_answer_json(call->answer, 200, empty);
        json_decref(empty);
    } else {
        fail(call, 404, "not_found", "There is no such method here.");
    }
}

void sim_service_answer(sim_t *sim, const sim_request_t *request, int legacy, sim_answer_t *answer)
{
    call_t call = {sim, request, legacy, answer, {0}};
    sim_route_read(request, &call.route);
    if (call.route.resource == SIM_ROUTE_NOWHERE)
        fail(&call, 404, "not_found", "There is nothing at this path.");
    else if (call.route.resource != SIM_ROUTE_INTERACTIONS)
        sim_files_answer(sim, request, &call.route, answer);
    else if (sim_credentials_check(sim, request, legacy, answer) == 0)
        answer_interactions(&call);
    sim_route_free(&call.route);
}
