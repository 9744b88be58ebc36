/*
 * http2.c - HTTP/2 by nghttp2: many exchanges on one connection.
 */
#include "internal.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_WINDOW     (1 << 20)
#define CONNECTION_WINDOW (1 << 24)

typedef struct stream_s stream_t;

typedef struct {
    sim_connection_t *connection;
    nghttp2_session *http2;
    stream_t *streams;
    size_t stepwise; /* exchanges whose pieces wait for each other's writes */
    int receiving;   /* nghttp2 is on the stack and must not be asked to send */
    int terminate;   /* close the connection once everything was written */
} session_t;

struct stream_s {
    session_t *session;
    stream_t *previous, *next;
    int32_t id;
    sim_message_t *message;   /* the request while it arrives */
    sim_exchange_t *exchange; /* afterwards, until all of the answer was given to nghttp2 */
};

static void pump(session_t *session);

static void end_exchange(stream_t *stream, int gone)
{
    sim_exchange_t *exchange = stream->exchange;
    stream->exchange = NULL;
    if (!exchange)
        return;
    if (exchange->answer.chunk_bytes)
        stream->session->stepwise--;
    sim_exchange_end(exchange, gone);
}

/* ---- answers ---- */

static nghttp2_nv header_pair(const char *name, const char *value)
{
    nghttp2_nv pair = {(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                       strlen(value), NGHTTP2_NV_FLAG_NONE};
    return pair;
}

static void strike(sim_exchange_t *exchange, sim_end_t end)
{
    stream_t *stream = exchange->stream;
    session_t *session = stream->session;
    nghttp2_session *http2 = session->http2;
    int32_t id = stream->id;
    int unseen = exchange->answer.silent;

    int is_raw = exchange->answer.is_raw;

    end_exchange(stream, 0);
    if (is_raw) {
        sim_connection_finish(session->connection,
                              end == SIM_END_RESET ? SIM_AFTER_RESET : SIM_AFTER_SHUTDOWN);
        return;
    }
    switch (end) {
    case SIM_END_RESET:
        nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
        break;
    case SIM_END_REFUSED:
        nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
        break;
    case SIM_END_GOAWAY:
        /* An unseen request may be sent again elsewhere; streams before it may come to their end.
         */
        nghttp2_submit_goaway(http2, NGHTTP2_FLAG_NONE,
                              unseen && id > 2 ? id - 2
                              : unseen         ? 0
                                               : id,
                              unseen ? NGHTTP2_NO_ERROR : NGHTTP2_INTERNAL_ERROR, NULL, 0);
        session->terminate |= !unseen;
        break;
    default: nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR); break;
    }
    pump(session);
}

/* nghttp2 asks for the next piece of a body. */
static ssize_t on_want_data(nghttp2_session *http2, int32_t id, uint8_t *room, size_t size,
                            uint32_t *flags, nghttp2_data_source *source, void *user_data)
{
    stream_t *stream = source->ptr;
    sim_exchange_t *exchange = stream->exchange;
    const char *bytes;
    if (!exchange || exchange->struck)
        return NGHTTP2_ERR_DEFERRED;
    size_t length = sim_exchange_take(exchange, size, &bytes);
    if (length)
        memcpy(room, bytes, length);
    if (sim_exchange_took_all(exchange)) {
        sim_end_t end = exchange->answer.end;
        if (end == SIM_END_NORMAL || end == SIM_END_GRACEFUL) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
            end_exchange(stream, 0);
        } else if (length == 0) {
            sim_exchange_strike(exchange);
        }
    }
    return length || *flags ? (ssize_t)length : NGHTTP2_ERR_DEFERRED;
}

static int is_forbidden(const char *name)
{
    return strcmp(name, "connection") == 0 || strcmp(name, "transfer-encoding") == 0 ||
           strcmp(name, "keep-alive") == 0;
}

static void submit_interim(const stream_t *stream, int status)
{
    char text[8];
    snprintf(text, sizeof text, "%d", status);
    nghttp2_nv pairs[] = {header_pair(":status", text),
                          header_pair("link", "</hint>; rel=preload")};
    nghttp2_submit_headers(stream->session->http2, NGHTTP2_FLAG_NONE, stream->id, NULL, pairs,
                           status == 103 ? 2 : 1, NULL);
}

