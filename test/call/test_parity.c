/* What reaches the wire, beside what the official SDKs sent: method, path, query, credential,
 * Accept.
 *
 * The bodies of creates are built by the setters in test/unit/test_request_parity.c; here they go
 * out as they were captured. The files_* captures are in test_files.c. */
#include "world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "differences.h"

#define ID "v1_ChdleGFtcGxlLWludGVyYWN0aW9uLW9uZRIDb25l"

enum operation { CREATE, GET, CANCEL, DELETE };

/* Everything that is no plain create of a Gemini API client. */
static const struct {
    const char *name; /* in both folders */
    enum operation operation;
    const char *id;
    int include_input, stream;
    const char *last_event_id;
    int vertex, express;
} rows[] = {
    {"get.json", GET, .id = ID},
    {"get_id_escaping.json", GET, .id = "a/b c?d"},
    {"get_include_input.json", GET, .id = ID, .include_input = 1},
    {"get_stream.json", GET, .id = ID, .stream = 1},
    {"get_stream_resume.json", GET, .id = ID, .stream = 1,
     .last_event_id = "v1_MF90aG91Z2h0+XzE1/=="},
    {"deep_research_poll_1.json", GET, .id = ID},
    {"deep_research_poll_2.json", GET, .id = ID},
    {"cancel.json", CANCEL, .id = ID},
    {"delete.json", DELETE, .id = ID},
    {"vertex_create.json", CREATE, .vertex = 1},
    {"vertex_get.json", GET, .id = ID, .vertex = 1},
    {"vertex_express_create.json", CREATE, .express = 1},
};

/* Where we differ on purpose. */
static const difference_t differences[] = {
    {"*", "stream=false", "a get that is no stream says nothing: that is the default"},
    {"legacy/*", "accept of a stream", "it is asked for as one; that SDK always asks for JSON"},
    {"legacy/vertex_express_create.json", "path", "that SDK writes `undefined` into the path"},
    {"steps/request_options.json", "query", "there is no way to add to the query, nor need of one"},
};

enum { DIFFERENCES = sizeof(differences) / sizeof(differences[0]) };

static size_t row_of(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0)
            break;
    }
    return i;
}

/* "a=b%2Bc&d=e" as an object of decoded values. */
static json_t *read_query(const char *query)
{
    json_t *object = json_object();
    char name[64], value[256];
    size_t name_len, value_len;

    while (query && *query) {
        name_len = strcspn(query, "=");
        snprintf(name, sizeof(name), "%.*s", (int)name_len, query);
        query += name_len + 1;
        for (value_len = 0; *query && *query != '&'; query++) {
            unsigned byte = (unsigned char)*query;
            if (byte == '%') {
                sscanf(query + 1, "%2x", &byte);
                query += 2;
            }
            value[value_len++] = (char)byte;
        }
        value[value_len] = '\0';
        json_object_set_new(object, name, json_string(value));
        query += *query == '&';
    }
    return object;
}

static void start(world_t *world, record_t *record, size_t row, const json_t *capture)
{
    gia_call_options_t options = record_options(record, world);
    gia_get_options_t get = GIA_GET_OPTIONS_INIT;
    enum operation operation = row < sizeof(rows) / sizeof(rows[0]) ? rows[row].operation : CREATE;
    char *body;

    if (operation == CREATE) {
        body = json_dumps(json_object_get(capture, "body"), JSON_COMPACT);
        assert_int_equal(world_create(world, record, body, &options), GIA_OK);
        free(body);
        return;
    }
    get.include_input = rows[row].include_input;
    get.stream = rows[row].stream;
    get.last_event_id = rows[row].last_event_id;
    assert_int_equal(
        operation == GET
            ? gia_interaction_get(&record->call, world->client, rows[row].id, &get, &options)
        : operation == CANCEL
            ? gia_interaction_cancel(&record->call, world->client, rows[row].id, &options)
            : gia_interaction_delete(&record->call, world->client, rows[row].id, &options),
        GIA_OK);
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    return value ? value : "";
}

/* What a query says, in an order that does not matter; to be freed. */
static char *query_text(const json_t *query)
{
    return json_dumps(query, JSON_COMPACT | JSON_SORT_KEYS);
}

static void check_query(const sim_request_t *sent, const char *name, const json_t *capture)
{
    json_t *wanted = json_deep_copy(json_object_get(capture, "query"));
    json_t *query = read_query(sent->query);
    char *ours, *theirs;

    if (!json_is_object(wanted)) {
        json_decref(wanted);
        wanted = json_object();
    }
    if (strcmp(text(wanted, "stream"), "false") == 0) {
        compare_captured(differences, DIFFERENCES, name, "stream=false", text(query, "stream"),
                         "false");
        json_object_del(wanted, "stream");
    }
    ours = query_text(query);
    theirs = query_text(wanted);
    compare_captured(differences, DIFFERENCES, name, "query", ours, theirs);
    free(ours);
    free(theirs);
    json_decref(wanted);
    json_decref(query);
}

static int is_stream(const json_t *capture)
{
    const json_t *body = json_object_get(capture, "body");

    return json_is_true(json_object_get(body, "stream")) ||
           strcmp(text(json_object_get(capture, "query"), "stream"), "true") == 0;
}

