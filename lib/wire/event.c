/* The data of one server-sent event to typed events of the one model.
 *
 * One event at a time: its DOM lives in an arena that is emptied by the next put, so that a running
 * stream of text allocates nothing. What outlives an event is one small record for each open block.
 * The fold, not this file, knows what was in a block. */
#include "wire/event.h"

#include <string.h>

#include <gia/error.h>

#include "wire/interaction.h"
#include "wire/revision.h"
#include "wire/usage.h"

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD, which stands for half a character */

/* An open block. Blocks are found by their index, which comes from the wire: it may be anything and
 * never sizes or addresses memory. */
typedef struct block_s {
    int64_t index; /* -1: the server gave none */
    gia_content_type_t type;
    char *type_name; /* three strings in one allocation, NULL where there is none */
    char *id;
    char *name;
    size_t size;        /* of that allocation */
    unsigned half;      /* the high half of a surrogate pair that ended the last piece, or 0 */
    int half_arguments; /* it was cut in arguments, not in text */
} block_t;

struct gia__decoder_s {
    gia__mem_t mem;
    gia__json_limits_t limits;
    gia__arena_t arena;
    block_t *blocks; /* in the order of their starts */
    size_t block_count, block_capacity;
    size_t state, max_state; /* bytes */
    int revision;

    const gia_json_t *json; /* the event that waits; NULL if none */
    const char *wire_name;
    size_t wire_name_len;
    gia_event_type_t type;
    gia_status_t named_status; /* the status that the event's name tells */
    int64_t index;
    const gia_json_t *eager; /* the list of pieces that the last start brought; NULL if none */
    size_t eager_at;         /* the next of them */

    gia_event_t event;
    gia_usage_t usage;
};

gia__decoder_t *gia__decoder_new(const gia__mem_t *mem, const gia__json_limits_t *limits,
                                 size_t max_json, size_t max_state)
{
    gia__decoder_t *self = gia__mem_zalloc(mem, sizeof(*self));

    if (!self)
        return NULL;
    self->mem = *mem;
    self->limits = *limits;
    self->max_state = max_state;
    self->revision = -1;
    gia__arena_init(&self->arena, &self->mem, max_json);
    return self;
}

void gia__decoder_free(gia__decoder_t *self)
{
    gia__mem_t mem;
    size_t i;

    if (!self)
        return;
    mem = self->mem;
    for (i = 0; i < self->block_count; i++)
        gia__mem_free(&mem, self->blocks[i].type_name);
    gia__mem_free(&mem, self->blocks);
    gia__arena_free(&self->arena);
    gia__mem_free(&mem, self);
}

int gia__decoder_has_half(const gia__decoder_t *decoder)
{
    for (size_t i = 0; i < decoder->block_count; i++) {
        if (decoder->blocks[i].half)
            return 1;
    }
    return 0;
}

void gia__decoder_forget_halves(gia__decoder_t *decoder)
{
    for (size_t i = 0; i < decoder->block_count; i++)
        decoder->blocks[i].half = 0;
}

int gia__decoder_revision(const gia__decoder_t *self)
{
    return self->revision;
}

/* ---- open blocks ---- */

static block_t *find_block(gia__decoder_t *self)
{
    size_t i;

    for (i = self->block_count; i-- > 0;) {
        if (self->blocks[i].index == self->index)
            return &self->blocks[i];
    }
    return NULL;
}

static int grow_blocks(gia__decoder_t *self)
{
    size_t capacity = self->block_capacity ? self->block_capacity * 2 : 4;
    block_t *blocks;

    blocks = gia__mem_realloc(&self->mem, self->blocks, capacity * sizeof(*blocks));
    if (!blocks)
        return GIA_ENOMEM;
    self->blocks = blocks;
    self->block_capacity = capacity;
    return GIA_OK;
}

