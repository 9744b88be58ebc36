/* Folds the events of a stream into the interaction that a unary call would have returned.
 *
 * This file knows what each event does to what is kept; kept.c keeps it, folded.c writes it. */
#include "wire/fold.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <gia/error.h>

#include "core/base64.h"
#include "wire/folded.h"
#include "wire/interaction.h"
#include "wire/kept.h"
#include "wire/revision.h"

struct gia__fold_s {
    gia__kept_t kept;
};

static const char *const NOTHING[] = {NULL};
static const char *const TYPE[] = {"type", NULL};
static const char *const CONTENT[] = {"content", NULL};
static const char *const SUMMARY[] = {"summary", NULL};
static const char *const ARGUMENTS[] = {"type", "arguments", NULL};
static const char *const AUDIO[] = {"type", "data", NULL};
static const char *const TEXT[] = {"type", "text", "annotations", NULL};

gia__fold_t *gia__fold_new(const gia__mem_t *mem, size_t max)
{
    gia__fold_t *self = gia__mem_alloc(mem, sizeof(*self));

    if (self)
        gia__kept_init(&self->kept, mem, max);
    return self;
}

void gia__fold_free(gia__fold_t *self)
{
    gia__mem_t mem;

    if (!self)
        return;
    mem = self->kept.mem;
    gia__kept_free(&self->kept);
    gia__mem_free(&mem, self);
}

/* ---- parts ---- */

static int fold_annotations(gia__kept_t *kept, gia__part_t *part, const gia_json_t *annotations)
{
    size_t n = gia_json_count(annotations), i;
    int rc = GIA_OK;

    if (gia_json_type(annotations) != GIA_JSON_ARRAY)
        return gia__kept_set_value(kept, &part->members, "annotations", annotations);
    part->has_annotations = 1;
    for (i = 0; i < n && rc == GIA_OK; i++)
        rc = gia__kept_item(kept, &part->annotations, "", gia_json_at(annotations, i), "");
    return rc;
}

/* The last part if it is text, else a new one. */
static int text_part(gia__kept_t *kept, gia__block_t *block, gia__part_t **out)
{
    int rc;

    *out = block->last_part;
    if (*out && (*out)->type == GIA_CONTENT_TEXT)
        return GIA_OK;
    rc = gia__kept_part(kept, block, GIA_CONTENT_TEXT, out);
    return rc ? rc : gia__kept_set_word(kept, &(*out)->members, "type", "text");
}

/* Annotations are of the last text, even if media have come since. */
static int annotated_part(gia__kept_t *kept, gia__block_t *block, gia__part_t **out)
{
    for (*out = block->last_part; *out; *out = (*out)->previous) {
        if ((*out)->type == GIA_CONTENT_TEXT)
            return GIA_OK;
    }
    return text_part(kept, block, out);
}

static int fold_text(gia__kept_t *kept, gia__part_t *part, const char *text, size_t len,
                     const gia_json_t *json)
{
    int rc;

    if (text) {
        rc = gia__kept_add(kept, &part->bytes, text, len);
        if (rc)
            return rc;
        part->has_bytes = 1;
        part->hollow = 0;
    }
    rc = gia__kept_set_all(kept, &part->members, json, TEXT);
    return rc ? rc : fold_annotations(kept, part, gia__json_member(json, "annotations"));
}

/* A whole piece of media, or content of a type that is not known: as it came. */
static int fold_whole(gia__kept_t *kept, gia__block_t *block, gia_content_type_t type,
                      const gia_json_t *json)
{
    gia__part_t *part = block->last_part;
    int rc;

    if (!part || !part->hollow || part->type != type) {
        rc = gia__kept_part(kept, block, type, &part);
        if (rc)
            return rc;
    }
    part->hollow = 0;
    rc = gia__kept_set_all(kept, &part->members, json, NOTHING);
    if (rc == GIA_OK && type && !gia__member_find(part->members, "type"))
        rc = gia__kept_set_word(kept, &part->members, "type", gia_content_type_name(type));
    return rc;
}

static int mime_type_agrees(const gia__part_t *part, const gia_json_t *json)
{
    const gia__kept_member_t *member = gia__member_find(part->members, "mime_type");
    const gia_json_t *mime_type = gia__json_member(json, "mime_type");

    return !member || !mime_type || gia__member_is(member, mime_type);
}

/* Each piece of audio is base64 of its own, padding included: the bytes are joined, not the texts.
 */
