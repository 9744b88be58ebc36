/* When to look again at something that takes its time: pauses that grow, one deadline for all
 * looks. Protocol: polling. */
#ifndef GIA_OPS_POLL_H
#define GIA_OPS_POLL_H

#include "call.h"

typedef struct gia__poll_s {
    gia_client_t *client;
    uint64_t begun_ms;
    int64_t timeout_ms;   /* for all looks together; -1: never */
    int timeout_code;     /* what a call ends with then */
    int64_t pause_ms;     /* before the next look, give or take a tenth */
    int64_t max_pause_ms; /* … grows up to this */
    unsigned failures;    /* looks in a row */
    int failure;          /* the last one's code */
} gia__poll_t;

/* 0: a second, and ten of them. */
void gia__poll_init(gia__poll_t *poll, gia_client_t *client, int64_t pause_ms, int64_t max_pause_ms,
                    int64_t timeout_ms, int timeout_code);

/* The time begins. */
void gia__poll_begin(gia__poll_t *poll);

/* An exchange within the poll ends with its time. */
void gia__poll_limit(const gia__poll_t *poll, gia__exchange_t *exchange);

/* The same for one that looks, and is answered at once, if at all. */
void gia__poll_limit_look(const gia__poll_t *poll, gia__exchange_t *exchange);

/* How long to wait for the next look after one that ended so. */
uint64_t gia__poll_pause_ms(gia__poll_t *poll, const gia_result_t *result);

/* The message of a call that ends with timeout_code: `what` did not come about, and the thing is
 * `seen` as (NULL: it never was). */
void gia__poll_message(const gia__poll_t *poll, gia_call_t *call, gia_result_t *result,
                       const char *what, const char *seen);

#endif
