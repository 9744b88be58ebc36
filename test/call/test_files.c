/* Operations on files: what they send equals the captured requests, and what they report. Uploads
 * have test_upload.c; only what they send is compared here. */
#include "world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "differences.h"
#include "wires.h"

enum operation { GET, DELETE, WAIT, LIST };

/* What on_done got, beside the record. */
typedef struct files_s {
    record_t record; /* first: its hook gets it back */
    json_t *file;    /* the file's own object */
    json_t *names;   /* of a page */
    char *next_page_token;
    gia_file_state_t state;
} files_t;

static json_t *name_of(const gia_file_t *file)
{
    return file->name ? json_string(file->name) : json_null();
}

static void on_done(record_t *record, const gia_result_t *result)
{
    files_t *files = (files_t *)record;
    const char *raw;
    size_t len;

    if (result->file) {
        raw = gia_json_raw(result->file->json, &len);
        files->file = json_loadb(raw, len, 0, NULL);
        files->state = result->file->state;
    }
    if (result->files) {
        files->names = json_array();
        for (size_t i = 0; i < result->file_count; i++)
            json_array_append_new(files->names, name_of(&result->files[i]));
    } else {
        assert_int_equal(result->file_count, 0);
    }
    if (result->next_page_token)
        files->next_page_token = strdup(result->next_page_token);
}

static void clear(files_t *files)
{
    json_decref(files->file);
    json_decref(files->names);
    free(files->next_page_token);
    record_clear(&files->record);
    memset(files, 0, sizeof(*files));
}

static int start(world_t *world, files_t *files, enum operation operation, const char *name)
{
    gia_call_options_t options;
    gia_call_t **out = &files->record.call;
    int rc = GIA_EINTERNAL;

    files->record.on_done = on_done;
    options = record_options(&files->record, world);
    switch (operation) {
    case GET: rc = gia_file_get(out, world->client, name, &options); break;
    case DELETE: rc = gia_file_delete(out, world->client, name, &options); break;
    case WAIT: rc = gia_file_wait(out, world->client, name, 0, &options); break;
    case LIST: rc = gia_file_list(out, world->client, 0, name, &options); break;
    }
    assert_int_equal(files->record.done, 0);
    return rc;
}

static void run(world_t *world, files_t *files, enum operation operation, const char *name)
{
    assert_int_equal(start(world, files, operation, name), GIA_OK);
    world_run(world, &files->record);
}

static void run_list(world_t *world, files_t *files, unsigned page_size, const char *page_token)
{
    gia_call_options_t options;

    files->record.on_done = on_done;
    options = record_options(&files->record, world);
    assert_int_equal(
        gia_file_list(&files->record.call, world->client, page_size, page_token, &options), GIA_OK);
    world_run(world, &files->record);
}

/* A file that the service is to have. */
static void upload(world_t *world, const char *name, const char *mime_type,
                   const char *display_name)
{
    gia_upload_options_t how = GIA_UPLOAD_OPTIONS_INIT;
    record_t record = {0};
    gia_call_options_t options = record_options(&record, world);

    how.bytes = "hello world";
    how.len = 11;
    how.mime_type = mime_type;
    how.name = name;
    how.display_name = display_name;
    assert_int_equal(gia_file_upload(&record.call, world->client, &how, &options), GIA_OK);
    world_run(world, &record);
    assert_int_equal(record.code, GIA_OK);
    record_clear(&record);
}

/* -- what is sent -- */

enum { LIST_2 = LIST + 1, LIST_2_NEXT, UPLOAD, UPLOAD_LARGE, UPLOAD_PATH };

static const struct {
    const char *capture; /* in both folders */
    int operation;
    const char *name;
    size_t index; /* of the request that is compared */
} rows[] = {
    {"files_get.json", GET, "files/abc123", 0},
    {"files_get_bare_name.json", GET, "abc123", 0},
    {"files_delete.json", DELETE, "files/abc123", 0},
    {"files_list_1.json", LIST_2, NULL, 0},
    {"files_list_2.json", LIST_2_NEXT, NULL, 0},
    {"files_upload_1.json", UPLOAD, NULL, 0},
    {"files_upload_2.json", UPLOAD, NULL, 1},
    {"files_upload_chunked_1.json", UPLOAD_LARGE, NULL, 0},
    {"files_upload_chunked_2.json", UPLOAD_LARGE, NULL, 1},
    {"files_upload_chunked_3.json", UPLOAD_LARGE, NULL, 2},
    {"files_upload_path_1.json", UPLOAD_PATH, NULL, 0},
    {"files_upload_path_2.json", UPLOAD_PATH, NULL, 1},
};

