/* What an interaction has cost: the totals, and the parts by modality and by tool. */
#include "wire/usage.h"

#include "json/value.h"

int gia__usage_read(gia_usage_t *usage, const gia_json_t *json)
{
    if (gia_json_type(json) != GIA_JSON_OBJECT)
        return 0;
    usage->total_tokens = gia_json_int64(gia_json_get(json, "total_tokens"), -1);
    usage->total_input_tokens = gia_json_int64(gia_json_get(json, "total_input_tokens"), -1);
    usage->total_output_tokens = gia_json_int64(gia_json_get(json, "total_output_tokens"), -1);
    usage->total_thought_tokens = gia_json_int64(gia_json_get(json, "total_thought_tokens"), -1);
    usage->total_cached_tokens = gia_json_int64(gia_json_get(json, "total_cached_tokens"), -1);
    usage->total_tool_use_tokens = gia_json_int64(gia_json_get(json, "total_tool_use_tokens"), -1);
    usage->json = json;
    return 1;
}

/* The number beside the wanted word, in a list of objects with a word and a number each. */
static int64_t number_of(const gia_json_t *list, const char *word_name, const char *word,
                         const char *number_name)
{
    size_t n = gia_json_type(list) == GIA_JSON_ARRAY ? gia_json_count(list) : 0, i;

    for (i = 0; i < n && word; i++) {
        const gia_json_t *item = gia_json_at(list, i);
        if (gia__json_string_is(gia_json_get(item, word_name), word))
            return gia_json_int64(gia_json_get(item, number_name), -1);
    }
    return -1;
}

int64_t gia_usage_tokens(const gia_usage_t *usage, gia_usage_part_t part, const char *modality)
{
    static const char *const lists[] = {
        [GIA_USAGE_INPUT] = "input_tokens_by_modality",
        [GIA_USAGE_OUTPUT] = "output_tokens_by_modality",
        [GIA_USAGE_CACHED] = "cached_tokens_by_modality",
        [GIA_USAGE_TOOL_USE] = "tool_use_tokens_by_modality",
    };

    if (!usage || (size_t)part >= sizeof(lists) / sizeof(*lists))
        return -1;
    return number_of(gia_json_get(usage->json, lists[part]), "modality", modality, "tokens");
}

int64_t gia_usage_grounding_count(const gia_usage_t *usage, const char *tool)
{
    if (!usage)
        return -1;
    return number_of(gia_json_get(usage->json, "grounding_tool_count"), "type", tool, "count");
}
