/*
 * main.c - gia-sim: the simulator as a program.
 */
#include "sim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    sim_options_t sim;
    const char *script;
    const char *ca_file;
    int log;
    int exit_with_stdin;
} options_t;

typedef struct {
    uv_loop_t loop;
    sim_t *sim;
    const char *ca_file;
    uv_signal_t interrupt, terminate;
    uv_pipe_t input;
    int has_input;
    int stopping;
    char scratch[4096];
} program_t;

static const char help[] =
    "Usage: gia-sim [options]\n"
    "Answers as Google's Gemini Interactions API would, on this machine, with made-up content.\n"
    "\n"
    "  --port N           listen on port N (default: any free one)\n"
    "  --host ADDRESS     listen on that address (default: 127.0.0.1)\n"
    "  --tls              speak TLS, with a certificate made at start\n"
    "  --ca-file PATH     write the certificate authority there (default: a temporary file)\n"
    "  --certificate KIND good, expired or wrong-host (default: good)\n"
    "  --http1, --http2   speak only that version of HTTP\n"
    "  --streams N        concurrent streams on an HTTP/2 connection (default: 1000)\n"
    "  --legacy           answer with outputs and content events instead of steps\n"
    "  --key KEY          the API key that is accepted (default: any but \"bad-key\")\n"
    "  --credential TEXT  the only key or bearer token; any other is answered with 401\n"
    "  --polls N          GETs that find a background run in progress (default: 2)\n"
    "  --background MS    instead: how long a background run is in progress\n"
    "  --hops N           answers that require a continuation (default: 2 of gemini-4-argon)\n"
    "  --file-polls N     GETs that find an uploaded video in processing (default: 2)\n"
    "  --pace MS          pause between the events of a stream\n"
    "  --script FILE      play the replies of a script before answering normally\n"
    "  --data DIR         folder that holds responses/, for the fixtures of scripts\n"
    "  --log              print a line of JSON for each request to stderr\n"
    "  --exit-with-stdin  exit when the standard input is closed\n"
    "  --help             print this\n"
    "\n"
    "Prints \"gia-sim: listening on URL\" when it is ready, with TLS a second line\n"
    "\"gia-sim: CA certificate in PATH\". Exits with 0 on SIGINT and SIGTERM, with 1 if it cannot\n"
    "listen, with 2 if it was called wrongly.\n";

/* The certificate's file, should the program end before it can stop the simulator. */
static const char *leftover;

static void quit(int code)
{
    if (leftover)
        unlink(leftover);
    exit(code);
}

static void fail(int code, const char *what, const char *which)
{
    fprintf(stderr, "gia-sim: %s%s%s\n", what, *which ? ": " : "", which);
    quit(code);
}

static unsigned read_number(const char *name, const char *text, unsigned long limit)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9' || number > limit) {
        fprintf(stderr, "gia-sim: %s takes a number from 0 to %lu, not %s\n", name, limit, text);
        exit(2);
    }
    return (unsigned)number;
}

static sim_certificate_t read_certificate(const char *text)
{
    if (strcmp(text, "expired") == 0)
        return SIM_CERTIFICATE_EXPIRED;
    if (strcmp(text, "wrong-host") == 0)
        return SIM_CERTIFICATE_WRONG_HOST;
    if (strcmp(text, "good") != 0)
        fail(2, "--certificate takes good, expired or wrong-host, not", text);
    return SIM_CERTIFICATE_GOOD;
}

/* Options without a value; 1 if it was one. */
static int read_flag(options_t *options, const char *name)
{
    if (strcmp(name, "--help") == 0) {
        fputs(help, stdout);
        exit(0);
    }
    if (strcmp(name, "--tls") == 0)
        options->sim.tls = 1;
    else if (strcmp(name, "--http1") == 0 && options->sim.http != SIM_HTTP_2)
        options->sim.http = SIM_HTTP_1;
    else if (strcmp(name, "--http2") == 0 && options->sim.http != SIM_HTTP_1)
        options->sim.http = SIM_HTTP_2;
    else if (strcmp(name, "--http1") == 0 || strcmp(name, "--http2") == 0)
        fail(2, "--http1 and --http2 exclude each other", "");
    else if (strcmp(name, "--legacy") == 0)
        options->sim.legacy = 1;
    else if (strcmp(name, "--log") == 0)
        options->log = 1;
    else if (strcmp(name, "--exit-with-stdin") == 0)
        options->exit_with_stdin = 1;
    else
        return 0;
    return 1;
}

