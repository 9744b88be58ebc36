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
} faults[] = {
    {"reset before anything", "\"accept\":\"reset\",\"take_bytes\":0"},
    {"closed before anything", "\"accept\":\"close\",\"take_bytes\":0"},
    {"closed in the first bytes", "\"break_after\":1000"},
    {"reset in the middle", "\"break_after\":100000,\"end\":\"reset\""},
    {"closed near the end", "\"break_after\":262143"},
    {"all taken, no answer", "\"service\":true,\"accept\":\"close\""},
    {"all taken, reset", "\"service\":true,\"accept\":\"reset\""},
    {"all taken, silence", "\"service\":true,\"framing\":\"length\",\"content_length\":999,"
                           "\"cut_at\":0,\"end\":\"stall\""},
    {"503, nothing taken", "\"status\":503,\"take_bytes\":0"},
    {"503, but all taken", "\"service\":true,\"status\":503"},
    {"429", "\"status\":429,\"take_bytes\":0,\"headers\":{\"retry-after\":\"7\"}"},
    {"408", "\"status\":408,\"take_bytes\":0"},
    {"500, HTML", "\"status\":500,\"body_text\":\"<html>oops</html>\",\"take_bytes\":0"},
    {"no status, all taken", "\"service\":true,\"headers\":{\"x-goog-upload-status\":null}"},
    {"no status, nothing taken", "\"status\":200,\"body\":{},\"take_bytes\":0"},
    {"the answer is cut off", "\"service\":true,\"framing\":\"length\",\"content_length\":999,"
                              "\"cut_at\":0,\"end\":\"close\""},
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

/* Breaks outside of pieces: the start, a question, and the file's own description. */
static void other_exchanges_break_too(void **state)
{
    static const struct {
        const char *script;
        unsigned queries;
    } rows[] = {
        {"{\"match\":{\"headers\":{\"x-goog-upload-command\":\"start\"}},\"accept\":\"reset\"}", 0},
        {"{\"match\":{\"headers\":{\"x-goog-upload-command\":\"start\"}},\"status\":503}", 0},
        {"{\"match\":{\"headers\":{\"x-goog-upload-command\":\"upload\"}},\"break_after\":7},"
         "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"query\"}},\"status\":502},"
         "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"query\"}},\"accept\":\"close\"}",
         1},
        /* The final answer is lost, and so is the one to the question for it. */
        {"{\"match\":{\"headers\":{\"x-goog-upload-command\":\"finalize\"}},\"service\":true,"
         "\"cut_at\":10,\"end\":\"close\"},"
         "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"query\"}},\"service\":true,"
         "\"cut_at\":20,\"end\":\"reset\"}",
         2},
    };

    for (size_t wire = 0; wire < WIRES; wire++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            char script[1000];
            world_t world;
            upload_t upload;
            sim_upload_t seen;

            open_wire(&world, &wires[wire], NULL);
            snprintf(script, sizeof(script), "{\"replies\":[%s]}", rows[i].script);
            world_script(&world, script);
            prepare(&upload, PIECE + 1);
            run(&world, &upload);
            assert_arrived(&world, &upload);
            assert_int_equal(sim_script_pending(world.sim), 0);
            assert_int_equal(sim_upload(world.sim, 0, &seen), 0);
            assert_int_equal(seen.queries, rows[i].queries);
            clear(&upload);
            world_close(&world);
        }
    }
}

#define LAST_PIECE "\"match\":{\"headers\":{\"x-goog-upload-command\":\"finalize\"}}"
#define QUESTION   "\"match\":{\"headers\":{\"x-goog-upload-command\":\"query\"}}"
#define FINAL      "\"status\":200,\"headers\":{\"x-goog-upload-status\":\"final\"}"

/* Of a file with a name the description can be got. */
static void a_final_answer_may_lack_the_file(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        world_t world;
        upload_t upload;

        open_wire(&world, &wires[wire], NULL);
        world_script(&world, "{\"replies\":[{" LAST_PIECE "," FINAL ",\"body_text\":\"\"},"
                             "{\"match\":{\"method\":\"GET\"},\"accept\":\"close\"},"
                             "{\"match\":{\"method\":\"GET\"},\"status\":500},"
                             "{\"match\":{\"method\":\"GET\"},\"body\":{\"name\":\"files/my-id\"}}"
                             "]}");
        prepare(&upload, PIECE + 1);
        upload.how.name = "files/my-id";
        run(&world, &upload);
        assert_int_equal(upload.record.code, GIA_OK);
        assert_int_equal(sim_script_pending(world.sim), 0);
        assert_string_equal(upload.name, "files/my-id");
        assert_string_equal(sim_request(world.sim, 5)->path, "/v1beta/files/my-id");
        assert_int_equal(upload.told[upload.told_count - 1], upload.len);
        clear(&upload);
        world_close(&world);
    }
}

/* A service that took every byte but did not hear that these are all has nothing left to get. */
static void what_is_complete_is_only_finalized(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    world_script(&world,
                 "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-command\":\"finalize\"}},"
                 "\"status\":503,\"take_bytes\":262144}]}");
    prepare(&upload, 2 * PIECE);
    run(&world, &upload);
    assert_arrived(&world, &upload);
    assert_int_equal(sim_request_count(world.sim), 5);
    assert_string_equal(sent_header(&world, 4, "x-goog-upload-command"), "finalize");
    assert_string_equal(sent_header(&world, 4, "x-goog-upload-offset"), "524288");
    assert_int_equal(sim_request(world.sim, 4)->body_length, 0);
    clear(&upload);
    world_close(&world);
}

