/* The request builder: the bodies that it makes, and what it refuses. */
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

#include "failing_memory.h"
#include "decoded.h"
#include "flatten.h"

static gia__mem_t mem;

static void assert_body(const gia_request_t *request, const char *expected)
{
    char *body = encode(request, GIA_REVISION_STEPS);
    assert_string_equal(body, expected);
    free(body);
}

static gia_request_t *ask(const char *model, const char *text)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, model);
    gia_request_add_text(request, text);
    return request;
}

/* What goes out */

static void texts_become_the_input(void **state)
{
    gia_request_t *request = ask("m", "one \"1\"\n");

    assert_body(request, "{\"model\":\"m\",\"input\":\"one \\\"1\\\"\\n\"}");
    gia_request_add_text(request, "");
    assert_body(request,
                "{\"model\":\"m\",\"input\":[{\"type\":\"text\",\"text\":\"one \\\"1\\\"\\n\"},"
                "{\"type\":\"text\",\"text\":\"\"}]}");

    /* an input of its own goes before them, and null is none */
    gia_request_set_json(request, "/input", "\"own\"");
    assert_body(request, "{\"model\":\"m\",\"input\":\"own\"}");
    gia_request_set_json(request, "/input", "[{}]");
    gia_request_set_json(request, "/input/0/text", "\"x\"");
    assert_body(request, "{\"model\":\"m\",\"input\":[{\"text\":\"x\"}]}");
    gia_request_set_json(request, "/input", "null");
    gia_request_set_store(request, 0);
    assert_body(request, "{\"model\":\"m\",\"store\":false,\"input\":["
                         "{\"type\":\"text\",\"text\":\"one \\\"1\\\"\\n\"},"
                         "{\"type\":\"text\",\"text\":\"\"}]}");
    gia_request_free(request);
}

static void the_last_setter_of_a_member_wins(void **state)
{
    gia_request_t *request = ask("first", "x");

    gia_request_set_model(request, "second");
    assert_body(request, "{\"model\":\"second\",\"input\":\"x\"}");
    gia_request_set_json(request, "/model", "\"third\"");
    assert_body(request, "{\"model\":\"third\",\"input\":\"x\"}");
    gia_request_set_model(request, "fourth");
    gia_request_set_stream(request, 7);
    gia_request_set_store(request, 1);
    assert_body(request, "{\"model\":\"fourth\",\"stream\":true,\"store\":true,\"input\":\"x\"}");
    gia_request_set_stream(request, 0);
    gia_request_set_json(request, "/store", NULL);
    assert_body(request, "{\"model\":\"fourth\",\"stream\":false,\"input\":\"x\"}");
    gia_request_set_json(request, "", "{\"agent\":\"a\"}");
    assert_body(request, "{\"agent\":\"a\",\"input\":\"x\"}");
    gia_request_free(request);
}

static void a_request_may_be_used_again(void **state)
{
    gia_request_t *request = ask("m", "x");

    assert_body(request, "{\"model\":\"m\",\"input\":\"x\"}");
    assert_body(request, "{\"model\":\"m\",\"input\":\"x\"}");
    gia_request_set_json(request, "/generation_config/seed", "1");
    assert_body(request, "{\"model\":\"m\",\"generation_config\":{\"seed\":1},\"input\":\"x\"}");
    gia_request_set_json(request, "/generation_config/seed", NULL);
    gia_request_set_json(request, "/model", NULL);
    gia_request_set_agent(request, "a");
    assert_body(request, "{\"generation_config\":{},\"agent\":\"a\",\"input\":\"x\"}");
    gia_request_free(request);
}

