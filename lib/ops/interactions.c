/* The operations on interactions: what each sends, and where to. */
#include <gia/operations.h>

#include <inttypes.h>
#include <string.h>

#include "call.h"
#include "ops/answer.h"
#include "ops/interaction_exchange.h"
#include "wire/request.h"
#include "wire/url.h"

static const char EVENT_STREAM[] = "text/event-stream";

/* An operation in the making. */
typedef struct operation_s {
    gia_client_t *client;
    gia_call_options_t options;
    gia__answer_kind_t wanted;
    gia__exchange_t exchange;
    gia__effect_t effect;
    gia__request_layout_t layout;
    int may_continue, stored;
    int may_resume;              /* a stream that goes on without its connection */
    const char *resume_id;       /* whose it is, if that is known */
    const char *resume_event_id; /* behind which it begins */
    int is_watched;
    const char *watched_id; /* NULL: of the run that it creates */
} operation_t;

static void begin(operation_t *operation, gia_client_t *client, const gia_call_options_t *options,
                  const char *method, const char *id)
{
    memset(operation, 0, sizeof(*operation));
    operation->client = client;
    operation->wanted = GIA__ANSWER_INTERACTION;
    gia__call_options_read(&operation->options, options);
    gia__interaction_exchange_init(&operation->exchange, &client->mem, &client->settings, method,
                                   id);
}

/* What a create sends. */
static void fill_create(gia__exchange_t *exchange, const gia_config_t *config,
                        const gia_request_t *request, gia__request_layout_t *layout)
{
    if (gia__request_is_stream(request))
        exchange->accept = EVENT_STREAM;
    exchange->content_type = "application/json";
    exchange->model = gia__request_model_number(request);
    gia__exchange_note(exchange,
                       gia__request_encode(request, config->revision, config->max_request_bytes,
                                           &exchange->body, layout, NULL));
}

static int start(operation_t *operation, gia_call_t **out)
{
    gia__receiver_t *receiver = gia__answer_new(operation->client, operation->wanted,
                                                operation->options.fold, operation->effect);

    if (receiver && operation->may_continue)
        gia__answer_allow_continuation(receiver, &operation->layout, operation->stored);
    if (receiver && operation->may_resume && operation->options.resume == GIA_RESUME_AUTO)
        gia__exchange_note(
            &operation->exchange,
            gia__answer_allow_resume(receiver, operation->resume_id, operation->resume_event_id));
    if (receiver && operation->is_watched)
        gia__exchange_note(&operation->exchange,
                           gia__watch_begin(gia__answer_watch(receiver), operation->options.watch,
                                            operation->watched_id, &operation->exchange));
    operation->options.watch = NULL; /* it was copied */
    return gia__call_launch(out, operation->client, &operation->exchange, receiver,
                            &operation->options);
}

int gia_interaction_create(gia_call_t **out, gia_client_t *client, const gia_request_t *request,
                           const gia_call_options_t *options)
{
    operation_t operation;

    if (!client || !request || !gia__call_options_are_usable(options))
        return GIA_EINVAL;
    begin(&operation, client, options, "POST", NULL);
    if (gia__request_is_stream(request))
        operation.wanted = GIA__ANSWER_STREAM;
    operation.effect = GIA__EFFECT_AGAIN;
    fill_create(&operation.exchange, &client->settings.config, request, &operation.layout);
    operation.exchange.is_billed = 1;
    operation.stored = gia__request_is_stored(request);
    operation.may_resume = gia__request_is_background(request) && operation.stored;
    operation.may_continue = operation.options.continuation == GIA_CONTINUATION_AUTO &&
                             gia__request_may_continue(request);
    operation.is_watched = operation.options.watch && gia__request_is_background(request);
    if (!gia__watch_options_are_usable(operation.options.watch))
        gia__exchange_note(&operation.exchange, GIA_EINVAL);
    return start(&operation, out);
}

/* -- a create to be looked at -- */

typedef struct describer_s {
    gia_write_cb write;
    void *data;
    int code;
} describer_t;

static void put(describer_t *describer, const char *text)
{
    if (describer->code == GIA_OK && describer->write(text, strlen(text), describer->data) != 0)
        describer->code = GIA_ECANCELED;
}