/* It says to have a piece, and has not. */
static void a_misplaced_piece_is_sent_again(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    world_script(&world,
                 "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-command\":\"upload\"}},"
                 "\"status\":200,\"headers\":{\"x-goog-upload-status\":\"active\"},"
                 "\"take_bytes\":0}]}");
    prepare(&upload, 2 * PIECE);
    run(&world, &upload);
    assert_arrived(&world, &upload);
    assert_string_equal(sent_header(&world, 4, "x-goog-upload-offset"), "0");
    clear(&upload);
    world_close(&world);
}

#define ANY_PIECE "\"match\":{\"headers\":{\"x-goog-upload-command\":\"upload\"}}"

/* Pauses are random up to a time that grows, a break that brought nothing new uses the budget up, and the code is that of the
 * last break. */
static void the_budget_is_for_breaks_in_a_row(void **state)
{
    static const unsigned budgets[] = {GIA_NO_RESUME, 1, 2, 0, 7};
    static const unsigned long tries[] = {0, 1, 2, 5, 7};
    static const uint64_t longest_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 30000};

    for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        upload_t upload;

        world_open(&world, &options);
        world_script(&world, "{\"repeat\":true,\"replies\":[{" ANY_PIECE
                             ",\"status\":503,\"take_bytes\":0}]}");
        prepare(&upload, PIECE);
        upload.how.max_resumes = budgets[i];
        run(&world, &upload);
        assert_int_equal(upload.record.code, GIA_EUNAVAILABLE);
        assert_int_equal(upload.record.http_status, 503);
        assert_int_equal(upload.record.attempts, 2 + 2 * tries[i]);
        for (unsigned long n = 0; n < tries[i]; n++) {
            uint64_t gap_ms =
                sim_request(world.sim, 2 + 2 * n)->time - sim_request(world.sim, 1 + 2 * n)->time;
            assert_in_range(gap_ms, 0, longest_ms[n] + 50);
        }
        clear(&upload);
        world_close(&world);
    }
}

static void progress_renews_the_budget(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    world_script(&world, "{\"repeat\":true,\"replies\":[{" ANY_PIECE ",\"break_after\":262144}]}");
    prepare(&upload, 9 * PIECE + 1);
    upload.how.piece_bytes = 2 * PIECE;
    upload.how.max_resumes = 1;
    run(&world, &upload);
    assert_arrived(&world, &upload);
    clear(&upload);
    world_close(&world);
}

static void the_service_says_how_long_to_wait(void **state)
{
    static const struct {
        const char *value;
        int64_t waits_ms; /* -1: not at all */
    } rows[] = {{"0", 0}, {"7", 7000}, {"30", 30000}, {"31", -1}, {"99999999999", -1}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[400];
        world_t world;
        upload_t upload;

        world_open(&world, &options);
        snprintf(script, sizeof(script),
                 "{\"replies\":[{" ANY_PIECE ",\"status\":429,\"take_bytes\":0,"
                 "\"headers\":{\"retry-after\":\"%s\"}}]}",
                 rows[i].value);
        world_script(&world, script);
        prepare(&upload, PIECE);
        run(&world, &upload);
        if (rows[i].waits_ms < 0) {
            assert_int_equal(upload.record.code, GIA_ERATE_LIMITED);
            assert_true(upload.record.retry_after_ms > 30000);
            assert_int_equal(upload.record.attempts, 2);
        } else {
            assert_arrived(&world, &upload);
            assert_in_range(sim_request(world.sim, 2)->time - sim_request(world.sim, 1)->time,
                            rows[i].waits_ms, rows[i].waits_ms + 400);
        }
        clear(&upload);
        world_close(&world);
    }
}

/* The service lost what it had taken: it is sent again, and progress does not go back. */
static void lost_bytes_are_sent_again(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    /* Its own reckoning stays at 2 pieces, so that it refuses what comes for 0, once. */
    world_script(&world,
                 "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-offset\":\"524288\"}},"
                 "\"status\":503,\"take_bytes\":0},"
                 "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"query\"}},\"service\":true,"
                 "\"headers\":{\"x-goog-upload-size-received\":\"262144\"}},"
                 "{\"match\":{\"headers\":{\"x-goog-upload-offset\":\"262144\"}},\"service\":true},"
                 "{\"match\":{\"headers\":{\"x-goog-upload-offset\":\"262144\"}},\"status\":200,"
                 "\"body\":{},\"headers\":{\"x-goog-upload-status\":\"active\","
                 "\"x-goog-upload-size-received\":\"524288\"}}]}");
    prepare(&upload, 3 * PIECE);
    run(&world, &upload);
    assert_arrived(&world, &upload);
    assert_int_equal(sim_script_pending(world.sim), 0);
    clear(&upload);
    world_close(&world);
}

/* -- what is no break, but the end -- */