static void raw_json_stays_byte_for_byte(void **state)
{
    gia_request_t *request = ask("m", "x");

    gia_request_set_json(request, "/a", " { \"n\" : 1.0e5, \"\\u0062\":\"\\u00e9\\/\" }\n");
    assert_body(request, "{\"model\":\"m\",\"a\":{ \"n\" : 1.0e5, \"\\u0062\":\"\\u00e9\\/\" },"
                         "\"input\":\"x\"}");
    gia_request_set_json(request, "/a/c", "-0");
    assert_body(request, "{\"model\":\"m\",\"a\":{\"n\":1.0e5,\"\\u0062\":\"\\u00e9\\/\",\"c\":-0},"
                         "\"input\":\"x\"}");
    gia_request_free(request);
}

static void control_characters_in_texts_are_escaped(void **state)
{
    gia_request_t *request = ask("m", "a\r\n\tb\x01");
    char *text;
    json_t *body;

    gia_request_set_system_instruction(request, "line\nline");
    text = encode(request, GIA_REVISION_STEPS);
    assert_null(strpbrk(text, "\r\n\t\x01"));
    body = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(body, "input")), "a\r\n\tb\x01");
    assert_string_equal(json_string_value(json_object_get(body, "system_instruction")),
                        "line\nline");
    json_decref(body);
    free(text);
    gia_request_free(request);
}

static void the_stream_member_tells(void **state)
{
    static const struct {
        const char *json;
        int is_stream;
    } rows[] = {{"true", 1}, {" true ", 1}, {"false", 0}, {"null", 0}, {"\"true\"", 0}, {NULL, 0}};
    gia_request_t *request = gia_request_new();

    assert_false(gia__request_is_stream(NULL));
    assert_false(gia__request_is_stream(request));
    gia_request_set_stream(request, 1);
    assert_true(gia__request_is_stream(request));
    gia_request_set_stream(request, 0);
    assert_false(gia__request_is_stream(request));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_request_set_json(request, "/stream", rows[i].json);
        assert_int_equal(gia__request_is_stream(request), rows[i].is_stream);
    }
    gia_request_set_json(request, "", "{\"stream\":true}");
    assert_true(gia__request_is_stream(request));
    gia_request_free(request);
}

/* What is refused */

typedef void (*setter_t)(gia_request_t *, const char *);

static const struct {
    setter_t set;
    const char *text;
    const char *message;
} bad_texts[] = {
    {gia_request_add_text, NULL, "add_text: text is NULL"},
    {gia_request_add_text, "ab\xc3",
     "add_text: text is not valid UTF-8 at byte 2; convert it first"},
    {gia_request_set_system_instruction, NULL, "set_system_instruction: text is NULL"},
    {gia_request_set_system_instruction, "\xed\xa0\x80",
     "set_system_instruction: text is not valid UTF-8 at byte 0; convert it first"},
    {gia_request_set_model, NULL, "set_model: model is NULL"},
    {gia_request_set_model, "", "set_model: model is empty; give one or leave the call out"},
    {gia_request_set_model, "secret\r\n",
     "set_model: model holds a control character at byte 6; strip line ends and the like"},
    {gia_request_set_model, "secret\xff",
     "set_model: model is not valid UTF-8 at byte 6; convert it first"},
    {gia_request_set_agent, NULL, "set_agent: agent is NULL"},
    {gia_request_set_agent, "", "set_agent: agent is empty; give one or leave the call out"},
    {gia_request_set_agent, "a\x7f",
     "set_agent: agent holds a control character at byte 1; strip line ends and the like"},
    {gia_request_set_agent, "a\xc2\x85",
     "set_agent: agent holds a control character at byte 1; strip line ends and the like"},
    {gia_request_set_previous_interaction_id, NULL, "set_previous_interaction_id: id is NULL"},
    {gia_request_set_previous_interaction_id, "",
     "set_previous_interaction_id: id is empty; give one or leave the call out"},
    {gia_request_set_previous_interaction_id, "v1_x\n",
     "set_previous_interaction_id: id holds a control character at byte 4; "
     "strip line ends and the like"},
};

