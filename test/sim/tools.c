/*
 * tools.c - what a model does with the tools of a request: it calls functions, and it searches,
 * computes and reads by itself.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int is_type(const json_t *object, const char *type)
{
    return strcmp(text_of(object, "type"), type) == 0;
}

/* ---- functions ---- */

/* Whether a part of the function's name, such as "weather", is in the prompt. */
static int is_meant(json_t *function, const char *prompt)
{
    const char *name = text_of(function, "name");
    while (*name) {
        size_t length = strcspn(name, "_");
        char *part = sim_copy(name, length);
        int is_there = length > 3 && strcasestr(prompt, part);
        free(part);
        if (is_there)
            return 1;
        name += length;
        name += *name == '_';
    }
    return 0;
}

static json_t *call_of(sim_t *sim, json_t *function, const char *prompt)
{
    char id[32];
    json_t *arguments = sim_schema_value(json_object_get(function, "parameters"), prompt);
    if (!json_is_object(arguments)) {
        json_decref(arguments);
        arguments = json_object();
    }
    snprintf(id, sizeof id, "call%u", ++sim->service.calls);
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "type", "function_call", "id", id, "signature",
                     "", "name", text_of(function, "name"), "arguments", arguments);
}

int sim_tools_call(sim_t *sim, json_t *tools, const char *prompt, json_t *steps)
{
    /* All that the prompt speaks of, otherwise the first. */
    json_t *first = NULL;
    size_t i;
    json_t *tool;
    int calls = 0;
    json_array_foreach(tools, i, tool)
    {
        if (!is_type(tool, "function"))
            continue;
        if (!first)
            first = tool;
        if (is_meant(tool, prompt)) {
            json_array_append_new(steps, call_of(sim, tool, prompt));
            calls++;
        }
    }
    if (!calls && first)
        json_array_append_new(steps, call_of(sim, first, prompt));
    return first != NULL;
}

/* A result as words: a text, or the texts in it, or its JSON. */
static void add_result(sim_buffer_t *out, json_t *value)
{
    json_t *items = json_is_object(value) ? json_object_get(value, "items") : value;
    size_t i;
    json_t *item;
    size_t before = out->length;
    if (json_is_string(value)) {
        sim_buffer_text(out, json_string_value(value));
        return;
    }
    json_array_foreach(items, i, item)
    {
        const char *text = json_is_string(item) ? json_string_value(item) : text_of(item, "text");
        if (*text && out->length > before)
            sim_buffer_text(out, " ");
        sim_buffer_text(out, text);
    }
    if (out->length == before)
        sim_buffer_json(out, value, JSON_COMPACT);
}

char *sim_tools_quote(json_t *results)
{
    sim_buffer_t out = {0};
    size_t i;
    json_t *result;
    int many = json_array_size(results) > 1;
    json_array_foreach(results, i, result)
    {
        const char *name = text_of(result, "name");
        sim_buffer_text(&out, i ? " The function" : "The function");
        if (many && *name)
            sim_buffer_format(&out, " %s", name);
        sim_buffer_text(&out, json_is_true(json_object_get(result, "is_error")) ? " failed: "
                                                                                : " says: ");
        add_result(&out, json_object_get(result, "result"));
    }
    return out.data;
}

/* ---- tools of the service ---- */

static const char *next_id(sim_t *sim, char id[32])
{
    snprintf(id, 32, "tool%u", ++sim->service.calls);
    return id;
}

/* A call with these arguments, and its result. Takes both over. */
static void add_pair(sim_t *sim, sim_finding_t *finding, const char *type, json_t *arguments,
                     json_t *result)
{
    char id[32], call_type[48], result_type[48];
    next_id(sim, id);
    snprintf(call_type, sizeof call_type, "%s_call", type);
    snprintf(result_type, sizeof result_type, "%s_result", type);
    json_t *call =
        json_pack("{s:s, s:s, s:s}", "type", call_type, "id", id, "signature", SIM_SIGNATURE);
    json_t *answer = json_pack("{s:s, s:s, s:s, s:b}", "type", result_type, "call_id", id,
                               "signature", SIM_SIGNATURE, "is_error", 0);
    if (arguments)
        json_object_set_new(call, "arguments", arguments);
    if (result)
        json_object_set_new(answer, "result", result);
    json_array_append_new(finding->steps, call);
    json_array_append_new(finding->steps, answer);
}

