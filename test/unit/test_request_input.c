/* The input of a request: its forms, its media, and the steps of interactions in both revisions. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "decoded.h"
#include "flatten.h"
#include "read_file.h"

#define HEAD "{\"model\":\"m\",\"input\":"

static gia_request_t *about(void)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "m");
    return request;
}

static void assert_input(const gia_request_t *request, gia_revision_t revision, const char *input)
{
    char *body = encode(request, revision);
    size_t len = strlen(body);

    assert_memory_equal(body, HEAD, strlen(HEAD));
    body[len - 1] = '\0';
    assert_string_equal(body + strlen(HEAD), input);
    free(body);
}

static void assert_inputs(const gia_request_t *request, const char *legacy, const char *steps)
{
    assert_input(request, GIA_REVISION_LEGACY, legacy);
    assert_input(request, GIA_REVISION_STEPS, steps);
}

static void assert_error(gia_request_t *request, int code, const char *expected)
{
    const char *message = NULL;

    assert_int_equal(gia_request_error(request, &message), code);
    assert_string_equal(message, expected);
    gia_request_free(request);
}

#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"

/* ---- forms ---- */

static void a_text_alone_is_a_string(void **state)
{
    gia_request_t *request = about();

    gia_request_add_text(request, "a");
    assert_inputs(request, "\"a\"", "\"a\"");
    gia_request_set_content_json(request, "/annotations", "[]");
    assert_inputs(request, "[{\"type\":\"text\",\"text\":\"a\",\"annotations\":[]}]",
                  "[{\"type\":\"text\",\"text\":\"a\",\"annotations\":[]}]");
    gia_request_add_text(request, "b");
    gia_request_set_content_json(request, "/text", "\"c\"");
    assert_inputs(request, "[{\"type\":\"text\",\"text\":\"a\",\"annotations\":[]}," TEXT("c") "]",
                  "[{\"type\":\"text\",\"text\":\"a\",\"annotations\":[]}," TEXT("c") "]");
    gia_request_free(request);

    /* given as JSON it stays a content */
    request = about();
    gia_request_add_content_json(request, TEXT("a"));
    assert_inputs(request, "[" TEXT("a") "]", "[" TEXT("a") "]");
    gia_request_free(request);
}

static void turns_are_a_history(void **state)
{
    gia_request_t *request = about();

    gia_request_begin_turn(request, GIA_ROLE_USER);
    gia_request_add_text(request, "a");
    assert_inputs(request, "[{\"role\":\"user\",\"content\":[" TEXT("a") "]}]",
                  "[{\"type\":\"user_input\",\"content\":[" TEXT("a") "]}]");
    gia_request_begin_turn(request, GIA_ROLE_MODEL);
    gia_request_begin_turn(request, GIA_ROLE_MODEL); /* an empty turn is none */
    gia_request_add_text(request, "b");
    gia_request_add_uri(request, GIA_CONTENT_IMAGE, "gs://i", "image/png");
    gia_request_begin_turn(request, GIA_ROLE_USER);
    gia_request_add_text(request, "c");
    gia_request_begin_turn(request, GIA_ROLE_USER); /* a turn of its own */
    gia_request_add_text(request, "d");
#define IMAGE "{\"type\":\"image\",\"mime_type\":\"image/png\",\"uri\":\"gs://i\"}"
    assert_inputs(
        request,
        "[{\"role\":\"user\",\"content\":[" TEXT(
            "a") "]},"
                 "{\"role\":\"model\",\"content\":[" TEXT(
                     "b") "," IMAGE "]},"
                          "{\"role\":\"user\",\"content\":[" TEXT(
                              "c") "]},"
                                   "{\"role\":\"user\",\"content\":[" TEXT("d") "]}]",
        "[{\"type\":\"user_input\",\"content\":[" TEXT(
            "a") "]},"
                 "{\"type\":\"model_output\",\"content\":[" TEXT(
                     "b") "," IMAGE "]},"
                          "{\"type\":\"user_input\",\"content\":[" TEXT(
                              "c") "]},"
                                   "{\"type\":\"user_input\",\"content\":[" TEXT("d") "]}]");
    gia_request_free(request);
}

