/* Background runs: followed to their end whatever happens to the looks, and canceled together with
 * the call. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define ID   "v1_run"
#define PATH "/v1beta/interactions/" ID
#define BODY_BACKGROUND                                                                            \
    "{\"model\":\"gemini-3-flash-preview\",\"input\":\"Tell me a joke.\",\"background\":true}"
#define BODY_BACKGROUND_STREAM                                                                     \
    "{\"model\":\"gemini-3-flash-preview\",\"input\":\"Tell me a joke.\",\"background\":true,"     \
    "\"stream\":true}"
#define RUN(status)                                                                                \
    "{\"body\":{\"id\":\"" ID "\",\"object\":\"interaction\",\"status\":\"" status "\"}}"

enum { MARGIN_MS = 50 };

typedef struct watched_s {
    record_t record;
    gia_watch_options_t how;
    gia_call_options_t options;
    char told[2000]; /* each status, with a space behind */
    void (*on_status)(struct watched_s *watched, const gia_interaction_t *interaction);
} watched_t;

static void on_status(gia_call_t *call, const gia_interaction_t *interaction, void *data)
{
    watched_t *watched = data;

    assert_false(watched->record.done);
    strcat(watched->told, gia_interaction_status_text(interaction));
    strcat(watched->told, " ");
    if (watched->on_status)
        watched->on_status(watched, interaction);
}

static void prepare(watched_t *watched, world_t *world)
{
    memset(watched, 0, sizeof(*watched));
    watched->options = record_options(&watched->record, world);
    watched->how = (gia_watch_options_t)GIA_WATCH_OPTIONS_INIT;
    watched->how.on_status = on_status;
}

static int watch(watched_t *watched, world_t *world)
{
    return gia_interaction_watch(&watched->record.call, world->client, ID, &watched->how,
                                 &watched->options);
}

static int create(watched_t *watched, world_t *world, const char *body)
{
    watched->options.watch = &watched->how;
    return world_create(world, &watched->record, body, &watched->options);
}

static uint64_t time_of(const world_t *world, size_t index)
{
    return sim_request(world->sim, index)->time;
}

static int is_cancel(const sim_request_t *request)
{
    const char *end = strrchr(request->path, '/');

    return strcmp(request->method, "POST") == 0 && strcmp(end, "/cancel") == 0;
}

static size_t cancels(const world_t *world)
{
    size_t count = 0;

    for (size_t i = 0; i < sim_request_count(world->sim); i++)
        count += (size_t)is_cancel(sim_request(world->sim, i));
    return count;
}

/* -- to the end -- */

static void an_hour_of_research(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;

    options.sim.background_ms = 58 * 60 * 1000;
    world_open(&world, &options);
    prepare(&watched, &world);
    assert_int_equal(create(&watched, &world, BODY_BACKGROUND), GIA_OK);
    memset(&watched.how, 0xff, sizeof(watched.how)); /* it was copied */
    world_run(&world, &watched.record);
    assert_int_equal(watched.record.code, GIA_OK);
    assert_int_equal(watched.record.done, 1);
    assert_string_equal(watched.told, "in_progress completed ");
    assert_int_equal(gia_interaction_status(watched.record.interaction), GIA_STATUS_COMPLETED);
    assert_non_null(gia_interaction_output_text(watched.record.interaction, NULL));
    assert_int_equal(sim_counts(world.sim).creates, 1);
    assert_int_equal(watched.record.attempts, sim_request_count(world.sim));
    assert_in_range(watched.record.attempts, 345, 355);
    assert_int_equal(gia_client_call_count(world.client), 0);
    record_clear(&watched.record);
    world_close(&world);
}

/* What stands in a status, and whether it ends the watch. */
static const struct {
    const char *status;
    int ends;
} statuses[] = {
    {"in_progress", 0},
    {"queued", 0},
    {"", 0},
    {"something_new", 0},
    {"requires_action", 1},
    {"completed", 1},
    {"failed", 1},
    {"cancelled", 1},
    {"incomplete", 1},
    {"budget_exceeded", 1},
    {"requires_continuation", 1},
};

static void every_status(void **state)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        for (int creates = 0; creates < 2; creates++) {
            world_options_t options = WORLD_OPTIONS;
            char script[500], told[100];
            watched_t watched;
            world_t world;

            world_open(&world, &options);
            snprintf(script, sizeof(script),
                     "{\"replies\":[{\"body\":{\"id\":\"" ID
                     "\",\"status\":\"%s\"}}," RUN("completed") "]}",
                     statuses[i].status);
            world_script(&world, script);
            prepare(&watched, &world);
            assert_int_equal(creates ? create(&watched, &world, BODY_BACKGROUND)
                                     : watch(&watched, &world),
                             GIA_OK);
            world_run(&world, &watched.record);
            snprintf(told, sizeof(told), "%s %s", statuses[i].status,
                     statuses[i].ends ? "" : "completed ");
            assert_int_equal(watched.record.code, GIA_OK);
            assert_string_equal(watched.told, told);
            assert_int_equal(sim_request_count(world.sim), statuses[i].ends ? 1 : 2);
            for (size_t n = (size_t)creates; n < sim_request_count(world.sim); n++) {
                assert_string_equal(sim_request(world.sim, n)->method, "GET");
                assert_string_equal(sim_request(world.sim, n)->path, PATH);
                assert_null(sim_request(world.sim, n)->query);
            }
            record_clear(&watched.record);
            world_close(&world);
        }
    }
}

