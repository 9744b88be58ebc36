/* How many exchanges are on the wire at once, and how many of them may be connecting; the others
 * wait in line, first come first served. Pure.
 *
 * libcurl 7.88 lets exchanges share an HTTP/2 connection that is there, but opens one for each that
 * finds the others full, however many come at once. So they come to it a few at a time: who joins a
 * connection has connected at once and makes room, who needs a new one fills it for those behind.
 */
#ifndef GIA_NET_GATE_H
#define GIA_NET_GATE_H

#include "core/list.h"

typedef struct gia__gate_s {
    unsigned max;
    unsigned max_connecting;
    unsigned inside;
    unsigned connecting; /* of those inside */
    gia__list_t waiting;
    size_t waiting_count;
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
};

void gia__gate_init(gia__gate_t *gate, unsigned max, unsigned max_connecting);
void gia__ticket_init(gia__ticket_t *ticket, void (*on_admitted)(gia__ticket_t *ticket));
int gia__ticket_is_inside(const gia__ticket_t *ticket);

/* 1: inside now, and connecting. 0: in line, on_admitted comes. */
int gia__gate_enter(gia__gate_t *gate, gia__ticket_t *ticket);

/* It has its connection. As often as one likes. */
void gia__gate_connected(gia__gate_t *gate, gia__ticket_t *ticket);

/* Leaves the inside or the line, whichever it is in. */
void gia__gate_leave(gia__gate_t *gate, gia__ticket_t *ticket);

/* From now on so many may be connecting. */
void gia__gate_set_max_connecting(gia__gate_t *gate, unsigned max_connecting);

#endif
