/* Plays a stream's bytes through parser, decoder and fold, and writes down what came out. */
#ifndef TEST_PLAYBACK_H
#define TEST_PLAYBACK_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gia/error.h>
#include <gia/event.h>

#include "core/mem.h"
#include "json/value.h"
#include "wire/event.h"
#include "wire/fold.h"
#include "wire/sse.h"

enum { PLAYBACK_MAX = 64 * 1024 * 1024 };

static const gia__json_limits_t PLAYBACK_LIMITS = {.max_depth = 64};

typedef struct text_s {
    char *data;
    size_t len, capacity;
} text_t;

typedef struct playback_s {
    gia__mem_t mem;
    gia__sse_t sse;
    gia__decoder_t *decoder;
    gia__fold_t *fold; /* NULL: not asked for */
    int done;          /* markers seen */
    int n_events;
    int revision;
    gia_status_t status; /* the last one */
    text_t names;        /* wire names of what the server sent, one a line */
    text_t model;        /* one line an event, without what differs by revision */
    text_t text;         /* text of deltas */
    text_t arguments;
    text_t error_code;
} playback_t;

__attribute__((format(printf, 2, 3))) static inline void say(text_t *text, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (text->len + (size_t)len + 1 > text->capacity) {
        text->capacity = 2 * (text->len + (size_t)len + 1);
        text->data = realloc(text->data, text->capacity);
    }
    va_start(args, format);
    vsnprintf(text->data + text->len, (size_t)len + 1, format, args);
    va_end(args);
    text->len += (size_t)len;
}

static inline const char *said(const text_t *text)
{
    return text->data ? text->data : "";
}

/* 0, or the code of what could not be made. */
static inline int playback_begin(playback_t *play, const gia_allocator_t *allocator, int with_fold)
{
    *play = (playback_t){.mem = gia__mem_init(allocator)};
    gia__sse_init(&play->sse, &play->mem, PLAYBACK_MAX, PLAYBACK_MAX);
    play->decoder = gia__decoder_new(&play->mem, &PLAYBACK_LIMITS, PLAYBACK_MAX, PLAYBACK_MAX);
    if (!play->decoder)
        return GIA_ENOMEM;
    if (with_fold && !(play->fold = gia__fold_new(&play->mem, PLAYBACK_MAX)))
        return GIA_ENOMEM;
    return GIA_OK;
}

static inline void playback_end(playback_t *play)
{
    gia__sse_free(&play->sse);
    gia__decoder_free(play->decoder);
    gia__fold_free(play->fold);
    free(play->names.data);
    free(play->model.data);
    free(play->text.data);
    free(play->arguments.data);
    free(play->error_code.data);
}

static inline const char *or_none(const char *text)
{
    return text ? text : "-";
}

static inline void write_down(playback_t *play, const gia_event_t *event)
{
    const gia_delta_t *delta = &event->delta;

    play->n_events++;
    if (event->json)
        say(&play->names, "%s\n", event->wire_name);
    say(&play->model, "%s %" PRId64, event->type ? event->name : "other", event->index);
    switch (event->type) {
    case GIA_EVENT_CONTENT_START: say(&play->model, " %s", event->step_type_name); break;
    case GIA_EVENT_CONTENT_DELTA:
        say(&play->model, " %s", delta->type_name);
        if (delta->text)
            say(&play->model, " <%s>", delta->text);
        if (delta->type == GIA_DELTA_TEXT)
            say(&play->text, "%s", delta->text ? delta->text : "");
        if (delta->arguments) {
            say(&play->model, " (%s)", delta->arguments);
            say(&play->arguments, "%s", delta->arguments);
        }
        break;
    case GIA_EVENT_ERROR:
        say(&play->error_code, "%s", or_none(event->error_code));
        say(&play->model, " %s", or_none(event->error_code));
        break;
    default: break;
    }
    if (event->status) {
        say(&play->model, " %s", event->status_text);
        play->status = event->status;
    }
    say(&play->model, "\n");
}

/* 0, or a negative code. */
static inline int playback_event(playback_t *play, gia__sse_event_t *sse)
{
    gia__json_error_t error;
    const gia_event_t *event;
    int rc = gia__decoder_put(play->decoder, sse, &error);

    if (rc < 0)
        return rc;
    play->done += rc == GIA__DECODER_DONE;
    while ((rc = gia__decoder_next(play->decoder, &event)) == GIA__DECODER_EVENT) {
        play->revision = gia__decoder_revision(play->decoder);
        write_down(play, event);
        if (play->fold && (rc = gia__fold_event(play->fold, event, play->revision)) < 0)
            return rc;
    }
    return rc;
}

static inline int playback_feed(playback_t *play, const char *bytes, size_t len)
{
    gia__sse_event_t event;
    size_t used;
    int rc;

    while ((rc = gia__sse_feed(&play->sse, bytes, len, &used, &event)) == GIA__SSE_EVENT) {
        rc = playback_event(play, &event);
        if (rc < 0)
            return rc;
        bytes += used;
        len -= used;
    }
    return rc;
}

/* One event's JSON, as if it had come in a frame without a name. */
static inline int playback_json(playback_t *play, const char *json)
{
    gia__sse_event_t event = {.type = "", .last_id = ""};
    size_t len = strlen(json);
    char *data = malloc(len + 1);
    int rc;

    memcpy(data, json, len + 1);
    event.data = data;
    event.data_len = len;
    rc = playback_event(play, &event);
    free(data);
    return rc;
}

static inline int playback_finish(playback_t *play, gia_interaction_t **out)
{
    return gia__fold_finish(play->fold, out, &PLAYBACK_LIMITS, PLAYBACK_MAX);
}

#endif
