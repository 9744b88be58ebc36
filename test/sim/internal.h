/*
 * internal.h - what the simulator's files offer each other.
 *
 * Layers, top down: script and service decide what is answered (sim_answer_t), an exchange plays
 * that answer over time, a protocol (http1, http2) puts it into bytes, a connection moves the
 * bytes.
 */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "sim.h"

#include <openssl/ssl.h>
#include <stdio.h>

/* A write this large is worth a system call of its own; more waits in the buffer. */
#define SIM_GATHER ((size_t)64 * 1024)
/* Above this many bytes handed to libuv and not yet written, answers pause. */
#define SIM_HIGH_WATER ((size_t)256 * 1024)
#define SIM_NOWHERE    SIZE_MAX

#if defined(__GNUC__)
#define SIM_PRINTF(at, first) __attribute__((format(printf, at, first), nonnull(at)))
#else
#define SIM_PRINTF(at, first)
#endif

/* ---- memory.c: memory that never fails, and buffers that grow ---- */

typedef struct {
    char *data;
    size_t length;
    size_t capacity;
} sim_buffer_t;

void *sim_allocate(size_t size); /* zeroed */
void *sim_resize(void *memory, size_t size);
char *sim_copy(const char *text, size_t length);

void sim_buffer_add(sim_buffer_t *buffer, const void *bytes, size_t length);
void sim_buffer_text(sim_buffer_t *buffer, const char *text);
void sim_buffer_format(sim_buffer_t *buffer, const char *format, ...) SIM_PRINTF(2, 3);
void sim_buffer_json_string(sim_buffer_t *buffer, const char *text, size_t length);
void sim_buffer_json(sim_buffer_t *buffer, const json_t *value, size_t flags);
char *sim_buffer_reserve(sim_buffer_t *buffer, size_t length);
void sim_buffer_consume(sim_buffer_t *buffer, size_t length); /* drops bytes from the front */
void sim_buffer_free(sim_buffer_t *buffer);

void sim_base64_encode(sim_buffer_t *out, const void *bytes, size_t length);
int sim_base64_decode(sim_buffer_t *out, const char *text, size_t length);
void sim_hex(char *out, const unsigned char *bytes, size_t length); /* and a zero */

/* ---- headers.c: lists of headers ---- */

typedef struct {
    sim_header_t *items;
    size_t count;
    size_t capacity;
} sim_headers_t;

void sim_headers_add(sim_headers_t *headers, const char *name, size_t name_length,
                     const char *value, size_t value_length); /* the name in lower case */
void sim_headers_set(sim_headers_t *headers, const char *name, const char *value);
void sim_headers_remove(sim_headers_t *headers, const char *name);
const char *sim_headers_get(const sim_headers_t *headers, const char *name);
void sim_headers_free(sim_headers_t *headers);

/* ---- body.c: the body of a request as it comes ---- */

/* What stands in the JSON of a huge request for a long string: its length, ':', its padding. */
#define SIM_ELIDED "(elided)"

typedef struct {
    sim_buffer_t kept; /* the first bytes */
    size_t length;     /* of all */
    int is_data;       /* certainly no JSON */
    EVP_MD_CTX *digest;
    sim_buffer_t skeleton; /* of JSON that is larger than what is kept */
    int has_skeleton;
    int in_string, escaped;
    size_t string_start;  /* in the skeleton */
    size_t string_length; /* so far */
    size_t padding;       /* '=' at its end */
} sim_body_t;

void sim_body_add(sim_body_t *body, const char *bytes, size_t length, size_t limit);
json_t *sim_body_complete(sim_body_t *body, char sha256[65]); /* NULL if it is no JSON */
void sim_body_free(sim_body_t *body);

/* ---- message.c: a request while it arrives, and afterwards ---- */

typedef enum {
    SIM_END_NORMAL,
    SIM_END_CLOSE,
    SIM_END_RESET,
    SIM_END_STALL,
    SIM_END_GOAWAY,
    SIM_END_GRACEFUL,
    SIM_END_REFUSED,
} sim_end_t;

typedef struct sim_reply_s sim_reply_t;
typedef struct sim_upload_record_s sim_upload_record_t;