/* The block of the current event, opened if it is not: deltas may come without a start. */
static int open_block(gia__decoder_t *self, block_t **out)
{
    int rc;

    *out = find_block(self);
    if (*out)
        return GIA_OK;
    if (sizeof(**out) > self->max_state - self->state)
        return GIA_EINTERACTION_TOO_BIG;
    if (self->block_count == self->block_capacity) {
        rc = grow_blocks(self);
        if (rc)
            return rc;
    }
    *out = &self->blocks[self->block_count++];
    **out = (block_t){.index = self->index};
    self->state += sizeof(**out);
    return GIA_OK;
}

static void forget_block(gia__decoder_t *self, block_t *block)
{
    size_t after = self->block_count - 1 - (size_t)(block - self->blocks);

    self->state -= sizeof(*block) + block->size;
    gia__mem_free(&self->mem, block->type_name);
    memmove(block, block + 1, after * sizeof(*block));
    self->block_count--;
}

static size_t stored_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static char *store(char **end, const char *text)
{
    size_t size = stored_size(text);
    char *at = *end;

    if (!text)
        return NULL;
    memcpy(at, text, size);
    *end += size;
    return at;
}

/* Keeps what later deltas of the block may lack. The texts may be the block's own. */
static int describe_block(gia__decoder_t *self, block_t *block, const char *type_name,
                          const char *id, const char *name)
{
    size_t size = stored_size(type_name) + stored_size(id) + stored_size(name);
    char *strings, *end;

    if (size > self->max_state - (self->state - block->size))
        return GIA_EINTERACTION_TOO_BIG;
    end = strings = gia__mem_alloc(&self->mem, size);
    if (!strings)
        return GIA_ENOMEM;
    store(&end, type_name);
    block->id = store(&end, id);
    block->name = store(&end, name);
    gia__mem_free(&self->mem, block->type_name);
    block->type_name = strings;
    self->state = self->state - block->size + size;
    block->size = size;
    return GIA_OK;
}

/* ---- texts cut in the middle of a character ---- */

