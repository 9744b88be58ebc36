/* Server-sent events: the grammar as a table, however the bytes are cut, and what bounds it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include <gia/error.h>

#include "failing_memory.h"
#include "wire/sse.h"

#define BYTES(text) text, sizeof(text) - 1

/* What came is written as `type|data|id;` for each event, with \n and \0 for these bytes, then the
 * number of comments and the retry field if there were any. */
typedef struct row_s {
    const char *name;
    const char *input;
    size_t len;
    const char *expected;
} row_t;

static const row_t rows[] = {
    {"nothing", BYTES(""), ""},
    {"one event", BYTES("data: x\n\n"), "|x|;"},
    {"two events", BYTES("data: x\n\ndata: y\n\n"), "|x|;|y|;"},
    {"a type", BYTES("event: t\ndata: x\n\n"), "t|x|;"},
    {"a type behind the data", BYTES("data: x\nevent: t\n\n"), "t|x|;"},
    {"a type lasts for one event", BYTES("event: t\ndata: x\n\ndata: y\n\n"), "t|x|;|y|;"},
    {"the last type counts", BYTES("event: t\nevent: u\ndata: x\n\n"), "u|x|;"},
    {"an empty type takes back", BYTES("event: t\nevent\ndata: x\n\n"), "|x|;"},
    {"a type with spaces", BYTES("event: a b \ndata: x\n\n"), "a b |x|;"},

    /* line ends */
    {"CRLF", BYTES("data: x\r\n\r\n"), "|x|;"},
    {"CR", BYTES("data: x\r\r"), "|x|;"},
    {"CR, then CRLF", BYTES("data: x\r\r\ndata: y\r\r"), "|x|;|y|;"},
    {"CRLF, then LF", BYTES("data: x\r\n\ndata: y\n\n"), "|x|;|y|;"},
    {"LF, then CR", BYTES("data: x\n\rdata: y\n\n"), "|x|;|y|;"},
    {"LF, then CRLF", BYTES("data: x\n\r\ndata: y\n\r\n"), "|x|;|y|;"},
    {"all mixed", BYTES("event: t\rdata: x\r\ndata: y\nid: 1\r\n\r"), "t|x\\ny|1;"},
    {"CR between data lines", BYTES("data: x\rdata: y\r\r"), "|x\\ny|;"},
    {"two CRLF are not three lines", BYTES("data: x\r\n\r\ndata: y\r\n\r\n"), "|x|;|y|;"},
    {"LF CR is two line ends", BYTES("data: x\n\r\n"), "|x|;"},
    {"CR CR LF is two line ends", BYTES("data: x\r\r\n"), "|x|;"},
    {"other line ends are none", BYTES("data: x\xe2\x80\xa8y\vz\f\xc2\x85\n\n"),
     "|x\xe2\x80\xa8y\vz\f\xc2\x85|;"},

    /* the byte order mark */
    {"a BOM",
     BYTES("\xef\xbb\xbf"
           "data: x\n\n"),
     "|x|;"},
    {"a BOM before a blank line",
     BYTES("\xef\xbb\xbf\n"
           "data: x\n\n"),
     "|x|;"},
    {"a BOM before a comment", BYTES("\xef\xbb\xbf:c\ndata: x\n\n"), "|x|; comments=1"},
    {"two BOMs: the second is a name",
     BYTES("\xef\xbb\xbf\xef\xbb\xbf"
           "data: x\n\ndata: y\n\n"),
     "|y|;"},
    {"a BOM in the middle is a name",
     BYTES("data: x\n\n\xef\xbb\xbf"
           "data: y\ndata: z\n\n"),
     "|x|;|z|;"},
    {"a BOM behind a line end is a name",
     BYTES("\n\xef\xbb\xbf"
           "data: y\n\n"),
     ""},
    {"a BOM in the data", BYTES("data: \xef\xbb\xbfx\n\n"), "|\xef\xbb\xbfx|;"},
    {"nothing but a BOM", BYTES("\xef\xbb\xbf"), ""},
    {"one byte of a BOM",
     BYTES("\xef"
           "data: x\n\ndata: y\n\n"),
     "|y|;"},
    {"two bytes of a BOM",
     BYTES("\xef\xbb"
           "data: x\n\ndata: y\n\n"),
     "|y|;"},
    {"two bytes of a BOM and a line end", BYTES("\xef\xbb\ndata: y\n\n"), "|y|;"},
    {"another BOM",
     BYTES("\xff\xfe"
           "data: x\n\ndata: y\n\n"),
     "|y|;"},

    /* the colon and the space */
    {"no space", BYTES("data:x\n\n"), "|x|;"},
    {"two spaces", BYTES("data:  x\n\n"), "| x|;"},
    {"three spaces", BYTES("data:   x\n\n"), "|  x|;"},
    {"a tab", BYTES("data:\tx\n\n"), "|\tx|;"},
    {"a space and a tab", BYTES("data: \tx\n\n"), "|\tx|;"},
    {"a space at the end", BYTES("data: x \n\n"), "|x |;"},
    {"nothing but a space", BYTES("data: \n\n"), "||;"},
    {"colons in the value", BYTES("data: a:b: c\n\n"), "|a:b: c|;"},
    {"two colons", BYTES("data::x\n\n"), "|:x|;"},
    {"two colons and a space", BYTES("data:: x\n\n"), "|: x|;"},
    {"no colon", BYTES("data\n\n"), "||;"},
    {"no colon, twice", BYTES("data\ndata\n\n"), "|\\n|;"},
    {"no colon, then a value", BYTES("data\ndata: x\n\n"), "|\\nx|;"},
    {"no break space is no space", BYTES("data:\xc2\xa0x\n\n"), "|\xc2\xa0x|;"},

    /* names */
    {"a space before the name", BYTES(" data: x\n\n"), ""},
    {"a space behind the name", BYTES("data : x\n\n"), ""},
    {"a tab before the name", BYTES("\tdata: x\n\ndata: y\n\n"), "|y|;"},
    {"upper case", BYTES("Data: x\nDATA: y\n\nEvent: t\nID: 3\nRetry: 9\ndata: z\n\n"), "|z|;"},
    {"an unknown name", BYTES("foo: x\ndata: y\n\n"), "|y|;"},
    {"an unknown name alone", BYTES("foo\n\nbar: x\n\n"), ""},
    {"a longer name", BYTES("data2: x\ndatadata: y\nevents: z\nids: 1\n\n"), ""},
    {"a shorter name", BYTES("dat: x\nd: x\nretr: 1\ni: 2\n\n"), ""},
    {"a name with NUL", BYTES("data\0: x\n\0data: x\n\ndata: y\n\n"), "|y|;"},
    {"a JSON object", BYTES("{\"data\": 1}\n\ndata: y\n\n"), "|y|;"},

    /* comments */
    {"a comment", BYTES(": c\n\n"), " comments=1"},
    {"an empty comment", BYTES(":\n\n"), " comments=1"},
    {"a comment in an event", BYTES("data: x\n:c\ndata: y\n\n"), "|x\\ny|; comments=1"},
    {"a comment looks like a field", BYTES(":data: x\n: data: x\n\n"), " comments=2"},
    {"a comment with any bytes", BYTES(":\xff\0\xc3\n:::\r:\r\ndata: x\n\n"), "|x|; comments=3"},
    {"comments in between", BYTES(": a\n\ndata: x\n\n: b\n\ndata: y\n\n"), "|x|;|y|; comments=2"},

    /* data */
    {"two lines", BYTES("data: x\ndata: y\n\n"), "|x\\ny|;"},
    {"three lines, one empty", BYTES("data: x\ndata:\ndata: y\n\n"), "|x\\n\\ny|;"},
    {"an empty line at the end", BYTES("data: x\ndata:\n\n"), "|x\\n|;"},
    {"an empty line at the begin", BYTES("data:\ndata: x\n\n"), "|\\nx|;"},
    {"one empty line", BYTES("data:\n\n"), "||;"},
    {"three empty lines", BYTES("data\ndata:\ndata: \n\n"), "|\\n\\n|;"},
    {"split by other fields", BYTES("data: x\nid: 1\nfoo\ndata: y\nevent: t\n\n"), "t|x\\ny|1;"},
    {"NUL in the data", BYTES("data: a\0b\n\n"), "|a\\0b|;"},
    {"nothing but NUL", BYTES("data: \0\n\n"), "|\\0|;"},
    {"bytes that are not UTF-8", BYTES("data: \xff\xc3(\n\n"), "|\xff\xc3(|;"},
    {"multi-byte characters", BYTES("data: \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n\n"),
     "|\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|;"},
    {"bytes whose low half is a line end", BYTES("data: \xe0\xa8\x8a\xe0\xa8\x8d\n\n"),
     "|\xe0\xa8\x8a\xe0\xa8\x8d|;"},

    /* no data, no event */
    {"a type alone", BYTES("event: t\n\n"), ""},
    {"a type alone does not stay", BYTES("event: t\n\ndata: x\n\n"), "|x|;"},
    {"an id alone stays", BYTES("id: 1\n\ndata: x\n\n"), "|x|1;"},
    {"blank lines only", BYTES("\n\n\r\r\r\n\r\n\n"), ""},
    {"blank lines before and behind", BYTES("\n\ndata: x\n\n\n\ndata: y\n\n\n"), "|x|;|y|;"},

    /* id */
    {"an id", BYTES("id: 1\ndata: x\n\n"), "|x|1;"},
    {"an id persists", BYTES("id: 1\ndata: x\n\ndata: y\n\n"), "|x|1;|y|1;"},
    {"an id is replaced", BYTES("id: 11\ndata: x\n\nid: 2\ndata: y\n\n"), "|x|11;|y|2;"},
    {"an id is emptied", BYTES("id: 1\ndata: x\n\nid:\ndata: y\n\n"), "|x|1;|y|;"},
    {"an id is emptied without a colon", BYTES("id: 1\ndata: x\n\nid\ndata: y\n\n"), "|x|1;|y|;"},
    {"an id with NUL is ignored", BYTES("id: 1\ndata: x\n\nid: 2\0\ndata: y\n\n"), "|x|1;|y|1;"},
    {"an id that is NUL", BYTES("id:\0\ndata: x\n\n"), "|x|;"},
    {"the last id counts", BYTES("id: 1\nid: 2\ndata: x\n\n"), "|x|2;"},
    {"an id of any text", BYTES("id:  a:b \xc3\xa9\ndata: x\n\n"), "|x| a:b \xc3\xa9;"},

    /* retry */
    {"retry", BYTES("retry: 3000\n\n"), " retry=3000"},
    {"retry 0", BYTES("retry: 0\n"), " retry=0"},
    {"retry with zeros", BYTES("retry:007\n"), " retry=7"},
    {"the last retry counts", BYTES("retry: 1\nretry: 2\n"), " retry=2"},
    {"an invalid retry changes nothing", BYTES("retry: 1\nretry: 2s\n"), " retry=1"},
    {"retry: negative", BYTES("retry: -1\n"), ""},
    {"retry: plus", BYTES("retry: +1\n"), ""},
    {"retry: a fraction", BYTES("retry: 1.5\n"), ""},
    {"retry: two spaces", BYTES("retry:  1\n"), ""},
    {"retry: a space behind", BYTES("retry: 1 \n"), ""},
    {"retry: empty", BYTES("retry:\nretry\nretry: \n"), ""},
    {"retry: NUL", BYTES("retry: 1\0\n"), ""},
    {"retry: hex", BYTES("retry: 0x10\n"), ""},
    {"retry: other digits", BYTES("retry: \xd9\xa1\n"), ""},
    {"retry: the largest", BYTES("retry: 922337203685477579\n"), " retry=922337203685477579"},
    {"retry: too large", BYTES("retry: 99999999999999999999999999\n"),
     " retry=9223372036854775798"},

    /* an end that is none */
    {"no blank line", BYTES("data: x\n"), ""},
    {"no line end", BYTES("data: x"), ""},
    {"an event, then a half one", BYTES("data: x\n\ndata: y\nevent: t\n"), "|x|;"},
    {"CR at the very end", BYTES("data: x\n\ndata: y\r"), "|x|;"},
    {"a lone CR is a blank line", BYTES("data: x\n\r"), "|x|;"},
};

