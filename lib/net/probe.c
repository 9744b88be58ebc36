/* Finds out how much a service takes. */
#include "net/probe.h"

/* Few enough for the smallest service, and doubled with each answer time. */
enum { FIRST_LIMIT = 8 };

/* Refusals within this time are one: it takes some time to see what a service takes. */
enum { MIN_WINDOW_MS = 1000 };

/* After so many windows in which nothing was taken the pauses are as long as they get: 16 s. */
enum { MAX_DOUBLINGS = 5 };

/* Around the ceiling, from LOW to HIGH, one step takes the longest of these: so many requests and
 * so many times the pause after a refusal, so that both stay below one in a hundred, and a minute,
 * so that a service with a small reserve is not overrun. */
enum { STEP_REQUESTS = 300, STEP_PAUSES = 60, MIN_STEP_MS = 60 * 1000, MAX_STEP_MS = 600 * 1000 };
enum { FEW = 10 };
static const double LOW = 0.98, HIGH = 1.03, STEP = 0.03, DOUBT = 0.05, STEADY = 1.1;

/* Elsewhere, in a second or at once: below, where a refusal is not expected, and above, where it
 * may come late. */
static const double QUICK = 0.05, BOLD = 0.02;

void gia__probe_init(gia__probe_t *probe, unsigned max)
{
    *probe = (gia__probe_t){0};
    probe->max = probe->quick_until = max;
    probe->limit = FIRST_LIMIT < max ? FIRST_LIMIT : max;
}

static void open_window(gia__probe_t *probe, uint64_t now_ms)
{
    probe->window_first = probe->admitted;
    probe->window_ms = now_ms;
    probe->window_refused = probe->window_paused_ms = 0;
    probe->window_follows = 0;
}

static double step_ms(const gia__probe_t *probe)
{
    /* Where the ceiling is not known well, there is no sense in being careful around it. */
    double hurry = probe->doubt > DOUBT ? probe->doubt / DOUBT : 1;
    double ms = STEP_REQUESTS / probe->rate;

    if (ms < (double)probe->pause_ms * STEP_PAUSES)
        ms = (double)probe->pause_ms * STEP_PAUSES;
    if (ms < MIN_STEP_MS)
        ms = MIN_STEP_MS;
    return (ms < MAX_STEP_MS ? ms : MAX_STEP_MS) / hurry;
}

static void speed_up(gia__probe_t *probe, uint64_t now_ms)
{
    double past_ms = now_ms > probe->last_ms ? (double)(now_ms - probe->last_ms) : 0;
    double past_s = past_ms < 1000 ? past_ms / 1000 : 1;
    double low = probe->ceiling * LOW;

    if (probe->rate < low) {
        probe->rate *= 1 + QUICK * past_s;
        if (probe->rate > low)
            probe->rate = low;
    } else if (probe->rate > probe->ceiling * HIGH) {
        probe->rate *= 1 + BOLD * past_s;
    } else {
        probe->rate *= 1 + STEP * past_ms / step_ms(probe);
    }
}

uint64_t gia__probe_admit(gia__probe_t *probe, uint64_t now_ms, int waited, int paced)
{
    if (!waited) /* the service may take more than it was given */
        open_window(probe, now_ms);
    else if (probe->rate > 0 && paced)
        speed_up(probe, now_ms);
    if (probe->last_ms < now_ms)
        probe->last_ms = now_ms;
    return ++probe->admitted;
}

void gia__probe_taken(gia__probe_t *probe, unsigned inside)
{
    probe->in_vain = 0;
    if (inside + 1 <= probe->limit)
        return; /* nobody waited for a place */
    probe->limit += probe->limit < probe->quick_until ? 1 : 1 / probe->limit;
    if (probe->limit > probe->max)
        probe->limit = probe->max;
}

static void halve(gia__probe_t *probe, uint64_t number)
{
    if (number <= probe->halved_at)
        return;
    probe->limit = probe->limit > 2 ? probe->limit / 2 : 1;
    probe->quick_until = probe->limit;
    probe->halved_at = probe->admitted;
}

