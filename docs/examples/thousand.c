/* Streams a thousand answers at once on one loop, and counts what comes. */
#include <gia.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#define CALLS 1000

typedef struct {
    int started, done, failed;
    unsigned long deltas, completes;
    int code; /* of the first call that failed */
} counts_t;

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    counts_t *counts = data;
    counts->deltas += event->type == GIA_EVENT_CONTENT_DELTA;
    counts->completes += event->type == GIA_EVENT_INTERACTION_COMPLETE;
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    counts_t *counts = data;
    if (result->code != GIA_OK && counts->failed++ == 0)
        counts->code = result->code;
    if (++counts->done == counts->started)
        gia_client_close(gia_call_client(call), NULL, NULL);
}

/* Over HTTP/1.1 every stream has a connection, and many systems allow a program 1,024 files. */
static void allow_many_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(void)
{
    uv_loop_t loop;
    gia_client_t *client = NULL;
    gia_config_t config = GIA_CONFIG_INIT;
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    gia_request_t *request = gia_request_new();
    counts_t counts = {0};
    int code;

    signal(SIGPIPE, SIG_IGN);
    allow_many_files();
    gia_config_from_env(&config);
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request, "Tell me a short joke about programming.");
    gia_request_set_stream(request, 1);
    options.on_event = on_event;
    options.on_done = on_done;
    options.data = &counts;
    options.fold = GIA_FOLD_OFF; /* only the events are counted, nobody reads the answers */

    uv_loop_init(&loop);
    code = gia_client_new(&client, &loop, &config);
    while (code == GIA_OK && counts.started < CALLS) {
        code = gia_interaction_create(NULL, client, request, &options);
        counts.started += code == GIA_OK;
    }
    gia_request_free(request);
    if (counts.started == 0)
        gia_client_close(client, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);

    if (code == GIA_OK)
        code = counts.code;
    printf("%d calls: %d done, %d failed, %lu deltas, %lu completes, %s\n", counts.started,
           counts.done, counts.failed, counts.deltas, counts.completes, gia_error_name(code));
    return uv_loop_close(&loop) != 0 || code != GIA_OK;
}
