/* Create, streamed and unary, over each way to speak HTTP and in both revisions. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static const struct {
    const char *name;
    int tls;
    sim_http_t http;
    gia_http_version_t version;
    int http_version; /* what the simulator must see */
} wires[] = {
    {"HTTP/1.1", 0, SIM_HTTP_1, GIA_HTTP_DEFAULT, 1},
    {"HTTP/1.1 over TLS", 1, SIM_HTTP_1, GIA_HTTP_DEFAULT, 1},
    {"HTTP/1.1 over TLS on request", 1, SIM_HTTP_ANY, GIA_HTTP_1_1, 1},
    {"HTTP/2 over TLS", 1, SIM_HTTP_ANY, GIA_HTTP_DEFAULT, 2},
    {"HTTP/2 in clear", 0, SIM_HTTP_2, GIA_HTTP_2_PRIOR_KNOWLEDGE, 2},
};
enum { WIRES = sizeof(wires) / sizeof(wires[0]) };

static void open_wire(world_t *world, size_t wire, int legacy)
{
    world_options_t options = WORLD_OPTIONS;

    options.sim.tls = wires[wire].tls;
    options.sim.http = wires[wire].http;
    options.sim.legacy = legacy;
    options.http_version = wires[wire].version;
    world_open(world, &options);
}

static void unary_create_ends_with_the_interaction(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int legacy = 0; legacy < 2; legacy++) {
            world_t world;
            record_t record = {0};
            const sim_request_t *request;

            open_wire(&world, wire, legacy);
            assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
            world_run(&world, &record);

            assert_string_equal(record.message, "success");
            assert_int_equal(record.code, GIA_OK);
            assert_int_equal(record.done, 1);
            assert_int_equal(record.http_status, 200);
            assert_int_equal(record.attempts, 1);
            assert_int_equal(record.request_sent, 1);
            assert_int_equal(record.event_count, 0);
            assert_non_null(record.interaction);
            assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_COMPLETED);
            assert_int_equal(gia_interaction_revision(record.interaction),
                             legacy ? GIA_REVISION_LEGACY : GIA_REVISION_STEPS);
            assert_non_null(
                strstr(gia_interaction_output_text(record.interaction, NULL), "program"));
            assert_true(gia_interaction_usage(record.interaction)->total_tokens > 0);

            assert_int_equal(sim_request_count(world.sim), 1);
            request = sim_request(world.sim, 0);
            assert_int_equal(request->http_version, wires[wire].http_version);
            assert_string_equal(request->method, "POST");
            assert_string_equal(request->path, "/v1beta/interactions");
            assert_null(request->query);
            assert_string_equal(sim_request_header(request, "x-goog-api-key"), "test-key");
            assert_string_equal(sim_request_header(request, "accept"), "application/json");
            assert_string_equal(sim_request_header(request, "content-type"), "application/json");
            assert_non_null(strstr(sim_request_header(request, "user-agent"), "gia/"));
            assert_null(sim_request_header(request, "expect"));
            assert_null(sim_request_header(request, "accept-encoding"));
            assert_null(sim_request_header(request, "api-revision"));

            record_clear(&record);
            world_close(&world);
        }
    }
}

static void streamed_create_delivers_and_folds(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int legacy = 0; legacy < 2; legacy++) {
            world_t world;
            record_t record = {0};

            open_wire(&world, wire, legacy);
            assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
            world_run(&world, &record);

            assert_string_equal(record.message, "success");
            assert_int_equal(record.code, GIA_OK);
            assert_int_equal(record.done, 1);
            assert_int_equal(record.events_after_done, 0);
            assert_int_equal(record.event_count, json_array_size(record.trace));
            assert_true(record.event_count > 5);
            assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_COMPLETED);
            assert_string_equal(gia_interaction_output_text(record.interaction, NULL), record.text);
            assert_string_equal(sim_request_header(sim_request(world.sim, 0), "accept"),
                                "text/event-stream");

            record_clear(&record);
            world_close(&world);
        }
    }
}

