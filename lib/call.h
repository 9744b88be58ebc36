/* One operation, one end: the life of a call from start to on_done.
 *
 * Knows exchanges and time, but not what is exchanged: that is its receiver's business (lib/ops).
 */
#ifndef GIA_CALL_INTERNAL_H
#define GIA_CALL_INTERNAL_H

#include <gia/call.h>

#include "client.h"
#include "net/transfer.h"

/* What an operation does with the answer. One object a call, made and freed by the operation. */
typedef struct gia__receiver_s gia__receiver_t;
struct gia__receiver_s {
    /* Takes bytes of the body. Sets *consumed, which is less than `len` only when
     * gia__call_flowing() turned false: the rest comes again. GIA_OK, or the code that the call is
     * to end with. From inside of curl, or from the pump. */
    int (*on_body)(gia__receiver_t *receiver, gia_call_t *call, const char *bytes, size_t len,
                   size_t *consumed);
    /* The call is about to end with *result, which has code and message of the transport: judge,
     * fill in the rest. Not called when nothing was ever sent. Whatever result points to must live
     * until free. */
    void (*on_end)(gia__receiver_t *receiver, gia_call_t *call, gia_result_t *result);
    void (*free)(gia__receiver_t *receiver);
};

typedef struct gia__call_request_s {
    const char *method;        /* static */
    const char *url;           /* copied */
    const char *accept;        /* static; media type */
    gia__pieces_t *body;       /* taken over on success; NULL for none */
    gia__receiver_t *receiver; /* taken over on success */
} gia__call_request_t;

/* Starts a call; see gia_interaction_create() for the promise. */
int gia__call_start(gia_call_t **out, gia_client_t *client, const gia__call_request_t *request,
                    const gia_call_options_t *options);

/* Whether events may be delivered: neither canceled nor paused nor ended. */
int gia__call_flowing(const gia_call_t *call);

void gia__call_deliver(gia_call_t *call, const gia_event_t *event);

/* The stream has said its last word; its connection gets a moment to end by itself (so that it can
 * be reused), and any end of it, or none, is fine. */
void gia__call_complete(gia_call_t *call);

/* The answer's head, known once a body byte or the end has come. */
int gia__call_status(const gia_call_t *call);
const char *gia__call_content_type(const gia_call_t *call);

/* Composes result->message. */
void gia__call_message(gia_call_t *call, gia_result_t *result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A whole copy of the caller's options, NULL included. */
void gia__call_options_read(gia_call_options_t *copy, const gia_call_options_t *options);

#endif
