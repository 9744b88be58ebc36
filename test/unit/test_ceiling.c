/* A service with a ceiling, and callers who want more than that: what the gate makes of it, in
 * minutes that take no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/gate.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HORIZON = 1 << 17 };

/* -- chance -- */

static uint64_t chance_state;

static uint64_t chance(uint64_t from, uint64_t to)
{
    chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
    return from + (chance_state >> 33) % (to - from + 1);
}

/* -- the service -- */

typedef enum hint_e { NO_HINT, SECONDS, EXACT } hint_t;

/* Takes so many in a second, and some more when there were fewer before; or so many in each minute;
 * or so many at once. */
typedef struct service_s {
    double rate, reserve;    /* a second; of so many */
    unsigned per_minute;     /* instead */
    unsigned at_once;        /* instead: beyond it 503 */
    hint_t hint;             /* what Retry-After says: nothing, whole seconds, or milliseconds */
    uint64_t min_ms, max_ms; /* that an answer takes */
    double left;
    uint64_t at_ms;
    unsigned busy;
} service_t;

/* -1: taken. Otherwise refused: how long until there is room. */
static int64_t service_asked(service_t *service, uint64_t now_ms)
{
    if (service->at_once) {
        if (service->busy >= service->at_once)
            return 0;
        service->busy++;
        return -1;
    }
    if (service->per_minute) {
        if (now_ms / MINUTE != service->at_ms / MINUTE || now_ms == 0)
            service->left = service->per_minute;
    } else {
        service->left += service->rate * (double)(now_ms - service->at_ms) / SECOND;
        if (service->left > service->reserve)
            service->left = service->reserve;
    }
    service->at_ms = now_ms;
    if (service->left >= 1) {
        service->left--;
        return -1;
    }
    return service->per_minute ? (int64_t)(MINUTE - now_ms % MINUTE)
                               : (int64_t)((1 - service->left) / service->rate * SECOND) + 1;
}

/* -- callers -- */

typedef struct caller_s {
    gia__ticket_t ticket;  /* first */
    struct caller_s *next; /* who has something to do in the same millisecond */
    enum { COMES, IS_REFUSED, IS_DONE } what;
    int64_t retry_after_ms;
    unsigned failures;
} caller_t;

typedef struct play_s {
    gia__gate_t gate;
    service_t service;
    caller_t *callers;
    unsigned count;
    caller_t **due; /* by millisecond */
    uint64_t now_ms;
    caller_t *admitted;
    uint64_t taken, refused; /* in the part that is looked at */
} play_t;

static play_t play;

static void later(caller_t *caller, int what, uint64_t ms)
{
    caller_t **slot = &play.due[(play.now_ms + (ms ? ms : 1)) % HORIZON];

    caller->what = what;
    caller->next = *slot;
    *slot = caller;
}

static void ask(caller_t *caller)
{
    int64_t wait_ms = service_asked(&play.service, play.now_ms);

    gia__gate_connected(&play.gate, &caller->ticket, play.now_ms);
    if (wait_ms < 0) {
        play.taken++;
        caller->failures = 0;
        later(caller, IS_DONE, chance(play.service.min_ms, play.service.max_ms));
        return;
    }
    if (wait_ms > 30 * SECOND)
        wait_ms = 30 * SECOND;
    play.refused++;
    caller->failures++;
    caller->retry_after_ms = play.service.hint == NO_HINT   ? -1
                             : play.service.hint == SECONDS ? (wait_ms + 999) / 1000 * 1000
                                                            : wait_ms;
    later(caller, IS_REFUSED, chance(30, 80));
}

static void on_admitted(gia__ticket_t *ticket)
{
    caller_t *caller = (caller_t *)ticket;

    caller->next = play.admitted;
    play.admitted = caller;
}

static void enter(caller_t *caller)
{
    if (gia__gate_enter(&play.gate, &caller->ticket, play.now_ms))
        on_admitted(&caller->ticket);
}

