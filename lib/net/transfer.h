/* One HTTP exchange: an easy handle, what it sends, and what came back.
 *
 * Knows no JSON, no events, no timers and no retries; says when something happened and leaves the
 * judgement to its owner.
 */
#ifndef GIA_NET_TRANSFER_H
#define GIA_NET_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include <gia/client.h>

#include "core/pieces.h"
#include "net/multi.h"

typedef struct gia__transfer_s gia__transfer_t;

/* How far an exchange has come. */
typedef enum gia__phase_e {
    GIA__PHASE_CONNECTING, /* nothing of the request can have reached the server */
    GIA__PHASE_WAITING,    /* the request is being sent, or was, and no answer has begun */
    GIA__PHASE_RECEIVING   /* the answer has begun */
} gia__phase_t;

typedef enum gia__body_verdict_e {
    GIA__BODY_TAKEN, /* all bytes were consumed */
    GIA__BODY_LATER, /* none was: deliver them again after gia__transfer_unpause() */
    GIA__BODY_ENOUGH /* end the exchange: the owner knows why */
} gia__body_verdict_t;

/* What the connection to the service needs; borrowed until the transfer is freed. */
typedef struct gia__transfer_settings_s {
    gia_http_version_t http_version;
    const char *ca_file;
    const char *proxy;
    int may_share; /* calls may share a connection: HTTP/2 is possible */
    size_t max_header_bytes;
} gia__transfer_settings_t;

typedef struct gia__transfer_callbacks_s {
    /* The phase has changed. From inside of curl. */
    void (*on_phase)(gia__transfer_t *transfer, gia__phase_t phase, void *data);
    /* Bytes of the body of the final answer. From inside of curl. */
    gia__body_verdict_t (*on_body)(gia__transfer_t *transfer, const char *bytes, size_t len,
                                   void *data);
    /* The exchange is over; see gia__transfer_outcome(). Must only take notes. */
    void (*on_ended)(gia__transfer_t *transfer, void *data);
    void *data;
} gia__transfer_callbacks_t;

/* Prepares an exchange; nothing is sent before start. `method` is static. `headers` is an array of
 * `header_count` whole lines
 * ("Name: value", copied, checked by the caller to hold no control character). `body` is borrowed
 * until free; NULL for none. GIA_OK, GIA_ENOMEM or, for a body that nobody can send,
 * GIA_EREQUEST_TOO_BIG. */
int gia__transfer_new(gia__transfer_t **out, const gia__mem_t *mem, gia__multi_t *multi,
                      const gia__transfer_settings_t *settings, const char *method, const char *url,
                      const char *const *headers, size_t header_count, const gia__pieces_t *body,
                      const gia__transfer_callbacks_t *callbacks);

/* Hands it to curl: GIA_OK, GIA_ENOMEM or GIA_EINTERNAL. Not from inside of curl. */
int gia__transfer_start(gia__transfer_t *transfer);

/* Frees it, breaking it off if it runs. Not from inside of curl. NULL is fine. */
void gia__transfer_free(gia__transfer_t *transfer);

/* After GIA__BODY_LATER: delivers again, before this returns. Not from inside of curl. */
void gia__transfer_unpause(gia__transfer_t *transfer);

/* For gia__multi_options_t.on_ended: finds the transfer and tells its owner. */
void gia__transfer_multi_ended(void *easy_private, int curl_code);

gia__phase_t gia__transfer_phase(const gia__transfer_t *transfer);
/* When the last sign of life came (bytes out or in, headers, comments), in the loop's time. */
uint64_t gia__transfer_active_ms(const gia__transfer_t *transfer);
/* Which version of HTTP the answer came in: 1, 2, …; 0 before it. */
int gia__transfer_http_major(const gia__transfer_t *transfer);
/* Of the request's body, and of the answer's, so far. */
uint64_t gia__transfer_bytes_sent(const gia__transfer_t *transfer);
uint64_t gia__transfer_bytes_received(const gia__transfer_t *transfer);
int gia__transfer_status(const gia__transfer_t *transfer);               /* 0 before the answer */
const char *gia__transfer_content_type(const gia__transfer_t *transfer); /* "" if none */
/* A header of the final answer; NULL if none. Valid until the next call. */
const char *gia__transfer_header(const gia__transfer_t *transfer, const char *name);
int64_t gia__transfer_retry_after_ms(const gia__transfer_t *transfer); /* -1 if none */

/* How an ended exchange went: GIA_OK when curl is content (which does not mean that the answer is
 * whole), else a code of the transport, or of a file that could not be sent. *curl_code and *detail
 * (what curl or the file's reader says, NULL where that is nothing new) may be NULL. */
int gia__transfer_outcome(const gia__transfer_t *transfer, int *curl_code, const char **detail);

#endif
