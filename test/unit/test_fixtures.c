/* Every recorded answer of both revisions, against what the manifest says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include <gia/interaction.h>

#include "failing_memory.h"
#include "playback.h"
#include "read_file.h"
#include "wire/error_body.h"
#include "wire/interaction.h"

typedef struct fixture_s {
    char name[128];
    int is_legacy;
    json_t *expected; /* the manifest's entry */
    char *bytes;
    size_t len;
} fixture_t;

static char *read_fixture(const char *name, size_t *len)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/responses/%s", TEST_DATA, name);
    return read_file(path, len);
}

static const char *expected(const fixture_t *fixture, const char *name)
{
    return json_string_value(json_object_get(fixture->expected, name));
}

/* ---- what both kinds have ---- */

static int64_t integer_or_none(json_t *json)
{
    return json_is_integer(json) ? (int64_t)json_integer_value(json) : -1;
}

static void expect_usage(const gia_usage_t *usage, json_t *json)
{
    static const char *const parts[] = {"input", "output", "cached", "tool_use"};
    static const char *const modalities[] = {"text", "image", "audio", "video", "document"};
    json_t *item;
    size_t i, m, part;

    assert_int_equal(!usage, !json);
    if (!usage)
        return;
#define TOTAL(name) assert_true(usage->name == integer_or_none(json_object_get(json, #name)))
    TOTAL(total_tokens);
    TOTAL(total_input_tokens);
    TOTAL(total_output_tokens);
    TOTAL(total_thought_tokens);
    TOTAL(total_cached_tokens);
    TOTAL(total_tool_use_tokens);
    for (part = GIA_USAGE_INPUT; part <= GIA_USAGE_TOOL_USE; part++) {
        char list[64];
        snprintf(list, sizeof(list), "%s_tokens_by_modality", parts[part]);
        for (m = 0; m < sizeof(modalities) / sizeof(*modalities); m++) {
            int64_t wanted = -1;
            json_array_foreach(json_object_get(json, list), i, item)
            {
                if (strcmp(json_string_value(json_object_get(item, "modality")), modalities[m]) ==
                    0)
                    wanted = integer_or_none(json_object_get(item, "tokens"));
            }
            assert_true(gia_usage_tokens(usage, (gia_usage_part_t)part, modalities[m]) == wanted);
        }
    }
    json_array_foreach(json_object_get(json, "grounding_tool_count"), i, item)
    {
        const char *tool = json_string_value(json_object_get(item, "type"));
        assert_true(gia_usage_grounding_count(usage, tool) ==
                    integer_or_none(json_object_get(item, "count")));
    }
}

static void expect_word(const char *got, json_t *json, const char *name)
{
    const char *wanted = json_string_value(json_object_get(json, name));

    assert_string_equal(got ? got : "none", wanted ? wanted : "none");
}

/* ---- streams ---- */

static void expect_names(const fixture_t *fixture, const playback_t *play)
{
    text_t names = {0};
    json_t *name;
    size_t i;

    json_array_foreach(json_object_get(fixture->expected, "event_types"), i, name)
        say(&names, "%s\n", json_string_value(name));
    assert_string_equal(said(&play->names), said(&names));
    free(names.data);
}

static void expect_status(const fixture_t *fixture, gia_status_t status, const char *text)
{
    const char *wanted = expected(fixture, "status");

    if (!wanted)
        return;
    assert_string_equal(text, wanted);
    if (status != GIA_STATUS_OTHER)
        assert_string_equal(gia_status_name(status), wanted);
}

/* The error of a stream that was cut stands behind it, bare. */
static void expect_tail_error(playback_t *play, const char *wanted)
{
    gia__service_error_t error;
    gia__arena_t arena;
    const char *text;
    size_t len = gia__sse_tail(&play->sse, &text);
    char *copy;

    gia__arena_init(&arena, &play->mem, PLAYBACK_MAX);
    copy = gia__arena_dup(&arena, text, len);
    assert_int_equal(gia__service_error_read(&error, &arena, copy, len, &PLAYBACK_LIMITS), GIA_OK);
    assert_string_equal(error.code, wanted);
    gia__arena_free(&arena);
}

