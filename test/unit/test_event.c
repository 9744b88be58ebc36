/* Events one by one: kinds, ids, cut characters, odd indices, and what allocates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "playback.h"

/* Plays events and compares the whole model. */
static void expect_model_(const char *const *events, const char *wanted)
{
    playback_t play;

    assert_int_equal(playback_begin(&play, NULL, 0), GIA_OK);
    for (; *events; events++)
        assert_int_equal(playback_json(&play, *events), GIA__DECODER_NONE);
    assert_string_equal(said(&play.model), wanted);
    playback_end(&play);
}

#define expect_model(wanted, ...) expect_model_((const char *const[]){__VA_ARGS__, NULL}, wanted)

/* The event that one frame comes to. */
static const gia_event_t *decode_one(playback_t *play, char *data, const char *sse_name)
{
    gia__sse_event_t sse = {.type = sse_name,
                            .type_len = strlen(sse_name),
                            .data = data,
                            .data_len = strlen(data),
                            .last_id = ""};
    const gia_event_t *event;

    assert_int_equal(gia__decoder_put(play->decoder, &sse, NULL), GIA__DECODER_NONE);
    assert_int_equal(gia__decoder_next(play->decoder, &event), GIA__DECODER_EVENT);
    return event;
}

#define DELTA(index, delta)                                                                        \
    "{\"event_type\":\"step.delta\",\"index\":" #index ",\"delta\":" delta "}"
#define TEXT(index, text)  DELTA(index, "{\"type\":\"text\",\"text\":\"" text "\"}")
#define PIECE(index, text) DELTA(index, "{\"type\":\"arguments_delta\",\"arguments\":\"" text "\"}")
#define START(index, step) "{\"event_type\":\"step.start\",\"index\":" #index ",\"step\":" step "}"
#define STOP(index)        "{\"event_type\":\"step.stop\",\"index\":" #index "}"
#define OUTPUT             "{\"type\":\"model_output\"}"

/* ---- kinds ---- */

static void the_json_names_the_event(void **state)
{
    char both[] = "{\"event_type\":\"step.stop\",\"index\":3}", bare[] = "{\"index\":3}",
         null[] = "{\"event_type\":null,\"index\":3}", nothing[] = "{}", error[] = "{\"error\":{}}";
    const gia_event_t *event;
    playback_t play;

    playback_begin(&play, NULL, 0);
    event = decode_one(&play, both, "content.start");
    assert_int_equal(event->type, GIA_EVENT_CONTENT_STOP);
    assert_string_equal(event->name, "content.stop");
    assert_string_equal(event->wire_name, "step.stop");
    assert_int_equal(event->index, 3);
    event = decode_one(&play, bare, "content.stop");
    assert_int_equal(event->type, GIA_EVENT_CONTENT_STOP);
    assert_string_equal(event->wire_name, "content.stop");
    event = decode_one(&play, null, "content.stop");
    assert_int_equal(event->type, GIA_EVENT_CONTENT_STOP);
    event = decode_one(&play, nothing, "");
    assert_int_equal(event->type, GIA_EVENT_OTHER);
    assert_string_equal(event->wire_name, "");
    event = decode_one(&play, error, "");
    assert_int_equal(event->type, GIA_EVENT_ERROR);
    playback_end(&play);
}

static void unknown_events_pass_raw(void **state)
{
    char data[] = "{\"event_type\":\"interaction.weather_report\",\"sky\":\"clear\"}";
    const gia_event_t *event;
    playback_t play;

    playback_begin(&play, NULL, 0);
    event = decode_one(&play, data, "");
    assert_int_equal(event->type, GIA_EVENT_OTHER);
    assert_string_equal(event->name, "interaction.weather_report");
    assert_int_equal(event->index, -1);
    assert_string_equal(gia_json_string(gia_json_get(event->json, "sky"), NULL), "clear");
    playback_end(&play);
}

static void the_end_marker_is_no_json(void **state)
{
    playback_t play;

    playback_begin(&play, NULL, 0);
    assert_int_equal(playback_json(&play, "[DONE]"), 0);
    assert_int_equal(playback_json(&play, "[DONE] and gone"), 0);
    assert_int_equal(play.done, 2);
    assert_int_equal(play.n_events, 0);
    playback_end(&play);
}

