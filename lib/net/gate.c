/* Which exchanges may be on the wire. */
#include "net/gate.h"

#include <string.h>

/* The average of so many is what the next is estimated by. */
enum { AVERAGED = 8 };

static const double MS_PER_MINUTE = 60 * 1000;

static void lane_init(gia__lane_t *lane, const gia__gate_options_t *options, uint64_t model)
{
    memset(lane, 0, sizeof(*lane));
    lane->model = model;
    gia__list_init(&lane->waiting);
    gia__probe_init(&lane->probe, options->max);
}

void gia__gate_init(gia__gate_t *gate, const gia__gate_options_t *options)
{
    memset(gate, 0, sizeof(*gate));
    gate->options = *options;
    gia__pace_set(&gate->requests, options->requests_per_minute);
    gia__pace_set(&gate->tokens, (double)options->tokens_per_minute);
    for (size_t i = 0; i < GIA__LANES; i++)
        lane_init(&gate->lanes[i], options, 0);
}

void gia__ticket_init(gia__ticket_t *ticket, void (*on_admitted)(gia__ticket_t *ticket))
{
    memset(ticket, 0, sizeof(*ticket));
    gia__list_init(&ticket->link);
    ticket->on_admitted = on_admitted;
}

int gia__ticket_is_inside(const gia__ticket_t *ticket)
{
    return ticket->state == GIA__TICKET_CONNECTING || ticket->state == GIA__TICKET_CONNECTED;
}

/* -- lanes -- */

static int is_idle(const gia__lane_t *lane, uint64_t now_ms)
{
    return !lane->inside && gia__list_empty(&lane->waiting) && lane->closed_till_ms <= now_ms;
}

/* The lane of a model; if it has none, the one that has been idle for the longest time. */
static gia__lane_t *find_lane(gia__gate_t *gate, uint64_t model, uint64_t now_ms)
{
    gia__lane_t *free_lane = NULL;
    gia__lane_t *const others = &gate->lanes[GIA__LANES - 1];
    gia__lane_t *lane;

    if (!model)
        return &gate->lanes[0];
    for (lane = &gate->lanes[1]; lane < others; lane++) {
        if (lane->model == model)
            return lane;
        if (is_idle(lane, now_ms) && (!free_lane || lane->last_number < free_lane->last_number))
            free_lane = lane;
    }
    if (!free_lane)
        return others;
    lane_init(free_lane, &gate->options, model);
    return free_lane;
}

