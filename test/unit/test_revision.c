/* The names of both revisions, and the public names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <gia/client.h>

#include "wire/revision.h"

static void events(void **state)
{
    static const struct {
        const char *name;
        gia_event_type_t type;
        int revision;
        gia_status_t status;
    } rows[] = {
        {"interaction.start", GIA_EVENT_INTERACTION_START, GIA_REVISION_LEGACY, 0},
        {"interaction.created", GIA_EVENT_INTERACTION_START, GIA_REVISION_STEPS, 0},
        {"interaction.status_update", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1, 0},
        {"content.start", GIA_EVENT_CONTENT_START, GIA_REVISION_LEGACY, 0},
        {"step.start", GIA_EVENT_CONTENT_START, GIA_REVISION_STEPS, 0},
        {"content.delta", GIA_EVENT_CONTENT_DELTA, GIA_REVISION_LEGACY, 0},
        {"step.delta", GIA_EVENT_CONTENT_DELTA, GIA_REVISION_STEPS, 0},
        {"content.stop", GIA_EVENT_CONTENT_STOP, GIA_REVISION_LEGACY, 0},
        {"step.stop", GIA_EVENT_CONTENT_STOP, GIA_REVISION_STEPS, 0},
        {"interaction.complete", GIA_EVENT_INTERACTION_COMPLETE, GIA_REVISION_LEGACY, 0},
        {"interaction.completed", GIA_EVENT_INTERACTION_COMPLETE, GIA_REVISION_STEPS, 0},
        {"error", GIA_EVENT_ERROR, -1, 0},

        /* a status may be the name of its event */
        {"interaction.in_progress", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1,
         GIA_STATUS_IN_PROGRESS},
        {"interaction.queued", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1, GIA_STATUS_QUEUED},
        {"interaction.requires_action", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1,
         GIA_STATUS_REQUIRES_ACTION},
        {"interaction.requires_continuation", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1,
         GIA_STATUS_REQUIRES_CONTINUATION},
        {"interaction.incomplete", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1, GIA_STATUS_INCOMPLETE},
        {"interaction.budget_exceeded", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1,
         GIA_STATUS_BUDGET_EXCEEDED},
        {"interaction.failed", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1, GIA_STATUS_FAILED},
        {"interaction.cancelled", GIA_EVENT_INTERACTION_STATUS_UPDATE, -1, GIA_STATUS_CANCELLED},

        {"interaction.weather_report", GIA_EVENT_OTHER, -1, 0},
        {"interaction.", GIA_EVENT_OTHER, -1, 0},
        {"interaction", GIA_EVENT_OTHER, -1, 0},
        {"interaction.complete ", GIA_EVENT_OTHER, -1, 0},
        {"interaction.complet", GIA_EVENT_OTHER, -1, 0},
        {"Interaction.Complete", GIA_EVENT_OTHER, -1, 0},
        {"in_progress", GIA_EVENT_OTHER, -1, 0},
        {"step.in_progress", GIA_EVENT_OTHER, -1, 0},
        {"step.update", GIA_EVENT_OTHER, -1, 0},
        {"steps.delta", GIA_EVENT_OTHER, -1, 0},
        {"ping", GIA_EVENT_OTHER, -1, 0},
        {"message", GIA_EVENT_OTHER, -1, 0},
        {"", GIA_EVENT_OTHER, -1, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        gia_status_t status = GIA_STATUS_OTHER;
        int revision = 77;

        if (gia__event_type_of(rows[i].name, strlen(rows[i].name), &status, &revision) !=
                rows[i].type ||
            status != rows[i].status || revision != rows[i].revision)
            fail_msg("%s: status %d, revision %d", rows[i].name, status, revision);
    }
}

static void deltas(void **state)
{
    static const struct {
        const char *name;
        gia_delta_type_t type;
    } rows[] = {
        {"text", GIA_DELTA_TEXT},
        {"image", GIA_DELTA_IMAGE},
        {"audio", GIA_DELTA_AUDIO},
        {"video", GIA_DELTA_VIDEO},
        {"document", GIA_DELTA_DOCUMENT},
        {"thought_summary", GIA_DELTA_THOUGHT_SUMMARY},
        {"thought_signature", GIA_DELTA_THOUGHT_SIGNATURE},
        {"text_annotation", GIA_DELTA_TEXT_ANNOTATION},
        {"text_annotation_delta", GIA_DELTA_TEXT_ANNOTATION},
        {"function_call", GIA_DELTA_FUNCTION_CALL},
        {"arguments_delta", GIA_DELTA_FUNCTION_CALL},
        {"function_result", GIA_DELTA_TOOL},
        {"code_execution_call", GIA_DELTA_TOOL},
        {"code_execution_result", GIA_DELTA_TOOL},
        {"google_search_call", GIA_DELTA_TOOL},
        {"google_search_result", GIA_DELTA_TOOL},
        {"url_context_call", GIA_DELTA_TOOL},
        {"url_context_result", GIA_DELTA_TOOL},
        {"mcp_server_tool_call", GIA_DELTA_TOOL},
        {"mcp_server_tool_result", GIA_DELTA_TOOL},
        {"file_search_call", GIA_DELTA_TOOL},
        {"file_search_result", GIA_DELTA_TOOL},
        {"google_maps_call", GIA_DELTA_TOOL},
        {"google_maps_result", GIA_DELTA_TOOL},
        {"retrieval_call", GIA_DELTA_TOOL},
        {"retrieval_result", GIA_DELTA_TOOL},
        {"processing_call", GIA_DELTA_TOOL},
        {"processing_result", GIA_DELTA_TOOL},
        {"tool", GIA_DELTA_OTHER}, /* gia's word, not the service's */
        {"thought", GIA_DELTA_OTHER},
        {"model_output", GIA_DELTA_OTHER},
        {"user_input", GIA_DELTA_OTHER},
        {"hologram", GIA_DELTA_OTHER},
        {"Text", GIA_DELTA_OTHER},
        {"", GIA_DELTA_OTHER},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (gia__delta_type_of(rows[i].name, strlen(rows[i].name)) != rows[i].type)
            fail_msg("%s", rows[i].name);
    }
}

