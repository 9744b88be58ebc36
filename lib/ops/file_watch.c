/* The file that an operation ends with, and looking again and again until it is usable. */
#include "ops/file_watch.h"

#include <string.h>

#include "json/document.h"
#include "ops/file_exchange.h"
#include "ops/retry.h"
#include "wire/file.h"

enum { DEFAULT_TIMEOUT_MS = 600 * 1000 };

void gia__file_watch_init(gia__file_watch_t *watch, gia_client_t *client, int64_t timeout_ms)
{
    memset(watch, 0, sizeof(*watch));
    watch->client = client;
    gia__poll_init(&watch->poll, client, 0, 0, gia__timeout_of(timeout_ms, DEFAULT_TIMEOUT_MS),
                   GIA_EFILE_NOT_ACTIVE);
}

void gia__file_watch_free(gia__file_watch_t *watch)
{
    gia_document_free(watch->document);
    gia__mem_free(&watch->client->mem, watch->id);
}

int gia__file_watch_read(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                         gia_result_t *result)
{
    gia_json_error_t error = {0};
    gia_document_t *document = NULL;
    gia_file_t file;
    int rc = gia__document_parse(&document, reply->body.data ? reply->body.data : "",
                                 reply->body.len, &watch->client->mem,
                                 watch->client->settings.config.max_json_bytes, &error);

    if (rc == GIA_OK && !gia__file_read(&file, gia_document_root(document)))
        rc = GIA_EPROTOCOL;
    if (rc != GIA_OK) {
        gia_document_free(document);
        gia__reply_misses(reply, call, result, rc, &error, "a file");
        return 0;
    }
    gia_document_free(watch->document);
    watch->document = document;
    watch->file = file;
    result->file = &watch->file;
    return 1;
}

int gia__file_watch_begin(gia__file_watch_t *watch, const char *id)
{
    gia__poll_begin(&watch->poll);
    watch->id = gia__mem_dup(&watch->client->mem, id, strlen(id));
    return watch->id ? GIA_OK : GIA_ENOMEM;
}

void gia__file_watch_ask(const gia__file_watch_t *watch, gia__exchange_t *exchange)
{
    gia__file_exchange_init(exchange, watch->client, "GET", watch->id);
    gia__poll_limit_look(&watch->poll, exchange);
}

static void look_again(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                       gia_result_t *result)
{
    uint64_t pause_ms = gia__poll_pause_ms(&watch->poll, result);
    gia__exchange_t exchange;

    gia__file_watch_ask(watch, &exchange);
    gia__reply_go_on(reply, call, result, &exchange, pause_ms, GIA__REASON_POLL);
}

void gia__file_watch_judge(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                           gia_result_t *result)
{
    const char *reason = watch->file.error_message;

    if (watch->file.state == GIA_FILE_FAILED) {
        result->code = GIA_EFILE_FAILED;
        gia__call_message(call, result, "%s: %s", gia_error_text(GIA_EFILE_FAILED),
                          reason && *reason ? reason : "it does not say why");
    } else if (watch->file.state != GIA_FILE_ACTIVE) {
        look_again(watch, reply, call, result);
    }
}

void gia__file_watch_looked(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                            gia_result_t *result)
{
    if (gia__reply_is_good(reply, call, result) && gia__file_watch_read(watch, reply, call, result))
        gia__file_watch_judge(watch, reply, call, result);
    else if (gia__retry_may_pass(result))
        look_again(watch, reply, call, result);
    else if (result->code == GIA_EFILE_NOT_ACTIVE)
        gia__poll_message(&watch->poll, call, result, "the file is not usable",
                          watch->document ? watch->file.state_text : NULL);
    if (watch->document)
        result->file = &watch->file;
}