static void each_change_is_told_once(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;

    world_open(&world, &options);
    world_script(
        &world,
        "{\"replies\":[" RUN("queued") "," RUN("queued") "," RUN("in_progress") "," RUN(
            "dreaming") "," RUN("dreaming") "," RUN("musing") "," RUN("in_progress") "," RUN("requi"
                                                                                             "res_"
                                                                                             "actio"
                                                                                             "n") "]}");
    prepare(&watched, &world);
    assert_int_equal(watch(&watched, &world), GIA_OK);
    world_run(&world, &watched.record);
    assert_string_equal(watched.told,
                        "queued in_progress dreaming musing in_progress requires_action ");
    record_clear(&watched.record);

    /* Nobody has to listen. */
    world_script(&world, "{\"replies\":[" RUN("queued") "," RUN("failed") "]}");
    prepare(&watched, &world);
    assert_int_equal(gia_interaction_watch(NULL, world.client, ID, NULL, &watched.options), GIA_OK);
    world_run(&world, &watched.record);
    assert_int_equal(watched.record.code, GIA_OK);
    assert_int_equal(gia_interaction_status(watched.record.interaction), GIA_STATUS_FAILED);
    record_clear(&watched.record);
    world_close(&world);
}

/* A foreground create, or one that the service does not keep, has nothing to look at. */
static void what_is_not_watched(void **state)
{
    static const char *const bodies[] = {BODY_UNARY, BODY_BACKGROUND};
    static const char *const replies[] = {RUN("in_progress"), "{\"body\":{\"status\":\"queued\"}}"};

    for (size_t i = 0; i < 2; i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[300];
        watched_t watched;
        world_t world;

        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[%s]}", replies[i]);
        world_script(&world, script);
        prepare(&watched, &world);
        assert_int_equal(create(&watched, &world, bodies[i]), GIA_OK);
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.code, GIA_OK);
        assert_int_equal(sim_request_count(world.sim), 1);
        record_clear(&watched.record);
        world_close(&world);
    }
}

static void streams_are_followed(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;

    world_open(&world, &options);
    prepare(&watched, &world);
    assert_int_equal(create(&watched, &world, BODY_BACKGROUND_STREAM), GIA_OK);
    world_run(&world, &watched.record);
    assert_int_equal(watched.record.code, GIA_OK);
    assert_true(watched.record.event_count > 5);
    assert_int_equal(sim_request_count(world.sim), 1);
    assert_string_equal(watched.told, "completed ");
    assert_string_equal(watched.record.text,
                        gia_interaction_output_text(watched.record.interaction, NULL));
    record_clear(&watched.record);
    world_close(&world);
}

static void wrong_arguments(void **state)
{
    static const char *const ids[] = {NULL, "", ".", ".."};
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;

    world_open(&world, &options);
    prepare(&watched, &world);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(gia_interaction_watch(NULL, world.client, ids[i], NULL, NULL), GIA_EINVAL);
    assert_int_equal(gia_interaction_watch(NULL, NULL, ID, NULL, NULL), GIA_EINVAL);
    for (int wrong = 0; wrong < 4; wrong++) {
        watched.how = (gia_watch_options_t)GIA_WATCH_OPTIONS_INIT;
        if (wrong == 0)
            watched.how.size = 0;
        else if (wrong == 1)
            watched.how.interval_ms = -1;
        else if (wrong == 2)
            watched.how.max_interval_ms = -1;
        else
            watched.how.timeout_ms = -2;
        assert_int_equal(watch(&watched, &world), GIA_EINVAL);
        assert_int_equal(create(&watched, &world, BODY_BACKGROUND), GIA_EINVAL);
    }
    record_clear(&watched.record);
    world_close(&world);
}

/* -- looks that fail -- */

static const struct {
    const char *reply;
    int code; /* that the call ends with; GIA_OK: it looks again */
} failures[] = {
    {"{\"accept\":\"reset\"}", GIA_OK},
    {"{\"accept\":\"close\"}", GIA_OK},
    {"{\"end\":\"stall\",\"cut_at\":0,\"delay_ms\":99999999}", GIA_OK},
    {"{\"first_byte_delay_ms\":99999999}", GIA_OK},
    {"{\"fixture\":\"steps/text.json\",\"cut_at\":20,\"framing\":\"length\",\"end\":\"close\"}",
     GIA_OK},
    {"{\"fixture\":\"steps/text.json\",\"cut_at\":20,\"end\":\"reset\"}", GIA_OK},
    {"{\"fixture\":\"steps/text.json\",\"cut_at\":20,\"end\":\"stall\"}", GIA_OK},
    {"{\"status\":408,\"body_text\":\"\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_429_rate_limit.json\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_429_google_rpc.json\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_500_api_error.json\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_502_html.json\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_503_service_unavailable.json\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_503_google_rpc_array.json\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_504_deadline_exceeded.json\"}", GIA_OK},
    {"{\"fixture\":\"steps/error_429_quota.json\"}", GIA_EQUOTA},
    {"{\"fixture\":\"steps/error_400_invalid_request.json\"}", GIA_EBAD_REQUEST},
    {"{\"fixture\":\"steps/error_401_authentication.json\"}", GIA_EAUTHENTICATION},
    {"{\"fixture\":\"steps/error_403_permission_denied.json\"}", GIA_EPERMISSION},
    {"{\"fixture\":\"steps/error_404_not_found.json\"}", GIA_ENOT_FOUND},
    {"{\"body_text\":\"<html>\",\"headers\":{\"content-type\":\"text/html\"}}", GIA_EJSON},
    {"{\"body\":[1]}", GIA_EPROTOCOL},
};

