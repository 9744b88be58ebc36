/* Bytes to server-sent events, at any split.
 *
 * A line that lies whole in the fed bytes is taken from there. One that spans chunks is collected
 * in `line`, but a data line's value goes to `data` as it comes: the lines that are long are data
 * lines, and this way they exist once. No byte is scanned or copied again, whatever the chunking.
 */
#include "wire/sse.h"

#include <string.h>

#include <gia/error.h>

enum {
    KEEP_AT_MOST = 64 * 1024, /* a larger buffer goes after its event */
    STRAY_AT_MOST = 16 * 1024,
    FIRST_WINDOW = 64,
    LAST_WINDOW = 8192
};

static const char byte_order_mark[3] = {'\xef', '\xbb', '\xbf'};

/* The ceiling of a buffer for `max` bytes and a NUL. */
static size_t with_nul(size_t max)
{
    return max < SIZE_MAX ? max + 1 : max;
}

void gia__sse_init(gia__sse_t *sse, const gia__mem_t *mem, size_t max_line, size_t max_event)
{
    *sse = (gia__sse_t){.max_line = max_line, .max_event = max_event, .retry_ms = -1};
    gia__buf_init(&sse->line, mem, max_line);
    gia__buf_init(&sse->data, mem, with_nul(max_event));
    gia__buf_init(&sse->type, mem, with_nul(max_line));
    gia__buf_init(&sse->id, mem, with_nul(max_line));
    gia__buf_init(&sse->stray, mem, STRAY_AT_MOST);
}

void gia__sse_free(gia__sse_t *sse)
{
    gia__buf_free(&sse->line);
    gia__buf_free(&sse->data);
    gia__buf_free(&sse->type);
    gia__buf_free(&sse->id);
    gia__buf_free(&sse->stray);
}

void gia__sse_reset(gia__sse_t *sse)
{
    gia__buf_clear(&sse->line);
    gia__buf_clear(&sse->data);
    gia__buf_clear(&sse->type);
    gia__buf_clear(&sse->id);
    gia__buf_clear(&sse->stray);
    sse->line_len = 0;
    sse->retry_ms = -1;
    sse->comments = 0;
    sse->has_data = sse->in_data = sse->bom = sse->swallow_lf = 0;
}

static void drop_if_huge(gia__buf_t *buf)
{
    if (buf->len == 0 && buf->capacity > KEEP_AT_MOST)
        gia__buf_free(buf);
}

/* Where the first line end is, or `len`. Two runs of memchr beat a loop over the bytes, but each
 * must not look far beyond what the other would find: the windows grow with the line, so that the
 * work does. */
static size_t find_line_end(const char *text, size_t len)
{
    size_t at = 0, window = FIRST_WINDOW;

    while (at < len) {
        size_t n = len - at < window ? len - at : window;
        const char *lf = memchr(text + at, '\n', n);
        const char *cr = memchr(text + at, '\r', lf ? (size_t)(lf - text) - at : n);
        if (cr)
            return (size_t)(cr - text);
        if (lf)
            return (size_t)(lf - text);
        at += n;
        if (window < LAST_WINDOW)
            window *= 2;
    }
    return len;
}

static int code_of(int buf_result, int too_big)
{
    switch (buf_result) {
    case GIA__BUF_OK: return GIA_OK;
    case GIA__BUF_TOO_BIG: return too_big;
    default: return GIA_ENOMEM;
    }
}

/* Adds to the data; always leaves room for the NUL. */
static int add_data(gia__sse_t *sse, const char *text, size_t len)
{
    int rc = len < SIZE_MAX ? gia__buf_reserve(&sse->data, len + 1) : GIA__BUF_TOO_BIG;
    if (rc != GIA__BUF_OK)
        return code_of(rc, GIA_EEVENT_TOO_BIG);
    if (len) {
        memcpy(sse->data.data + sse->data.len, text, len);
        sse->data.len += len;
    }
    return GIA_OK;
}

/* The standard appends an LF to each line and takes the last one off; this comes to the same. */
static int begin_data_line(gia__sse_t *sse)
{
    if (sse->has_data)
        return add_data(sse, "\n", 1);
    sse->has_data = 1;
    return GIA_OK;
}

static int take_data(gia__sse_t *sse, const char *value, size_t len)
{
    int rc = begin_data_line(sse);
    return rc == GIA_OK ? add_data(sse, value, len) : rc;
}

