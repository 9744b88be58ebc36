/* One operation, one end: the life of a call from start to on_done.
 *
 * Knows exchanges and time, but not what is exchanged: that is its receiver's business (lib/ops).
 */
#ifndef GIA_CALL_INTERNAL_H
#define GIA_CALL_INTERNAL_H

#include <gia/call.h>
#include <gia/files.h>

#include "client.h"
#include "exchange.h"
#include "observe.h"
#include "net/transfer.h"

/* What an operation does with its answers. One object a call, made and freed by the operation. */
typedef struct gia__receiver_s gia__receiver_t;
struct gia__receiver_s {
    /* Takes bytes of the body. Sets *consumed, which is less than `len` only when
     * gia__call_flowing() turned false: the rest comes again. GIA_OK, or the code that the call is
     * to end with. From inside of curl, or from the pump. */
    int (*on_body)(gia__receiver_t *receiver, gia_call_t *call, const char *bytes, size_t len,
                   size_t *consumed);
    /* An exchange is over, with *result, which has code and message of the transport: judge, fill
     * in the rest. The call ends with it, unless gia__call_again() was called meanwhile: then
     * *result is forgotten. Not called when nothing was ever sent, unless gia__call_cancels_run().
     * It may be called once more, when the user stopped the call from a callback within. Whatever
     * result points to must live until free. */
    void (*on_end)(gia__receiver_t *receiver, gia_call_t *call, gia_result_t *result);
    void (*free)(gia__receiver_t *receiver);
};

/* Starts a call; see gia_interaction_create() for the promise. On success the exchange is moved
 * into it and the receiver belongs to it. */
int gia__call_start(gia_call_t **out, gia_client_t *client, gia__exchange_t *exchange,
                    gia__receiver_t *receiver, const gia_call_options_t *options);

/* The same for an operation that was put together: returns the trouble that the exchange has noted,
 * or GIA_ENOMEM if the receiver is NULL, and frees what the call did not take. */
int gia__call_launch(gia_call_t **out, gia_client_t *client, gia__exchange_t *exchange,
                     gia__receiver_t *receiver, const gia_call_options_t *options);

/* Whether events may be delivered: neither canceled nor paused nor ended. */
int gia__call_flowing(const gia_call_t *call);

void gia__call_deliver(gia_call_t *call, const gia_event_t *event);

/* Only from on_end: the call does not end, it goes on `delay_ms` from now with another exchange
 * (moved into it), or with the same one if that is NULL. Phase timeouts begin anew, the total
 * timeout goes on. Without effect on a call that was canceled or has run out of time: on_end's
 * result counts. `reason` is for those who watch, and so are the result's code and message. */
void gia__call_again(gia_call_t *call, gia__exchange_t *exchange, uint64_t delay_ms,
                     gia__reason_t reason);

/* Only from on_end: the call does not end, it hands these bytes (taken over) to on_body as if they
 * had come behind the answer, and then comes back to on_end. */
void gia__call_hand_out(gia_call_t *call, gia__buf_t *bytes);

/* For on_end: whether the call is canceled and the run on the server is to be, too. Then
 * gia__call_again() has an effect, for the one exchange that says so; on_end is called after that,
 * too, and the result's cancel_code is the receiver's to fill in. */
int gia__call_cancels_run(const gia_call_t *call);

/* Whether bytes of this exchange may have reached the server. */
int gia__call_exchange_was_sent(const gia_call_t *call);

/* Whether the answer of this exchange has come to its end. */
int gia__call_answer_is_whole(const gia_call_t *call);

/* How long it has been open, and how long its total timeout leaves it; INT64_MAX for ever. */
int64_t gia__call_age_ms(const gia_call_t *call);
int64_t gia__call_time_left_ms(const gia_call_t *call);

const gia_call_options_t *gia__call_options(const gia_call_t *call);

/* What was sent last. */
const gia__exchange_t *gia__call_exchange(const gia_call_t *call);

/* Calls back into the program from on_end or on_body (progress, say). */
void gia__call_progress(gia_call_t *call, gia_upload_progress_cb cb, int64_t sent, int64_t total);

void gia__call_reconnecting(gia_call_t *call, const gia_result_t *result);
/* Likewise. */
void gia__call_tell_status(gia_call_t *call, gia_status_cb cb,
                           const gia_interaction_t *interaction);

/* A header of the final answer, from on_body and on_end; NULL if it has none. Valid until the next
 * call of this function. */
const char *gia__call_header(const gia_call_t *call, const char *name);

/* The stream has said its last word; its connection gets a moment to end by itself (so that it can
 * be reused), and any end of it, or none, is fine. */
void gia__call_complete(gia_call_t *call);

/* The answer's head, known once a body byte or the end has come. */
int gia__call_status(const gia_call_t *call);
const char *gia__call_content_type(const gia_call_t *call);

/* The result is this code, in the code's own words. */
void gia__call_fail(gia_call_t *call, gia_result_t *result, int code);

/* Composes result->message. */
void gia__call_message(gia_call_t *call, gia_result_t *result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the caller's options can be read; NULL can. */
int gia__call_options_are_usable(const gia_call_options_t *options);

/* A whole copy of the caller's options, NULL included. */
void gia__call_options_read(gia_call_options_t *copy, const gia_call_options_t *options);

#endif
