/* What one HTTP exchange sends. */
#include "exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <gia/error.h>

#include "wire/url.h"

void gia__exchange_init(gia__exchange_t *exchange, const gia__mem_t *mem, const char *method,
                        const char *accept)
{
    memset(exchange, 0, sizeof(*exchange));
    exchange->method = method;
    exchange->accept = accept;
    gia__buf_init(&exchange->url, mem, SIZE_MAX);
    gia__buf_init(&exchange->headers, mem, SIZE_MAX);
    gia__pieces_init(&exchange->body, mem, SIZE_MAX);
}

void gia__exchange_free(gia__exchange_t *exchange)
{
    gia__buf_free(&exchange->url);
    gia__buf_free(&exchange->headers);
    gia__pieces_free(&exchange->body);
    exchange->header_count = 0;
}

void gia__exchange_move(gia__exchange_t *to, gia__exchange_t *from)
{
    gia__exchange_free(to);
    *to = *from;
    gia__exchange_init(from, to->url.mem, to->method, to->accept);
}

void gia__exchange_note(gia__exchange_t *exchange, int code)
{
    if (exchange->code == GIA_OK)
        exchange->code = code;
}

/* The text is NUL-terminated at every time, and the NUL is not counted. */
static void end_url(gia__exchange_t *exchange, int rc)
{
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add(&exchange->url, "", 1);
    if (rc == GIA__BUF_OK)
        exchange->url.len--;
    else
        gia__exchange_note(exchange, GIA_ENOMEM);
}

void gia__exchange_add_url(gia__exchange_t *exchange, const char *text)
{
    end_url(exchange, gia__buf_add_text(&exchange->url, text));
}

void gia__exchange_add_url_escaped(gia__exchange_t *exchange, const char *text)
{
    end_url(exchange, gia__url_add_escaped(&exchange->url, text));
}

void gia__exchange_add_header(gia__exchange_t *exchange, const char *format, ...)
{
    gia__buf_t *headers = &exchange->headers;
    va_list arguments, again;
    int len;

    va_start(arguments, format);
    va_copy(again, arguments);
    len = vsnprintf(NULL, 0, format, arguments);
    if (len < 0 || gia__buf_reserve(headers, (size_t)len + 1) != GIA__BUF_OK) {
        gia__exchange_note(exchange, GIA_ENOMEM);
    } else {
        vsnprintf(headers->data + headers->len, (size_t)len + 1, format, again);
        headers->len += (size_t)len + 1;
        exchange->header_count++;
    }
    va_end(again);
    va_end(arguments);
}

int gia__exchange_head(const gia__exchange_t *exchange, const gia__settings_t *settings,
                       const char *const *own, size_t own_count, gia__head_t *head)
{
    const size_t max_lines = sizeof(head->lines) / sizeof(head->lines[0]);
    const char *type = gia__pieces_length(&exchange->body) ? exchange->content_type : NULL;
    const char *line = exchange->headers.data;
    size_t i;

    for (head->count = 0; head->count < settings->header_count; head->count++)
        head->lines[head->count] = settings->headers[head->count];
    head->lines[head->count++] = settings->credential_line;
    snprintf(head->accept, sizeof(head->accept), "Accept: %s", exchange->accept);
    head->lines[head->count++] = head->accept;
    /* Without a name of ours curl would call an empty body a form. */
    snprintf(head->content_type, sizeof(head->content_type), "Content-Type:%s%s", type ? " " : "",
             type ? type : "");
    head->lines[head->count++] = head->content_type;
    if (exchange->header_count + own_count > max_lines - head->count)
        return GIA_EINTERNAL;
    for (i = 0; i < own_count; i++)
        head->lines[head->count++] = own[i];
    for (i = 0; i < exchange->header_count; i++) {
        head->lines[head->count++] = line;
        line += strlen(line) + 1;
    }
    return GIA_OK;
}
