/* The gate: never more inside than may be, and first come first served. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_come_first_served),
        cmocka_unit_test(leaving_without_having_entered),
        cmocka_unit_test(few_connect_at_once),
        cmocka_unit_test(whatever_happens),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
