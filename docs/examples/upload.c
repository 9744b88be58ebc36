/* Uploads a video, waits until it can be used, and asks about it: upload [FILE] */
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

static void on_answer(gia_call_t *call, const gia_result_t *result, void *data)
{
    gia_client_t *client = gia_call_client(call);
    if (failed(client, result->code, result->message))
        return;
    puts(gia_interaction_output_text(result->interaction, NULL));
    gia_client_close(client, NULL, NULL);
}

static void on_uploaded(gia_call_t *call, const gia_result_t *result, void *data)
{
    gia_client_t *client = gia_call_client(call);
    const gia_file_t *file = result->file;
    if (failed(client, result->code, result->message))
        return;
    printf("%s is %s\n", file->name, file->state_text);

    gia_request_t *request = gia_request_new();
    gia_request_set_model(request, "gemini-3-flash-preview");
    gia_request_add_text(request, "What is happening in this video? Provide a timestamped "
                                  "summary.");
    gia_request_add_uri(request, GIA_CONTENT_VIDEO, file->uri, file->mime_type);
    ask(client, request, on_answer);
    gia_request_free(request);
}

static void on_progress(gia_call_t *call, int64_t sent, int64_t total, void *data)
{
    printf("%lld of %lld bytes\n", (long long)sent, (long long)total);
}

static void begin(gia_client_t *client, const char *path)
{
    gia_call_options_t options = {sizeof options, .on_done = on_uploaded};
    gia_upload_options_t upload = {sizeof upload, .path = path};
    upload.wait_until_active = 1; /* a video is processed first */
    upload.on_progress = on_progress;
    char message[200];
    int code = gia_upload_check(&upload, message, sizeof message);
    if (!failed(client, code, message)) {
        code = gia_file_upload(NULL, client, &upload, &options);
        failed(client, code, gia_error_text(code));
    }
}

int main(int count, char **arguments)
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
        begin(client, count > 1 ? arguments[1] : "video.mp4");
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) != 0 || exit_status;
}
