/*
 * test_scenarios.c - what the simulator answers by itself to each kind of request, in both
 * revisions, in one piece and as a stream.
 */
#include "client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a request brought: the blocks and steps of its answer as outputs, and its text. */
typedef struct {
    json_t *interaction; /* of the unary answer */
    json_t *outputs;     /* blocks of content, and steps of all other types */
    char *stream;        /* the same request streamed */
} play_t;

static int legacy;

static json_t *outputs_of(json_t *interaction)
{
    json_t *outputs = json_object_get(interaction, "outputs");
    json_t *flat = json_array();
    size_t i;
    json_t *step;
    if (outputs)
        json_array_extend(flat, outputs);
    json_array_foreach(json_object_get(interaction, "steps"), i, step)
    {
        if (strcmp(text_at(step, "type"), "model_output") == 0)
            json_array_extend(flat, json_object_get(step, "content"));
        else
            json_array_append(flat, step);
    }
    return flat;
}

/* The first output of a type. */
static json_t *find(const play_t *play, const char *type)
{
    size_t i;
    json_t *output;
    json_array_foreach(play->outputs, i, output)
    {
        if (strcmp(text_at(output, "type"), type) == 0)
            return output;
    }
    fail_msg("no %s", type);
    return NULL;
}

static play_t play(const char *members)
{
    char body[3000];
    play_t play;
    snprintf(body, sizeof body, "{%s}", members);
    play.interaction = create_json(body);
    play.outputs = outputs_of(play.interaction);
    snprintf(body, sizeof body, "{%s,\"stream\":true}", members);
    fetch_t what = create(body);
    assert_int_equal(what.status, 200);
    assert_non_null(strstr(what.answer, "[DONE]"));
    play.stream = strdup(what.answer);
    fetch_free(&what);
    return play;
}

static void end_play(play_t *play)
{
    json_decref(play->interaction);
    json_decref(play->outputs);
    free(play->stream);
}

/* The answer's text, whole and streamed; its part must be in it. */
static void check_text(const play_t *play, const char *part)
{
    char streamed[2000];
    const char *text = text_at(find(play, "text"), "text");
    read_stream(play->stream, streamed, sizeof streamed);
    if (!strstr(text, part))
        fail_msg("%s", text);
    assert_string_equal(streamed, text);
}

static void check_status(const play_t *play, const char *status)
{
    char pattern[60];
    const char *last = strstr(play->stream, legacy ? "event: interaction.complete\n"
                                                   : "event: interaction.completed\n");
    snprintf(pattern, sizeof pattern, "\"status\":\"%s\"", status);
    assert_string_equal(text_at(play->interaction, "status"), status);
    assert_non_null(last);
    assert_non_null(strstr(last, pattern));
}

#define MODEL "\"model\":\"gemini-3-flash-preview\","

static void test_media(void **state)
{
    static const struct {
        const char *content, *words;
    } cases[] = {
        {"{\"type\":\"image\",\"data\":\"aGVsbG8=\",\"mime_type\":\"image/png\"}",
         "an image (image/png, 5 bytes)"},
        {"{\"type\":\"audio\",\"data\":\"aGVsbG8h\",\"mime_type\":\"audio/wav\"}",
         "an audio (audio/wav, 6 bytes)"},
        {"{\"type\":\"video\",\"data\":\"aGVsbA==\",\"mime_type\":\"video/mp4\"}",
         "a video (video/mp4, 4 bytes)"},
        {"{\"type\":\"document\",\"data\":\"aGVsbA==\",\"mime_type\":\"application/pdf\"}",
         "a document (application/pdf, 4 bytes)"},
        {"{\"type\":\"image\",\"uri\":\"https://example.com/cats.jpg\"}",
         "an image at https://example.com/cats.jpg"},
        {"{\"type\":\"document\",\"data\":\"(elided)134217728:=\","
         "\"mime_type\":\"application/pdf\"}",
         "a document (application/pdf, 100663295 bytes)"},
    };
    for (legacy = 0; legacy < 2; legacy++) {
        start_with(&wires[0], (sim_options_t){.legacy = legacy});
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            char members[500];
            snprintf(members, sizeof members,
                     MODEL "\"input\":[{\"type\":\"text\",\"text\":\"What is it?\"},%s]",
                     cases[i].content);
            play_t what = play(members);
            check_text(&what, cases[i].words);
            end_play(&what);
        }
        stop();
    }
    start(&wires[0]);
    static const char *const bad[] = {"\"data\":\"aGVsbG8\"", "\"data\":\"aGVs\\nbG8=\"",
                                      "\"data\":7", "\"mime_type\":\"image/png\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char body[300];
        snprintf(body, sizeof body, "{" MODEL "\"input\":[{\"type\":\"image\",%s}]}", bad[i]);
        fetch_t what = create(body);
        assert_int_equal(what.status, 400);
        fetch_free(&what);
    }
    stop();
}

