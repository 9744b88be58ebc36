/* From the bytes of an event stream to events for the caller and a folded interaction. */
#include "ops/stream.h"

#include <string.h>

#include "ops/service_error.h"
#include "wire/event.h"
#include "wire/fold.h"
#include "wire/progress.h"
#include "wire/sse.h"

/* An index of the wire may be any number; where later hops count on, it must stay one. */
static const int64_t MAX_INDEX = INT64_MAX / 1024;

enum { MAX_EVENT_ID_BYTES = 4096 };

struct gia__stream_s {
    gia_client_t *client;
    const gia__continuation_t *continuation;
    gia__json_limits_t limits;
    gia__sse_t sse;
    gia__decoder_t *decoder;
    gia__fold_t *fold;         /* NULL: folding is off */
    gia__progress_t *progress; /* NULL: the stream is not taken up again */
    gia__buf_t event_id;       /* the newest one, all that came with it told; empty: none */
    gia__buf_t coming_id;      /* likewise, of what is being told */
    int is_taken_up;           /* behind event_id, and nothing new has come */
    int began_behind;          /* an event: positions from the start are not known */
    int skips;                 /* all comes again, to a stream that began behind an event */
    int start_is_old;          /* so was the start that is being told with its text */
    int was_cut;               /* a bare JSON error stood behind the last event */
    int draining;              /* the decoder may have more events of what was put last */
    int complete;              /* interaction.complete has come */
    int deaf;                  /* nonsense came behind that: nothing more is read */
    gia_status_t status;       /* the last one told */
    char *id, *token;          /* likewise */
    int64_t next_index;        /* behind the highest block so far */
    int failed;                /* an error event has come: the first one counts */
    gia_interaction_t *interaction;
    gia__arena_t arena; /* what the result points to */
    gia__service_error_t error;
    gia__json_error_t json_error;
};

gia__stream_t *gia__stream_new(gia_client_t *client, gia_fold_t fold,
                               const gia__continuation_t *continuation)
{
    const gia_config_t *config = &client->settings.config;
    gia__stream_t *stream = gia__mem_zalloc(&client->mem, sizeof(*stream));

    if (!stream)
        return NULL;
    stream->client = client;
    stream->continuation = continuation;
    stream->limits.max_depth = config->max_json_depth;
    gia__sse_init(&stream->sse, &client->mem, config->max_line_bytes, config->max_event_bytes);
    gia__buf_init(&stream->event_id, &client->mem, SIZE_MAX);
    gia__buf_init(&stream->coming_id, &client->mem, SIZE_MAX);
    gia__arena_init(&stream->arena, &client->mem, config->max_json_bytes);
    stream->decoder = gia__decoder_new(&client->mem, &stream->limits, config->max_json_bytes,
                                       config->max_interaction_bytes);
    if (fold == GIA_FOLD_ON)
        stream->fold = gia__fold_new(&client->mem, config->max_interaction_bytes);
    if (!stream->decoder || (fold == GIA_FOLD_ON && !stream->fold)) {
        gia__stream_free(stream);
        return NULL;
    }
    return stream;
}

void gia__stream_free(gia__stream_t *stream)
{
    if (!stream)
        return;
    gia_interaction_release(stream->interaction);
    gia__fold_free(stream->fold);
    gia__decoder_free(stream->decoder);
    gia__arena_free(&stream->arena);
    gia__sse_free(&stream->sse);
    gia__progress_free(stream->progress);
    gia__buf_free(&stream->event_id);
    gia__buf_free(&stream->coming_id);
    gia__mem_free(&stream->client->mem, stream->id);
    gia__mem_free(&stream->client->mem, stream->token);
    gia__mem_free(&stream->client->mem, stream);
}

/* Keeps what the first error event says beyond the event's life. */
static int keep_error(gia__stream_t *stream, const gia_event_t *event)
{
    size_t len;
    const char *raw = gia_json_raw(event->json, &len);
    char *copy = gia__arena_dup(&stream->arena, raw ? raw : "", len);

    stream->failed = 1;
    if (!copy)
        return GIA_ENOMEM;
    return gia__ops_read_error(&stream->error, stream->client, &stream->arena, copy, len,
                               &stream->limits);
}

