/* What a paused stream holds: in this library, in libcurl, and in what the server could write.
 *
 * The bounds are those of gia_call_pause() in include/gia/call.h and of docs/guide.md. With VERBOSE
 * set the numbers are printed.
 */
#include "world.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <curl/curl.h>

#include "clock.h"
#include "wires.h"

enum {
    KIB = 1024,
    MIB = 1024 * KIB,
    ANSWER_BYTES = 50 * MIB,
    /* as documented */
    OURS = 32 * KIB,
    READ_AHEAD = 64 * KIB,
    STREAM_WINDOW = 32 * MIB,
    /* what libcurl needs for connections and handles anyway */
    CURL_OTHERWISE = 2 * MIB
};

/* -- bytes on their way: the server writes, libcurl receives -- */

static size_t written, received;

ssize_t write(int fd, const void *bytes, size_t len)
{
    ssize_t count = syscall(SYS_write, fd, bytes, len);

    if (count > 0 && fd > STDERR_FILENO)
        written += (size_t)count;
    return count;
}

ssize_t writev(int fd, const struct iovec *pieces, int piece_count)
{
    ssize_t count = syscall(SYS_writev, fd, pieces, piece_count);

    if (count > 0 && fd > STDERR_FILENO)
        written += (size_t)count;
    return count;
}

ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    ssize_t count = syscall(SYS_recvfrom, fd, bytes, len, flags, NULL, NULL);

    if (count > 0 && !(flags & MSG_PEEK))
        received += (size_t)count;
    return count;
}

/* -- libcurl's memory -- */

static size_t curl_bytes, curl_peak;
static int curl_has_no_memory;

static void *curl_realloc(void *pointer, size_t size)
{
    size_t before = malloc_usable_size(pointer);
    void *moved = curl_has_no_memory ? NULL : realloc(pointer, size);

    if (moved)
        curl_bytes += malloc_usable_size(moved) - before;
    if (curl_peak < curl_bytes)
        curl_peak = curl_bytes;
    return moved;
}

static void *curl_malloc(size_t size)
{
    return curl_realloc(NULL, size ? size : 1);
}

static void curl_release(void *pointer)
{
    curl_bytes -= malloc_usable_size(pointer);
    free(pointer);
}

static char *curl_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = curl_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

static void *curl_calloc(size_t count, size_t size)
{
    void *pointer = curl_malloc(count * size);

    return pointer ? memset(pointer, 0, count * size) : NULL;
}

/* -- streams -- */

typedef struct reader_s {
    gia_call_t *call;
    size_t events, pause_at;
    int then_no_memory; /* for libcurl */
    int done, code;
} reader_t;

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    reader_t *reader = data;

    if (++reader->events != reader->pause_at)
        return;
    gia_call_pause(call);
    curl_has_no_memory = reader->then_no_memory;
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    reader_t *reader = data;

    reader->done = 1;
    reader->code = result->code;
}

static void start(world_t *world, reader_t *reader)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    gia_request_t *request = gia_request_new();

    options.on_event = on_event;
    options.on_done = on_done;
    options.data = reader;
    options.fold = GIA_FOLD_OFF; /* the text would be kept by right */
    gia_request_set_json(request, "", BODY_STREAM);
    assert_int_equal(gia_interaction_create(&reader->call, world->client, request, &options),
                     GIA_OK);
    gia_request_free(request);
}

static int is_done(void *data)
{
    const reader_t *reader = data;

    return reader->done;
}

static void told(const char *where, const struct wire_s *wire, const world_t *world)
{
    if (getenv("VERBOSE"))
        fprintf(stderr, "# %s, %s: written %zu, received %zu, gia %zu, libcurl %zu (peak %zu)\n",
                wire->name, where, written, received, world->memory.live_bytes, curl_bytes,
                curl_peak);
}

