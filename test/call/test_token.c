/* Bearer tokens that the program gives later, and gives again when they are refused. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define REFUSED "{\"fixture\":\"steps/error_401_authentication.json\"}"

/* What the program does when it is asked. */
typedef struct program_s {
    int asked;
    char refused[64];       /* what it was told the last time */
    const char *answers[4]; /* given at once, one a question; NULL: not now */
    record_t *cancels;      /* canceled when it is asked */
    world_t *closes;        /* closed then */
    gia_client_t *client;
} program_t;

static void get_token(gia_client_t *client, const char *refused, void *data)
{
    program_t *program = data;
    const char *answer = program->answers[program->asked++];

    program->client = client;
    snprintf(program->refused, sizeof(program->refused), "%s", refused ? refused : "(none)");
    if (program->cancels)
        gia_call_cancel(program->cancels->call);
    if (program->closes)
        world_close_client(program->closes);
    if (answer)
        assert_int_equal(gia_client_set_bearer_token(client, answer), GIA_OK);
}

static void open_with(world_t *world, program_t *program)
{
    world_options_t options = WORLD_OPTIONS;

    options.config.get_token = get_token;
    options.config.get_token_data = program;
    world_open(world, &options);
}

static const char *authorization(world_t *world, size_t index)
{
    return sim_request_header(sim_request(world->sim, index), "authorization");
}

static void one_question_for_all(void **state)
{
    program_t program = {0};
    record_t records[3] = {{0}};
    world_t world;

    open_with(&world, &program);
    for (int i = 0; i < 3; i++)
        assert_int_equal(world_create(&world, &records[i], i ? BODY_STREAM : BODY_UNARY, NULL),
                         GIA_OK);
    assert_int_equal(program.asked, 0); /* not from inside of a start */
    world_pass(&world, 5000);
    assert_int_equal(program.asked, 1);
    assert_string_equal(program.refused, "(none)");
    assert_int_equal(sim_request_count(world.sim), 0);

    assert_int_equal(gia_client_set_bearer_token(world.client, "late"), GIA_OK);
    for (int i = 0; i < 3; i++) {
        world_run(&world, &records[i]);
        assert_int_equal(records[i].code, GIA_OK);
        assert_string_equal(authorization(&world, (size_t)i), "Bearer late");
        assert_int_equal(records[i].attempts, 1);
        record_clear(&records[i]);
    }
    assert_int_equal(program.asked, 1);
    world_close(&world);
}

static void an_answer_at_once(void **state)
{
    program_t program = {.answers = {"now"}};
    record_t record = {0};
    world_t world;

    open_with(&world, &program);
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_string_equal(authorization(&world, 0), "Bearer now");
    record_clear(&record);
    world_close(&world);
}

static void a_refused_token_is_renewed_once(void **state)
{
    program_t program = {.answers = {"old", "new", "newest"}};
    record_t record = {0};
    world_t world;

    for (int refusals = 1; refusals <= 2; refusals++) {
        program.asked = 0;
        open_with(&world, &program);
        for (int i = 0; i < refusals; i++)
            world_script(&world, "{\"replies\":[" REFUSED "]}");
        assert_int_equal(world_create(&world, &record, BODY_STREAM, NULL), GIA_OK);
        world_run(&world, &record);
        assert_int_equal(record.attempts, 2);
        assert_int_equal(program.asked, 2);
        assert_string_equal(program.refused, "old");
        assert_string_equal(authorization(&world, 0), "Bearer old");
        assert_string_equal(authorization(&world, 1), "Bearer new");
        assert_int_equal(sim_request(world.sim, 0)->body_length,
                         sim_request(world.sim, 1)->body_length);
        if (refusals == 1) {
            assert_int_equal(record.code, GIA_OK);
            assert_true(record.event_count > 0);
        } else {
            assert_int_equal(record.code, GIA_EAUTHENTICATION);
            assert_int_equal(record.http_status, 401);
        }
        record_clear(&record);
        memset(&record, 0, sizeof(record));
        world_close(&world);
    }
}

/* Who was refused while another had got a new token takes that one. */
static void several_refused_calls_ask_once(void **state)
{
    program_t program = {.answers = {"old", "new"}};
    record_t records[3] = {{0}};
    world_t world;

    open_with(&world, &program);
    world_script(&world, "{\"replies\":[" REFUSED "," REFUSED "," REFUSED "]}");
    for (int i = 0; i < 3; i++)
        assert_int_equal(world_create(&world, &records[i], BODY_UNARY, NULL), GIA_OK);
    for (int i = 0; i < 3; i++) {
        world_run(&world, &records[i]);
        assert_int_equal(records[i].code, GIA_OK);
        assert_int_equal(records[i].attempts, 2);
        record_clear(&records[i]);
    }
    assert_int_equal(program.asked, 2);
    world_close(&world);
}

static void there_is_none(void **state)
{
    program_t program = {0};
    record_t first = {0}, second = {0};
    world_t world;

    open_with(&world, &program);
    assert_int_equal(world_create(&world, &first, BODY_UNARY, NULL), GIA_OK);
    world_pass(&world, 10);
    assert_int_equal(gia_client_set_bearer_token(world.client, NULL), GIA_OK);
    world_run(&world, &first);
    assert_int_equal(first.code, GIA_ETOKEN);
    assert_int_equal(first.attempts, 0);
    assert_int_equal(first.request_sent, 0);

    program.answers[1] = "later";
    assert_int_equal(world_create(&world, &second, BODY_UNARY, NULL), GIA_OK);
    world_run(&world, &second);
    assert_int_equal(second.code, GIA_OK);
    assert_int_equal(program.asked, 2);
    record_clear(&first);
    record_clear(&second);
    world_close(&world);
}

