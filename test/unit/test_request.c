/* The request builder: the bodies that it makes, and what it refuses. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "failing_memory.h"
#include "wire/request.h"

static const char *const folders[] = {"legacy", "steps"};
static const gia_revision_t revisions[] = {GIA_REVISION_LEGACY, GIA_REVISION_STEPS};

static gia__mem_t mem;

/* The body as a string that is to be freed with free(). */
static char *encode(const gia_request_t *request, gia_revision_t revision)
{
    const char *message = NULL;
    gia__buf_t out;
    int rc;

    gia__buf_init(&out, &mem, SIZE_MAX);
    rc = gia__request_encode(request, revision, &out, &message);
    if (rc != GIA_OK)
        fail_msg("%s: %s", gia_error_name(rc), message);
    assert_int_equal(gia__buf_add(&out, "", 1), GIA__BUF_OK);
    return out.data;
}

static void assert_body(const gia_request_t *request, const char *expected)
{
    char *body = encode(request, GIA_REVISION_STEPS);
    assert_string_equal(body, expected);
    free(body);
}

/* Captured requests */

/* The body that was captured, to be released; NULL if the folder has no create of this name. */
static json_t *load_body(const char *folder, const char *file)
{
    char path[1024];
    const char *method, *where;
    json_t *capture, *body;

    snprintf(path, sizeof(path), TEST_DATA "/requests/%s/%s", folder, file);
    capture = json_load_file(path, 0, NULL);
    method = json_string_value(json_object_get(capture, "method"));
    where = json_string_value(json_object_get(capture, "path"));
    body = json_object_get(capture, "body");
    if (!method || strcmp(method, "POST") != 0 || !where ||
        strcmp(strrchr(where, '/'), "/interactions") != 0)
        body = NULL;
    json_incref(body);
    json_decref(capture);
    return body;
}

static void assert_equals_capture(const gia_request_t *request, gia_revision_t revision,
                                  const json_t *expected, const char *name)
{
    char *text = encode(request, revision);
    json_t *body = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (!json_equal(body, expected)) {
        char *wanted = json_dumps(expected, JSON_COMPACT);
        fail_msg("%s\n  is      %s\n  must be %s", name, text, wanted);
    }
    json_decref(body);
    free(text);
}

static gia_request_t *ask(const char *model, const char *text)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, model);
    gia_request_add_text(request, text);
    return request;
}

static gia_request_t *build_text(void)
{
    return ask("gemini-3-flash-preview", "Tell me a short joke about programming.");
}

static gia_request_t *build_stateful_turn1(void)
{
    return ask("gemini-3-flash-preview", "Hi, my name is Phil.");
}

static gia_request_t *build_stateful_turn2(void)
{
    gia_request_t *request = ask("gemini-3-flash-preview", "What is my name?");
    gia_request_set_previous_interaction_id(request, "v1_ChdleGFtcGxlLWludGVyYWN0aW9uLW9uZRIDb25l");
    return request;
}

static gia_request_t *build_streaming(void)
{
    gia_request_t *request =
        ask("gemini-3-flash-preview", "Explain quantum entanglement in simple terms.");
    gia_request_set_stream(request, 1);
    return request;
}

static gia_request_t *build_generation_config(void)
{
    gia_request_t *request = ask("gemini-3-flash-preview", "Tell me a story about a brave knight.");
    gia_request_set_json(request, "/generation_config/temperature", "0.7");
    gia_request_set_json(request, "/generation_config/max_output_tokens", "500");
    gia_request_set_json(request, "/generation_config/thinking_level", "\"low\"");
    return request;
}

static gia_request_t *build_google_search(void)
{
    gia_request_t *request = ask("gemini-3-flash-preview", "Who won the last Super Bowl?");
    gia_request_set_json(request, "/tools/-", "{\"type\":\"google_search\"}");
    return request;
}

