/* Request bodies with files on their way: whole at the server whatever it speaks, also when it
 * answers early, and gone without a trace when the exchange is broken off. */
#include "wires.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/body.h"
#include "net/transfer.h"
#include "open_files.h"

enum { FILE_BYTES = 3 * 1024 * 1024 + 1, LARGE_BYTES = 32 * 1024 * 1024, MANY = 6 };

static char folder[] = "/tmp/gia-bodies-XXXXXX";
static char path[64];
static char large[64]; /* larger than all that sockets hold */
static char *data;

/* -- a multi beside the world's client, and exchanges on it -- */

typedef struct bench_s {
    world_t world;
    gia__mem_t mem;
    gia__multi_t *multi;
    const struct wire_s *wire;
    int multi_closed;
    size_t open_files;
} bench_t;

typedef struct exchange_s {
    bench_t *bench;
    gia__transfer_t *transfer;
    gia__pieces_t pieces;
    int ended;
    int pause;   /* the next bytes of the answer are refused, once */
    int refused; /* they were */
    int nested;  /* runs the loop from inside of its callbacks */
    gia__task_t task;
    int task_ran;
    int receiving;   /* the answer has begun */
    char answer[64]; /* its beginning */
    size_t answer_len;
} exchange_t;

static int is_file_open(const char *file)
{
    DIR *files = opendir("/proc/self/fd");
    struct dirent *entry;
    int found = 0;

    while (files && (entry = readdir(files))) {
        char target[128] = "";
        if (readlinkat(dirfd(files), entry->d_name, target, sizeof(target) - 1) > 0)
            found |= strcmp(target, file) == 0;
    }
    if (files)
        closedir(files);
    return found;
}

static void worked(void *unused) {}

static void on_multi_closed(void *user_data)
{
    bench_t *bench = user_data;

    bench->multi_closed = 1;
}

static void open_bench(bench_t *bench, const struct wire_s *wire)
{
    const gia__multi_options_t options = {.max_streams_per_connection = 100,
                                          .on_ended = gia__transfer_multi_ended,
                                          .on_work = worked};

    memset(bench, 0, sizeof(*bench));
    bench->open_files = count_open_files();
    bench->wire = wire;
    open_wire(&bench->world, wire, NULL);
    bench->mem = gia__mem_init(&bench->world.memory.allocator);
    assert_int_equal(gia__multi_new(&bench->multi, &bench->mem, &bench->world.loop, &options),
                     GIA_OK);
}

static int is_multi_closed(void *user_data)
{
    bench_t *bench = user_data;

    return bench->multi_closed;
}

static void close_bench(bench_t *bench)
{
    gia__multi_close(bench->multi, on_multi_closed, bench);
    world_run_until(&bench->world, is_multi_closed, bench);
    world_close(&bench->world);
    assert_int_equal(count_open_files(), bench->open_files);
}

static void on_phase(gia__transfer_t *transfer, gia__phase_t phase, void *user_data)
{
    exchange_t *exchange = user_data;

    exchange->receiving |= phase == GIA__PHASE_RECEIVING;
}

static gia__body_verdict_t on_body(gia__transfer_t *transfer, const char *bytes, size_t len,
                                   void *user_data)
{
    exchange_t *exchange = user_data;
    size_t room = sizeof(exchange->answer) - 1 - exchange->answer_len;

    if (exchange->nested)
        gia__multi_soon(exchange->bench->multi, &exchange->task);
    for (int i = 0; i < 5 && exchange->nested; i++)
        uv_run(&exchange->bench->world.loop, UV_RUN_NOWAIT);
    if (exchange->pause) {
        exchange->refused = 1;
        return GIA__BODY_LATER;
    }
    memcpy(exchange->answer + exchange->answer_len, bytes, len < room ? len : room);
    exchange->answer_len += len < room ? len : room;
    return GIA__BODY_TAKEN;
}

static void on_ended(gia__transfer_t *transfer, void *user_data)
{
    exchange_t *exchange = user_data;

    exchange->ended++;
}

