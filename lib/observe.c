/* What a client tells those who watch it: log lines, attempts, counters. */
#include "observe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LINE = 1024, MAX_PATH = 256, MAX_TIMES = 160 };

static const char *const words[] = {"",       "retry", "resume", "continuation",
                                    "upload", "poll",  "token",  "cancel"};

static uint64_t now_ms(const gia_client_t *client)
{
    return uv_now(client->loop);
}

/* -- log lines -- */

static int is_logged(const gia_client_t *client, gia_log_level_t level)
{
    const gia_config_t *config = &client->settings.config;

    return config->on_log && level <= config->log_level;
}

void gia__observe_log(gia_client_t *client, gia_call_t *call, gia_log_level_t level,
                      const char *format, ...)
{
    const gia_config_t *config = &client->settings.config;
    char line[MAX_LINE];
    va_list arguments;

    if (!is_logged(client, level))
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    gia__settings_redact_message(&client->settings, line, sizeof(line));
    config->on_log(client, call, level, line, config->observer_data);
}

/* What stands behind the host, without the values of the query: they can be secrets of their own.
 */
static const char *path_of(const gia_client_t *client, const gia__exchange_t *exchange, char *path,
                           size_t size)
{
    const char *from = exchange->url.data ? strstr(exchange->url.data, "://") : NULL;
    size_t len = 0;
    int in_query = 0, in_value = 0;

    from = from ? strchr(from + 3, '/') : NULL;
    for (; from && *from && len < size - 1; from++) {
        in_query |= *from == '?';
        in_value = in_query && (*from == '=' || (in_value && *from != '&'));
        if (!in_value)
            path[len++] = *from;
    }
    path[len] = '\0';
    gia__settings_redact_message(&client->settings, path, size); /* it may have been cut off */
    return path;
}

static size_t add_time(char *text, size_t size, size_t len, const char *name, int64_t ms)
{
    if (ms >= 0 && len < size)
        len += (size_t)snprintf(text + len, size - len, ", %s %" PRId64 " ms", name, ms);
    return len;
}

static const char *times_of(const gia_attempt_t *attempt, char *text, size_t size)
{
    size_t len = 0;

    *text = '\0';
    len = add_time(text, size, len, "connected", attempt->connected_ms);
    len = add_time(text, size, len, "first byte", attempt->first_byte_ms);
    len = add_time(text, size, len, "first delta", attempt->first_delta_ms);
    add_time(text, size, len, "end", attempt->end_ms);
    return text;
}

/* -- a call -- */

void gia__observe_start(gia_client_t *client, gia__track_t *track)
{
    track->number = ++client->stats.calls_started;
}

void gia__observe_call(gia_client_t *client, gia_call_t *call, gia__track_t *track,
                       const gia__exchange_t *exchange)
{
    char path[MAX_PATH];

    if (track->announced)
        return;
    track->announced = 1;
    if (is_logged(client, GIA_LOG_INFO))
        gia__observe_log(client, call, GIA_LOG_INFO, "call %" PRIu64 " begins: %s %s",
                         track->number, exchange->method,
                         path_of(client, exchange, path, sizeof(path)));
}

static void add(uint64_t *sum, int64_t tokens)
{
    if (tokens > 0)
        *sum += (uint64_t)tokens;
}

/* What is only read again was counted when it was made. */
static void count_tokens(gia_stats_t *stats, const gia__track_t *track,
                         const gia_interaction_t *interaction)
{
    const gia_usage_t *usage = gia_interaction_usage(interaction);

    if (!track->is_billed)
        return;
    if (!usage)
        usage = &track->usage;
    add(&stats->input_tokens, usage->total_input_tokens);
    add(&stats->output_tokens, usage->total_output_tokens);
    add(&stats->thought_tokens, usage->total_thought_tokens);
}

void gia__observe_call_end(gia_client_t *client, gia_call_t *call, const gia__track_t *track,
                           const gia_result_t *result, int64_t age_ms)
{
    int failed = result->code != GIA_OK;

    if (!failed)
        client->stats.calls_succeeded++;
    else if (result->code == GIA_ECANCELED)
        client->stats.calls_canceled++;
    else
        client->stats.calls_failed++;
    count_tokens(&client->stats, track, result->interaction);
    gia__observe_log(client, call, GIA_LOG_INFO,
                     "call %" PRIu64 " ends: %s, %u attempts, %" PRId64 " ms%s%s", track->number,
                     gia_error_name(result->code), result->attempts, age_ms, failed ? ": " : "",
                     failed ? result->message : "");
}

/* -- an exchange -- */

static void count_request(gia_stats_t *stats, gia__reason_t reason)
{
    stats->requests++;
    switch (reason) {
    case GIA__REASON_RETRY: stats->retries++; break;
    case GIA__REASON_RESUME: stats->resumes++; break;
    case GIA__REASON_CONTINUATION: stats->continuations++; break;
    case GIA__REASON_POLL: stats->polls++; break;
    case GIA__REASON_NONE:
    case GIA__REASON_UPLOAD:
    case GIA__REASON_TOKEN:
    case GIA__REASON_CANCEL: break;
    }
}

