/* Whether a request that failed is made again, and when. */
#include "ops/retry.h"

#include <string.h>

void gia__retry_init(gia__retry_t *retry, gia_client_t *client, gia__effect_t effect)
{
    memset(retry, 0, sizeof(*retry));
    retry->client = client;
    retry->effect = effect;
}

/* An answer that says: not now. */
static int is_refusal(const gia_result_t *result)
{
    switch (result->code) {
    case GIA_EQUOTA:
    case GIA_EBLOCKED: return 0; /* it will not change its mind soon */
    case GIA_ECANCELED:
    case GIA_ETOTAL_TIMEOUT:
    case GIA_EWATCH_TIMEOUT:
    case GIA_EFILE_NOT_ACTIVE: return 0; /* nobody waits for it any more */
    default: break;
    }
    switch (result->http_status) {
    case 408:
    case 429: return 1;
    case 409: return result->service_code && strcmp(result->service_code, "aborted") == 0;
    case 501: return 0; /* it will not learn it soon */
    default: return result->http_status >= 500;
    }
}

static int is_unconnected(const gia_result_t *result)
{
    switch (result->code) {
    case GIA_ERESOLVE:
    case GIA_ECONNECT:
    case GIA_ECONNECT_TIMEOUT:
    case GIA_EPROXY:
    case GIA_ETLS: return 1;
    default: return 0;
    }
}

int gia__retry_is_lost(const gia_result_t *result)
{
    switch (result->code) {
    case GIA_ELOST:
    case GIA_ETRUNCATED:
    case GIA_EFIRST_BYTE_TIMEOUT:
    case GIA_EIDLE_TIMEOUT: return 1;
    default: return 0;
    }
}

int gia__retry_may_pass(const gia_result_t *result)
{
    return is_refusal(result) || is_unconnected(result) || gia__retry_is_lost(result);
}

/* Whether making it again does what the caller wants, once. */
static int is_safe(const gia__retry_t *retry, const gia_call_t *call, const gia_result_t *result)
{
    if (result->event_count != retry->events)
        return 0; /* the caller has heard a part */
    if (is_refusal(result))
        return retry->effect == GIA__EFFECT_ONCE || gia__call_answer_is_whole(call);
    if (!gia__call_exchange_was_sent(call))
        return is_unconnected(result) || gia__retry_is_lost(result);
    if (!gia__retry_is_lost(result))
        return 0;
    return retry->effect == GIA__EFFECT_ONCE ||
           (gia__call_options(call)->retry == GIA_RETRY_LOST && result->http_status == 0);
}

/* Nobody has heard, and perhaps nobody will, what became of it. */
static int was_lost(const gia__retry_t *retry, const gia_call_t *call, const gia_result_t *result)
{
    int answered = result->service_error || result->http_status > 299;

    return retry->effect == GIA__EFFECT_AGAIN && result->code != GIA_OK && !answered &&
           gia__call_exchange_was_sent(call);
}

int64_t gia__retry_pause_ms(gia_client_t *client, unsigned failures, int64_t retry_after_ms)
{
    const gia_config_t *config = &client->settings.config;
    uint64_t ceiling = (uint64_t)config->max_retry_delay_ms;
    uint64_t span = (uint64_t)config->retry_delay_ms;

    if (retry_after_ms > config->max_retry_delay_ms)
        return -1;
    /* Those who are told the same time must not come back at the same time. */
    if (retry_after_ms >= 0)
        return retry_after_ms + (int64_t)gia__client_random(client, span / 4);
    while (failures-- > 1 && span < ceiling)
        span *= 2;
    return (int64_t)gia__client_random(client, span < ceiling ? span : ceiling);
}

int gia__retry(gia__retry_t *retry, gia_call_t *call, gia_result_t *result)
{
    const gia_config_t *config = &retry->client->settings.config;
    int64_t pause_ms;

    if (was_lost(retry, call, result))
        retry->may_have_run = 1;
    result->may_have_run = retry->may_have_run && result->code != GIA_OK;
    if (result->code == GIA_OK || !is_safe(retry, call, result)) {
        retry->failures = 0;
        retry->events = result->event_count;
        return 0;
    }
    if (++retry->failures >= gia__call_options(call)->max_attempts)
        return 0;
    pause_ms = gia__retry_pause_ms(retry->client, retry->failures, result->retry_after_ms);
    if (pause_ms < 0 || pause_ms >= gia__call_time_left_ms(call) ||
        (config->retry_timeout_ms >= 0 &&
         gia__call_age_ms(call) + pause_ms > config->retry_timeout_ms))
        return 0;
    gia__call_again(call, NULL, (uint64_t)pause_ms, GIA__REASON_RETRY);
    return 1;
}
