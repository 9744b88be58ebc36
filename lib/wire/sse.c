/* Bytes to server-sent events, by the WHATWG grammar. */
#include "wire/sse.h"

#include <string.h>

#include <gia/error.h>

static const char BOM[] = "\xef\xbb\xbf";

/* What a stream keeps over a huge event's end, and what is kept of bytes that are no event. */
enum { KEEP_AT_MOST = 64 * 1024, MAX_TAIL = 16 * 1024 };

void gia__sse_init(gia__sse_t *sse, const gia__mem_t *mem, size_t max_line, size_t max_event)
{
    memset(sse, 0, sizeof(*sse));
    sse->max_line = max_line;
    sse->max_event = max_event;
    sse->retry_ms = -1;
    gia__buf_init(&sse->line, mem, max_line);
    /* Two more: the LF that the last data line leaves behind, and the NUL that follows an event. */
    gia__buf_init(&sse->data, mem, max_event < SIZE_MAX - 2 ? max_event + 2 : SIZE_MAX);
    gia__buf_init(&sse->type, mem, SIZE_MAX);
    gia__buf_init(&sse->id, mem, SIZE_MAX);
    gia__buf_init(&sse->tail, mem, MAX_TAIL);
}

void gia__sse_free(gia__sse_t *sse)
{
    gia__buf_free(&sse->line);
    gia__buf_free(&sse->data);
    gia__buf_free(&sse->type);
    gia__buf_free(&sse->id);
    gia__buf_free(&sse->tail);
}

void gia__sse_reset(gia__sse_t *sse)
{
    gia__buf_clear(&sse->line);
    gia__buf_clear(&sse->data);
    gia__buf_clear(&sse->type);
    gia__buf_clear(&sse->id);
    gia__buf_clear(&sse->tail);
    sse->retry_ms = -1;
    sse->comments = 0;
    sse->has_data = sse->dispatched = sse->bom_seen = sse->started = sse->swallow_lf = 0;
}

/* The code for a buffer's refusal, where its ceiling stands for `too_big`. */
static int code_of(int buf_result, int too_big)
{
    if (buf_result == GIA__BUF_OK)
        return GIA_OK;
    return buf_result == GIA__BUF_TOO_BIG ? too_big : GIA_ENOMEM;
}

static void shrink(gia__buf_t *buf)
{
    if (buf->capacity > KEEP_AT_MOST)
        gia__buf_free(buf);
    else
        gia__buf_clear(buf);
}

static int replace(gia__buf_t *buf, const char *value, size_t len)
{
    shrink(buf);
    return code_of(gia__buf_add(buf, value, len), GIA_ELINE_TOO_BIG);
}

static int add_data(gia__sse_t *sse, const char *value, size_t len)
{
    int rc = gia__buf_reserve(&sse->data, len < SIZE_MAX - 2 ? len + 2 : len);

    if (rc != GIA__BUF_OK)
        return code_of(rc, GIA_EEVENT_TOO_BIG);
    gia__buf_add(&sse->data, value, len);
    gia__buf_add(&sse->data, "\n", 1);
    sse->has_data = 1;
    return GIA_OK;
}

/* Only digits count; what does not fit is as good as never. */
static void set_retry(gia__sse_t *sse, const char *value, size_t len)
{
    int64_t retry = 0;
    size_t i;

    if (!len)
        return;
    for (i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9')
            return;
        retry = retry > INT64_MAX / 10 - 1 ? INT64_MAX - 9 : retry * 10 + (value[i] - '0');
    }
    sse->retry_ms = retry;
}

static int is_field(const char *line, size_t name_len, const char *name)
{
    return strlen(name) == name_len && memcmp(line, name, name_len) == 0;
}

/* No field of the grammar: to be ignored, but it may be an error that a front end appended bare.
 * What does not fit is not missed. */
static int keep_for_tail(gia__sse_t *sse, const char *line, size_t len)
{
    size_t room = MAX_TAIL - sse->tail.len;
    int rc = GIA__BUF_OK;

    if (sse->tail.len && room) {
        rc = gia__buf_add(&sse->tail, "\n", 1);
        room--;
    }
    if (rc == GIA__BUF_OK)
        rc = gia__buf_add(&sse->tail, line, len < room ? len : room);
    return code_of(rc, GIA_ELINE_TOO_BIG);
}

typedef enum field_e { NO_FIELD, COMMENT, DATA, EVENT, ID, RETRY } field_t;

/* The field of a line that is not empty; its value, of which a first space is no part. */
static field_t field_of(const char *line, size_t len, const char **value, size_t *value_len)
{
    const char *colon = memchr(line, ':', len);
    size_t name_len = colon ? (size_t)(colon - line) : len;

    *value = colon ? colon + 1 : line + len;
    *value_len = len - (size_t)(*value - line);
    if (*value_len && **value == ' ') {
        ++*value;
        --*value_len;
    }
    if (is_field(line, name_len, "data"))
        return DATA;
    if (is_field(line, name_len, "event"))
        return EVENT;
    if (is_field(line, name_len, "id"))
        return ID;
    if (is_field(line, name_len, "retry"))
        return RETRY;
    return name_len ? NO_FIELD : COMMENT;
}

static int take_line(gia__sse_t *sse, const char *line, size_t len)
{
    const char *value;
    size_t value_len;

    switch (field_of(line, len, &value, &value_len)) {
    case DATA: return add_data(sse, value, value_len);
    case EVENT: return replace(&sse->type, value, value_len);
    case ID:
        if (value_len && memchr(value, '\0', value_len))
            return GIA_OK;
        return replace(&sse->id, value, value_len);
    case RETRY: set_retry(sse, value, value_len); return GIA_OK;
    case COMMENT: sse->comments++; return GIA_OK;
    default: return keep_for_tail(sse, line, len);
    }
}

