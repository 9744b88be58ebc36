/* The ways to speak HTTP that the tests of this folder go through. */
#ifndef TEST_WIRES_H
#define TEST_WIRES_H

#include "world.h"

static const struct {
    const char *name;
    int tls;
    sim_http_t http;
} wires[] = {
    {"HTTP/1.1", 0, SIM_HTTP_1},
    {"HTTP/1.1 over TLS", 1, SIM_HTTP_1},
    {"HTTP/2 over TLS", 1, SIM_HTTP_ANY},
};
enum { PLAIN, TLS, HTTP2, WIRES };

static inline world_options_t wire_options(size_t wire)
{
    world_options_t options = WORLD_OPTIONS;

    options.sim.tls = wires[wire].tls;
    options.sim.http = wires[wire].http;
    return options;
}

static inline void open_wire(world_t *world, size_t wire)
{
    world_options_t options = wire_options(wire);

    world_open(world, &options);
}

/* A uv timer of the test's own, from which it steers calls: a callback that is not the library's.
 */
typedef struct later_s {
    uv_timer_t timer;
    void (*run)(void *data);
    void *data;
} later_t;

static inline void later_fired(uv_timer_t *timer)
{
    later_t *later = timer->data;

    later->run(later->data);
}

static inline void later_init(later_t *later, uv_loop_t *loop, void (*run)(void *), void *data)
{
    uv_timer_init(loop, &later->timer);
    later->timer.data = later;
    later->run = run;
    later->data = data;
}

static inline void later_start(later_t *later, uint64_t ms)
{
    uv_timer_start(&later->timer, later_fired, ms, 0);
}

static inline void later_close(later_t *later)
{
    uv_close((uv_handle_t *)&later->timer, NULL);
}

#endif