/* A turn that was begun after some contents leaves those to the user. */
static void contents_before_a_turn_are_the_users(void **state)
{
    gia_request_t *request = about();

    gia_request_add_text(request, "a");
    gia_request_begin_turn(request, GIA_ROLE_MODEL);
    gia_request_add_text(request, "b");
    assert_inputs(request,
                  "[{\"role\":\"user\",\"content\":[" TEXT(
                      "a") "]},"
                           "{\"role\":\"model\",\"content\":[" TEXT("b") "]}]",
                  "[{\"type\":\"user_input\",\"content\":[" TEXT(
                      "a") "]},"
                           "{\"type\":\"model_output\",\"content\":[" TEXT("b") "]}]");
    gia_request_free(request);
}

#define RESULT(id) "{\"type\":\"function_result\",\"call_id\":\"" id "\",\"result\":\"r\"}"
#define CALL       "{\"type\":\"function_call\",\"id\":\"1\"}"

static void results_are_steps_of_their_own(void **state)
{
    gia_request_t *request = about();

    gia_request_add_function_result(request, "1", NULL, "r");
    gia_request_add_function_result(request, "2", NULL, "r");
    assert_inputs(request, "[" RESULT("1") "," RESULT("2") "]",
                  "[" RESULT("1") "," RESULT("2") "]");

    /* the current revision knows lists of contents and lists of steps, but none of both */
    gia_request_add_text(request, "a");
    assert_inputs(
        request, "[" RESULT("1") "," RESULT("2") "," TEXT("a") "]",
        "[" RESULT("1") "," RESULT("2") ",{\"type\":\"user_input\",\"content\":[" TEXT("a") "]}]");
    gia_request_free(request);

    request = about();
    gia_request_add_text(request, "a");
    gia_request_begin_turn(request, GIA_ROLE_MODEL);
    gia_request_add_text(request, "b");
    gia_request_add_content_json(request, CALL);
    gia_request_add_text(request, "c");
    gia_request_add_function_result_json(request, "1", "f", " [1] ", 7);
    assert_inputs(request,
                  "[{\"role\":\"user\",\"content\":[" TEXT(
                      "a") "]},"
                           "{\"role\":\"model\",\"content\":[" TEXT("b") "," CALL "," TEXT(
                               "c") "]},"
                                    "{\"role\":\"user\",\"content\":[{\"type\":\"function_result\","
                                    "\"call_id\":\"1\","
                                    "\"name\":\"f\",\"result\":[1],\"is_error\":true}]}]",
                  "[{\"type\":\"user_input\",\"content\":[" TEXT(
                      "a") "]},"
                           "{\"type\":\"model_output\",\"content\":[" TEXT(
                               "b") "]}," CALL ","
                                    "{\"type\":\"model_output\",\"content\":[" TEXT(
                                        "c") "]},"
                                             "{\"type\":\"function_result\",\"call_id\":\"1\","
                                             "\"name\":\"f\",\"result\":[1],"
                                             "\"is_error\":true}]");
    gia_request_free(request);
}

