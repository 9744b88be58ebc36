/* Get, cancel and delete: what they send equals the captured requests, and what they report. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define ID "v1_ChdleGFtcGxlLWludGVyYWN0aW9uLW9uZRIDb25l"

enum operation { GET, CANCEL, DELETE };

static const struct {
    const char *capture; /* file in requests/legacy, whose version is v1beta like ours */
    enum operation operation;
    const char *id;
    gia_get_options_t get;
} rows[] = {
    {"get", GET, ID, GIA_GET_OPTIONS_INIT},
    {"get_id_escaping", GET, "a/b c?d", GIA_GET_OPTIONS_INIT},
    {"get_include_input", GET, ID, {sizeof(gia_get_options_t), 1, 0, NULL}},
    {"get_stream", GET, ID, {sizeof(gia_get_options_t), 0, 1, NULL}},
    {"get_stream_resume", GET, ID, {sizeof(gia_get_options_t), 0, 1, "v1_MF90aG91Z2h0+XzE1/=="}},
    {"cancel", CANCEL, ID, GIA_GET_OPTIONS_INIT},
    {"delete", DELETE, ID, GIA_GET_OPTIONS_INIT},
};

static int start(world_t *world, record_t *record, enum operation operation, const char *id,
                 const gia_get_options_t *get)
{
    gia_call_options_t options = record_options(record, world);

    switch (operation) {
    case GET: return gia_interaction_get(&record->call, world->client, id, get, &options);
    case CANCEL: return gia_interaction_cancel(&record->call, world->client, id, &options);
    case DELETE: break;
    }
    return gia_interaction_delete(&record->call, world->client, id, &options);
}

/* The captured query as it must stand on the wire. */
static void expect_query(const sim_request_t *request, json_t *query)
{
    if (json_is_null(query)) {
        assert_null(request->query);
    } else if (json_object_get(query, "last_event_id")) {
        assert_string_equal(request->query,
                            "stream=true&last_event_id=v1_MF90aG91Z2h0%2BXzE1%2F%3D%3D");
    } else {
        char expected[100];
        const char *name = json_object_iter_key(json_object_iter(query));

        snprintf(expected, sizeof(expected), "%s=%s", name,
                 json_string_value(json_object_get(query, name)));
        assert_string_equal(request->query, expected);
    }
}

static void requests_equal_the_captured_ones(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        record_t record = {0};
        const sim_request_t *request;
        char path[300];
        json_t *capture;

        snprintf(path, sizeof(path), TEST_DATA "/requests/legacy/%s.json", rows[i].capture);
        capture = json_load_file(path, 0, NULL);
        assert_non_null(capture);
        world_open(&world, &options);
        assert_int_equal(start(&world, &record, rows[i].operation, rows[i].id, &rows[i].get),
                         GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_ENOT_FOUND); /* the simulator has no such interaction */

        request = sim_request(world.sim, 0);
        assert_string_equal(request->method, json_string_value(json_object_get(capture, "method")));
        assert_string_equal(request->path, json_string_value(json_object_get(capture, "path")));
        expect_query(request, json_object_get(capture, "query"));
        assert_int_equal(request->body_length, 0);
        /* A content type only goes with content. */
        assert_null(sim_request_header(request, "content-type"));
        if (rows[i].operation == CANCEL)
            assert_string_equal(sim_request_header(request, "content-length"), "0");

        json_decref(capture);
        record_clear(&record);
        world_close(&world);
    }
}

static char *created_id(world_t *world, const char *body)
{
    record_t record = {0};
    char *id;

    assert_int_equal(world_create(world, &record, body, NULL), GIA_OK);
    world_run(world, &record);
    assert_int_equal(record.code, GIA_OK);
    id = strdup(gia_interaction_id(record.interaction));
    record_clear(&record);
    return id;
}

