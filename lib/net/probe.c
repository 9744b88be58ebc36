/* Finds out how much a service takes. */
#include "net/probe.h"

/* Few enough for the smallest service, and doubled with each answer time. */
enum { FIRST_LIMIT = 8 };

/* Refusals within this time are one: it takes some time to see what a service takes. */
enum { MIN_WINDOW_MS = 1000 };

/* Windows with fewer than that are looked at together with the one before. */
enum { FEW = 10 };

/* After so many windows in which nothing was taken the pauses are as long as they get: 16 s. */
enum { MAX_DOUBLINGS = 5 };

/* Around the ceiling, from LOW to HIGH, one STEP takes the longest of these: so many requests and
 * so many times the pause after a refusal, so that both stay below one in a hundred, and a minute,
 * so that a service with a small reserve is not overrun. */
enum { STEP_REQUESTS = 300, STEP_PAUSES = 60, MIN_STEP_MS = 60 * 1000, MAX_STEP_MS = 600 * 1000 };
static const double LOW = 0.98, HIGH = 1.03, STEP = 0.03;

/* With more doubt than this about the ceiling there is no sense in being careful around it. */
static const double DOUBT = 0.05;

/* Elsewhere, in a second or at once: below, where a refusal is not expected, and above, where it
 * may come late. */
static const double QUICK = 0.05, BOLD = 0.02;

/* While the rate did not grow more than that, the service had no time to gather a reserve. */
static const double STEADY = 1.1;

void gia__probe_init(gia__probe_t *probe, unsigned max)
{
    *probe = (gia__probe_t){0};
    probe->max = probe->quick_until = max;
    probe->limit = FIRST_LIMIT < max ? FIRST_LIMIT : max;
}

static void open_window(gia__probe_t *probe, uint64_t now_ms, int follows)
{
    probe->window = (gia__window_t){.first = probe->admitted,
                                    .began_ms = now_ms,
                                    .follows = follows,
                                    .began_rate = probe->rate};
}

static double taken(const gia__window_t *window)
{
    uint64_t admitted = window->last - window->first;

    return window->refused < admitted ? (double)(admitted - window->refused) : 0;
}

/* -- faster and faster -- */

static double step_ms(const gia__probe_t *probe)
{
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
        open_window(probe, now_ms, 0);
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

/* -- refusals -- */

static void halve(gia__probe_t *probe, uint64_t number)
{
    if (number <= probe->halved_at)
        return;
    probe->limit = probe->limit > 2 ? probe->limit / 2 : 1;
    probe->quick_until = probe->limit;
    probe->halved_at = probe->admitted;
}

/* What the closed window says. The rate that the service takes lies between what it took, pauses
 * included, and the rate at which it refused. */
static void settle(gia__probe_t *probe)
{
    const gia__window_t *closed = &probe->closed, *before = &probe->before;
    /* The one that was refused would have been taken a little later: half of one, on average. */
    double count = taken(closed) + 0.5;
    double took_ms = (double)closed->took_ms, paused_ms = (double)closed->paused_ms;
    double low, between_pauses, high;

    if (closed->follows && count < FEW) {
        count += taken(before);
        took_ms += (double)before->took_ms;
        paused_ms += (double)before->paused_ms;
    }
    low = count / took_ms;
    between_pauses = count / (took_ms > paused_ms + 1 ? took_ms - paused_ms : 1);
    high = closed->rate > 0 ? closed->rate : 2 * between_pauses; /* not known the first time */
    if (closed->follows && high > between_pauses && high < closed->began_rate * STEADY)
        high = between_pauses;
    if (low > high)
        low = high;
    probe->rate = low * LOW;
    probe->ceiling = (low + high) / 2;
    probe->doubt = (high - low) / high;
}

/* Nothing taken at all says nothing about a rate: then all is as it was, but for the pauses. */
static void judge(gia__probe_t *probe)
{
    if (taken(&probe->closed) > 0) {
        settle(probe);
        return;
    }
    probe->rate = probe->closed.rate;
    probe->ceiling = probe->closed.ceiling;
    if (probe->in_vain < MAX_DOUBLINGS)
        probe->in_vain++;
}

static void close_window(gia__probe_t *probe, uint64_t now_ms)
{
    probe->before = probe->closed;
    probe->closed = probe->window;
    probe->closed.last = probe->admitted;
    probe->closed.took_ms = now_ms - probe->closed.began_ms;
    probe->closed.rate = probe->rate;
    probe->closed.ceiling = probe->ceiling;
    judge(probe);
    open_window(probe, now_ms, 1);
}

static void refused_for_rate(gia__probe_t *probe, uint64_t number, uint64_t now_ms)
{
    int was_known = probe->rate > 0;

    if (number > probe->window.first) {
        probe->window.refused++;
        if (now_ms - probe->window.began_ms >= MIN_WINDOW_MS)
            close_window(probe, now_ms);
    } else if (number > probe->closed.first && number <= probe->closed.last) {
        probe->closed.refused++; /* it was on its way when the window was closed */
        judge(probe);
        probe->window.began_rate = probe->rate;
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
        probe->window.refused += number > probe->window.first;
        halve(probe, number);
    }
    patience_ms = probe->in_vain ? (uint64_t)MIN_WINDOW_MS << (probe->in_vain - 1) : 0;
    if (pause_ms < patience_ms)
        pause_ms = patience_ms;
    probe->pause_ms = pause_ms;
    if (probe->window.began_ms == now_ms)
        probe->window.paused_ms = pause_ms;
    if (probe->last_ms < now_ms + pause_ms) /* the time of a pause does not speed it up */
        probe->last_ms = now_ms + pause_ms;
    return pause_ms;
}
