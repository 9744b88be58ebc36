/* The members of a request's body that are the same in both revisions, each by a setter of its own.
 */
#include "wire/request_object.h"

/* Most members are a name. */
static void set_name(gia_request_t *request, const char *name, const char *argument,
                     const char *pointer, const char *text)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, name) && gia__accept_name(&setter, argument, text))
        gia__put_string(&setter, pointer, text);
}

static void set_boolean(gia_request_t *request, const char *name, const char *pointer, int value)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, name))
        gia__put_boolean(&setter, pointer, value);
}

static void set_int64(gia_request_t *request, const char *name, const char *pointer, int64_t number)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, name))
        gia__put_int64(&setter, pointer, number);
}

static void set_double(gia_request_t *request, const char *name, const char *argument,
                       const char *pointer, double number)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, name) && gia__accept_number(&setter, argument, number))
        gia__put_double(&setter, pointer, number);
}

/* Who answers */

void gia_request_set_model(gia_request_t *request, const char *model)
{
    set_name(request, "set_model", "model", "/model", model);
}

void gia_request_set_agent(gia_request_t *request, const char *agent)
{
    set_name(request, "set_agent", "agent", "/agent", agent);
}

void gia_request_set_agent_config(gia_request_t *request, const char *json)
{
    gia__setter_t setter, config;
    gia__tree_t tree;

    if (!gia__setter_begin(&setter, request, "set_agent_config"))
        return;
    /* Read to be checked; what goes out is the text as it is. */
    config = gia__object_begin(&setter, &tree);
    gia__put_typed(&config, json);
    gia__tree_free(&tree);
    gia__put_json(&setter, "/agent_config", "json", json);
}

/* How it is run */

void gia_request_set_stream(gia_request_t *request, int stream)
{
    set_boolean(request, "set_stream", "/stream", stream);
}

void gia_request_set_store(gia_request_t *request, int store)
{
    set_boolean(request, "set_store", "/store", store);
}

void gia_request_set_background(gia_request_t *request, int background)
{
    set_boolean(request, "set_background", "/background", background);
}

void gia_request_set_previous_interaction_id(gia_request_t *request, const char *id)
{
    set_name(request, "set_previous_interaction_id", "id", "/previous_interaction_id", id);
}

void gia_request_set_system_instruction(gia_request_t *request, const char *text)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "set_system_instruction") &&
        gia__accept_text(&setter, "text", text))
        gia__put_string(&setter, "/system_instruction", text);
}

void gia_request_set_service_tier(gia_request_t *request, const char *tier)
{
    set_name(request, "set_service_tier", "tier", "/service_tier", tier);
}

void gia_request_set_environment(gia_request_t *request, const char *environment)
{
    set_name(request, "set_environment", "environment", "/environment", environment);
}

void gia_request_set_continuation_token(gia_request_t *request, const char *token)
{
    set_name(request, "set_continuation_token", "token", "/continuation_token", token);
}

void gia_request_set_label(gia_request_t *request, const char *name, const char *value)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "set_label") &&
        gia__accept_name(&setter, "name", name) && gia__accept_text(&setter, "value", value))
        gia__put_member(&setter, "/labels", name, value);
}

void gia_request_add_safety_setting(gia_request_t *request, const char *type, const char *threshold,
                                    const char *method)
{
    gia__setter_t setter, setting;
    gia__tree_t tree;

    if (!gia__setter_begin(&setter, request, "add_safety_setting") ||
        !gia__accept_name(&setter, "type", type) ||
        !gia__accept_name(&setter, "threshold", threshold) ||
        !gia__accept_name_or_null(&setter, "method", method))
        return;
    setting = gia__object_begin(&setter, &tree);
    gia__put_string(&setting, "/type", type);
    gia__put_string(&setting, "/threshold", threshold);
    gia__put_string_if(&setting, "/method", method);
    gia__put_object(&setter, "/safety_settings/-", &setting);
}

void gia_request_add_webhook(gia_request_t *request, const char *uri)
{
    set_name(request, "add_webhook", "uri", "/webhook_config/uris/-", uri);
}

/* How it is generated */

void gia_request_set_temperature(gia_request_t *request, double temperature)
{
    set_double(request, "set_temperature", "temperature", "/generation_config/temperature",
               temperature);
}

void gia_request_set_top_p(gia_request_t *request, double top_p)
{
    set_double(request, "set_top_p", "top_p", "/generation_config/top_p", top_p);
}

void gia_request_set_max_output_tokens(gia_request_t *request, int64_t tokens)
{
    set_int64(request, "set_max_output_tokens", "/generation_config/max_output_tokens", tokens);
}

void gia_request_set_seed(gia_request_t *request, int64_t seed)
{
    set_int64(request, "set_seed", "/generation_config/seed", seed);
}

void gia_request_add_stop_sequence(gia_request_t *request, const char *text)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_stop_sequence") &&
        gia__accept_text(&setter, "text", text))
        gia__put_string(&setter, "/generation_config/stop_sequences/-", text);
}

void gia_request_set_thinking_level(gia_request_t *request, const char *level)
{
    set_name(request, "set_thinking_level", "level", "/generation_config/thinking_level", level);
}

void gia_request_set_thinking_summaries(gia_request_t *request, const char *summaries)
{
    set_name(request, "set_thinking_summaries", "summaries",
             "/generation_config/thinking_summaries", summaries);
}

void gia_request_set_tool_choice(gia_request_t *request, const char *mode)
{
    set_name(request, "set_tool_choice", "mode", "/generation_config/tool_choice", mode);
}

void gia_request_set_allowed_tools(gia_request_t *request, const char *mode,
                                   const char *const *names, size_t count)
{
    gia__setter_t setter, choice;
    gia__tree_t tree;

    if (!gia__setter_begin(&setter, request, "set_allowed_tools") ||
        !gia__accept_name(&setter, "mode", mode) ||
        !gia__accept_names(&setter, "names", names, count))
        return;
    choice = gia__object_begin(&setter, &tree);
    gia__put_string(&choice, "/allowed_tools/mode", mode);
    gia__put_strings(&choice, "/allowed_tools/tools/-", names, count);
    gia__put_object(&setter, "/generation_config/tool_choice", &choice);
}

void gia_request_add_voice(gia_request_t *request, const char *voice, const char *language,
                           const char *speaker)
{
    gia__setter_t setter, config;
    gia__tree_t tree;

    if (!gia__setter_begin(&setter, request, "add_voice") ||
        !gia__accept_name(&setter, "voice", voice) ||
        !gia__accept_name_or_null(&setter, "language", language) ||
        !gia__accept_name_or_null(&setter, "speaker", speaker))
        return;
    config = gia__object_begin(&setter, &tree);
    gia__put_string(&config, "/voice", voice);
    gia__put_string_if(&config, "/language", language);
    gia__put_string_if(&config, "/speaker", speaker);
    gia__put_object(&setter, "/generation_config/speech_config/-", &config);
}
