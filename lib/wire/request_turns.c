/* What makes a history of the input of a request: results of functions, turns, and the steps of
 * interactions. */
#include "wire/interaction.h"
#include "wire/request_object.h"

int gia__holds_contents(gia_content_type_t type)
{
    return type == GIA_CONTENT_USER_INPUT || type == GIA_CONTENT_MODEL_OUTPUT;
}

gia_role_t gia__role_of(gia_content_type_t type)
{
    return type == GIA_CONTENT_USER_INPUT || type == GIA_CONTENT_FUNCTION_RESULT ? GIA_ROLE_USER
                                                                                 : GIA_ROLE_MODEL;
}

/* Results of functions */

static int add_result(gia__setter_t *setter, const char *call_id, const char *name)
{
    gia__entry_t *entry;

    if (!gia__accept_name(setter, "call_id", call_id) ||
        !gia__accept_name_or_null(setter, "name", name) || !(entry = gia__content_add(setter)))
        return 0;
    entry->kind = GIA__ENTRY_STEP;
    entry->role = gia__role_of(GIA_CONTENT_FUNCTION_RESULT);
    gia__put_string(setter, "/type", gia_content_type_name(GIA_CONTENT_FUNCTION_RESULT));
    gia__put_string(setter, "/call_id", call_id);
    gia__put_string_if(setter, "/name", name);
    return 1;
}

void gia_request_add_function_result(gia_request_t *request, const char *call_id, const char *name,
                                     const char *text)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_function_result") &&
        gia__accept_text(&setter, "text", text) && add_result(&setter, call_id, name))
        gia__put_string(&setter, "/result", text);
}

void gia_request_add_function_result_json(gia_request_t *request, const char *call_id,
                                          const char *name, const char *json, int is_error)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_function_result_json") ||
        !add_result(&setter, call_id, name))
        return;
    gia__put_json(&setter, "/result", "json", json);
    if (is_error)
        gia__put_boolean(&setter, "/is_error", 1);
}

/* Turns and steps */

static void begin_turn(gia_request_t *request, gia_role_t role)
{
    request->role = role;
    request->turn++;
    request->has_turns = 1;
    request->in_steps = 0;
}

void gia_request_begin_turn(gia_request_t *request, gia_role_t role)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "begin_turn"))
        return;
    if (role != GIA_ROLE_USER && role != GIA_ROLE_MODEL)
        gia__refuse(&setter, GIA_EINVAL, "role is neither user nor model");
    else
        begin_turn(request, role);
}

static int copy_json(gia__buf_t *out, const gia_json_t *value)
{
    size_t len;
    const char *json = gia_json_raw(value, &len);

    return gia__buf_add(out, json, len);
}

/* The step as it came; one that was made of outputs gets the step around them that it never had. */
static int copy_step(gia__buf_t *out, const gia_step_t *step)
{
    const char *before = "{\"type\":\"model_output\",\"content\":[";
    int rc = GIA__BUF_OK;

    if (step->json)
        return copy_json(out, step->json);
    for (size_t i = 0; i < step->content_count && rc == GIA__BUF_OK; i++) {
        rc = gia__buf_add_text(out, before);
        if (rc == GIA__BUF_OK)
            rc = copy_json(out, step->content[i].json);
        before = ",";
    }
    return rc == GIA__BUF_OK ? gia__buf_add_text(out, "]}") : rc;
}

/* As many contents as its JSON holds, which for an output of the legacy revision is itself. */
static size_t content_count(const gia_step_t *step)
{
    return step->json ? gia__list_count(gia__json_member(step->json, "content"))
                      : step->content_count;
}

static void add_step(gia__setter_t *setter, const gia_step_t *step)
{
    int is_run = !step->json || gia__holds_contents(step->type);
    gia__entry_t *entry =
        gia__entry_add(setter, is_run ? GIA__ENTRY_RUN : GIA__ENTRY_STEP, gia__role_of(step->type));

    if (!entry)
        return;
    entry->is_empty = is_run && !content_count(step);
    if (copy_step(&entry->received, step) != GIA__BUF_OK)
        gia__refuse_memory(setter);
}

void gia_request_add_interaction(gia_request_t *request, const gia_interaction_t *interaction)
{
    size_t n = gia_interaction_step_count(interaction);
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_interaction"))
        return;
    if (!interaction) {
        gia__refuse(&setter, GIA_EINVAL, "interaction is NULL");
        return;
    }
    begin_turn(request, GIA_ROLE_MODEL);
    for (size_t i = 0; i < n && request->error == GIA_OK; i++)
        add_step(&setter, gia_interaction_step(interaction, (ptrdiff_t)i));
    begin_turn(request, GIA_ROLE_USER);
}

void gia_request_add_step(gia_request_t *request, const gia_step_t *step)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_step"))
        return;
    if (!step) {
        gia__refuse(&setter, GIA_EINVAL, "step is NULL");
        return;
    }
    if (!request->in_steps)
        begin_turn(request, GIA_ROLE_USER);
    request->in_steps = 1;
    add_step(&setter, step);
}