static int read_option(options_t *options, const char *name, const char *value)
{
    if (strcmp(name, "--port") == 0)
        options->sim.port = (uint16_t)read_number(name, value, 65535);
    else if (strcmp(name, "--host") == 0)
        options->sim.host = value;
    else if (strcmp(name, "--ca-file") == 0)
        options->ca_file = value;
    else if (strcmp(name, "--certificate") == 0)
        options->sim.certificate = read_certificate(value);
    else if (strcmp(name, "--streams") == 0)
        options->sim.max_concurrent_streams = read_number(name, value, 1000000);
    else if (strcmp(name, "--key") == 0)
        options->sim.key = value;
    else if (strcmp(name, "--credential") == 0)
        options->sim.credential = value;
    else if (strcmp(name, "--file-polls") == 0)
        options->sim.file_polls = read_number(name, value, 1000000);
    else if (strcmp(name, "--background") == 0)
        options->sim.background_ms = read_number(name, value, 86400000);
    else if (strcmp(name, "--hops") == 0)
        options->sim.continuation_hops = read_number(name, value, 1000);
    else if (strcmp(name, "--polls") == 0)
        options->sim.background_polls = read_number(name, value, 1000000);
    else if (strcmp(name, "--pace") == 0)
        options->sim.pace_ms = read_number(name, value, 1000000);
    else if (strcmp(name, "--script") == 0)
        options->script = value;
    else if (strcmp(name, "--data") == 0)
        options->sim.data_dir = value;
    else
        return 0;
    return 1;
}

static void read_arguments(options_t *options, int count, char **arguments)
{
    static const char no_value[] = "";
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i];
        if (read_flag(options, name))
            continue;
        /* Whether there is such an option comes before whether it lacks its value. */
        options_t probe = *options;
        if (i + 1 == count) {
            static const char *const takers[] = {
                "--port",       "--host",       "--ca-file",    "--certificate", "--streams",
                "--key",        "--polls",      "--pace",       "--script",      "--data",
                "--credential", "--file-polls", "--background", "--hops"};
            for (size_t k = 0; k < sizeof takers / sizeof *takers; k++) {
                if (strcmp(takers[k], name) == 0)
                    fail(2, "this option needs a value", name);
            }
        }
        if (!read_option(&probe, name, i + 1 < count ? arguments[i + 1] : no_value))
            fail(2, "there is no such option (see --help)", name);
        *options = probe;
        i++;
    }
    if (options->ca_file && !options->sim.tls)
        fail(2, "--ca-file needs --tls", "");
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t length = 0, capacity = 0;
    char *text = NULL;
    if (!file)
        fail(2, strerror(errno), path);
    do {
        capacity += 65536;
        text = realloc(text, capacity + 1);
        if (!text)
            abort();
        length += fread(text + length, 1, capacity - length, file);
    } while (length == capacity);
    text[length] = '\0';
    fclose(file);
    return text;
}

static void copy_file(const char *from, const char *to)
{
    char *text = read_file(from);
    FILE *file = fopen(to, "wb");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        fail(2, strerror(errno), to);
    free(text);
}

static int is_secret(const char *name)
{
    return strcmp(name, "x-goog-api-key") == 0 || strcmp(name, "authorization") == 0;
}

/* The query without the value of key=. */
static json_t *redact_query(const char *query)
{
    const char *key = query ? strstr(query, "key=") : NULL;
    if (!query)
        return json_null();
    if (!key || (key != query && key[-1] != '&'))
        return json_string(query);
    size_t value = strcspn(key + 4, "&");
    return json_sprintf("%.*skey=REDACTED%s", (int)(key - query), query, key + 4 + value);
}

