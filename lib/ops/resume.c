/* A stream that broke is taken up again. */
#include "ops/resume.h"

#include <stdio.h>
#include <string.h>

#include "ops/interaction_exchange.h"
#include "ops/retry.h"
#include "wire/url.h"

void gia__resume_init(gia__resume_t *resume, gia_client_t *client)
{
    memset(resume, 0, sizeof(*resume));
    resume->client = client;
}

void gia__resume_free(gia__resume_t *resume)
{
    gia__mem_free(&resume->client->mem, resume->id);
    gia__mem_free(&resume->client->mem, resume->event_id);
}

int gia__resume_allow(gia__resume_t *resume, const char *id, const char *event_id)
{
    const gia__mem_t *mem = &resume->client->mem;

    if ((id && !(resume->id = gia__mem_dup(mem, id, strlen(id)))) ||
        (event_id && !(resume->event_id = gia__mem_dup(mem, event_id, strlen(event_id)))))
        return GIA_ENOMEM;
    resume->allowed = 1;
    return GIA_OK;
}

const char *gia__resume_id(const gia__resume_t *resume, const gia__stream_t *stream)
{
    const char *id = resume->id || !stream ? resume->id : gia__stream_hop(stream).id;

    return gia__url_is_segment(id) ? id : NULL; /* a service may tell anything */
}

static int may_come_back(const gia__stream_t *stream, const gia_result_t *result)
{
    return gia__retry_may_pass(result) || gia__stream_was_cut(stream);
}

int gia__resume_wants(const gia__resume_t *resume, const gia__stream_t *stream,
                      const gia_result_t *result)
{
    if (!resume->allowed || !stream || !gia__stream_can_be_taken_up(stream) ||
        !gia__resume_id(resume, stream))
        return 0;
    switch (result->code) {
    case GIA_OK:
    case GIA_ECANCELED:
    case GIA_ETOTAL_TIMEOUT:
    case GIA_EWATCH_TIMEOUT: return 0;
    default: break;
    }
    switch (resume->step) {
    case GIA__RESUME_NOT: return gia__retry_is_lost(result) || gia__stream_was_cut(stream);
    case GIA__RESUME_TAKING_UP: /* a refusal of the stream is no word about the interaction */
        return may_come_back(stream, result) || result->http_status >= 300 ||
               result->code == GIA_EPROTOCOL;
    default: return 0;
    }
}

int gia__resume_has_hope(gia__resume_t *resume, const gia__stream_t *stream,
                         const gia_result_t *result)
{
    int no_news = resume->step != GIA__RESUME_NOT && result->event_count == resume->events;

    resume->breaks = no_news ? resume->breaks + 1 : 0;
    resume->events = result->event_count;
    if (resume->step == GIA__RESUME_NOT || resume->breaks == 0) { /* else it is no other break */
        resume->code = result->code;
        snprintf(resume->message, sizeof(resume->message), "%s", result->message);
    }
    return may_come_back(stream, result) &&
           resume->breaks < resume->client->settings.config.max_resumes &&
           result->retry_after_ms <= resume->client->settings.config.max_retry_delay_ms &&
           !gia_status_is_final(gia__stream_hop(stream).status);
}

static void ask(const gia__resume_t *resume, const gia__stream_t *stream, gia__exchange_t *exchange)
{
    const char *event_id = gia__stream_event_id(stream);

    gia__interaction_exchange_init(exchange, &resume->client->mem, &resume->client->settings, "GET",
                                   gia__resume_id(resume, stream));
    exchange->accept = "text/event-stream";
    gia__exchange_add_url(exchange, "?stream=true");
    if (event_id) {
        gia__exchange_add_url(exchange, "&last_event_id=");
        gia__exchange_add_url_escaped(exchange, event_id);
    }
}

int gia__resume_go_on(gia__resume_t *resume, gia_call_t *call, gia__stream_t *stream,
                      const gia__poll_t *limit, gia_result_t *result)
{
    int64_t pause_ms =
        gia__retry_pause_ms(resume->client, resume->breaks + 1, result->retry_after_ms);
    gia__exchange_t exchange;
    int rc;

    if (pause_ms < 0)
        return 0;
    ask(resume, stream, &exchange);
    if (limit)
        gia__poll_limit(limit, &exchange);
    rc = exchange.code;
    result->resumes = resume->made;
    if (rc == GIA_OK) {
        gia__call_reconnecting(call, result);
        gia__stream_take_up(stream);
        resume->step = GIA__RESUME_TAKING_UP;
        resume->made++;
        gia__call_again(call, &exchange, (uint64_t)pause_ms, GIA__REASON_RESUME);
    } else {
        gia__call_fail(call, result, rc);
    }
    gia__exchange_free(&exchange);
    return rc == GIA_OK;
}

void gia__resume_give_up(const gia__resume_t *resume, gia_call_t *call, gia_result_t *result)
{
    char why[200];

    result->resumes = resume->made;
    if (result->code == GIA_OK || resume->step == GIA__RESUME_NOT || result->http_status < 300)
        return;
    snprintf(why, sizeof(why), "%s", result->message);
    result->code = resume->code;
    gia__call_message(call, result, "%s; and it could not be taken up again: %s", resume->message,
                      why);
}
