/* Uploads: in pieces, from memory and from files, and through every way in which they break. */
#include "world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "clock.h"
#include "wires.h"

enum { KIB = 1024, PIECE = 256 * KIB, MAX_TOLD = 64 };

/* -- one upload, and what it reports -- */

typedef struct upload_s {
    record_t record; /* first: its hooks get it back */
    gia_upload_options_t how;
    char *bytes;
    size_t len;
    int64_t told[MAX_TOLD];
    size_t told_count;
    char *name, *state, *sha256_hash;
    int64_t size_bytes;
    void (*on_progress)(struct upload_s *upload, int64_t sent); /* a hook */
} upload_t;

/* Bytes of which no two pieces are alike. */
static void fill(upload_t *upload, size_t len)
{
    uint32_t state = 1;

    upload->bytes = malloc(len ? len : 1);
    upload->len = len;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525 + 1013904223;
        upload->bytes[i] = (char)(state >> 24);
    }
}

static void on_progress(gia_call_t *call, int64_t sent, int64_t total, void *data)
{
    upload_t *upload = data;

    assert_int_equal(upload->record.done, 0);
    assert_int_equal(total, upload->len);
    assert_true(upload->told_count < MAX_TOLD);
    if (upload->told_count)
        assert_true(sent > upload->told[upload->told_count - 1]);
    upload->told[upload->told_count++] = sent;
    if (upload->on_progress)
        upload->on_progress(upload, sent);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void on_done(record_t *record, const gia_result_t *result)
{
    upload_t *upload = (upload_t *)record;

    if (!result->file)
        return;
    upload->name = copy(result->file->name);
    upload->state = copy(result->file->state_text);
    upload->sha256_hash = copy(result->file->sha256_hash);
    upload->size_bytes = result->file->size_bytes;
}

/* An upload of `len` bytes from memory, in pieces of 256 KiB. */
static void prepare(upload_t *upload, size_t len)
{
    memset(upload, 0, sizeof(*upload));
    upload->how = (gia_upload_options_t)GIA_UPLOAD_OPTIONS_INIT;
    fill(upload, len);
    upload->how.bytes = upload->bytes;
    upload->how.len = len;
    upload->how.mime_type = "application/octet-stream";
    upload->how.piece_bytes = PIECE;
    upload->how.on_progress = on_progress;
    upload->record.on_done = on_done;
}

static int start(world_t *world, upload_t *upload)
{
    gia_call_options_t options = record_options(&upload->record, world);
    int rc = gia_file_upload(&upload->record.call, world->client, &upload->how, &options);

    assert_int_equal(upload->record.done, 0);
    return rc;
}

static void run(world_t *world, upload_t *upload)
{
    assert_int_equal(start(world, upload), GIA_OK);
    world_run(world, &upload->record);
}

static void clear(upload_t *upload)
{
    free(upload->bytes);
    free(upload->name);
    free(upload->state);
    free(upload->sha256_hash);
    record_clear(&upload->record);
}

static void hash_of(const upload_t *upload, char hex[65])
{
    unsigned char digest[32];

    assert_int_equal(EVP_Digest(upload->bytes, upload->len, digest, NULL, EVP_sha256(), NULL), 1);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* It is over, well, and the service has the very bytes. */
static void assert_arrived(world_t *world, const upload_t *upload)
{
    sim_file_t file;
    char hex[65];

    if (upload->record.code != GIA_OK)
        fail_msg("%s: %s", gia_error_name(upload->record.code), upload->record.message);
    assert_int_equal(upload->record.done, 1);
    assert_non_null(upload->name);
    assert_int_equal(sim_file_by_name(world->sim, upload->name, &file), 0);
    hash_of(upload, hex);
    assert_string_equal(file.sha256, hex);
    assert_int_equal(file.size_bytes, upload->len);
    assert_int_equal(upload->size_bytes, upload->len);
    assert_true(upload->told_count >= 1);
    assert_int_equal(upload->told[upload->told_count - 1], upload->len);
}

static const char *sent_header(world_t *world, size_t index, const char *name)
{
    const char *value = sim_request_header(sim_request(world->sim, index), name);

    return value ? value : "(none)";
}

/* -- when all goes well -- */

static void memory_goes_in_pieces(void **state)
{
    static const struct {
        size_t len, pieces;
    } rows[] = {
        {1, 1}, {PIECE - 1, 1}, {PIECE, 1}, {PIECE + 1, 2}, {3 * PIECE, 3}, {5 * PIECE + 7, 6},
    };

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            world_t world;
            upload_t upload;
            size_t n;

            open_wire(&world, &wires[wire], NULL);
            prepare(&upload, rows[i].len);
            run(&world, &upload);
            assert_arrived(&world, &upload);
            assert_int_equal(sim_request_count(world.sim), 1 + rows[i].pieces);
            assert_int_equal(upload.record.attempts, 1 + rows[i].pieces);
            for (n = 0; n < rows[i].pieces; n++) {
                char offset[24];

                snprintf(offset, sizeof(offset), "%zu", n * PIECE);
                assert_string_equal(sent_header(&world, 1 + n, "x-goog-upload-offset"), offset);
                assert_string_equal(sent_header(&world, 1 + n, "x-goog-upload-command"),
                                    n + 1 == rows[i].pieces ? "upload, finalize" : "upload");
                assert_null(sim_request_header(sim_request(world.sim, 1 + n), "content-type"));
            }
            /* Nothing at first, then each piece. */
            assert_int_equal(upload.told_count, 1 + rows[i].pieces);
            assert_int_equal(upload.told[0], 0);
            for (n = 1; n < rows[i].pieces; n++)
                assert_int_equal(upload.told[n], n * PIECE);
            clear(&upload);
            world_close(&world);
        }
    }
}

