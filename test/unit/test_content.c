/* Looking closer at outputs: citations, tool calls, their results, and what is left to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gia/content.h>

#include "answer.h"

/* ---- every tool of both revisions, as one line an output ---- */

static void add(text_t *text, const char *name, const char *value)
{
    if (value)
        say(text, " %s=%s", name, value);
}

static void add_list(text_t *text, const char *name, const gia_json_t *list)
{
    size_t i;

    for (i = 0; i < gia_json_count(list); i++)
        add(text, name, gia_json_string(gia_json_at(list, i), NULL));
}

static void describe_call(text_t *text, const gia_tool_call_t *call)
{
    size_t len;
    const char *raw = gia_json_raw(call->arguments, &len);

    say(text, "%s", gia_content_type_name(call->type));
    add(text, "id", call->id);
    add(text, "name", call->name);
    add(text, "server", call->server_name);
    add(text, "code", call->code);
    add(text, "language", call->language);
    add_list(text, "query", call->queries);
    add_list(text, "url", call->urls);
    add(text, "search", call->search_type);
    add(text, "retrieval", call->retrieval_type);
    if (raw && call->name)
        say(text, " arguments=%zu", gia_json_count(call->arguments));
    if (call->signature && *call->signature)
        say(text, " signed");
    say(text, "\n");
}

static void describe_result(text_t *text, const gia_tool_result_t *result)
{
    gia_source_t source;
    size_t i;

    say(text, "%s", gia_content_type_name(result->type));
    add(text, "call", result->call_id);
    add(text, "name", result->name);
    add(text, "server", result->server_name);
    add(text, "text", result->text);
    if (result->is_error)
        say(text, " error");
    if (result->signature && *result->signature)
        say(text, " signed");
    for (i = 0; gia_tool_result_source(result, i, &source); i++) {
        say(text, "\n ");
        add(text, "url", source.url);
        add(text, "title", source.title);
        add(text, "text", source.text);
        add(text, "status", source.status);
        add(text, "store", source.store);
        add(text, "place", source.place_id);
        if (source.search_suggestions)
            say(text, " suggestions=%.5s", source.search_suggestions);
        assert_non_null(source.json);
    }
    assert_int_equal(i, result->source_count);
    say(text, "\n");
}

static void describe(text_t *text, const gia_interaction_t *interaction)
{
    size_t n = gia_interaction_output_count(interaction), i;
    gia_tool_result_t result;
    gia_tool_call_t call;

    for (i = 0; i < n; i++) {
        const gia_content_t *output = gia_interaction_output(interaction, (ptrdiff_t)i);
        int is_call = gia_tool_call_read(output, &call);
        int is_result = gia_tool_result_read(output, &result);
        assert_false(is_call && is_result);
        if (is_call)
            describe_call(text, &call);
        if (is_result)
            describe_result(text, &result);
    }
}

