/* The gate: never more inside than may be, not before their time, and first come first served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/gate.h"

enum { N = 8 };

static gia__ticket_t tickets[N];
static char admitted[64]; /* the numbers of those that were let in from the line */

static void on_admitted(gia__ticket_t *ticket)
{
    size_t len = strlen(admitted);

    assert_int_equal(ticket->state, GIA__TICKET_CONNECTING);
    admitted[len] = (char)('0' + (ticket - tickets));
    admitted[len + 1] = '\0';
}

static void start(gia__gate_t *gate, unsigned max, unsigned max_connecting)
{
    const gia__gate_options_t options = {.max = max, .max_connecting = max_connecting};

    gia__gate_init(gate, &options);
    for (int i = 0; i < N; i++)
        gia__ticket_init(&tickets[i], on_admitted);
    admitted[0] = '\0';
}

static void first_come_first_served(void **state)
{
    gia__gate_t gate;

    start(&gate, 2, N);
    assert_int_equal(gia__gate_enter(&gate, &tickets[0], 0), 1);
    assert_int_equal(gia__gate_enter(&gate, &tickets[1], 0), 1);
    for (int i = 2; i < N; i++)
        assert_int_equal(gia__gate_enter(&gate, &tickets[i], 0), 0);
    assert_string_equal(admitted, ""); /* who is let in at once is not told */
    gia__gate_leave(&gate, &tickets[1], 1, 0);
    assert_string_equal(admitted, "2");
    gia__gate_leave(&gate, &tickets[1], 1, 0); /* twice does no harm */
    assert_string_equal(admitted, "2");
    gia__gate_leave(&gate, &tickets[4], 1, 0); /* out of the line */
    assert_string_equal(admitted, "2");
    gia__gate_leave(&gate, &tickets[0], 1, 0);
    gia__gate_leave(&gate, &tickets[2], 1, 0);
    assert_string_equal(admitted, "235");
    assert_int_equal(gia__gate_enter(&gate, &tickets[0], 0), 0); /* behind the others */
    gia__gate_leave(&gate, &tickets[3], 1, 0);
    gia__gate_leave(&gate, &tickets[5], 1, 0);
    assert_string_equal(admitted, "23567");
    gia__gate_leave(&gate, &tickets[6], 1, 0);
    assert_string_equal(admitted, "235670");
    gia__gate_leave(&gate, &tickets[0], 1, 0);
    gia__gate_leave(&gate, &tickets[7], 1, 0);
    assert_int_equal(gate.inside, 0);
    assert_int_equal(gate.waiting_count, 0);
    assert_string_equal(admitted, "235670");
}

static void leaving_without_having_entered(void **state)
{
    gia__gate_t gate;

    start(&gate, 1, N);
    gia__gate_leave(&gate, &tickets[0], 1, 0);
    assert_int_equal(gate.inside, 0);
    assert_int_equal(gia__gate_enter(&gate, &tickets[1], 0), 1);
    gia__gate_leave(&gate, &tickets[0], 1, 0);
    assert_int_equal(gate.inside, 1);
    assert_int_equal(gia__gate_enter(&gate, &tickets[2], 0), 0);
    gia__gate_leave(&gate, &tickets[2], 1, 0);
    gia__gate_leave(&gate, &tickets[1], 1, 0);
    assert_string_equal(admitted, "");
    assert_int_equal(gate.inside, 0);
}