/* Replaces a text by a newer one; none is no news. */
static int keep_text(gia__stream_t *stream, char **kept, const char *text)
{
    char *copy;

    if (!text || !*text || (*kept && strcmp(*kept, text) == 0))
        return GIA_OK;
    copy = gia__mem_dup(&stream->client->mem, text, strlen(text));
    if (!copy)
        return GIA_ENOMEM;
    gia__mem_free(&stream->client->mem, *kept);
    *kept = copy;
    return GIA_OK;
}

/* What a continuation or a cancel would need. */
static int note_hop(gia__stream_t *stream, const gia_event_t *event)
{
    const gia_json_t *token = gia_json_pointer(event->json, "/interaction/continuation_token");
    int rc;

    if (!token)
        token = gia_json_get(event->json, "continuation_token");
    if (event->status != GIA_STATUS_NONE)
        stream->status = event->status;
    rc = keep_text(stream, &stream->id, event->interaction_id);
    return rc == GIA_OK ? keep_text(stream, &stream->token, gia_json_string(token, NULL)) : rc;
}

static int is_between_hops(const gia__stream_t *stream, const gia_event_t *event)
{
    if (event->type == GIA_EVENT_INTERACTION_START)
        return stream->continuation->made > 0;
    return event->type == GIA_EVENT_INTERACTION_COMPLETE &&
           gia__continuation_wants(stream->continuation, stream->status, stream->token);
}

static void deliver(gia__stream_t *stream, gia_call_t *call, const gia_event_t *event)
{
    gia_event_t moved;

    if (is_between_hops(stream, event))
        return;
    if (event->index < 0 || stream->continuation->index == 0) {
        gia__call_deliver(call, event);
        return;
    }
    moved = *event;
    if (moved.index < MAX_INDEX && stream->continuation->index < MAX_INDEX)
        moved.index += stream->continuation->index;
    gia__call_deliver(call, &moved);
}

/* No memory is asked for, once there was a longer one. What is too long for a URL is no use. */
static int keep_id(gia__buf_t *kept, const char *event_id)
{
    size_t len = event_id ? strlen(event_id) : 0;

    if (len == 0 || len > MAX_EVENT_ID_BYTES)
        return GIA_OK;
    gia__buf_clear(kept);
    return gia__buf_add(kept, event_id, len + 1) == GIA__BUF_OK ? GIA_OK : GIA_ENOMEM;
}

int gia__stream_expect_breaks(gia__stream_t *stream, const char *event_id)
{
    stream->progress = gia__progress_new(&stream->client->mem);
    stream->began_behind = event_id != NULL;
    return stream->progress ? keep_id(&stream->event_id, event_id) : GIA_ENOMEM;
}

int gia__stream_can_be_taken_up(const gia__stream_t *stream)
{
    return stream->progress && !gia__progress_is_lost(stream->progress);
}

/* The rest of a text whose beginning is known. */
static gia_event_t part_of(const gia_event_t *event, size_t skip)
{
    gia_event_t part = *event;

    part.json = part.delta.json = NULL; /* neither is what is told */
    if (event->delta.type == GIA_DELTA_TEXT) {
        part.delta.text += skip;
        part.delta.text_len -= skip;
    } else {
        part.delta.arguments += skip;
        part.delta.arguments_len -= skip;
    }
    return part;
}

/* Some services begin with the event behind which they were asked to go on. */
static int is_remembered(const gia__stream_t *stream, const gia_event_t *event)
{
    return stream->is_taken_up && stream->event_id.len && event->event_id &&
           strcmp(event->event_id, stream->event_id.data) == 0;
}

