/* gia_interaction_describe() says what gia_interaction_create() sends, but for the credential. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct text_s {
    char bytes[4096];
    size_t len;
    int stop_at; /* the n-th piece is refused; 0: none */
    int pieces;
} text_t;

static int take(const char *bytes, size_t len, void *data)
{
    text_t *text = data;

    if (++text->pieces == text->stop_at)
        return 1;
    assert_true(text->len + len < sizeof(text->bytes));
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
    return 0;
}

static gia_request_t *make_request(const char *body)
{
    gia_request_t *request = gia_request_new();

    gia_request_set_json(request, "", body);
    return request;
}

static void lower(char *text)
{
    for (; *text; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
    }
}

/* Every line of the description was sent, and nothing else but the host. */
static void compare(char *description, const sim_request_t *sent, const char *url,
                    const char *credential_name, const char *credential, const char *redacted)
{
    char start[512];
    char *line = strtok(description, "\n");
    size_t count = 0;

    snprintf(start, sizeof(start), "POST %s%s", url, sent->path);
    assert_string_equal(line, start);
    while ((line = strtok(NULL, "\n"))) {
        char *value = strstr(line, ": ");

        assert_non_null(value);
        *value = '\0';
        value += 2;
        lower(line);
        assert_int_equal(sim_request_header_count(sent, line), 1);
        if (strcmp(line, credential_name) == 0) {
            assert_string_equal(value, redacted);
            assert_string_equal(sim_request_header(sent, line), credential);
        } else {
            assert_string_equal(sim_request_header(sent, line), value);
        }
        count++;
    }
    assert_non_null(sim_request_header(sent, "host"));
    assert_int_equal(count + 1, sent->header_count);
}

static void give_token(gia_client_t *client, const char *refused, void *data)
{
    assert_int_equal(gia_client_set_bearer_token(client, "secret"), GIA_OK);
}

static void check_description(const gia_config_t *settings, const char *body, const char *accept)
{
    int has_key = settings->api_key != NULL;
    world_options_t options = {.config = *settings, .sim = {.http = SIM_HTTP_1}};
    gia_config_t config = *settings;
    gia_request_t *request = make_request(body);
    char length[64], url[256];
    record_t record = {0};
    text_t text = {0};
    world_t world;

    world_open(&world, &options);
    snprintf(url, sizeof(url), "http://127.0.0.1%s", strrchr(sim_url(world.sim), ':'));
    config.base_url = url;
    assert_int_equal(gia_interaction_describe(take, &text, &config, request), GIA_OK);
    assert_int_equal(sim_counts(world.sim).connections_accepted, 0);
    assert_null(strstr(text.bytes, "secret"));
    assert_non_null(strstr(text.bytes, accept));
    snprintf(length, sizeof(length), "\nContent-Length: %zu\n\n", strlen(body));
    assert_string_equal(text.bytes + text.len - strlen(length), length);

    assert_int_equal(world_create(&world, &record, body, NULL), GIA_OK);
    world_run(&world, &record);
    assert_int_equal(sim_request_count(world.sim), 1);
    compare(text.bytes, sim_request(world.sim, 0), url,
            has_key ? "x-goog-api-key" : "authorization", has_key ? "secret" : "Bearer secret",
            has_key ? "[redacted]" : "Bearer [redacted]");
    record_clear(&record);
    gia_request_free(request);
    world_close(&world);
}

static void describes_what_is_sent(void **state)
{
    gia_config_t config = GIA_CONFIG_INIT;

    config.api_key = "secret";
    check_description(&config, BODY_UNARY, "\nAccept: application/json\n");
    check_description(&config, BODY_STREAM, "\nAccept: text/event-stream\n");
    config.user_project = "project";
    config.user_agent = "program/1";
    config.api_revision = "2026-05-20";
    config.api_version = "v1";
    check_description(&config, BODY_STREAM, "\nx-goog-user-project: project\n");
    config.vertex = 1;
    check_description(&config, BODY_UNARY, "/v1/interactions\n");
}

