/* The request as an object: its life, what it lacks, and any member of the body as JSON. */
#include "wire/request_object.h"

#include <string.h>

gia_request_t *gia_request_new(void)
{
    return gia_request_new_with_allocator(NULL);
}

gia_request_t *gia_request_new_with_allocator(const gia_allocator_t *allocator)
{
    gia__mem_t mem = gia__mem_init(allocator);
    gia_request_t *request = gia__mem_zalloc(&mem, sizeof(*request));

    if (!request)
        return NULL;
    request->mem = mem;
    gia__tree_init(&request->body, &request->mem);
    gia__list_init(&request->input);
    gia__list_init(&request->tools);
    gia__list_init(&request->formats);
    return request;
}

static void free_items(gia_request_t *request, gia__list_t *list)
{
    while (!gia__list_empty(list))
        gia__item_free(request, GIA__LIST_OBJECT(list->next, gia__item_t, link));
}

void gia_request_free(gia_request_t *request)
{
    gia__mem_t mem;

    if (!request)
        return;
    while (!gia__list_empty(&request->input))
        gia__entry_free(request, GIA__LIST_OBJECT(request->input.next, gia__entry_t, link));
    free_items(request, &request->tools);
    free_items(request, &request->formats);
    gia__tree_free(&request->body);
    mem = request->mem;
    gia__mem_free(&mem, request);
}

/* What is missing in the body, or one thing too many; NULL if nothing. */
static const char *find_fault(const gia_request_t *request)
{
    const gia__tree_t *body = &request->body;
    int model = gia__tree_has(body, "model");
    int agent = gia__tree_has(body, "agent");

    if (!model && !agent)
        return "neither model nor agent is set: call gia_request_set_model() or "
               "gia_request_set_agent()";
    if (model && agent)
        return "model and agent are both set: remove one, with gia_request_set_json() and NULL";
    if (gia__list_empty(&request->input) && !gia__tree_has(body, "input") &&
        !gia__tree_has(body, "continuation_token"))
        return "there is no input: call gia_request_add_text(), or set /input with "
               "gia_request_set_json()";
    if (gia__tree_is(body, "background", "true") && gia__tree_is(body, "store", "false"))
        return "background needs the store: set one of them otherwise";
    if (!gia__list_empty(&request->tools) && gia__tree_has(body, "tools"))
        return "tools are both added and set as /tools: add them all, with "
               "gia_request_add_tool_json() where there is nothing better";
    return NULL;
}

int gia_request_error(const gia_request_t *request, const char **message)
{
    int code = request ? request->error : GIA_ENOMEM;
    const char *fault = code == GIA_OK ? find_fault(request) : NULL;

    if (fault)
        code = GIA_EINVAL;
    else
        fault = request && request->message[0] ? request->message : gia_error_text(code);
    if (message)
        *message = fault;
    return code;
}

void gia_request_set_json(gia_request_t *request, const char *pointer, const char *json)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "set_json"))
        return;
    if (pointer && strncmp(pointer, "/input/", 7) == 0 && !gia__list_empty(&request->input) &&
        !gia__tree_has(&request->body, "input"))
        gia__refuse_at(&setter, pointer,
                       "added contents cannot be reached: call gia_request_set_content_json()");
    else
        gia__put_any(&setter, pointer, json);
}

const gia__mem_t *gia__request_mem(const gia_request_t *request)
{
    return &request->mem;
}

int gia__request_may_continue(const gia_request_t *request)
{
    return gia__tree_has(&request->body, "model") && !gia__request_is_background(request);
}

int gia__request_is_background(const gia_request_t *request)
{
    return gia__tree_is(&request->body, "background", "true");
}

int gia__request_is_stored(const gia_request_t *request)
{
    return !gia__tree_is(&request->body, "store", "false");
}

int gia__request_is_stream(const gia_request_t *request)
{
    return request && gia__tree_is(&request->body, "stream", "true");
}