/* What is new of an event: 1 and *news, 0, or GIA_ENOMEM. */
static int find_news(gia__stream_t *stream, const gia_event_t *event, gia_event_t *news)
{
    size_t skip = 0;
    int rc = GIA__PROGRESS_NEW;

    *news = *event;
    if (!stream->progress)
        return 1;
    if (stream->began_behind && stream->is_taken_up && event->type == GIA_EVENT_INTERACTION_START)
        stream->skips = 1;
    if (is_remembered(stream, event)) {
        stream->skips = 0;
        return 0;
    }
    if (stream->skips)
        return 0;
    rc = gia__progress_take(stream->progress, event, &skip);
    if (rc == GIA__PROGRESS_PART)
        *news = part_of(event, skip);
    if (event->type == GIA_EVENT_CONTENT_START)
        stream->start_is_old = rc == GIA__PROGRESS_OLD;
    /* Text of a start that was not told again is not known from there. */
    if (!event->json && stream->start_is_old)
        news->delta.json = NULL;
    if (event->type == GIA_EVENT_INTERACTION_START)
        stream->is_taken_up = 0; /* all comes again: it is met at its place */
    if (rc == GIA__PROGRESS_OLD || rc < 0)
        return rc < 0 ? rc : 0;
    stream->is_taken_up = 0;
    return keep_id(&stream->coming_id, event->event_id) == GIA_OK ? 1 : GIA_ENOMEM;
}

/* All events of one server-sent event were told: from now on the stream can be taken up behind it.
 */
static void mark(gia__stream_t *stream)
{
    gia__buf_t newest = stream->coming_id;

    if (!newest.len)
        return;
    if (gia__decoder_has_half(stream->decoder)) { /* its other half alone would be no character */
        gia__buf_clear(&stream->coming_id);
        return;
    }
    stream->coming_id = stream->event_id;
    gia__buf_clear(&stream->coming_id);
    stream->event_id = newest;
    gia__progress_mark(stream->progress);
}

static int take_news(gia__stream_t *stream, gia_call_t *call, const gia_event_t *event)
{
    int rc = GIA_OK;

    if (stream->fold)
        rc = gia__fold_event(stream->fold, event, gia__decoder_revision(stream->decoder));
    if (rc == GIA_OK && event->type == GIA_EVENT_ERROR && !stream->failed)
        rc = keep_error(stream, event);
    if (event->type == GIA_EVENT_INTERACTION_COMPLETE)
        stream->complete = 1;
    if (event->index >= stream->next_index && event->index < MAX_INDEX)
        stream->next_index = event->index + 1;
    if (rc == GIA_OK && event->status != GIA_STATUS_NONE)
        rc = note_hop(stream, event);
    if (rc != GIA_OK)
        return rc;
    deliver(stream, call, event);
    return GIA_OK;
}

static int take_event(gia__stream_t *stream, gia_call_t *call, const gia_event_t *event)
{
    gia_event_t news;
    int rc = find_news(stream, event, &news);

    return rc == 1 ? take_news(stream, call, &news) : rc;
}

static int drain(gia__stream_t *stream, gia_call_t *call)
{
    const gia_event_t *event;
    int rc = GIA_OK;

    while (stream->draining && rc == GIA_OK && gia__call_flowing(call)) {
        rc = gia__decoder_next(stream->decoder, &event);
        if (rc == GIA__DECODER_EVENT)
            rc = take_event(stream, call, event);
        else
            stream->draining = 0;
    }
    if (!stream->draining)
        mark(stream);
    return rc;
}

int gia__stream_feed(gia__stream_t *stream, gia_call_t *call, const char *bytes, size_t len,
                     size_t *consumed)
{
    size_t done = 0, step;
    gia__sse_event_t event;
    int rc = drain(stream, call);

    while (rc == GIA_OK && !stream->deaf && done < len && gia__call_flowing(call)) {
        rc = gia__sse_feed(&stream->sse, bytes + done, len - done, &step, &event);
        if (rc < 0)
            break;
        done += step;
        if (rc == GIA__SSE_MORE)
            break;
        rc = gia__decoder_put(stream->decoder, &event, &stream->json_error);
        if (rc < 0)
            break;
        if (rc == GIA__DECODER_DONE) {
            rc = GIA_OK;
            continue;
        }
        stream->draining = 1;
        rc = drain(stream, call);
    }
    /* No more words are expected, though a marker may follow: the connection may end as it likes,
     * and what comes instead of the marker does not matter. */
    if (stream->complete || stream->failed)
        gia__call_complete(call);
    if (rc < 0 && stream->complete) {
        stream->deaf = 1;
        rc = GIA_OK;
    }
    *consumed = stream->deaf ? len : done;
    return rc;
}