static void expect_error(const fixture_t *fixture, playback_t *play)
{
    json_t *code = json_object_get(fixture->expected, "error_code");
    char digits[32];

    if (json_is_string(code)) {
        assert_string_equal(said(&play->error_code), json_string_value(code));
    } else if (json_is_integer(code)) {
        snprintf(digits, sizeof(digits), "%d", (int)json_integer_value(code));
        expect_tail_error(play, digits);
    } else {
        assert_string_equal(said(&play->error_code), "");
    }
}

static void expect_arguments(const fixture_t *fixture, const playback_t *play)
{
    json_t *wanted = json_object_get(fixture->expected, "arguments"), *got;

    if (!wanted)
        return;
    got = json_loads(said(&play->arguments), 0, NULL);
    assert_true(json_equal(got, wanted));
    json_decref(got);
}

static void expect_stream(const fixture_t *fixture, playback_t *play)
{
    const char *text = expected(fixture, "text"), *status = expected(fixture, "status");

    expect_names(fixture, play);
    if (text)
        assert_string_equal(said(&play->text), text);
    if (status)
        assert_string_equal(gia_status_name(play->status), status);
    assert_int_equal(play->revision, fixture->is_legacy);
    expect_error(fixture, play);
    expect_arguments(fixture, play);
}

/* The last run of text, where it is not all of the text. */
static const char *output_text(const fixture_t *fixture)
{
    if (strcmp(fixture->name, "steps/image_output.sse") == 0)
        return "Then colour.";
    return expected(fixture, "text");
}

static void expect_folded(const fixture_t *fixture, playback_t *play)
{
    const char *text = output_text(fixture);
    gia_interaction_t *interaction;
    json_t *wanted, *got;
    const char *raw;
    size_t len;

    assert_int_equal(playback_finish(play, &interaction), GIA_OK);
    assert_non_null(interaction);
    expect_status(fixture, gia_interaction_status(interaction),
                  gia_interaction_status_text(interaction));
    if (text)
        assert_string_equal(gia_interaction_output_text(interaction, NULL), text);
    assert_int_equal(gia_interaction_revision(interaction), fixture->is_legacy);

    wanted = json_object_get(fixture->expected, "arguments");
    raw = gia_json_raw(gia_interaction_json(interaction), &len);
    got = json_loadb(raw, len, 0, NULL);
    assert_non_null(got);
    if (wanted)
        assert_true(json_equal(
            json_object_get(json_array_get(json_object_get(got, "steps"), 1), "arguments"),
            wanted));
    expect_usage(gia_interaction_usage(interaction), json_object_get(got, "usage"));
    expect_word(gia_interaction_continuation_token(interaction), got, "continuation_token");
    json_decref(got);
    gia_interaction_release(interaction);
}

/* What the decoder gets to see of a stream that comes in two chunks. */
static void frames_of(const fixture_t *fixture, size_t first, text_t *frames)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_event_t event;
    gia__sse_t sse;
    size_t at = 0, used;

    gia__sse_init(&sse, &mem, PLAYBACK_MAX, PLAYBACK_MAX);
    while (at < fixture->len) {
        size_t end = at < first ? first : fixture->len;
        int rc = gia__sse_feed(&sse, fixture->bytes + at, end - at, &used, &event);
        assert_true(rc >= 0);
        if (rc == GIA__SSE_EVENT)
            say(frames, "%s\n%s\n%s\n", event.type, event.data, event.last_id);
        at += used;
    }
    gia__sse_free(&sse);
}

static int play_whole(const fixture_t *fixture, const gia_allocator_t *allocator)
{
    gia_interaction_t *interaction = NULL;
    playback_t play;
    int rc = playback_begin(&play, allocator, 1);

    if (rc == GIA_OK)
        rc = playback_feed(&play, fixture->bytes, fixture->len);
    if (rc >= 0)
        rc = playback_finish(&play, &interaction);
    gia_interaction_release(interaction);
    playback_end(&play);
    return rc;
}