/* Where we differ on purpose. */
static const difference_t differences[] = {
    {"*/files_get*.json", "content-type", "a content type goes with content only"},
    {"*/files_list_*.json", "content-type", "likewise"},
    {"*/files_delete.json", "content-type", "likewise"},
    {"*/files_delete.json", "content-length", "there is no body"},
    {"*/files_delete.json", "body",
     "a DELETE needs no body, and proxies have been seen to refuse one"},
    {"*/files_upload_2.json", "content-type", "the bytes are no JSON, whatever the SDKs call them"},
    {"*/files_upload_chunked_[23].json", "content-type", "likewise"},
    {"*/files_upload_path_2.json", "content-type", "likewise"},
    {"*/files_upload_path_2.json", "x-goog-upload-file-name", "it was said at the start"},
};

enum { DIFFERENCES = sizeof(differences) / sizeof(differences[0]) };

static void send_row(world_t *world, files_t *files, int operation, const char *name)
{
    gia_upload_options_t how = GIA_UPLOAD_OPTIONS_INIT;
    gia_call_options_t options;
    size_t large = 8 * 1024 * 1024 + 5;
    char folder[64], path[80];
    char *zeros = NULL;

    if (operation <= LIST) {
        run(world, files, (enum operation)operation, name);
        return;
    }
    if (operation == LIST_2 || operation == LIST_2_NEXT) {
        run_list(world, files, 2, operation == LIST_2 ? NULL : "page2");
        return;
    }
    options = record_options(&files->record, world);
    snprintf(folder, sizeof(folder), "/tmp/gia-test-%ld", (long)getpid());
    snprintf(path, sizeof(path), "%s/tiny.txt", folder);
    how.bytes = "hello world";
    how.len = 11;
    how.mime_type = "text/plain";
    if (operation == UPLOAD) {
        how.name = "note-1";
        how.display_name = "note";
    } else if (operation == UPLOAD_LARGE) {
        how.bytes = zeros = calloc(1, large);
        how.len = large;
        how.mime_type = "application/octet-stream";
    } else {
        FILE *file;
        assert_int_equal(mkdir(folder, 0700), 0);
        file = fopen(path, "w");
        fputs("hello world", file);
        fclose(file);
        how.bytes = NULL;
        how.path = path;
        how.mime_type = NULL;
    }
    assert_int_equal(gia_file_upload(&files->record.call, world->client, &how, &options), GIA_OK);
    world_run(world, &files->record);
    assert_int_equal(files->record.code, GIA_OK);
    unlink(path);
    rmdir(folder);
    free(zeros);
}

/* "pageSize=2&pageToken=page2" */
static void expect_query(const sim_request_t *sent, json_t *query)
{
    char expected[200] = "";
    const char *name;
    json_t *value;

    if (json_object_get(query, "upload_id")) {
        assert_non_null(strstr(sent->query, "upload_id=")); /* its value is the service's */
        assert_non_null(strstr(sent->query, "upload_protocol=resumable"));
        return;
    }
    json_object_foreach(query, name, value)
    {
        size_t len = strlen(expected);
        snprintf(expected + len, sizeof(expected) - len, "%s%s=%s", len ? "&" : "", name,
                 json_string_value(value));
    }
    assert_string_equal(sent->query ? sent->query : "", expected);
}

static void expect_headers(const sim_request_t *sent, json_t *headers, const char *capture)
{
    static const char *const compared[] = {"content-type",
                                           "content-length",
                                           "x-goog-api-key",
                                           "x-goog-upload-command",
                                           "x-goog-upload-offset",
                                           "x-goog-upload-protocol",
                                           "x-goog-upload-file-name",
                                           "x-goog-upload-header-content-length",
                                           "x-goog-upload-header-content-type"};

    for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++)
        compare_captured(differences, DIFFERENCES, capture, compared[i],
                         sim_request_header(sent, compared[i]),
                         json_string_value(json_object_get(headers, compared[i])));
}

