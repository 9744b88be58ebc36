/* Long answers that the service gives in several hops: one call, one sequence, one interaction. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define HOP1        "{\"fixture\":\"steps/requires_continuation.json\"}"
#define HOP2        "{\"fixture\":\"steps/requires_continuation_final.json\"}"
#define STREAM_HOP1 "{\"fixture\":\"steps/requires_continuation_hop1.sse\"}"
#define STREAM_HOP2 "{\"fixture\":\"steps/requires_continuation_hop2.sse\"}"

/* A hop with this id and token. */
#define HOP(id, token, text)                                                                       \
    "{\"body_text\":\"{\\\"id\\\":\\\"" id "\\\",\\\"status\\\":\\\"requires_continuation\\\","    \
    "\\\"continuation_token\\\":\\\"" token                                                        \
    "\\\",\\\"steps\\\":[{\\\"type\\\":\\\"model_output\\\","                                      \
    "\\\"content\\\":[{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"" text "\\\"}]}]}\","            \
    "\"headers\":{\"content-type\":\"application/json\"}}"

static gia_request_t *long_proof(int stream)
{
    gia_request_t *request = gia_request_new();

    gia_request_set_model(request, "gemini-4-argon");
    gia_request_add_text(request, "Write a very long proof.");
    gia_request_set_json(request, "/generation_config/max_output_tokens", "200000");
    gia_request_set_stream(request, stream);
    return request;
}

static void run(world_t *world, record_t *record, gia_request_t *request,
                const gia_call_options_t *options)
{
    gia_call_options_t mine = record_options(record, world);

    assert_int_equal(
        gia_interaction_create(&record->call, world->client, request, options ? options : &mine),
        GIA_OK);
    gia_request_free(request);
    world_run(world, record);
}

static void check_body(world_t *world, size_t index, const char *expected)
{
    json_t *wanted = json_loads(expected, 0, NULL);

    assert_non_null(wanted);
    if (!json_equal(wanted, sim_request(world->sim, index)->json))
        fail_msg("request %zu: %s", index, sim_request(world->sim, index)->body);
    json_decref(wanted);
}

static const gia_json_t *at(const record_t *record, const char *pointer)
{
    return gia_json_pointer(gia_interaction_json(record->interaction), pointer);
}

static void a_unary_answer_goes_on(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" HOP1 "," HOP2 "]}");
    run(&world, &record, long_proof(0), NULL);
    assert_int_equal(record.code, GIA_OK);
    assert_int_equal(record.attempts, 2);
    assert_int_equal(sim_request_count(world.sim), 2);
    check_body(&world, 1,
               "{\"model\":\"gemini-4-argon\",\"generation_config\":{\"max_output_tokens\":200000},"
               "\"stream\":false,\"continuation_token\":\"Y29udGludWF0aW9uLVMyNg==\","
               "\"previous_interaction_id\":"
               "\"v1_Chd3aXJlRml4dHVyZVMyNnh4eHh4eHh4eBIXd2lyZUZpeHR1cmVTMjZ4eHh4eHh4eHg\"}");
    assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_COMPLETED);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL),
                        "Lemma one. Lemma two. Done.");
    assert_int_equal(gia_interaction_step_count(record.interaction), 2);
    assert_int_equal(gia_interaction_usage(record.interaction)->total_tokens, 65656 + 66600);
    assert_int_equal(
        gia_usage_tokens(gia_interaction_usage(record.interaction), GIA_USAGE_INPUT, "text"),
        120 + 65700);
    assert_int_equal(gia_json_count(at(&record, "/continuation_ids")), 2);
    /* The first hop has no previous one, though the second has. */
    assert_null(gia_interaction_previous_id(record.interaction));
    assert_null(gia_interaction_continuation_token(record.interaction));
    record_clear(&record);
    world_close(&world);
}