/* What a program sees must not tell which revision the server speaks. */
static void both_revisions_give_the_same_trace(void **state)
{
    json_t *traces[2];
    size_t i;
    json_t *event;

    for (int legacy = 0; legacy < 2; legacy++) {
        world_t world;
        record_t record = {0};

        open_wire(&world, 0, legacy);
        world_script(&world,
                     "{\"replies\":[{\"texts\":[\"Two \",\"words.\"],\"thought\":\"Hm.\"}]}");
        assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.code, GIA_OK);
        assert_string_equal(record.text, "Two words.");
        traces[legacy] = json_incref(record.trace);
        record_clear(&record);
        world_close(&world);
    }
    for (int legacy = 0; legacy < 2; legacy++) {
        json_array_foreach(traces[legacy], i, event) json_object_del(event, "wire");
    }
    if (!json_equal(traces[0], traces[1]))
        fail_msg("%s\n%s", json_dumps(traces[0], JSON_INDENT(1)),
                 json_dumps(traces[1], JSON_INDENT(1)));
    json_decref(traces[0]);
    json_decref(traces[1]);
}

/* The events that the server sent are those of the manifest. */
static void expect_sent(const char *fixture, json_t *trace, json_t *types)
{
    size_t sent = 0, i;
    json_t *event;

    json_array_foreach(trace, i, event)
    {
        if (json_object_get(event, "own"))
            continue;
        assert_true(json_equal(json_object_get(event, "wire"), json_array_get(types, sent)));
        sent++;
    }
    if (sent != json_array_size(types))
        fail_msg("%s: %zu events instead of %zu", fixture, sent, json_array_size(types));
}

/* Every stream fixture, through the whole client, in pieces of each of these sizes. */
static void every_stream_fixture_arrives(void **state)
{
    static const char *const chunks[] = {"", ",\"chunk_bytes\":1", ",\"chunk_bytes\":7"};
    json_error_t error;
    json_t *manifest = json_load_file(TEST_DATA "/responses/MANIFEST.json", 0, &error);
    const char *revision, *name;
    json_t *files, *entry;
    size_t streams = 0;

    assert_non_null(manifest);
    json_object_foreach(manifest, revision, files)
    {
        json_object_foreach(files, name, entry)
        {
            const char *expected_text = json_string_value(json_object_get(entry, "text"));
            const char *expected_status = json_string_value(json_object_get(entry, "status"));
            json_t *types = json_object_get(entry, "event_types"),
                   *code = json_object_get(entry, "error_code");
            int hangs = strcmp(name, "resume_stuck.sse") == 0;

            if (strcmp(json_string_value(json_object_get(entry, "kind")), "stream") != 0)
                continue;
            streams++;
            for (size_t c = 0; c < sizeof(chunks) / sizeof(chunks[0]); c++) {
                world_t world;
                record_t record = {0};
                gia_call_options_t options = record_options(&record, &world);
                char script[300];

                options.continuation = GIA_CONTINUATION_OFF; /* one answer, as it is */
                open_wire(&world, 0, 0);
                snprintf(script, sizeof(script), "{\"replies\":[{\"fixture\":\"%s/%s\"%s%s}]}",
                         revision, name, chunks[c], hangs ? ",\"end\":\"stall\"" : "");
                world_script(&world, script);
                assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
                world_run(&world, &record);

                expect_sent(name, record.trace, types);
                if (expected_text) {
                    assert_string_equal(record.text, expected_text);
                    /* Only the last run of text is the answer: here an image stands before it. */
                    assert_string_equal(gia_interaction_output_text(record.interaction, NULL),
                                        strcmp(name, "image_output.sse") == 0 ? "Then colour."
                                                                              : expected_text);
                }
                if (code) {
                    assert_int_not_equal(record.code, GIA_OK);
                    if (json_is_string(code))
                        assert_string_equal(record.service_code, json_string_value(code));
                    else
                        assert_int_equal(atoi(record.service_code), json_integer_value(code));
                } else if (hangs) {
                    assert_int_equal(record.code, GIA_EIDLE_TIMEOUT);
                } else if (!expected_status) {
                    assert_int_equal(record.code, GIA_ETRUNCATED);
                } else {
                    assert_int_equal(record.code, GIA_OK);
                    assert_string_equal(gia_interaction_status_text(record.interaction),
                                        expected_status);
                }
                record_clear(&record);
                world_close(&world);
            }
        }
    }
    assert_true(streams > 40);
    json_decref(manifest);
}