static gia__ticket_t *first_of(const gia__lane_t *lane)
{
    return GIA__LIST_OBJECT(lane->waiting.next, gia__ticket_t, link);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* When the next of a lane may go. */
static uint64_t lane_due_ms(const gia__gate_t *gate, const gia__lane_t *lane)
{
    uint64_t due_ms = later(lane->closed_till_ms, gia__pace_due_ms(&lane->pace));

    if (lane == &gate->lanes[0])
        return due_ms;
    due_ms = later(due_ms, gia__pace_due_ms(&gate->requests));
    return later(due_ms, gia__pace_due_ms(&gate->tokens));
}

static int lane_has_room(const gia__gate_t *gate, const gia__lane_t *lane)
{
    /* What is of no model, looks and cancels above all, is not what a service refuses for its load.
     */
    return !gate->options.adaptive || lane == &gate->lanes[0] ||
           lane->inside + 1 <= lane->probe.limit;
}

static int has_room(const gia__gate_t *gate)
{
    return gate->inside < gate->options.max && gate->connecting < gate->options.max_connecting;
}

/* -- coming in -- */

static void take_tokens(gia__gate_t *gate, gia__ticket_t *ticket, uint64_t now_ms)
{
    ticket->last_tokens_taken = ticket->tokens + gate->tokens_unforeseen;
    ticket->tokens_taken += ticket->last_tokens_taken;
    ticket->tokens_estimated += ticket->tokens;
    ticket->admissions++;
    gia__pace_take(&gate->tokens, now_ms, ticket->last_tokens_taken);
}

static void let_in(gia__gate_t *gate, gia__ticket_t *ticket, int waited, uint64_t now_ms)
{
    gia__lane_t *lane = ticket->lane;
    int is_paced = now_ms <= gia__pace_due_ms(&lane->pace) + GIA__PACE_SLACK_MS;

    gate->inside++;
    gate->connecting++;
    lane->inside++;
    ticket->state = GIA__TICKET_CONNECTING;
    if (ticket->model) {
        gia__pace_take(&gate->requests, now_ms, 1);
        take_tokens(gate, ticket, now_ms);
    }
    if (!gate->options.adaptive)
        return;
    ticket->probe_number = gia__probe_admit(&lane->probe, now_ms, waited, waited && is_paced);
    gia__pace_set(&lane->pace, lane->probe.rate * MS_PER_MINUTE);
    gia__pace_take(&lane->pace, now_ms, 1);
}

/* The oldest that may go now, if any. */
static gia__ticket_t *next_ticket(gia__gate_t *gate, uint64_t now_ms)
{
    gia__ticket_t *oldest = NULL;

    for (gia__lane_t *lane = gate->lanes; lane < gate->lanes + GIA__LANES; lane++) {
        if (gia__list_empty(&lane->waiting) || !lane_has_room(gate, lane) ||
            lane_due_ms(gate, lane) > now_ms)
            continue;
        if (!oldest || first_of(lane)->number < oldest->number)
            oldest = first_of(lane);
    }
    return oldest;
}

void gia__gate_fill(gia__gate_t *gate, uint64_t now_ms)
{
    gia__ticket_t *next;

    while (gate->waiting_count && has_room(gate) && (next = next_ticket(gate, now_ms))) {
        gia__list_remove(&next->link);
        gate->waiting_count--;
        let_in(gate, next, 1, now_ms);
        next->on_admitted(next);
    }
}

int gia__gate_enter(gia__gate_t *gate, gia__ticket_t *ticket, uint64_t now_ms)
{
    gia__lane_t *lane = ticket->lane = find_lane(gate, ticket->model, now_ms);

    ticket->number = lane->last_number = ++gate->last_number;
    gia__gate_fill(gate, now_ms); /* somebody's time may have come just now */
    if (has_room(gate) && gia__list_empty(&lane->waiting) && lane_has_room(gate, lane) &&
        lane_due_ms(gate, lane) <= now_ms) {
        let_in(gate, ticket, 0, now_ms);
        return 1;
    }
    ticket->state = GIA__TICKET_WAITING;
    gia__list_append(&lane->waiting, &ticket->link);
    gate->waiting_count++;
    return 0;
}

void gia__gate_connected(gia__gate_t *gate, gia__ticket_t *ticket, uint64_t now_ms)
{
    if (ticket->state != GIA__TICKET_CONNECTING)
        return;
    ticket->state = GIA__TICKET_CONNECTED;
    gate->connecting--;
    gia__gate_fill(gate, now_ms);
}

/* -- going out -- */

void gia__gate_leave(gia__gate_t *gate, gia__ticket_t *ticket, int taken, uint64_t now_ms)
{
    gia__lane_t *lane = ticket->lane;

    if (ticket->state == GIA__TICKET_NONE)
        return;
    if (ticket->state == GIA__TICKET_WAITING) {
        gia__list_remove(&ticket->link);
        gate->waiting_count--;
    } else {
        if (taken)
            gia__probe_taken(&lane->probe, lane->inside);
        gate->connecting -= ticket->state == GIA__TICKET_CONNECTING;
        gate->inside--;
        lane->inside--;
    }
    ticket->state = GIA__TICKET_NONE;
    ticket->lane = NULL;
    gia__gate_fill(gate, now_ms);
}

void gia__gate_refused(gia__gate_t *gate, gia__ticket_t *ticket, int for_rate,
                       int64_t retry_after_ms, uint64_t now_ms)
{
    gia__lane_t *lane = ticket->lane ? ticket->lane : find_lane(gate, ticket->model, now_ms);
    uint64_t pause_ms = 0;

    if (retry_after_ms > 0)
        pause_ms =
            (uint64_t)(retry_after_ms < gate->options.max_pause_ms ? retry_after_ms
                                                                   : gate->options.max_pause_ms);
    if (gate->options.adaptive)
        pause_ms =
            gia__probe_refused(&lane->probe, ticket->probe_number, for_rate, pause_ms, now_ms);
    lane->closed_till_ms = later(lane->closed_till_ms, now_ms + pause_ms);
    gia__pace_hold(&lane->pace, lane->closed_till_ms);

    if (ticket->last_tokens_taken > 0) { /* what is refused costs nothing */
        gia__pace_give_back(&gate->tokens, ticket->last_tokens_taken);
        ticket->tokens_taken -= ticket->last_tokens_taken;
        ticket->tokens_estimated -= ticket->tokens;
        ticket->last_tokens_taken = 0;
        ticket->admissions--;
    }
}

void gia__gate_spent(gia__gate_t *gate, gia__ticket_t *ticket, int64_t tokens)
{
    double unforeseen;

    if (tokens >= 0 && ticket->admissions) {
        gia__pace_give_back(&gate->tokens, ticket->tokens_taken - (double)tokens);
        unforeseen = ((double)tokens - ticket->tokens_estimated) / ticket->admissions;
        if (gate->tokens_averaged < AVERAGED)
            gate->tokens_averaged++;
        gate->tokens_unforeseen += (unforeseen - gate->tokens_unforeseen) / gate->tokens_averaged;
        if (gate->tokens_unforeseen < 0)
            gate->tokens_unforeseen = 0;
    }
    ticket->tokens_taken = ticket->tokens_estimated = 0;
    ticket->admissions = 0;
}

/* -- when -- */

uint64_t gia__gate_next_ms(const gia__gate_t *gate)
{
    uint64_t next_ms = UINT64_MAX;

    if (!gate->waiting_count || !has_room(gate))
        return UINT64_MAX;
    for (const gia__lane_t *lane = gate->lanes; lane < gate->lanes + GIA__LANES; lane++) {
        uint64_t due_ms = lane_due_ms(gate, lane);
        if (!gia__list_empty(&lane->waiting) && lane_has_room(gate, lane) && due_ms < next_ms)
            next_ms = due_ms;
    }
    return next_ms;
}

uint64_t gia__gate_due_ms(const gia__gate_t *gate, const gia__ticket_t *ticket)
{
    return ticket->lane ? lane_due_ms(gate, ticket->lane) : 0;
}

void gia__gate_set_max_connecting(gia__gate_t *gate, unsigned max_connecting, uint64_t now_ms)
{
    gate->options.max_connecting = max_connecting;
    gia__gate_fill(gate, now_ms);
}