/* JSON goes to its place by its type, and as it is. */
static void json_finds_its_place(void **state)
{
    static const struct {
        const char *json;
        const char *legacy, *steps; /* after the text a */
    } rows[] = {
        {"{\"type\":\"image\",\"uri\":\"x\"}", "[" TEXT("a") ",{\"type\":\"image\",\"uri\":\"x\"}]",
         "[" TEXT("a") ",{\"type\":\"image\",\"uri\":\"x\"}]"},
        {"{\"type\":\"hologram\"}", "[" TEXT("a") ",{\"type\":\"hologram\"}]",
         "[" TEXT("a") ",{\"type\":\"hologram\"}]"},
        {"{\"type\":\"thought\"}",
         "[{\"role\":\"user\",\"content\":[" TEXT(
             "a") "]},"
                  "{\"role\":\"model\",\"content\":[{\"type\":\"thought\"}]}]",
         "[{\"type\":\"user_input\",\"content\":[" TEXT("a") "]},{\"type\":\"thought\"}]"},
        {"{\"type\":\"weather_call\"}",
         "[{\"role\":\"user\",\"content\":[" TEXT(
             "a") "]},"
                  "{\"role\":\"model\",\"content\":[{\"type\":\"weather_call\"}]}]",
         "[{\"type\":\"user_input\",\"content\":[" TEXT("a") "]},{\"type\":\"weather_call\"}]"},
        {"{\"role\":\"model\",\"content\":\"b\"}",
         "[{\"role\":\"user\",\"content\":[" TEXT("a") "]},{\"role\":\"model\",\"content\":\"b\"}]",
         "[{\"type\":\"user_input\",\"content\":[" TEXT(
             "a") "]},"
                  "{\"role\":\"model\",\"content\":\"b\"}]"},
        {"{\"type\":\"model_output\",\"content\":[]}",
         "[{\"role\":\"user\",\"content\":[" TEXT(
             "a") "]},"
                  "{\"type\":\"model_output\",\"content\":[]}]",
         "[{\"type\":\"user_input\",\"content\":[" TEXT(
             "a") "]},"
                  "{\"type\":\"model_output\",\"content\":[]}]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_request_t *request = about();
        gia_request_add_text(request, "a");
        gia_request_add_content_json(request, rows[i].json);
        assert_inputs(request, rows[i].legacy, rows[i].steps);
        gia_request_free(request);
    }
}

/* ---- media ---- */

static void media_become_base64_on_the_way(void **state)
{
    gia_request_t *request = about();

    gia_request_add_bytes(request, GIA_CONTENT_DOCUMENT, "text/csv", "a,b\n", 4);
    gia_request_add_base64(request, GIA_CONTENT_AUDIO, "audio/l16; rate=24000", "QUI=");
    gia_request_add_file(request, TEST_DATA "/files/small.pdf", NULL);
    gia_request_set_content_json(request, "/resolution", "\"low\"");
    assert_inputs(request,
                  "[{\"type\":\"document\",\"mime_type\":\"text/csv\",\"data\":\"YSxiCg==\"},"
                  "{\"type\":\"audio\",\"mime_type\":\"audio/l16; rate=24000\",\"data\":\"QUI=\"},"
                  "{\"type\":\"document\",\"mime_type\":\"application/pdf\",\"resolution\":\"low\","
                  "\"data\":\"JVBERi0xLjEKJSVFT0YK\"}]",
                  "[{\"type\":\"document\",\"mime_type\":\"text/csv\",\"data\":\"YSxiCg==\"},"
                  "{\"type\":\"audio\",\"mime_type\":\"audio/l16; rate=24000\",\"data\":\"QUI=\"},"
                  "{\"type\":\"document\",\"mime_type\":\"application/pdf\",\"resolution\":\"low\","
                  "\"data\":\"JVBERi0xLjEKJSVFT0YK\"}]");
    gia_request_free(request);
}

static void data_of_the_programs_own_wins(void **state)
{
    gia_request_t *request = about();

    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, "image/png", "x", 1);
    gia_request_set_content_json(request, "/data", "null");
    assert_input(request, GIA_REVISION_STEPS,
                 "[{\"type\":\"image\",\"mime_type\":\"image/png\",\"data\":\"eA==\"}]");
    gia_request_set_content_json(request, "/data", "\"QUJD\"");
    assert_input(request, GIA_REVISION_STEPS,
                 "[{\"type\":\"image\",\"mime_type\":\"image/png\",\"data\":\"QUJD\"}]");
    gia_request_set_content_json(request, "/data", NULL);
    assert_input(request, GIA_REVISION_STEPS,
                 "[{\"type\":\"image\",\"mime_type\":\"image/png\",\"data\":\"eA==\"}]");
    gia_request_free(request);
}

static void types_are_guessed(void **state)
{
    gia_request_t *request = about();

    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, NULL, "GIF89a", 6);
    gia_request_add_base64(request, GIA_CONTENT_AUDIO, NULL, "T2dnUw==");
    gia_request_add_file(request, TEST_DATA "/files/small.pdf", "image/png");
    assert_input(request, GIA_REVISION_STEPS,
                 "[{\"type\":\"image\",\"mime_type\":\"image/gif\",\"data\":\"R0lGODlh\"},"
                 "{\"type\":\"audio\",\"mime_type\":\"audio/ogg\",\"data\":\"T2dnUw==\"},"
                 "{\"type\":\"image\",\"mime_type\":\"image/png\","
                 "\"data\":\"JVBERi0xLjEKJSVFT0YK\"}]");
    gia_request_free(request);
}