static int fold_audio(gia__kept_t *kept, gia__block_t *block, const gia_json_t *json)
{
    gia__part_t *part = block->last_part;
    size_t data_len, len;
    const char *data = gia__json_get_string(json, "data", &data_len);
    int rc;

    if (!data)
        return fold_whole(kept, block, GIA_CONTENT_AUDIO, json);
    if (!part || part->type != GIA_CONTENT_AUDIO || !(part->has_bytes || part->hollow) ||
        !mime_type_agrees(part, json)) {
        rc = gia__kept_part(kept, block, GIA_CONTENT_AUDIO, &part);
        if (rc == GIA_OK)
            rc = gia__kept_set_word(kept, &part->members, "type", "audio");
        if (rc)
            return rc;
        part->hollow = 1;
    }
    rc = gia__kept_reserve(kept, &part->bytes, data_len / 4 * 3 + 3);
    if (rc)
        return rc;
    if (gia__base64_decode(part->bytes.data + part->bytes.len, &len, data, data_len) != 0)
        return fold_whole(kept, block, GIA_CONTENT_AUDIO, json);
    part->bytes.len += len;
    kept->used += len;
    part->has_bytes = 1;
    part->hollow = 0;
    return gia__kept_set_all(kept, &part->members, json, AUDIO);
}

/* ---- starts ---- */

/* Content that the start event already carries. Each piece of it is a part of its own. */
static int fold_eager(gia__kept_t *kept, gia__block_t *block, const gia_json_t *json)
{
    gia_content_type_t type = gia__content_type(json);
    size_t len;
    const char *text = gia_json_string(gia__content_text(json), &len);
    gia__part_t *part;
    int rc;

    if (type == GIA_CONTENT_TEXT) {
        rc = gia__kept_part(kept, block, GIA_CONTENT_TEXT, &part);
        if (rc == GIA_OK)
            rc = gia__kept_set_word(kept, &part->members, "type", "text");
        return rc ? rc : fold_text(kept, part, text, len, json);
    }
    if (type == GIA_CONTENT_AUDIO)
        return fold_audio(kept, block, json);
    if (gia_json_type(json) == GIA_JSON_OBJECT)
        return fold_whole(kept, block, type, json);
    rc = gia__kept_part(kept, block, GIA_CONTENT_OTHER, &part);
    if (rc)
        return rc;
    part->has_bytes = 1;
    text = gia_json_raw(json, &len);
    return gia__kept_add(kept, &part->bytes, text, len);
}

static int fold_content(gia__kept_t *kept, gia__block_t *block, const gia_json_t *content)
{
    size_t n = gia_json_count(content), i;
    int rc = GIA_OK;

    if (!content)
        return GIA_OK;
    block->has_content = 1;
    if (gia_json_type(content) != GIA_JSON_ARRAY)
        return fold_eager(kept, block, content);
    for (i = 0; i < n && rc == GIA_OK; i++)
        rc = fold_eager(kept, block, gia_json_at(content, i));
    return rc;
}

/* A legacy start: its content is the first piece, or says only what is about to come. */
static int fold_announcement(gia__kept_t *kept, gia__block_t *block, const gia_json_t *json)
{
    int rc = fold_eager(kept, block, json);

    if (rc == GIA_OK)
        block->last_part->hollow = !gia__json_member(json, "text") &&
                                   !gia__json_member(json, "data") &&
                                   !gia__json_member(json, "uri");
    return rc;
}

static int fold_summary(gia__kept_t *kept, gia__block_t *block, const gia_json_t *summary)
{
    size_t n = gia_json_count(summary), i;
    int rc = GIA_OK;

    if (gia_json_type(summary) != GIA_JSON_ARRAY)
        return gia__kept_set_value(kept, &block->members, "summary", summary);
    block->has_summary = 1;
    for (i = 0; i < n && rc == GIA_OK; i++)
        rc = gia__kept_item(kept, &block->summary, "", gia_json_at(summary, i), "");
    return rc;
}

static int fold_start(gia__kept_t *kept, const gia_event_t *event)
{
    const gia_json_t *json = event->content;
    gia__block_t *block;
    int rc = gia__kept_open(kept, event->index, &block);

    if (rc)
        return rc;
    block->type = event->step_type;
    switch (block->type) {
    case GIA_CONTENT_MODEL_OUTPUT:
    case GIA_CONTENT_USER_INPUT:
        if (gia__content_type(json) != block->type)
            return fold_announcement(kept, block, json);
        rc = gia__kept_set_all(kept, &block->members, json, CONTENT);
        return rc ? rc : fold_content(kept, block, gia__json_member(json, "content"));
    case GIA_CONTENT_THOUGHT:
        rc = gia__kept_set_all(kept, &block->members, json, SUMMARY);
        return rc ? rc : fold_summary(kept, block, gia__json_member(json, "summary"));
    default:
        if (gia_json_type(gia_json_get(json, "content")) != GIA_JSON_ARRAY)
            return gia__kept_set_all(kept, &block->members, json, NOTHING);
        rc = gia__kept_set_all(kept, &block->members, json, CONTENT);
        return rc ? rc : fold_content(kept, block, gia_json_get(json, "content"));
    }
}

