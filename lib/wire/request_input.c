/* What is added to the input of a request: contents, turns, and steps of interactions. */
#include "wire/request_object.h"

#include <string.h>

#include "core/base64.h"
#include "core/file.h"
#include "json/utf8.h"
#include "wire/mime.h"
#include "wire/revision.h"

/* Entries */

gia__entry_t *gia__entry_add(gia__setter_t *setter, gia__entry_kind_t kind, gia_role_t role)
{
    gia_request_t *request = setter->request;
    gia__entry_t *entry = gia__mem_zalloc(&request->mem, sizeof(*entry));

    if (!entry) {
        gia__refuse_memory(setter);
        return NULL;
    }
    entry->kind = kind;
    entry->role = role;
    entry->turn = request->turn;
    gia__tree_init(&entry->object, &request->mem);
    gia__buf_init(&entry->received, &request->mem, SIZE_MAX);
    gia__list_append(&request->input, &entry->link);
    setter->tree = &entry->object;
    return entry;
}

void gia__entry_free(gia_request_t *request, gia__entry_t *entry)
{
    gia__list_remove(&entry->link);
    gia__tree_free(&entry->object);
    gia__buf_free(&entry->received);
    gia__blob_release(entry->blob);
    gia__mem_free(&request->mem, entry->path);
    gia__mem_free(&request->mem, entry);
}

/* A new content of who speaks at the moment. */
static gia__entry_t *add_content(gia__setter_t *setter)
{
    gia_request_t *request = setter->request;

    if (request->in_steps) {
        request->in_steps = 0;
        request->turn++;
    }
    return gia__entry_add(setter, GIA__ENTRY_CONTENT, request->role);
}

/* Contents */

void gia_request_add_text(gia_request_t *request, const char *text)
{
    gia__setter_t setter;
    gia__entry_t *entry;

    if (!gia__setter_begin(&setter, request, "add_text") ||
        !gia__accept_text(&setter, "text", text) || !(entry = add_content(&setter)))
        return;
    entry->is_text = 1;
    gia__put_string(&setter, "/type", "text");
    gia__put_string(&setter, "/text", text);
}

static int accept_media(const gia__setter_t *setter, gia_content_type_t type)
{
    if (gia__content_is_part(type) && type != GIA_CONTENT_TEXT)
        return 1;
    gia__refuse(setter, GIA_EINVAL, "type is none of image, audio, video and document");
    return 0;
}

/* The MIME type, by the first bytes if none is given; NULL, and the request has failed, if that is
 * no name or they tell nothing. */
static const char *choose_mime_type(const gia__setter_t *setter, const char *mime_type,
                                    const void *bytes, size_t len)
{
    if (mime_type)
        return gia__accept_name(setter, "mime_type", mime_type) ? mime_type : NULL;
    mime_type = gia__mime_of_bytes(bytes, len);
    if (!mime_type)
        gia__refuse(setter, GIA_EINVAL,
                    "mime_type is NULL and the first bytes do not tell it; give one");
    return mime_type;
}

static gia__entry_t *add_media(gia__setter_t *setter, gia_content_type_t type,
                               const char *mime_type)
{
    gia__entry_t *entry = add_content(setter);

    if (entry) {
        gia__put_string(setter, "/type", gia_content_type_name(type));
        gia__put_string_if(setter, "/mime_type", mime_type);
    }
    return entry;
}

static void set_blob(const gia__setter_t *setter, gia__entry_t *entry, const void *bytes,
                     size_t len)
{
    if (!entry)
        return;
    entry->blob = gia__blob_new(&setter->request->mem, bytes, len);
    if (!entry->blob)
        gia__refuse_memory(setter);
}

void gia_request_add_bytes(gia_request_t *request, gia_content_type_t type, const char *mime_type,
                           const void *bytes, size_t len)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_bytes") || !accept_media(&setter, type))
        return;
    if (!bytes || !len) {
        gia__refuse(&setter, GIA_EINVAL, "there are no bytes");
        return;
    }
    mime_type = choose_mime_type(&setter, mime_type, bytes, len);
    if (mime_type)
        set_blob(&setter, add_media(&setter, type, mime_type), bytes, len);
}

/* Whether it is base64 to the letter: whole groups of four, padding at the very end only. *first
 * gets the first of the bytes that it stands for. */
static int check_base64(const char *text, size_t len, unsigned char *first, size_t *first_len)
{
    unsigned char piece[GIA__FILE_FIRST_BYTES * 8];
    const size_t step = sizeof(piece) / 4 * 4; /* characters, which fit with room to spare */

    if (!len || len % 4 != 0 || strcspn(text, "=") < len - 2)
        return 0;
    for (size_t at = 0; at < len; at += step) {
        size_t more = len - at < step ? len - at : step, n;

        if (gia__base64_decode(piece, &n, text + at, more) != 0)
            return 0;
        if (at == 0) {
            *first_len = n < GIA__FILE_FIRST_BYTES ? n : GIA__FILE_FIRST_BYTES;
            memcpy(first, piece, *first_len);
        }
    }
    return 1;
}

