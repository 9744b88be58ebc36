/*
 * exchange.c - one request and its answer, played over time, whatever the HTTP version.
 *
 * The exchange decides how far the body may be sent (released); the transport fetches what may go
 * when its connection has room. So pacing needs no copies, and a slow reader stops everything by
 * itself.
 */
#include "internal.h"

#include <stdlib.h>

#define GRACE 5 /* ms between the last byte and a fault */

static void release(sim_exchange_t *exchange);

sim_exchange_t *sim_exchange_new(sim_t *sim, sim_message_t *message,
                                 const sim_transport_t *transport, void *stream)
{
    sim_exchange_t *exchange = sim_allocate(sizeof *exchange);
    exchange->sim = sim;
    exchange->message = message;
    exchange->transport = transport;
    exchange->stream = stream;
    sim_answer_init(&exchange->answer);

    const sim_request_t *request = &message->request;
    sim->counts.requests++;
    sim->counts.streams_open++;
    sim_log_add(&sim->log, message);
    if (!sim_script_answer(sim, message, &exchange->answer)) {
        sim_service_answer(sim, request, sim_wants_legacy(sim, request), &exchange->answer);
        exchange->answer.interval = sim->options.pace_ms;
    }
    sim_message_settle(message);
    message->request.status =
        exchange->answer.silent || exchange->answer.is_raw ? 0 : exchange->answer.status;
    if (sim->options.on_request)
        sim->options.on_request(request, sim->options.data);
    return exchange;
}

static void on_timer(uv_timer_t *timer)
{
    sim_exchange_t *exchange = timer->data;
    exchange->next(exchange);
}

static void wait_then(sim_exchange_t *exchange, uint64_t milliseconds,
                      void (*next)(sim_exchange_t *))
{
    if (milliseconds == 0) {
        next(exchange);
        return;
    }
    if (!exchange->has_timer) {
        uv_timer_init(exchange->sim->loop, &exchange->timer);
        exchange->timer.data = exchange;
        exchange->has_timer = 1;
        sim_handle_opened(exchange->sim, (uv_handle_t *)&exchange->timer);
    }
    exchange->next = next;
    uv_update_time(
        exchange->sim->loop); /* a pause counts from now, not from when the loop last looked */
    uv_timer_start(&exchange->timer, on_timer, milliseconds, 0);
}

static size_t body_end(const sim_exchange_t *exchange)
{
    const sim_answer_t *answer = &exchange->answer;
    return answer->cut_at < answer->body.length ? answer->cut_at : answer->body.length;
}

/* Lets the transport send one step more, and arranges for the step after that. */
static void release(sim_exchange_t *exchange)
{
    const sim_answer_t *answer = &exchange->answer;
    size_t end = body_end(exchange);
    size_t next = end;
    uint64_t pause = 0;

    exchange->releasing = 1;
    if (answer->interval) {
        while (exchange->frame < answer->frame_count &&
               answer->frame_ends[exchange->frame] <= exchange->released)
            exchange->frame++;
        if (exchange->frame < answer->frame_count && answer->frame_ends[exchange->frame] < next)
            next = answer->frame_ends[exchange->frame];
        pause = answer->interval;
    }
    if (answer->chunk_bytes && answer->chunk_bytes < next - exchange->released) {
        next = exchange->released + answer->chunk_bytes;
        pause = answer->chunk_interval;
    }
    exchange->released = next;
    if (next < end) {
        if (pause)
            wait_then(exchange, pause, release);
        else
            exchange->release_on_drain = 1;
    }
    exchange->transport->wake(exchange);
}

static void send_headers(sim_exchange_t *exchange)
{
    const sim_answer_t *answer = &exchange->answer;
    if (answer->is_raw) {
        exchange->transport->raw(exchange);
        return;
    }
    if (answer->silent) {
        sim_exchange_strike(exchange);
        return;
    }
    exchange->answering = 1;
    exchange->transport->headers(exchange);
    wait_then(exchange, answer->first_byte_delay, release);
}

void sim_exchange_start(sim_exchange_t *exchange)
{
    wait_then(exchange, exchange->answer.delay, send_headers);
}

size_t sim_exchange_take(sim_exchange_t *exchange, size_t limit, const char **bytes)
{
    size_t length = exchange->released - exchange->sent;
    if (length > limit)
        length = limit;
    if (exchange->answer.chunk_bytes && length > exchange->answer.chunk_bytes)
        length = exchange->answer.chunk_bytes;
    *bytes = length ? exchange->answer.body.data + exchange->sent : "";
    exchange->sent += length;
    return length;
}

int sim_exchange_took_all(const sim_exchange_t *exchange)
{
    return exchange->releasing && exchange->sent == body_end(exchange);
}

static void strike(sim_exchange_t *exchange)
{
    exchange->transport->fault(exchange, exchange->answer.end);
}

void sim_exchange_strike(sim_exchange_t *exchange)
{
    exchange->struck = 1;
    /*
     * The client has some time to read what came before. Otherwise it would meet bytes and fault
     * in one read, and some (libcurl with HTTP/2) then forget the bytes.
     */
    if (exchange->answer.end != SIM_END_STALL)
        wait_then(exchange, exchange->answering ? GRACE : 0, strike);
}

void sim_exchange_drained(sim_exchange_t *exchange)
{
    if (exchange->release_on_drain && exchange->sent == exchange->released) {
        exchange->release_on_drain = 0;
        release(exchange);
    }
}

static void free_exchange(sim_exchange_t *exchange)
{
    sim_answer_free(&exchange->answer);
    sim_message_release(exchange->message);
    free(exchange);
}

static void on_timer_closed(uv_handle_t *handle)
{
    sim_exchange_t *exchange = handle->data;
    sim_t *sim = exchange->sim;
    free_exchange(exchange);
    sim_handle_closed(sim);
}

void sim_exchange_end(sim_exchange_t *exchange, int gone)
{
    sim_t *sim = exchange->sim;
    sim->counts.streams_open--;
    if (gone)
        sim->counts.clients_gone++;
    else if (exchange->answer.completes && exchange->answer.end == SIM_END_NORMAL)
        sim_service_completed(sim, exchange->answer.completes);
    if (exchange->has_timer)
        uv_close((uv_handle_t *)&exchange->timer, on_timer_closed);
    else
        free_exchange(exchange);
}
