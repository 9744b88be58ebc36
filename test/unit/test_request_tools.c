/* Tools, formats and the other typed members of a request, in both revisions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flatten.h"

#define HEAD "{\"model\":\"m\","

static const char *const two[] = {"one", "two"};

static gia_request_t *ask(void)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "m");
    gia_request_add_text(request, "x");
    return request;
}

static void assert_body(const gia_request_t *request, gia_revision_t revision, const char *expected)
{
    char *body = encode(request, revision);
    assert_string_equal(body, expected);
    free(body);
}

static void assert_bodies(const gia_request_t *request, const char *legacy, const char *steps)
{
    assert_body(request, GIA_REVISION_LEGACY, legacy);
    assert_body(request, GIA_REVISION_STEPS, steps);
}

/* ---- tools ---- */

#define TOOLS(list) HEAD "\"tools\":[" list "],\"input\":\"x\"}"

static void tools_keep_their_order(void **state)
{
    gia_request_t *request = ask();

    gia_request_add_tool(request, "url_context");
    gia_request_add_function(request, "f", NULL, NULL);
    gia_request_add_tool_json(request, " {\"type\":\"bash\", \"a\":{ } } ");
    gia_request_set_tool_json(request, "/a/b", "1");
    gia_request_add_google_maps(request, 0);
    assert_bodies(request,
                  TOOLS("{\"type\":\"url_context\"},{\"type\":\"function\",\"name\":\"f\"},"
                        "{\"type\":\"bash\",\"a\":{\"b\":1}},"
                        "{\"type\":\"google_maps\",\"enable_widget\":false}"),
                  TOOLS("{\"type\":\"url_context\"},{\"type\":\"function\",\"name\":\"f\"},"
                        "{\"type\":\"bash\",\"a\":{\"b\":1}},"
                        "{\"type\":\"google_maps\",\"enable_widget\":false}"));
    gia_request_free(request);
}

/* The one member that the revisions spell in two ways; given as JSON it stays as it is. */
static void excluded_functions_have_two_names(void **state)
{
    gia_request_t *request = ask();

    gia_request_add_computer_use(request, "browser", two, 2);
    gia_request_add_computer_use(request, "mobile", NULL, 0);
    gia_request_add_tool_json(request,
                              "{\"type\":\"computer_use\",\"excluded_predefined_functions\":[]}");
    assert_bodies(request,
                  TOOLS("{\"type\":\"computer_use\",\"environment\":\"browser\","
                        "\"excludedPredefinedFunctions\":[\"one\",\"two\"]},"
                        "{\"type\":\"computer_use\",\"environment\":\"mobile\"},"
                        "{\"type\":\"computer_use\",\"excluded_predefined_functions\":[]}"),
                  TOOLS("{\"type\":\"computer_use\",\"environment\":\"browser\","
                        "\"excluded_predefined_functions\":[\"one\",\"two\"]},"
                        "{\"type\":\"computer_use\",\"environment\":\"mobile\"},"
                        "{\"type\":\"computer_use\",\"excluded_predefined_functions\":[]}"));
    gia_request_free(request);

    request = ask();
    gia_request_add_computer_use(request, "browser", two, 1);
    gia_request_set_tool_json(request, "", "{\"excluded_predefined_functions\":[]}");
    assert_body(request, GIA_REVISION_LEGACY, TOOLS("{\"excludedPredefinedFunctions\":[]}"));
    gia_request_free(request);
}

