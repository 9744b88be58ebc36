/* What a service answers to an operation on interactions: a stream, an interaction, or an error. */
#include "ops/answer.h"

#include <string.h>
#include <strings.h>

#include "ops/service_error.h"
#include "ops/stream.h"
#include "wire/interaction.h"

/* Decided once, by status and content type, when the first byte of the body has come. */
enum kind { UNDECIDED, STREAM, INTERACTION, ERROR_BODY };

typedef struct answer_s {
    gia__receiver_t receiver; /* first: the call hands it back */
    gia_client_t *client;
    gia__answer_kind_t wanted;
    gia_fold_t fold;
    enum kind kind;
    gia__stream_t *stream;
    gia__buf_t body;
    gia__arena_t arena; /* what the result points to */
    gia__json_limits_t limits;
    gia__service_error_t error;
    gia__json_error_t json_error;
    gia_interaction_t *interaction;
    gia__continuation_t continuation;
} answer_t;

/* -- the body comes -- */

static int is_media_type(const char *content_type, const char *wanted)
{
    size_t len = strlen(wanted);

    return strncasecmp(content_type, wanted, len) == 0 && strchr(" ;\t", content_type[len]);
}

/* A stream that was asked for may come with a wrong label, but JSON and HTML are not streams. */
static int is_stream(const answer_t *answer, const char *content_type, char first)
{
    if (is_media_type(content_type, "text/event-stream"))
        return 1;
    return answer->wanted == GIA__ANSWER_STREAM &&
           !is_media_type(content_type, "application/json") &&
           !is_media_type(content_type, "text/html") && !strchr("{[<", first);
}

static int decide(answer_t *answer, gia_call_t *call, char first)
{
    const gia_config_t *config = &answer->client->settings.config;
    int status = gia__call_status(call);

    if (status < 200 || status > 299) {
        answer->kind = ERROR_BODY;
        answer->body.max = config->max_error_body_bytes;
    } else if (is_stream(answer, gia__call_content_type(call), first)) {
        answer->stream = gia__stream_new(answer->client, answer->fold, &answer->continuation);
        if (!answer->stream)
            return GIA_ENOMEM;
        answer->kind = STREAM;
    } else {
        answer->kind = INTERACTION;
        answer->body.max = config->max_body_bytes;
    }
    return GIA_OK;
}

static int on_body(gia__receiver_t *receiver, gia_call_t *call, const char *bytes, size_t len,
                   size_t *consumed)
{
    answer_t *answer = (answer_t *)receiver;
    int rc = GIA_OK;

    if (answer->kind == UNDECIDED && len)
        rc = decide(answer, call, bytes[0]);
    if (rc != GIA_OK)
        return rc;
    if (answer->kind == STREAM)
        return gia__stream_feed(answer->stream, call, bytes, len, consumed);

    *consumed = len;
    if (answer->kind == ERROR_BODY && len > answer->body.max - answer->body.len)
        len = answer->body.max - answer->body.len;
    rc = gia__buf_add(&answer->body, bytes, len);
    if (answer->kind == ERROR_BODY && answer->body.len == answer->body.max)
        gia__call_complete(call); /* the status says enough */
    if (rc == GIA__BUF_TOO_BIG)
        return GIA_EBODY_TOO_BIG;
    return rc == GIA__BUF_NO_MEMORY ? GIA_ENOMEM : GIA_OK;
}

/* -- the end comes -- */

static const char *either(const char *text, const char *otherwise)
{
    return text && *text ? text : otherwise;
}

