/* Uploading a file: announced, sent piece by piece, and after a break from where the service is.
 *
 *     step      answer                  next
 *     ANNOUNCE  names an upload URL     SEND
 *     SEND      active                  SEND, from where the service is
 *               final                   WATCH, if it is to be usable; else the end
 *               a break, or no status   QUERY, after a pause
 *     QUERY     active, so many bytes   SEND
 *               final                   as above
 *     GET       (the file was not in the final answer) as above
 *     WATCH     see file_watch
 *     any but SEND and WATCH: a break is followed by the same again, after a pause
 */
#include <gia/files.h>

#include <inttypes.h>
#include <string.h>

#include "call.h"
#include "ops/file_exchange.h"
#include "ops/file_watch.h"
#include "ops/reply.h"
#include "ops/retry.h"
#include "ops/upload_source.h"
#include "wire/file.h"
#include "wire/url.h"

enum step { ANNOUNCE, SEND, QUERY, GET, WATCH };

typedef struct upload_s {
    gia__receiver_t receiver; /* first: the call hands it back */
    gia_client_t *client;
    gia__upload_source_t source;
    int64_t piece_bytes;
    unsigned max_resumes;
    int wait_until_active;
    gia_upload_progress_cb on_progress;

    enum step step;
    gia__buf_t url;  /* of this upload, on the client's origin */
    int64_t offset;  /* of the piece that is sent */
    int64_t len;     /* its bytes */
    int64_t most;    /* bytes that the service ever had; -1 before it knows the upload */
    int64_t told;    /* progress: likewise */
    unsigned breaks; /* in a row that brought nothing new */
    gia__reply_t reply;
    gia__file_watch_t watch;
} upload_t;

/* -- progress -- */

static void gain(upload_t *upload, int64_t received)
{
    if (received <= upload->most)
        return;
    /* Less than the least that a service takes is no progress, or it would never end. */
    if (received - upload->most >= GIA__UPLOAD_PIECE_UNIT || received == upload->source.size)
        upload->breaks = 0;
    upload->most = received;
}

static void tell(upload_t *upload, gia_call_t *call)
{
    if (upload->most <= upload->told)
        return;
    upload->told = upload->most;
    gia__call_progress(call, upload->on_progress, upload->told, upload->source.size);
}

/* -- exchanges -- */

static void go_on(upload_t *upload, gia_call_t *call, gia_result_t *result, enum step step,
                  gia__exchange_t *exchange, uint64_t pause_ms, gia__reason_t reason)
{
    upload->step = step;
    gia__reply_go_on(&upload->reply, call, result, exchange, pause_ms, reason);
}

static void begin_command(upload_t *upload, gia__exchange_t *exchange, const char *command)
{
    gia__exchange_init(exchange, &upload->client->mem, "POST", "application/json");
    gia__exchange_add_url(exchange, upload->url.data);
    gia__exchange_add_header(exchange, "X-Goog-Upload-Command: %s", command);
}

static int is_last_piece(const upload_t *upload)
{
    return upload->offset + upload->len == upload->source.size;
}

/* When the service has all, but has not been told so, there are no bytes left. */
static void send_piece(upload_t *upload, gia_call_t *call, gia_result_t *result)
{
    int64_t left = upload->source.size - upload->offset;
    gia__exchange_t exchange;

    upload->len = left < upload->piece_bytes ? left : upload->piece_bytes;
    begin_command(upload, &exchange,
                  left == 0               ? "finalize"
                  : is_last_piece(upload) ? "upload, finalize"
                                          : "upload");
    gia__exchange_add_header(&exchange, "X-Goog-Upload-Offset: %" PRId64, upload->offset);
    if (left)
        gia__upload_source_add(&upload->source, &exchange, upload->offset, upload->len);
    go_on(upload, call, result, SEND, &exchange, 0, GIA__REASON_UPLOAD);
}

static void fail(gia_call_t *call, gia_result_t *result, const char *message)
{
    result->code = GIA_EPROTOCOL;
    gia__call_message(call, result, "%s", message);
}

/* *result is what the upload ends with, unless it is worth another try. */
static void try_again(upload_t *upload, gia_call_t *call, gia_result_t *result)
{
    int64_t pause_ms =
        gia__retry_pause_ms(upload->client, upload->breaks + 1, result->retry_after_ms);
    gia__exchange_t query;

    if (upload->breaks == upload->max_resumes || pause_ms < 0)
        return;
    upload->breaks++;
    if (upload->step == SEND) {
        begin_command(upload, &query, "query");
        go_on(upload, call, result, QUERY, &query, (uint64_t)pause_ms, GIA__REASON_RESUME);
    } else {
        gia__reply_free(&upload->reply);
        gia__call_again(call, NULL, (uint64_t)pause_ms, GIA__REASON_RETRY);
    }
}