/* Shared by the log and the exchange. */
typedef struct {
    sim_request_t request; /* what the public sees; whole after sim_message_complete() */
    unsigned references;
    char *method;
    char *target;
    sim_headers_t headers;
    sim_body_t body;
    int has_begun;      /* bytes of the body were there */
    sim_reply_t *reply; /* of the script, once it is known */
    size_t break_after; /* bytes of the body; SIM_NOWHERE = never */
    size_t take_bytes;  /* an upload takes no more than these */
    sim_end_t break_end;
    size_t answer_after; /* bytes of the body; SIM_NOWHERE = all of it */
    int answered_early;  /* for the protocol: that many are there, the rest does not matter */
    sim_upload_record_t *upload; /* that takes the body while it arrives */
} sim_message_t;

sim_message_t *sim_message_new(int http_version, unsigned connection);
/* More of the body. Anything but SIM_END_NORMAL: that shall happen to the request now. */
sim_end_t sim_message_receive(sim_t *sim, sim_message_t *message, const char *bytes, size_t length);
void sim_message_complete(sim_t *sim, sim_message_t *message);
void sim_message_settle(sim_message_t *message); /* nobody waits for its body any more */
void sim_message_release(sim_message_t *message);

/* ---- log.c: the memory of requests ---- */

typedef struct {
    sim_message_t **items; /* a ring if there is a limit */
    size_t capacity;
    size_t count; /* of all requests ever */
    size_t limit;
} sim_log_t;

void sim_log_add(sim_log_t *log, sim_message_t *message);
void sim_log_free(sim_log_t *log);

/* ---- answer.c: the plan of an answer ---- */

typedef enum { SIM_FRAMING_LENGTH, SIM_FRAMING_CHUNKED, SIM_FRAMING_UNTIL_CLOSE } sim_framing_t;

typedef struct {
    int status;
    int interim[4]; /* 1xx answers sent first, 0 = no more */
    sim_headers_t headers;
    sim_buffer_t body;
    size_t *frame_ends; /* offsets in the body after which pacing may pause */
    size_t frame_count;
    size_t frame_capacity;
    sim_framing_t framing;
    int64_t content_length; /* what the header says instead of the truth; -1 = the truth */

    uint64_t delay;            /* ms before anything is sent */
    uint64_t first_byte_delay; /* ms between headers and body */
    uint64_t interval;         /* ms between frames */
    uint64_t chunk_interval;   /* ms between pieces */
    size_t chunk_bytes;        /* size of a piece, each with a write of its own; 0 = as it fits */

    size_t cut_at; /* offset in the body at which the end comes; SIM_NOWHERE = after all of it */
    sim_end_t end;
    int silent; /* not even headers: straight to the end */
    int is_raw; /* the body is what the connection gets, without any HTTP around it */

    char *completes; /* id of a background interaction that is over when this was sent */
} sim_answer_t;

void sim_answer_init(sim_answer_t *answer);
void sim_answer_free(sim_answer_t *answer);
void sim_answer_frame_end(sim_answer_t *answer);    /* the body so far ends with a frame */
void sim_answer_split_frames(sim_answer_t *answer); /* finds the frames of an SSE body */
void sim_answer_json(sim_answer_t *answer, int status, const json_t *body);
void sim_answer_error(sim_answer_t *answer, int status, const char *code, const char *message,
                      int legacy);
void sim_answer_stream(sim_answer_t *answer); /* status and headers of an event stream */
void sim_answer_clear_body(sim_answer_t *answer);

/* ---- fixture.c: recorded answers ---- */

int sim_fixture_load(sim_t *sim, const char *name, sim_answer_t *answer, char *error,
                     size_t error_size);

/* ---- render.c: interactions as JSON and as events, in both revisions ---- */

/*
 * A record is a JSON object: id, status (now), outcome (status in the end), model or agent,
 * created, updated, usage, input, steps (those of the steps revision), background, store, polls,
 * begin (of the loop's time). Perhaps deltas (pieces of its only text), continuation_token, and
 * checkpoints (the place of a step -> the token that comes behind it).
 */
json_t *sim_render_interaction(json_t *record, int legacy, int with_input, int with_timeline);

