/* What is added to the input of a request one by one: texts, media, and JSON. */
#include "wire/request_object.h"

#include <string.h>

#include "core/base64.h"
#include "core/file.h"
#include "core/text.h"
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

gia__entry_t *gia__content_add(gia__setter_t *setter)
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
        !gia__accept_text(&setter, "text", text) || !(entry = gia__content_add(&setter)))
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
        return gia__accept_mime_type_or_null(setter, mime_type) ? mime_type : NULL;
    mime_type = gia__mime_of_bytes(bytes, len);
    if (!mime_type)
        gia__refuse(setter, GIA_EINVAL,
                    "mime_type is NULL and the first bytes do not tell it; give one");
    return mime_type;
}

static gia__entry_t *add_media(gia__setter_t *setter, gia_content_type_t type,
                               const char *mime_type)
{
    gia__entry_t *entry = gia__content_add(setter);

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
        !gia__accept_mime_type_or_null(&setter, mime_type))
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
        gia__accept_mime_type_or_null(&setter, mime_type) && add_media(&setter, type, mime_type))
        gia__put_string(&setter, "/uri", uri);
}

/* Tells a content from a step by its type; a type of later years by how it ends. */
static void classify(gia__entry_t *entry, const char *word)
{
    gia_content_type_t type = gia__content_type_of(word, strlen(word));

    if (gia__holds_contents(type)) {
        entry->kind = GIA__ENTRY_ALONE;
    } else if (type == GIA_CONTENT_OTHER
                   ? gia__text_ends_with(word, "_call") || gia__text_ends_with(word, "_result")
                   : !gia__content_is_part(type)) {
        entry->kind = GIA__ENTRY_STEP;
        entry->role = gia__role_of(type);
    }
}

void gia_request_add_content_json(gia_request_t *request, const char *json)
{
    gia__setter_t setter;
    gia__entry_t *entry;
    gia__word_t word;

    if (!gia__setter_begin(&setter, request, "add_content_json") ||
        !gia__accept_object(&setter, "json", json) || !(entry = gia__content_add(&setter)))
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
