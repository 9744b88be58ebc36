/* Streams one answer, on a loop of its own. */
#include <gia.h>
#include <stdio.h>

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    if (event->type == GIA_EVENT_CONTENT_DELTA && event->delta.text) /* the answer, or a thought */
        fwrite(event->delta.text, 1, event->delta.text_len, stdout);
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    const gia_usage_t *usage = gia_interaction_usage(result->interaction);
    printf("\n%s: %s\n", gia_error_name(result->code), result->message);
    if (usage)
        printf("Total Tokens: %lld\n", (long long)usage->total_tokens);
    gia_client_close(gia_call_client(call), NULL, NULL);
}

int main(void)
{
    uv_loop_t loop;
    gia_client_t *client = NULL;
    gia_config_t config = GIA_CONFIG_INIT;
    gia_call_options_t options = {sizeof options, .on_event = on_event, .on_done = on_done};
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request, "Explain quantum entanglement in simple terms.");
    gia_request_set_stream(request, 1);
    signal(SIGPIPE, SIG_IGN);         /* TLS libraries may raise it; gia touches no signal */
    setvbuf(stdout, NULL, _IONBF, 0); /* show each piece at once */
    gia_config_from_env(&config);     /* the key: GOOGLE_API_KEY or GEMINI_API_KEY */
    uv_loop_init(&loop);
    int code = gia_client_new(&client, &loop, &config);
    code = code ? code : gia_interaction_create(NULL, client, request, &options);
    if (code != GIA_OK) {
        fprintf(stderr, "%s: %s\n", gia_error_name(code), gia_error_text(code));
        gia_client_close(client, NULL, NULL);
    }
    gia_request_free(request);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}