static void run_task(gia__task_t *task)
{
    exchange_t *exchange = GIA__LIST_OBJECT(task, exchange_t, task);

    assert_false(gia__multi_busy(exchange->bench->multi));
    exchange->task_ran = 1;
}

static void prepare(exchange_t *exchange, bench_t *bench)
{
    memset(exchange, 0, sizeof(*exchange));
    exchange->bench = bench;
    gia__pieces_init(&exchange->pieces, &bench->mem, SIZE_MAX);
    gia__list_init(&exchange->task.link);
    exchange->task.run = run_task;
}

static void start(exchange_t *exchange)
{
    bench_t *bench = exchange->bench;
    const gia__transfer_settings_t settings = {.http_version = GIA_HTTP_DEFAULT,
                                               .ca_file = sim_ca_file(bench->world.sim),
                                               .may_share = bench->wire->bit == TLS_2,
                                               .max_header_bytes = 10000};
    const gia__transfer_callbacks_t callbacks = {on_phase, on_body, on_ended, exchange};
    static const char *const headers[] = {"x-goog-api-key: test-key",
                                          "Content-Type: application/json"};
    char url[128];

    snprintf(url, sizeof(url), "%s://127.0.0.1%s/v1beta/interactions",
             bench->wire->tls ? "https" : "http", strrchr(sim_url(bench->world.sim), ':'));
    assert_int_equal(gia__transfer_new(&exchange->transfer, &bench->mem, bench->multi, &settings,
                                       "POST", url, headers, 2, &exchange->pieces, &callbacks),
                     GIA_OK);
    assert_int_equal(gia__transfer_start(exchange->transfer), GIA_OK);
}

static int has_ended(void *user_data)
{
    exchange_t *exchange = user_data;

    return exchange->ended;
}

static int was_refused(void *user_data)
{
    exchange_t *exchange = user_data;

    return exchange->refused;
}

static void finish(exchange_t *exchange)
{
    gia__transfer_free(exchange->transfer);
    exchange->transfer = NULL;
    gia__pieces_free(&exchange->pieces);
}

static void run(exchange_t *exchange)
{
    world_run_until(&exchange->bench->world, has_ended, exchange);
}

/* -- bodies -- */

static gia__file_mark_t look_at(const char *file)
{
    gia__file_mark_t mark = {0};
    struct stat now;

    assert_int_equal(stat(file, &now), 0);
    mark.size = (uint64_t)now.st_size;
    mark.device = (uint64_t)now.st_dev;
    mark.inode = (uint64_t)now.st_ino;
    mark.modified_s = now.st_mtim.tv_sec;
    mark.modified_ns = now.st_mtim.tv_nsec;
    return mark;
}

static void add_text(exchange_t *exchange, const char *text)
{
    gia__buf_add_text(&exchange->pieces.text, text);
}

static void add_file(exchange_t *exchange, uint64_t offset, uint64_t len, int base64)
{
    gia__file_mark_t mark = look_at(path);

    gia__pieces_add_file(&exchange->pieces, path, &mark, offset, len, base64);
}

/* One that the service understands, the file inside of it. */
static void fill_request(exchange_t *exchange, uint64_t len)
{
    add_text(exchange,
             "{\"model\":\"m\",\"input\":[{\"type\":\"image\",\"mime_type\":\"image/png\","
             "\"data\":\"");
    add_file(exchange, 0, len, 1);
    add_text(exchange, "\"}]}");
}

/* The bytes of which the server should have the same, without the reader's help. */
static char *encode_request(uint64_t len, size_t *encoded_len)
{
    gia__base64_encoder_t encoder = {{0}, 0};
    char *text = malloc(gia__base64_encoded_size((size_t)len) + 200);
    char *end = text + sprintf(text, "{\"model\":\"m\",\"input\":[{\"type\":\"image\","
                                     "\"mime_type\":\"image/png\",\"data\":\"");

    end += gia__base64_encode(&encoder, end, data, (size_t)len);
    end += gia__base64_encode_end(&encoder, end);
    memcpy(end, "\"}]}", 4);
    *encoded_len = (size_t)(end + 4 - text);
    return text;
}

