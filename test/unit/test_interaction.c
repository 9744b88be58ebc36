/* The interaction: the views of both revisions, the text of the answer, and life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "core/mem.h"
#include "wire/interaction.h"

static const gia__json_limits_t LIMITS = {.max_depth = 32};

static int try_decode(const char *json, size_t max_json, gia_interaction_t **out,
                      gia__json_error_t *error)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__buf_t body;
    int rc;

    gia__buf_init(&body, &mem, 1 << 20);
    gia__buf_add_text(&body, json);
    rc = gia__interaction_decode(out, &mem, &body, &LIMITS, max_json, error);
    assert_null(body.data);
    assert_int_equal(body.len, 0);
    return rc;
}

static gia_interaction_t *decode(const char *json)
{
    gia_interaction_t *interaction;

    assert_int_equal(try_decode(json, SIZE_MAX, &interaction, NULL), GIA_OK);
    return interaction;
}

static void nothing_is_read_from_null(void **state)
{
    size_t len = 7;

    assert_null(gia_interaction_keep(NULL));
    gia_interaction_release(NULL);
    assert_null(gia_interaction_id(NULL));
    assert_int_equal(gia_interaction_status(NULL), GIA_STATUS_NONE);
    assert_string_equal(gia_interaction_status_text(NULL), "");
    assert_null(gia_interaction_model(NULL));
    assert_null(gia_interaction_agent(NULL));
    assert_int_equal(gia_interaction_output_count(NULL), 0);
    assert_null(gia_interaction_output(NULL, 0));
    assert_int_equal(gia_interaction_step_count(NULL), 0);
    assert_null(gia_interaction_step(NULL, -1));
    assert_string_equal(gia_interaction_output_text(NULL, &len), "");
    assert_int_equal(len, 0);
    assert_null(gia_interaction_usage(NULL));
    assert_int_equal(gia_interaction_revision(NULL), GIA_REVISION_STEPS);
    assert_null(gia_interaction_json(NULL));
}

static void what_is_no_interaction_is_refused(void **state)
{
    static const struct {
        const char *json;
        int code;
    } rows[] = {
        {"{}", GIA_EPROTOCOL}, {"[]", GIA_EPROTOCOL},
        {"7", GIA_EPROTOCOL},  {"{\"id\":null,\"name\":\"x\"}", GIA_EPROTOCOL},
        {"", GIA_EJSON},       {"{\"id\":\"x\"", GIA_EJSON},
        {"<html>", GIA_EJSON},
    };
    gia__json_error_t error;
    gia_interaction_t *interaction;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        error.message[0] = '\0';
        assert_int_equal(try_decode(rows[i].json, SIZE_MAX, &interaction, &error), rows[i].code);
        assert_null(interaction);
        assert_true(*error.message);
    }
}

static void the_decoded_size_has_a_ceiling(void **state)
{
    const char *json = "{\"id\":\"x\",\"steps\":[{},{},{},{},{},{},{},{},{},{},{},{}]}";
    gia_interaction_t *interaction;
    size_t max;
    int rc;

    for (max = 0; (rc = try_decode(json, max, &interaction, NULL)) != GIA_OK; max += 64)
        assert_int_equal(rc, GIA_EJSON_TOO_BIG);
    assert_in_range(max, 1024, 64 * 1024);
    gia_interaction_release(interaction);
}

static void steps_are_seen_as_outputs(void **state)
{
    gia_interaction_t *interaction = decode(
        "{\"id\":\"v1\",\"model\":\"m\",\"status\":\"requires_action\",\"steps\":["
        "{\"type\":\"user_input\",\"content\":[{\"type\":\"text\",\"text\":\"q\"},"
        "{\"type\":\"image\",\"uri\":\"u\",\"mime_type\":\"image/png\"}]},"
        "{\"type\":\"thought\",\"signature\":\"s\",\"summary\":[{\"type\":\"text\",\"text\":\"a\"},"
        "{\"type\":\"image\"},{\"text\":\"b\"}]},"
        "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"t\","
        "\"annotations\":[1]},{\"type\":\"audio\",\"data\":\"YQ==\"}]},"
        "{\"type\":\"model_output\"},"
        "{\"type\":\"function_call\",\"id\":\"f\",\"name\":\"n\",\"arguments\":{\"x\":1}},"
        "{\"type\":\"function_result\",\"id\":\"own\",\"call_id\":\"f\",\"result\":\"r\","
        "\"is_error\":true},"
        "{\"type\":\"dream_result\",\"id\":\"own\"}, 7]}");
    const gia_content_t *content;
    const gia_step_t *step;

    assert_int_equal(gia_interaction_revision(interaction), GIA_REVISION_STEPS);
    assert_int_equal(gia_interaction_step_count(interaction), 8);
    assert_int_equal(gia_interaction_output_count(interaction), 7);
    assert_string_equal(gia_interaction_id(interaction), "v1");
    assert_string_equal(gia_interaction_model(interaction), "m");
    assert_null(gia_interaction_agent(interaction));
    assert_int_equal(gia_interaction_status(interaction), GIA_STATUS_REQUIRES_ACTION);
    assert_null(gia_interaction_usage(interaction));

    step = gia_interaction_step(interaction, 0);
    assert_int_equal(step->type, GIA_CONTENT_USER_INPUT);
    assert_int_equal(step->content_count, 2);
    assert_string_equal(step->content[1].mime_type, "image/png");
    step = gia_interaction_step(interaction, 2);
    assert_string_equal(step->type_name, "model_output");
    assert_ptr_equal(step->content, gia_interaction_output(interaction, 1));
    assert_int_equal(gia_interaction_step(interaction, 3)->content_count, 0);

    content = gia_interaction_output(interaction, 0);
    assert_int_equal(content->type, GIA_CONTENT_THOUGHT);
    assert_string_equal(content->text, "ab");
    assert_int_equal(content->text_len, 2);
    assert_string_equal(content->signature, "s");
    content = gia_interaction_output(interaction, 1);
    assert_int_equal(gia_json_count(content->annotations), 1);
    content = gia_interaction_output(interaction, 3);
    assert_string_equal(content->id, "f");
    assert_string_equal(content->name, "n");
    assert_int_equal(gia_json_int64(gia_json_get(content->arguments, "x"), 0), 1);
    content = gia_interaction_output(interaction, 4);
    assert_string_equal(content->id, "f");
    assert_int_equal(content->is_error, 1);
    assert_string_equal(gia_json_string(content->result, NULL), "r");
    content = gia_interaction_output(interaction, -2);
    assert_int_equal(content->type, GIA_CONTENT_OTHER);
    assert_string_equal(content->type_name, "dream_result");
    assert_null(content->id);
    content = gia_interaction_output(interaction, -1);
    assert_string_equal(content->type_name, "");
    assert_ptr_equal(content, gia_interaction_step(interaction, -1)->content);

    assert_ptr_equal(gia_interaction_output(interaction, -7),
                     gia_interaction_output(interaction, 0));
    assert_null(gia_interaction_output(interaction, 7));
    assert_null(gia_interaction_output(interaction, -8));
    assert_null(gia_interaction_output(interaction, PTRDIFF_MIN));
    assert_null(gia_interaction_step(interaction, PTRDIFF_MAX));
    gia_interaction_release(interaction);
}

static void outputs_are_seen_as_steps(void **state)
{
    static const gia_content_type_t types[] = {GIA_CONTENT_MODEL_OUTPUT, GIA_CONTENT_THOUGHT,
                                               GIA_CONTENT_MODEL_OUTPUT, GIA_CONTENT_OTHER};
    static const size_t counts[] = {1, 1, 2, 1};
    gia_interaction_t *interaction =
        decode("{\"status\":\"completed\",\"outputs\":[{\"type\":\"text\",\"text\":\"a\"},"
               "{\"type\":\"thought\",\"summary\":[{\"type\":\"text\",\"text\":\"only\"}]},"
               "{\"type\":\"text\",\"text\":\"b\"},{\"type\":\"image\"},{\"type\":\"smell\"}]}");
    const gia_step_t *step;
    size_t i;

    assert_int_equal(gia_interaction_revision(interaction), GIA_REVISION_LEGACY);
    assert_int_equal(gia_interaction_output_count(interaction), 5);
    assert_int_equal(gia_interaction_step_count(interaction), 4);
    for (i = 0; i < 4; i++) {
        step = gia_interaction_step(interaction, (ptrdiff_t)i);
        assert_int_equal(step->type, types[i]);
        assert_int_equal(step->content_count, counts[i]);
        assert_int_equal(!step->json, types[i] == GIA_CONTENT_MODEL_OUTPUT);
    }
    assert_string_equal(gia_interaction_step(interaction, 2)->type_name, "model_output");
    assert_string_equal(gia_interaction_step(interaction, 3)->type_name, "smell");
    assert_string_equal(gia_interaction_output(interaction, 1)->text, "only");
    assert_string_equal(gia_interaction_output_text(interaction, NULL), "ab");
    gia_interaction_release(interaction);
}

#define MODEL(parts) "{\"type\":\"model_output\",\"content\":[" parts "]}"
#define USER         "{\"type\":\"user_input\",\"content\":\"q\"}"
#define THOUGHT      "{\"type\":\"thought\"}"
#define CALL         "{\"type\":\"google_search_call\"}"
#define TEXT(text)   "{\"type\":\"text\",\"text\":\"" text "\"}"
#define IMAGE        "{\"type\":\"image\"}"

static void the_text_is_the_last_run(void **state)
{
    static const struct {
        const char *steps, *text;
    } rows[] = {
        {"", ""},
        {USER, ""},
        {MODEL(""), ""},
        {MODEL(IMAGE), ""},
        {MODEL(TEXT("a")), "a"},
        {MODEL(TEXT("a") "," TEXT("b")), "ab"},
        {MODEL(TEXT("a")) "," MODEL(TEXT("b") "," TEXT("c")), "abc"},
        {MODEL(TEXT("a") "," IMAGE "," TEXT("b")), "b"},
        {MODEL(TEXT("a") "," IMAGE), "a"},
        {MODEL(TEXT("a")) "," THOUGHT "," MODEL(TEXT("b")), "ab"},
        {MODEL(TEXT("a")) "," CALL "," MODEL(TEXT("b")), "b"},
        {MODEL(TEXT("a")) "," CALL, "a"},
        {MODEL(TEXT("a")) "," USER "," MODEL(TEXT("b")), "b"},
        {MODEL(TEXT("a")) "," USER "," CALL, ""},
        {MODEL(TEXT("a")) "," MODEL("{\"type\":\"text\"}"), "a"},
        {"{\"type\":\"model_output\",\"content\":" TEXT("a") "}", "a"},
        {"{\"type\":\"model_output\",\"content\":\"a\"}", "a"},
        {"{\"type\":\"model_output\",\"content\":[\"a\"]}", "a"},
        {"{\"type\":\"model_output\",\"content\":[{\"text\":\"a\"}]}", "a"},
        {"{\"type\":\"model_output\",\"content\":null}", ""},
    };
    gia_interaction_t *interaction;
    char json[512];
    size_t i, len;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        snprintf(json, sizeof(json), "{\"steps\":[%s]}", rows[i].steps);
        interaction = decode(json);
        assert_string_equal(gia_interaction_output_text(interaction, &len), rows[i].text);
        assert_int_equal(len, strlen(rows[i].text));
        gia_interaction_release(interaction);
    }
    interaction = decode("{\"outputs\":[" TEXT("a\\u0000b") "," TEXT("c") "]}");
    assert_memory_equal(gia_interaction_output_text(interaction, &len), "a\0bc", 5);
    assert_int_equal(len, 4);
    gia_interaction_release(interaction);
}

static void the_members_tell_the_revision(void **state)
{
    static const struct {
        const char *json;
        gia_revision_t revision;
        size_t outputs;
    } rows[] = {
        {"{\"steps\":[]}", GIA_REVISION_STEPS, 0},
        {"{\"outputs\":[]}", GIA_REVISION_LEGACY, 0},
        {"{\"id\":\"x\"}", GIA_REVISION_STEPS, 0},
        {"{\"id\":\"x\",\"role\":\"agent\"}", GIA_REVISION_LEGACY, 0},
        {"{\"steps\":[],\"outputs\":[" TEXT("a") "]}", GIA_REVISION_LEGACY, 1},
        {"{\"steps\":[" THOUGHT "],\"outputs\":[]}", GIA_REVISION_STEPS, 1},
        {"{\"steps\":null,\"outputs\":[" TEXT("a") "]}", GIA_REVISION_LEGACY, 1},
        {"{\"steps\":{},\"id\":\"x\"}", GIA_REVISION_STEPS, 0},
    };
    gia_interaction_t *interaction;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        interaction = decode(rows[i].json);
        assert_int_equal(gia_interaction_revision(interaction), rows[i].revision);
        assert_int_equal(gia_interaction_output_count(interaction), rows[i].outputs);
        gia_interaction_release(interaction);
    }
}

static void odd_members_count_as_missing(void **state)
{
    gia_interaction_t *interaction =
        decode("{\"id\":\"\",\"status\":null,\"model\":7,\"agent\":null,\"usage\":{"
               "\"total_tokens\":\"12\",\"total_input_tokens\":1.5,\"total_output_tokens\":null,"
               "\"more\":1},\"steps\":[null]}");
    const gia_usage_t *usage = gia_interaction_usage(interaction);

    assert_null(gia_interaction_id(interaction));
    assert_int_equal(gia_interaction_status(interaction), GIA_STATUS_NONE);
    assert_string_equal(gia_interaction_status_text(interaction), "");
    assert_null(gia_interaction_model(interaction));
    assert_null(gia_interaction_agent(interaction));
    assert_true(usage->total_tokens == 12);
    assert_true(usage->total_input_tokens == -1);
    assert_true(usage->total_output_tokens == -1);
    assert_true(usage->total_cached_tokens == -1);
    assert_int_equal(gia_json_count(usage->json), 4);
    assert_int_equal(gia_interaction_step(interaction, 0)->type, GIA_CONTENT_OTHER);
    gia_interaction_release(interaction);

    interaction = decode("{\"id\":\"x\",\"status\":\"hibernating\",\"mood\":\"calm\"}");
    assert_int_equal(gia_interaction_status(interaction), GIA_STATUS_OTHER);
    assert_string_equal(gia_interaction_status_text(interaction), "hibernating");
    assert_string_equal(
        gia_json_string(gia_json_get(gia_interaction_json(interaction), "mood"), NULL), "calm");
    gia_interaction_release(interaction);
}

static void it_lives_until_the_last_release(void **state)
{
    gia_interaction_t *interaction = decode("{\"id\":\"x\"}");

    assert_ptr_equal(gia_interaction_keep(interaction), interaction);
    gia_interaction_release(interaction);
    assert_string_equal(gia_interaction_id(interaction), "x");
    gia_interaction_release(interaction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_read_from_null),
        cmocka_unit_test(what_is_no_interaction_is_refused),
        cmocka_unit_test(the_decoded_size_has_a_ceiling),
        cmocka_unit_test(steps_are_seen_as_outputs),
        cmocka_unit_test(outputs_are_seen_as_steps),
        cmocka_unit_test(the_text_is_the_last_run),
        cmocka_unit_test(the_members_tell_the_revision),
        cmocka_unit_test(odd_members_count_as_missing),
        cmocka_unit_test(it_lives_until_the_last_release),
    };
    return cmocka_run_group_tests_name("interaction", tests, NULL, NULL);
}