static void add_escaped(gia__buf_t *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n')
            gia__buf_add_text(out, "\\n");
        else if (text[i] == '\0')
            gia__buf_add_text(out, "\\0");
        else
            gia__buf_add(out, text + i, 1);
    }
}

static void add_event(gia__buf_t *out, const gia__sse_event_t *event)
{
    assert_int_equal(event->type[event->type_len], '\0');
    assert_int_equal(event->data[event->data_len], '\0');
    assert_int_equal(event->last_id[event->last_id_len], '\0');
    add_escaped(out, event->type, event->type_len);
    gia__buf_add_text(out, "|");
    add_escaped(out, event->data, event->data_len);
    gia__buf_add_text(out, "|");
    add_escaped(out, event->last_id, event->last_id_len);
    gia__buf_add_text(out, ";");
}

static void add_rest(gia__buf_t *out, const gia__sse_t *sse)
{
    char text[64] = "";

    if (sse->comments) {
        snprintf(text, sizeof(text), " comments=%d", (int)sse->comments);
        gia__buf_add_text(out, text);
    }
    if (sse->retry_ms >= 0) {
        snprintf(text, sizeof(text), " retry=%lld", (long long)sse->retry_ms);
        gia__buf_add_text(out, text);
    }
    gia__buf_add(out, "", 1);
}

