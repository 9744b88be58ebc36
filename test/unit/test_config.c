/* The config: what is refused and in which words, what the environment fills in, what becomes of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gia/error.h>
#include <gia/version.h>

#include "config.h"
#include "failing_memory.h"

#define SECRET "s3cr3t"

static void *no_malloc(size_t size, void *data)
{
    return NULL;
}

static void *no_realloc(void *pointer, size_t size, void *data)
{
    return NULL;
}

static void no_free(void *pointer, void *data) {}

static const gia_allocator_t no_memory = {no_malloc, no_realloc, no_free, NULL};
static const gia_allocator_t half_allocators[] = {
    {NULL, no_realloc, no_free, NULL},
    {no_malloc, NULL, no_free, NULL},
    {no_malloc, no_realloc, NULL, NULL},
};

#define KEY    .api_key = SECRET
#define TOKEN  .bearer_token = SECRET
#define USABLE "the config is usable"

static void no_token(gia_client_t *client, const char *refused, void *data) {}

static const struct {
    gia_config_t config; /* its size is filled in */
    const char *message;
} checks[] = {
    {{KEY}, USABLE},
    {{TOKEN}, USABLE},
    {{0}, "neither api_key nor bearer_token nor get_token is set"},
    {{KEY, TOKEN}, "both api_key and a bearer token are set: the service takes exactly one"},
    {{.get_token = no_token}, USABLE},
    {{TOKEN, .get_token = no_token}, USABLE},
    {{KEY, .get_token = no_token},
     "both api_key and a bearer token are set: the service takes exactly one"},

    /* the base URL */
    {{KEY, .base_url = "https://example.org"}, USABLE},
    {{KEY, .base_url = "HTTPS://example.org:8443/prefix/"}, USABLE},
    {{KEY, .base_url = "http://127.0.0.1:1"}, USABLE},
    {{KEY, .base_url = "http://[::1]:80/a@b"}, USABLE},
    {{KEY, .base_url = "http://[::1]/a"}, USABLE},
    {{KEY, .base_url = "http://h:65535"}, USABLE},
    {{KEY, .base_url = "http://h:65536"}, "base_url has a port that is none: 1 to 65535"},
    {{KEY, .base_url = "http://h:0/"}, "base_url has a port that is none: 1 to 65535"},
    {{KEY, .base_url = "http://h:"}, "base_url has a port that is none: 1 to 65535"},
    {{KEY, .base_url = "http://h:80x/"}, "base_url has a port that is none: 1 to 65535"},
    {{KEY, .base_url = "http://h:000080"}, "base_url has a port that is none: 1 to 65535"},
    {{KEY, .base_url = "example.org"}, "base_url must begin with https:// or http://"},
    {{KEY, .base_url = "ftp://example.org"}, "base_url must begin with https:// or http://"},
    {{KEY, .base_url = "file:///etc/passwd"}, "base_url must begin with https:// or http://"},
    {{KEY, .base_url = "https:/example.org"}, "base_url must begin with https:// or http://"},
    {{KEY, .base_url = "https://"}, "base_url names no host"},
    {{KEY, .base_url = "https:///path"}, "base_url names no host"},
    {{KEY, .base_url = "https://:80"}, "base_url names no host"},
    {{KEY, .base_url = "https://?x"}, "base_url names no host"},
    {{KEY, .base_url = "https://" SECRET "@example.org"}, "base_url must not hold a user name"},
    {{KEY, .base_url = "https://u:" SECRET "@example.org/"}, "base_url must not hold a user name"},
    {{KEY, .base_url = "https://example.org?key=" SECRET},
     "base_url must not hold a query, a fragment, a space or a backslash"},
    {{KEY, .base_url = "https://example.org/#x"},
     "base_url must not hold a query, a fragment, a space or a backslash"},
    {{KEY, .base_url = "https://example.org/a b"},
     "base_url must not hold a query, a fragment, a space or a backslash"},
    {{KEY, .base_url = "https://example.org\\@evil.org"}, "base_url must not hold a user name"},
    {{KEY, .base_url = "https://example.org\\evil"},
     "base_url must not hold a query, a fragment, a space or a backslash"},

    /* what goes into a path or a host */
    {{KEY, .api_version = "v1beta"}, USABLE},
    {{KEY, .api_version = "v1/../x"}, "api_version must be a word such as v1beta"},
    {{KEY, .api_version = ".."}, "api_version must be a word such as v1beta"},
    {{KEY, .api_version = "."}, "api_version must be a word such as v1beta"},
    {{KEY, .api_version = "v1?x"}, "api_version must be a word such as v1beta"},
    {{KEY, .api_version = "v1%2e"}, "api_version must be a word such as v1beta"},
    {{TOKEN, .vertex_project = "p", .vertex_location = "global"}, USABLE},
    {{TOKEN, .vertex_project = "example.com:p-1", .vertex_location = "us-central1"}, USABLE},
    {{TOKEN, .vertex_project = "p"}, "vertex_project and vertex_location go together"},
    {{TOKEN, .vertex_location = "l"}, "vertex_project and vertex_location go together"},
    {{TOKEN, .vertex_project = "p/q", .vertex_location = "l"},
     "vertex_project holds a character that no project id has"},
    {{TOKEN, .vertex_project = "..", .vertex_location = "l"},
     "vertex_project holds a character that no project id has"},
    {{TOKEN, .vertex_project = "p", .vertex_location = "evil.org/"},
     "vertex_location holds a character that no location has"},
    {{TOKEN, .vertex_project = "p", .vertex_location = "evil.org"},
     "vertex_location holds a character that no location has"},
    {{TOKEN, .vertex_project = "p", .vertex_location = "evil:80"},
     "vertex_location holds a character that no location has"},
    {{TOKEN, .vertex_project = "p", .vertex_location = "u@evil"},
     "vertex_location holds a character that no location has"},
    {{KEY, .vertex_project = "p", .vertex_location = "l"},
     "Vertex AI needs a bearer_token or get_token for a project"},
    {{KEY, .vertex = 1}, USABLE},
    {{TOKEN, .vertex = 1},
     "Vertex AI needs vertex_project and vertex_location, or an api_key (express mode)"},
    {{.get_token = no_token, .vertex_project = "p", .vertex_location = "us"}, USABLE},

    /* numbers */
    {{KEY, .connect_timeout_ms = GIA_NO_TIMEOUT, .first_byte_timeout_ms = GIA_NO_TIMEOUT,
      .idle_timeout_ms = GIA_NO_TIMEOUT, .total_timeout_ms = GIA_NO_TIMEOUT},
     USABLE},
    {{KEY, .connect_timeout_ms = -2}, "a timeout is negative and not GIA_NO_TIMEOUT"},
    {{KEY, .first_byte_timeout_ms = -2}, "a timeout is negative and not GIA_NO_TIMEOUT"},
    {{KEY, .idle_timeout_ms = INT64_MIN}, "a timeout is negative and not GIA_NO_TIMEOUT"},
    {{KEY, .total_timeout_ms = -5}, "a timeout is negative and not GIA_NO_TIMEOUT"},

    {{KEY, .allocator = &no_memory}, USABLE},
    {{KEY, .allocator = &half_allocators[0]}, "allocator lacks a function"},
    {{KEY, .allocator = &half_allocators[1]}, "allocator lacks a function"},
    {{KEY, .allocator = &half_allocators[2]}, "allocator lacks a function"},
};

