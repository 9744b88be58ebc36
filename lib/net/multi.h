/* curl's multi interface on a libuv loop: the only place where the two meet.
 *
 * Knows nothing of what is transferred. Nothing here calls the caller's code from inside of curl:
 * ended transfers are noted, and `on_work` is called from the loop once curl has returned.
 */
#ifndef GIA_NET_MULTI_H
#define GIA_NET_MULTI_H

#include <stdint.h>

#include <uv.h>

#include "core/list.h"
#include "core/mem.h"

typedef struct gia__multi_s gia__multi_t;

/* Says that the exchange of `easy` (a CURL easy handle) has ended with `curl_code`. Called from the
 * loop, with curl_easy's CURLOPT_PRIVATE pointer; must only take notes. */
typedef void (*gia__multi_ended_cb)(void *easy_private, int curl_code);

/* Called from the loop after every stretch of curl's work, with curl not on the stack. */
typedef void (*gia__multi_work_cb)(void *data);

typedef struct gia__multi_options_s {
    unsigned max_streams_per_connection; /* HTTP/2 */
    gia__multi_ended_cb on_ended;
    gia__multi_work_cb on_work;
    void *data; /* for on_work */
} gia__multi_options_t;

/* GIA_OK, GIA_ENOMEM or GIA_EINTERNAL. `mem` and `loop` outlive the multi. */
int gia__multi_new(gia__multi_t **out, const gia__mem_t *mem, uv_loop_t *loop,
                   const gia__multi_options_t *options);

/* Closes and frees; every easy handle has been removed before. `on_closed` comes later, from the
 * loop. */
void gia__multi_close(gia__multi_t *multi, void (*on_closed)(void *data), void *data);

/* Both only with curl not on the stack. add: GIA_OK, GIA_ENOMEM or GIA_EINTERNAL. */
int gia__multi_add(gia__multi_t *multi, void *easy);
void gia__multi_remove(gia__multi_t *multi, void *easy);

/* Which directions of an easy handle stay paused; the others go on: what curl had kept back is
 * delivered before this returns. Gives curl's code: unless it is 0, bytes were lost, but curl goes
 * on as if nothing had been. Only with curl not on the stack. */
int gia__multi_pause(gia__multi_t *multi, void *easy, int receiving, int sending);

/* Something to be done soon. */
typedef struct gia__task_s gia__task_t;
struct gia__task_s {
    gia__list_t link; /* initialised by its owner; removing it calls the task off */
    void (*run)(gia__task_t *task);
};

/* Runs the task once from the loop, with curl not on the stack; as often as one likes. */
void gia__multi_soon(gia__multi_t *multi, gia__task_t *task);

/* For work on the loop's thread pool, which cannot be called back: the multi has not closed before
 * it is released as often as it was held. Releasing may free it and its owner. */
void gia__multi_hold(gia__multi_t *multi);
void gia__multi_release(gia__multi_t *multi);

uv_loop_t *gia__multi_loop(const gia__multi_t *multi);

/* The loop's cached time in milliseconds. */
uint64_t gia__multi_now(const gia__multi_t *multi);

/* Whether curl is on the stack. */
int gia__multi_busy(const gia__multi_t *multi);

#endif