/* after is the event_id to resume from or NULL; -1 if no event has that id. */
int sim_render_stream(json_t *record, int legacy, const char *after, sim_answer_t *answer);
json_t *sim_render_error(int status, const char *code, const char *message, int legacy);

/* ---- route.c: what a path and a query mean ---- */

typedef enum {
    SIM_ROUTE_NOWHERE,
    SIM_ROUTE_INTERACTIONS,
    SIM_ROUTE_FILES,
    SIM_ROUTE_UPLOAD,
} sim_resource_t;

typedef struct {
    sim_resource_t resource;
    char *id;   /* decoded, to be freed; NULL for the collection */
    char *verb; /* what stands behind the id, to be freed; NULL if nothing does */
    char version[8];
} sim_route_t;

void sim_route_read(const sim_request_t *request, sim_route_t *route);
void sim_route_free(sim_route_t *route);
char *sim_query_value(const sim_request_t *request, const char *name); /* decoded, to be freed */
int sim_query_is_true(const sim_request_t *request, const char *name);

/* ---- credentials.c: who may ask ---- */

/* 0, or -1 and an answer that says no. */
int sim_credentials_check(const sim_t *sim, const sim_request_t *request, int legacy,
                          sim_answer_t *answer);

/* ---- rate.c: how many creates are taken ---- */

typedef struct {
    double per_second; /* 0 = all */
    double reserve;    /* so many at once when there were fewer before */
    double left;
    uint64_t time; /* when that was so */
} sim_rate_t;

/* 0, or -1 and an answer that says no. */
int sim_rate_check(sim_t *sim, int legacy, sim_answer_t *answer);

/* ---- files.c: the Files API ---- */

typedef struct sim_file_record_s sim_file_record_t;

typedef struct {
    sim_upload_record_t **uploads; /* all there ever were, in the order of their starts */
    size_t upload_count, upload_capacity;
    sim_file_record_t **files; /* in the order of their creation */
    size_t file_count, file_capacity;
    unsigned counter;
} sim_files_t;

void sim_files_answer(sim_t *sim, const sim_request_t *request, const sim_route_t *route,
                      sim_answer_t *answer);
/* The upload that takes the body of this request, of which nothing has come yet; NULL if none. */
sim_upload_record_t *sim_files_begin_piece(sim_t *sim, const sim_request_t *request);
void sim_files_receive(sim_upload_record_t *upload, const sim_request_t *request, const char *bytes,
                       size_t length);
/* No more will come, and nobody has answered: what does not fill a granule is lost. */
void sim_files_end_piece(sim_upload_record_t *upload, const sim_request_t *request);
void sim_files_free(sim_files_t *files);

/* ---- service.c: what the simulator answers by itself ---- */

typedef struct {
    json_t *records; /* id -> record, in the order of creation */
    json_t *tokens;  /* of continuations -> where they go on */
    size_t bytes;    /* of their input and output, roughly */
    unsigned counter;
    unsigned calls; /* of functions and tools */
} sim_service_t;

int sim_wants_legacy(const sim_t *sim, const sim_request_t *request);
void sim_service_answer(sim_t *sim, const sim_request_t *request, int legacy, sim_answer_t *answer);
/* Text made of given deltas instead of the service's own; no validation. */
void sim_service_answer_texts(sim_t *sim, const sim_request_t *request, int legacy, json_t *deltas,
                              const char *thought, sim_answer_t *answer);
void sim_service_completed(sim_t *sim, const char *id);

/* ---- scenario.c: what the model does about a request ---- */

#define SIM_SIGNATURE "c2ltdWxhdG9yLXNpZ25hdHVyZS0wMTIzNDU2Nzg5"

/* What is wrong with the content of a request; NULL if nothing is. */
const char *sim_scenario_check(const sim_t *sim, json_t *body);
/* The steps of the answer; sets the record's outcome, and what goes with it. */
json_t *sim_scenario_play(sim_t *sim, json_t *body, int legacy, json_t *record);
json_t *sim_text_step(const char *text);
json_t *sim_thought_step(const char *summary); /* NULL = without one */

/* ---- input.c: the input in its long forms ---- */

json_t *sim_input_steps(json_t *input);
json_t *sim_input_turns(json_t *input);