static void every_tool_is_read(void **state)
{
    static const struct {
        const char *file, *wanted;
    } rows[] = {
        {"legacy/google_search.json",
         "google_search_call id=gs0001aa query=lighthouse keepers still working 2026"
         " query=manned lighthouses list\n"
         "google_search_result call=gs0001aa signed\n"
         "  url=https://lights.example.org/manned title=lights.example.org suggestions=<div \n"},
        {"legacy/google_search_2026_03.json",
         "google_search_call id=gs0002aa query=longest pier in Europe search=web_search\n"
         "google_search_result call=gs0002aa signed\n  suggestions=<div \n"},
        {"legacy/google_search.sse",
         "google_search_call id=gs0003aa query=who keeps bees on rooftops\n"
         "google_search_result call=gs0003aa signed\n"
         "  url=https://bees.example.org title=bees.example.org suggestions=<div>\n"},
        {"legacy/google_search_2026_03.sse",
         "google_search_call id=gs0004aa query=rooftop bees\n"
         "google_search_result call=gs0004aa signed\n  suggestions=<div>\n"},
        {"steps/google_search.json",
         "google_search_call id=mkutnkgn query=lighthouse keepers still working search=web_search"
         " signed\n"
         "google_search_result call=mkutnkgn signed\n  suggestions=<styl\n"},
        {"steps/google_search.sse",
         "google_search_call id=mkutnkgn query=who keeps bees on rooftops signed\n"
         "google_search_result call=mkutnkgn signed\n"},
        {"steps/google_search_after_text.sse",
         "google_search_call id=7xveqyd2 query=rooftop bees\n"
         "google_search_result call=7xveqyd2\n  suggestions=<div>\n"},
        {"legacy/code_execution.json",
         "code_execution_call id=ce0001aa code=a, b = 0, 1\nfor _ in range(50):\n"
         "    a, b = b, a + b\nprint(a)\n language=python\n"
         "code_execution_result call=ce0001aa text=12586269025\n signed\n"},
        {"steps/code_execution.json",
         "code_execution_call id=ce0001aa code=a, b = 0, 1\nfor _ in range(50):\n"
         "    a, b = b, a + b\nprint(a)\n language=python signed\n"
         "code_execution_result call=ce0001aa text=12586269025\n signed\n"},
        {"steps/code_execution_with_plot.json",
         "code_execution_call id=ce0002aa code=make plot language=bash\n"
         "code_execution_result call=ce0002aa\n"},
        {"legacy/code_execution.sse",
         "code_execution_call id=ce0002aa code=print(6 * 7)\n language=python\n"
         "code_execution_result call=ce0002aa text=42\n signed\n"},
        {"steps/code_execution.sse",
         "code_execution_call id=ce0003aa code=print(6 * 7)\n language=python signed\n"
         "code_execution_result call=ce0003aa text=42\n\n"},
        {"legacy/url_context.json",
         "url_context_call id=uc0001aa url=https://harbour.example.net/notice\n"
         "url_context_result call=uc0001aa signed\n"
         "  url=https://harbour.example.net/notice status=success\n"
         "  url=https://harbour.example.net/members status=paywall\n"},
        {"steps/url_context.json",
         "url_context_call id=uc0001aa url=https://harbour.example.net/notice"
         " url=https://harbour.example.net/members\n"
         "url_context_result call=uc0001aa signed\n"
         "  url=https://harbour.example.net/notice status=success\n"
         "  url=https://harbour.example.net/members status=paywall\n"},
        {"legacy/url_context.sse",
         "url_context_call id=uc0002aa url=https://harbour.example.net/notice\n"
         "url_context_result call=uc0002aa signed\n"
         "  url=https://harbour.example.net/notice status=success\n"},
        {"steps/url_context.sse",
         "url_context_call id=uc0003aa url=https://harbour.example.net/notice\n"
         "url_context_result call=uc0003aa\n"
         "  url=https://harbour.example.net/notice status=success\n"},
        {"legacy/mcp_server.json",
         "mcp_server_tool_call id=mc0001aa name=forecast server=weather_service arguments=1\n"
         "mcp_server_tool_result call=mc0001aa name=forecast server=weather_service\n"},
        {"steps/mcp_server.json",
         "mcp_server_tool_call id=mc0001aa name=forecast server=weather_service arguments=1\n"
         "mcp_server_tool_result call=mc0001aa name=forecast server=weather_service\n"},
        {"legacy/mcp_server.sse",
         "mcp_server_tool_call id=mc0002aa name=forecast server=weather_service arguments=1\n"
         "mcp_server_tool_result call=mc0002aa name=forecast server=weather_service"
         " text=Clear, 12 degrees\n"},
        {"steps/mcp_server.sse",
         "mcp_server_tool_call id=mc0003aa name=forecast server=weather_service arguments=1\n"
         "mcp_server_tool_result call=mc0003aa name=forecast server=weather_service"
         " text=Clear, 12 degrees\n"},
        {"legacy/file_search.json", "file_search_call id=fs0001aa\n"
                                    "file_search_result call=fs0001aa\n"
                                    "  title=pump.pdf text=Prime the pump before first use."
                                    " store=fileSearchStores/manuals-1\n"},
        {"steps/file_search.json", "file_search_call id=fs0001aa signed\n"
                                   "file_search_result call=fs0001aa signed\n"},
        {"steps/google_maps.json",
         "google_maps_call id=gm0001aa query=quiet cafe near the old port\n"
         "google_maps_result call=gm0001aa\n"
         "  url=https://maps.example.com/?cid=1 title=Caf\xc3\xa9 Mar\xc3\xa9"
         "e place=places/XyZ123\n"},
        {"steps/unknown_members.json", "processing_call id=pc1\n"
                                       "processing_result call=pc1 signed\n"
                                       "retrieval_call id=rc1 query=q retrieval=rag_store\n"
                                       "retrieval_result call=rc1\n"},
        {"legacy/function_call.json", "function_call id=k7m2q9ab name=get_weather arguments=1\n"},
        {"steps/function_call.json", "function_call id=61nzpsv4 name=get_weather arguments=1\n"},
        {"legacy/function_call.sse", "function_call id=k7m2q9ab name=get_weather arguments=1\n"},
        {"steps/function_call.sse", "function_call id=61nzpsv4 name=get_weather arguments=2\n"},
        {"steps/function_call_no_arguments.sse", "function_call id=ee55ff66 name=ping"
                                                 " arguments=0\n"},
        {"legacy/parallel_function_calls.json",
         "function_call id=aa11bb22 name=get_weather arguments=1\n"
         "function_call id=cc33dd44 name=get_weather arguments=6\n"},
        {"steps/parallel_function_calls.json",
         "function_call id=aa11bb22 name=get_weather arguments=1 signed\n"
         "function_call id=cc33dd44 name=get_weather arguments=6\n"},
        {"steps/parallel_function_calls.sse",
         "function_call id=aa11bb22 name=get_weather arguments=1\n"
         "function_call id=cc33dd44 name=get_time arguments=1\n"},
        {"steps/antigravity.sse", "function_call id=fn0001aa name=list_files arguments=1\n"
                                  "function_result call=fn0001aa name=list_files\n"},
        {"steps/text.json", ""},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        gia_interaction_t *interaction = recorded_answer(rows[i].file);
        text_t text = {0};

        describe(&text, interaction);
        if (strcmp(said(&text), rows[i].wanted) != 0)
            fail_msg("%s:\n%s", rows[i].file, said(&text));
        free(text.data);
        gia_interaction_release(interaction);
    }
}