static void some_answers_are_final(void **state)
{
    static const struct {
        const char *script;
        int code;
        unsigned attempts;
        const char *says;
    } rows[] = {
        {"{\"fixture\":\"steps/error_403_permission_denied.json\"}", GIA_EPERMISSION, 1, ""},
        {"{\"status\":400,\"body\":{\"error\":{\"code\":400,\"message\":\"no\"}}}",
         GIA_EBAD_REQUEST, 1, "no"},
        {"{\"status\":200,\"body\":{}}", GIA_EPROTOCOL, 1, "names no upload URL"},
        {"{\"status\":302,\"headers\":{\"location\":\"/x\"}}", GIA_EREDIRECT, 1, ""},
        {"{" ANY_PIECE ",\"status\":404,\"take_bytes\":0}", GIA_ENOT_FOUND, 2, ""},
        {"{" ANY_PIECE ",\"status\":400,\"take_bytes\":0}", GIA_EBAD_REQUEST, 2, ""},
        {"{" ANY_PIECE ",\"status\":200,\"headers\":{\"x-goog-upload-status\":\"final\"}}",
         GIA_EPROTOCOL, 2, "before it had all"},
        {"{" ANY_PIECE ",\"status\":200,\"headers\":{\"x-goog-upload-status\":\"cancelled\"}}",
         GIA_EPROTOCOL, 2, "given the upload up"},
        {"{" ANY_PIECE ",\"status\":200,\"headers\":{\"x-goog-upload-status\":\"active\","
         "\"x-goog-upload-size-received\":\"262145\"}}",
         GIA_EPROTOCOL, 2, "not sent"},
        {"{" ANY_PIECE ",\"status\":200,\"headers\":{\"x-goog-upload-status\":\"active\","
         "\"x-goog-upload-size-received\":\"-1\"}}",
         GIA_EPROTOCOL, 2, "not sent"},
        {"{" LAST_PIECE "," FINAL ",\"body_text\":\"\"}", GIA_EPROTOCOL, 3, "not name the file"},
        {"{" LAST_PIECE "," FINAL ",\"body\":{\"file\":{}}}", GIA_EPROTOCOL, 3, "not a file"},
        {"{" LAST_PIECE "," FINAL ",\"body_text\":\"nonsense\"}", GIA_EJSON, 3, "not a file"},
        {"{" LAST_PIECE "," FINAL ",\"body\":{\"error\":{\"code\":\"invalid_request\","
         "\"message\":\"bad bytes\"}}}",
         GIA_EBAD_REQUEST, 3, "bad bytes"},
        /* to a question */
        {"{" ANY_PIECE ",\"accept\":\"close\"},{" QUESTION ",\"status\":200,\"body\":{}}",
         GIA_EPROTOCOL, 3, "given the upload up"},
        {"{" ANY_PIECE ",\"accept\":\"close\"},{" QUESTION ",\"status\":200,\"body\":{},"
         "\"headers\":{\"x-goog-upload-status\":\"cancelled\"}}",
         GIA_EPROTOCOL, 3, "given the upload up"},
        {"{" ANY_PIECE ",\"accept\":\"close\"},{" QUESTION ",\"status\":200,\"body\":{},"
         "\"headers\":{\"x-goog-upload-status\":\"active\"}}",
         GIA_EPROTOCOL, 3, "how many bytes"},
        {"{" ANY_PIECE ",\"accept\":\"close\"},{" QUESTION ",\"status\":200,\"body\":{},"
         "\"headers\":{\"x-goog-upload-status\":\"active\","
         "\"x-goog-upload-size-received\":\"99999999999999999999\"}}",
         GIA_EPROTOCOL, 3, "how many bytes"},
        {"{" ANY_PIECE ",\"accept\":\"close\"},{" QUESTION ",\"status\":200,\"body\":{},"
         "\"headers\":{\"x-goog-upload-status\":\"active\",\"x-goog-upload-size-received\":\"\"}}",
         GIA_EPROTOCOL, 3, "how many bytes"},
        {"{" ANY_PIECE ",\"accept\":\"close\"},{" QUESTION ",\"status\":200,\"body\":{},"
         "\"headers\":{\"x-goog-upload-status\":\"active\","
         "\"x-goog-upload-size-received\":\"262146\"}}",
         GIA_EPROTOCOL, 3, "how many bytes"},
        {"{" ANY_PIECE ",\"accept\":\"close\"},{" QUESTION ",\"status\":404}", GIA_ENOT_FOUND, 3,
         ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[1000];
        world_t world;
        upload_t upload;

        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[%s]}", rows[i].script);
        world_script(&world, script);
        prepare(&upload, PIECE + 1);
        run(&world, &upload);
        if (upload.record.code != rows[i].code || upload.record.attempts != rows[i].attempts ||
            !strstr(upload.record.message, rows[i].says))
            fail_msg("row %zu: %s, %u attempts: %s", i, gia_error_name(upload.record.code),
                     upload.record.attempts, upload.record.message);
        assert_null(upload.name);
        clear(&upload);
        world_close(&world);
    }
}

static const char *shrinking;

static void shrink(upload_t *upload, int64_t sent)
{
    if (sent == PIECE)
        assert_int_equal(truncate(shrinking, 2 * PIECE), 0);
}

/* A file may change only until it is looked at. */
static void a_file_that_changes_is_refused(void **state)
{
    enum { SHRINKS, GROWS, VANISHES, IS_REPLACED, CHANGES, SHRINKS_LATER };

    for (int change = SHRINKS; change <= SHRINKS_LATER; change++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        upload_t upload;
        char path[200];
        FILE *file;

        world_open(&world, &options);
        prepare(&upload, 3 * PIECE);
        snprintf(path, sizeof(path), "%s", temporary_file("changing.bin", &upload));
        from_path(&upload, path);
        assert_int_equal(start(&world, &upload), GIA_OK);
        switch (change) {
        case SHRINKS: assert_int_equal(truncate(path, PIECE + 5), 0); break;
        case GROWS: assert_int_equal(truncate(path, 4 * PIECE), 0); break;
        case VANISHES: unlink(path); break;
        case SHRINKS_LATER:
            shrinking = path;
            upload.on_progress = shrink;
            break;
        case IS_REPLACED:
            unlink(path);
            /* FALLTHROUGH */
        default:
            file = fopen(path, "wb");
            assert_int_equal(fwrite(upload.bytes, 1, upload.len, file), upload.len);
            fclose(file);
            assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[2]){{1, 1}, {1, 1}}, 0), 0);
        }
        world_run(&world, &upload.record);
        assert_int_equal(upload.record.code, GIA_EFILE_CHANGED);
        assert_non_null(strstr(upload.record.message, "changing.bin"));
        assert_int_equal(sim_file_by_name(world.sim, "anything", &(sim_file_t){0}), -1);
        unlink(path);
        clear(&upload);
        world_close(&world);
    }
}