static void assert_error(const gia_request_t *request, const char *expected)
{
    const char *message = NULL;

    assert_int_equal(gia_request_error(request, &message), GIA_EINVAL);
    assert_string_equal(message, expected);
}

static void bad_texts_are_refused(void **state)
{
    for (size_t i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++) {
        gia_request_t *request = ask("m", "x");
        bad_texts[i].set(request, bad_texts[i].text);
        assert_error(request, bad_texts[i].message);
        gia_request_free(request);
    }
}

#define UNREACHABLE "added contents cannot be reached: call gia_request_set_content_json()"

static const struct {
    const char *pointer;
    const char *json;
    const char *message;
} bad_json[] = {
    {NULL, "1", "set_json: pointer is NULL; \"\" is the whole body"},
    {"model", "1", "set_json model: a pointer starts with '/'"},
    {"", "1", "set_json \"\": the whole must be an object"},
    {"/generation_config", "{\"seed\":1,,}",
     "set_json /generation_config: unexpected character ',' at byte 10"},
    {"/generation_config", "{ \"seed\": 1,}",
     "set_json /generation_config: unexpected character '}' at byte 12"},
    {"/generation_config", "", "set_json /generation_config: the text is empty"},
    {"/generation_config", "{\"seed\":1",
     "set_json /generation_config: the text ends inside of an object"},
    {"/a", "\"\xc3(\"", "set_json /a: invalid UTF-8 at byte 1"},
    {"/a\xff", "1", "set_json /a...: the pointer is not valid UTF-8"},
    {"/a\r\nb~", "1", "set_json /a\?\?b~: in a pointer '~' is followed by 0 or 1"},
    {"/model/x", "1", "set_json /model/x: /model is neither an object nor an array"},
    {"/model/x", NULL, "set_json /model/x: /model is neither an object nor an array"},
    {"/list/3", "1", "set_json /list/3: no such element: the array has length 1, and '-' appends"},
    {"/new/0", "1",
     "set_json /new/0: there is no array for the index yet: '-' makes one and appends"},
    {"/input/0/text", "\"y\"", "set_json /input/0/text: " UNREACHABLE},
    {"/input/-", "{}", "set_json /input/-: " UNREACHABLE},
    {"/input/0", NULL, "set_json /input/0: " UNREACHABLE},
    {"/12345678901234567890123456789012345678901234567890123456789012345678901234567890", "-",
     "set_json /123456789012345678901234567890123456789012345678901234567890123...: "
     "the text ends inside of a number"},
};

static void bad_json_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof(bad_json) / sizeof(bad_json[0]); i++) {
        gia_request_t *request = ask("m", "x");
        gia_request_set_json(request, "/list", "[1]");
        gia_request_set_json(request, bad_json[i].pointer, bad_json[i].json);
        assert_error(request, bad_json[i].message);
        gia_request_free(request);
    }
}

static void json_that_is_too_deep_is_refused(void **state)
{
    gia_request_t *request = ask("m", "x");
    char json[400];

    memset(json, '[', 200);
    memset(json + 200, ']', 199);
    json[399] = '\0';
    gia_request_set_json(request, "/a", json);
    assert_error(request, "set_json /a: nested deeper than 128 levels");
    gia_request_free(request);
}

static void the_first_error_stays(void **state)
{
    gia_request_t *request = ask("m", "x");
    const char *message = NULL;

    gia_request_set_model(request, NULL);
    gia_request_add_text(request, NULL);
    gia_request_set_model(request, "good");
    gia_request_set_json(request, "/x", "{");
    assert_error(request, "set_model: model is NULL");

    assert_int_equal(encode_badly(request, UINT64_MAX, &message), GIA_EINVAL);
    assert_string_equal(message, "set_model: model is NULL");
    assert_int_equal(encode_badly(request, UINT64_MAX, NULL), GIA_EINVAL);
    gia_request_free(request);
}