/* A server that pushes for all it is worth, and a pause at the third event. */
static void open_paused(world_t *world, const struct wire_s *wire, reader_t *reader)
{
    char script[300];

    open_wire(world, wire, NULL);
    snprintf(script, sizeof(script),
             "{\"replies\":[{\"deltas\":%d,\"text_bytes\":%d},"
             "{\"deltas\":20000,\"text_bytes\":10,\"interval_ms\":1}]}",
             ANSWER_BYTES / (10 * KIB), 10 * KIB);
    world_script(world, script);
    written = received = 0;
    curl_peak = curl_bytes;
    reader->pause_at = 3;
    start(world, reader);
    world_pass(world, 1000);
    told("paused", wire, world);
    assert_int_equal(reader->events, 3);
    assert_int_equal(reader->done, 0);
}

static void a_stream_with_a_connection_of_its_own(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        reader_t reader = {0};
        size_t before, written_before;
        world_t world;

        open_paused(&world, &wires[wire], &reader);
        assert_true(received < READ_AHEAD);
        assert_true(curl_peak < CURL_OTHERWISE);
        before = world.memory.live_bytes;
        written_before = written;
        world_pass(&world, 3600 * 1000);
        assert_int_equal(written, written_before); /* the server waits */
        assert_true(written < ANSWER_BYTES / 2);   /* for us, not because it has said all */
        assert_true(received < READ_AHEAD);
        assert_int_equal(world.memory.live_bytes, before);
        gia_call_cancel(reader.call);
        world_run_until(&world, is_done, &reader);
        assert_true(before - world.memory.live_bytes < OURS);
        world_close(&world);
    }
}

/* Others on the same connection make libcurl read on: what comes for the paused stream meanwhile is
 * kept, up to its window. */
static void a_stream_that_shares_its_connection(void **state)
{
    const struct wire_s *wire = &wires[WIRES - 1];
    reader_t paused = {0}, other = {0};
    size_t received_before;
    world_t world;

    assert_int_equal(wire->bit, TLS_2);
    open_paused(&world, wire, &paused);
    start(&world, &other);
    world_pass(&world, 5000);
    told("with another that flows", wire, &world);
    assert_int_equal(sim_counts(world.sim).connections_accepted, 1);
    assert_true(curl_peak > CURL_OTHERWISE); /* otherwise this tests nothing */
    assert_true(curl_peak < STREAM_WINDOW + CURL_OTHERWISE);
    assert_true(world.memory.live_bytes < 4 * OURS);

    received_before = received;
    other.events = 0;
    world_pass(&world, 5000);
    assert_true(other.events > 1000); /* it flows on */
    assert_true(received - received_before < MIB);
    assert_true(curl_peak < STREAM_WINDOW + CURL_OTHERWISE);
    assert_int_equal(paused.events, 3);
    world_close(&world);
    assert_int_equal(paused.code, GIA_ECANCELED);
}

/* What libcurl has kept comes in pieces. A pause within the first one makes it keep the others
 * again, for which it needs memory: without, they are lost, and that must not go unnoticed. */
static void what_libcurl_kept_is_lost(void **state)
{
    reader_t paused = {0}, other = {0};
    world_t world;

    open_paused(&world, &wires[WIRES - 1], &paused);
    start(&world, &other);
    world_pass(&world, 1000);
    paused.pause_at = 40; /* behind what this library has kept */
    paused.then_no_memory = 1;
    gia_call_resume(paused.call);
    while (!curl_has_no_memory)
        uv_run(&world.loop, UV_RUN_ONCE);
    curl_has_no_memory = 0;
    world_pass(&world, 1000);
    assert_int_equal(paused.events, 40);
    assert_int_equal(paused.done, 0); /* it is paused */
    gia_call_resume(paused.call);
    world_run_until(&world, is_done, &paused);
    assert_int_equal(paused.code, GIA_ENOMEM);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_with_a_connection_of_its_own),
        cmocka_unit_test(a_stream_that_shares_its_connection),
        cmocka_unit_test(what_libcurl_kept_is_lost),
    };

    /* The first to initialise it decides. */
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, curl_release, curl_realloc,
                             curl_copy, curl_calloc) != CURLE_OK)
        return 1;
    clock_virtual(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
