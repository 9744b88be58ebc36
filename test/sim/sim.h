/*
 * sim.h - the public face of the simulator: the Interactions API on loopback, on a caller's loop.
 *
 * Everything runs on the loop's thread; no function may be called from another thread. The
 * simulator measures time with the loop's timers only. Since it writes to sockets that a peer may
 * have closed, the program should ignore SIGPIPE, as with libuv in general.
 */
#ifndef SIM_H
#define SIM_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <uv.h>

typedef struct sim_s sim_t;

/* What ALPN offers, and what a plain connection may speak (HTTP/2 there by prior knowledge). */
typedef enum { SIM_HTTP_ANY, SIM_HTTP_1, SIM_HTTP_2 } sim_http_t;

typedef enum {
    SIM_CERTIFICATE_GOOD,
    SIM_CERTIFICATE_EXPIRED,
    SIM_CERTIFICATE_WRONG_HOST,
} sim_certificate_t;

typedef struct {
    char *name; /* lower case */
    char *value;
} sim_header_t;

/* One request as it arrived. */
typedef struct {
    const char *method;
    const char *path;    /* as sent, not percent-decoded, without the query */
    const char *query;   /* as sent, without the question mark; NULL if there was none */
    int http_version;    /* 1 or 2 */
    unsigned connection; /* number of the connection, counted from 1 in the order of accepts */
    uint64_t time;       /* uv_now() when the request was complete */
    const sim_header_t *headers;
    size_t header_count;
    const char *body; /* its first bytes, zero-terminated for convenience; never NULL */
    size_t body_kept; /* how many of them are there (see body_limit) */
    size_t body_length;
    char body_sha256[65]; /* of the whole body, in hexadecimal */
    json_t *json; /* the body if it is JSON, otherwise NULL; borrowed. If more came than was kept,
                     strings longer than 64 KiB read "(elided)LENGTH:PADDING" */
    int status;   /* status of the planned answer, 0 if the plan is to send none */
} sim_request_t;

typedef struct {
    const char *data_dir; /* folder that holds responses/; NULL = test/data of the source tree */
    const char *host;     /* address to listen on; NULL = 127.0.0.1 */
    uint16_t port;        /* 0 = any free one */
    int tls;
    sim_http_t http;
    sim_certificate_t certificate;
    int legacy;                      /* revision of the answers unless a request asks: 0 = steps */
    unsigned max_concurrent_streams; /* HTTP/2; 0 = 1000 */
    const char *key;                 /* the API key requests must carry; NULL = any but "bad-key" */
    const char *credential;          /* see sim_set_credential() */
    unsigned background_polls;       /* GETs that still find a background run in progress; 0 = 2 */
    unsigned background_ms;          /* instead: how long a background run is in progress */
    unsigned continuation_hops;      /* answers that require another one; 0 = 2 of gemini-4-argon */
    unsigned file_polls;             /* GETs that still find a video in processing; 0 = 2 */
    size_t body_limit;               /* bytes of a request's body that are kept; 0 = 1 MiB */
    unsigned pace_ms;   /* pause between the events of streams of the default service */
    unsigned log_limit; /* how many requests sim_request() remembers; 0 = all */

    /* Called for each request once its answer has been chosen; may be NULL. Must not stop. */
    void (*on_request)(const sim_request_t *request, void *data);
    void *data;
} sim_options_t;

typedef struct {
    size_t connections_accepted;
    size_t connections_open;
    size_t requests;
    size_t creates;      /* interactions created by the default service or by replies with texts */
    size_t refused;      /* creates beyond the rate */
    size_t streams_open; /* requests whose answer is under way, unary ones included */
    size_t clients_gone; /* requests whose client left or reset before the answer was complete */
} sim_counts_t;

/*
 * Listens when it returns 0; otherwise a negative libuv error. The strings of the options are
 * copied. options may be NULL.
 */
int sim_start(sim_t **out, uv_loop_t *loop, const sim_options_t *options);

/*
 * Closes everything, answers under way included, and then calls on_stopped (may be NULL) from the
 * loop. When that is called, all memory and handles are gone and the CA file is removed.
 */
void sim_stop(sim_t *sim, void (*on_stopped)(void *data), void *data);

/*
 * From now on neither the listener nor connections nor pauses in answers keep the loop alive,
 * except a pause that has begun already. Meant to be called right after sim_start().
 */
void sim_unref(sim_t *sim);

/* "http://127.0.0.1:PORT" or "https://localhost:PORT", without a slash at the end. */
const char *sim_url(const sim_t *sim);

/* The PEM file with the certificate authority; NULL without TLS. */
const char *sim_ca_file(const sim_t *sim);

/* Appends the replies of a script (see script.c for the language). 0, or -1 and a message. */
int sim_script(sim_t *sim, const char *json_text, char *error, size_t error_size);

/* Forgets all replies that were not used yet, repeating ones too. */
void sim_script_clear(sim_t *sim);

/* Replies not used yet; 0 means the default service answers (or a repeating script). */
size_t sim_script_pending(const sim_t *sim);

/*
 * From now on only this key or bearer token is good, and any other is answered with 401; so a token
 * can expire. NULL: as the option key says.
 */
void sim_set_credential(sim_t *sim, const char *credential);

/*
 * From now on the default service takes so many creates in a second, and `reserve` of them at once
 * when there were fewer before; beyond that it answers 429 with Retry-After. 0: all.
 */
void sim_set_rate(sim_t *sim, double per_second, double reserve);

/* The next n connections are closed as soon as they were accepted. */
void sim_refuse_accepts(sim_t *sim, unsigned n);

/* The next n TLS connections are answered with bytes that are not TLS. */
void sim_garble_handshakes(sim_t *sim, unsigned n);

/* The log of requests. NULL for an index that is out of range or was dropped (log_limit). */
size_t sim_request_count(const sim_t *sim);
const sim_request_t *sim_request(const sim_t *sim, size_t index);

/* The value of the first header of that (lower-case) name, or NULL. */
const char *sim_request_header(const sim_request_t *request, const char *name);

/* How many headers of that (lower-case) name there were. */
size_t sim_request_header_count(const sim_request_t *request, const char *name);

/* A file of the Files API. The strings stand until the loop runs again. */
typedef struct {
    const char *name;         /* "files/abc123" */
    const char *display_name; /* NULL if none was given */
    const char *mime_type;
    const char *state;
    const char *sha256; /* of its bytes, in hexadecimal */
    uint64_t size_bytes;
} sim_file_t;

/* One that was started, whatever became of it. */
typedef struct {
    const char *status; /* "active", "final" or "cancelled" */
    const char *file;   /* the name of the file that it made; NULL if none */
    uint64_t received_bytes;
    uint64_t declared_bytes; /* UINT64_MAX if the start did not tell */
    unsigned pieces;         /* requests that brought bytes */
    unsigned queries;
} sim_upload_t;

/* In the order of creation and of starts. 0, or -1 if there is none. */
int sim_file(const sim_t *sim, size_t index, sim_file_t *file);
int sim_file_by_name(const sim_t *sim, const char *name, sim_file_t *file); /* files/ may lack */
int sim_upload(const sim_t *sim, size_t index, sim_upload_t *upload);

sim_counts_t sim_counts(const sim_t *sim);

#endif
