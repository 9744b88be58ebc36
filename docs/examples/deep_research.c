/* Starts a research in the background and looks every ten seconds whether it is done:
 * deep_research [SECONDS] */
#include <gia.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static uv_timer_t timer;
static uint64_t pause_ms = 10000;
static char id[256];
static int exit_status;

/* Lets the loop run out. */
static void finish(gia_client_t *client)
{
    uv_close((uv_handle_t *)&timer, NULL);
    gia_client_close(client, NULL, NULL);
}

/* Says what went wrong, if anything did; then it is over. */
static int failed(gia_client_t *client, int code, const char *message)
{
    if (code == GIA_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", gia_error_name(code), message);
    exit_status = 1;
    finish(client);
    return 1;
}

static void on_timer(uv_timer_t *handle);

static void on_answer(gia_call_t *call, const gia_result_t *result, void *data)
{
    const char *status = gia_interaction_status_text(result->interaction);
    gia_client_t *client = gia_call_client(call);
    if (failed(client, result->code, result->message))
        return;
    printf("Status: %s\n", status);
    if (!gia_status_is_final(gia_interaction_status(result->interaction))) {
        uv_timer_start(&timer, on_timer, pause_ms, 0);
        return;
    }
    if (gia_interaction_status(result->interaction) == GIA_STATUS_COMPLETED)
        printf("\nFinal Report:\n%s\n", gia_interaction_output_text(result->interaction, NULL));
    else
        fprintf(stderr, "Failed with status: %s\n", status);
    exit_status = gia_interaction_status(result->interaction) != GIA_STATUS_COMPLETED;
    finish(client);
}

static void on_timer(uv_timer_t *handle)
{
    gia_client_t *client = handle->data;
    gia_call_options_t options = {sizeof options, .on_done = on_answer};
    int code = gia_interaction_get(NULL, client, id, NULL, &options);
    failed(client, code, gia_error_text(code));
}

static void on_started(gia_call_t *call, const gia_result_t *result, void *data)
{
    const char *started = gia_interaction_id(result->interaction);
    snprintf(id, sizeof id, "%s", started ? started : "");
    printf("Research started. Interaction ID: %s\n", id);
    on_answer(call, result, data);
}

static void begin(gia_client_t *client)
{
    timer.data = client;
    gia_call_options_t options = {sizeof options, .on_done = on_started};
    gia_request_t *request = gia_request_new();
    gia_request_set_agent(request, "deep-research-pro-preview-12-2025");
    gia_request_add_text(request, "Research the history of the Google TPUs with a focus on 2025 "
                                  "and 2026.");
    gia_request_set_background(request, 1);
    int code = gia_interaction_create(NULL, client, request, &options);
    failed(client, code, gia_error_text(code));
    gia_request_free(request);
}

int main(int count, char **arguments)
{
    uv_loop_t loop;
    gia_client_t *client = NULL;
    gia_config_t config = GIA_CONFIG_INIT;
    const char *message = NULL;

    if (count > 1)
        pause_ms = strtoull(arguments[1], NULL, 10) * 1000;

    signal(SIGPIPE, SIG_IGN);     /* TLS libraries may raise it; gia touches no signal */
    gia_config_from_env(&config); /* the key: GOOGLE_API_KEY or GEMINI_API_KEY */
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    int code = gia_config_check(&config, &message);
    if (code == GIA_OK) {
        code = gia_client_new(&client, &loop, &config);
        message = gia_error_text(code);
    }
    if (!failed(client, code, message))
        begin(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) != 0 || exit_status;
}
