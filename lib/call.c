/* One operation, one end: the life of a call from start to on_done.
 *
 *     state     input                   next
 *     READY     the pump's turn         WAITING
 *               no token is there       TOKENLESS
 *     TOKENLESS the program gives one   READY, or ENDED if it has none
 *     WAITING   the gate lets it in     RUNNING, or TOKENLESS
 *     RUNNING   the exchange ends       ENDED, unless paused with bytes in hand: then on resume
 *               its receiver wants more RESTING
 *     RESTING   the delay is over       READY
 *     any       cancel, close, timeout  ENDED
 *     any       cancel, run and all     READY, if its receiver has the service's cancel to send,
 *                                       which is the call's last exchange; else ENDED
 *     ENDED     the timer has closed    freed
 */
#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "headers.h"
#include "line.h"

/* How long a connection may stay open after a stream's last word. */
enum { LINGER_MS = 1000, MAX_MESSAGE = 640 };

enum call_state { READY, TOKENLESS, WAITING, RUNNING, RESTING, ENDED };

struct gia_call_s {
    gia__member_t member; /* first: the pump hands it back */
    gia_client_t *client;
    gia_call_options_t options;
    enum call_state state;
    gia__ticket_t ticket;
    gia__receiver_t *receiver;
    gia__transfer_t *transfer;
    gia__exchange_t exchange;
    int goes_on;           /* the receiver wants another exchange */
    gia__reason_t reason;  /* … for that reason */
    uint64_t rest_ms;      /* … after so long */
    uint64_t rested_at_ms; /* RESTING: when that is over */
    gia__token_wait_t token_wait;
    unsigned token_generation; /* of the token that the exchange is made with */
    int token_refused;         /* the service did not accept it: the answer does not count */
    int token_renewed;         /* that has happened: once is enough */
    gia__buf_t held;           /* bytes that came before a pause and wait for the resume */

    uv_timer_t timer;
    uint64_t started_ms;
    uint64_t resumed_ms;   /* the silence before it was ours */
    uint64_t timer_due_ms; /* UINT64_MAX when stopped */

    int ending;      /* decided: no more events */
    int end_code;    /* by cancel, timeout or the receiver; GIA_OK when all was said before */
    int cancels_run; /* canceled, but first the receiver may send the service's cancel */
    int cancel_code; /* how that went, as far as it is known here */
    int paused;
    int hands_out; /* the receiver has more bytes to hand out */
    int held_back; /* the receiver was stopped by a pause and wants on_body again, with what is held
                    */
    int releasing; /* which is happening now */
    int exchange_ended;
    int complete;
    uint64_t complete_ms;
    unsigned attempts;
    int request_sent;  /* of any exchange */
    int exchange_sent; /* of this one */
    uint64_t event_count;
    gia__track_t track;
    char message[MAX_MESSAGE];
};

static void rearm(gia_call_t *call);

static uint64_t now_ms(const gia_call_t *call)
{
    return uv_now(call->client->loop);
}

static void mark(gia_call_t *call)
{
    gia__client_mark(call->client, &call->member);
}

/* The first reason counts. */
static void end_with(gia_call_t *call, int code)
{
    if (!call->ending)
        call->end_code = code;
    call->ending = 1;
    mark(call);
}

int gia__call_flowing(const gia_call_t *call)
{
    return !call->ending && !call->paused;
}

void gia__call_deliver(gia_call_t *call, const gia_event_t *event)
{
    call->event_count++;
    gia__observe_event(call->client, &call->track, event);
    if (call->options.on_event)
        call->options.on_event(call, event, call->options.data);
}

void gia__call_complete(gia_call_t *call)
{
    if (!call->complete)
        call->complete_ms = now_ms(call);
    call->complete = 1;
    rearm(call);
}

int gia__call_status(const gia_call_t *call)
{
    return call->transfer ? gia__transfer_status(call->transfer) : 0;
}

const char *gia__call_content_type(const gia_call_t *call)
{
    return call->transfer ? gia__transfer_content_type(call->transfer) : "";
}