static void stream_is_decoded_and_folded(void **state)
{
    const fixture_t *fixture = *state;
    text_t whole = {0}, split = {0};
    playback_t play;
    size_t i;

    assert_int_equal(playback_begin(&play, NULL, 1), GIA_OK);
    assert_true(playback_feed(&play, fixture->bytes, fixture->len) >= 0);
    expect_stream(fixture, &play);
    expect_folded(fixture, &play);
    expect_folded(fixture, &play); /* finishing leaves what was kept as it is */
    playback_end(&play);

    assert_int_equal(playback_begin(&play, NULL, 1), GIA_OK);
    for (i = 0; i < fixture->len; i++)
        assert_true(playback_feed(&play, fixture->bytes + i, 1) >= 0);
    expect_stream(fixture, &play);
    expect_folded(fixture, &play);
    playback_end(&play);

    /* The decoder sees whole frames only, so the frames are all that a split can change. */
    frames_of(fixture, 0, &whole);
    for (i = 1; i < fixture->len; i++) {
        split.len = 0;
        frames_of(fixture, i, &split);
        assert_string_equal(said(&split), said(&whole));
    }
    free(whole.data);
    free(split.data);
}

/* ---- whole bodies ---- */

static int decode(const fixture_t *fixture, const gia_allocator_t *allocator,
                  gia_interaction_t **out)
{
    gia__mem_t mem = gia__mem_init(allocator);
    gia__buf_t body;
    int rc;

    gia__buf_init(&body, &mem, PLAYBACK_MAX);
    *out = NULL;
    if (gia__buf_add(&body, fixture->bytes, fixture->len) != GIA__BUF_OK)
        return GIA_ENOMEM;
    rc = gia__interaction_decode(out, &mem, &body, &PLAYBACK_LIMITS, PLAYBACK_MAX, NULL);
    assert_null(body.data);
    return rc;
}

static size_t count_outputs(json_t *steps)
{
    size_t count = 0, i;
    json_t *step;

    json_array_foreach(steps, i, step)
    {
        const char *type = json_string_value(json_object_get(step, "type"));
        if (strcmp(type, "model_output") == 0)
            count += json_array_size(json_object_get(step, "content"));
        else
            count += strcmp(type, "user_input") != 0;
    }
    return count;
}

/* Each view has the JSON that it was made of, in order. */
static void expect_views(const gia_interaction_t *interaction, json_t *json)
{
    json_t *steps = json_object_get(json, "steps"), *outputs = json_object_get(json, "outputs");
    size_t i;

    assert_int_equal(gia_interaction_revision(interaction), outputs || json_object_get(json, "role")
                                                                ? GIA_REVISION_LEGACY
                                                                : GIA_REVISION_STEPS);
    if (outputs) {
        assert_int_equal(gia_interaction_output_count(interaction), json_array_size(outputs));
    } else {
        assert_int_equal(gia_interaction_output_count(interaction), count_outputs(steps));
        assert_int_equal(gia_interaction_step_count(interaction), json_array_size(steps));
    }
    for (i = 0; i < json_array_size(outputs ? outputs : steps); i++) {
        json_t *wanted = json_array_get(outputs ? outputs : steps, i), *got;
        size_t len;
        const char *raw =
            gia_json_raw(outputs ? gia_interaction_output(interaction, (ptrdiff_t)i)->json
                                 : gia_interaction_step(interaction, (ptrdiff_t)i)->json,
                         &len);
        got = json_loadb(raw, len, 0, NULL);
        assert_true(json_equal(got, wanted));
        json_decref(got);
    }
}

/* Byte for byte what came. */
static void expect_raw(const fixture_t *fixture, const gia_interaction_t *interaction)
{
    size_t len, end = fixture->len;
    const char *raw = gia_json_raw(gia_interaction_json(interaction), &len);

    while (strchr(" \n", fixture->bytes[end - 1]))
        end--;
    assert_int_equal(len, end);
    assert_memory_equal(raw, fixture->bytes, len);
}