static void no_request_is_out_of_memory(void **state)
{
    const char *message = NULL;

    gia_request_set_model(NULL, "m");
    gia_request_set_agent(NULL, NULL);
    gia_request_add_text(NULL, "x");
    gia_request_set_stream(NULL, 1);
    gia_request_set_store(NULL, 1);
    gia_request_set_previous_interaction_id(NULL, "x");
    gia_request_set_system_instruction(NULL, "x");
    gia_request_set_json(NULL, "/x", "1");
    gia_request_free(NULL);
    assert_int_equal(gia_request_error(NULL, &message), GIA_ENOMEM);
    assert_string_equal(message, "out of memory");
    assert_int_equal(gia_request_error(NULL, NULL), GIA_ENOMEM);

    assert_int_equal(encode_badly(NULL, UINT64_MAX, NULL), GIA_ENOMEM);
}

static void a_good_request_has_no_error(void **state)
{
    gia_request_t *request = gia_request_new();
    const char *message = NULL;

    gia_request_set_model(request, "m");
    gia_request_add_text(request, "x");
    assert_int_equal(gia_request_error(request, &message), GIA_OK);
    assert_non_null(message);
    gia_request_free(request);
}

#define NEITHER                                                                                    \
    "neither model nor agent is set: call gia_request_set_model() or gia_request_set_agent()"
#define BOTH "model and agent are both set: remove one, with gia_request_set_json() and NULL"
#define NO_INPUT                                                                                   \
    "there is no input: call gia_request_add_text(), or set /input with gia_request_set_json()"

static void incomplete_requests_are_refused(void **state)
{
    static const struct {
        const char *body;
        const char *message; /* NULL: nothing is missing */
    } rows[] = {
        {"{}", NEITHER},
        {"{\"input\":\"x\"}", NEITHER},
        {"{\"input\":\"x\",\"model\":null}", NEITHER},
        {"{\"input\":\"x\",\"model\":\"m\",\"agent\":\"a\"}", BOTH},
        {"{\"input\":\"x\",\"model\":\"m\",\"agent\":null}", NULL},
        {"{\"input\":\"x\",\"model\":null,\"agent\":\"a\"}", NULL},
        {"{\"model\":\"m\"}", NO_INPUT},
        {"{\"model\":\"m\",\"input\":null}", NO_INPUT},
        {"{\"model\":\"m\",\"continuation_token\":null}", NO_INPUT},
        {"{\"model\":\"m\",\"continuation_token\":\"t\"}", NULL},
        {"{\"model\":\"m\",\"input\":[]}", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_request_t *request = gia_request_new();
        const char *message = NULL;
        int rc;

        gia_request_set_json(request, "", rows[i].body);
        rc = encode_badly(request, UINT64_MAX, &message);
        assert_int_equal(rc, rows[i].message ? GIA_EINVAL : GIA_OK);
        if (rows[i].message)
            assert_string_equal(message, rows[i].message);
        assert_int_equal(gia_request_error(request, NULL), rc);
        /* nothing sticks: it can be mended */
        gia_request_set_json(request, "", "{\"model\":\"m\",\"input\":\"x\"}");
        assert_int_equal(gia_request_error(request, NULL), GIA_OK);
        gia_request_free(request);
    }
}

static void setters_of_both_model_and_agent_are_refused(void **state)
{
    gia_request_t *request = ask("m", "x");
    const char *message = NULL;

    gia_request_set_agent(request, "a");
    assert_int_equal(encode_badly(request, UINT64_MAX, &message), GIA_EINVAL);
    assert_string_equal(message, BOTH);
    gia_request_set_json(request, "/model", NULL);
    assert_body(request, "{\"agent\":\"a\",\"input\":\"x\"}");
    gia_request_free(request);
}

/* Size and memory */

static void huge_values_go_through(void **state)
{
    enum { SIZE = 8 * 1024 * 1024 };
    char *text = malloc(SIZE + 3), *body;
    gia_request_t *request;

    memset(text, 'x', SIZE + 2);
    text[0] = text[SIZE + 1] = '"';
    text[SIZE + 2] = '\0';
    request = gia_request_new();
    gia_request_set_model(request, "m");
    gia_request_set_json(request, "/input/-/data", text);
    gia_request_set_json(request, "/input/0/type", "\"image\"");
    body = encode(request, GIA_REVISION_STEPS);
    assert_int_equal(
        strlen(body),
        SIZE + strlen("{\"model\":\"m\",\"input\":[{\"data\":\"\",\"type\":\"image\"}]}"));
    free(body);

    gia_request_free(request);
    free(text);
}

/* Text and base64 count alike, and the ceiling is for what goes over the wire. */
static void the_body_has_a_ceiling(void **state)
{
    static const char body[] = "{\"model\":\"m\",\"input\":[{\"type\":\"image\",\"mime_type\":"
                               "\"image/png\",\"data\":\"\"},"
                               "{\"type\":\"text\",\"text\":\"x\"}]}";
    const uint64_t need = strlen(body) + 1336; /* 1000 bytes as base64 */
    static char bytes[1000];
    gia_request_t *request = gia_request_new();
    const char *message = NULL;
    gia__pieces_t pieces;

    gia_request_set_model(request, "m");
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, "image/png", bytes, sizeof(bytes));
    gia_request_add_text(request, "x");
    assert_int_equal(encode_badly(request, need - 1, &message), GIA_EREQUEST_TOO_BIG);
    assert_string_equal(message, gia_error_text(GIA_EREQUEST_TOO_BIG));
    assert_int_equal(encode_badly(request, need, &message), GIA_OK);

    /* the ceiling that the pieces have for text */
    for (size_t room = 0; room < 2; room++) {
        gia__pieces_init(&pieces, &mem, strlen(body) - 1 + room);
        assert_int_equal(
            gia__request_encode(request, GIA_REVISION_STEPS, UINT64_MAX, &pieces, NULL, &message),
            room ? GIA_OK : GIA_EREQUEST_TOO_BIG);
        gia__pieces_free(&pieces);
    }
    gia_request_free(request);
}