static gia_request_t *build_code_execution(void)
{
    gia_request_t *request = ask("gemini-3-flash-preview", "Calculate the 50th Fibonacci number.");
    gia_request_set_json(request, "/tools/-/type", "\"code_execution\"");
    return request;
}

static gia_request_t *build_url_context(void)
{
    gia_request_t *request =
        ask("gemini-3-flash-preview", "Summarize the content of https://www.wikipedia.org/");
    gia_request_set_json(request, "/tools", "[{\"type\":\"url_context\"}]");
    return request;
}

static gia_request_t *build_mcp_server(void)
{
    gia_request_t *request = ask("gemini-2.5-flash", "What is the weather like in New York today?");
    gia_request_set_system_instruction(request, "Today is 03 November 2026.");
    gia_request_set_json(request, "/tools/-", "{\"type\":\"mcp_server\"}");
    gia_request_set_json(request, "/tools/0/name", "\"weather_service\"");
    gia_request_set_json(request, "/tools/0/url", "\"https://mcp.example.com/mcp\"");
    return request;
}

static gia_request_t *build_image_inline(void)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_set_json(request, "/input/-",
                         "{\"type\":\"text\",\"text\":\"Describe the image.\"}");
    gia_request_set_json(request, "/input/-", "{\"type\":\"image\",\"mime_type\":\"image/png\"}");
    gia_request_set_json(
        request, "/input/1/data",
        "\"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2"
        "FzhVAAAAAElFTkSuQmCC\"");
    return request;
}

static gia_request_t *build_remote_image_uri(void)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_set_json(request, "/input",
                         "[{\"type\":\"image\",\"uri\":\"https://example.com/cats-and-dogs.jpg\"},"
                         "{\"type\":\"text\",\"text\":\"Describe what you see.\"}]");
    return request;
}

static gia_request_t *build_structured_output(void)
{
    gia_request_t *request =
        ask("gemini-3-flash-preview", "Moderate this: you have won a free cruise.");
    gia_request_set_json(
        request, "/response_format",
        "{\"type\":\"object\",\"required\":[\"decision\"],\"properties\":{\"decision\":{\"anyOf\":["
        "{\"type\":\"object\",\"required\":[\"reason\",\"spam_type\"],\"properties\":{"
        "\"reason\":{\"type\":\"string\"}}},"
        "{\"type\":\"object\",\"required\":[\"summary\",\"is_safe\"],\"properties\":{"
        "\"summary\":{\"type\":\"string\"},\"is_safe\":{\"type\":\"boolean\"}}}]}}}");
    gia_request_set_json(
        request, "/response_format/properties/decision/anyOf/0/properties/spam_type",
        "{\"type\":\"string\",\"enum\":[\"phishing\",\"scam\",\"unsolicited promotion\"]}");
    gia_request_set_json(request,
                         "/response_format/properties/decision/anyOf/0/properties/spam_type/enum/-",
                         "\"other\"");
    return request;
}

static gia_request_t *build_deep_research(void)
{
    gia_request_t *request = gia_request_new();
    gia_request_add_text(request,
                         "Research the history of the Google TPUs with a focus on 2025 and "
                         "2026.");
    gia_request_set_agent(request, "deep-research-pro-preview-12-2025");
    gia_request_set_json(request, "/background", "true");
    return request;
}

static gia_request_t *build_function_call(void)
{
    gia_request_t *request = ask("gemini-3-flash-preview", "What is the weather in Paris?");
    gia_request_set_json(request, "/tools/-",
                         "{\"type\":\"function\",\"name\":\"get_weather\","
                         "\"description\":\"Gets the weather for a given location.\"}");
    gia_request_set_json(request, "/tools/0/parameters",
                         "{\"type\":\"object\",\"required\":[\"location\"]}");
    gia_request_set_json(request, "/tools/0/parameters/properties/location",
                         "{\"type\":\"string\","
                         "\"description\":\"The city and state, e.g. San Francisco, CA\"}");
    return request;
}