static int set_up(void **state)
{
    uint32_t random = 1;
    uv_loop_t loop;
    FILE *out;

    /* libuv's first loop opens what it keeps for all of them. */
    uv_loop_init(&loop);
    uv_loop_close(&loop);
    data = malloc(FILE_BYTES);
    for (size_t i = 0; i < FILE_BYTES; i++) {
        random = random * 1664525 + 1013904223;
        data[i] = (char)(random >> 24);
    }
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/file", folder);
    out = fopen(path, "wb");
    return out && fwrite(data, 1, FILE_BYTES, out) == FILE_BYTES && fclose(out) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    free(data);
    unlink(path);
    return rmdir(folder);
}

static const uint64_t lens[] = {1, GIA__FILE_CHUNK_BYTES, 5 * GIA__FILE_CHUNK_BYTES + 1,
                                FILE_BYTES};
enum { LENS = sizeof(lens) / sizeof(lens[0]) };

static const char repeat[] = "{\"replies\":[{\"body_text\":\"fine\"}],\"repeat\":true}";

static void check_arrived(bench_t *bench, size_t index, const char *bytes, size_t len)
{
    const sim_request_t *request = sim_request(bench->world.sim, index);
    char length[32];

    assert_non_null(request);
    assert_int_equal(request->body_length, len);
    assert_int_equal(request->http_version, bench->wire->bit == TLS_2 ? 2 : 1);
    assert_memory_equal(request->body, bytes, request->body_kept);
    snprintf(length, sizeof(length), "%zu", len);
    assert_string_equal(sim_request_header(request, "content-length"), length);
    assert_null(sim_request_header(request, "expect"));
    assert_null(sim_request_header(request, "transfer-encoding"));
}

/* -- what arrives -- */

/* The kept beginning is compared byte by byte; a hash of the whole, made by the simulator for the
 * same bytes in one piece of memory, tells of the rest. */
static void bodies_arrive_whole(void **state)
{
    for (int w = 0; w < WIRES; w++) {
        bench_t bench;

        open_bench(&bench, &wires[w]);
        world_script(&bench.world, repeat);
        for (size_t i = 0; i < LENS; i++) {
            size_t len;
            char *bytes = encode_request(lens[i], &len);
            exchange_t exchange;

            for (int from_memory = 0; from_memory < 2; from_memory++) {
                prepare(&exchange, &bench);
                if (from_memory)
                    gia__buf_add(&exchange.pieces.text, bytes, len);
                else
                    fill_request(&exchange, lens[i]);
                assert_int_equal(gia__pieces_length(&exchange.pieces), len);
                start(&exchange);
                run(&exchange);
                assert_int_equal(gia__transfer_outcome(exchange.transfer, NULL, NULL), GIA_OK);
                assert_int_equal(gia__transfer_status(exchange.transfer), 200);
                assert_string_equal(exchange.answer, "fine");
                check_arrived(&bench, 2 * i + (size_t)from_memory, bytes, len);
                finish(&exchange);
            }
            assert_string_equal(sim_request(bench.world.sim, 2 * i)->body_sha256,
                                sim_request(bench.world.sim, 2 * i + 1)->body_sha256);
            free(bytes);
        }
        close_bench(&bench);
    }
}

/* Pieces of an upload: parts of a file as they are. */
static void ranges_arrive_whole(void **state)
{
    for (int w = 0; w < WIRES; w++) {
        const uint64_t offset = 1000, len = 700000;
        exchange_t exchange;
        bench_t bench;

        open_bench(&bench, &wires[w]);
        world_script(&bench.world, repeat);
        prepare(&exchange, &bench);
        add_file(&exchange, offset, len, 0);
        start(&exchange);
        run(&exchange);
        assert_int_equal(gia__transfer_outcome(exchange.transfer, NULL, NULL), GIA_OK);
        check_arrived(&bench, 0, data + offset, len);
        assert_int_equal(sim_request(bench.world.sim, 0)->body_kept, len);
        finish(&exchange);
        close_bench(&bench);
    }
}

