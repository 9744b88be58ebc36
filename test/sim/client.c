/*
 * client.c - libcurl as a client of the simulator, for its tests.
 */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const wire_t wires[WIRES] = {
    {"HTTP/1.1", 0, CURL_HTTP_VERSION_1_1, 1},
    {"HTTP/2 in clear", 0, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE, 2},
    {"HTTP/1.1 over TLS", 1, CURL_HTTP_VERSION_1_1, 1},
    {"HTTP/2 over TLS", 1, CURL_HTTP_VERSION_2TLS, 2},
};

uv_loop_t loop;
sim_t *sim;
const wire_t *wire;
char url[64], ca_file[256];
int client_done;

int is_reliable(const wire_t *which)
{
    return which->tls || which->http_version == 1;
}

/* ---- the client ---- */

static size_t on_answer(char *bytes, size_t size, size_t count, void *data)
{
    fetch_t *fetch = data;
    fetch->answer = realloc(fetch->answer, fetch->length + count + 1);
    memcpy(fetch->answer + fetch->length, bytes, count);
    fetch->length += count;
    fetch->answer[fetch->length] = '\0';
    return count;
}

static size_t on_head(char *bytes, size_t size, size_t count, void *data)
{
    fetch_t *fetch = data;
    size_t length = fetch->head ? strlen(fetch->head) : 0;
    fetch->head = realloc(fetch->head, length + count + 1);
    memcpy(fetch->head + length, bytes, count);
    fetch->head[length + count] = '\0';
    return count;
}

static void perform(fetch_t *fetch)
{
    char address[512];
    char *type = NULL;
    struct curl_slist *headers = NULL;
    CURL *easy = curl_easy_init();
    snprintf(address, sizeof address, "%s%s", url,
             fetch->path ? fetch->path : "/v1beta/interactions");
    if (!fetch->headers[0])
        headers = curl_slist_append(headers, "x-goog-api-key: test-key");
    if (!fetch->headers[0] && fetch->body)
        headers = curl_slist_append(headers, "content-type: application/json");
    for (size_t i = 0; i < 8 && fetch->headers[i]; i++)
        headers = curl_slist_append(headers, fetch->headers[i]);
    curl_easy_setopt(easy, CURLOPT_URL, address);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, wire->curl_version);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, fetch->timeout_ms ? fetch->timeout_ms : 3000L);
    if (wire->tls)
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    if (fetch->body)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->body);
    if (fetch->body_length)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body_length);
    if (fetch->method)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, fetch->method);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    for (int i = 0; i < (fetch->times ? fetch->times : 1); i++)
        fetch->code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &fetch->status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME, &fetch->seconds);
    snprintf(fetch->type, sizeof fetch->type, "%s", type ? type : "");
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

void client_work(uv_work_t *request)
{
    perform(request->data);
}

void client_after_work(uv_work_t *request, int status)
{
    client_done = 1;
}

void fetch_free(fetch_t *what)
{
    free(what->head);
    free(what->answer);
    what->head = NULL;
    what->answer = NULL;
    what->length = 0;
}

void fetch(fetch_t *what)
{
    uv_work_t request = {.data = what};
    fetch_free(what);
    client_done = 0;
    uv_queue_work(&loop, &request, client_work, client_after_work);
    while (!client_done)
        uv_run(&loop, UV_RUN_ONCE);
    if (!what->answer)
        what->answer = calloc(1, 1);
}

char *answer_header(const fetch_t *what, const char *name)
{
    size_t length = strlen(name);
    const char *line = what->head ? what->head : "";
    while (*line) {
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1 + strspn(line + length + 1, " ");
            return strndup(value, strcspn(value, "\r\n"));
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return NULL;
}

/* ---- the simulator ---- */

void start_with(const wire_t *which, sim_options_t options)
{
    wire = which;
    options.tls = which->tls;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(sim_start(&sim, &loop, &options), 0);
    snprintf(url, sizeof url, "%s", sim_url(sim));
    snprintf(ca_file, sizeof ca_file, "%s", sim_ca_file(sim) ? sim_ca_file(sim) : "");
}

void start(const wire_t *which)
{
    start_with(which, (sim_options_t){0});
}

void on_stopped(void *data)
{
    *(int *)data = 1;
}

void stop(void)
{
    int stopped = 0;
    sim_stop(sim, on_stopped, &stopped);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    if (*ca_file)
        assert_null(fopen(ca_file, "r"));
}

void script(const char *text)
{
    char error[200] = "";
    if (sim_script(sim, text, error, sizeof error) != 0)
        fail_msg("script: %s", error);
}

fetch_t create(const char *body)
{
    fetch_t what = {.body = body};
    fetch(&what);
    return what;
}

json_t *create_json(const char *body)
{
    fetch_t what = create(body);
    assert_int_equal(what.code, CURLE_OK);
    assert_int_equal(what.status, 200);
    json_t *json = json_loads(what.answer, 0, NULL);
    assert_non_null(json);
    fetch_free(&what);
    return json;
}

const char *text_at(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

const char *output_text(json_t *json)
{
    json_t *steps = json_object_get(json, "steps");
    json_t *outputs = json_object_get(json, "outputs");
    if (outputs)
        return text_at(json_array_get(outputs, json_array_size(outputs) - 1), "text");
    json_t *last = json_array_get(steps, json_array_size(steps) - 1);
    return text_at(json_array_get(json_object_get(last, "content"), 0), "text");
}

size_t read_stream(const char *stream, char *text, size_t size)
{
    size_t events = 0;
    *text = '\0';
    for (const char *at = stream; (at = strstr(at, "data: ")); events++) {
        at += 6;
        json_t *event = json_loads(at, JSON_DISABLE_EOF_CHECK, NULL);
        json_t *delta = json_object_get(event, "delta");
        size_t used = strlen(text);
        if (strcmp(text_at(delta, "type"), "text") == 0)
            snprintf(text + used, size - used, "%s", text_at(delta, "text"));
        json_decref(event);
    }
    return events;
}