static void what_is_no_event_is_refused(void **state)
{
    static const struct {
        const char *json;
        int code;
    } rows[] = {
        {"[]", GIA_EPROTOCOL},    {"7", GIA_EPROTOCOL}, {"null", GIA_EPROTOCOL},
        {"\"x\"", GIA_EPROTOCOL}, {"{", GIA_EJSON},     {"", GIA_EJSON},
        {"{}x", GIA_EJSON},       {"[DONE", GIA_EJSON},
    };
    char cut[] = "{\"a\":", deep[201];
    gia__sse_event_t sse = {.type = "", .data = cut, .data_len = strlen(cut)};
    gia__json_error_t error;
    const gia_event_t *event;
    playback_t play;
    size_t i;

    playback_begin(&play, NULL, 0);
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(playback_json(&play, rows[i].json), rows[i].code);
    assert_int_equal(gia__decoder_put(play.decoder, &sse, &error), GIA_EJSON);
    assert_int_equal(error.offset, strlen(cut));
    assert_true(*error.message);
    assert_int_equal(gia__decoder_next(play.decoder, &event), GIA__DECODER_NONE);
    memset(deep, '[', 200);
    deep[200] = '\0';
    assert_int_equal(playback_json(&play, deep), GIA_EJSON_TOO_DEEP);
    assert_int_equal(playback_json(&play, STOP(0)), 0); /* and life goes on */
    playback_end(&play);
}

static void statuses_and_usage_are_read(void **state)
{
    char start[] = "{\"event_type\":\"interaction.created\",\"event_id\":\"e1\",\"interaction\":"
                   "{\"id\":\"\",\"status\":\"dreaming\",\"usage\":null}}",
         named[] = "{\"event_type\":\"interaction.requires_action\",\"interaction_id\":\"v1\"}",
         complete[] =
             "{\"event_type\":\"interaction.completed\",\"interaction\":{\"id\":\"v1\","
             "\"status\":\"completed\",\"usage\":{\"total_tokens\":\"9007199254740993\"}}}";
    const gia_event_t *event;
    playback_t play;

    playback_begin(&play, NULL, 0);
    assert_int_equal(gia__decoder_revision(play.decoder), -1);
    event = decode_one(&play, named, "");
    assert_int_equal(event->type, GIA_EVENT_INTERACTION_STATUS_UPDATE);
    assert_int_equal(event->status, GIA_STATUS_REQUIRES_ACTION);
    assert_string_equal(event->status_text, "requires_action");
    assert_string_equal(event->interaction_id, "v1");
    assert_int_equal(gia__decoder_revision(play.decoder), -1);
    event = decode_one(&play, start, "");
    assert_int_equal(event->status, GIA_STATUS_OTHER);
    assert_string_equal(event->status_text, "dreaming");
    assert_string_equal(event->interaction_id, "");
    assert_string_equal(event->event_id, "e1");
    assert_null(event->usage);
    assert_int_equal(gia__decoder_revision(play.decoder), GIA_REVISION_STEPS);
    event = decode_one(&play, complete, "");
    assert_int_equal(event->status, GIA_STATUS_COMPLETED);
    assert_true(event->usage->total_tokens == INT64_C(9007199254740993));
    assert_int_equal(event->usage->total_input_tokens, -1);
    playback_end(&play);
}