static void refusals(void **state)
{
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        gia_config_t config = checks[i].config;
        const char *message = NULL;
        int rc;

        config.size = sizeof(config);
        rc = gia_config_check(&config, &message);
        if (strcmp(message, checks[i].message) != 0)
            fail_msg("row %zu: %s", i, message);
        assert_int_equal(rc, strcmp(message, USABLE) == 0 ? GIA_OK : GIA_EINVAL);
        assert_int_equal(gia_config_check(&config, NULL), rc);
        assert_null(strstr(message, SECRET));
    }
}

static const struct {
    const char *name;
    size_t offset;
} strings[] = {
#define ROW(name)                                                                                  \
    {                                                                                              \
#name, offsetof(gia_config_t, name)                                                        \
    }
    ROW(api_key),      ROW(bearer_token), ROW(base_url),       ROW(api_version),
    ROW(api_revision), ROW(user_project), ROW(vertex_project), ROW(vertex_location),
    ROW(user_agent),   ROW(ca_file),      ROW(proxy),
#undef ROW
};

static const char **string_of(gia_config_t *config, size_t i)
{
    return (const char **)(void *)((char *)config + strings[i].offset);
}

/* Line ends above all: nothing may begin a header of its own. */
static void strings_without_control_characters(void **state)
{
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        for (int c = 0; c < 256; c++) {
            char value[64], expected[64];
            gia_config_t config = GIA_CONFIG_INIT;
            const char *message = "";
            int control = c < 0x20 || c == 0x7f;

            if (strcmp(strings[i].name, "bearer_token") != 0)
                config.api_key = "key";
            snprintf(value, sizeof(value), SECRET "%cX-Injected: 1", c);
            if (c == 0)
                value[0] = '\0';
            *string_of(&config, i) = value;
            if (gia_config_check(&config, &message) == GIA_OK)
                assert_false(control);
            snprintf(expected, sizeof(expected), "%s is empty or holds a control character",
                     strings[i].name);
            if (control != (strncmp(message, expected, strlen(expected)) == 0))
                fail_msg("%s, 0x%02x: %s", strings[i].name, (unsigned)c, message);
            assert_null(strstr(message, SECRET));
        }
    }
}