/* One piece, in a block of its very size, so that a sanitizer sees every byte beyond it. */
static int feed_piece(gia__sse_t *sse, const char *bytes, size_t len, gia__buf_t *out)
{
    char *block = malloc(len);
    size_t done = 0, consumed;
    gia__sse_event_t event;
    int rc;

    if (len)
        memcpy(block, bytes, len);
    do {
        rc = gia__sse_feed(sse, block + done, len - done, &consumed, &event);
        if (rc < 0)
            break;
        done += consumed;
        if (rc == GIA__SSE_EVENT && out)
            add_event(out, &event);
    } while (rc == GIA__SSE_EVENT);
    if (rc == GIA__SSE_MORE)
        assert_int_equal(done, len);
    free(block);
    return rc;
}

/* Cut behind `first` bytes and then after every `step`. */
static void run_row(gia__sse_t *sse, const row_t *row, size_t first, size_t step)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__buf_t out;
    size_t at = first;

    gia__buf_init(&out, &mem, SIZE_MAX);
    assert_int_equal(feed_piece(sse, row->input, first, &out), GIA__SSE_MORE);
    while (at < row->len) {
        size_t len = step < row->len - at ? step : row->len - at;
        assert_int_equal(feed_piece(sse, row->input + at, len, &out), GIA__SSE_MORE);
        assert_int_equal(feed_piece(sse, "", 0, &out), GIA__SSE_MORE);
        at += len;
    }
    add_rest(&out, sse);
    if (strcmp(out.data, row->expected) != 0)
        fail_msg("%s, cut at %zu and every %zu: \"%s\", not \"%s\"", row->name, first, step,
                 out.data, row->expected);
    gia__buf_free(&out);
}