/* ---- deltas ---- */

/* What kind of block a delta is for that comes without a start. */
static gia_content_type_t type_for(const gia_delta_t *delta)
{
    switch (delta->type) {
    case GIA_DELTA_THOUGHT_SUMMARY:
    case GIA_DELTA_THOUGHT_SIGNATURE: return GIA_CONTENT_THOUGHT;
    case GIA_DELTA_FUNCTION_CALL: return GIA_CONTENT_FUNCTION_CALL;
    case GIA_DELTA_TOOL: return gia__content_type_of(delta->type_name, strlen(delta->type_name));
    default: return GIA_CONTENT_MODEL_OUTPUT;
    }
}

static int block_for(gia__kept_t *kept, const gia_event_t *event, gia__block_t **out)
{
    int rc;

    *out = gia__kept_find(kept, event->index);
    if (*out)
        return GIA_OK;
    rc = gia__kept_open(kept, event->index, out);
    if (rc)
        return rc;
    (*out)->type = type_for(&event->delta);
    switch ((*out)->type) {
    case GIA_CONTENT_MODEL_OUTPUT: return GIA_OK;
    case GIA_CONTENT_OTHER:
        return gia__kept_set_value(kept, &(*out)->members, "type",
                                   gia__json_member(event->delta.json, "type"));
    default:
        return gia__kept_set_word(kept, &(*out)->members, "type",
                                  gia_content_type_name((*out)->type));
    }
}

static int fold_thought(gia__kept_t *kept, gia__block_t *block, const gia_delta_t *delta)
{
    const gia_json_t *content = gia__json_member(delta->json, "content");

    if (delta->type == GIA_DELTA_THOUGHT_SIGNATURE) {
        if (!delta->signature || !*delta->signature)
            return GIA_OK;
        return gia__kept_set_all(kept, &block->members, delta->json, TYPE);
    }
    block->has_summary = 1;
    if (content)
        return gia__kept_item(kept, &block->summary, "", content, "");
    if (!delta->text)
        return GIA_OK;
    return gia__kept_item(kept, &block->summary,
                          "{\"type\":\"text\",\"text\":", gia_json_get(delta->json, "text"), "}");
}

/* Pieces of text are joined; arguments that came whole replace what was there. */
static int fold_call(gia__kept_t *kept, gia__block_t *block, const gia_delta_t *delta)
{
    const gia_json_t *arguments = gia__json_member(delta->json, "arguments");
    int rc = gia__kept_set_all(kept, &block->members, delta->json, ARGUMENTS);

    if (rc || !delta->arguments)
        return rc;
    if (arguments && gia_json_type(arguments) != GIA_JSON_STRING)
        gia__kept_clear(kept, &block->arguments);
    block->has_arguments = 1;
    return gia__kept_add(kept, &block->arguments, delta->arguments, delta->arguments_len);
}

static int fold_unknown(gia__kept_t *kept, const gia_event_t *event)
{
    const gia_json_t *json = event->delta.json;
    const gia_json_t *type = gia__json_member(json, "type");
    gia__block_t *block = gia__kept_find(kept, event->index);
    char before[64] = "{\"delta\":";

    if (block && gia__member_is(gia__member_find(block->members, "type"), type))
        return gia__kept_set_all(kept, &block->members, json, TYPE);
    if (event->index >= 0)
        snprintf(before, sizeof(before), "{\"index\":%" PRId64 ",\"delta\":", event->index);
    return json ? gia__kept_item(kept, &kept->unknown, before, json, "}") : GIA_OK;
}

/* The start has brought all of it, but half a character at the end is no text before its other half
 * comes in a delta. */
static void fold_repeated(gia__kept_t *kept, const gia_event_t *event)
{
    gia__block_t *block = gia__kept_find(kept, event->index);
    size_t len;

    gia_json_string(gia__content_text(event->delta.json), &len);
    if (len > event->delta.text_len)
        gia__kept_cut(kept, &block->last_part->bytes, len - event->delta.text_len);
}