static void error_codes_are_text(void **state)
{
    static const struct {
        const char *json, *code, *message;
    } rows[] = {
        {"{\"event_type\":\"error\",\"error\":{\"code\":\"safety\",\"message\":\"\"}}", "safety",
         ""},
        {"{\"event_type\":\"error\",\"error\":{\"code\":503,\"message\":null}}", "503", NULL},
        {"{\"event_type\":\"error\",\"code\":\"x\",\"message\":\"y\"}", "x", "y"},
        {"{\"event_type\":\"error\",\"error\":\"plain\"}", NULL, "plain"},
        {"{\"event_type\":\"error\"}", NULL, NULL},
        {"{\"event_type\":\"error\",\"error\":{\"code\":{}}}", NULL, NULL},
    };
    const gia_event_t *event;
    playback_t play;
    char data[128];
    size_t i;

    playback_begin(&play, NULL, 0);
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        snprintf(data, sizeof(data), "%s", rows[i].json);
        event = decode_one(&play, data, "");
        assert_int_equal(event->type, GIA_EVENT_ERROR);
        assert_string_equal(or_none(event->error_code), or_none(rows[i].code));
        assert_string_equal(or_none(event->error_message), or_none(rows[i].message));
    }
    playback_end(&play);
}

/* ---- deltas ---- */

static void legacy_parts_begin_a_model_output(void **state)
{
    static const char *const types[] = {"text", "image", "audio", "video", "document"};
    const gia_event_t *event;
    playback_t play;
    char data[128];
    size_t i;

    playback_begin(&play, NULL, 0);
    for (i = 0; i < 5; i++) {
        snprintf(data, sizeof(data),
                 "{\"event_type\":\"content.start\",\"index\":0,\"content\":{\"type\":\"%s\"}}",
                 types[i]);
        event = decode_one(&play, data, "");
        assert_int_equal(event->step_type, GIA_CONTENT_MODEL_OUTPUT);
        assert_string_equal(event->step_type_name, "model_output");
        assert_string_equal(gia_json_string(gia_json_get(event->content, "type"), NULL), types[i]);
    }
    playback_end(&play);
}

static void missing_types_are_inferred(void **state)
{
    static const struct {
        const char *start, *delta;
        gia_delta_type_t type;
    } rows[] = {
        {OUTPUT, "{\"text\":\"x\"}", GIA_DELTA_TEXT},
        {OUTPUT, "{\"type\":null,\"text\":\"x\"}", GIA_DELTA_TEXT},
        {OUTPUT, "{\"annotations\":[]}", GIA_DELTA_TEXT_ANNOTATION},
        {OUTPUT, "{\"mime_type\":\"image/png\",\"data\":\"\"}", GIA_DELTA_IMAGE},
        {OUTPUT, "{\"mime_type\":\"audio/wav\",\"data\":\"\"}", GIA_DELTA_AUDIO},
        {OUTPUT, "{\"mime_type\":\"video/mp4\",\"uri\":\"u\"}", GIA_DELTA_VIDEO},
        {OUTPUT, "{\"mime_type\":\"application/pdf\",\"uri\":\"u\"}", GIA_DELTA_DOCUMENT},
        {OUTPUT, "{\"smell\":1}", GIA_DELTA_OTHER},
        {"{\"type\":\"thought\"}", "{\"text\":\"x\"}", GIA_DELTA_THOUGHT_SUMMARY},
        {"{\"type\":\"thought\"}", "{\"content\":{\"text\":\"x\"}}", GIA_DELTA_THOUGHT_SUMMARY},
        {"{\"type\":\"thought\"}", "{\"signature\":\"x\"}", GIA_DELTA_THOUGHT_SIGNATURE},
        {"{\"type\":\"function_call\"}", "{\"arguments\":\"{\"}", GIA_DELTA_FUNCTION_CALL},
        {"{\"type\":\"google_search_call\"}", "{\"arguments\":{}}", GIA_DELTA_TOOL},
        {"{\"type\":\"google_search_result\"}", "{\"result\":[]}", GIA_DELTA_TOOL},
        {"{}", "{\"result\":[]}", GIA_DELTA_TOOL},
        {"null", "{\"arguments\":{}}", GIA_DELTA_FUNCTION_CALL},
        {OUTPUT, "null", GIA_DELTA_OTHER},
        {OUTPUT, "7", GIA_DELTA_OTHER},
    };
    const gia_event_t *event;
    playback_t play;
    char data[256];
    size_t i;

    playback_begin(&play, NULL, 0);
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        snprintf(data, sizeof(data), START(0, "%s"), rows[i].start);
        decode_one(&play, data, "");
        snprintf(data, sizeof(data), DELTA(0, "%s"), rows[i].delta);
        event = decode_one(&play, data, "");
        if (event->delta.type != rows[i].type)
            fail_msg("%s in %s is %s", rows[i].delta, rows[i].start, event->delta.type_name);
        assert_non_null(event->delta.type_name);
    }
    playback_end(&play);
}

