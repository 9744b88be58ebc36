/* The settings of a client: checked, defaulted, copied, and made into what a request needs of them.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gia/version.h>

#include "core/redact.h"

static const char DEFAULT_BASE_URL[] = "https://generativelanguage.googleapis.com";

enum { MIB = 1024 * 1024 };

/* -- the environment -- */

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static int environment_says_yes(const char *name)
{
    const char *value = environment(name);
    return value && (strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

static void fill(const char **member, const char *value)
{
    if (!*member)
        *member = value;
}

static int has_token(const gia_config_t *config)
{
    return config->bearer_token || config->get_token;
}

static void fill_from_environment(gia_config_t *config)
{
    const char *version = environment("GOOGLE_GENAI_API_VERSION");

    if (environment_says_yes("GOOGLE_GENAI_USE_VERTEXAI") ||
        environment_says_yes("GOOGLE_GENAI_USE_ENTERPRISE")) {
        config->vertex = 1;
        fill(&config->vertex_project, environment("GOOGLE_CLOUD_PROJECT"));
        fill(&config->vertex_location, environment("GOOGLE_CLOUD_LOCATION"));
        if (!config->vertex_project && !has_token(config)) /* express mode */
            fill(&config->api_key, environment("GOOGLE_API_KEY"));
        fill(&config->base_url, environment("GOOGLE_VERTEX_BASE_URL"));
        if (version && strcmp(version, "beta") == 0)
            version = "v1beta1";
    } else {
        if (!has_token(config)) {
            fill(&config->api_key, environment("GOOGLE_API_KEY"));
            fill(&config->api_key, environment("GEMINI_API_KEY"));
        }
        fill(&config->base_url, environment("GOOGLE_GEMINI_BASE_URL"));
        if (version && strcmp(version, "beta") == 0)
            version = "v1beta";
    }
    fill(&config->api_version, version);
    fill(&config->user_project, environment("GOOGLE_GENAI_USER_PROJECT"));
}

/* A program that was compiled against older headers has a shorter config: nothing goes beyond it.
 */
void gia_config_from_env(gia_config_t *config)
{
    gia_config_t whole;

    if (!config)
        return;
    gia__config_read(&whole, config);
    fill_from_environment(&whole);
    memcpy(config, &whole, config->size < sizeof(whole) ? config->size : sizeof(whole));
}

/* -- checking -- */

static int has_control(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return 1;
    }
    return 0;
}

static const char *check_strings(const gia_config_t *config)
{
    const struct {
        const char *value, *message;
    } rows[] = {
        {config->api_key,
         "api_key is empty or holds a control character (a line end from a file?)"},
        {config->bearer_token, "bearer_token is empty or holds a control character"},
        {config->base_url, "base_url is empty or holds a control character"},
        {config->api_version, "api_version is empty or holds a control character"},
        {config->api_revision, "api_revision is empty or holds a control character"},
        {config->user_project, "user_project is empty or holds a control character"},
        {config->vertex_project, "vertex_project is empty or holds a control character"},
        {config->vertex_location, "vertex_location is empty or holds a control character"},
        {config->user_agent, "user_agent is empty or holds a control character"},
        {config->ca_file, "ca_file is empty or holds a control character"},
        {config->proxy, "proxy is empty or holds a control character"},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].value && (!*rows[i].value || has_control(rows[i].value)))
            return rows[i].message;
    }
    return NULL;
}

