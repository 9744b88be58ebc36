/*
 * http1.c - HTTP/1.1: reads requests, one at a time, and writes answers with any framing.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_LIMIT ((size_t)64 * 1024)
#define BODY_LIMIT ((size_t)2 * 1024 * 1024 * 1024)

typedef enum { READ_HEAD, READ_BODY, READ_CHUNK_SIZE, READ_CHUNK, READ_TRAILER } reading_t;

typedef struct {
    sim_connection_t *connection;
    sim_buffer_t input; /* not understood yet */
    reading_t reading;
    sim_message_t *message; /* the request that is being read */
    size_t body_left;       /* of the body, or of the chunk */
    int last_request;       /* the client asked to close afterwards */
    int dropping;           /* it is answered already: what comes does not matter */
    sim_exchange_t *exchange;
    int working; /* process() is on the stack */
} session_t;

static void process(session_t *session);

static const char *reason_phrase(int status)
{
    switch (status) {
    case 100: return "Continue";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
    }
}

/* ---- answers ---- */

static void write_headers(sim_exchange_t *exchange)
{
    session_t *session = exchange->stream;
    const sim_answer_t *answer = &exchange->answer;
    sim_buffer_t head = {0};

    for (size_t i = 0; i < sizeof answer->interim / sizeof *answer->interim; i++) {
        int status = answer->interim[i];
        if (status)
            sim_buffer_format(&head, "HTTP/1.1 %d %s\r\n%s\r\n", status, reason_phrase(status),
                              status == 103 ? "link: </hint>; rel=preload\r\n" : "");
    }
    sim_buffer_format(&head, "HTTP/1.1 %d %s\r\n", answer->status, reason_phrase(answer->status));
    for (size_t i = 0; i < answer->headers.count; i++)
        sim_buffer_format(&head, "%s: %s\r\n", answer->headers.items[i].name,
                          answer->headers.items[i].value);
    if (answer->framing == SIM_FRAMING_CHUNKED)
        sim_buffer_text(&head, "transfer-encoding: chunked\r\n");
    else if (answer->framing == SIM_FRAMING_LENGTH && answer->content_length >= 0)
        sim_buffer_format(&head, "content-length: %lld\r\n", (long long)answer->content_length);
    else if (answer->framing == SIM_FRAMING_LENGTH && answer->status != 204)
        sim_buffer_format(&head, "content-length: %zu\r\n", answer->body.length);
    if (answer->framing == SIM_FRAMING_UNTIL_CLOSE || session->last_request)
        sim_buffer_text(&head, "connection: close\r\n");
    sim_buffer_text(&head, "\r\n");
    sim_connection_write(session->connection, head.data, head.length);
    sim_buffer_free(&head);
    if (answer->first_byte_delay)
        sim_connection_flush(session->connection);
}

static void end_exchange(session_t *session)
{
    sim_exchange_t *exchange = session->exchange;
    session->exchange = NULL;
    sim_exchange_end(exchange, 0);
}

static void strike(sim_exchange_t *exchange, sim_end_t end)
{
    session_t *session = exchange->stream;
    end_exchange(session);
    sim_connection_finish(session->connection,
                          end == SIM_END_RESET ? SIM_AFTER_RESET : SIM_AFTER_SHUTDOWN);
}

static void write_piece(session_t *session, const char *bytes, size_t length, int chunked)
{
    char size[32];
    if (chunked)
        sim_connection_write(session->connection, size,
                             (size_t)snprintf(size, sizeof size, "%zx\r\n", length));
    sim_connection_write(session->connection, bytes, length);
    if (chunked)
        sim_connection_write(session->connection, "\r\n", 2);
}