static void a_stream_goes_on(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    world_t world;
    int64_t last = -1;
    size_t starts = 0, ends = 0, i;
    json_t *event;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" STREAM_HOP1 "," STREAM_HOP2 "]}");
    run(&world, &record, long_proof(1), NULL);
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(record.text, "Lemma one. Lemma two. Lemma three. Done.");
    json_array_foreach(record.trace, i, event)
    {
        const char *name = json_string_value(json_object_get(event, "event"));
        json_t *index = json_object_get(event, "index");

        starts += name && strcmp(name, "interaction.start") == 0;
        ends += name && strcmp(name, "interaction.complete") == 0;
        if (name && strcmp(name, "content.start") == 0) {
            assert_int_equal(json_integer_value(index), last + 1);
            last = json_integer_value(index);
        }
    }
    assert_int_equal(starts, 1);
    assert_int_equal(ends, 1);
    assert_int_equal(last, 2);
    assert_int_equal(record.event_count, json_array_size(record.trace));
    assert_int_equal(gia_interaction_step_count(record.interaction), 3);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL), record.text);
    assert_int_equal(gia_interaction_usage(record.interaction)->total_tokens, 65656 + 66600);
    check_body(&world, 1,
               "{\"model\":\"gemini-4-argon\",\"generation_config\":{\"max_output_tokens\":200000},"
               "\"stream\":true,\"continuation_token\":\"aG9wLTEtZW5k\","
               "\"previous_interaction_id\":"
               "\"v1_Chd3aXJlRml4dHVyZVM2OXh4eHh4eHh4eBIXd2lyZUZpeHR1cmVTNjl4eHh4eHh4eHg\"}");
    record_clear(&record);
    world_close(&world);
}

/* Without folding nothing is kept, but the events come all the same. */
static void a_relay_goes_on(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    gia_call_options_t call;
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" STREAM_HOP1 "," STREAM_HOP2 "]}");
    call = record_options(&record, &world);
    call.fold = GIA_FOLD_OFF;
    run(&world, &record, long_proof(1), &call);
    assert_int_equal(record.code, GIA_OK);
    assert_null(record.interaction);
    assert_string_equal(record.text, "Lemma one. Lemma two. Lemma three. Done.");
    record_clear(&record);
    world_close(&world);
}

/* What is not stored is sent again, input and all. */
static void what_is_not_stored(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    gia_request_t *request = long_proof(0);
    record_t record = {0};
    world_t world;

    world_open(&world, &options);
    gia_request_set_store(request, 0);
    world_script(&world, "{\"replies\":[" HOP("", "t1", "a") "," HOP("", "t2", "b") "," HOP2 "]}");
    run(&world, &record, request, NULL);
    assert_int_equal(record.code, GIA_OK);
    for (size_t hop = 1; hop <= 2; hop++) {
        char expected[512];

        snprintf(expected, sizeof(expected),
                 "{\"model\":\"gemini-4-argon\",\"input\":\"Write a very long proof.\","
                 "\"generation_config\":{\"max_output_tokens\":200000},\"stream\":false,"
                 "\"store\":false,\"continuation_token\":\"t%zu\"}",
                 hop);
        check_body(&world, hop, expected);
    }
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL),
                        "abLemma two. Done.");
    record_clear(&record);
    world_close(&world);
}

/* What was there before trouble came is there after it. */
static void a_broken_continuation(void **state)
{
    static const struct {
        const char *second;
        int stream, code;
        const char *text;
    } rows[] = {
        {"{\"fixture\":\"steps/error_429_rate_limit.json\"}", 0, GIA_ERATE_LIMITED, "Lemma one. "},
        {"{\"fixture\":\"steps/error_429_rate_limit.json\"}", 1, GIA_ERATE_LIMITED,
         "Lemma one. Lemma two. "},
        {"{\"accept\":\"reset\"}", 0, GIA_ELOST, "Lemma one. "},
        {"{\"fixture\":\"steps/truncated.sse\"}", 1, GIA_ETRUNCATED, NULL},
        {"{\"body_text\":\"{\"}", 0, GIA_ETRUNCATED, "Lemma one. "},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        char script[512];
        world_t world;

        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[%s,%s]}",
                 rows[i].stream ? STREAM_HOP1 : HOP1, rows[i].second);
        world_script(&world, script);
        run(&world, &record, long_proof(rows[i].stream), NULL);
        if (record.code != rows[i].code)
            fail_msg("row %zu: %s", i, record.message);
        assert_non_null(record.interaction);
        if (rows[i].text)
            assert_string_equal(gia_interaction_output_text(record.interaction, NULL),
                                rows[i].text);
        else
            assert_true(strlen(gia_interaction_output_text(record.interaction, NULL)) >
                        strlen("Lemma one. Lemma two. "));
        record_clear(&record);
        world_close(&world);
    }
}

static void it_can_be_turned_off(void **state)
{
    for (int stream = 0; stream <= 1; stream++) {
        world_options_t options = WORLD_OPTIONS;
        record_t record = {0};
        gia_call_options_t call;
        world_t world;

        world_open(&world, &options);
        world_script(&world,
                     stream ? "{\"replies\":[" STREAM_HOP1 "]}" : "{\"replies\":[" HOP1 "]}");
        call = record_options(&record, &world);
        call.continuation = GIA_CONTINUATION_OFF;
        run(&world, &record, long_proof(stream), &call);
        assert_int_equal(record.code, GIA_OK);
        assert_int_equal(sim_request_count(world.sim), 1);
        assert_int_equal(gia_interaction_status(record.interaction),
                         GIA_STATUS_REQUIRES_CONTINUATION);
        assert_non_null(gia_interaction_continuation_token(record.interaction));
        record_clear(&record);
        world_close(&world);
    }
}