static void few_connect_at_once(void **state)
{
    gia__gate_t gate;

    start(&gate, N, 2);
    assert_int_equal(gia__gate_enter(&gate, &tickets[0], 0), 1);
    assert_int_equal(gia__gate_enter(&gate, &tickets[1], 0), 1);
    for (int i = 2; i < N; i++)
        assert_int_equal(gia__gate_enter(&gate, &tickets[i], 0), 0);
    gia__gate_connected(&gate, &tickets[1], 0);
    assert_string_equal(admitted, "2");
    gia__gate_connected(&gate, &tickets[1], 0); /* twice does no harm */
    assert_string_equal(admitted, "2");
    gia__gate_leave(&gate, &tickets[1], 1, 0); /* frees a place, but not to connect */
    assert_string_equal(admitted, "2");
    gia__gate_leave(&gate, &tickets[0], 1, 0); /* was connecting still */
    assert_string_equal(admitted, "23");
    gia__gate_connected(&gate, &tickets[7], 0); /* in line: it cannot have */
    gia__gate_set_max_connecting(&gate, 4, 0);
    assert_string_equal(admitted, "2345");
    assert_int_equal(gate.connecting, 4);
    for (int i = 2; i < N; i++)
        gia__gate_leave(&gate, &tickets[i], 1, 0);
    assert_int_equal(gate.connecting, 0);
    assert_int_equal(gate.inside, 0);
}

/* Comings and goings by chance, with what must hold after each. */
static void whatever_happens(void **state)
{
    srand(1);
    for (unsigned max = 1; max <= N; max++) {
        unsigned max_connecting = 1 + (unsigned)rand() % N;
        gia__gate_t gate;

        start(&gate, max, max_connecting);
        for (int step = 0; step < 10000; step++) {
            gia__ticket_t *ticket = &tickets[rand() % N];
            unsigned inside = 0, waiting = 0, connecting = 0;

            admitted[0] = '\0';
            if (ticket->state == GIA__TICKET_NONE)
                gia__gate_enter(&gate, ticket, 0);
            else if (rand() % 2)
                gia__gate_connected(&gate, ticket, 0);
            else
                gia__gate_leave(&gate, ticket, 1, 0);
            for (int i = 0; i < N; i++) {
                inside += (unsigned)gia__ticket_is_inside(&tickets[i]);
                connecting += tickets[i].state == GIA__TICKET_CONNECTING;
                waiting += tickets[i].state == GIA__TICKET_WAITING;
                assert_int_equal(tickets[i].state == GIA__TICKET_WAITING,
                                 !gia__list_empty(&tickets[i].link));
            }
            assert_int_equal(inside, gate.inside);
            assert_true(inside <= max);
            assert_int_equal(connecting, gate.connecting);
            assert_int_equal(waiting, gate.waiting_count);
            assert_true(connecting <= max_connecting);
            /* no place is left empty */
            assert_true(!waiting || inside == max || connecting == max_connecting);
            assert_true(strlen(admitted) <= 1);
        }
    }
}

/* -- models, rates and pauses -- */

static void start_with(gia__gate_t *gate, const gia__gate_options_t *options)
{
    start(gate, N, N);
    gia__gate_init(gate, options);
}

static int enter(gia__gate_t *gate, int i, uint64_t model, uint64_t now_ms)
{
    tickets[i].model = model;
    return gia__gate_enter(gate, &tickets[i], now_ms);
}

