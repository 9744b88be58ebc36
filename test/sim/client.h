/*
 * client.h - what tests of the simulator share: a simulator on a loop, and libcurl as its client in
 * a worker thread of that loop, so that the simulator itself is only ever used by one thread.
 */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <curl/curl.h>

#include "sim.h"

typedef struct {
    const char *name;
    int tls;
    long curl_version;
    int http_version;
} wire_t;

#define WIRES 4
extern const wire_t wires[WIRES];

/* A request to make, and what came back. */
typedef struct {
    const char *method; /* NULL = POST with a body, otherwise GET */
    const char *path;   /* NULL = /v1beta/interactions */
    const char *body;
    size_t body_length;     /* 0 = up to its zero */
    const char *headers[8]; /* instead of the key and the content type */
    long timeout_ms;        /* 0 = 3000 */
    int times;              /* on one connection; 0 = once */

    CURLcode code;
    long status;
    char type[64];
    char *head; /* the answer's */
    char *answer;
    size_t length;
    double seconds;
} fetch_t;

/*
 * HTTP/2 in clear is weak in libcurl 7.88: a connection can be used only once, and the end of a
 * stream that comes in one read with much data is not noticed until a timeout.
 */
int is_reliable(const wire_t *which);

extern uv_loop_t loop;
extern sim_t *sim;
extern const wire_t *wire; /* of the simulator that runs */
extern char url[64], ca_file[256];

/* For tests that bring their own work for a worker thread: fetch() does it with these. */
void client_work(uv_work_t *request); /* data is a fetch_t */
void client_after_work(uv_work_t *request, int status);
extern int client_done; /* set by client_after_work() */

/* ---- the simulator ---- */

void start_with(const wire_t *which, sim_options_t options);
void start(const wire_t *which);
void stop(void);
void on_stopped(void *data);
void script(const char *text);

/* ---- the client ---- */

void fetch(fetch_t *what);
void fetch_free(fetch_t *what); /* what came back */
/* The value of a header of the answer, to be freed; NULL if it is not there. */
char *answer_header(const fetch_t *what, const char *name);

/* Sends a create with that body; the result is to be freed. */
fetch_t create(const char *body);
json_t *create_json(const char *body);

const char *text_at(const json_t *json, const char *key);
/* The text of an interaction of either revision. */
const char *output_text(json_t *json);
/* Puts the texts of a stream together; returns the number of events. */
size_t read_stream(const char *stream, char *text, size_t size);

#endif