/* Lengths around the pieces in which it is checked, with and without padding, are all fine. */
static void base64_of_any_length_is_checked(void **state)
{
    char text[4100];

    for (size_t len = 4; len < sizeof(text); len += len < 400 ? 4 : 508) {
        for (size_t padding = 0; padding < 3; padding++) {
            gia_request_t *request = about();

            memset(text, 'A', len);
            memset(text + len - padding, '=', padding);
            text[len] = '\0';
            gia_request_add_base64(request, GIA_CONTENT_IMAGE, "image/png", text);
            assert_int_equal(gia_request_error(request, NULL), GIA_OK);
            gia_request_free(request);

            /* one character that is none, anywhere */
            text[len / 2 - 1] = '-';
            request = about();
            gia_request_add_base64(request, GIA_CONTENT_IMAGE, "image/png", text);
            assert_int_equal(gia_request_error(request, NULL), GIA_EINVAL);
            gia_request_free(request);
        }
    }
}

/* Padding inside is wrong wherever it stands, at the ends of those pieces too. */
static void padding_inside_is_refused(void **state)
{
    char text[1025];

    for (size_t at = 4; at < sizeof(text) - 1; at += 4) {
        gia_request_t *request = about();

        memset(text, 'A', sizeof(text) - 1);
        text[at - 1] = '=';
        text[sizeof(text) - 1] = '\0';
        gia_request_add_base64(request, GIA_CONTENT_IMAGE, "image/png", text);
        assert_int_equal(gia_request_error(request, NULL), GIA_EINVAL);
        gia_request_free(request);
    }
}

static void bad_base64_is_refused(void **state)
{
    static const char *const texts[] = {
        "",      "QUJ",        "QUI",   "QQ=",      "Q===", "====",     "QU=D",
        "QUJD=", "QUJDQUI=\n", "QU\nJ", "Q=UJDQUJ", "QU_D", "QUI=QUJD", "=QUJ"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        gia_request_t *request = about();
        gia_request_add_base64(request, GIA_CONTENT_IMAGE, "image/png", texts[i]);
        assert_error(request, GIA_EINVAL,
                     "add_base64: base64 is not: the standard alphabet is wanted, padded, without "
                     "line breaks");
    }
}

static void bad_files_are_refused(void **state)
{
    char name[] = "/tmp/gia-test-request-XXXXXX", expected[512];
    int file = mkstemp(name);
    gia_request_t *request;

    assert_true(file >= 0);
    request = about();
    gia_request_add_file(request, name, "image/png");
    snprintf(expected, sizeof(expected), "add_file: the file is empty: %s", name);
    assert_error(request, GIA_EFILE, expected);

    assert_int_equal(write(file, "words", 5), 5);
    close(file);
    request = about();
    gia_request_add_file(request, name, NULL);
    snprintf(expected, sizeof(expected),
             "add_file: mime_type is NULL, and neither the name nor the first bytes tell it: %s",
             name);
    assert_error(request, GIA_EINVAL, expected);

    assert_int_equal(unlink(name), 0);
    request = about();
    gia_request_add_file(request, name, "image/png");
    snprintf(expected, sizeof(expected), "add_file: there is no such file: %s", name);
    assert_error(request, GIA_EFILE, expected);

    request = about();
    gia_request_add_file(request, TEST_DATA, "image/png");
    snprintf(expected, sizeof(expected), "add_file: a directory is not a file: %s", TEST_DATA);
    assert_error(request, GIA_EFILE, expected);
}

/* A path goes into the message, but the message stays one line that has an end. */
static void long_and_strange_paths_are_cut(void **state)
{
    char path[600];
    const char *message;
    gia_request_t *request = about();

    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[5] = '\n';
    path[sizeof(path) - 1] = '\0';
    gia_request_add_file(request, path, "image/png");
    assert_int_equal(gia_request_error(request, &message), GIA_EFILE);
    assert_non_null(strstr(message, ": /xxxx?xxx"));
    assert_true(strlen(message) < 400);
    gia_request_free(request);
}

/* ---- steps of interactions ---- */

static gia_request_t *after(const char *json)
{
    gia_interaction_t *interaction = decode(json);
    gia_request_t *request = about();

    gia_request_add_interaction(request, interaction);
    gia_interaction_release(interaction);
    return request;
}

#define THOUGHT "{ \"type\":\"thought\", \"signature\":\"s\",\"later\":[1.0e0] }"
#define IN_A    "{\"text\":\"a\",\"type\":\"text\", \"x\":0}"

