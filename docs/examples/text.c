/* Asks one question and prints the answer. */
#include <gia.h>
#include <signal.h>
#include <stdio.h>

static int exit_status;

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    if (result->code == GIA_OK)
        puts(gia_interaction_output_text(result->interaction, NULL));
    else
        fprintf(stderr, "%s: %s\n", gia_error_name(result->code), result->message);
    exit_status = result->code != GIA_OK;
    gia_client_close(gia_call_client(call), NULL, NULL);
}

int main(void)
{
    uv_loop_t loop;
    gia_client_t *client = NULL;
    gia_config_t config = GIA_CONFIG_INIT;
    gia_call_options_t options = {sizeof options, .on_done = on_done};
    const char *message = NULL;
    int code;

    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request, "Tell me a short joke about programming.");

    signal(SIGPIPE, SIG_IGN);     /* TLS libraries may raise it; gia touches no signal */
    gia_config_from_env(&config); /* the key: GOOGLE_API_KEY or GEMINI_API_KEY */
    if (gia_request_error(request, &message) || gia_config_check(&config, &message)) {
        fprintf(stderr, "%s\n", message);
        gia_request_free(request);
        return 1;
    }
    uv_loop_init(&loop);
    code = gia_client_new(&client, &loop, &config);
    if (code == GIA_OK)
        code = gia_interaction_create(NULL, client, request, &options);
    if (code != GIA_OK) {
        fprintf(stderr, "%s: %s\n", gia_error_name(code), gia_error_text(code));
        gia_client_close(client, NULL, NULL);
        exit_status = 1;
    }
    gia_request_free(request);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) != 0 || exit_status;
}