static void expect_body(const sim_request_t *sent, json_t *body, const char *capture)
{
    char *theirs = json_is_null(body) ? NULL : json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    char *ours = sent->json ? json_dumps(sent->json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (json_object_get(body, "$bytes")) {
        assert_int_equal(sent->body_length, json_integer_value(json_object_get(body, "$bytes")));
        if (sent->body_length == 11)
            assert_string_equal(sent->body, "hello world");
    } else {
        if (!ours)
            assert_int_equal(sent->body_length, 0);
        compare_captured(differences, DIFFERENCES, capture, "body", ours, theirs);
    }
    free(ours);
    free(theirs);
}

/* Sends what made the capture, and compares. */
static void compare(size_t row, const char *folder, const char *name)
{
    world_options_t options = WORLD_OPTIONS;
    const sim_request_t *sent;
    char capture_name[300], path[600];
    files_t files = {0};
    json_t *capture;
    world_t world;

    snprintf(capture_name, sizeof(capture_name), "%s/%s", folder, name);
    snprintf(path, sizeof(path), TEST_DATA "/requests/%s", capture_name);
    capture = json_load_file(path, 0, NULL);
    assert_non_null(capture);
    options.config.api_version = strcmp(folder, "steps") == 0 ? "v1" : "v1beta";
    world_open(&world, &options);
    send_row(&world, &files, rows[row].operation, rows[row].name);
    sent = sim_request(world.sim, rows[row].index);
    assert_string_equal(sent->method, json_string_value(json_object_get(capture, "method")));
    assert_string_equal(sent->path, json_string_value(json_object_get(capture, "path")));
    expect_query(sent, json_object_get(capture, "query"));
    expect_headers(sent, json_object_get(capture, "headers"), capture_name);
    expect_body(sent, json_object_get(capture, "body"), capture_name);
    json_decref(capture);
    clear(&files);
    world_close(&world);
}

static size_t row_of(const char *capture)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].capture, capture) == 0)
            return i;
    }
    fail_msg("nothing is compared with %s", capture);
    return 0;
}

static void requests_equal_the_captured_ones(void **state)
{
    static const char *const folders[] = {"legacy", "steps"};
    size_t compared = 0;

    for (size_t i = 0; i < 2; i++) {
        char path[300];
        struct dirent *entry;
        DIR *folder;

        snprintf(path, sizeof(path), TEST_DATA "/requests/%s", folders[i]);
        folder = opendir(path);
        assert_non_null(folder);
        while ((entry = readdir(folder))) {
            if (strncmp(entry->d_name, "files_", 6) != 0)
                continue;
            compare(row_of(entry->d_name), folders[i], entry->d_name);
            compared++;
        }
        closedir(folder);
    }
    assert_int_equal(compared, 2 * sizeof(rows) / sizeof(rows[0]));
    expect_all_met(differences, DIFFERENCES);
}

/* -- what is reported -- */

static void a_file_can_be_read_and_deleted(void **state)
{
    for (size_t wire = 0; wire < WIRES; wire++) {
        world_t world;
        files_t files = {0};

        open_wire(&world, &wires[wire], NULL);
        upload(&world, "my-id", "text/plain", "mine");
        run(&world, &files, GET, "files/my-id");
        assert_int_equal(files.record.code, GIA_OK);
        assert_string_equal(json_string_value(json_object_get(files.file, "name")), "files/my-id");
        assert_string_equal(json_string_value(json_object_get(files.file, "displayName")), "mine");
        assert_int_equal(files.state, GIA_FILE_ACTIVE);
        clear(&files);
        run(&world, &files, DELETE, "my-id");
        assert_int_equal(files.record.code, GIA_OK);
        assert_null(files.file);
        clear(&files);
        run(&world, &files, GET, "my-id");
        assert_int_equal(files.record.code, GIA_ENOT_FOUND);
        clear(&files);
        world_close(&world);
    }
}