static void test_functions(void **state)
{
    static const char tools[] =
        "\"tools\":[{\"type\":\"function\",\"name\":\"get_weather\",\"parameters\":{\"type\":"
        "\"object\",\"properties\":{\"location\":{\"type\":\"string\"},\"unit\":{\"type\":"
        "\"string\"}},\"required\":[\"location\"]}},{\"type\":\"function\",\"name\":"
        "\"schedule_meeting\",\"parameters\":{\"type\":\"object\",\"properties\":{\"attendees\":"
        "{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"date\":{\"type\":\"string\"},"
        "\"time\":{\"type\":\"string\"},\"topic\":{\"type\":\"string\"}}}}]";
    char members[2000];
    for (legacy = 0; legacy < 2; legacy++) {
        start_with(&wires[0], (sim_options_t){.legacy = legacy});
        snprintf(members, sizeof members, MODEL "\"input\":\"What is the weather in Oslo?\",%s",
                 tools);
        play_t what = play(members);
        check_status(&what, "requires_action");
        json_t *call = find(&what, "function_call");
        assert_string_equal(text_at(call, "name"), "get_weather");
        json_t *arguments = json_object_get(call, "arguments");
        assert_string_equal(text_at(arguments, "location"), "Oslo");
        assert_int_equal(json_object_size(arguments), 1);
        assert_int_equal(json_array_size(what.outputs), 2);

        char result[1500];
        snprintf(result, sizeof result,
                 MODEL "\"previous_interaction_id\":\"%s\",%s,\"input\":[{\"type\":"
                       "\"function_result\",\"name\":\"get_weather\",\"call_id\":\"%s\","
                       "\"result\":\"sunny\"}]",
                 text_at(what.interaction, "id"), tools, text_at(call, "id"));
        end_play(&what);
        what = play(result);
        check_text(&what, "sunny");
        check_status(&what, "completed");
        end_play(&what);

        /* Both at once, with the conversation in the request. */
        snprintf(members, sizeof members,
                 MODEL "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
                       "\"Schedule a meeting for 2025-11-01 and tell me the weather.\"}]}],%s",
                 tools);
        what = play(members);
        assert_int_equal(json_array_size(what.outputs), 3);
        arguments = json_object_get(json_array_get(what.outputs, 2), "arguments");
        assert_string_equal(text_at(arguments, "date"), "2025-11-01");
        assert_string_equal(text_at(arguments, "time"), "10:00");
        assert_int_equal(json_array_size(json_object_get(arguments, "attendees")), 1);
        end_play(&what);
        what = play(MODEL "\"input\":[{\"role\":\"user\",\"content\":\"Both\"},{\"role\":\"model\","
                          "\"content\":[{\"type\":\"function_call\",\"id\":\"a\",\"name\":\"f\","
                          "\"arguments\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":"
                          "\"function_result\",\"name\":\"f\",\"call_id\":\"a\",\"result\":"
                          "{\"items\":[\"done\"]}},{\"type\":\"function_result\",\"name\":\"g\","
                          "\"call_id\":\"b\",\"result\":{\"x\":1},\"is_error\":true}]}]");
        check_text(&what, "The function f says: done The function g failed: {\"x\":1}");
        end_play(&what);
        stop();
    }
}

