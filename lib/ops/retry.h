/* Whether a request that failed is made again, and when. Protocol: errors, retries. */
#ifndef GIA_OPS_RETRY_H
#define GIA_OPS_RETRY_H

#include "call.h"

/* What happens when a service gets the same request twice. */
typedef enum gia__effect_e {
    GIA__EFFECT_ONCE, /* nothing more than once: it reads, cancels or deletes */
    GIA__EFFECT_AGAIN /* it runs, stores and bills again */
} gia__effect_t;

typedef struct gia__retry_s {
    gia_client_t *client;
    gia__effect_t effect;
    unsigned failures; /* in a row */
    int may_have_run;  /* an exchange with an effect was lost */
    uint64_t events;   /* that had been handed out when the exchange began */
} gia__retry_t;

void gia__retry_init(gia__retry_t *retry, gia_client_t *client, gia__effect_t effect);

/* Looks at how an exchange ended. 1: the call makes it again (gia__call_again() was called). 0:
 * that was that, and result->may_have_run is filled in. */
int gia__retry(gia__retry_t *retry, gia_call_t *call, gia_result_t *result);

/* How long to wait after so many failures in a row, with the pause that the service asks for (-1:
 * none); -1 if that is longer than any pause may be. */
int64_t gia__retry_pause_ms(gia_client_t *client, unsigned failures, int64_t retry_after_ms);

/* Whether an answer was lost on its way. */
int gia__retry_is_lost(const gia_result_t *result);

/* Whether trouble of this kind passes by itself: a connection that was not made or was lost, or a
 * service that says so. */
int gia__retry_may_pass(const gia_result_t *result);

#endif