static void sizes(void **state)
{
    gia_config_t config = {.api_key = "key"}, copy;
    const char *message;
    struct {
        gia_config_t config;
        char more[64];
    } newer = {.config = {.size = sizeof(newer), .api_key = "key"}};

    assert_int_equal(gia_config_check(NULL, &message), GIA_EINVAL);
    assert_string_equal(message, "config is NULL");
    assert_int_equal(gia_config_check(&config, &message), GIA_EINVAL);
    assert_string_equal(message, "config.size is not set: start from GIA_CONFIG_INIT");

    /* An older program does not have the members behind api_key: whatever stands there is not its.
     */
    memset(&config, 0xff, sizeof(config));
    config.size = offsetof(gia_config_t, bearer_token);
    config.api_key = "key";
    assert_int_equal(gia_config_check(&config, &message), GIA_OK);
    gia__config_read(&copy, &config);
    assert_string_equal(copy.api_key, "key");
    assert_null(copy.bearer_token);
    assert_null(copy.allocator);
    assert_int_equal(copy.max_calls, 0);

    assert_int_equal(gia_config_check(&newer.config, &message), GIA_OK);
}

/* The environment */

static const char *const variables[] = {
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_GENAI_API_VERSION",
    "GOOGLE_GENAI_USER_PROJECT",
    "GOOGLE_GENAI_USE_VERTEXAI",
    "GOOGLE_GENAI_USE_ENTERPRISE",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_VERTEX_BASE_URL",
};

