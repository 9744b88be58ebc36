/* A loop, a simulator and a client on it, and records of what the client's calls report. */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gia.h>
#include <jansson.h>

#include "sim.h"

/* An allocator that counts, and can fail. */
typedef struct memory_s {
    size_t live;                   /* allocations not freed */
    size_t live_bytes, peak_bytes; /* as the C library rounds them */
    size_t total;                  /* allocations and reallocations made */
    size_t fail_at;                /* the n-th of them fails (once); 0: none */
    int fail_all_after;            /* from fail_at on all fail */
    gia_allocator_t allocator;
} memory_t;

void memory_init(memory_t *memory);

typedef struct world_options_s {
    sim_options_t sim;
    gia_config_t config; /* base_url, ca_file, api_key, allocator, http_version and max_attempts (1)
                            are filled in when NULL/0 */
    gia_http_version_t http_version;
} world_options_t;

#define WORLD_OPTIONS                                                                              \
    {                                                                                              \
        .config = GIA_CONFIG_INIT                                                                  \
    }

typedef struct world_s {
    uv_loop_t loop;
    sim_t *sim;
    gia_client_t *client;
    memory_t memory;
    int client_closing;
    int clients_closed;
    int sim_stopped;
} world_t;

/* All of the loop's handles, the client's memory and its callbacks are accounted for by close: it
 * fails the test otherwise. */
void world_open(world_t *world, const world_options_t *options);
void world_close(world_t *world);

/* Closes the client only, at any moment; world_close then waits for it and goes on. */
void world_close_client(world_t *world);

/* Appends replies; fails the test on a broken script. */
void world_script(world_t *world, const char *json);

/* What one call reported. Zero-initialise; record_clear frees. */
typedef struct record_s {
    world_t *world;
    gia_call_t *call; /* NULL after done */
    json_t *trace;    /* one object an event, in the words of the one model */
    char *text;       /* all text deltas joined */
    int done;         /* times on_done came */
    int events_after_done;
    int code;
    char *message, *service_code, *service_message;
    int http_status, curl_code, request_sent, may_have_run, cancel_code;
    unsigned attempts, resumes;
    int reconnects; /* times on_reconnect came */
    int64_t retry_after_ms;
    uint64_t event_count;
    uint64_t done_ms;               /* loop time */
    gia_interaction_t *interaction; /* kept */
    /* hooks, optional: called after the record was made */
    void (*on_event)(struct record_s *record, const gia_event_t *event);
    void (*on_done)(struct record_s *record, const gia_result_t *result);
    void *data;
} record_t;

void record_clear(record_t *record);

/* Options whose callbacks fill the record. */
gia_call_options_t record_options(record_t *record, world_t *world);

/* Starts a create from a JSON body; returns the code of the start. `options` NULL:
 * record_options(). */
int world_create(world_t *world, record_t *record, const char *body,
                 const gia_call_options_t *options);

/* Runs the loop until the record is done, or the test fails after `limit_s` real seconds (alarm).
 */
void world_run(world_t *world, const record_t *record);
void world_run_until(world_t *world, int (*enough)(void *data), void *data);

/* Lets `ms` of the loop's time go by. */
void world_pass(world_t *world, uint64_t ms);

#define BODY_UNARY                                                                                 \
    "{\"model\":\"gemini-3-flash-preview\",\"input\":\"Tell me a short joke about programming.\"}"
#define BODY_STREAM                                                                                \
    "{\"model\":\"gemini-3-flash-preview\",\"input\":\"Tell me a short joke about "                \
    "programming.\",\"stream\":true}"

#endif
