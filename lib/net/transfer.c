/* One HTTP exchange: an easy handle, what it sends, and what came back. */
#include "net/transfer.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>

#include <gia/error.h>

#include "net/body.h"
#include "net/retry_after.h"

/* The owner keeps the time; curl's own default of 300 s for connecting must not come first. */
enum { CONNECT_TIMEOUT_NEVER_MS = 1000 * 1000 * 1000 };

struct gia__transfer_s {
    const gia__mem_t *mem;
    gia__multi_t *multi;
    gia__transfer_callbacks_t callbacks;
    size_t max_header_bytes;
    CURL *easy;
    struct curl_slist *headers; /* borrowed by the easy handle, like body and detail */
    gia__body_t body;
    uint64_t body_length, body_sent;
    uint64_t bytes_received;
    gia__phase_t phase;
    uint64_t active_ms;
    int running; /* curl has it */
    int paused;  /* curl keeps data back for us */
    int starved; /* curl waits for more of the body */
    gia__task_t feed;
    int leaving; /* nobody wants it any more */
    int curl_code;
    int headers_too_big;
    int interim;       /* the head that comes is not the final one */
    int head_complete; /* of the final answer */
    size_t header_bytes;
    int64_t retry_after_ms;
    int http_major;
    char detail[CURL_ERROR_SIZE];
};

static void enter_phase(gia__transfer_t *transfer, gia__phase_t phase)
{
    if (transfer->phase >= phase)
        return;
    transfer->phase = phase;
    transfer->callbacks.on_phase(transfer, phase, transfer->callbacks.data);
}

/* The connection is made, the request comes next: the last moment at which the server knows
 * nothing. */
static int on_connected(void *data, char *remote_ip, char *local_ip, int remote_port,
                        int local_port)
{
    gia__transfer_t *transfer = data;

    transfer->active_ms = gia__multi_now(transfer->multi);
    enter_phase(transfer, GIA__PHASE_WAITING);
    return CURL_PREREQFUNC_OK;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *data)
{
    gia__transfer_t *transfer = data;
    int64_t len = transfer->leaving ? GIA__BODY_FAILED
                                    : gia__body_read(&transfer->body, buffer, size * count);

    if (len == GIA__BODY_FAILED)
        return CURL_READFUNC_ABORT;
    if (len == GIA__BODY_WAIT) {
        transfer->starved = 1;
        return CURL_READFUNC_PAUSE;
    }
    transfer->body_sent += (uint64_t)len;
    transfer->active_ms = gia__multi_now(transfer->multi);
    return (size_t)len;
}

static void let_flow(gia__transfer_t *transfer)
{
    int code =
        gia__multi_pause(transfer->multi, transfer->easy, transfer->paused, transfer->starved);

    if (code == CURLE_OK || transfer->leaving)
        return;
    gia__transfer_multi_ended(transfer, code);
    transfer->leaving = 1; /* curl does not know, and may bring more */
}

static void feed(gia__task_t *task)
{
    gia__transfer_t *transfer = GIA__LIST_OBJECT(task, gia__transfer_t, feed);

    transfer->starved = 0;
    let_flow(transfer);
}

/* curl may be on the stack: a program can run its loop inside of a callback. */
static void on_body_ready(void *data)
{
    gia__transfer_t *transfer = data;

    if (transfer->starved)
        gia__multi_soon(transfer->multi, &transfer->feed);
}

/* curl would silently post again when a pooled connection dies under a request. The server may have
 * run that request, so bytes that went out once stay out: the exchange fails instead and its owner
 * decides. */
static int on_seek(void *data, curl_off_t offset, int origin)
{
    const gia__transfer_t *transfer = data;

    return origin == SEEK_SET && offset == 0 && transfer->body_sent == 0 ? CURL_SEEKFUNC_OK
                                                                         : CURL_SEEKFUNC_FAIL;
}

static int header_is(const char *line, size_t len, const char *name, const char **value,
                     size_t *value_len)
{
    size_t name_len = strlen(name);

    if (len <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0)
        return 0;
    *value = line + name_len + 1;
    *value_len = len - name_len - 1;
    return 1;
}

