/* The tools of a request, and the list of objects in which tools and formats wait. */
#include "wire/request_object.h"

#include <string.h>

/* Items */

int gia__item_add(gia__setter_t *setter, gia__list_t *list, gia__item_kind_t kind, const char *type)
{
    gia_request_t *request = setter->request;
    gia__item_t *item = gia__mem_zalloc(&request->mem, sizeof(*item));

    if (!item) {
        gia__refuse_memory(setter);
        return 0;
    }
    item->kind = kind;
    gia__tree_init(&item->object, &request->mem);
    gia__list_append(list, &item->link);
    setter->tree = &item->object;
    gia__put_string_if(setter, "/type", type);
    return request->error == GIA_OK;
}

gia__item_t *gia__item_last(const gia__list_t *list, gia__item_kind_t kind)
{
    for (const gia__list_t *link = list->previous; link != list; link = link->previous) {
        gia__item_t *item = GIA__LIST_OBJECT(link, gia__item_t, link);
        if (kind == GIA__ITEM_PLAIN || item->kind == kind)
            return item;
    }
    return NULL;
}

void gia__item_free(gia_request_t *request, gia__item_t *item)
{
    gia__list_remove(&item->link);
    gia__tree_free(&item->object);
    gia__mem_free(&request->mem, item);
}

/* Tools */

static int add_tool(gia__setter_t *setter, gia__item_kind_t kind, const char *type)
{
    return gia__item_add(setter, &setter->request->tools, kind, type);
}

void gia_request_add_function(gia_request_t *request, const char *name, const char *description,
                              const char *parameters)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_function") ||
        !gia__accept_name(&setter, "name", name) ||
        (description && !gia__accept_text(&setter, "description", description)) ||
        (parameters && !gia__accept_object(&setter, "parameters", parameters)) ||
        !add_tool(&setter, GIA__ITEM_PLAIN, "function"))
        return;
    gia__put_string(&setter, "/name", name);
    gia__put_string_if(&setter, "/description", description);
    if (parameters)
        gia__put_json(&setter, "/parameters", "parameters", parameters);
}

void gia_request_add_tool(gia_request_t *request, const char *type)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_tool") && gia__accept_name(&setter, "type", type))
        add_tool(&setter, GIA__ITEM_PLAIN, type);
}

void gia_request_add_google_search(gia_request_t *request, const char *const *search_types,
                                   size_t count)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_google_search") &&
        gia__accept_names(&setter, "search_types", search_types, count) &&
        add_tool(&setter, GIA__ITEM_PLAIN, "google_search"))
        gia__put_strings(&setter, "/search_types/-", search_types, count);
}

void gia_request_add_mcp_server(gia_request_t *request, const char *name, const char *url)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_mcp_server") ||
        !gia__accept_name(&setter, "name", name) || !gia__accept_name(&setter, "url", url))
        return;
    if (strchr(name, '-')) {
        gia__refuse(&setter, GIA_EINVAL, "name holds '-', which the service refuses; use '_'");
        return;
    }
    if (!add_tool(&setter, GIA__TOOL_MCP_SERVER, "mcp_server"))
        return;
    gia__put_string(&setter, "/name", name);
    gia__put_string(&setter, "/url", url);
}

/* Goes on with the MCP server that was added last. */
static int find_mcp_server(gia__setter_t *setter)
{
    gia__item_t *item = gia__item_last(&setter->request->tools, GIA__TOOL_MCP_SERVER);

    if (!item) {
        gia__refuse(setter, GIA_EINVAL,
                    "there is no MCP server yet: call gia_request_add_mcp_server() first");
        return 0;
    }
    setter->tree = &item->object;
    return 1;
}

void gia_request_set_mcp_header(gia_request_t *request, const char *name, const char *value)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "set_mcp_header") &&
        gia__accept_name(&setter, "name", name) && gia__accept_line(&setter, "value", value) &&
        find_mcp_server(&setter))
        gia__put_member(&setter, "/headers", name, value);
}

void gia_request_allow_mcp_tools(gia_request_t *request, const char *mode, const char *const *names,
                                 size_t count)
{
    gia__setter_t setter, allowed;
    gia__tree_t tree;

    if (!gia__setter_begin(&setter, request, "allow_mcp_tools") ||
        !gia__accept_name_or_null(&setter, "mode", mode) ||
        !gia__accept_names(&setter, "names", names, count) || !find_mcp_server(&setter))
        return;
    allowed = gia__object_begin(&setter, &tree);
    gia__put_string_if(&allowed, "/mode", mode);
    gia__put_strings(&allowed, "/tools/-", names, count);
    gia__put_object(&setter, "/allowed_tools/-", &allowed);
}