/* The user hears nothing any more but the end. */
static int is_stopped(const gia_call_t *call)
{
    return call->ending &&
           (call->end_code == GIA_ECANCELED || call->end_code == GIA_ETOTAL_TIMEOUT);
}

/* It ends whatever its receiver wants. */
static int is_over(const gia_call_t *call)
{
    return is_stopped(call) && !call->cancels_run;
}

void gia__call_again(gia_call_t *call, gia__exchange_t *exchange, uint64_t delay_ms,
                     gia__reason_t reason)
{
    if (is_over(call))
        return;
    call->goes_on = 1;
    call->reason = reason;
    call->rest_ms = delay_ms;
    if (exchange)
        gia__exchange_move(&call->exchange, exchange);
}

void gia__call_hand_out(gia_call_t *call, gia__buf_t *bytes)
{
    if (is_stopped(call))
        return;
    gia__buf_free(&call->held);
    call->held = *bytes;
    gia__buf_init(bytes, call->held.mem, bytes->max);
    call->hands_out = call->held_back = 1;
}

int gia__call_cancels_run(const gia_call_t *call)
{
    return call->cancels_run;
}

int gia__call_exchange_was_sent(const gia_call_t *call)
{
    return call->exchange_sent;
}

int gia__call_answer_is_whole(const gia_call_t *call)
{
    return call->complete || (call->transfer && call->exchange_ended &&
                              gia__transfer_outcome(call->transfer, NULL, NULL) == GIA_OK);
}

int64_t gia__call_age_ms(const gia_call_t *call)
{
    return (int64_t)(now_ms(call) - call->started_ms);
}

int64_t gia__call_time_left_ms(const gia_call_t *call)
{
    int64_t total_ms = call->options.total_timeout_ms;

    return total_ms < 0 ? INT64_MAX : total_ms - gia__call_age_ms(call);
}

const gia_call_options_t *gia__call_options(const gia_call_t *call)
{
    return &call->options;
}

const gia__exchange_t *gia__call_exchange(const gia_call_t *call)
{
    return &call->exchange;
}

void gia__call_progress(gia_call_t *call, gia_upload_progress_cb cb, int64_t sent, int64_t total)
{
    if (cb && !is_stopped(call))
        cb(call, sent, total, call->options.data);
}

void gia__call_reconnecting(gia_call_t *call, const gia_result_t *result)
{
    if (call->options.on_reconnect && !is_stopped(call))
        call->options.on_reconnect(call, result, call->options.data);
}

void gia__call_tell_status(gia_call_t *call, gia_status_cb cb, const gia_interaction_t *interaction)
{
    if (cb && !is_stopped(call))
        cb(call, interaction, call->options.data);
}

const char *gia__call_header(const gia_call_t *call, const char *name)
{
    return call->transfer ? gia__transfer_header(call->transfer, name) : NULL;
}

/* Whatever a server or libcurl put in: one line, whole characters, no key. */
void gia__call_message(gia_call_t *call, gia_result_t *result, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(call->message, sizeof(call->message), format, arguments);
    va_end(arguments);
    gia__settings_redact_message(&call->client->settings, call->message, sizeof(call->message));
    result->message = call->message;
}

void gia__call_fail(gia_call_t *call, gia_result_t *result, int code)
{
    result->code = code;
    gia__call_message(call, result, "%s", gia_error_text(code));
}

/* -- time -- */

/* The earlier of `due` and `since` + `timeout`; a negative timeout is never. */
static uint64_t earlier(uint64_t due, uint64_t since, int64_t timeout_ms)
{
    uint64_t at;

    if (timeout_ms < 0)
        return due;
    at = since + (uint64_t)timeout_ms;
    return at < since || at > due ? due : at;
}

/* Reads only leave a timestamp; the timer looks at it when it fires, so bytes never touch the timer
 * heap. */
static uint64_t quiet_since_ms(const gia_call_t *call)
{
    uint64_t active_ms = gia__transfer_active_ms(call->transfer);

    return active_ms > call->resumed_ms ? active_ms : call->resumed_ms;
}

