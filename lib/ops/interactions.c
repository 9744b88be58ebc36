/* The operations on interactions: what each sends, and where to. */
#include <gia/operations.h>

#include <string.h>

#include "call.h"
#include "ops/answer.h"
#include "wire/request.h"

int gia_interaction_create(gia_call_t **out, gia_client_t *client, const gia_request_t *request,
                           const gia_call_options_t *options)
{
    gia__call_request_t exchange = {.method = "POST"};
    gia_call_options_t settings;
    gia__buf_t body, url;
    int stream, rc;

    if (!client || !request || (options && options->size < sizeof(options->size)))
        return GIA_EINVAL;
    gia__call_options_read(&settings, options);
    stream = gia__request_is_stream(request);
    gia__buf_init(&body, &client->mem, client->settings.config.max_request_bytes);
    gia__buf_init(&url, &client->mem, SIZE_MAX);

    rc = gia__request_encode(request, client->settings.config.revision, &body, NULL);
    if (rc == GIA_OK &&
        (gia__buf_add_text(&url, client->settings.origin_path) != GIA__BUF_OK ||
         gia__buf_add(&url, "/interactions", sizeof("/interactions")) != GIA__BUF_OK))
        rc = GIA_ENOMEM;
    if (rc == GIA_OK) {
        exchange.url = url.data;
        exchange.accept = stream ? "text/event-stream" : "application/json";
        exchange.body = &body;
        exchange.receiver = gia__answer_new(client, stream, settings.fold);
        rc = exchange.receiver ? gia__call_start(out, client, &exchange, &settings) : GIA_ENOMEM;
        if (rc != GIA_OK && exchange.receiver)
            exchange.receiver->free(exchange.receiver);
    }
    gia__buf_free(&url);
    gia__buf_free(&body);
    return rc;
}