/* One more sentence, and what it refers to, which is taken over; offsets count bytes. */
static void add_sentence(sim_finding_t *finding, const char *sentence, json_t *annotation)
{
    if (finding->text.length)
        sim_buffer_text(&finding->text, " ");
    size_t start = finding->text.length;
    sim_buffer_text(&finding->text, sentence);
    if (!annotation)
        return;
    json_object_set_new(annotation, "start_index", json_integer((json_int_t)start));
    json_object_set_new(annotation, "end_index", json_integer((json_int_t)finding->text.length));
    json_array_append_new(finding->annotations, annotation);
}

static void count_grounding(sim_finding_t *finding, const char *type)
{
    json_array_append_new(finding->grounding, json_pack("{s:s, s:i}", "type", type, "count", 1));
}

static void search_web(sim_t *sim, sim_finding_t *finding, json_t *tool, const char *prompt)
{
    sim_buffer_t chip = {0}, sentence = {0};
    sim_buffer_format(&chip, "<div class=\"container\"><a class=\"chip\">%s</a></div>", prompt);
    add_pair(sim, finding, "google_search", json_pack("{s:[s]}", "queries", prompt),
             json_pack("[{s:s}]", "search_suggestions", chip.data));
    /* The quotation marks are longer than one byte, as the offsets shall tell bytes. */
    sim_buffer_format(
        &sentence, "The web has this to say about \xe2\x80\x9c%s\xe2\x80\x9d: it depends.", prompt);
    add_sentence(finding, sentence.data,
                 json_pack("{s:s, s:s, s:s}", "type", "url_citation", "url",
                           "https://example.org/answers", "title", "example.org"));
    count_grounding(finding, "google_search");
    sim_buffer_free(&chip);
    sim_buffer_free(&sentence);
}

/* The number before or behind the word, as in "the 50th Fibonacci number"; 0 if there is none. */
static unsigned fibonacci_index(const char *prompt)
{
    if (!strcasestr(prompt, "fibonacci"))
        return 0;
    const char *digits = prompt + strcspn(prompt, "0123456789");
    unsigned long index = strtoul(digits, NULL, 10);
    return index <= 90 ? (unsigned)index : 0;
}

static void execute_code(sim_t *sim, sim_finding_t *finding, json_t *tool, const char *prompt)
{
    unsigned index = fibonacci_index(prompt);
    unsigned long long a = 0, b = 1;
    sim_buffer_t code = {0}, result = {0}, sentence = {0};
    for (unsigned i = 0; i < index; i++) {
        unsigned long long sum = a + b;
        a = b;
        b = sum;
    }
    if (index) {
        sim_buffer_format(
            &code, "a, b = 0, 1\nfor _ in range(%u):\n    a, b = b, a + b\nprint(a)\n", index);
        sim_buffer_format(&result, "%llu\n", a);
        sim_buffer_format(&sentence, "The %uth Fibonacci number is %llu.", index, a);
    } else {
        sim_buffer_text(&code, "print(6 * 7)\n");
        sim_buffer_text(&result, "42\n");
        sim_buffer_text(&sentence, "It printed 42.");
    }
    add_pair(sim, finding, "code_execution",
             json_pack("{s:s, s:s}", "language", "python", "code", code.data),
             json_string(result.data));
    add_sentence(finding, sentence.data, NULL);
    sim_buffer_free(&code);
    sim_buffer_free(&result);
    sim_buffer_free(&sentence);
}

static void read_pages(sim_t *sim, sim_finding_t *finding, json_t *tool, const char *prompt)
{
    json_t *urls = json_array();
    json_t *results = json_array();
    for (const char *at = prompt; (at = strstr(at, "http"));) {
        size_t length = strcspn(at, " \n\t\"'<>,");
        while (length && strchr(".!?)", at[length - 1]))
            length--;
        json_t *url = json_stringn(at, length);
        json_array_append_new(results, json_pack("{s:O, s:s}", "url", url, "status", "success"));
        json_array_append_new(urls, url);
        at += length;
    }
    if (!json_array_size(urls)) {
        json_decref(urls);
        json_decref(results);
        add_sentence(finding, "There was no address to read.", NULL);
        return;
    }
    sim_buffer_t sentence = {0};
    const char *first = json_string_value(json_array_get(urls, 0));
    sim_buffer_format(&sentence, "The page %s says what such pages say.", first);
    json_t *citation =
        json_pack("{s:s, s:s, s:s}", "type", "url_citation", "url", first, "title", first);
    add_pair(sim, finding, "url_context", json_pack("{s:o}", "urls", urls), results);
    add_sentence(finding, sentence.data, citation);
    sim_buffer_free(&sentence);
}