static void the_grammar_however_it_is_cut(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        failing_memory_t memory = {0};
        gia__mem_t mem = failing_allocator(&memory);
        gia__sse_t sse;

        gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
        run_row(&sse, &rows[i], 0, 1);
        for (size_t first = 0; first <= rows[i].len; first++) {
            gia__sse_reset(&sse);
            run_row(&sse, &rows[i], first, rows[i].len);
        }
        gia__sse_free(&sse);
        assert_int_equal(memory.n_open, 0);
    }
}

/* Ceilings */

static int feed_all(gia__sse_t *sse, const char *bytes, size_t len, size_t step)
{
    int rc = GIA__SSE_MORE;

    for (size_t at = 0; at < len && rc >= 0; at += step)
        rc = feed_piece(sse, bytes + at, step < len - at ? step : len - at, NULL);
    return rc;
}

static void ceilings(void **state)
{
    static const struct {
        const char *input;
        size_t max_line, max_event;
        int code;
    } table[] = {
        {"data: 12345\n\n", 11, 5, GIA_OK},
        {"data: 12345\n\n", 10, 5, GIA_ELINE_TOO_BIG},
        {"data: 12345\n\n", 11, 4, GIA_EEVENT_TOO_BIG},
        {"data: 12345", 11, 5, GIA_OK},
        {"data: 123456", 11, 5, GIA_ELINE_TOO_BIG},
        {"data: 12345\r\n\r\n", 11, 5, GIA_OK},
        {":2345678901\n\n", 11, 5, GIA_OK},
        {":23456789012\n\n", 11, 5, GIA_ELINE_TOO_BIG},
        {"foo45678901\n\n", 11, 5, GIA_OK},
        {"foo456789012\n\n", 11, 5, GIA_ELINE_TOO_BIG},
        {"\xef\xbb\xbf"
         "data: 12345\n\n",
         11, 5, GIA_OK},
        {"\xef\xbb\xbf"
         "data: 123456\n\n",
         11, 9, GIA_ELINE_TOO_BIG},
        {"data: 12\ndata: 45\n\n", 99, 5, GIA_OK},
        {"data: 12\ndata: 456\n\n", 99, 5, GIA_EEVENT_TOO_BIG},
        {"data: 12345\ndata\n\n", 99, 5, GIA_EEVENT_TOO_BIG},
        {"data: 1234\ndata\n\n", 99, 5, GIA_OK},
        {"data\ndata\ndata\n\n", 99, 2, GIA_OK},
        {"data\ndata\ndata\ndata\n\n", 99, 2, GIA_EEVENT_TOO_BIG},
        {"data\n\n", 4, 0, GIA_OK},
        {"data:1\n\n", 99, 0, GIA_EEVENT_TOO_BIG},
        {"\n\n\n", 0, 0, GIA_OK},
        {"1\n", 0, 0, GIA_ELINE_TOO_BIG},
        {"data: 12345\n\ndata: 12345\n\n", 11, 5, GIA_OK},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        for (size_t step = 1; step <= strlen(table[i].input); step++) {
            failing_memory_t memory = {0};
            gia__mem_t mem = failing_allocator(&memory);
            gia__sse_t sse;
            int rc;

            gia__sse_init(&sse, &mem, table[i].max_line, table[i].max_event);
            rc = feed_all(&sse, table[i].input, strlen(table[i].input), step);
            if (rc != table[i].code)
                fail_msg("row %zu, every %zu: %d", i, step, rc);
            /* Legal after an error, and then it works as if new. */
            gia__sse_reset(&sse);
            assert_int_equal(feed_piece(&sse, "\n", 1, NULL), GIA__SSE_MORE);
            gia__sse_free(&sse);
            assert_int_equal(memory.n_open, 0);
        }
    }
}

