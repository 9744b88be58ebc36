/*
 * message.c - a request from its head to its last byte, and what may happen to it on the way.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define BODY_KEPT ((size_t)1024 * 1024)

sim_message_t *sim_message_new(int http_version, unsigned connection)
{
    sim_message_t *message = sim_allocate(sizeof *message);
    message->references = 1;
    message->request.http_version = http_version;
    message->request.connection = connection;
    message->break_after = SIM_NOWHERE;
    message->answer_after = SIM_NOWHERE;
    message->take_bytes = SIM_NOWHERE;
    return message;
}

/* Makes visible what is there of the head: all but trailers. */
static void show_head(sim_message_t *message)
{
    sim_request_t *request = &message->request;
    if (!request->path) {
        char *question = strchr(message->target, '?');
        if (question)
            *question = '\0';
        request->method = message->method;
        request->path = message->target;
        request->query = question ? question + 1 : NULL;
    }
    request->headers = message->headers.items;
    request->header_count = message->headers.count;
}

void sim_message_complete(sim_t *sim, sim_message_t *message)
{
    sim_request_t *request = &message->request;
    show_head(message);
    request->time = uv_now(sim->loop);
    request->json = sim_body_complete(&message->body, request->body_sha256);
    request->body = message->body.kept.data;
    request->body_kept = message->body.kept.length;
    request->body_length = message->body.length;
}

/* The first bytes of a body are there: what the head says about them counts now. */
static void begin_body(sim_t *sim, sim_message_t *message)
{
    show_head(message);
    message->has_begun = 1;
    sim_script_prepare(sim, message);
    message->upload = sim_files_begin_piece(sim, &message->request);
    message->body.is_data = message->upload != NULL;
}

/* What arrived before the connection is broken stays in the log. */
static void break_off(sim_t *sim, sim_message_t *message)
{
    sim_message_complete(sim, message);
    sim_message_settle(message);
    sim->counts.requests++;
    sim_log_add(&sim->log, message);
    if (sim->options.on_request)
        sim->options.on_request(&message->request, sim->options.data);
}

sim_end_t sim_message_receive(sim_t *sim, sim_message_t *message, const char *bytes, size_t length)
{
    if (!message->has_begun)
        begin_body(sim, message);
    size_t limit = sim->options.body_limit ? sim->options.body_limit : BODY_KEPT;
    size_t left = message->break_after - message->body.length;
    int breaks = message->break_after != SIM_NOWHERE && length >= left;
    if (breaks)
        length = left;
    sim_body_add(&message->body, bytes, length, limit);
    if (message->upload) {
        size_t taken = length < message->take_bytes ? length : message->take_bytes;
        if (message->take_bytes != SIM_NOWHERE)
            message->take_bytes -= taken;
        sim_files_receive(message->upload, &message->request, bytes, taken);
    }
    message->answered_early = message->body.length >= message->answer_after;
    if (!breaks)
        return SIM_END_NORMAL;
    break_off(sim, message);
    return message->break_end;
}

void sim_message_settle(sim_message_t *message)
{
    if (message->upload)
        sim_files_end_piece(message->upload, &message->request);
    message->upload = NULL;
}

void sim_message_release(sim_message_t *message)
{
    if (--message->references)
        return;
    sim_message_settle(message);
    if (message->reply)
        sim_reply_release(message->reply);
    json_decref(message->request.json);
    free(message->method);
    free(message->target);
    sim_headers_free(&message->headers);
    sim_body_free(&message->body);
    free(message);
}
