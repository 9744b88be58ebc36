/* The operations on interactions: what each sends, and where to. */
#include <gia/operations.h>

#include <string.h>

#include "call.h"
#include "ops/answer.h"
#include "ops/interaction_exchange.h"
#include "wire/request.h"
#include "wire/url.h"

/* An operation in the making. */
typedef struct operation_s {
    gia_client_t *client;
    gia_call_options_t options;
    gia__answer_kind_t wanted;
    gia__exchange_t exchange;
    gia__effect_t effect;
    gia__request_layout_t layout;
    int may_continue, stored;
    int may_resume;        /* a stream that goes on without its connection */
    const char *resume_id; /* whose it is, if that is known */
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
    gia__interaction_exchange_init(&operation->exchange, client, method, id);
}

static void want_stream(operation_t *operation)
{
    operation->wanted = GIA__ANSWER_STREAM;
    operation->exchange.accept = "text/event-stream";
}

static int start(operation_t *operation, gia_call_t **out)
{
    gia__receiver_t *receiver = gia__answer_new(operation->client, operation->wanted,
                                                operation->options.fold, operation->effect);

    if (receiver && operation->may_continue)
        gia__answer_allow_continuation(receiver, &operation->layout, operation->stored);
    if (receiver && operation->may_resume && operation->options.resume == GIA_RESUME_AUTO)
        gia__exchange_note(&operation->exchange,
                           gia__answer_allow_resume(receiver, operation->resume_id));
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
    gia__exchange_t *exchange = &operation.exchange;
    const gia_config_t *config;

    if (!client || !request || !gia__call_options_are_usable(options))
        return GIA_EINVAL;
    config = &client->settings.config;
    begin(&operation, client, options, "POST", NULL);
    if (gia__request_is_stream(request))
        want_stream(&operation);
    operation.effect = GIA__EFFECT_AGAIN;
    exchange->content_type = "application/json";
    exchange->model = gia__request_model_number(request);
    gia__exchange_note(exchange,
                       gia__request_encode(request, config->revision, config->max_request_bytes,
                                           &exchange->body, &operation.layout, NULL));
    operation.stored = gia__request_is_stored(request);
    operation.may_resume = gia__request_is_background(request) && operation.stored;
    operation.may_continue = operation.options.continuation == GIA_CONTINUATION_AUTO &&
                             gia__request_may_continue(request);
    operation.is_watched = operation.options.watch && gia__request_is_background(request);
    if (!gia__watch_options_are_usable(operation.options.watch))
        gia__exchange_note(exchange, GIA_EINVAL);
    return start(&operation, out);
}

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
        want_stream(&operation);
        operation.may_resume = 1;
        operation.resume_id = id;
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
