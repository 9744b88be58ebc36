/* How many exchanges are on the wire at once; the others wait in line, first come first served.
 * Pure. */
#ifndef GIA_NET_GATE_H
#define GIA_NET_GATE_H

#include "core/list.h"

typedef struct gia__gate_s {
    unsigned max;
    unsigned inside;
    gia__list_t waiting;
} gia__gate_t;

typedef struct gia__ticket_s gia__ticket_t;
struct gia__ticket_s {
    gia__list_t link;
    enum { GIA__TICKET_NONE, GIA__TICKET_WAITING, GIA__TICKET_INSIDE } state;
    void (*on_admitted)(
        gia__ticket_t *ticket); /* only for those that had to wait; must only take notes */
};

void gia__gate_init(gia__gate_t *gate, unsigned max);
void gia__ticket_init(gia__ticket_t *ticket, void (*on_admitted)(gia__ticket_t *ticket));

/* 1: inside now. 0: in line, on_admitted comes. */
int gia__gate_enter(gia__gate_t *gate, gia__ticket_t *ticket);

/* Leaves the inside or the line, whichever it is in, and lets the next one in. */
void gia__gate_leave(gia__gate_t *gate, gia__ticket_t *ticket);

#endif
