/* A stream that broke is taken up again. */
#include "ops/resume.h"

#include <stdio.h>
#include <string.h>

#include "ops/retry.h"

void gia__resume_init(gia__resume_t *resume, gia_client_t *client)
{
    memset(resume, 0, sizeof(*resume));
    resume->client = client;
}

void gia__resume_free(gia__resume_t *resume)
{
    gia__mem_free(&resume->client->mem, resume->id);
}

int gia__resume_allow(gia__resume_t *resume, const char *id)
{
    if (id && !(resume->id = gia__mem_dup(&resume->client->mem, id, strlen(id))))
        return GIA_ENOMEM;
    resume->allowed = 1;
    return GIA_OK;
}

static const char *id_of(const gia__resume_t *resume, const gia__stream_t *stream)
{
    return resume->id ? resume->id : gia__stream_hop(stream).id;
}

static int is_break(const gia__resume_t *resume, const gia__stream_t *stream,
                    const gia_result_t *result)
{
    if (resume->step != GIA__RESUME_NOT && gia__retry_may_pass(result))
        return 1;
    return gia__retry_is_lost(result) || gia__stream_was_cut(stream);
}

int gia__resume_wants(const gia__resume_t *resume, const gia__stream_t *stream,
                      const gia_result_t *result)
{
    return resume->allowed && stream && resume->step != GIA__RESUME_TELLING &&
           result->code != GIA_OK && is_break(resume, stream, result) && id_of(resume, stream);
}

/* .../interactions/{id} */
static void begin(const gia__resume_t *resume, const gia__stream_t *stream,
                  gia__exchange_t *exchange, const char *accept)
{
    gia__exchange_init(exchange, &resume->client->mem, "GET", accept);
    gia__exchange_add_url(exchange, resume->client->settings.origin_path);
    gia__exchange_add_url(exchange, "/interactions/");
    gia__exchange_add_url_escaped(exchange, id_of(resume, stream));
}

static int again(gia_call_t *call, gia__exchange_t *exchange, int64_t pause_ms,
                 gia_result_t *result)
{
    int rc = exchange->code;

    if (rc == GIA_OK)
        gia__call_again(call, exchange, (uint64_t)pause_ms);
    gia__exchange_free(exchange);
    if (rc == GIA_OK)
        return 1;
    result->code = rc;
    gia__call_message(call, result, "%s", gia_error_text(rc));
    return 0;
}

static int take_up(gia__resume_t *resume, gia_call_t *call, gia__stream_t *stream,
                   gia_result_t *result, int64_t pause_ms)
{
    const char *event_id = gia__stream_event_id(stream);
    gia__exchange_t exchange;

    begin(resume, stream, &exchange, "text/event-stream");
    gia__exchange_add_url(&exchange, "?stream=true");
    if (event_id) {
        gia__exchange_add_url(&exchange, "&last_event_id=");
        gia__exchange_add_url_escaped(&exchange, event_id);
    }
    gia__stream_take_up(stream);
    resume->step = GIA__RESUME_TAKING_UP;
    resume->made++;
    return again(call, &exchange, pause_ms, result);
}

int gia__resume_look(gia__resume_t *resume, gia_call_t *call, const gia__stream_t *stream,
                     gia_result_t *result)
{
    int64_t pause_ms = gia__retry_pause_ms(resume->client, ++resume->looks, result->retry_after_ms);
    gia__exchange_t exchange;

    if (pause_ms < 0)
        return 0;
    begin(resume, stream, &exchange, "application/json");
    resume->step = GIA__RESUME_LOOKING;
    return again(call, &exchange, pause_ms, result);
}

static void note_loss(gia__resume_t *resume, const gia_result_t *result)
{
    resume->code = result->code;
    snprintf(resume->message, sizeof(resume->message), "%s", result->message);
}

int gia__resume_go_on(gia__resume_t *resume, gia_call_t *call, gia__stream_t *stream,
                      gia_result_t *result)
{
    int64_t pause_ms;

    if (resume->step == GIA__RESUME_LOOKING)
        return gia__resume_look(resume, call, stream, result);
    note_loss(resume, result);
    if (resume->step != GIA__RESUME_NOT && result->event_count == resume->events)
        resume->breaks++;
    else
        resume->breaks = 0;
    resume->events = result->event_count;

    if (resume->breaks >= resume->client->settings.config.max_resumes ||
        gia_status_is_final(gia__stream_hop(stream).status))
        return gia__resume_look(resume, call, stream, result);
    pause_ms = gia__retry_pause_ms(resume->client, resume->breaks + 1, result->retry_after_ms);
    if (pause_ms < 0)
        return 0;
    gia__call_reconnecting(call, result);
    return take_up(resume, call, stream, result, pause_ms);
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