void gia_request_add_file_search(gia_request_t *request, const char *const *store_names,
                                 size_t count, int64_t top_k, const char *metadata_filter)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_file_search") ||
        !gia__accept_names(&setter, "store_names", store_names, count) ||
        (metadata_filter && !gia__accept_text(&setter, "metadata_filter", metadata_filter)) ||
        !gia__accept_count(&setter, "top_k", top_k) ||
        !add_tool(&setter, GIA__ITEM_PLAIN, "file_search"))
        return;
    gia__put_strings(&setter, "/file_search_store_names/-", store_names, count);
    if (top_k)
        gia__put_int64(&setter, "/top_k", top_k);
    gia__put_string_if(&setter, "/metadata_filter", metadata_filter);
}

void gia_request_add_google_maps(gia_request_t *request, int enable_widget)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_google_maps") &&
        add_tool(&setter, GIA__ITEM_PLAIN, "google_maps"))
        gia__put_boolean(&setter, "/enable_widget", enable_widget);
}

void gia_request_add_google_maps_at(gia_request_t *request, double latitude, double longitude,
                                    int enable_widget)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_google_maps_at") ||
        !gia__accept_number(&setter, "latitude", latitude) ||
        !gia__accept_number(&setter, "longitude", longitude) ||
        !add_tool(&setter, GIA__ITEM_PLAIN, "google_maps"))
        return;
    gia__put_boolean(&setter, "/enable_widget", enable_widget);
    gia__put_double(&setter, "/latitude", latitude);
    gia__put_double(&setter, "/longitude", longitude);
}

void gia_request_add_computer_use(gia_request_t *request, const char *environment,
                                  const char *const *excluded, size_t count)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_computer_use") &&
        gia__accept_name(&setter, "environment", environment) &&
        (!count || gia__accept_names(&setter, "excluded", excluded, count)) &&
        add_tool(&setter, GIA__TOOL_COMPUTER_USE, "computer_use")) {
        gia__put_string(&setter, "/environment", environment);
        gia__put_strings(&setter, "/excluded_predefined_functions/-", excluded, count);
    }
}

void gia_request_add_retrieval(gia_request_t *request, const char *const *types, size_t count)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_retrieval") &&
        gia__accept_names(&setter, "types", types, count) &&
        add_tool(&setter, GIA__ITEM_PLAIN, "retrieval"))
        gia__put_strings(&setter, "/retrieval_types/-", types, count);
}

void gia_request_add_tool_json(gia_request_t *request, const char *json)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_tool_json") &&
        add_tool(&setter, GIA__ITEM_PLAIN, NULL))
        gia__put_typed(&setter, json);
}

void gia_request_set_tool_json(gia_request_t *request, const char *pointer, const char *json)
{
    gia__setter_t setter;
    gia__item_t *item;

    if (!gia__setter_begin(&setter, request, "set_tool_json"))
        return;
    item = gia__item_last(&request->tools, GIA__ITEM_PLAIN);
    if (!item) {
        gia__refuse(&setter, GIA_EINVAL, "there is no tool yet: add one first");
        return;
    }
    setter.tree = &item->object;
    gia__put_any(&setter, pointer, json);
}

/* Encoding */

/* The one member of a tool that the legacy revision spells in another way. */
static void emit_legacy_computer_use(gia__encoder_t *encoder, const gia__tree_t *tool)
{
    static const char name[] = "excluded_predefined_functions";
    static const char *const except[] = {name, NULL};

    gia__emit_text(encoder, "{");
    if (gia__emit_members(encoder, tool, except))
        gia__emit_text(encoder, ",");
    gia__emit_text(encoder, "\"excludedPredefinedFunctions\":");
    gia__emit_value(encoder, tool, name);
    gia__emit_text(encoder, "}");
}

void gia__emit_tools(gia__encoder_t *encoder)
{
    const gia__list_t *tools = &encoder->request->tools;
    const char *before = "[";

    for (const gia__list_t *link = tools->next; link != tools; link = link->next) {
        const gia__item_t *item = GIA__LIST_OBJECT(link, gia__item_t, link);

        gia__emit_text(encoder, before);
        if (item->kind == GIA__TOOL_COMPUTER_USE && encoder->revision == GIA_REVISION_LEGACY &&
            gia__tree_has(&item->object, "excluded_predefined_functions"))
            emit_legacy_computer_use(encoder, &item->object);
        else
            gia__emit_object(encoder, &item->object);
        before = ",";
    }
    gia__emit_text(encoder, "]");
}