static void looks_may_fail(void **state)
{
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        for (int first = 0; first < 2; first++) {
            world_options_t options = WORLD_OPTIONS;
            char script[1500];
            watched_t watched;
            world_t world;

            world_open(&world, &options);
            snprintf(script, sizeof(script), "{\"replies\":[%s%s,%s,%s," RUN("completed") "]}",
                     first ? "" : RUN("in_progress") ",", failures[i].reply, failures[i].reply,
                     RUN("in_progress"));
            world_script(&world, script);
            prepare(&watched, &world);
            assert_int_equal(watch(&watched, &world), GIA_OK);
            world_run(&world, &watched.record);
            if (watched.record.code != failures[i].code)
                fail_msg("row %zu: %s: %s", i, gia_error_name(watched.record.code),
                         watched.record.message);
            if (failures[i].code == GIA_OK) {
                assert_string_equal(watched.told, "in_progress completed ");
                /* libcurl may ask again itself when a connection that was kept is dead. */
                assert_int_equal(sim_request_count(world.sim), first ? 4 : 5);
                assert_in_range(watched.record.attempts, 3, 5);
            } else {
                assert_string_equal(watched.told, first ? "" : "in_progress ");
                assert_int_equal(gia_interaction_status(watched.record.interaction),
                                 first ? GIA_STATUS_NONE : GIA_STATUS_IN_PROGRESS);
            }
            record_clear(&watched.record);
            world_close(&world);
        }
    }
}

static void nobody_listens(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;

    options.config.base_url = "http://127.0.0.1:1";
    world_open(&world, &options);
    prepare(&watched, &world);
    watched.how.timeout_ms = 60000;
    assert_int_equal(watch(&watched, &world), GIA_OK);
    world_run(&world, &watched.record);
    assert_int_equal(watched.record.code, GIA_EWATCH_TIMEOUT);
    assert_in_range(watched.record.attempts, 8, 14);
    assert_non_null(strstr(watched.record.message, gia_error_text(GIA_ECONNECT)));
    record_clear(&watched.record);
    world_close(&world);
}

/* A create may not run twice, whatever a watch may do. */
static void the_create_itself_is_made_once(void **state)
{
    static const struct {
        const char *reply;
        int code, may_have_run;
        unsigned requests;
    } rows[] = {
        {"{\"accept\":\"reset\"}", GIA_ELOST, 1, 1},
        {"{\"fixture\":\"steps/error_503_service_unavailable.json\"}", GIA_OK, 0, 3},
        {"{\"fixture\":\"steps/error_400_invalid_request.json\"}", GIA_EBAD_REQUEST, 0, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[500];
        watched_t watched;
        world_t world;

        options.config.max_attempts = 3;
        world_open(&world, &options);
        snprintf(script, sizeof(script),
                 "{\"replies\":[%s," RUN("in_progress") "," RUN("completed") "]}", rows[i].reply);
        world_script(&world, script);
        prepare(&watched, &world);
        assert_int_equal(create(&watched, &world, BODY_BACKGROUND), GIA_OK);
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.code, rows[i].code);
        assert_int_equal(watched.record.may_have_run, rows[i].may_have_run);
        assert_int_equal(watched.record.attempts, rows[i].requests);
        record_clear(&watched.record);
        world_close(&world);
    }
}

/* Tokens live shorter than runs. */
static void on_token(gia_client_t *client, const char *refused, void *data)
{
    world_t *world = data;
    static unsigned number;
    char token[20];

    snprintf(token, sizeof(token), "token-%u", ++number);
    sim_set_credential(world->sim, token);
    assert_int_equal(gia_client_set_bearer_token(client, token), GIA_OK);
}

static void spoil_token(watched_t *watched, const gia_interaction_t *interaction)
{
    sim_set_credential(watched->record.world->sim, "another one");
}

static void tokens_may_expire_again_and_again(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;
    const char *id;
    char kept[100];

    options.config.get_token = on_token;
    options.config.get_token_data = &world;
    options.sim.background_polls = 4;
    world_open(&world, &options);
    prepare(&watched, &world);
    watched.options.watch = NULL;
    assert_int_equal(world_create(&world, &watched.record, BODY_BACKGROUND, &watched.options),
                     GIA_OK);
    world_run(&world, &watched.record);
    id = gia_interaction_id(watched.record.interaction);
    snprintf(kept, sizeof(kept), "%s", id);
    record_clear(&watched.record);
    prepare(&watched, &world);
    watched.on_status = spoil_token;
    assert_int_equal(gia_interaction_watch(&watched.record.call, world.client, kept, &watched.how,
                                           &watched.options),
                     GIA_OK);
    while (!watched.record.done) {
        size_t before = sim_request_count(world.sim);
        while (!watched.record.done && sim_request_count(world.sim) < before + 2)
            uv_run(&world.loop, UV_RUN_ONCE);
        sim_set_credential(world.sim, "another one");
    }
    assert_int_equal(watched.record.code, GIA_OK);
    assert_true(watched.record.attempts > 7);
    record_clear(&watched.record);
    world_close(&world);
}