/* They find the last server, whatever was added after it. */
static void mcp_setters_find_their_server(void **state)
{
    gia_request_t *request = ask();

    gia_request_add_mcp_server(request, "a", "https://a.example.com");
    gia_request_set_mcp_header(request, "X-Auth", "1");
    gia_request_add_mcp_server(request, "b", "https://b.example.com");
    gia_request_add_tool(request, "url_context");
    gia_request_set_mcp_header(request, "X-Auth", "2");
    gia_request_set_mcp_header(request, "X-Auth", "3");
    gia_request_set_mcp_header(request, "X/~", "");
    gia_request_allow_mcp_tools(request, NULL, two, 1);
    gia_request_allow_mcp_tools(request, "any", two, 2);
    assert_body(request, GIA_REVISION_STEPS,
                TOOLS("{\"type\":\"mcp_server\",\"name\":\"a\",\"url\":\"https://a.example.com\","
                      "\"headers\":{\"X-Auth\":\"1\"}},"
                      "{\"type\":\"mcp_server\",\"name\":\"b\",\"url\":\"https://b.example.com\","
                      "\"headers\":{\"X-Auth\":\"3\",\"X/~\":\"\"},"
                      "\"allowed_tools\":[{\"tools\":[\"one\"]},"
                      "{\"mode\":\"any\",\"tools\":[\"one\",\"two\"]}]},"
                      "{\"type\":\"url_context\"}"));
    gia_request_free(request);
}

static void zero_leaves_it_to_the_service(void **state)
{
    gia_request_t *request = ask();

    gia_request_add_file_search(request, two, 1, 0, NULL);
    assert_body(request, GIA_REVISION_STEPS,
                TOOLS("{\"type\":\"file_search\",\"file_search_store_names\":[\"one\"]}"));
    gia_request_free(request);
}

static void tools_come_one_way_only(void **state)
{
    gia_request_t *request = ask();
    const char *message = NULL;

    gia_request_add_tool(request, "url_context");
    gia_request_set_json(request, "/tools/-", "{\"type\":\"bash\"}");
    assert_int_equal(gia_request_error(request, &message), GIA_EINVAL);
    assert_string_equal(message, "tools are both added and set as /tools: add them all, with "
                                 "gia_request_add_tool_json() where there is nothing better");
    gia_request_set_json(request, "/tools", "null");
    assert_body(request, GIA_REVISION_STEPS, TOOLS("{\"type\":\"url_context\"}"));
    gia_request_free(request);
}

/* ---- formats ---- */

#define INPUT "\"input\":\"x\""

static void a_schema_is_a_format(void **state)
{
    gia_request_t *request = ask();

    gia_request_set_response_schema(request, "{\"type\":\"array\"}");
    gia_request_set_response_schema(request, " { \"type\" : \"object\" } ");
    assert_bodies(request,
                  HEAD "\"response_format\":{ \"type\" : \"object\" },"
                       "\"response_mime_type\":\"application/json\"," INPUT "}",
                  HEAD "\"response_format\":{\"type\":\"text\","
                       "\"mime_type\":\"application/json\","
                       "\"schema\":{ \"type\" : \"object\" }}," INPUT "}");

    /* what the program says of the MIME type wins */
    gia_request_set_json(request, "/response_mime_type", "\"text/x\"");
    assert_body(request, GIA_REVISION_LEGACY,
                "{\"model\":\"m\",\"response_mime_type\":\"text/x\","
                "\"response_format\":{ \"type\" : \"object\" }," INPUT "}");
    gia_request_free(request);
}

static void formats_have_two_forms(void **state)
{
    gia_request_t *request = ask();

    gia_request_add_text_format(request);
    gia_request_add_image_format(request, "image/png", "1:1", NULL);
    gia_request_add_image_format(request, NULL, NULL, NULL);
    gia_request_add_audio_format(request, "audio/wav", 8000);
    gia_request_add_video_format(request, "16:9", "8s", "720p");
    gia_request_set_format_json(request, "/delivery", "\"uri\"");
    assert_bodies(
        request, HEAD "\"response_modalities\":[\"text\",\"image\",\"audio\",\"video\"]," INPUT "}",
        HEAD "\"response_format\":[{\"type\":\"text\"},{\"type\":\"image\","
             "\"mime_type\":\"image/png\",\"aspect_ratio\":\"1:1\"},"
             "{\"type\":\"image\"},{\"type\":\"audio\","
             "\"mime_type\":\"audio/wav\",\"sample_rate\":8000},"
             "{\"type\":\"video\",\"aspect_ratio\":\"16:9\",\"duration\":\"8s\","
             "\"resolution\":\"720p\",\"delivery\":\"uri\"}]," INPUT "}");
    gia_request_free(request);

    request = ask();
    gia_request_set_response_schema(request, "{}");
    gia_request_add_image_format(request, NULL, NULL, NULL);
    assert_body(request, GIA_REVISION_LEGACY,
                HEAD "\"response_format\":{},\"response_mime_type\":\"application/json\","
                     "\"response_modalities\":[\"text\",\"image\"]," INPUT "}");
    gia_request_free(request);
}

