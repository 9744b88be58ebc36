/* A running stream allocates nothing: counted at the hooks, from delta to delta. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wires.h"

/* Warm means that some event was cut near its end by a read, for which it is collected. */
enum { WARM_UP = 500, DELTAS = 1500, DELTA_BYTES = 16 };

typedef struct watch_s {
    world_t world;
    size_t deltas, before, allocations;
    int done;
} watch_t;

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    watch_t *watch = data;

    if (event->type != GIA_EVENT_CONTENT_DELTA || event->delta.type != GIA_DELTA_TEXT)
        return;
    assert_int_equal(event->delta.text_len, DELTA_BYTES);
    watch->deltas++;
    if (watch->deltas == WARM_UP)
        watch->before = watch->world.memory.total;
    if (watch->deltas == DELTAS)
        watch->allocations = watch->world.memory.total - watch->before;
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    watch_t *watch = data;

    assert_int_equal(result->code, GIA_OK);
    watch->done = 1;
}

static int is_done(void *data)
{
    const watch_t *watch = data;

    return watch->done;
}

/* The allocations of 1,000 deltas, which come alone or in pieces that cut them anywhere. */
static size_t allocations_of(size_t wire, gia_fold_t fold, int one_by_one, int legacy)
{
    world_options_t options = wire_options(wire);
    gia_call_options_t call_options = GIA_CALL_OPTIONS_INIT;
    gia_request_t *request = gia_request_new();
    char script[200];
    watch_t watch;

    memset(&watch, 0, sizeof(watch));
    options.sim.legacy = legacy;
    world_open(&watch.world, &options);
    snprintf(script, sizeof(script), "{\"replies\":[{\"deltas\":%d,\"text_bytes\":%d%s}]}", DELTAS,
             DELTA_BYTES, one_by_one ? ",\"interval_ms\":1" : ",\"chunk_bytes\":997");
    world_script(&watch.world, script);
    gia_request_set_json(request, "", BODY_STREAM);
    call_options.on_event = on_event;
    call_options.on_done = on_done;
    call_options.data = &watch;
    call_options.fold = fold;
    assert_int_equal(gia_interaction_create(NULL, watch.world.client, request, &call_options),
                     GIA_OK);
    gia_request_free(request);
    world_run_until(&watch.world, is_done, &watch);
    assert_int_equal(watch.deltas, DELTAS);
    world_close(&watch.world);
    return watch.allocations;
}

static void a_delta_allocates_nothing(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int variant = 0; variant < 4; variant++)
            assert_int_equal(allocations_of(wire, GIA_FOLD_OFF, variant & 1, variant >> 1), 0);
    }
}

/* What is kept has to grow, but by doubling: twenty times for a thousandfold text, at most. */
static void folding_allocates_logarithmically(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (int variant = 0; variant < 4; variant++)
            assert_in_range(allocations_of(wire, GIA_FOLD_ON, variant & 1, variant >> 1), 1, 20);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delta_allocates_nothing),
        cmocka_unit_test(folding_allocates_logarithmically),
    };

    clock_virtual(1);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