static gia_request_t *build_unknown_field(void)
{
    gia_request_t *request = ask("gemini-3-flash-preview", "x");
    gia_request_set_json(request, "/some_future_field/a", "1");
    return request;
}

static const struct {
    const char *file;
    gia_request_t *(*build)(void);
    int n; /* how many of the folders have it */
} captures[] = {
    {"text.json", build_text, 2},
    {"stateful_turn1.json", build_stateful_turn1, 2},
    {"stateful_turn2.json", build_stateful_turn2, 2},
    {"streaming.json", build_streaming, 2},
    {"generation_config.json", build_generation_config, 2},
    {"google_search.json", build_google_search, 2},
    {"code_execution.json", build_code_execution, 2},
    {"url_context.json", build_url_context, 2},
    {"mcp_server.json", build_mcp_server, 2},
    {"image_inline.json", build_image_inline, 2},
    {"remote_image_uri.json", build_remote_image_uri, 2},
    {"structured_output_bare_schema.json", build_structured_output, 2},
    {"deep_research_create.json", build_deep_research, 2},
    {"function_call.json", build_function_call, 2},
    {"unknown_field_passthrough.json", build_unknown_field, 1},
};

static void bodies_equal_the_captured_ones(void **state)
{
    for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
        gia_request_t *request = captures[i].build();
        int n = 0;

        for (size_t f = 0; f < 2; f++) {
            json_t *expected = load_body(folders[f], captures[i].file);
            if (!expected)
                continue;
            assert_equals_capture(request, revisions[f], expected, captures[i].file);
            json_decref(expected);
            n++;
        }
        assert_int_equal(n, captures[i].n);
        gia_request_free(request);
    }
}

/* The same body member by member; what has a setter of its own goes through it. */
static gia_request_t *rebuild(const json_t *body)
{
    gia_request_t *request = gia_request_new();
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)body, name, value)
    {
        const char *text = json_string_value(value);
        char pointer[128], *json;

        if (strcmp(name, "model") == 0) {
            gia_request_set_model(request, text);
        } else if (strcmp(name, "agent") == 0) {
            gia_request_set_agent(request, text);
        } else if (strcmp(name, "previous_interaction_id") == 0) {
            gia_request_set_previous_interaction_id(request, text);
        } else if (strcmp(name, "system_instruction") == 0) {
            gia_request_set_system_instruction(request, text);
        } else if (strcmp(name, "stream") == 0) {
            gia_request_set_stream(request, json_is_true(value));
        } else if (strcmp(name, "store") == 0) {
            gia_request_set_store(request, json_is_true(value));
        } else if (strcmp(name, "input") == 0 && text) {
            gia_request_add_text(request, text);
        } else {
            snprintf(pointer, sizeof(pointer), "/%s", name);
            json = json_dumps(value, JSON_ENCODE_ANY);
            gia_request_set_json(request, pointer, json);
            free(json);
        }
    }
    return request;
}

static void every_captured_body_can_be_made(void **state)
{
    size_t n = 0;

    for (size_t f = 0; f < 2; f++) {
        char path[1024];
        struct dirent *entry;
        DIR *directory;

        snprintf(path, sizeof(path), TEST_DATA "/requests/%s", folders[f]);
        directory = opendir(path);
        assert_non_null(directory);
        while ((entry = readdir(directory))) {
            json_t *expected = load_body(folders[f], entry->d_name);
            gia_request_t *request;
            char *whole;

            if (!expected)
                continue;
            request = rebuild(expected);
            assert_equals_capture(request, revisions[f], expected, entry->d_name);
            gia_request_free(request);

            whole = json_dumps(expected, JSON_INDENT(2));
            request = gia_request_new();
            gia_request_set_json(request, "", whole);
            assert_equals_capture(request, revisions[f], expected, entry->d_name);
            gia_request_free(request);
            free(whole);
            json_decref(expected);
            n++;
        }
        closedir(directory);
    }
    assert_true(n > 60);
}

