/* A loop, a simulator and a client on it, and records of what the client's calls report. */
#include "world.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* -- memory -- */

static int must_fail(memory_t *memory)
{
    memory->total++;
    return memory->fail_at && (memory->fail_all_after ? memory->total >= memory->fail_at
                                                      : memory->total == memory->fail_at);
}

static void grown(memory_t *memory, size_t bytes)
{
    memory->live_bytes += bytes;
    if (memory->peak_bytes < memory->live_bytes)
        memory->peak_bytes = memory->live_bytes;
}

static void *counting_malloc(size_t size, void *data)
{
    memory_t *memory = data;
    void *pointer = must_fail(memory) ? NULL : malloc(size);

    if (pointer) {
        memory->live++;
        grown(memory, malloc_usable_size(pointer));
    }
    return pointer;
}

static void *counting_realloc(void *pointer, size_t size, void *data)
{
    memory_t *memory = data;
    size_t old = malloc_usable_size(pointer);
    void *moved = must_fail(memory) ? NULL : realloc(pointer, size);

    if (moved) {
        memory->live += !pointer;
        memory->live_bytes -= old;
        grown(memory, malloc_usable_size(moved));
    }
    return moved;
}

static void counting_free(void *pointer, void *data)
{
    memory_t *memory = data;

    if (!pointer)
        return;
    memory->live--;
    memory->live_bytes -= malloc_usable_size(pointer);
    free(pointer);
}

void memory_init(memory_t *memory)
{
    memset(memory, 0, sizeof(*memory));
    memory->allocator.malloc_fn = counting_malloc;
    memory->allocator.realloc_fn = counting_realloc;
    memory->allocator.free_fn = counting_free;
    memory->allocator.data = memory;
}

/* -- the world -- */

static void on_client_closed(gia_client_t *client, void *data)
{
    world_t *world = data;

    world->clients_closed++;
}

static void on_sim_stopped(void *data)
{
    world_t *world = data;

    world->sim_stopped++;
}

void world_open(world_t *world, const world_options_t *options)
{
    gia_config_t config = options->config;
    struct rlimit files;
    const char *message = NULL;
    char url[256];

    signal(SIGPIPE, SIG_IGN);
    alarm(120); /* a test that hangs must not hang the suite */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    memset(world, 0, sizeof(*world));
    memory_init(&world->memory);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(sim_start(&world->sim, &world->loop, &options->sim), 0);

    /* An address instead of a name: a resolver thread needs real time. */
    snprintf(url, sizeof(url), "%s://127.0.0.1%s", options->sim.tls ? "https" : "http",
             strrchr(sim_url(world->sim), ':'));
    if (!config.base_url)
        config.base_url = url;
    if (!config.ca_file)
        config.ca_file = sim_ca_file(world->sim);
    if (!config.api_key && !config.bearer_token && !config.get_token)
        config.api_key = "test-key";
    if (!config.allocator)
        config.allocator = &world->memory.allocator;
    if (!config.max_attempts)
        config.max_attempts = 1; /* a test that wants more says so */
    if (!config.http_version)
        config.http_version = options->http_version;
    if (gia_config_check(&config, &message) != GIA_OK)
        fail_msg("config: %s", message);
    assert_int_equal(gia_client_new(&world->client, &world->loop, &config), GIA_OK);
}

void world_close_client(world_t *world)
{
    if (world->client_closing)
        return;
    world->client_closing = 1;
    gia_client_close(world->client, on_client_closed, world);
}

void world_close(world_t *world)
{
    int rc;

    world_close_client(world);
    while (!world->clients_closed && uv_run(&world->loop, UV_RUN_ONCE))
        ;
    sim_stop(world->sim, on_sim_stopped, world);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->clients_closed, 1);
    assert_int_equal(world->sim_stopped, 1);
    rc = uv_loop_close(&world->loop);
    if (rc != 0)
        uv_print_all_handles(&world->loop, stderr);
    assert_int_equal(rc, 0);
    assert_int_equal(world->memory.live, 0);
    alarm(0);
}

void world_script(world_t *world, const char *json)
{
    char error[256] = "";

    if (sim_script(world->sim, json, error, sizeof(error)) != 0)
        fail_msg("script: %s", error);
}

void world_run_until(world_t *world, int (*enough)(void *data), void *data)
{
    while (!enough(data)) {
        if (!uv_run(&world->loop, UV_RUN_ONCE) && !enough(data))
            fail_msg("the loop has nothing left to do");
    }
}

static int record_is_done(void *data)
{
    const record_t *record = data;

    return record->done > 0;
}

void world_run(world_t *world, const record_t *record)
{
    world_run_until(world, record_is_done, (void *)(uintptr_t)record);
}

/* -- letting time pass -- */

static uint64_t deadline_ms;

static int time_is_up(void *data)
{
    world_t *world = data;

    return uv_now(&world->loop) >= deadline_ms;
}

static void nothing(uv_timer_t *timer) {}