static void places_of_all_items_are_one_list(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    gia_interaction_t *interaction = decode(
        "{\"steps\":[{\"type\":\"google_maps_result\",\"result\":[{\"places\":[{\"name\":\"a\"}]},"
        "{\"widget_context_token\":\"w\"},7,{\"places\":[{\"name\":\"b\"},{\"name\":\"c\"}]}]}]}");
    gia_tool_result_t result;
    gia_source_t source;
    size_t i;

    assert_true(gia_tool_result_read(gia_interaction_output(interaction, 0), &result));
    assert_int_equal(result.source_count, 3);
    for (i = 0; i < 3; i++) {
        assert_true(gia_tool_result_source(&result, i, &source));
        assert_string_equal(source.title, names[i]);
    }
    assert_false(gia_tool_result_source(&result, 3, &source));
    assert_false(gia_tool_result_source(&result, SIZE_MAX, &source));
    gia_interaction_release(interaction);
}

/* A string where a list should be says what went wrong. */
static void a_result_may_be_text(void **state)
{
    static const char *const types[] = {"google_search_result", "url_context_result",
                                        "file_search_result", "google_maps_result"};
    gia_tool_result_t result;
    gia_source_t source;
    char json[200];
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
        gia_interaction_t *interaction;
        snprintf(json, sizeof(json),
                 "{\"steps\":[{\"type\":\"%s\",\"result\":\"too busy\",\"is_error\":true}]}",
                 types[i]);
        interaction = decode(json);
        assert_true(gia_tool_result_read(gia_interaction_output(interaction, 0), &result));
        assert_string_equal(result.text, "too busy");
        assert_int_equal(result.is_error, 1);
        assert_int_equal(result.source_count, 0);
        assert_false(gia_tool_result_source(&result, 0, &source));
        gia_interaction_release(interaction);
    }
}