static void act(caller_t *caller)
{
    int for_rate = !play.service.at_once;

    switch (caller->what) {
    case COMES: enter(caller); break;
    case IS_DONE:
        play.service.busy -= !for_rate;
        gia__gate_leave(&play.gate, &caller->ticket, 1, play.now_ms);
        enter(caller);
        break;
    case IS_REFUSED: /* comes again as lib/ops/retry.c does it */
        gia__gate_refused(&play.gate, &caller->ticket, for_rate, caller->retry_after_ms,
                          play.now_ms);
        gia__gate_leave(&play.gate, &caller->ticket, 0, play.now_ms);
        if (caller->retry_after_ms >= 0)
            later(caller, COMES, (uint64_t)caller->retry_after_ms + chance(0, 125));
        else
            later(caller, COMES,
                  chance(0, 500u << (caller->failures < 6 ? caller->failures - 1 : 5)));
        break;
    }
}

static void run(uint64_t ms)
{
    for (uint64_t end_ms = play.now_ms + ms; play.now_ms < end_ms; play.now_ms++) {
        caller_t *turn = play.due[play.now_ms % HORIZON];

        play.due[play.now_ms % HORIZON] = NULL;
        while (turn) {
            caller_t *caller = turn;
            turn = turn->next;
            act(caller);
        }
        if (gia__gate_next_ms(&play.gate) <= play.now_ms)
            gia__gate_fill(&play.gate, play.now_ms);
        while (play.admitted) {
            caller_t *caller = play.admitted;
            play.admitted = caller->next;
            ask(caller);
        }
    }
}

static void begin(const service_t *service, unsigned callers, int adaptive)
{
    gia__gate_options_t options = {10000, 10000, 0, 0, adaptive, 30 * SECOND};

    memset(&play, 0, sizeof(play));
    chance_state = 1;
    gia__gate_init(&play.gate, &options);
    play.service = *service;
    play.service.left = service->per_minute ? service->per_minute : service->reserve;
    play.count = callers;
    play.callers = calloc(callers, sizeof(*play.callers));
    play.due = calloc(HORIZON, sizeof(*play.due));
    for (unsigned i = 0; i < callers; i++) {
        gia__ticket_init(&play.callers[i].ticket, on_admitted);
        play.callers[i].ticket.model = 1;
        later(&play.callers[i], COMES, 1);
    }
}

static void finish(void)
{
    free(play.callers);
    free(play.due);
}

typedef struct part_s {
    double used, refused; /* percent: of what the service could take, and of its answers */
} part_t;

static part_t look(uint64_t ms, double rate)
{
    part_t part;

    play.taken = play.refused = 0;
    run(ms);
    part.used = 100.0 * (double)play.taken / (rate * (double)ms / SECOND);
    part.refused = 100.0 * (double)play.refused / (double)(play.taken + play.refused);
    return part;
}

/* A line a part, for whoever reads the log; and what must hold. */
static void check(const char *name, const char *when, part_t part, double min_used,
                  double max_refused)
{
    printf("# %-26s %-12s %6.2f %% of the ceiling used, %5.2f %% of the answers refused\n", name,
           when, part.used, part.refused);
    if (min_used > part.used || max_refused < part.refused)
        fail_msg("%s, %s: %.2f %% used, %.2f %% refused", name, when, part.used, part.refused);
}

#define ANSWERS .min_ms = 500, .max_ms = 4000