static void ids_and_names_are_filled_from_the_start(void **state)
{
    char start[] = START(1, "{\"type\":\"function_call\",\"id\":\"f1\",\"name\":\"go\"}"),
         piece[] = PIECE(1, "{}"),
         result[] = START(2, "{\"type\":\"google_search_result\","
                             "\"id\":\"own\",\"call_id\":\"s1\"}"),
         delta[] = DELTA(2, "{\"type\":\"google_search_result\"}"), stop[] = STOP(1),
         late[] = PIECE(1, "{}"),
         first[] = DELTA(7, "{\"type\":\"file_search_call\",\"id\":\"x\"}"),
         second[] = DELTA(7, "{\"type\":\"file_search_call\"}");
    const gia_event_t *event;
    playback_t play;

    playback_begin(&play, NULL, 0);
    decode_one(&play, start, "");
    decode_one(&play, result, "");
    event = decode_one(&play, piece, "");
    assert_string_equal(event->delta.type_name, "function_call");
    assert_string_equal(event->delta.id, "f1");
    assert_string_equal(event->delta.name, "go");
    event = decode_one(&play, delta, "");
    assert_string_equal(event->delta.type_name, "google_search_result");
    assert_string_equal(event->delta.id, "s1");
    assert_null(event->delta.name);
    decode_one(&play, stop, "");
    event = decode_one(&play, late, "");
    assert_null(event->delta.id);
    decode_one(&play, first, "");
    event = decode_one(&play, second, "");
    assert_string_equal(event->delta.id, "x");
    playback_end(&play);
}

static void arguments_are_json_text_in_both_revisions(void **state)
{
    char legacy[] = DELTA(0, "{\"type\":\"function_call\",\"id\":\"a\",\"name\":\"b\","
                             "\"arguments\":{ \"x\" : 1e2 } }"),
         none[] = DELTA(0, "{\"type\":\"function_call\",\"id\":\"a\",\"arguments\":null}");
    const gia_event_t *event;
    playback_t play;

    playback_begin(&play, NULL, 0);
    event = decode_one(&play, legacy, "");
    assert_int_equal(event->delta.type, GIA_DELTA_FUNCTION_CALL);
    assert_string_equal(event->delta.arguments, "{ \"x\" : 1e2 }");
    assert_int_equal(event->delta.arguments_len, 13);
    event = decode_one(&play, none, "");
    assert_null(event->delta.arguments);
    assert_string_equal(event->delta.name, "b");
    playback_end(&play);
}

/* ---- cut characters ---- */

static void a_pair_cut_between_deltas_is_whole(void **state)
{
    expect_model("content.start 0 model_output\n"
                 "content.delta 0 text <a>\n"
                 "content.delta 0 text <\xf0\x9f\x90\x99z>\n"
                 "content.stop 0\n",
                 START(0, OUTPUT), TEXT(0, "a\\ud83d"), TEXT(0, "\\udc19z"), STOP(0));
    /* A delta that is nothing but a half, several in a row, and no start. */
    expect_model("content.delta 0 text <>\n"
                 "content.delta 0 text <\xf0\x9f\x90\x99>\n"
                 "content.delta 0 text <\xf0\x9f\x90\x99x>\n",
                 TEXT(0, "\\ud83d"), TEXT(0, "\\udc19\\ud83d"), TEXT(0, "\\udc19x"));
    /* An empty piece does not come between two halves. */
    expect_model("content.delta 0 text <>\n"
                 "content.delta 0 text <>\n"
                 "content.delta 0 text <\xf0\x9f\x90\x99>\n",
                 TEXT(0, "\\ud83d"), TEXT(0, ""), TEXT(0, "\\udc19"));
    /* Each block waits for its own. */
    expect_model("content.delta 0 text <>\n"
                 "content.delta 1 text <>\n"
                 "content.delta 0 text <\xf0\x9f\x90\x99>\n"
                 "content.delta 1 text <\xf0\x9f\x90\x9a>\n",
                 TEXT(0, "\\ud83d"), TEXT(1, "\\ud83d"), TEXT(0, "\\udc19"), TEXT(1, "\\udc1a"));
    expect_model("content.delta 0 function_call ({\"a\":\")\n"
                 "content.delta 0 function_call (\xf0\x9f\x90\x99\"})\n",
                 PIECE(0, "{\\\"a\\\":\\\"\\ud83d"), PIECE(0, "\\udc19\\\"}"));
}

