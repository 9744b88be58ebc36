/* Following a background run to its end: what is seen of it, and looking again and again.
 * Protocol: polling. */
#ifndef GIA_OPS_WATCH_H
#define GIA_OPS_WATCH_H

#include "call.h"
#include "ops/poll.h"

typedef struct gia__watch_s {
    gia_client_t *client;
    int wanted;  /* the call ends when the run does */
    int looking; /* the exchange under way, or the one that comes, is a look */
    gia_status_cb on_status;
    gia__poll_t poll;
    char *id;     /* of the run; NULL: not known yet */
    char *status; /* that was told last; NULL: none yet */
    char *seen;   /* the run as it stood last, its JSON: an interaction takes ten times as much */
    size_t seen_len;
    gia_interaction_t *last; /* made of it for the end */
} gia__watch_t;

/* Watches nothing yet. */
void gia__watch_init(gia__watch_t *watch, gia_client_t *client);
void gia__watch_free(gia__watch_t *watch);

/* Whether what the caller wants can be had; NULL can. */
int gia__watch_options_are_usable(const gia_watch_options_t *options);

/* The call that begins with *exchange ends when the run does; its time begins. `options` NULL: with
 * the defaults. `id` NULL: not known yet; else the exchange is a look at the run already.
 * `exchange` NULL: it is over. GIA_OK or GIA_ENOMEM. */
int gia__watch_begin(gia__watch_t *watch, const gia_watch_options_t *options, const char *id,
                     gia__exchange_t *exchange);

/* The run's id, as soon as it is known; only the first one counts. GIA_OK or GIA_ENOMEM. */
int gia__watch_name(gia__watch_t *watch, const char *id);

/* For on_end, of any exchange about the run. What it ended with is seen and told. 1: the run is
 * looked at again, gia__call_again() was called, and the answer is to be forgotten. 0: that was the
 * end, and *result says how it stood last. */
int gia__watch_goes_on(gia__watch_t *watch, gia_call_t *call, gia_result_t *result);

/* The same when there is nothing to be seen in *result, which is the reason for the look. The id is
 * known. */
int gia__watch_look(gia__watch_t *watch, gia_call_t *call, gia_result_t *result);

#endif