static void it_ends(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    world_t world;

    /* The same token again would bring the same again. */
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" HOP("v1", "t", "a") "," HOP("v2", "t", "b") "]}");
    run(&world, &record, long_proof(0), NULL);
    assert_int_equal(record.code, GIA_OK);
    assert_int_equal(sim_request_count(world.sim), 2);
    assert_int_equal(gia_interaction_status(record.interaction), GIA_STATUS_REQUIRES_CONTINUATION);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL), "ab");
    record_clear(&record);
    world_close(&world);

    /* A service that never comes to an end. */
    memset(&record, 0, sizeof(record));
    options.config.max_continuations = 2;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" HOP("v1", "t1", "a") "," HOP("v2", "t2", "b") "," HOP(
                             "v3", "t3", "c") "]}");
    run(&world, &record, long_proof(0), NULL);
    assert_int_equal(record.code, GIA_ECONTINUATION);
    assert_int_equal(record.attempts, 3);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL), "abc");
    record_clear(&record);
    world_close(&world);
}

static void cancel_at_event(record_t *record, const gia_event_t *event)
{
    if (event->index == 2)
        gia_call_cancel(record->call);
}

static void cancel_in_a_later_hop(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {.on_event = cancel_at_event};
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" STREAM_HOP1 "," STREAM_HOP2 "]}");
    run(&world, &record, long_proof(1), NULL);
    assert_int_equal(record.code, GIA_ECANCELED);
    assert_int_equal(record.events_after_done, 0);
    assert_string_equal(gia_interaction_output_text(record.interaction, NULL),
                        "Lemma one. Lemma two. ");
    record_clear(&record);
    world_close(&world);
}

/* A hop without an id goes on from the one before it. */
static void a_hop_without_an_id(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    world_t world;

    world_open(&world, &options);
    world_script(&world,
                 "{\"replies\":[" HOP("v1", "t1", "a") "," HOP("", "t2", "b") "," HOP2 "]}");
    run(&world, &record, long_proof(0), NULL);
    assert_int_equal(record.code, GIA_OK);
    for (size_t hop = 1; hop <= 2; hop++)
        assert_string_equal(json_string_value(json_object_get(sim_request(world.sim, hop)->json,
                                                              "previous_interaction_id")),
                            "v1");
    record_clear(&record);
    world_close(&world);
}

/* Indexes as large as they can be neither overflow nor are added to. */
static void the_largest_index(void **state)
{
    static const char frames[] =
        "\"data: {\\\"event_type\\\":\\\"step.start\\\",\\\"index\\\":9223372036854775807,"
        "\\\"step\\\":{\\\"type\\\":\\\"model_output\\\"}}\\n\\n\"";
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    char script[2000];
    world_t world;

    world_open(&world, &options);
    snprintf(script, sizeof(script),
             "{\"replies\":[{\"headers\":{\"content-type\":\"text/event-stream\"},\"events\":[%s,"
             "\"data: {\\\"event_type\\\":\\\"interaction.completed\\\",\\\"interaction\\\":"
             "{\\\"id\\\":\\\"v1\\\",\\\"status\\\":\\\"requires_continuation\\\","
             "\\\"continuation_token\\\":\\\"t\\\"}}\\n\\n\"]},"
             "{\"headers\":{\"content-type\":\"text/event-stream\"},\"events\":[%s]}]}",
             frames, frames);
    world_script(&world, script);
    run(&world, &record, long_proof(1), NULL);
    assert_int_equal(record.code, GIA_ETRUNCATED);
    assert_int_equal(json_array_size(record.trace), 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(json_integer_value(json_object_get(json_array_get(record.trace, i), "index")) ==
                    INT64_MAX);
    record_clear(&record);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unary_answer_goes_on),
        cmocka_unit_test(a_stream_goes_on),
        cmocka_unit_test(a_relay_goes_on),
        cmocka_unit_test(what_is_not_stored),
        cmocka_unit_test(a_broken_continuation),
        cmocka_unit_test(it_can_be_turned_off),
        cmocka_unit_test(it_ends),
        cmocka_unit_test(cancel_in_a_later_hop),
        cmocka_unit_test(a_hop_without_an_id),
        cmocka_unit_test(the_largest_index),
    };
    clock_virtual(1);
    return cmocka_run_group_tests_name("continuation", tests, NULL, NULL);
}
