/*
 * test_files.c - the simulator's Files API, huge bodies, and credentials, as clients see them.
 */
#include "client.h"

#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRANULE 262144
#define KEY     "x-goog-api-key: k"

static char session[300]; /* path and query of the upload that was started last */

static char *make_bytes(size_t length)
{
    char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i * 31 + i / 251);
    bytes[length] = '\0';
    return bytes;
}

static const char *sha256_of(const char *bytes, size_t length)
{
    static char text[65];
    unsigned char digest[32];
    EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

/* Starts an upload; with a length of 0 none is declared. */
static void start_upload(const char *body, const char *type, size_t length)
{
    char declared[80], type_header[100];
    snprintf(declared, sizeof declared, "x-goog-upload-header-content-length: %zu", length);
    snprintf(type_header, sizeof type_header, "x-goog-upload-header-content-type: %s", type);
    fetch_t what = {.path = "/upload/v1beta/files",
                    .body = body,
                    .headers = {KEY, "x-goog-upload-protocol: resumable",
                                "x-goog-upload-command: start", type_header,
                                length ? declared : "x-nothing: 1"}};
    fetch(&what);
    assert_int_equal(what.status, 200);
    assert_int_equal(what.length, 0);
    char *status = answer_header(&what, "x-goog-upload-status");
    char *address = answer_header(&what, "x-goog-upload-url");
    assert_string_equal(status, "active");
    assert_int_equal(strncmp(address, url, strlen(url)), 0);
    snprintf(session, sizeof session, "%s", address + strlen(url));
    free(status);
    free(address);
    fetch_free(&what);
}

/* Sends a piece, or only a command; the result is to be freed. */
static fetch_t send_piece(const char *command, size_t offset, const char *bytes, size_t length)
{
    char command_header[80], offset_header[80];
    snprintf(command_header, sizeof command_header, "X-Goog-Upload-Command: %s", command);
    snprintf(offset_header, sizeof offset_header, "X-Goog-Upload-Offset: %zu", offset);
    fetch_t what = {.path = session,
                    .body = length ? bytes : "",
                    .body_length = length,
                    .headers = {command_header, offset_header, "content-type:", "expect:"}};
    fetch(&what);
    return what;
}

/* Status, state of the upload and, if it is not negative, size received; frees. */
static void check_answer(fetch_t what, long status, const char *state, long received)
{
    char *got_state = answer_header(&what, "x-goog-upload-status");
    char *got_received = answer_header(&what, "x-goog-upload-size-received");
    assert_int_equal(what.code, CURLE_OK);
    assert_int_equal(what.status, status);
    if (state)
        assert_string_equal(got_state, state);
    else
        assert_null(got_state);
    if (received >= 0)
        assert_int_equal(strtol(got_received, NULL, 10), received);
    free(got_state);
    free(got_received);
    fetch_free(&what);
}

static void check_query(const char *state, long received)
{
    check_answer(send_piece("query", 0, NULL, 0), 200, state, received);
}

static json_t *get_json(const char *path, long status)
{
    fetch_t what = {.path = path, .headers = {KEY}};
    fetch(&what);
    assert_int_equal(what.status, status);
    json_t *json = json_loads(what.answer, 0, NULL);
    fetch_free(&what);
    return json;
}

static void test_upload(void **state)
{
    for (size_t i = 0; i < WIRES; i++) {
        size_t size = 2 * GRANULE + 5;
        char *bytes = make_bytes(size);
        sim_file_t file;
        start(&wires[i]);
        start_upload("{\"file\":{\"displayName\":\"a note\",\"name\":\"files/my-note\","
                     "\"mimeType\":\"text/plain\",\"sizeBytes\":\"524293\"}}",
                     "application/x-other", size);
        check_query("active", 0);
        check_answer(send_piece("upload", 0, bytes, 2 * GRANULE), 200, "active", -1);
        check_query("active", 2 * GRANULE);
        assert_int_equal(sim_file(sim, 0, &file), -1);
        fetch_t last = send_piece("upload, finalize", 2 * GRANULE, bytes + 2 * GRANULE, 5);
        json_t *answer = json_loads(last.answer, 0, NULL);
        json_t *json = json_object_get(answer, "file");
        assert_string_equal(text_at(json, "name"), "files/my-note");
        assert_string_equal(text_at(json, "displayName"), "a note");
        assert_string_equal(text_at(json, "mimeType"), "text/plain");
        assert_string_equal(text_at(json, "sizeBytes"), "524293");
        assert_string_equal(text_at(json, "state"), "ACTIVE");
        assert_int_equal(strlen(text_at(json, "sha256Hash")), 44);
        assert_non_null(strstr(text_at(json, "createTime"), "T"));
        assert_non_null(strstr(text_at(json, "uri"), "/v1beta/files/my-note"));
        json_decref(answer);
        check_answer(last, 200, "final", -1);

        assert_int_equal(sim_file_by_name(sim, "my-note", &file), 0);
        assert_string_equal(file.name, "files/my-note");
        assert_string_equal(file.sha256, sha256_of(bytes, size));
        assert_int_equal(file.size_bytes, size);
        sim_upload_t upload;
        assert_int_equal(sim_upload(sim, 0, &upload), 0);
        assert_string_equal(upload.status, "final");
        assert_string_equal(upload.file, "files/my-note");
        assert_int_equal(upload.received_bytes, size);
        assert_int_equal(upload.declared_bytes, size);
        assert_int_equal(upload.pieces, 2);
        assert_int_equal(upload.queries, 2);

        /* Who lost the last answer can ask for it. */
        last = send_piece("query", 0, NULL, 0);
        assert_non_null(strstr(last.answer, "files/my-note"));
        check_answer(last, 200, "final", (long)size);
        check_answer(send_piece("upload", size, "x", 1), 400, "final", -1);

        json_decref(get_json("/v1/files/my-note", 200));
        fetch_t gone = {.path = "/v1/files/my-note", .method = "DELETE", .headers = {KEY}};
        fetch(&gone);
        assert_string_equal(gone.answer, "{}");
        fetch_free(&gone);
        json = get_json("/v1/files/my-note", 404);
        assert_string_equal(text_at(json_object_get(json, "error"), "status"), "NOT_FOUND");
        json_decref(json);
        stop();
        free(bytes);
    }
}

static void test_states(void **state)
{
    static const struct {
        const char *body, *type;
        const char *states[4]; /* at the end of the upload, then of three GETs */
    } cases[] = {
        {"{\"file\":{\"name\":\"files/a\"}}",
         "video/mp4",
         {"PROCESSING", "PROCESSING", "PROCESSING", "ACTIVE"}},
        {"{\"file\":{\"name\":\"files/a\",\"displayName\":\"will fail\"}}",
         "text/plain",
         {"PROCESSING", "PROCESSING", "PROCESSING", "FAILED"}},
        {"{\"file\":{\"name\":\"files/a\"}}",
         "image/png",
         {"ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&wires[0]);
        start_upload(cases[i].body, cases[i].type, 0);
        fetch_t last = send_piece("upload, finalize", 0, "hello", 5);
        assert_non_null(strstr(last.answer, cases[i].states[0]));
        fetch_free(&last);
        for (size_t k = 1; k < 4; k++) {
            json_t *json = get_json("/v1beta/files/a", 200);
            assert_string_equal(text_at(json, "state"), cases[i].states[k]);
            assert_string_equal(text_at(json, "mimeType"), cases[i].type);
            assert_true(!json_object_get(json, "error") ==
                        (strcmp(text_at(json, "state"), "FAILED") != 0));
            json_decref(json);
        }
        stop();
    }
}

/* A file can be used as soon as it is active, and the answer tells what it is. */
static void test_use(void **state)
{
    char body[500];
    sim_file_t file;
    start_with(&wires[0], (sim_options_t){.file_polls = 1});
    start_upload("{\"file\":{\"name\":\"files/clip\"}}", "video/mp4", 0);
    fetch_t last = send_piece("upload, finalize", 0, "hello", 5);
    json_t *answer = json_loads(last.answer, 0, NULL);
    snprintf(body, sizeof body, "{\"model\":\"m\",\"input\":[{\"type\":\"video\",\"uri\":\"%s\"}]}",
             text_at(json_object_get(answer, "file"), "uri"));
    json_decref(answer);
    fetch_free(&last);
    fetch_t what = create(body);
    assert_int_equal(what.status, 400);
    assert_non_null(strstr(what.answer, "failed_precondition"));
    fetch_free(&what);
    json_decref(get_json("/v1beta/files/clip", 200));
    assert_int_equal(sim_file_by_name(sim, "clip", &file), 0);
    assert_string_equal(file.state, "ACTIVE");
    answer = create_json(body);
    assert_non_null(strstr(output_text(answer), "a video (video/mp4, 5 bytes) from files/clip"));
    json_decref(answer);
    stop();
}

static void test_list(void **state)
{
    char path[200], names[200] = "";
    start(&wires[0]);
    json_t *page = get_json("/v1/files", 200);
    assert_int_equal(json_object_size(page), 0);
    json_decref(page);
    for (int i = 0; i < 5; i++) {
        start_upload("", "text/plain", 0);
        fetch_t what = send_piece("upload, finalize", 0, "x", 1);
        fetch_free(&what);
    }
    snprintf(path, sizeof path, "/v1/files?pageSize=2");
    for (int pages = 1;; pages++) {
        size_t i;
        json_t *file;
        page = get_json(path, 200);
        json_array_foreach(json_object_get(page, "files"), i, file)
        {
            size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%c", text_at(file, "name")[17]);
        }
        const char *token = text_at(page, "nextPageToken");
        char *escaped = curl_easy_escape(NULL, token, 0);
        snprintf(path, sizeof path, "/v1/files?pageSize=2&pageToken=%s", escaped);
        curl_free(escaped);
        int is_last = !*token;
        json_decref(page);
        assert_true(is_last == (pages == 3));
        if (is_last)
            break;
    }
    assert_string_equal(names, "12345");
    json_decref(get_json("/v1/files?pageToken=rubbish", 400));
    json_decref(get_json("/v1/files?pageSize=101", 400));
    stop();
}

static void check_start(const char *body, const char *protocol, const char *command, long status)
{
    fetch_t what = {.path = "/upload/v1beta/files",
                    .body = body,
                    .headers = {KEY, protocol, command, "x-goog-upload-header-content-length: 7"}};
    fetch(&what);
    assert_int_equal(what.status, status);
    assert_true((strstr(what.answer, "INVALID_ARGUMENT") != NULL) == (status == 400));
    fetch_free(&what);
}

static void test_refusals(void **state)
{
    const char *protocol = "x-goog-upload-protocol: resumable";
    const char *command = "x-goog-upload-command: start";
    start(&wires[0]);
    check_start("", "x-a: b", command, 400);
    check_start("", protocol, "x-goog-upload-command: upload", 400);
    check_start("nonsense", protocol, command, 400);
    check_start("{\"file\":{\"sizeBytes\":\"8\"}}", protocol, command, 400);
    check_start("{\"file\":{\"sizeBytes\":7}}", protocol, command, 400);
    check_start("{\"file\":{\"name\":\"my-note\"}}", protocol, command, 400);
    check_start("{\"file\":{\"name\":\"files/My-Note\"}}", protocol, command, 400);
    check_start("{\"file\":{\"name\":\"files/a\",\"sizeBytes\":\"7\"}}", protocol, command, 200);
    fetch_t what = {.path = "/upload/v1beta/files", .body = "", .headers = {protocol, command}};
    fetch(&what);
    assert_int_equal(what.status, 401);
    what.path = "/upload/v1beta/files?upload_id=none&upload_protocol=resumable";
    fetch(&what);
    assert_int_equal(what.status, 404);
    fetch_free(&what);

    /* A wrong offset changes nothing; a wrong size is the end. */
    start_upload("{\"file\":{\"name\":\"files/b\"}}", "text/plain", 7);
    check_answer(send_piece("upload, finalize", 3, "1234567", 7), 400, "active", -1);
    check_answer(send_piece("upload", 3, "", 0), 400, "active", -1);
    check_answer(send_piece("explode", 0, "", 0), 400, NULL, -1);
    check_query("active", 0);
    check_answer(send_piece("upload, finalize", 0, "12345678", 8), 400, "cancelled", -1);
    check_answer(send_piece("upload", 0, "1", 1), 400, "cancelled", -1);
    start_upload("{\"file\":{\"name\":\"files/b\"}}", "text/plain", 7);
    check_answer(send_piece("cancel", 0, "", 0), 200, "cancelled", -1);
    check_query("cancelled", 0);

    /* Two uploads for one name: the second to finish is too late. */
    start_upload("{\"file\":{\"name\":\"files/b\"}}", "text/plain", 0);
    char first[sizeof session];
    memcpy(first, session, sizeof first);
    start_upload("{\"file\":{\"name\":\"files/b\"}}", "text/plain", 0);
    check_answer(send_piece("upload, finalize", 0, "1", 1), 200, "final", -1);
    memcpy(session, first, sizeof session);
    check_answer(send_piece("upload, finalize", 0, "1", 1), 409, "cancelled", -1);
    check_start("{\"file\":{\"name\":\"files/b\"}}", protocol, command, 409);
    stop();
}

/* What arrived of a piece that broke off counts, in whole granules, and the rest can follow. */
static void test_breaks(void **state)
{
    for (size_t i = 0; i < WIRES; i++) {
        size_t size = 3 * GRANULE + 100;
        char *bytes = make_bytes(size);
        start(&wires[i]);
        start_upload("{\"file\":{\"name\":\"files/a\"}}", "text/plain", size);
        script("{\"replies\":["
               "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"finalize\"}},"
               "\"break_after\":300000},"
               "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"finalize\"}},"
               "\"break_after\":0,\"end\":\"reset\"},"
               "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"finalize\"}},\"status\":503,"
               "\"take_bytes\":300000},"
               "{\"match\":{\"headers\":{\"x-goog-upload-command\":\"finalize\"}},"
               "\"service\":true,\"headers\":{\"x-goog-upload-status\":null}}]}");
        fetch_t what = send_piece("upload, finalize", 0, bytes, size);
        if (is_reliable(&wires[i]))
            assert_int_not_equal(what.code, CURLE_OK);
        fetch_free(&what);
        const sim_request_t *request = sim_request(sim, 1);
        assert_int_equal(request->status, 0);
        assert_int_equal(request->body_length, 300000);
        assert_string_equal(request->body_sha256, sha256_of(bytes, 300000));
        check_query("active", GRANULE);
        what = send_piece("upload, finalize", GRANULE, bytes + GRANULE, size - GRANULE);
        fetch_free(&what);
        check_query("active", GRANULE);
        check_answer(send_piece("upload, finalize", GRANULE, bytes + GRANULE, size - GRANULE), 503,
                     NULL, -1);
        check_query("active", 2 * GRANULE);
        check_answer(
            send_piece("upload, finalize", 2 * GRANULE, bytes + 2 * GRANULE, size - 2 * GRANULE),
            200, NULL, -1);
        sim_file_t file;
        assert_int_equal(sim_file_by_name(sim, "files/a", &file), 0);
        assert_string_equal(file.sha256, sha256_of(bytes, size));
        assert_int_equal(sim_script_pending(sim), 0);
        stop();
        free(bytes);
    }
}

/* An answer may be lost although all was done. */
static void test_lost_answer(void **state)
{
    start(&wires[0]);
    start_upload("{\"file\":{\"name\":\"files/a\"}}", "text/plain", 5);
    script("{\"replies\":[{\"service\":true,\"accept\":\"close\"}]}");
    fetch_t what = send_piece("upload, finalize", 0, "hello", 5);
    assert_int_equal(what.code, CURLE_GOT_NOTHING);
    fetch_free(&what);
    check_query("final", 5);
    /* A piece that is no multiple of a granule leaves only granules. */
    start_upload("{\"file\":{\"name\":\"files/b\"}}", "text/plain", 0);
    char *bytes = make_bytes(GRANULE + 9);
    check_answer(send_piece("upload", 0, bytes, GRANULE + 9), 200, "active", -1);
    check_query("active", GRANULE);
    /* A break that comes too late is none. */
    script("{\"replies\":[{\"break_after\":10}]}");
    check_answer(send_piece("upload, finalize", GRANULE, bytes + GRANULE, 9), 200, "final", -1);
    sim_file_t file;
    assert_int_equal(sim_file_by_name(sim, "b", &file), 0);
    assert_string_equal(file.sha256, sha256_of(bytes, GRANULE + 9));
    free(bytes);
    stop();
}

/* ---- huge bodies ---- */

static void test_huge_body(void **state)
{
    static const char head[] = "{\"model\":\"m\",\"input\":[{\"type\":\"text\",\"text\":\"A "
                               "\\\"joke\\\"?\"},{\"type\":\"image\",\"data\":\"";
    static const char tail[] = "==\",\"mime_type\":\"image/png\"}]}";
    size_t size = 5 * 1000 * 1000;
    char *body = malloc(size);
    assert_non_null(body);
    memset(body, 'A', size);
    memcpy(body, head, sizeof head - 1);
    memcpy(body + size - sizeof tail, tail, sizeof tail);
    for (size_t i = 0; i < WIRES; i++) {
        if (!is_reliable(&wires[i]))
            continue;
        start_with(&wires[i], (sim_options_t){.body_limit = 1000});
        json_decref(create_json(body));
        const sim_request_t *request = sim_request(sim, 0);
        assert_int_equal(request->body_length, size - 1);
        assert_int_equal(request->body_kept, 1000);
        assert_memory_equal(request->body, body, 1000);
        assert_string_equal(request->body_sha256, sha256_of(body, size - 1));
        json_t *input = json_object_get(request->json, "input");
        assert_string_equal(text_at(json_array_get(input, 0), "text"), "A \"joke\"?");
        char elided[60];
        snprintf(elided, sizeof elided,
                 "(elided)%zu:==", size - 1 - (sizeof head - 1) - (sizeof tail - 1) + 2);
        assert_string_equal(text_at(json_array_get(input, 1), "data"), elided);
        assert_string_equal(text_at(json_array_get(input, 1), "mime_type"), "image/png");
        stop();
    }
    /* Not JSON, and huge: an error like any other. */
    start_with(&wires[0], (sim_options_t){.body_limit = 1000});
    body[0] = '(';
    fetch_t what = create(body);
    assert_int_equal(what.status, 400);
    assert_null(sim_request(sim, 0)->json);
    fetch_free(&what);
    stop();
    free(body);
}

/* ---- credentials ---- */

static void test_credentials(void **state)
{
    static const struct {
        const char *header;
        long status;
    } cases[] = {{"authorization: Bearer one", 200},
                 {"authorization: Bearer two", 401},
                 {"x-goog-api-key: one", 200},
                 {"x-goog-api-key: two", 401}};
    const char *body = "{\"model\":\"m\",\"input\":\"x\"}";
    start_with(&wires[0], (sim_options_t){.credential = "one"});
    for (int expired = 0; expired < 2; expired++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            long status = expired ? 601 - cases[i].status : cases[i].status;
            fetch_t what = {.body = body,
                            .headers = {cases[i].header, "content-type: application/json"}};
            fetch(&what);
            assert_int_equal(what.status, status);
            assert_true((strstr(what.answer, "\"code\":\"authentication\"") != NULL) ==
                        (status == 401));
            what.path = "/v1/files";
            what.body = NULL;
            fetch(&what);
            assert_int_equal(what.status, status);
            fetch_free(&what);
        }
        sim_set_credential(sim, "two");
    }
    sim_set_credential(sim, NULL);
    fetch_t what = create(body);
    assert_int_equal(what.status, 200);
    fetch_free(&what);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upload),      cmocka_unit_test(test_states),
        cmocka_unit_test(test_list),        cmocka_unit_test(test_use),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_breaks),
        cmocka_unit_test(test_lost_answer), cmocka_unit_test(test_huge_body),
        cmocka_unit_test(test_credentials),
    };
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_ALL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
