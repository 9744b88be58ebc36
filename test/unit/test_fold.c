/* Folded streams against the documents that they should add up to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "playback.h"
#include "wire/interaction.h"

static json_t *document_of(playback_t *play)
{
    gia_interaction_t *interaction;
    const char *raw;
    json_t *json;
    size_t len;

    assert_int_equal(playback_finish(play, &interaction), GIA_OK);
    assert_non_null(interaction);
    raw = gia_json_raw(gia_interaction_json(interaction), &len);
    json = json_loadb(raw, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert_non_null(json);
    gia_interaction_release(interaction);
    return json;
}

/* Compares what stands at `member`, or all of the document if that is NULL. */
static void expect_json(json_t *document, const char *member, const char *wanted_text)
{
    json_t *wanted = json_loads(wanted_text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_t *got = member ? json_object_get(document, member) : document;

    if (!wanted)
        fail_msg("the test is not JSON: %s", wanted_text);
    if (!json_equal(got, wanted)) {
        char *text = got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
        print_message("# wanted %s\n# got    %s\n", wanted_text, text ? text : "nothing");
        free(text);
        fail();
    }
    json_decref(wanted);
}

static void play_file(playback_t *play, const char *name)
{
    char path[512], bytes[4096];
    size_t len;
    FILE *file;

    snprintf(path, sizeof(path), "%s/responses/%s", TEST_DATA, name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("no file %s", path);
    assert_int_equal(playback_begin(play, NULL, 1), GIA_OK);
    while ((len = fread(bytes, 1, sizeof(bytes), file)))
        assert_true(playback_feed(play, bytes, len) >= 0);
    fclose(file);
}

static void expect_file(const char *name, const char *member, const char *wanted)
{
    playback_t play;
    json_t *document;

    play_file(&play, name);
    document = document_of(&play);
    expect_json(document, member, wanted);
    json_decref(document);
    playback_end(&play);
}

static void expect_events_(const char *const *events, const char *member, const char *wanted)
{
    playback_t play;
    json_t *document;

    assert_int_equal(playback_begin(&play, NULL, 1), GIA_OK);
    for (; *events; events++)
        assert_int_equal(playback_json(&play, *events), 0);
    document = document_of(&play);
    expect_json(document, member, wanted);
    json_decref(document);
    playback_end(&play);
}

#define expect_events(member, wanted, ...)                                                         \
    expect_events_((const char *const[]){__VA_ARGS__, NULL}, member, wanted)

#define START(index, step) "{\"event_type\":\"step.start\",\"index\":" #index ",\"step\":" step "}"
#define DELTA(index, delta)                                                                        \
    "{\"event_type\":\"step.delta\",\"index\":" #index ",\"delta\":" delta "}"
#define STOP(index)        "{\"event_type\":\"step.stop\",\"index\":" #index "}"
#define TEXT(index, text)  DELTA(index, "{\"type\":\"text\",\"text\":\"" text "\"}")
#define PIECE(index, text) DELTA(index, "{\"type\":\"arguments_delta\",\"arguments\":\"" text "\"}")
#define OUTPUT             "{\"type\":\"model_output\"}"
#define STEPS_OF(content)  "[{\"type\":\"model_output\",\"content\":[" content "]}]"

#define LEGACY_START(content)                                                                      \
    "{\"event_type\":\"content.start\",\"index\":0,\"content\":" content "}"
#define LEGACY_DELTA(delta) "{\"event_type\":\"content.delta\",\"index\":0,\"delta\":" delta "}"

/* ---- recorded streams ---- */

static void a_text_becomes_the_unary_document(void **state)
{
    expect_file(
        "legacy/text.sse", NULL,
        "{\"id\":\"v1_Chd3aXJlRml4dHVyZUw1MXh4eHh4eHh4eBIXd2lyZUZpeHR1cmVMNTF4eHh4eHh4eHg\","
        "\"status\":\"completed\",\"usage\":{\"total_tokens\":21,\"total_input_tokens\":9,"
        "\"input_tokens_by_modality\":[{\"modality\":\"text\",\"tokens\":9}],"
        "\"total_cached_tokens\":0,\"total_output_tokens\":12,\"total_tool_use_tokens\":0,"
        "\"total_thought_tokens\":0},\"created\":\"2026-02-11T08:15:02Z\","
        "\"updated\":\"2026-02-11T08:15:02Z\",\"role\":\"model\",\"object\":\"interaction\","
        "\"model\":\"gemini-3-flash-preview\",\"outputs\":[{\"type\":\"text\","
        "\"text\":\"Two photons share one story, told twice.\"}]}");
    expect_file("steps/text_eager_start.sse", "steps",
                STEPS_OF("{\"type\":\"text\",\"text\":\"Once upon a tide.\"}"));
    expect_file("steps/store_false.sse", "id", "\"\"");
    expect_file("steps/status_named_events.sse", "status", "\"completed\"");
}

static void a_thought_has_summary_and_signature(void **state)
{
    expect_file("steps/thought_and_text.sse", "steps",
                "[{\"type\":\"thought\",\"signature\":"
                "\"Zml4dHVyZS1zaWduYXR1cmUtUzUzLTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\","
                "\"summary\":[{\"type\":\"text\",\"text\":\"**Weighing words**\\n\\nI compare "
                "na\\u00efve and caf\\u00e9 \\u2014 then \\u6c34 and \\ud83d\\udc19.\\n\\n\\n\"}]},"
                "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":"
                "\"\\u00dcn\\u00efc\\u00f6d\\u00e9 survives: na\\u00efve caf\\u00e9, \\u6c34, "
                "\\ud83d\\udc19 and \\\"quotes\\\" \\\\ slashes \\u2028 too.\"}]}]");
    expect_file("steps/thought_without_type.sse", "steps",
                "[{\"type\":\"thought\",\"summary\":[{\"text\":"
                "\"A summary whose content has no type.\"}]},{\"type\":\"model_output\","
                "\"content\":[{\"type\":\"text\",\"text\":\"Text with a type.\"}]}]");
    /* What the start has comes first; an empty signature says nothing. */
    expect_events("steps", "[{\"type\":\"thought\",\"signature\":\"s\",\"x\":1,\"summary\":[1,2]}]",
                  START(0, "{\"type\":\"thought\",\"signature\":\"s\",\"summary\":[1],\"x\":1}"),
                  DELTA(0, "{\"type\":\"thought_summary\",\"content\":2}"),
                  DELTA(0, "{\"type\":\"thought_signature\",\"signature\":\"\"}"));
}

static void annotations_are_of_the_last_text(void **state)
{
    expect_file("legacy/google_search.sse", "outputs",
                "[{\"type\":\"google_search_call\",\"id\":\"gs0003aa\",\"arguments\":{\"queries\":"
                "[\"who keeps bees on rooftops\"]}},{\"type\":\"google_search_result\","
                "\"call_id\":\"gs0003aa\",\"signature\":"
                "\"Zml4dHVyZS1zaWduYXR1cmUtTDU0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\","
                "\"result\":[{\"url\":\"https://bees.example.org\",\"title\":\"bees.example.org\","
                "\"rendered_content\":\"<div>bees</div>\"}]},{\"type\":\"text\",\"text\":"
                "\"Rooftop beekeeping is common in Paris.\",\"annotations\":[{\"start_index\":0,"
                "\"end_index\":38,\"source\":\"https://bees.example.org\"}]}]");
    expect_events("steps",
                  STEPS_OF("{\"type\":\"text\",\"text\":\"ab\",\"annotations\":[1,{\"a\":2},3]}"),
                  START(0, OUTPUT), TEXT(0, "a"),
                  DELTA(0, "{\"type\":\"text_annotation_delta\",\"annotations\":[1,{\"a\":2}]}"),
                  DELTA(0, "{\"type\":\"text\",\"text\":\"b\",\"annotations\":[3]}"));
    expect_events("steps", STEPS_OF("{\"type\":\"text\",\"annotations\":[1]}"), START(0, OUTPUT),
                  DELTA(0, "{\"type\":\"text_annotation\",\"annotations\":[1]}"));
    /* An image in between does not make them somebody else's. */
    expect_events("steps",
                  STEPS_OF("{\"type\":\"text\",\"text\":\"a\",\"annotations\":[1]},"
                           "{\"type\":\"image\",\"uri\":\"u\"}"),
                  START(0, OUTPUT), TEXT(0, "a"), DELTA(0, "{\"type\":\"image\",\"uri\":\"u\"}"),
                  DELTA(0, "{\"type\":\"text_annotation\",\"annotations\":[1]}"));
}

static void searches_keep_ids_and_signatures(void **state)
{
    expect_file(
        "steps/google_search.sse", "steps",
        "[{\"id\":\"mkutnkgn\",\"signature\":"
        "\"Zml4dHVyZS1zaWduYXR1cmUtUzU4LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\","
        "\"type\":\"google_search_call\",\"arguments\":{\"queries\":[\"who keeps bees on "
        "rooftops\"]}},{\"call_id\":\"mkutnkgn\",\"signature\":"
        "\"Zml4dHVyZS1zaWduYXR1cmUtUzU4Yi0wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==\","
        "\"type\":\"google_search_result\",\"is_error\":false},{\"type\":\"thought\","
        "\"signature\":"
        "\"Zml4dHVyZS1zaWduYXR1cmUtUzU4Yy0wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==\"},"
        "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"Rooftop "
        "beekeeping is common in Paris.\",\"annotations\":[{\"start_index\":0,\"end_index\":38,"
        "\"url\":\"https://bees.example.org\",\"title\":\"bees.example.org\","
        "\"type\":\"url_citation\"}]}]}]");
    /* An empty signature of a start stays when nothing better comes. */
    expect_file("steps/google_search_after_text.sse", "steps",
                "[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":"
                "\"Rooftop beekeeping is common in Paris.\"}]},{\"id\":\"7xveqyd2\","
                "\"signature\":\"\",\"type\":\"google_search_call\",\"arguments\":{\"queries\":"
                "[\"rooftop bees\"]}},{\"call_id\":\"7xveqyd2\",\"signature\":\"\","
                "\"type\":\"google_search_result\",\"result\":[{\"search_suggestions\":"
                "\"<div>rooftop bees</div>\"}]}]");
}

static void code_execution_and_agents(void **state)
{
    expect_file("legacy/code_execution.sse", "outputs",
                "[{\"type\":\"code_execution_call\",\"id\":\"ce0002aa\",\"arguments\":"
                "{\"language\":\"python\",\"code\":\"print(6 * 7)\\n\"}},"
                "{\"type\":\"code_execution_result\",\"call_id\":\"ce0002aa\",\"result\":"
                "\"42\\n\",\"is_error\":false,\"signature\":"
                "\"Zml4dHVyZS1zaWduYXR1cmUtTDU2LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\"},"
                "{\"type\":\"text\",\"text\":\"It printed 42.\"}]");
    expect_file("steps/code_execution.sse", "steps",
                "[{\"id\":\"ce0003aa\",\"type\":\"code_execution_call\",\"arguments\":"
                "{\"language\":\"python\",\"code\":\"print(6 * 7)\\n\"},\"signature\":"
                "\"Zml4dHVyZS1zaWduYXR1cmUtUzYwLTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm\"},"
                "{\"call_id\":\"ce0003aa\",\"type\":\"code_execution_result\",\"result\":"
                "\"42\\n\",\"is_error\":false},{\"type\":\"model_output\",\"content\":[{\"type\":"
                "\"text\",\"text\":\"It printed 42.\"}]}]");
    expect_file("steps/antigravity.sse", "steps",
                "[{\"id\":\"fn0001aa\",\"type\":\"function_call\",\"name\":\"list_files\","
                "\"arguments\":{\"path\":\"/workspace\"}},{\"call_id\":\"fn0001aa\","
                "\"type\":\"function_result\",\"name\":\"list_files\",\"result\":[{\"type\":"
                "\"text\",\"text\":\"a.txt\\nb.txt\"}]},{\"type\":\"model_output\",\"content\":"
                "[{\"type\":\"text\",\"text\":\"Two files.\"}]}]");
    expect_file("steps/antigravity.sse", "environment_id",
                "\"3f0a1c52-77f0-4d7e-9d8e-0b7a4c1e2f33\"");
}

static void function_calls_are_joined(void **state)
{
    expect_file("steps/parallel_function_calls.sse", "steps",
                "[{\"id\":\"aa11bb22\",\"type\":\"function_call\",\"name\":\"get_weather\","
                "\"arguments\":{\"location\":\"Oslo\"}},{\"id\":\"cc33dd44\",\"type\":"
                "\"function_call\",\"name\":\"get_time\",\"arguments\":{\"zone\":\"UTC\"}}]");
    expect_file("steps/function_call_no_arguments.sse", "steps",
                "[{\"id\":\"ee55ff66\",\"type\":\"function_call\",\"name\":\"ping\","
                "\"arguments\":{}}]");
    expect_events("steps", "[{\"type\":\"function_call\",\"id\":\"a\",\"arguments\":{}}]",
                  START(0, "{\"type\":\"function_call\",\"id\":\"a\"}"));
    expect_events("steps", "[{\"type\":\"function_call\",\"arguments\":{}}]",
                  START(0, "{\"type\":\"function_call\"}"), PIECE(0, " "), PIECE(0, ""));
    /* Arguments that came whole replace. */
    expect_events("outputs",
                  "[{\"type\":\"function_call\",\"id\":\"k\",\"name\":\"n\",\"arguments\":"
                  "{\"b\":[1e2]}}]",
                  LEGACY_START("{\"type\":\"function_call\"}"),
                  LEGACY_DELTA("{\"type\":\"function_call\",\"id\":\"k\",\"arguments\":{\"a\":1}}"),
                  LEGACY_DELTA("{\"type\":\"function_call\",\"id\":\"k\",\"name\":\"n\","
                               "\"arguments\":{\"b\":[1e2]}}"));
    /* What is no object, or was cut, stays readable. */
    expect_events("steps", "[{\"type\":\"function_call\",\"arguments\":\"{\\\"a\\\":\"}]",
                  START(0, "{\"type\":\"function_call\",\"arguments\":{}}"),
                  PIECE(0, "{\\\"a\\\":"));
    expect_events("steps", "[{\"type\":\"function_call\",\"arguments\":\"[1]\"}]",
                  START(0, "{\"type\":\"function_call\"}"), PIECE(0, "[1]"));
    expect_events("steps", "[{\"type\":\"function_call\",\"arguments\":{\"a\":\"\\ufffd\"}}]",
                  START(0, "{\"type\":\"function_call\"}"),
                  PIECE(0, "{\\\"a\\\":\\\"\\\\udc00\\\"}"));
}

static void media_stand_between_texts(void **state)
{
    playback_t play;
    json_t *document, *content;

    play_file(&play, "steps/image_output.sse");
    document = document_of(&play);
    content = json_object_get(json_array_get(json_object_get(document, "steps"), 0), "content");
    assert_int_equal(json_array_size(content), 4);
    assert_string_equal(json_string_value(json_object_get(json_array_get(content, 2), "text")),
                        "Then colour.");
    assert_string_equal(json_string_value(json_object_get(json_array_get(content, 3), "type")),
                        "image");
    json_decref(document);
    playback_end(&play);

    expect_events("outputs", "[{\"type\":\"image\",\"resolution\":\"low\",\"uri\":\"u\"}]",
                  LEGACY_START("{\"type\":\"image\",\"resolution\":\"low\"}"),
                  LEGACY_DELTA("{\"type\":\"image\",\"uri\":\"u\"}"));
    /* A block that announced one thing and brought another, and one that brought nothing. */
    expect_events("outputs", "[{\"type\":\"image\",\"uri\":\"u\"}]",
                  LEGACY_START("{\"type\":\"text\"}"),
                  LEGACY_DELTA("{\"type\":\"image\",\"uri\":\"u\"}"));
    expect_events("outputs", "[{\"type\":\"text\"}]", LEGACY_START("{\"type\":\"text\"}"));
    expect_events("outputs", "[{\"type\":\"text\",\"text\":\"ab\",\"x\":1}]",
                  LEGACY_START("{\"type\":\"text\",\"text\":\"a\",\"x\":1}"),
                  LEGACY_DELTA("{\"type\":\"text\",\"text\":\"b\"}"));
}

static void audio_is_joined_as_bytes(void **state)
{
    /* "a", "bc" and "def": the base64 texts have paddings of their own. */
    expect_events("steps",
                  STEPS_OF("{\"type\":\"audio\",\"mime_type\":\"audio/l16\",\"data\":"
                           "\"YWJjZGVm\",\"rate\":2}"),
                  START(0, OUTPUT),
                  DELTA(0, "{\"type\":\"audio\",\"mime_type\":\"audio/l16\",\"data\":\"YQ==\"}"),
                  DELTA(0, "{\"type\":\"audio\",\"data\":\"YmM=\",\"rate\":1}"),
                  DELTA(0, "{\"type\":\"audio\",\"mime_type\":\"audio/l16\",\"data\":\"ZGVm\","
                           "\"rate\":2}"));
    /* Another type of audio, a uri, and what is no base64 are pieces of their own. */
    expect_events("steps",
                  STEPS_OF("{\"type\":\"audio\",\"mime_type\":\"a\",\"data\":\"YQ==\"},"
                           "{\"type\":\"audio\",\"mime_type\":\"b\",\"data\":\"YQ==\"},"
                           "{\"type\":\"audio\",\"mime_type\":\"b\",\"uri\":\"u\"},"
                           "{\"type\":\"audio\",\"mime_type\":\"b\",\"data\":\"?\"},"
                           "{\"type\":\"audio\",\"mime_type\":\"b\",\"data\":\"\"}"),
                  START(0, OUTPUT),
                  DELTA(0, "{\"type\":\"audio\",\"mime_type\":\"a\",\"data\":\"YQ==\"}"),
                  DELTA(0, "{\"type\":\"audio\",\"mime_type\":\"b\",\"data\":\"YQ==\"}"),
                  DELTA(0, "{\"type\":\"audio\",\"mime_type\":\"b\",\"uri\":\"u\"}"),
                  DELTA(0, "{\"type\":\"audio\",\"mime_type\":\"b\",\"data\":\"?\"}"),
                  DELTA(0, "{\"type\":\"audio\",\"mime_type\":\"b\",\"data\":\"\"}"));
    expect_events("outputs", "[{\"type\":\"audio\",\"data\":\"YWI=\"}]",
                  LEGACY_START("{\"type\":\"audio\"}"),
                  LEGACY_DELTA("{\"type\":\"audio\",\"data\":\"YQ==\"}"),
                  LEGACY_DELTA("{\"type\":\"audio\",\"data\":\"Yg==\"}"));
}

/* ---- nothing is lost ---- */

static void eager_content_is_kept_as_it_came(void **state)
{
#define EAGER                                                                                      \
    "{\"type\":\"text\",\"text\":\"a\",\"x\":{\"y\":1}},{\"type\":\"text\",\"text\":\"b\","        \
    "\"annotations\":[]},{\"type\":\"smell\",\"note\":\"salt\"},{\"type\":\"image\",\"uri\":"      \
    "\"u\"},{\"type\":\"audio\",\"data\":\"YQ==\",\"rate\":1},7,null,[1]"
    expect_events("steps", STEPS_OF(EAGER),
                  START(0, "{\"type\":\"model_output\",\"content\":[" EAGER "]}"));
    expect_events("steps",
                  "[{\"type\":\"user_input\",\"content\":[" EAGER "]},"
                  "{\"type\":\"model_output\",\"content\":[],\"error\":{\"code\":13}}]",
                  START(0, "{\"type\":\"user_input\",\"content\":[" EAGER "]}"),
                  START(1, "{\"type\":\"model_output\",\"content\":[],\"error\":{\"code\":13}}"));
    expect_events("steps", "[{\"type\":\"model_output\"}]", START(0, OUTPUT));
}

/* Events that repeat what a start carries add nothing to it. */
static void text_of_a_start_counts_once(void **state)
{
    expect_events(
        "steps",
        STEPS_OF("{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image\",\"uri\":\"u\"},"
                 "{\"type\":\"text\",\"text\":\"bc\",\"annotations\":[1,2]}"),
        START(0, "{\"type\":\"model_output\",\"content\":[\"a\",{\"type\":\"image\","
                 "\"uri\":\"u\"},{\"type\":\"text\",\"text\":\"b\",\"annotations\":[1]}]}"),
        TEXT(0, "c"), DELTA(0, "{\"type\":\"text_annotation_delta\",\"annotations\":[2]}"));
    expect_events("outputs", "[{\"type\":\"text\",\"text\":\"ab\"}]",
                  LEGACY_START("{\"type\":\"text\",\"text\":\"a\"}"),
                  LEGACY_DELTA("{\"type\":\"text\",\"text\":\"b\"}"));
    expect_events("steps",
                  "[{\"type\":\"thought\",\"summary\":[{\"type\":\"text\",\"text\":\"a\"},\"b\","
                  "{\"type\":\"text\",\"text\":\"c\"}]}]",
                  START(0, "{\"type\":\"thought\",\"summary\":[{\"type\":\"text\",\"text\":\"a\"},"
                           "\"b\"]}"),
                  DELTA(0, "{\"type\":\"thought_summary\",\"content\":{\"type\":\"text\","
                           "\"text\":\"c\"}}"));
    /* A character cut between a start and its first delta. */
    expect_events("steps", STEPS_OF("{\"type\":\"text\",\"text\":\"a\\ud83d\\udc19b\"}"),
                  START(0, "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\","
                           "\"text\":\"a\\ud83d\"}]}"),
                  TEXT(0, "\\udc19b"));
    expect_events("steps", STEPS_OF("{\"type\":\"text\",\"text\":\"\\ufffd\"}"),
                  START(0, "{\"type\":\"model_output\",\"content\":\"\\ud83d\"}"), STOP(0));
    expect_events("outputs", "[{\"type\":\"text\",\"text\":\"\\ud83d\\udc19\"}]",
                  LEGACY_START("{\"type\":\"text\",\"text\":\"\\ud83d\"}"),
                  LEGACY_DELTA("{\"type\":\"text\",\"text\":\"\\udc19\"}"));
}

static void unknown_members_and_types_survive(void **state)
{
    expect_events("steps",
                  "[{\"type\":\"dream\",\"imagery\":[\"sea\"],\"depth\":2,\"n\":null},"
                  "{\"type\":\"model_output\",\"mood\":1,\"content\":[{\"type\":\"text\","
                  "\"text\":\"ab\",\"tone\":\"calm\"}]}]",
                  START(0, "{\"type\":\"dream\",\"imagery\":[\"sea\"],\"n\":null}"),
                  DELTA(0, "{\"type\":\"dream\",\"depth\":2}"),
                  START(1, "{\"type\":\"model_output\",\"mood\":1}"), TEXT(1, "a"),
                  DELTA(1, "{\"type\":\"text\",\"text\":\"b\",\"tone\":\"calm\"}"));
    /* A step of an unknown type that holds content, and text for it: one list, not two. */
    expect_events("steps",
                  "[{\"type\":\"hologram\",\"content\":[{\"type\":\"beam\",\"x\":1},5,"
                  "{\"type\":\"text\",\"text\":\"a\"}]}]",
                  START(0, "{\"type\":\"hologram\",\"content\":[{\"type\":\"beam\",\"x\":1},5]}"),
                  TEXT(0, "a"));
    expect_events("steps", "[{\"result\":\"r\"}]", START(0, "{\"result\":\"r\"}"));
    expect_events(NULL, "{\"id\":\"v1\",\"mood\":\"calm\",\"a\\\"b\":[],\"steps\":[]}",
                  "{\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"v1\","
                  "\"mood\":\"calm\",\"a\\\"b\":[]}}");
    /* Deltas of unknown types stand outside, so that a step can be sent back as it is. */
    expect_events(NULL,
                  "{\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\","
                  "\"text\":\"ab\"}]}],\"unknown_deltas\":[{\"index\":0,\"delta\":{\"type\":"
                  "\"holographic\",\"p\":1}},{\"delta\":{}}]}",
                  START(0, OUTPUT), TEXT(0, "a"), DELTA(0, "{\"type\":\"holographic\",\"p\":1}"),
                  DELTA(-1, "{}"), TEXT(0, "b"));
    expect_events("steps",
                  "[{\"type\":\"google_maps_result\",\"call_id\":\"c\",\"x\":1,\"result\":[2]}]",
                  START(0, "{\"type\":\"google_maps_result\",\"call_id\":\"c\",\"x\":0}"),
                  DELTA(0, "{\"type\":\"google_maps_result\",\"call_id\":null,\"x\":1}"),
                  DELTA(0, "{\"type\":\"google_maps_result\",\"result\":[2]}"));
}

static void text_is_kept_with_nul_and_halves(void **state)
{
    gia_interaction_t *interaction;
    playback_t play;
    size_t len;

    expect_events("steps",
                  STEPS_OF("{\"type\":\"text\",\"text\":\"a\\u0000b\\ud83d\\udc19\\ufffd\"}"),
                  START(0, OUTPUT), TEXT(0, "a\\u0000b\\ud83d"), TEXT(0, "\\udc19"),
                  TEXT(0, "\\ud83d"), STOP(0));

    /* jansson has no names with NUL. */
    playback_begin(&play, NULL, 1);
    assert_int_equal(playback_json(&play, "{\"event_type\":\"interaction.created\","
                                          "\"interaction\":{\"a\\u0000b\":1,\"a\":2}}"),
                     0);
    assert_int_equal(playback_finish(&play, &interaction), GIA_OK);
    assert_memory_equal(gia_json_name_at(gia_interaction_json(interaction), 0, &len), "a\0b", 4);
    assert_int_equal(len, 3);
    gia_interaction_release(interaction);
    playback_end(&play);
}

/* ---- odd orders ---- */

static void blocks_may_come_in_any_way(void **state)
{
    expect_events("steps",
                  "[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"ac\"}]},"
                  "{\"type\":\"thought\",\"summary\":[1]},"
                  "{\"type\":\"function_call\",\"arguments\":{\"x\":1}},"
                  "{\"type\":\"url_context_call\",\"arguments\":{}},"
                  "{\"type\":\"thought\",\"signature\":\"s\"}]",
                  STOP(9), TEXT(2000000000, "a"),
                  DELTA(-1, "{\"type\":\"thought_summary\",\"content\":1}"),
                  PIECE(3, "{\\\"x\\\":1}"), TEXT(2000000000, "c"),
                  DELTA(4, "{\"type\":\"url_context_call\",\"arguments\":{}}"), STOP(3), STOP(3),
                  DELTA(5, "{\"type\":\"thought_signature\",\"signature\":\"s\"}"));
    /* A start on an open block, a delta behind a stop, a second hop that counts from 0 again. */
    expect_events("steps",
                  "[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]},"
                  "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"b\"}]},"
                  "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"c\"}]},"
                  "{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"d\"}]}]",
                  START(0, OUTPUT), TEXT(0, "a"), START(0, OUTPUT), TEXT(0, "b"), STOP(0),
                  TEXT(0, "c"), "{\"event_type\":\"interaction.created\",\"interaction\":{}}",
                  TEXT(0, "d"));
    expect_events("steps", "[]", "{\"event_type\":\"step.start\",\"index\":0}");
}

static void a_broken_stream_yields_what_came(void **state)
{
    gia_interaction_t *interaction;
    playback_t play;

    play_file(&play, "steps/truncated.sse");
    assert_int_equal(playback_finish(&play, &interaction), GIA_OK);
    assert_int_equal(gia_interaction_status(interaction), GIA_STATUS_IN_PROGRESS);
    assert_string_equal(gia_interaction_output_text(interaction, NULL),
                        "The line went dead before");
    gia_interaction_release(interaction);
    playback_end(&play);

    playback_begin(&play, NULL, 1);
    assert_int_equal(playback_json(&play, "{\"event_type\":\"weather\"}"), 0);
    assert_int_equal(playback_finish(&play, &interaction), GIA_OK);
    assert_null(interaction);
    playback_end(&play);
}

#define CREATED(members) "{\"event_type\":\"interaction.created\",\"interaction\":{" members "}}"
#define COMPLETED(members)                                                                         \
    "{\"event_type\":\"interaction.completed\",\"interaction\":{" members "}}"
#define UPDATE(members) "{\"event_type\":\"interaction.status_update\"," members "}"

static void later_members_override_earlier_ones(void **state)
{
    expect_events(NULL,
                  "{\"id\":\"v1\",\"a\":1,\"b\":2,\"status\":\"completed\",\"usage\":{\"t\":1},"
                  "\"continuation_token\":\"x\",\"steps\":[]}",
                  CREATED("\"id\":\"v1\",\"status\":\"in_progress\",\"a\":1,\"b\":1,\"steps\":[]"),
                  UPDATE("\"interaction_id\":\"other\",\"status\":\"queued\",\"usage\":{\"t\":1},"
                         "\"continuation_token\":\"x\""),
                  COMPLETED("\"status\":\"completed\",\"usage\":null,\"b\":2"),
                  UPDATE("\"status\":\"late\""));
    expect_events(NULL, "{\"id\":\"v2\",\"status\":\"requires_action\",\"steps\":[]}",
                  "{\"event_type\":\"interaction.requires_action\",\"interaction_id\":\"v2\"}");
    /* A list that the service itself gives at the end counts, one at the start only without blocks.
     */
    expect_events("steps", "[{\"type\":\"y\"}]",
                  CREATED("\"id\":\"v\",\"steps\":[{\"type\":\"x\"}]"), START(0, OUTPUT),
                  COMPLETED("\"id\":\"v\",\"steps\":[{\"type\":\"y\"}]"));
    expect_events("steps", "[{\"type\":\"model_output\"}]",
                  CREATED("\"id\":\"v\",\"steps\":[{\"type\":\"x\"}]"), START(0, OUTPUT),
                  COMPLETED("\"id\":\"v\",\"steps\":[]"));
    expect_events("steps", "[{\"type\":\"x\"}]",
                  CREATED("\"id\":\"v\",\"steps\":[{\"type\":\"x\"}]"));
}

static void errors_are_kept(void **state)
{
    expect_events("errors",
                  "[{\"code\":\"a\",\"message\":\"\"},{\"code\":503},{\"message\":\"m\"}]",
                  "{\"event_type\":\"error\",\"error\":{\"code\":\"a\",\"message\":\"\"}}",
                  "{\"event_type\":\"error\",\"error\":{\"code\":503}}",
                  "{\"event_type\":\"error\",\"error\":\"m\"}");
    expect_events("errors", "[1]", "{\"event_type\":\"error\",\"error\":{\"code\":\"a\"}}",
                  COMPLETED("\"id\":\"v\",\"errors\":[1]"));
    expect_events("errors", "[{\"code\":\"a\"}]",
                  "{\"event_type\":\"error\",\"error\":{\"code\":\"a\"}}",
                  COMPLETED("\"id\":\"v\",\"errors\":[]"));
}

/* ---- ceilings ---- */

static void what_is_kept_has_a_ceiling(void **state)
{
    static const char *const rows[][2] = {
        {START(0, OUTPUT), TEXT(0, "12345678")},
        {START(0, "{\"type\":\"thought\"}"),
         DELTA(0, "{\"type\":\"thought_summary\",\"content\":1}")},
        {START(0, "{\"type\":\"function_call\"}"), PIECE(0, "12345678")},
        {START(0, OUTPUT), DELTA(0, "{\"type\":\"audio\",\"data\":\"YWJj\"}")},
        {START(0, OUTPUT), DELTA(0, "{\"type\":\"image\",\"uri\":\"u\"}")},
        {START(0, OUTPUT), START(0, OUTPUT)},
        {START(0, OUTPUT), DELTA(0, "{\"type\":\"hologram\"}")},
        {START(0, OUTPUT), "{\"event_type\":\"error\",\"error\":{\"code\":\"a\"}}"},
        {START(0, OUTPUT), DELTA(0, "{\"type\":\"text_annotation\",\"annotations\":[1]}")},
    };
    gia_interaction_t *interaction;
    playback_t play;
    size_t i, n;
    int rc;

    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        playback_begin(&play, NULL, 0);
        play.fold = gia__fold_new(&play.mem, 8192);
        rc = playback_json(&play, rows[i][0]);
        for (n = 0; n < 10000 && rc == 0; n++)
            rc = playback_json(&play, rows[i][1]);
        assert_int_equal(rc, GIA_EINTERACTION_TOO_BIG);
        rc = playback_finish(&play, &interaction); /* what fitted may be too long when written */
        assert_true(rc == GIA_OK || rc == GIA_EINTERACTION_TOO_BIG);
        gia_interaction_release(interaction);
        playback_end(&play);
    }
}

/* Escapes and base64 make the document longer than what was kept. */
static void the_document_has_the_same_ceiling(void **state)
{
    gia_interaction_t *interaction;
    playback_t play;
    int i;

    playback_begin(&play, NULL, 0);
    play.fold = gia__fold_new(&play.mem, 4096);
    for (i = 0; i < 250; i++)
        assert_int_equal(playback_json(&play, TEXT(0, "\\u0001\\u0001\\u0001\\u0001")), 0);
    assert_int_equal(playback_finish(&play, &interaction), GIA_EINTERACTION_TOO_BIG);
    assert_null(interaction);
    playback_end(&play);
}

/* A step stands deeper in the document than in its event. */
static void depth_counts_in_the_event(void **state)
{
    char data[512] = "{\"event_type\":\"step.delta\",\"index\":0,\"delta\":{\"type\":"
                     "\"text_annotation\",\"annotations\":";
    gia_interaction_t *interaction;
    playback_t play;
    size_t i, nested = PLAYBACK_LIMITS.max_depth - 2;

    for (i = 0; i < nested; i++)
        strcat(data, "[");
    for (i = 0; i < nested; i++)
        strcat(data, "]");
    strcat(data, "}}");
    playback_begin(&play, NULL, 1);
    assert_int_equal(playback_json(&play, data), 0);
    assert_int_equal(playback_finish(&play, &interaction), GIA_OK);
    assert_non_null(interaction);
    gia_interaction_release(interaction);
    playback_end(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_becomes_the_unary_document),
        cmocka_unit_test(a_thought_has_summary_and_signature),
        cmocka_unit_test(annotations_are_of_the_last_text),
        cmocka_unit_test(searches_keep_ids_and_signatures),
        cmocka_unit_test(code_execution_and_agents),
        cmocka_unit_test(function_calls_are_joined),
        cmocka_unit_test(media_stand_between_texts),
        cmocka_unit_test(audio_is_joined_as_bytes),
        cmocka_unit_test(eager_content_is_kept_as_it_came),
        cmocka_unit_test(text_of_a_start_counts_once),
        cmocka_unit_test(unknown_members_and_types_survive),
        cmocka_unit_test(text_is_kept_with_nul_and_halves),
        cmocka_unit_test(blocks_may_come_in_any_way),
        cmocka_unit_test(a_broken_stream_yields_what_came),
        cmocka_unit_test(later_members_override_earlier_ones),
        cmocka_unit_test(errors_are_kept),
        cmocka_unit_test(what_is_kept_has_a_ceiling),
        cmocka_unit_test(the_document_has_the_same_ceiling),
        cmocka_unit_test(depth_counts_in_the_event),
    };
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
