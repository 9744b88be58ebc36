/* What a watched background run costs: memory while it rests, time for a look.
 *
 *     watched [RUNS]
 *
 * Prints one line of JSON. The service is simulated by a process of its own, so that memory and
 * time are the client's alone. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gia.h>

#include "sim.h"

enum {
    INTERVAL_MS = 6000, /* time to start them all before the first is looked at */
    RUN_MS = 12000,     /* over at the second look, or the third */
    REST_MS = 1000
};

/* -- the service -- */

static void when_abandoned(uv_poll_t *poll, int status, int events)
{
    exit(0);
}

/* Never returns. Lives until the other end of `alive` is closed. */
static void serve(int tell, int alive)
{
    sim_options_t options = {.background_ms = RUN_MS, .log_limit = 1, .tls = 1};
    uv_loop_t loop;
    uv_poll_t poll;
    sim_t *sim;

    uv_loop_init(&loop);
    if (sim_start(&sim, &loop, &options) != 0)
        exit(1);
    dprintf(tell, "%s\n%s\n", strrchr(sim_url(sim), ':'), sim_ca_file(sim));
    close(tell);
    uv_poll_init(&loop, &poll, alive);
    uv_poll_start(&poll, UV_READABLE | UV_DISCONNECT, when_abandoned);
    uv_run(&loop, UV_RUN_DEFAULT);
    exit(0);
}

static int read_line(FILE *from, char *line, size_t size)
{
    if (!fgets(line, (int)size, from))
        return -1;
    line[strcspn(line, "\n")] = '\0';
    return 0;
}

/* Where it is: ":12345", and the authority to trust. */
typedef struct service_s {
    char port[16], ca_file[256];
} service_t;

static int start_service(service_t *service)
{
    int tell[2], alive[2];
    FILE *from;

    if (pipe(tell) != 0 || pipe(alive) != 0)
        return -1;
    switch (fork()) {
    case -1: return -1;
    case 0:
        close(tell[0]);
        close(alive[1]); /* the other process keeps it, and with it this one */
        serve(tell[1], alive[0]);
    }
    close(tell[1]);
    close(alive[0]);
    from = fdopen(tell[0], "r");
    if (!from || read_line(from, service->port, sizeof(service->port)) != 0 ||
        read_line(from, service->ca_file, sizeof(service->ca_file)) != 0)
        return -1;
    fclose(from);
    return 0;
}

/* -- measuring -- */

static size_t live_bytes;

static void *counted_malloc(size_t size, void *data)
{
    void *pointer = malloc(size);

    live_bytes += malloc_usable_size(pointer);
    return pointer;
}

static void *counted_realloc(void *pointer, size_t size, void *data)
{
    size_t old = malloc_usable_size(pointer);
    void *moved = realloc(pointer, size);

    if (moved)
        live_bytes += malloc_usable_size(moved) - old;
    return moved;
}

static void counted_free(void *pointer, void *data)
{
    live_bytes -= malloc_usable_size(pointer);
    free(pointer);
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static size_t resident_bytes(void)
{
    size_t bytes = 0;

    uv_resident_set_memory(&bytes);
    return bytes;
}

/* -- the runs -- */

static struct {
    unsigned long accepted, done, failed, requests;
} runs;

static void on_status(gia_call_t *call, const gia_interaction_t *interaction, void *data)
{
    runs.accepted += gia_interaction_status(interaction) == GIA_STATUS_IN_PROGRESS;
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    if (result->code != GIA_OK && runs.failed++ == 0)
        fprintf(stderr, "watched: %s\n", result->message);
    runs.done++;
    runs.requests += result->attempts;
}

static void start_one(gia_client_t *client, const gia_request_t *request)
{
    gia_watch_options_t watch = GIA_WATCH_OPTIONS_INIT;
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;

    watch.interval_ms = INTERVAL_MS;
    watch.on_status = on_status;
    options.watch = &watch;
    options.on_done = on_done;
    if (gia_interaction_create(NULL, client, request, &options) != GIA_OK)
        exit(1);
}

static void wake(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void run_for(uv_loop_t *loop, uint64_t ms)
{
    uv_timer_t timer;

    uv_timer_init(loop, &timer);
    uv_timer_start(&timer, wake, ms, 0);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
}

int main(int count, char **arguments)
{
    unsigned long wanted = count > 1 ? strtoul(arguments[1], NULL, 10) : 10000;
    gia_allocator_t allocator = {counted_malloc, counted_realloc, counted_free, NULL};
    gia_config_t config = GIA_CONFIG_INIT;
    gia_client_t *client;
    gia_request_t *request;
    size_t live, resident;
    double cpu, resting_cpu, looking_cpu;
    uint64_t began;
    service_t service;
    char url[64];
    uv_loop_t loop;

    signal(SIGPIPE, SIG_IGN);
    if (wanted == 0 || start_service(&service) != 0)
        return 1;
    snprintf(url, sizeof(url), "https://127.0.0.1%s", service.port);
    uv_loop_init(&loop);
    config.base_url = url;
    config.api_key = "key";
    config.ca_file = service.ca_file;
    config.allocator = &allocator;
    if (gia_client_new(&client, &loop, &config) != GIA_OK)
        return 1;
    request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request, "Tell me a joke.");
    gia_request_set_background(request, 1);

    began = uv_hrtime();
    live = live_bytes;
    resident = resident_bytes();
    for (unsigned long i = 0; i < wanted; i++)
        start_one(client, request);
    gia_request_free(request);
    while (runs.accepted + runs.done < wanted)
        uv_run(&loop, UV_RUN_ONCE);
    live = live_bytes - live;
    resident = resident_bytes() - resident;
    cpu = cpu_seconds();
    run_for(&loop, REST_MS);
    resting_cpu = cpu_seconds() - cpu;

    cpu = cpu_seconds();
    while (runs.done < wanted)
        uv_run(&loop, UV_RUN_ONCE);
    looking_cpu = cpu_seconds() - cpu;
    gia_client_close(client, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);

    printf("{\"bench\":\"watched\",\"runs\":%lu,\"failed\":%lu,\"requests\":%lu,"
           "\"live_bytes_per_run\":%zu,\"resident_bytes_per_run\":%zu,"
           "\"resting_cpu_ms_per_s\":%.2f,\"cpu_us_per_look\":%.1f,\"seconds\":%.1f}\n",
           runs.done, runs.failed, runs.requests, live / wanted, resident / wanted,
           resting_cpu * 1e3 / (REST_MS / 1e3),
           looking_cpu * 1e6 / (double)(runs.requests - runs.done),
           (double)(uv_hrtime() - began) / 1e9);
    return uv_loop_close(&loop) != 0 || runs.failed;
}
