/*
 * media.c - images, sounds, videos and documents: what came, and tiny ones to answer with.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_RATE 24000
#define SAMPLES     240

/* One black pixel. */
static const char tiny_png[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAE"
    "AAH2FzhVAAAAAElFTkSuQmCC";

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* ---- what is answered ---- */

json_t *sim_media_image(void)
{
    return json_pack("{s:s, s:s, s:s}", "type", "image", "mime_type", "image/png", "data",
                     tiny_png);
}

json_t *sim_media_video(void)
{
    return json_pack("{s:s, s:s, s:s}", "type", "video", "mime_type", "video/mp4", "uri",
                     "https://generativelanguage.googleapis.com/v1beta/files/"
                     "simulated:download?alt=media");
}

static void add_little_endian(sim_buffer_t *out, unsigned long value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(value >> (8 * i) & 0xff);
        sim_buffer_add(out, &byte, 1);
    }
}

static void add_wav_head(sim_buffer_t *out)
{
    sim_buffer_text(out, "RIFF");
    add_little_endian(out, 36 + 2 * SAMPLES, 4);
    sim_buffer_text(out, "WAVEfmt ");
    add_little_endian(out, 16, 4); /* size of the format */
    add_little_endian(out, 1, 2);  /* PCM */
    add_little_endian(out, 1, 2);  /* channels */
    add_little_endian(out, SAMPLE_RATE, 4);
    add_little_endian(out, 2 * SAMPLE_RATE, 4); /* bytes a second */
    add_little_endian(out, 2, 2);               /* bytes a sample */
    add_little_endian(out, 16, 2);              /* bits a sample */
    sim_buffer_text(out, "data");
    add_little_endian(out, 2 * SAMPLES, 4);
}

json_t *sim_media_audio(const char *mime_type)
{
    int is_bare = strstr(mime_type, "l16") != NULL;
    sim_buffer_t bytes = {0}, data = {0};
    if (!is_bare)
        add_wav_head(&bytes);
    /* A saw tooth of 500 Hz: what can be heard needs no mathematics. */
    for (unsigned long i = 0; i < SAMPLES; i++)
        add_little_endian(&bytes, i % 48 * 100, 2);
    sim_base64_encode(&data, bytes.data, bytes.length);
    json_t *audio = json_pack("{s:s, s:s, s:s, s:i, s:i}", "type", "audio", "mime_type",
                              is_bare ? "audio/l16" : "audio/wav", "data", data.data, "sample_rate",
                              SAMPLE_RATE, "channels", 1);
    sim_buffer_free(&bytes);
    sim_buffer_free(&data);
    return audio;
}

json_t *sim_media_pieces(json_t *audio)
{
    sim_buffer_t bytes = {0};
    json_t *pieces = json_array();
    json_t *data = json_object_get(audio, "data");
    sim_base64_decode(&bytes, json_string_value(data), json_string_length(data));
    size_t half = bytes.length / 4 * 2; /* whole samples */
    for (int i = 0; i < 2; i++) {
        sim_buffer_t part = {0};
        json_t *piece = json_copy(audio);
        sim_base64_encode(&part, bytes.data + (i ? half : 0), i ? bytes.length - half : half);
        json_object_set_new(piece, "data", json_string(part.data));
        json_array_append_new(pieces, piece);
        sim_buffer_free(&part);
    }
    sim_buffer_free(&bytes);
    return pieces;
}

/* ---- what came ---- */

static int is_elided(json_t *data)
{
    return strncmp(json_string_value(data), SIM_ELIDED, sizeof SIM_ELIDED - 1) == 0;
}

/* Bytes that base64 stands for, elided or not. */
static size_t decoded_size(json_t *data)
{
    const char *text = json_string_value(data);
    size_t length = json_string_length(data);
    const char *end = text + length;
    size_t padding = 0;
    while (end > text && end[-1] == '=') {
        end--;
        padding++;
    }
    if (is_elided(data))
        length = strtoull(text + sizeof SIM_ELIDED - 1, NULL, 10);
    return length / 4 * 3 - padding;
}

static int is_base64(json_t *data)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *text = json_string_value(data);
    size_t length = json_string_length(data);
    if (is_elided(data))
        return 1;
    size_t body = strspn(text, letters);
    return length && length % 4 == 0 && length - body <= 2 &&
           strspn(text + body, "=") == length - body;
}

static const char *check_content(const sim_t *sim, json_t *content)
{
    json_t *data = json_object_get(content, "data");
    const char *uri = text_of(content, "uri");
    const char *name = strstr(uri, "/files/");
    sim_file_t file;
    if (strcmp(text_of(content, "type"), "text") == 0)
        return NULL;
    if (!data && !*uri)
        return "A content of this type needs data or a uri.";
    if (data && (!json_is_string(data) || !is_base64(data)))
        return "The data of a content is not base64.";
    if (name && sim_file_by_name(sim, name + 1, &file) == 0 && strcmp(file.state, "ACTIVE") != 0)
        return SIM_FILE_NOT_ACTIVE;
    return NULL;
}

const char *sim_media_check(const sim_t *sim, json_t *steps)
{
    size_t i, k;
    json_t *step, *content;
    json_array_foreach(steps, i, step)
    {
        if (strcmp(text_of(step, "type"), "user_input") != 0)
            continue;
        json_array_foreach(json_object_get(step, "content"), k, content)
        {
            const char *complaint = check_content(sim, content);
            if (complaint)
                return complaint;
        }
    }
    return NULL;
}

static void describe(const sim_t *sim, json_t *content, sim_buffer_t *out)
{
    json_t *data = json_object_get(content, "data");
    const char *type = text_of(content, "type");
    const char *mime_type = text_of(content, "mime_type");
    const char *uri = text_of(content, "uri");
    const char *name = strstr(uri, "/files/");
    sim_file_t file;
    sim_buffer_format(out, "%s %s", strchr("aeiou", *type) ? "an" : "a", type);
    if (data)
        sim_buffer_format(out, " (%s, %zu bytes)", *mime_type ? mime_type : "of no type",
                          decoded_size(data));
    else if (name && sim_file_by_name(sim, name + 1, &file) == 0)
        sim_buffer_format(out, " (%s, %llu bytes) from %s", file.mime_type,
                          (unsigned long long)file.size_bytes, file.name);
    else
        sim_buffer_format(out, " at %s", uri);
}

char *sim_media_describe(const sim_t *sim, json_t *content)
{
    sim_buffer_t out = {0};
    size_t i;
    json_t *item;
    json_array_foreach(content, i, item)
    {
        if (strcmp(text_of(item, "type"), "text") == 0)
            continue;
        sim_buffer_text(&out, out.length ? ", and " : "I was given ");
        describe(sim, item, &out);
    }
    if (out.length)
        sim_buffer_text(&out, ".");
    return out.data;
}
