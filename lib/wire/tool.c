/* Tool calls, their results, and what the results found: views of what stands in their JSON. */
#include <gia/content.h>

#include <string.h>

#include "wire/interaction.h"

static const gia_json_t *array_of(const gia_json_t *object, const char *name)
{
    const gia_json_t *value = gia_json_get(object, name);
    return gia_json_type(value) == GIA_JSON_ARRAY ? value : NULL;
}

/* ---- calls ---- */

static int is_call(gia_content_type_t type)
{
    switch (type) {
    case GIA_CONTENT_FUNCTION_CALL:
    case GIA_CONTENT_CODE_EXECUTION_CALL:
    case GIA_CONTENT_GOOGLE_SEARCH_CALL:
    case GIA_CONTENT_URL_CONTEXT_CALL:
    case GIA_CONTENT_MCP_SERVER_TOOL_CALL:
    case GIA_CONTENT_FILE_SEARCH_CALL:
    case GIA_CONTENT_GOOGLE_MAPS_CALL:
    case GIA_CONTENT_RETRIEVAL_CALL:
    case GIA_CONTENT_PROCESSING_CALL: return 1;
    default: return 0;
    }
}

int gia_tool_call_read(const gia_content_t *content, gia_tool_call_t *call)
{
    if (!content || !call || !is_call(content->type))
        return 0;
    *call = (gia_tool_call_t){
        .type = content->type,
        .id = content->id,
        .name = content->name,
        .server_name = gia__json_get_text(content->json, "server_name"),
        .arguments = content->arguments,
        .code = gia__json_get_text(content->arguments, "code"),
        .language = gia__json_get_text(content->arguments, "language"),
        .queries = array_of(content->arguments, "queries"),
        .urls = array_of(content->arguments, "urls"),
        .search_type = gia__json_get_text(content->json, "search_type"),
        .retrieval_type = gia__json_get_text(content->json, "retrieval_type"),
        .signature = content->signature,
    };
    return 1;
}

/* ---- results ---- */

static int is_result(gia_content_type_t type)
{
    switch (type) {
    case GIA_CONTENT_FUNCTION_RESULT:
    case GIA_CONTENT_CODE_EXECUTION_RESULT:
    case GIA_CONTENT_GOOGLE_SEARCH_RESULT:
    case GIA_CONTENT_URL_CONTEXT_RESULT:
    case GIA_CONTENT_MCP_SERVER_TOOL_RESULT:
    case GIA_CONTENT_FILE_SEARCH_RESULT:
    case GIA_CONTENT_GOOGLE_MAPS_RESULT:
    case GIA_CONTENT_RETRIEVAL_RESULT:
    case GIA_CONTENT_PROCESSING_RESULT: return 1;
    default: return 0;
    }
}

/* A list of things found, or the one that stands for a list of one. A bare string is none: it tells
 * what went wrong. */
static size_t count_found(const gia_json_t *list)
{
    return gia_json_type(list) == GIA_JSON_STRING ? 0 : gia__list_count(list);
}

/* Source `index` of a result, or NULL; *count gets how many there are if the index is too large.
 * What maps found are places, some in each item. */
static const gia_json_t *find_source(gia_content_type_t type, const gia_json_t *result,
                                     size_t index, size_t *count)
{
    size_t n = count_found(result), i, places;

    *count = 0;
    switch (type) {
    case GIA_CONTENT_GOOGLE_SEARCH_RESULT:
    case GIA_CONTENT_URL_CONTEXT_RESULT:
    case GIA_CONTENT_FILE_SEARCH_RESULT:
        *count = n;
        return index < n ? gia__list_at(result, index) : NULL;
    case GIA_CONTENT_GOOGLE_MAPS_RESULT:
        for (i = 0; i < n; i++) {
            const gia_json_t *list = gia_json_get(gia__list_at(result, i), "places");
            places = count_found(list);
            if (index - *count < places)
                return gia__list_at(list, index - *count);
            *count += places;
        }
        return NULL;
    default: return NULL;
    }
}

int gia_tool_result_read(const gia_content_t *content, gia_tool_result_t *result)
{
    if (!content || !result || !is_result(content->type))
        return 0;
    *result = (gia_tool_result_t){
        .type = content->type,
        .call_id = content->id,
        .name = content->name,
        .server_name = gia__json_get_text(content->json, "server_name"),
        .is_error = content->is_error,
        .result = content->result,
        .text = gia_json_string(content->result, NULL),
        .signature = content->signature,
    };
    find_source(result->type, result->result, SIZE_MAX, &result->source_count);
    return 1;
}

int gia_tool_result_source(const gia_tool_result_t *result, size_t index, gia_source_t *source)
{
    const gia_json_t *json;
    size_t count;

    if (!result || !source)
        return 0;
    json = find_source(result->type, result->result, index, &count);
    if (!json)
        return 0;
    *source = (gia_source_t){
        .url = gia__json_get_text(json, "url"),
        .title = gia__json_get_text(json, "title"),
        .text = gia__json_get_text(json, "text"),
        .status = gia__json_get_text(json, "status"),
        .store = gia__json_get_text(json, "file_search_store"),
        .place_id = gia__json_get_text(json, "place_id"),
        .search_suggestions = gia__json_get_text(json, "search_suggestions"),
        .json = json,
    };
    if (!source->title)
        source->title = gia__json_get_text(json, "name");
    if (!source->search_suggestions)
        source->search_suggestions =
            gia__json_get_text(json, "rendered_content"); /* its early name */
    return 1;
}

/* ---- what is left to the program ---- */

static int answers(const gia_content_t *result, const char *id)
{
    return result->type == GIA_CONTENT_FUNCTION_RESULT && result->id && id &&
           strcmp(result->id, id) == 0;
}

int gia_interaction_awaits(const gia_interaction_t *interaction, const gia_content_t *call)
{
    size_t n = gia_interaction_output_count(interaction), i;

    if (gia_interaction_status(interaction) != GIA_STATUS_REQUIRES_ACTION || !call ||
        call->type != GIA_CONTENT_FUNCTION_CALL)
        return 0;
    for (i = 0; i < n; i++) {
        if (answers(gia_interaction_output(interaction, (ptrdiff_t)i), call->id))
            return 0;
    }
    return 1;
}