/* Those that wait for their files and those that wait for the server do not stop each other. */
static void many_at_once(void **state)
{
    for (int w = 0; w < WIRES; w++) {
        exchange_t exchanges[MANY];
        bench_t bench;
        size_t len;
        char *bytes = encode_request(FILE_BYTES, &len);

        open_bench(&bench, &wires[w]);
        world_script(&bench.world, repeat);
        for (int i = 0; i < MANY; i++) {
            prepare(&exchanges[i], &bench);
            fill_request(&exchanges[i], FILE_BYTES);
            start(&exchanges[i]);
        }
        for (int i = 0; i < MANY; i++) {
            run(&exchanges[i]);
            assert_int_equal(gia__transfer_outcome(exchanges[i].transfer, NULL, NULL), GIA_OK);
            check_arrived(&bench, (size_t)i, bytes, len);
            assert_string_equal(sim_request(bench.world.sim, (size_t)i)->body_sha256,
                                sim_request(bench.world.sim, 0)->body_sha256);
            finish(&exchanges[i]);
        }
        if (wires[w].bit == TLS_2)
            assert_int_equal(sim_counts(bench.world.sim).connections_accepted, 1);
        close_bench(&bench);
        free(bytes);
    }
}

/* Files' bytes come while curl is on the stack, and so do answers that were kept back. */
static void programs_that_run_the_loop_in_a_callback(void **state)
{
    for (int w = 0; w < WIRES; w++) {
        exchange_t exchanges[MANY];
        bench_t bench;

        open_bench(&bench, &wires[w]);
        world_script(&bench.world,
                     "{\"replies\":[{\"body_text\":\"0123456789\",\"chunk_bytes\":1}],"
                     "\"repeat\":true}");
        for (int i = 0; i < MANY; i++) {
            prepare(&exchanges[i], &bench);
            fill_request(&exchanges[i], 1 + (uint64_t)i * 10 * GIA__FILE_CHUNK_BYTES);
            exchanges[i].nested = 1;
            exchanges[i].pause = i % 2;
            start(&exchanges[i]);
        }
        for (int i = 0; i < MANY; i++) {
            if (exchanges[i].pause) {
                world_run_until(&bench.world, was_refused, &exchanges[i]);
                exchanges[i].pause = 0;
                gia__transfer_unpause(exchanges[i].transfer);
            }
            run(&exchanges[i]);
            assert_int_equal(gia__transfer_outcome(exchanges[i].transfer, NULL, NULL), GIA_OK);
            assert_string_equal(exchanges[i].answer, "0123456789");
            while (!exchanges[i].task_ran)
                uv_run(&bench.world.loop, UV_RUN_NOWAIT);
            finish(&exchanges[i]);
        }
        close_bench(&bench);
    }
}

/* -- answers that do not wait -- */

static void refused_while_it_is_sent(void **state)
{
    static const char *const scripts[] = {
        "{\"replies\":[{\"answer_after\":1,\"status\":413,\"body_text\":\"too much\"}]}",
        "{\"replies\":[{\"answer_after\":200000,\"status\":401,\"body_text\":\"too much\"}]}",
    };
    static const int statuses[] = {413, 401};

    for (int w = 0; w < WIRES; w++) {
        for (size_t i = 0; i < 2; i++) {
            exchange_t exchange;
            bench_t bench;

            open_bench(&bench, &wires[w]);
            world_script(&bench.world, scripts[i]);
            prepare(&exchange, &bench);
            fill_request(&exchange, FILE_BYTES);
            start(&exchange);
            run(&exchange);
            assert_int_equal(gia__transfer_outcome(exchange.transfer, NULL, NULL), GIA_OK);
            assert_int_equal(gia__transfer_status(exchange.transfer), statuses[i]);
            assert_string_equal(exchange.answer, "too much");
            finish(&exchange);
            close_bench(&bench);
        }
    }
}