/* "HTTP/1.1 103 …": more is to come. 101 is not: whatever follows is another protocol. */
static int is_interim(const char *line, size_t len)
{
    const char *status = memchr(line, ' ', len);

    return status && line + len - status > 3 && status[1] == '1' &&
           memcmp(status + 1, "101", 3) != 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *data)
{
    gia__transfer_t *transfer = data;
    size_t len = size * count, value_len;
    const char *value;

    transfer->active_ms = gia__multi_now(transfer->multi);
    transfer->header_bytes += len;
    if (transfer->header_bytes > transfer->max_header_bytes) {
        transfer->headers_too_big = 1;
        return 0;
    }
    /* A new status line after an interim answer: what was said before does not count. */
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        transfer->http_major = line[5] - '0';
        transfer->interim = is_interim(line, len);
        transfer->retry_after_ms = -1;
    } else if (header_is(line, len, "retry-after-ms", &value, &value_len))
        transfer->retry_after_ms = gia__retry_after_ms_parse(value, value_len);
    else if (transfer->retry_after_ms < 0 &&
             header_is(line, len, "retry-after", &value, &value_len))
        transfer->retry_after_ms = gia__retry_after_parse(value, value_len, (int64_t)time(NULL));
    if (transfer->interim)
        return len; /* a sign of life, but the answer has not begun */
    if (len <= 2 && (*line == '\r' || *line == '\n'))
        transfer->head_complete = 1;
    enter_phase(transfer, GIA__PHASE_RECEIVING);
    return len;
}

static size_t on_write(char *bytes, size_t size, size_t count, void *data)
{
    gia__transfer_t *transfer = data;
    size_t len = size * count;

    if (transfer->leaving)
        return len;
    transfer->active_ms = gia__multi_now(transfer->multi);
    enter_phase(transfer, GIA__PHASE_RECEIVING);
    switch (transfer->callbacks.on_body(transfer, bytes, len, transfer->callbacks.data)) {
    case GIA__BODY_TAKEN: transfer->bytes_received += len; return len;
    case GIA__BODY_LATER: transfer->paused = 1; return CURL_WRITEFUNC_PAUSE;
    case GIA__BODY_ENOUGH: transfer->bytes_received += len; break;
    }
    return CURL_WRITEFUNC_ERROR;
}

static int add_header(gia__transfer_t *transfer, const char *line)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);

    if (!longer)
        return GIA_ENOMEM;
    transfer->headers = longer;
    return GIA_OK;
}

static long curl_http_version(gia_http_version_t version)
{
    switch (version) {
    case GIA_HTTP_1_1: return CURL_HTTP_VERSION_1_1;
    case GIA_HTTP_2_PRIOR_KNOWLEDGE: return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    case GIA_HTTP_DEFAULT: break;
    }
    return CURL_HTTP_VERSION_2TLS;
}

#define SET(option, value) code = code ? code : curl_easy_setopt(transfer->easy, option, value)

static CURLcode set_callbacks(gia__transfer_t *transfer)
{
    CURLcode code = CURLE_OK;

    SET(CURLOPT_PRIVATE, (char *)transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->detail);
    SET(CURLOPT_PREREQFUNCTION, on_connected);
    SET(CURLOPT_PREREQDATA, transfer);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, on_write);
    SET(CURLOPT_WRITEDATA, transfer);
    return code;
}

static CURLcode set_connection(gia__transfer_t *transfer, const gia__transfer_settings_t *settings)
{
    CURLcode code = CURLE_OK;

    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's answer is not the service's */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, settings->proxy ? settings->proxy : ""); /* "": not from the environment */
    SET(CURLOPT_NOPROXY, settings->proxy ? "" : "*");
    SET(CURLOPT_HTTP_VERSION, curl_http_version(settings->http_version));
    /* Waiting for a connection that may be shared pays only where sharing is possible. */
    SET(CURLOPT_PIPEWAIT, settings->may_share ? 1L : 0L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_NEVER_MS);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (settings->ca_file) {
        SET(CURLOPT_CAINFO, settings->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* breaking off must not wait for a resolver thread */
    return code;
}

static CURLcode set_request(gia__transfer_t *transfer, const char *method, const char *url)
{
    CURLcode code = CURLE_OK;

    SET(CURLOPT_URL, url);
    if (strcmp(method, "POST") == 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_length);
        if (transfer->body_length)
            SET(CURLOPT_READFUNCTION, on_read);
        SET(CURLOPT_READDATA, transfer);
        SET(CURLOPT_SEEKFUNCTION, on_seek);
        SET(CURLOPT_SEEKDATA, transfer);
    } else if (strcmp(method, "GET") != 0) {
        SET(CURLOPT_CUSTOMREQUEST, method);
    }
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    return code;
}

