/*
 * body.c - the body of a request as it comes: its beginning, its length, its hash, not all of it.
 *
 * A request may carry more than a hundred megabytes in one string. What is larger than the limit is
 * read on the fly: outside of strings all is kept, and of a long string only how long it was. That
 * skeleton is still JSON, so the service understands such requests too.
 */
#include "internal.h"

#include <string.h>

/* Strings longer than this are left out of the skeleton. */
#define LONG_STRING ((size_t)64 * 1024)

/* ---- the skeleton ---- */

static void end_string(sim_body_t *body)
{
    if (body->string_length > LONG_STRING)
        sim_buffer_format(&body->skeleton, SIM_ELIDED "%zu:%.*s", body->string_length,
                          (int)body->padding, "==");
    body->in_string = 0;
}

static void begin_string(sim_body_t *body)
{
    body->in_string = 1;
    body->string_length = 0;
    body->string_start = body->skeleton.length;
    body->padding = 0;
}

/* Within a string: counts, and forgets the string as soon as it is a long one. */
static void add_to_string(sim_body_t *body, const char *bytes, size_t length)
{
    if (body->string_length <= LONG_STRING)
        sim_buffer_add(&body->skeleton, bytes, length);
    else
        body->skeleton.length = body->string_start;
}

static void add_to_skeleton(sim_body_t *body, const char *bytes, size_t length)
{
    size_t start = 0; /* of what was looked at and not added yet */
    for (size_t i = 0; i < length; i++) {
        char byte = bytes[i];
        if (!body->in_string) {
            if (byte == '"') {
                sim_buffer_add(&body->skeleton, bytes + start, i + 1 - start);
                start = i + 1;
                begin_string(body);
            }
        } else if (body->escaped) {
            body->escaped = 0;
        } else if (byte == '"') {
            add_to_string(body, bytes + start, i - start);
            start = i;
            end_string(body);
        } else {
            body->escaped = byte == '\\';
            body->string_length++;
            body->padding = byte == '=' ? body->padding + (body->padding < 2) : 0;
        }
    }
    if (body->in_string)
        add_to_string(body, bytes + start, length - start);
    else
        sim_buffer_add(&body->skeleton, bytes + start, length - start);
}

/* ---- all of it ---- */

static void begin_digest(sim_body_t *body)
{
    const char *text = body->kept.data;
    body->digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(body->digest, EVP_sha256(), NULL);
    EVP_DigestUpdate(body->digest, text, body->kept.length);
    body->has_skeleton = !body->is_data && body->kept.length && (*text == '{' || *text == '[');
    if (body->has_skeleton)
        add_to_skeleton(body, text, body->kept.length);
}

void sim_body_add(sim_body_t *body, const char *bytes, size_t length, size_t limit)
{
    size_t room = limit - body->kept.length;
    size_t kept = length < room ? length : room;
    sim_buffer_add(&body->kept, bytes, kept);
    body->length += length;
    bytes += kept;
    length -= kept;
    if (length == 0)
        return;
    if (!body->digest)
        begin_digest(body);
    EVP_DigestUpdate(body->digest, bytes, length);
    if (body->has_skeleton)
        add_to_skeleton(body, bytes, length);
}

json_t *sim_body_complete(sim_body_t *body, char sha256[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    json_t *json = NULL;
    sim_buffer_add(&body->kept, "", 0); /* so that there is a zero even if nothing came */
    if (body->digest)
        EVP_DigestFinal_ex(body->digest, digest, NULL);
    else
        EVP_Digest(body->kept.data, body->kept.length, digest, NULL, EVP_sha256(), NULL);
    sim_hex(sha256, digest, 32);
    if (body->has_skeleton)
        json = json_loadb(body->skeleton.data, body->skeleton.length, JSON_REJECT_DUPLICATES, NULL);
    else if (body->length && !body->digest && !body->is_data)
        json = json_loadb(body->kept.data, body->kept.length, JSON_REJECT_DUPLICATES, NULL);
    sim_buffer_free(&body->skeleton);
    EVP_MD_CTX_free(body->digest);
    body->digest = NULL;
    return json;
}

void sim_body_free(sim_body_t *body)
{
    sim_buffer_free(&body->kept);
    sim_buffer_free(&body->skeleton);
    EVP_MD_CTX_free(body->digest);
}