static void statuses(void **state)
{
    static const struct {
        const char *name;
        gia_status_t status;
        int final;
    } rows[] = {
        {"queued", GIA_STATUS_QUEUED, 0},
        {"in_progress", GIA_STATUS_IN_PROGRESS, 0},
        {"requires_action", GIA_STATUS_REQUIRES_ACTION, 1},
        {"requires_continuation", GIA_STATUS_REQUIRES_CONTINUATION, 1},
        {"completed", GIA_STATUS_COMPLETED, 1},
        {"incomplete", GIA_STATUS_INCOMPLETE, 1},
        {"budget_exceeded", GIA_STATUS_BUDGET_EXCEEDED, 1},
        {"failed", GIA_STATUS_FAILED, 1},
        {"cancelled", GIA_STATUS_CANCELLED, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(gia__status_of(rows[i].name, strlen(rows[i].name)), rows[i].status);
        assert_string_equal(gia_status_name(rows[i].status), rows[i].name);
        assert_int_equal(gia_status_is_final(rows[i].status), rows[i].final);
    }
    assert_int_equal(gia__status_of("", 0), GIA_STATUS_NONE);
    assert_int_equal(gia__status_of(NULL, 0), GIA_STATUS_NONE);
    assert_int_equal(gia__status_of("canceled", 8), GIA_STATUS_OTHER);
    assert_int_equal(gia__status_of("completed2", 10), GIA_STATUS_OTHER);
    assert_int_equal(gia__status_of("completed2", 9), GIA_STATUS_COMPLETED);
    /* Waiting on may help with what is not known. */
    assert_int_equal(gia_status_is_final(GIA_STATUS_NONE), 0);
    assert_int_equal(gia_status_is_final(GIA_STATUS_OTHER), 0);
    assert_string_equal(gia_status_name(GIA_STATUS_NONE), "");
    assert_string_equal(gia_status_name(GIA_STATUS_OTHER), "");
    assert_string_equal(gia_status_name((gia_status_t)12345), "");
}

/* Each public name is a wire name of the same type; only "tool" is not. */
static void public_names(void **state)
{
    for (int i = 0; i < 100; i++) {
        const char *name = gia_content_type_name((gia_content_type_t)i);
        gia_status_t status;
        int revision;

        if (*name)
            assert_int_equal(gia__content_type_of(name, strlen(name)), i);
        name = gia_delta_type_name((gia_delta_type_t)i);
        if (strcmp(name, "other") != 0 && i != GIA_DELTA_TOOL)
            assert_int_equal(gia__delta_type_of(name, strlen(name)), i);
        name = gia_event_type_name((gia_event_type_t)i);
        if (strcmp(name, "other") != 0)
            assert_int_equal(gia__event_type_of(name, strlen(name), &status, &revision), i);
    }
    for (int i = GIA_EVENT_INTERACTION_START; i <= GIA_EVENT_ERROR; i++)
        assert_string_not_equal(gia_event_type_name((gia_event_type_t)i), "other");
    for (int i = GIA_DELTA_TEXT; i <= GIA_DELTA_TOOL; i++)
        assert_string_not_equal(gia_delta_type_name((gia_delta_type_t)i), "other");
    for (int i = GIA_CONTENT_TEXT; i <= GIA_CONTENT_DOCUMENT; i++)
        assert_true(gia__content_is_part((gia_content_type_t)i));
    assert_string_equal(gia_event_type_name(GIA_EVENT_CONTENT_DELTA), "content.delta");
    assert_string_equal(gia_event_type_name(GIA_EVENT_INTERACTION_COMPLETE),
                        "interaction.complete");
    assert_string_equal(gia_event_type_name(GIA_EVENT_OTHER), "other");
    assert_string_equal(gia_delta_type_name(GIA_DELTA_TOOL), "tool");
    assert_string_equal(gia_delta_type_name(GIA_DELTA_FUNCTION_CALL), "function_call");
    assert_int_equal(gia__content_type_of("hologram", 8), GIA_CONTENT_OTHER);
    assert_int_equal(gia__content_type_of("", 0), GIA_CONTENT_OTHER);
    assert_false(gia__content_is_part(GIA_CONTENT_OTHER));
    assert_false(gia__content_is_part(GIA_CONTENT_THOUGHT));
    assert_false(gia__content_is_part(GIA_CONTENT_FUNCTION_CALL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(deltas),
        cmocka_unit_test(statuses),
        cmocka_unit_test(public_names),
    };
    return cmocka_run_group_tests_name("revision", tests, NULL, NULL);
}
