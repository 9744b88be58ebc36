/* The file that an operation ends with, and looking again and again until it is usable. */
#include "ops/file_watch.h"

#include <string.h>

#include "json/document.h"
#include "ops/again.h"
#include "ops/file_exchange.h"
#include "wire/file.h"

enum {
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 10 * 1000,
    DEFAULT_TIMEOUT_MS = 600 * 1000,
    SHORTEST_LOOK_MS = 5000 /* so much has even the last one */
};

void gia__file_watch_init(gia__file_watch_t *watch, gia_client_t *client, int64_t timeout_ms)
{
    memset(watch, 0, sizeof(*watch));
    watch->client = client;
    watch->timeout_ms = gia__timeout_of(timeout_ms, DEFAULT_TIMEOUT_MS);
    watch->pause_ms = FIRST_PAUSE_MS;
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

static uint64_t now_ms(const gia__file_watch_t *watch)
{
    return uv_now(watch->client->loop);
}

/* What is left of the time; UINT64_MAX when there is no end to it. */
static uint64_t left_ms(const gia__file_watch_t *watch)
{
    uint64_t gone_ms = now_ms(watch) - watch->begun_ms;

    if (watch->timeout_ms < 0)
        return UINT64_MAX;
    return gone_ms < (uint64_t)watch->timeout_ms ? (uint64_t)watch->timeout_ms - gone_ms : 0;
}

int gia__file_watch_begin(gia__file_watch_t *watch, const char *id)
{
    uv_update_time(watch->client->loop); /* the program may have worked for long */
    watch->begun_ms = now_ms(watch);
    watch->id = gia__mem_dup(&watch->client->mem, id, strlen(id));
    return watch->id ? GIA_OK : GIA_ENOMEM;
}

void gia__file_watch_ask(const gia__file_watch_t *watch, gia__exchange_t *exchange,
                         uint64_t pause_ms)
{
    uint64_t left = left_ms(watch), least = pause_ms + SHORTEST_LOOK_MS;

    gia__file_exchange_init(exchange, watch->client, "GET", watch->id);
    if (left != UINT64_MAX)
        exchange->until_ms = now_ms(watch) + (left > least ? left : least);
}

static void give_up(const gia__file_watch_t *watch, gia_call_t *call, gia_result_t *result)
{
    long long waited_ms = (long long)(now_ms(watch) - watch->begun_ms);

    if (result->code == GIA_OK)
        gia__call_message(call, result, "the file is not usable after %lld ms: its state is \"%s\"",
                          waited_ms, watch->file.state_text);
    else
        gia__call_message(call, result,
                          "the file is not known to be usable after %lld ms: at the last look %s",
                          waited_ms, gia_error_text(result->code));
    result->code = GIA_EFILE_NOT_ACTIVE;
}

static void look_again(gia__file_watch_t *watch, gia__reply_t *reply, gia_call_t *call,
                       gia_result_t *result)
{
    uint64_t pause_ms = watch->pause_ms, left = left_ms(watch);
    gia__exchange_t exchange;

    if (left == 0) {
        give_up(watch, call, result);
        return;
    }
    if (result->retry_after_ms > 0 && (uint64_t)result->retry_after_ms > pause_ms)
        pause_ms = (uint64_t)result->retry_after_ms;
    if (pause_ms > left)
        pause_ms = left;
    gia__file_watch_ask(watch, &exchange, pause_ms);
    gia__reply_go_on(reply, call, result, &exchange, pause_ms, GIA__REASON_POLL);
    watch->pause_ms *= 2;
    if (watch->pause_ms > LONGEST_PAUSE_MS)
        watch->pause_ms = LONGEST_PAUSE_MS;
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
    else if (gia__may_go_well_again(result->code))
        look_again(watch, reply, call, result);
    if (watch->document)
        result->file = &watch->file;
}