static void report_service_error(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    const gia__service_error_t *error = &answer->error;
    int is_success = result->http_status >= 200 && result->http_status <= 299;

    if (gia__ops_read_error(&answer->error, answer->client, &answer->arena, answer->body.data,
                            answer->body.len, &answer->limits) != GIA_OK) {
        result->code = GIA_ENOMEM;
        gia__call_message(call, result, "out of memory while reading an error with HTTP status %d",
                          result->http_status);
        return;
    }
    /* Under a status that means success the error's own code is all there is. */
    result->code =
        gia__service_error_code(error, is_success && error->json ? 0 : result->http_status);
    result->curl_code = 0;
    result->service_code = error->code;
    result->service_message = error->message;
    result->service_error = error->json;
    if (result->retry_after_ms < 0)
        result->retry_after_ms = error->retry_delay_ms;
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

static void read_interaction(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    const gia_config_t *config = &answer->client->settings.config;
    size_t len = answer->body.len;
    int whole = result->code == GIA_OK;
    int rc;

    if (whole && len == 0) {
        result->code = GIA_ETRUNCATED;
        gia__call_message(call, result, "HTTP %d came without a body", result->http_status);
        return;
    }
    if (looks_like_error(&answer->body)) {
        report_service_error(answer, call, result);
        return;
    }
    if (!whole)
        return;
    rc = gia__interaction_decode(&answer->interaction, &answer->client->mem, &answer->body,
                                 &answer->limits, config->max_json_bytes, &answer->json_error);
    if (rc == GIA_OK) {
        result->interaction = answer->interaction;
        return;
    }
    result->code = rc == GIA_EJSON && answer->json_error.offset == len ? GIA_ETRUNCATED : rc;
    if (is_media_type(gia__call_content_type(call), "text/html"))
        gia__call_message(call, result, "HTTP %d came with HTML instead of an interaction",
                          result->http_status);
    else if (rc == GIA_EPROTOCOL)
        gia__call_message(call, result, "the answer is JSON, but no interaction");
    else
        gia__call_message(call, result, "the answer is not an interaction: %s",
                          either(answer->json_error.message, gia_error_text(rc)));
}

/* Judges one exchange. */
static void read_answer(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    int broken_off =
        result->code != GIA_OK && result->code != GIA_ETRUNCATED && result->code != GIA_ELOST;

    if (answer->kind == STREAM) {
        gia__stream_end(answer->stream, call, result);
    } else if (broken_off || result->http_status == 0) {
        if (result->code == GIA_OK) {
            result->code = GIA_EPROTOCOL;
            gia__call_message(call, result,
                              "the server closed the connection without an HTTP answer");
        }
    } else if (result->http_status < 200 || result->http_status > 299 ||
               (result->http_status == 204 && answer->wanted != GIA__ANSWER_NOTHING)) {
        report_service_error(answer, call, result);
    } else if (answer->wanted == GIA__ANSWER_NOTHING) {
        if (looks_like_error(&answer->body))
            report_service_error(answer, call, result);
    } else {
        read_interaction(answer, call, result);
    }
}

static gia__hop_t hop_of(const answer_t *answer)
{
    const gia_interaction_t *interaction = answer->interaction;

    if (answer->kind == STREAM)
        return gia__stream_hop(answer->stream);
    return (gia__hop_t){gia_interaction_status(interaction), gia_interaction_id(interaction),
                        gia_interaction_continuation_token(interaction), answer->interaction,
                        (int64_t)gia_interaction_step_count(interaction)};
}

/* Forgets an answer: another one comes. */
static void forget(answer_t *answer)
{
    gia__stream_free(answer->stream);
    answer->stream = NULL;
    gia_interaction_release(answer->interaction);
    answer->interaction = NULL;
    gia__buf_free(&answer->body);
    answer->kind = UNDECIDED;
}

static void on_end(gia__receiver_t *receiver, gia_call_t *call, gia_result_t *result)
{
    answer_t *answer = (answer_t *)receiver;
    gia__hop_t hop;

    read_answer(answer, call, result);
    hop = hop_of(answer);
    if (result->code == GIA_OK &&
        gia__continuation_wants(&answer->continuation, hop.status, hop.token)) {
        int rc = gia__continuation_go_on(&answer->continuation, call, &hop);
        if (rc == GIA_OK) {
            forget(answer);
            return;
        }
        result->code = rc;
        gia__call_message(call, result, "%s", gia_error_text(rc));
    }
    gia__continuation_finish(&answer->continuation, call, hop.interaction, result);
}

static void free_answer(gia__receiver_t *receiver)
{
    answer_t *answer = (answer_t *)receiver;

    forget(answer);
    gia__continuation_free(&answer->continuation);
    gia__arena_free(&answer->arena);
    gia__mem_free(&answer->client->mem, answer);
}

gia__receiver_t *gia__answer_new(gia_client_t *client, gia__answer_kind_t wanted, gia_fold_t fold)
{
    answer_t *answer = gia__mem_zalloc(&client->mem, sizeof(*answer));

    if (!answer)
        return NULL;
    answer->receiver.on_body = on_body;
    answer->receiver.on_end = on_end;
    answer->receiver.free = free_answer;
    answer->client = client;
    answer->wanted = wanted;
    answer->fold = fold;
    gia__continuation_init(&answer->continuation, client);
    answer->limits.max_depth = client->settings.config.max_json_depth;
    gia__buf_init(&answer->body, &client->mem, 0);
    gia__arena_init(&answer->arena, &client->mem, client->settings.config.max_json_bytes);
    return &answer->receiver;
}

void gia__answer_allow_continuation(gia__receiver_t *receiver, const gia__request_layout_t *layout,
                                    int stored)
{
    gia__continuation_t *continuation = &((answer_t *)receiver)->continuation;

    continuation->allowed = 1;
    continuation->layout = *layout;
    continuation->stored = stored;
}