/* -- what is refused before anything is sent -- */

static void bad_arguments(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    gia_call_options_t call_options = GIA_CALL_OPTIONS_INIT;
    const gia_upload_options_t plain = GIA_UPLOAD_OPTIONS_INIT;
    char message[512];
    world_t world;
    gia_upload_options_t how;

#define REFUSED(expected, words, ...)                                                              \
    do {                                                                                           \
        how = plain;                                                                               \
        how.bytes = "hello";                                                                       \
        how.len = 5;                                                                               \
        how.mime_type = "text/plain";                                                              \
        __VA_ARGS__;                                                                               \
        assert_int_equal(gia_file_upload(NULL, world.client, &how, &call_options), expected);      \
        assert_int_equal(gia_upload_check(&how, message, sizeof(message)), expected);              \
        assert_string_equal(message, words);                                                       \
    } while (0)

#define BAD_TYPE   "mime_type is none: it looks like \"image/png\""
#define BAD_NAME   "name is none that a file can have: it looks like \"my-id\" or \"files/my-id\""
#define BAD_PIECES "piece_bytes is no multiple of 262,144, or too large"

    world_open(&world, &options);
    REFUSED(GIA_EINVAL, "upload.size is not set: start from GIA_UPLOAD_OPTIONS_INIT", how.size = 0);
    REFUSED(GIA_EINVAL, "neither path nor bytes is set", how.bytes = NULL);
    REFUSED(GIA_EINVAL, "path and bytes are both set", how.path = "/dev/null");
    REFUSED(GIA_EINVAL, "there are no bytes, or too many", how.len = 0);
    REFUSED(GIA_EINVAL, "mime_type is NULL and the first bytes do not tell it; give one",
            how.mime_type = NULL); /* five letters could be anything */
    REFUSED(GIA_EINVAL, BAD_TYPE, how.mime_type = "");
    REFUSED(GIA_EINVAL, BAD_TYPE, how.mime_type = "text");
    REFUSED(GIA_EINVAL, BAD_TYPE, how.mime_type = "text/plain\r\nEvil: 1");
    REFUSED(GIA_EINVAL, BAD_TYPE, how.mime_type = "text/pl\x7fin");
    REFUSED(GIA_EINVAL, BAD_NAME, how.name = "");
    REFUSED(GIA_EINVAL, BAD_NAME, how.name = "files/");
    REFUSED(GIA_EINVAL, BAD_NAME, how.name = "files/..");
    REFUSED(GIA_EINVAL, BAD_NAME, how.name = "files/a/b");
    REFUSED(GIA_EINVAL, BAD_NAME, how.name = "a\r\nb");
    REFUSED(GIA_EINVAL, BAD_NAME, how.name = "a\xff");
    REFUSED(GIA_EINVAL, "display_name is not valid UTF-8", how.display_name = "not UTF-8: \xff");
    REFUSED(GIA_EINVAL, BAD_PIECES, how.piece_bytes = 1);
    REFUSED(GIA_EINVAL, BAD_PIECES, how.piece_bytes = PIECE + 1);
    REFUSED(GIA_EINVAL, BAD_PIECES, how.piece_bytes = SIZE_MAX - SIZE_MAX % PIECE);
    REFUSED(GIA_EINVAL, "wait_timeout_ms is negative and not GIA_NO_TIMEOUT",
            how.wait_timeout_ms = -2);
    REFUSED(GIA_EINVAL, "path is not valid UTF-8", how.bytes = NULL; how.path = "/tmp/\xff");
    REFUSED(GIA_EFILE, "there is no such file: /nowhere/to/be/found.txt", how.bytes = NULL;
            how.path = "/nowhere/to/be/found.txt");
    REFUSED(GIA_EFILE, "a directory is not a file: /tmp", how.bytes = NULL; how.path = "/tmp");
    /* and an empty one likewise */
    REFUSED(GIA_EFILE, "this is no regular file: /dev/null", how.bytes = NULL;
            how.path = "/dev/null");
#undef REFUSED
    assert_int_equal(gia_file_upload(NULL, world.client, NULL, NULL), GIA_EINVAL);
    assert_int_equal(gia_upload_check(NULL, message, sizeof(message)), GIA_EINVAL);
    assert_string_equal(message, "upload is NULL");
    assert_int_equal(gia_file_upload(NULL, NULL, &plain, NULL), GIA_EINVAL);
    assert_int_equal(gia_client_call_count(world.client), 0);
    assert_int_equal(sim_request_count(world.sim), 0);
    world_close(&world);
}