static void describes_a_bearer_token(void **state)
{
    gia_config_t config = GIA_CONFIG_INIT;

    config.bearer_token = "secret";
    check_description(&config, BODY_UNARY, "\nAuthorization: Bearer [redacted]\n");
    config.bearer_token = NULL;
    config.get_token = give_token;
    config.vertex_project = "project";
    config.vertex_location = "us-central1";
    check_description(&config, BODY_UNARY,
                      "/v1beta1/projects/project/locations/us-central1/interactions\n");
}

static void files_count(void **state)
{
    char path[] = "/tmp/gia-describe-XXXXXX";
    gia_config_t config = GIA_CONFIG_INIT;
    gia_request_t *request = make_request("{\"model\":\"m\"}");
    char length[64];
    text_t head = {0}, body = {0};
    FILE *file = fdopen(mkstemp(path), "wb");

    fputs("words", file);
    fclose(file);
    config.api_key = "k";
    gia_request_add_file(request, path, "text/plain");
    assert_int_equal(gia_interaction_describe(take, &head, &config, request), GIA_OK);
    assert_int_equal(gia_request_write(request, GIA_REVISION_STEPS, take, &body), GIA_OK);
    snprintf(length, sizeof(length), "\nContent-Length: %zu\n", body.len);
    assert_non_null(strstr(head.bytes, length));
    gia_request_free(request);
    unlink(path);
}

static void refuses_what_a_create_refuses(void **state)
{
    gia_config_t config = GIA_CONFIG_INIT;
    gia_request_t *request = make_request(BODY_UNARY);
    gia_request_t *empty = gia_request_new();
    text_t text = {0};

    assert_int_equal(gia_interaction_describe(take, &text, &config, request), GIA_EINVAL);
    config.api_key = "k";
    assert_int_equal(gia_interaction_describe(NULL, &text, &config, request), GIA_EINVAL);
    assert_int_equal(gia_interaction_describe(take, &text, NULL, request), GIA_EINVAL);
    assert_int_equal(gia_interaction_describe(take, &text, &config, NULL), GIA_EINVAL);
    assert_int_equal(gia_interaction_describe(take, &text, &config, empty), GIA_EINVAL);
    gia_request_add_file(empty, "/nowhere/car.png", NULL);
    assert_int_equal(gia_interaction_describe(take, &text, &config, empty), GIA_EFILE);
    config.max_request_bytes = 10;
    assert_int_equal(gia_interaction_describe(take, &text, &config, request), GIA_EREQUEST_TOO_BIG);
    assert_int_equal(text.pieces, 0);
    gia_request_free(empty);
    gia_request_free(request);
}

static void stops_when_it_is_told_to(void **state)
{
    gia_config_t config = GIA_CONFIG_INIT;
    gia_request_t *request = make_request(BODY_UNARY);
    text_t whole = {0};

    config.api_key = "k";
    assert_int_equal(gia_interaction_describe(take, &whole, &config, request), GIA_OK);
    for (int i = 1; i <= whole.pieces; i++) {
        text_t text = {.stop_at = i};
        assert_int_equal(gia_interaction_describe(take, &text, &config, request), GIA_ECANCELED);
        assert_int_equal(text.pieces, i);
    }
    gia_request_free(request);
}

static void survives_without_memory(void **state)
{
    gia_config_t config = GIA_CONFIG_INIT;
    gia_request_t *request = make_request(BODY_UNARY);
    memory_t memory;
    size_t at;
    int rc = GIA_ENOMEM;

    config.api_key = "k";
    config.allocator = &memory.allocator;
    for (at = 1; rc == GIA_ENOMEM && at < 100; at++) {
        text_t text = {0};
        memory_init(&memory);
        memory.fail_at = at;
        rc = gia_interaction_describe(take, &text, &config, request);
        assert_int_equal(memory.live, 0);
        assert_int_equal(text.len == 0, rc != GIA_OK);
    }
    assert_int_equal(rc, GIA_OK);
    assert_true(at > 5);
    gia_request_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_what_is_sent),
        cmocka_unit_test(describes_a_bearer_token),
        cmocka_unit_test(files_count),
        cmocka_unit_test(refuses_what_a_create_refuses),
        cmocka_unit_test(stops_when_it_is_told_to),
        cmocka_unit_test(survives_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
