/*
 * connection.c - bytes in and out of one socket, encrypted or not, and which protocol gets them.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

typedef struct {
    uv_write_t request;
    sim_buffer_t bytes;
} pending_write_t;

static void on_handle_closed(uv_handle_t *handle)
{
    sim_connection_t *connection = handle->data;
    sim_t *sim = connection->sim;
    if (connection->session)
        connection->protocol->free(connection->session);
    SSL_free(connection->ssl);
    sim_buffer_free(&connection->input);
    sim_buffer_free(&connection->output);
    free(connection);
    sim_handle_closed(sim);
}

static void unlink_connection(sim_connection_t *connection)
{
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connection->sim->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
}

static void begin_close(sim_connection_t *connection, int reset)
{
    if (connection->closing)
        return;
    connection->closing = 1;
    if (!connection->lingering)
        connection->sim->counts.connections_open--;
    unlink_connection(connection);
    if (connection->session)
        connection->protocol->abort(connection->session);
    /* Resetting fails once the socket was shut down; then there is nothing left to reset. */
    if (!reset || uv_tcp_close_reset(&connection->tcp, on_handle_closed) != 0)
        uv_close((uv_handle_t *)&connection->tcp, on_handle_closed);
}

void sim_connection_close(sim_connection_t *connection)
{
    begin_close(connection, 0);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    sim_connection_t *connection = request->handle->data;
    if (status < 0)
        sim_connection_close(connection);
}

/* Everything was written: does what sim_connection_finish() asked for. */
static void after_writing(sim_connection_t *connection)
{
    sim_after_t after = connection->after;
    connection->after = SIM_AFTER_NOTHING;
    if (after == SIM_AFTER_RESET) {
        begin_close(connection, 1);
    } else if (after == SIM_AFTER_SHUTDOWN) {
        /*
         * Closing at once would turn into a reset if the peer has sent something that nobody read,
         * so what comes in is dropped until the peer closes too.
         */
        if (uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, on_shutdown) != 0)
            sim_connection_close(connection);
    }
}

static void on_written(uv_write_t *request, int status)
{
    pending_write_t *pending = (pending_write_t *)request;
    sim_connection_t *connection = request->handle->data;
    connection->queued -= pending->bytes.length;
    sim_buffer_free(&pending->bytes);
    free(pending);
    if (connection->closing)
        return;
    if (status < 0) {
        sim_connection_close(connection);
        return;
    }
    if (connection->lingering || connection->after) {
        if (connection->queued == 0)
            after_writing(connection);
    } else if (connection->session && connection->queued < SIM_GATHER) {
        connection->protocol->drained(connection->session);
    }
}

/* Hands bytes to libuv; takes the buffer over. */
static void write_wire(sim_connection_t *connection, sim_buffer_t *bytes)
{
    if (bytes->length == 0 || connection->closing) {
        sim_buffer_free(bytes);
        return;
    }
    pending_write_t *pending = sim_allocate(sizeof *pending);
    pending->bytes = *bytes;
    memset(bytes, 0, sizeof *bytes);
    uv_buf_t vector = uv_buf_init(pending->bytes.data, (unsigned)pending->bytes.length);
    connection->queued += pending->bytes.length;
    /*
     * Broken connections are reported to the callback. Should the call itself fail, nothing may be
     * closed here, since the callers are in the middle of an answer: the read side will notice.
     */
    if (uv_write(&pending->request, (uv_stream_t *)&connection->tcp, &vector, 1, on_written) != 0) {
        connection->queued -= pending->bytes.length;
        sim_buffer_free(&pending->bytes);
        free(pending);
    }
}

static void flush_tls(sim_connection_t *connection)
{
    sim_buffer_t wire = {0};
    sim_tls_collect(connection->ssl, &wire);
    write_wire(connection, &wire);
}

void sim_connection_flush(sim_connection_t *connection)
{
    if (connection->output.length == 0)
        return;
    if (connection->ssl) {
        sim_tls_output(connection->ssl, connection->output.data, connection->output.length);
        sim_buffer_free(&connection->output);
        flush_tls(connection);
    } else {
        write_wire(connection, &connection->output);
    }
}

void sim_connection_write(sim_connection_t *connection, const void *bytes, size_t length)
{
    if (!connection->closing && !connection->lingering)
        sim_buffer_add(&connection->output, bytes, length);
}

