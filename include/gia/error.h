/**
 * @file gia/error.h
 * Every code that the library can return or report, in one table.
 *
 * Codes are negative and start at -10001, away from libuv's (-1 to -4095), so that one mistaken
 * for the other is noticed. The table may grow: keep a default case. docs/errors.md says what to
 * do about each.
 */
#ifndef GIA_ERROR_H
#define GIA_ERROR_H

#include <gia/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/** The table: X(name, number, text). The text says what happened and, where it helps, what to do. */
#define GIA_ERROR_MAP(X)                                                                           \
    /* misuse, found before anything is sent */                                                    \
    X(EINVAL,               -10001, "invalid argument")                                            \
    X(ENOMEM,               -10002, "out of memory")                                               \
    X(ECLOSING,             -10003, "the client is closing")                                       \
    X(ETOO_MANY_CALLS,      -10004, "too many calls are open (max_calls)")                         \
    X(EINTERNAL,            -10005, "libuv or libcurl refused a call that should have succeeded")  \
    X(EFILE,                -10006, "a file could not be used")                                    \
    X(EFILE_CHANGED,        -10007, "a file changed or vanished while it was being sent")          \
    X(EBASE64,              -10008, "the data is not base64")                                      \
    X(ETOKEN,               -10009, "no token: the program could not get one")                     \
    /* ended by the caller */                                                                      \
    X(ECANCELED,            -10010, "canceled")                                                    \
    /* the way to the server */                                                                    \
    X(ERESOLVE,             -10020, "the host name could not be resolved")                         \
    X(ECONNECT,             -10021, "no connection could be made")                                 \
    X(EPROXY,               -10022, "the proxy could not be used")                                 \
    X(ETLS,                 -10023, "the TLS handshake failed")                                    \
    X(ECERTIFICATE,         -10024, "the server's certificate could not be verified")              \
    X(ELOST,                -10025, "the connection was lost")                                     \
    /* time */                                                                                     \
    X(ECONNECT_TIMEOUT,     -10030, "no connection within connect_timeout_ms")                     \
    X(EFIRST_BYTE_TIMEOUT,  -10031, "no answer within first_byte_timeout_ms")                      \
    X(EIDLE_TIMEOUT,        -10032, "the server fell silent for idle_timeout_ms")                  \
    X(ETOTAL_TIMEOUT,       -10033, "not done within total_timeout_ms")                            \
    X(ERATE_WAIT,           -10034, "the wait for a rate would be longer than total_timeout_ms")   \
    /* answers that are not understood */                                                          \
    X(EPROTOCOL,            -10040, "the answer is not what the protocol allows")                  \
    X(EJSON,                -10041, "the answer is not valid JSON")                                \
    X(ETRUNCATED,           -10042, "the answer ended before it was complete")                     \
    /* ceilings, each can be set in the config */                                                  \
    X(ELINE_TOO_BIG,        -10050, "a line of the stream is longer than max_line_bytes")          \
    X(EEVENT_TOO_BIG,       -10051, "an event of the stream is larger than max_event_bytes")       \
    X(EBODY_TOO_BIG,        -10052, "the answer is larger than max_body_bytes")                    \
    X(EHEADERS_TOO_BIG,     -10053, "the answer's headers are larger than max_header_bytes")       \
    X(EJSON_TOO_DEEP,       -10054, "the JSON is nested deeper than max_json_depth")               \
    X(EJSON_TOO_BIG,        -10055, "the decoded JSON is larger than max_json_bytes")              \
    X(EINTERACTION_TOO_BIG, -10056, "the folded interaction is larger than max_interaction_bytes") \
    X(EREQUEST_TOO_BIG,     -10057, "the request is larger than max_request_bytes")                \
    /* the service answered with an error */                                                       \
    X(EBAD_REQUEST,         -10060, "the service refused the request as invalid")                  \
    X(EAUTHENTICATION,      -10061, "the service did not accept the credential")                   \
    X(EPAYMENT,             -10062, "the service asks for payment")                                \
    X(EPERMISSION,          -10063, "the service denied permission")                               \
    X(ENOT_FOUND,           -10064, "the service does not know this interaction, model or file")   \
    X(ECONFLICT,            -10065, "the service reports a conflict")                              \
    X(ERATE_LIMITED,        -10066, "the service's rate limit was reached: wait, then try again")  \
    X(EQUOTA,               -10067, "the quota is used up: trying again is in vain until it resets") \
    X(EUNAVAILABLE,         -10068, "the service is unavailable: try again later")                 \
    X(ESERVER,              -10069, "the service failed")                                          \
    X(EDEADLINE,            -10070, "the service ran out of time")                                 \
    X(EBLOCKED,             -10071, "the service blocked the generation")                          \
    X(EGENERATION,          -10072, "the generation went wrong: a new attempt may help")           \
    X(EREDIRECT,            -10073, "the server redirects, which is never followed")               \
    X(EHTTP,                -10074, "the server answered with an unexpected HTTP status")          \
    /* the service could not finish what it had begun */                                           \
    X(EFILE_FAILED,         -10080, "the service could not process the file")                      \
    X(EFILE_NOT_ACTIVE,     -10081, "the file is not usable yet: wait longer, or get it later")    \
    X(EWATCH_TIMEOUT,       -10083, "the run has not ended within watch.timeout_ms")               \
    X(ECONTINUATION,        -10082, "the answer was continued max_continuations times and is not finished")
/* clang-format on */

/** The codes: #GIA_OK, and one negative GIA_E… for each row of #GIA_ERROR_MAP. */
typedef enum gia_error_code_e {
    GIA_OK = 0,
#define GIA_ERROR_CODE_(name, number, text) GIA_##name = number,
    GIA_ERROR_MAP(GIA_ERROR_CODE_)
#undef GIA_ERROR_CODE_
} gia_error_code_t;

/**
 * Name a code, for instance "GIA_EIDLE_TIMEOUT"; "GIA_OK" for 0, "GIA_EUNKNOWN" for anything else.
 *
 * The string is static. Callable from any thread and any callback. Cannot fail.
 */
GIA_EXTERN const char *gia_error_name(int code);

/**
 * Describe a code in one line of English, without a final period.
 *
 * The string is static. Callable from any thread and any callback. Cannot fail. A call's
 * gia_result_t has a message that says more about the case at hand.
 */
GIA_EXTERN const char *gia_error_text(int code);

#ifdef __cplusplus
}
#endif
#endif /* GIA_ERROR_H */
