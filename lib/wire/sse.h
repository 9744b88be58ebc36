/* Bytes to server-sent events, by the WHATWG grammar (HTML, "Server-sent events"). Pure: no I/O, no
 * clock. */
#ifndef GIA_WIRE_SSE_H
#define GIA_WIRE_SSE_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* One event. The pointers are valid until the next call with the same parser. `data` is writable
 * (the JSON below decodes in place) and followed by a NUL that is not counted in data_len. */
typedef struct gia__sse_event_s {
    const char *type; /* the event: field; "" when there was none (which means "message") */
    size_t type_len;
    char *data; /* data: lines joined with LF */
    size_t data_len;
    const char *last_id; /* the id: field, persisting over events; "" when there was none */
    size_t last_id_len;
} gia__sse_event_t;

typedef struct gia__sse_s {
    size_t max_line, max_event;
    gia__buf_t line; /* an unfinished line: only one that spans chunks is copied */
    gia__buf_t data, type, id;
    gia__buf_t tail;   /* lines since the last event that are no fields at all */
    int64_t retry_ms;  /* the last valid retry: field; -1 if none */
    uint64_t comments; /* comment lines seen */
    int has_data;
    int dispatched;    /* data and type are the caller's until the next bytes come */
    unsigned bom_seen; /* bytes of a BOM at the start */
    int started;       /* the BOM was looked for */
    int swallow_lf;    /* a line ended with CR: an LF that follows belongs to it */
} gia__sse_t;

void gia__sse_init(gia__sse_t *sse, const gia__mem_t *mem, size_t max_line, size_t max_event);
void gia__sse_free(gia__sse_t *sse);
void gia__sse_reset(gia__sse_t *sse); /* as after init, but memory is kept */

#define GIA__SSE_MORE  0 /* all bytes were consumed, no event is complete */
#define GIA__SSE_EVENT 1 /* *event is complete; call again with the bytes behind *consumed */

/* Feeds bytes up to the end of the next complete event: GIA__SSE_MORE, GIA__SSE_EVENT, or a
 * negative code (GIA_ELINE_TOO_BIG, GIA_EEVENT_TOO_BIG, GIA_ENOMEM) after which only free and reset
 * are legal. */
int gia__sse_feed(gia__sse_t *sse, const char *bytes, size_t len, size_t *consumed,
                  gia__sse_event_t *event);

/* Once the bytes have ended: lines behind the last event that are no fields of the grammar, an
 * unfinished last line included, joined with LF, at most 16 KiB of them. A bare JSON error that a
 * front end appends to a stream it cuts is found here. Returns the bytes; *text is valid until free
 * or reset. Takes the unfinished line: ask gia__sse_unfinished first. */
size_t gia__sse_tail(gia__sse_t *sse, const char **text);

/* Whether the bytes ended inside of an event or a line. */
int gia__sse_unfinished(const gia__sse_t *sse);

#endif