static void steps_become_legacy_turns(void **state)
{
    gia_request_t *request = after(
        "{\"id\":\"v1\",\"steps\":[{\"type\":\"user_input\",\"content\":\"hi\"}," THOUGHT ","
        "{\"type\":\"model_output\",\"content\":[" IN_A
        " , " TEXT("b") "],\"error\":null}," CALL
                        "," RESULT("1") ",{\"type\":\"model_output\",\"content\":[]},"
                                        "{\"type\":\"model_output\",\"content\":" TEXT("c") "}]}");

    gia_request_add_text(request, "next");
    assert_inputs(
        request,
        "[{\"role\":\"user\",\"content\":[" TEXT(
            "hi") "]},"
                  "{\"role\":\"model\",\"content\":[" THOUGHT "," IN_A "," TEXT(
                      "b") "," CALL "]},"
                           "{\"role\":\"user\",\"content\":[" RESULT(
                               "1") "]},"
                                    "{\"role\":\"model\",\"content\":[" TEXT(
                                        "c") "]},"
                                             "{\"role\":\"user\",\"content\":[" TEXT("next") "]}]",
        "[{\"type\":\"user_input\",\"content\":\"hi\"}," THOUGHT ","
        "{\"type\":\"model_output\",\"content\":[" IN_A
        " , " TEXT("b") "],"
                        "\"error\":null}," CALL
                        "," RESULT("1") ","
                                        "{\"type\":\"model_output\",\"content\":[]},"
                                        "{\"type\":\"model_output\",\"content\":" TEXT(
                                            "c") "},"
                                                 "{\"type\":\"user_input\",\"content\":[" TEXT(
                                                     "next") "]}]");
    gia_request_free(request);
}

static void outputs_become_steps(void **state)
{
    gia_request_t *request =
        after("{\"id\":\"v1\",\"outputs\":[" THOUGHT " , " IN_A ", "
              "{\"type\":\"image\",\"data\":\"QQ==\"}," CALL "," TEXT("b") "]}");

    assert_inputs(request,
                  "[{\"role\":\"model\",\"content\":[" THOUGHT "," IN_A ","
                  "{\"type\":\"image\",\"data\":\"QQ==\"}," CALL "," TEXT("b") "]}]",
                  "[" THOUGHT ",{\"type\":\"model_output\",\"content\":[" IN_A ","
                  "{\"type\":\"image\",\"data\":\"QQ==\"}]}," CALL ","
                  "{\"type\":\"model_output\",\"content\":[" TEXT("b") "]}]");
    gia_request_free(request);
}

/* Each interaction is a turn, and steps that are added one by one are one. */
static void steps_can_be_chosen(void **state)
{
    gia_interaction_t *interaction =
        decode("{\"id\":\"v1\",\"steps\":[{\"type\":\"thought\"}," CALL "]}");
    gia_request_t *request = about();

    gia_request_add_text(request, "a");
    gia_request_add_step(request, gia_interaction_step(interaction, 0));
    gia_request_add_step(request, gia_interaction_step(interaction, 1));
    gia_request_add_interaction(request, interaction);
    gia_request_add_step(request, gia_interaction_step(interaction, 1));
    gia_request_add_text(request, "b");
    gia_interaction_release(interaction);
    assert_inputs(request,
                  "[{\"role\":\"user\",\"content\":[" TEXT(
                      "a") "]},"
                           "{\"role\":\"model\",\"content\":[{\"type\":\"thought\"}," CALL "]},"
                           "{\"role\":\"model\",\"content\":[{\"type\":\"thought\"}," CALL "]},"
                           "{\"role\":\"model\",\"content\":[" CALL "]},"
                           "{\"role\":\"user\",\"content\":[" TEXT("b") "]}]",
                  "[{\"type\":\"user_input\",\"content\":[" TEXT(
                      "a") "]},"
                           "{\"type\":\"thought\"}," CALL ",{\"type\":\"thought\"}," CALL "," CALL
                           ","
                           "{\"type\":\"user_input\",\"content\":[" TEXT("b") "]}]");
    gia_request_free(request);
}

