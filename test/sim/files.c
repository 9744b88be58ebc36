/*
 * files.c - the Files API: resumable uploads, and the files that they make.
 *
 * No bytes are kept, only how many there were and their hash. An upload takes what arrives while it
 * arrives; a piece that breaks off leaves whole granules, as with the real service, so the hash of
 * the last granule's end is kept beside the running one.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define GRANULE     ((uint64_t)262144)
#define LIFETIME_S  (48 * 3600)
#define PAGE_SIZE   10
#define PAGE_LIMIT  100
#define UNDECLARED  UINT64_MAX
#define DIGEST_SIZE 32

struct sim_file_record_s {
    unsigned number; /* counted from 1 in the order of creation */
    char *name;      /* "files/…" */
    char *display_name;
    char *mime_type;
    char *uri;
    char created[32], expires[32];
    uint64_t size_bytes;
    unsigned char digest[DIGEST_SIZE];
    char sha256[2 * DIGEST_SIZE + 1];
    unsigned polls; /* GETs that still find it in processing */
    int fails;
};

struct sim_upload_record_s {
    char id[32];
    const char *status;
    uint64_t declared_bytes;
    uint64_t received_bytes;
    uint64_t granules_bytes; /* of it, up to the last granule's end */
    EVP_MD_CTX *digest;
    EVP_MD_CTX *granules_digest;
    const sim_request_t *piece; /* the request whose body arrives */
    unsigned pieces;
    unsigned queries;
    char *name; /* what the start said about the file; NULL = nothing */
    char *display_name;
    char *mime_type;
    char *file; /* the name of the file that it made */
};

typedef struct {
    sim_t *sim;
    const sim_request_t *request;
    const sim_route_t *route;
    sim_answer_t *answer;
} call_t;

static int fail(const call_t *call, int status, const char *message)
{
    /* The Files API answers in the form of google.rpc in both revisions. */
    sim_answer_error(call->answer, status, "", message, 1);
    return -1;
}

static char *copy_of(json_t *text)
{
    return json_is_string(text) ? sim_copy(json_string_value(text), json_string_length(text))
                                : NULL;
}

/* ---- files ---- */

static const char *state_of(const sim_file_record_t *file)
{
    return file->polls ? "PROCESSING" : file->fails ? "FAILED" : "ACTIVE";
}

static json_t *render_file(const sim_file_record_t *file)
{
    char size[24];
    sim_buffer_t hash = {0};
    snprintf(size, sizeof size, "%llu", (unsigned long long)file->size_bytes);
    sim_base64_encode(&hash, file->digest, sizeof file->digest);
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", file->name,
                  "mimeType", file->mime_type, "sizeBytes", size, "createTime", file->created,
                  "updateTime", file->created, "expirationTime", file->expires, "sha256Hash",
                  hash.data, "uri", file->uri, "state", state_of(file), "source", "UPLOADED");
    sim_buffer_free(&hash);
    if (file->display_name)
        json_object_set_new(json, "displayName", json_string(file->display_name));
    if (strcmp(state_of(file), "FAILED") == 0)
        json_object_set_new(json, "error",
                            json_pack("{s:i, s:s}", "code", 3, "message",
                                      "The file could not be processed: its name says so."));
    return json;
}

/* The place of a file in the list; its end if there is none. The name may lack "files/". */
static size_t find_file(const sim_files_t *files, const char *name)
{
    size_t i = 0;
    if (strncmp(name, "files/", 6) == 0)
        name += 6;
    while (i < files->file_count && strcmp(files->files[i]->name + 6, name) != 0)
        i++;
    return i;
}

static void free_file(sim_file_record_t *file)
{
    free(file->name);
    free(file->display_name);
    free(file->mime_type);
    free(file->uri);
    free(file);
}

static void answer_file(const call_t *call, const sim_file_record_t *file)
{
    json_t *json = render_file(file);
    sim_answer_json(call->answer, 200, json);
    json_decref(json);
}

static void get_file(const call_t *call, sim_file_record_t *file)
{
    answer_file(call, file);
    if (file->polls)
        file->polls--;
}

static void delete_file(const call_t *call, size_t index)
{
    sim_files_t *files = &call->sim->files;
    json_t *empty = json_object();
    free_file(files->files[index]);
    files->file_count--;
    memmove(files->files + index, files->files + index + 1,
            (files->file_count - index) * sizeof *files->files);
    sim_answer_json(call->answer, 200, empty);
    json_decref(empty);
}