/* ---- tools.c: what a model does with tools ---- */

typedef struct {
    json_t *steps; /* calls and results are added to these */
    sim_buffer_t text;
    json_t *annotations; /* of the text */
    json_t *grounding;   /* for the usage */
} sim_finding_t;

/* Calls the functions that are meant; 0 if there are none at all. */
int sim_tools_call(sim_t *sim, json_t *tools, const char *prompt, json_t *steps);
char *sim_tools_quote(json_t *results); /* to be freed */
void sim_tools_use(sim_t *sim, json_t *tools, const char *prompt, sim_finding_t *finding);

/* ---- media.c: images, sounds, videos and documents ---- */

#define SIM_FILE_NOT_ACTIVE "The file is not in an ACTIVE state, so it cannot be used."

json_t *sim_media_image(void);
json_t *sim_media_audio(const char *mime_type); /* WAV unless that says l16 */
json_t *sim_media_video(void);
json_t *sim_media_pieces(json_t *audio); /* the same as two deltas */
const char *sim_media_check(const sim_t *sim, json_t *steps);
char *sim_media_describe(const sim_t *sim, json_t *content); /* to be freed; NULL = only texts */

/* ---- continuation.c: answers that are too long for one request ---- */

int sim_continuation_applies(const sim_t *sim, json_t *body);
const char *sim_continuation_check(const sim_t *sim, json_t *body);
void sim_continuation_play(sim_t *sim, json_t *body, json_t *record, json_t *steps);

/* ---- schema.c: values that fit a schema ---- */

json_t *sim_schema_value(json_t *schema, const char *prompt);
json_t *sim_schema_place(const char *prompt); /* the one the prompt names, or any */

/* ---- compose.c: made-up text ---- */

char *sim_compose_text(json_t *records, json_t *request, const char *prompt); /* to be freed */
json_t *sim_compose_deltas(const char *text);
json_t *sim_compose_generated(size_t deltas, size_t text_bytes);

/* ---- script.c ---- */

struct sim_reply_s {
    unsigned references;
    json_t *json;
    json_t *texts; /* the deltas, if the reply has any */
    sim_answer_t *fixture;
    int repeat;
    unsigned uses;
};

typedef struct {
    sim_reply_t **replies;
    size_t count;
    size_t capacity;
    size_t first_unused; /* all before it were used */
    size_t unused;
} sim_script_t;

/* Before the body: a reply that concerns the body becomes the message's. */
void sim_script_prepare(sim_t *sim, sim_message_t *message);
/* 1 if a reply was there for the request. */
int sim_script_answer(sim_t *sim, sim_message_t *message, sim_answer_t *answer);
void sim_reply_release(sim_reply_t *reply);
void sim_script_free(sim_script_t *script);

/* ---- exchange.c: one request and its answer, played over time ---- */

typedef struct sim_exchange_s sim_exchange_t;

/* What a protocol does for an exchange. Each may end the exchange before it returns. */
typedef struct {
    void (*headers)(sim_exchange_t *exchange);
    void (*wake)(sim_exchange_t *exchange); /* sim_exchange_take() has something, or all is taken */
    void (*fault)(sim_exchange_t *exchange, sim_end_t end);
    void (*raw)(sim_exchange_t *exchange);
} sim_transport_t;

struct sim_exchange_s {
    sim_t *sim;
    sim_message_t *message;
    sim_answer_t answer;
    const sim_transport_t *transport;
    void *stream; /* the transport's */
    uv_timer_t timer;
    int has_timer;
    int answering;        /* headers were sent */
    int releasing;        /* the delays before the body are over */
    int release_on_drain; /* the next piece waits until the last one was written */
    int struck;           /* the fault is happening */
    size_t released;      /* the transport may send the body up to here */
    size_t sent;
    size_t frame;
    void (*next)(sim_exchange_t *exchange); /* when the timer fires */
};

/* Takes the message over; asks script and service for the answer; starts to play it. */
sim_exchange_t *sim_exchange_new(sim_t *sim, sim_message_t *message,
                                 const sim_transport_t *transport, void *stream);