/* When the call as a whole, or all that its exchange is a part of, has lasted too long, and the
 * code for that. */
static uint64_t whole_due(const gia_call_t *call, int *code)
{
    uint64_t due = earlier(UINT64_MAX, call->started_ms, call->options.total_timeout_ms);

    *code = GIA_ETOTAL_TIMEOUT;
    if (!call->exchange.until_ms || call->exchange.until_ms >= due)
        return due;
    *code = call->exchange.until_code;
    return call->exchange.until_ms;
}

static int64_t first_byte_timeout_ms(const gia_call_t *call)
{
    int64_t timeout_ms = call->options.first_byte_timeout_ms;
    int64_t ceiling_ms = call->exchange.first_byte_ceiling_ms;

    return ceiling_ms && (timeout_ms < 0 || timeout_ms > ceiling_ms) ? ceiling_ms : timeout_ms;
}

/* When the phase that the exchange is in has lasted too long, and the code for that. */
static uint64_t phase_due(const gia_call_t *call, int *code)
{
    int64_t timeout_ms = GIA_NO_TIMEOUT;

    *code = GIA_OK;
    if (call->state == RESTING)
        return call->rested_at_ms;
    if (call->state != RUNNING || !call->transfer || call->exchange_ended)
        return UINT64_MAX;
    if (call->paused && gia__transfer_phase(call->transfer) != GIA__PHASE_CONNECTING)
        return UINT64_MAX;
    if (call->complete)
        return earlier(UINT64_MAX, call->complete_ms, LINGER_MS);
    switch (gia__transfer_phase(call->transfer)) {
    case GIA__PHASE_CONNECTING:
        *code = GIA_ECONNECT_TIMEOUT;
        timeout_ms = call->options.connect_timeout_ms;
        break;
    case GIA__PHASE_WAITING:
        *code = GIA_EFIRST_BYTE_TIMEOUT;
        timeout_ms = first_byte_timeout_ms(call);
        break;
    case GIA__PHASE_RECEIVING:
        *code = GIA_EIDLE_TIMEOUT;
        timeout_ms = call->options.idle_timeout_ms;
        break;
    }
    return earlier(UINT64_MAX, quiet_since_ms(call), timeout_ms);
}

/* Timers come before I/O. When the program was busy for long, what came in time still lies in the
 * socket: the loop looks there before anybody is blamed. */
static void look_at_time(gia_call_t *call, int sockets_were_read)
{
    int phase_code, phase_is_over = phase_due(call, &phase_code) <= now_ms(call);
    int whole_code, whole_is_over = whole_due(call, &whole_code) <= now_ms(call);

    if (!phase_is_over && !whole_is_over) {
        rearm(call);
    } else if (call->state == RESTING && !whole_is_over) {
        call->state = READY;
        mark(call);
        rearm(call);
    } else if (!sockets_were_read) {
        gia__client_look_again(call->client, &call->member);
    } else if (call->complete) {
        end_with(call, GIA_OK); /* all was said: the connection need not end, nor a pause */
    } else {
        end_with(call, whole_is_over ? whole_code : phase_code);
    }
}

static void look_again(gia__member_t *member)
{
    look_at_time((gia_call_t *)member, 1);
}

static void timer_fired(uv_timer_t *timer)
{
    gia_call_t *call = timer->data;

    call->timer_due_ms = UINT64_MAX;
    look_at_time(call, 0);
}

static void start_timer(gia_call_t *call, uint64_t due_ms)
{
    call->timer_due_ms = due_ms;
    uv_timer_start(&call->timer, timer_fired, due_ms > now_ms(call) ? due_ms - now_ms(call) : 0, 0);
}

static void rearm(gia_call_t *call)
{
    uint64_t due, whole;
    int code;

    if (call->state == ENDED)
        return;
    due = phase_due(call, &code);
    whole = whole_due(call, &code);
    if (whole < due)
        due = whole;
    if (due >= call->timer_due_ms)
        return; /* fires early enough to look again */
    start_timer(call, due);
}

/* -- the exchange -- */

