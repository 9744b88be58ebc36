/*
 * input.c - the input of a request in its long forms: a list of steps, and a list of legacy turns.
 */
#include "internal.h"

#include <string.h>

static const char *type_of(const json_t *item)
{
    const char *type = json_string_value(json_object_get(item, "type"));
    return type ? type : "";
}

static int is_content(const json_t *item)
{
    static const char *const types[] = {"text", "image", "audio", "video", "document"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(type_of(item), types[i]) == 0)
            return 1;
    }
    return 0;
}

/* ---- steps ---- */

typedef struct {
    json_t *steps;
    json_t *open; /* content of the last step, as long as more may be added to it */
} reader_t;

static void add_content(reader_t *reader, const char *step_type, json_t *content)
{
    if (!reader->open) {
        reader->open = json_array();
        json_array_append_new(reader->steps,
                              json_pack("{s:s, s:o}", "type", step_type, "content", reader->open));
    }
    if (json_is_string(content))
        json_array_append_new(reader->open,
                              json_pack("{s:s, s:O}", "type", "text", "text", content));
    else
        json_array_append(reader->open, content);
}

/* Content goes into a step of that type; anything else is a step by itself. */
static void add_item(reader_t *reader, const char *step_type, json_t *item)
{
    if (json_is_string(item) || is_content(item)) {
        add_content(reader, step_type, item);
    } else {
        reader->open = NULL;
        json_array_append(reader->steps, item);
    }
}

static void add_turn(reader_t *reader, json_t *turn)
{
    const char *role = json_string_value(json_object_get(turn, "role"));
    const char *step_type = role && strcmp(role, "model") == 0 ? "model_output" : "user_input";
    json_t *content = json_object_get(turn, "content");
    size_t i;
    json_t *item;
    reader->open = NULL;
    if (!json_is_array(content))
        add_item(reader, step_type, content);
    json_array_foreach(content, i, item)
    {
        add_item(reader, step_type, item);
    }
    reader->open = NULL;
}

static void add_any(reader_t *reader, json_t *item)
{
    if (json_object_get(item, "role"))
        add_turn(reader, item);
    else
        add_item(reader, "user_input", item);
}

json_t *sim_input_steps(json_t *input)
{
    reader_t reader = {json_array(), NULL};
    size_t i;
    json_t *item;
    if (input && !json_is_array(input))
        add_any(&reader, input);
    json_array_foreach(input, i, item)
    {
        add_any(&reader, item);
    }
    return reader.steps;
}

/* ---- turns ---- */

json_t *sim_input_turns(json_t *input)
{
    if (json_object_get(json_array_get(input, 0), "role"))
        return json_incref(input);
    json_t *steps = sim_input_steps(input);
    json_t *turns = json_array();
    json_t *open = NULL; /* content of the last turn */
    const char *open_role = "";
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        const char *type = type_of(step);
        int is_user = strcmp(type, "user_input") == 0 || strcmp(type, "function_result") == 0;
        const char *role = is_user ? "user" : "model";
        if (!open || strcmp(role, open_role) != 0) {
            open = json_array();
            open_role = role;
            json_array_append_new(turns, json_pack("{s:s, s:o}", "role", role, "content", open));
        }
        if (strcmp(type, "user_input") == 0 || strcmp(type, "model_output") == 0)
            json_array_extend(open, json_object_get(step, "content"));
        else
            json_array_append(open, step);
    }
    json_decref(steps);
    return turns;
}