static int fold_delta(gia__kept_t *kept, const gia_event_t *event)
{
    const gia_delta_t *delta = &event->delta;
    gia__block_t *block;
    gia__part_t *part;
    int rc;

    if (!event->json && delta->json) {
        fold_repeated(kept, event);
        return GIA_OK;
    }
    if (delta->type == GIA_DELTA_OTHER)
        return fold_unknown(kept, event);
    rc = block_for(kept, event, &block);
    if (rc)
        return rc;
    switch (delta->type) {
    case GIA_DELTA_TEXT:
        rc = text_part(kept, block, &part);
        return rc ? rc : fold_text(kept, part, delta->text, delta->text_len, delta->json);
    case GIA_DELTA_TEXT_ANNOTATION:
        rc = annotated_part(kept, block, &part);
        return rc ? rc : fold_text(kept, part, NULL, 0, delta->json);
    case GIA_DELTA_IMAGE: return fold_whole(kept, block, GIA_CONTENT_IMAGE, delta->json);
    case GIA_DELTA_VIDEO: return fold_whole(kept, block, GIA_CONTENT_VIDEO, delta->json);
    case GIA_DELTA_DOCUMENT: return fold_whole(kept, block, GIA_CONTENT_DOCUMENT, delta->json);
    case GIA_DELTA_AUDIO: return fold_audio(kept, block, delta->json);
    case GIA_DELTA_THOUGHT_SUMMARY:
    case GIA_DELTA_THOUGHT_SIGNATURE: return fold_thought(kept, block, delta);
    case GIA_DELTA_FUNCTION_CALL: return fold_call(kept, block, delta);
    default: return gia__kept_set_all(kept, &block->members, delta->json, TYPE);
    }
}

/* ---- the interaction ---- */

static int has_list(const gia_json_t *interaction)
{
    return gia_json_count(gia_json_get(interaction, "steps")) ||
           gia_json_count(gia_json_get(interaction, "outputs"));
}

static int fold_interaction(gia__kept_t *kept, const gia_event_t *event)
{
    const gia_json_t *interaction = gia__json_member(event->json, "interaction");

    kept->complete = event->type == GIA_EVENT_INTERACTION_COMPLETE;
    if (kept->complete)
        kept->served = has_list(interaction);
    else
        kept->open = NULL; /* the next hop of a continued answer counts its blocks from 0 again */
    return gia__kept_set_all(kept, &kept->members, interaction, NOTHING);
}

static int fold_status(gia__kept_t *kept, const gia_event_t *event)
{
    static const char *const names[] = {"status", "usage", "continuation_token"};
    const gia_json_t *json = gia__json_member(event->json, "interaction");
    size_t i;
    int rc = GIA_OK;

    if (kept->complete)
        return GIA_OK; /* it came late */
    if (!json)
        json = event->json;
    if (!gia__member_find(kept->members, "id"))
        rc = gia__kept_set_value(kept, &kept->members, "id",
                                 gia__json_member(event->json, "interaction_id"));
    for (i = 0; i < sizeof(names) / sizeof(*names) && rc == GIA_OK; i++)
        rc = gia__kept_set_value(kept, &kept->members, names[i], gia__json_member(json, names[i]));
    if (rc == GIA_OK && event->status_text && !gia__json_member(json, "status"))
        rc = gia__kept_set_word(kept, &kept->members, "status", event->status_text);
    return rc;
}

static int fold_error(gia__kept_t *kept, const gia_event_t *event)
{
    const gia_json_t *error = gia__json_member(event->json, "error");

    if (gia_json_type(error) == GIA_JSON_STRING)
        return gia__kept_item(kept, &kept->errors, "{\"message\":", error, "}");
    return gia__kept_item(kept, &kept->errors, "", error ? error : event->json, "");
}

int gia__fold_event(gia__fold_t *self, const gia_event_t *event, int revision)
{
    gia__kept_t *kept = &self->kept;

    if (revision >= 0)
        kept->revision = revision;
    kept->seen |= event->type != GIA_EVENT_OTHER;
    switch (event->type) {
    case GIA_EVENT_INTERACTION_START:
    case GIA_EVENT_INTERACTION_COMPLETE: return fold_interaction(kept, event);
    case GIA_EVENT_INTERACTION_STATUS_UPDATE: return fold_status(kept, event);
    case GIA_EVENT_CONTENT_START: return fold_start(kept, event);
    case GIA_EVENT_CONTENT_DELTA: return fold_delta(kept, event);
    case GIA_EVENT_CONTENT_STOP: gia__kept_close(kept, event->index); return GIA_OK;
    case GIA_EVENT_ERROR: return fold_error(kept, event);
    default: return GIA_OK;
    }
}

int gia__fold_finish(gia__fold_t *self, gia_interaction_t **out, const gia__json_limits_t *limits,
                     size_t max_json)
{
    gia__kept_t *kept = &self->kept;
    /* Pieces stand deeper in the document than they did in their events. */
    gia__json_limits_t deeper = {.max_depth = limits->max_depth + 8};
    gia__buf_t body;
    int rc;

    *out = NULL;
    if (!kept->seen)
        return GIA_OK;
    gia__buf_init(&body, &kept->mem, kept->max);
    rc = gia__folded_write(&body, kept, limits, max_json);
    if (rc) {
        gia__buf_free(&body);
        return rc;
    }
    return gia__interaction_decode(out, &kept->mem, &body, &deeper, max_json, NULL);
}