/* What the closed window says. The rate that the service takes lies between what it took, pauses
 * included, and the rate at which it refused. If that is not known, between the pauses. */
static void settle(gia__probe_t *probe)
{
    /* The one that was refused would have been taken a little later: half of one, on average. */
    double taken = (double)(probe->closed_last - probe->closed_first - probe->closed_refused) + 0.5;
    double took_ms = (double)probe->closed_took_ms, paused_ms = (double)probe->closed_paused_ms;
    double low, between, high;

    if (probe->closed_follows && taken < FEW) {
        taken += probe->before_taken;
        took_ms += probe->before_took_ms;
        paused_ms += probe->before_paused_ms;
    }
    low = taken / took_ms;
    between = taken / (took_ms - paused_ms);
    high = probe->closed_rate > 0 ? probe->closed_rate : 2 * between;

    if (probe->closed_follows && high > between && high < probe->closed_began_rate * STEADY)
        high = between;
    if (low > high)
        low = high;
    probe->rate = low * LOW;
    probe->ceiling = (low + high) / 2;
    probe->doubt = (high - low) / high;
}

/* Nothing taken at all says nothing about a rate: then all is as it was, but for the pauses. */
static void judge(gia__probe_t *probe)
{
    if (probe->closed_last - probe->closed_first > probe->closed_refused) {
        settle(probe);
        return;
    }
    probe->rate = probe->closed_rate;
    probe->ceiling = probe->closed_ceiling;
    if (probe->in_vain < MAX_DOUBLINGS)
        probe->in_vain++;
}

static void close_window(gia__probe_t *probe, uint64_t now_ms)
{
    probe->before_taken =
        (double)(probe->closed_last - probe->closed_first - probe->closed_refused);
    probe->before_took_ms = (double)probe->closed_took_ms;
    probe->before_paused_ms = (double)probe->closed_paused_ms;
    probe->closed_first = probe->window_first;
    probe->closed_last = probe->admitted;
    probe->closed_refused = probe->window_refused;
    probe->closed_took_ms = now_ms - probe->window_ms;
    probe->closed_paused_ms = probe->window_paused_ms;
    probe->closed_follows = probe->window_follows;
    probe->closed_began_rate = probe->window_rate;
    probe->closed_rate = probe->rate;
    probe->closed_ceiling = probe->ceiling;
    judge(probe);
    open_window(probe, now_ms);
    probe->window_follows = 1;
    probe->window_rate = probe->rate;
}

static void refused_for_rate(gia__probe_t *probe, uint64_t number, uint64_t now_ms)
{
    int was_known = probe->rate > 0;

    if (number > probe->window_first) {
        probe->window_refused++;
        if (now_ms - probe->window_ms >= MIN_WINDOW_MS)
            close_window(probe, now_ms);
    } else if (number > probe->closed_first && number <= probe->closed_last) {
        probe->closed_refused++; /* it was on its way when the window was closed */
        judge(probe);
        probe->window_rate = probe->rate;
    }
    if (!was_known)
        halve(probe, number);
    if (!was_known && probe->rate > 0)
        probe->quick_until = probe->max; /* from now on the rate keeps the peace */
}

uint64_t gia__probe_refused(gia__probe_t *probe, uint64_t number, int for_rate, uint64_t pause_ms,
                            uint64_t now_ms)
{
    uint64_t patience_ms;

    if (number > probe->admitted)
        number = 0; /* of another probe, which has been forgotten */
    if (for_rate) {
        refused_for_rate(probe, number, now_ms);
    } else {
        probe->window_refused += number > probe->window_first;
        halve(probe, number);
    }
    patience_ms = probe->in_vain ? (uint64_t)MIN_WINDOW_MS << (probe->in_vain - 1) : 0;
    if (pause_ms < patience_ms)
        pause_ms = patience_ms;
    probe->pause_ms = pause_ms;
    if (probe->window_ms == now_ms)
        probe->window_paused_ms = pause_ms;
    if (probe->last_ms < now_ms + pause_ms) /* the time of a pause does not speed it up */
        probe->last_ms = now_ms + pause_ms;
    return pause_ms;
}