static void write_body(sim_exchange_t *exchange)
{
    session_t *session = exchange->stream;
    sim_connection_t *connection = session->connection;
    const sim_answer_t *answer = &exchange->answer;
    int chunked = answer->framing == SIM_FRAMING_CHUNKED;

    if (exchange->struck)
        return;
    while (connection->queued < SIM_HIGH_WATER) {
        const char *bytes;
        size_t length = sim_exchange_take(exchange, SIM_GATHER, &bytes);
        if (length == 0)
            break;
        write_piece(session, bytes, length, chunked);
        if (answer->chunk_bytes || connection->output.length >= SIM_GATHER)
            sim_connection_flush(connection);
    }
    if (!sim_exchange_took_all(exchange)) {
        sim_connection_flush(connection);
        return;
    }
    if (answer->end != SIM_END_NORMAL && answer->end != SIM_END_GRACEFUL) {
        sim_connection_flush(connection);
        sim_exchange_strike(exchange);
        return;
    }
    if (chunked)
        sim_connection_write(connection, "0\r\n\r\n", 5);
    int close = answer->framing == SIM_FRAMING_UNTIL_CLOSE || session->last_request ||
                answer->end == SIM_END_GRACEFUL;
    end_exchange(session);
    if (close) {
        sim_connection_finish(connection, SIM_AFTER_SHUTDOWN);
    } else {
        sim_connection_flush(connection);
        process(session); /* the client may have sent the next request already */
    }
}

/* Bytes instead of an answer; what they were is seen best if nothing follows. */
static void write_raw(sim_exchange_t *exchange)
{
    session_t *session = exchange->stream;
    const sim_answer_t *answer = &exchange->answer;
    sim_connection_write(session->connection, answer->body.data, answer->body.length);
    sim_connection_flush(session->connection);
    sim_exchange_strike(exchange);
}

static const sim_transport_t transport = {write_headers, write_body, strike, write_raw};

/* ---- requests ---- */

static void refuse(session_t *session, int status, const char *message)
{
    sim_buffer_t body = {0};
    json_t *error = sim_render_error(status, "invalid_request", message, 0);
    sim_buffer_json(&body, error, JSON_COMPACT);
    json_decref(error);
    sim_buffer_t answer = {0};
    sim_buffer_format(&answer,
                      "HTTP/1.1 %d %s\r\ncontent-type: application/json; charset=UTF-8\r\n"
                      "content-length: %zu\r\nconnection: close\r\n\r\n%s",
                      status, reason_phrase(status), body.length, body.data);
    sim_connection_write(session->connection, answer.data, answer.length);
    sim_buffer_free(&answer);
    sim_buffer_free(&body);
    sim_connection_finish(session->connection, SIM_AFTER_SHUTDOWN);
}

/* The value of a header without the spaces around it. */
static void add_header(sim_headers_t *headers, const char *line, size_t length, const char *colon)
{
    const char *value = colon + 1;
    const char *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    sim_headers_add(headers, line, (size_t)(colon - line), value, (size_t)(end - value));
}

/* "POST /path HTTP/1.1"; NULL or what is wrong with it. */
static const char *read_request_line(session_t *session, const char *line, size_t length)
{
    const char *space = memchr(line, ' ', length);
    const char *end = line + length;
    if (!space || space == line)
        return "The request line has no method.";
    const char *target = space + 1;
    const char *second = memchr(target, ' ', (size_t)(end - target));
    if (!second || *target != '/')
        return "The request line has no path.";
    if (end - second != 9 || strncmp(second + 1, "HTTP/1.", 7) != 0)
        return "The request line does not end with an HTTP/1 version.";
    session->message->method = sim_copy(line, (size_t)(space - line));
    session->message->target = sim_copy(target, (size_t)(second - target));
    session->last_request = end[-1] == '0';
    return NULL;
}