/* ---- annotations ---- */

static void expect_text(const char *got, const char *wanted)
{
    if (!wanted)
        assert_null(got);
    else
        assert_string_equal(got ? got : "nothing", wanted);
}

static void every_annotation_is_read(void **state)
{
    static const struct {
        const char *file;
        gia_annotation_t wanted; /* without `json` */
        const char *cut;         /* what it is about */
    } rows[] = {
        {"legacy/google_search.json",
         {.type = GIA_ANNOTATION_URL_CITATION,
          .type_name = "",
          .start_index = 0,
          .end_index = 43,
          .url = "https://lights.example.org/manned",
          .source = "https://lights.example.org/manned",
          .page_number = -1},
         "A handful of lighthouses are still staffed."},
        {"legacy/google_search.sse",
         {.type = GIA_ANNOTATION_URL_CITATION,
          .type_name = "",
          .start_index = 0,
          .end_index = 38,
          .url = "https://bees.example.org",
          .source = "https://bees.example.org",
          .page_number = -1},
         "Rooftop beekeeping is common in Paris."},
        {"legacy/google_search_2026_03.sse",
         {.type = GIA_ANNOTATION_URL_CITATION,
          .type_name = "url_citation",
          .start_index = 0,
          .end_index = 38,
          .url = "https://bees.example.org",
          .title = "bees.example.org",
          .page_number = -1},
         "Rooftop beekeeping is common in Paris."},
        {"steps/google_search.sse",
         {.type = GIA_ANNOTATION_URL_CITATION,
          .type_name = "url_citation",
          .start_index = 0,
          .end_index = 38,
          .url = "https://bees.example.org",
          .title = "bees.example.org",
          .page_number = -1},
         "Rooftop beekeeping is common in Paris."},
        {"steps/deep_research_completed.json",
         {.type = GIA_ANNOTATION_URL_CITATION,
          .type_name = "url_citation",
          .start_index = 12,
          .end_index = 36,
          .url = "https://harbours.example.org",
          .title = "harbours.example.org",
          .page_number = -1},
         "The quiet ones age best."},
        {"steps/file_search.json",
         {.type = GIA_ANNOTATION_FILE_CITATION,
          .type_name = "file_citation",
          .start_index = 0,
          .end_index = 21,
          .url = "fileSearchStores/manuals-1/documents/pump",
          .title = "pump.pdf",
          .source = "pump.pdf",
          .page_number = 4},
         "Prime the pump first."},
        /* Characters of two bytes stand before the end, so characters would be the wrong count. */
        {"steps/google_maps.json",
         {.type = GIA_ANNOTATION_PLACE_CITATION,
          .type_name = "place_citation",
          .start_index = 4,
          .end_index = 16,
          .url = "https://maps.example.com/?cid=1",
          .title = "Caf\xc3\xa9 Mar\xc3\xa9"
                   "e",
          .place_id = "places/XyZ123",
          .page_number = -1},
         "Caf\xc3\xa9 Mar\xc3\xa9"
         "e"},
        {"steps/transcription.json",
         {.type = GIA_ANNOTATION_WORD_INFO,
          .type_name = "word_info",
          .start_index = 0,
          .end_index = 5,
          .page_number = -1,
          .speaker = "spk_1",
          .text = "hello",
          .start_offset = "0.120s",
          .end_offset = "0.480s"},
         "hello"},
        {"steps/unknown_members.json",
         {.type = GIA_ANNOTATION_OTHER,
          .type_name = "mystery_citation",
          .start_index = -1,
          .end_index = -1,
          .page_number = -1},
         NULL},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const gia_annotation_t *wanted = &rows[i].wanted;
        gia_interaction_t *interaction = recorded_answer(rows[i].file);
        const gia_content_t *text = NULL;
        gia_annotation_t got;
        ptrdiff_t at;

        for (at = -1; (text = gia_interaction_output(interaction, at)); at--) {
            if (gia_content_annotation_count(text))
                break;
        }
        assert_non_null(text);
        assert_true(gia_content_annotation(text, 0, &got));
        assert_int_equal(got.type, wanted->type);
        expect_text(got.type_name, wanted->type_name);
        assert_true(got.start_index == wanted->start_index);
        assert_true(got.end_index == wanted->end_index);
        expect_text(got.url, wanted->url);
        expect_text(got.title, wanted->title);
        expect_text(got.source, wanted->source);
        assert_true(got.page_number == wanted->page_number);
        expect_text(got.place_id, wanted->place_id);
        expect_text(got.speaker, wanted->speaker);
        expect_text(got.text, wanted->text);
        expect_text(got.start_offset, wanted->start_offset);
        expect_text(got.end_offset, wanted->end_offset);
        assert_ptr_equal(got.json, gia_json_at(text->annotations, 0));
        if (rows[i].cut) {
            assert_in_range(got.end_index, 0, text->text_len);
            assert_int_equal(got.end_index - got.start_index, strlen(rows[i].cut));
            assert_memory_equal(text->text + got.start_index, rows[i].cut, strlen(rows[i].cut));
        }
        gia_interaction_release(interaction);
    }
}