static void write_headers(sim_exchange_t *exchange)
{
    stream_t *stream = exchange->stream;
    session_t *session = stream->session;
    const sim_answer_t *answer = &exchange->answer;
    char status[16], length[24];

    for (size_t i = 0; i < sizeof answer->interim / sizeof *answer->interim; i++) {
        if (answer->interim[i])
            submit_interim(stream, answer->interim[i]);
    }
    nghttp2_nv *pairs = sim_allocate((answer->headers.count + 2) * sizeof *pairs);
    size_t count = 0;
    snprintf(status, sizeof status, "%d", answer->status);
    pairs[count++] = header_pair(":status", status);
    for (size_t i = 0; i < answer->headers.count; i++) {
        if (!is_forbidden(answer->headers.items[i].name))
            pairs[count++] =
                header_pair(answer->headers.items[i].name, answer->headers.items[i].value);
    }
    if (answer->framing == SIM_FRAMING_LENGTH && answer->status != 204) {
        snprintf(length, sizeof length, "%lld",
                 answer->content_length >= 0 ? (long long)answer->content_length
                                             : (long long)answer->body.length);
        pairs[count++] = header_pair("content-length", length);
    }
    nghttp2_data_provider provider = {.source = {.ptr = stream}, .read_callback = on_want_data};
    nghttp2_submit_response(session->http2, stream->id, pairs, count, &provider);
    free(pairs);
    if (answer->end == SIM_END_GRACEFUL)
        nghttp2_submit_goaway(session->http2, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session->http2),
                              NGHTTP2_NO_ERROR, NULL, 0);
    if (answer->first_byte_delay)
        pump(session);
}

static void write_body(sim_exchange_t *exchange)
{
    stream_t *stream = exchange->stream;
    session_t *session = stream->session;
    nghttp2_session_resume_data(session->http2, stream->id);
    /* While a write is under way others may follow; they all go together when it is done. */
    if (session->connection->queued == 0)
        pump(session);
}

static void write_raw(sim_exchange_t *exchange)
{
    stream_t *stream = exchange->stream;
    session_t *session = stream->session;
    sim_connection_write(session->connection, exchange->answer.body.data,
                         exchange->answer.body.length);
    sim_connection_flush(session->connection);
    sim_exchange_strike(exchange);
}

static const sim_transport_t transport = {write_headers, write_body, strike, write_raw};

/* Writes what nghttp2 has to say, as far as the connection takes it. */
static void pump(session_t *session)
{
    sim_connection_t *connection = session->connection;
    if (session->receiving || connection->closing || connection->lingering)
        return;
    session->receiving = 1;
    while (connection->queued < SIM_HIGH_WATER) {
        const uint8_t *bytes;
        ssize_t length = nghttp2_session_mem_send(session->http2, &bytes);
        if (length <= 0)
            break;
        sim_connection_write(connection, bytes, (size_t)length);
        if (connection->output.length >= SIM_GATHER)
            sim_connection_flush(connection);
    }
    session->receiving = 0;
    sim_connection_flush(connection);
    if ((session->terminate && connection->queued < SIM_HIGH_WATER) ||
        (!nghttp2_session_want_read(session->http2) && !nghttp2_session_want_write(session->http2)))
        sim_connection_finish(connection, SIM_AFTER_SHUTDOWN);
}

/* ---- requests ---- */

static int on_begin_headers(nghttp2_session *http2, const nghttp2_frame *frame, void *user_data)
{
    session_t *session = user_data;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    stream_t *stream = sim_allocate(sizeof *stream);
    stream->session = session;
    stream->id = frame->hd.stream_id;
    stream->message = sim_message_new(2, session->connection->number);
    stream->next = session->streams;
    if (stream->next)
        stream->next->previous = stream;
    session->streams = stream;
    nghttp2_session_set_stream_user_data(http2, stream->id, stream);
    return 0;
}

static int is_name(const uint8_t *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && memcmp(name, wanted, length) == 0;
}

static int on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t value_length, uint8_t flags,
                     void *user_data)
{
    stream_t *stream = nghttp2_session_get_stream_user_data(http2, frame->hd.stream_id);
    if (!stream || !stream->message)
        return 0;
    sim_message_t *message = stream->message;
    const char *text = (const char *)value;
    if (is_name(name, name_length, ":method")) {
        free(message->method);
        message->method = sim_copy(text, value_length);
    } else if (is_name(name, name_length, ":path")) {
        free(message->target);
        message->target = sim_copy(text, value_length);
    } else if (is_name(name, name_length, ":authority")) {
        sim_headers_add(&message->headers, "host", 4, text, value_length);
    } else if (name_length && *name != ':') {
        sim_headers_add(&message->headers, (const char *)name, name_length, text, value_length);
    }
    return 0;
}

