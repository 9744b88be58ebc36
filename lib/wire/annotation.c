/* The annotations of a text: views of what stands in its JSON. */
#include <gia/content.h>

#include <string.h>

#include "json/value.h"
#include "wire/revision.h"

size_t gia_content_annotation_count(const gia_content_t *content)
{
    if (!content || content->type != GIA_CONTENT_TEXT ||
        gia_json_type(content->annotations) != GIA_JSON_ARRAY)
        return 0;
    return gia_json_count(content->annotations);
}

static int64_t position(const gia_json_t *json, const char *name)
{
    int64_t number = gia_json_int64(gia_json_get(json, name), -1);
    return number < 0 ? -1 : number;
}

static const char *first_string(const gia_json_t *json, const char *const *names)
{
    const char *text = NULL;

    for (; *names && !text; names++)
        text = gia__json_get_text(json, *names);
    return text;
}

/* Early answers have a source and no type. It may be anything, and is an address as a rule. */
static void read_early(gia_annotation_t *annotation)
{
    if (!annotation->source)
        return;
    annotation->type = GIA_ANNOTATION_URL_CITATION;
    if (!annotation->url && (strncmp(annotation->source, "https://", 8) == 0 ||
                             strncmp(annotation->source, "http://", 7) == 0))
        annotation->url = annotation->source;
}

/* Every member is read whatever the type is: types that are not known yet are likely to use the
 * same names. */
int gia_content_annotation(const gia_content_t *content, size_t index, gia_annotation_t *annotation)
{
    static const char *const urls[] = {"url", "document_uri", NULL};
    static const char *const titles[] = {"title", "file_name", "name", NULL};
    const gia_json_t *json;
    const char *type_name;
    size_t len;

    if (!annotation || index >= gia_content_annotation_count(content))
        return 0;
    json = gia_json_at(content->annotations, index);
    type_name = gia__json_get_string(json, "type", &len);
    *annotation = (gia_annotation_t){
        .type_name = type_name ? type_name : "",
        .start_index = position(json, "start_index"),
        .end_index = position(json, "end_index"),
        .url = first_string(json, urls),
        .title = first_string(json, titles),
        .source = gia__json_get_text(json, "source"),
        .page_number = position(json, "page_number"),
        .place_id = gia__json_get_text(json, "place_id"),
        .speaker = gia__json_get_text(json, "speaker"),
        .text = gia__json_get_text(json, "text"),
        .start_offset = gia__json_get_text(json, "start_offset"),
        .end_offset = gia__json_get_text(json, "end_offset"),
        .json = json,
    };
    if (type_name)
        annotation->type = gia__annotation_type_of(type_name, len);
    else
        read_early(annotation);
    return 1;
}
