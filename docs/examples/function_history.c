/* Function calling when the service keeps nothing: the request is the history, to which the
 * model's calls and the program's results are added. */
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

static const char parameters[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"attendees\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"date\":{\"type\":\"string\",\"description\":\"Date of the meeting (e.g., 2024-07-29)\"},"
    "\"time\":{\"type\":\"string\",\"description\":\"Time of the meeting (e.g., 15:00)\"},"
    "\"topic\":{\"type\":\"string\",\"description\":\"The subject of the meeting.\"}},"
    "\"required\":[\"attendees\",\"date\",\"time\",\"topic\"]}";

/* Here a real program would schedule the meeting; it could also take its time. */
static void run_tool(const gia_content_t *output)
{
    size_t len = 0;
    const char *arguments = gia_json_raw(output->arguments, &len);
    printf("Function call: %s with arguments %.*s\n", output->name, (int)len, arguments);
    gia_request_add_function_result(history, output->id, output->name,
                                    "Meeting scheduled successfully.");
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    gia_client_t *client = gia_call_client(call);
    if (failed(client, result->code, result->message))
        return;
    if (gia_interaction_status(result->interaction) != GIA_STATUS_REQUIRES_ACTION) {
        printf("Final response: %s\n", gia_interaction_output_text(result->interaction, NULL));
        gia_client_close(client, NULL, NULL);
        return;
    }
    gia_request_add_interaction(history, result->interaction);
    for (size_t i = 0; i < gia_interaction_output_count(result->interaction); i++) {
        const gia_content_t *output = gia_interaction_output(result->interaction, (ptrdiff_t)i);
        if (gia_interaction_awaits(result->interaction, output))
            run_tool(output);
    }
    ask(client, history, on_done);
}

static void begin(gia_client_t *client)
{
    gia_request_set_model(history, "gemini-3-flash-preview");
    gia_request_set_store(history, 0);
    gia_request_add_function(
        history, "schedule_meeting",
        "Schedules a meeting with specified attendees at a given time and date.", parameters);
    gia_request_begin_turn(history, GIA_ROLE_USER);
    gia_request_add_text(history, "Schedule a meeting for 2025-11-01 at 10 am with Peter and Amir "
                                  "about the Next Gen API.");
    ask(client, history, on_done);
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