static void request_complete(stream_t *stream)
{
    session_t *session = stream->session;
    sim_t *sim = session->connection->sim;
    sim_message_t *message = stream->message;
    if (!message->method || !message->target) {
        nghttp2_submit_rst_stream(session->http2, NGHTTP2_FLAG_NONE, stream->id,
                                  NGHTTP2_PROTOCOL_ERROR);
        return;
    }
    stream->message = NULL;
    sim_message_complete(sim, message);
    stream->exchange = sim_exchange_new(sim, message, &transport, stream);
    if (stream->exchange->answer.chunk_bytes)
        session->stepwise++;
    sim_exchange_start(stream->exchange);
}

static int on_data(nghttp2_session *http2, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t length, void *user_data)
{
    stream_t *stream = nghttp2_session_get_stream_user_data(http2, id);
    if (!stream || !stream->message || !stream->message->target || !stream->message->method)
        return 0;
    sim_end_t end = sim_message_receive(stream->session->connection->sim, stream->message,
                                        (const char *)bytes, length);
    if (end == SIM_END_NORMAL && stream->message->answered_early)
        request_complete(stream);
    if (end == SIM_END_NORMAL)
        return 0;
    sim_message_release(stream->message);
    stream->message = NULL;
    nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, id,
                              end == SIM_END_RESET ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_NO_ERROR);
    return 0;
}

static int on_frame(nghttp2_session *http2, const nghttp2_frame *frame, void *user_data)
{
    if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
        !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    stream_t *stream = nghttp2_session_get_stream_user_data(http2, frame->hd.stream_id);
    if (stream && stream->message)
        request_complete(stream);
    return 0;
}

static void free_stream(stream_t *stream)
{
    if (stream->previous)
        stream->previous->next = stream->next;
    else
        stream->session->streams = stream->next;
    if (stream->next)
        stream->next->previous = stream->previous;
    if (stream->message)
        sim_message_release(stream->message);
    free(stream);
}

static int on_stream_closed(nghttp2_session *http2, int32_t id, uint32_t error_code,
                            void *user_data)
{
    stream_t *stream = nghttp2_session_get_stream_user_data(http2, id);
    if (!stream)
        return 0;
    end_exchange(stream, 1); /* if it is still there, it is the client who closed */
    free_stream(stream);
    return 0;
}

static void *open_session(sim_connection_t *connection)
{
    session_t *session = sim_allocate(sizeof *session);
    session->connection = connection;

    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_closed);
    nghttp2_option *option;
    nghttp2_option_new(&option);
#ifdef SIM_HAVE_RESET_LIMIT
    /* Tests cancel thousands of streams on purpose; that is no attack here. */
    nghttp2_option_set_stream_reset_rate_limit(option, UINT32_MAX, UINT32_MAX);
#endif
    nghttp2_session_server_new2(&session->http2, callbacks, session, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);

    unsigned streams = connection->sim->options.max_concurrent_streams;
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams ? streams : 1000},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
    };
    nghttp2_submit_settings(session->http2, NGHTTP2_FLAG_NONE, settings, 2);
    nghttp2_session_set_local_window_size(session->http2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
    return session;
}

static void on_input(void *data, const char *bytes, size_t length)
{
    session_t *session = data;
    session->receiving = 1;
    ssize_t used = nghttp2_session_mem_recv(session->http2, (const uint8_t *)bytes, length);
    session->receiving = 0;
    if (used < 0)
        sim_connection_finish(session->connection, SIM_AFTER_SHUTDOWN);
    else
        pump(session);
}

static void on_drained(void *data)
{
    session_t *session = data;
    if (session->stepwise && session->connection->queued == 0) {
        stream_t *next;
        for (stream_t *stream = session->streams; stream; stream = next) {
            next = stream->next;
            session->receiving = 1; /* all of them first, then one write */
            if (stream->exchange && stream->exchange->answering)
                sim_exchange_drained(stream->exchange);
            session->receiving = 0;
        }
    }
    pump(session);
}

static void on_abort(void *data)
{
    session_t *session = data;
    for (stream_t *stream = session->streams; stream; stream = stream->next)
        end_exchange(stream, 1);
}

static void free_session(void *data)
{
    session_t *session = data;
    nghttp2_session_del(session->http2);
    while (session->streams)
        free_stream(session->streams);
    free(session);
}

const sim_protocol_t sim_http2_protocol = {open_session, on_input, on_drained, on_abort,
                                           free_session};