static void annotations_come_in_their_order(void **state)
{
    gia_interaction_t *interaction = recorded_answer("steps/transcription.json");
    const gia_content_t *text = output_of(interaction, GIA_CONTENT_TEXT);
    gia_annotation_t annotation;

    assert_int_equal(gia_content_annotation_count(text), 2);
    assert_true(gia_content_annotation(text, 1, &annotation));
    assert_string_equal(annotation.text, "there");
    annotation.text = "untouched";
    assert_false(gia_content_annotation(text, 2, &annotation));
    assert_false(gia_content_annotation(text, SIZE_MAX, &annotation));
    assert_string_equal(annotation.text, "untouched");
    gia_interaction_release(interaction);

    interaction = decode("{\"outputs\":[{\"type\":\"image\",\"annotations\":[{}]}]}");
    assert_int_equal(gia_content_annotation_count(gia_interaction_output(interaction, 0)), 0);
    gia_interaction_release(interaction);
}

static void an_early_source_may_be_no_address(void **state)
{
    gia_interaction_t *interaction =
        decode("{\"outputs\":[{\"type\":\"text\",\"text\":\"a\",\"annotations\":["
               "{\"source\":\"Annual report\"},{\"source\":\"http://x.example\"},"
               "{\"source\":\"https://y.example\",\"url\":\"https://z.example\"},"
               "{\"type\":\"future_citation\",\"source\":\"https://y.example\"},{}]}]}");
    static const struct {
        gia_annotation_type_t type;
        const char *url;
    } rows[] = {
        {GIA_ANNOTATION_URL_CITATION, NULL},
        {GIA_ANNOTATION_URL_CITATION, "http://x.example"},
        {GIA_ANNOTATION_URL_CITATION, "https://z.example"},
        {GIA_ANNOTATION_OTHER, NULL},
        {GIA_ANNOTATION_OTHER, NULL},
    };
    gia_annotation_t annotation;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_true(gia_content_annotation(gia_interaction_output(interaction, 0), i, &annotation));
        assert_int_equal(annotation.type, rows[i].type);
        expect_text(annotation.url, rows[i].url);
    }
    gia_interaction_release(interaction);
}

/* ---- what is left to the program ---- */

#define CALL(id)   "{\"type\":\"function_call\"," id "\"name\":\"f\"}"
#define RESULT(id) "{\"type\":\"function_result\"," id "\"name\":\"f\",\"result\":1}"
#define ACTION     "{\"status\":\"requires_action\","