static void a_half_without_its_other_is_replaced(void **state)
{
    expect_model("content.delta 0 text <a>\n"
                 "content.delta 0 text <\xef\xbf\xbd"
                 "b>\n"
                 "content.stop 0\n",
                 TEXT(0, "a\\ud83d"), TEXT(0, "b"), STOP(0));
    expect_model("content.delta 0 text <>\n"
                 "content.delta 0 text <\xef\xbf\xbd>\n"
                 "content.stop 0\n",
                 TEXT(0, "\\ud83d"), STOP(0));
    expect_model("content.delta 0 text <\xef\xbf\xbdx>\n", TEXT(0, "\\udc19x"));
    /* An image is behind the text, and so it is behind its last half. */
    expect_model("content.delta 0 text <a>\n"
                 "content.delta 0 text <\xef\xbf\xbd>\n"
                 "content.delta 0 image\n",
                 TEXT(0, "a\\ud83d"),
                 "{\"event_type\":\"step.delta\",\"index\":0,\"delta\":"
                 "{\"type\":\"image\",\"uri\":\"u\"}}");
    /* The delta's type is the block's, of which it brings the id. */
    expect_model("content.start 0 code_execution_call\n"
                 "content.delta 0 code_execution_call\n",
                 "{\"event_type\":\"step.start\",\"index\":0,\"step\":{\"type\":"
                 "\"code_execution_call\"}}",
                 "{\"event_type\":\"step.delta\",\"index\":0,\"delta\":{\"id\":\"c1\","
                 "\"arguments\":{\"code\":\"1\"}}}");
    expect_model("content.delta 0 text <>\n"
                 "content.delta 1 text <>\n"
                 "content.delta 0 text <\xef\xbf\xbd>\n"
                 "content.delta 1 text <\xef\xbf\xbd>\n"
                 "interaction.complete -1 completed\n",
                 TEXT(0, "\\ud83d"), TEXT(1, "\\ud83d"),
                 "{\"event_type\":\"interaction.completed\",\"interaction\":"
                 "{\"status\":\"completed\"}}");
    expect_model("content.delta 0 text <>\n"
                 "content.delta 0 text <\xef\xbf\xbd>\n"
                 "error -1 x\n",
                 TEXT(0, "\\ud83d"), "{\"event_type\":\"error\",\"code\":\"x\"}");
    expect_model("content.delta 0 text <>\n"
                 "content.delta 0 text <\xef\xbf\xbd>\n"
                 "content.start 0 model_output\n",
                 TEXT(0, "\\ud83d"), START(0, OUTPUT));
    expect_model("content.delta 0 function_call ()\n"
                 "content.delta 0 function_call (\xef\xbf\xbd)\n"
                 "content.stop 0\n",
                 PIECE(0, "\\ud83d"), STOP(0));
}

/* ---- odd indices ---- */

#define EAGER(list) "{\"type\":\"model_output\",\"content\":" list "}"
#define LEGACY(type, index, member)                                                                \
    "{\"event_type\":\"content." type "\",\"index\":" #index "," member "}"

