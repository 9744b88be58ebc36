/* Every unary answer, told as a stream and folded again, is what it was. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "decoded.h"
#include "failing_memory.h"
#include "playback.h"
#include "wire/retell.h"

static json_t *to_json(const gia_json_t *value)
{
    size_t len;
    const char *raw = gia_json_raw(value, &len);

    return raw ? json_loadb(raw, len, JSON_DECODE_ANY, NULL) : NULL;
}

/* What a service leaves out may come back empty. */
static void drop_empty(json_t *object)
{
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe(object, next, name, value)
    {
        if ((json_is_array(value) && json_array_size(value) == 0) ||
            (json_is_string(value) && strcmp(json_string_value(value), "") == 0))
            json_object_del(object, name);
    }
}

static int has_neighbouring_texts(const gia_interaction_t *interaction)
{
    gia_content_type_t before = GIA_CONTENT_OTHER;

    for (size_t i = 0; i < gia_interaction_output_count(interaction); i++) {
        gia_content_type_t type = gia_interaction_output(interaction, (ptrdiff_t)i)->type;
        if (type == GIA_CONTENT_TEXT && before == GIA_CONTENT_TEXT)
            return 1;
        before = type;
    }
    return 0;
}

static void compare_outputs(const char *name, const gia_interaction_t *wanted,
                            const gia_interaction_t *got)
{
    if (gia_interaction_output_count(got) < gia_interaction_output_count(wanted)) {
        /* Texts of one step that follow each other are one in a stream, */
        /* and contents of types that nobody knows are deltas of types that nobody can fold. */
        if (!has_neighbouring_texts(wanted) && strcmp(name, "unknown_members.json") != 0)
            fail_msg("%s: %zu outputs", name, gia_interaction_output_count(got));
        return;
    }
    assert_int_equal(gia_interaction_output_count(got), gia_interaction_output_count(wanted));
    for (size_t i = 0; i < gia_interaction_output_count(wanted); i++) {
        json_t *before = to_json(gia_interaction_output(wanted, (ptrdiff_t)i)->json);
        json_t *after = to_json(gia_interaction_output(got, (ptrdiff_t)i)->json);

        drop_empty(before);
        drop_empty(after);
        if (!json_equal(before, after))
            fail_msg("%s, output %zu:\n%s\n%s", name, i, json_dumps(before, 0),
                     json_dumps(after, 0));
        json_decref(before);
        json_decref(after);
    }
}

static void retell_and_compare(const char *name, const char *body)
{
    gia_interaction_t *interaction = decode(body), *again = NULL;
    playback_t play;
    gia__buf_t events;

    assert_int_equal(playback_begin(&play, NULL, 1), GIA_OK);
    gia__buf_init(&events, &play.mem, SIZE_MAX);
    assert_int_equal(gia__retell(&events, interaction), GIA_OK);
    assert_int_equal(playback_feed(&play, events.data, events.len), GIA_OK);
    assert_int_equal(playback_finish(&play, &again), GIA_OK);
    compare_outputs(name, interaction, again);
    assert_string_equal(gia_interaction_output_text(again, NULL),
                        gia_interaction_output_text(interaction, NULL));
    assert_int_equal(gia_interaction_status(again), gia_interaction_status(interaction));
    gia_interaction_release(again);
    gia_interaction_release(interaction);
    gia__buf_free(&events);
    playback_end(&play);
}

static void every_unary_fixture(void **state)
{
    json_t *manifest = json_load_file(TEST_DATA "/responses/MANIFEST.json", 0, NULL), *files,
           *entry;
    const char *revision, *name;
    size_t count = 0;

    assert_non_null(manifest);
    json_object_foreach(manifest, revision, files)
    {
        json_object_foreach(files, name, entry)
        {
            char path[600];
            json_t *body;
            char *text;

            if (strcmp(json_string_value(json_object_get(entry, "kind")), "unary") != 0 ||
                strcmp(name, "delete.json") == 0)
                continue;
            snprintf(path, sizeof(path), "%s/responses/%s/%s", TEST_DATA, revision, name);
            body = json_load_file(path, 0, NULL);
            text = json_dumps(body, JSON_INDENT(2)); /* line ends must do no harm */
            retell_and_compare(name, text);
            free(text);
            json_decref(body);
            count++;
        }
    }
    assert_true(count > 40);
    json_decref(manifest);
}

static const char BODY[] =
    "{\"id\":\"v1\",\"status\":\"completed\",\"steps\":[{\"type\":\"user_input\",\"content\":[]},"
    "{\"type\":\"function_call\",\"id\":\"1\",\"name\":\"f\",\"arguments\":{ \"a b\" : [ \"\\\" \" "
    "] }}]}";

static void input_is_left_out_and_arguments_are_compact(void **state)
{
    gia_interaction_t *interaction = decode(BODY);
    gia__mem_t mem = gia__mem_init(NULL);
    gia__buf_t events;

    gia__buf_init(&events, &mem, SIZE_MAX);
    assert_int_equal(gia__retell(&events, interaction), GIA_OK);
    assert_int_equal(gia__buf_add(&events, "", 1), GIA__BUF_OK);
    assert_null(strstr(events.data, "user_input"));
    assert_non_null(strstr(events.data, "\"index\":0,\"step\":{\"type\":\"function_call\""));
    assert_non_null(strstr(events.data, "{\\\"a b\\\":[\\\"\\\\\\\" \\\"]}"));
    gia__buf_free(&events);
    gia_interaction_release(interaction);
}

static void ceiling_and_memory(void **state)
{
    gia_interaction_t *interaction = decode(BODY);
    int rc = GIA_ENOMEM;

    for (size_t n = 1; rc == GIA_ENOMEM; n++) {
        failing_memory_t memory = {.fail_at = n};
        gia__mem_t mem = failing_allocator(&memory);
        gia__buf_t events;

        gia__buf_init(&events, &mem, SIZE_MAX);
        rc = gia__retell(&events, interaction);
        gia__buf_free(&events);
        assert_int_equal(memory.n_open, 0);
        assert_true(n < 200);
    }
    assert_int_equal(rc, GIA_OK);
    for (size_t max = 0; max < 300; max += 17) {
        gia__mem_t mem = gia__mem_init(NULL);
        gia__buf_t events;

        gia__buf_init(&events, &mem, max);
        assert_int_equal(gia__retell(&events, interaction), GIA_EINTERACTION_TOO_BIG);
        gia__buf_free(&events);
    }
    gia_interaction_release(interaction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unary_fixture),
        cmocka_unit_test(input_is_left_out_and_arguments_are_compact),
        cmocka_unit_test(ceiling_and_memory),
    };
    return cmocka_run_group_tests_name("retell", tests, NULL, NULL);
}
