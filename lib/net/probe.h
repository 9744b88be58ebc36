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

/* What was admitted between two refusals for the rate, and what became of it. */
typedef struct gia__window_s {
    uint64_t first, last; /* numbers of admissions: behind the first, up to the last */
    uint64_t refused;     /* of these */
    uint64_t began_ms, took_ms;
    uint64_t paused_ms;               /* of that time nothing was sent */
    int follows;                      /* it began with a refusal */
    double began_rate, rate, ceiling; /* the first when it began, the others when it ended */
} gia__window_t;

typedef struct gia__probe_s {
    double max;
    double limit;       /* so many at once */
    double quick_until; /* up to here one more for each that was taken, then one a round */
    uint64_t halved_at; /* the last admission when it was halved: refusals up to it are old news */

    double rate;       /* so many in a millisecond; 0: that is not known to matter */
    double ceiling;    /* the rate at which a refusal is expected */
    double doubt;      /* how far off that may be, as a part of it */
    uint64_t pause_ms; /* that the last refusal cost */
    unsigned in_vain;  /* windows in a row in which nothing was taken */

    uint64_t admitted;                    /* counts them: each has its number */
    uint64_t last_ms;                     /* when that was */
    gia__window_t window, closed, before; /* this one, the last one, and the one before */
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