/* Text of a start comes as deltas, too, and is the same in both revisions. */
static void text_of_a_start_is_repeated(void **state)
{
    static const char wanted[] = "content.start 0 model_output\n"
                                 "content.delta 0 text <a>\n"
                                 "content.delta 0 text <b>\n"
                                 "content.stop 0\n";

    expect_model(wanted, START(0, EAGER("[{\"type\":\"text\",\"text\":\"a\"}]")), TEXT(0, "b"),
                 STOP(0));
    expect_model(wanted, START(0, EAGER("[\"a\",\"b\"]")), STOP(0));
    expect_model(wanted, START(0, EAGER("{\"type\":\"text\",\"text\":\"a\"}")), TEXT(0, "b"),
                 STOP(0));
    expect_model(wanted, START(0, EAGER("\"a\"")), TEXT(0, "b"), STOP(0));
    expect_model(
        wanted,
        START(0, EAGER("[{\"text\":\"a\"},{\"type\":\"image\",\"uri\":\"u\"},null,7,[\"x\"],"
                       "{\"type\":\"text\"},{\"type\":\"text\",\"text\":\"\"},"
                       "{\"type\":\"text\",\"text\":7},{\"type\":\"smell\",\"text\":\"x\"},"
                       "{\"type\":\"text\",\"text\":\"b\"}]")),
        STOP(0));
    expect_model(wanted, LEGACY("start", 0, "\"content\":{\"type\":\"text\",\"text\":\"a\"}"),
                 LEGACY("delta", 0, "\"delta\":{\"type\":\"text\",\"text\":\"b\"}"),
                 LEGACY("stop", 0, "\"x\":0"));
    expect_model(wanted, LEGACY("start", 0, "\"content\":\"a\""),
                 LEGACY("delta", 0, "\"delta\":{\"type\":\"text\",\"text\":\"b\"}"),
                 LEGACY("stop", 0, "\"x\":0"));
    expect_model("content.start 0 model_output\n"
                 "content.delta 0 text <a>\n"
                 "content.start 1 model_output\n"
                 "content.delta 1 text <b>\n",
                 START(0, EAGER("[\"a\"]")), START(1, EAGER("[\"b\"]")));
    /* What is no answer is not repeated. */
    expect_model(
        "content.start 0 user_input\n",
        START(0, "{\"type\":\"user_input\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}"));
    expect_model("content.start 0 dream\n",
                 START(0, "{\"type\":\"dream\",\"text\":\"a\",\"content\":[\"a\"]}"));
    expect_model("content.start 0 function_result\n",
                 START(0, "{\"type\":\"function_result\",\"result\":\"a\"}"));
}

static void a_thought_that_a_start_carries_is_repeated(void **state)
{
    static const char wanted[] = "content.start 0 thought\n"
                                 "content.delta 0 thought_summary <a>\n"
                                 "content.delta 0 thought_summary <b>\n";

    expect_model(wanted, START(0, "{\"type\":\"thought\",\"summary\":[{\"type\":\"text\","
                                  "\"text\":\"a\"},{\"type\":\"image\"},\"b\"]}"));
    expect_model(
        wanted,
        LEGACY("start", 0, "\"content\":{\"type\":\"thought\",\"summary\":[{\"text\":\"a\"}]}"),
        LEGACY("delta", 0,
               "\"delta\":{\"type\":\"thought_summary\",\"content\":{\"text\":\"b\"}}"));
}

static void a_repeated_delta_shows_its_piece(void **state)
{
    char start[] = START(4, EAGER("[{\"type\":\"text\",\"text\":\"a\",\"annotations\":[1]}]"));
    char next[] = STOP(4);
    const gia_event_t *event;
    playback_t play;

    playback_begin(&play, NULL, 0);
    event = decode_one(&play, start, "");
    assert_int_equal(event->type, GIA_EVENT_CONTENT_START);
    assert_non_null(event->json);
    assert_int_equal(gia__decoder_next(play.decoder, &event), GIA__DECODER_EVENT);
    assert_int_equal(event->type, GIA_EVENT_CONTENT_DELTA);
    assert_string_equal(event->name, "content.delta");
    assert_string_equal(event->wire_name, "step.delta");
    assert_int_equal(event->index, 4);
    assert_null(event->json);
    assert_null(event->content);
    assert_string_equal(event->delta.type_name, "text");
    assert_int_equal(event->delta.text_len, 1);
    assert_int_equal(gia_json_count(gia_json_get(event->delta.json, "annotations")), 1);
    assert_int_equal(gia__decoder_next(play.decoder, &event), GIA__DECODER_NONE);
    assert_int_equal(gia__decoder_next(play.decoder, &event), GIA__DECODER_NONE);

    /* What was not asked for is gone with the next event. */
    memcpy(start, START(4, EAGER("[{\"type\":\"text\",\"text\":\"a\",\"annotations\":[1]}]")),
           sizeof(start));
    decode_one(&play, start, "");
    event = decode_one(&play, next, "");
    assert_int_equal(event->type, GIA_EVENT_CONTENT_STOP);
    assert_int_equal(gia__decoder_next(play.decoder, &event), GIA__DECODER_NONE);
    playback_end(&play);
}