static void a_list_comes_in_pages(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    files_t files = {0};
    json_t *all = json_array();
    char *token = NULL;
    int pages = 0;

    world_open(&world, &options);
    run_list(&world, &files, 0, NULL);
    assert_int_equal(files.record.code, GIA_OK);
    assert_int_equal(json_array_size(files.names), 0);
    assert_null(files.next_page_token);
    assert_null(sim_request(world.sim, 0)->query);
    clear(&files);

    for (int i = 0; i < 5; i++) {
        char name[] = {'n', (char)('0' + i), '\0'};
        upload(&world, name, "text/plain", NULL);
    }
    do {
        run_list(&world, &files, 2, token);
        assert_int_equal(files.record.code, GIA_OK);
        json_array_extend(all, files.names);
        free(token);
        token = files.next_page_token ? strdup(files.next_page_token) : NULL;
        clear(&files);
        pages++;
    } while (token);
    assert_int_equal(pages, 3);
    assert_int_equal(json_array_size(all), 5);
    assert_string_equal(json_string_value(json_array_get(all, 4)), "files/n4");
    json_decref(all);

    run_list(&world, &files, 0, "a/b+c=&d"); /* escaped; the service does not know it */
    assert_int_equal(files.record.code, GIA_EBAD_REQUEST);
    assert_string_equal(sim_request(world.sim, sim_request_count(world.sim) - 1)->query,
                        "pageToken=a%2Fb%2Bc%3D%26d");
    clear(&files);
    world_close(&world);
}

static void answers_that_are_not_understood(void **state)
{
    static const struct {
        enum operation operation;
        const char *reply;
        int code;
        const char *says;
    } answers[] = {
        {GET, "\"body\":{}", GIA_EPROTOCOL, "not a file"},
        {GET, "\"body\":[1]", GIA_EPROTOCOL, "not a file"},
        {GET, "\"body\":{\"file\":{\"name\":\"files/a\"}}", GIA_OK, ""},
        {GET, "\"body_text\":\"\"", GIA_ETRUNCATED, "without a body"},
        {GET, "\"status\":204", GIA_EHTTP, ""},
        {GET, "\"body_text\":\"{\\\"name\\\":\"", GIA_ETRUNCATED, "not a file"},
        {GET, "\"body_text\":\"nonsense\"", GIA_EJSON, "not a file"},
        {GET, "\"body_text\":\"<html>\",\"headers\":{\"content-type\":\"text/html\"}", GIA_EJSON,
         "HTML"},
        {GET, "\"status\":500", GIA_ESERVER, ""},
        {GET, "\"body\":{\"error\":{\"code\":429,\"message\":\"slower\"}}", GIA_ERATE_LIMITED,
         "slower"},
        {GET, "\"accept\":\"reset\"", GIA_ELOST, ""},
        {LIST, "\"body\":{}", GIA_OK, ""},
        {LIST, "\"body\":{\"files\":null,\"nextPageToken\":\"\"}", GIA_OK, ""},
        {LIST, "\"body\":[]", GIA_EPROTOCOL, "not a page"},
        {LIST, "\"body\":{\"files\":{}}", GIA_EPROTOCOL, "not a page"},
        {LIST, "\"body\":{\"files\":[{\"name\":\"files/a\"},7],\"nextPageToken\":\"\"}", GIA_OK,
         ""},
        {LIST, "\"status\":403", GIA_EPERMISSION, ""},
        {DELETE, "\"status\":204", GIA_OK, ""},
        {DELETE, "\"body_text\":\"\"", GIA_OK, ""},
        {DELETE, "\"body\":{\"error\":{\"code\":\"aborted\"}}", GIA_ECONFLICT, ""},
        {WAIT, "\"status\":403", GIA_EPERMISSION, ""},
        {WAIT, "\"body\":{}", GIA_EPROTOCOL, "not a file"},
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        char script[300];
        world_t world;
        files_t files = {0};

        world_open(&world, &options);
        snprintf(script, sizeof(script), "{\"replies\":[{%s}]}", answers[i].reply);
        world_script(&world, script);
        run(&world, &files, answers[i].operation, answers[i].operation == LIST ? NULL : "a");
        if (files.record.code != answers[i].code || !strstr(files.record.message, answers[i].says))
            fail_msg("row %zu: %s: %s", i, gia_error_name(files.record.code), files.record.message);
        if (answers[i].code != GIA_OK) {
            assert_null(files.file);
            assert_null(files.names);
        }
        assert_null(files.next_page_token);
        clear(&files);
        world_close(&world);
    }
}