static void on_phase(gia__transfer_t *transfer, gia__phase_t phase, void *data)
{
    gia_call_t *call = data;

    call->request_sent = call->exchange_sent = 1;
    gia__observe_phase(call->client, &call->track, phase);
    gia__line_connected(call->client, &call->ticket);
    if (phase == GIA__PHASE_RECEIVING)
        gia__client_learn_http(call->client, gia__transfer_http_major(transfer));
    rearm(call);
}

/* Whether the answer says that the token is no good, and another may be. */
static int refuses_token(gia_call_t *call)
{
    if (!call->client->token.get || call->token_refused || call->token_renewed ||
        gia__call_status(call) != 401)
        return call->token_refused;
    call->token_refused = gia__token_refuse(call->client, call->token_generation);
    return call->token_refused;
}

static gia__body_verdict_t on_body(gia__transfer_t *transfer, const char *bytes, size_t len,
                                   void *data)
{
    gia_call_t *call = data;
    size_t consumed = len;
    int rc;

    if (call->ending)
        return GIA__BODY_ENOUGH;
    if (refuses_token(call))
        return GIA__BODY_ENOUGH; /* its words do not matter */
    /* What was held back comes first, even if the pause is over already. */
    if (call->paused || call->held_back || call->releasing)
        return GIA__BODY_LATER;
    rc = call->receiver->on_body(call->receiver, call, bytes, len, &consumed);
    if (rc == GIA_OK && !gia__call_flowing(call) && !call->ending) {
        call->held_back = 1; /* perhaps no bytes, but events that the receiver has still to tell */
        if (gia__buf_add(&call->held, bytes + consumed, len - consumed) != GIA__BUF_OK)
            rc = GIA_ENOMEM;
    }
    if (rc != GIA_OK)
        end_with(call, rc);
    return call->ending ? GIA__BODY_ENOUGH : GIA__BODY_TAKEN;
}

static void on_exchange_ended(gia__transfer_t *transfer, void *data)
{
    gia_call_t *call = data;
    int status = gia__transfer_status(transfer);

    call->exchange_ended = 1;
    /* A pause does not keep others waiting; but first they hear what a refusal says. */
    if (call->paused || !gia__line_may_be_refusal(status))
        gia__line_leave(call->client, &call->ticket, status >= 200 && status <= 299);
    mark(call);
}

static int start_exchange(gia_call_t *call)
{
    const gia_config_t *config = &call->client->settings.config;
    const gia__settings_t *settings = &call->client->settings;
    const gia__transfer_settings_t connection = {
        config->http_version, config->ca_file, config->proxy,
        gia__client_may_share_connections(call->client), config->max_header_bytes};
    const gia__transfer_callbacks_t callbacks = {on_phase, on_body, on_exchange_ended, call};
    const gia__exchange_t *exchange = &call->exchange;
    int has_body = gia__pieces_length(&exchange->body) > 0;
    gia__head_t head;
    int rc = gia__exchange_head(exchange, settings, &head);

    if (rc == GIA_OK)
        rc = gia__head_add(&head, call->options.headers, call->options.header_count);
    if (rc != GIA_OK)
        return rc;
    call->token_generation = call->client->token.generation;
    rc = gia__transfer_new(&call->transfer, &call->client->mem, call->client->multi, &connection,
                           exchange->method, exchange->url.data, head.lines, head.count,
                           has_body ? &exchange->body : NULL, &callbacks);
    if (rc == GIA_OK)
        rc = gia__transfer_start(call->transfer);
    if (rc != GIA_OK)
        return rc;
    call->attempts++;
    gia__observe_exchange(call->client, call, &call->track, exchange);
    return GIA_OK;
}

/* -- the end -- */

static void timer_closed(uv_handle_t *handle)
{
    gia_call_t *call = handle->data;
    gia_client_t *client = call->client;

    gia__mem_free(&client->mem, call);
    gia__client_handle_closed(client);
}

static void free_parts(gia_call_t *call)
{
    gia__transfer_free(call->transfer);
    call->transfer = NULL;
    call->receiver->free(call->receiver);
    gia__exchange_free(&call->exchange);
    gia__buf_free(&call->held);
    gia__mem_free(&call->client->mem, (void *)(uintptr_t)call->options.headers);
}

