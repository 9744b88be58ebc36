/* How many exchanges are on the wire at once, and how many of them may be connecting. */
#include "net/gate.h"

void gia__gate_init(gia__gate_t *gate, unsigned max, unsigned max_connecting)
{
    gate->max = max;
    gate->max_connecting = max_connecting;
    gate->inside = gate->connecting = 0;
    gia__list_init(&gate->waiting);
    gate->waiting_count = 0;
}

void gia__ticket_init(gia__ticket_t *ticket, void (*on_admitted)(gia__ticket_t *ticket))
{
    gia__list_init(&ticket->link);
    ticket->state = GIA__TICKET_NONE;
    ticket->on_admitted = on_admitted;
}

int gia__ticket_is_inside(const gia__ticket_t *ticket)
{
    return ticket->state == GIA__TICKET_CONNECTING || ticket->state == GIA__TICKET_CONNECTED;
}

static int has_room(const gia__gate_t *gate)
{
    return gate->inside < gate->max && gate->connecting < gate->max_connecting;
}

static void let_in(gia__gate_t *gate, gia__ticket_t *ticket)
{
    gate->inside++;
    gate->connecting++;
    ticket->state = GIA__TICKET_CONNECTING;
}

static void fill(gia__gate_t *gate)
{
    while (has_room(gate) && !gia__list_empty(&gate->waiting)) {
        gia__ticket_t *next = GIA__LIST_OBJECT(gate->waiting.next, gia__ticket_t, link);

        gia__list_remove(&next->link);
        gate->waiting_count--;
        let_in(gate, next);
        next->on_admitted(next);
    }
}

int gia__gate_enter(gia__gate_t *gate, gia__ticket_t *ticket)
{
    if (has_room(gate) && gia__list_empty(&gate->waiting)) {
        let_in(gate, ticket);
        return 1;
    }
    ticket->state = GIA__TICKET_WAITING;
    gia__list_append(&gate->waiting, &ticket->link);
    gate->waiting_count++;
    return 0;
}

void gia__gate_connected(gia__gate_t *gate, gia__ticket_t *ticket)
{
    if (ticket->state != GIA__TICKET_CONNECTING)
        return;
    ticket->state = GIA__TICKET_CONNECTED;
    gate->connecting--;
    fill(gate);
}

void gia__gate_leave(gia__gate_t *gate, gia__ticket_t *ticket)
{
    if (ticket->state == GIA__TICKET_WAITING) {
        gia__list_remove(&ticket->link);
        gate->waiting_count--;
    }
    if (ticket->state == GIA__TICKET_CONNECTING)
        gate->connecting--;
    if (gia__ticket_is_inside(ticket))
        gate->inside--;
    ticket->state = GIA__TICKET_NONE;
    fill(gate);
}

void gia__gate_set_max_connecting(gia__gate_t *gate, unsigned max_connecting)
{
    gate->max_connecting = max_connecting;
    fill(gate);
}