static void ceilings_hold(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    files_t files = {0};

    options.config.max_body_bytes = 100;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"deltas\":50}]}");
    run(&world, &files, GET, "a");
    assert_int_equal(files.record.code, GIA_EBODY_TOO_BIG);
    clear(&files);
    world_close(&world);

    options.config.max_body_bytes = 0;
    options.config.max_json_bytes = 100;
    world_open(&world, &options);
    world_script(&world, "{\"replies\":[{\"deltas\":50}]}");
    run(&world, &files, LIST, NULL);
    assert_int_equal(files.record.code, GIA_EJSON_TOO_BIG);
    clear(&files);
    world_close(&world);
}

static void unusable_names_are_refused(void **state)
{
    static const char *const names[] = {NULL,       "",        ".",       "..",
                                        "files/",   "files/.", "a/b",     "files/a/b",
                                        "files/..", "a\nb",    "/files/a"};
    world_options_t options = WORLD_OPTIONS;
    gia_call_options_t no_size = {0};
    world_t world;
    files_t files = {0};

    world_open(&world, &options);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(start(&world, &files, GET, names[i]), GIA_EINVAL);
        assert_int_equal(start(&world, &files, DELETE, names[i]), GIA_EINVAL);
        assert_int_equal(start(&world, &files, WAIT, names[i]), GIA_EINVAL);
    }
    assert_int_equal(gia_file_get(NULL, world.client, "a", &no_size), GIA_EINVAL);
    assert_int_equal(gia_file_get(NULL, NULL, "a", NULL), GIA_EINVAL);
    assert_int_equal(gia_file_wait(NULL, world.client, "a", -2, NULL), GIA_EINVAL);
    assert_int_equal(gia_client_call_count(world.client), 0);

    /* Everything else is escaped, whatever it holds. */
    run(&world, &files, GET, "files/a?b#c%2f");
    assert_int_equal(files.record.code, GIA_ENOT_FOUND);
    assert_string_equal(sim_request(world.sim, 0)->path, "/v1beta/files/a%3Fb%23c%252f");
    clear(&files);
    world_close(&world);
}

static void vertex_ai_has_no_files(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    gia_upload_options_t how = GIA_UPLOAD_OPTIONS_INIT;
    world_t world;
    files_t files = {0};

    options.config.bearer_token = "token";
    options.config.vertex_project = "p";
    options.config.vertex_location = "global";
    world_open(&world, &options);
    how.bytes = "x";
    how.len = 1;
    how.mime_type = "text/plain";
    assert_int_equal(gia_file_upload(NULL, world.client, &how, NULL), GIA_EINVAL);
    assert_int_equal(start(&world, &files, GET, "a"), GIA_EINVAL);
    assert_int_equal(start(&world, &files, DELETE, "a"), GIA_EINVAL);
    assert_int_equal(start(&world, &files, WAIT, "a"), GIA_EINVAL);
    assert_int_equal(start(&world, &files, LIST, NULL), GIA_EINVAL);
    clear(&files);
    world_close(&world);
}

/* -- waiting -- */

static uint64_t gap_before(world_t *world, size_t index)
{
    return sim_request(world->sim, index)->time - sim_request(world->sim, index - 1)->time;
}

