/*
 * rate.c - how many creates the simulator takes in a second.
 */
#include "internal.h"

void sim_set_rate(sim_t *sim, double per_second, double reserve)
{
    sim->rate.per_second = per_second;
    sim->rate.reserve = reserve < 1 ? 1 : reserve;
    sim->rate.left = sim->rate.reserve;
    sim->rate.time = uv_now(sim->loop);
}

int sim_rate_check(sim_t *sim, int legacy, sim_answer_t *answer)
{
    sim_rate_t *rate = &sim->rate;
    uint64_t now = uv_now(sim->loop);
    char seconds[32];
    if (rate->per_second <= 0)
        return 0;
    rate->left += rate->per_second * (double)(now - rate->time) / 1000;
    if (rate->left > rate->reserve)
        rate->left = rate->reserve;
    rate->time = now;
    if (rate->left >= 1) {
        rate->left--;
        return 0;
    }
    snprintf(seconds, sizeof seconds, "%u", 1 + (unsigned)((1 - rate->left) / rate->per_second));
    sim_answer_error(answer, 429, "rate_limit_exceeded", "Too many requests.", legacy);
    sim_headers_set(&answer->headers, "retry-after", seconds);
    sim->counts.refused++;
    return -1;
}