static int set_text(gia__buf_t *buf, const char *value, size_t len)
{
    gia__buf_clear(buf);
    drop_if_huge(buf);
    if (len == 0)
        return GIA_OK;
    /* No ceiling to hit: the value is a part of a line that was short enough. */
    if (gia__buf_reserve(buf, len + 1) != GIA__BUF_OK)
        return GIA_ENOMEM;
    memcpy(buf->data, value, len);
    buf->data[len] = '\0';
    buf->len = len;
    return GIA_OK;
}

static void take_retry(gia__sse_t *sse, const char *value, size_t len)
{
    int64_t ms = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9' || ms > (INT64_MAX - 9) / 10)
            return;
        ms = ms * 10 + (value[i] - '0');
    }
    if (len)
        sse->retry_ms = ms;
}

/* How many of `len` more stray bytes are kept. */
static size_t stray_room(const gia__sse_t *sse, size_t len)
{
    size_t room = STRAY_AT_MOST - sse->stray.len;
    return len < room ? len : room;
}

static int keep_stray(gia__sse_t *sse, const char *line, size_t len)
{
    size_t n = stray_room(sse, len);

    if (gia__buf_add(&sse->stray, line, n) != GIA__BUF_OK)
        return GIA_ENOMEM;
    if (stray_room(sse, 1) && gia__buf_add(&sse->stray, "\n", 1) != GIA__BUF_OK)
        return GIA_ENOMEM;
    return GIA_OK;
}

typedef enum field_e { STRAY, EVENT, DATA, ID, RETRY } field_t;

static field_t field_of(const char *name, size_t len)
{
    if (len == 5)
        return memcmp(name, "event", 5) == 0   ? EVENT
               : memcmp(name, "retry", 5) == 0 ? RETRY
                                               : STRAY;
    if (len == 4)
        return memcmp(name, "data", 4) == 0 ? DATA : STRAY;
    if (len == 2)
        return memcmp(name, "id", 2) == 0 ? ID : STRAY;
    return STRAY;
}

/* A line that is neither blank nor unfinished. */
static int take_line(gia__sse_t *sse, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    const char *value = colon ? colon + 1 : line + len;
    const char *end = line + len;

    if (colon == line) {
        sse->comments++;
        return GIA_OK;
    }
    if (value < end && *value == ' ')
        value++;

    switch (field_of(line, (size_t)((colon ? colon : end) - line))) {
    case DATA: return take_data(sse, value, (size_t)(end - value));
    case EVENT: return set_text(&sse->type, value, (size_t)(end - value));
    case ID:
        if (memchr(value, '\0', (size_t)(end - value)))
            return GIA_OK;
        return set_text(&sse->id, value, (size_t)(end - value));
    case RETRY: take_retry(sse, value, (size_t)(end - value)); return GIA_OK;
    default: return keep_stray(sse, line, len);
    }
}

/* Six bytes tell a data line and the space behind its colon. */
static int is_data_line(const char *text, size_t len)
{
    return len >= 6 && memcmp(text, "data:", 5) == 0;
}

static int begin_long_data(gia__sse_t *sse, const char *line, size_t len)
{
    size_t skip = line[5] == ' ' ? 6 : 5;
    sse->in_data = 1;
    return take_data(sse, line + skip, len - skip);
}

/* Takes a piece of a line that is not whole in the fed bytes, or that is too long. */
static int collect(gia__sse_t *sse, const char *piece, size_t len)
{
    size_t room = sse->max_line - sse->line_len;
    size_t n = len < room ? len : room;
    int rc;

    if (sse->in_data) {
        rc = add_data(sse, piece, n);
    } else if (sse->line_len == 0 && is_data_line(piece, n)) {
        rc = begin_long_data(sse, piece, n);
    } else {
        rc = code_of(gia__buf_add(&sse->line, piece, n), GIA_ELINE_TOO_BIG);
        if (rc == GIA_OK && is_data_line(sse->line.data, sse->line.len)) {
            rc = begin_long_data(sse, sse->line.data, sse->line.len);
            gia__buf_clear(&sse->line);
        }
    }
    sse->line_len += n;
    /* The event's ceiling is tested first, so that it is the first byte too many that decides. */
    if (rc != GIA_OK)
        return rc;
    return n < len ? GIA_ELINE_TOO_BIG : GIA_OK;
}

