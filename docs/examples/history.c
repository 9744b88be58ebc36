/* A conversation that the service does not keep: every question brings along what was said before.
 *
 * The request is the history: the answer and the next question are added to it. */
#include <gia.h>
#include <signal.h>
#include <stdio.h>

static gia_request_t *history;
static int exit_status;

/* Says what went wrong, if anything did; then the client closes and the loop runs out. */
static int failed(gia_client_t *client, int code, const char *message)
{
    if (code == GIA_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", gia_error_name(code), message);
    gia_client_close(client, NULL, NULL);
    exit_status = 1;
    return 1;
}

/* Sends a request; on_done hears the end. */
static void ask(gia_client_t *client, const gia_request_t *request, gia_done_cb on_done)
{
    gia_call_options_t options = {sizeof options, .on_done = on_done};
    const char *message = NULL;
    int code = gia_request_error(request, &message);
    if (code == GIA_OK) {
        code = gia_interaction_create(NULL, client, request, &options);
        message = gia_error_text(code);
    }
    failed(client, code, message);
}

static void on_second(gia_call_t *call, const gia_result_t *result, void *data)
{
    gia_client_t *client = gia_call_client(call);
    if (failed(client, result->code, result->message))
        return;
    printf("Model: %s\n", gia_interaction_output_text(result->interaction, NULL));
    gia_client_close(client, NULL, NULL);
}

static void on_first(gia_call_t *call, const gia_result_t *result, void *data)
{
    gia_client_t *client = gia_call_client(call);
    if (failed(client, result->code, result->message))
        return;
    printf("Model: %s\n", gia_interaction_output_text(result->interaction, NULL));

    gia_request_add_interaction(history, result->interaction); /* thoughts and signatures, too */
    gia_request_add_text(history, "What is the most famous landmark in the second one?");
    ask(client, history, on_second);
}

static void begin(gia_client_t *client)
{
    gia_request_set_model(history, "gemini-3-flash-preview");
    gia_request_set_store(history, 0);
    gia_request_begin_turn(history, GIA_ROLE_USER);
    gia_request_add_text(history, "What are the three largest cities in Spain?");
    ask(client, history, on_first);
}

int main(void)
{
    uv_loop_t loop;
    gia_client_t *client = NULL;
    gia_config_t config = GIA_CONFIG_INIT;
    const char *message = NULL;
    history = gia_request_new();

    signal(SIGPIPE, SIG_IGN);     /* TLS libraries may raise it; gia touches no signal */
    gia_config_from_env(&config); /* the key: GOOGLE_API_KEY or GEMINI_API_KEY */
    uv_loop_init(&loop);
    int code = gia_config_check(&config, &message);
    if (code == GIA_OK) {
        code = gia_client_new(&client, &loop, &config);
        message = gia_error_text(code);
    }
    if (!failed(client, code, message))
        begin(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    gia_request_free(history);
    return uv_loop_close(&loop) != 0 || exit_status;
}
