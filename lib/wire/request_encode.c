/* The body of a request as it goes out: the members of the tree, and what was added beside it. */
#include "wire/request_object.h"

#include <string.h>

/* The most names that are left out, with the NULL at their end. */
#define EXCEPT_MAX (4 + GIA__FORMAT_MEMBERS_MAX + 1)

void gia__emit_failed(gia__encoder_t *encoder, int code, const char *message)
{
    if (encoder->code != GIA_OK)
        return;
    encoder->code = code;
    encoder->message = message ? message : gia_error_text(code);
}

void gia__emit_result(gia__encoder_t *encoder, int result)
{
    if (result == GIA__BUF_TOO_BIG)
        gia__emit_failed(encoder, GIA_EREQUEST_TOO_BIG, NULL);
    else if (result != GIA__BUF_OK)
        gia__emit_failed(encoder, GIA_ENOMEM, NULL);
}

void gia__emit(gia__encoder_t *encoder, const char *json, size_t len)
{
    if (encoder->code == GIA_OK)
        gia__emit_result(encoder, gia__buf_add(&encoder->out->text, json, len));
}

void gia__emit_text(gia__encoder_t *encoder, const char *json)
{
    gia__emit(encoder, json, strlen(json));
}

int gia__emit_members(gia__encoder_t *encoder, const gia__tree_t *tree, const char *const *except)
{
    size_t len = encoder->out->text.len;

    if (encoder->code == GIA_OK)
        gia__emit_result(encoder, gia__tree_write_members(tree, &encoder->out->text, except));
    return encoder->out->text.len > len;
}

void gia__emit_object(gia__encoder_t *encoder, const gia__tree_t *tree)
{
    gia__emit_text(encoder, "{");
    gia__emit_members(encoder, tree, NULL);
    gia__emit_text(encoder, "}");
}

void gia__emit_value(gia__encoder_t *encoder, const gia__tree_t *tree, const char *name)
{
    if (encoder->code == GIA_OK)
        gia__emit_result(encoder, gia__tree_write_value(tree, name, &encoder->out->text));
}

/* What changes when most of the body is sent again, so that it comes last. */
static const char *const changing[] = {"continuation_token", "previous_interaction_id", "input"};

/* What is written behind the other members of the body's tree, or in their place. */
static void list_exceptions(const gia_request_t *request, const gia__format_member_t *formats,
                            const char **except)
{
    for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
        *except++ = changing[i]; /* null is as good as none */
    if (!gia__list_empty(&request->tools))
        *except++ = "tools";
    for (; formats->name; formats++) {
        if (formats->is_due(request))
            *except++ = formats->name;
    }
    *except = NULL;
}

static void begin_member(gia__encoder_t *encoder, const char *name)
{
    gia__emit_text(encoder, ",\"");
    gia__emit_text(encoder, name);
    gia__emit_text(encoder, "\":");
}

static void emit_member(gia__encoder_t *encoder, const char *name)
{
    const gia__tree_t *body = &encoder->request->body;

    if (!gia__tree_has(body, name))
        return;
    begin_member(encoder, name);
    gia__emit_value(encoder, body, name);
}

/* The first member is always of the tree: there is a model or an agent. */
static void emit_fixed(gia__encoder_t *encoder)
{
    const gia_request_t *request = encoder->request;
    const gia__format_member_t *formats = gia__format_members(encoder->revision);
    const char *except[EXCEPT_MAX];

    list_exceptions(request, formats, except);
    gia__emit_text(encoder, "{");
    gia__emit_members(encoder, &request->body, except);
    if (!gia__list_empty(&request->tools)) {
        begin_member(encoder, "tools");
        gia__emit_tools(encoder);
    }
    for (; formats->name; formats++) {
        if (formats->is_due(request)) {
            begin_member(encoder, formats->name);
            formats->write(encoder);
        }
    }
}

static void emit_rest(gia__encoder_t *encoder)
{
    const gia_request_t *request = encoder->request;

    emit_member(encoder, "previous_interaction_id");
    if (gia__tree_has(&request->body, "input")) {
        emit_member(encoder, "input");
    } else if (!gia__list_empty(&request->input)) {
        begin_member(encoder, "input");
        gia__emit_input(encoder);
    }
    gia__emit_text(encoder, "}");
}

int gia__request_encode(const gia_request_t *request, gia_revision_t revision, uint64_t max_bytes,
                        gia__pieces_t *out, gia__request_layout_t *layout, const char **message)
{
    gia__encoder_t encoder = {.request = request, .revision = revision, .out = out};
    gia__request_layout_t where;
    int rc = gia_request_error(request, message);

    if (rc != GIA_OK)
        return rc;
    emit_fixed(&encoder);
    where.fixed_end = out->text.len;
    emit_member(&encoder, "continuation_token");
    where.rest_begin = out->text.len;
    emit_rest(&encoder);
    if (encoder.code == GIA_OK)
        gia__emit_result(&encoder, gia__pieces_close_text(out));
    if (gia__pieces_length(out) > max_bytes)
        gia__emit_failed(&encoder, GIA_EREQUEST_TOO_BIG, NULL);
    if (message && encoder.code != GIA_OK)
        *message = encoder.message;
    if (layout)
        *layout = where;
    return encoder.code;
}
