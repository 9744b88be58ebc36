/*
 * sim.c - the life of a simulator: starting to listen, and stopping without leaving anything.
 */
#include "internal.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void free_sim(sim_t *sim)
{
    sim_script_free(&sim->script);
    sim_log_free(&sim->log);
    sim_files_free(&sim->files);
    json_decref(sim->service.records);
    json_decref(sim->service.tokens);
    json_decref(sim->manifest);
    SSL_CTX_free(sim->tls_context);
    if (sim->ca_file)
        unlink(sim->ca_file);
    free(sim->ca_file);
    free((char *)sim->options.data_dir);
    free((char *)sim->options.host);
    free((char *)sim->options.key);
    free((char *)sim->options.credential);
    free(sim);
}

void sim_handle_opened(sim_t *sim, uv_handle_t *handle)
{
    sim->handles++;
    if (sim->unreferenced)
        uv_unref(handle);
}

void sim_handle_closed(sim_t *sim)
{
    if (--sim->handles || !sim->stopping)
        return;
    void (*on_stopped)(void *) = sim->on_stopped;
    void *data = sim->stopped_data;
    free_sim(sim);
    if (on_stopped)
        on_stopped(data);
}

static void on_handle_closed(uv_handle_t *handle)
{
    sim_handle_closed(handle->data);
}

void sim_stop(sim_t *sim, void (*on_stopped)(void *data), void *data)
{
    sim->on_stopped = on_stopped;
    sim->stopped_data = data;
    sim->stopping = 1;
    uv_close((uv_handle_t *)&sim->listener, on_handle_closed);
    while (sim->connections)
        sim_connection_close(sim->connections); /* takes itself off the list */
}

static void unref_handle(uv_handle_t *handle, void *data)
{
    uv_unref(handle);
}

void sim_unref(sim_t *sim)
{
    sim->unreferenced = 1;
    unref_handle((uv_handle_t *)&sim->listener, NULL);
    for (sim_connection_t *connection = sim->connections; connection; connection = connection->next)
        unref_handle((uv_handle_t *)&connection->tcp, NULL);
}

static char *copy_string(const char *text)
{
    return text ? sim_copy(text, strlen(text)) : NULL;
}

static void copy_options(sim_t *sim, const sim_options_t *options)
{
    if (options)
        sim->options = *options;
    sim->options.data_dir =
        copy_string(options && options->data_dir ? options->data_dir : SIM_DATA);
    sim->options.host = copy_string(options && options->host ? options->host : "127.0.0.1");
    sim->options.key = copy_string(options ? options->key : NULL);
    sim->options.credential = copy_string(options ? options->credential : NULL);
    sim->log.limit = sim->options.log_limit;
}

static int write_authority(sim_t *sim, X509 *authority)
{
    const char *folder = getenv("TMPDIR");
    sim_buffer_t path = {0};
    sim_buffer_format(&path, "%s/gia-sim-ca-XXXXXX", folder && *folder ? folder : "/tmp");
    int descriptor = mkstemp(path.data);
    if (descriptor < 0) {
        sim_buffer_free(&path);
        return UV_EIO;
    }
    sim->ca_file = path.data;
    FILE *file = fdopen(descriptor, "w");
    int written = file && PEM_write_X509(file, authority);
    if (file)
        written = fclose(file) == 0 && written;
    return written ? 0 : UV_EIO;
}

static int start_tls(sim_t *sim)
{
    X509 *authority = NULL, *leaf = NULL;
    EVP_PKEY *key = NULL;
    int result = UV_EIO;
    if (sim_certificate_make(sim->options.certificate, &authority, &leaf, &key) == 0) {
        sim->tls_context = sim_tls_context(sim->options.http, leaf, key);
        if (sim->tls_context)
            result = write_authority(sim, authority);
    }
    X509_free(authority);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return result;
}

static void on_connection(uv_stream_t *listener, int status)
{
    if (status == 0)
        sim_connection_accept(listener->data);
}

static void set_url(sim_t *sim)
{
    struct sockaddr_storage address;
    int length = sizeof address;
    uv_tcp_getsockname(&sim->listener, (struct sockaddr *)&address, &length);
    int is_ipv6 = address.ss_family == AF_INET6;
    unsigned port = ntohs(is_ipv6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                  : ((struct sockaddr_in *)&address)->sin_port);
    const char *host = sim->options.host;
    if (sim->options.tls && strcmp(host, "127.0.0.1") == 0)
        host = "localhost";
    snprintf(sim->url, sizeof sim->url, "%s://%s%s%s:%u", sim->options.tls ? "https" : "http",
             strchr(host, ':') ? "[" : "", host, strchr(host, ':') ? "]" : "", port);
}

static int start_listening(sim_t *sim)
{
    struct sockaddr_storage address;
    const sim_options_t *options = &sim->options;
    int result = uv_ip4_addr(options->host, options->port, (struct sockaddr_in *)&address);
    if (result != 0)
        result = uv_ip6_addr(options->host, options->port, (struct sockaddr_in6 *)&address);
    if (result == 0)
        result = uv_tcp_bind(&sim->listener, (const struct sockaddr *)&address, 0);
    if (result == 0)
        result = uv_listen((uv_stream_t *)&sim->listener, 4096, on_connection);
    return result;
}

int sim_start(sim_t **out, uv_loop_t *loop, const sim_options_t *options)
{
    sim_t *sim = sim_allocate(sizeof *sim);
    *out = NULL;
    sim->loop = loop;
    sim->service.records = json_object();
    sim->service.tokens = json_object();
    copy_options(sim, options);
    int result = sim->options.tls ? start_tls(sim) : 0;
    if (result == 0)
        result = uv_tcp_init(loop, &sim->listener);
    if (result != 0) {
        free_sim(sim);
        return result;
    }
    sim->listener.data = sim;
    sim_handle_opened(sim, (uv_handle_t *)&sim->listener);
    result = start_listening(sim);
    if (result != 0) {
        sim_stop(sim, NULL, NULL);
        return result;
    }
    set_url(sim);
    *out = sim;
    return 0;
}

const char *sim_url(const sim_t *sim)
{
    return sim->url;
}

const char *sim_ca_file(const sim_t *sim)
{
    return sim->ca_file;
}

void sim_set_credential(sim_t *sim, const char *credential)
{
    free((char *)sim->options.credential);
    sim->options.credential = copy_string(credential);
}

void sim_refuse_accepts(sim_t *sim, unsigned n)
{
    sim->refuse_accepts = n;
}

void sim_garble_handshakes(sim_t *sim, unsigned n)
{
    sim->garble_handshakes = n;
}

sim_counts_t sim_counts(const sim_t *sim)
{
    return sim->counts;
}
