/* The interaction: the views of both revisions, the text of the answer, and life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>

#include "decoded.h"

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

static void nothing_is_read_from_null(void **state)
{
    gia_interaction_error_t error;
    gia_document_t *document;
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
    assert_int_equal(gia_interaction_error_count(NULL), 0);
    assert_false(gia_interaction_error(NULL, 0, &error));
    assert_null(gia_interaction_previous_id(NULL));
    assert_null(gia_interaction_continuation_token(NULL));
    assert_int_equal(gia_interaction_output_json(NULL, &document, NULL), GIA_EJSON);
    assert_true(gia_usage_tokens(NULL, GIA_USAGE_INPUT, "text") == -1);
    assert_true(gia_usage_grounding_count(NULL, "google_search") == -1);
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

/* ---- errors ---- */

static void expect_error(const gia_interaction_t *interaction, size_t index, const char *code,
                         const char *message)
{
    gia_interaction_error_t error;

    assert_true(gia_interaction_error(interaction, index, &error));
    assert_string_equal(error.code ? error.code : "none", code);
    assert_string_equal(error.message ? error.message : "none", message);
    assert_non_null(error.json);
}

static void errors_are_read(void **state)
{
    gia_interaction_t *interaction =
        decode("{\"status\":\"failed\",\"errors\":[{\"code\":\"api_error\",\"message\":\"a\"},"
               "{\"code\":14},\"plain\",null,7,[]],\"steps\":["
               "{\"type\":\"model_output\",\"error\":{\"code\":13,\"message\":\"b\",\"x\":1}},"
               "{\"type\":\"thought\",\"error\":null},{\"type\":\"thought\",\"error\":7},null,"
               "{\"type\":\"dream\",\"error\":\"c\"}]}");
    gia_interaction_error_t error = {.code = "untouched"};

    assert_int_equal(gia_interaction_error_count(interaction), 8);
    expect_error(interaction, 0, "api_error", "a");
    expect_error(interaction, 1, "14", "none");
    expect_error(interaction, 2, "none", "plain");
    expect_error(interaction, 3, "none", "none");
    expect_error(interaction, 4, "none", "none");
    expect_error(interaction, 5, "none", "none");
    expect_error(interaction, 6, "13", "b");
    expect_error(interaction, 7, "none", "c");
    assert_true(gia_interaction_error(interaction, 6, &error));
    assert_true(gia_json_int64(gia_json_get(error.json, "x"), 0) == 1);
    error.code = "untouched";
    assert_false(gia_interaction_error(interaction, 8, &error));
    assert_false(gia_interaction_error(interaction, SIZE_MAX, &error));
    assert_false(gia_interaction_error(interaction, 0, NULL));
    assert_string_equal(error.code, "untouched");
    gia_interaction_release(interaction);

    interaction = decode("{\"status\":\"failed\",\"errors\":{\"code\":1e2}}");
    assert_int_equal(gia_interaction_error_count(interaction), 1);
    expect_error(interaction, 0, "1e2", "none");
    gia_interaction_release(interaction);
    interaction = decode("{\"status\":\"failed\",\"errors\":true,\"outputs\":[{\"error\":{}}]}");
    assert_int_equal(gia_interaction_error_count(interaction), 1);
    gia_interaction_release(interaction);
}

/* ---- what stands around it ---- */

static void empty_words_count_as_missing(void **state)
{
    gia_interaction_t *interaction =
        decode("{\"id\":\"x\",\"previous_interaction_id\":\"p\",\"continuation_token\":\"t\"}");

    assert_string_equal(gia_interaction_previous_id(interaction), "p");
    assert_string_equal(gia_interaction_continuation_token(interaction), "t");
    gia_interaction_release(interaction);
    interaction =
        decode("{\"id\":\"x\",\"previous_interaction_id\":\"\",\"continuation_token\":7}");
    assert_null(gia_interaction_previous_id(interaction));
    assert_null(gia_interaction_continuation_token(interaction));
    gia_interaction_release(interaction);
}

