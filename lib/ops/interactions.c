/* The operations on interactions: what each sends, and where to. */
#include <gia/operations.h>

#include <string.h>

#include "call.h"
#include "ops/answer.h"
#include "wire/request.h"
#include "wire/url.h"

/* One exchange in the making. */
typedef struct exchange_s {
    gia_client_t *client;
    gia_call_options_t options;
    const char *method;
    gia__answer_kind_t wanted;
    gia__buf_t url;
    gia__pieces_t body;
    int code; /* the first trouble */
} exchange_t;

static void note(exchange_t *exchange, int code)
{
    if (exchange->code == GIA_OK)
        exchange->code = code;
}

static void add_url(exchange_t *exchange, const char *text)
{
    if (gia__buf_add_text(&exchange->url, text) != GIA__BUF_OK)
        note(exchange, GIA_ENOMEM);
}

static void add_url_escaped(exchange_t *exchange, const char *text)
{
    if (gia__url_add_escaped(&exchange->url, text) != GIA__BUF_OK)
        note(exchange, GIA_ENOMEM);
}

/* To .../interactions, or with an id to one of them. */
static void begin(exchange_t *exchange, gia_client_t *client, const gia_call_options_t *options,
                  const char *method, const char *id)
{
    memset(exchange, 0, sizeof(*exchange));
    exchange->client = client;
    exchange->method = method;
    gia__call_options_read(&exchange->options, options);
    gia__buf_init(&exchange->url, &client->mem, SIZE_MAX);
    gia__pieces_init(&exchange->body, &client->mem, client->settings.config.max_request_bytes);
    add_url(exchange, client->settings.origin_path);
    add_url(exchange, "/interactions");
    if (id) {
        add_url(exchange, "/");
        add_url_escaped(exchange, id);
    }
}

/* Starts it, unless there was trouble, and lets go of everything. */
static int finish(exchange_t *exchange, gia_call_t **out)
{
    gia__call_request_t request = {.method = exchange->method};

    if (gia__buf_add(&exchange->url, "", 1) != GIA__BUF_OK)
        note(exchange, GIA_ENOMEM);
    if (exchange->code == GIA_OK) {
        request.url = exchange->url.data;
        request.accept =
            exchange->wanted == GIA__ANSWER_STREAM ? "text/event-stream" : "application/json";
        request.body = &exchange->body;
        request.receiver =
            gia__answer_new(exchange->client, exchange->wanted, exchange->options.fold);
        exchange->code = request.receiver
                             ? gia__call_start(out, exchange->client, &request, &exchange->options)
                             : GIA_ENOMEM;
        if (exchange->code != GIA_OK && request.receiver)
            request.receiver->free(request.receiver);
    }
    gia__buf_free(&exchange->url);
    gia__pieces_free(&exchange->body);
    return exchange->code;
}

static int are_usable(const gia_call_options_t *options)
{
    return !options || options->size >= sizeof(options->size);
}

int gia_interaction_create(gia_call_t **out, gia_client_t *client, const gia_request_t *request,
                           const gia_call_options_t *options)
{
    exchange_t exchange;

    if (!client || !request || !are_usable(options))
        return GIA_EINVAL;
    begin(&exchange, client, options, "POST", NULL);
    if (gia__request_is_stream(request))
        exchange.wanted = GIA__ANSWER_STREAM;
    note(&exchange,
         gia__request_encode(request, client->settings.config.revision, 0,
                             client->settings.config.max_request_bytes, &exchange.body, NULL));
    return finish(&exchange, out);
}

int gia_interaction_get(gia_call_t **out, gia_client_t *client, const char *id,
                        const gia_get_options_t *get, const gia_call_options_t *options)
{
    gia_get_options_t how = GIA_GET_OPTIONS_INIT;
    exchange_t exchange;
    const char *separator = "?";

    if (!client || !gia__url_is_segment(id) || !are_usable(options) ||
        (get && get->size < sizeof(get->size)))
        return GIA_EINVAL;
    if (get)
        memcpy(&how, get, get->size < sizeof(how) ? get->size : sizeof(how));
    if (how.last_event_id && !how.stream)
        return GIA_EINVAL;

    begin(&exchange, client, options, "GET", id);
    if (how.include_input) {
        add_url(&exchange, separator);
        add_url(&exchange, "include_input=true");
        separator = "&";
    }
    if (how.stream) {
        exchange.wanted = GIA__ANSWER_STREAM;
        add_url(&exchange, separator);
        add_url(&exchange, "stream=true");
        if (how.last_event_id) {
            add_url(&exchange, "&last_event_id=");
            add_url_escaped(&exchange, how.last_event_id);
        }
    }
    return finish(&exchange, out);
}

int gia_interaction_cancel(gia_call_t **out, gia_client_t *client, const char *id,
                           const gia_call_options_t *options)
{
    exchange_t exchange;

    if (!client || !gia__url_is_segment(id) || !are_usable(options))
        return GIA_EINVAL;
    begin(&exchange, client, options, "POST", id);
    add_url(&exchange, "/cancel");
    return finish(&exchange, out);
}

int gia_interaction_delete(gia_call_t **out, gia_client_t *client, const char *id,
                           const gia_call_options_t *options)
{
    exchange_t exchange;

    if (!client || !gia__url_is_segment(id) || !are_usable(options))
        return GIA_EINVAL;
    begin(&exchange, client, options, "DELETE", id);
    exchange.wanted = GIA__ANSWER_NOTHING;
    return finish(&exchange, out);
}
