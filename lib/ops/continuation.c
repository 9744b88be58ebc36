/* A long answer that the service gives in several hops. */
#include "ops/continuation.h"

#include <string.h>

#include "json/writer.h"
#include "wire/hops.h"

void gia__continuation_init(gia__continuation_t *continuation, gia_client_t *client)
{
    memset(continuation, 0, sizeof(*continuation));
    continuation->client = client;
}

void gia__continuation_free(gia__continuation_t *continuation)
{
    const gia__mem_t *mem = &continuation->client->mem;

    for (size_t i = 0; i < continuation->count; i++)
        gia_interaction_release(continuation->hops[i]);
    gia_interaction_release(continuation->merged);
    gia__mem_free(mem, continuation->hops);
    gia__mem_free(mem, continuation->token);
    gia__mem_free(mem, continuation->id);
}

int gia__continuation_wants(const gia__continuation_t *continuation, gia_status_t status,
                            const char *token)
{
    return continuation->allowed && status == GIA_STATUS_REQUIRES_CONTINUATION && token && *token &&
           (!continuation->token || strcmp(continuation->token, token) != 0);
}

/* -- the next request -- */

/* The members that change, with a comma before each. */
static int write_changed(gia__buf_t *out, const char *token, const char *previous_id)
{
    gia__writer_t *writer;
    gia__buf_t object;
    int rc;

    gia__buf_init(&object, out->mem, SIZE_MAX);
    writer = gia__writer_new(&object);
    if (!writer)
        return GIA_ENOMEM;
    gia__writer_object_begin(writer);
    gia__writer_member_string(writer, "continuation_token", token);
    gia__writer_member_string(writer, "previous_interaction_id", previous_id);
    gia__writer_object_end(writer);
    rc = gia__writer_error(writer);
    gia__writer_free(writer);
    if (rc == GIA_OK && (gia__buf_add(out, ",", 1) != GIA__BUF_OK ||
                         gia__buf_add(out, object.data + 1, object.len - 2) != GIA__BUF_OK))
        rc = GIA_ENOMEM;
    gia__buf_free(&object);
    return rc;
}

/* What stays of the last request, then the token, then the id of the hop or the input again. */
static int write_body(gia__continuation_t *continuation, const gia__pieces_t *last,
                      gia__pieces_t *body, const gia__hop_t *hop)
{
    gia__request_layout_t layout = continuation->layout;
    const char *previous_id = continuation->stored ? continuation->id : NULL;
    int rc;

    if (gia__buf_add(&body->text, last->text.data, layout.fixed_end) != GIA__BUF_OK)
        return GIA_ENOMEM;
    rc = write_changed(&body->text, hop->token, previous_id);
    continuation->layout.rest_begin = body->text.len;
    if (rc != GIA_OK)
        return rc;
    if (previous_id)
        return gia__buf_add(&body->text, "}", 1) == GIA__BUF_OK ? GIA_OK : GIA_ENOMEM;
    return gia__pieces_add_rest(body, last, layout.rest_begin) == GIA__BUF_OK ? GIA_OK : GIA_ENOMEM;
}

/* A hop without an id continues the one before it. */
static int note_id(gia__continuation_t *continuation, const char *id)
{
    const gia__mem_t *mem = &continuation->client->mem;
    char *copy;

    if (!id || !*id)
        return GIA_OK;
    copy = gia__mem_dup(mem, id, strlen(id));
    if (!copy)
        return GIA_ENOMEM;
    gia__mem_free(mem, continuation->id);
    continuation->id = copy;
    return GIA_OK;
}

static int keep_hop(gia__continuation_t *continuation, const gia__hop_t *hop)
{
    const gia__mem_t *mem = &continuation->client->mem;
    char *token = gia__mem_dup(mem, hop->token, strlen(hop->token));

    if (!token)
        return GIA_ENOMEM;
    if (continuation->count + 1 >= continuation->capacity) { /* one place more: for the last hop */
        size_t capacity = continuation->capacity ? continuation->capacity * 2 : 4;
        gia_interaction_t **hops =
            gia__mem_realloc(mem, continuation->hops, capacity * sizeof(*hops));
        if (!hops) {
            gia__mem_free(mem, token);
            return GIA_ENOMEM;
        }
        continuation->hops = hops;
        continuation->capacity = capacity;
    }
    gia__mem_free(mem, continuation->token);
    continuation->token = token;
    if (hop->interaction)
        continuation->hops[continuation->count++] = gia_interaction_keep(hop->interaction);
    else
        continuation->without_hops = 1;
    continuation->index += hop->next_index;
    continuation->made++;
    return GIA_OK;
}

int gia__continuation_go_on(gia__continuation_t *continuation, gia_call_t *call,
                            const gia__hop_t *hop)
{
    const gia__exchange_t *last = gia__call_exchange(call);
    const gia_client_t *client = continuation->client;
    gia__exchange_t exchange;
    int rc;

    if (continuation->made >= client->settings.config.max_continuations)
        return GIA_ECONTINUATION;
    gia__exchange_init(&exchange, &client->mem, last->method, last->accept);
    exchange.content_type = last->content_type;
    gia__exchange_add_url(&exchange, last->url.data);
    gia__exchange_note(&exchange, note_id(continuation, hop->id));
    gia__exchange_note(&exchange, write_body(continuation, &last->body, &exchange.body, hop));
    rc = exchange.code;
    if (rc == GIA_OK)
        rc = keep_hop(continuation, hop);
    if (rc == GIA_OK)
        gia__call_again(call, &exchange, 0, GIA__REASON_CONTINUATION);
    gia__exchange_free(&exchange);
    return rc;
}

/* -- the end -- */

void gia__continuation_finish(gia__continuation_t *continuation, gia_call_t *call,
                              gia_interaction_t *last, gia_result_t *result)
{
    const gia_config_t *config = &continuation->client->settings.config;
    const gia__json_limits_t limits = {config->max_json_depth};
    gia_interaction_t **hops = continuation->hops;
    size_t count = continuation->count;
    int rc;

    if (count == 0 || continuation->without_hops)
        return;
    if (last) /* there is room: keep_hop() made some */
        hops[count++] = last;
    rc = gia__hops_merge(&continuation->merged, &continuation->client->mem, hops, count,
                         config->max_interaction_bytes, &limits, config->max_json_bytes);
    if (rc != GIA_OK && result->code == GIA_OK) {
        result->code = rc;
        gia__call_message(call, result,
                          "the answer is complete, but its %zu parts could not be "
                          "merged: %s",
                          count, gia_error_text(rc));
    }
    result->interaction = continuation->merged;
}