/* Legacy says it in the generation_config, beside what else is there. */
static void images_have_a_config(void **state)
{
    gia_request_t *request = ask();

    gia_request_add_image_format(request, NULL, "16:9", "2K");
    assert_bodies(request,
                  HEAD "\"response_modalities\":[\"image\"],\"generation_config\":{"
                       "\"image_config\":{\"aspect_ratio\":\"16:9\",\"image_size\":\"2K\"}}," INPUT
                       "}",
                  HEAD "\"response_format\":{\"type\":\"image\",\"aspect_ratio\":\"16:9\","
                       "\"image_size\":\"2K\"}," INPUT "}");
    gia_request_set_json(request, "/generation_config", "{\"seed\":1, \"image_config\":null}");
    assert_bodies(request,
                  HEAD "\"response_modalities\":[\"image\"],\"generation_config\":{"
                       "\"seed\":1,\"image_config\":{\"aspect_ratio\":\"16:9\","
                       "\"image_size\":\"2K\"}}," INPUT "}",
                  "{\"model\":\"m\",\"generation_config\":{\"seed\":1, \"image_config\":null},"
                  "\"response_format\":{\"type\":\"image\",\"aspect_ratio\":\"16:9\","
                  "\"image_size\":\"2K\"}," INPUT "}");

    /* the program's own words win */
    gia_request_set_json(request, "/generation_config/image_config", "{\"image_size\":\"4K\"}");
    gia_request_set_json(request, "/response_modalities", "[\"IMAGE\"]");
    assert_body(request, GIA_REVISION_LEGACY,
                "{\"model\":\"m\",\"response_modalities\":[\"IMAGE\"],"
                "\"generation_config\":{\"seed\":1,\"image_config\":{\"image_size\":\"4K\"}}," INPUT
                "}");
    gia_request_free(request);
}

static void a_config_that_is_no_object_is_refused(void **state)
{
    gia_request_t *request = ask();
    gia__mem_t mem = gia__mem_init(NULL);
    const char *message = NULL;
    gia__pieces_t out;

    gia_request_add_image_format(request, NULL, "16:9", NULL);
    gia_request_set_json(request, "/generation_config", "[1]");
    gia__pieces_init(&out, &mem, SIZE_MAX);
    assert_int_equal(
        gia__request_encode(request, GIA_REVISION_LEGACY, UINT64_MAX, &out, NULL, &message),
        GIA_EINVAL);
    assert_string_equal(message, "generation_config is no object");
    gia__pieces_free(&out);
    gia_request_free(request);
}

static void a_response_format_as_json_wins(void **state)
{
    static const char expected[] =
        "{\"model\":\"m\",\"response_format\":{\"type\":\"text\"},\"input\":\"x\"}";
    gia_request_t *request = ask();

    gia_request_set_json(request, "/response_format", "{\"type\":\"text\"}");
    gia_request_set_response_schema(request, "{}");
    gia_request_add_image_format(request, NULL, "1:1", NULL);
    assert_bodies(request, expected, expected);
    gia_request_set_json(request, "/response_format", "null");
    assert_body(request, GIA_REVISION_STEPS,
                HEAD "\"response_format\":[{\"type\":\"text\","
                     "\"mime_type\":\"application/json\",\"schema\":{}},"
                     "{\"type\":\"image\",\"aspect_ratio\":\"1:1\"}]," INPUT "}");
    gia_request_free(request);
}