void sim_connection_finish(sim_connection_t *connection, sim_after_t after)
{
    if (connection->closing || connection->lingering)
        return;
    sim_connection_flush(connection);
    if (connection->ssl && after == SIM_AFTER_SHUTDOWN) {
        sim_tls_goodbye(connection->ssl);
        flush_tls(connection);
    }
    connection->after = after;
    connection->lingering = 1;
    connection->sim->counts.connections_open--;
    if (connection->queued == 0)
        after_writing(connection);
}

static void choose_protocol(sim_connection_t *connection, const sim_protocol_t *protocol)
{
    connection->protocol = protocol;
    connection->session = protocol->open(connection);
}

/* Which protocol it is, as soon as the first bytes tell; NULL before. */
static const sim_protocol_t *recognize_protocol(const sim_connection_t *connection)
{
    const sim_buffer_t *input = &connection->input;
    size_t length = input->length < sizeof preface - 1 ? input->length : sizeof preface - 1;
    int is_preface = memcmp(input->data, preface, length) == 0;
    if (connection->ssl && sim_tls_chose_http2(connection->ssl))
        return &sim_http2_protocol;
    if (!is_preface || connection->sim->options.http == SIM_HTTP_1)
        return &sim_http1_protocol;
    return length == sizeof preface - 1 ? &sim_http2_protocol : NULL;
}

static void deliver(sim_connection_t *connection, const char *bytes, size_t length)
{
    if (connection->lingering || length == 0)
        return;
    if (connection->session) {
        connection->protocol->input(connection->session, bytes, length);
        return;
    }
    sim_buffer_add(&connection->input, bytes, length);
    const sim_protocol_t *protocol = recognize_protocol(connection);
    if (!protocol)
        return;
    if (protocol == &sim_http1_protocol && connection->sim->options.http == SIM_HTTP_2) {
        sim_connection_finish(connection, SIM_AFTER_SHUTDOWN);
        return;
    }
    choose_protocol(connection, protocol);
    sim_buffer_t first = connection->input;
    memset(&connection->input, 0, sizeof connection->input);
    connection->protocol->input(connection->session, first.data, first.length);
    sim_buffer_free(&first);
}

static void deliver_tls(sim_connection_t *connection, const char *bytes, size_t length)
{
    if (connection->garble) {
        static const char nonsense[] = "220 this is not the TLS you are looking for\r\n";
        sim_buffer_t wire = {0};
        sim_buffer_add(&wire, nonsense, sizeof nonsense - 1);
        write_wire(connection, &wire);
        SSL_free(connection->ssl); /* so that no alert follows */
        connection->ssl = NULL;
        sim_connection_finish(connection, SIM_AFTER_SHUTDOWN);
        return;
    }
    sim_buffer_t plain = {0};
    int result = sim_tls_input(connection->ssl, bytes, length, &plain);
    flush_tls(connection); /* the handshake's answers, or an alert */
    deliver(connection, plain.data, plain.length);
    sim_buffer_free(&plain);
    if (result < 0)
        sim_connection_finish(connection, SIM_AFTER_SHUTDOWN);
    else if (result > 0)
        sim_connection_close(connection);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    sim_connection_t *connection = handle->data;
    *buffer = uv_buf_init(connection->sim->read_buffer, sizeof connection->sim->read_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    sim_connection_t *connection = stream->data;
    if (length < 0)
        sim_connection_close(connection);
    else if (connection->lingering)
        return;
    else if (connection->ssl)
        deliver_tls(connection, buffer->base, (size_t)length);
    else
        deliver(connection, buffer->base, (size_t)length);
}

void sim_connection_accept(sim_t *sim)
{
    sim_connection_t *connection = sim_allocate(sizeof *connection);
    connection->sim = sim;
    uv_tcp_init(sim->loop, &connection->tcp);
    connection->tcp.data = connection;
    sim_handle_opened(sim, (uv_handle_t *)&connection->tcp);
    connection->next = sim->connections;
    if (connection->next)
        connection->next->previous = connection;
    sim->connections = connection;
    sim->counts.connections_open++;
    connection->number = (unsigned)++sim->counts.connections_accepted;

    if (uv_accept((uv_stream_t *)&sim->listener, (uv_stream_t *)&connection->tcp) != 0) {
        sim_connection_close(connection);
        return;
    }
    if (sim->refuse_accepts) {
        sim->refuse_accepts--;
        sim_connection_close(connection);
        return;
    }
    if (sim->tls_context) {
        connection->ssl = sim_tls_open(sim->tls_context);
        if (sim->garble_handshakes) {
            sim->garble_handshakes--;
            connection->garble = 1;
        }
    }
    uv_tcp_nodelay(&connection->tcp, 1);
    uv_read_start((uv_stream_t *)&connection->tcp, on_allocate, on_read);
}