/* As libcurl sends it over HTTP/1.1, but for the host and the line ends. */
static int describe(describer_t *describer, gia__exchange_t *exchange,
                    const gia__settings_t *settings)
{
    gia__head_t head;

    gia__exchange_add_header(exchange, "Content-Length: %" PRIu64,
                             gia__pieces_length(&exchange->body));
    if (exchange->code == GIA_OK)
        gia__exchange_note(exchange, gia__exchange_head(exchange, settings, &head));
    if (exchange->code != GIA_OK)
        return exchange->code;
    put(describer, exchange->method);
    put(describer, " ");
    put(describer, exchange->url.data);
    for (size_t i = 0; i < head.count; i++) {
        put(describer, "\n");
        put(describer, head.lines[i]);
    }
    put(describer, "\n\n");
    return describer->code;
}

int gia_interaction_describe(gia_write_cb write, void *data, const gia_config_t *config,
                             const gia_request_t *request)
{
    describer_t describer = {write, data, GIA_OK};
    gia__settings_t settings;
    gia__exchange_t exchange;
    gia_config_t blank;
    gia__mem_t mem;
    int rc;

    if (!write || !request || gia_config_check(config, NULL) != GIA_OK)
        return GIA_EINVAL;
    gia__config_read(&blank, config);
    if (blank.api_key)
        blank.api_key = "[redacted]";
    else
        blank.bearer_token = "[redacted]";
    mem = gia__mem_init(blank.allocator);
    rc = gia__settings_init(&settings, &mem, &blank);
    if (rc != GIA_OK)
        return rc;
    gia__interaction_exchange_init(&exchange, &mem, &settings, "POST", NULL);
    fill_create(&exchange, &settings.config, request, NULL);
    rc = describe(&describer, &exchange, &settings);
    gia__exchange_free(&exchange);
    gia__settings_free(&settings, &mem);
    return rc;
}

/* -- what the service keeps -- */

int gia_interaction_get(gia_call_t **out, gia_client_t *client, const char *id,
                        const gia_get_options_t *get, const gia_call_options_t *options)
{
    gia_get_options_t how = GIA_GET_OPTIONS_INIT;
    operation_t operation;
    gia__exchange_t *exchange = &operation.exchange;
    const char *separator = "?";

    if (!client || !gia__url_is_segment(id) || !gia__call_options_are_usable(options) ||
        (get && get->size < sizeof(get->size)))
        return GIA_EINVAL;
    if (get)
        memcpy(&how, get, get->size < sizeof(how) ? get->size : sizeof(how));
    if (how.last_event_id && !how.stream)
        return GIA_EINVAL;

    begin(&operation, client, options, "GET", id);
    if (how.include_input) {
        gia__exchange_add_url(exchange, separator);
        gia__exchange_add_url(exchange, "include_input=true");
        separator = "&";
    }
    if (how.stream) {
        operation.wanted = GIA__ANSWER_STREAM;
        exchange->accept = EVENT_STREAM;
        operation.may_resume = 1;
        operation.resume_id = id;
        operation.resume_event_id = how.last_event_id;
        gia__exchange_add_url(exchange, separator);
        gia__exchange_add_url(exchange, "stream=true");
        if (how.last_event_id) {
            gia__exchange_add_url(exchange, "&last_event_id=");
            gia__exchange_add_url_escaped(exchange, how.last_event_id);
        }
    }
    return start(&operation, out);
}

int gia_interaction_cancel(gia_call_t **out, gia_client_t *client, const char *id,
                           const gia_call_options_t *options)
{
    operation_t operation;

    if (!client || !gia__url_is_segment(id) || !gia__call_options_are_usable(options))
        return GIA_EINVAL;
    begin(&operation, client, options, "POST", id);
    gia__exchange_add_url(&operation.exchange, "/cancel");
    return start(&operation, out);
}

int gia_interaction_delete(gia_call_t **out, gia_client_t *client, const char *id,
                           const gia_call_options_t *options)
{
    operation_t operation;

    if (!client || !gia__url_is_segment(id) || !gia__call_options_are_usable(options))
        return GIA_EINVAL;
    begin(&operation, client, options, "DELETE", id);
    operation.wanted = GIA__ANSWER_NOTHING;
    return start(&operation, out);
}

int gia_interaction_watch(gia_call_t **out, gia_client_t *client, const char *id,
                          const gia_watch_options_t *watch, const gia_call_options_t *options)
{
    operation_t operation;

    if (!client || !gia__url_is_segment(id) || !gia__call_options_are_usable(options) ||
        !gia__watch_options_are_usable(watch))
        return GIA_EINVAL;
    begin(&operation, client, options, "GET", id);
    operation.options.watch = watch;
    operation.is_watched = 1;
    operation.watched_id = id;
    return start(&operation, out);
}