/* What goes into a path or a host unescaped must not be able to leave its segment. */
static int is_segment(const char *text)
{
    const char *p;

    for (p = text; *p; p++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:", *p))
            return 0;
    }
    return strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* Whether what stands behind the host's last colon is a port. An IPv6 address is in brackets. */
static int is_port(const char *host, size_t host_len)
{
    size_t i = host_len;
    long port = 0;

    while (i && host[i - 1] >= '0' && host[i - 1] <= '9')
        i--;
    if (i == 0 || host[i - 1] != ':')
        return i == 0 || !memchr(host, ':', host_len) || host[host_len - 1] == ']';
    if (i == host_len || host_len - i > 5)
        return 0;
    for (; i < host_len; i++)
        port = port * 10 + (host[i] - '0');
    return port >= 1 && port <= 65535;
}

static const char *check_base_url(const char *url)
{
    const char *host;
    size_t host_len;

    if (strncasecmp(url, "https://", 8) == 0)
        host = url + 8;
    else if (strncasecmp(url, "http://", 7) == 0)
        host = url + 7;
    else
        return "base_url must begin with https:// or http://";
    host_len = strcspn(host, "/?#");
    if (host_len == 0 || *host == ':')
        return "base_url names no host";
    if (memchr(host, '@', host_len))
        return "base_url must not hold a user name";
    if (!is_port(host, host_len))
        return "base_url has a port that is none: 1 to 65535";
    if (strpbrk(url, "?# \\"))
        return "base_url must not hold a query, a fragment, a space or a backslash";
    return NULL;
}

void gia__config_read(gia_config_t *copy, const gia_config_t *config)
{
    memset(copy, 0, sizeof(*copy));
    memcpy(copy, config, config->size < sizeof(*copy) ? config->size : sizeof(*copy));
}

static const char *check(const gia_config_t *config)
{
    const char *message;

    message = check_strings(config);
    if (message)
        return message;
    if (!config->api_key && !has_token(config))
        return "neither api_key nor bearer_token nor get_token is set";
    if (config->api_key && has_token(config))
        return "both api_key and a bearer token are set: the service takes exactly one";
    if (config->base_url && (message = check_base_url(config->base_url)))
        return message;
    if (config->api_version && !is_segment(config->api_version))
        return "api_version must be a word such as v1beta";
    if (!config->vertex_project != !config->vertex_location)
        return "vertex_project and vertex_location go together";
    if (config->vertex_project && !is_segment(config->vertex_project))
        return "vertex_project holds a character that no project id has";
    if (config->vertex_location &&
        (!is_segment(config->vertex_location) || strchr(config->vertex_location, '.') ||
         strchr(config->vertex_location, ':')))
        return "vertex_location holds a character that no location has";
    if (config->vertex_project && !has_token(config))
        return "Vertex AI needs a bearer_token or get_token for a project";
    if (config->vertex && !config->vertex_project && !config->api_key)
        return "Vertex AI needs vertex_project and vertex_location, or an api_key (express mode)";
    if (config->connect_timeout_ms < GIA_NO_TIMEOUT ||
        config->first_byte_timeout_ms < GIA_NO_TIMEOUT ||
        config->idle_timeout_ms < GIA_NO_TIMEOUT || config->total_timeout_ms < GIA_NO_TIMEOUT)
        return "a timeout is negative and not GIA_NO_TIMEOUT";
    if (config->retry_delay_ms < 0 || config->max_retry_delay_ms < 0)
        return "a delay is negative";
    if (config->retry_timeout_ms < GIA_NO_TIMEOUT)
        return "retry_timeout_ms is negative and not GIA_NO_TIMEOUT";
    if (config->tokens_per_minute < 0)
        return "tokens_per_minute is negative";
    if (config->allocator && (!config->allocator->malloc_fn || !config->allocator->realloc_fn ||
                              !config->allocator->free_fn))
        return "allocator lacks a function";
    return NULL;
}

int gia_config_check(const gia_config_t *config, const char **message)
{
    const char *trouble;
    gia_config_t copy;

    if (!config) {
        trouble = "config is NULL";
    } else if (config->size < sizeof(config->size)) {
        trouble = "config.size is not set: start from GIA_CONFIG_INIT";
    } else {
        gia__config_read(&copy, config);
        trouble = check(&copy);
    }
    if (message)
        *message = trouble ? trouble : "the config is usable";
    return trouble ? GIA_EINVAL : GIA_OK;
}

/* -- copying -- */

static void default_size(size_t *member, size_t value)
{
    if (!*member)
        *member = value;
}

static void default_unsigned(unsigned *member, unsigned value)
{
    if (!*member)
        *member = value;
}

static void default_timeout(int64_t *member, int64_t value)
{
    if (!*member)
        *member = value;
}

static int is_vertex(const gia_config_t *config)
{
    return config->vertex || config->vertex_project;
}

static void fill_defaults(gia_config_t *config)
{
    if (!config->api_version)
        config->api_version = is_vertex(config) ? "v1beta1" : "v1beta";
    default_unsigned(&config->max_in_flight, 10000);
    default_unsigned(&config->max_calls, 1000000);
    default_unsigned(&config->max_streams_per_connection, 100);
    default_unsigned(&config->max_continuations, 32);
    default_unsigned(&config->max_attempts, 4);
    default_unsigned(&config->max_resumes, 3);
    default_timeout(&config->retry_delay_ms, 500);
    default_timeout(&config->max_retry_delay_ms, 30 * 1000);
    default_timeout(&config->retry_timeout_ms, 600 * 1000);
    default_timeout(&config->connect_timeout_ms, 10 * 1000);
    default_timeout(&config->first_byte_timeout_ms, 600 * 1000);
    default_timeout(&config->idle_timeout_ms, 300 * 1000);
    default_timeout(&config->total_timeout_ms, GIA_NO_TIMEOUT);
    default_size(&config->max_line_bytes, 64 * (size_t)MIB);
    default_size(&config->max_event_bytes, 64 * (size_t)MIB);
    default_size(&config->max_body_bytes, 256 * (size_t)MIB);
    default_size(&config->max_error_body_bytes, 64 * 1024);
    default_size(&config->max_header_bytes, 64 * 1024);
    default_size(&config->max_json_bytes, 512 * (size_t)MIB);
    default_size(&config->max_json_depth, 128);
    default_size(&config->max_interaction_bytes, 256 * (size_t)MIB);
    default_size(&config->max_request_bytes, 256 * (size_t)MIB);
}

static __attribute__((format(printf, 2, 3))) char *print(const gia__mem_t *mem, const char *format,
                                                         ...)
{
    va_list arguments, again;
    char *text = NULL;
    int len;

    va_start(arguments, format);
    va_copy(again, arguments);
    len = vsnprintf(NULL, 0, format, arguments);
    if (len >= 0)
        text = gia__mem_alloc(mem, (size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

static char *copy(const gia__mem_t *mem, const char *text)
{
    return gia__mem_dup(mem, text, strlen(text));
}

/* The hosts of Vertex AI: one for all and for express mode, one a location, and the two
 * multi-regions. */
static char *vertex_base_url(const gia__mem_t *mem, const char *location)
{
    if (!location || strcmp(location, "global") == 0)
        return copy(mem, "https://aiplatform.googleapis.com");
    if (strcmp(location, "us") == 0 || strcmp(location, "eu") == 0)
        return print(mem, "https://aiplatform.%s.rep.googleapis.com", location);
    return print(mem, "https://%s-aiplatform.googleapis.com", location);
}

static char *make_base_url(const gia__mem_t *mem, const gia_config_t *config)
{
    char *base;

    if (config->base_url)
        base = copy(mem, config->base_url);
    else if (is_vertex(config))
        base = vertex_base_url(mem, config->vertex_location);
    else
        base = copy(mem, DEFAULT_BASE_URL);
    for (size_t len = base ? strlen(base) : 0; len && base[len - 1] == '/'; len--)
        base[len - 1] = '\0';
    return base;
}

static int make_paths(gia__settings_t *settings, const gia__mem_t *mem)
{
    const gia_config_t *config = &settings->config;
    char *base = settings->base_url = make_base_url(mem, config);

    if (!base)
        return GIA_ENOMEM;
    if (config->vertex_project)
        settings->origin_path =
            print(mem, "%s/%s/projects/%s/locations/%s", base, config->api_version,
                  config->vertex_project, config->vertex_location);
    else
        settings->origin_path = print(mem, "%s/%s", base, config->api_version);
    if (!is_vertex(config) &&
        !(settings->upload_path = print(mem, "%s/upload/%s", base, config->api_version)))
        return GIA_ENOMEM;
    return settings->origin_path ? GIA_OK : GIA_ENOMEM;
}

static int add_header(gia__settings_t *settings, const gia__mem_t *mem, const char *name,
                      const char *prefix, const char *value)
{
    char *line = print(mem, "%s: %s%s", name, prefix, value);

    if (!line)
        return GIA_ENOMEM;
    settings->headers[settings->header_count++] = line;
    return GIA_OK;
}

/* What is used no more may still be repeated by an answer. */
static void retire_credential(gia__settings_t *settings, const gia__mem_t *mem)
{
    if (!settings->credential_line)
        return;
    gia__mem_free(mem, settings->previous_line);
    settings->previous_line = settings->credential_line;
    settings->previous_credential = settings->credential;
    settings->credential_line = NULL;
    settings->credential = NULL;
}

static int set_credential(gia__settings_t *settings, const gia__mem_t *mem, const char *name,
                          const char *prefix, const char *credential)
{
    char *line = print(mem, "%s: %s%s", name, prefix, credential);

    if (!line)
        return GIA_ENOMEM;
    retire_credential(settings, mem);
    settings->credential_line = line;
    settings->credential = line + strlen(name) + strlen(": ") + strlen(prefix);
    return GIA_OK;
}

static int set_bearer_token(gia__settings_t *settings, const gia__mem_t *mem, const char *token)
{
    return set_credential(settings, mem, "Authorization", "Bearer ", token);
}

int gia__settings_set_bearer_token(gia__settings_t *settings, const gia__mem_t *mem,
                                   const char *token)
{
    if (settings->has_key || (token && (!*token || has_control(token))))
        return GIA_EINVAL;
    if (token)
        return set_bearer_token(settings, mem, token);
    retire_credential(settings, mem);
    return GIA_OK;
}

static int make_headers(gia__settings_t *settings, const gia__mem_t *mem)
{
    const gia_config_t *config = &settings->config;
    static const char agent[] = "gia/" GIA_VERSION_STRING;
    char *full_agent;
    int rc = GIA_OK;

    settings->has_key = config->api_key != NULL;
    if (config->api_key)
        rc = set_credential(settings, mem, "x-goog-api-key", "", config->api_key);
    else if (config->bearer_token)
        rc = set_bearer_token(settings, mem, config->bearer_token);
    if (rc == GIA_OK && config->api_revision)
        rc = add_header(settings, mem, "Api-Revision", "", config->api_revision);
    if (rc == GIA_OK && config->user_project)
        rc = add_header(settings, mem, "x-goog-user-project", "", config->user_project);
    if (rc != GIA_OK)
        return rc;

    full_agent =
        config->user_agent ? print(mem, "%s %s", config->user_agent, agent) : copy(mem, agent);
    if (!full_agent)
        return GIA_ENOMEM;
    rc = add_header(settings, mem, "User-Agent", "", full_agent);
    if (rc == GIA_OK)
        rc = add_header(settings, mem, "x-goog-api-client", "", full_agent);
    gia__mem_free(mem, full_agent);
    return rc;
}

/* Only these two are needed after the start; everything else has become a header or the path. */
static int copy_strings(gia__settings_t *settings, const gia__mem_t *mem)
{
    gia_config_t *config = &settings->config;
    size_t ca_size = config->ca_file ? strlen(config->ca_file) + 1 : 0;
    size_t proxy_size = config->proxy ? strlen(config->proxy) + 1 : 0;

    settings->strings = gia__mem_alloc(mem, ca_size + proxy_size);
    if (!settings->strings)
        return GIA_ENOMEM;
    if (ca_size)
        config->ca_file = memcpy(settings->strings, config->ca_file, ca_size);
    if (proxy_size)
        config->proxy = memcpy(settings->strings + ca_size, config->proxy, proxy_size);
    config->api_key = config->bearer_token = config->base_url = config->api_version = NULL;
    config->api_revision = config->user_project = config->vertex_project = NULL;
    config->vertex_location = config->user_agent = NULL;
    config->allocator = NULL;
    return GIA_OK;
}

int gia__settings_init(gia__settings_t *settings, const gia__mem_t *mem, const gia_config_t *config)
{
    int rc;

    memset(settings, 0, sizeof(*settings));
    settings->config = *config;
    fill_defaults(&settings->config);
    rc = make_paths(settings, mem);
    if (rc == GIA_OK)
        rc = make_headers(settings, mem);
    if (rc == GIA_OK)
        rc = copy_strings(settings, mem);
    if (rc != GIA_OK)
        gia__settings_free(settings, mem);
    return rc;
}

void gia__settings_free(gia__settings_t *settings, const gia__mem_t *mem)
{
    while (settings->header_count)
        gia__mem_free(mem, settings->headers[--settings->header_count]);
    gia__mem_free(mem, settings->credential_line);
    gia__mem_free(mem, settings->previous_line);
    gia__mem_free(mem, settings->base_url);
    gia__mem_free(mem, settings->origin_path);
    gia__mem_free(mem, settings->upload_path);
    gia__mem_free(mem, settings->strings);
    settings->credential_line = settings->previous_line = settings->base_url = NULL;
    settings->previous_credential = NULL;
    settings->origin_path = settings->upload_path = settings->strings = NULL;
    settings->credential = NULL;
}

char *gia__settings_redact(const gia__settings_t *settings, gia__arena_t *arena, char *text,
                           size_t *len)
{
    text = gia__redact(settings->credential, arena, text, len);
    return text ? gia__redact(settings->previous_credential, arena, text, len) : NULL;
}

void gia__settings_redact_message(const gia__settings_t *settings, char *line, size_t size)
{
    gia__redact_message(settings->credential, line, size);
    gia__redact_message(settings->previous_credential, line, size);
}

int64_t gia__timeout_of(int64_t call_ms, int64_t client_ms)
{
    return call_ms ? call_ms : client_ms;
}