/* The first tool that the server may be asked for. */
static const char *allowed_tool(json_t *server)
{
    json_t *allowed = json_object_get(server, "allowed_tools");
    json_t *first = json_is_array(allowed) ? json_array_get(allowed, 0) : allowed;
    const char *name = json_string_value(json_array_get(json_object_get(first, "tools"), 0));
    return name ? name : "forecast";
}

static void ask_server(sim_t *sim, sim_finding_t *finding, json_t *tool, const char *prompt)
{
    char id[32];
    sim_buffer_t sentence = {0};
    const char *server = text_of(tool, "name");
    const char *name = allowed_tool(tool);
    json_t *place = sim_schema_place(prompt);
    next_id(sim, id);
    sim_buffer_format(&sentence, "It is clear in %s with 12 degrees.", json_string_value(place));
    json_array_append_new(finding->steps,
                          json_pack("{s:s, s:s, s:s, s:s, s:{s:o}}", "type", "mcp_server_tool_call",
                                    "id", id, "server_name", server, "name", name, "arguments",
                                    "city", place));
    json_array_append_new(finding->steps, json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}", "type",
                                                    "mcp_server_tool_result", "call_id", id,
                                                    "server_name", server, "name", name, "result",
                                                    "type", "text", "text", "Clear, 12 degrees"));
    add_sentence(finding, sentence.data, NULL);
    sim_buffer_free(&sentence);
}

static void search_files(sim_t *sim, sim_finding_t *finding, json_t *tool, const char *prompt)
{
    json_t *stores = json_object_get(tool, "file_search_store_names");
    const char *store = json_string_value(json_array_get(stores, 0));
    sim_buffer_t document = {0};
    if (!store)
        store = "fileSearchStores/simulated";
    sim_buffer_format(&document, "%s/documents/pump", store);
    add_pair(sim, finding, "file_search", NULL,
             json_pack("[{s:s, s:s, s:s}]", "file_search_store", store, "title", "pump.pdf", "text",
                       "Prime the pump before first use."));
    add_sentence(finding, "Prime the pump first.",
                 json_pack("{s:s, s:s, s:s, s:s, s:i}", "type", "file_citation", "file_name",
                           "pump.pdf", "document_uri", document.data, "source", "pump.pdf",
                           "page_number", 4));
    sim_buffer_free(&document);
}

static void search_map(sim_t *sim, sim_finding_t *finding, json_t *tool, const char *prompt)
{
    static const char name[] = "Caf\xc3\xa9 Mar\xc3\xa9"
                               "e";
    static const char url[] = "https://maps.example.com/?cid=1";
    sim_buffer_t sentence = {0};
    json_t *result =
        json_pack("{s:[{s:s, s:s, s:s, s:[{s:s, s:s, s:s}]}]}", "places", "place_id",
                  "places/XyZ123", "name", name, "url", url, "review_snippets", "review_id", "r1",
                  "title", "Lovely corner", "url", "https://maps.example.com/r/1");
    if (json_is_true(json_object_get(tool, "enable_widget")))
        json_object_set_new(result, "widget_context_token", json_string("widgetcontent/abc"));
    add_pair(sim, finding, "google_maps", json_pack("{s:[s]}", "queries", prompt),
             json_pack("[o]", result));
    sim_buffer_format(&sentence, "Try %s.", name);
    add_sentence(finding, sentence.data,
                 json_pack("{s:s, s:s, s:s, s:s}", "type", "place_citation", "place_id",
                           "places/XyZ123", "name", name, "url", url));
    count_grounding(finding, "google_maps");
    sim_buffer_free(&sentence);
}

void sim_tools_use(sim_t *sim, json_t *tools, const char *prompt, sim_finding_t *finding)
{
    static const struct {
        const char *type;
        void (*use)(sim_t *, sim_finding_t *, json_t *, const char *);
    } known[] = {{"google_search", search_web}, {"code_execution", execute_code},
                 {"url_context", read_pages},   {"mcp_server", ask_server},
                 {"file_search", search_files}, {"google_maps", search_map}};
    size_t i;
    json_t *tool;
    json_array_foreach(tools, i, tool)
    {
        for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
            if (is_type(tool, known[k].type))
                known[k].use(sim, finding, tool, prompt);
        }
    }
}