/* What goes out */

static void texts_become_the_input(void **state)
{
    gia_request_t *request = ask("m", "one \"1\"\n");

    assert_body(request, "{\"model\":\"m\",\"input\":\"one \\\"1\\\"\\n\"}");
    gia_request_add_text(request, "");
    assert_body(request,
                "{\"model\":\"m\",\"input\":[{\"type\":\"text\",\"text\":\"one \\\"1\\\"\\n\"},"
                "{\"type\":\"text\",\"text\":\"\"}]}");

    /* an input of its own goes before them, and null is none */
    gia_request_set_json(request, "/input", "\"own\"");
    assert_body(request, "{\"model\":\"m\",\"input\":\"own\"}");
    gia_request_set_json(request, "/input", "null");
    gia_request_set_store(request, 0);
    assert_body(request, "{\"model\":\"m\",\"store\":false,\"input\":["
                         "{\"type\":\"text\",\"text\":\"one \\\"1\\\"\\n\"},"
                         "{\"type\":\"text\",\"text\":\"\"}]}");
    gia_request_free(request);
}

static void the_last_setter_of_a_member_wins(void **state)
{
    gia_request_t *request = ask("first", "x");

    gia_request_set_model(request, "second");
    assert_body(request, "{\"model\":\"second\",\"input\":\"x\"}");
    gia_request_set_json(request, "/model", "\"third\"");
    assert_body(request, "{\"model\":\"third\",\"input\":\"x\"}");
    gia_request_set_model(request, "fourth");
    gia_request_set_stream(request, 7);
    gia_request_set_store(request, 1);
    assert_body(request, "{\"model\":\"fourth\",\"stream\":true,\"store\":true,\"input\":\"x\"}");
    gia_request_set_stream(request, 0);
    gia_request_set_json(request, "/store", NULL);
    assert_body(request, "{\"model\":\"fourth\",\"stream\":false,\"input\":\"x\"}");
    gia_request_set_json(request, "", "{\"agent\":\"a\"}");
    assert_body(request, "{\"agent\":\"a\",\"input\":\"x\"}");
    gia_request_free(request);
}

static void a_request_may_be_used_again(void **state)
{
    gia_request_t *request = ask("m", "x");

    assert_body(request, "{\"model\":\"m\",\"input\":\"x\"}");
    assert_body(request, "{\"model\":\"m\",\"input\":\"x\"}");
    gia_request_set_json(request, "/generation_config/seed", "1");
    assert_body(request, "{\"model\":\"m\",\"generation_config\":{\"seed\":1},\"input\":\"x\"}");
    gia_request_set_json(request, "/generation_config/seed", NULL);
    gia_request_set_json(request, "/model", NULL);
    gia_request_set_agent(request, "a");
    assert_body(request, "{\"generation_config\":{},\"agent\":\"a\",\"input\":\"x\"}");
    gia_request_free(request);
}

static void raw_json_stays_byte_for_byte(void **state)
{
    gia_request_t *request = ask("m", "x");

    gia_request_set_json(request, "/a", " { \"n\" : 1.0e5, \"\\u0062\":\"\\u00e9\\/\" }\n");
    assert_body(request, "{\"model\":\"m\",\"a\":{ \"n\" : 1.0e5, \"\\u0062\":\"\\u00e9\\/\" },"
                         "\"input\":\"x\"}");
    gia_request_set_json(request, "/a/c", "-0");
    assert_body(request, "{\"model\":\"m\",\"a\":{\"n\":1.0e5,\"\\u0062\":\"\\u00e9\\/\",\"c\":-0},"
                         "\"input\":\"x\"}");
    gia_request_free(request);
}