static void expect_same_error(const gia_interaction_t *interaction, size_t index, json_t *json)
{
    json_t *code = json_object_get(json, "code");
    gia_interaction_error_t error;
    char digits[32];

    assert_true(gia_interaction_error(interaction, index, &error));
    expect_word(error.message, json, "message");
    snprintf(digits, sizeof(digits), "%d", (int)json_integer_value(code));
    assert_string_equal(error.code, json_is_string(code) ? json_string_value(code) : digits);
}

static void expect_errors(const gia_interaction_t *interaction, json_t *json)
{
    json_t *error, *step;
    size_t count = 0, i;

    json_array_foreach(json_object_get(json, "errors"), i, error)
        expect_same_error(interaction, count++, error);
    json_array_foreach(json_object_get(json, "steps"), i, step)
    {
        error = json_object_get(step, "error");
        if (error)
            expect_same_error(interaction, count++, error);
    }
    assert_int_equal(gia_interaction_error_count(interaction), count);
}

/* The answers to requests with a schema. */
static void expect_output_json(const fixture_t *fixture, const gia_interaction_t *interaction)
{
    int is_json = strstr(fixture->name, "/structured_output") != NULL;
    gia_document_t *document = NULL;
    gia_json_error_t error;
    size_t len;

    gia_interaction_output_text(interaction, &len);
    assert_int_equal(gia_interaction_output_json(interaction, &document, &error),
                     is_json ? GIA_OK : GIA_EJSON);
    assert_in_range(error.offset, 0, len);
    if (is_json)
        assert_string_equal(
            gia_json_string(gia_json_pointer(gia_document_root(document), "/decision/spam_type"),
                            NULL),
            "scam");
    gia_document_free(document);
}

static void body_is_decoded(void **state)
{
    const fixture_t *fixture = *state;
    json_t *json = json_loadb(fixture->bytes, fixture->len, 0, NULL);
    const char *text = expected(fixture, "text");
    gia_interaction_t *interaction;

    if (json_object_size(json) == 0) {
        assert_int_equal(decode(fixture, NULL, &interaction), GIA_EPROTOCOL);
        json_decref(json);
        return;
    }
    assert_int_equal(decode(fixture, NULL, &interaction), GIA_OK);
    expect_status(fixture, gia_interaction_status(interaction),
                  gia_interaction_status_text(interaction));
    if (text)
        assert_string_equal(gia_interaction_output_text(interaction, NULL), text);
    expect_views(interaction, json);
    expect_raw(fixture, interaction);
    expect_usage(gia_interaction_usage(interaction), json_object_get(json, "usage"));
    expect_word(gia_interaction_previous_id(interaction), json, "previous_interaction_id");
    expect_word(gia_interaction_continuation_token(interaction), json, "continuation_token");
    expect_errors(interaction, json);
    expect_output_json(fixture, interaction);
    gia_interaction_release(interaction);
    json_decref(json);
}

/* ---- memory ---- */

static void every_allocation_may_fail(void **state)
{
    const fixture_t *fixture = *state;
    int is_stream = strcmp(expected(fixture, "kind"), "stream") == 0, rc;
    gia_interaction_t *interaction;
    failing_memory_t memory = {0};
    gia_allocator_t allocator = failing_allocator(&memory);
    size_t n = 0;

    do {
        memory = (failing_memory_t){.fail_at = ++n};
        if (is_stream) {
            rc = play_whole(fixture, &allocator);
        } else {
            rc = decode(fixture, &allocator, &interaction);
            gia_interaction_release(interaction);
        }
        assert_int_equal(memory.n_open, 0);
        if (memory.n_allocations >= n)
            assert_int_equal(rc, GIA_ENOMEM);
    } while (memory.n_allocations >= n);
    assert_int_not_equal(rc, GIA_ENOMEM);
}

