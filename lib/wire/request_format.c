/* What the answer may be: one list of formats, which each revision says with members of its own. */
#include "wire/request_object.h"

#include <string.h>

/* Setters */

static int add_format(gia__setter_t *setter, gia__item_kind_t kind, const char *type)
{
    return gia__item_add(setter, &setter->request->formats, kind, type);
}

void gia_request_set_response_schema(gia_request_t *request, const char *schema)
{
    gia__setter_t setter;
    gia__item_t *former;

    if (!gia__setter_begin(&setter, request, "set_response_schema") ||
        !gia__accept_object(&setter, "schema", schema))
        return;
    former = gia__item_last(&request->formats, GIA__FORMAT_SCHEMA);
    if (former)
        gia__item_free(request, former);
    if (add_format(&setter, GIA__FORMAT_SCHEMA, "text")) {
        gia__put_string(&setter, "/mime_type", "application/json");
        gia__put_json(&setter, "/schema", "schema", schema);
    }
}

void gia_request_add_text_format(gia_request_t *request)
{
    gia__setter_t setter;

    if (gia__setter_begin(&setter, request, "add_text_format"))
        add_format(&setter, GIA__FORMAT_TEXT, "text");
}

void gia_request_add_image_format(gia_request_t *request, const char *mime_type,
                                  const char *aspect_ratio, const char *image_size)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_image_format") ||
        !gia__accept_mime_type_or_null(&setter, mime_type) ||
        !gia__accept_name_or_null(&setter, "aspect_ratio", aspect_ratio) ||
        !gia__accept_name_or_null(&setter, "image_size", image_size) ||
        !add_format(&setter, GIA__FORMAT_IMAGE, "image"))
        return;
    gia__put_string_if(&setter, "/mime_type", mime_type);
    gia__put_string_if(&setter, "/aspect_ratio", aspect_ratio);
    gia__put_string_if(&setter, "/image_size", image_size);
}

void gia_request_add_audio_format(gia_request_t *request, const char *mime_type,
                                  int64_t sample_rate)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_audio_format") ||
        !gia__accept_mime_type_or_null(&setter, mime_type) ||
        !gia__accept_count(&setter, "sample_rate", sample_rate) ||
        !add_format(&setter, GIA__FORMAT_AUDIO, "audio"))
        return;
    gia__put_string_if(&setter, "/mime_type", mime_type);
    if (sample_rate)
        gia__put_int64(&setter, "/sample_rate", sample_rate);
}

void gia_request_add_video_format(gia_request_t *request, const char *aspect_ratio,
                                  const char *duration, const char *resolution)
{
    gia__setter_t setter;

    if (!gia__setter_begin(&setter, request, "add_video_format") ||
        !gia__accept_name_or_null(&setter, "aspect_ratio", aspect_ratio) ||
        !gia__accept_name_or_null(&setter, "duration", duration) ||
        !gia__accept_name_or_null(&setter, "resolution", resolution) ||
        !add_format(&setter, GIA__FORMAT_VIDEO, "video"))
        return;
    gia__put_string_if(&setter, "/aspect_ratio", aspect_ratio);
    gia__put_string_if(&setter, "/duration", duration);
    gia__put_string_if(&setter, "/resolution", resolution);
}

void gia_request_set_format_json(gia_request_t *request, const char *pointer, const char *json)
{
    gia__setter_t setter;
    gia__item_t *item;

    if (!gia__setter_begin(&setter, request, "set_format_json"))
        return;
    item = gia__item_last(&request->formats, GIA__ITEM_PLAIN);
    if (!item) {
        gia__refuse(&setter, GIA_EINVAL, "there is no format yet: add one first");
        return;
    }
    setter.tree = &item->object;
    gia__put_any(&setter, pointer, json);
}

/* Current: all formats are one member. */

static int has_formats(const gia_request_t *request)
{
    return !gia__list_empty(&request->formats) && !gia__tree_has(&request->body, "response_format");
}

static void emit_formats(gia__encoder_t *encoder)
{
    const gia__list_t *formats = &encoder->request->formats;
    int is_list = formats->next != formats->previous;

    for (const gia__list_t *link = formats->next; link != formats; link = link->next) {
        if (is_list)
            gia__emit_text(encoder, link == formats->next ? "[" : ",");
        gia__emit_object(encoder, &GIA__LIST_OBJECT(link, gia__item_t, link)->object);
    }
    if (is_list)
        gia__emit_text(encoder, "]");
}

/* Legacy: a schema and its MIME type, the other formats by their names, and a config for images. */

static const gia__tree_t *schema_format(const gia_request_t *request)
{
    const gia__item_t *item = gia__item_last(&request->formats, GIA__FORMAT_SCHEMA);
    return item ? &item->object : NULL;
}

static int has_schema(const gia_request_t *request)
{
    const gia__tree_t *format = schema_format(request);
    return has_formats(request) && format && gia__tree_has(format, "schema");
}

