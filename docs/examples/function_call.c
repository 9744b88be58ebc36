/* Lets the model call a function of the program's, and tells it the result.
 *
 * The service remembers the conversation: each request names the answer before it. */
#include <gia.h>
#include <signal.h>
#include <stdio.h>

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

static const char parameters[] =
    "{\"type\":\"object\",\"properties\":{\"location\":{\"type\":\"string\","
    "\"description\":\"The city and state, e.g. San Francisco, CA\"}},\"required\":[\"location\"]}";

/* Runs one call and puts its result into the next request. */
static void run_tool(gia_request_t *request, const gia_content_t *output)
{
    const char *place = gia_json_string(gia_json_get(output->arguments, "location"), NULL);
    char weather[256];
    printf("Tool Call: %s(%s)\n", output->name, place ? place : "");
    snprintf(weather, sizeof weather, "The weather in %s is sunny.", place ? place : "nowhere");
    gia_request_add_function_result(request, output->id, output->name, weather);
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    gia_client_t *client = gia_call_client(call);
    if (failed(client, result->code, result->message))
        return;
    if (gia_interaction_status(result->interaction) != GIA_STATUS_REQUIRES_ACTION) {
        printf("Response: %s\n", gia_interaction_output_text(result->interaction, NULL));
        gia_client_close(client, NULL, NULL);
        return;
    }
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_set_previous_interaction_id(request, gia_interaction_id(result->interaction));
    for (size_t i = 0; i < gia_interaction_output_count(result->interaction); i++) {
        const gia_content_t *output = gia_interaction_output(result->interaction, (ptrdiff_t)i);
        if (gia_interaction_awaits(result->interaction, output))
            run_tool(request, output);
    }
    ask(client, request, on_done);
    gia_request_free(request);
}

static void begin(gia_client_t *client)
{
    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request, "What is the weather in Paris?");
    gia_request_add_function(request, "get_weather", "Gets the weather for a given location.",
                             parameters);
    ask(client, request, on_done);
    gia_request_free(request);
}

int main(void)
{
    uv_loop_t loop;
    gia_client_t *client = NULL;
    gia_config_t config = GIA_CONFIG_INIT;
    const char *message = NULL;

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
    return uv_loop_close(&loop) != 0 || exit_status;
}
