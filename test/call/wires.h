/* The ways to speak HTTP that tests of this folder repeat themselves over. */
#ifndef TEST_WIRES_H
#define TEST_WIRES_H

#include "world.h"

enum { CLEAR = 1, TLS_1 = 2, TLS_2 = 4, HTTP_1 = CLEAR | TLS_1, EVERY_WIRE = HTTP_1 | TLS_2 };
enum { UNARY = 1, STREAMED = 2, BOTH_KINDS = UNARY | STREAMED };

static const struct wire_s {
    const char *name;
    int bit;
    int tls;
    sim_http_t http;
} wires[] = {
    {"HTTP/1.1", CLEAR, 0, SIM_HTTP_1},
    {"HTTP/1.1 over TLS", TLS_1, 1, SIM_HTTP_1},
    {"HTTP/2 over TLS", TLS_2, 1, SIM_HTTP_ANY},
};
enum { WIRES = sizeof(wires) / sizeof(wires[0]) };

/* `config` may have size 0: nothing but the members that the test wants. */
static inline void open_wire(world_t *world, const struct wire_s *wire, const gia_config_t *config)
{
    world_options_t options = WORLD_OPTIONS;

    if (config)
        options.config = *config;
    options.config.size = sizeof(options.config);
    options.sim.tls = wire->tls;
    options.sim.http = wire->http;
    world_open(world, &options);
}

#endif
