/*
 * The command `gia create`: one loop, one client, one call. It shows the order of things: make the
 * loop and the client, start the call, let the loop run, close the client in on_done, and leave
 * when the loop has run out by itself.
 */
#include "create.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "key.h"
#include "output.h"
#include "read.h"
#include "trouble.h"

#define DEFAULT_MODEL   "gemini-3-flash-preview"
#define MAX_INPUT_BYTES ((size_t)256 << 20)

typedef struct {
    const options_t *options;
    uv_loop_t loop;
    uv_signal_t interrupt;
    uv_signal_t terminate;
    gia_client_t *client;
    gia_call_t *call;
    output_t output;
    int signal; /* the one that ended the call; 0 if none did */
    int status;
} create_t;

/* ---- the request ---- */

/* A JSON string of `text`; NULL when out of memory. Bytes outside ASCII go through as they are. */
static char *quote(const char *text)
{
    char *json = malloc(strlen(text) * 6 + 3);
    char *out = json;
    if (!json)
        return NULL;
    *out++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *out++ = '\\';
        if ((unsigned char)*text < ' ')
            out += sprintf(out, "\\u%04x", (unsigned char)*text);
        else
            *out++ = *text;
    }
    *out++ = '"';
    *out = '\0';
    return json;
}

static int set_input(gia_request_t *request, const options_t *options, const char *text)
{
    if (!options->body_file) {
        gia_request_add_text(request, text);
        return 0;
    }
    /* The body may have an input already; a text that is added would not replace that. */
    char *json = quote(text);
    if (!json) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    gia_request_set_json(request, "/input", json);
    free(json);
    return 0;
}

static int read_input(gia_request_t *request, const options_t *options)
{
    size_t len;
    int status;
    if (options->input && strcmp(options->input, "-") != 0)
        return set_input(request, options, options->input);
    if (!options->input && options->body_file)
        return 0;
    if (!options->input && uv_guess_handle(0) == UV_TTY) {
        complain("there is nothing to ask: use --input TEXT, or --input - to type it");
        return EXIT_USAGE;
    }
    char *text = read_file("-", MAX_INPUT_BYTES, &len);
    if (!text)
        return EXIT_USAGE;
    if (len == 0) {
        complain("there is nothing to ask: standard input is empty (use --input TEXT)");
        free(text);
        return EXIT_USAGE;
    }
    status = set_input(request, options, text);
    free(text);
    return status;
}

static int read_body(gia_request_t *request, const options_t *options)
{
    size_t len;
    if (!options->body_file)
        return 0;
    char *body = read_file(options->body_file, MAX_INPUT_BYTES, &len);
    if (!body)
        return EXIT_USAGE;
    gia_request_set_json(request, "", body);
    free(body);
    return 0;
}

/* 0, or the status to exit with. */
static int fill_request(gia_request_t *request, const options_t *options)
{
    const char *message = NULL;
    int status = read_body(request, options);
    if (status == 0)
        status = read_input(request, options);
    if (status != 0)
        return status;
    if (options->model || !options->body_file)
        gia_request_set_model(request, options->model ? options->model : DEFAULT_MODEL);
    if (options->system)
        gia_request_set_system_instruction(request, options->system);
    if (options->previous)
        gia_request_set_previous_interaction_id(request, options->previous);
    if (options->stream)
        gia_request_set_stream(request, 1);
    status = gia_request_error(request, &message);
    if (status == GIA_OK)
        return 0;
    complain("the request: %s", message ? message : gia_error_text(status));
    return status == GIA_EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

/* ---- the call ---- */

/* Cancel once stdout is gone: nobody hears the rest. A closed pipe is no news, a full disk is. */
static void stop_writing(create_t *create)
{
    if (create->output.writer.error != EPIPE)
        complain("cannot write the answer: %s", strerror(create->output.writer.error));
    create->status = EXIT_FAILED;
    gia_call_cancel(create->call);
}

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    create_t *create = data;
    if (output_event(&create->output, event) != 0)
        stop_writing(create);
}

/* {"code": …, "message": …}, either of which may be missing. */
static void complain_reason(const gia_json_t *reason)
{
    const char *message = gia_json_string(gia_json_get(reason, "message"), NULL);
    const gia_json_t *code = gia_json_get(reason, "code");
    const char *word = gia_json_string(code, NULL);
    size_t len = 0;
    if (!reason)
        return;
    /* A word, or a number in the older shape. */
    if (!word)
        word = gia_json_raw(code, &len);
    complain("%.*s: %s", len ? (int)len : INT_MAX, word ? word : "no code",
             message ? message : "no message");
}

