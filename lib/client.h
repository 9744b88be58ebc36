/* One loop, one multi, the settings, and the pump that does everything outside of curl.
 *
 * Public functions change the state of an object and mark it; the pump, run from the loop with curl
 * off the stack, then does the work and tells the user. That is why every function may be called
 * from every callback.
 */
#ifndef GIA_CLIENT_INTERNAL_H
#define GIA_CLIENT_INTERNAL_H

#include <gia/client.h>

#include "config.h"
#include "core/list.h"
#include "core/mem.h"
#include "net/gate.h"
#include "net/multi.h"
#include "token.h"

/* Something that belongs to a client and has work for the pump: the first member of its object. */
typedef struct gia__member_s gia__member_t;
struct gia__member_s {
    gia__list_t all;                           /* in the client's members, until it leaves */
    gia__list_t marked;                        /* in the pump's list, if marked */
    gia__list_t late;                          /* in the client's list of the late, if it is */
    void (*run)(gia__member_t *member);        /* the pump's turn: may call the user, may leave */
    void (*look_again)(gia__member_t *member); /* the loop has looked at its sockets: see
                                            gia__client_look_again(). Only takes notes */
    void (*cancel)(
        gia__member_t *member); /* the client closes: end soon. Must only take notes and mark */
};

struct gia_client_s {
    gia__mem_t mem;
    uv_loop_t *loop;
    gia__settings_t settings;
    gia__multi_t *multi;
    gia__gate_t gate;
    gia__token_t token;
    gia__list_t members;
    gia__list_t marked;
    gia__list_t late;
    size_t member_count;
    size_t
        open_handles;  /* uv handles of the client and its members that have not reported closed */
    uv_idle_t pump;    /* active while something is marked */
    uv_check_t look;   /* active while somebody wants to look again, with … */
    uv_idle_t hurry;   /* … which keeps the loop from waiting until then */
    uv_timer_t alive;  /* never fires; active while there is a member: keeps the loop running */
    uint64_t random;   /* the generator's state */
    gia_stats_t stats; /* what has been, not what is */
    int pumping;
    int closing;
    gia_close_cb on_closed;
    void *on_closed_data;
};

/* Joins: GIA_OK, GIA_ECLOSING or GIA_ETOO_MANY_CALLS. */
int gia__client_join(gia_client_t *client, gia__member_t *member);
/* Leaves for good; only from the member's own run. */
void gia__client_leave(gia_client_t *client, gia__member_t *member);
/* Asks for a turn; as often as one likes. */
void gia__client_mark(gia_client_t *client, gia__member_t *member);

/* For who finds in a timer that its time is over: `look_again` is called once the loop has looked
 * at its sockets, where something may lie that came in time. */
void gia__client_look_again(gia_client_t *client, gia__member_t *member);

/* Gives the marked their turn now. Only from a callback of the loop. */
void gia__client_pump(gia_client_t *client);

/* A random number from 0 to `max`: for pauses, not for secrets. */
uint64_t gia__client_random(gia_client_t *client, uint64_t max);

/* Whether HTTP/2 is possible, and with it several exchanges on one connection. */
int gia__client_may_share_connections(const gia_client_t *client);

/* Told with each answer: over HTTP/1.1 there is no sense in connecting one after the other. */
void gia__client_learn_http(gia_client_t *client, int http_major);

/* A member's uv handle: opened before it is initialised, closed in its close callback, which may
 * free the client. */
void gia__client_handle_opened(gia_client_t *client);
void gia__client_handle_closed(gia_client_t *client);

#endif