/* Bytes are not copied for each call that sends them, and outlive the request. */
static void bytes_are_shared(void **state)
{
    gia_request_t *request = gia_request_new();
    gia__pieces_t first, second;

    gia_request_set_model(request, "m");
    gia_request_add_bytes(request, GIA_CONTENT_AUDIO, "audio/wav", "abc", 3);
    gia__pieces_init(&first, &mem, SIZE_MAX);
    gia__pieces_init(&second, &mem, SIZE_MAX);
    assert_int_equal(gia__request_encode(request, GIA_REVISION_STEPS, 1000, &first, NULL, NULL),
                     GIA_OK);
    assert_int_equal(gia__request_encode(request, GIA_REVISION_LEGACY, 1000, &second, NULL, NULL),
                     GIA_OK);
    gia_request_free(request);
    assert_int_equal(first.count, 3);
    assert_int_equal(first.items[1].kind, GIA__PIECE_BLOB);
    assert_int_equal(first.items[1].base64, 1);
    assert_ptr_equal(first.items[1].blob, second.items[1].blob);
    gia__pieces_free(&first);
    assert_memory_equal(gia__blob_bytes(second.items[1].blob), "abc", 3);
    gia__pieces_free(&second);
}

/* What who continues an answer keeps, and what comes in its place, wherever it was set. */
static void what_changes_comes_last(void **state)
{
    static const struct {
        int with_token, with_id, with_own_input;
        const char *token, *rest;
    } rows[] = {
        {0, 0, 0, "", ",\"input\":\"x\"}"},
        {1, 0, 0, ",\"continuation_token\":\"t\"", ",\"input\":\"x\"}"},
        {1, 1, 0, ",\"continuation_token\":\"t\"",
         ",\"previous_interaction_id\":\"p\",\"input\":\"x\"}"},
        {0, 1, 1, "", ",\"previous_interaction_id\":\"p\",\"input\":\"own\"}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static const char fixed[] = "{\"model\":\"m\",\"tools\":[{\"type\":\"url_context\"}]";
        gia_request_t *request = gia_request_new();
        gia__request_layout_t layout;
        char *body;

        if (rows[i].with_own_input)
            gia_request_set_json(request, "/input", "\"own\"");
        if (rows[i].with_token)
            gia_request_set_continuation_token(request, "t");
        if (rows[i].with_id)
            gia_request_set_previous_interaction_id(request, "p");
        gia_request_add_text(request, "x");
        gia_request_set_model(request, "m");
        gia_request_add_tool(request, "url_context");
        body = encode_with_layout(request, GIA_REVISION_STEPS, &layout);
        assert_int_equal(layout.fixed_end, strlen(fixed));
        assert_memory_equal(body, fixed, strlen(fixed));
        assert_int_equal(layout.rest_begin, strlen(fixed) + strlen(rows[i].token));
        assert_memory_equal(body + layout.fixed_end, rows[i].token, strlen(rows[i].token));
        assert_string_equal(body + layout.rest_begin, rows[i].rest);
        free(body);
        gia_request_free(request);
    }
}

typedef struct written_s {
    char bytes[2048];
    size_t len, stop_after;
} written_t;

static int take_written(const char *bytes, size_t len, void *data)
{
    written_t *written = data;

    assert_true(len > 0 && written->len + len < sizeof(written->bytes));
    memcpy(written->bytes + written->len, bytes, len);
    written->len += len;
    return written->stop_after && written->len >= written->stop_after;
}

/* Looking at a request shows what would be sent. */
static void a_body_can_be_written(void **state)
{
    char path[] = "/tmp/gia-request-XXXXXX";
    int file = mkstemp(path);

    assert_true(file >= 0 && write(file, "%PDF-1.4 abc", 12) == 12);
    for (int revision = GIA_REVISION_STEPS; revision <= GIA_REVISION_LEGACY; revision++) {
        gia_request_t *request = ask("m", "x");
        written_t written = {.stop_after = 0};
        char *body;

        gia_request_add_file(request, path, NULL);
        gia_request_add_bytes(request, GIA_CONTENT_AUDIO, "audio/wav", "abcd", 4);
        body = encode(request, (gia_revision_t)revision);
        assert_int_equal(
            gia_request_write(request, (gia_revision_t)revision, take_written, &written), GIA_OK);
        assert_int_equal(written.len, strlen(body));
        assert_memory_equal(written.bytes, body, written.len);

        written = (written_t){.stop_after = 30};
        assert_int_equal(
            gia_request_write(request, (gia_revision_t)revision, take_written, &written),
            GIA_ECANCELED);
        assert_true(written.len < strlen(body));
        assert_int_equal(gia_request_write(request, (gia_revision_t)revision, NULL, NULL),
                         GIA_EINVAL);
        free(body);
        gia_request_free(request);
    }
    {
        gia_request_t *request = ask("m", "x");
        written_t written = {.stop_after = 0};

        gia_request_add_file(request, path, NULL);
        assert_int_equal(write(file, "more", 4), 4);
        assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take_written, &written),
                         GIA_EFILE_CHANGED);
        unlink(path);
        written.len = 0;
        assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take_written, &written),
                         GIA_EFILE_CHANGED);
        assert_int_equal(symlink(path, path), 0); /* it leads to itself */
        assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take_written, &written),
                         GIA_EFILE);
        unlink(path);
        gia_request_set_agent(request, "a");
        assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take_written, &written),
                         GIA_EINVAL);
        gia_request_free(request);
    }
    close(file);
}

