/*
 * One loop, one client, one call at a time. It shows the order of things: make the loop and the
 * client, start the call, let the loop run, close the client in on_done, and leave when the loop
 * has run out by itself.
 */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "key.h"
#include "trouble.h"

/* Nobody hears the rest. */
void run_stop_writing(run_t *run)
{
    writer_complain(&run->output.writer);
    run->status = EXIT_FAILED;
    if (run->call)
        gia_call_cancel(run->call);
}

static void on_event(gia_call_t *call, const gia_event_t *event, void *data)
{
    run_t *run = data;
    if (output_event(&run->output, event) != 0)
        run_stop_writing(run);
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    run_t *run = data;
    run->call = NULL;
    /* A call that was cancelled because stdout is gone has had its message and its status. */
    if (run->status == EXIT_DONE)
        run->command.done(run, result);
    if (run->call)
        return;
    uv_close((uv_handle_t *)&run->interrupt, NULL);
    uv_close((uv_handle_t *)&run->terminate, NULL);
    gia_client_close(run->client, NULL, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    run_t *run = handle->data;
    run->signal = number;
    gia_call_cancel(run->call);
}

/* One shot: the second Ctrl-C finds no handler and ends the program at once, whatever it does. */
static void watch_signal(run_t *run, uv_signal_t *handle, int number)
{
    handle->data = run;
    uv_signal_init(&run->loop, handle);
    uv_signal_start_oneshot(handle, on_signal, number);
}

static void on_reconnect(gia_call_t *call, const gia_result_t *result, void *data)
{
    complain("%s: taking it up again", result->message);
}

gia_call_options_t run_options(run_t *run)
{
    gia_call_options_t options = GIA_CALL_OPTIONS_INIT;
    options.on_event = on_event;
    options.on_done = on_done;
    options.on_reconnect = on_reconnect;
    options.data = run;
    /* Each event is printed when it comes; only --out wants their sum. */
    if (run->options->format == FORMAT_EVENTS && !run->options->out_folder)
        options.fold = GIA_FOLD_OFF;
    return options;
}

void run_fill_config(gia_config_t *config, const options_t *options)
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

static int make_client(run_t *run)
{
    gia_config_t config = GIA_CONFIG_INIT;
    const char *message = NULL;
    char *key = NULL;
    int status = EXIT_CREDENTIAL;
    run_fill_config(&config, run->options);
    if (key_find(&config, run->options, &key) == 0) {
        int code = gia_config_check(&config, &message);
        status = judge_start(code, message);
        if (status == EXIT_DONE)
            status = judge_start(gia_client_new(&run->client, &run->loop, &config), NULL);
    }
    free(key);
    return status;
}

int run_command(const options_t *options, const command_functions_t *command)
{
    run_t run = {.options = options, .command = *command};
    int failed = uv_loop_init(&run.loop);
    if (failed) {
        complain("%s", uv_strerror(failed));
        return EXIT_FAILED;
    }
    output_init(&run.output, options);
    /* The key first: nobody should type a question only to hear that it cannot be asked. */
    run.status = make_client(&run);
    if (run.status == EXIT_DONE)
        run.status = run.command.start(&run);
    if (run.call) {
        watch_signal(&run, &run.interrupt, SIGINT);
        watch_signal(&run, &run.terminate, SIGTERM);
    } else {
        gia_client_close(run.client, NULL, NULL);
    }
    uv_run(&run.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&run.loop) != 0)
        complain("something is left on the loop: this is a bug of the library");
    return run.status;
}