static int has_answer(void *user_data)
{
    exchange_t *exchange = user_data;

    return exchange->answer_len > 0;
}

/* The last byte is with libcurl: its file is closed, and that was not yet so when the answer began.
 */
static int is_body_read(void *user_data)
{
    return !is_file_open(user_data);
}

/* The answer begins while the body goes out, and its reader pauses: the two directions have nothing
 * to do with each other. Where libcurl 7.88 cannot keep them apart: over HTTP/2 a body larger than
 * the server's window waits until the answer is read again, for the window's news come with it.
 * (The answer stalls: one that is over before the body is, no error, and HTTP/2 is too much
 * for 7.88.) */
static void a_paused_answer_and_the_body(void **state)
{
    FILE *out;

    snprintf(large, sizeof(large), "%s/large", folder);
    out = fopen(large, "wb");
    assert_non_null(out);
    assert_int_equal(ftruncate(fileno(out), LARGE_BYTES), 0);
    assert_int_equal(fclose(out), 0);
    for (int w = 0; w < WIRES; w++) {
        gia__file_mark_t mark = look_at(large);
        exchange_t exchange;
        bench_t bench;

        open_bench(&bench, &wires[w]);
        world_script(&bench.world,
                     "{\"replies\":[{\"answer_after\":1,\"end\":\"stall\","
                     "\"body_text\":\"an answer in time\",\"framing\":\"chunked\"}]}");
        prepare(&exchange, &bench);
        gia__pieces_add_file(&exchange.pieces, large, &mark, 0, LARGE_BYTES, 1);
        exchange.pause = 1;
        start(&exchange);
        world_run_until(&bench.world, was_refused, &exchange);
        assert_true(is_file_open(large));
        if (wires[w].bit & HTTP_1)
            world_run_until(&bench.world, is_body_read, large);
        assert_int_equal(exchange.answer_len, 0);
        exchange.pause = 0;
        gia__transfer_unpause(exchange.transfer);
        world_run_until(&bench.world, has_answer, &exchange);
        world_run_until(&bench.world, is_body_read, large);
        assert_int_equal(gia__transfer_status(exchange.transfer), 200);
        assert_string_equal(exchange.answer, "an answer in time");
        finish(&exchange);
        close_bench(&bench);
    }
    unlink(large);
}

/* -- what goes wrong -- */

static void a_file_that_is_gone_ends_it(void **state)
{
    char other[80];

    snprintf(other, sizeof(other), "%s/gone", folder);
    for (int w = 0; w < WIRES; w++) {
        gia__file_mark_t mark = look_at(path);
        const char *detail = NULL;
        int curl_code = -1;
        exchange_t exchange;
        bench_t bench;

        open_bench(&bench, &wires[w]);
        prepare(&exchange, &bench);
        add_text(&exchange, "{\"model\":");
        gia__pieces_add_file(&exchange.pieces, other, &mark, 0, 100, 1);
        start(&exchange);
        run(&exchange);
        assert_int_equal(gia__transfer_outcome(exchange.transfer, &curl_code, &detail),
                         GIA_EFILE_CHANGED);
        assert_int_equal(curl_code, 0);
        assert_non_null(strstr(detail, other));
        assert_non_null(strstr(detail, "it is gone"));
        finish(&exchange);

        /* The connection may be gone with it, the next exchange is not. */
        prepare(&exchange, &bench);
        fill_request(&exchange, 100000);
        start(&exchange);
        run(&exchange);
        assert_int_equal(gia__transfer_outcome(exchange.transfer, NULL, NULL), GIA_OK);
        finish(&exchange);
        close_bench(&bench);
        assert_int_equal(exchange.receiving, 1);
    }
}

