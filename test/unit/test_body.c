/* Bodies read from their pieces: any pieces, any sizes, files that change, ends at any moment. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gia/error.h>

#include "failing_memory.h"
#include "net/body.h"
#include "open_files.h"

enum { CHUNK = GIA__FILE_CHUNK_BYTES, DATA_BYTES = 5 * CHUNK + 100, POOL_THREADS = 4 };

static char data[DATA_BYTES];
static char folder[] = "/tmp/gia-body-XXXXXX";
static char path[64], other_path[64];

/* -- a loop, a multi and a body -- */

typedef struct bench_s {
    failing_memory_t memory;
    gia_allocator_t allocator;
    uv_loop_t loop;
    gia__multi_t *multi;
    gia__pieces_t pieces;
    gia__body_t body;
    int ready, multi_closed;
    size_t open_files;
} bench_t;

static void ended(void *easy_private, int curl_code) {}

static void worked(void *unused) {}

static void on_ready(void *user_data)
{
    bench_t *bench = user_data;

    bench->ready++;
}

static void on_multi_closed(void *user_data)
{
    bench_t *bench = user_data;

    bench->multi_closed = 1;
}

static void open_bench(bench_t *bench)
{
    const gia__multi_options_t options = {.on_ended = ended, .on_work = worked};

    memset(bench, 0, sizeof(*bench));
    bench->open_files = count_open_files();
    bench->allocator = failing_allocator(&bench->memory);
    assert_int_equal(uv_loop_init(&bench->loop), 0);
    assert_int_equal(gia__multi_new(&bench->multi, &bench->allocator, &bench->loop, &options),
                     GIA_OK);
    gia__pieces_init(&bench->pieces, &bench->allocator, SIZE_MAX);
}

static void start_reading(bench_t *bench)
{
    assert_int_equal(gia__body_init(&bench->body, &bench->allocator, bench->multi, &bench->pieces,
                                    on_ready, bench),
                     GIA_OK);
}

/* At any moment; what is borrowed goes at once, as with a call that is canceled. */
static void stop_reading(bench_t *bench)
{
    gia__body_free(&bench->body);
    memset(&bench->body, 0xa5, sizeof(bench->body));
    gia__pieces_free(&bench->pieces);
}

static void close_bench(bench_t *bench)
{
    stop_reading(bench);
    bench->ready = 0;
    gia__multi_close(bench->multi, on_multi_closed, bench);
    assert_false(bench->multi_closed);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_true(bench->multi_closed);
    assert_false(bench->ready);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    assert_int_equal(bench->memory.n_open, 0);
    assert_int_equal(count_open_files(), bench->open_files);
}

/* Reads once, waiting as long as that takes. */
static int64_t read_some(bench_t *bench, char *out, size_t size)
{
    int64_t len;

    while ((len = gia__body_read(&bench->body, out, size)) == GIA__BODY_WAIT) {
        bench->ready = 0;
        while (!bench->ready)
            assert_true(uv_run(&bench->loop, UV_RUN_ONCE) || bench->ready);
        assert_int_equal(bench->ready, 1);
    }
    return len;
}

/* -- files -- */

static gia__file_mark_t look_at(const char *file)
{
    gia__file_mark_t mark = {0};
    struct stat now;

    if (lstat(file, &now) != 0)
        return mark;
    mark.size = (uint64_t)now.st_size;
    mark.device = (uint64_t)now.st_dev;
    mark.inode = (uint64_t)now.st_ino;
    mark.modified_s = now.st_mtim.tv_sec;
    mark.modified_ns = now.st_mtim.tv_nsec;
    return mark;
}

static void write_file(const char *file)
{
    FILE *out = fopen(file, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, sizeof(data), out), sizeof(data));
    assert_int_equal(fclose(out), 0);
}

static int set_up(void **state)
{
    uint32_t random = 1;
    uv_loop_t loop;

    /* libuv's first loop opens what it keeps for all of them. */
    uv_loop_init(&loop);
    uv_loop_close(&loop);
    for (size_t i = 0; i < sizeof(data); i++) {
        random = random * 1664525 + 1013904223;
        data[i] = (char)(random >> 24);
    }
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/file", folder);
    snprintf(other_path, sizeof(other_path), "%s/other", folder);
    write_file(path);
    return 0;
}

static int tear_down(void **state)
{
    unlink(path);
    unlink(other_path);
    return rmdir(folder);
}

/* -- what is read -- */

typedef struct spec_s {
    gia__piece_kind_t kind;
    int base64;
    size_t offset, len;
} spec_t;

typedef struct expected_s {
    char *bytes;
    size_t len;
} expected_t;