/* How an interaction that the service did answer has ended. */
static int judge_status(const create_t *create, const gia_result_t *result)
{
    const output_t *output = &create->output;
    const gia_interaction_t *interaction = result->interaction;
    const gia_json_t *reasons = gia_json_get(gia_interaction_json(interaction), "errors");
    if (output->status == GIA_STATUS_COMPLETED || output->status == GIA_STATUS_NONE)
        return EXIT_DONE;
    complain("the interaction's status is %s", output->status_text);
    for (size_t i = 0; i < gia_json_count(reasons); i++)
        complain_reason(gia_json_at(reasons, i));
    for (size_t i = 0; i < gia_interaction_step_count(interaction); i++) {
        const gia_step_t *step = gia_interaction_step(interaction, (ptrdiff_t)i);
        if (step->type == GIA_CONTENT_MODEL_OUTPUT)
            complain_reason(gia_json_get(step->json, "error"));
    }
    return output->status == GIA_STATUS_FAILED || output->status == GIA_STATUS_CANCELLED ||
                   output->status == GIA_STATUS_BUDGET_EXCEEDED
               ? EXIT_FAILED
               : EXIT_DONE;
}

static int judge_result(const create_t *create, const gia_result_t *result)
{
    if (create->signal && result->code != GIA_OK) {
        complain("interrupted");
        return EXIT_SIGNAL + create->signal;
    }
    if (result->code == GIA_OK)
        return judge_status(create, result);
    complain("%s: %s", gia_error_name(result->code), result->message);
    if (result->retry_after_ms >= 0)
        complain("the service asks to wait %.1f seconds", (double)result->retry_after_ms / 1000);
    return result->code == GIA_EAUTHENTICATION || result->code == GIA_EPERMISSION ? EXIT_CREDENTIAL
                                                                                  : EXIT_FAILED;
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    create_t *create = data;
    /* A call that was cancelled because stdout is gone has had its message and its status. */
    if (create->status == EXIT_DONE) {
        if (output_done(&create->output, result) != 0)
            stop_writing(create);
        else
            create->status = judge_result(create, result);
    }
    uv_close((uv_handle_t *)&create->interrupt, NULL);
    uv_close((uv_handle_t *)&create->terminate, NULL);
    gia_client_close(create->client, NULL, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    create_t *create = handle->data;
    create->signal = number;
    gia_call_cancel(create->call);
}

/* One shot: the second Ctrl-C finds no handler and ends the program at once, whatever it does. */
static void watch_signal(create_t *create, uv_signal_t *handle, int number)
{
    handle->data = create;
    uv_signal_init(&create->loop, handle);
    uv_signal_start_oneshot(handle, on_signal, number);
}

/* ---- the client ---- */

static void fill_config(gia_config_t *config, const options_t *options)
{
    config->base_url = options->base_url;
    config->api_version = options->api_version;
    config->revision = options->revision;
    config->ca_file = options->ca_file;
    config->proxy = options->proxy;
    config->http_version = options->http_version;
    config->connect_timeout_ms = options->connect_timeout_ms;
    config->first_byte_timeout_ms = options->first_byte_timeout_ms;
    config->idle_timeout_ms = options->idle_timeout_ms;
    config->total_timeout_ms = options->total_timeout_ms;
    config->user_agent = "gia-program";
}

static int make_client(create_t *create)
{
    gia_config_t config = GIA_CONFIG_INIT;
    const char *message = NULL;
    char *key = NULL;
    int status = EXIT_CREDENTIAL;
    fill_config(&config, create->options);
    if (key_find(&config, create->options->key_file, &key) == 0) {
        int code = gia_config_check(&config, &message);
        status = code == GIA_OK ? EXIT_DONE : EXIT_USAGE;
        if (code == GIA_OK) {
            code = gia_client_new(&create->client, &create->loop, &config);
            status = code == GIA_OK ? EXIT_DONE : EXIT_FAILED;
        }
        if (code != GIA_OK)
            complain("%s", message ? message : gia_error_text(code));
    }
    free(key);
    return status;
}

/* Starts the call; from then on, on_done sees to the end. */
static int start(create_t *create, const gia_request_t *request)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    int code;
    options.on_event = on_event;
    options.on_done = on_done;
    options.data = create;
    /* Each event is printed when it comes; nobody asks for their sum. */
    if (create->options->format == FORMAT_EVENTS)
        options.fold = GIA_FOLD_OFF;
    code = gia_interaction_create(&create->call, create->client, request, &options);
    if (code != GIA_OK) {
        complain("%s: %s", gia_error_name(code), gia_error_text(code));
        return EXIT_FAILED;
    }
    watch_signal(create, &create->interrupt, SIGINT);
    watch_signal(create, &create->terminate, SIGTERM);
    return EXIT_DONE;
}

int create_run(const options_t *options)
{
    create_t create = {.options = options};
    gia_request_t *request = gia_request_new();
    int failed = uv_loop_init(&create.loop);

    output_init(&create.output, options->format);
    if (!request || failed) {
        complain("%s", request ? uv_strerror(failed) : "out of memory");
        gia_request_free(request);
        return EXIT_FAILED;
    }
    /* The key first: nobody should type a question only to hear that it cannot be asked. */
    create.status = make_client(&create);
    if (create.status == EXIT_DONE)
        create.status = fill_request(request, options);
    if (create.status == EXIT_DONE)
        create.status = start(&create, request);
    if (!create.call)
        gia_client_close(create.client, NULL, NULL);
    gia_request_free(request);
    uv_run(&create.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&create.loop) != 0)
        complain("something is left on the loop: this is a bug of the library");
    return create.status;
}