static void waiting_looks_less_and_less_often(void **state)
{
    static const uint64_t pauses_ms[] = {1000, 1500, 2250, 3375, 5062, 7593, 10000, 10000};
    enum { LOOKS = sizeof(pauses_ms) / sizeof(pauses_ms[0]) };
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    files_t files = {0};

    options.sim.file_polls = LOOKS;
    world_open(&world, &options);
    upload(&world, "clip", "video/mp4", NULL);
    run(&world, &files, WAIT, "files/clip");
    assert_int_equal(files.record.code, GIA_OK);
    assert_int_equal(files.state, GIA_FILE_ACTIVE);
    assert_int_equal(files.record.attempts, LOOKS + 1);
    for (size_t i = 0; i < LOOKS; i++)
        assert_in_range(gap_before(&world, 3 + i), pauses_ms[i] * 9 / 10,
                        pauses_ms[i] * 11 / 10 + 50);
    clear(&files);
    world_close(&world);
}

static void waiting_for_one_that_fails(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    files_t files = {0};

    world_open(&world, &options);
    upload(&world, "clip", "video/mp4", "this will fail");
    run(&world, &files, WAIT, "clip");
    assert_int_equal(files.record.code, GIA_EFILE_FAILED);
    assert_non_null(strstr(files.record.message, "its name says so"));
    assert_int_equal(files.state, GIA_FILE_FAILED);
    clear(&files);
    world_close(&world);
}

/* A look that breaks is not the end, one that hangs neither. */
static void waiting_survives_breaks(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    world_t world;
    files_t files = {0};

    options.config.first_byte_timeout_ms = 3000;
    world_open(&world, &options);
    upload(&world, "clip", "video/mp4", NULL);
    world_script(&world, "{\"replies\":[{\"accept\":\"reset\"},{\"status\":503},"
                         "{\"status\":429,\"headers\":{\"retry-after\":\"30\"}},"
                         "{\"end\":\"stall\",\"cut_at\":0,\"delay_ms\":999999},"
                         "{\"service\":true,\"cut_at\":10,\"end\":\"close\"}]}");
    run(&world, &files, WAIT, "clip");
    assert_int_equal(files.record.code, GIA_OK);
    assert_int_equal(files.state, GIA_FILE_ACTIVE);
    assert_int_equal(sim_script_pending(world.sim), 0);
    clear(&files);
    world_close(&world);
}

static int run_wait(world_t *world, files_t *files, int64_t wait_timeout_ms, uint64_t *took_ms)
{
    gia_call_options_t options;
    uint64_t started_ms;

    files->record.on_done = on_done;
    options = record_options(&files->record, world);
    uv_update_time(&world->loop);
    started_ms = uv_now(&world->loop);
    assert_int_equal(
        gia_file_wait(&files->record.call, world->client, "clip", wait_timeout_ms, &options),
        GIA_OK);
    world_run(world, &files->record);
    *took_ms = files->record.done_ms - started_ms;
    return files->record.code;
}

static void waiting_ends(void **state)
{
    static const struct {
        const char *first, *then; /* scripts */
        int64_t timeout_ms;
        uint64_t least_ms;
        int has_file;
    } ends[] = {
        /* still in processing */
        {NULL, NULL, 500, 500, 1},
        {NULL, NULL, 5000, 5000, 1},
        {NULL, NULL, 0, 600000, 1},
        /* it was seen once, then the service is gone */
        {"{\"replies\":[{\"service\":true}]}", "{\"repeat\":true,\"replies\":[{\"status\":503}]}",
         9000, 9000, 1},
        /* it never was */
        {NULL, "{\"repeat\":true,\"replies\":[{\"accept\":\"reset\"}]}", 9000, 9000, 0},
        {NULL,
         "{\"repeat\":true,\"replies\":[{\"status\":429,\"headers\":{\"retry-after\":\"86400\"}}]}",
         9000, 9000, 0},
        /* a look that hangs is let go */
        {NULL, "{\"repeat\":true,\"replies\":[{\"delay_ms\":99999999}]}", 9000, 9000, 0},
        {NULL, "{\"repeat\":true,\"replies\":[{\"first_byte_delay_ms\":99999999}]}", 9000, 9000, 0},
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        world_options_t options = WORLD_OPTIONS;
        uint64_t took_ms;
        world_t world;
        files_t files = {0};

        options.sim.file_polls = 100000;
        world_open(&world, &options);
        upload(&world, "clip", "video/mp4", NULL);
        if (ends[i].first)
            world_script(&world, ends[i].first);
        if (ends[i].then)
            world_script(&world, ends[i].then);
        assert_int_equal(run_wait(&world, &files, ends[i].timeout_ms, &took_ms),
                         GIA_EFILE_NOT_ACTIVE);
        assert_in_range(took_ms, ends[i].least_ms, ends[i].least_ms + 50);
        assert_int_equal(files.file != NULL, ends[i].has_file);
        clear(&files);
        world_close(&world);
    }
}