/* -- time -- */

static void pauses_grow_by_half(void **state)
{
    static const struct {
        int64_t interval_ms, max_ms;
        uint64_t pauses_ms[8];
    } rows[] = {
        {0, 0, {1000, 1500, 2250, 3375, 5062, 7593, 10000, 10000}},
        {400, 1000, {400, 600, 900, 1000, 1000, 1000, 1000, 1000}},
        {20000, 0, {20000, 20000, 20000, 20000, 20000, 20000, 20000, 20000}},
        {0, 1200, {1000, 1200, 1200, 1200, 1200, 1200, 1200, 1200}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t least = UINT64_MAX, most = 0; /* in thousandths of the pause */

        for (int round = 0; round < 20; round++) {
            world_options_t options = WORLD_OPTIONS;
            watched_t watched;
            world_t world;

            world_open(&world, &options);
            for (int n = 0; n < 8; n++)
                world_script(&world, "{\"replies\":[" RUN("in_progress") "]}");
            world_script(&world, "{\"replies\":[" RUN("completed") "]}");
            prepare(&watched, &world);
            watched.how.interval_ms = rows[i].interval_ms;
            watched.how.max_interval_ms = rows[i].max_ms;
            assert_int_equal(watch(&watched, &world), GIA_OK);
            world_run(&world, &watched.record);
            assert_int_equal(sim_request_count(world.sim), 9);
            for (size_t n = 0; n < 8; n++) {
                uint64_t gap_ms = time_of(&world, n + 1) - time_of(&world, n);
                uint64_t pause_ms = rows[i].pauses_ms[n], part = gap_ms * 1000 / pause_ms;
                assert_in_range(gap_ms, pause_ms * 9 / 10, pause_ms * 11 / 10 + MARGIN_MS);
                least = part < least ? part : least;
                most = part > most ? part : most;
            }
            record_clear(&watched.record);
            world_close(&world);
        }
        assert_in_range(least, 890, 960);
        assert_in_range(most, 1040, 1100 + 1000 * MARGIN_MS / 400);
    }
}

/* How long the next look waits after each answer. */
static void the_service_says_when(void **state)
{
    static const struct {
        const char *reply;
        uint64_t least_ms;
    } rows[] = {
        {"{\"status\":429,\"body_text\":\"\",\"headers\":{\"retry-after\":\"25\"}}", 25000},
        {"{\"status\":503,\"body_text\":\"\",\"headers\":{\"retry-after\":\"900\"}}", 900000},
        {"{\"status\":503,\"body_text\":\"\",\"headers\":{\"retry-after-ms\":\"1700\"}}", 1700},
        {"{\"body\":{\"id\":\"" ID "\",\"status\":\"queued\"},\"headers\":{\"retry-after\":\"7\"}}",
         7000},
        {"{\"status\":503,\"body_text\":\"\",\"headers\":{\"retry-after\":\"0\"}}", 900},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[500];
        watched_t watched;
        world_t world;

        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[%s," RUN("completed") "]}", rows[i].reply);
        world_script(&world, script);
        prepare(&watched, &world);
        assert_int_equal(watch(&watched, &world), GIA_OK);
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.code, GIA_OK);
        assert_in_range(time_of(&world, 1) - time_of(&world, 0), rows[i].least_ms,
                        rows[i].least_ms + 300);
        record_clear(&watched.record);
        world_close(&world);
    }
}

/* Failures in a row make the pauses longer than looks alone would. */
static void failures_back_off(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    uint64_t longest_ms = 0;
    watched_t watched;
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"repeat\":true,\"replies\":[{\"status\":503,\"body_text\":\"\"}]}");
    prepare(&watched, &world);
    assert_int_equal(watch(&watched, &world), GIA_OK);
    world_run(&world, &watched.record);
    assert_int_equal(watched.record.code, GIA_EWATCH_TIMEOUT);
    assert_non_null(strstr(watched.record.message, gia_error_text(GIA_EUNAVAILABLE)));
    for (size_t i = 1; i < sim_request_count(world.sim); i++) {
        uint64_t gap_ms = time_of(&world, i) - time_of(&world, i - 1);
        longest_ms = gap_ms > longest_ms ? gap_ms : longest_ms;
    }
    assert_in_range(longest_ms, 20000, 30000 + MARGIN_MS);
    record_clear(&watched.record);
    world_close(&world);
}

#define FOREVER "{\"repeat\":true,\"replies\":["
enum way { WATCH, CREATE, STREAM };