static void folding_can_be_turned_off(void **state)
{
    world_t world;
    record_t record = {0};
    gia_call_options_t options;

    open_wire(&world, 0, 0);
    options = record_options(&record, &world);
    options.fold = GIA_FOLD_OFF;
    assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_null(record.interaction);
    assert_non_null(record.text);
    record_clear(&record);
    world_close(&world);
}

/* A connection is used again once its stream is over. */
static void connections_are_reused(void **state)
{
    for (size_t wire = 0; wire < WIRES - 1; wire++) { /* not in clear: libcurl 7.88 closes those */
        world_t world;

        open_wire(&world, wire, 0);
        for (int i = 0; i < 5; i++) {
            record_t record = {0};
            assert_int_equal(world_create(&world, &record, i % 2 ? BODY_STREAM : BODY_UNARY, NULL),
                             GIA_OK);
            world_run(&world, &record);
            assert_int_equal(record.code, GIA_OK);
            record_clear(&record);
        }
        assert_int_equal(sim_counts(world.sim).connections_accepted, 1);
        world_close(&world);
    }
}

typedef struct owner_s {
    unsigned events, ends;
    struct owner_s *next; /* who takes over with the first event */
    gia_client_t *client;
} owner_t;

static void owner_hears(gia_call_t *call, const gia_event_t *event, void *data)
{
    owner_t *owner = data;

    owner->events++;
    assert_ptr_equal(gia_call_data(call), owner);
    assert_ptr_equal(gia_call_client(call), owner->client);
    if (owner->next)
        gia_call_set_data(call, owner->next);
}

static void owner_ends(gia_call_t *call, const gia_result_t *result, void *data)
{
    owner_t *owner = data;

    assert_int_equal(result->code, GIA_OK);
    assert_ptr_equal(gia_call_data(call), owner);
    owner->ends++;
}

static int has_ended(void *data)
{
    return ((const owner_t *)data)->ends > 0;
}

static void the_data_of_a_call_can_be_changed(void **state)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    owner_t unheard = {0}, first = {0}, second = {0};
    record_t record = {0};
    world_t world;

    open_wire(&world, 0, 0);
    options.on_event = owner_hears;
    options.on_done = owner_ends;
    options.data = &unheard;
    assert_int_equal(world_create(&world, &record, BODY_STREAM, &options), GIA_OK);
    assert_ptr_equal(gia_call_data(record.call), &unheard);
    gia_call_set_data(record.call, &first);
    first.next = &second;
    first.client = second.client = world.client;
    world_run_until(&world, has_ended, &second);
    assert_int_equal(unheard.events + unheard.ends, 0);
    assert_int_equal(first.events, 1);
    assert_int_equal(first.ends, 0);
    assert_true(second.events > 1);
    assert_int_equal(second.ends, 1);
    record_clear(&record);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unary_create_ends_with_the_interaction),
        cmocka_unit_test(streamed_create_delivers_and_folds),
        cmocka_unit_test(both_revisions_give_the_same_trace),
        cmocka_unit_test(every_stream_fixture_arrives),
        cmocka_unit_test(folding_can_be_turned_off),
        cmocka_unit_test(the_data_of_a_call_can_be_changed),
        cmocka_unit_test(connections_are_reused),
    };

    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