#undef SET

int gia__transfer_new(gia__transfer_t **out, const gia__mem_t *mem, gia__multi_t *multi,
                      const gia__transfer_settings_t *settings, const char *method, const char *url,
                      const char *const *headers, size_t header_count, const gia__pieces_t *body,
                      const gia__transfer_callbacks_t *callbacks)
{
    gia__transfer_t *transfer = gia__mem_zalloc(mem, sizeof(*transfer));
    CURLcode code = CURLE_OUT_OF_MEMORY;
    int rc = GIA_OK;
    size_t i;

    if (!transfer)
        return GIA_ENOMEM;
    transfer->mem = mem;
    transfer->multi = multi;
    transfer->callbacks = *callbacks;
    transfer->max_header_bytes = settings->max_header_bytes;
    transfer->retry_after_ms = -1;
    transfer->feed.run = feed;
    gia__list_init(&transfer->feed.link);
    if (body) {
        transfer->body_length = gia__pieces_length(body);
        rc = gia__body_init(&transfer->body, mem, multi, body, on_body_ready, transfer);
    }
    if (rc == GIA_OK && transfer->body_length > INT64_MAX)
        rc = GIA_EREQUEST_TOO_BIG;

    transfer->easy = curl_easy_init();
    for (i = 0; i < header_count && rc == GIA_OK; i++)
        rc = add_header(transfer, headers[i]);
    if (rc == GIA_OK)
        rc = add_header(transfer, "Expect:"); /* no second of silence before large bodies */
    if (rc == GIA_OK && transfer->easy) {
        code = set_callbacks(transfer);
        code = code ? code : set_connection(transfer, settings);
        code = code ? code : set_request(transfer, method, url);
    }
    if (code != CURLE_OK || rc != GIA_OK) {
        gia__transfer_free(transfer);
        if (rc != GIA_OK)
            return rc;
        return code == CURLE_OUT_OF_MEMORY ? GIA_ENOMEM : GIA_EINTERNAL;
    }
    *out = transfer;
    return GIA_OK;
}

int gia__transfer_start(gia__transfer_t *transfer)
{
    int rc = gia__multi_add(transfer->multi, transfer->easy);

    transfer->running = rc == GIA_OK;
    transfer->active_ms = gia__multi_now(transfer->multi);
    return rc;
}