static void a_pause_is_for_one_model(void **state)
{
    const gia__gate_options_t options = {.max = 3, .max_connecting = N, .max_pause_ms = 30000};
    gia__gate_t gate;

    start_with(&gate, &options);
    assert_int_equal(enter(&gate, 0, 7, 1000), 1);
    gia__gate_refused(&gate, &tickets[0], 1, 5000, 1000);
    gia__gate_leave(&gate, &tickets[0], 0, 1000);
    assert_int_equal(enter(&gate, 1, 7, 1001), 0);
    assert_int_equal(enter(&gate, 2, 7, 1002), 0);
    assert_int_equal(enter(&gate, 3, 8, 1003), 1); /* past the others */
    assert_int_equal(enter(&gate, 4, 0, 1004), 1);
    assert_int_equal(gia__gate_due_ms(&gate, &tickets[2]), 6000);
    assert_int_equal(gia__gate_next_ms(&gate), 6000);
    /* A shorter one does not shorten it, none at all changes nothing. */
    gia__gate_refused(&gate, &tickets[0], 0, 100, 1005);
    gia__gate_refused(&gate, &tickets[0], 0, -1, 1006);
    gia__gate_fill(&gate, 5999);
    assert_string_equal(admitted, "");
    gia__gate_fill(&gate, 6000); /* one place is left, and the first gets it */
    assert_string_equal(admitted, "1");
    assert_int_equal(gia__gate_next_ms(&gate), UINT64_MAX); /* no time helps */
    gia__gate_leave(&gate, &tickets[3], 1, 6001);
    assert_string_equal(admitted, "12");
    /* None is longer than it may be. */
    gia__gate_refused(&gate, &tickets[1], 1, 3600 * 1000, 7000);
    gia__gate_leave(&gate, &tickets[1], 0, 7000);
    assert_int_equal(enter(&gate, 1, 7, 7000), 0);
    assert_int_equal(gia__gate_due_ms(&gate, &tickets[1]), 37000);
    gia__gate_leave(&gate, &tickets[1], 0, 7001);
    assert_int_equal(gate.waiting_count, 0);
    assert_int_equal(gia__gate_next_ms(&gate), UINT64_MAX);
}

static void more_models_than_lanes(void **state)
{
    const gia__gate_options_t options = {.max = N, .max_connecting = N, .max_pause_ms = 30000};
    gia__gate_t gate;

    start_with(&gate, &options);
    for (uint64_t model = 1; model < 100; model++) { /* idle lanes are used again */
        assert_int_equal(enter(&gate, 0, model, model), 1);
        gia__gate_leave(&gate, &tickets[0], 1, model);
    }
    for (uint64_t model = 1; model < 100; model++) { /* these are not idle */
        assert_int_equal(enter(&gate, 0, model, 1000), 1);
        gia__gate_refused(&gate, &tickets[0], 1, 5000, 1000);
        gia__gate_leave(&gate, &tickets[0], 0, 1000);
        if (model == GIA__LANES - 1) {
            assert_int_equal(enter(&gate, 1, 200, 1000), 0); /* shares the last one */
            break;
        }
    }
    assert_int_equal(enter(&gate, 2, 0, 1000), 1);
    gia__gate_fill(&gate, 6000);
    assert_string_equal(admitted, "1");
}

static void requests_and_tokens(void **state)
{
    const gia__gate_options_t options = {
        .max = N, .max_connecting = N, .requests_per_minute = 60, .tokens_per_minute = 60100};
    gia__gate_t gate;

    start_with(&gate, &options);
    tickets[0].tokens = tickets[1].tokens = tickets[2].tokens = tickets[3].tokens = 100;
    assert_int_equal(enter(&gate, 0, 1, 10000), 1);
    assert_int_equal(enter(&gate, 1, 2, 10000), 0); /* of all models together */
    assert_int_equal(enter(&gate, 4, 0, 10000), 1); /* no create */
    assert_int_equal(enter(&gate, 2, 1, 10000), 0);
    assert_in_range(gia__gate_next_ms(&gate), 11001, 11003);
    gia__gate_fill(&gate, 11003);
    assert_string_equal(admitted, "1");
    /* The first one cost more than was thought: 5,000 ms to wait, and more expected of the next. */
    gia__gate_spent(&gate, &tickets[0], 5100);
    assert_in_range(gia__gate_next_ms(&gate), 16100, 16110);
    gia__gate_fill(&gate, 16110);
    assert_string_equal(admitted, "12");
    assert_int_equal((int)tickets[2].tokens_taken, 5100);
    /* A refusal costs nothing. */
    assert_int_equal(enter(&gate, 3, 1, 16110), 0);
    assert_in_range(gia__gate_next_ms(&gate), 21200, 21220);
    gia__gate_refused(&gate, &tickets[2], 1, -1, 16110);
    assert_in_range(gia__gate_next_ms(&gate), 17110, 17120); /* only its place in the minute */
    gia__gate_spent(&gate, &tickets[2], 0);
    assert_in_range(gia__gate_next_ms(&gate), 17110, 17120);
    /* Nobody knows what this one cost. */
    gia__gate_spent(&gate, &tickets[1], -1);
    gia__gate_fill(&gate, 17120);
    assert_string_equal(admitted, "123");
}

