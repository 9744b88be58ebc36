/* A stream that broke is taken up again: whether it can be, when, and how often. Protocol:
 * resuming. */
#ifndef GIA_OPS_RESUME_H
#define GIA_OPS_RESUME_H

#include "call.h"
#include "ops/poll.h"
#include "ops/stream.h"

typedef enum gia__resume_step_e {
    GIA__RESUME_NOT,       /* the exchange is the operation's own */
    GIA__RESUME_TAKING_UP, /* it asks for the stream behind the last event id */
    GIA__RESUME_LOOKING,   /* it asks how the interaction stands, for streams bring nothing new */
    GIA__RESUME_TELLING    /* what was missing is told from the interaction */
} gia__resume_step_t;

typedef struct gia__resume_s {
    gia_client_t *client;
    int allowed;
    char *id;       /* the operation's; NULL: the stream tells it */
    char *event_id; /* behind which the operation begins; NULL: at the start */
    gia__resume_step_t step;
    unsigned breaks; /* in a row that brought nothing new */
    unsigned made;   /* exchanges that asked for a stream */
    uint64_t events; /* that had been handed out at the last break */
    int code;        /* how the stream was lost, and in words */
    char message[300];
} gia__resume_t;

void gia__resume_init(gia__resume_t *resume, gia_client_t *client);
void gia__resume_free(gia__resume_t *resume);

/* Lets streams be taken up; `id` and `event_id` (copied) may be NULL. GIA_OK or GIA_ENOMEM. */
int gia__resume_allow(gia__resume_t *resume, const char *id, const char *event_id);

/* Whose stream it is; NULL if that is not known. */
const char *gia__resume_id(const gia__resume_t *resume, const gia__stream_t *stream);

/* Whether an exchange ended so that the stream is to be taken up, or looked after; `stream` is the
 * one that broke. */
int gia__resume_wants(const gia__resume_t *resume, const gia__stream_t *stream,
                      const gia_result_t *result);

/* Takes note of a break. Whether another connection may bring something new. */
int gia__resume_has_hope(gia__resume_t *resume, const gia__stream_t *stream,
                         const gia_result_t *result);

/* Asks for the stream again, after a pause, within the time of `limit` (may be NULL). 1:
 * gia__call_again() was called. 0: *result is what the call ends with. */
int gia__resume_go_on(gia__resume_t *resume, gia_call_t *call, gia__stream_t *stream,
                      const gia__poll_t *limit, gia_result_t *result);

/* The call ends for good: a refusal of what was asked in between is not how the stream was lost. */
void gia__resume_give_up(const gia__resume_t *resume, gia_call_t *call, gia_result_t *result);

#endif