static const struct {
    enum way way;
    const char *script;
    int64_t timeout_ms;
    gia_status_t status; /* that the interaction has at the end */
} deadlines[] = {
    /* it is in progress for ever */
    {WATCH, FOREVER RUN("in_progress") "]}", 0, GIA_STATUS_IN_PROGRESS},
    {WATCH, FOREVER RUN("in_progress") "]}", 30000, GIA_STATUS_IN_PROGRESS},
    {WATCH, FOREVER RUN("in_progress") "]}", 700, GIA_STATUS_IN_PROGRESS},
    {CREATE, FOREVER RUN("in_progress") "]}", 30000, GIA_STATUS_IN_PROGRESS},
    /* the service asks to wait for longer than there is time */
    {WATCH, FOREVER "{\"status\":429,\"headers\":{\"retry-after\":\"600\"}}]}", 30000,
     GIA_STATUS_NONE},
    /* looks hang, in every way */
    {WATCH, FOREVER "{\"delay_ms\":99999999}]}", 30000, GIA_STATUS_NONE},
    {WATCH, FOREVER "{\"first_byte_delay_ms\":99999999}]}", 30000, GIA_STATUS_NONE},
    {WATCH, FOREVER "{\"fixture\":\"steps/text.json\",\"cut_at\":20,\"end\":\"stall\"}]}", 30000,
     GIA_STATUS_NONE},
    {CREATE, "{\"replies\":[" RUN("queued") ",{\"delay_ms\":99999999}]}", 30000, GIA_STATUS_QUEUED},
    /* so do the create and its stream */
    {CREATE, FOREVER "{\"delay_ms\":99999999}]}", 30000, GIA_STATUS_NONE},
    {STREAM, FOREVER "{\"texts\":[\"a\",\"b\",\"c\"],\"interval_ms\":20000}]}", 30000,
     GIA_STATUS_IN_PROGRESS},
};

static int start(watched_t *watched, world_t *world, enum way way)
{
    return way == WATCH    ? watch(watched, world)
           : way == CREATE ? create(watched, world, BODY_BACKGROUND)
                           : create(watched, world, BODY_BACKGROUND_STREAM);
}

static void it_must_have_ended_by_then(void **state)
{
    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        uint64_t began_ms, took_ms;
        watched_t watched;
        world_t world;

        world_open(&world, &options);
        world_script(&world, deadlines[i].script);
        prepare(&watched, &world);
        watched.how.timeout_ms = deadlines[i].timeout_ms;
        uv_update_time(&world.loop);
        began_ms = uv_now(&world.loop);
        assert_int_equal(start(&watched, &world, deadlines[i].way), GIA_OK);
        world_run(&world, &watched.record);
        took_ms = watched.record.done_ms - began_ms;
        if (watched.record.code != GIA_EWATCH_TIMEOUT)
            fail_msg("row %zu: %s", i, watched.record.message);
        if (gia_interaction_status(watched.record.interaction) != deadlines[i].status)
            fail_msg("row %zu: %s", i, gia_interaction_status_text(watched.record.interaction));
        assert_in_range(took_ms, deadlines[i].timeout_ms ? deadlines[i].timeout_ms : 3600000,
                        (deadlines[i].timeout_ms ? deadlines[i].timeout_ms : 3600000) + MARGIN_MS);
        record_clear(&watched.record);
        world_close(&world);
    }
}

/* The last look is early enough to be answered. */
static void the_last_look(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;
    size_t last;

    world_open(&world, &options);
    world_script(&world, FOREVER RUN("in_progress") "]}");
    prepare(&watched, &world);
    watched.how.timeout_ms = 60000;
    watched.how.interval_ms = 25000;
    assert_int_equal(watch(&watched, &world), GIA_OK);
    world_run(&world, &watched.record);
    last = sim_request_count(world.sim) - 1;
    assert_int_equal(last, 3);
    assert_in_range(time_of(&world, last) - time_of(&world, 0), 57950, 58050);
    record_clear(&watched.record);
    world_close(&world);
}

/* A watch without an end still obeys the call's, and a look that hangs is let go after a minute. */
static void without_a_deadline(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    world_t world;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"delay_ms\":99999999}]}");
    world_script(&world, FOREVER RUN("in_progress") "]}");
    prepare(&watched, &world);
    watched.how.timeout_ms = GIA_NO_TIMEOUT;
    watched.options.total_timeout_ms = 3 * 3600 * 1000;
    watched.options.first_byte_timeout_ms = GIA_NO_TIMEOUT;
    assert_int_equal(watch(&watched, &world), GIA_OK);
    world_run(&world, &watched.record);
    assert_int_equal(watched.record.code, GIA_ETOTAL_TIMEOUT);
    assert_in_range(time_of(&world, 1) - time_of(&world, 0), 60000, 62000);
    assert_int_equal(gia_interaction_status(watched.record.interaction), GIA_STATUS_IN_PROGRESS);
    record_clear(&watched.record);
    world_close(&world);
}

/* -- stopping -- */

enum stop { CANCEL, CLOSE, PAUSE, CANCEL_RUN, STOPS };

static void stop(world_t *world, watched_t *watched, enum stop how)
{
    switch (how) {
    case CANCEL: gia_call_cancel(watched->record.call); break;
    case CLOSE: world_close_client(world); break;
    case PAUSE:
        gia_call_pause(watched->record.call);
        world_pass(world, 100000);
        assert_int_equal(watched->record.done, 0);
        gia_call_resume(watched->record.call);
        break;
    case CANCEL_RUN:
        gia_call_cancel_remote(watched->record.call);
        gia_call_cancel_remote(watched->record.call);
        gia_call_pause(watched->record.call); /* there is nothing to be paused any more */
        break;
    case STOPS: break;
    }
}

/* What was said is what was done. */
static void check_canceled_run(const world_t *world, const watched_t *watched, int id_was_known)
{
    const record_t *record = &watched->record;

    assert_int_equal(record->code, GIA_ECANCELED);
    if (record->cancel_code == GIA_OK) {
        assert_int_equal(cancels(world), 1);
        assert_true(is_cancel(sim_request(world->sim, sim_request_count(world->sim) - 1)));
        /* It may have ended meanwhile, and keeps that status. */
        assert_true(gia_interaction_status(record->interaction) == GIA_STATUS_CANCELLED ||
                    gia_interaction_status(record->interaction) == GIA_STATUS_COMPLETED);
    } else {
        assert_int_equal(record->cancel_code, GIA_EINVAL);
        assert_int_equal(cancels(world), 0);
        assert_false(id_was_known);
    }
}

