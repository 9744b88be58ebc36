/* So many units in a stretch of time, evenly: when the next one may go. Pure. */
#ifndef GIA_NET_PACE_H
#define GIA_NET_PACE_H

#include <stdint.h>

/* Who comes late, because the loop was busy, may catch up so much. */
enum { GIA__PACE_SLACK_MS = 100 };

typedef struct gia__pace_s {
    double unit_ms; /* how long one unit takes; 0: no time at all */
    double next_ms; /* when the next one is due */
} gia__pace_t;

/* At most so many within any minute, slack included; 0: no limit. To begin with all is zero. May be
 * called again to change it. */
void gia__pace_set(gia__pace_t *pace, double units_per_minute);

/* None goes before that time. */
void gia__pace_hold(gia__pace_t *pace, uint64_t till_ms);

/* The time from which on the next one may go; 0 if there is no limit. */
uint64_t gia__pace_due_ms(const gia__pace_t *pace);

/* So many went now. They may be more than were due: those behind wait for it. */
void gia__pace_take(gia__pace_t *pace, uint64_t now_ms, double units);

/* There were so many fewer, or more if negative, than were taken. */
void gia__pace_give_back(gia__pace_t *pace, double units);

#endif