static void control_characters_in_texts_are_escaped(void **state)
{
    gia_request_t *request = ask("m", "a\r\n\tb\x01");
    char *text;
    json_t *body;

    gia_request_set_system_instruction(request, "line\nline");
    text = encode(request, GIA_REVISION_STEPS);
    assert_null(strpbrk(text, "\r\n\t\x01"));
    body = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(body, "input")), "a\r\n\tb\x01");
    assert_string_equal(json_string_value(json_object_get(body, "system_instruction")),
                        "line\nline");
    json_decref(body);
    free(text);
    gia_request_free(request);
}

static void the_stream_member_tells(void **state)
{
    static const struct {
        const char *json;
        int is_stream;
    } rows[] = {{"true", 1}, {" true ", 1}, {"false", 0}, {"null", 0}, {"\"true\"", 0}, {NULL, 0}};
    gia_request_t *request = gia_request_new();

    assert_false(gia__request_is_stream(NULL));
    assert_false(gia__request_is_stream(request));
    gia_request_set_stream(request, 1);
    assert_true(gia__request_is_stream(request));
    gia_request_set_stream(request, 0);
    assert_false(gia__request_is_stream(request));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_request_set_json(request, "/stream", rows[i].json);
        assert_int_equal(gia__request_is_stream(request), rows[i].is_stream);
    }
    gia_request_set_json(request, "", "{\"stream\":true}");
    assert_true(gia__request_is_stream(request));
    gia_request_free(request);
}

/* What is refused */

typedef void (*setter_t)(gia_request_t *, const char *);

static const struct {
    setter_t set;
    const char *text;
    const char *message;
} bad_texts[] = {
    {gia_request_add_text, NULL, "add_text: text is NULL"},
    {gia_request_add_text, "ab\xc3",
     "add_text: text is not valid UTF-8 at byte 2; convert it first"},
    {gia_request_set_system_instruction, NULL, "set_system_instruction: text is NULL"},
    {gia_request_set_system_instruction, "\xed\xa0\x80",
     "set_system_instruction: text is not valid UTF-8 at byte 0; convert it first"},
    {gia_request_set_model, NULL, "set_model: model is NULL"},
    {gia_request_set_model, "", "set_model: model is empty; give one or leave the call out"},
    {gia_request_set_model, "secret\r\n",
     "set_model: model holds a control character at byte 6; strip line ends and the like"},
    {gia_request_set_model, "secret\xff",
     "set_model: model is not valid UTF-8 at byte 6; convert it first"},
    {gia_request_set_agent, NULL, "set_agent: agent is NULL"},
    {gia_request_set_agent, "", "set_agent: agent is empty; give one or leave the call out"},
    {gia_request_set_agent, "a\x7f",
     "set_agent: agent holds a control character at byte 1; strip line ends and the like"},
    {gia_request_set_agent, "a\xc2\x85",
     "set_agent: agent holds a control character at byte 1; strip line ends and the like"},
    {gia_request_set_previous_interaction_id, NULL, "set_previous_interaction_id: id is NULL"},
    {gia_request_set_previous_interaction_id, "",
     "set_previous_interaction_id: id is empty; give one or leave the call out"},
    {gia_request_set_previous_interaction_id, "v1_x\n",
     "set_previous_interaction_id: id holds a control character at byte 4; "
     "strip line ends and the like"},
};

static void assert_error(const gia_request_t *request, const char *expected)
{
    const char *message = NULL;

    assert_int_equal(gia_request_error(request, &message), GIA_EINVAL);
    assert_string_equal(message, expected);
}

static void bad_texts_are_refused(void **state)
{
    for (size_t i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
        gia_request_t *request = ask("m", "x");
        bad_texts[i].set(request, bad_texts[i].text);
        assert_error(request, bad_texts[i].message);
        gia_request_free(request);
    }
}