static void calls_without_a_result_wait(void **state)
{
    static const struct {
        const char *json;
        const char *awaited; /* one letter a call, in their order */
    } rows[] = {
        {ACTION "\"steps\":[" CALL("\"id\":\"a\",") "]}", "y"},
        {ACTION "\"outputs\":[" CALL("\"id\":\"a\",") "," CALL("\"id\":\"b\",") "]}", "yy"},
        {"{\"status\":\"completed\",\"steps\":[" CALL("\"id\":\"a\",") "]}", "n"},
        {"{\"status\":\"in_progress\",\"steps\":[" CALL("\"id\":\"a\",") "]}", "n"},
        /* A managed agent has run one of them itself. */
        {ACTION "\"steps\":[" CALL("\"id\":\"a\",") "," RESULT("\"call_id\":\"a\",") "," CALL(
             "\"id\":\"b\",") "]}",
         "ny"},
        {ACTION "\"steps\":[" CALL("\"id\":\"a\",") "," RESULT("\"call_id\":\"ab\",") "]}", "y"},
        {ACTION "\"steps\":[" CALL("") "," RESULT("") "]}", "y"},
        {ACTION "\"steps\":[" CALL("\"id\":7,") "," RESULT("\"call_id\":7,") "]}", "y"},
        /* What calls a tool of the service is none of the program's business. */
        {ACTION "\"steps\":[{\"type\":\"google_search_call\",\"id\":\"a\"}]}", "n"},
        {ACTION "\"steps\":[{\"type\":\"mcp_server_tool_call\",\"id\":\"a\"}]}", "n"},
        {ACTION "\"steps\":[{\"type\":\"code_execution_result\",\"call_id\":\"b\"}," CALL(
             "\"id\":\"b\",") "]}",
         "y"},
    };
    gia_tool_call_t call;
    size_t i, j, n;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        gia_interaction_t *interaction = decode(rows[i].json);
        const char *awaited = rows[i].awaited;

        for (j = 0; j < gia_interaction_output_count(interaction); j++) {
            const gia_content_t *output = gia_interaction_output(interaction, (ptrdiff_t)j);
            int waits = gia_interaction_awaits(interaction, output);
            if (!gia_tool_call_read(output, &call))
                assert_false(waits);
            else
                assert_int_equal(waits, *awaited++ == 'y');
        }
        assert_int_equal(*awaited, '\0');
        gia_interaction_release(interaction);
    }
    for (n = 0; n < 2; n++) {
        gia_interaction_t *interaction = recorded_answer(n ? "steps/parallel_function_calls.sse"
                                                           : "legacy/parallel_function_calls.json");
        assert_true(gia_interaction_awaits(interaction, gia_interaction_output(interaction, -1)));
        assert_true(gia_interaction_awaits(interaction, gia_interaction_output(interaction, -2)));
        gia_interaction_release(interaction);
    }
}

/* ---- hostile shapes ---- */

static void nothing_is_read_from_nothing(void **state)
{
    static const gia_content_t empty[] = {
        {.type = GIA_CONTENT_TEXT, .type_name = ""},
        {.type = GIA_CONTENT_GOOGLE_MAPS_RESULT, .type_name = ""},
        {.type = GIA_CONTENT_GOOGLE_SEARCH_CALL, .type_name = ""},
    };
    gia_annotation_t annotation;
    gia_tool_result_t result = {.type = GIA_CONTENT_GOOGLE_SEARCH_RESULT};
    gia_tool_call_t call;
    gia_source_t source;

    assert_int_equal(gia_content_annotation_count(NULL), 0);
    assert_false(gia_content_annotation(NULL, 0, &annotation));
    assert_false(gia_tool_call_read(NULL, &call));
    assert_false(gia_tool_result_read(NULL, &result));
    assert_false(gia_tool_result_source(NULL, 0, &source));
    assert_false(gia_tool_result_source(&result, 0, &source));
    assert_false(gia_interaction_awaits(NULL, NULL));
    assert_false(gia_interaction_awaits(NULL, &empty[0]));

    assert_int_equal(gia_content_annotation_count(&empty[0]), 0);
    assert_false(gia_tool_call_read(&empty[0], &call));
    assert_false(gia_tool_result_read(&empty[0], &result));
    assert_true(gia_tool_result_read(&empty[1], &result));
    assert_int_equal(result.source_count, 0);
    assert_null(result.text);
    assert_false(gia_tool_result_read(&empty[1], NULL));
    assert_true(gia_tool_call_read(&empty[2], &call));
    assert_null(call.queries);
    assert_null(call.arguments);
    assert_false(gia_tool_call_read(&empty[2], NULL));
}

