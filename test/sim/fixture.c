/*
 * fixture.c - recorded answers from the folder of test data.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int read_whole_file(const sim_t *sim, const char *name, sim_buffer_t *out)
{
    sim_buffer_t path = {0};
    sim_buffer_format(&path, "%s/responses/%s", sim->options.data_dir, name);
    FILE *file = fopen(path.data, "rb");
    sim_buffer_free(&path);
    if (!file)
        return -1;
    size_t got;
    sim_buffer_add(out, "", 0);
    while ((got = fread(sim_buffer_reserve(out, 16384), 1, 16384, file)) > 0)
        out->length += got;
    out->data[out->length] = '\0';
    int failed = ferror(file);
    fclose(file);
    return failed ? -1 : 0;
}

/* The manifest's entry of "steps/text.sse"; NULL if it has none. */
static json_t *manifest_entry(sim_t *sim, const char *name)
{
    if (!sim->manifest) {
        sim_buffer_t text = {0};
        if (read_whole_file(sim, "MANIFEST.json", &text) == 0)
            sim->manifest = json_loadb(text.data, text.length, 0, NULL);
        sim_buffer_free(&text);
        if (!sim->manifest)
            sim->manifest = json_object();
    }
    const char *slash = strchr(name, '/');
    if (!slash)
        return NULL;
    char *folder = sim_copy(name, (size_t)(slash - name));
    json_t *entry = json_object_get(json_object_get(sim->manifest, folder), slash + 1);
    free(folder);
    return entry;
}

/* Errors are kept as {http_status, headers, body | body_text}. */
static void unwrap(json_t *wrapper, sim_answer_t *answer)
{
    json_t *body = json_object_get(wrapper, "body");
    json_t *text = json_object_get(wrapper, "body_text");
    const char *name;
    json_t *value;
    sim_answer_clear_body(answer);
    if (body)
        sim_answer_json(answer, 200, body);
    else if (text)
        sim_buffer_text(&answer->body, json_string_value(text));
    answer->status = (int)json_integer_value(json_object_get(wrapper, "http_status"));
    json_object_foreach(json_object_get(wrapper, "headers"), name, value)
    {
        sim_headers_set(&answer->headers, name, json_string_value(value));
    }
}

int sim_fixture_load(sim_t *sim, const char *name, sim_answer_t *answer, char *error,
                     size_t error_size)
{
    if (read_whole_file(sim, name, &answer->body) != 0) {
        snprintf(error, error_size, "cannot read the fixture %s in %s/responses", name,
                 sim->options.data_dir);
        return -1;
    }
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".sse") == 0) {
        sim_answer_stream(answer);
        sim_answer_split_frames(answer);
    } else {
        sim_headers_set(&answer->headers, "content-type", "application/json; charset=UTF-8");
        json_t *json = json_loadb(answer->body.data, answer->body.length, 0, NULL);
        if (json_object_get(json, "http_status"))
            unwrap(json, answer);
        json_decref(json);
    }
    json_t *entry = manifest_entry(sim, name);
    const char *type = json_string_value(json_object_get(entry, "content_type"));
    if (type)
        sim_headers_set(&answer->headers, "content-type", type);
    if (json_object_get(entry, "http_status"))
        answer->status = (int)json_integer_value(json_object_get(entry, "http_status"));
    return 0;
}
