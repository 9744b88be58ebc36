/* The request builder: one description of a create, encoded as the revision wants it.
 *
 * The body is a tree of JSON. Setters put members into it; texts wait beside it, because whether
 * they go out as one string or as a list is known only in the end.
 */
#include "wire/request.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "json/tree.h"
#include "json/utf8.h"
#include "json/writer.h"

struct gia_request_s {
    gia__mem_t mem;
    int error; /* the first one */
    char message[256];
    gia__tree_t body;
    gia__buf_t texts; /* of add_text: contents as JSON, with commas in between */
    size_t n_texts;
};

/* What a text looks like in `texts`, around its string. */
static const char text_head[] = "{\"type\":\"text\",\"text\":";
static const char text_tail[] = "}";

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
    gia__buf_init(&request->texts, &request->mem, SIZE_MAX);
    return request;
}

void gia_request_free(gia_request_t *request)
{
    gia__mem_t mem;

    if (!request)
        return;
    gia__tree_free(&request->body);
    gia__buf_free(&request->texts);
    mem = request->mem;
    gia__mem_free(&mem, request);
}

/* The first error */

__attribute__((format(printf, 3, 4))) static void fail(gia_request_t *request, int code,
                                                       const char *format, ...)
{
    va_list args;

    if (request->error != GIA_OK)
        return;
    request->error = code;
    va_start(args, format);
    vsnprintf(request->message, sizeof(request->message), format, args);
    va_end(args);

    /* A pointer of the caller's may be part of it, but one line is promised. */
    for (char *c = request->message; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
}

static void fail_memory(gia_request_t *request)
{
    fail(request, GIA_ENOMEM, "%s", gia_error_text(GIA_ENOMEM));
}

/* A request that has failed stays as it is. */
static int is_usable(const gia_request_t *request)
{
    return request && request->error == GIA_OK;
}

/* Where the first control character stands (U+0000 to U+001F, U+007F to U+009F); SIZE_MAX if there
 * is none. */
static size_t find_control(const char *text)
{
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0))
            return i;
    }
    return SIZE_MAX;
}

/* Whether the argument of a setter is a text; fails the request if not. The messages tell nothing
 * of the text itself: it may be private. */
static int accept_text(gia_request_t *request, const char *setter, const char *argument,
                       const char *text)
{
    size_t len, valid;

    if (!text) {
        fail(request, GIA_EINVAL, "%s: %s is NULL", setter, argument);
        return 0;
    }
    len = strlen(text);
    valid = gia__utf8_valid(text, len);
    if (valid < len) {
        fail(request, GIA_EINVAL, "%s: %s is not valid UTF-8 at byte %zu; convert it first", setter,
             argument, valid);
        return 0;
    }
    return 1;
}

/* Whether it is a name that can stand in one line. */
static int accept_name(gia_request_t *request, const char *setter, const char *argument,
                       const char *text)
{
    size_t control;

    if (!accept_text(request, setter, argument, text))
        return 0;
    if (!*text) {
        fail(request, GIA_EINVAL, "%s: %s is empty; give one or leave the call out", setter,
             argument);
        return 0;
    }
    control = find_control(text);
    if (control != SIZE_MAX) {
        fail(request, GIA_EINVAL,
             "%s: %s holds a control character at byte %zu; strip line ends and the like", setter,
             argument, control);
        return 0;
    }
    return 1;
}

/* Setters */

static void set_string(gia_request_t *request, const char *pointer, const char *text)
{
    gia__json_error_t error;

    /* The pointer and the text are in order, so memory is all that can be missing. */
    if (gia__tree_set_string(&request->body, pointer, text, strlen(text), &error) != GIA_OK)
        fail_memory(request);
}

static void set_boolean(gia_request_t *request, const char *pointer, int value)
{
    const char *json = value ? "true" : "false";
    gia__json_error_t error;

    if (!is_usable(request))
        return;
    if (gia__tree_set(&request->body, pointer, json, strlen(json), &error) != GIA_OK)
        fail_memory(request);
}

void gia_request_set_model(gia_request_t *request, const char *model)
{
    if (is_usable(request) && accept_name(request, "set_model", "model", model))
        set_string(request, "/model", model);
}

void gia_request_set_agent(gia_request_t *request, const char *agent)
{
    if (is_usable(request) && accept_name(request, "set_agent", "agent", agent))
        set_string(request, "/agent", agent);
}

void gia_request_set_previous_interaction_id(gia_request_t *request, const char *id)
{
    if (is_usable(request) && accept_name(request, "set_previous_interaction_id", "id", id))
        set_string(request, "/previous_interaction_id", id);
}

void gia_request_set_system_instruction(gia_request_t *request, const char *text)
{
    if (is_usable(request) && accept_text(request, "set_system_instruction", "text", text))
        set_string(request, "/system_instruction", text);
}