void gia__transfer_free(gia__transfer_t *transfer)
{
    if (!transfer)
        return;
    /* libcurl 7.88 leaks what it keeps back of a paused HTTP/2 stream that is removed: take it
     * first. */
    transfer->leaving = 1;
    if (transfer->running && transfer->paused) {
        transfer->paused = 0;
        let_flow(transfer);
    }
    gia__list_remove(&transfer->feed.link);
    if (transfer->running)
        gia__multi_remove(transfer->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    gia__body_free(&transfer->body);
    gia__mem_free(transfer->mem, transfer);
}

void gia__transfer_unpause(gia__transfer_t *transfer)
{
    if (!transfer->paused)
        return;
    transfer->paused = 0;
    transfer->active_ms = gia__multi_now(transfer->multi);
    let_flow(transfer);
}

void gia__transfer_multi_ended(void *easy_private, int curl_code)
{
    gia__transfer_t *transfer = easy_private;

    if (transfer->leaving)
        return;
    transfer->curl_code = curl_code;
    transfer->starved = 0;
    gia__list_remove(&transfer->feed.link);
    transfer->callbacks.on_ended(transfer, transfer->callbacks.data);
}

gia__phase_t gia__transfer_phase(const gia__transfer_t *transfer)
{
    return transfer->phase;
}

uint64_t gia__transfer_active_ms(const gia__transfer_t *transfer)
{
    return transfer->active_ms;
}

int gia__transfer_http_major(const gia__transfer_t *transfer)
{
    return transfer->http_major;
}

uint64_t gia__transfer_bytes_sent(const gia__transfer_t *transfer)
{
    return transfer->body_sent;
}

uint64_t gia__transfer_bytes_received(const gia__transfer_t *transfer)
{
    return transfer->bytes_received;
}

int gia__transfer_status(const gia__transfer_t *transfer)
{
    long status = 0;

    if (transfer->phase == GIA__PHASE_RECEIVING)
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

const char *gia__transfer_content_type(const gia__transfer_t *transfer)
{
    char *content_type = NULL;

    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &content_type);
    return content_type ? content_type : "";
}

const char *gia__transfer_header(const gia__transfer_t *transfer, const char *name)
{
    struct curl_header *header = NULL;

    if (transfer->phase != GIA__PHASE_RECEIVING ||
        curl_easy_header(transfer->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->value;
}

int64_t gia__transfer_retry_after_ms(const gia__transfer_t *transfer)
{
    return transfer->retry_after_ms;
}

static int body_is_sent(const gia__transfer_t *transfer)
{
    return transfer->body_sent == transfer->body_length;
}

/* libcurl cuts off a header line that does not end by itself, and until 8.6 it had no code for that
 * but this one. */
static int is_endless_header(const gia__transfer_t *transfer)
{
    enum { TOO_LARGE = 100 /* CURLE_TOO_LARGE, since 8.6 */ };

    if (transfer->head_complete || transfer->phase == GIA__PHASE_CONNECTING)
        return 0;
    return transfer->curl_code == TOO_LARGE ||
           (transfer->curl_code == CURLE_OUT_OF_MEMORY && body_is_sent(transfer));
}

/* Broken before anything of the request was sent: by a proxy that does not want to connect? */
static int connect_code_of(const gia__transfer_t *transfer)
{
    long proxy_status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    return proxy_status >= 300 ? GIA_EPROXY : GIA_ECONNECT;
}

static int code_of(const gia__transfer_t *transfer)
{
    if (is_endless_header(transfer))
        return GIA_EHEADERS_TOO_BIG;
    switch (transfer->curl_code) {
    case CURLE_OK: return GIA_OK;
    case CURLE_OUT_OF_MEMORY: return GIA_ENOMEM;
    case CURLE_COULDNT_RESOLVE_HOST: return GIA_ERESOLVE;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY: return GIA_EPROXY;
    case CURLE_COULDNT_CONNECT: return GIA_ECONNECT;
    case CURLE_OPERATION_TIMEDOUT: return GIA_ECONNECT; /* the kernel's own patience ended */
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return GIA_ECERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED: return GIA_ETLS;
    case CURLE_PARTIAL_FILE: /* with HTTP/2 also when no answer had begun */
        return transfer->phase == GIA__PHASE_RECEIVING ? GIA_ETRUNCATED : GIA_ELOST;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        if (transfer->phase == GIA__PHASE_CONNECTING)
            return connect_code_of(transfer);
        return GIA_ELOST;
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return GIA_ELOST;
    case CURLE_WRITE_ERROR:
        if (transfer->headers_too_big)
            return GIA_EHEADERS_TOO_BIG;
        return GIA_EPROTOCOL;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: return GIA_EPROTOCOL;
    case CURLE_RECURSIVE_API_CALL:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_ABORTED_BY_CALLBACK: return GIA_EINTERNAL;
    default: return transfer->phase == GIA__PHASE_CONNECTING ? GIA_ECONNECT : GIA_ELOST;
    }
}

int gia__transfer_outcome(const gia__transfer_t *transfer, int *curl_code, const char **detail)
{
    int code = code_of(transfer);
    const char *message = NULL;
    int body_code = gia__body_error(&transfer->body, &message);

    /* The body stopped it: no network had a part in that. */
    if (transfer->curl_code == CURLE_ABORTED_BY_CALLBACK && body_code != GIA_OK) {
        if (curl_code)
            *curl_code = CURLE_OK;
        if (detail)
            *detail = message;
        return body_code;
    }
    if (curl_code)
        *curl_code = transfer->curl_code;
    if (detail)
        *detail = transfer->detail[0] ? transfer->detail
                                      : curl_easy_strerror((CURLcode)transfer->curl_code);
    if (detail && code == GIA_EHEADERS_TOO_BIG)
        *detail = NULL; /* libcurl only knows that it was stopped */
    return code;
}
