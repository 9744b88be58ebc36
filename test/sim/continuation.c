/*
 * continuation.c - answers that are too long for one request: parts, hops, and the tokens between
 * them.
 */
#include "internal.h"

#include <string.h>

#define HOPS          2 /* that need another one, of the model that is made for long answers */
#define PARTS_PER_HOP 2 /* with a checkpoint in between */
#define TOKENS        1024

static const char long_model[] = "gemini-4-argon";

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static unsigned hops_of(const sim_t *sim, json_t *body)
{
    if (sim->options.continuation_hops)
        return sim->options.continuation_hops;
    return strcmp(text_of(body, "model"), long_model) == 0 ? HOPS : 0;
}

int sim_continuation_applies(const sim_t *sim, json_t *body)
{
    return json_object_get(body, "continuation_token") ||
           (json_object_get(body, "model") && hops_of(sim, body));
}

static int is_stored(json_t *body)
{
    return !json_is_false(json_object_get(body, "store"));
}

const char *sim_continuation_check(const sim_t *sim, json_t *body)
{
    json_t *token = json_object_get(body, "continuation_token");
    json_t *input = json_object_get(body, "input");
    json_t *previous = json_object_get(body, "previous_interaction_id");
    if (!token)
        return NULL;
    json_t *place = json_is_string(token)
                        ? json_object_get(sim->service.tokens, json_string_value(token))
                        : NULL;
    if (!place)
        return "The continuation_token is not valid.";
    if (!json_equal(json_object_get(place, "model"), json_object_get(body, "model")))
        return "The continuation_token belongs to another model.";
    if (json_is_true(json_object_get(place, "store")) != is_stored(body))
        return "A continuation must be stored if and only if its beginning was.";
    if (is_stored(body) && (input || !json_equal(previous, json_object_get(place, "id"))))
        return "The continuation of a stored interaction has no input, and the id of the last hop "
               "as previous_interaction_id.";
    if (!is_stored(body) && (previous || !json_equal(input, json_object_get(place, "input"))))
        return "The continuation of an interaction that is not stored has the same input and no "
               "previous_interaction_id.";
    return NULL;
}

/* A token for going on with that part. */
static json_t *make_token(sim_t *sim, json_t *body, json_t *record, unsigned part)
{
    char plain[48];
    sim_buffer_t text = {0};
    json_t *tokens = sim->service.tokens;
    int length = snprintf(plain, sizeof plain, "hop-%u-part-%u", sim->service.counter, part);
    sim_base64_encode(&text, plain, (size_t)length);
    json_t *place =
        json_pack("{s:i, s:O, s:b, s:O}", "part", (int)part, "id", json_object_get(record, "id"),
                  "store", is_stored(body), "model", json_object_get(body, "model"));
    if (json_object_get(body, "input"))
        json_object_set(place, "input", json_object_get(body, "input"));
    json_object_set_new(tokens, text.data, place);
    if (json_object_size(tokens) > TOKENS)
        json_object_del(tokens, json_object_iter_key(json_object_iter(tokens)));
    json_t *token = json_string(text.data);
    sim_buffer_free(&text);
    return token;
}

void sim_continuation_play(sim_t *sim, json_t *body, json_t *record, json_t *steps)
{
    json_t *token = json_object_get(body, "continuation_token");
    json_t *place = token ? json_object_get(sim->service.tokens, json_string_value(token)) : NULL;
    unsigned total = PARTS_PER_HOP * (hops_of(sim, body) + 1);
    unsigned part = (unsigned)json_integer_value(json_object_get(place, "part"));
    unsigned end = (part / PARTS_PER_HOP + 1) * PARTS_PER_HOP;
    json_t *checkpoints = json_object();
    /* In the background the server takes the hops by itself. */
    if (json_is_true(json_object_get(body, "background")) || end > total)
        end = total;
    for (; part < end; part++) {
        char text[32], step[24];
        snprintf(text, sizeof text, part + 1 < total ? "Part %u. " : "Part %u. Done.", part + 1);
        json_array_append_new(steps, sim_text_step(text));
        snprintf(step, sizeof step, "%zu", json_array_size(steps) - 1);
        if (part + 1 < end && end < total)
            json_object_set_new(checkpoints, step, make_token(sim, body, record, part + 1));
    }
    json_object_set_new(record, "checkpoints", checkpoints);
    if (end == total)
        return;
    json_object_set_new(record, "continuation_token", make_token(sim, body, record, end));
    json_object_set_new(record, "outcome", json_string("requires_continuation"));
}