/* The end */

static void the_tail(void **state)
{
    static const char error[] = "[{\n  \"error\": {\n    \"code\": 503\n  }\n}\n]";
    static const struct {
        const char *input, *tail;
        int unfinished;
    } table[] = {
        {"", "", 0},
        {"data: x\n\n", "", 0},
        {"data: x\n\n\n", "", 0},
        {"data: x\r\n\r\n", "", 0},
        {"data: x\n\n: c\n\n", "", 0},
        {"data: x\n\nid: 1\n", "", 0},
        {"data: x\n\nretry: 1\n\n", "", 0},
        {"data: x\n\nevent: t\n", "", 1},
        {"data: x\n\nevent: t\n\n", "", 0},
        {"foo\ndata: x\n\n", "", 0},
        {"foo\n\ndata: x\n\n", "", 0},
        {"foo\n\ndata: x\n\n\n", "", 0},
        {"data: x\n\nfoo\n", "foo", 0},
        {"data: x\n\nfoo\n\n", "foo", 0},
        {"data: x\n\nfoo", "foo", 1},
        {"data: x\n\nfoo\nbar: 1\nbaz", "foo\nbar: 1\nbaz", 1},
        {"data: x\n\nfoo\r\nbar\r", "foo\nbar", 0},
        {"data: x\n\ndata: y", "", 1},
        {"data: x\n\ndata: y\n", "", 1},
        {"data: x\n\n:y", "", 1},
        {"data: x\n\n{\"a\":1}", "{\"a\":1}", 1},
        {"data: x\n\ndata: {\"cut\":\n[{\"error\":{}}]", "[{\"error\":{}}]", 1},
        {"data: x\n\ndata: {\"cut\":\n[{\"error\":{}}]\n", "[{\"error\":{}}]", 1},
        {"{\"error\":{}}", "{\"error\":{}}", 1},
        {"\xef\xbb\xbf{}", "{}", 1},
        {"\xef\xbb\xbf", "", 0},
        {"\xef\xbb", "\xef\xbb", 1},
    };
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_t sse;
    const char *tail;
    char text[256];
    size_t len;

    gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        for (size_t step = 1; step <= strlen(table[i].input) + 1; step++) {
            gia__sse_reset(&sse);
            assert_int_equal(feed_all(&sse, table[i].input, strlen(table[i].input), step), 0);
            if (gia__sse_unfinished(&sse) != table[i].unfinished)
                fail_msg("row %zu, every %zu: unfinished is %d", i, step, !table[i].unfinished);
            len = gia__sse_tail(&sse, &tail);
            if (len != strlen(table[i].tail) || (len && memcmp(tail, table[i].tail, len) != 0))
                fail_msg("row %zu, every %zu: tail is \"%.*s\"", i, step, (int)len, tail);
            assert_int_equal(gia__sse_tail(&sse, &tail), len); /* asking changes nothing */
        }
    }
    for (size_t step = 1; step < 60; step++) {
        gia__sse_reset(&sse);
        snprintf(text, sizeof(text), "event: t\ndata: {}\n\n%s", error);
        assert_int_equal(feed_all(&sse, text, strlen(text), step), 0);
        len = gia__sse_tail(&sse, &tail);
        assert_int_equal(len, strlen(error));
        assert_memory_equal(tail, error, len);
    }
    gia__sse_free(&sse);
}

