/*
 * scenario.c - chooses by the features of a request what the model does about it.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    sim_t *sim;
    json_t *body;
    json_t *record;
    json_t *input;   /* as steps */
    json_t *content; /* of the last user input; borrowed, NULL if there is none */
    json_t *results; /* of functions, since the model's last word */
    sim_buffer_t prompt;
    json_t *steps; /* the answer */
} scene_t;

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int is_type(const json_t *object, const char *type)
{
    return strcmp(text_of(object, "type"), type) == 0;
}

static json_t *content_step(json_t *content)
{
    return json_pack("{s:s, s:[o]}", "type", "model_output", "content", content);
}

json_t *sim_text_step(const char *text)
{
    return content_step(json_pack("{s:s, s:s}", "type", "text", "text", text));
}

json_t *sim_thought_step(const char *summary)
{
    json_t *step = json_pack("{s:s, s:s}", "type", "thought", "signature", SIM_SIGNATURE);
    if (summary)
        json_object_set_new(step, "summary",
                            json_pack("[{s:s, s:s}]", "type", "text", "text", summary));
    return step;
}

/* ---- reading the request ---- */

static void read_scene(scene_t *scene)
{
    size_t i;
    json_t *step, *content;
    scene->input = sim_input_steps(json_object_get(scene->body, "input"));
    scene->results = json_array();
    json_array_foreach(scene->input, i, step)
    {
        if (is_type(step, "function_result")) {
            json_array_append(scene->results, step);
        } else if (is_type(step, "user_input")) {
            scene->content = json_object_get(step, "content");
        } else {
            json_array_clear(scene->results);
        }
    }
    sim_buffer_add(&scene->prompt, "", 0);
    json_array_foreach(scene->content, i, content)
    {
        if (!is_type(content, "text"))
            continue;
        if (scene->prompt.length)
            sim_buffer_text(&scene->prompt, " ");
        sim_buffer_text(&scene->prompt, text_of(content, "text"));
    }
}

static void free_scene(scene_t *scene)
{
    json_decref(scene->input);
    json_decref(scene->results);
    sim_buffer_free(&scene->prompt);
}

/* What the request says about a kind of output; NULL if that is not wanted. */
static json_t *format_of(json_t *body, const char *type)
{
    json_t *format = json_object_get(body, "response_format");
    size_t i;
    json_t *item;
    if (json_is_object(format))
        return is_type(format, type) ? format : NULL;
    json_array_foreach(format, i, item)
    {
        if (is_type(item, type))
            return item;
    }
    return NULL;
}

static int wants(json_t *body, const char *type)
{
    size_t i;
    json_t *modality;
    if (format_of(body, type))
        return 1;
    json_array_foreach(json_object_get(body, "response_modalities"), i, modality)
    {
        if (json_is_string(modality) && strcasecmp(json_string_value(modality), type) == 0)
            return 1;
    }
    return 0;
}

static int model_is(json_t *body, const char *part)
{
    return strstr(text_of(body, "model"), part) != NULL;
}

/* The schema of a structured answer in either revision's form, or NULL. */
static json_t *wanted_schema(json_t *body)
{
    static const char *const outputs[] = {"text", "image", "audio", "video"};
    json_t *format = json_object_get(body, "response_format");
    json_t *text = format_of(body, "text");
    if (text)
        return json_object_get(text, "schema");
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        if (is_type(format, outputs[i]))
            return NULL;
    }
    return json_is_object(format) && json_object_size(format) ? format : NULL;
}

/* ---- answering ---- */

static void end_with(const scene_t *scene, const char *outcome)
{
    json_object_set_new(scene->record, "outcome", json_string(outcome));
}

/* Cuts the text to that many words, which count as tokens here. */
static void limit_text(const scene_t *scene, char *text)
{
    json_t *config = json_object_get(scene->body, "generation_config");
    json_int_t limit = json_integer_value(json_object_get(config, "max_output_tokens"));
    char *at = text;
    for (json_int_t words = 0; limit > 0 && *at; words++) {
        if (words == limit) {
            *at = '\0';
            end_with(scene, "incomplete");
            return;
        }
        at += strspn(at, " ");
        at += strcspn(at, " ");
    }
}

static char *structured_text(const scene_t *scene, json_t *schema)
{
    sim_buffer_t text = {0};
    json_t *value = sim_schema_value(schema, scene->prompt.data);
    sim_buffer_json(&text, value, 0);
    json_decref(value);
    return text.data;
}

static char *plain_text(const scene_t *scene)
{
    char *text = json_array_size(scene->results) ? sim_tools_quote(scene->results) : NULL;
    if (!text)
        text = sim_media_describe(scene->sim, scene->content);
    if (!text)
        text = sim_compose_text(scene->sim->service.records, scene->body, scene->prompt.data);
    limit_text(scene, text);
    return text;
}

/* "hello there", and when each of its words was said. */
static json_t *transcript(void)
{
    return json_pack(
        "{s:s, s:s, s:[{s:s, s:s, s:i, s:i, s:s, s:s, s:s}, {s:s, s:s, s:i, s:i, s:s, s:s, s:s}]}",
        "type", "text", "text", "hello there", "annotations", "type", "word_info", "text", "hello",
        "start_index", 0, "end_index", 5, "start_offset", "0.120s", "end_offset", "0.480s",
        "speaker", "spk_1", "type", "word_info", "text", "there", "start_index", 6, "end_index", 11,
        "start_offset", "0.500s", "end_offset", "0.910s", "speaker", "spk_1");
}