/* What the transport has to say; the receiver may know better. */
static void judge_transport(gia_call_t *call, gia_result_t *result)
{
    const char *detail = NULL;

    if (call->transfer && call->exchange_ended && !call->complete)
        result->code = gia__transfer_outcome(call->transfer, &result->curl_code, &detail);
    if (call->ending) {
        result->code = call->end_code;
        result->curl_code = 0;
        detail = NULL;
    }
    if (detail && result->code != GIA_OK)
        gia__call_message(call, result, "%s: %s", gia_error_text(result->code), detail);
    else
        gia__call_message(call, result, "%s", gia_error_text(result->code));
}

static void judge(gia_call_t *call, gia_result_t *result)
{
    memset(result, 0, sizeof(*result));
    judge_transport(call, result);
    result->retry_after_ms = call->transfer ? gia__transfer_retry_after_ms(call->transfer) : -1;
    if (result->code == GIA_ERATE_WAIT)
        result->retry_after_ms = gia__line_wait_ms(call->client, &call->ticket);
    result->http_status = gia__call_status(call);
    result->attempts = call->attempts;
    result->request_sent = call->request_sent;
    result->cancel_code = call->cancel_code;
    result->event_count = call->event_count;
}

/* Lets go of the connection and the place in line. */
static void leave_exchange(gia_call_t *call)
{
    gia__transfer_free(call->transfer);
    call->transfer = NULL;
    gia__line_leave(call->client, &call->ticket, 0);
    gia__token_leave(&call->token_wait);
}

/* To the next exchange; *result is what the last one has come to. */
static void go_on(gia_call_t *call, const gia_result_t *result)
{
    gia__observe_exchange_end(call->client, call, &call->track, call->transfer, result,
                              call->reason, call->rest_ms);
    leave_exchange(call);
    gia__buf_free(&call->held);
    call->held_back = 0;
    call->token_renewed = call->token_refused; /* one that was accepted may expire again */
    call->goes_on = call->ending = call->exchange_ended = call->complete = 0;
    call->token_refused = call->exchange_sent = call->cancels_run = 0;
    call->end_code = GIA_OK;
    call->state = call->rest_ms ? RESTING : READY;
    call->rested_at_ms = now_ms(call) + call->rest_ms;
    if (call->state == READY)
        mark(call);
    rearm(call);
}

static void end(gia_call_t *call, const gia_result_t *result)
{
    gia__observe_exchange_end(call->client, call, &call->track, call->transfer, result,
                              GIA__REASON_NONE, 0);
    gia__observe_call_end(call->client, call, &call->track, result, gia__call_age_ms(call));
    call->state = ENDED;
    gia__line_settle(call->client, &call->ticket, result);
    /* The user may start the next when he hears. */
    leave_exchange(call);
    gia__client_leave(call->client, &call->member);
    uv_timer_stop(&call->timer); /* it must not ask for a turn any more */
    if (call->options.on_done)
        call->options.on_done(call, result, call->options.data);

    free_parts(call);
    uv_close((uv_handle_t *)&call->timer, timer_closed);
}

/* The exchange is over, or the call is. */
static void finish(gia_call_t *call)
{
    int was_stopped = is_stopped(call);
    gia_result_t result;

    if (call->exchange_ended && !call->ending && refuses_token(call)) {
        call->reason = GIA__REASON_TOKEN;
        call->rest_ms = 0;
        judge(call, &result);
        result.code = GIA_EAUTHENTICATION;
        gia__call_message(call, &result, "%s", gia_error_text(result.code));
        go_on(call, &result);
        return;
    }
    judge(call, &result);
    if (call->attempts || call->cancels_run)
        call->receiver->on_end(call->receiver, call, &result);
    if (!call->hands_out) /* else it comes again */
        gia__line_learn(call->client, &call->ticket, &result);
    if (is_stopped(call) && !was_stopped) { /* by the user, from a callback: that is how it ends */
        call->goes_on = call->hands_out = 0;
        finish(call);
        return;
    }
    if (call->hands_out) {
        call->hands_out = call->ending = 0;
        mark(call);
    } else if (call->goes_on) {
        go_on(call, &result);
    } else {
        end(call, &result);
    }
}