/* What is null in the body is not there a second time. */
static void null_changes_nothing(void **state)
{
    gia_request_t *request = ask("m", "x");
    gia__request_layout_t layout;
    char *body;

    gia_request_set_json(request, "/previous_interaction_id", "null");
    gia_request_set_json(request, "/continuation_token", "null");
    gia_request_set_json(request, "/input", "null");
    body = encode_with_layout(request, GIA_REVISION_STEPS, &layout);
    assert_string_equal(body, "{\"model\":\"m\",\"input\":\"x\"}");
    free(body);
    gia_request_free(request);
}

/* A run without contents among the outputs of the legacy revision leaves no gap. */
static void an_empty_run_in_a_history(void **state)
{
    gia_interaction_t *interaction =
        decode("{\"id\":\"v1\",\"status\":\"completed\",\"outputs\":[{\"type\":\"text\",\"text\":"
               "\"a\"},{\"type\":\"model_output\",\"content\":[]}]}");

    for (int revision = GIA_REVISION_STEPS; revision <= GIA_REVISION_LEGACY; revision++) {
        gia_request_t *request = ask("m", "x");
        char *body;
        gia_document_t *document = NULL;

        gia_request_add_interaction(request, interaction);
        gia_request_add_text(request, "y");
        body = encode(request, (gia_revision_t)revision);
        assert_int_equal(gia_document_parse(&document, body, strlen(body), NULL, NULL), GIA_OK);
        gia_document_free(document);
        free(body);
        gia_request_free(request);
    }
    gia_interaction_release(interaction);
}