/* What follows a step is a new turn, even if the step was the user's. */
static void a_step_of_the_users_is_a_turn(void **state)
{
    gia_interaction_t *interaction = decode("{\"id\":\"v1\",\"steps\":[" RESULT("1") "]}");
    gia_request_t *request = about();

    gia_request_add_step(request, gia_interaction_step(interaction, 0));
    gia_request_add_text(request, "a");
    gia_interaction_release(interaction);
    assert_inputs(request,
                  "[{\"role\":\"user\",\"content\":[" RESULT(
                      "1") "]},"
                           "{\"role\":\"user\",\"content\":[" TEXT("a") "]}]",
                  "[" RESULT("1") ",{\"type\":\"user_input\",\"content\":[" TEXT("a") "]}]");
    gia_request_free(request);
}

static void steps_stay_as_they_came(void **state)
{
    gia_request_t *request = after("{\"id\":\"v1\",\"steps\":[{\"type\":\"thought\"}]}");

    gia_request_set_content_json(request, "/signature", "\"s\"");
    assert_error(request, GIA_EINVAL,
                 "set_content_json: the last content is a step of an interaction, which goes out "
                 "as it came");
}

/* ---- every recorded answer ---- */

static char *read_text(const char *folder, const char *file)
{
    char path[1024];

    snprintf(path, sizeof(path), TEST_DATA "/responses/%s/%s", folder, file);
    return read_file(path, NULL);
}

static void append_raw(gia__buf_t *out, const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);

    if (out->len && out->data[out->len - 1] != '[')
        assert_int_equal(gia__buf_add_text(out, ","), GIA__BUF_OK);
    assert_int_equal(gia__buf_add(out, raw, len), GIA__BUF_OK);
}

/* The input in the revision in which the answer came, byte for byte. */
static void assert_goes_back_as_it_came(const gia_interaction_t *interaction)
{
    gia_revision_t revision = gia_interaction_revision(interaction);
    int is_legacy = revision == GIA_REVISION_LEGACY;
    gia__mem_t mem = gia__mem_init(NULL);
    gia_request_t *request = about();
    gia__buf_t expected;
    size_t i;

    gia__buf_init(&expected, &mem, SIZE_MAX);
    gia__buf_add_text(&expected, is_legacy ? "[{\"role\":\"model\",\"content\":[" : "[");
    for (i = 0; is_legacy && i < gia_interaction_output_count(interaction); i++)
        append_raw(&expected, gia_interaction_output(interaction, (ptrdiff_t)i)->json);
    for (i = 0; !is_legacy && i < gia_interaction_step_count(interaction); i++)
        append_raw(&expected, gia_interaction_step(interaction, (ptrdiff_t)i)->json);
    gia__buf_add_text(&expected, is_legacy ? "]}]" : "]");
    gia__buf_add(&expected, "", 1);

    gia_request_add_interaction(request, interaction);
    assert_input(request, revision, expected.data);
    gia__buf_free(&expected);
    gia_request_free(request);
}

static json_t *load(const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);

    return json_loadb(raw, len, JSON_DECODE_ANY, NULL);
}

/* All contents and steps of an input, without what they stand in. */
static json_t *unwrap(const json_t *input)
{
    json_t *flat = json_array(), *item;
    size_t i;

    json_array_foreach(input, i, item)
    {
        const char *type = json_string_value(json_object_get(item, "type"));
        if (!type || strcmp(type, "user_input") == 0 || strcmp(type, "model_output") == 0)
            json_array_extend(flat, json_object_get(item, "content"));
        else
            json_array_append(flat, item);
    }
    return flat;
}

/* In either revision nothing of it is lost or out of order. */
static void assert_keeps_its_contents(const gia_interaction_t *interaction, gia_revision_t revision)
{
    gia_request_t *request = about();
    json_t *expected = json_array(), *body, *flat;
    char *text;

    for (size_t i = 0; i < gia_interaction_step_count(interaction); i++) {
        const gia_step_t *step = gia_interaction_step(interaction, (ptrdiff_t)i);
        for (size_t part = 0; part < step->content_count; part++)
            json_array_append_new(expected, load(step->content[part].json));
    }
    gia_request_add_interaction(request, interaction);
    text = encode(request, revision);
    body = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    flat = unwrap(json_object_get(body, "input"));
    if (!json_equal(flat, expected))
        fail_msg("%s\n  must hold %s", text, json_dumps(expected, JSON_COMPACT));
    json_decref(flat);
    json_decref(body);
    json_decref(expected);
    free(text);
    gia_request_free(request);
}