static size_t encode_pair(char *out, unsigned high, unsigned low)
{
    unsigned long c = 0x10000UL + ((high - 0xD800UL) << 10) + (low - 0xDC00UL);

    out[0] = (char)(0xF0 | (c >> 18));
    out[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Joins a piece with the half that waits before it, and takes off the half with which it ends. A
 * piece that has neither stays as it is. */
static int mend(gia__decoder_t *self, const gia_json_t *piece, int is_arguments, const char **text,
                size_t *text_len)
{
    unsigned low = gia__json_first_half(piece), half = gia__json_last_half(piece);
    block_t *block = find_block(self);
    const char *rest = *text;
    size_t rest_len = *text_len;
    char *mended, *end;
    int rc;

    /* An empty piece does not come between two halves. */
    if (!half && (!(block && block->half) || !rest_len))
        return GIA_OK;
    mended = gia__arena_alloc(&self->arena, rest_len + 4 + 1);
    if (!mended)
        return gia__arena_code(&self->arena);
    end = mended;
    if (block && block->half && low) {
        end += encode_pair(end, block->half, low);
        rest += 3;
        rest_len -= 3;
    } else if (block && block->half) {
        memcpy(end, REPLACEMENT, 3);
        end += 3;
    }
    if (half)
        rest_len -= 3;
    memcpy(end, rest, rest_len);
    end += rest_len;
    *end = '\0';
    *text = mended;
    *text_len = (size_t)(end - mended);

    if (!block) {
        rc = open_block(self, &block);
        if (rc)
            return rc;
    }
    block->half = half;
    block->half_arguments = is_arguments;
    return GIA_OK;
}

/* Whether this delta comes behind the text that ended with a half, instead of continuing it. */
static int leaves_half(const block_t *block, const gia_json_t *delta)
{
    size_t len;
    const char *name = gia__json_get_string(delta, "type", &len);
    gia_delta_type_t type = name ? gia__delta_type_of(name, len) : GIA_DELTA_OTHER;

    if (type == GIA_DELTA_OTHER || type == GIA_DELTA_TEXT_ANNOTATION)
        return 0;
    return type != (block->half_arguments ? GIA_DELTA_FUNCTION_CALL : GIA_DELTA_TEXT);
}

/* A half whose text, block or whole interaction ends before the other half came. */
static block_t *find_orphan(gia__decoder_t *self)
{
    block_t *block;
    size_t i;

    switch (self->type) {
    case GIA_EVENT_CONTENT_DELTA:
        block = find_block(self);
        return block && block->half && leaves_half(block, gia_json_get(self->json, "delta")) ? block
                                                                                             : NULL;
    case GIA_EVENT_CONTENT_START:
    case GIA_EVENT_CONTENT_STOP:
        block = find_block(self);
        return block && block->half ? block : NULL;
    case GIA_EVENT_INTERACTION_START:
    case GIA_EVENT_INTERACTION_COMPLETE:
    case GIA_EVENT_ERROR:
        for (i = 0; i < self->block_count; i++) {
            if (self->blocks[i].half)
                return &self->blocks[i];
        }
        return NULL;
    default: return NULL;
    }
}

/* A delta that the server did not send. */
static gia_delta_t *begin_own_delta(gia__decoder_t *self, int64_t index)
{
    self->event = (gia_event_t){
        .type = GIA_EVENT_CONTENT_DELTA,
        .name = gia_event_type_name(GIA_EVENT_CONTENT_DELTA),
        .wire_name = self->revision == GIA_REVISION_LEGACY ? "content.delta" : "step.delta",
        .index = index,
    };
    return &self->event.delta;
}

static void hand_out_orphan(gia__decoder_t *self, block_t *block)
{
    gia_delta_t *delta = begin_own_delta(self, block->index);

    if (block->half_arguments) {
        delta->type = GIA_DELTA_FUNCTION_CALL;
        delta->arguments = REPLACEMENT;
        delta->arguments_len = 3;
        delta->id = block->id;
        delta->name = block->name;
    } else {
        delta->type = GIA_DELTA_TEXT;
        delta->text = REPLACEMENT;
        delta->text_len = 3;
    }
    delta->type_name = gia_delta_type_name(delta->type);
    block->half = 0;
}

/* ---- what a start already carries ---- */

static const gia_json_t *eager_pieces(const gia_json_t *start)
{
    gia_content_type_t type = gia__content_type(start);

    switch (type) {
    case GIA_CONTENT_MODEL_OUTPUT: return gia__json_member(start, "content");
    case GIA_CONTENT_THOUGHT: return gia__json_member(start, "summary");
    default: return gia__content_is_part(type) ? start : NULL;
    }
}

/* Text that ends with half a character waits for the other half only if deltas can continue it. */
static int hand_out_eager(gia__decoder_t *self, const gia_json_t *piece, const gia_json_t *text)
{
    int is_last = self->eager_at == gia__list_count(self->eager);
    gia_delta_t *delta = begin_own_delta(self, self->index);

    delta->type =
        find_block(self)->type == GIA_CONTENT_THOUGHT ? GIA_DELTA_THOUGHT_SUMMARY : GIA_DELTA_TEXT;
    delta->type_name = gia_delta_type_name(delta->type);
    delta->text = gia_json_string(text, &delta->text_len);
    delta->json = piece;
    if (delta->type != GIA_DELTA_TEXT || !is_last)
        return GIA_OK;
    return mend(self, text, 0, &delta->text, &delta->text_len);
}

/* Each piece with text becomes a delta. */
static int next_eager(gia__decoder_t *self, const gia_event_t **event)
{
    int rc;

    while (self->eager_at < gia__list_count(self->eager)) {
        const gia_json_t *piece = gia__list_at(self->eager, self->eager_at++);
        const gia_json_t *text = gia__content_text(piece);
        size_t len;
        if (!gia_json_string(text, &len) || !len)
            continue;
        rc = hand_out_eager(self, piece, text);
        if (rc)
            return rc;
        *event = &self->event;
        return GIA__DECODER_EVENT;
    }
    return GIA__DECODER_NONE;
}

/* ---- deltas ---- */

/* Samples leave the type out now and then: the members tell, and the block they are for. */
static gia_delta_type_t infer_type(const gia_json_t *json, const gia_content_t *content,
                                   const block_t *block)
{
    gia_content_type_t in = block ? block->type : GIA_CONTENT_OTHER;
    gia_delta_type_t named;

    if (content->text)
        return in == GIA_CONTENT_THOUGHT ? GIA_DELTA_THOUGHT_SUMMARY : GIA_DELTA_TEXT;
    if (content->arguments || content->result) {
        named = block && block->type_name
                    ? gia__delta_type_of(block->type_name, strlen(block->type_name))
                    : GIA_DELTA_OTHER;
        if (named == GIA_DELTA_TOOL || named == GIA_DELTA_FUNCTION_CALL)
            return named;
        return content->arguments ? GIA_DELTA_FUNCTION_CALL : GIA_DELTA_TOOL;
    }
    if (content->annotations)
        return GIA_DELTA_TEXT_ANNOTATION;
    if (content->signature)
        return GIA_DELTA_THOUGHT_SIGNATURE;
    if (content->data || content->uri) {
        if (content->mime_type && strncmp(content->mime_type, "image/", 6) == 0)
            return GIA_DELTA_IMAGE;
        if (content->mime_type && strncmp(content->mime_type, "audio/", 6) == 0)
            return GIA_DELTA_AUDIO;
        if (content->mime_type && strncmp(content->mime_type, "video/", 6) == 0)
            return GIA_DELTA_VIDEO;
        return content->mime_type ? GIA_DELTA_DOCUMENT : GIA_DELTA_OTHER;
    }
    if (gia__json_member(json, "content"))
        return GIA_DELTA_THOUGHT_SUMMARY;
    return GIA_DELTA_OTHER;
}

/* Either a piece of JSON text, or the arguments whole: then their own bytes are the one piece. */
static int read_arguments(gia__decoder_t *self, gia_delta_t *delta, const gia_json_t *arguments)
{
    const char *text;
    size_t len;

    if (!arguments)
        return GIA_OK;
    if (gia_json_type(arguments) == GIA_JSON_STRING) {
        delta->arguments = gia_json_string(arguments, &delta->arguments_len);
        return mend(self, arguments, 1, &delta->arguments, &delta->arguments_len);
    }
    text = gia_json_raw(arguments, &len);
    delta->arguments = gia__arena_dup(&self->arena, text, len);
    delta->arguments_len = len;
    if (!delta->arguments)
        return gia__arena_code(&self->arena);
    return GIA_OK;
}

/* The ids are in the block's start, or in its first delta only. A tool's type that the delta left
 * out is the block's. */
static int fill_names(gia__decoder_t *self, gia_delta_t *delta)
{
    block_t *block = find_block(self);
    int rc;

    if ((delta->id && !(block && block->id)) || (delta->name && !(block && block->name))) {
        rc = open_block(self, &block);
        if (rc == GIA_OK)
            rc = describe_block(self, block, block->type_name ? block->type_name : "",
                                delta->id ? delta->id : block->id,
                                delta->name ? delta->name : block->name);
        if (rc)
            return rc;
    }
    if (!block)
        return GIA_OK;
    if (!delta->id)
        delta->id = block->id;
    if (!delta->name)
        delta->name = block->name;
    if (delta->type == GIA_DELTA_TOOL && !*delta->type_name && block->type_name)
        delta->type_name = block->type_name;
    return GIA_OK;
}

static int read_text(gia__decoder_t *self, gia_delta_t *delta, const gia_json_t *text)
{
    return delta->text ? mend(self, text, 0, &delta->text, &delta->text_len) : GIA_OK;
}

/* Any delta but one that says it is text: what it has is read by the rules for content. */
static int read_content_delta(gia__decoder_t *self, gia_delta_t *delta, const char *type_name)
{
    const gia_json_t *json = delta->json, *summary;
    gia_content_t content;
    int rc = gia__content_read(&content, json, &self->arena);

    if (rc)
        return rc;
    if (!type_name)
        delta->type = infer_type(json, &content, find_block(self));
    if (delta->type != GIA_DELTA_OTHER && delta->type != GIA_DELTA_TOOL)
        delta->type_name = gia_delta_type_name(delta->type);
    else if (type_name)
        delta->type_name = type_name;

    delta->signature = content.signature;
    delta->id = content.id;
    delta->name = content.name;
    summary = gia__json_member(json, "content");
    if (delta->type == GIA_DELTA_THOUGHT_SUMMARY && summary) {
        rc = gia__content_read(&content, summary, &self->arena);
        if (rc)
            return rc;
    }
    delta->text = content.text;
    delta->text_len = content.text_len;
    delta->mime_type = content.mime_type;
    delta->data = content.data;
    delta->data_len = content.data_len;
    delta->uri = content.uri;

    switch (delta->type) {
    case GIA_DELTA_TEXT: return read_text(self, delta, gia_json_get(json, "text"));
    case GIA_DELTA_FUNCTION_CALL:
        rc = read_arguments(self, delta, content.arguments);
        return rc ? rc : fill_names(self, delta);
    case GIA_DELTA_TOOL: return fill_names(self, delta);
    case GIA_DELTA_OTHER: return find_block(self) ? fill_names(self, delta) : GIA_OK;
    default: delta->id = delta->name = NULL; return GIA_OK;
    }
}

static int read_delta(gia__decoder_t *self, gia_delta_t *delta, const gia_json_t *json)
{
    const char *type_name;
    size_t len;

    delta->json = json;
    delta->type_name = "";
    if (!json)
        return GIA_OK;
    type_name = gia__json_get_string(json, "type", &len);
    if (type_name)
        delta->type = gia__delta_type_of(type_name, len);
    if (delta->type != GIA_DELTA_TEXT)
        return read_content_delta(self, delta, type_name);

    /* Nearly all deltas are text, so they take the short way. */
    delta->type_name = gia_delta_type_name(delta->type);
    delta->text = gia__json_get_string(json, "text", &delta->text_len);
    return read_text(self, delta, gia_json_get(json, "text"));
}

/* ---- events ---- */

static int read_start(gia__decoder_t *self, gia_event_t *event)
{
    const gia_json_t *json = gia__json_member(self->json, "step");
    gia_content_t content;
    block_t *block;
    int rc;

    if (!json)
        json = gia__json_member(self->json, "content");
    rc = gia__content_read(&content, json, &self->arena);
    if (rc)
        return rc;
    event->content = json;
    event->step_type = content.type;
    if (gia__content_is_part(content.type))
        event->step_type = GIA_CONTENT_MODEL_OUTPUT;
    event->step_type_name = event->step_type == GIA_CONTENT_OTHER
                                ? content.type_name
                                : gia_content_type_name(event->step_type);

    /* A block that is started again begins anew. */
    block = find_block(self);
    if (block)
        forget_block(self, block);
    rc = open_block(self, &block);
    if (rc)
        return rc;
    block->type = event->step_type;
    self->eager = eager_pieces(json);
    self->eager_at = 0;
    return describe_block(self, block, event->step_type_name, content.id, content.name);
}

static void read_interaction(gia__decoder_t *self, gia_event_t *event)
{
    const gia_json_t *interaction = gia__json_member(self->json, "interaction");
    size_t len = 0;

    if (!interaction)
        interaction = self->json;
    event->interaction_id = gia__json_get_text(interaction, "id");
    if (!event->interaction_id)
        event->interaction_id = gia__json_get_text(self->json, "interaction_id");
    event->status_text = gia__json_get_string(interaction, "status", &len);
    if (event->status_text) {
        event->status = gia__status_of(event->status_text, len);
    } else if (self->named_status != GIA_STATUS_NONE) {
        event->status = self->named_status;
        event->status_text = gia_status_name(self->named_status);
    }
    if (gia__usage_read(&self->usage, gia_json_get(interaction, "usage")))
        event->usage = &self->usage;
}

static int read_error(gia__decoder_t *self, gia_event_t *event)
{
    const gia_json_t *json = gia__json_member(self->json, "error");
    gia_interaction_error_t error;
    int rc = gia__interaction_error_read(
        &error, gia_json_type(json) == GIA_JSON_OBJECT ? json : self->json, &self->arena);

    event->error_code = error.code;
    event->error_message = error.message;
    if (gia_json_type(json) == GIA_JSON_STRING)
        event->error_message = gia_json_string(json, NULL);
    return rc;
}

static int read_event(gia__decoder_t *self)
{
    gia_event_t *event = &self->event;
    block_t *block;

    *event = (gia_event_t){
        .type = self->type,
        .name = self->type ? gia_event_type_name(self->type) : self->wire_name,
        .wire_name = self->wire_name,
        .event_id = gia__json_get_text(self->json, "event_id"),
        .index = self->index,
        .json = self->json,
    };
    switch (self->type) {
    case GIA_EVENT_INTERACTION_START:
        /* The hops of a continued answer count their blocks from 0 again. */
        while (self->block_count)
            forget_block(self, &self->blocks[self->block_count - 1]);
        read_interaction(self, event);
        return GIA_OK;
    case GIA_EVENT_INTERACTION_STATUS_UPDATE:
    case GIA_EVENT_INTERACTION_COMPLETE: read_interaction(self, event); return GIA_OK;
    case GIA_EVENT_CONTENT_START: return read_start(self, event);
    case GIA_EVENT_CONTENT_DELTA:
        return read_delta(self, &event->delta, gia__json_member(self->json, "delta"));
    case GIA_EVENT_CONTENT_STOP:
        block = find_block(self);
        if (block)
            forget_block(self, block);
        return GIA_OK;
    case GIA_EVENT_ERROR: return read_error(self, event);
    default: return GIA_OK;
    }
}

/* What kind of event it is: its JSON is the truth, the SSE name the second best. */
static void classify(gia__decoder_t *self, const gia__sse_event_t *sse)
{
    int revision = -1;

    self->wire_name = gia__json_get_string(self->json, "event_type", &self->wire_name_len);
    if (!self->wire_name || !self->wire_name_len) {
        self->wire_name = sse->type;
        self->wire_name_len = sse->type_len;
    }
    self->named_status = GIA_STATUS_NONE;
    self->type =
        gia__event_type_of(self->wire_name, self->wire_name_len, &self->named_status, &revision);
    /* A front end that fails amid a stream may not know the names. */
    if (!self->wire_name_len && gia__json_member(self->json, "error"))
        self->type = GIA_EVENT_ERROR;
    if (self->revision < 0)
        self->revision = revision;

    self->index = -1;
    if (self->type == GIA_EVENT_CONTENT_START || self->type == GIA_EVENT_CONTENT_DELTA ||
        self->type == GIA_EVENT_CONTENT_STOP)
        self->index = gia_json_int64(gia_json_get(self->json, "index"), -1);
    if (self->index < 0)
        self->index = -1;
}

int gia__decoder_put(gia__decoder_t *self, gia__sse_event_t *sse, gia__json_error_t *error)
{
    const gia_json_t *json;
    int rc;

    self->json = self->eager = NULL;
    gia__arena_reset(&self->arena);
    if (sse->data_len >= 6 && memcmp(sse->data, "[DONE]", 6) == 0)
        return GIA__DECODER_DONE;
    rc = gia__json_parse(&json, &self->arena, sse->data, sse->data_len, &self->limits, error);
    if (rc)
        return rc;
    if (gia_json_type(json) != GIA_JSON_OBJECT) {
        if (error)
            *error = (gia__json_error_t){.message = "the event is JSON, but no object"};
        return GIA_EPROTOCOL;
    }
    self->json = json;
    classify(self, sse);
    return GIA__DECODER_NONE;
}

int gia__decoder_next(gia__decoder_t *self, const gia_event_t **event)
{
    block_t *orphan;
    int rc;

    *event = NULL;
    if (!self->json)
        return next_eager(self, event);
    orphan = find_orphan(self);
    if (orphan) {
        hand_out_orphan(self, orphan);
        *event = &self->event;
        return GIA__DECODER_EVENT;
    }
    rc = read_event(self);
    self->json = NULL;
    if (rc)
        return rc;
    *event = &self->event;
    return GIA__DECODER_EVENT;
}