static void the_tail_is_bounded(void **state)
{
    static char junk[100 * 1024];
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_t sse;
    const char *tail;
    size_t len;

    memset(junk, 'a', sizeof(junk));
    for (size_t line = 1; line < 40000; line = line * 3 + 1) {
        gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
        for (size_t i = 0; i < sizeof(junk); i += line + 1) {
            assert_int_equal(feed_piece(&sse, junk, line, NULL), 0);
            assert_int_equal(feed_piece(&sse, "\n", 1, NULL), 0);
        }
        len = gia__sse_tail(&sse, &tail);
        assert_in_range(len, 16 * 1024 - 4, 16 * 1024);
        assert_memory_equal(tail, junk, line < len ? line : len);
        gia__sse_free(&sse);
    }
    gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
    assert_int_equal(feed_piece(&sse, junk, sizeof(junk), NULL), 0);
    assert_in_range(gia__sse_tail(&sse, &tail), 16 * 1024 - 1, 16 * 1024);
    gia__sse_free(&sse);
}

/* Memory */

static const char long_life[] = "\xef\xbb\xbf: c\nid: 17\nevent: step.delta\ndata: {\"a\":\n"
                                "data: 1}\n\nfoo\ndata: 2222222222222222222222222222222222222222"
                                "22222222222222222222222222222222222222222222\n\n[{\"error\":{}}]";