/* Delivers what was held back by a pause; 0 if it has to wait on. */
static int release_held(gia_call_t *call)
{
    size_t consumed = call->held.len;
    int rc;

    if (call->paused)
        return 0;
    if (!call->held_back)
        return 1;
    call->releasing = 1;
    rc = call->receiver->on_body(call->receiver, call, call->held.data ? call->held.data : "",
                                 call->held.len, &consumed);
    call->releasing = 0;
    if (rc != GIA_OK) {
        end_with(call, rc);
        return 0;
    }
    if (call->ending)
        return 0;
    if (call->paused) {
        if (consumed) {
            call->held.len -= consumed;
            memmove(call->held.data, call->held.data + consumed, call->held.len);
        }
        return 0;
    }
    call->held_back = 0;
    gia__buf_free(&call->held);
    return 1;
}

static void stand_in_line(gia_call_t *call)
{
    const gia__exchange_t *exchange = &call->exchange;
    int64_t wait_ms;

    call->state = WAITING;
    gia__line_enter(call->client, &call->ticket, exchange->model, gia__exchange_tokens(exchange));
    wait_ms = gia__line_wait_ms(call->client, &call->ticket);
    if (wait_ms > 0 && wait_ms >= gia__call_time_left_ms(call))
        end_with(call, GIA_ERATE_WAIT);
}

static void run(gia__member_t *member)
{
    gia_call_t *call = (gia_call_t *)member;

    if (call->state == ENDED)
        return;
    gia__observe_call(call->client, call, &call->track, &call->exchange);
    if (!call->ending && (call->state == READY || call->state == WAITING) &&
        !gia__token_is_there(call->client)) {
        gia__line_leave(call->client, &call->ticket, 0);
        call->state = TOKENLESS;
        gia__token_wait(call->client, &call->token_wait);
    }
    if (!call->ending && call->state == READY)
        stand_in_line(call);
    if (!call->ending && call->state == WAITING && gia__ticket_is_inside(&call->ticket)) {
        int rc = start_exchange(call);
        call->state = RUNNING;
        if (rc != GIA_OK)
            end_with(call, rc);
        rearm(call);
    }
    if (!call->ending && call->state == RUNNING && release_held(call)) {
        if (call->exchange_ended) {
            finish(call);
            return;
        }
        gia__transfer_unpause(call->transfer);
    }
    if (call->ending)
        finish(call);
}

static void on_admitted(gia__ticket_t *ticket)
{
    mark(GIA__LIST_OBJECT(ticket, gia_call_t, ticket));
}

static void on_token(gia__token_wait_t *wait, int code)
{
    gia_call_t *call = GIA__LIST_OBJECT(wait, gia_call_t, token_wait);

    call->state = READY;
    if (code == GIA_OK)
        mark(call);
    else
        end_with(call, code);
}

/* Whatever else was about to end it: who cancels hears that he did. */
static void cancel(gia__member_t *member)
{
    gia_call_t *call = (gia_call_t *)member;

    if (call->cancels_run) { /* there is no time for that any more */
        call->cancels_run = 0;
        call->cancel_code = GIA_ECANCELED;
    }
    call->ending = 0;
    end_with(call, GIA_ECANCELED);
}

/* -- the start -- */

int gia__call_options_are_usable(const gia_call_options_t *options)
{
    gia_call_options_t whole;

    if (!options)
        return 1;
    if (options->size < sizeof(options->size))
        return 0;
    gia__call_options_read(&whole, options);
    return gia__headers_are_usable(whole.headers, whole.header_count);
}

void gia__call_options_read(gia_call_options_t *copy, const gia_call_options_t *options)
{
    memset(copy, 0, sizeof(*copy));
    if (options)
        memcpy(copy, options, options->size < sizeof(*copy) ? options->size : sizeof(*copy));
}