static void check(const sim_request_t *sent, const char *name, const json_t *capture)
{
    static const char *const credentials[] = {"x-goog-api-key", "authorization"};
    const json_t *headers = json_object_get(capture, "headers");
    json_t *body = json_object_get(capture, "body");

    assert_string_equal(sent->method, text(capture, "method"));
    compare_captured(differences, DIFFERENCES, name, "path", sent->path, text(capture, "path"));
    check_query(sent, name, capture);
    for (size_t i = 0; i < 2; i++) {
        const char *value = sim_request_header(sent, credentials[i]);
        assert_string_equal(value ? value : "", text(headers, credentials[i]));
    }
    compare_captured(differences, DIFFERENCES, name,
                     is_stream(capture) ? "accept of a stream" : "accept",
                     sim_request_header(sent, "accept"), text(headers, "accept"));
    if (json_is_object(body) ? !json_equal(body, sent->json) : sent->body_length != 0)
        fail_msg("%s: body %s", name, sent->body);
    /* Only a body has a type. */
    assert_int_equal(sim_request_header(sent, "content-type") != NULL, sent->body_length != 0);
}

static void compare(const char *folder, const char *name, const json_t *capture)
{
    size_t row = row_of(name);
    int is_row = row < sizeof(rows) / sizeof(rows[0]);
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    char capture_name[300];
    world_t world;

    /* Each SDK has a version that it takes when none is set; so have we. */
    options.config.api_version =
        strcmp(folder, "legacy") == 0 || strstr(name, "v1beta") ? "v1beta" : "v1";
    options.config.revision =
        strcmp(folder, "legacy") == 0 ? GIA_REVISION_LEGACY : GIA_REVISION_STEPS;
    if (is_row && rows[row].vertex) {
        options.config.vertex_project = "my-project";
        options.config.vertex_location = "us-central1";
        options.config.bearer_token = "test-token";
    }
    options.config.vertex = is_row && rows[row].express;
    if (is_row && (rows[row].vertex || rows[row].express))
        options.config.api_version = NULL;
    world_open(&world, &options);
    start(&world, &record, row, capture);
    world_run(&world, &record);
    assert_int_equal(sim_request_count(world.sim) > 0, 1);
    snprintf(capture_name, sizeof(capture_name), "%s/%s", folder, name);
    check(sim_request(world.sim, 0), capture_name, capture);
    record_clear(&record);
    world_close(&world);
}

static void every_capture(void **state)
{
    static const char *const folders[] = {"legacy", "steps"};
    size_t compared = 0;

    for (size_t i = 0; i < 2; i++) {
        char path[600];
        struct dirent *entry;
        DIR *folder;

        snprintf(path, sizeof(path), "%s/requests/%s", TEST_DATA, folders[i]);
        folder = opendir(path);
        assert_non_null(folder);
        while ((entry = readdir(folder))) {
            json_t *capture;

            if (entry->d_name[0] == '.' || strncmp(entry->d_name, "files_", 6) == 0)
                continue;
            snprintf(path, sizeof(path), "%s/requests/%s/%s", TEST_DATA, folders[i], entry->d_name);
            capture = json_load_file(path, 0, NULL);
            assert_non_null(capture);
            if (json_is_string(json_object_get(capture, "method"))) {
                compare(folders[i], entry->d_name, capture);
                compared++;
            }
            json_decref(capture);
        }
        closedir(folder);
    }
    assert_true(compared > 80);
    expect_all_met(differences, DIFFERENCES);
}

/* The second and third request of an answer that is continued. */
static void continuations(void **state)
{
    static const struct {
        const char *name, *first, *second, *third;
    } chains[] = {
        {"automatic_continuation", "v1_hop1", "v1_hop2", NULL},
        {"automatic_continuation_store_false", "", "", NULL},
    };

    for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        char path[600], script[1024];
        json_t *captures[3] = {NULL};
        gia_call_options_t call;
        gia_request_t *request;
        world_t world;
        size_t count, k;

        for (count = 0; count < 3; count++) {
            snprintf(path, sizeof(path), "%s/requests/steps/%s_%zu.json", TEST_DATA, chains[i].name,
                     count + 1);
            if (!(captures[count] = json_load_file(path, 0, NULL)))
                break;
        }
        assert_true(count >= 2);
        world_open(&world, &options);
        for (k = 1; k < count; k++) {
            snprintf(
                script, sizeof(script),
                "{\"replies\":[{\"headers\":{\"content-type\":\"application/json\"},"
                "\"body_text\":\"{\\\"id\\\":\\\"%s\\\",\\\"status\\\":"
                "\\\"requires_continuation\\\",\\\"continuation_token\\\":\\\"tok-%zu\\\"}\"}]}",
                k == 1 ? chains[i].first : chains[i].second, k);
            world_script(&world, script);
        }
        world_script(&world,
                     "{\"replies\":[{\"fixture\":\"steps/requires_continuation_final.json\"}]}");
        call = record_options(&record, &world);
        request = gia_request_new();
        gia_request_set_model(request, "gemini-4-argon");
        gia_request_add_text(request, "Write a very long proof.");
        if (json_object_get(json_object_get(captures[0], "body"), "generation_config"))
            gia_request_set_json(request, "/generation_config/max_output_tokens", "200000");
        if (i == 1)
            gia_request_set_store(request, 0);
        assert_int_equal(gia_interaction_create(&record.call, world.client, request, &call),
                         GIA_OK);
        gia_request_free(request);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        assert_int_equal(sim_request_count(world.sim), count);
        for (k = 0; k < count; k++) {
            json_t *body = json_object_get(captures[k], "body");
            if (!json_equal(body, sim_request(world.sim, k)->json))
                fail_msg("%s_%zu: %s", chains[i].name, k + 1, sim_request(world.sim, k)->body);
            json_decref(captures[k]);
        }
        record_clear(&record);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_capture),
        cmocka_unit_test(continuations),
    };
    clock_virtual(1);
    return cmocka_run_group_tests_name("parity", tests, NULL, NULL);
}