/* ---- the list ---- */

/* A token is the number of the first file of its page, made to look like nothing in particular. */
static int read_token(const char *text, unsigned *number)
{
    sim_buffer_t plain = {0};
    int is_good = sim_base64_decode(&plain, text, strlen(text)) == 0 && plain.length &&
                  sscanf(plain.data, "page-from-file-%u", number) == 1;
    sim_buffer_free(&plain);
    return is_good ? 0 : -1;
}

static json_t *make_token(unsigned number)
{
    char plain[40];
    sim_buffer_t token = {0};
    sim_base64_encode(&token, plain,
                      (size_t)snprintf(plain, sizeof plain, "page-from-file-%u", number));
    json_t *text = json_string(token.data);
    sim_buffer_free(&token);
    return text;
}

static void list_files(const call_t *call)
{
    const sim_files_t *files = &call->sim->files;
    char *size_text = sim_query_value(call->request, "pageSize");
    char *token = sim_query_value(call->request, "pageToken");
    unsigned long size = size_text && *size_text ? strtoul(size_text, NULL, 10) : PAGE_SIZE;
    unsigned from = 0;
    int is_bad = (token && *token && read_token(token, &from) != 0) || size > PAGE_LIMIT;
    free(size_text);
    free(token);
    if (is_bad) {
        fail(call, 400, "The pageSize or the pageToken is not valid.");
        return;
    }
    json_t *page = json_object();
    json_t *list = json_array();
    for (size_t i = 0; i < files->file_count; i++) {
        const sim_file_record_t *file = files->files[i];
        if (file->number < from)
            continue;
        if (json_array_size(list) == (size ? size : PAGE_SIZE)) {
            json_object_set_new(page, "nextPageToken", make_token(file->number));
            break;
        }
        json_array_append_new(list, render_file(file));
    }
    /* An empty list is left out, as everywhere in such answers. */
    if (json_array_size(list))
        json_object_set(page, "files", list);
    json_decref(list);
    sim_answer_json(call->answer, 200, page);
    json_decref(page);
}

/* ---- the life of an upload ---- */

static const char *command_of(const sim_request_t *request)
{
    const char *command = sim_request_header(request, "x-goog-upload-command");
    return command ? command : "";
}

/* Whether "upload, finalize" has such a part. */
static int has_command(const sim_request_t *request, const char *wanted)
{
    size_t wanted_length = strlen(wanted);
    for (const char *at = command_of(request); *at;) {
        at += strspn(at, ", ");
        size_t length = strcspn(at, ", ");
        if (length == wanted_length && strncasecmp(at, wanted, length) == 0)
            return 1;
        at += length;
    }
    return 0;
}

/* The number in a header; UNDECLARED if there is none or it is no number. */
static uint64_t number_in(const sim_request_t *request, const char *name)
{
    const char *text = sim_request_header(request, name);
    if (!text || !*text || strspn(text, "0123456789") != strlen(text))
        return UNDECLARED;
    return strtoull(text, NULL, 10);
}

static sim_upload_record_t *find_upload(const sim_files_t *files, const sim_request_t *request)
{
    char *id = sim_query_value(request, "upload_id");
    size_t i = 0;
    while (id && i < files->upload_count && strcmp(files->uploads[i]->id, id) != 0)
        i++;
    int is_found = id && i < files->upload_count;
    free(id);
    return is_found ? files->uploads[i] : NULL;
}

static int is_active(const sim_upload_record_t *upload)
{
    return strcmp(upload->status, "active") == 0;
}

static void keep_granules(sim_upload_record_t *upload)
{
    upload->granules_bytes = upload->received_bytes;
    EVP_MD_CTX_copy_ex(upload->granules_digest, upload->digest);
}

static void drop_remainder(sim_upload_record_t *upload)
{
    upload->received_bytes = upload->granules_bytes;
    EVP_MD_CTX_copy_ex(upload->digest, upload->granules_digest);
    upload->piece = NULL;
}

sim_upload_record_t *sim_files_begin_piece(sim_t *sim, const sim_request_t *request)
{
    /* Nearly no request is for an upload, so the path is not taken apart for each. */
    if (!has_command(request, "upload"))
        return NULL;
    sim_upload_record_t *upload = find_upload(&sim->files, request);
    if (!upload || !is_active(upload))
        return NULL;
    /* Who sends again has given the connection of the last piece up. */
    if (upload->piece)
        drop_remainder(upload);
    if (number_in(request, "x-goog-upload-offset") != upload->received_bytes)
        return NULL;
    upload->piece = request;
    upload->pieces++;
    return upload;
}

