/* An answer that comes whole. */
#include "ops/reply.h"

#include <string.h>
#include <strings.h>

#include "ops/service_error.h"

void gia__reply_init(gia__reply_t *reply, gia_client_t *client)
{
    memset(reply, 0, sizeof(*reply));
    reply->client = client;
    reply->limits.max_depth = client->settings.config.max_json_depth;
    gia__buf_init(&reply->body, &client->mem, 0);
    gia__arena_init(&reply->arena, &client->mem, client->settings.config.max_json_bytes);
}

void gia__reply_free(gia__reply_t *reply)
{
    gia__buf_free(&reply->body);
    gia__arena_free(&reply->arena);
    reply->len = 0;
}

static int is_success(int http_status)
{
    return http_status >= 200 && http_status <= 299;
}

int gia__reply_take(gia__reply_t *reply, gia_call_t *call, const char *bytes, size_t len)
{
    const gia_config_t *config = &reply->client->settings.config;
    gia__buf_t *body = &reply->body;
    int is_error = !is_success(gia__call_status(call));
    int rc;

    body->max = is_error ? config->max_error_body_bytes : config->max_body_bytes;
    if (is_error && len > body->max - body->len)
        len = body->max - body->len;
    rc = gia__buf_add(body, bytes, len);
    reply->len = body->len;
    if (is_error && body->len == body->max)
        gia__call_complete(call); /* the status says enough */
    if (rc == GIA__BUF_TOO_BIG)
        return GIA_EBODY_TOO_BIG;
    return rc == GIA__BUF_NO_MEMORY ? GIA_ENOMEM : GIA_OK;
}

static const char *either(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

static void report_service_error(gia__reply_t *reply, gia_call_t *call, gia_result_t *result)
{
    const gia__service_error_t *error = &reply->error;
    int under_success = is_success(result->http_status);

    if (gia__ops_read_error(&reply->error, reply->client, &reply->arena, reply->body.data,
                            reply->body.len, &reply->limits) != GIA_OK) {
        result->code = GIA_ENOMEM;
        gia__call_message(call, result, "out of memory while reading an error with HTTP status %d",
                          result->http_status);
        return;
    }
    /* Under a status that means success the error's own code is all there is. */
    result->code =
        gia__service_error_code(error, under_success && error->json ? 0 : result->http_status);
    result->curl_code = 0;
    gia__ops_tell_error(error, result);
    gia__call_message(call, result, "HTTP %d, %s: %s", result->http_status,
                      either(error->status, either(error->code, "no code")),
                      either(error->message, gia_error_text(result->code)));
}

/* {"error": … or [{"error": …: what a front end may send under 200, too. */
static int looks_like_error(const gia__buf_t *body)
{
    static const char name[] = "\"error\"";
    size_t i = 0;
    int brackets;

    for (brackets = 0; i < body->len && strchr(" \t\r\n[{", body->data[i]); i++)
        brackets += body->data[i] == '{';
    return brackets == 1 && body->len - i > sizeof(name) - 1 &&
           memcmp(body->data + i, name, sizeof(name) - 1) == 0;
}

int gia__reply_is_good(gia__reply_t *reply, gia_call_t *call, gia_result_t *result)
{
    int broken_off =
        result->code != GIA_OK && result->code != GIA_ETRUNCATED && result->code != GIA_ELOST;

    if (!broken_off && result->http_status == 0) {
        if (result->code == GIA_OK) {
            result->code = GIA_EPROTOCOL;
            gia__call_message(call, result,
                              "the server closed the connection without an HTTP answer");
        }
    } else if (!broken_off &&
               (!is_success(result->http_status) || looks_like_error(&reply->body))) {
        report_service_error(reply, call, result);
    }
    return result->code == GIA_OK;
}

void gia__reply_misses(gia__reply_t *reply, gia_call_t *call, gia_result_t *result, int code,
                       const gia_json_error_t *error, const char *wanted)
{
    if (result->http_status == 204) {
        report_service_error(reply, call, result);
        return;
    }
    result->code = code == GIA_EJSON && error->offset == reply->len ? GIA_ETRUNCATED : code;
    if (reply->len == 0)
        gia__call_message(call, result, "HTTP %d came without a body", result->http_status);
    else if (gia__reply_has_type(call, "text/html"))
        gia__call_message(call, result, "HTTP %d came with HTML instead of %s", result->http_status,
                          wanted);
    else if (code == GIA_EPROTOCOL)
        gia__call_message(call, result, "the answer is JSON, but not %s", wanted);
    else
        gia__call_message(call, result, "the answer is not %s: %s", wanted,
                          either(error->message, gia_error_text(code)));
}

void gia__reply_go_on(gia__reply_t *reply, gia_call_t *call, gia_result_t *result,
                      gia__exchange_t *exchange, uint64_t pause_ms, gia__reason_t reason)
{
    if (exchange->code == GIA_OK) {
        gia__reply_free(reply);
        gia__call_again(call, exchange, pause_ms, reason);
    } else {
        gia__call_fail(call, result, exchange->code);
    }
    gia__exchange_free(exchange);
}

int gia__reply_has_type(const gia_call_t *call, const char *media_type)
{
    const char *content_type = gia__call_content_type(call);
    size_t len = strlen(media_type);

    return strncasecmp(content_type, media_type, len) == 0 && strchr(" ;\t", content_type[len]);
}