void gia_request_add_base64(gia_request_t *request, gia_content_type_t type, const char *mime_type,
                            const char *base64)
{
    unsigned char first[GIA__FILE_FIRST_BYTES];
    size_t len, first_len;
    gia__setter_t setter;
    gia__entry_t *entry;

    if (!gia__setter_begin(&setter, request, "add_base64") || !accept_media(&setter, type) ||
        !gia__accept_text(&setter, "base64", base64))
        return;
    len = strlen(base64);
    if (!check_base64(base64, len, first, &first_len)) {
        gia__refuse(&setter, GIA_EINVAL,
                    "base64 is not: the standard alphabet is wanted, padded, without line breaks");
        return;
    }
    mime_type = choose_mime_type(&setter, mime_type, first, first_len);
    if (!mime_type)
        return;
    entry = add_media(&setter, type, mime_type);
    if (entry)
        entry->is_base64 = 1;
    set_blob(&setter, entry, base64, len);
}

/* A path as far as a message shows it. */
static int shown_length(const char *path)
{
    size_t len = strlen(path);
    return (int)gia__utf8_valid(path, len < 300 ? len : 300);
}

void gia_request_add_file(gia_request_t *request, const char *path, const char *mime_type)
{
    gia__setter_t setter;
    gia__file_look_t look;
    const char *reason;
    gia__entry_t *entry;

    if (!gia__setter_begin(&setter, request, "add_file") ||
        !gia__accept_text(&setter, "path", path) ||
        !gia__accept_name_or_null(&setter, "mime_type", mime_type))
        return;
    if (gia__file_look(&look, path, &reason) != GIA_OK) {
        gia__refuse(&setter, GIA_EFILE, "%s: %.*s", reason, shown_length(path), path);
        return;
    }
    if (!mime_type)
        mime_type = gia_mime_guess(path, look.first, look.first_len);
    if (!mime_type) {
        gia__refuse(&setter, GIA_EINVAL,
                    "mime_type is NULL, and neither the name nor the first bytes tell it: %.*s",
                    shown_length(path), path);
        return;
    }
    entry = add_media(&setter, gia__mime_content_type(mime_type), mime_type);
    if (!entry)
        return;
    entry->mark = look.mark;
    entry->path = gia__mem_dup(&request->mem, path, strlen(path));
    if (!entry->path)
        gia__refuse_memory(&setter);
}

void gia_request_add_uri(gia_request_t *request, gia_content_type_t type, const char *uri,
                         const char *mime_type)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_uri") && accept_media(&setter, type) &&
        gia__accept_name(&setter, "uri", uri) &&
        gia__accept_name_or_null(&setter, "mime_type", mime_type) &&
        add_media(&setter, type, mime_type))
        gia__put_string(&setter, "/uri", uri);
}

static int holds_contents(gia_content_type_t type)
{
    return type == GIA_CONTENT_USER_INPUT || type == GIA_CONTENT_MODEL_OUTPUT;
}

static int ends_with(const char *word, const char *end)
{
    size_t len = strlen(word), end_len = strlen(end);
    return len >= end_len && strcmp(word + len - end_len, end) == 0;
}

/* Who says a step of this type, wherever it stands: the program answers function calls, all the
 * other steps are the model's. */
static gia_role_t role_of(gia_content_type_t type)
{
    return type == GIA_CONTENT_USER_INPUT || type == GIA_CONTENT_FUNCTION_RESULT ? GIA_ROLE_USER
                                                                                 : GIA_ROLE_MODEL;
}

/* Tells a content from a step by its type; a type of later years by how it ends. */
static void classify(gia__entry_t *entry, const char *word)
{
    gia_content_type_t type = gia__content_type_of(word, strlen(word));

    if (holds_contents(type)) {
        entry->kind = GIA__ENTRY_ALONE;
    } else if (type == GIA_CONTENT_OTHER ? ends_with(word, "_call") || ends_with(word, "_result")
                                         : !gia__content_is_part(type)) {
        entry->kind = GIA__ENTRY_STEP;
        entry->role = role_of(type);
    }
}

void gia_request_add_content_json(gia_request_t *request, const char *json)
{
    gia__setter_t setter;
    gia__entry_t *entry;
    gia__word_t word;

    if (!gia__setter_begin(&setter, request, "add_content_json") ||
        !gia__accept_object(&setter, "json", json) || !(entry = add_content(&setter)))
        return;
    gia__put_json(&setter, "", "json", json);
    if (gia__read_word(&setter, "role", &word))
        entry->kind = GIA__ENTRY_ALONE;
    else if (gia__read_word(&setter, "type", &word))
        classify(entry, word.text);
    else
        gia__refuse(&setter, GIA_EINVAL,
                    "json has neither \"type\" nor \"role\", which say what it is");
}