static void a_pair_cut_behind_a_start_is_whole(void **state)
{
    expect_model("content.start 0 model_output\n"
                 "content.delta 0 text <a>\n"
                 "content.delta 0 text <\xf0\x9f\x90\x99>\n",
                 START(0, EAGER("[{\"type\":\"text\",\"text\":\"a\\ud83d\"}]")),
                 TEXT(0, "\\udc19"));
    expect_model("content.start 0 model_output\n"
                 "content.delta 0 text <a>\n"
                 "content.delta 0 text <\xef\xbf\xbd>\n"
                 "content.stop 0\n",
                 START(0, EAGER("[{\"type\":\"text\",\"text\":\"a\\ud83d\"}]")), STOP(0));
    /* Only the last piece can be continued. */
    expect_model("content.start 0 model_output\n"
                 "content.delta 0 text <a\xef\xbf\xbd>\n"
                 "content.delta 0 text <b>\n",
                 START(0, EAGER("[{\"type\":\"text\",\"text\":\"a\\ud83d\"},"
                                "{\"type\":\"image\",\"uri\":\"u\"}]")),
                 TEXT(0, "b"));
}

static void indices_may_be_anything(void **state)
{
    expect_model("content.start 2000000000 function_call\n"
                 "content.delta 2000000000 function_call ({})\n"
                 "content.stop 2000000000\n",
                 START(2000000000, "{\"type\":\"function_call\"}"), PIECE(2000000000, "{}"),
                 STOP(2000000000));
    expect_model("content.delta -1 text <a>\ncontent.delta -1 text <b>\n"
                 "content.delta -1 text <c>\ncontent.delta 9223372036854775807 text <d>\n"
                 "content.delta -1 text <e>\ncontent.delta 3 text <f>\ncontent.stop -1\n",
                 TEXT(-5, "a"), TEXT("x", "b"), TEXT(null, "c"), TEXT(9223372036854775807, "d"),
                 TEXT(99999999999999999999999, "e"), TEXT(3.0, "f"),
                 "{\"event_type\":\"step.stop\"}");
    /* Stops without start, and starts on starts. */
    expect_model("content.stop 4\ncontent.start 4 thought\ncontent.start 4 model_output\n"
                 "content.stop 4\ncontent.stop 4\n",
                 STOP(4), START(4, "{\"type\":\"thought\"}"), START(4, OUTPUT), STOP(4), STOP(4));
}

static void a_new_start_forgets_the_old_ids(void **state)
{
    char start[] = START(0, "{\"type\":\"function_call\",\"id\":\"old\"}"),
         again[] = "{\"event_type\":\"interaction.created\",\"interaction\":{}}",
         piece[] = PIECE(0, "{}");
    playback_t play;

    playback_begin(&play, NULL, 0);
    decode_one(&play, start, "");
    decode_one(&play, again, "");
    assert_null(decode_one(&play, piece, "")->delta.id);
    playback_end(&play);
}

