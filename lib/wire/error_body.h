/* What a service's error body says, in every shape that it is known to come in. Pure. */
#ifndef GIA_WIRE_ERROR_BODY_H
#define GIA_WIRE_ERROR_BODY_H

#include <stdint.h>

#include "core/arena.h"
#include "json/value.h"

/* Texts are one line of valid UTF-8 without control characters, at most 500 bytes; NULL if none. */
typedef struct gia__service_error_s {
    const char *code;       /* a number as its digits */
    const char *status;     /* of the google.rpc shape, for instance "RESOURCE_EXHAUSTED" */
    const char *reason;     /* google.rpc.ErrorInfo.reason, for instance "API_KEY_INVALID" */
    const char *message;    /* see gia__service_error_read */
    int64_t retry_delay_ms; /* google.rpc.RetryInfo, rounded up, a day at most; -1 if none */
    const gia_json_t *json; /* the error object; NULL if the body was none */
} gia__service_error_t;

/* Reads an error body: {"error":{code,message}}, the google.rpc envelope, either in an array,
 * {"error":"text"}, HTML, plain text, nothing, or JSON that was cut off. Whatever it is, *error is
 * filled as far as it goes; nothing in it is an error here but memory: GIA_OK or GIA_ENOMEM. `body`
 * is written over and must live as long as *error.
 *
 * The message is the error's own if there is one; the title of HTML, or else its first line of
 * text; the first line of plain text; the beginning of JSON that is no error or is not whole, which
 * it says.
 */
int gia__service_error_read(gia__service_error_t *error, gia__arena_t *arena, char *body,
                            size_t len, const gia__json_limits_t *limits);

/* The same from the decoded object {"error":{…}} or [{"error":{…}}] or {code,message}: 1; 0 if it
 * is none of them; GIA_ENOMEM. */
int gia__service_error_from(gia__service_error_t *error, gia__arena_t *arena,
                            const gia_json_t *json);

/* The code that stands for it: by the service's own code where it is known (a 400 with
 * API_KEY_INVALID is GIA_EAUTHENTICATION, quota_exceeded is GIA_EQUOTA, safety is GIA_EBLOCKED, …),
 * else by the HTTP status. For an error event inside a stream (0), and for an error under a good
 * status, a numeric service code counts as the HTTP status, one below 17 as google.rpc's, and then
 * the status word. Never GIA_OK. */
int gia__service_error_code(const gia__service_error_t *error, int http_status);

#endif