static const struct {
    const char *environment[6]; /* NAME=value */
    gia_config_t before, after;
} environments[] = {
    {{NULL}, {0}, {0}},
    {{"GOOGLE_API_KEY=a"}, {0}, {.api_key = "a"}},
    {{"GEMINI_API_KEY=b"}, {0}, {.api_key = "b"}},
    {{"GOOGLE_API_KEY=a", "GEMINI_API_KEY=b"}, {0}, {.api_key = "a"}},
    {{"GOOGLE_API_KEY=", "GEMINI_API_KEY=b"}, {0}, {.api_key = "b"}},
    {{"GOOGLE_API_KEY=a"}, {.api_key = "own"}, {.api_key = "own"}},
    {{"GOOGLE_API_KEY=a"}, {.bearer_token = "own"}, {.bearer_token = "own"}},
    {{"GOOGLE_GEMINI_BASE_URL=u"}, {0}, {.base_url = "u"}},
    {{"GOOGLE_GEMINI_BASE_URL=u"}, {.base_url = "own"}, {.base_url = "own"}},
    {{"GOOGLE_VERTEX_BASE_URL=u"}, {0}, {0}},
    {{"GOOGLE_GENAI_API_VERSION=v1"}, {0}, {.api_version = "v1"}},
    {{"GOOGLE_GENAI_API_VERSION=beta"}, {0}, {.api_version = "v1beta"}},
    {{"GOOGLE_GENAI_API_VERSION=v1"}, {.api_version = "own"}, {.api_version = "own"}},
    {{"GOOGLE_GENAI_USER_PROJECT=p"}, {0}, {.user_project = "p"}},
    {{"GOOGLE_CLOUD_PROJECT=p", "GOOGLE_CLOUD_LOCATION=l"}, {0}, {0}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=true", "GOOGLE_CLOUD_PROJECT=p", "GOOGLE_CLOUD_LOCATION=l",
      "GOOGLE_API_KEY=a", "GOOGLE_VERTEX_BASE_URL=v", "GOOGLE_GEMINI_BASE_URL=u"},
     {0},
     {.vertex_project = "p", .vertex_location = "l", .base_url = "v"}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=1", "GOOGLE_CLOUD_PROJECT=p"}, {0}, {.vertex_project = "p"}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=True", "GOOGLE_CLOUD_PROJECT=p"}, {0}, {.vertex_project = "p"}},
    {{"GOOGLE_GENAI_USE_ENTERPRISE=true", "GOOGLE_CLOUD_PROJECT=p"}, {0}, {.vertex_project = "p"}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=false", "GOOGLE_CLOUD_PROJECT=p", "GOOGLE_API_KEY=a"},
     {0},
     {.api_key = "a"}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=yes", "GOOGLE_CLOUD_PROJECT=p"}, {0}, {0}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=true", "GOOGLE_GENAI_API_VERSION=beta"},
     {0},
     {.api_version = "v1beta1"}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=true", "GOOGLE_API_KEY=a", "GEMINI_API_KEY=b"},
     {0},
     {.api_key = "a"}}, /* express mode */
    {{"GOOGLE_GENAI_USE_VERTEXAI=true", "GOOGLE_API_KEY=a"},
     {.bearer_token = "own"},
     {.bearer_token = "own"}},
    {{"GOOGLE_GENAI_USE_VERTEXAI=true", "GOOGLE_CLOUD_PROJECT=p"},
     {.vertex_project = "own"},
     {.vertex_project = "own"}},
};

static void clear_environment(void)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
}

static void the_environment(void **state)
{
    for (size_t i = 0; i < sizeof(environments) / sizeof(environments[0]); i++) {
        gia_config_t config = environments[i].before, expected = environments[i].after;

        clear_environment();
        for (size_t k = 0; k < 6 && environments[i].environment[k]; k++) {
            const char *pair = environments[i].environment[k], *value = strchr(pair, '=');
            char name[64];

            snprintf(name, sizeof(name), "%.*s", (int)(value - pair), pair);
            setenv(name, value + 1, 1);
        }
        config.size = sizeof(config);
        gia_config_from_env(&config);
        for (size_t k = 0; k < sizeof(strings) / sizeof(strings[0]); k++) {
            const char *got = *string_of(&config, k), *wanted = *string_of(&expected, k);
            if (!got != !wanted || (got && strcmp(got, wanted) != 0))
                fail_msg("row %zu, %s: %s", i, strings[k].name, got ? got : "(none)");
        }
    }
}

/* What an older program does not have must not be written to. */
static void an_older_config_is_not_written_beyond(void **state)
{
    gia_config_t config;

    clear_environment();
    setenv("GOOGLE_API_KEY", "a", 1);
    setenv("GOOGLE_GENAI_USER_PROJECT", "p", 1);
    memset(&config, 0, sizeof(config));
    config.size = offsetof(gia_config_t, bearer_token);
    gia_config_from_env(&config);
    assert_string_equal(config.api_key, "a");
    assert_null(config.user_project);
    gia_config_from_env(NULL);
    clear_environment();
}

/* Settings */

#define AGENT "gia/" GIA_VERSION_STRING