/* One line that has an end and whole characters, whatever the path and the room for it. */
static void a_check_needs_no_room(void **state)
{
    gia_upload_options_t how = GIA_UPLOAD_OPTIONS_INIT;
    char message[40];

    how.path = "/nowhere/\n\xc3\xa4.txt";
    assert_int_equal(gia_upload_check(&how, NULL, 0), GIA_EFILE);
    assert_int_equal(gia_upload_check(&how, NULL, sizeof(message)), GIA_EFILE);
    message[0] = 'x';
    assert_int_equal(gia_upload_check(&how, message, 0), GIA_EFILE);
    assert_int_equal(message[0], 'x');
    assert_int_equal(gia_upload_check(&how, message, 1), GIA_EFILE);
    assert_string_equal(message, "");
    assert_int_equal(gia_upload_check(&how, message, sizeof(message)), GIA_EFILE);
    assert_string_equal(message, "there is no such file: /nowhere/?\xc3\xa4.txt");
    assert_int_equal(gia_upload_check(&how, message, 35), GIA_EFILE);
    assert_string_equal(message, "there is no such file: /nowhere/?");
    how.path = NULL;
    how.bytes = "\x89PNG\r\n\x1a\n";
    how.len = 8;
    assert_int_equal(gia_upload_check(&how, message, sizeof(message)), GIA_OK);
    assert_string_equal(message, "the upload can be started");
}

static void an_empty_file_is_refused(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;
    char *path;

    world_open(&world, &options);
    prepare(&upload, 0);
    path = temporary_file("empty.txt", &upload);
    from_path(&upload, path);
    assert_int_equal(start(&world, &upload), GIA_EFILE);
    unlink(path);
    clear(&upload);
    world_close(&world);
}

/* A name that no header can have is left out: nobody needs it. */
static void odd_file_names(void **state)
{
    static const char *const names[] = {"na\nme.txt", "n\xc3\xa4me.txt", "a b.txt"};

    for (size_t i = 0; i < 3; i++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        upload_t upload;
        char path[200];

        world_open(&world, &options);
        prepare(&upload, 10);
        snprintf(path, sizeof(path), "%s", temporary_file(names[i], &upload));
        from_path(&upload, path);
        run(&world, &upload);
        assert_arrived(&world, &upload);
        if (i < 2)
            assert_null(sim_request_header(sim_request(world.sim, 0), "x-goog-upload-file-name"));
        else
            assert_string_equal(sent_header(&world, 0, "x-goog-upload-file-name"),
                                strrchr(path, '/') + 1);
        unlink(path);
        clear(&upload);
        world_close(&world);
    }
}

/* -- upload URLs that a server names -- */

