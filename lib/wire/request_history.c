/* The input of a request as it goes out: a text, a list of contents, or a history of turns (legacy)
 * or steps (current). */
#include "wire/request_object.h"

#include "wire/interaction.h"

/* A history is what a plain list of the user's contents cannot say. In the current revision a step
 * beside them is one already: lists hold either contents or steps. */
static int is_history(const gia_request_t *request, gia_revision_t revision)
{
    int has_contents = 0, has_steps = 0;

    for (const gia__list_t *link = request->input.next; link != &request->input;
         link = link->next) {
        const gia__entry_t *entry = GIA__LIST_OBJECT(link, gia__entry_t, link);

        if (entry->role != GIA_ROLE_USER || entry->kind == GIA__ENTRY_ALONE)
            return 1;
        *(entry->kind == GIA__ENTRY_CONTENT ? &has_contents : &has_steps) = 1;
    }
    return request->has_turns || (has_contents && has_steps && revision != GIA_REVISION_LEGACY);
}

/* One content of an interaction; a bare text can stand for one. */
static void emit_part(gia__encoder_t *encoder, const gia_json_t *part)
{
    size_t len;
    const char *json = gia_json_raw(part, &len);
    int is_bare = gia_json_type(part) == GIA_JSON_STRING;

    if (is_bare)
        gia__emit_text(encoder, "{\"type\":\"text\",\"text\":");
    gia__emit(encoder, json, len);
    if (is_bare)
        gia__emit_text(encoder, "}");
}

/* The contents of a step, without the step around them. */
static void emit_parts(gia__encoder_t *encoder, const gia__buf_t *step)
{
    static const gia__json_limits_t limits = {.max_depth = SIZE_MAX}; /* it was decoded before */
    const gia_json_t *value, *content;
    gia__arena_t arena;
    gia__buf_t copy;
    int rc = GIA_ENOMEM;

    /* A copy, because decoding may write and other calls may read the request. */
    gia__arena_init(&arena, encoder->out->mem, SIZE_MAX);
    gia__buf_init(&copy, encoder->out->mem, SIZE_MAX);
    if (gia__buf_add(&copy, step->data, step->len) == GIA__BUF_OK)
        rc = gia__json_parse(&value, &arena, copy.data, copy.len, &limits, NULL);
    if (rc == GIA_OK) {
        content = gia_json_get(value, "content");
        for (size_t i = 0; i < gia__list_count(content); i++) {
            if (i)
                gia__emit_text(encoder, ",");
            emit_part(encoder, gia__list_at(content, i));
        }
    } else {
        gia__emit_failed(encoder, rc, NULL);
    }
    gia__buf_free(&copy);
    gia__arena_free(&arena);
}

/* Bytes and files are the content's `data`, unless the program has put something else there. */
static void emit_content(gia__encoder_t *encoder, const gia__entry_t *entry)
{
    static const char *const except[] = {"data", NULL};
    int has_data = (entry->blob || entry->path) && !gia__tree_has(&entry->object, "data");

    gia__emit_text(encoder, "{");
    if (gia__emit_members(encoder, &entry->object, has_data ? except : NULL) && has_data)
        gia__emit_text(encoder, ",");
    if (has_data) {
        gia__emit_text(encoder, "\"data\":\"");
        if (encoder->code == GIA_OK && entry->blob)
            gia__emit_result(encoder,
                             gia__pieces_add_blob(encoder->out, entry->blob, 0,
                                                  gia__blob_len(entry->blob), !entry->is_base64));
        else if (encoder->code == GIA_OK)
            gia__emit_result(encoder, gia__pieces_add_file(encoder->out, entry->path, &entry->mark,
                                                           0, entry->mark.size, 1));
        gia__emit_text(encoder, "\"");
    }
    gia__emit_text(encoder, "}");
}

static void emit_entry(gia__encoder_t *encoder, const gia__entry_t *entry)
{
    if (!entry->received.len)
        emit_content(encoder, entry);
    else if (entry->kind == GIA__ENTRY_RUN && encoder->revision == GIA_REVISION_LEGACY)
        emit_parts(encoder, &entry->received);
    else
        gia__emit(encoder, entry->received.data, entry->received.len);
}

/* Whether it stands inside of a turn, or of a step that holds contents. */
static int is_inside(const gia__encoder_t *encoder, const gia__entry_t *entry)
{
    if (encoder->revision == GIA_REVISION_LEGACY)
        return entry->kind != GIA__ENTRY_ALONE;
    return entry->kind == GIA__ENTRY_CONTENT;
}

static void begin_turn(gia__encoder_t *encoder, gia_role_t role)
{
    static const char *const turns[] = {"{\"role\":\"user\",\"content\":[",
                                        "{\"role\":\"model\",\"content\":["};
    static const char *const steps[] = {"{\"type\":\"user_input\",\"content\":[",
                                        "{\"type\":\"model_output\",\"content\":["};

    gia__emit_text(encoder, (encoder->revision == GIA_REVISION_LEGACY ? turns : steps)[role]);
}

static void emit_history(gia__encoder_t *encoder)
{
    const gia__list_t *input = &encoder->request->input;
    const gia__entry_t *open = NULL; /* an entry of the turn that is open */
    const char *before = "";

    gia__emit_text(encoder, "[");
    for (const gia__list_t *link = input->next; link != input; link = link->next) {
        const gia__entry_t *entry = GIA__LIST_OBJECT(link, gia__entry_t, link);
        int inside = is_inside(encoder, entry);

        if (inside && entry->is_empty)
            continue;
        if (open && (!inside || open->turn != entry->turn || open->role != entry->role)) {
            gia__emit_text(encoder, "]}");
            open = NULL;
        }
        gia__emit_text(encoder, before);
        if (inside && !open) {
            begin_turn(encoder, entry->role);
            open = entry;
        }
        emit_entry(encoder, entry);
        before = ",";
    }
    gia__emit_text(encoder, open ? "]}]" : "]");
}

static void emit_contents(gia__encoder_t *encoder)
{
    const gia__list_t *input = &encoder->request->input;
    const char *before = "[";

    for (const gia__list_t *link = input->next; link != input; link = link->next) {
        gia__emit_text(encoder, before);
        emit_entry(encoder, GIA__LIST_OBJECT(link, gia__entry_t, link));
        before = ",";
    }
    gia__emit_text(encoder, "]");
}

void gia__emit_input(gia__encoder_t *encoder)
{
    const gia__list_t *input = &encoder->request->input;
    const gia__entry_t *first = GIA__LIST_OBJECT(input->next, gia__entry_t, link);

    if (is_history(encoder->request, encoder->revision))
        emit_history(encoder);
    else if (first->is_text && input->next == input->previous)
        gia__emit_value(encoder, &first->object, "text");
    else
        emit_contents(encoder);
}