/* Every member of every shape, in every place: nothing breaks, and what is not what it should be
 * counts as missing. */
static void wrong_types_count_as_missing(void **state)
{
    static const char *const shapes[] = {
        "null",
        "7",
        "-1e999",
        "true",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[[[]]]",
        "[null,7,\"x\",[],{}]",
        "{\"places\":7}",
        "[{\"places\":{\"url\":7}}]",
        "[{\"places\":\"x\"},{\"places\":[null]}]",
        "{\"queries\":{\"a\":1},\"urls\":\"u\",\"code\":[],\"language\":{}}",
        ("[{\"url\":7,\"title\":[],\"name\":{},\"text\":null,\"status\":true,\"type\":7,"
         "\"start_index\":\"x\",\"end_index\":-4,\"page_number\":1.5,\"source\":[1]}]"),
    };
    static const char *const members[] = {
        "arguments",   "result",   "annotations", "signature",      "id",   "call_id", "name",
        "server_name", "is_error", "search_type", "retrieval_type", "text", "data",
    };
    gia_annotation_t annotation;
    gia_tool_result_t result;
    gia_source_t source;
    gia_tool_call_t call;
    char json[512];
    int type;
    size_t i, j, k;

    for (type = GIA_CONTENT_TEXT; type <= GIA_CONTENT_PROCESSING_RESULT; type++) {
        for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
            for (j = 0; j < sizeof(shapes) / sizeof(*shapes); j++) {
                gia_interaction_t *interaction;
                const gia_content_t *output;
                snprintf(
                    json, sizeof(json),
                    "{\"status\":\"requires_action\",\"outputs\":[{\"type\":\"%s\",\"%s\":%s}]}",
                    gia_content_type_name((gia_content_type_t)type), members[i], shapes[j]);
                interaction = decode(json);
                output = gia_interaction_output(interaction, 0);
                assert_non_null(output);
                for (k = 0; k < gia_content_annotation_count(output); k++) {
                    assert_true(gia_content_annotation(output, k, &annotation));
                    assert_true(annotation.start_index == -1 && annotation.end_index == -1);
                    assert_true(annotation.page_number == -1);
                    assert_null(annotation.source);
                    assert_null(annotation.title);
                    assert_string_equal(annotation.type_name, "");
                }
                if (gia_tool_call_read(output, &call)) {
                    assert_null(call.queries);
                    assert_null(call.urls);
                    assert_null(call.code);
                    assert_null(call.language);
                }
                if (gia_tool_result_read(output, &result)) {
                    for (k = 0; gia_tool_result_source(&result, k, &source); k++) {
                        assert_null(source.url);
                        assert_null(source.title);
                        assert_null(source.status);
                    }
                    assert_int_equal(k, result.source_count);
                }
                assert_int_equal(gia_interaction_awaits(interaction, output),
                                 type == GIA_CONTENT_FUNCTION_CALL);
                gia_interaction_release(interaction);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tool_is_read),
        cmocka_unit_test(places_of_all_items_are_one_list),
        cmocka_unit_test(a_result_may_be_text),
        cmocka_unit_test(every_annotation_is_read),
        cmocka_unit_test(annotations_come_in_their_order),
        cmocka_unit_test(an_early_source_may_be_no_address),
        cmocka_unit_test(calls_without_a_result_wait),
        cmocka_unit_test(nothing_is_read_from_nothing),
        cmocka_unit_test(wrong_types_count_as_missing),
    };
    return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
