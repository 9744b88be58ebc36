/* What a service answers to an operation on interactions: a stream, an interaction, or an error. */
#ifndef GIA_OPS_ANSWER_H
#define GIA_OPS_ANSWER_H

#include "call.h"

/* A receiver for gia__call_start(); NULL: out of memory. `stream`: events were asked for. */
gia__receiver_t *gia__answer_new(gia_client_t *client, int stream, gia_fold_t fold);

#endif