static int finish_collected(gia__sse_t *sse)
{
    int rc = GIA_OK;

    if (!sse->in_data)
        rc = take_line(sse, sse->line.data, sse->line.len);
    sse->in_data = 0;
    sse->line_len = 0;
    gia__buf_clear(&sse->line);
    return rc;
}

/* The blank line. The lengths go at once, the bytes stay for the event until the next call. */
static int dispatch(gia__sse_t *sse, gia__sse_event_t *event)
{
    size_t type_len = sse->type.len;

    gia__buf_clear(&sse->type);
    if (!sse->has_data)
        return GIA__SSE_MORE;

    sse->data.data[sse->data.len] = '\0';
    *event = (gia__sse_event_t){
        .type = type_len ? sse->type.data : "",
        .type_len = type_len,
        .data = sse->data.data,
        .data_len = sse->data.len,
        .last_id = sse->id.len ? sse->id.data : "",
        .last_id_len = sse->id.len,
    };
    gia__buf_clear(&sse->data);
    gia__buf_clear(&sse->stray);
    sse->has_data = 0;
    return GIA__SSE_EVENT;
}

/* Swallows the byte order mark as it comes. What turns out to be none belongs to the first line. */
static int skip_byte_order_mark(gia__sse_t *sse, const char **at, const char *end)
{
    int seen = sse->bom;

    while (*at < end && seen < 3 && **at == byte_order_mark[seen]) {
        (*at)++;
        seen++;
    }
    sse->bom = seen;
    if (seen == 3 || *at < end)
        sse->bom = -1;
    return seen < 3 && *at < end ? collect(sse, byte_order_mark, (size_t)seen) : GIA_OK;
}

int gia__sse_feed(gia__sse_t *sse, const char *bytes, size_t len, size_t *consumed,
                  gia__sse_event_t *event)
{
    const char *at = bytes, *end = bytes + len;
    int rc = GIA_OK;

    /* One huge event must not keep its memory for a whole stream. */
    if (!sse->has_data)
        drop_if_huge(&sse->data);
    drop_if_huge(&sse->line);
    drop_if_huge(&sse->type);

    if (sse->bom >= 0 && len)
        rc = skip_byte_order_mark(sse, &at, end);

    while (rc == GIA_OK && at < end) {
        const char *line = at;
        size_t n;
        int whole;

        if (sse->swallow_lf) {
            sse->swallow_lf = 0;
            if (*at == '\n') {
                at++;
                continue;
            }
        }

        n = find_line_end(line, (size_t)(end - line));
        at = line + n;
        whole = at < end;
        if (whole)
            sse->swallow_lf = *at++ == '\r';

        if (whole && n == 0 && sse->line_len == 0) {
            rc = dispatch(sse, event);
        } else if (whole && sse->line_len == 0 && n <= sse->max_line) {
            rc = take_line(sse, line, n);
        } else {
            rc = collect(sse, line, n);
            if (rc == GIA_OK && whole)
                rc = finish_collected(sse);
        }
    }
    *consumed = (size_t)(at - bytes);
    return rc;
}

/* Whether the unfinished line, as far as it came, can still become a known field. */
static int may_be_field(const gia__sse_t *sse)
{
    static const char *const names[] = {"data", "event", "id", "retry"};
    const char *line = sse->line.data;
    size_t len = sse->line.len, i;
    const char *colon = memchr(line, ':', len);

    if (colon)
        return field_of(line, (size_t)(colon - line)) != STRAY;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (len <= strlen(names[i]) && memcmp(names[i], line, len) == 0)
            return 1;
    }
    return 0;
}

int gia__sse_unfinished(const gia__sse_t *sse)
{
    return sse->has_data || sse->type.len > 0 || (sse->line.len > 0 && may_be_field(sse));
}

size_t gia__sse_tail(gia__sse_t *sse, const char **text)
{
    size_t len = sse->stray.len;

    /* The line's bytes go behind the buffer's end: asking does not change the answer. */
    if (sse->line.len > 0 && sse->line.data[0] != ':' && !may_be_field(sse)) {
        size_t n = stray_room(sse, sse->line.len);
        if (n && gia__buf_reserve(&sse->stray, n) == GIA__BUF_OK) {
            memcpy(sse->stray.data + len, sse->line.data, n);
            len += n;
        }
    }
    *text = len ? sse->stray.data : "";
    return len;
}
