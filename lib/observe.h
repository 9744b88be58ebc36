/* What a client tells those who watch it: log lines, attempts, counters.
 *
 * Everything here takes notes or calls a hook that may not call back, so it can stand anywhere
 * where user code may run. Without hooks it costs a branch and a few numbers.
 */
#ifndef GIA_OBSERVE_INTERNAL_H
#define GIA_OBSERVE_INTERNAL_H

#include <gia/observe.h>

#include "client.h"
#include "exchange.h"
#include "net/transfer.h"

/* Why a call goes on with another exchange; the words for it are in observe.c. */
typedef enum gia__reason_e {
    GIA__REASON_NONE,         /* it ends, or it was the first */
    GIA__REASON_RETRY,        /* the exchange failed: once more */
    GIA__REASON_RESUME,       /* it broke off: on from there */
    GIA__REASON_CONTINUATION, /* the answer is not finished */
    GIA__REASON_UPLOAD,       /* the next step of one */
    GIA__REASON_POLL,         /* what was asked for is not ready */
    GIA__REASON_TOKEN,        /* the token was refused, and there may be another */
    GIA__REASON_CANCEL        /* the service is asked to cancel */
} gia__reason_t;

/* What is noted of a call while it runs. */
typedef struct gia__track_s {
    uint64_t number;       /* of the call, for people */
    gia__reason_t reason;  /* of the exchange that comes or runs */
    int announced;         /* its begin */
    int under_way;         /* an exchange is */
    unsigned attempt;      /* its number */
    const char *method;    /* likewise */
    uint64_t begun_ms;     /* likewise */
    int64_t connected_ms;  /* since then; -1: not yet */
    int64_t first_byte_ms; /* likewise */
    int64_t first_delta_ms;
    int is_billed;     /* the call has made something that is */
    gia_usage_t usage; /* what its events said last, for who does not fold */
} gia__track_t;

/* One line, if that level is wanted. `call` may be NULL. */
void gia__observe_log(gia_client_t *client, gia_call_t *call, gia_log_level_t level,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A call has been started. Tells nobody: this is inside of the start. */
void gia__observe_start(gia_client_t *client, gia__track_t *track);

/* From its first turn on; as often as one likes. */
void gia__observe_call(gia_client_t *client, gia_call_t *call, gia__track_t *track,
                       const gia__exchange_t *exchange);

void gia__observe_exchange(gia_client_t *client, gia_call_t *call, gia__track_t *track,
                           const gia__exchange_t *exchange);
void gia__observe_phase(const gia_client_t *client, gia__track_t *track, gia__phase_t phase);
void gia__observe_event(gia_client_t *client, gia__track_t *track, const gia_event_t *event);

/* The exchange that is under way, if any, is over, as *result says; the call goes on for that
 * reason after so long, or ends. */
void gia__observe_exchange_end(gia_client_t *client, gia_call_t *call, gia__track_t *track,
                               const gia__transfer_t *transfer, const gia_result_t *result,
                               gia__reason_t reason, uint64_t rest_ms);

void gia__observe_call_end(gia_client_t *client, gia_call_t *call, const gia__track_t *track,
                           const gia_result_t *result, int64_t age_ms);

#endif