void gia__observe_exchange(gia_client_t *client, gia_call_t *call, gia__track_t *track,
                           const gia__exchange_t *exchange)
{
    char path[MAX_PATH];

    count_request(&client->stats, track->reason);
    track->under_way = 1;
    track->attempt++;
    track->is_billed |= exchange->is_billed;
    track->method = exchange->method;
    track->begun_ms = now_ms(client);
    track->connected_ms = track->first_byte_ms = track->first_delta_ms = -1;
    if (is_logged(client, GIA_LOG_DEBUG))
        gia__observe_log(
            client, call, GIA_LOG_DEBUG, "call %" PRIu64 ", attempt %u: %s %s, %" PRIu64 " bytes",
            track->number, track->attempt, track->method,
            path_of(client, exchange, path, sizeof(path)), gia__pieces_length(&exchange->body));
}

void gia__observe_phase(const gia_client_t *client, gia__track_t *track, gia__phase_t phase)
{
    int64_t *since_ms = phase == GIA__PHASE_WAITING ? &track->connected_ms : &track->first_byte_ms;

    *since_ms = (int64_t)(now_ms(client) - track->begun_ms);
}

void gia__observe_event(gia_client_t *client, gia__track_t *track, const gia_event_t *event)
{
    client->stats.events++;
    if (event->usage) {
        track->usage = *event->usage;
        track->usage.json = NULL; /* the event's */
    }
    if (track->first_delta_ms < 0 && event->type == GIA_EVENT_CONTENT_DELTA)
        track->first_delta_ms = (int64_t)(now_ms(client) - track->begun_ms);
}

/* An answer that had begun, and will not be whole. */
static int was_lost(const gia_result_t *result)
{
    return result->http_status && (result->code == GIA_ELOST || result->code == GIA_ETRUNCATED ||
                                   result->code == GIA_EIDLE_TIMEOUT);
}

/* Who cancels wants no warning. */
static int is_trouble(const gia_result_t *result, gia__reason_t reason)
{
    if (result->code == GIA_OK || reason == GIA__REASON_CANCEL)
        return 0;
    return reason != GIA__REASON_NONE || was_lost(result);
}

static void log_trouble(gia_client_t *client, gia_call_t *call, const gia__track_t *track,
                        const gia_attempt_t *attempt, const char *message)
{
    char next[64] = "";

    if (!is_logged(client, GIA_LOG_WARNING))
        return;
    if (attempt->next_ms >= 0)
        snprintf(next, sizeof(next), "; %s in %" PRId64 " ms", attempt->reason, attempt->next_ms);
    gia__observe_log(client, call, GIA_LOG_WARNING,
                     "call %" PRIu64 ", attempt %u: %s, HTTP status %d%s: %s", track->number,
                     attempt->number, gia_error_name(attempt->code), attempt->http_status, next,
                     message);
}

static void log_answer(gia_client_t *client, gia_call_t *call, const gia__track_t *track,
                       const gia_attempt_t *attempt)
{
    char times[MAX_TIMES];

    if (!is_logged(client, GIA_LOG_DEBUG))
        return;
    gia__observe_log(client, call, GIA_LOG_DEBUG,
                     "call %" PRIu64 ", attempt %u: HTTP/%d status %d, %s%s, %" PRIu64
                     " bytes sent, %" PRIu64 " received%s%s",
                     track->number, attempt->number, attempt->http_major, attempt->http_status,
                     gia_error_name(attempt->code), times_of(attempt, times, sizeof(times)),
                     attempt->bytes_sent, attempt->bytes_received,
                     *attempt->reason ? ", then " : "", attempt->reason);
}

void gia__observe_exchange_end(gia_client_t *client, gia_call_t *call, gia__track_t *track,
                               const gia__transfer_t *transfer, const gia_result_t *result,
                               gia__reason_t reason, uint64_t rest_ms)
{
    const gia_config_t *config = &client->settings.config;
    gia_attempt_t attempt;

    track->reason = reason;
    if (!track->under_way)
        return;
    track->under_way = 0;
    attempt = (gia_attempt_t){
        .number = track->attempt,
        .method = track->method,
        .code = result->code,
        .http_status = result->http_status,
        .http_major = gia__transfer_http_major(transfer),
        .connected_ms = track->connected_ms,
        .first_byte_ms = track->first_byte_ms,
        .first_delta_ms = track->first_delta_ms,
        .end_ms = (int64_t)(now_ms(client) - track->begun_ms),
        .bytes_sent = gia__transfer_bytes_sent(transfer),
        .bytes_received = gia__transfer_bytes_received(transfer),
        .next_ms = reason == GIA__REASON_NONE ? -1 : (int64_t)rest_ms,
        .reason = words[reason],
    };
    client->stats.bytes_sent += attempt.bytes_sent;
    client->stats.bytes_received += attempt.bytes_received;
    client->stats.rate_limited += attempt.http_status == 429;
    log_answer(client, call, track, &attempt);
    if (is_trouble(result, reason))
        log_trouble(client, call, track, &attempt, result->message);
    if (config->on_attempt)
        config->on_attempt(client, call, &attempt, config->observer_data);
}

/* -- counters -- */

int gia_client_stats(const gia_client_t *client, gia_stats_t *stats)
{
    gia_stats_t whole;
    size_t size;

    if (!client || !stats || stats->size < sizeof(stats->size))
        return GIA_EINVAL;
    size = stats->size;
    whole = client->stats;
    whole.size = size;
    whole.calls_open = client->member_count;
    whole.calls_waiting = client->gate.waiting_count;
    whole.in_flight = client->gate.inside;
    memcpy(stats, &whole, size < sizeof(whole) ? size : sizeof(whole));
    return GIA_OK;
}