static void each_allocation_may_fail(void **state)
{
    for (size_t step = 1; step <= sizeof(long_life); step += 5) {
        int rc = GIA_ENOMEM;

        for (size_t n = 1; rc == GIA_ENOMEM; n++) {
            failing_memory_t memory = {.fail_at = n};
            gia__mem_t mem = failing_allocator(&memory);
            gia__sse_t sse;
            const char *tail;

            gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
            rc = feed_all(&sse, long_life, sizeof(long_life) - 1, step);
            if (rc == 0)
                gia__sse_tail(&sse, &tail); /* without memory it is cut off, no more */
            gia__sse_free(&sse);
            assert_int_equal(memory.n_open, 0);
            assert_true(n < 100);
        }
        assert_int_equal(rc, 0);
    }
}

static void a_warm_stream_allocates_nothing(void **state)
{
    static const char text[] = "event: step.delta\nid: 1\ndata: {\"index\":1,\"delta\":{\"text\":"
                               "\"Hello\",\"type\":\"text\"},\"event_type\":\"step.delta\"}\n\n";
    failing_memory_t memory = {0};
    gia__mem_t mem = failing_allocator(&memory);
    gia__sse_t sse;
    size_t warm;

    gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
    for (size_t step = 1; step < 9; step++)
        assert_int_equal(feed_all(&sse, text, sizeof(text) - 1, step), 0);
    warm = memory.n_allocations;
    for (size_t step = 1; step < sizeof(text); step++)
        assert_int_equal(feed_all(&sse, text, sizeof(text) - 1, step), 0);
    assert_int_equal(memory.n_allocations, warm);
    gia__sse_free(&sse);
}

static size_t held(const gia__sse_t *sse)
{
    return sse->line.capacity + sse->data.capacity + sse->type.capacity + sse->id.capacity +
           sse->tail.capacity;
}

static void a_huge_event_does_not_keep_its_memory(void **state)
{
    static const char *const fields[] = {"data: ", "event: ", "id: ", ": ", "foo: "};
    static char huge[1024 * 1024];
    gia__mem_t mem = gia__mem_init(NULL);

    memset(huge, 'a', sizeof(huge));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        gia__sse_t sse;

        gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
        assert_int_equal(feed_piece(&sse, fields[i], strlen(fields[i]), NULL), 0);
        assert_int_equal(feed_piece(&sse, huge, sizeof(huge), NULL), 0);
        assert_int_equal(feed_piece(&sse, "\ndata: x\n\n", 10, NULL), 0);
        assert_int_equal(feed_piece(&sse, "id: 1\ndata: x\n\n", 15, NULL), 0);
        assert_int_equal(feed_piece(&sse, "data: x\n\n", 9, NULL), 0);
        assert_in_range(held(&sse), 1, 4 * 64 * 1024);
        gia__sse_free(&sse);
    }
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Bytes are looked at a few times at most: quadratic work would take minutes. */
static void work_is_linear(void **state)
{
    static char huge[4 * 1024 * 1024];
    static const struct {
        const char *repeated;
        size_t step;
    } table[] = {
        {"a", 1460},
        {"\r", sizeof(huge)},
        {"\n", sizeof(huge)},
        {"data:x\r\r", sizeof(huge)},
        {"data:x\n\n", sizeof(huge)},
        {":c\r", sizeof(huge)},
        {"foo\r", sizeof(huge)},
        {"\r\n", 1},
    };
    gia__mem_t mem = gia__mem_init(NULL);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t len = strlen(table[i].repeated), consumed;
        double begin = cpu_seconds();
        gia__sse_event_t event;
        gia__sse_t sse;

        for (size_t at = 0; at + len <= sizeof(huge); at += len)
            memcpy(huge + at, table[i].repeated, len);
        gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
        assert_int_equal(feed_piece(&sse, "data: ", 6, NULL), 0);
        for (size_t at = 0; at < sizeof(huge); at += consumed) {
            size_t rest = sizeof(huge) - at;
            size_t step = table[i].step < rest ? table[i].step : rest;
            assert_true(gia__sse_feed(&sse, huge + at, step, &consumed, &event) >= 0);
            if (cpu_seconds() - begin > 10)
                fail_msg("row %zu took too long", i);
        }
        assert_int_equal(feed_piece(&sse, "\n\n", 2, NULL), 0);
        gia__sse_free(&sse);
    }
}

