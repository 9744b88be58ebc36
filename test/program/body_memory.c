/* body_memory URL [CA-FILE]: sends a file of 100 MB inside of a request, as base64, and tells by
 * how much that has raised the peak of the program's memory. Fails above two megabytes. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gia.h>

#include "net/transfer.h"

enum { FILE_BYTES = 100 * 1000 * 1000, MAX_GROWTH_KIB = 2048, LIMIT_MS = 50 * 1000 };

typedef struct program_s {
    uv_loop_t loop;
    uv_timer_t limit; /* also keeps the loop alive, which a multi does not */
    gia__mem_t mem;
    gia__multi_t *multi;
    const char *url, *ca_file;
    int ended;
} program_t;

static void worked(void *unused) {}

static void on_phase(gia__transfer_t *transfer, gia__phase_t phase, void *user_data) {}

static gia__body_verdict_t on_body(gia__transfer_t *transfer, const char *bytes, size_t len,
                                   void *user_data)
{
    return GIA__BODY_TAKEN;
}

static void on_ended(gia__transfer_t *transfer, void *user_data)
{
    program_t *program = user_data;

    program->ended = 1;
}

static void fail(const char *what)
{
    fprintf(stderr, "body_memory: %s\n", what);
    exit(1);
}

static void too_late(uv_timer_t *limit)
{
    fail("it takes too long");
}

static void send_pieces(program_t *program, const gia__pieces_t *pieces)
{
    const gia__transfer_settings_t settings = {
        .ca_file = program->ca_file, .may_share = 1, .max_header_bytes = 10000};
    const gia__transfer_callbacks_t callbacks = {on_phase, on_body, on_ended, program};
    static const char *const headers[] = {"x-goog-api-key: test-key",
                                          "Content-Type: application/json"};
    gia__transfer_t *transfer;
    const char *detail;

    program->ended = 0;
    if (gia__transfer_new(&transfer, &program->mem, program->multi, &settings, "POST", program->url,
                          headers, 2, pieces, &callbacks) != GIA_OK ||
        gia__transfer_start(transfer) != GIA_OK)
        fail("the exchange could not be started");
    while (!program->ended)
        uv_run(&program->loop, UV_RUN_ONCE);
    if (gia__transfer_outcome(transfer, NULL, &detail) != GIA_OK)
        fail(detail ? detail : "the exchange failed");
    if (gia__transfer_status(transfer) != 200)
        fail("the server did not like the request");
    gia__transfer_free(transfer);
}

static long peak_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* All zeros, and none of them on the disk. */
static void make_file(char *path, gia__file_mark_t *mark)
{
    int fd = mkstemp(path);
    struct stat now;

    if (fd < 0 || ftruncate(fd, FILE_BYTES) != 0 || fstat(fd, &now) != 0)
        fail("there is no room for a file");
    close(fd);
    mark->size = (uint64_t)now.st_size;
    mark->device = (uint64_t)now.st_dev;
    mark->inode = (uint64_t)now.st_ino;
    mark->modified_s = now.st_mtim.tv_sec;
    mark->modified_ns = now.st_mtim.tv_nsec;
}

static void multi_closed(void *user_data) {}

int main(int count, char **arguments)
{
    const gia__multi_options_t options = {.max_streams_per_connection = 100,
                                          .on_ended = gia__transfer_multi_ended,
                                          .on_work = worked};
    char path[] = "/tmp/gia-body-memory-XXXXXX";
    gia__file_mark_t mark = {0};
    program_t program = {.mem = gia__mem_init(NULL)};
    gia_client_t *client;
    gia_config_t config = GIA_CONFIG_INIT;
    gia__pieces_t small, large;
    long before, growth;

    if (count < 2)
        fail("no URL");
    signal(SIGPIPE, SIG_IGN);
    program.url = config.base_url = arguments[1];
    program.ca_file = count > 2 ? arguments[2] : NULL;
    config.api_key = "test-key";
    uv_loop_init(&program.loop);
    uv_timer_init(&program.loop, &program.limit);
    uv_timer_start(&program.limit, too_late, LIMIT_MS, 0);
    /* The client only initialises libcurl. */
    if (gia_client_new(&client, &program.loop, &config) != GIA_OK ||
        gia__multi_new(&program.multi, &program.mem, &program.loop, &options) != GIA_OK)
        fail("no client");

    gia__pieces_init(&small, &program.mem, SIZE_MAX);
    gia__buf_add_text(&small.text, "{\"model\":\"m\",\"input\":\"Hello\"}");
    send_pieces(&program, &small);
    before = peak_kib();

    make_file(path, &mark);
    gia__pieces_init(&large, &program.mem, SIZE_MAX);
    gia__buf_add_text(&large.text, "{\"model\":\"m\",\"input\":[{\"type\":\"video\",\"data\":\"");
    gia__pieces_add_file(&large, path, &mark, 0, FILE_BYTES, 1);
    gia__buf_add_text(&large.text, "\"}]}");
    send_pieces(&program, &large);
    unlink(path);
    growth = peak_kib() - before;
    printf("%ld KiB before, %ld KiB more for %llu bytes of body\n", before, growth,
           (unsigned long long)gia__pieces_length(&large));

    gia__pieces_free(&small);
    gia__pieces_free(&large);
    gia__multi_close(program.multi, multi_closed, NULL);
    gia_client_close(client, NULL, NULL);
    uv_close((uv_handle_t *)&program.limit, NULL);
    uv_run(&program.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&program.loop) != 0)
        fail("handles are left open");
    return growth <= MAX_GROWTH_KIB ? 0 : 1;
}