static void expect(expected_t *expected, const spec_t *spec)
{
    gia__base64_encoder_t encoder = {{0}, 0};
    char *end;

    expected->bytes =
        realloc(expected->bytes, expected->len + gia__base64_encoded_size(spec->len) + 4);
    end = expected->bytes + expected->len;
    if (spec->base64) {
        end += gia__base64_encode(&encoder, end, data + spec->offset, spec->len);
        end += gia__base64_encode_end(&encoder, end);
    } else {
        memcpy(end, data + spec->offset, spec->len);
        end += spec->len;
    }
    expected->len = (size_t)(end - expected->bytes);
}

static void add_piece(bench_t *bench, const spec_t *spec)
{
    gia__file_mark_t mark = look_at(path);
    gia__blob_t *blob;

    switch (spec->kind) {
    case GIA__PIECE_TEXT: gia__buf_add(&bench->pieces.text, data + spec->offset, spec->len); break;
    case GIA__PIECE_BLOB:
        blob = gia__blob_new(&bench->allocator, data, sizeof(data));
        gia__pieces_add_blob(&bench->pieces, blob, spec->offset, spec->len, spec->base64);
        gia__blob_release(blob);
        break;
    case GIA__PIECE_FILE:
        gia__pieces_add_file(&bench->pieces, path, &mark, spec->offset, spec->len, spec->base64);
        break;
    }
}

static void check_body(const spec_t *specs, size_t count, size_t read_size)
{
    expected_t expected = {NULL, 0};
    char *out = malloc(read_size);
    size_t done = 0;
    int64_t len;
    bench_t bench;

    open_bench(&bench);
    for (size_t i = 0; i < count; i++) {
        add_piece(&bench, &specs[i]);
        expect(&expected, &specs[i]);
    }
    assert_int_equal(gia__pieces_length(&bench.pieces), expected.len);
    start_reading(&bench);
    while ((len = read_some(&bench, out, read_size)) > 0) {
        assert_true((size_t)len <= read_size);
        assert_true((size_t)len <= expected.len - done);
        assert_memory_equal(out, expected.bytes + done, (size_t)len);
        done += (size_t)len;
    }
    assert_int_equal(len, 0);
    assert_int_equal(done, expected.len);
    assert_int_equal(gia__body_read(&bench.body, out, read_size), 0); /* and stays so */
    close_bench(&bench);
    free(expected.bytes);
    free(out);
}

static void one_piece_of_any_kind_and_size(void **state)
{
    static const spec_t kinds[] = {
        {GIA__PIECE_TEXT, 0, 0, 0}, {GIA__PIECE_BLOB, 0, 0, 0}, {GIA__PIECE_BLOB, 1, 0, 0},
        {GIA__PIECE_FILE, 0, 0, 0}, {GIA__PIECE_FILE, 1, 0, 0},
    };
    static const size_t sizes[] = {
        0,         1,
        2,         3,
        4,         5,
        CHUNK - 1, CHUNK,
        CHUNK + 1, CHUNK + 2,
        CHUNK + 3, 2 * CHUNK - 1,
        2 * CHUNK, 2 * CHUNK + 1,
        3 * CHUNK, DATA_BYTES,
    };
    static const size_t read_sizes[] = {1, 2, 3, 4, 5, 7, 1000, CHUNK, 65536, 1 << 20};

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            for (size_t r = 0; r < sizeof(read_sizes) / sizeof(read_sizes[0]); r++) {
                spec_t spec = kinds[k];
                spec.len = sizes[i];
                if (sizes[i] / read_sizes[r] < 10000)
                    check_body(&spec, 1, read_sizes[r]);
            }
        }
    }
}

static void ranges_of_files(void **state)
{
    static const size_t edges[] = {0, 1, 2, 3, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK};

    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        for (size_t k = 0; k < sizeof(edges) / sizeof(edges[0]); k++) {
            for (int base64 = 0; base64 < 2; base64++) {
                spec_t spec = {GIA__PIECE_FILE, base64, edges[i], edges[k]};
                check_body(&spec, 1, 65536);
            }
        }
    }
}

static void many_pieces(void **state)
{
    static const size_t read_sizes[] = {1, 3, 5, 16384, 65536};
    static const size_t lens[] = {0, 1, 2, 3, 10, 1000, CHUNK, CHUNK + 1, 2 * CHUNK + 2};
    uint32_t random = 7;

    for (size_t round = 0; round < 200; round++) {
        spec_t specs[8];
        size_t count = 1 + round % 8;

        for (size_t i = 0; i < count; i++) {
            random = random * 1664525 + 1013904223;
            specs[i].kind = (gia__piece_kind_t)((random >> 24) % 3);
            specs[i].base64 = specs[i].kind != GIA__PIECE_TEXT && (random >> 16) & 1;
            specs[i].offset = (random >> 8) % 1000;
            specs[i].len = lens[(random >> 12) % (sizeof(lens) / sizeof(lens[0]))];
        }
        check_body(specs, count, read_sizes[round % 5]);
    }
}