/* ---- the two revisions ---- */

static char *model_of(const char *name)
{
    playback_t play;
    size_t len;
    char *bytes = read_fixture(name, &len), *model;

    assert_int_equal(playback_begin(&play, NULL, 0), GIA_OK);
    assert_true(playback_feed(&play, bytes, len) >= 0);
    model = play.model.data;
    play.model.data = NULL;
    playback_end(&play);
    free(bytes);
    return model;
}

static void both_revisions_are_one_model(void **state)
{
    static const char *const names[] = {
        "thought_and_text.sse", "incomplete.sse",   "code_execution.sse", "url_context.sse",
        "mcp_server.sse",       "audio_output.sse", "no_done_marker.sse"};
    char legacy[64], steps[64];
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(legacy, sizeof(legacy), "legacy/%s", names[i]);
        snprintf(steps, sizeof(steps), "steps/%s", names[i]);
        char *one = model_of(legacy), *other = model_of(steps);
        assert_string_equal(one, other);
        free(one);
        free(other);
    }
}

/* The steps revision has a thought before the text, so the text is its second block. */
static void text_is_the_same_but_for_the_index(void **state)
{
    char *one = model_of("legacy/text.sse"), *other = model_of("steps/text.sse"), *at;
    const char *legacy = strstr(one, "content.start 0 model_output");
    char *steps = strstr(other, "content.start 1 model_output");

    assert_non_null(legacy);
    assert_non_null(steps);
    for (at = steps; (at = strstr(at, " 1")); at++)
        at[1] = '0';
    assert_string_equal(legacy, steps);
    free(one);
    free(other);
}

/* ---- the list of tests ---- */

enum { MAX_FIXTURES = 256 };

static fixture_t fixtures[MAX_FIXTURES];
static size_t n_fixtures;

static void load(const char *revision, json_t *entries)
{
    const char *name;
    json_t *entry;

    json_object_foreach(entries, name, entry)
    {
        fixture_t *fixture = &fixtures[n_fixtures];
        if (strcmp(json_string_value(json_object_get(entry, "kind")), "http_error") == 0)
            continue;
        assert_true(n_fixtures < MAX_FIXTURES);
        snprintf(fixture->name, sizeof(fixture->name), "%s/%s", revision, name);
        fixture->is_legacy = strcmp(revision, "legacy") == 0;
        fixture->expected = entry;
        fixture->bytes = read_fixture(fixture->name, &fixture->len);
        n_fixtures++;
    }
}

int main(void)
{
    struct CMUnitTest tests[2 * MAX_FIXTURES + 2] = {
        cmocka_unit_test(both_revisions_are_one_model),
        cmocka_unit_test(text_is_the_same_but_for_the_index),
    };
    static char names[MAX_FIXTURES][160];
    size_t n = 2, i, len;
    char *bytes = read_fixture("MANIFEST.json", &len);
    json_t *manifest = json_loadb(bytes, len, 0, NULL);
    int failed;

    load("legacy", json_object_get(manifest, "legacy"));
    load("steps", json_object_get(manifest, "steps"));
    for (i = 0; i < n_fixtures; i++) {
        int is_stream = strcmp(expected(&fixtures[i], "kind"), "stream") == 0;
        tests[n++] = (struct CMUnitTest){
            .name = fixtures[i].name,
            .test_func = is_stream ? stream_is_decoded_and_folded : body_is_decoded,
            .initial_state = &fixtures[i],
        };
        snprintf(names[i], sizeof(names[i]), "%.120s when memory fails", fixtures[i].name);
        tests[n++] = (struct CMUnitTest){
            .name = names[i],
            .test_func = every_allocation_may_fail,
            .initial_state = &fixtures[i],
        };
    }
    failed = _cmocka_run_group_tests("fixtures", tests, n, NULL, NULL);
    for (i = 0; i < n_fixtures; i++)
        free(fixtures[i].bytes);
    json_decref(manifest);
    free(bytes);
    return failed;
}