static const struct {
    const char *pointer;
    const char *json;
    const char *message;
} bad_json[] = {
    {NULL, "1", "set_json: pointer is NULL; \"\" is the whole body"},
    {"model", "1", "set_json model: a pointer starts with '/'"},
    {"", "1", "set_json \"\": the whole body must be an object"},
    {"/generation_config", "{\"seed\":1,,}",
     "set_json /generation_config: unexpected character ',' at byte 10"},
    {"/generation_config", "{ \"seed\": 1,}",
     "set_json /generation_config: unexpected character '}' at byte 12"},
    {"/generation_config", "", "set_json /generation_config: the text is empty"},
    {"/generation_config", "{\"seed\":1",
     "set_json /generation_config: the text ends inside of an object"},
    {"/a", "\"\xc3(\"", "set_json /a: invalid UTF-8 at byte 1"},
    {"/a\xff", "1", "set_json /a...: the pointer is not valid UTF-8"},
    {"/a\r\nb~", "1", "set_json /a\?\?b~: in a pointer '~' is followed by 0 or 1"},
    {"/model/x", "1", "set_json /model/x: /model is neither an object nor an array"},
    {"/model/x", NULL, "set_json /model/x: /model is neither an object nor an array"},
    {"/list/3", "1", "set_json /list/3: no such element: the array has length 1, and '-' appends"},
    {"/12345678901234567890123456789012345678901234567890123456789012345678901234567890", "-",
     "set_json /123456789012345678901234567890123456789012345678901234567890123...: "
     "the text ends inside of a number"},
};

static void bad_json_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof(bad_json) / sizeof(bad_json[0]); i++) {
        gia_request_t *request = ask("m", "x");
        gia_request_set_json(request, "/list", "[1]");
        gia_request_set_json(request, bad_json[i].pointer, bad_json[i].json);
        assert_error(request, bad_json[i].message);
        gia_request_free(request);
    }
}

static void json_that_is_too_deep_is_refused(void **state)
{
    gia_request_t *request = ask("m", "x");
    char json[400];

    memset(json, '[', 200);
    memset(json + 200, ']', 199);
    json[399] = '\0';
    gia_request_set_json(request, "/a", json);
    assert_error(request, "set_json /a: nested deeper than 128 levels");
    gia_request_free(request);
}

static void the_first_error_stays(void **state)
{
    gia_request_t *request = ask("m", "x");
    const char *message = NULL;
    gia__buf_t out;

    gia_request_set_model(request, NULL);
    gia_request_add_text(request, NULL);
    gia_request_set_model(request, "good");
    gia_request_set_json(request, "/x", "{");
    assert_error(request, "set_model: model is NULL");

    gia__buf_init(&out, &mem, SIZE_MAX);
    assert_int_equal(gia__request_encode(request, GIA_REVISION_STEPS, &out, &message), GIA_EINVAL);
    assert_string_equal(message, "set_model: model is NULL");
    assert_int_equal(gia__request_encode(request, GIA_REVISION_STEPS, &out, NULL), GIA_EINVAL);
    assert_int_equal(out.len, 0);
    gia__buf_free(&out);
    gia_request_free(request);
}

static void no_request_is_out_of_memory(void **state)
{
    const char *message = NULL;
    gia__buf_t out;

    gia_request_set_model(NULL, "m");
    gia_request_set_agent(NULL, NULL);
    gia_request_add_text(NULL, "x");
    gia_request_set_stream(NULL, 1);
    gia_request_set_store(NULL, 1);
    gia_request_set_previous_interaction_id(NULL, "x");
    gia_request_set_system_instruction(NULL, "x");
    gia_request_set_json(NULL, "/x", "1");
    gia_request_free(NULL);
    assert_int_equal(gia_request_error(NULL, &message), GIA_ENOMEM);
    assert_string_equal(message, "out of memory");
    assert_int_equal(gia_request_error(NULL, NULL), GIA_ENOMEM);

    gia__buf_init(&out, &mem, SIZE_MAX);
    assert_int_equal(gia__request_encode(NULL, GIA_REVISION_STEPS, &out, NULL), GIA_ENOMEM);
    gia__buf_free(&out);
}