static void usage_has_parts(void **state)
{
    static const struct {
        gia_usage_part_t part;
        const char *modality;
        int64_t tokens;
    } rows[] = {
        {GIA_USAGE_INPUT, "text", 16},     {GIA_USAGE_INPUT, "image", 258},
        {GIA_USAGE_INPUT, "audio", -1},    {GIA_USAGE_INPUT, "tex", -1},
        {GIA_USAGE_INPUT, "TEXT", -1},     {GIA_USAGE_INPUT, NULL, -1},
        {GIA_USAGE_OUTPUT, "image", 5},    {GIA_USAGE_OUTPUT, "text", -1},
        {GIA_USAGE_CACHED, "video", 3},    {GIA_USAGE_TOOL_USE, "text", -1},
        {(gia_usage_part_t)4, "text", -1},
    };
    gia_interaction_t *interaction =
        decode("{\"id\":\"x\",\"usage\":{\"input_tokens_by_modality\":[7,null,{\"tokens\":1},"
               "{\"modality\":\"text\",\"tokens\":16},{\"modality\":\"image\",\"tokens\":258},"
               "{\"modality\":\"audio\"}],"
               "\"output_tokens_by_modality\":[{\"modality\":\"image\",\"tokens\":\"5\"},"
               "{\"modality\":\"text\",\"tokens\":\"many\"}],"
               "\"cached_tokens_by_modality\":[{\"modality\":\"video\",\"tokens\":3}],"
               "\"tool_use_tokens_by_modality\":{\"modality\":\"text\",\"tokens\":1},"
               "\"grounding_tool_count\":[{\"type\":\"google_search\",\"count\":2}]}}");
    const gia_usage_t *usage = gia_interaction_usage(interaction);
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_true(gia_usage_tokens(usage, rows[i].part, rows[i].modality) == rows[i].tokens);
    assert_true(gia_usage_grounding_count(usage, "google_search") == 2);
    assert_true(gia_usage_grounding_count(usage, "google_maps") == -1);
    assert_true(gia_usage_grounding_count(usage, NULL) == -1);
    gia_interaction_release(interaction);
}

/* ---- the answer as JSON ---- */

static void the_answer_is_json(void **state)
{
    gia_interaction_t *interaction = decode("{\"id\":\"x\",\"steps\":[" THOUGHT "," MODEL(
        TEXT("{\\\"a\\\":") "," TEXT("[1,\\\"\\u00fc\\\"]}")) "]}");
    gia_document_t *document = NULL;
    gia_json_error_t error;

    assert_int_equal(gia_interaction_output_json(interaction, &document, &error), GIA_OK);
    gia_interaction_release(interaction); /* the document stands on its own */
    assert_string_equal(
        gia_json_string(gia_json_pointer(gia_document_root(document), "/a/1"), NULL), "\xc3\xbc");
    gia_document_free(document);
}

static void an_answer_may_be_no_json(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
    } rows[] = {
        {"{\\\"decision\\\":{\\\"reason\\\":\\\"Unsol", 28}, /* cut off by a limit */
        {"Sure! {}", 0},
        {"{} Anything else?", 3},
        {"", 0},
    };
    gia_document_t *document = NULL;
    gia_json_error_t error;
    char json[256];
    size_t i, len;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        gia_interaction_t *interaction;
        snprintf(json, sizeof(json),
                 "{\"status\":\"incomplete\",\"steps\":[" MODEL(TEXT("%s")) "]}", rows[i].text);
        interaction = decode(json);
        assert_int_equal(gia_interaction_output_json(interaction, &document, &error), GIA_EJSON);
        assert_null(document);
        assert_int_equal(error.offset, rows[i].offset);
        assert_true(*error.message);
        assert_int_equal(gia_interaction_output_json(interaction, &document, NULL), GIA_EJSON);
        assert_int_equal(gia_interaction_output_json(interaction, NULL, NULL), GIA_EINVAL);
        /* What there is of it is still there. */
        assert_int_equal(!*gia_interaction_output_text(interaction, &len), !*rows[i].text);
        gia_interaction_release(interaction);
    }
}

/* What a model writes must not decode to more than an answer may. */
static void the_answer_as_json_has_the_ceiling_of_the_answer(void **state)
{
    const size_t max_json = 64 * 1024;
    char *json = malloc(16 * 1024), *end = json;
    gia_interaction_t *interaction;
    gia_document_t *document = NULL;
    gia_json_error_t error;
    size_t i;

    end += sprintf(end, "{\"id\":\"x\",\"outputs\":[{\"type\":\"text\",\"text\":\"[0");
    for (i = 0; i < 4000; i++)
        end += sprintf(end, ",0");
    sprintf(end, "]\"}]}");
    assert_int_equal(try_decode(json, max_json, &interaction, NULL), GIA_OK);
    assert_int_equal(gia_interaction_output_json(interaction, &document, &error),
                     GIA_EJSON_TOO_BIG);
    assert_null(document);
    assert_true(*error.message);
    gia_interaction_release(interaction);
    free(json);
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
        cmocka_unit_test(errors_are_read),
        cmocka_unit_test(empty_words_count_as_missing),
        cmocka_unit_test(usage_has_parts),
        cmocka_unit_test(the_answer_is_json),
        cmocka_unit_test(an_answer_may_be_no_json),
        cmocka_unit_test(the_answer_as_json_has_the_ceiling_of_the_answer),
        cmocka_unit_test(it_lives_until_the_last_release),
    };
    return cmocka_run_group_tests_name("interaction", tests, NULL, NULL);
}