static void a_ceiling_that_halves(void **state)
{
    static const struct {
        const char *name;
        service_t service;
        unsigned callers;
        double min_used, max_refused;
        unsigned minutes;
    } rows[] = {
        {"20/s", {.rate = 20, .reserve = 20, .hint = SECONDS, ANSWERS}, 2000, 95, 1, 10},
        {"20/s, exact hint", {.rate = 20, .reserve = 20, .hint = EXACT, ANSWERS}, 2000, 95, 1, 10},
        {"20/s, no hint", {.rate = 20, .reserve = 20, .hint = NO_HINT, ANSWERS}, 2000, 95, 1, 10},
        {"20/s, a minute's reserve",
         {.rate = 20, .reserve = 1200, .hint = SECONDS, ANSWERS},
         2000,
         95,
         1,
         10},
        {"1200 in a fixed minute",
         {.rate = 20, .per_minute = 1200, .hint = SECONDS, ANSWERS},
         2000,
         95,
         1,
         10},
        {"500/s", {.rate = 500, .reserve = 500, .hint = SECONDS, ANSWERS}, 5000, 95, 1, 10},
        {"2/s", {.rate = 2, .reserve = 2, .hint = SECONDS, ANSWERS}, 500, 95, 1, 10},
        {"1/s", {.rate = 1, .reserve = 1, .hint = SECONDS, ANSWERS}, 500, 95, 1, 10},
        /* It is harder where nothing is in reserve, where answers take their time, and where there
         * are few of them. */
        {"20/s, no reserve", {.rate = 20, .reserve = 1, .hint = SECONDS, ANSWERS}, 2000, 90, 1, 10},
        {"20/s, slow answers",
         {.rate = 20, .reserve = 20, .hint = SECONDS, .min_ms = 10000, .max_ms = 50000},
         3000,
         85,
         1,
         10},
        {"10/min", {.rate = 1 / 6.0, .reserve = 1, .hint = SECONDS, ANSWERS}, 500, 90, 3, 60},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double rate = rows[i].service.rate;
        uint64_t ms = (uint64_t)rows[i].minutes * MINUTE;

        begin(&rows[i].service, rows[i].callers, 1);
        run(2 * MINUTE);
        check(rows[i].name, "before", look(ms, rate), rows[i].min_used, rows[i].max_refused);
        play.service.rate /= 2;
        play.service.per_minute /= 2;
        if (play.service.reserve > 1)
            play.service.reserve /= 2;
        run(2 * MINUTE);
        check(rows[i].name, "halved", look(ms, rate / 2), rows[i].min_used, rows[i].max_refused);
        finish();
    }
}

/* What it finds out it forgets when it is no longer true. */
static void a_ceiling_that_rises(void **state)
{
    static const service_t service = {.rate = 10, .reserve = 10, .hint = SECONDS, ANSWERS};

    begin(&service, 2000, 1);
    run(10 * MINUTE);
    play.service.rate = play.service.reserve = 40;
    run(10 * MINUTE);
    check("10/s, then 40/s", "after 10 min", look(10 * MINUTE, 40), 95, 1);
    finish();
}

/* It takes nothing at all for ten minutes: it is asked now and then, and then all is as before. */
static void an_outage(void **state)
{
    static const hint_t hints[] = {NO_HINT, SECONDS};

    for (size_t i = 0; i < 2; i++) {
        service_t service = {.rate = 20, .reserve = 20, .hint = hints[i], ANSWERS};
        part_t part;

        begin(&service, 2000, 1);
        run(5 * MINUTE);
        play.service.rate = 1e-9;
        run(MINUTE);
        part = look(9 * MINUTE, 20);
        assert_true(play.taken == 0);
        printf("# an outage: asked %d times in 9 minutes\n", (int)play.refused);
        assert_true(play.refused < 9 * 60 && part.refused > 99);
        play.service.rate = 20;
        run(2 * MINUTE);
        check("20/s", "after outage", look(5 * MINUTE, 20), 95, 1);
        finish();
    }
}

/* So many at once, and beyond that 503: half as many, and then one more a round. */
static void a_service_with_so_many_places(void **state)
{
    static const service_t service = {.at_once = 50, .min_ms = 1000, .max_ms = 3000};

    begin(&service, 2000, 1);
    run(2 * MINUTE);
    check("50 at once", "", look(10 * MINUTE, 25), 70, 3);
    finish();
}

/* Fewer calls than the service takes: nothing is held back. */
static void callers_who_want_less(void **state)
{
    static const service_t service = {.rate = 20, .reserve = 20, .hint = SECONDS, ANSWERS};

    begin(&service, 20, 1); /* each waits for its answer: about 9 a second */
    run(MINUTE);
    check("20/s, 20 callers", "", look(10 * MINUTE, 20 / 2.25), 98, 0.01);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ceiling_that_halves),
        cmocka_unit_test(a_ceiling_that_rises),
        cmocka_unit_test(an_outage),
        cmocka_unit_test(a_service_with_so_many_places),
        cmocka_unit_test(callers_who_want_less),
    };
    return cmocka_run_group_tests_name("ceiling", tests, NULL, NULL);
}