static void on_first_event(record_t *record, const gia_event_t *event)
{
    int *knows_id = record->data;

    *knows_id |= event->interaction_id != NULL;
}

/* Any moment of a create, its looks, and the pauses around them. */
static void stopping_at_any_moment(void **state)
{
    for (int streams = 0; streams < 2; streams++) {
        for (enum stop how = 0; how < STOPS; how++) {
            unsigned turns, under_way = 1, canceled_runs = 0;

            for (turns = 0; under_way; turns++) {
                world_options_t options = WORLD_OPTIONS;
                int knows_id = 0;
                watched_t watched;
                world_t world;

                world_open(&world, &options);
                prepare(&watched, &world);
                watched.record.on_event = on_first_event;
                watched.record.data = &knows_id;
                assert_int_equal(start(&watched, &world, streams ? STREAM : CREATE), GIA_OK);
                for (unsigned i = 0; i < turns && !watched.record.done; i++)
                    uv_run(&world.loop, UV_RUN_ONCE);
                under_way = !watched.record.done;
                if (under_way) {
                    stop(&world, &watched, how);
                    knows_id |= *watched.told != '\0';
                    world_run(&world, &watched.record);
                }
                if (under_way && how == CANCEL_RUN) {
                    check_canceled_run(&world, &watched, knows_id);
                    canceled_runs += watched.record.cancel_code == GIA_OK;
                } else {
                    assert_int_equal(watched.record.code,
                                     under_way && how != PAUSE ? GIA_ECANCELED : GIA_OK);
                    assert_int_equal(watched.record.cancel_code, GIA_OK);
                    assert_int_equal(cancels(&world), 0);
                }
                gia_interaction_release(watched.record.interaction);
                watched.record.interaction = NULL;
                world_close(&world);
                assert_int_equal(watched.record.done, 1);
                assert_int_equal(watched.record.events_after_done, 0);
                record_clear(&watched.record);
            }
            assert_true(turns > 4);
            assert_true(how != CANCEL_RUN || streams || canceled_runs > 4);
        }
    }
}

/* From within a callback, for each status that is told. */
static void cancel_from_status(watched_t *watched, const gia_interaction_t *interaction)
{
    gia_call_cancel(watched->record.call);
}

static void cancel_run_from_status(watched_t *watched, const gia_interaction_t *interaction)
{
    gia_call_cancel_remote(watched->record.call);
}

static void stopping_from_on_status(void **state)
{
    static const struct {
        const char *status;
        int is_final;
    } rows[] = {{"in_progress", 0}, {"completed", 1}};

    for (size_t i = 0; i < 4; i++) {
        world_options_t options = WORLD_OPTIONS;
        int runs_too = i >= 2, is_final = rows[i % 2].is_final;
        char script[300];
        watched_t watched;
        world_t world;

        world_open(&world, &options);
        snprintf(script, sizeof(script),
                 "{\"replies\":[{\"body\":{\"id\":\"" ID
                 "\",\"status\":\"%s\"}}," RUN("cancelled") "]}",
                 rows[i % 2].status);
        world_script(&world, script);
        prepare(&watched, &world);
        watched.on_status = runs_too ? cancel_run_from_status : cancel_from_status;
        assert_int_equal(create(&watched, &world, BODY_BACKGROUND), GIA_OK);
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.code, GIA_ECANCELED);
        assert_int_equal(watched.record.may_have_run, 0);
        assert_int_equal(cancels(&world), runs_too && !is_final);
        assert_int_equal(watched.record.cancel_code, runs_too && is_final ? GIA_EINVAL : GIA_OK);
        assert_string_equal(gia_interaction_status_text(watched.record.interaction),
                            runs_too && !is_final ? "cancelled" : rows[i % 2].status);
        assert_int_equal(strlen(watched.told), strlen(rows[i % 2].status) + 1);
        record_clear(&watched.record);
        world_close(&world);
    }
}

/* The same at the end of a stream: what it brought stays. */
static void stopping_at_the_end_of_a_stream(void **state)
{
    for (int runs_too = 0; runs_too < 2; runs_too++) {
        world_options_t options = WORLD_OPTIONS;
        watched_t watched;
        world_t world;

        world_open(&world, &options);
        prepare(&watched, &world);
        watched.on_status = runs_too ? cancel_run_from_status : cancel_from_status;
        assert_int_equal(create(&watched, &world, BODY_BACKGROUND_STREAM), GIA_OK);
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.code, GIA_ECANCELED);
        assert_int_equal(watched.record.cancel_code, runs_too ? GIA_EINVAL : GIA_OK);
        assert_string_equal(watched.told, "completed ");
        assert_int_equal(sim_request_count(world.sim), 1);
        assert_string_equal(watched.record.text,
                            gia_interaction_output_text(watched.record.interaction, NULL));
        record_clear(&watched.record);
        world_close(&world);
    }
}

static void cancel_run_from_event(record_t *record, const gia_event_t *event)
{
    if (event->type == GIA_EVENT_CONTENT_DELTA) {
        gia_call_pause(record->call);
        gia_call_cancel_remote(record->call);
    }
}