static void check_citation(const play_t *play, const char *type)
{
    json_t *text = find(play, "text");
    json_t *citation = json_array_get(json_object_get(text, "annotations"), 0);
    assert_string_equal(text_at(citation, "type"), type);
    assert_int_equal(json_integer_value(json_object_get(citation, "start_index")), 0);
    assert_int_equal(json_integer_value(json_object_get(citation, "end_index")),
                     strlen(text_at(text, "text")));
    assert_non_null(strstr(play->stream, legacy ? "\"type\":\"text_annotation\""
                                                : "\"type\":\"text_annotation_delta\""));
}

static void test_tools(void **state)
{
    for (legacy = 0; legacy < 2; legacy++) {
        start_with(&wires[0], (sim_options_t){.legacy = legacy});
        play_t what = play(MODEL "\"input\":\"Who won?\",\"tools\":[{\"type\":\"google_search\"}]");
        check_text(&what, "Who won?");
        check_citation(&what, "url_citation");
        json_t *call = find(&what, "google_search_call");
        assert_string_equal(text_at(find(&what, "google_search_result"), "call_id"),
                            text_at(call, "id"));
        assert_string_equal(json_string_value(json_array_get(
                                json_object_get(json_object_get(call, "arguments"), "queries"), 0)),
                            "Who won?");
        assert_non_null(
            json_object_get(json_object_get(what.interaction, "usage"), "grounding_tool_count"));
        end_play(&what);

        what = play(MODEL "\"input\":\"Calculate the 50th Fibonacci number.\",\"tools\":[{\"type\":"
                          "\"code_execution\"}]");
        check_text(&what, "12586269025");
        assert_string_equal(text_at(find(&what, "code_execution_result"), "result"),
                            "12586269025\n");
        assert_non_null(strstr(
            text_at(json_object_get(find(&what, "code_execution_call"), "arguments"), "code"),
            "range(50)"));
        end_play(&what);

        what = play(MODEL "\"input\":\"Summarize https://www.wikipedia.org/.\",\"tools\":"
                          "[{\"type\":\"url_context\"}]");
        check_text(&what, "https://www.wikipedia.org/ says");
        json_t *page =
            json_array_get(json_object_get(find(&what, "url_context_result"), "result"), 0);
        assert_string_equal(text_at(page, "url"), "https://www.wikipedia.org/");
        assert_string_equal(text_at(page, "status"), "success");
        end_play(&what);

        what = play(MODEL "\"input\":\"What is the weather like in New York today?\",\"tools\":"
                          "[{\"type\":\"mcp_server\",\"name\":\"weather_service\",\"url\":\"u\"}]");
        check_text(&what, "New York");
        assert_string_equal(text_at(find(&what, "mcp_server_tool_call"), "server_name"),
                            "weather_service");
        json_t *result = json_object_get(find(&what, "mcp_server_tool_result"), "result");
        assert_true(legacy ? json_is_object(result) : json_is_array(result));
        end_play(&what);

        what = play(MODEL "\"input\":\"The pump\",\"tools\":[{\"type\":\"file_search\","
                          "\"file_search_store_names\":[\"fileSearchStores/s\"]}]");
        check_citation(&what, "file_citation");
        assert_true(!json_object_get(find(&what, "file_search_result"), "result") == !legacy);
        end_play(&what);

        what = play(MODEL "\"input\":\"A cafe\",\"tools\":[{\"type\":\"google_maps\"}]");
        check_citation(&what, "place_citation");
        find(&what, "google_maps_call");
        find(&what, "google_maps_result");
        end_play(&what);

        /* Two tools for one answer: their sentences follow each other. */
        what = play(MODEL "\"input\":\"A cafe\",\"tools\":[{\"type\":\"google_search\"},{\"type\":"
                          "\"google_maps\"}]");
        json_t *text = find(&what, "text");
        json_t *second = json_array_get(json_object_get(text, "annotations"), 1);
        size_t begin = (size_t)json_integer_value(json_object_get(second, "start_index"));
        assert_int_equal(strncmp(text_at(text, "text") + begin, "Try Caf", 7), 0);
        end_play(&what);
        stop();
    }
}