/* The head's lines, each ended by CR LF; NULL or what is wrong with them. */
static const char *read_lines(session_t *session, const char *head, size_t length)
{
    int first = 1;
    while (length) {
        const char *line = head;
        const char *feed = memchr(line, '\n', length);
        if (!feed || feed == line || feed[-1] != '\r')
            return "A line of the head does not end with CR LF.";
        size_t line_length = (size_t)(feed - line) - 1;
        if (memchr(line, '\r', line_length) || memchr(line, '\0', line_length))
            return "A line of the head contains CR or NUL.";
        if (first) {
            const char *wrong = read_request_line(session, line, line_length);
            if (wrong)
                return wrong;
        } else {
            const char *colon = memchr(line, ':', line_length);
            if (!colon || colon == line || colon[-1] == ' ' || *line == ' ' || *line == '\t')
                return "A header line has no name, or white space around it.";
            add_header(&session->message->headers, line, line_length, colon);
        }
        first = 0;
        length -= (size_t)(feed + 1 - head);
        head = feed + 1;
    }
    return NULL;
}

/* Decides how the body comes; NULL or what is wrong. */
static const char *expect_body(session_t *session)
{
    const sim_headers_t *headers = &session->message->headers;
    const char *length = sim_headers_get(headers, "content-length");
    const char *encoding = sim_headers_get(headers, "transfer-encoding");
    const char *connection = sim_headers_get(headers, "connection");
    const char *expectation = sim_headers_get(headers, "expect");
    if (connection && strcasecmp(connection, "close") == 0)
        session->last_request = 1;
    if (!sim_headers_get(headers, "host"))
        return "There is no Host header.";
    if (length && encoding)
        return "There is both Content-Length and Transfer-Encoding.";
    session->reading = READ_BODY;
    session->body_left = 0;
    if (encoding) {
        if (strcasecmp(encoding, "chunked") != 0)
            return "Only chunked is known as Transfer-Encoding.";
        session->reading = READ_CHUNK_SIZE;
    } else if (length) {
        char *end;
        errno = 0;
        unsigned long long bytes = strtoull(length, &end, 10);
        if (*length < '0' || *length > '9' || *end || errno || bytes > BODY_LIMIT)
            return "Content-Length is not a sensible number.";
        session->body_left = (size_t)bytes;
    }
    if (expectation && strcasecmp(expectation, "100-continue") == 0) {
        sim_connection_write(session->connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
        sim_connection_flush(session->connection);
    }
    return NULL;
}

/* 1 if there was progress, 0 if more bytes are needed. */
static int read_head(session_t *session)
{
    sim_buffer_t *input = &session->input;
    if (input->length == 0)
        return 0;
    const char *end = memmem(input->data, input->length, "\r\n\r\n", 4);
    if (!end) {
        if (input->length > HEAD_LIMIT)
            refuse(session, 431, "The head is too long.");
        else if (memmem(input->data, input->length, "\n\n", 2))
            refuse(session, 400, "A line of the head does not end with CR LF.");
        return 0;
    }
    size_t length = (size_t)(end - input->data) + 2;
    session->message = sim_message_new(1, session->connection->number);
    const char *wrong = read_lines(session, input->data, length);
    if (!wrong)
        wrong = expect_body(session);
    if (wrong) {
        refuse(session, 400, wrong);
        return 0;
    }
    sim_buffer_consume(input, length + 2);
    return 1;
}

static void request_complete(session_t *session)
{
    sim_message_t *message = session->message;
    sim_t *sim = session->connection->sim;
    session->message = NULL;
    session->reading = READ_HEAD;
    sim_message_complete(sim, message);
    session->exchange = sim_exchange_new(sim, message, &transport, session);
    sim_exchange_start(session->exchange);
}

/* Bytes of the body; 0 if no more of them are wanted, as a script wants it. */
static int receive(session_t *session, const char *bytes, size_t length)
{
    sim_connection_t *connection = session->connection;
    if (length == 0)
        return 1;
    sim_end_t end = sim_message_receive(connection->sim, session->message, bytes, length);
    if (end == SIM_END_NORMAL && session->message->answered_early) {
        session->last_request = session->dropping = 1;
        request_complete(session);
        return 0;
    }
    if (end == SIM_END_NORMAL) {
        session->body_left -= length;
        return 1;
    }
    sim_message_release(session->message);
    session->message = NULL;
    sim_connection_finish(connection, end == SIM_END_RESET ? SIM_AFTER_RESET : SIM_AFTER_SHUTDOWN);
    return 0;
}

static int read_body(session_t *session)
{
    size_t length = session->input.length;
    if (length > session->body_left)
        length = session->body_left;
    if (session->message->body.length + length > BODY_LIMIT) {
        refuse(session, 413, "The body is too long.");
        return 0;
    }
    if (!receive(session, session->input.data, length))
        return 0;
    sim_buffer_consume(&session->input, length);
    if (session->body_left)
        return 0;
    if (session->reading == READ_CHUNK)
        session->reading = READ_CHUNK_SIZE;
    else
        request_complete(session);
    return 1;
}

/* A line of the chunked coding: a size, the end of a chunk, or a trailer. */
static int read_chunk_line(session_t *session)
{
    sim_buffer_t *input = &session->input;
    const char *feed = input->length ? memchr(input->data, '\n', input->length) : NULL;
    if (!feed)
        return 0;
    size_t length = (size_t)(feed - input->data);
    if (length && input->data[length - 1] == '\r')
        length--;
    if (session->reading == READ_TRAILER) {
        sim_buffer_consume(input, (size_t)(feed + 1 - input->data));
        if (length == 0)
            request_complete(session);
        return 1;
    }
    if (length) { /* an empty line follows each chunk */
        char *end;
        session->body_left = strtoull(input->data, &end, 16);
        if (end == input->data || session->body_left > BODY_LIMIT) {
            refuse(session, 400, "The size of a chunk is not a number.");
            return 0;
        }
        session->reading = session->body_left ? READ_CHUNK : READ_TRAILER;
    }
    sim_buffer_consume(input, (size_t)(feed + 1 - input->data));
    return 1;
}

static int read_some(session_t *session)
{
    switch (session->reading) {
    case READ_HEAD: return read_head(session);
    case READ_BODY:
    case READ_CHUNK: return read_body(session);
    case READ_CHUNK_SIZE:
    case READ_TRAILER: return read_chunk_line(session);
    }
    return 0;
}

/* Reads requests as long as there are bytes and no answer is under way. */
static void process(session_t *session)
{
    const sim_connection_t *connection = session->connection;
    if (session->working)
        return;
    session->working = 1;
    while (!session->exchange && !connection->closing && !connection->lingering &&
           read_some(session))
        ;
    session->working = 0;
}

static void *open_session(sim_connection_t *connection)
{
    session_t *session = sim_allocate(sizeof *session);
    session->connection = connection;
    return session;
}

static void on_input(void *data, const char *bytes, size_t length)
{
    session_t *session = data;
    if (session->dropping)
        return;
    if (session->reading == READ_BODY && session->message && !session->input.length &&
        length <= session->body_left && session->message->body.length < BODY_LIMIT) {
        /* Big bodies go straight where they belong. */
        if (receive(session, bytes, length) && session->body_left == 0)
            process(session);
        return;
    }
    sim_buffer_add(&session->input, bytes, length);
    process(session);
}

static void on_drained(void *data)
{
    session_t *session = data;
    sim_exchange_t *exchange = session->exchange;
    if (!exchange || !exchange->answering)
        return;
    if (sim_exchange_took_all(exchange) || exchange->sent < exchange->released)
        write_body(exchange);
    else if (session->connection->queued == 0)
        sim_exchange_drained(exchange);
}

static void on_abort(void *data)
{
    session_t *session = data;
    sim_exchange_t *exchange = session->exchange;
    session->exchange = NULL;
    if (exchange)
        sim_exchange_end(exchange, 1);
}

static void free_session(void *data)
{
    session_t *session = data;
    if (session->message)
        sim_message_release(session->message);
    sim_buffer_free(&session->input);
    free(session);
}

const sim_protocol_t sim_http1_protocol = {open_session, on_input, on_drained, on_abort,
                                           free_session};
