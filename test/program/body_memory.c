/* body_memory URL [CA-FILE]: sends a file of 100 MB inside of a request, as base64, and uploads it,
 * and tells by how much each has raised the peak of the program's memory. Fails above two
 * megabytes.
 *
 * A small request and a small upload go ahead on the same connection: what TLS and the first call
 * of anything cost is not counted. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gia.h>

enum { SMALL_BYTES = 100 * 1000, LARGE_BYTES = 100 * 1000 * 1000 };
enum { MAX_GROWTH_KIB = 2048, LIMIT_S = 50 };

typedef struct program_s {
    uv_loop_t loop;
    gia_client_t *client;
    char path[64];
} program_t;

static void fail(const char *what)
{
    fprintf(stderr, "body_memory: %s\n", what);
    exit(1);
}

static void on_done(gia_call_t *call, const gia_result_t *result, void *data)
{
    if (result->code != GIA_OK)
        fail(result->message);
}

/* All zeros, and none of them on the disk. */
static void make_file(program_t *program, off_t size)
{
    int fd;

    strcpy(program->path, "/tmp/gia-body-memory-XXXXXX");
    fd = mkstemp(program->path);
    if (fd < 0 || ftruncate(fd, size) != 0)
        fail("there is no room for a file");
    close(fd);
}

static int start_create(program_t *program)
{
    gia_call_options_t options = {sizeof(options), .on_done = on_done};
    gia_request_t *request = gia_request_new();
    int rc;

    gia_request_set_model(request, "m");
    gia_request_add_file(request, program->path, "video/mp4");
    rc = gia_interaction_create(NULL, program->client, request, &options);
    gia_request_free(request);
    return rc;
}

static int start_upload(program_t *program)
{
    gia_call_options_t options = {sizeof(options), .on_done = on_done};
    gia_upload_options_t upload = GIA_UPLOAD_OPTIONS_INIT;

    upload.path = program->path;
    upload.mime_type = "video/mp4";
    return gia_file_upload(NULL, program->client, &upload, &options);
}

/* The loop runs out when the call is over; the connection stays. */
static void run(program_t *program, int (*start)(program_t *), off_t size)
{
    make_file(program, size);
    if (start(program) != GIA_OK)
        fail("the call could not be started");
    uv_run(&program->loop, UV_RUN_DEFAULT);
    unlink(program->path);
}

static long peak_kib(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;

    while (file && !kib && fgets(line, sizeof(line), file))
        sscanf(line, "VmHWM: %ld", &kib);
    if (!kib)
        fail("the system does not tell how much memory is used");
    fclose(file);
    return kib;
}

/* From now on the peak is what there is now. */
static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");

    if (!file || fputs("5", file) < 0 || fclose(file) != 0)
        fail("the system does not forget how much memory was used");
}

static int measure(program_t *program, const char *name, int (*start)(program_t *))
{
    long before, growth;

    forget_peak();
    before = peak_kib();
    run(program, start, LARGE_BYTES);
    growth = peak_kib() - before;
    printf("%s: %ld KiB before, %ld KiB more for a file of %d bytes\n", name, before, growth,
           LARGE_BYTES);
    return growth <= MAX_GROWTH_KIB;
}

int main(int count, char **arguments)
{
    gia_config_t config = GIA_CONFIG_INIT;
    program_t program;
    int small = 1;

    if (count < 2)
        fail("no URL");
    signal(SIGPIPE, SIG_IGN);
    alarm(LIMIT_S);
    config.base_url = arguments[1];
    config.ca_file = count > 2 ? arguments[2] : NULL;
    config.api_key = "test-key";
    uv_loop_init(&program.loop);
    if (gia_client_new(&program.client, &program.loop, &config) != GIA_OK)
        fail("no client");
    run(&program, start_create, SMALL_BYTES);
    run(&program, start_upload, SMALL_BYTES);
    small &= measure(&program, "inline", start_create);
    small &= measure(&program, "upload", start_upload);
    gia_client_close(program.client, NULL, NULL);
    uv_run(&program.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&program.loop) != 0)
        fail("handles are left open");
    return !small;
}