static void print_request(const sim_request_t *request, void *data)
{
    json_t *headers = json_object();
    for (size_t i = 0; i < request->header_count; i++)
        json_object_set_new(headers, request->headers[i].name,
                            json_string(is_secret(request->headers[i].name)
                                            ? "REDACTED"
                                            : request->headers[i].value));
    json_t *body = request->json ? json_incref(request->json)
                   : request->body_length
                       ? json_sprintf("%zu bytes, not JSON", request->body_length)
                       : json_null();
    json_t *line =
        json_pack("{s:s, s:s, s:o, s:i, s:i, s:i, s:o, s:o}", "method", request->method, "path",
                  request->path, "query", redact_query(request->query), "http_version",
                  request->http_version, "connection", (int)request->connection, "status",
                  request->status, "headers", headers, "body", body);
    char *text = json_dumps(line, JSON_COMPACT);
    fprintf(stderr, "%s\n", text ? text : "{}");
    free(text);
    json_decref(line);
}

static void stop(program_t *program)
{
    if (program->stopping)
        return;
    program->stopping = 1;
    uv_close((uv_handle_t *)&program->interrupt, NULL);
    uv_close((uv_handle_t *)&program->terminate, NULL);
    if (program->has_input)
        uv_close((uv_handle_t *)&program->input, NULL);
    sim_stop(program->sim, NULL, NULL);
    if (program->ca_file)
        unlink(program->ca_file);
}

static void on_signal(uv_signal_t *handle, int number)
{
    stop(handle->data);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    program_t *program = handle->data;
    *buffer = uv_buf_init(program->scratch, sizeof program->scratch);
}

static void on_input(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    if (length < 0)
        stop(stream->data);
}

static void watch_input(program_t *program)
{
    /* A terminal or a pipe; a plain file or /dev/null has no end to wait for. */
    if (uv_pipe_init(&program->loop, &program->input, 0) != 0)
        return;
    program->has_input = 1;
    program->input.data = program;
    if (uv_pipe_open(&program->input, 0) != 0 ||
        uv_read_start((uv_stream_t *)&program->input, on_allocate, on_input) != 0)
        fail(2, "--exit-with-stdin needs a pipe as standard input", "");
}

static void watch_signal(program_t *program, uv_signal_t *handle, int number)
{
    uv_signal_init(&program->loop, handle);
    handle->data = program;
    uv_signal_start(handle, on_signal, number);
}

static void load_script(program_t *program, const char *path)
{
    char error[200];
    char *text = read_file(path);
    if (sim_script(program->sim, text, error, sizeof error) != 0) {
        fprintf(stderr, "gia-sim: %s: %s\n", path, error);
        quit(2);
    }
    free(text);
}

int main(int count, char **arguments)
{
    static program_t program;
    options_t options = {.sim = {.log_limit = 1}};
    read_arguments(&options, count, arguments);
    if (options.log)
        options.sim.on_request = print_request;
    signal(SIGPIPE, SIG_IGN);

    uv_loop_init(&program.loop);
    int result = sim_start(&program.sim, &program.loop, &options.sim);
    if (result != 0)
        fail(1, "cannot listen", uv_strerror(result));
    leftover = sim_ca_file(program.sim);
    if (options.script)
        load_script(&program, options.script);
    if (options.ca_file) {
        copy_file(sim_ca_file(program.sim), options.ca_file);
        program.ca_file = options.ca_file;
    }
    watch_signal(&program, &program.interrupt, SIGINT);
    watch_signal(&program, &program.terminate, SIGTERM);
    if (options.exit_with_stdin)
        watch_input(&program);
    printf("gia-sim: listening on %s\n", sim_url(program.sim));
    if (options.sim.tls)
        printf("gia-sim: CA certificate in %s\n",
               options.ca_file ? options.ca_file : sim_ca_file(program.sim));
    fflush(stdout);

    uv_run(&program.loop, UV_RUN_DEFAULT);
    return uv_loop_close(&program.loop) == 0 ? 0 : 1;
}