static void emit_schema(gia__encoder_t *encoder)
{
    gia__emit_value(encoder, schema_format(encoder->request), "schema");
}

static int has_mime_type(const gia_request_t *request)
{
    return has_schema(request) && gia__tree_has(schema_format(request), "mime_type") &&
           !gia__tree_has(&request->body, "response_mime_type");
}

static void emit_mime_type(gia__encoder_t *encoder)
{
    gia__emit_value(encoder, schema_format(encoder->request), "mime_type");
}

static const char *modality(gia__item_kind_t kind)
{
    switch (kind) {
    case GIA__FORMAT_IMAGE: return "\"image\"";
    case GIA__FORMAT_AUDIO: return "\"audio\"";
    case GIA__FORMAT_VIDEO: return "\"video\"";
    default: return "\"text\"";
    }
}

/* A schema alone needs none: text is what comes without. */
static int has_modalities(const gia_request_t *request)
{
    const gia__list_t *formats = &request->formats;
    int is_needed = 0;

    for (const gia__list_t *link = formats->next; link != formats; link = link->next)
        is_needed |= GIA__LIST_OBJECT(link, gia__item_t, link)->kind != GIA__FORMAT_SCHEMA;
    return is_needed && has_formats(request) &&
           !gia__tree_has(&request->body, "response_modalities");
}

static void emit_modalities(gia__encoder_t *encoder)
{
    const gia__list_t *formats = &encoder->request->formats;
    const char *named[4], *before = "[";
    size_t n = 0, i;

    for (const gia__list_t *link = formats->next; link != formats; link = link->next) {
        const char *name = modality(GIA__LIST_OBJECT(link, gia__item_t, link)->kind);

        for (i = 0; i < n && strcmp(named[i], name) != 0; i++)
            ;
        if (i < n)
            continue;
        named[n++] = name;
        gia__emit_text(encoder, before);
        gia__emit_text(encoder, name);
        before = ",";
    }
    gia__emit_text(encoder, "]");
}

static const char *const image_members[] = {"aspect_ratio", "image_size", NULL};

static const gia__tree_t *image_format(const gia_request_t *request)
{
    const gia__item_t *item = gia__item_last(&request->formats, GIA__FORMAT_IMAGE);
    return item ? &item->object : NULL;
}

static int has_image_config(const gia_request_t *request)
{
    const gia__tree_t *format = image_format(request);
    return has_formats(request) && format &&
           (gia__tree_has(format, image_members[0]) || gia__tree_has(format, image_members[1]));
}

/* A copy of the body's generation_config, as a tree that can be looked into. */
static void open_config(gia__encoder_t *encoder, gia__tree_t *config)
{
    const gia__tree_t *body = &encoder->request->body;
    gia__json_error_t error;
    gia__buf_t text;
    int rc;

    gia__buf_init(&text, encoder->out->mem, SIZE_MAX);
    if (gia__tree_has(body, "generation_config")) {
        rc = gia__tree_write_value(body, "generation_config", &text) == GIA__BUF_OK
                 ? gia__tree_set(config, "", text.data, text.len, &error)
                 : GIA_ENOMEM;
        if (rc == GIA_ENOMEM)
            gia__emit_failed(encoder, rc, NULL);
        else if (rc != GIA_OK)
            gia__emit_failed(encoder, GIA_EINVAL, "generation_config is no object");
    }
    gia__buf_free(&text);
}

static void emit_config(gia__encoder_t *encoder)
{
    static const char *const except[] = {"image_config", NULL};
    const gia__tree_t *format = image_format(encoder->request);
    const char *before = "{";
    gia__tree_t config;

    gia__tree_init(&config, encoder->out->mem);
    open_config(encoder, &config);
    if (gia__tree_has(&config, "image_config")) {
        gia__emit_object(encoder, &config);
    } else {
        gia__emit_text(encoder, "{");
        if (gia__emit_members(encoder, &config, except))
            gia__emit_text(encoder, ",");
        gia__emit_text(encoder, "\"image_config\":");
        for (const char *const *name = image_members; *name; name++) {
            if (!gia__tree_has(format, *name))
                continue;
            gia__emit_text(encoder, before);
            gia__emit_text(encoder, "\"");
            gia__emit_text(encoder, *name);
            gia__emit_text(encoder, "\":");
            gia__emit_value(encoder, format, *name);
            before = ",";
        }
        gia__emit_text(encoder, "}}");
    }
    gia__tree_free(&config);
}

const gia__format_member_t *gia__format_members(gia_revision_t revision)
{
    static const gia__format_member_t current[] = {{"response_format", has_formats, emit_formats},
                                                   {NULL, NULL, NULL}};
    static const gia__format_member_t legacy[] = {
        {"response_format", has_schema, emit_schema},
        {"response_mime_type", has_mime_type, emit_mime_type},
        {"response_modalities", has_modalities, emit_modalities},
        {"generation_config", has_image_config, emit_config},
        {NULL, NULL, NULL}};

    return revision == GIA_REVISION_LEGACY ? legacy : current;
}
