/* The last word of a call that is canceled together with the run that it follows: the service's
 * cancel. Protocol: cancel. */
#ifndef GIA_OPS_CANCEL_H
#define GIA_OPS_CANCEL_H

#include "call.h"
#include "ops/reply.h"
#include "ops/retry.h"

typedef struct gia__cancel_s {
    int under_way; /* its exchange has been asked for */
    gia__retry_t retry;
    gia_interaction_t *before; /* what had arrived; NULL for nothing */
} gia__cancel_t;

void gia__cancel_free(gia__cancel_t *cancel);

/* For on_end of a call for which gia__call_cancels_run(). 1: the cancel of the run is sent
 * (gia__call_again() was called), and the answer is to be forgotten; what *result has of it is
 * kept. 0: it cannot be, and *result says why. */
int gia__cancel_send(gia__cancel_t *cancel, gia_client_t *client, gia_call_t *call, const char *id,
                     gia_result_t *result);

/* For on_end of that exchange, with *result as the reply has it, and `interaction` out of it. 1: it
 * is sent once more, as above. 0: the call ends so. */
int gia__cancel_sent(gia__cancel_t *cancel, gia_call_t *call, gia_result_t *result);

#endif
