/* So many units in a stretch of time, evenly. */
#include "net/pace.h"

#include <math.h>

enum { MINUTE_MS = 60 * 1000 };

void gia__pace_set(gia__pace_t *pace, double units_per_minute)
{
    /* From the first of a minute, late by the slack, to the first of the next, which is not. */
    pace->unit_ms = units_per_minute > 0 ? (MINUTE_MS + GIA__PACE_SLACK_MS) / units_per_minute : 0;
}

void gia__pace_hold(gia__pace_t *pace, uint64_t till_ms)
{
    if (pace->next_ms < (double)till_ms)
        pace->next_ms = (double)till_ms;
}

/* Units that a service counts may be any number: a debt of a day is as good as more. */
static const double MOST_MS = 24 * 60 * 60 * 1000.0;

uint64_t gia__pace_due_ms(const gia__pace_t *pace)
{
    return pace->unit_ms > 0 && pace->next_ms > 0 ? (uint64_t)ceil(pace->next_ms) : 0;
}

void gia__pace_take(gia__pace_t *pace, uint64_t now_ms, double units)
{
    if (pace->next_ms < (double)now_ms - GIA__PACE_SLACK_MS)
        pace->next_ms = (double)now_ms;
    pace->next_ms += fmin(units * pace->unit_ms, MOST_MS);
}

void gia__pace_give_back(gia__pace_t *pace, double units)
{
    pace->next_ms -= fmax(units * pace->unit_ms, -MOST_MS);
}