static void bytes_stay_on_the_configured_origin(void **state)
{
    static const struct {
        const char *url;
        int is_fine;
    } rows[] = {
        {"http://127.0.0.1:9/upload/v1beta/files?upload_id=simulated-upload-1", 1},
        {"https://elsewhere.example/upload/v1beta/files?upload_id=simulated-upload-1", 1},
        {"HTTP://elsewhere.example:1/upload/v1beta/files?upload_id=simulated-upload-1", 1},
        {"", 0},
        {"/upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"//127.0.0.1:9/upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"javascript:alert(1)", 0},
        {"file:///etc/passwd", 0},
        {"ftp://127.0.0.1:9/upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"http://user@127.0.0.1:9/upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"http://user:word@elsewhere.example/upload/v1beta/files", 0},
        {"http:///upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"http://:80/upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"http://127.0.0.1:9/upload/v1beta/files?upload_id=simulated upload-1", 0},
        {"http://127.0.0.1:9/upload/v1beta/files#x?upload_id=simulated-upload-1", 0},
        {"http://127.0.0.1:9/a/../upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"http://127.0.0.1:9/a/%2E%2e/upload/v1beta/files?upload_id=simulated-upload-1", 0},
        {"http://127.0.0.1:9/upload\\\\v1beta/files?upload_id=simulated-upload-1", 0},
        {"http://127.0.0.1:9/upload/v1beta/f\\u00efles?upload_id=simulated-upload-1", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[400];
        world_t world;
        upload_t upload;

        world_open(&world, &options);
        snprintf(script, sizeof(script),
                 "{\"replies\":[{\"service\":true,\"headers\":{\"x-goog-upload-url\":\"%s\"}}]}",
                 rows[i].url);
        world_script(&world, script);
        prepare(&upload, PIECE + 1);
        run(&world, &upload);
        if (rows[i].is_fine) {
            assert_arrived(&world, &upload);
        } else {
            if (upload.record.code != GIA_EPROTOCOL)
                fail_msg("%s: %s", rows[i].url, upload.record.message);
            assert_int_equal(sim_request_count(world.sim), 1);
        }
        clear(&upload);
        world_close(&world);
    }
}

/* A line end in a header is the end of the header, whatever was meant. */
static void a_cut_upload_url_is_refused(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    world_script(&world,
                 "{\"replies\":[{\"raw\":\"HTTP/1.1 200 OK\\r\\nX-Goog-Upload-URL: http://\\r"
                 "\\nEvil: /x\\r\\nContent-Length: 0\\r\\n\\r\\n\"}]}");
    prepare(&upload, 1);
    run(&world, &upload);
    assert_int_equal(upload.record.code, GIA_EPROTOCOL);
    clear(&upload);
    world_close(&world);
}

/* Behind a proxy with a path, which the service may know of or not. */
static void a_path_in_the_base_url_is_kept(void **state)
{
    static const char *const urls[] = {
        "https://real.example/upload/v1beta/files?upload_id=simulated-upload-1",
        "https://real.example/proxy/gemini/upload/v1beta/files?upload_id=simulated-upload-1",
    };

    for (size_t i = 0; i < 2; i++) {
        world_options_t options = WORLD_OPTIONS;
        char base[200], script[400];
        world_t world, proxy;
        upload_t upload;

        world_open(&world, &options); /* only for its port */
        snprintf(base, sizeof(base), "%s/proxy/gemini/", sim_url(world.sim));
        options.config.base_url = base;
        world_open(&proxy, &options);
        snprintf(script, sizeof(script),
                 "{\"replies\":[{\"service\":true,\"headers\":{\"x-goog-upload-url\":\"%s\"}}]}",
                 urls[i]);
        world_script(&world, script);
        prepare(&upload, PIECE + 1);
        assert_int_equal(start(&proxy, &upload), GIA_OK);
        while (!upload.record.done) {
            uv_run(&proxy.loop, UV_RUN_NOWAIT);
            uv_run(&world.loop, UV_RUN_NOWAIT);
        }
        assert_arrived(&world, &upload);
        for (size_t n = 0; n < 3; n++)
            assert_string_equal(sim_request(world.sim, n)->path,
                                "/proxy/gemini/upload/v1beta/files");
        clear(&upload);
        world_close(&proxy);
        world_close(&world);
    }
}

/* -- until it is usable -- */

static void an_upload_may_wait_until_the_file_is_active(void **state)
{
    static const uint64_t pauses_ms[] = {1000, 1500, 2250};
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    options.sim.file_polls = 3;
    for (int waits = 0; waits < 2; waits++) {
        world_open(&world, &options);
        prepare(&upload, 3 * PIECE);
        upload.how.mime_type = "video/mp4";
        upload.how.wait_until_active = waits;
        run(&world, &upload);
        assert_arrived(&world, &upload);
        assert_string_equal(upload.state, waits ? "ACTIVE" : "PROCESSING");
        assert_int_equal(sim_request_count(world.sim), waits ? 8 : 4);
        if (waits) {
            for (size_t n = 0; n < 3; n++)
                assert_in_range(sim_request(world.sim, 4 + n)->time -
                                    sim_request(world.sim, 3 + n)->time,
                                pauses_ms[n] * 9 / 10, pauses_ms[n] * 11 / 10 + 50);
            assert_string_equal(sim_request(world.sim, 7)->method, "GET");
        }
        clear(&upload);
        world_close(&world);
    }
}

static void a_file_that_fails_is_an_error(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    prepare(&upload, 10);
    upload.how.display_name = "this must fail";
    upload.how.wait_until_active = 1;
    run(&world, &upload);
    assert_int_equal(upload.record.code, GIA_EFILE_FAILED);
    assert_non_null(strstr(upload.record.message, "its name says so"));
    assert_string_equal(upload.state, "FAILED");
    clear(&upload);
    world_close(&world);
}

static void a_file_that_takes_too_long_is_handed_over(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    options.sim.file_polls = 1000;
    world_open(&world, &options);
    prepare(&upload, 10);
    upload.how.mime_type = "video/mp4";
    upload.how.wait_until_active = 1;
    upload.how.wait_timeout_ms = 20000;
    run(&world, &upload);
    assert_int_equal(upload.record.code, GIA_EFILE_NOT_ACTIVE);
    assert_non_null(strstr(upload.record.message, "PROCESSING"));
    assert_string_equal(upload.state, "PROCESSING");
    /* After 1, 2.5, 4.75, 8, 13 and, for the last time, 18 seconds. */
    assert_int_equal(sim_request_count(world.sim), 2 + 6);
    assert_in_range(upload.record.done_ms - sim_request(world.sim, 1)->time, 20000, 20050);
    clear(&upload);
    world_close(&world);
}

static void a_file_without_a_usable_name_cannot_be_waited_for(void **state)
{
    static const char *const files[] = {"{\"uri\":\"https://x/1\"}", "{\"name\":\"files/../x\"}"};

    for (size_t i = 0; i < 2; i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[300];
        world_t world;
        upload_t upload;

        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[{" LAST_PIECE "," FINAL ",\"body\":%s}]}",
                 files[i]);
        world_script(&world, script);
        prepare(&upload, 10);
        upload.how.wait_until_active = 1;
        run(&world, &upload);
        assert_int_equal(upload.record.code, GIA_EPROTOCOL);
        assert_int_equal(sim_request_count(world.sim), 2);
        clear(&upload);
        world_close(&world);
    }
}

/* -- at any moment -- */

/* Announced, two pieces, one of them twice and with a pause before, then three looks. */
static void begin_long_story(world_t *world, upload_t *upload)
{
    world_options_t options = WORLD_OPTIONS;

    world_open(world, &options);
    world_script(world, "{\"replies\":[{" LAST_PIECE ",\"status\":503,\"take_bytes\":0}]}");
    prepare(upload, 2 * PIECE);
    upload->how.mime_type = "video/mp4";
    upload->how.wait_until_active = 1;
    assert_int_equal(start(world, upload), GIA_OK);
}

/* Lets the loop turn so often; 0 if the upload is over before. */
static int turn(world_t *world, const upload_t *upload, unsigned turns)
{
    while (turns-- && !upload->record.done)
        uv_run(&world->loop, UV_RUN_ONCE);
    return !upload->record.done;
}

static void it_can_be_stopped_at_any_moment(void **state)
{
    for (int close = 0; close < 2; close++) {
        unsigned turns;

        for (turns = 0;; turns++) {
            world_t world;
            upload_t upload;
            int is_under_way;

            begin_long_story(&world, &upload);
            is_under_way = turn(&world, &upload, turns);
            if (is_under_way && close) {
                world_close_client(&world);
            } else if (is_under_way) {
                gia_call_cancel(upload.record.call);
                gia_call_cancel(upload.record.call);
            }
            world_run(&world, &upload.record);
            assert_int_equal(upload.record.code, is_under_way ? GIA_ECANCELED : GIA_OK);
            world_close(&world);
            assert_int_equal(upload.record.done, 1);
            clear(&upload);
            if (!is_under_way)
                break;
        }
        assert_true(turns > 30);
    }
}

static void it_can_be_paused_at_any_moment(void **state)
{
    unsigned turns;

    for (turns = 0;; turns++) {
        world_t world;
        upload_t upload;
        int is_under_way;

        begin_long_story(&world, &upload);
        is_under_way = turn(&world, &upload, turns);
        if (is_under_way) {
            gia_call_pause(upload.record.call);
            world_pass(&world, 60 * 1000);
            assert_int_equal(upload.record.done, 0);
            gia_call_resume(upload.record.call);
        }
        world_run(&world, &upload.record);
        assert_arrived(&world, &upload);
        assert_string_equal(upload.state, "ACTIVE");
        clear(&upload);
        world_close(&world);
        if (!is_under_way)
            break;
    }
    assert_true(turns > 30);
}

enum in_progress { CANCEL, CLOSE, PAUSE };

static enum in_progress what_then;
static int64_t at_bytes;

static void interfere(upload_t *upload, int64_t sent)
{
    if (sent != at_bytes)
        return;
    switch (what_then) {
    case CANCEL: gia_call_cancel(upload->record.call); break;
    case CLOSE: world_close_client(upload->record.world); break;
    case PAUSE: gia_call_pause(upload->record.call); break;
    }
}

/* Also when it is told that all is there, by the answer to the last piece or to a question. */
static void everything_is_allowed_in_on_progress(void **state)
{
    for (size_t wire = 0; wire < 2 * WIRES; wire++) {
        for (at_bytes = 0; at_bytes <= 2 * PIECE; at_bytes += PIECE) {
            for (what_then = CANCEL; what_then <= PAUSE; what_then++) {
                world_t world;
                upload_t upload;

                open_wire(&world, &wires[wire / 2], NULL);
                if (wire % 2)
                    world_script(&world, "{\"replies\":[{" LAST_PIECE
                                         ",\"service\":true,\"accept\":\"close\"}]}");
                prepare(&upload, 2 * PIECE);
                upload.on_progress = interfere;
                assert_int_equal(start(&world, &upload), GIA_OK);
                if (what_then == PAUSE) {
                    world_pass(&world, 60 * 1000);
                    assert_int_equal(upload.record.done, 0);
                    assert_int_equal(upload.told[upload.told_count - 1], at_bytes);
                    gia_call_resume(upload.record.call);
                }
                world_run(&world, &upload.record);
                if (what_then == PAUSE)
                    assert_arrived(&world, &upload);
                else
                    assert_int_equal(upload.record.code, GIA_ECANCELED);
                assert_int_equal(upload.told[upload.told_count - 1],
                                 what_then == PAUSE ? 2 * PIECE : at_bytes);
                clear(&upload);
                world_close(&world);
            }
        }
    }
}

static void the_total_timeout_is_for_the_whole(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;
    gia_call_options_t call_options;

    options.sim.file_polls = 1000;
    world_open(&world, &options);
    prepare(&upload, 10);
    upload.how.mime_type = "video/mp4";
    upload.how.wait_until_active = 1;
    call_options = record_options(&upload.record, &world);
    call_options.total_timeout_ms = 12345;
    assert_int_equal(gia_file_upload(&upload.record.call, world.client, &upload.how, &call_options),
                     GIA_OK);
    world_run(&world, &upload.record);
    assert_int_equal(upload.record.code, GIA_ETOTAL_TIMEOUT);
    assert_string_equal(upload.state, "PROCESSING");
    assert_in_range(upload.record.done_ms - sim_request(world.sim, 0)->time, 12000, 12700);
    clear(&upload);
    world_close(&world);
}

/* A token may expire between any two exchanges. */
static void get_token(gia_client_t *client, const char *refused, void *data)
{
    assert_int_equal(gia_client_set_bearer_token(client, refused ? "new" : "old"), GIA_OK);
}

static void expire(upload_t *upload, int64_t sent)
{
    if (sent == (int64_t)upload->len)
        sim_set_credential(upload->record.world->sim, "new");
}

static void tokens_are_renewed_on_the_way(void **state)
{
    for (int at_start = 0; at_start < 2; at_start++) {
        world_options_t options = WORLD_OPTIONS;
        world_t world;
        upload_t upload;

        options.config.get_token = get_token;
        world_open(&world, &options);
        if (at_start)
            sim_set_credential(world.sim, "new");
        prepare(&upload, 2 * PIECE);
        upload.on_progress =
            at_start ? NULL : expire; /* the service is only looked at from there */
        upload.how.mime_type = "video/mp4";
        upload.how.wait_until_active = 1;
        run(&world, &upload);
        assert_arrived(&world, &upload);
        assert_int_equal(sim_request_count(world.sim), 1 + 2 + 3 + 1);
        clear(&upload);
        world_close(&world);
    }
}

static unsigned tokens_given;

static void get_next_token(gia_client_t *client, const char *refused, void *data)
{
    char token[16];

    snprintf(token, sizeof(token), "t%u", ++tokens_given);
    assert_int_equal(gia_client_set_bearer_token(client, token), GIA_OK);
}

/* An upload may outlive any number of tokens. */
static void each_token_may_expire(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    tokens_given = 0;
    options.config.get_token = get_next_token;
    world_open(&world, &options);
    for (int i = 0; i < 3; i++) {
        char script[200];
        snprintf(script, sizeof(script),
                 "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-offset\":\"%d\"}},"
                 "\"fixture\":\"steps/error_401_authentication.json\",\"take_bytes\":0}]}",
                 i * PIECE);
        world_script(&world, script);
    }
    prepare(&upload, 3 * PIECE);
    run(&world, &upload);
    assert_arrived(&world, &upload);
    assert_int_equal(tokens_given, 4);
    clear(&upload);
    world_close(&world);
}

/* A service that takes a byte a piece would be fed for ever. */
static void a_byte_a_piece_is_no_progress(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    for (int i = 1; i <= 100; i++) {
        char script[300];
        snprintf(script, sizeof(script),
                 "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-command\":\"query\"}},"
                 "\"status\":200,\"headers\":{\"x-goog-upload-status\":\"active\","
                 "\"x-goog-upload-size-received\":\"%d\"}}]}",
                 i);
        world_script(&world, script);
    }
    world_script(&world, "{\"repeat\":true,\"replies\":[{" ANY_PIECE ",\"status\":503}]}");
    prepare(&upload, 2 * PIECE);
    run(&world, &upload);
    assert_int_equal(upload.record.code, GIA_EUNAVAILABLE);
    assert_true(upload.record.attempts < 16);
    clear(&upload);
    world_close(&world);
}

static void cancel_at_the_end(upload_t *upload, int64_t sent)
{
    if (sent == (int64_t)upload->len)
        gia_call_cancel(upload->record.call);
}

/* That all has arrived may only turn out by a question: who cancels then hears that he did. */
static void canceled_in_the_last_progress(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    upload_t upload;

    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"match\":{\"headers\":{\"x-goog-upload-command\":"
                         "\"upload, finalize\"}},\"service\":true,\"accept\":\"reset\"}]}");
    prepare(&upload, PIECE);
    upload.on_progress = cancel_at_the_end;
    run(&world, &upload);
    assert_int_equal(upload.record.code, GIA_ECANCELED);
    clear(&upload);
    world_close(&world);
}

/* -- without memory -- */

static void every_allocation_may_fail(void **state)
{
    for (int from_file = 0; from_file < 2; from_file++) {
        for (int all_after = 0; all_after < 2; all_after++) {
            size_t n = 0, all = 0, total;

            do {
                world_options_t options = WORLD_OPTIONS;
                char path[200];
                world_t world;
                upload_t upload;
                int rc;

                world_open(&world, &options);
                world_script(&world,
                             "{\"replies\":[{" LAST_PIECE ",\"status\":503,\"take_bytes\":0}]}");
                prepare(&upload, PIECE + 1000);
                upload.how.mime_type = "video/mp4";
                upload.how.name = "my-id";
                upload.how.display_name = "mine";
                upload.how.wait_until_active = 1;
                snprintf(path, sizeof(path), "%s", temporary_file("memory.mp4", &upload));
                if (from_file)
                    from_path(&upload, path);
                total = world.memory.total;
                world.memory.fail_at = n ? total + n : 0;
                world.memory.fail_all_after = all_after;
                rc = start(&world, &upload);
                if (rc == GIA_OK) {
                    world_run(&world, &upload.record);
                    rc = upload.record.code;
                }
                total = world.memory.total - total;
                if (rc != GIA_ENOMEM && rc != GIA_OK)
                    fail_msg("allocation %zu of %zu: %s, %s", n, total, gia_error_name(rc),
                             upload.record.message);
                if (n == 0) {
                    assert_int_equal(rc, GIA_OK);
                    all = total;
                }
                unlink(path);
                clear(&upload);
                world.memory.fail_at = 0;
                world_close(&world);
            } while (++n <= all);
            assert_true(n > 50);
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
        cmocka_unit_test(other_exchanges_break_too),
        cmocka_unit_test(a_final_answer_may_lack_the_file),
        cmocka_unit_test(what_is_complete_is_only_finalized),
        cmocka_unit_test(a_misplaced_piece_is_sent_again),
        cmocka_unit_test(the_budget_is_for_breaks_in_a_row),
        cmocka_unit_test(progress_renews_the_budget),
        cmocka_unit_test(the_service_says_how_long_to_wait),
        cmocka_unit_test(lost_bytes_are_sent_again),
        cmocka_unit_test(some_answers_are_final),
        cmocka_unit_test(a_file_that_changes_is_refused),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(a_check_needs_no_room),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(odd_file_names),
        cmocka_unit_test(bytes_stay_on_the_configured_origin),
        cmocka_unit_test(a_cut_upload_url_is_refused),
        cmocka_unit_test(a_path_in_the_base_url_is_kept),
        cmocka_unit_test(an_upload_may_wait_until_the_file_is_active),
        cmocka_unit_test(a_file_that_fails_is_an_error),
        cmocka_unit_test(a_file_that_takes_too_long_is_handed_over),
        cmocka_unit_test(a_file_without_a_usable_name_cannot_be_waited_for),
        cmocka_unit_test(it_can_be_stopped_at_any_moment),
        cmocka_unit_test(it_can_be_paused_at_any_moment),
        cmocka_unit_test(everything_is_allowed_in_on_progress),
        cmocka_unit_test(the_total_timeout_is_for_the_whole),
        cmocka_unit_test(tokens_are_renewed_on_the_way),
        cmocka_unit_test(each_token_may_expire),
        cmocka_unit_test(a_byte_a_piece_is_no_progress),
        cmocka_unit_test(canceled_in_the_last_progress),
        cmocka_unit_test(every_allocation_may_fail),
    };

    clock_virtual(1);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