void gia_request_set_stream(gia_request_t *request, int stream)
{
    set_boolean(request, "/stream", stream);
}

void gia_request_set_store(gia_request_t *request, int store)
{
    set_boolean(request, "/store", store);
}

static int write_string(gia__buf_t *out, const char *text)
{
    gia__writer_t *writer = gia__writer_new(out);
    int rc;

    if (!writer)
        return GIA_ENOMEM;
    gia__writer_string(writer, text, strlen(text));
    rc = gia__writer_error(writer);
    gia__writer_free(writer);
    return rc;
}

void gia_request_add_text(gia_request_t *request, const char *text)
{
    gia__buf_t *texts;

    if (!is_usable(request) || !accept_text(request, "add_text", "text", text))
        return;
    texts = &request->texts;
    if ((request->n_texts && gia__buf_add_text(texts, ",") != GIA__BUF_OK) ||
        gia__buf_add_text(texts, text_head) != GIA__BUF_OK || write_string(texts, text) != GIA_OK ||
        gia__buf_add_text(texts, text_tail) != GIA__BUF_OK) {
        fail_memory(request);
        return;
    }
    request->n_texts++;
}

/* A pointer as far as a message shows it. */
static int shown_length(const char *pointer)
{
    size_t len = strlen(pointer);
    return (int)gia__utf8_valid(pointer, len < 64 ? len : 64);
}

void gia_request_set_json(gia_request_t *request, const char *pointer, const char *json)
{
    gia__json_error_t error;
    int rc, shown;

    if (!is_usable(request))
        return;
    if (!pointer) {
        fail(request, GIA_EINVAL, "set_json: pointer is NULL; \"\" is the whole body");
        return;
    }
    rc = json ? gia__tree_set(&request->body, pointer, json, strlen(json), &error)
              : gia__tree_remove(&request->body, pointer, &error);
    if (rc == GIA_ENOMEM) {
        fail_memory(request);
    } else if (rc != GIA_OK) {
        shown = shown_length(pointer);
        fail(request, GIA_EINVAL, "set_json %.*s%s: %s", shown, pointer,
             pointer[shown] ? "..."
             : shown        ? ""
                            : "\"\"",
             error.message);
    }
}

/* Encoding */

/* What is missing in the body, or one thing too many; NULL if nothing. */
static const char *find_fault(const gia_request_t *request)
{
    int model = gia__tree_has(&request->body, "model");
    int agent = gia__tree_has(&request->body, "agent");

    if (!model && !agent)
        return "neither model nor agent is set: call gia_request_set_model() or "
               "gia_request_set_agent()";
    if (model && agent)
        return "model and agent are both set: remove one, with gia_request_set_json() and NULL";
    if (!request->n_texts && !gia__tree_has(&request->body, "input") &&
        !gia__tree_has(&request->body, "continuation_token"))
        return "there is no input: call gia_request_add_text(), or set /input with "
               "gia_request_set_json()";
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

/* The texts as the member `input`: one as a string, which is its content without the wrapping. */
static int write_texts(const gia_request_t *request, gia__buf_t *out)
{
    const char *text = request->texts.data;
    size_t len = request->texts.len;
    int rc = gia__buf_add_text(out, ",\"input\":");

    if (rc == GIA__BUF_OK && request->n_texts == 1)
        return gia__buf_add(out, text + strlen(text_head),
                            len - strlen(text_head) - strlen(text_tail));
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add(out, "[", 1);
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add(out, text, len);
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add(out, "]", 1);
    return rc;
}

static int write_body(const gia_request_t *request, gia__buf_t *out)
{
    int with_texts = request->n_texts && !gia__tree_has(&request->body, "input");
    int rc = gia__buf_add(out, "{", 1);

    if (rc == GIA__BUF_OK)
        rc = gia__tree_write_members(&request->body, out, with_texts ? "input" : NULL);
    if (rc == GIA__BUF_OK && with_texts)
        rc = write_texts(request, out);
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add(out, "}", 1);
    return rc;
}

int gia__request_encode(const gia_request_t *request, gia_revision_t revision, gia__buf_t *out,
                        const char **message)
{
    size_t len_before = out->len;
    int rc = gia_request_error(request, message);

    if (rc != GIA_OK)
        return rc;
    rc = write_body(request, out);
    if (rc == GIA__BUF_OK)
        return GIA_OK;
    out->len = len_before;
    rc = rc == GIA__BUF_TOO_BIG ? GIA_EREQUEST_TOO_BIG : GIA_ENOMEM;
    if (message)
        *message = gia_error_text(rc);
    return rc;
}

int gia__request_is_stream(const gia_request_t *request)
{
    return request && gia__tree_is(&request->body, "stream", "true");
}