void sim_files_receive(sim_upload_record_t *upload, const sim_request_t *request, const char *bytes,
                       size_t length)
{
    if (upload->piece != request)
        return;
    while (length) {
        uint64_t room = GRANULE - upload->received_bytes % GRANULE;
        size_t part = length < room ? length : (size_t)room;
        EVP_DigestUpdate(upload->digest, bytes, part);
        upload->received_bytes += part;
        if (part == room)
            keep_granules(upload);
        bytes += part;
        length -= part;
    }
}

void sim_files_end_piece(sim_upload_record_t *upload, const sim_request_t *request)
{
    if (upload->piece == request)
        drop_remainder(upload);
}

/* ---- start ---- */

static void add_upload(sim_files_t *files, sim_upload_record_t *upload)
{
    if (files->upload_count == files->upload_capacity) {
        files->upload_capacity = files->upload_capacity ? files->upload_capacity * 2 : 8;
        files->uploads =
            sim_resize(files->uploads, files->upload_capacity * sizeof *files->uploads);
    }
    files->uploads[files->upload_count++] = upload;
    upload->status = "active";
    upload->digest = EVP_MD_CTX_new();
    upload->granules_digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(upload->digest, EVP_sha256(), NULL);
    keep_granules(upload);
    snprintf(upload->id, sizeof upload->id, "simulated-upload-%zu", files->upload_count);
}

/* "files/" and up to 40 of the letters that a name may have. */
static int is_file_name(const char *name)
{
    size_t length = strlen(name);
    return length > 6 && length <= 46 && strncmp(name, "files/", 6) == 0 && name[6] != '-' &&
           name[length - 1] != '-' &&
           strspn(name + 6, "abcdefghijklmnopqrstuvwxyz0123456789-") == length - 6;
}

static int check_start(const call_t *call)
{
    const sim_request_t *request = call->request;
    const char *protocol = sim_request_header(request, "x-goog-upload-protocol");
    json_t *file = json_object_get(request->json, "file");
    json_t *name = json_object_get(file, "name");
    json_t *size = json_object_get(file, "sizeBytes");
    uint64_t declared = number_in(request, "x-goog-upload-header-content-length");
    if (!protocol || strcasecmp(protocol, "resumable") != 0 || !has_command(request, "start"))
        return fail(call, 400, "Only the resumable protocol is known, and it begins with start.");
    if (request->body_length && !json_is_object(request->json))
        return fail(call, 400, "The body is not a JSON object.");
    if (size && declared != UNDECLARED &&
        (!json_is_string(size) || strtoull(json_string_value(size), NULL, 10) != declared))
        return fail(call, 400, "The sizeBytes and the declared length of the content differ.");
    if (name && (!json_is_string(name) || !is_file_name(json_string_value(name))))
        return fail(call, 400, "The name of a file is files/ and up to 40 of a-z, 0-9 and -.");
    if (name && find_file(&call->sim->files, json_string_value(name)) < call->sim->files.file_count)
        return fail(call, 409, "There is a file of this name already.");
    return 0;
}

static void start_upload(const call_t *call)
{
    const sim_request_t *request = call->request;
    const char *type = sim_request_header(request, "x-goog-upload-header-content-type");
    json_t *file = json_object_get(request->json, "file");
    const char *host = sim_request_header(request, "host");
    if (check_start(call) != 0)
        return;
    sim_upload_record_t *upload = sim_allocate(sizeof *upload);
    add_upload(&call->sim->files, upload);
    upload->declared_bytes = number_in(request, "x-goog-upload-header-content-length");
    upload->name = copy_of(json_object_get(file, "name"));
    upload->display_name = copy_of(json_object_get(file, "displayName"));
    upload->mime_type = copy_of(json_object_get(file, "mimeType"));
    if (!upload->mime_type)
        upload->mime_type = sim_copy(type ? type : "application/octet-stream",
                                     strlen(type ? type : "application/octet-stream"));

    sim_buffer_t url = {0};
    sim_buffer_format(&url, "%s://%s%s?upload_id=%s&upload_protocol=resumable",
                      call->sim->options.tls ? "https" : "http", host ? host : "localhost",
                      request->path, upload->id);
    sim_headers_set(&call->answer->headers, "x-goog-upload-url", url.data);
    sim_headers_set(&call->answer->headers, "x-goog-upload-status", "active");
    sim_headers_set(&call->answer->headers, "x-goog-upload-chunk-granularity", "262144");
    sim_buffer_free(&url);
}