void gia_request_set_content_json(gia_request_t *request, const char *pointer, const char *json)
{
    gia__setter_t setter;
    gia__entry_t *entry;

    if (!gia__setter_begin(&setter, request, "set_content_json"))
        return;
    if (gia__list_empty(&request->input)) {
        gia__refuse(&setter, GIA_EINVAL, "there is no content yet: add one first");
        return;
    }
    entry = GIA__LIST_OBJECT(request->input.previous, gia__entry_t, link);
    if (entry->received.len) {
        gia__refuse(&setter, GIA_EINVAL,
                    "the last content is a step of an interaction, which "
                    "goes out as it came");
        return;
    }
    entry->is_text = 0;
    setter.tree = &entry->object;
    gia__put_any(&setter, pointer, json);
}

/* Results of functions */

static int add_result(gia__setter_t *setter, const char *call_id, const char *name)
{
    gia__entry_t *entry;

    if (!gia__accept_name(setter, "call_id", call_id) ||
        !gia__accept_name_or_null(setter, "name", name) || !(entry = add_content(setter)))
        return 0;
    entry->kind = GIA__ENTRY_STEP;
    entry->role = role_of(GIA_CONTENT_FUNCTION_RESULT);
    gia__put_string(setter, "/type", gia_content_type_name(GIA_CONTENT_FUNCTION_RESULT));
    gia__put_string(setter, "/call_id", call_id);
    gia__put_string_if(setter, "/name", name);
    return 1;
}

void gia_request_add_function_result(gia_request_t *request, const char *call_id, const char *name,
                                     const char *text)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_function_result") &&
        gia__accept_text(&setter, "text", text) && add_result(&setter, call_id, name))
        gia__put_string(&setter, "/result", text);
}

void gia_request_add_function_result_json(gia_request_t *request, const char *call_id,
                                          const char *name, const char *json, int is_error)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_function_result_json") ||
        !add_result(&setter, call_id, name))
        return;
    gia__put_json(&setter, "/result", "json", json);
    if (is_error)
        gia__put_boolean(&setter, "/is_error", 1);
}

/* Turns and steps */

static void begin_turn(gia_request_t *request, gia_role_t role)
{
    request->role = role;
    request->turn++;
    request->has_turns = 1;
    request->in_steps = 0;
}

void gia_request_begin_turn(gia_request_t *request, gia_role_t role)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "begin_turn"))
        return;
    if (role != GIA_ROLE_USER && role != GIA_ROLE_MODEL)
        gia__refuse(&setter, GIA_EINVAL, "role is neither user nor model");
    else
        begin_turn(request, role);
}

static int copy_json(gia__buf_t *out, const gia_json_t *value)
{
    size_t len;
    const char *json = gia_json_raw(value, &len);

    return gia__buf_add(out, json, len);
}

/* The step as it came; one that was made of outputs gets the step around them that it never had. */
static int copy_step(gia__buf_t *out, const gia_step_t *step)
{
    const char *before = "{\"type\":\"model_output\",\"content\":[";
    int rc = GIA__BUF_OK;

    if (step->json)
        return copy_json(out, step->json);
    for (size_t i = 0; i < step->content_count && rc == GIA__BUF_OK; i++) {
        rc = gia__buf_add_text(out, before);
        if (rc == GIA__BUF_OK)
            rc = copy_json(out, step->content[i].json);
        before = ",";
    }
    return rc == GIA__BUF_OK ? gia__buf_add_text(out, "]}") : rc;
}

static void add_step(gia__setter_t *setter, const gia_step_t *step)
{
    int is_run = !step->json || holds_contents(step->type);
    gia__entry_t *entry =
        gia__entry_add(setter, is_run ? GIA__ENTRY_RUN : GIA__ENTRY_STEP, role_of(step->type));

    if (!entry)
        return;
    entry->is_empty = is_run && !step->content_count;
    if (copy_step(&entry->received, step) != GIA__BUF_OK)
        gia__refuse_memory(setter);
}

void gia_request_add_interaction(gia_request_t *request, const gia_interaction_t *interaction)
{
    size_t n = gia_interaction_step_count(interaction);
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_interaction"))
        return;
    if (!interaction) {
        gia__refuse(&setter, GIA_EINVAL, "interaction is NULL");
        return;
    }
    begin_turn(request, GIA_ROLE_MODEL);
    for (size_t i = 0; i < n && request->error == GIA_OK; i++)
        add_step(&setter, gia_interaction_step(interaction, (ptrdiff_t)i));
    begin_turn(request, GIA_ROLE_USER);
}

void gia_request_add_step(gia_request_t *request, const gia_step_t *step)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_step"))
        return;
    if (!step) {
        gia__refuse(&setter, GIA_EINVAL, "step is NULL");
        return;
    }
    if (!request->in_steps)
        begin_turn(request, GIA_ROLE_USER);
    request->in_steps = 1;
    add_step(&setter, step);
}