/* ---- other members ---- */

static void members_are_put_in_their_place(void **state)
{
    gia_request_t *request = ask();

    gia_request_set_label(request, "2", "x"); /* a name, no index */
    gia_request_set_label(request, "a/b", "1");
    gia_request_set_label(request, "~", "");
    gia_request_set_label(request, "a/b", "2");
    gia_request_add_safety_setting(request, "t", "off", NULL);
    gia_request_add_safety_setting(request, "u", "off", "severity");
    gia_request_add_webhook(request, "https://a.example.com");
    gia_request_add_webhook(request, "https://b.example.com");
    gia_request_add_stop_sequence(request, "\n");
    gia_request_add_voice(request, "Kore", NULL, NULL);
    gia_request_add_voice(request, "Puck", "en-US", "B");
    gia_request_set_tool_choice(request, "any");
    gia_request_set_seed(request, INT64_MIN);
    gia_request_set_agent_config(request, " {\"type\" : \"dynamic\"}");
    assert_body(request, GIA_REVISION_STEPS,
                HEAD "\"labels\":{\"2\":\"x\",\"a/b\":\"2\",\"~\":\"\"},\"safety_settings\":["
                     "{\"type\":\"t\",\"threshold\":\"off\"},"
                     "{\"type\":\"u\",\"threshold\":\"off\",\"method\":\"severity\"}],"
                     "\"webhook_config\":{\"uris\":[\"https://a.example.com\","
                     "\"https://b.example.com\"]},"
                     "\"generation_config\":{\"stop_sequences\":[\"\\n\"],\"speech_config\":["
                     "{\"voice\":\"Kore\"},{\"voice\":\"Puck\",\"language\":\"en-US\","
                     "\"speaker\":\"B\"}],\"tool_choice\":\"any\",\"seed\":-9223372036854775808},"
                     "\"agent_config\":{\"type\" : \"dynamic\"},\"input\":\"x\"}");
    gia_request_free(request);
}

static void background_needs_the_store(void **state)
{
    gia_request_t *request = ask();
    const char *message = NULL;

    gia_request_set_background(request, 1);
    gia_request_set_store(request, 0);
    assert_int_equal(gia_request_error(request, &message), GIA_EINVAL);
    assert_string_equal(message, "background needs the store: set one of them otherwise");
    gia_request_set_background(request, 0);
    assert_int_equal(gia_request_error(request, NULL), GIA_OK);
    gia_request_set_background(request, 1);
    gia_request_set_store(request, 1);
    assert_int_equal(gia_request_error(request, NULL), GIA_OK);
    gia_request_free(request);
}

/* ---- what is refused ---- */

#define REFUSED(name, call)                                                                        \
    static void name(gia_request_t *request)                                                       \
    {                                                                                              \
        call;                                                                                      \
    }

static const char *const holes[] = {"one", NULL};
static const char *const empties[] = {""};