void world_pass(world_t *world, uint64_t ms)
{
    uv_timer_t timer;

    uv_update_time(&world->loop);
    uv_timer_init(&world->loop, &timer);
    uv_timer_start(&timer, nothing, ms, 0);
    deadline_ms = uv_now(&world->loop) + ms;
    world_run_until(world, time_is_up, world);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&world->loop, UV_RUN_NOWAIT);
}

/* -- records -- */

static void set(json_t *object, const char *name, const char *text)
{
    if (text)
        json_object_set_new(object, name, json_string(text));
}

/* A delta in the words of the one model; what has no words stays raw, without what the revisions
 * put differently. */
static json_t *trace_delta(const gia_delta_t *delta)
{
    json_t *object = json_object();

    set(object, "type", delta->type_name);
    if (delta->text)
        json_object_set_new(object, "text", json_stringn(delta->text, delta->text_len));
    set(object, "signature", delta->signature);
    set(object, "id", delta->id);
    set(object, "name", delta->name);
    if (delta->arguments)
        json_object_set_new(object, "arguments",
                            json_stringn(delta->arguments, delta->arguments_len));
    set(object, "mime_type", delta->mime_type);
    if (delta->data)
        json_object_set_new(object, "data", json_stringn(delta->data, delta->data_len));
    set(object, "uri", delta->uri);
    return object;
}

static json_t *trace_event(const gia_event_t *event)
{
    json_t *object = json_object();

    set(object, "event", event->name);
    set(object, "wire", event->wire_name);
    set(object, "event_id", event->event_id);
    if (!event->json)
        json_object_set_new(object, "own", json_true()); /* not the server's */
    if (event->index >= 0)
        json_object_set_new(object, "index", json_integer(event->index));
    if (event->type == GIA_EVENT_CONTENT_DELTA)
        json_object_set_new(object, "delta", trace_delta(&event->delta));
    if (event->type == GIA_EVENT_CONTENT_START)
        set(object, "step", event->step_type_name);
    set(object, "status", event->status_text);
    set(object, "error_code", event->error_code);
    set(object, "error_message", event->error_message);
    return object;
}

static void add_text(record_t *record, const char *text, size_t len)
{
    size_t old = record->text ? strlen(record->text) : 0;

    record->text = realloc(record->text, old + len + 1);
    memcpy(record->text + old, text, len);
    record->text[old + len] = '\0';
}

static void record_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    record_t *record = data;

    if (record->done)
        record->events_after_done++;
    json_array_append_new(record->trace, trace_event(event));
    if (event->type == GIA_EVENT_CONTENT_DELTA && event->delta.type == GIA_DELTA_TEXT)
        add_text(record, event->delta.text, event->delta.text_len);
    if (record->on_event)
        record->on_event(record, event);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void record_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    record_t *record = data;

    record->done++;
    record->call = NULL;
    record->code = result->code;
    free(record->message);
    record->message = copy(result->message);
    record->service_code = copy(result->service_code);
    record->service_message = copy(result->service_message);
    record->http_status = result->http_status;
    record->curl_code = result->curl_code;
    record->request_sent = result->request_sent;
    record->may_have_run = result->may_have_run;
    record->cancel_code = result->cancel_code;
    record->attempts = result->attempts;
    record->resumes = result->resumes;
    record->retry_after_ms = result->retry_after_ms;
    record->event_count = result->event_count;
    record->done_ms = uv_now(&record->world->loop);
    record->interaction = gia_interaction_keep(result->interaction);
    if (record->on_done)
        record->on_done(record, result);
}

static void record_reconnect(gia_call_t *call, const gia_result_t *result, void *data)
{
    record_t *record = data;

    assert_int_not_equal(result->code, GIA_OK);
    assert_string_not_equal(result->message, "");
    record->reconnects++;
}

void record_clear(record_t *record)
{
    json_decref(record->trace);
    gia_interaction_release(record->interaction);
    free(record->text);
    free(record->message);
    free(record->service_code);
    free(record->service_message);
    memset(record, 0, sizeof(*record));
}

gia_call_options_t record_options(record_t *record, world_t *world)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;

    record->world = world;
    if (!record->trace)
        record->trace = json_array();
    options.on_event = record_event;
    options.on_done = record_done;
    options.on_reconnect = record_reconnect;
    options.data = record;
    return options;
}

int world_create(world_t *world, record_t *record, const char *body,
                 const gia_call_options_t *options)
{
    gia_call_options_t defaults = record_options(record, world);
    gia_request_t *request = gia_request_new();
    const char *message;
    int rc;

    gia_request_set_json(request, "", body);
    if (gia_request_error(request, &message) != GIA_OK)
        fail_msg("request: %s", message);
    rc = gia_interaction_create(&record->call, world->client, request,
                                options ? options : &defaults);
    gia_request_free(request);
    assert_int_equal(record->done, 0); /* nothing is told from inside of a start */
    return rc;
}
