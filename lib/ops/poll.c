/* When to look again at something that takes its time. */
#include "ops/poll.h"

#include "ops/retry.h"

enum {
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 10 * 1000,
    LONGEST_LOOK_MS = 60 * 1000, /* until it is answered: a service that is well does so at once */
    LAST_LOOK_MS = 2000          /* before the deadline: it takes some time, too */
};

void gia__poll_init(gia__poll_t *poll, gia_client_t *client, int64_t pause_ms, int64_t max_pause_ms,
                    int64_t timeout_ms, int timeout_code)
{
    *poll = (gia__poll_t){.client = client, .timeout_ms = timeout_ms, .timeout_code = timeout_code};
    poll->pause_ms = pause_ms ? pause_ms : FIRST_PAUSE_MS;
    poll->max_pause_ms = max_pause_ms ? max_pause_ms : LONGEST_PAUSE_MS;
    if (poll->max_pause_ms < poll->pause_ms)
        poll->max_pause_ms = poll->pause_ms;
}

static uint64_t now_ms(const gia__poll_t *poll)
{
    return uv_now(poll->client->loop);
}

void gia__poll_begin(gia__poll_t *poll)
{
    uv_update_time(poll->client->loop); /* the program may have worked for long */
    poll->begun_ms = now_ms(poll);
}

static int64_t age_ms(const gia__poll_t *poll)
{
    return (int64_t)(now_ms(poll) - poll->begun_ms);
}

/* INT64_MAX when there is no end to it. */
static int64_t left_ms(const gia__poll_t *poll)
{
    if (poll->timeout_ms < 0)
        return INT64_MAX;
    return age_ms(poll) < poll->timeout_ms ? poll->timeout_ms - age_ms(poll) : 0;
}

void gia__poll_limit(const gia__poll_t *poll, gia__exchange_t *exchange)
{
    if (poll->timeout_ms < 0)
        return;
    exchange->until_ms = poll->begun_ms + (uint64_t)poll->timeout_ms;
    exchange->until_code = poll->timeout_code;
}

void gia__poll_limit_look(const gia__poll_t *poll, gia__exchange_t *exchange)
{
    gia__poll_limit(poll, exchange);
    exchange->first_byte_ceiling_ms = LONGEST_LOOK_MS;
}

/* What is watched together must not be looked at together for ever. */
static int64_t regular_pause_ms(gia__poll_t *poll)
{
    int64_t tenth_ms = poll->pause_ms / 10, left = left_ms(poll);
    int64_t pause_ms = poll->pause_ms - tenth_ms +
                       (int64_t)gia__client_random(poll->client, 2 * (uint64_t)tenth_ms);

    poll->pause_ms += poll->pause_ms / 2;
    if (poll->pause_ms > poll->max_pause_ms)
        poll->pause_ms = poll->max_pause_ms;
    return left > LAST_LOOK_MS && pause_ms > left - LAST_LOOK_MS ? left - LAST_LOOK_MS : pause_ms;
}

/* A pause may be longer than what is left: the exchange's limit ends it. */
uint64_t gia__poll_pause_ms(gia__poll_t *poll, const gia_result_t *result)
{
    int64_t pause_ms = regular_pause_ms(poll), retry_ms = -1;

    poll->failure = result->code;
    if (result->code == GIA_OK)
        poll->failures = 0;
    else
        retry_ms = gia__retry_pause_ms(poll->client, ++poll->failures, result->retry_after_ms);
    if (pause_ms < retry_ms)
        pause_ms = retry_ms;
    if (pause_ms < result->retry_after_ms)
        pause_ms = result->retry_after_ms;
    return (uint64_t)pause_ms;
}

void gia__poll_message(const gia__poll_t *poll, gia_call_t *call, gia_result_t *result,
                       const char *what, const char *seen)
{
    long long ms = age_ms(poll);

    if (poll->failures)
        gia__call_message(call, result, "%s after %lld ms: %s at the last %u looks", what, ms,
                          gia_error_text(poll->failure), poll->failures);
    else if (seen)
        gia__call_message(call, result, "%s after %lld ms: it is \"%s\"", what, ms, seen);
    else
        gia__call_message(call, result, "%s after %lld ms: it was never seen", what, ms);
}