/* -- answers -- */

/* The file is there. */
static void take_file(upload_t *upload, gia_call_t *call, gia_result_t *result)
{
    const char *id;

    if (!gia__file_watch_read(&upload->watch, &upload->reply, call, result)) {
        if (gia__retry_may_pass(result))
            try_again(upload, call, result);
        return;
    }
    if (!upload->wait_until_active)
        return;
    id = gia__file_id(upload->watch.file.name);
    if (!id) {
        fail(call, result, "the file is there, but has no name to look for it");
        return;
    }
    upload->step = WATCH;
    result->code = gia__file_watch_begin(&upload->watch, id);
    if (result->code == GIA_OK)
        gia__file_watch_judge(&upload->watch, &upload->reply, call, result);
    else
        gia__call_message(call, result, "%s", gia_error_text(result->code));
}

/* The service has all bytes, and knows that these are all. */
static void finalized(upload_t *upload, gia_call_t *call, gia_result_t *result)
{
    gia__exchange_t exchange;

    gain(upload, upload->source.size);
    if (upload->reply.len) {
        take_file(upload, call, result);
    } else if (upload->source.name.data) {
        gia__file_exchange_init(&exchange, upload->client, "GET",
                                gia__file_id(upload->source.name.data));
        go_on(upload, call, result, GET, &exchange, 0, GIA__REASON_UPLOAD);
    } else {
        fail(call, result, "the upload is complete, but the service does not name the file");
    }
}

static const char RECEIVED[] = "x-goog-upload-size-received";
static const char GRANULARITY[] = "x-goog-upload-chunk-granularity";

enum status { NO_STATUS, ACTIVE, FINAL, OTHER_STATUS };

static enum status status_of(const gia_call_t *call)
{
    const char *text = gia__call_header(call, "x-goog-upload-status");

    if (!text)
        return NO_STATUS;
    if (strcmp(text, "active") == 0)
        return ACTIVE;
    return strcmp(text, "final") == 0 ? FINAL : OTHER_STATUS;
}

/* The number of bytes in a header, `otherwise` if it is not there; -1 for nonsense. */
static int64_t bytes_in(const gia_call_t *call, const char *name, int64_t otherwise)
{
    const char *text = gia__call_header(call, name);
    int64_t bytes = 0;

    if (!text)
        return otherwise;
    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || bytes > (INT64_MAX - 9) / 10)
            return -1;
        bytes = bytes * 10 + (*text - '0');
    }
    return bytes;
}

/* The service may want larger pieces than the program. */
static void round_piece_up(upload_t *upload, int64_t unit)
{
    int64_t rest = unit > 0 ? upload->piece_bytes % unit : 0;

    if (rest && unit - rest <= INT64_MAX - upload->piece_bytes)
        upload->piece_bytes += unit - rest;
}

static void announced(upload_t *upload, gia_call_t *call, gia_result_t *result)
{
    const char *url = gia__call_header(call, "x-goog-upload-url");
    int rc = url ? gia__url_add_moved(&upload->url, url, upload->client->settings.base_url)
                 : GIA_EPROTOCOL;

    if (rc == GIA_OK && gia__buf_add(&upload->url, "", 1) != GIA__BUF_OK)
        rc = GIA_ENOMEM;
    if (rc == GIA_OK) {
        round_piece_up(upload, bytes_in(call, GRANULARITY, 0));
        gain(upload, 0);
        send_piece(upload, call, result);
    } else if (rc == GIA_ENOMEM) {
        gia__call_fail(call, result, rc);
    } else {
        fail(call, result,
             url ? "the upload URL that the service names cannot be used"
                 : "the service names no upload URL");
    }
}

static void sent(upload_t *upload, gia_call_t *call, gia_result_t *result)
{
    int64_t end = upload->offset + upload->len, bytes = bytes_in(call, RECEIVED, end);
    enum status status = status_of(call);

    if (status == FINAL && is_last_piece(upload)) {
        finalized(upload, call, result);
    } else if (status == FINAL) {
        fail(call, result, "the service ended the upload before it had all bytes");
    } else if (status == OTHER_STATUS) {
        fail(call, result, "the service has given the upload up");
    } else if (status == ACTIVE && (bytes < 0 || bytes > end)) {
        fail(call, result, "the service says to have bytes that were not sent");
    } else if (status == ACTIVE && bytes - upload->offset >= GIA__UPLOAD_PIECE_UNIT &&
               !is_last_piece(upload)) {
        upload->offset = bytes;
        gain(upload, bytes);
        send_piece(upload, call, result);
    } else {
        fail(call, result, "the service does not say that it has taken the piece");
        try_again(upload, call, result);
    }
}