static const struct {
    gia_config_t config;
    const char *path;
    const char *headers[6];
} settings_rows[] = {
    {{.api_key = "k"},
     "https://generativelanguage.googleapis.com/v1beta",
     {"x-goog-api-key: k", "User-Agent: " AGENT, "x-goog-api-client: " AGENT}},
    {{.bearer_token = "t",
      .base_url = "http://h:1/p///",
      .api_version = "v9",
      .user_agent = "me/1",
      .api_revision = "r",
      .user_project = "u"},
     "http://h:1/p/v9",
     {"Authorization: Bearer t", "Api-Revision: r", "x-goog-user-project: u",
      "User-Agent: me/1 " AGENT, "x-goog-api-client: me/1 " AGENT}},
    {{.bearer_token = "t", .vertex_project = "p", .vertex_location = "global"},
     "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global",
     {"Authorization: Bearer t", "User-Agent: " AGENT, "x-goog-api-client: " AGENT}},
    {{.bearer_token = "t", .vertex_project = "p", .vertex_location = "us-central1"},
     "https://us-central1-aiplatform.googleapis.com/v1beta1/projects/p/locations/us-central1",
     {"Authorization: Bearer t", "User-Agent: " AGENT, "x-goog-api-client: " AGENT}},
    {{.bearer_token = "t", .vertex_project = "p", .vertex_location = "eu"},
     "https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu",
     {"Authorization: Bearer t", "User-Agent: " AGENT, "x-goog-api-client: " AGENT}},
    {{.bearer_token = "t", .vertex_project = "p", .vertex_location = "us"},
     "https://aiplatform.us.rep.googleapis.com/v1beta1/projects/p/locations/us",
     {"Authorization: Bearer t", "User-Agent: " AGENT, "x-goog-api-client: " AGENT}},
    {{.api_key = "k", .vertex = 1},
     "https://aiplatform.googleapis.com/v1beta1",
     {"x-goog-api-key: k", "User-Agent: " AGENT, "x-goog-api-client: " AGENT}},
    {{.bearer_token = "t", .vertex_project = "p", .vertex_location = "l", .base_url = "https://h"},
     "https://h/v1beta1/projects/p/locations/l",
     {"Authorization: Bearer t", "User-Agent: " AGENT, "x-goog-api-client: " AGENT}},
};

static void settings(void **state)
{
    for (size_t i = 0; i < sizeof(settings_rows) / sizeof(settings_rows[0]); i++) {
        for (size_t n = 1;; n++) {
            failing_memory_t memory = {.fail_at = n};
            gia__mem_t mem = failing_allocator(&memory);
            gia_config_t config = settings_rows[i].config;
            gia__settings_t made;
            char ca_file[] = "ca.pem", proxy[] = "http://proxy";
            size_t count = 0;
            int rc;

            config.ca_file = ca_file;
            config.proxy = proxy;
            rc = gia__settings_init(&made, &mem, &config);
            if (rc != GIA_OK) {
                assert_int_equal(rc, GIA_ENOMEM);
                assert_int_equal(memory.n_open, 0);
                assert_true(n < 20);
                continue;
            }
            memset(ca_file, 'x', sizeof(ca_file) - 1); /* strings are copied */
            memset(proxy, 'x', sizeof(proxy) - 1);
            assert_string_equal(made.config.ca_file, "ca.pem");
            assert_string_equal(made.config.proxy, "http://proxy");
            assert_string_equal(made.origin_path, settings_rows[i].path);
            assert_string_equal(made.credential_line, settings_rows[i].headers[0]);
            for (; settings_rows[i].headers[count + 1]; count++) {
                assert_true(count < made.header_count);
                assert_string_equal(made.headers[count], settings_rows[i].headers[count + 1]);
            }
            assert_int_equal(made.header_count, count);
            if (strstr(made.origin_path, "v1beta1"))
                assert_null(made.upload_path); /* no Files API on Vertex AI */
            else
                assert_memory_equal(made.upload_path, made.base_url, strlen(made.base_url));
            assert_int_equal(made.config.max_in_flight, 10000);
            assert_int_equal(made.config.max_calls, 1000000);
            assert_int_equal(made.config.connect_timeout_ms, 10000);
            assert_int_equal(made.config.first_byte_timeout_ms, 600000);
            assert_int_equal(made.config.idle_timeout_ms, 300000);
            assert_int_equal(made.config.total_timeout_ms, GIA_NO_TIMEOUT);
            assert_int_equal(made.config.max_json_depth, 128);
            assert_int_equal(made.config.max_error_body_bytes, 64 * 1024);
            gia__settings_free(&made, &mem);
            assert_int_equal(memory.n_open, 0);
            break;
        }
    }
    assert_int_equal(gia__timeout_of(0, 5), 5);
    assert_int_equal(gia__timeout_of(7, 5), 7);
    assert_int_equal(gia__timeout_of(GIA_NO_TIMEOUT, 5), GIA_NO_TIMEOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(strings_without_control_characters),
        cmocka_unit_test(sizes),
        cmocka_unit_test(the_environment),
        cmocka_unit_test(an_older_config_is_not_written_beyond),
        cmocka_unit_test(settings),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
