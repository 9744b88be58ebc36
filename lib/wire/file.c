/* Files of the Files API: their names, and what the service says of them. */
#include "wire/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json/value.h"
#include "json/writer.h"
#include "wire/interaction.h"
#include "wire/url.h"

const char *gia__file_id(const char *name)
{
    static const char prefix[] = "files/";
    const char *p;

    if (name && strncmp(name, prefix, sizeof(prefix) - 1) == 0)
        name += sizeof(prefix) - 1;
    if (!gia__url_is_segment(name))
        return NULL;
    for (p = name; *p; p++) {
        if ((unsigned char)*p <= 0x20 || *p == 0x7f || *p == '/')
            return NULL;
    }
    return name;
}

static gia_file_state_t state_of(const char *text)
{
    static const struct {
        const char *text;
        gia_file_state_t state;
    } states[] = {
        {"", GIA_FILE_STATE_NONE},           {"STATE_UNSPECIFIED", GIA_FILE_STATE_NONE},
        {"PROCESSING", GIA_FILE_PROCESSING}, {"ACTIVE", GIA_FILE_ACTIVE},
        {"FAILED", GIA_FILE_FAILED},
    };

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(text, states[i].text) == 0)
            return states[i].state;
    }
    return GIA_FILE_STATE_OTHER;
}

int gia__file_read(gia_file_t *file, const gia_json_t *json)
{
    const gia_json_t *inner = gia__json_member(json, "file");

    if (inner)
        json = inner;
    *file = (gia_file_t){
        .name = gia__json_get_text(json, "name"),
        .display_name = gia__json_get_text(json, "displayName"),
        .mime_type = gia__json_get_text(json, "mimeType"),
        .uri = gia__json_get_text(json, "uri"),
        .source = gia__json_get_text(json, "source"),
        .sha256_hash = gia__json_get_text(json, "sha256Hash"),
        .size_bytes = gia_json_int64(gia__json_member(json, "sizeBytes"), -1),
        .state_text = gia__json_get_text(json, "state"),
        .create_time = gia__json_get_text(json, "createTime"),
        .update_time = gia__json_get_text(json, "updateTime"),
        .expiration_time = gia__json_get_text(json, "expirationTime"),
        .error_message = gia__json_get_text(gia__json_member(json, "error"), "message"),
        .json = json,
    };
    if (file->size_bytes < 0)
        file->size_bytes = -1;
    if (!file->state_text)
        file->state_text = "";
    file->state = state_of(file->state_text);
    return file->name || file->uri;
}

int gia__file_page_read(gia_file_t **files, size_t *count, const char **next_page_token,
                        const gia_json_t *json, gia__arena_t *arena)
{
    const gia_json_t *list = gia__json_member(json, "files");

    if (gia_json_type(json) != GIA_JSON_OBJECT || (list && gia_json_type(list) != GIA_JSON_ARRAY))
        return GIA_EPROTOCOL;
    *count = gia_json_count(list);
    if (*count > SIZE_MAX / sizeof(**files))
        return GIA_EJSON_TOO_BIG;
    *files = gia__arena_alloc(arena, *count * sizeof(**files));
    if (!*files)
        return gia__arena_code(arena);
    *count = 0;
    for (size_t i = 0; i < gia_json_count(list); i++) {
        if (gia__file_read(&(*files)[*count], gia_json_at(list, i)))
            ++*count; /* an odd one must not hide the others */
    }
    *next_page_token = gia__json_get_text(json, "nextPageToken");
    if (*next_page_token && !**next_page_token)
        *next_page_token = NULL;
    return GIA_OK;
}

int gia__file_write_start(gia__buf_t *out, const char *name, const char *display_name,
                          const char *mime_type, int64_t size_bytes)
{
    gia__writer_t *writer = gia__writer_new(out);
    char size[24];
    int rc;

    if (!writer)
        return GIA_ENOMEM;
    snprintf(size, sizeof(size), "%" PRId64, size_bytes);
    gia__writer_object_begin(writer);
    gia__writer_name(writer, "file");
    gia__writer_object_begin(writer);
    gia__writer_member_string(writer, "name", name);
    gia__writer_member_string(writer, "displayName", display_name);
    gia__writer_member_string(writer, "mimeType", mime_type);
    gia__writer_member_string(writer, "sizeBytes", size);
    gia__writer_object_end(writer);
    gia__writer_object_end(writer);
    rc = gia__writer_error(writer);
    gia__writer_free(writer);
    return rc;
}