static void waiting_ends(void **state)
{
    for (int way = 0; way < 5; way++) {
        program_t program = {0};
        record_t record = {0};
        gia_call_options_t options;
        world_t world;

        open_with(&world, &program);
        options = record_options(&record, &world);
        options.total_timeout_ms = 3000;
        if (way == 3)
            program.cancels = &record;
        if (way == 4)
            program.closes = &world;
        assert_int_equal(world_create(&world, &record, BODY_UNARY, &options), GIA_OK);
        if (way < 3)
            world_pass(&world, 100);
        if (way == 1)
            gia_call_cancel(record.call);
        if (way == 2)
            world_close_client(&world);
        world_run(&world, &record);
        assert_int_equal(program.asked, 1);
        assert_int_equal(record.code, way == 0 ? GIA_ETOTAL_TIMEOUT : GIA_ECANCELED);
        assert_int_equal(sim_request_count(world.sim), 0);
        record_clear(&record);
        world_close(&world);
    }
}

static void what_is_no_token(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    record_t record = {0};
    world_t world;

    world_open(&world, &options); /* with a key */
    assert_int_equal(gia_client_set_bearer_token(world.client, "t"), GIA_EINVAL);
    assert_int_equal(gia_client_set_bearer_token(NULL, "t"), GIA_EINVAL);
    assert_int_equal(gia_client_set_bearer_token(world.client, NULL), GIA_EINVAL);
    world_close(&world);

    options.config.bearer_token = "first";
    world_open(&world, &options);
    assert_int_equal(gia_client_set_bearer_token(world.client, ""), GIA_EINVAL);
    assert_int_equal(gia_client_set_bearer_token(world.client, "a\r\nb: c"), GIA_EINVAL);
    assert_int_equal(gia_client_set_bearer_token(world.client, "second"), GIA_OK);
    /* Nobody can be asked: a refusal is the end. */
    world_script(&world, "{\"replies\":[" REFUSED "]}");
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_EAUTHENTICATION);
    assert_int_equal(record.attempts, 1);
    assert_string_equal(authorization(&world, 0), "Bearer second");
    record_clear(&record);
    world_close(&world);
}

/* The words of a refusal do not matter, be they without end. */
static void an_endless_refusal(void **state)
{
    program_t program = {.answers = {"old", "new"}};
    record_t record = {0};
    world_t world;

    open_with(&world, &program);
    world_script(&world,
                 "{\"replies\":[{\"status\":401,\"deltas\":3000,\"interval_ms\":1000}]}");
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_OK);
    assert_int_equal(record.attempts, 2);
    record_clear(&record);
    world_close(&world);
}

#define ECHOES                                                                                     \
    "{\"status\":400,\"delay_ms\":100,\"headers\":{\"content-type\":\"application/json\"},"        \
    "\"body_text\":\"{\\\"error\\\":{\\\"code\\\":\\\"invalid_request\\\",\\\"message\\\":"        \
    "\\\"no: old-secret\\\"}}\"}"

/* A request that left with a token which has been replaced since does not tell it either. */
static void the_token_before_is_a_secret_too(void **state)
{
    program_t program = {.answers = {"old-secret"}};
    record_t record = {0};
    world_t world;

    open_with(&world, &program);
    world_script(&world, "{\"replies\":[" ECHOES "]}");
    assert_int_equal(world_create(&world, &record, BODY_UNARY, NULL), GIA_OK);
    while (sim_request_count(world.sim) == 0)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_int_equal(gia_client_set_bearer_token(world.client, "new-secret"), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(record.code, GIA_EBAD_REQUEST);
    assert_null(strstr(record.message, "secret"));
    assert_null(strstr(record.service_message, "secret"));
    assert_non_null(strstr(record.service_message, "[redacted]"));
    record_clear(&record);
    world_close(&world);
}

/* NULL takes the token away: nothing is sent with it any more. */
static void a_token_is_taken_away(void **state)
{
    program_t program = {.answers = {"first", "second"}};
    world_options_t options = WORLD_OPTIONS;
    record_t records[3] = {{0}};
    world_t world;

    options.config.get_token = get_token;
    options.config.get_token_data = &program;
    options.config.max_in_flight = 1;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"service\":true,\"delay_ms\":100}]}");
    for (int i = 0; i < 2; i++)
        assert_int_equal(world_create(&world, &records[i], BODY_UNARY, NULL), GIA_OK);
    while (sim_request_count(world.sim) == 0)
        uv_run(&world.loop, UV_RUN_ONCE);
    /* One is under way, one waits in line. */
    assert_int_equal(gia_client_set_bearer_token(world.client, NULL), GIA_OK);
    for (int i = 0; i < 2; i++) {
        world_run(&world, &records[i]);
        assert_int_equal(records[i].code, GIA_OK);
        record_clear(&records[i]);
    }
    assert_string_equal(authorization(&world, 1), "Bearer second");
    assert_int_equal(program.asked, 2);
    assert_string_equal(program.refused, "(none)"); /* nobody has refused it */
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_question_for_all),
        cmocka_unit_test(an_answer_at_once),
        cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(several_refused_calls_ask_once),
        cmocka_unit_test(there_is_none),
        cmocka_unit_test(waiting_ends),
        cmocka_unit_test(what_is_no_token),
        cmocka_unit_test(an_endless_refusal),
        cmocka_unit_test(the_token_before_is_a_secret_too),
        cmocka_unit_test(a_token_is_taken_away),
    };
    clock_virtual(1);
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