/* It may be less than was taken before: what the service has lost is sent again. */
static void queried(upload_t *upload, gia_call_t *call, gia_result_t *result)
{
    int64_t bytes = bytes_in(call, RECEIVED, -1);
    enum status status = status_of(call);

    if (status == FINAL) {
        finalized(upload, call, result);
    } else if (status != ACTIVE) {
        fail(call, result, "the service has given the upload up");
    } else if (bytes < 0 || bytes > upload->source.size) {
        fail(call, result, "the service does not say how many bytes it has");
    } else {
        upload->offset = bytes;
        gain(upload, bytes);
        send_piece(upload, call, result);
    }
}

/* -- the receiver -- */

static int is_about_to_end(const upload_t *upload, const gia_call_t *call)
{
    return (upload->step == QUERY || (upload->step == SEND && is_last_piece(upload))) &&
           gia__call_status(call) == 200 && status_of(call) == FINAL;
}

/* That all has been taken is told when the head says so, not with the end, because a pause from
 * within is to hold the end back. */
static int on_body(gia__receiver_t *receiver, gia_call_t *call, const char *bytes, size_t len,
                   size_t *consumed)
{
    upload_t *upload = (upload_t *)receiver;

    if (is_about_to_end(upload, call)) {
        gain(upload, upload->source.size);
        tell(upload, call);
    }
    *consumed = len;
    return gia__reply_take(&upload->reply, call, bytes, len);
}

/* A refused piece of an upload that is alive: the service has not as much as was thought. */
static int is_misplaced(const upload_t *upload, const gia_call_t *call, const gia_result_t *result)
{
    return upload->step == SEND && result->code == GIA_EBAD_REQUEST && status_of(call) == ACTIVE;
}

static void on_end(gia__receiver_t *receiver, gia_call_t *call, gia_result_t *result)
{
    upload_t *upload = (upload_t *)receiver;

    if (upload->step == WATCH) {
        gia__file_watch_looked(&upload->watch, &upload->reply, call, result);
        return;
    }
    if (!gia__reply_is_good(&upload->reply, call, result)) {
        if (gia__retry_may_pass(result) || is_misplaced(upload, call, result))
            try_again(upload, call, result);
        return;
    }
    switch (upload->step) {
    case ANNOUNCE: announced(upload, call, result); break;
    case SEND: sent(upload, call, result); break;
    case QUERY: queried(upload, call, result); break;
    case GET: take_file(upload, call, result); break;
    case WATCH: break;
    }
    tell(upload, call);
}

static void free_upload(gia__receiver_t *receiver)
{
    upload_t *upload = (upload_t *)receiver;

    gia__upload_source_free(&upload->source);
    gia__buf_free(&upload->url);
    gia__reply_free(&upload->reply);
    gia__file_watch_free(&upload->watch);
    gia__mem_free(&upload->client->mem, upload);
}

/* -- the start -- */

static upload_t *new_upload(gia_client_t *client, const gia_upload_options_t *how)
{
    upload_t *upload = gia__mem_zalloc(&client->mem, sizeof(*upload));

    if (!upload)
        return NULL;
    upload->receiver.on_body = on_body;
    upload->receiver.on_end = on_end;
    upload->receiver.free = free_upload;
    upload->client = client;
    upload->piece_bytes = (int64_t)how->piece_bytes;
    upload->max_resumes = how->max_resumes;
    upload->wait_until_active = how->wait_until_active;
    upload->on_progress = how->on_progress;
    upload->most = upload->told = -1;
    gia__buf_init(&upload->url, &client->mem, SIZE_MAX);
    gia__reply_init(&upload->reply, client);
    gia__file_watch_init(&upload->watch, client, how->wait_timeout_ms);
    return upload;
}

int gia_file_upload(gia_call_t **out, gia_client_t *client, const gia_upload_options_t *upload,
                    const gia_call_options_t *options)
{
    gia__upload_plan_t plan;
    gia__exchange_t exchange;
    upload_t *receiver;
    int rc;

    if (!client || !gia__has_files(client) || !gia__call_options_are_usable(options))
        return GIA_EINVAL;
    rc = gia__upload_options_read(&plan, upload, NULL, 0);
    if (rc != GIA_OK)
        return rc;
    receiver = new_upload(client, &plan.how);
    if (!receiver)
        return GIA_ENOMEM;
    gia__exchange_init(&exchange, &client->mem, "POST", "application/json");
    gia__exchange_add_url(&exchange, client->settings.upload_path);
    gia__exchange_add_url(&exchange, "/files");
    gia__exchange_note(&exchange,
                       gia__upload_source_init(&receiver->source, &exchange, &client->mem, &plan));
    return gia__call_launch(out, client, &exchange, &receiver->receiver, options);
}