REFUSED(temperature_nan, gia_request_set_temperature(request, NAN))
REFUSED(top_p_infinite, gia_request_set_top_p(request, -INFINITY))
REFUSED(longitude_nan, gia_request_add_google_maps_at(request, 1, NAN, 0))
REFUSED(tier_null, gia_request_set_service_tier(request, NULL))
REFUSED(environment_empty, gia_request_set_environment(request, ""))
REFUSED(token_line, gia_request_set_continuation_token(request, "a\nb"))
REFUSED(label_empty, gia_request_set_label(request, "", "x"))
REFUSED(label_null, gia_request_set_label(request, "x", NULL))
REFUSED(threshold_null, gia_request_add_safety_setting(request, "t", NULL, NULL))
REFUSED(webhook_utf8, gia_request_add_webhook(request, "\xff"))
REFUSED(agent_config_null, gia_request_set_agent_config(request, NULL))
REFUSED(agent_config_untyped, gia_request_set_agent_config(request, "{}"))
REFUSED(agent_config_broken, gia_request_set_agent_config(request, "{\"type\":"))
REFUSED(allowed_none, gia_request_set_allowed_tools(request, "any", two, 0))
REFUSED(allowed_null, gia_request_set_allowed_tools(request, "any", NULL, 1))
REFUSED(allowed_hole, gia_request_set_allowed_tools(request, "any", holes, 2))
REFUSED(voice_null, gia_request_add_voice(request, NULL, NULL, NULL))
REFUSED(schema_null, gia_request_set_response_schema(request, NULL))
REFUSED(schema_string, gia_request_set_response_schema(request, "\"x\""))
REFUSED(schema_broken, gia_request_set_response_schema(request, "{"))
REFUSED(image_size_empty, gia_request_add_image_format(request, NULL, NULL, ""))
REFUSED(image_type_odd, gia_request_add_image_format(request, "png", NULL, NULL))
REFUSED(audio_type_odd, gia_request_add_audio_format(request, "audio/", 0))
REFUSED(sample_rate_negative, gia_request_add_audio_format(request, NULL, -1))
REFUSED(no_format, gia_request_set_format_json(request, "/x", "1"))
REFUSED(function_unnamed, gia_request_add_function(request, NULL, NULL, NULL))
REFUSED(parameters_list, gia_request_add_function(request, "f", NULL, "[]"))
REFUSED(parameters_broken, gia_request_add_function(request, "f", NULL, "{]"))
REFUSED(tool_empty, gia_request_add_tool(request, ""))
REFUSED(searches_null, gia_request_add_google_search(request, NULL, 0))
REFUSED(mcp_dash, gia_request_add_mcp_server(request, "a-b", "https://x"))
REFUSED(mcp_name_line, gia_request_add_mcp_server(request, "a\r", "https://x"))
REFUSED(mcp_none, gia_request_set_mcp_header(request, "X", "y"))
REFUSED(mcp_none_to_allow, gia_request_allow_mcp_tools(request, NULL, two, 1))
REFUSED(mcp_header_line, gia_request_add_mcp_server(request, "a", "b");
        gia_request_set_mcp_header(request, "X", "y\r\nZ: 1"))
REFUSED(stores_empty, gia_request_add_file_search(request, empties, 1, 0, NULL))
REFUSED(top_k_negative, gia_request_add_file_search(request, two, 1, -2, NULL))
REFUSED(excluded_null, gia_request_add_computer_use(request, "browser", NULL, 1))
REFUSED(retrieval_none, gia_request_add_retrieval(request, two, 0))
REFUSED(tool_json_untyped, gia_request_add_tool_json(request, "{\"name\":\"x\"}"))
REFUSED(no_tool, gia_request_set_tool_json(request, "/x", "1"))
REFUSED(tool_number, gia_request_add_tool(request, "t");
        gia_request_set_tool_json(request, "", "1"))

