/* Following a background run to its end. */
#include "ops/watch.h"

#include <string.h>

#include "ops/interaction_exchange.h"
#include "wire/url.h"
#include "ops/retry.h"
#include "wire/interaction.h"

enum { DEFAULT_TIMEOUT_MS = 3600 * 1000 };

void gia__watch_init(gia__watch_t *watch, gia_client_t *client)
{
    memset(watch, 0, sizeof(*watch));
    watch->client = client;
}

void gia__watch_free(gia__watch_t *watch)
{
    const gia__mem_t *mem = &watch->client->mem;

    gia__mem_free(mem, watch->id);
    gia__mem_free(mem, watch->status);
    gia__mem_free(mem, watch->seen);
    gia_interaction_release(watch->last);
}

/* A day. */
static const int64_t MAX_INTERVAL_MS = 24 * 60 * 60 * 1000;

static gia_watch_options_t read_options(const gia_watch_options_t *options)
{
    gia_watch_options_t copy = GIA_WATCH_OPTIONS_INIT;

    if (options)
        memcpy(&copy, options, options->size < sizeof(copy) ? options->size : sizeof(copy));
    return copy;
}

int gia__watch_options_are_usable(const gia_watch_options_t *options)
{
    gia_watch_options_t copy;

    if (options && options->size < sizeof(options->size))
        return 0;
    copy = read_options(options);
    return copy.interval_ms >= 0 && copy.interval_ms <= MAX_INTERVAL_MS &&
           copy.max_interval_ms >= 0 && copy.max_interval_ms <= MAX_INTERVAL_MS &&
           copy.timeout_ms >= GIA_NO_TIMEOUT;
}

/* Replaces what is kept of a text by a newer one. GIA_OK or GIA_ENOMEM. */
static int keep(gia__watch_t *watch, char **kept, const char *text, size_t len)
{
    char *copy = gia__mem_dup(&watch->client->mem, text, len);

    if (!copy)
        return GIA_ENOMEM;
    gia__mem_free(&watch->client->mem, *kept);
    *kept = copy;
    return GIA_OK;
}

int gia__watch_name(gia__watch_t *watch, const char *id)
{
    if (watch->id || !gia__url_is_segment(id))
        return GIA_OK;
    return keep(watch, &watch->id, id, strlen(id));
}

int gia__watch_begin(gia__watch_t *watch, const gia_watch_options_t *options, const char *id,
                     gia__exchange_t *exchange)
{
    gia_watch_options_t copy = read_options(options);

    watch->wanted = 1;
    watch->looking = id != NULL;
    watch->on_status = copy.on_status;
    gia__poll_init(&watch->poll, watch->client, copy.interval_ms, copy.max_interval_ms,
                   gia__timeout_of(copy.timeout_ms, DEFAULT_TIMEOUT_MS), GIA_EWATCH_TIMEOUT);
    gia__poll_begin(&watch->poll);
    if (exchange && watch->looking)
        gia__poll_limit_look(&watch->poll, exchange);
    else if (exchange)
        gia__poll_limit(&watch->poll, exchange);
    return gia__watch_name(watch, id);
}

/* -- what is seen -- */

/* GIA_OK or GIA_ENOMEM. *changed: the status is news. */
static int see_status(gia__watch_t *watch, const gia_interaction_t *interaction, int *changed)
{
    const char *status = gia_interaction_status_text(interaction);

    if (!status)
        status = "";
    *changed = !watch->status || strcmp(watch->status, status) != 0;
    return *changed ? keep(watch, &watch->status, status, strlen(status)) : GIA_OK;
}

/* While a run rests only its bytes are kept. GIA_OK or GIA_ENOMEM. */
static int see(gia__watch_t *watch, const gia_interaction_t *interaction)
{
    const char *json;
    int rc;

    if (gia_status_is_final(gia_interaction_status(interaction))) {
        watch->last = gia_interaction_keep(interaction);
        return GIA_OK;
    }
    json = gia_json_raw(gia_interaction_json(interaction), &watch->seen_len);
    rc = keep(watch, &watch->seen, json, watch->seen_len);
    return rc == GIA_OK ? gia__watch_name(watch, gia_interaction_id(interaction)) : rc;
}

/* How the run stood when it was seen last; NULL if it never was, or memory is out. */
static const gia_interaction_t *recall(gia__watch_t *watch)
{
    const gia_config_t *config = &watch->client->settings.config;
    const gia__json_limits_t limits = {config->max_json_depth};
    gia__json_error_t error;
    gia__buf_t json;

    if (watch->last || !watch->seen)
        return watch->last;
    gia__buf_init(&json, &watch->client->mem, SIZE_MAX);
    json.data = watch->seen;
    json.len = json.capacity = watch->seen_len;
    watch->seen = NULL;
    if (gia__interaction_decode(&watch->last, &watch->client->mem, &json, &limits,
                                config->max_json_bytes, &error) != GIA_OK)
        watch->last = NULL;
    return watch->last;
}

/* -- the end, or another look -- */

int gia__watch_look(gia__watch_t *watch, gia_call_t *call, gia_result_t *result)
{
    gia__exchange_t exchange;
    int rc;

    gia__interaction_exchange_init(&exchange, &watch->client->mem, &watch->client->settings, "GET",
                                   watch->id);
    gia__poll_limit_look(&watch->poll, &exchange);
    rc = exchange.code;
    if (rc == GIA_OK) {
        watch->looking = 1;
        gia__call_again(call, &exchange, gia__poll_pause_ms(&watch->poll, result),
                        GIA__REASON_POLL);
    } else {
        gia__call_fail(call, result, rc);
    }
    gia__exchange_free(&exchange);
    return rc == GIA_OK;
}

static int goes_on_after(gia__watch_t *watch, gia_call_t *call, gia_result_t *result)
{
    const gia_interaction_t *interaction = result->interaction;
    int changed, goes_on = 0;
    int rc = see_status(watch, interaction, &changed);

    if (rc == GIA_OK)
        rc = see(watch, interaction);
    if (rc != GIA_OK) {
        gia__call_fail(call, result, rc);
        return 0;
    }
    if (watch->id && !watch->last)
        goes_on = gia__watch_look(watch, call, result);
    if (changed)
        gia__call_tell_status(call, watch->on_status, interaction);
    return goes_on;
}

int gia__watch_goes_on(gia__watch_t *watch, gia_call_t *call, gia_result_t *result)
{
    if (!watch->wanted)
        return 0;
    if (result->code == GIA_OK && result->interaction)
        return goes_on_after(watch, call, result);
    if (watch->looking && gia__retry_may_pass(result))
        return gia__watch_look(watch, call, result);
    if (!result->interaction)
        result->interaction = recall(watch);
    if (result->code == GIA_EWATCH_TIMEOUT)
        gia__poll_message(&watch->poll, call, result, "the run has not ended",
                          gia_interaction_status_text(result->interaction));
    return 0;
}
