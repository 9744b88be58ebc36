/* What a service answers to an operation on interactions: a stream, an interaction, or an error. */
#include "ops/answer.h"

#include <string.h>

#include "ops/reply.h"
#include "ops/stream.h"
#include "wire/interaction.h"

/* Decided once, by status and content type, when the first byte of the body has come. */
enum kind { UNDECIDED, STREAM, WHOLE };

typedef struct answer_s {
    gia__receiver_t receiver; /* first: the call hands it back */
    gia_client_t *client;
    gia__answer_kind_t wanted;
    gia_fold_t fold;
    enum kind kind;
    gia__stream_t *stream;
    gia__reply_t reply;
    gia__json_error_t json_error;
    gia_interaction_t *interaction;
    gia__retry_t retry;
    gia__continuation_t continuation;
} answer_t;

/* -- the body comes -- */

/* A stream that was asked for may come with a wrong label, but JSON and HTML are not streams. */
static int is_stream(const answer_t *answer, const gia_call_t *call, char first)
{
    int status = gia__call_status(call);

    if (status < 200 || status > 299)
        return 0;
    if (gia__reply_has_type(call, "text/event-stream"))
        return 1;
    return answer->wanted == GIA__ANSWER_STREAM && !gia__reply_has_type(call, "application/json") &&
           !gia__reply_has_type(call, "text/html") && !strchr("{[<", first);
}

static int decide(answer_t *answer, gia_call_t *call, char first)
{
    if (!is_stream(answer, call, first)) {
        answer->kind = WHOLE;
        return GIA_OK;
    }
    answer->stream = gia__stream_new(answer->client, answer->fold, &answer->continuation);
    if (!answer->stream)
        return GIA_ENOMEM;
    answer->kind = STREAM;
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
    return gia__reply_take(&answer->reply, call, bytes, len);
}

/* -- the end comes -- */

static void read_interaction(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    gia__reply_t *reply = &answer->reply;
    int rc = gia__interaction_decode(&answer->interaction, &answer->client->mem, &reply->body,
                                     &reply->limits, answer->client->settings.config.max_json_bytes,
                                     &answer->json_error);

    if (rc == GIA_OK)
        result->interaction = answer->interaction;
    else
        gia__reply_misses(reply, call, result, rc, &answer->json_error, "an interaction");
}

/* Judges one exchange. */
static void read_answer(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    if (answer->kind == STREAM)
        gia__stream_end(answer->stream, call, result);
    else if (gia__reply_is_good(&answer->reply, call, result) &&
             answer->wanted != GIA__ANSWER_NOTHING)
        read_interaction(answer, call, result);
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
    gia__reply_free(&answer->reply);
    answer->kind = UNDECIDED;
}

static void on_end(gia__receiver_t *receiver, gia_call_t *call, gia_result_t *result)
{
    answer_t *answer = (answer_t *)receiver;
    gia__hop_t hop;

    read_answer(answer, call, result);
    if (gia__retry(&answer->retry, call, result)) {
        forget(answer);
        return;
    }
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
    gia__mem_free(&answer->client->mem, answer);
}

gia__receiver_t *gia__answer_new(gia_client_t *client, gia__answer_kind_t wanted, gia_fold_t fold,
                                 gia__effect_t effect)
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
    gia__retry_init(&answer->retry, client, effect);
    gia__continuation_init(&answer->continuation, client);
    gia__reply_init(&answer->reply, client);
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