static void a_stream_and_its_run_are_canceled(void **state)
{
    for (int fold = GIA_FOLD_ON; fold <= GIA_FOLD_OFF; fold++) {
        world_options_t options = WORLD_OPTIONS;
        watched_t watched;
        world_t world;
        uint64_t events;

        world_open(&world, &options);
        world_script(&world, "{\"replies\":[{\"texts\":[\"a\",\"b\",\"c\"],\"interval_ms\":100}]}");
        prepare(&watched, &world);
        watched.options.fold = (gia_fold_t)fold;
        watched.record.on_event = cancel_run_from_event;
        assert_int_equal(
            world_create(&world, &watched.record, BODY_BACKGROUND_STREAM, &watched.options),
            GIA_OK); /* it need not be watched */
        world_run(&world, &watched.record);
        events = json_array_size(watched.record.trace);
        assert_int_equal(watched.record.event_count, events);
        check_canceled_run(&world, &watched, 1);
        assert_int_equal(watched.record.cancel_code, GIA_OK);
        assert_int_equal(watched.record.attempts, 2);
        record_clear(&watched.record);
        world_close(&world);
    }
}

/* How the cancel itself may go. `then`: what the program does meanwhile. */
static void the_cancel_may_fail(void **state)
{
    static const struct {
        const char *reply;
        enum stop then;
        int code;
        gia_status_t status;
        unsigned cancels;
        uint64_t took_ms;
    } rows[] = {
        {"{\"fixture\":\"steps/error_404_not_found.json\"}", STOPS, GIA_ENOT_FOUND,
         GIA_STATUS_IN_PROGRESS, 1, 0},
        {RUN("in_progress"), STOPS, GIA_OK, GIA_STATUS_IN_PROGRESS, 1, 0},
        {"{\"fixture\":\"steps/error_503_service_unavailable.json\"}," RUN("cancelled"), STOPS,
         GIA_OK, GIA_STATUS_CANCELLED, 2, 0},
        {"{\"accept\":\"reset\"}," RUN("cancelled"), STOPS, GIA_OK, GIA_STATUS_CANCELLED, 2, 0},
        {"{\"body\":[]}", STOPS, GIA_EPROTOCOL, GIA_STATUS_IN_PROGRESS, 1, 0},
        {"{\"delay_ms\":9999999}", STOPS, GIA_EFIRST_BYTE_TIMEOUT, GIA_STATUS_IN_PROGRESS, 1,
         20000},
        {"{\"fixture\":\"steps/text.json\",\"cut_at\":9,\"end\":\"stall\"}", STOPS,
         GIA_EFIRST_BYTE_TIMEOUT, GIA_STATUS_IN_PROGRESS, 1, 20000},
        {"{\"status\":503,\"headers\":{\"retry-after\":\"29\"}}", STOPS, GIA_EFIRST_BYTE_TIMEOUT,
         GIA_STATUS_IN_PROGRESS, 1, 20000},
        {"{\"delay_ms\":9999999}", CANCEL, GIA_ECANCELED, GIA_STATUS_IN_PROGRESS, 1, 3000},
        {"{\"delay_ms\":9999999}", CLOSE, GIA_ECANCELED, GIA_STATUS_IN_PROGRESS, 1, 3000},
        {"{\"delay_ms\":9999999}", CANCEL_RUN, GIA_EFIRST_BYTE_TIMEOUT, GIA_STATUS_IN_PROGRESS, 1,
         20000},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        uint64_t canceled_ms;
        char script[500];
        watched_t watched;
        world_t world;

        options.config.first_byte_timeout_ms = 20000;
        options.config.max_attempts = 3;
        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[" RUN("in_progress") ",%s]}",
                 rows[i].reply);
        world_script(&world, script);
        prepare(&watched, &world);
        assert_int_equal(create(&watched, &world, BODY_BACKGROUND), GIA_OK);
        world_pass(&world, 500);
        assert_string_equal(watched.told, "in_progress ");
        canceled_ms = uv_now(&world.loop);
        gia_call_cancel_remote(watched.record.call);
        if (rows[i].then != STOPS) {
            world_pass(&world, 3000);
            assert_int_equal(watched.record.done, 0);
            stop(&world, &watched, rows[i].then);
        }
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.code, GIA_ECANCELED);
        if (watched.record.cancel_code != rows[i].code)
            fail_msg("row %zu: %s", i, gia_error_name(watched.record.cancel_code));
        assert_int_equal(gia_interaction_status(watched.record.interaction), rows[i].status);
        assert_int_equal(cancels(&world), rows[i].cancels);
        assert_in_range(watched.record.done_ms - canceled_ms, rows[i].took_ms,
                        rows[i].took_ms + 1100);
        assert_int_equal(watched.record.may_have_run, 0);
        record_clear(&watched.record);
        world_close(&world);
    }
}