/* Everything a builder can do; the result is the request's error, or that of its encoding. */
static int build_with(failing_memory_t *memory, const gia_interaction_t *interaction,
                      gia_revision_t revision)
{
    static const char *const names[] = {"one", "two"};
    gia_allocator_t allocator = failing_allocator(memory);
    gia_request_t *request = gia_request_new_with_allocator(&allocator);
    const char *message = NULL;
    gia__pieces_t out;
    int rc;

    gia_request_set_model(request, "m");
    gia_request_set_system_instruction(request, "be\nbrief");
    gia_request_set_previous_interaction_id(request, "v1_x");
    gia_request_set_label(request, "a/b~c", "d");
    gia_request_add_safety_setting(request, "harassment", "off", NULL);
    gia_request_set_temperature(request, 0.5);
    gia_request_set_allowed_tools(request, "any", names, 2);
    gia_request_add_voice(request, "Kore", "en-US", NULL);
    gia_request_add_text(request, "one");
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, NULL, "\xff\xd8\xff", 3);
    gia_request_add_base64(request, GIA_CONTENT_AUDIO, "audio/wav", "QUJD");
    gia_request_add_file(request, TEST_DATA "/requests/steps/text.json", NULL);
    gia_request_set_content_json(request, "/resolution", "\"high\"");
    gia_request_add_uri(request, GIA_CONTENT_VIDEO, "gs://b/o", NULL);
    gia_request_add_content_json(request, "{\"type\":\"function_call\",\"id\":\"1\"}");
    gia_request_add_function_result(request, "1", "f", "done");
    gia_request_add_interaction(request, interaction);
    gia_request_add_text(request, "two");
    gia_request_set_stream(request, 1);
    gia_request_set_store(request, 0);
    gia_request_set_json(request, "/generation_config/stop_sequences", "[\"a\"]");
    gia_request_set_json(request, "/generation_config/stop_sequences/-", "\"b\"");
    gia_request_set_json(request, "/generation_config/temperature", NULL);
    gia_request_set_response_schema(request, "{}");
    gia_request_set_response_schema(request, "{\"type\":\"object\"}");
    gia_request_add_image_format(request, "image/png", "1:1", "2K");
    gia_request_add_function(request, "f", "does", "{}");
    gia_request_add_mcp_server(request, "s", "https://mcp.example.com");
    gia_request_set_mcp_header(request, "X-Auth", "k");
    gia_request_allow_mcp_tools(request, "auto", names, 2);
    gia_request_add_computer_use(request, "browser", names, 2);
    gia_request_add_tool_json(request, "{\"type\":\"bash\"}");
    gia_request_set_agent_config(request, "{\"type\":\"dynamic\"}");

    gia__pieces_init(&out, &allocator, SIZE_MAX);
    rc = gia__request_encode(request, revision, UINT64_MAX, &out, NULL, &message);
    if (rc != GIA_OK)
        assert_string_equal(message, "out of memory");
    gia__pieces_free(&out);
    gia_request_free(request);
    return rc;
}