static void a_server_that_leaves_ends_it(void **state)
{
    for (int w = 0; w < WIRES; w++) {
        exchange_t exchange;
        bench_t bench;

        open_bench(&bench, &wires[w]);
        world_script(&bench.world, "{\"replies\":[{\"break_after\":500000,\"end\":\"reset\"}]}");
        prepare(&exchange, &bench);
        fill_request(&exchange, FILE_BYTES);
        start(&exchange);
        run(&exchange);
        assert_int_equal(gia__transfer_outcome(exchange.transfer, NULL, NULL), GIA_ELOST);
        finish(&exchange);
        assert_int_equal(sim_request_count(bench.world.sim), 1); /* not sent again by curl */
        close_bench(&bench);
    }
}

/* Broken off after every number of turns, its file on the way or not; the multi closes at once. */
static void broken_off_at_every_stage(void **state)
{
    for (int w = 0; w < WIRES; w++) {
        int ended = 0;

        for (int turns = 0; !ended; turns++) {
            exchange_t exchange;
            bench_t bench;

            open_bench(&bench, &wires[w]);
            world_script(&bench.world, repeat);
            prepare(&exchange, &bench);
            fill_request(&exchange, 4 * GIA__FILE_CHUNK_BYTES);
            start(&exchange);
            for (int i = 0; i < turns && !exchange.ended; i++)
                uv_run(&bench.world.loop, UV_RUN_ONCE);
            ended = exchange.ended;
            finish(&exchange);
            close_bench(&bench);
        }
    }
}

static void memory_that_runs_out(void **state)
{
    const gia__transfer_settings_t settings = {.max_header_bytes = 10000};
    int failed = 1;

    for (size_t n = 1; failed; n++) {
        gia__transfer_t *transfer = NULL;
        exchange_t exchange;
        bench_t bench;
        size_t live;
        int rc;

        open_bench(&bench, &wires[0]);
        prepare(&exchange, &bench);
        fill_request(&exchange, FILE_BYTES);
        live = bench.world.memory.live;
        bench.world.memory.total = 0;
        bench.world.memory.fail_at = n;
        rc = gia__transfer_new(&transfer, &bench.mem, bench.multi, &settings, "POST",
                               "http://127.0.0.1/", NULL, 0, &exchange.pieces,
                               &(gia__transfer_callbacks_t){on_phase, on_body, on_ended, NULL});
        failed = bench.world.memory.total >= n;
        bench.world.memory.fail_at = 0;
        assert_int_equal(rc, failed ? GIA_ENOMEM : GIA_OK);
        gia__transfer_free(transfer);
        assert_int_equal(bench.world.memory.live, live);
        finish(&exchange);
        close_bench(&bench);
    }
}

/* More than can be announced. */
static void a_body_without_end(void **state)
{
    const gia__transfer_settings_t settings = {.max_header_bytes = 10000};
    gia__file_mark_t mark = look_at(path);
    gia__transfer_t *transfer = NULL;
    exchange_t exchange;
    bench_t bench;

    open_bench(&bench, &wires[0]);
    prepare(&exchange, &bench);
    gia__pieces_add_file(&exchange.pieces, path, &mark, 0, (uint64_t)INT64_MAX + 1, 0);
    assert_int_equal(
        gia__transfer_new(&transfer, &bench.mem, bench.multi, &settings, "POST",
                          "http://127.0.0.1/", NULL, 0, &exchange.pieces,
                          &(gia__transfer_callbacks_t){on_phase, on_body, on_ended, NULL}),
        GIA_EREQUEST_TOO_BIG);
    finish(&exchange);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_arrive_whole),
        cmocka_unit_test(ranges_arrive_whole),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(programs_that_run_the_loop_in_a_callback),
        cmocka_unit_test(refused_while_it_is_sent),
        cmocka_unit_test(a_paused_answer_and_the_body),
        cmocka_unit_test(a_file_that_is_gone_ends_it),
        cmocka_unit_test(a_server_that_leaves_ends_it),
        cmocka_unit_test(broken_off_at_every_stage),
        cmocka_unit_test(memory_that_runs_out),
        cmocka_unit_test(a_body_without_end),
    };

    /* The clock is the real one: a virtual one would jump while threads read. */
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