static void resolve_defaults(gia_call_options_t *options, const gia_config_t *config)
{
    options->connect_timeout_ms =
        gia__timeout_of(options->connect_timeout_ms, config->connect_timeout_ms);
    options->first_byte_timeout_ms =
        gia__timeout_of(options->first_byte_timeout_ms, config->first_byte_timeout_ms);
    options->idle_timeout_ms = gia__timeout_of(options->idle_timeout_ms, config->idle_timeout_ms);
    options->total_timeout_ms =
        gia__timeout_of(options->total_timeout_ms, config->total_timeout_ms);
    if (!options->max_attempts)
        options->max_attempts = config->max_attempts;
}

int gia__call_start(gia_call_t **out, gia_client_t *client, gia__exchange_t *exchange,
                    gia__receiver_t *receiver, const gia_call_options_t *options)
{
    gia_call_t *call = gia__mem_zalloc(&client->mem, sizeof(*call));
    int rc;

    if (!call)
        return GIA_ENOMEM;
    call->client = client;
    call->member.run = run;
    call->member.look_again = look_again;
    call->member.cancel = cancel;
    gia__call_options_read(&call->options, options);
    resolve_defaults(&call->options, &client->settings.config);
    gia__buf_init(&call->held, &client->mem, SIZE_MAX);
    gia__exchange_init(&call->exchange, &client->mem, exchange->method, exchange->accept);
    gia__ticket_init(&call->ticket, on_admitted);
    gia__token_wait_init(&call->token_wait, on_token);

    rc = gia__headers_copy(&call->options.headers, &client->mem, call->options.headers,
                           call->options.header_count);
    if (rc == GIA_OK)
        rc = gia__client_join(client, &call->member);
    if (rc != GIA_OK) {
        gia__mem_free(&client->mem, (void *)(uintptr_t)call->options.headers);
        gia__mem_free(&client->mem, call);
        return rc;
    }
    gia__observe_start(client, &call->track);
    call->receiver = receiver;
    gia__exchange_move(&call->exchange, exchange);

    uv_timer_init(client->loop, &call->timer);
    call->timer.data = call;
    call->timer_due_ms = UINT64_MAX;
    gia__client_handle_opened(client);
    uv_update_time(client->loop); /* the program may have worked for long since the loop looked */
    call->started_ms = now_ms(call);
    rearm(call);
    mark(call);
    if (out)
        *out = call;
    return GIA_OK;
}

int gia__call_launch(gia_call_t **out, gia_client_t *client, gia__exchange_t *exchange,
                     gia__receiver_t *receiver, const gia_call_options_t *options)
{
    int rc = exchange->code;

    if (rc == GIA_OK)
        rc = receiver ? gia__call_start(out, client, exchange, receiver, options) : GIA_ENOMEM;
    if (rc != GIA_OK && receiver)
        receiver->free(receiver);
    gia__exchange_free(exchange);
    return rc;
}

void gia_call_cancel(gia_call_t *call)
{
    if (call && call->state != ENDED)
        cancel(&call->member);
}

void gia_call_cancel_remote(gia_call_t *call)
{
    if (!call || call->state == ENDED || is_stopped(call) || call->cancel_code != GIA_OK)
        return;
    cancel(&call->member);
    call->cancels_run = 1;
    call->cancel_code = GIA_EINVAL; /* until its receiver knows a run */
    call->paused = 0;
}

void gia_call_pause(gia_call_t *call)
{
    if (call && call->cancel_code == GIA_OK) /* else it has no events any more */
        call->paused = 1;
}

void gia_call_resume(gia_call_t *call)
{
    if (!call || !call->paused || call->state == ENDED)
        return;
    call->paused = 0;
    call->resumed_ms = now_ms(call);
    rearm(call);
    mark(call);
}

void *gia_call_data(const gia_call_t *call)
{
    return call->options.data;
}

void gia_call_set_data(gia_call_t *call, void *data)
{
    call->options.data = data;
}

gia_client_t *gia_call_client(const gia_call_t *call)
{
    return call->client;
}