static json_t *text_block(scene_t *scene)
{
    json_t *schema = wanted_schema(scene->body);
    sim_finding_t finding = {
        .steps = scene->steps, .annotations = json_array(), .grounding = json_array()};
    if (!json_array_size(scene->results))
        sim_tools_use(scene->sim, json_object_get(scene->body, "tools"), scene->prompt.data,
                      &finding);
    char *made = schema                     ? structured_text(scene, schema)
                 : finding.text.length == 0 ? plain_text(scene)
                                            : NULL;
    json_t *block =
        json_pack("{s:s, s:s}", "type", "text", "text", made ? made : finding.text.data);
    if (!made && json_array_size(finding.annotations))
        json_object_set(block, "annotations", finding.annotations);
    if (json_array_size(finding.grounding))
        json_object_set(scene->record, "grounding", finding.grounding);
    free(made);
    sim_buffer_free(&finding.text);
    json_decref(finding.annotations);
    json_decref(finding.grounding);
    return block;
}

/* The model's output: text unless something else is wanted, or both. */
static void add_output(scene_t *scene)
{
    json_t *body = scene->body;
    json_t *content = json_array();
    int image = wants(body, "image") || model_is(body, "image");
    int audio = wants(body, "audio") || model_is(body, "-tts");
    int video = wants(body, "video");
    if (model_is(body, "transcribe"))
        json_array_append_new(content, transcript());
    else if (wants(body, "text") || (!image && !audio && !video))
        json_array_append_new(content, text_block(scene));
    if (image)
        json_array_append_new(content, sim_media_image());
    if (audio)
        json_array_append_new(content,
                              sim_media_audio(text_of(format_of(body, "audio"), "mime_type")));
    if (video)
        json_array_append_new(content, sim_media_video());
    json_array_append_new(scene->steps,
                          json_pack("{s:s, s:o}", "type", "model_output", "content", content));
}

static void think(scene_t *scene)
{
    json_t *config = json_object_get(scene->body, "generation_config");
    int tells = strcmp(text_of(config, "thinking_summaries"), "auto") == 0;
    json_array_append_new(
        scene->steps,
        sim_thought_step(tells ? "**Considering the request**\n\nIt seems to be simple.\n\n"
                               : NULL));
}

/* An agent plans, searches and reports. */
static void research(scene_t *scene)
{
    static const char *const summaries[] = {
        "***Generating research plan***\n\nFirst I list the sources worth reading.",
        "**Comparing sources**\n\nThree of them stand out.\n\n",
        "**Writing**\n\nThe draft is taking shape.\n\n"};
    json_t *config = json_object_get(scene->body, "agent_config");
    json_t *thought = sim_thought_step(NULL);
    sim_buffer_t report = {0};
    if (strcmp(text_of(config, "thinking_summaries"), "none") != 0) {
        json_t *list = json_array();
        for (size_t i = 0; i < sizeof summaries / sizeof *summaries; i++)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s}", "type", "text", "text", summaries[i]));
        json_object_set_new(thought, "summary", list);
    }
    json_array_append_new(scene->steps, thought);

    json_t *search = json_pack("[{s:s}]", "type", "google_search");
    sim_finding_t finding = {
        .steps = scene->steps, .annotations = json_array(), .grounding = json_array()};
    sim_tools_use(scene->sim, search, scene->prompt.data, &finding);
    json_decref(search);
    char *chat = sim_compose_text(scene->sim->service.records, scene->body, scene->prompt.data);
    sim_buffer_format(&report, "# Report\n\n%s", chat);
    free(chat);
    json_array_append_new(
        scene->steps,
        content_step(json_pack("{s:s, s:s, s:[{s:s, s:s, s:s, s:i, s:i}]}", "type", "text", "text",
                               report.data, "annotations", "type", "url_citation", "url",
                               "https://example.org/answers", "title", "example.org", "start_index",
                               10, "end_index", (int)report.length)));
    sim_buffer_free(&report);
    sim_buffer_free(&finding.text);
    json_decref(finding.annotations);
    json_decref(finding.grounding);
}

static int may_call(json_t *body)
{
    json_t *config = json_object_get(body, "generation_config");
    return strcmp(text_of(config, "tool_choice"), "none") != 0;
}

json_t *sim_scenario_play(sim_t *sim, json_t *body, int legacy, json_t *record)
{
    scene_t scene = {.sim = sim, .body = body, .record = record, .steps = json_array()};
    read_scene(&scene);
    if (json_object_get(body, "agent")) {
        research(&scene);
    } else {
        think(&scene);
        if (!json_array_size(scene.results) && may_call(body) &&
            sim_tools_call(sim, json_object_get(body, "tools"), scene.prompt.data, scene.steps))
            end_with(&scene, "requires_action");
        else if (!legacy && sim_continuation_applies(sim, body))
            sim_continuation_play(sim, body, record, scene.steps);
        else
            add_output(&scene);
    }
    free_scene(&scene);
    return scene.steps;
}

const char *sim_scenario_check(const sim_t *sim, json_t *body)
{
    json_t *steps = sim_input_steps(json_object_get(body, "input"));
    const char *complaint = sim_media_check(sim, steps);
    json_decref(steps);
    return complaint ? complaint : sim_continuation_check(sim, body);
}