static int terminate(gia__buf_t *buf)
{
    int rc = gia__buf_add(buf, "", 1);

    if (rc == GIA__BUF_OK)
        buf->len--;
    return code_of(rc, GIA_EEVENT_TOO_BIG);
}

/* A blank line: GIA__SSE_EVENT if it completes an event. */
static int dispatch(gia__sse_t *sse, gia__sse_event_t *event)
{
    int rc;

    if (!sse->has_data) {
        gia__buf_clear(&sse->type);
        return GIA__SSE_MORE;
    }
    sse->data.len--; /* the last LF */
    rc = terminate(&sse->data);
    if (rc == GIA_OK)
        rc = terminate(&sse->type);
    if (rc == GIA_OK)
        rc = terminate(&sse->id);
    if (rc != GIA_OK)
        return rc;
    *event = (gia__sse_event_t){
        .type = sse->type.data,
        .type_len = sse->type.len,
        .data = sse->data.data,
        .data_len = sse->data.len,
        .last_id = sse->id.data,
        .last_id_len = sse->id.len,
    };
    sse->dispatched = 1;
    return GIA__SSE_EVENT;
}

/* What the last event was made of goes when the next bytes come, not before: its pointers live so
 * long. */
static void begin_event(gia__sse_t *sse)
{
    sse->dispatched = 0;
    sse->has_data = 0;
    shrink(&sse->data);
    shrink(&sse->type);
    gia__buf_clear(&sse->tail);
}

/* Skips one BOM at the start of the stream, split over chunks or not. Returns the bytes it took;
 * the bytes of what turned out to be no BOM go to the line, where they belong. */
static size_t skip_bom(gia__sse_t *sse, const char *bytes, size_t len, int *rc)
{
    size_t taken = 0;

    *rc = GIA_OK;
    while (taken < len && sse->bom_seen < 3 && bytes[taken] == BOM[sse->bom_seen]) {
        taken++;
        sse->bom_seen++;
    }
    if (sse->bom_seen == 3) {
        sse->started = 1;
    } else if (taken < len) {
        sse->started = 1;
        *rc = code_of(gia__buf_add(&sse->line, BOM, sse->bom_seen), GIA_ELINE_TOO_BIG);
    }
    return taken;
}

/* The first CR or LF, or NULL. In small steps, for who looks for the LF in all the bytes looks at
 * them again for each line that ends with CR. */
static const char *line_end(const char *bytes, size_t len)
{
    enum { STEP = 512 };

    while (len) {
        size_t step = len < STEP ? len : STEP;
        const char *lf = memchr(bytes, '\n', step);
        const char *cr = memchr(bytes, '\r', lf ? (size_t)(lf - bytes) : step);

        if (cr || lf)
            return cr ? cr : lf;
        bytes += step;
        len -= step;
    }
    return NULL;
}

static int end_line(gia__sse_t *sse, const char *rest, size_t len, gia__sse_event_t *event)
{
    int rc;

    if (sse->line.len == 0) {
        if (len > sse->max_line)
            return GIA_ELINE_TOO_BIG;
        return len ? take_line(sse, rest, len) : dispatch(sse, event);
    }
    rc = code_of(gia__buf_add(&sse->line, rest, len), GIA_ELINE_TOO_BIG);
    if (rc == GIA_OK)
        rc = take_line(sse, sse->line.data, sse->line.len);
    shrink(&sse->line);
    return rc;
}

int gia__sse_feed(gia__sse_t *sse, const char *bytes, size_t len, size_t *consumed,
                  gia__sse_event_t *event)
{
    size_t at = 0;
    int rc = GIA_OK;

    if (sse->dispatched && len)
        begin_event(sse);
    if (!sse->started)
        at = skip_bom(sse, bytes, len, &rc);

    while (rc == GIA_OK && at < len) {
        const char *end;

        if (sse->swallow_lf) {
            sse->swallow_lf = 0;
            if (bytes[at] == '\n') {
                at++;
                continue;
            }
        }
        end = line_end(bytes + at, len - at);
        if (!end) {
            rc = code_of(gia__buf_add(&sse->line, bytes + at, len - at), GIA_ELINE_TOO_BIG);
            at = len;
            break;
        }
        rc = end_line(sse, bytes + at, (size_t)(end - bytes) - at, event);
        at = (size_t)(end - bytes) + 1;
        sse->swallow_lf = *end == '\r';
    }
    *consumed = at;
    return rc;
}

size_t gia__sse_tail(gia__sse_t *sse, const char **text)
{
    const char *value;
    size_t value_len;

    *text = "";
    if (sse->dispatched)
        return 0; /* what is still there stood before that event */
    if (!sse->started) {
        /* The beginning of a BOM is all that ever came; it would not fit only if nothing may. */
        if (gia__buf_add(&sse->line, BOM, sse->bom_seen) == GIA__BUF_OK)
            sse->started = 1;
    }
    /* The last line of a bare error has no line end. Without memory for it there is none. */
    if (sse->line.len && field_of(sse->line.data, sse->line.len, &value, &value_len) == NO_FIELD)
        keep_for_tail(sse, sse->line.data, sse->line.len);
    gia__buf_clear(&sse->line);
    if (sse->tail.len)
        *text = sse->tail.data;
    return sse->tail.len;
}

int gia__sse_unfinished(const gia__sse_t *sse)
{
    if (sse->dispatched)
        return 0;
    return sse->has_data || sse->line.len > 0 || sse->type.len > 0 ||
           (!sse->started && sse->bom_seen > 0);
}