static void what_is_remembered_has_a_ceiling(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    playback_t play = {0};
    char data[128];
    int i, rc = 0;

    play.decoder = gia__decoder_new(&mem, &PLAYBACK_LIMITS, PLAYBACK_MAX, 4096);
    gia__sse_init(&play.sse, &mem, 1, 1);
    for (i = 0; i < 1000 && rc == 0; i++) {
        snprintf(data, sizeof(data), START(% d, OUTPUT), i);
        rc = playback_json(&play, data);
    }
    assert_int_equal(rc, GIA_EINTERACTION_TOO_BIG);
    assert_in_range(i, 10, 100);
    playback_end(&play);

    /* What is closed is forgotten, so a long stream needs no more than a short one. */
    play = (playback_t){0};
    play.decoder = gia__decoder_new(&mem, &PLAYBACK_LIMITS, PLAYBACK_MAX, 4096);
    gia__sse_init(&play.sse, &mem, 1, 1);
    for (i = 0; i < 1000; i++) {
        snprintf(data, sizeof(data), START(% d, "{\"type\":\"function_call\",\"id\":\"x\"}"), i);
        assert_int_equal(playback_json(&play, data), 0);
        snprintf(data, sizeof(data), STOP(% d), i);
        assert_int_equal(playback_json(&play, data), 0);
    }
    playback_end(&play);
}

/* ---- allocation ---- */

static void put_text(gia__decoder_t *decoder, gia__fold_t *fold)
{
    char data[] = "{\"index\":0,\"delta\":{\"text\":\"some \\\"text\\\" \\u00e9 or other\","
                  "\"type\":\"text\"},\"event_id\":\"v1_Zj\",\"event_type\":\"step.delta\"}";
    gia__sse_event_t sse = {
        .type = "step.delta", .type_len = 10, .data = data, .data_len = strlen(data)};
    const gia_event_t *event;

    assert_int_equal(gia__decoder_put(decoder, &sse, NULL), GIA__DECODER_NONE);
    while (gia__decoder_next(decoder, &event) == GIA__DECODER_EVENT) {
        assert_string_equal(event->delta.text, "some \"text\" \xc3\xa9 or other");
        if (fold)
            assert_int_equal(gia__fold_event(fold, event, GIA_REVISION_STEPS), GIA_OK);
    }
}

static void a_text_delta_allocates_nothing(void **state)
{
    failing_memory_t memory = {0};
    gia_allocator_t allocator = failing_allocator(&memory);
    size_t before;
    playback_t play;
    int i;

    assert_int_equal(playback_begin(&play, &allocator, 1), GIA_OK);
    assert_int_equal(playback_json(&play, START(0, OUTPUT)), 0);
    put_text(play.decoder, NULL);
    before = memory.n_allocations;
    for (i = 0; i < 10000; i++)
        put_text(play.decoder, NULL);
    assert_int_equal(memory.n_allocations, before);

    put_text(play.decoder, play.fold);
    before = memory.n_allocations;
    for (i = 0; i < 10000; i++)
        put_text(play.decoder, play.fold);
    assert_in_range(memory.n_allocations - before, 1, 20); /* 240 kB by doubling */
    playback_end(&play);
    assert_int_equal(memory.n_open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_json_names_the_event),
        cmocka_unit_test(unknown_events_pass_raw),
        cmocka_unit_test(the_end_marker_is_no_json),
        cmocka_unit_test(what_is_no_event_is_refused),
        cmocka_unit_test(statuses_and_usage_are_read),
        cmocka_unit_test(error_codes_are_text),
        cmocka_unit_test(legacy_parts_begin_a_model_output),
        cmocka_unit_test(missing_types_are_inferred),
        cmocka_unit_test(ids_and_names_are_filled_from_the_start),
        cmocka_unit_test(arguments_are_json_text_in_both_revisions),
        cmocka_unit_test(a_pair_cut_between_deltas_is_whole),
        cmocka_unit_test(a_half_without_its_other_is_replaced),
        cmocka_unit_test(text_of_a_start_is_repeated),
        cmocka_unit_test(a_thought_that_a_start_carries_is_repeated),
        cmocka_unit_test(a_repeated_delta_shows_its_piece),
        cmocka_unit_test(a_pair_cut_behind_a_start_is_whole),
        cmocka_unit_test(indices_may_be_anything),
        cmocka_unit_test(a_new_start_forgets_the_old_ids),
        cmocka_unit_test(what_is_remembered_has_a_ceiling),
        cmocka_unit_test(a_text_delta_allocates_nothing),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
