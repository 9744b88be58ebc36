/* What a service answers to an operation on interactions: a stream, an interaction, or an error. */
#include "ops/answer.h"

#include <string.h>

#include "ops/cancel.h"
#include "ops/reply.h"
#include "ops/resume.h"
#include "ops/stream.h"
#include "wire/interaction.h"
#include "wire/retell.h"
#include "wire/url.h"

/* Decided once, by status and content type, when the first byte of the body has come. */
enum kind { UNDECIDED, STREAM, WHOLE };

typedef struct answer_s {
    gia__receiver_t receiver; /* first: the call hands it back */
    gia_client_t *client;
    gia__answer_kind_t wanted;
    gia_fold_t fold;
    enum kind kind;
    int is_judged; /* on_end comes once more when the user stops the call from within */
    gia__stream_t *stream;
    gia__reply_t reply;
    gia__json_error_t json_error;
    gia_interaction_t *interaction;
    gia__retry_t retry;
    gia__resume_t resume;
    gia__continuation_t continuation;
    gia__watch_t watch;
    gia__cancel_t cancel;
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
    if (answer->watch.looking || !is_stream(answer, call, first)) {
        answer->kind = WHOLE;
        return GIA_OK;
    }
    if (answer->stream) { /* it is taken up again */
        answer->kind = STREAM;
        return GIA_OK;
    }
    answer->stream = gia__stream_new(answer->client, answer->fold, &answer->continuation);
    if (!answer->stream)
        return GIA_ENOMEM;
    answer->kind = STREAM;
    return answer->resume.allowed
               ? gia__stream_expect_breaks(answer->stream, answer->resume.event_id)
               : GIA_OK;
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

static void read_answer(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    if (answer->kind == STREAM)
        gia__stream_judge(answer->stream, call, result);
    else if (gia__reply_is_good(&answer->reply, call, result) &&
             answer->wanted != GIA__ANSWER_NOTHING)
        read_interaction(answer, call, result);
}

static gia__hop_t hop_of(const answer_t *answer)
{
    const gia_interaction_t *interaction = answer->interaction;

    if (answer->stream && !interaction)
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
    answer->is_judged = 0;
}

/* Judges one exchange. 1: it is made again. */
static int judge(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    answer->is_judged = 1;
    read_answer(answer, call, result);
    if (answer->cancel.under_way)
        return gia__cancel_sent(&answer->cancel, call, result);
    return !answer->watch.looking && answer->resume.step == GIA__RESUME_NOT &&
           gia__retry(&answer->retry, call, result);
}

/* What comes next is one interaction, not a stream. */
static void expect_interaction(answer_t *answer)
{
    forget(answer);
    answer->wanted = GIA__ANSWER_INTERACTION;
}

/* 1: the run on the server is canceled, too, if it is known and not known to have ended. */
static int cancel_run(answer_t *answer, gia_call_t *call, const gia__hop_t *hop,
                      gia_result_t *result)
{
    const char *id = gia__url_is_segment(hop->id) ? hop->id : answer->resume.id;

    if (!id)
        id = answer->watch.id;
    return gia__call_cancels_run(call) && id && !gia_status_is_final(hop->status) &&
           gia__cancel_send(&answer->cancel, answer->client, call, id, result);
}

/* -- a stream that broke -- */

/* What was asked in between has been answered: only the stream itself stays. */
static void forget_reply(answer_t *answer)
{
    gia_interaction_release(answer->interaction);
    answer->interaction = NULL;
    gia__reply_free(&answer->reply);
    answer->kind = UNDECIDED;
    answer->is_judged = 0;
}

/* Streams bring nothing new: the run is followed to its end by looks. */
static int look(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    gia__watch_t *watch = &answer->watch;
    const char *id = gia__resume_id(&answer->resume, answer->stream);
    int rc = gia__watch_name(watch, id);

    answer->resume.step = GIA__RESUME_LOOKING;
    if (rc == GIA_OK && !watch->wanted)
        rc = gia__watch_begin(watch, NULL, id, NULL);
    if (rc == GIA_OK)
        return gia__watch_look(watch, call, result);
    gia__call_fail(call, result, rc);
    return 0;
}

/* 1: the call goes on. */
static int take_up(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    int goes_on;

    if (!gia__resume_wants(&answer->resume, answer->stream, result))
        return 0;
    if (gia__resume_has_hope(&answer->resume, answer->stream, result))
        goes_on = gia__resume_go_on(&answer->resume, call, answer->stream,
                                    answer->watch.wanted ? &answer->watch.poll : NULL, result);
    else /* where a stream began behind an event it cannot be told from the whole */
        goes_on = !answer->resume.event_id && look(answer, call, result);
    if (goes_on)
        forget_reply(answer);
    return goes_on;
}

/* The stream brings nothing more, but the interaction is there: what is missing is told from it. 1:
 * on_body gets it, and then on_end comes back. */
static int tell_rest(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    gia__buf_t events;
    int rc;

    if (answer->kind != WHOLE || result->code != GIA_OK || !answer->stream ||
        !gia__stream_can_be_taken_up(answer->stream) || answer->resume.event_id)
        return 0;
    if (!gia_status_is_final(gia_interaction_status(answer->interaction))) {
        rc = look(answer, call, result); /* the answer to a request for the stream */
        if (rc)
            forget_reply(answer);
        return rc;
    }
    gia__buf_init(&events, &answer->client->mem,
                  answer->client->settings.config.max_interaction_bytes);
    rc = gia__retell(&events, answer->interaction);
    if (rc == GIA_OK) {
        gia__stream_take_up(answer->stream);
        answer->resume.step = GIA__RESUME_TELLING;
        answer->kind = STREAM;
        answer->is_judged = 0;
        gia__call_hand_out(call, &events);
    } else {
        gia__call_fail(call, result, rc);
    }
    gia__buf_free(&events);
    return rc == GIA_OK;
}

/* -- the end -- */

/* A long answer: 1 if the call goes on. */
static int continue_answer(answer_t *answer, gia_call_t *call, const gia__hop_t *hop,
                           gia_result_t *result)
{
    int rc;

    if (result->code != GIA_OK ||
        !gia__continuation_wants(&answer->continuation, hop->status, hop->token))
        return 0;
    rc = gia__continuation_go_on(&answer->continuation, call, hop);
    if (rc != GIA_OK) {
        gia__call_fail(call, result, rc);
        return 0;
    }
    forget(answer);
    return 1;
}

/* A look that was meant for a stream which had broken may find the run ended, or going on. */
static int watch(answer_t *answer, gia_call_t *call, gia_result_t *result)
{
    if (!gia__watch_goes_on(&answer->watch, call, result))
        return tell_rest(answer, call, result);
    if (answer->resume.step == GIA__RESUME_LOOKING)
        forget_reply(answer);
    else
        expect_interaction(answer);
    return 1;
}

static void on_end(gia__receiver_t *receiver, gia_call_t *call, gia_result_t *result)
{
    answer_t *answer = (answer_t *)receiver;
    gia__hop_t hop;

    if (!answer->is_judged && judge(answer, call, result)) {
        forget(answer);
        return;
    }
    if (answer->cancel.under_way || take_up(answer, call, result))
        return;
    if (answer->stream && !answer->interaction)
        gia__stream_end(answer->stream, call, result);
    if (watch(answer, call, result))
        return;
    hop = hop_of(answer);
    if (cancel_run(answer, call, &hop, result)) {
        expect_interaction(answer);
        return;
    }
    if (continue_answer(answer, call, &hop, result))
        return;
    gia__continuation_finish(&answer->continuation, call, hop.interaction, result);
    if (answer->stream && answer->interaction) /* the stream's end was not told by itself */
        result->interaction = answer->interaction;
    gia__resume_give_up(&answer->resume, call, result);
}

static void free_answer(gia__receiver_t *receiver)
{
    answer_t *answer = (answer_t *)receiver;

    forget(answer);
    gia__resume_free(&answer->resume);
    gia__continuation_free(&answer->continuation);
    gia__watch_free(&answer->watch);
    gia__cancel_free(&answer->cancel);
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
    gia__resume_init(&answer->resume, client);
    gia__continuation_init(&answer->continuation, client);
    gia__watch_init(&answer->watch, client);
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

int gia__answer_allow_resume(gia__receiver_t *receiver, const char *id, const char *event_id)
{
    return gia__resume_allow(&((answer_t *)receiver)->resume, id, event_id);
}

gia__watch_t *gia__answer_watch(gia__receiver_t *receiver)
{
    return &((answer_t *)receiver)->watch;
}