static void test_outputs(void **state)
{
    static const char *const images[] = {
        "\"model\":\"gemini-3-pro-image-preview\",\"input\":\"A city.\","
        "\"response_modalities\":[\"IMAGE\"]",
        MODEL "\"input\":\"A city.\",\"response_format\":{\"type\":\"image\"}"};
    for (legacy = 0; legacy < 2; legacy++) {
        start_with(&wires[0], (sim_options_t){.legacy = legacy});
        for (size_t i = 0; i < 2; i++) {
            play_t what = play(images[i]);
            json_t *image = find(&what, "image");
            assert_string_equal(text_at(image, "mime_type"), "image/png");
            assert_int_equal(strncmp(text_at(image, "data"), "iVBORw0KGgo", 11), 0);
            assert_non_null(strstr(what.stream, text_at(image, "data")));
            end_play(&what);
        }
        play_t what = play(MODEL "\"input\":\"A city.\",\"response_format\":[{\"type\":\"text\"},"
                                 "{\"type\":\"image\"}]");
        check_text(&what, "city");
        find(&what, "image");
        assert_true((strstr(what.stream, "\"index\":2") != NULL) == legacy);
        end_play(&what);

        what = play(MODEL "\"input\":\"Say it\",\"response_modalities\":[\"audio\"]");
        json_t *audio = find(&what, "audio");
        assert_string_equal(text_at(audio, "mime_type"), "audio/wav");
        assert_int_equal(strncmp(text_at(audio, "data"), "UklGR", 5), 0);
        end_play(&what);
        what = play(MODEL "\"input\":\"Say it\",\"response_format\":{\"type\":\"audio\","
                          "\"mime_type\":\"audio/l16\"}");
        assert_string_equal(text_at(find(&what, "audio"), "mime_type"), "audio/l16");
        end_play(&what);
        what = play("\"model\":\"gemini-3.5-transcribe\",\"input\":\"x\"");
        check_text(&what, "hello there");
        assert_non_null(strstr(what.stream, "word_info"));
        end_play(&what);
        what = play(MODEL "\"input\":\"Tell me a joke.\",\"generation_config\":"
                          "{\"max_output_tokens\":3}");
        check_text(&what, "Why do programmers");
        check_status(&what, "incomplete");
        end_play(&what);
        stop();
    }
}

static void test_structured_output(void **state)
{
    /* As pydantic writes it. */
    static const char schema[] =
        "{\"$defs\":{\"Not\":{\"properties\":{\"summary\":{\"type\":\"string\"}},\"required\":"
        "[\"summary\"],\"type\":\"object\"},\"Spam\":{\"properties\":{\"reason\":{\"type\":"
        "\"string\"},\"spam_type\":{\"enum\":[\"phishing\",\"scam\"],\"type\":\"string\"},"
        "\"extra\":{\"type\":\"string\"},\"score\":{\"type\":\"integer\",\"minimum\":5},\"tags\":"
        "{\"type\":\"array\",\"minItems\":2,\"items\":{\"type\":[\"boolean\",\"null\"]}}},"
        "\"required\":[\"reason\",\"spam_type\",\"score\",\"tags\"],\"type\":\"object\"}},"
        "\"properties\":{\"decision\":{\"anyOf\":[{\"$ref\":\"#/$defs/Spam\"},{\"$ref\":"
        "\"#/$defs/Not\"}]}},\"required\":[\"decision\"],\"type\":\"object\"}";
    char members[2000];
    for (legacy = 0; legacy < 2; legacy++) {
        start_with(&wires[0], (sim_options_t){.legacy = legacy});
        snprintf(members, sizeof members,
                 legacy ? MODEL "\"input\":\"Moderate\",\"response_format\":%s"
                        : MODEL "\"input\":\"Moderate\",\"response_format\":{\"type\":\"text\","
                                "\"mime_type\":\"application/json\",\"schema\":%s}",
                 schema);
        play_t what = play(members);
        check_text(&what, "{\"decision\": {\"reason\": \"some reason\", \"spam_type\": "
                          "\"phishing\", \"score\": 5, \"tags\": [true, true]}}");
        end_play(&what);
        /* A schema that contains itself comes to an end. */
        what = play(MODEL "\"input\":\"x\",\"response_format\":{\"type\":\"object\",\"properties\":"
                          "{\"next\":{\"$ref\":\"#\"}}}");
        check_text(&what, "null");
        end_play(&what);
        stop();
    }
}

