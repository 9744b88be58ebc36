/* A long answer that the service gives in several hops: asks for the next one, and makes one
 * interaction of all. Protocol: continuation. */
#ifndef GIA_OPS_CONTINUATION_H
#define GIA_OPS_CONTINUATION_H

#include "call.h"
#include "wire/request.h"

typedef struct gia__continuation_s {
    gia_client_t *client;
    int allowed;
    int stored; /* the service keeps the hops: the input need not be sent again */
    gia__request_layout_t layout;
    unsigned made;    /* exchanges asked for */
    char *token;      /* that was used last */
    char *id;         /* of the last hop that had one */
    int64_t index;    /* of the first block of the hop that comes */
    int without_hops; /* nothing was folded, so nothing can be merged */
    gia_interaction_t **hops;
    size_t count, capacity;
    gia_interaction_t *merged;
} gia__continuation_t;

void gia__continuation_init(gia__continuation_t *continuation, gia_client_t *client);
void gia__continuation_free(gia__continuation_t *continuation);

/* What a hop ended with. */
typedef struct gia__hop_s {
    gia_status_t status;
    const char *id, *token;         /* may be NULL */
    gia_interaction_t *interaction; /* kept by this module if it goes on; NULL if not folded */
    int64_t next_index;             /* behind the hop's last block */
} gia__hop_t;

/* Whether the answer would go on after a hop that ended so. */
int gia__continuation_wants(const gia__continuation_t *continuation, gia_status_t status,
                            const char *token);

/* Asks for the next hop: GIA_OK and gia__call_again() was called, GIA_ENOMEM, or GIA_ECONTINUATION:
 * that was all that is allowed. */
int gia__continuation_go_on(gia__continuation_t *continuation, gia_call_t *call,
                            const gia__hop_t *hop);

/* Makes result->interaction that of all hops; `last` (may be NULL) is what the last one brought,
 * and stays its owner's. */
void gia__continuation_finish(gia__continuation_t *continuation, gia_call_t *call,
                              gia_interaction_t *last, gia_result_t *result);

#endif