static void each_allocation_may_fail(void **state)
{
    static const char json[] =
        "{\"status\":\"completed\",\"steps\":[{\"type\":\"thought\",\"signature\":\"s\"},"
        "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
        "{\"type\":\"text\",\"text\":\"b\"}]}]}";
    gia_interaction_t *interaction = decode(json);

    for (int revision = GIA_REVISION_STEPS; revision <= GIA_REVISION_LEGACY; revision++) {
        int rc = GIA_ENOMEM;

        for (size_t n = 1; rc == GIA_ENOMEM; n++) {
            failing_memory_t memory = {.fail_at = n};
            rc = build_with(&memory, interaction, (gia_revision_t)revision);
            assert_int_equal(memory.n_open, 0);
            assert_true(n < 3000);
        }
        assert_int_equal(rc, GIA_OK);
    }
    gia_interaction_release(interaction);
}

static void each_allocation_of_writing_may_fail(void **state)
{
    failing_memory_t memory = {.fail_at = 0};
    gia_allocator_t allocator = failing_allocator(&memory);
    gia_request_t *request = gia_request_new_with_allocator(&allocator);
    int rc = GIA_ENOMEM;
    size_t n, open;

    gia_request_set_model(request, "m");
    gia_request_add_bytes(request, GIA_CONTENT_IMAGE, NULL, "\xff\xd8\xff", 3);
    gia_request_add_file(request, TEST_DATA "/requests/steps/text.json", NULL);
    open = memory.n_open;
    for (n = 0; rc == GIA_ENOMEM; n++) {
        written_t written = {.stop_after = 0};

        memory.fail_at = memory.n_allocations + n + 1;
        rc = gia_request_write(request, GIA_REVISION_STEPS, take_written, &written);
        assert_int_equal(memory.n_open, open);
        assert_int_equal(written.len > 0, rc == GIA_OK);
        assert_true(n < 100);
    }
    assert_int_equal(rc, GIA_OK);
    assert_true(n > 2); /* it uses the request's allocator for all that it needs */
    gia_request_free(request);
    assert_int_equal(memory.n_open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_the_input),
        cmocka_unit_test(the_last_setter_of_a_member_wins),
        cmocka_unit_test(a_request_may_be_used_again),
        cmocka_unit_test(raw_json_stays_byte_for_byte),
        cmocka_unit_test(control_characters_in_texts_are_escaped),
        cmocka_unit_test(the_stream_member_tells),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(json_that_is_too_deep_is_refused),
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(no_request_is_out_of_memory),
        cmocka_unit_test(a_good_request_has_no_error),
        cmocka_unit_test(incomplete_requests_are_refused),
        cmocka_unit_test(setters_of_both_model_and_agent_are_refused),
        cmocka_unit_test(huge_values_go_through),
        cmocka_unit_test(the_body_has_a_ceiling),
        cmocka_unit_test(bytes_are_shared),
        cmocka_unit_test(what_changes_comes_last),
        cmocka_unit_test(a_body_can_be_written),
        cmocka_unit_test(null_changes_nothing),
        cmocka_unit_test(an_empty_run_in_a_history),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(each_allocation_of_writing_may_fail),
    };

    mem = gia__mem_init(NULL);
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
