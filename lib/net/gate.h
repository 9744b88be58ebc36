/* Which exchanges may be on the wire: how many at once, how many of them connecting, how many and
 * how expensive in a minute, and none while the service wants to be left alone. The others wait in
 * line, first come first served; but who may not go lets pass those of other models. Pure: the time
 * is handed in.
 *
 * libcurl 7.88 lets exchanges share an HTTP/2 connection that is there, but opens one for each that
 * finds the others full, however many come at once. So they come to it a few at a time: who joins a
 * connection has connected at once and makes room, who needs a new one fills it for those behind.
 */
#ifndef GIA_NET_GATE_H
#define GIA_NET_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "core/list.h"
#include "net/pace.h"
#include "net/probe.h"

/* Lanes: the first for what is of no model, the last for all models that find no lane of their own.
 */
enum { GIA__LANES = 16 };

typedef struct gia__gate_options_s {
    unsigned max, max_connecting;
    unsigned requests_per_minute; /* 0: no limit */
    int64_t tokens_per_minute;    /* likewise */
    int adaptive;                 /* find out how much the service takes; `max` is the most */
    int64_t max_pause_ms;         /* that a refusal can impose */
} gia__gate_options_t;

/* Those of one model, for which services keep their counts. */
typedef struct gia__lane_s {
    uint64_t model;
    gia__list_t waiting;
    unsigned inside;
    uint64_t last_number;    /* of the ticket that used it last */
    uint64_t closed_till_ms; /* the cool-down: nobody goes before */
    gia__probe_t probe;      /* only if the gate is adaptive */
    gia__pace_t pace;        /* as the probe wants it */
} gia__lane_t;

typedef struct gia__gate_s {
    gia__gate_options_t options;
    unsigned inside;
    unsigned connecting; /* of those inside */
    size_t waiting_count;
    uint64_t last_number;
    gia__pace_t requests, tokens; /* per minute */
    double tokens_unforeseen;     /* by an estimate, on average: the answer's above all */
    unsigned tokens_averaged;
    gia__lane_t lanes[GIA__LANES];
} gia__gate_t;

typedef struct gia__ticket_s gia__ticket_t;
struct gia__ticket_s {
    gia__list_t link;
    enum {
        GIA__TICKET_NONE,
        GIA__TICKET_WAITING,
        GIA__TICKET_CONNECTING, /* inside */
        GIA__TICKET_CONNECTED   /* inside */
    } state;
    void (*on_admitted)(gia__ticket_t *ticket); /* only for those that had to wait; must only take
                                                   notes */
    uint64_t model;                             /* 0: none, no limit per minute counts */
    double tokens;                              /* estimated */
    uint64_t number;                            /* of its entry */
    gia__lane_t *lane;                          /* while it waits or is inside */
    uint64_t probe_number;                      /* of its admission */
    /* what is not settled yet, of one admission or several */
    double tokens_taken;
    double last_tokens_taken; /* by the last one */
    double tokens_estimated;
    unsigned admissions;
};

void gia__gate_init(gia__gate_t *gate, const gia__gate_options_t *options);
void gia__ticket_init(gia__ticket_t *ticket, void (*on_admitted)(gia__ticket_t *ticket));
int gia__ticket_is_inside(const gia__ticket_t *ticket);

/* With model and tokens of the ticket set. 1: inside now, and connecting. 0: in line, on_admitted
 * comes. */
int gia__gate_enter(gia__gate_t *gate, gia__ticket_t *ticket, uint64_t now_ms);

/* It has its connection. As often as one likes. */
void gia__gate_connected(gia__gate_t *gate, gia__ticket_t *ticket, uint64_t now_ms);

/* Leaves the inside or the line, whichever it is in. `taken`: the service did what it asked. */
void gia__gate_leave(gia__gate_t *gate, gia__ticket_t *ticket, int taken, uint64_t now_ms);

/* The service refused what it was admitted for, for the rate or since it has too much to do, and
 * asks for so long a pause (negative: it does not say). Before it enters again; best before it
 * leaves, so that nobody slips in. */
void gia__gate_refused(gia__gate_t *gate, gia__ticket_t *ticket, int for_rate,
                       int64_t retry_after_ms, uint64_t now_ms);

/* All its admissions together have cost so many tokens; negative: that is not known, the estimates
 * stand. */
void gia__gate_spent(gia__gate_t *gate, gia__ticket_t *ticket, int64_t tokens);

/* Lets in who may go by now. */
void gia__gate_fill(gia__gate_t *gate, uint64_t now_ms);

/* When gia__gate_fill() lets somebody in who waits only for that; UINT64_MAX: nobody does. */
uint64_t gia__gate_next_ms(const gia__gate_t *gate);

/* The time before which this one cannot go, whatever those before it do. */
uint64_t gia__gate_due_ms(const gia__gate_t *gate, const gia__ticket_t *ticket);

/* From now on so many may be connecting. */
void gia__gate_set_max_connecting(gia__gate_t *gate, unsigned max_connecting, uint64_t now_ms);

#endif