/* First come first served within a model, whatever happens; and nobody who may go waits. */
static void whatever_happens_in_time(void **state)
{
    srand(2);
    for (int round = 0; round < 40; round++) {
        const gia__gate_options_t options = {
            .max = 1 + (unsigned)rand() % N,
            .max_connecting = 1 + (unsigned)rand() % N,
            .requests_per_minute = round % 2 ? 6000 : 0,
            .tokens_per_minute = round % 3 ? 600000 : 0,
            .adaptive = round % 5 == 0,
            .max_pause_ms = 50,
        };
        uint64_t now_ms = 1000;
        gia__gate_t gate;

        start_with(&gate, &options);
        for (int step = 0; step < 3000; step++) {
            int i = rand() % N;
            gia__ticket_t *ticket = &tickets[i];
            uint64_t next_ms = gia__gate_next_ms(&gate);
            unsigned inside = 0, waiting = 0;

            admitted[0] = '\0';
            now_ms += (unsigned)rand() % 20;
            if (next_ms <= now_ms) {
                gia__gate_fill(&gate, now_ms);
                assert_true(strlen(admitted) > 0);
            }
            ticket->tokens = 50;
            if (ticket->state == GIA__TICKET_NONE)
                enter(&gate, i, (uint64_t)rand() % 4, now_ms);
            else if (rand() % 3 == 0)
                gia__gate_connected(&gate, ticket, now_ms);
            else {
                if (gia__ticket_is_inside(ticket) && rand() % 4 == 0)
                    gia__gate_refused(&gate, ticket, rand() % 2, rand() % 100 - 10, now_ms);
                gia__gate_spent(&gate, ticket, rand() % 100 - 10);
                gia__gate_leave(&gate, ticket, rand() % 2, now_ms);
            }
            for (int k = 0; k < N; k++) {
                inside += (unsigned)gia__ticket_is_inside(&tickets[k]);
                waiting += tickets[k].state == GIA__TICKET_WAITING;
                for (const char *name = admitted; *name; name++) {
                    const gia__ticket_t *lucky = &tickets[*name - '0'];
                    assert_false(tickets[k].state == GIA__TICKET_WAITING &&
                                 tickets[k].model == lucky->model &&
                                 tickets[k].number < lucky->number);
                }
            }
            assert_int_equal(inside, gate.inside);
            assert_int_equal(waiting, gate.waiting_count);
            assert_true(inside <= options.max);
            assert_true(gia__gate_next_ms(&gate) > now_ms);
        }
        /* In the end all come to their turn. */
        for (int k = 0; k < N; k++)
            if (gia__ticket_is_inside(&tickets[k]))
                gia__gate_leave(&gate, &tickets[k], 1, now_ms);
        while (gate.waiting_count || gate.inside) {
            uint64_t next_ms = gia__gate_next_ms(&gate);
            if (next_ms != UINT64_MAX) {
                assert_true(next_ms < now_ms + 60000);
                now_ms = now_ms > next_ms ? now_ms : next_ms;
                gia__gate_fill(&gate, now_ms);
            }
            for (int k = 0; k < N; k++)
                if (gia__ticket_is_inside(&tickets[k]))
                    gia__gate_leave(&gate, &tickets[k], 1, now_ms);
        }
        assert_int_equal(gate.inside, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_come_first_served),
        cmocka_unit_test(leaving_without_having_entered),
        cmocka_unit_test(few_connect_at_once),
        cmocka_unit_test(whatever_happens),
        cmocka_unit_test(a_pause_is_for_one_model),
        cmocka_unit_test(more_models_than_lanes),
        cmocka_unit_test(requests_and_tokens),
        cmocka_unit_test(whatever_happens_in_time),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