static void test_agent(void **state)
{
    static const char members[] =
        "\"agent\":\"deep-research-pro-preview-12-2025\",\"input\":\"History of the TPUs.\","
        "\"background\":true";
    for (legacy = 0; legacy < 2; legacy++) {
        char path[300];
        start_with(&wires[0], (sim_options_t){.legacy = legacy, .background_ms = 10000000});
        play_t what = play(members);
        assert_string_equal(text_at(what.interaction, "status"), "in_progress");
        assert_int_equal(json_array_size(what.outputs), 0);
        assert_non_null(strstr(what.stream, "thought_summary"));
        assert_non_null(strstr(what.stream, "google_search_result"));
        snprintf(path, sizeof path, "/v1/interactions/%s", text_at(what.interaction, "id"));
        end_play(&what);
        /* The clock decides, not how often one asks. */
        fetch_t get = {.path = path};
        for (int i = 0; i < 4; i++) {
            fetch(&get);
            assert_non_null(strstr(get.answer, "\"in_progress\""));
        }
        fetch_free(&get);
        stop();
        start_with(&wires[0], (sim_options_t){.legacy = legacy, .background_ms = 1});
        json_t *run = create_json("{\"agent\":\"deep-research-x\",\"input\":\"History of TPUs\","
                                  "\"background\":true}");
        snprintf(path, sizeof path, "/v1/interactions/%s?include_input=true", text_at(run, "id"));
        json_decref(run);
        do
            fetch(&get);
        while (!strstr(get.answer, "\"completed\""));
        json_t *json = json_loads(get.answer, 0, NULL);
        assert_non_null(strstr(output_text(json), "# Report"));
        json_t *input = json_array_get(json_object_get(json, "input"), 0);
        assert_string_equal(text_at(input, legacy ? "role" : "type"),
                            legacy ? "user" : "user_input");
        json_decref(json);
        fetch_free(&get);
        stop();
    }
}

/* The input comes back in the revision's own form, whichever it was sent in. */
static void test_input_forms(void **state)
{
    static const char *const inputs[] = {
        "[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"model\",\"content\":[{\"type\":"
        "\"thought\",\"signature\":\"s\"},{\"type\":\"text\",\"text\":\"Ho\"}]},{\"role\":\"user\","
        "\"content\":[{\"type\":\"text\",\"text\":\"He\"}]}]",
        "[{\"type\":\"user_input\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]},{\"type\":"
        "\"thought\",\"signature\":\"s\"},{\"type\":\"model_output\",\"content\":[{\"type\":"
        "\"text\",\"text\":\"Ho\"}]},{\"type\":\"user_input\",\"content\":[{\"type\":\"text\","
        "\"text\":\"He\"}]}]"};
    static const char turns[] =
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]},{\"role\":"
        "\"model\",\"content\":[{\"type\":\"thought\",\"signature\":\"s\"},{\"type\":\"text\","
        "\"text\":\"Ho\"}]},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"He\"}]}]";
    for (legacy = 0; legacy < 2; legacy++) {
        /* Turns come back as they were sent. */
        json_t *expected = json_loads(legacy ? turns : inputs[1], 0, NULL);
        json_t *as_sent = json_loads(inputs[0], 0, NULL);
        start_with(&wires[0], (sim_options_t){.legacy = legacy});
        for (size_t i = 0; i < 2; i++) {
            char body[1000], path[300];
            snprintf(body, sizeof body, "{" MODEL "\"input\":%s}", inputs[i]);
            json_t *made = create_json(body);
            snprintf(path, sizeof path, "/v1/interactions/%s?include_input=true",
                     text_at(made, "id"));
            json_decref(made);
            fetch_t get = {.path = path};
            fetch(&get);
            json_t *json = json_loads(get.answer, 0, NULL);
            assert_true(
                json_equal(json_object_get(json, "input"), legacy && i == 0 ? as_sent : expected));
            json_decref(json);
            fetch_free(&get);
        }
        stop();
        json_decref(expected);
        json_decref(as_sent);
    }
}

/* ---- long answers ---- */