static void a_good_request_has_no_error(void **state)
{
    gia_request_t *request = gia_request_new();
    const char *message = NULL;

    gia_request_set_model(request, "m");
    gia_request_add_text(request, "x");
    assert_int_equal(gia_request_error(request, &message), GIA_OK);
    assert_non_null(message);
    gia_request_free(request);
}

#define NEITHER                                                                                    \
    "neither model nor agent is set: call gia_request_set_model() or gia_request_set_agent()"
#define BOTH "model and agent are both set: remove one, with gia_request_set_json() and NULL"
#define NO_INPUT                                                                                   \
    "there is no input: call gia_request_add_text(), or set /input with gia_request_set_json()"

static void incomplete_requests_are_refused(void **state)
{
    static const struct {
        const char *body;
        const char *message; /* NULL: nothing is missing */
    } rows[] = {
        {"{}", NEITHER},
        {"{\"input\":\"x\"}", NEITHER},
        {"{\"input\":\"x\",\"model\":null}", NEITHER},
        {"{\"input\":\"x\",\"model\":\"m\",\"agent\":\"a\"}", BOTH},
        {"{\"input\":\"x\",\"model\":\"m\",\"agent\":null}", NULL},
        {"{\"input\":\"x\",\"model\":null,\"agent\":\"a\"}", NULL},
        {"{\"model\":\"m\"}", NO_INPUT},
        {"{\"model\":\"m\",\"input\":null}", NO_INPUT},
        {"{\"model\":\"m\",\"continuation_token\":null}", NO_INPUT},
        {"{\"model\":\"m\",\"continuation_token\":\"t\"}", NULL},
        {"{\"model\":\"m\",\"input\":[]}", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_request_t *request = gia_request_new();
        const char *message = NULL;
        gia__buf_t out;
        int rc;

        gia__buf_init(&out, &mem, SIZE_MAX);
        gia_request_set_json(request, "", rows[i].body);
        rc = gia__request_encode(request, GIA_REVISION_STEPS, &out, &message);
        assert_int_equal(rc, rows[i].message ? GIA_EINVAL : GIA_OK);
        if (rows[i].message)
            assert_string_equal(message, rows[i].message);
        assert_int_equal(gia_request_error(request, NULL), rc);
        /* nothing sticks: it can be mended */
        gia_request_set_json(request, "", "{\"model\":\"m\",\"input\":\"x\"}");
        assert_int_equal(gia_request_error(request, NULL), GIA_OK);
        gia__buf_free(&out);
        gia_request_free(request);
    }
}

static void setters_of_both_model_and_agent_are_refused(void **state)
{
    gia_request_t *request = ask("m", "x");
    const char *message = NULL;
    gia__buf_t out;

    gia__buf_init(&out, &mem, SIZE_MAX);
    gia_request_set_agent(request, "a");
    assert_int_equal(gia__request_encode(request, GIA_REVISION_STEPS, &out, &message), GIA_EINVAL);
    assert_string_equal(message, BOTH);
    gia_request_set_json(request, "/model", NULL);
    assert_body(request, "{\"agent\":\"a\",\"input\":\"x\"}");
    gia__buf_free(&out);
    gia_request_free(request);
}

/* Size and memory */

static void huge_values_go_through(void **state)
{
    enum { SIZE = 8 * 1024 * 1024 };
    char *text = malloc(SIZE + 3), *body;
    gia_request_t *request;
    gia__buf_t out;
    const char *message = NULL;

    memset(text, 'x', SIZE + 2);
    text[0] = text[SIZE + 1] = '"';
    text[SIZE + 2] = '\0';
    request = gia_request_new();
    gia_request_set_model(request, "m");
    gia_request_set_json(request, "/input/-/data", text);
    gia_request_set_json(request, "/input/0/type", "\"image\"");
    body = encode(request, GIA_REVISION_STEPS);
    assert_int_equal(
        strlen(body),
        SIZE + strlen("{\"model\":\"m\",\"input\":[{\"data\":\"\",\"type\":\"image\"}]}"));
    free(body);

    /* one byte less than it needs, then just enough */
    text[SIZE + 1] = '\0';
    gia_request_set_json(request, "/input", NULL);
    gia_request_add_text(request, text + 1);
    for (size_t room = 0; room < 2; room++) {
        gia__buf_init(&out, &mem, 1 + SIZE + strlen("{\"model\":\"m\",\"input\":\"\"}") - 1 + room);
        assert_int_equal(gia__buf_add_text(&out, "#"), GIA__BUF_OK);
        assert_int_equal(gia__request_encode(request, GIA_REVISION_STEPS, &out, &message),
                         room ? GIA_OK : GIA_EREQUEST_TOO_BIG);
        if (!room) {
            assert_int_equal(out.len, 1);
            assert_string_equal(message, gia_error_text(GIA_EREQUEST_TOO_BIG));
        }
        gia__buf_free(&out);
    }
    gia_request_free(request);
    free(text);
}

/* Everything a builder can do; the result is the request's error, or that of its encoding. */
static int build_with(failing_memory_t *memory)
{
    gia_allocator_t allocator = failing_allocator(memory);
    gia_request_t *request = gia_request_new_with_allocator(&allocator);
    const char *message = NULL;
    gia__buf_t out;
    int rc;

    gia_request_set_model(request, "m");
    gia_request_set_system_instruction(request, "be\nbrief");
    gia_request_set_previous_interaction_id(request, "v1_x");
    gia_request_add_text(request, "one");
    gia_request_add_text(request, "two");
    gia_request_set_stream(request, 1);
    gia_request_set_store(request, 0);
    gia_request_set_json(request, "/generation_config", "{\"seed\":7,\"stop_sequences\":[\"a\"]}");
    gia_request_set_json(request, "/generation_config/stop_sequences/-", "\"b\"");
    gia_request_set_json(request, "/generation_config/seed", NULL);
    gia_request_set_json(request, "/tools/-/type", "\"google_search\"");

    gia__buf_init(&out, &allocator, SIZE_MAX);
    rc = gia__request_encode(request, GIA_REVISION_STEPS, &out, &message);
    if (rc != GIA_OK)
        assert_string_equal(message, "out of memory");
    gia__buf_free(&out);
    gia_request_free(request);
    return rc;
}

static void each_allocation_may_fail(void **state)
{
    int rc = GIA_ENOMEM;

    for (size_t n = 1; rc == GIA_ENOMEM; n++) {
        failing_memory_t memory = {.fail_at = n};
        rc = build_with(&memory);
        assert_int_equal(memory.n_open, 0);
        assert_true(n < 1000);
    }
    assert_int_equal(rc, GIA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_equal_the_captured_ones),
        cmocka_unit_test(every_captured_body_can_be_made),
        cmocka_unit_test(texts_become_the_input),
        cmocka_unit_test(the_last_setter_of_a_member_wins),
        cmocka_unit_test(a_request_may_be_used_again),
        cmocka_unit_test(raw_json_stays_byte_for_byte),
        cmocka_unit_test(control_characters_in_texts_are_escaped),
        cmocka_unit_test(the_stream_member_tells),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(json_that_is_too_deep_is_refused),
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(no_request_is_out_of_memory),
        cmocka_unit_test(a_good_request_has_no_error),
        cmocka_unit_test(incomplete_requests_are_refused),
        cmocka_unit_test(setters_of_both_model_and_agent_are_refused),
        cmocka_unit_test(huge_values_go_through),
        cmocka_unit_test(each_allocation_may_fail),
    };

    mem = gia__mem_init(NULL);
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