static size_t check_answers(const char *folder)
{
    char path[1024];
    struct dirent *entry;
    DIR *directory;
    size_t n = 0;

    snprintf(path, sizeof(path), TEST_DATA "/responses/%s", folder);
    directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory))) {
        size_t len = strlen(entry->d_name);
        gia_interaction_t *interaction;
        char *text;

        if (len < 5 || strcmp(entry->d_name + len - 5, ".json") != 0 ||
            strncmp(entry->d_name, "error_", 6) == 0)
            continue;
        text = read_text(folder, entry->d_name);
        if (strstr(text, "\"status\"")) {
            interaction = decode(text);
            if (gia_interaction_step_count(interaction)) {
                assert_goes_back_as_it_came(interaction);
                assert_keeps_its_contents(interaction, GIA_REVISION_STEPS);
                assert_keeps_its_contents(interaction, GIA_REVISION_LEGACY);
                n++;
            }
            gia_interaction_release(interaction);
        }
        free(text);
    }
    closedir(directory);
    return n;
}

static void recorded_answers_go_back_as_they_came(void **state)
{
    size_t legacy = check_answers("legacy"), steps = check_answers("steps");
    assert_true(legacy > 10);
    assert_true(steps > 20);
}

/* ---- what is refused ---- */

static void refuse_no_content(gia_request_t *request)
{
    gia_request_set_content_json(request, "/x", "1");
}

static void refuse_text_bytes(gia_request_t *request)
{
    gia_request_add_bytes(request, GIA_CONTENT_TEXT, "text/plain", "x", 1);
}

static void refuse_thought_uri(gia_request_t *request)
{
    gia_request_add_uri(request, GIA_CONTENT_THOUGHT, "x", NULL);
}

static void refuse_no_bytes(gia_request_t *request)
{
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, "image/png", "", 0);
}

static void refuse_null_bytes(gia_request_t *request)
{
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, "image/png", NULL, 1);
}

static void refuse_unknown_bytes(gia_request_t *request)
{
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, NULL, "words", 5);
}

static void refuse_mime_type(gia_request_t *request)
{
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, "image\n", "words", 5);
}

static void refuse_odd_mime_type(gia_request_t *request)
{
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, "image", "words", 5);
}

static void refuse_odd_base64_type(gia_request_t *request)
{
    gia_request_add_base64(request, GIA_CONTENT_IMAGE, "PNG", "QUJD");
}

static void refuse_odd_file_type(gia_request_t *request)
{
    gia_request_add_file(request, TEST_DATA "/requests/steps/text.json", "text / plain");
}

static void refuse_odd_uri_type(gia_request_t *request)
{
    gia_request_add_uri(request, GIA_CONTENT_IMAGE, "gs://b/o", "image/png/2");
}

static void refuse_null_base64(gia_request_t *request)
{
    gia_request_add_base64(request, GIA_CONTENT_IMAGE, "image/png", NULL);
}

static void refuse_null_path(gia_request_t *request)
{
    gia_request_add_file(request, NULL, NULL);
}

static void refuse_empty_uri(gia_request_t *request)
{
    gia_request_add_uri(request, GIA_CONTENT_IMAGE, "", NULL);
}

static void refuse_null_json(gia_request_t *request)
{
    gia_request_add_content_json(request, NULL);
}

static void refuse_no_object(gia_request_t *request)
{
    gia_request_add_content_json(request, " [1]");
}

static void refuse_broken_json(gia_request_t *request)
{
    gia_request_add_content_json(request, "{\"type\":\"text\",}");
}

static void refuse_untyped_json(gia_request_t *request)
{
    gia_request_add_content_json(request, "{\"type\":7,\"text\":\"x\"}");
}

static void refuse_content_pointer(gia_request_t *request)
{
    gia_request_add_text(request, "x");
    gia_request_set_content_json(request, "text", "1");
}

static void refuse_null_pointer(gia_request_t *request)
{
    gia_request_add_text(request, "x");
    gia_request_set_content_json(request, NULL, "1");
}

static void refuse_role(gia_request_t *request)
{
    gia_request_begin_turn(request, (gia_role_t)2);
}

static void refuse_null_interaction(gia_request_t *request)
{
    gia_request_add_interaction(request, NULL);
}

