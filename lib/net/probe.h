/* Finds out how much a service takes: how many requests at once, and how many in a second. Pure.
 *
 * At once: it begins with a few and lets in one more for each that was taken while all places were
 * used, until the service refuses; then half as many, and from there one more a round (additive
 * increase, multiplicative decrease).
 *
 * In a second: a service that refuses requests for their rate has told what it takes, for between
 * two refusals that is what it took. From then on requests are paced a little below that, and
 * faster by and by: quickly up to where the last refusal came, around there so slowly that the
 * refusals are few and the pauses after them cost little, and quickly again when the service turns
 * out to take more than before.
 */
#ifndef GIA_NET_PROBE_H
#define GIA_NET_PROBE_H

#include <stdint.h>

typedef struct gia__probe_s {
    double max;
    double limit;       /* so many at once */
    double quick_until; /* up to here one more for each that was taken, then one a round */
    double rate;        /* so many in a millisecond; 0: that is not known to matter */
    double ceiling;     /* the rate at which a refusal is expected */
    double doubt;       /* how far off that may be, as a part of it */
    uint64_t admitted;  /* counts them: each has its number */
    uint64_t last_ms;   /* when that was */
    uint64_t halved_at; /* `admitted` at the last decrease: refusals of these are old news */
    uint64_t pause_ms;  /* that the last refusal cost */
    unsigned in_vain;   /* windows in a row in which nothing was taken */

    /* What was admitted since the last refusal for the rate, and refused of that. */
    uint64_t window_first, window_ms, window_refused, window_paused_ms;
    int window_follows; /* another one that ended with a refusal */
    /* The same when that refusal came, the time it had taken, and the rate then. */
    uint64_t closed_first, closed_last, closed_refused, closed_took_ms, closed_paused_ms;
    int closed_follows;
    double window_rate, closed_began_rate;
    double closed_rate, closed_ceiling;
    double before_taken, before_took_ms, before_paused_ms;
} gia__probe_t;

void gia__probe_init(gia__probe_t *probe, unsigned max);

/* Admits one and returns its number. `waited`: it stood in line, so all that could be admitted was.
 * `paced`: it did so for the rate. */
uint64_t gia__probe_admit(gia__probe_t *probe, uint64_t now_ms, int waited, int paced);

/* The service took one while so many were inside. */
void gia__probe_taken(gia__probe_t *probe, unsigned inside);

/* The service refused the one with this number, for the rate or since it has too much to do.
 * Returns how long to pause: the given time (0: none was given), or longer. */
uint64_t gia__probe_refused(gia__probe_t *probe, uint64_t number, int for_rate, uint64_t pause_ms,
                            uint64_t now_ms);

#endif