static void waiting_may_last_for_ever(void **state)
{
    world_options_t options = WORLD_OPTIONS;
    uint64_t took_ms;
    world_t world;
    files_t files = {0};

    options.sim.file_polls = 1000;
    world_open(&world, &options);
    upload(&world, "clip", "video/mp4", NULL);
    assert_int_equal(run_wait(&world, &files, GIA_NO_TIMEOUT, &took_ms), GIA_OK);
    assert_in_range(took_ms, 890 * 10000, 1110 * 10000);
    clear(&files);
    world_close(&world);
}

/* Any moment of two looks and the pauses around them. */
static void waiting_can_be_stopped_at_any_moment(void **state)
{
    for (int close = 0; close < 2; close++) {
        unsigned turns, under_way = 1;

        for (turns = 0; under_way; turns++) {
            world_options_t options = WORLD_OPTIONS;
            world_t world;
            files_t files = {0};

            world_open(&world, &options);
            upload(&world, "clip", "video/mp4", NULL);
            assert_int_equal(start(&world, &files, WAIT, "clip"), GIA_OK);
            for (unsigned i = 0; i < turns && !files.record.done; i++)
                uv_run(&world.loop, UV_RUN_ONCE);
            under_way = !files.record.done;
            if (under_way && close)
                world_close_client(&world);
            else if (under_way)
                gia_call_cancel(files.record.call);
            world_run(&world, &files.record);
            assert_int_equal(files.record.code, under_way ? GIA_ECANCELED : GIA_OK);
            world_close(&world);
            assert_int_equal(files.record.done, 1);
            clear(&files);
        }
        assert_true(turns > 8);
    }
}

/* -- without memory -- */

static void every_allocation_may_fail(void **state)
{
    for (int operation = GET; operation <= LIST; operation++) {
        size_t n = 0, all = 0, before;

        do {
            world_options_t options = WORLD_OPTIONS;
            world_t world;
            files_t files = {0};
            int rc;

            world_open(&world, &options);
            upload(&world, "clip", "video/mp4", NULL);
            before = world.memory.total;
            world.memory.fail_at = n ? before + n : 0;
            rc = start(&world, &files, (enum operation)operation,
                       operation == LIST ? NULL : "files/clip");
            if (rc == GIA_OK) {
                world_run(&world, &files.record);
                rc = files.record.code;
            }
            if (n == 0) {
                assert_int_equal(rc, GIA_OK);
                all = world.memory.total - before;
            } else if (rc != GIA_ENOMEM && rc != GIA_OK && rc != GIA_ELOST && rc != GIA_ECONNECT) {
                /* (a socket that cannot be watched is a lost connection) */
                fail_msg("operation %d, allocation %zu of %zu: %s", operation, n, all,
                         gia_error_name(rc));
            }
            clear(&files);
            world.memory.fail_at = 0;
            world_close(&world);
        } while (++n <= all);
        assert_true(all > 5);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_equal_the_captured_ones),
        cmocka_unit_test(a_file_can_be_read_and_deleted),
        cmocka_unit_test(a_list_comes_in_pages),
        cmocka_unit_test(answers_that_are_not_understood),
        cmocka_unit_test(ceilings_hold),
        cmocka_unit_test(unusable_names_are_refused),
        cmocka_unit_test(vertex_ai_has_no_files),
        cmocka_unit_test(waiting_looks_less_and_less_often),
        cmocka_unit_test(waiting_for_one_that_fails),
        cmocka_unit_test(waiting_survives_breaks),
        cmocka_unit_test(waiting_ends),
        cmocka_unit_test(waiting_may_last_for_ever),
        cmocka_unit_test(waiting_can_be_stopped_at_any_moment),
        cmocka_unit_test(every_allocation_may_fail),
    };

    clock_virtual(1);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
