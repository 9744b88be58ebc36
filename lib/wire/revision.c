/* The names of both revisions: the one table. */
#include "wire/revision.h"

#include <string.h>

typedef struct name_s {
    const char *text;
    unsigned char len; /* compared first: most names differ in it */
    unsigned char value;
    signed char revision; /* for events: -1 tells nothing */
} name_t;

/* clang-format off */
#define NAME(text, value)               {text, sizeof(text) - 1, value, -1}
#define NAME_OF(text, value, revision)  {text, sizeof(text) - 1, value, revision}
#define COUNT(table)                    (sizeof(table) / sizeof((table)[0]))

/* Ordered by how often they come. Of two spellings the first is gia's own. */
static const name_t events[] = {
    NAME_OF("content.delta", GIA_EVENT_CONTENT_DELTA, GIA_REVISION_LEGACY),
    NAME_OF("step.delta", GIA_EVENT_CONTENT_DELTA, GIA_REVISION_STEPS),
    NAME_OF("content.start", GIA_EVENT_CONTENT_START, GIA_REVISION_LEGACY),
    NAME_OF("step.start", GIA_EVENT_CONTENT_START, GIA_REVISION_STEPS),
    NAME_OF("content.stop", GIA_EVENT_CONTENT_STOP, GIA_REVISION_LEGACY),
    NAME_OF("step.stop", GIA_EVENT_CONTENT_STOP, GIA_REVISION_STEPS),
    NAME("interaction.status_update", GIA_EVENT_INTERACTION_STATUS_UPDATE),
    NAME_OF("interaction.start", GIA_EVENT_INTERACTION_START, GIA_REVISION_LEGACY),
    NAME_OF("interaction.created", GIA_EVENT_INTERACTION_START, GIA_REVISION_STEPS),
    NAME_OF("interaction.complete", GIA_EVENT_INTERACTION_COMPLETE, GIA_REVISION_LEGACY),
    NAME_OF("interaction.completed", GIA_EVENT_INTERACTION_COMPLETE, GIA_REVISION_STEPS),
    NAME("error", GIA_EVENT_ERROR),
};

static const name_t deltas[] = {
    NAME("text", GIA_DELTA_TEXT),
    NAME("function_call", GIA_DELTA_FUNCTION_CALL),
    NAME("arguments_delta", GIA_DELTA_FUNCTION_CALL),
    NAME("thought_summary", GIA_DELTA_THOUGHT_SUMMARY),
    NAME("thought_signature", GIA_DELTA_THOUGHT_SIGNATURE),
    NAME("text_annotation", GIA_DELTA_TEXT_ANNOTATION),
    NAME("text_annotation_delta", GIA_DELTA_TEXT_ANNOTATION),
    NAME("image", GIA_DELTA_IMAGE),
    NAME("audio", GIA_DELTA_AUDIO),
    NAME("video", GIA_DELTA_VIDEO),
    NAME("document", GIA_DELTA_DOCUMENT),
    NAME("tool", GIA_DELTA_TOOL), /* no wire name: what gia calls every other tool */
};

static const name_t contents[] = {
    NAME("text", GIA_CONTENT_TEXT),
    NAME("image", GIA_CONTENT_IMAGE),
    NAME("audio", GIA_CONTENT_AUDIO),
    NAME("video", GIA_CONTENT_VIDEO),
    NAME("document", GIA_CONTENT_DOCUMENT),
    NAME("thought", GIA_CONTENT_THOUGHT),
    NAME("function_call", GIA_CONTENT_FUNCTION_CALL),
    NAME("function_result", GIA_CONTENT_FUNCTION_RESULT),
    NAME("code_execution_call", GIA_CONTENT_CODE_EXECUTION_CALL),
    NAME("code_execution_result", GIA_CONTENT_CODE_EXECUTION_RESULT),
    NAME("google_search_call", GIA_CONTENT_GOOGLE_SEARCH_CALL),
    NAME("google_search_result", GIA_CONTENT_GOOGLE_SEARCH_RESULT),
    NAME("url_context_call", GIA_CONTENT_URL_CONTEXT_CALL),
    NAME("url_context_result", GIA_CONTENT_URL_CONTEXT_RESULT),
    NAME("mcp_server_tool_call", GIA_CONTENT_MCP_SERVER_TOOL_CALL),
    NAME("mcp_server_tool_result", GIA_CONTENT_MCP_SERVER_TOOL_RESULT),
    NAME("file_search_call", GIA_CONTENT_FILE_SEARCH_CALL),
    NAME("file_search_result", GIA_CONTENT_FILE_SEARCH_RESULT),
    NAME("google_maps_call", GIA_CONTENT_GOOGLE_MAPS_CALL),
    NAME("google_maps_result", GIA_CONTENT_GOOGLE_MAPS_RESULT),
    NAME("retrieval_call", GIA_CONTENT_RETRIEVAL_CALL),
    NAME("retrieval_result", GIA_CONTENT_RETRIEVAL_RESULT),
    NAME("processing_call", GIA_CONTENT_PROCESSING_CALL),
    NAME("processing_result", GIA_CONTENT_PROCESSING_RESULT),
    NAME("user_input", GIA_CONTENT_USER_INPUT),
    NAME("model_output", GIA_CONTENT_MODEL_OUTPUT),
};

