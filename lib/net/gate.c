/* How many exchanges are on the wire at once; the others wait in line. */
#include "net/gate.h"

void gia__gate_init(gia__gate_t *gate, unsigned max)
{
    gate->max = max;
    gate->inside = 0;
    gia__list_init(&gate->waiting);
}

void gia__ticket_init(gia__ticket_t *ticket, void (*on_admitted)(gia__ticket_t *ticket))
{
    gia__list_init(&ticket->link);
    ticket->state = GIA__TICKET_NONE;
    ticket->on_admitted = on_admitted;
}

int gia__gate_enter(gia__gate_t *gate, gia__ticket_t *ticket)
{
    if (gate->inside < gate->max && gia__list_empty(&gate->waiting)) {
        gate->inside++;
        ticket->state = GIA__TICKET_INSIDE;
        return 1;
    }
    ticket->state = GIA__TICKET_WAITING;
    gia__list_append(&gate->waiting, &ticket->link);
    return 0;
}

void gia__gate_leave(gia__gate_t *gate, gia__ticket_t *ticket)
{
    gia__ticket_t *next;

    if (ticket->state == GIA__TICKET_WAITING)
        gia__list_remove(&ticket->link);
    if (ticket->state == GIA__TICKET_INSIDE)
        gate->inside--;
    ticket->state = GIA__TICKET_NONE;

    while (gate->inside < gate->max && !gia__list_empty(&gate->waiting)) {
        next = GIA__LIST_OBJECT(gate->waiting.next, gia__ticket_t, link);
        gia__list_remove(&next->link);
        gate->inside++;
        next->state = GIA__TICKET_INSIDE;
        next->on_admitted(next);
    }
}