/* Which calls have a run that can be canceled, before anything was sent. */
static void what_can_be_canceled(void **state)
{
    for (int way = 0; way < 4; way++) {
        world_options_t options = WORLD_OPTIONS;
        watched_t watched;
        world_t world;

        world_open(&world, &options);
        world_script(&world, FOREVER RUN("cancelled") "]}");
        prepare(&watched, &world);
        if (way < 2)
            assert_int_equal(start(&watched, &world, way ? CREATE : WATCH), GIA_OK);
        else if (way == 2)
            assert_int_equal(
                gia_interaction_delete(&watched.record.call, world.client, ID, &watched.options),
                GIA_OK);
        else
            assert_int_equal(
                gia_file_get(&watched.record.call, world.client, "a", &watched.options), GIA_OK);
        gia_call_cancel_remote(watched.record.call);
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.code, GIA_ECANCELED);
        assert_int_equal(watched.record.cancel_code, way == 0 ? GIA_OK : GIA_EINVAL);
        assert_int_equal(sim_request_count(world.sim), way == 0);
        record_clear(&watched.record);

        /* The last word is the program's: at once, and the run is left alone. */
        prepare(&watched, &world);
        assert_int_equal(watch(&watched, &world), GIA_OK);
        gia_call_cancel_remote(watched.record.call);
        gia_call_cancel(watched.record.call);
        world_run(&world, &watched.record);
        assert_int_equal(watched.record.cancel_code, GIA_ECANCELED);
        assert_int_equal(sim_request_count(world.sim), way == 0);
        record_clear(&watched.record);
        world_close(&world);
    }
}

/* -- memory -- */

/* What rests is a call, what it follows, and nothing of HTTP or JSON. */
static int is_resting(void *data)
{
    const watched_t *watched = data;

    return *watched->told != '\0';
}

static void a_run_that_rests_is_small(void **state)
{
    enum { RUNS = 100 };
    world_options_t options = WORLD_OPTIONS;
    watched_t *all = calloc(RUNS, sizeof(*all));
    size_t before;
    world_t world;

    world_open(&world, &options);
    world_script(&world, FOREVER RUN("in_progress") "]}");
    before = world.memory.live_bytes;
    for (size_t i = 0; i < RUNS; i++) {
        prepare(&all[i], &world);
        all[i].how.interval_ms = 600000;
        assert_int_equal(create(&all[i], &world, BODY_BACKGROUND), GIA_OK);
    }
    for (size_t i = 0; i < RUNS; i++)
        world_run_until(&world, is_resting, &all[i]);
    world_pass(&world, 1000);
    assert_in_range((world.memory.live_bytes - before) / RUNS, 500, 3500);
    world_close_client(&world);
    for (size_t i = 0; i < RUNS; i++) {
        world_run(&world, &all[i].record);
        record_clear(&all[i].record);
    }
    world_close(&world);
    free(all);
}

/* Returns the code, of the start or of the end. */
static int play(size_t fail_at, int ending, size_t *total)
{
    world_options_t options = WORLD_OPTIONS;
    watched_t watched;
    size_t before;
    world_t world;
    int rc;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[" RUN("queued") "," RUN(
                             "in_progress") ",{\"status\":503,\"body_text\":\"{}\"}]}");
    world_script(&world,
                 ending == 2 ? FOREVER RUN("in_progress") "]}" : FOREVER RUN("cancelled") "]}");
    prepare(&watched, &world);
    watched.how.timeout_ms = 9000;
    before = world.memory.total;
    world.memory.fail_at = fail_at ? before + fail_at : 0;
    rc = watch(&watched, &world);
    if (rc == GIA_OK && ending == 1) {
        world_pass(&world, 4000);
        gia_call_cancel_remote(watched.record.call);
    }
    if (rc == GIA_OK) {
        world_run(&world, &watched.record);
        rc = watched.record.code;
        if (rc == GIA_ECANCELED && watched.record.cancel_code != GIA_OK)
            rc = watched.record.cancel_code;
    }
    *total = world.memory.total - before;
    record_clear(&watched.record);
    world_close(&world);
    return rc;
}

static void every_allocation_may_fail(void **state)
{
    static const int codes[] = {GIA_OK, GIA_ECANCELED, GIA_EWATCH_TIMEOUT};

    for (int ending = 0; ending < 3; ending++) {
        size_t all, total;

        assert_int_equal(play(0, ending, &all), codes[ending]);
        assert_true(all > 20);
        for (size_t n = 1; n <= all; n++) {
            int code = play(n, ending, &total);

            /* A socket that cannot be watched is a lost connection. */
            if (code != codes[ending] && code != GIA_ENOMEM && code != GIA_ELOST)
                fail_msg("ending %d, allocation %zu of %zu: %s", ending, n, all,
                         gia_error_name(code));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_of_research),
        cmocka_unit_test(every_status),
        cmocka_unit_test(each_change_is_told_once),
        cmocka_unit_test(what_is_not_watched),
        cmocka_unit_test(streams_are_followed),
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(looks_may_fail),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(the_create_itself_is_made_once),
        cmocka_unit_test(tokens_may_expire_again_and_again),
        cmocka_unit_test(pauses_grow_by_half),
        cmocka_unit_test(the_service_says_when),
        cmocka_unit_test(failures_back_off),
        cmocka_unit_test(it_must_have_ended_by_then),
        cmocka_unit_test(the_last_look),
        cmocka_unit_test(without_a_deadline),
        cmocka_unit_test(stopping_at_any_moment),
        cmocka_unit_test(stopping_from_on_status),
        cmocka_unit_test(stopping_at_the_end_of_a_stream),
        cmocka_unit_test(a_stream_and_its_run_are_canceled),
        cmocka_unit_test(the_cancel_may_fail),
        cmocka_unit_test(what_can_be_canceled),
        cmocka_unit_test(a_run_that_rests_is_small),
        cmocka_unit_test(every_allocation_may_fail),
    };
    clock_virtual(1);
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