static char *temporary_file(const char *name, const upload_t *upload)
{
    static char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "/tmp/gia-test-%ld-%s", (long)getpid(), name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(upload->bytes, 1, upload->len, file), upload->len);
    fclose(file);
    return path;
}

static void from_path(upload_t *upload, const char *path)
{
    upload->how.bytes = NULL;
    upload->how.len = 0;
    upload->how.path = path;
}

static void files_go_in_pieces(void **state)
{
    static const size_t lengths[] = {1, PIECE, 2 * PIECE + 100001};

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            world_t world;
            upload_t upload;
            char *path;

            open_wire(&world, &wires[wire], NULL);
            prepare(&upload, lengths[i]);
            path = temporary_file("upload.txt", &upload);
            from_path(&upload, path);
            upload.how.mime_type = NULL; /* the name tells */
            run(&world, &upload);
            assert_arrived(&world, &upload);
            assert_string_equal(sent_header(&world, 0, "x-goog-upload-header-content-type"),
                                "text/plain");
            assert_string_equal(sent_header(&world, 0, "x-goog-upload-file-name"),
                                strrchr(path, '/') + 1);
            unlink(path);
            clear(&upload);
            world_close(&world);
        }
    }
}

static void one_piece_is_8_mib(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    prepare(&upload, 8 * KIB * KIB + 5);
    upload.how.piece_bytes = 0;
    run(&world, &upload);
    assert_arrived(&world, &upload);
    assert_int_equal(sim_request_count(world.sim), 3);
    assert_int_equal(sim_request(world.sim, 1)->body_length, 8 * KIB * KIB);
    clear(&upload);
    world_close(&world);
}

/* The service may want larger pieces than the program. */
static void pieces_follow_the_granularity(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"service\":true,\"headers\":"
                         "{\"x-goog-upload-chunk-granularity\":\"786432\"}}]}");
    prepare(&upload, 4 * PIECE);
    run(&world, &upload);
    assert_arrived(&world, &upload);
    assert_int_equal(sim_request_count(world.sim), 3);
    assert_int_equal(sim_request(world.sim, 1)->body_length, 3 * PIECE);
    clear(&upload);
    world_close(&world);
}

/* -- breaks -- */

/* Each as the reply to one piece, whose service may have taken all of it, some, or nothing. */
static const struct {
    const char *name, *reply;
    int is_slow; /* a timeout ends it */
} faults[] = {
    {"reset before anything", "\"accept\":\"reset\",\"take_bytes\":0", 0},
    {"closed before anything", "\"accept\":\"close\",\"take_bytes\":0", 0},
    {"closed in the first bytes", "\"break_after\":1000", 0},
    {"reset in the middle", "\"break_after\":100000,\"end\":\"reset\"", 0},
    {"closed near the end", "\"break_after\":262143", 0},
    {"all taken, no answer", "\"service\":true,\"accept\":\"close\"", 0},
    {"all taken, reset", "\"service\":true,\"accept\":\"reset\"", 0},
    {"all taken, silence", "\"service\":true,\"framing\":\"length\",\"content_length\":999,"
                           "\"cut_at\":0,\"end\":\"stall\"", 1},
    {"503, nothing taken", "\"status\":503,\"take_bytes\":0", 0},
    {"503, but all taken", "\"service\":true,\"status\":503", 0},
    {"429", "\"status\":429,\"take_bytes\":0,\"headers\":{\"retry-after\":\"7\"}", 0},
    {"408", "\"status\":408,\"take_bytes\":0", 0},
    {"500, HTML", "\"status\":500,\"body_text\":\"<html>oops</html>\",\"take_bytes\":0", 0},
    {"no status, all taken", "\"service\":true,\"headers\":{\"x-goog-upload-status\":null}", 0},
    {"no status, nothing taken", "\"status\":200,\"body\":{},\"take_bytes\":0", 0},
    {"the answer is cut off", "\"service\":true,\"framing\":\"length\",\"content_length\":999,"
                              "\"cut_at\":0,\"end\":\"close\"", 0},
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

static void script_fault(world_t *world, size_t fault, size_t offset)
{
    char script[600];

    snprintf(script, sizeof(script),
             "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-command\":\"upload\","
             "\"x-goog-upload-offset\":\"%zu\"}},%s}]}",
             offset, faults[fault].reply);
    world_script(world, script);
}

/* The offset "0" is a part of all: so each match is one of a whole number. */
static void every_fault_at_every_piece(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t fault = 0; fault < FAULTS; fault++) {
            for (size_t piece = 0; piece < 3; piece++) {
                world_t world;
                upload_t upload;
                sim_upload_t seen;

                open_wire(&world, &wires[wire], NULL);
                prepare(&upload, 2 * PIECE + 262144 - 1);
                script_fault(&world, fault, piece * PIECE);
                if (getenv("VERBOSE"))
                    fprintf(stderr, "# %s, %s, piece %zu\n", wires[wire].name, faults[fault].name,
                            piece);
                run(&world, &upload);
                assert_arrived(&world, &upload);
                assert_int_equal(sim_script_pending(world.sim), 0);
                assert_int_equal(sim_upload(world.sim, 0, &seen), 0);
                assert_int_equal(seen.queries, 1);
                assert_int_equal(sim_upload(world.sim, 1, &seen), -1);
                clear(&upload);
                world_close(&world);
            }
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_goes_in_pieces),
        cmocka_unit_test(files_go_in_pieces),
        cmocka_unit_test(one_piece_is_8_mib),
        cmocka_unit_test(pieces_follow_the_granularity),
        cmocka_unit_test(every_fault_at_every_piece),
    };

    clock_virtual(1);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