static void report_service_error(gia__stream_t *stream, gia_call_t *call, gia_result_t *result)
{
    const gia__service_error_t *error = &stream->error;

    result->code = gia__service_error_code(error, 0);
    gia__ops_tell_error(error, result);
    gia__call_message(
        call, result, "the stream reports an error: %s%s%s", error->code ? error->code : "no code",
        error->message && *error->message ? ": " : "", error->message ? error->message : "");
}

/* A front end that cuts a stream may append a bare JSON error, which is no event. */
static int read_tail(gia__stream_t *stream)
{
    const char *tail;
    size_t len = gia__sse_tail(&stream->sse, &tail);
    char *copy;

    if (!len || !memchr("[{", tail[0], 2) || !(copy = gia__arena_dup(&stream->arena, tail, len)))
        return 0;
    return gia__ops_read_error(&stream->error, stream->client, &stream->arena, copy, len,
                               &stream->limits) == GIA_OK &&
           stream->error.json;
}

void gia__stream_judge(gia__stream_t *stream, gia_call_t *call, gia_result_t *result)
{
    const char *tail;
    int transport = result->code;

    stream->was_cut = 0;
    if (transport == GIA_EJSON || transport == GIA_EJSON_TOO_DEEP ||
        transport == GIA_EJSON_TOO_BIG) {
        gia__call_message(call, result, "event %llu of the stream: %s",
                          (unsigned long long)result->event_count + 1,
                          stream->json_error.message[0] ? stream->json_error.message
                                                        : gia_error_text(transport));
        return;
    }
    if (transport != GIA_OK && transport != GIA_ETRUNCATED && transport != GIA_ELOST)
        return; /* cancel, time, a ceiling: that is the reason, whatever stands in the stream */

    stream->was_cut = !stream->failed && !stream->complete && read_tail(stream);
    if (stream->failed || stream->was_cut) {
        report_service_error(stream, call, result);
    } else if (stream->complete) {
        result->code = GIA_OK;
        gia__call_message(call, result, "%s", gia_error_text(GIA_OK));
    } else if (transport == GIA_OK && result->event_count == 0) {
        result->code = GIA_EPROTOCOL;
        if (gia__sse_tail(&stream->sse, &tail))
            gia__call_message(call, result,
                              "the answer is no event stream: there is not one event in it");
        else
            gia__call_message(call, result, "the stream ended without one event");
    } else if (transport != GIA_ELOST) {
        result->code = GIA_ETRUNCATED;
        gia__call_message(call, result,
                          "the stream ended after %llu events without interaction.complete",
                          (unsigned long long)result->event_count);
    }
}

int gia__stream_was_cut(const gia__stream_t *stream)
{
    return stream->was_cut;
}

const char *gia__stream_event_id(const gia__stream_t *stream)
{
    return stream->event_id.len ? stream->event_id.data : NULL;
}

void gia__stream_take_up(gia__stream_t *stream)
{
    gia__sse_reset(&stream->sse);
    stream->deaf = stream->draining = 0;
    stream->was_cut = stream->skips = 0;
    stream->is_taken_up = 1;
    gia__buf_clear(&stream->coming_id);
    gia__decoder_forget_halves(stream->decoder);
    gia__progress_rewind(stream->progress, stream->event_id.len > 0);
}

void gia__stream_end(gia__stream_t *stream, gia_call_t *call, gia_result_t *result)
{
    int rc = GIA_OK;

    gia_interaction_release(stream->interaction);
    stream->interaction = NULL;
    if (stream->fold)
        rc = gia__fold_finish(stream->fold, &stream->interaction, &stream->limits,
                              stream->client->settings.config.max_json_bytes);
    if (rc != GIA_OK && result->code == GIA_OK) {
        result->code = rc;
        gia__call_message(call, result, "the stream is complete, but could not be folded: %s",
                          gia_error_text(rc));
    }
    result->interaction = stream->interaction;
}

gia__hop_t gia__stream_hop(const gia__stream_t *stream)
{
    return (gia__hop_t){stream->status, stream->id, stream->token, stream->interaction,
                        stream->next_index};
}