static const name_t statuses[] = {
    NAME("in_progress", GIA_STATUS_IN_PROGRESS),
    NAME("completed", GIA_STATUS_COMPLETED),
    NAME("queued", GIA_STATUS_QUEUED),
    NAME("requires_action", GIA_STATUS_REQUIRES_ACTION),
    NAME("requires_continuation", GIA_STATUS_REQUIRES_CONTINUATION),
    NAME("incomplete", GIA_STATUS_INCOMPLETE),
    NAME("budget_exceeded", GIA_STATUS_BUDGET_EXCEEDED),
    NAME("failed", GIA_STATUS_FAILED),
    NAME("cancelled", GIA_STATUS_CANCELLED),
};

static const name_t annotations[] = {
    NAME("url_citation", GIA_ANNOTATION_URL_CITATION),
    NAME("file_citation", GIA_ANNOTATION_FILE_CITATION),
    NAME("place_citation", GIA_ANNOTATION_PLACE_CITATION),
    NAME("word_info", GIA_ANNOTATION_WORD_INFO),
    NAME("speech_metadata", GIA_ANNOTATION_SPEECH_METADATA),
};
/* clang-format on */

static const name_t *find(const name_t *table, size_t count, const char *text, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].len == len && memcmp(table[i].text, text, len) == 0)
            return &table[i];
    }
    return NULL;
}

static const char *name_of(const name_t *table, size_t count, unsigned value, const char *otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].value == value)
            return table[i].text;
    }
    return otherwise;
}

gia_event_type_t gia__event_type_of(const char *wire_name, size_t len, gia_status_t *status,
                                    int *revision)
{
    static const char prefix[] = "interaction.";
    const size_t prefix_len = sizeof(prefix) - 1;
    const name_t *name = find(events, COUNT(events), wire_name, len);

    *status = GIA_STATUS_NONE;
    *revision = -1;
    if (name) {
        *revision = name->revision;
        return (gia_event_type_t)name->value;
    }
    if (len > prefix_len && memcmp(wire_name, prefix, prefix_len) == 0) {
        name = find(statuses, COUNT(statuses), wire_name + prefix_len, len - prefix_len);
        if (name) {
            *status = (gia_status_t)name->value;
            return GIA_EVENT_INTERACTION_STATUS_UPDATE;
        }
    }
    return GIA_EVENT_OTHER;
}

gia_delta_type_t gia__delta_type_of(const char *wire_name, size_t len)
{
    const name_t *name = find(deltas, COUNT(deltas), wire_name, len);

    if (name && name->value != GIA_DELTA_TOOL)
        return (gia_delta_type_t)name->value;
    switch (gia__content_type_of(wire_name, len)) {
    case GIA_CONTENT_OTHER:
    case GIA_CONTENT_THOUGHT:
    case GIA_CONTENT_USER_INPUT:
    case GIA_CONTENT_MODEL_OUTPUT: return GIA_DELTA_OTHER;
    default: return GIA_DELTA_TOOL;
    }
}

gia_content_type_t gia__content_type_of(const char *wire_name, size_t len)
{
    const name_t *name = find(contents, COUNT(contents), wire_name, len);

    return name ? (gia_content_type_t)name->value : GIA_CONTENT_OTHER;
}

gia_status_t gia__status_of(const char *text, size_t len)
{
    const name_t *name = find(statuses, COUNT(statuses), text, len);

    if (name)
        return (gia_status_t)name->value;
    return len ? GIA_STATUS_OTHER : GIA_STATUS_NONE;
}

gia_annotation_type_t gia__annotation_type_of(const char *wire_name, size_t len)
{
    const name_t *name = find(annotations, COUNT(annotations), wire_name, len);

    return name ? (gia_annotation_type_t)name->value : GIA_ANNOTATION_OTHER;
}

int gia__content_is_part(gia_content_type_t type)
{
    return type >= GIA_CONTENT_TEXT && type <= GIA_CONTENT_DOCUMENT;
}

const char *gia_event_type_name(gia_event_type_t type)
{
    return name_of(events, COUNT(events), type, "other");
}

const char *gia_delta_type_name(gia_delta_type_t type)
{
    return name_of(deltas, COUNT(deltas), type, "other");
}

const char *gia_content_type_name(gia_content_type_t type)
{
    return name_of(contents, COUNT(contents), type, "");
}

const char *gia_status_name(gia_status_t status)
{
    return name_of(statuses, COUNT(statuses), status, "");
}

int gia_status_is_final(gia_status_t status)
{
    return status >= GIA_STATUS_REQUIRES_ACTION && status <= GIA_STATUS_CANCELLED;
}
