/*
 * answer.c - the plan of an answer: what is said, how it is paced, how it ends.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

void sim_answer_init(sim_answer_t *answer)
{
    memset(answer, 0, sizeof *answer);
    answer->status = 200;
    answer->content_length = -1;
    answer->cut_at = SIM_NOWHERE;
}

void sim_answer_free(sim_answer_t *answer)
{
    sim_headers_free(&answer->headers);
    sim_buffer_free(&answer->body);
    free(answer->frame_ends);
    free(answer->completes);
}

void sim_answer_clear_body(sim_answer_t *answer)
{
    sim_buffer_free(&answer->body);
    answer->frame_count = 0;
}

void sim_answer_frame_end(sim_answer_t *answer)
{
    if (answer->frame_count == answer->frame_capacity) {
        answer->frame_capacity = answer->frame_capacity ? answer->frame_capacity * 2 : 32;
        answer->frame_ends =
            sim_resize(answer->frame_ends, answer->frame_capacity * sizeof *answer->frame_ends);
    }
    answer->frame_ends[answer->frame_count++] = answer->body.length;
}

void sim_answer_split_frames(sim_answer_t *answer)
{
    const char *bytes = answer->body.data;
    size_t length = answer->body.length;
    size_t line = 0; /* length of the current line */
    answer->frame_count = 0;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            line++;
            continue;
        }
        if (bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n')
            i++;
        if (line == 0) {
            size_t whole = answer->body.length;
            answer->body.length = i + 1;
            sim_answer_frame_end(answer);
            answer->body.length = whole;
        }
        line = 0;
    }
}

void sim_answer_json(sim_answer_t *answer, int status, const json_t *body)
{
    answer->status = status;
    answer->framing = SIM_FRAMING_LENGTH;
    sim_headers_set(&answer->headers, "content-type", "application/json; charset=UTF-8");
    sim_answer_clear_body(answer);
    sim_buffer_json(&answer->body, body, JSON_COMPACT);
}

void sim_answer_error(sim_answer_t *answer, int status, const char *code, const char *message,
                      int legacy)
{
    json_t *error = sim_render_error(status, code, message, legacy);
    sim_answer_json(answer, status, error);
    json_decref(error);
}

void sim_answer_stream(sim_answer_t *answer)
{
    answer->status = 200;
    answer->framing = SIM_FRAMING_CHUNKED;
    sim_headers_set(&answer->headers, "content-type", "text/event-stream");
    sim_headers_set(&answer->headers, "cache-control", "no-cache");
}