/* Fixtures */

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1024 * 1024);

    if (!file)
        fail_msg("%s cannot be read", path);
    *len = fread(bytes, 1, 1024 * 1024, file);
    fclose(file);
    return bytes;
}

static void run_fixture(const char *path, size_t step, int *n_events, int *n_done)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_event_t event;
    gia__sse_t sse;
    size_t len, at = 0, consumed;
    char *bytes = read_file(path, &len);

    *n_events = *n_done = 0;
    gia__sse_init(&sse, &mem, SIZE_MAX, SIZE_MAX);
    while (at < len) {
        int rc =
            gia__sse_feed(&sse, bytes + at, step < len - at ? step : len - at, &consumed, &event);
        assert_true(rc >= 0);
        at += consumed;
        if (rc == GIA__SSE_EVENT && strcmp(event.data, "[DONE]") == 0) {
            ++*n_done;
        } else if (rc == GIA__SSE_EVENT) {
            json_t *json = json_loadb(event.data, event.data_len, JSON_DECODE_ANY, NULL);
            if (!json)
                fail_msg("%s: event %d is not JSON: %s", path, *n_events, event.data);
            json_decref(json);
            ++*n_events;
        }
    }
    if (strstr(path, "raw_json_tail")) {
        const char *tail;
        size_t tail_len = gia__sse_tail(&sse, &tail);
        json_t *json = json_loadb(tail, tail_len, 0, NULL);
        assert_true(json_is_array(json));
        json_decref(json);
    }
    gia__sse_free(&sse);
    free(bytes);
}

static void fixtures(void **state)
{
    json_t *manifest = json_load_file(TEST_DATA "/responses/MANIFEST.json", 0, NULL);
    const char *revision, *name;
    json_t *files, *about;
    int count = 0;

    assert_non_null(manifest);
    json_object_foreach(manifest, revision, files)
    {
        json_object_foreach(files, name, about)
        {
            char path[1024];
            int n_events, n_done;

            if (!strstr(name, ".sse"))
                continue;
            snprintf(path, sizeof(path), "%s/responses/%s/%s", TEST_DATA, revision, name);
            for (size_t step = 1; step < 100000; step = step * 7 + 1) {
                run_fixture(path, step, &n_events, &n_done);
                if (n_events != json_integer_value(json_object_get(about, "events")))
                    fail_msg("%s: %d events", path, n_events);
                assert_in_range(n_done, 0, 1);
            }
            count++;
        }
    }
    assert_true(count > 40);
    json_decref(manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grammar_however_it_is_cut),
        cmocka_unit_test(ceilings),
        cmocka_unit_test(the_tail),
        cmocka_unit_test(the_tail_is_bounded),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_warm_stream_allocates_nothing),
        cmocka_unit_test(a_huge_event_does_not_keep_its_memory),
        cmocka_unit_test(work_is_linear),
        cmocka_unit_test(fixtures),
    };
    return cmocka_run_group_tests_name("sse", tests, NULL, NULL);
}
