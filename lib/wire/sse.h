/* Bytes to server-sent events, by the WHATWG grammar (HTML, "Server-sent events"). Pure: no I/O, no
 * clock. It does not look into data and knows no end marker; both belong to the decoder.
 */
#ifndef GIA_WIRE_SSE_H
#define GIA_WIRE_SSE_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* One event. The pointers are valid until the next call with the same parser. `data` is writable
 * (the JSON below decodes in place); all three are followed by a NUL that is not counted. */
typedef struct gia__sse_event_s {
    const char *type; /* the event: field; "" when there was none (which means "message") */
    size_t type_len;
    char *data; /* data: lines joined with LF */
    size_t data_len;
    const char *last_id; /* the id: field, persisting over events; "" when there was none */
    size_t last_id_len;
} gia__sse_event_t;

typedef struct gia__sse_s {
    size_t max_line;
    size_t max_event;  /* bytes of data */
    gia__buf_t line;   /* an unfinished line, unless it is a data line */
    gia__buf_t data;   /* the event's data so far, an unfinished data line's included */
    gia__buf_t type;   /* the event's type so far */
    gia__buf_t id;     /* the last id */
    gia__buf_t stray;  /* see gia__sse_tail */
    size_t line_len;   /* bytes of the unfinished line, wherever they went */
    int64_t retry_ms;  /* the last valid retry: field; -1 if none */
    uint64_t comments; /* comment lines seen: they prove life */
    int has_data;      /* the event has a data line, be it empty */
    int in_data;       /* the unfinished line is a data line: its bytes go to `data` at once */
    int bom;           /* bytes of a byte order mark seen at the start; -1: past the start */
    int swallow_lf;    /* the last byte was a CR: an LF that follows belongs to it */
} gia__sse_t;

void gia__sse_init(gia__sse_t *sse, const gia__mem_t *mem, size_t max_line, size_t max_event);
void gia__sse_free(gia__sse_t *sse);
void gia__sse_reset(gia__sse_t *sse); /* as after init, but memory is kept */

#define GIA__SSE_MORE  0 /* all bytes were consumed, no event is complete */
#define GIA__SSE_EVENT 1 /* *event is complete; call again with the bytes behind *consumed */

/* Feeds bytes up to the end of the next complete event: GIA__SSE_MORE, GIA__SSE_EVENT, or a
 * negative code (GIA_ELINE_TOO_BIG, GIA_EEVENT_TOO_BIG, GIA_ENOMEM) after which only free and reset
 * are legal. A ceiling's code does not depend on how the bytes were cut into chunks.
 *
 * By the standard an event that the end of the input leaves unfinished is dropped. A caller who
 * would rather try it feeds "\n\n" at the end (and asks the two functions below before). */
int gia__sse_feed(gia__sse_t *sse, const char *bytes, size_t len, size_t *consumed,
                  gia__sse_event_t *event);

/* For the end of the input: whether it cut an event in two. 1 if a type or data has come, or the
 * start of a field's line, with no blank line behind; whole comment, id: and retry: lines do not
 * count. */
int gia__sse_unfinished(const gia__sse_t *sse);

/* For the end of the input: the stray lines since the last event, those which the grammar ignores
 * as unknown fields, raw, each with an LF, then the unfinished last line if it is such a one. A
 * front end that cuts a stream appends its error like this, as bare JSON over several lines. Blank
 * lines and known fields among them are left out; of long ones the first 16 KiB are kept.
 *
 * Returns the bytes; 0 if there were none. *text is valid until the next call. Out of memory loses
 * the unfinished last line, nothing else. */
size_t gia__sse_tail(gia__sse_t *sse, const char **text);

#endif