#define EMPTY "is empty; give one or leave the call out"
static const struct {
    void (*set)(gia_request_t *);
    const char *message;
} refusals[] = {
    {temperature_nan, "set_temperature: temperature is not a number; JSON has no word for that"},
    {top_p_infinite, "set_top_p: top_p is infinite; JSON has no word for that"},
    {longitude_nan, "add_google_maps_at: longitude is not a number; JSON has no word for that"},
    {tier_null, "set_service_tier: tier is NULL"},
    {environment_empty, "set_environment: environment " EMPTY},
    {token_line, "set_continuation_token: token holds a control character at byte 1; "
                 "strip line ends and the like"},
    {label_empty, "set_label: name " EMPTY},
    {label_null, "set_label: value is NULL"},
    {threshold_null, "add_safety_setting: threshold is NULL"},
    {webhook_utf8, "add_webhook: uri is not valid UTF-8 at byte 0; convert it first"},
    {agent_config_null, "set_agent_config: json is NULL"},
    {agent_config_untyped, "set_agent_config: json has no \"type\", which says what it is"},
    {agent_config_broken, "set_agent_config: json: the text ends inside of an object"},
    {allowed_none, "set_allowed_tools: names is empty; give at least one"},
    {allowed_null, "set_allowed_tools: names is NULL; give at least one"},
    {allowed_hole, "set_allowed_tools: names is NULL"},
    {voice_null, "add_voice: voice is NULL"},
    {schema_null, "set_response_schema: schema is NULL"},
    {schema_string, "set_response_schema: schema is no JSON object"},
    {schema_broken, "set_response_schema: schema: the text ends inside of an object"},
    {image_size_empty, "add_image_format: image_size " EMPTY},
    {image_type_odd, "add_image_format: mime_type is none: it looks like \"image/png\""},
    {audio_type_odd, "add_audio_format: mime_type is none: it looks like \"image/png\""},
    {sample_rate_negative, "add_audio_format: sample_rate is negative; 0 leaves it to the service"},
    {no_format, "set_format_json: there is no format yet: add one first"},
    {function_unnamed, "add_function: name is NULL"},
    {parameters_list, "add_function: parameters is no JSON object"},
    {parameters_broken, "add_function: parameters: unexpected character ']' at byte 1"},
    {tool_empty, "add_tool: type " EMPTY},
    {searches_null, "add_google_search: search_types is NULL; give at least one"},
    {mcp_dash, "add_mcp_server: name holds '-', which the service refuses; use '_'"},
    {mcp_name_line, "add_mcp_server: name holds a control character at byte 1; "
                    "strip line ends and the like"},
    {mcp_none, "set_mcp_header: there is no MCP server yet: call gia_request_add_mcp_server() "
               "first"},
    {mcp_none_to_allow, "allow_mcp_tools: there is no MCP server yet: call "
                        "gia_request_add_mcp_server() first"},
    {mcp_header_line, "set_mcp_header: value holds a control character at byte 1; "
                      "strip line ends and the like"},
    {stores_empty, "add_file_search: store_names " EMPTY},
    {top_k_negative, "add_file_search: top_k is negative; 0 leaves it to the service"},
    {excluded_null, "add_computer_use: excluded is NULL; give at least one"},
    {retrieval_none, "add_retrieval: types is empty; give at least one"},
    {tool_json_untyped, "add_tool_json: json has no \"type\", which says what it is"},
    {no_tool, "set_tool_json: there is no tool yet: add one first"},
    {tool_number, "set_tool_json \"\": the whole must be an object"},
};

static void bad_arguments_are_refused(void **state)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        gia_request_t *request = ask();
        const char *message = NULL;

        refusals[i].set(NULL); /* no request: nothing happens */
        refusals[i].set(request);
        assert_int_equal(gia_request_error(request, &message), GIA_EINVAL);
        assert_string_equal(message, refusals[i].message);
        gia_request_free(request);
    }
}

/* A setter whose way leads through what is no object says so. */
static void a_way_that_is_blocked_is_refused(void **state)
{
    gia_request_t *request = ask();
    const char *message = NULL;

    gia_request_set_json(request, "/generation_config", "7");
    gia_request_set_seed(request, 1);
    assert_int_equal(gia_request_error(request, &message), GIA_EINVAL);
    assert_string_equal(message, "set_seed /generation_config/seed: /generation_config is neither "
                                 "an object nor an array");
    gia_request_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tools_keep_their_order),
        cmocka_unit_test(excluded_functions_have_two_names),
        cmocka_unit_test(mcp_setters_find_their_server),
        cmocka_unit_test(zero_leaves_it_to_the_service),
        cmocka_unit_test(tools_come_one_way_only),
        cmocka_unit_test(a_schema_is_a_format),
        cmocka_unit_test(formats_have_two_forms),
        cmocka_unit_test(images_have_a_config),
        cmocka_unit_test(a_config_that_is_no_object_is_refused),
        cmocka_unit_test(a_response_format_as_json_wins),
        cmocka_unit_test(members_are_put_in_their_place),
        cmocka_unit_test(background_needs_the_store),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(a_way_that_is_blocked_is_refused),
    };

    return cmocka_run_group_tests_name("request_tools", tests, NULL, NULL);
}
