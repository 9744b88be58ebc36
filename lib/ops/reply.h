/* An answer that comes whole: its bytes, within their ceilings, and what is wrong with them. */
#ifndef GIA_OPS_REPLY_H
#define GIA_OPS_REPLY_H

#include "call.h"
#include "json/value.h"
#include "wire/error_body.h"

typedef struct gia__reply_s {
    gia_client_t *client;
    gia__buf_t body;
    size_t len;         /* of the body, also when it was taken out */
    gia__arena_t arena; /* what `error` points to */
    gia__json_limits_t limits;
    gia__service_error_t error;
} gia__reply_t;

void gia__reply_init(gia__reply_t *reply, gia_client_t *client);
void gia__reply_free(gia__reply_t *reply); /* may be used again after, for another answer */

/* For gia__receiver_t.on_body: GIA_OK, GIA_EBODY_TOO_BIG or GIA_ENOMEM. */
int gia__reply_take(gia__reply_t *reply, gia_call_t *call, const char *bytes, size_t len);

/* For gia__receiver_t.on_end: 1 if the whole answer came, under a good status and without an error
 * in it. Else 0, and *result says what is wrong, by the transport or by the service. */
int gia__reply_is_good(gia__reply_t *reply, gia_call_t *call, gia_result_t *result);

/* Makes *result say that a good answer is not what was wanted, in words such as "an interaction".
 * `code` and *error are the decoder's. */
void gia__reply_misses(gia__reply_t *reply, gia_call_t *call, gia_result_t *result, int code,
                       const gia_json_error_t *error, const char *wanted);

/* gia__call_again() with an exchange that was put together, and `reply` is emptied for its answer;
 * or *result has the trouble that it noted. */
void gia__reply_go_on(gia__reply_t *reply, gia_call_t *call, gia_result_t *result,
                      gia__exchange_t *exchange, uint64_t pause_ms, gia__reason_t reason);

/* Whether the answer says to be of this media type. */
int gia__reply_has_type(const gia_call_t *call, const char *media_type);

#endif