static void refuse_null_step(gia_request_t *request)
{
    gia_request_add_step(request, NULL);
}

static void refuse_call_id(gia_request_t *request)
{
    gia_request_add_function_result(request, "", "f", "x");
}

static void refuse_result(gia_request_t *request)
{
    gia_request_add_function_result(request, "1", "f", NULL);
}

static void refuse_null_result(gia_request_t *request)
{
    gia_request_add_function_result_json(request, "1", "f", NULL, 0);
}

static void refuse_broken_result(gia_request_t *request)
{
    gia_request_add_function_result_json(request, "1", "f", "sunny", 0);
}

#define NO_MIME_TYPE "mime_type is none: it looks like \"image/png\""

static const struct {
    void (*add)(gia_request_t *);
    const char *message;
} refusals[] = {
    {refuse_no_content, "set_content_json: there is no content yet: add one first"},
    {refuse_text_bytes, "add_bytes: type is none of image, audio, video and document"},
    {refuse_thought_uri, "add_uri: type is none of image, audio, video and document"},
    {refuse_no_bytes, "add_bytes: there are no bytes"},
    {refuse_null_bytes, "add_bytes: there are no bytes"},
    {refuse_unknown_bytes,
     "add_bytes: mime_type is NULL and the first bytes do not tell it; give one"},
    {refuse_mime_type,
     "add_bytes: mime_type holds a control character at byte 5; strip line ends and the like"},
    {refuse_odd_mime_type, "add_bytes: " NO_MIME_TYPE},
    {refuse_odd_base64_type, "add_base64: " NO_MIME_TYPE},
    {refuse_odd_file_type, "add_file: " NO_MIME_TYPE},
    {refuse_odd_uri_type, "add_uri: " NO_MIME_TYPE},
    {refuse_null_base64, "add_base64: base64 is NULL"},
    {refuse_null_path, "add_file: path is NULL"},
    {refuse_empty_uri, "add_uri: uri is empty; give one or leave the call out"},
    {refuse_null_json, "add_content_json: json is NULL"},
    {refuse_no_object, "add_content_json: json is no JSON object"},
    {refuse_broken_json, "add_content_json: json: unexpected character '}' at byte 15"},
    {refuse_untyped_json,
     "add_content_json: json has neither \"type\" nor \"role\", which say what it is"},
    {refuse_content_pointer, "set_content_json text: a pointer starts with '/'"},
    {refuse_null_pointer, "set_content_json: pointer is NULL; \"\" is the whole object"},
    {refuse_role, "begin_turn: role is neither user nor model"},
    {refuse_null_interaction, "add_interaction: interaction is NULL"},
    {refuse_null_step, "add_step: step is NULL"},
    {refuse_call_id, "add_function_result: call_id is empty; give one or leave the call out"},
    {refuse_result, "add_function_result: text is NULL"},
    {refuse_null_result, "add_function_result_json: json is NULL"},
    {refuse_broken_result, "add_function_result_json: json: unexpected character 's' at byte 0"},
};

static void bad_input_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        gia_request_t *request = about();
        refusals[i].add(request);
        refusals[i].add(NULL); /* no request: nothing happens */
        assert_error(request, GIA_EINVAL, refusals[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_alone_is_a_string),
        cmocka_unit_test(turns_are_a_history),
        cmocka_unit_test(contents_before_a_turn_are_the_users),
        cmocka_unit_test(results_are_steps_of_their_own),
        cmocka_unit_test(json_finds_its_place),
        cmocka_unit_test(media_become_base64_on_the_way),
        cmocka_unit_test(data_of_the_programs_own_wins),
        cmocka_unit_test(types_are_guessed),
        cmocka_unit_test(base64_of_any_length_is_checked),
        cmocka_unit_test(padding_inside_is_refused),
        cmocka_unit_test(bad_base64_is_refused),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(long_and_strange_paths_are_cut),
        cmocka_unit_test(steps_become_legacy_turns),
        cmocka_unit_test(outputs_become_steps),
        cmocka_unit_test(steps_can_be_chosen),
        cmocka_unit_test(a_step_of_the_users_is_a_turn),
        cmocka_unit_test(steps_stay_as_they_came),
        cmocka_unit_test(recorded_answers_go_back_as_they_came),
        cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests_name("request_input", tests, NULL, NULL);
}