static void refuse_continuation(const char *members)
{
    char body[1000];
    snprintf(body, sizeof body, "{%s}", members);
    fetch_t what = create(body);
    assert_int_equal(what.status, 400);
    fetch_free(&what);
}

static void test_continuation(void **state)
{
    static const char first[] = "\"model\":\"gemini-4-argon\",\"input\":\"A long proof.\"";
    char members[800], text[200] = "";
    legacy = 0;
    start(&wires[0]);
    for (int store = 0; store < 2; store++) {
        *text = '\0';
        snprintf(members, sizeof members, "%s%s", first, store ? "" : ",\"store\":false");
        for (int hop = 0; hop < 3; hop++) {
            play_t what = play(members);
            check_status(&what, hop < 2 ? "requires_continuation" : "completed");
            for (size_t i = 0; i < json_array_size(what.outputs); i++)
                strncat(text, text_at(json_array_get(what.outputs, i), "text"),
                        sizeof text - strlen(text) - 1);
            const char *token = text_at(what.interaction, "continuation_token");
            assert_true((*token != '\0') == (hop < 2));
            const char *id = text_at(what.interaction, "id");
            if (store) {
                snprintf(members, sizeof members, "%s,\"continuation_token\":\"%s\"", first, token);
                refuse_continuation(members); /* no input */
                snprintf(members, sizeof members,
                         "\"model\":\"gemini-4-argon\",\"continuation_token\":\"%s\"", token);
                refuse_continuation(members); /* the id is missing */
                snprintf(members, sizeof members,
                         "\"model\":\"gemini-4-argon\",\"continuation_token\":\"%s\","
                         "\"previous_interaction_id\":\"%s\"",
                         token, id);
            } else {
                snprintf(members, sizeof members,
                         "\"model\":\"gemini-4-argon\",\"store\":false,\"continuation_token\":"
                         "\"%s\"",
                         token);
                refuse_continuation(members); /* the input is missing */
                snprintf(members, sizeof members,
                         "%s,\"store\":false,\"continuation_token\":\"%s\"", first, token);
            }
            if (hop < 2) {
                /* A checkpoint stands in the middle of the stream, and leads to the same end. */
                const char *update = strstr(what.stream, "\"continuation_token\":\"");
                char checkpoint[200], more[800];
                assert_int_equal(sscanf(update, "\"continuation_token\":\"%199[^\"]", checkpoint),
                                 1);
                assert_true(update < strstr(what.stream, hop ? "Part 4" : "Part 2"));
                if (!store) {
                    snprintf(more, sizeof more,
                             "{%s,\"store\":false,\"continuation_token\":\"%s\"}", first,
                             checkpoint);
                    json_t *rest = create_json(more);
                    assert_string_equal(output_text(rest), hop ? "Part 4. " : "Part 2. ");
                    json_decref(rest);
                }
            }
            end_play(&what);
        }
        assert_string_equal(text, "Part 1. Part 2. Part 3. Part 4. Part 5. Part 6. Done.");
    }
    refuse_continuation("\"model\":\"gemini-4-argon\",\"continuation_token\":\"rubbish\"");
    stop();

    /* Any model, if one wants, and in the background none at all. */
    start_with(&wires[0], (sim_options_t){.continuation_hops = 1, .background_polls = 1});
    json_t *json = create_json("{\"model\":\"m\",\"input\":\"x\"}");
    assert_string_equal(text_at(json, "status"), "requires_continuation");
    json_decref(json);
    json = create_json("{\"model\":\"m\",\"input\":\"x\",\"background\":true}");
    char path[300];
    snprintf(path, sizeof path, "/v1/interactions/%s", text_at(json, "id"));
    json_decref(json);
    fetch_t get = {.path = path};
    fetch(&get);
    fetch(&get);
    assert_non_null(strstr(get.answer, "\"completed\""));
    assert_non_null(strstr(get.answer, "Part 4. Done."));
    fetch_free(&get);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media),       cmocka_unit_test(test_functions),
        cmocka_unit_test(test_tools),       cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_agent),       cmocka_unit_test(test_structured_output),
        cmocka_unit_test(test_input_forms), cmocka_unit_test(test_continuation),
    };
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_ALL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