void sim_exchange_start(sim_exchange_t *exchange);
/* At most limit bytes that may be sent now; they count as sent. 0 = none now. */
size_t sim_exchange_take(sim_exchange_t *exchange, size_t limit, const char **bytes);
int sim_exchange_took_all(const sim_exchange_t *exchange);
/* All was sent up to the fault that is planned: it happens, but not before this has returned. */
void sim_exchange_strike(sim_exchange_t *exchange);
/* All bytes taken so far have left the process. */
void sim_exchange_drained(sim_exchange_t *exchange);
/* The transport is done with it; gone tells that the client left first. Frees it. */
void sim_exchange_end(sim_exchange_t *exchange, int gone);

/* ---- connection.c: bytes in and out of a socket ---- */

typedef struct sim_connection_s sim_connection_t;

typedef struct {
    void *(*open)(sim_connection_t *connection);
    void (*input)(void *session, const char *bytes, size_t length);
    void (*drained)(void *session); /* written what was queued, or nearly so */
    void (*abort)(void *session);   /* the connection ends: end the exchanges */
    void (*free)(void *session);
} sim_protocol_t;

typedef enum { SIM_AFTER_NOTHING, SIM_AFTER_SHUTDOWN, SIM_AFTER_RESET } sim_after_t;

struct sim_connection_s {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    sim_t *sim;
    sim_connection_t *previous, *next;
    unsigned number;
    SSL *ssl;
    int garble;                     /* answers the handshake with nonsense */
    const sim_protocol_t *protocol; /* NULL until it is known */
    void *session;
    sim_buffer_t input;  /* bytes seen before the protocol was known */
    sim_buffer_t output; /* plain bytes that wait for sim_connection_flush() */
    size_t queued;       /* bytes libuv has not written yet */
    sim_after_t after;   /* what comes when all is written */
    int lingering;       /* our side is shut; what still comes in is dropped */
    int closing;
};

void sim_connection_accept(sim_t *sim);
void sim_connection_write(sim_connection_t *connection, const void *bytes, size_t length);
void sim_connection_flush(sim_connection_t *connection);
/* Writes what waits, then does as told. No input is delivered any more. */
void sim_connection_finish(sim_connection_t *connection, sim_after_t after);
void sim_connection_close(sim_connection_t *connection);

extern const sim_protocol_t sim_http1_protocol;
extern const sim_protocol_t sim_http2_protocol;

/* ---- tls.c, certificate.c ---- */

SSL_CTX *sim_tls_context(sim_http_t http, X509 *certificate, EVP_PKEY *key);
SSL *sim_tls_open(SSL_CTX *context);
/* Appends what the peer sent to plain, in clear. -1 if the connection is broken, 1 if it ended. */
int sim_tls_input(SSL *ssl, const char *bytes, size_t length, sim_buffer_t *plain);
void sim_tls_output(SSL *ssl, const char *bytes, size_t length);
void sim_tls_goodbye(SSL *ssl);
void sim_tls_collect(SSL *ssl, sim_buffer_t *wire); /* what is to be written to the socket */
int sim_tls_chose_http2(SSL *ssl);

int sim_certificate_make(sim_certificate_t kind, X509 **authority, X509 **leaf, EVP_PKEY **key);

/* ---- sim.c ---- */

struct sim_s {
    uv_loop_t *loop;
    sim_options_t options; /* with copies of its strings */
    uv_tcp_t listener;
    size_t handles; /* that must be closed before the memory can go */
    int stopping;
    int unreferenced;
    void (*on_stopped)(void *data);
    void *stopped_data;
    char url[64];
    char *ca_file;
    SSL_CTX *tls_context;
    sim_connection_t *connections;
    sim_counts_t counts;
    unsigned refuse_accepts;
    unsigned garble_handshakes;
    sim_log_t log;
    sim_rate_t rate;
    sim_service_t service;
    sim_files_t files;
    sim_script_t script;
    json_t *manifest;            /* of the fixtures, read when first needed */
    char read_buffer[64 * 1024]; /* for one read at a time, whichever connection */
};

/* Counts a handle that was initialized, so that stopping waits for it. */
void sim_handle_opened(sim_t *sim, uv_handle_t *handle);
/* To be called from the handle's close callback; may free the simulator. */
void sim_handle_closed(sim_t *sim);

#endif