/* -- files that are not what they were -- */

static void nothing(void) {}

static void unlink_it(void)
{
    assert_int_equal(unlink(path), 0);
}

static void replace(void)
{
    struct stat now;
    struct timespec times[2];

    assert_int_equal(stat(path, &now), 0);
    write_file(other_path);
    times[0] = now.st_atim;
    times[1] = now.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, other_path, times, 0), 0);
    assert_int_equal(rename(other_path, path), 0);
}

static void replace_with_pipe(void)
{
    assert_int_equal(mkfifo(other_path, 0600), 0);
    assert_int_equal(rename(other_path, path), 0);
}

static void replace_with_loop(void)
{
    unlink_it();
    assert_int_equal(symlink(path, path), 0);
}

static void append(void)
{
    FILE *out = fopen(path, "ab");

    assert_non_null(out);
    assert_int_equal(fputc('x', out), 'x');
    assert_int_equal(fclose(out), 0);
}

static void shorten(void)
{
    assert_int_equal(truncate(path, 3 * CHUNK + 1), 0);
}

static void touch(void)
{
    const struct timespec times[2] = {{1000000000, 5}, {1000000000, 5}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static const struct change_s {
    const char *name;
    void (*before)(void); /* before anything is read */
    void (*amid)(void);   /* when some was */
    uint64_t offset;
    int code; /* GIA_OK: what was opened is read to its end */
    const char *reason;
} changes[] = {
    {"unlinked", unlink_it, nothing, 0, GIA_EFILE_CHANGED, "it is gone"},
    {"replaced", replace, nothing, 0, GIA_EFILE_CHANGED, "another file has taken its place"},
    {"now a pipe", replace_with_pipe, nothing, 0, GIA_EFILE_CHANGED, "another file"},
    {"appended to", append, nothing, 0, GIA_EFILE_CHANGED, "its size has changed"},
    {"shortened", shorten, nothing, 0, GIA_EFILE_CHANGED, "its size has changed"},
    {"touched", touch, nothing, 0, GIA_EFILE_CHANGED, "it was modified"},
    {"cannot be opened", replace_with_loop, nothing, 0, GIA_EFILE, "too many symbolic links"},
    {"a range beyond it", nothing, nothing, 1, GIA_EFILE_CHANGED, "it has become shorter"},
    {"unlinked amid", nothing, unlink_it, 0, GIA_OK, NULL},
    {"replaced amid", nothing, replace, 0, GIA_OK, NULL},
    {"appended to amid", nothing, append, 0, GIA_EFILE_CHANGED, "its size has changed"},
    {"shortened amid", nothing, shorten, 0, GIA_EFILE_CHANGED, "it has become shorter"},
    {"touched amid", nothing, touch, 0, GIA_EFILE_CHANGED, "it was modified"},
};

static void check_change(const struct change_s *change, int base64)
{
    static char out[1000];
    const char *message = NULL;
    gia__file_mark_t mark;
    uint64_t done = 0;
    int64_t len;
    bench_t bench;

    write_file(path);
    mark = look_at(path);
    open_bench(&bench);
    gia__pieces_add_file(&bench.pieces, path, &mark, change->offset, DATA_BYTES, base64);
    change->before();
    start_reading(&bench);
    while ((len = read_some(&bench, out, sizeof(out))) > 0) {
        if (done == 0)
            change->amid();
        done += (uint64_t)len;
    }
    if (change->code == GIA_OK) {
        assert_int_equal(len, 0);
        assert_int_equal(done, gia__pieces_length(&bench.pieces));
        assert_int_equal(gia__body_error(&bench.body, &message), GIA_OK);
    } else {
        /* The server never gets all that was announced. */
        assert_int_equal(len, GIA__BODY_FAILED);
        assert_true(done < gia__pieces_length(&bench.pieces));
        assert_int_equal(gia__body_error(&bench.body, &message), change->code);
        if (strncmp(message, path, strlen(path)) != 0 || !strstr(message, change->reason))
            fail_msg("%s: %s", change->name, message);
        assert_int_equal(gia__body_read(&bench.body, out, sizeof(out)), GIA__BODY_FAILED);
    }
    close_bench(&bench);
    unlink(path);
}

static void files_that_change(void **state)
{
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        check_change(&changes[i], 0);
        check_change(&changes[i], 1);
    }
    write_file(path);
}

/* The builder refuses these; should one come here all the same, it ends well. */
static void things_that_are_no_files(void **state)
{
    char long_path[PATH_MAX + 100], below_file[128];
    const struct {
        const char *path;
        gia__file_mark_t mark;
        int code;
        const char *reason;
    } things[] = {
        {folder, look_at(folder), GIA_EFILE, "directory"},
        {below_file, look_at(path), GIA_EFILE_CHANGED, "it is gone"},
        {long_path, look_at(path), GIA_EFILE, "too long"},
    };

    snprintf(below_file, sizeof(below_file), "%s/below", path);
    memset(long_path, 'a', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
        const char *message = NULL;
        char out[16];
        bench_t bench;

        open_bench(&bench);
        gia__pieces_add_file(&bench.pieces, things[i].path, &things[i].mark, 0, 10, 0);
        start_reading(&bench);
        assert_int_equal(read_some(&bench, out, sizeof(out)), GIA__BODY_FAILED);
        assert_int_equal(gia__body_error(&bench.body, &message), things[i].code);
        assert_non_null(strstr(message, things[i].reason));
        close_bench(&bench);
    }
}

/* -- ends at any moment -- */

static void fill_with_files(bench_t *bench)
{
    static const spec_t specs[] = {
        {GIA__PIECE_TEXT, 0, 0, 100},
        {GIA__PIECE_FILE, 1, 0, 2 * CHUNK + 1},
        {GIA__PIECE_TEXT, 0, 0, 10},
        {GIA__PIECE_FILE, 0, 0, CHUNK + 1},
    };

    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
        add_piece(bench, &specs[i]);
}

static void an_end_at_every_stage(void **state)
{
    static char out[20000];
    int finished = 0;

    /* A step is a read or, if there was nothing to read, a turn of the loop. */
    for (int steps = 0; !finished; steps++) {
        bench_t bench;

        open_bench(&bench);
        fill_with_files(&bench);
        start_reading(&bench);
        for (int i = 0; i < steps && !finished; i++) {
            int64_t len = gia__body_read(&bench.body, out, sizeof(out));
            finished = len == 0;
            if (len == GIA__BODY_WAIT)
                uv_run(&bench.loop, UV_RUN_ONCE);
        }
        close_bench(&bench);
    }
}

static void memory_that_runs_out(void **state)
{
    bench_t bench;
    size_t open;

    open_bench(&bench);
    fill_with_files(&bench);
    open = bench.memory.n_open;
    bench.memory.n_allocations = 0;
    bench.memory.fail_at = 1; /* the only one */
    assert_int_equal(
        gia__body_init(&bench.body, &bench.allocator, bench.multi, &bench.pieces, on_ready, &bench),
        GIA_ENOMEM);
    assert_int_equal(bench.memory.n_allocations, 1);
    assert_int_equal(bench.memory.n_open, open);
    bench.memory.fail_at = 0;
    close_bench(&bench);
}

static uv_sem_t gate;

static void wait_at_gate(uv_work_t *work)
{
    uv_sem_wait(&gate);
}

static void passed(uv_work_t *work, int status)
{
    int *count = work->data;

    ++*count;
}

/* A read that no thread has begun is called off, and the rest does not wait for it. */
static void a_busy_pool_delays_no_close(void **state)
{
    uv_work_t work[POOL_THREADS];
    int passed_count = 0;
    bench_t bench;
    char out[200];

    assert_int_equal(uv_sem_init(&gate, 0), 0);
    open_bench(&bench);
    fill_with_files(&bench);
    for (int i = 0; i < POOL_THREADS; i++) {
        work[i].data = &passed_count;
        assert_int_equal(uv_queue_work(&bench.loop, &work[i], wait_at_gate, passed), 0);
    }
    start_reading(&bench);
    assert_int_equal(gia__body_read(&bench.body, out, sizeof(out)), 100);
    assert_int_equal(gia__body_read(&bench.body, out, sizeof(out)), GIA__BODY_WAIT);
    stop_reading(&bench);
    gia__multi_close(bench.multi, on_multi_closed, &bench);
    while (!bench.multi_closed)
        uv_run(&bench.loop, UV_RUN_ONCE);
    assert_int_equal(passed_count, 0);
    assert_int_equal(bench.memory.n_open, 0);

    for (int i = 0; i < POOL_THREADS; i++)
        uv_sem_post(&gate);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(passed_count, POOL_THREADS);
    assert_int_equal(uv_loop_close(&bench.loop), 0);
    uv_sem_destroy(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_piece_of_any_kind_and_size),
        cmocka_unit_test(ranges_of_files),
        cmocka_unit_test(many_pieces),
        cmocka_unit_test(files_that_change),
        cmocka_unit_test(things_that_are_no_files),
        cmocka_unit_test(an_end_at_every_stage),
        cmocka_unit_test(memory_that_runs_out),
        cmocka_unit_test(a_busy_pool_delays_no_close),
    };

    alarm(120); /* a test that hangs must not hang the suite */
    /* A fixed number of threads, so that a test can keep all of them busy. */
    setenv("UV_THREADPOOL_SIZE", "4", 1);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
