/* The operations on files but upload: what each sends, and what becomes of its answer. */
#include <gia/files.h>

#include <stdio.h>

#include "call.h"
#include "json/document.h"
#include "ops/file_exchange.h"
#include "ops/file_watch.h"
#include "wire/file.h"

enum wanted { ONE_FILE, USABLE_FILE, PAGE, NOTHING };

typedef struct lookup_s {
    gia__receiver_t receiver; /* first: the call hands it back */
    enum wanted wanted;
    gia__reply_t reply;
    gia__file_watch_t watch;
    gia__arena_t arena; /* the page's files */
    gia_document_t *page;
} lookup_t;

static int on_body(gia__receiver_t *receiver, gia_call_t *call, const char *bytes, size_t len,
                   size_t *consumed)
{
    *consumed = len;
    return gia__reply_take(&((lookup_t *)receiver)->reply, call, bytes, len);
}

static void read_page(lookup_t *lookup, gia_call_t *call, gia_result_t *result)
{
    gia__reply_t *reply = &lookup->reply;
    gia_json_error_t error = {0};
    gia_file_t *files = NULL;
    int rc = gia__document_parse(&lookup->page, reply->body.data ? reply->body.data : "",
                                 reply->body.len, lookup->arena.mem, lookup->arena.max, &error);

    if (rc == GIA_OK)
        rc = gia__file_page_read(&files, &result->file_count, &result->next_page_token,
                                 gia_document_root(lookup->page), &lookup->arena);
    if (rc == GIA_OK) {
        result->files = files;
        return;
    }
    result->file_count = 0;
    result->next_page_token = NULL;
    gia__reply_misses(reply, call, result, rc, &error, "a page of files");
}

static void on_end(gia__receiver_t *receiver, gia_call_t *call, gia_result_t *result)
{
    lookup_t *lookup = (lookup_t *)receiver;

    if (lookup->wanted == USABLE_FILE)
        gia__file_watch_looked(&lookup->watch, &lookup->reply, call, result);
    else if (!gia__reply_is_good(&lookup->reply, call, result))
        return;
    else if (lookup->wanted == ONE_FILE)
        gia__file_watch_read(&lookup->watch, &lookup->reply, call, result);
    else if (lookup->wanted == PAGE)
        read_page(lookup, call, result);
}

static void free_lookup(gia__receiver_t *receiver)
{
    lookup_t *lookup = (lookup_t *)receiver;

    gia__reply_free(&lookup->reply);
    gia__file_watch_free(&lookup->watch);
    gia_document_free(lookup->page);
    gia__arena_free(&lookup->arena);
    gia__mem_free(lookup->arena.mem, lookup);
}

static lookup_t *new_lookup(gia_client_t *client, enum wanted wanted, int64_t wait_timeout_ms)
{
    lookup_t *lookup = gia__mem_zalloc(&client->mem, sizeof(*lookup));

    if (!lookup)
        return NULL;
    lookup->receiver.on_body = on_body;
    lookup->receiver.on_end = on_end;
    lookup->receiver.free = free_lookup;
    lookup->wanted = wanted;
    gia__reply_init(&lookup->reply, client);
    gia__file_watch_init(&lookup->watch, client, wait_timeout_ms);
    gia__arena_init(&lookup->arena, &client->mem, client->settings.config.max_json_bytes);
    return lookup;
}

static int start(gia_call_t **out, gia_client_t *client, gia__exchange_t *exchange,
                 enum wanted wanted, const gia_call_options_t *options)
{
    lookup_t *lookup = new_lookup(client, wanted, 0);

    return gia__call_launch(out, client, exchange, lookup ? &lookup->receiver : NULL, options);
}

static int is_possible(const gia_client_t *client, const gia_call_options_t *options)
{
    return client && gia__has_files(client) && gia__call_options_are_usable(options);
}

int gia_file_get(gia_call_t **out, gia_client_t *client, const char *name,
                 const gia_call_options_t *options)
{
    const char *id = gia__file_id(name);
    gia__exchange_t exchange;

    if (!id || !is_possible(client, options))
        return GIA_EINVAL;
    gia__file_exchange_init(&exchange, client, "GET", id);
    return start(out, client, &exchange, ONE_FILE, options);
}

int gia_file_delete(gia_call_t **out, gia_client_t *client, const char *name,
                    const gia_call_options_t *options)
{
    const char *id = gia__file_id(name);
    gia__exchange_t exchange;

    if (!id || !is_possible(client, options))
        return GIA_EINVAL;
    gia__file_exchange_init(&exchange, client, "DELETE", id);
    return start(out, client, &exchange, NOTHING, options);
}

int gia_file_wait(gia_call_t **out, gia_client_t *client, const char *name, int64_t wait_timeout_ms,
                  const gia_call_options_t *options)
{
    const char *id = gia__file_id(name);
    gia__exchange_t exchange;
    lookup_t *lookup;

    if (!id || !is_possible(client, options) || wait_timeout_ms < GIA_NO_TIMEOUT)
        return GIA_EINVAL;
    lookup = new_lookup(client, USABLE_FILE, wait_timeout_ms);
    if (!lookup)
        return GIA_ENOMEM;
    if (gia__file_watch_begin(&lookup->watch, id) != GIA_OK) {
        free_lookup(&lookup->receiver);
        return GIA_ENOMEM;
    }
    gia__file_watch_ask(&lookup->watch, &exchange);
    return gia__call_launch(out, client, &exchange, &lookup->receiver, options);
}

int gia_file_list(gia_call_t **out, gia_client_t *client, unsigned page_size,
                  const char *page_token, const gia_call_options_t *options)
{
    const char *separator = "?";
    gia__exchange_t exchange;
    char size[32];

    if (!is_possible(client, options))
        return GIA_EINVAL;
    gia__file_exchange_init(&exchange, client, "GET", NULL);
    if (page_size) {
        snprintf(size, sizeof(size), "?pageSize=%u", page_size);
        gia__exchange_add_url(&exchange, size);
        separator = "&";
    }
    if (page_token && *page_token) {
        gia__exchange_add_url(&exchange, separator);
        gia__exchange_add_url(&exchange, "pageToken=");
        gia__exchange_add_url_escaped(&exchange, page_token);
    }
    return start(out, client, &exchange, PAGE, options);
}