static void a_created_interaction_can_be_read_and_deleted(void **state)
{
    for (int legacy = 0; legacy < 2; legacy++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        record_t record = {0};
        char *id;

        options.sim.legacy = legacy;
        world_open(&world, &options);
        id = created_id(&world, BODY_UNARY);

        assert_int_equal(start(&world, &record, GET, id, NULL), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        assert_string_equal(gia_interaction_id(record.interaction), id);
        assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_COMPLETED);
        assert_non_null(strstr(gia_interaction_output_text(record.interaction, NULL), "program"));
        record_clear(&record);

        assert_int_equal(start(&world, &record, DELETE, id, NULL), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        assert_null(record.interaction);
        record_clear(&record);

        assert_int_equal(start(&world, &record, GET, id, NULL), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_ENOT_FOUND);
        record_clear(&record);
        free(id);
        world_close(&world);
    }
}

static void a_background_run_can_be_streamed_and_canceled(void **state)
{
    static const char body[] =
        "{\"agent\":\"deep-research-pro-preview-12-2025\",\"input\":\"Tides\","
        "\"background\":true}";
    gia_get_options_t get = GIA_GET_OPTIONS_INIT;
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    record_t record = {0};
    char *id;

    world_open(&world, &options);
    id = created_id(&world, body);
    assert_int_equal(start(&world, &record, CANCEL, id, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_CANCELLED);
    record_clear(&record);
    free(id);

    id = created_id(&world, body);
    get.stream = 1;
    assert_int_equal(start(&world, &record, GET, id, &get), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_true(record.event_count > 3);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL), record.text);
    record_clear(&record);
    free(id);
    world_close(&world);
}

static void delete_accepts_an_empty_answer(void **state)
{
    static const struct {
        const char *reply;
        int code;
    } answers[] = {
        {"{\"replies\":[{\"status\":200,\"body_text\":\"\"}]}", GIA_OK},
        {"{\"replies\":[{\"status\":200,\"body\":{}}]}", GIA_OK},
        {"{\"replies\":[{\"status\":204}]}", GIA_OK},
        {"{\"replies\":[{\"status\":200,\"body\":{\"error\":{\"code\":\"aborted\"}}}]}",
         GIA_ECONFLICT},
        {"{\"replies\":[{\"fixture\":\"steps/error_404_not_found.json\"}]}", GIA_ENOT_FOUND},
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        record_t record = {0};

        world_open(&world, &options);
        world_script(&world, answers[i].reply);
        assert_int_equal(start(&world, &record, DELETE, ID, NULL), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, answers[i].code);
        record_clear(&record);
        world_close(&world);
    }
}

/* What would walk out of the path, or would be sent for nothing. */
static void unusable_ids_are_refused(void **state)
{
    static const char *const ids[] = {NULL, "", ".", ".."};
    gia_get_options_t get = GIA_GET_OPTIONS_INIT;
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    record_t record = {0};

    world_open(&world, &options);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_int_equal(start(&world, &record, GET, ids[i], NULL), GIA_EINVAL);
        assert_int_equal(start(&world, &record, CANCEL, ids[i], NULL), GIA_EINVAL);
        assert_int_equal(start(&world, &record, DELETE, ids[i], NULL), GIA_EINVAL);
    }
    get.last_event_id = "v1_x";
    assert_int_equal(start(&world, &record, GET, ID, &get), GIA_EINVAL);
    assert_int_equal(gia_client_call_count(world.client), 0);

    /* Everything else is escaped, whatever it holds. */
    assert_int_equal(start(&world, &record, GET, "../x\r\nEvil: 1?#%", NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_ENOT_FOUND);
    assert_string_equal(sim_request(world.sim, 0)->path,
                        "/v1beta/interactions/..%2Fx%0D%0AEvil%3A%201%3F%23%25");
    record_clear(&record);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_equal_the_captured_ones),
        cmocka_unit_test(a_created_interaction_can_be_read_and_deleted),
        cmocka_unit_test(a_background_run_can_be_streamed_and_canceled),
        cmocka_unit_test(delete_accepts_an_empty_answer),
        cmocka_unit_test(unusable_ids_are_refused),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
