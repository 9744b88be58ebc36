/* The last word of a call that is canceled together with the run that it follows. */
#include "ops/cancel.h"

#include "ops/interaction_exchange.h"

void gia__cancel_free(gia__cancel_t *cancel)
{
    gia_interaction_release(cancel->before);
}

int gia__cancel_send(gia__cancel_t *cancel, gia_client_t *client, gia_call_t *call, const char *id,
                     gia_result_t *result)
{
    int64_t ceiling_ms = gia__call_options(call)->first_byte_timeout_ms;
    gia__exchange_t exchange;
    int rc;

    gia__interaction_exchange_init(&exchange, &client->mem, &client->settings, "POST", id);
    gia__exchange_add_url(&exchange, "/cancel");
    if (ceiling_ms >= 0) {
        exchange.until_ms = uv_now(client->loop) + (uint64_t)ceiling_ms;
        exchange.until_code = GIA_EFIRST_BYTE_TIMEOUT;
    }
    rc = exchange.code;
    if (rc == GIA_OK) {
        gia__retry_init(&cancel->retry, client, GIA__EFFECT_ONCE);
        cancel->retry.events = result->event_count;
        cancel->before = gia_interaction_keep(result->interaction);
        cancel->under_way = 1;
        gia__call_again(call, &exchange, 0, GIA__REASON_CANCEL);
    } else {
        result->cancel_code = rc;
    }
    gia__exchange_free(&exchange);
    return rc == GIA_OK;
}

int gia__cancel_sent(gia__cancel_t *cancel, gia_call_t *call, gia_result_t *result)
{
    if (gia__retry(&cancel->retry, call, result))
        return 1;
    result->cancel_code = result->code;
    result->code = GIA_ECANCELED;
    if (result->cancel_code == GIA_OK)
        gia__call_message(call, result, "%s, and the run on the server, too",
                          gia_error_text(GIA_ECANCELED));
    else
        gia__call_message(call, result, "%s, but not the run on the server: %s",
                          gia_error_text(GIA_ECANCELED), gia_error_text(result->cancel_code));
    if (!result->interaction)
        result->interaction = cancel->before;
    return 0;
}