/* ---- pieces ---- */

static void add_file(const call_t *call, sim_upload_record_t *upload)
{
    sim_files_t *files = &call->sim->files;
    sim_file_record_t *file = sim_allocate(sizeof *file);
    const char *host = sim_request_header(call->request, "host");
    const sim_options_t *options = &call->sim->options;
    time_t now = time(NULL), end = now + LIFETIME_S;
    struct tm utc;
    if (files->file_count == files->file_capacity) {
        files->file_capacity = files->file_capacity ? files->file_capacity * 2 : 8;
        files->files = sim_resize(files->files, files->file_capacity * sizeof *files->files);
    }
    files->files[files->file_count++] = file;
    file->number = ++files->counter;
    sim_buffer_t text = {0};
    if (upload->name)
        sim_buffer_text(&text, upload->name);
    else
        sim_buffer_format(&text, "files/sim%09u", file->number);
    file->name = text.data;
    memset(&text, 0, sizeof text);
    sim_buffer_format(&text, "%s://%s/%s/%s", options->tls ? "https" : "http",
                      host ? host : "localhost", call->route->version, file->name);
    file->uri = text.data;
    file->display_name =
        upload->display_name ? sim_copy(upload->display_name, strlen(upload->display_name)) : NULL;
    file->mime_type = sim_copy(upload->mime_type, strlen(upload->mime_type));
    file->size_bytes = upload->received_bytes;
    EVP_DigestFinal_ex(upload->digest, file->digest, NULL);
    sim_hex(file->sha256, file->digest, sizeof file->digest);
    gmtime_r(&now, &utc);
    strftime(file->created, sizeof file->created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    gmtime_r(&end, &utc);
    strftime(file->expires, sizeof file->expires, "%Y-%m-%dT%H:%M:%SZ", &utc);
    file->fails = file->display_name && strstr(file->display_name, "fail");
    if (file->fails || strncmp(file->mime_type, "video/", 6) == 0)
        file->polls = options->file_polls ? options->file_polls : 2;
    upload->file = sim_copy(file->name, strlen(file->name));
}

/* Tells where the upload stands; the file, too, once there is one. */
static void answer_upload(const call_t *call, const sim_upload_record_t *upload)
{
    const sim_files_t *files = &call->sim->files;
    size_t index = upload->file ? find_file(files, upload->file) : files->file_count;
    if (index < files->file_count) {
        json_t *json = json_pack("{s:o}", "file", render_file(files->files[index]));
        sim_answer_json(call->answer, 200, json);
        json_decref(json);
    }
    sim_headers_set(&call->answer->headers, "x-goog-upload-status", upload->status);
}

static void tell_received(const call_t *call, const sim_upload_record_t *upload)
{
    char received[24];
    snprintf(received, sizeof received, "%llu", (unsigned long long)upload->received_bytes);
    sim_headers_set(&call->answer->headers, "x-goog-upload-size-received", received);
}

static void refuse_piece(const call_t *call, sim_upload_record_t *upload, const char *message)
{
    if (upload->piece == call->request)
        drop_remainder(upload);
    fail(call, 400, message);
    sim_headers_set(&call->answer->headers, "x-goog-upload-status", upload->status);
}

static void take_piece(const call_t *call, sim_upload_record_t *upload)
{
    const sim_request_t *request = call->request;
    int is_empty = request->body_length == 0;
    uint64_t offset = number_in(request, "x-goog-upload-offset");
    if (!is_active(upload)) {
        refuse_piece(call, upload, "The upload is over.");
        return;
    }
    /* A body is taken while it arrives; if it was not, it was for another place. */
    if (is_empty ? offset != upload->received_bytes : upload->piece != request) {
        refuse_piece(call, upload, "The offset is not the size of what was received.");
        return;
    }
    upload->piece = NULL;
    if (!has_command(request, "finalize")) {
        drop_remainder(upload);
        answer_upload(call, upload);
        return;
    }
    if (upload->declared_bytes != UNDECLARED && upload->received_bytes != upload->declared_bytes) {
        upload->status = "cancelled";
        refuse_piece(call, upload, "What was received is not what was declared at the start.");
        return;
    }
    if (upload->name && find_file(&call->sim->files, upload->name) < call->sim->files.file_count) {
        upload->status = "cancelled";
        fail(call, 409, "There is a file of this name already.");
        sim_headers_set(&call->answer->headers, "x-goog-upload-status", upload->status);
        return;
    }
    upload->status = "final";
    add_file(call, upload);
    answer_upload(call, upload);
}

static void continue_upload(const call_t *call, sim_upload_record_t *upload)
{
    const sim_request_t *request = call->request;
    if (has_command(request, "query")) {
        upload->queries++;
        if (upload->piece)
            drop_remainder(upload);
        answer_upload(call, upload);
        tell_received(call, upload);
    } else if (has_command(request, "cancel")) {
        if (is_active(upload))
            upload->status = "cancelled";
        answer_upload(call, upload);
    } else if (has_command(request, "upload") || has_command(request, "finalize")) {
        take_piece(call, upload);
    } else {
        fail(call, 400, "There is no such X-Goog-Upload-Command.");
    }
}

/* ---- routes ---- */

static void answer_files(const call_t *call)
{
    const char *method = call->request->method;
    const char *id = call->route->id;
    const sim_files_t *files = &call->sim->files;
    size_t index = id ? find_file(files, id) : files->file_count;
    if (!id && strcmp(method, "GET") == 0)
        list_files(call);
    else if (!id || call->route->verb)
        fail(call, 404, "There is nothing at this path.");
    else if (index == files->file_count)
        fail(call, 404, "The file was not found.");
    else if (strcmp(method, "GET") == 0)
        get_file(call, files->files[index]);
    else if (strcmp(method, "DELETE") == 0)
        delete_file(call, index);
    else
        fail(call, 404, "There is no such method here.");
}

void sim_files_answer(sim_t *sim, const sim_request_t *request, const sim_route_t *route,
                      sim_answer_t *answer)
{
    call_t call = {sim, request, route, answer};
    char *id = sim_query_value(request, "upload_id");
    sim_upload_record_t *upload = find_upload(&sim->files, request);
    if (route->resource == SIM_ROUTE_UPLOAD && (route->id || strcmp(request->method, "POST") != 0))
        fail(&call, 404, "There is nothing at this path.");
    else if (route->resource == SIM_ROUTE_UPLOAD && upload) /* the address is the credential */
        continue_upload(&call, upload);
    else if (route->resource == SIM_ROUTE_UPLOAD && id)
        fail(&call, 404, "There is no such upload.");
    else if (sim_credentials_check(sim, request, 1, answer) != 0)
        ;
    else if (route->resource == SIM_ROUTE_UPLOAD)
        start_upload(&call);
    else
        answer_files(&call);
    free(id);
}

/* ---- what tests see ---- */

int sim_file(const sim_t *sim, size_t index, sim_file_t *file)
{
    if (index >= sim->files.file_count)
        return -1;
    const sim_file_record_t *record = sim->files.files[index];
    *file = (sim_file_t){record->name,     record->display_name, record->mime_type,
                         state_of(record), record->sha256,       record->size_bytes};
    return 0;
}

int sim_file_by_name(const sim_t *sim, const char *name, sim_file_t *file)
{
    return sim_file(sim, find_file(&sim->files, name), file);
}

int sim_upload(const sim_t *sim, size_t index, sim_upload_t *upload)
{
    if (index >= sim->files.upload_count)
        return -1;
    const sim_upload_record_t *record = sim->files.uploads[index];
    *upload = (sim_upload_t){record->status,         record->file,   record->received_bytes,
                             record->declared_bytes, record->pieces, record->queries};
    return 0;
}

void sim_files_free(sim_files_t *files)
{
    for (size_t i = 0; i < files->file_count; i++)
        free_file(files->files[i]);
    for (size_t i = 0; i < files->upload_count; i++) {
        sim_upload_record_t *upload = files->uploads[i];
        EVP_MD_CTX_free(upload->digest);
        EVP_MD_CTX_free(upload->granules_digest);
        free(upload->name);
        free(upload->display_name);
        free(upload->mime_type);
        free(upload->file);
        free(upload);
    }
    free(files->files);
    free(files->uploads);
}
