/* Server-sent events: what the grammar says, at any split of the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include <gia/error.h>

#include "core/mem.h"
#include "wire/sse.h"

#include "failing_memory.h"
#include "read_file.h"

/* What a stream comes to, as text: [type|data|id] per event, then retry, comments, a cut event, the
 * stray tail and a failure, each only where there is one. */
typedef struct log_s {
    char text[4096];
    size_t len;
} log_t;

static void write_byte(log_t *log, char c)
{
    assert_true(log->len + 5 < sizeof(log->text));
    if (c == '\n')
        log->len += (size_t)sprintf(log->text + log->len, "\\n");
    else if ((unsigned char)c < 0x20 || (unsigned char)c > 0x7e)
        log->len += (size_t)sprintf(log->text + log->len, "\\x%02x", (unsigned char)c);
    else
        log->text[log->len++] = c;
    log->text[log->len] = '\0';
}

static void write_bytes(log_t *log, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        write_byte(log, text[i]);
}

static void write_text(log_t *log, const char *text)
{
    write_bytes(log, text, strlen(text));
}

static void write_event(log_t *log, gia__sse_event_t *event)
{
    assert_int_equal(event->type[event->type_len], 0);
    assert_int_equal(event->data[event->data_len], 0);
    assert_int_equal(event->last_id[event->last_id_len], 0);
    write_text(log, "[");
    write_bytes(log, event->type, event->type_len);
    write_text(log, "|");
    write_bytes(log, event->data, event->data_len);
    write_text(log, "|");
    write_bytes(log, event->last_id, event->last_id_len);
    write_text(log, "]");
    /* Whoever decodes in place must not disturb the parser. */
    memset(event->data, 'X', event->data_len + 1);
}

/* Feeds a copy that has not one byte too many, so that a sanitizer sees a look behind it. */
static int feed_exactly(gia__sse_t *sse, log_t *log, const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    size_t at = 0, consumed;
    int rc = GIA__SSE_MORE;

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    do {
        gia__sse_event_t event;
        size_t rest = len - at;
        char *piece = malloc(rest ? rest : 1);
        assert_non_null(piece);
        memcpy(piece, copy + at, rest);
        rc = gia__sse_feed(sse, piece, rest, &consumed, &event);
        free(piece);
        assert_true(consumed <= rest);
        at += consumed;
        if (rc == GIA__SSE_EVENT)
            write_event(log, &event);
    } while (rc == GIA__SSE_EVENT);
    if (rc == GIA__SSE_MORE)
        assert_int_equal(at, len);
    free(copy);
    return rc;
}

static void write_end(gia__sse_t *sse, log_t *log, int rc)
{
    char number[64];
    const char *tail;
    size_t len;

    if (rc < 0) {
        write_text(log, gia_error_name(rc));
        return;
    }
    if (sse->retry_ms >= 0) {
        snprintf(number, sizeof(number), " retry=%lld", (long long)sse->retry_ms);
        write_text(log, number);
    }
    if (sse->comments) {
        snprintf(number, sizeof(number), " comments=%llu", (unsigned long long)sse->comments);
        write_text(log, number);
    }
    if (gia__sse_unfinished(sse))
        write_text(log, " cut");
    for (int i = 0; i < 2; i++) {
        len = gia__sse_tail(sse, &tail); /* asking twice gives the same */
        if (len && i) {
            write_text(log, " tail=");
            write_bytes(log, tail, len);
        }
    }
}

typedef struct case_s {
    const char *name;
    const char *input;
    size_t len;
    const char *expected;
} case_t;

/* clang-format off */
#define CASE(name, input, expected) {name, input, sizeof(input) - 1, expected}

static const case_t cases[] = {
    CASE("nothing", "", ""),
    CASE("one event", "data: a\n\n", "[|a|]"),
    CASE("two events", "data: a\n\ndata: b\n\n", "[|a|][|b|]"),
    CASE("type and data", "event: t\ndata: a\n\n", "[t|a|]"),
    CASE("type after data", "data: a\nevent: t\n\n", "[t|a|]"),
    CASE("the last type counts", "event: t\nevent: u\ndata: a\n\n", "[u|a|]"),
    CASE("an empty type resets", "event: t\nevent:\ndata: a\n\n", "[|a|]"),
    CASE("type does not persist", "event: t\ndata: a\n\ndata: b\n\n", "[t|a|][|b|]"),
    CASE("type may hold a NUL", "event: t\0u\ndata: a\n\n", "[t\\x00u|a|]"),

    CASE("CR", "data: a\r\r", "[|a|]"),
    CASE("CRLF", "data: a\r\n\r\n", "[|a|]"),
    CASE("LF then CR", "data: a\n\r", "[|a|]"),
    CASE("CRLF then CR", "data: a\r\n\r", "[|a|]"),
    CASE("CR then CRLF", "data: a\r\r\n", "[|a|]"),
    CASE("LF then CRLF", "data: a\n\r\n", "[|a|]"),
    CASE("CRLF then LF", "data: a\r\n\n", "[|a|]"),
    CASE("CRLF is one end", "data: a\r\ndata: b\r\n\r\n", "[|a\\nb|]"),
    CASE("all ends mixed", "data: a\rdata: b\ndata: c\r\n\rdata: d\n\r\ndata: e\r\r", "[|a\\nb\\nc|][|d|][|e|]"),
    CASE("CRs only", "event: t\rdata: a\rdata: b\r\rdata: c\r\r", "[t|a\\nb|][|c|]"),
    CASE("LF CR is two ends", "data: a\n\rdata: b\n\n", "[|a|][|b|]"),
    CASE("LF after the CR of a blank line", "data: a\r\n\r\ndata: b\r\n\r\n", "[|a|][|b|]"),

    CASE("blank lines only", "\n\n\r\n\r\r\n\n", ""),
    CASE("blank lines first", "\n\n\ndata: a\n\n", "[|a|]"),
    CASE("many blank lines between", "data: a\n\n\n\n\ndata: b\n\n", "[|a|][|b|]"),
    CASE("CR first", "\rdata: a\n\n", "[|a|]"),
    CASE("LF first", "\ndata: a\n\n", "[|a|]"),

    CASE("BOM", "\xef\xbb\xbf" "data: a\n\n", "[|a|]"),
    CASE("two BOMs", "\xef\xbb\xbf\xef\xbb\xbf" "data: a\n\ndata: b\n\n", "[|b|]"),
    CASE("BOM later", "data: a\n\n\xef\xbb\xbf" "data: b\n\n", "[|a|] tail=\\xef\\xbb\\xbfdata: b\\n"),
    CASE("BOM in data", "data: \xef\xbb\xbf" "a\n\n", "[|\\xef\\xbb\\xbfa|]"),
    CASE("BOM before a comment", "\xef\xbb\xbf:c\ndata: a\n\n", "[|a|] comments=1"),
    CASE("BOM before a blank line", "\xef\xbb\xbf\n\ndata: a\n\n", "[|a|]"),
    CASE("BOM alone", "\xef\xbb\xbf", ""),
    CASE("a third of a BOM", "\xef" "data: a\n\n", " tail=\\xefdata: a\\n"),
    CASE("two thirds of a BOM", "\xef\xbb\ndata: a\n\ndata:b\n", "[|a|] cut"),
    CASE("a BOM of the other end", "\xfe\xff" "data: a\n\n", " tail=\\xfe\\xffdata: a\\n"),

    CASE("no space", "data:a\n\n", "[|a|]"),
    CASE("two spaces", "data:  a\n\n", "[| a|]"),
    CASE("a tab is no space", "data:\ta\n\n", "[|\\x09a|]"),
    CASE("trailing space stays", "data: a \n\n", "[|a |]"),
    CASE("a space only", "data: \n\n", "[||]"),
    CASE("two spaces only", "data:  \n\n", "[| |]"),
    CASE("data without colon", "data\n\n", "[||]"),
    CASE("data with nothing", "data:\n\n", "[||]"),
    CASE("two empty data", "data\ndata\n\n", "[|\\n|]"),
    CASE("three empty data", "data:\ndata\ndata: \n\n", "[|\\n\\n|]"),
    CASE("empty data first", "data:\ndata: a\n\n", "[|\\na|]"),
    CASE("empty data last", "data: a\ndata:\n\n", "[|a\\n|]"),
    CASE("colons in data", "data: a:b: c\n\n", "[|a:b: c|]"),
    CASE("a colon alone in data", "data::\n\n", "[|:|]"),
    CASE("data lines are joined", "data: a\ndata:b\ndata:  c\n\n", "[|a\\nb\\n c|]"),
    CASE("NUL in data", "data: a\0b\n\n", "[|a\\x00b|]"),
    CASE("characters of many bytes", "data: \xe2\x82\xac\xf0\x9f\x98\x80\n\n",
         "[|\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80|]"),
    CASE("NEL and LS end no line", "data: a\xc2\x85" "b\xe2\x80\xa8" "c\n\n",
         "[|a\\xc2\\x85b\\xe2\\x80\\xa8c|]"),
    CASE("VT and FF end no line", "data: a\vb\fc\n\n", "[|a\\x0bb\\x0cc|]"),

    CASE("names are case-sensitive", "Data: a\nDATA: b\ndata: c\n\nEvent: t\ndata: d\n\n", "[|c|][|d|]"),
    CASE("a space before the name", " data: a\n\ndata: b\n\n", "[|b|]"),
    CASE("a space behind the name", "data : a\n\ndata: b\n\n", "[|b|]"),
    CASE("a longer name", "datas: a\nevents: t\nids: 1\ndata: b\n\n", "[|b|]"),
    CASE("a shorter name", "dat: a\nevent: t\ndata: b\n\n", "[t|b|]"),
    CASE("NUL behind the name", "data\0: a\n\ndata: b\n\n", "[|b|]"),
    CASE("unknown fields", "foo: a\nbar\ndata: b\n\n", "[|b|]"),
    CASE("event without colon", "event\ndata: a\n\n", "[|a|]"),
    CASE("two spaces in type", "event:  t\ndata: a\n\n", "[ t|a|]"),

    CASE("comment", ": c\n", " comments=1"),
    CASE("empty comment", ":\n:\n", " comments=2"),
    CASE("comment between data", "data: a\n:c\ndata: b\n\n", "[|a\\nb|] comments=1"),
    CASE("comment that looks like data", ":data: a\n\n", " comments=1"),
    CASE("comments end no event", ": c\n\n: d\n\n", " comments=2"),
    CASE("unfinished comment", "data: a\n\n: c", "[|a|]"),

    CASE("no data, no event", "event: t\n\n", ""),
    CASE("no data resets the type", "event: t\n\ndata: a\n\n", "[|a|]"),
    CASE("no data keeps the id", "id: 1\n\ndata: a\n\n", "[|a|1]"),

    CASE("id", "id: 1\ndata: a\n\n", "[|a|1]"),
    CASE("id persists", "id: 1\ndata: a\n\ndata: b\n\n", "[|a|1][|b|1]"),
    CASE("id changes", "id: 1\ndata: a\n\nid: 23\ndata: b\n\n", "[|a|1][|b|23]"),
    CASE("an empty id resets", "id: 1\ndata: a\n\nid:\ndata: b\n\n", "[|a|1][|b|]"),
    CASE("id without colon resets", "id: 1\ndata: a\n\nid\ndata: b\n\n", "[|a|1][|b|]"),
    CASE("id with NUL is ignored", "id: 1\ndata: a\n\nid: 2\0" "3\ndata: b\n\n", "[|a|1][|b|1]"),
    CASE("id of NUL is ignored", "id: \0\ndata: a\n\n", "[|a|]"),
    CASE("id after data", "data: a\nid: 1\n\n", "[|a|1]"),
    CASE("ID is no id", "ID: 1\ndata: a\n\n", "[|a|]"),
    CASE("id keeps a second space", "id:  1 \ndata: a\n\n", "[|a| 1 ]"),

    CASE("retry", "retry: 1500\n\n", " retry=1500"),
    CASE("retry without space", "retry:7\n", " retry=7"),
    CASE("retry with zeros", "retry: 007\n", " retry=7"),
    CASE("retry of zero", "retry: 0\n", " retry=0"),
    CASE("retry with letters", "retry: 15a\n\n", ""),
    CASE("retry with a sign", "retry: -1\nretry: +1\n\n", ""),
    CASE("retry with a fraction", "retry: 1.5\n\n", ""),
    CASE("retry with spaces", "retry:  1\nretry: 1 \n\n", ""),
    CASE("retry with nothing", "retry\nretry:\nretry: \n\n", ""),
    CASE("the last valid retry counts", "retry: 1\nretry: 2\nretry: x\n", " retry=2"),
    CASE("retry that is just not too big", "retry: 9223372036854775799\n", " retry=9223372036854775799"),
    CASE("retry that is too big", "retry: 5\nretry: 99999999999999999999999999\n", " retry=5"),
    CASE("retry of full-width digits", "retry: \xef\xbc\x91\n", ""),

    CASE("cut before the blank line", "data: a\n\ndata: b\n", "[|a|] cut"),
    CASE("cut in the data", "data: a\n\ndata: b", "[|a|] cut"),
    CASE("cut in a long value", "data: abcdefghijkl", " cut"),
    CASE("cut behind the colon", "data: a\n\ndata:", "[|a|] cut"),
    CASE("cut in the name", "data: a\n\nda", "[|a|] cut"),
    CASE("cut behind the type", "event: t\n", " cut"),
    CASE("cut in the type", "event: t", " cut"),
    CASE("cut behind a second line", "data: a\ndata: b\r\n", " cut"),
    CASE("cut behind empty data", "data\n", " cut"),
    CASE("a whole id line is no event", "id: 1\n", ""),
    CASE("CR is an end", "data: a\r\rdata: b\r", "[|a|] cut"),

    CASE("a bare JSON array behind", "data: a\n\n[{\n  \"error\": {\n    \"code\": 503\n  }\n}\n]",
         "[|a|] tail=[{\\n  \"error\": {\\n    \"code\": 503\\n  }\\n}\\n]"),
    CASE("a bare JSON line behind", "data: a\n\n{\"error\":{\"code\":503}}\n",
         "[|a|] tail={\"error\":{\"code\":503}}\\n"),
    CASE("a bare JSON with a blank line", "[{\n\n}]\n", " tail=[{\\n}]\\n"),
    CASE("a bare JSON with CRLF", "[{\r\n}]\r\n", " tail=[{\\n}]\\n"),
    CASE("stray lines go with the event", "foo\ndata: a\n\n", "[|a|]"),
    CASE("stray lines outlive an empty event", "foo\nevent: t\n\n", " tail=foo\\n"),
    CASE("HTML", "<html>\n<p>no</p>", " tail=<html>\\n<p>no</p>"),
    CASE("stray lines in a cut event", "data: a\nfoo\n", " cut tail=foo\\n"),
};
/* clang-format on */

static void check(const case_t *row, size_t first, size_t step, const char *how)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_t sse;
    log_t log = {.len = 0};
    int rc = GIA__SSE_MORE;

    gia__sse_init(&sse, &mem, 1000, 1000);
    for (size_t at = 0; at < row->len && rc >= 0;) {
        size_t n = at ? step : first;
        n = n < row->len - at ? n : row->len - at;
        rc = feed_exactly(&sse, &log, row->input + at, n);
        at += n;
    }
    write_end(&sse, &log, rc);
    gia__sse_free(&sse);
    if (strcmp(log.text, row->expected) != 0)
        fail_msg("%s (%s %zu): got %s instead of %s", row->name, how, first, log.text,
                 row->expected);
}

static void grammar_whole_and_in_bytes(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(&cases[i], cases[i].len, cases[i].len, "whole");
        check(&cases[i], 1, 1, "in bytes");
        check(&cases[i], 2, 3, "in threes");
    }
}

static void grammar_at_every_split(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t split = 1; split < cases[i].len; split++)
            check(&cases[i], split, cases[i].len, "split at");
    }
}

/* Empty chunks are nothing, wherever they come. */
static void empty_chunks_change_nothing(void **state)
{
    static const char input[] = "\xef\xbb\xbf"
                                "event: t\r\ndata: a\r\n\r\ndata: b\r\r";
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_t sse;
    log_t log = {.len = 0};

    gia__sse_init(&sse, &mem, 1000, 1000);
    for (size_t i = 0; i < sizeof(input) - 1; i++) {
        assert_int_equal(feed_exactly(&sse, &log, "", 0), GIA__SSE_MORE);
        assert_int_equal(feed_exactly(&sse, &log, input + i, 1), GIA__SSE_MORE);
    }
    assert_string_equal(log.text, "[t|a|][|b|]");
    gia__sse_free(&sse);
}

/* An event must be out with its last line end, not with the byte behind it. */
static void cr_dispatches_at_once(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_event_t event;
    gia__sse_t sse;
    size_t consumed;

    gia__sse_init(&sse, &mem, 1000, 1000);
    assert_int_equal(gia__sse_feed(&sse, "data: a\r\n\r", 10, &consumed, &event), GIA__SSE_EVENT);
    assert_int_equal(consumed, 10);
    assert_int_equal(gia__sse_unfinished(&sse), 0);
    assert_int_equal(gia__sse_feed(&sse, "\n", 1, &consumed, &event), GIA__SSE_MORE);
    assert_int_equal(gia__sse_unfinished(&sse), 0);
    gia__sse_free(&sse);
}

static void an_unfinished_event_can_be_tried(void **state)
{
    static const char *const inputs[] = {"event: t\ndata: a", "event: t\ndata: a\n",
                                         "event: t\ndata: a\r", "data: a\nevent: t"};

    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        gia__mem_t mem = gia__mem_init(NULL);
        gia__sse_t sse;
        log_t log = {.len = 0};
        gia__sse_init(&sse, &mem, 1000, 1000);
        feed_exactly(&sse, &log, inputs[i], strlen(inputs[i]));
        assert_int_equal(log.len, 0);
        feed_exactly(&sse, &log, "\n\n", 2);
        assert_string_equal(log.text, "[t|a|]");
        gia__sse_free(&sse);
    }
}

static void reset_is_a_new_stream(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_t sse;
    log_t log = {.len = 0};

    gia__sse_init(&sse, &mem, 1000, 1000);
    feed_exactly(&sse, &log, "id: 1\nretry: 5\n:c\n\nfoo\nevent: t\ndata: x\ndata: yyyyyyyyyy\r",
                 56);
    feed_exactly(&sse, &log, "data: zzzz", 10);
    assert_int_equal(gia__sse_unfinished(&sse), 1);
    gia__sse_reset(&sse);
    assert_int_equal(gia__sse_unfinished(&sse), 0);
    feed_exactly(&sse, &log, "\xef\xbb\xbf\ndata: a\n\n", 13);
    write_end(&sse, &log, 0);
    assert_string_equal(log.text, "[|a|]");
    gia__sse_free(&sse);
}

/* -- ceilings -- */

static const struct {
    const char *input;
    size_t max_line, max_event;
    const char *expected;
} ceilings[] = {
    {"data: abcd\n\n", 10, 4, "[|abcd|]"},
    {"data: abcd\r\n\r\n", 10, 4, "[|abcd|]"},
    {"data: abcd\n\n", 9, 100, "GIA_ELINE_TOO_BIG"},
    {"data: abcd\n\n", 100, 3, "GIA_EEVENT_TOO_BIG"},
    {"data: abcd", 9, 100, "GIA_ELINE_TOO_BIG"},
    {"data: abcd", 100, 3, "GIA_EEVENT_TOO_BIG"},
    {"data: abcdefgh\n\n", 9, 2, "GIA_EEVENT_TOO_BIG"}, /* the first byte too many decides */
    {"data: abcdefgh\n\n", 9, 3, "GIA_ELINE_TOO_BIG"},
    {"data: ab\ndata: c\n\n", 8, 4, "[|ab\\nc|]"}, /* the LF between counts */
    {"data: ab\ndata: c\n\n", 8, 3, "GIA_EEVENT_TOO_BIG"},
    {"data: ab\ndata\n\n", 8, 2, "GIA_EEVENT_TOO_BIG"},
    {"data: ab\n\ndata: cd\n\n", 8, 2, "[|ab|][|cd|]"}, /* each event anew */
    {"event: ab\ndata: c\n\n", 9, 1, "[ab|c|]"},        /* only data counts */
    {"event: ab\ndata: c\n\n", 8, 1, "GIA_ELINE_TOO_BIG"},
    {":1234567\n:12345678\n", 8, 1, "GIA_ELINE_TOO_BIG"},
    {":1234567\ndata:a\n\n", 8, 1, "[|a|] comments=1"},
    {"xxxxxxxxx\n", 8, 1, "GIA_ELINE_TOO_BIG"},
    {"id: 12345\n", 8, 1, "GIA_ELINE_TOO_BIG"},
    {"\xef\xbb\xbf"
     "data: a\n\n",
     7, 1, "[|a|]"}, /* a BOM is no part of the line */
    {"data:a\n\n", 6, 0, "GIA_EEVENT_TOO_BIG"},
    {"data:\n\n", 5, 0, "[||]"},
    {"\n\n", 0, 0, ""},
    {"d\n", 0, 0, "GIA_ELINE_TOO_BIG"},
    {"data: a\n\n", SIZE_MAX, SIZE_MAX, "[|a|]"},
};

static void ceilings_hold_at_every_split(void **state)
{
    for (size_t i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
        size_t len = strlen(ceilings[i].input);
        for (size_t split = 0; split <= len; split++) {
            gia__mem_t mem = gia__mem_init(NULL);
            gia__sse_t sse;
            log_t log = {.len = 0};
            int rc;

            /* Split 0 is whole, `len` is byte by byte. */
            gia__sse_init(&sse, &mem, ceilings[i].max_line, ceilings[i].max_event);
            if (split == len) {
                rc = 0;
                for (size_t at = 0; at < len && rc >= 0; at++)
                    rc = feed_exactly(&sse, &log, ceilings[i].input + at, 1);
            } else {
                rc = feed_exactly(&sse, &log, ceilings[i].input, split);
                if (rc >= 0)
                    rc = feed_exactly(&sse, &log, ceilings[i].input + split, len - split);
            }
            if (rc >= 0 && gia__sse_unfinished(&sse))
                rc = 0;
            write_end(&sse, &log, rc);
            gia__sse_free(&sse);
            if (strcmp(log.text, ceilings[i].expected) != 0)
                fail_msg("row %zu split %zu: got %s instead of %s", i, split, log.text,
                         ceilings[i].expected);
        }
    }
}

static void tail_keeps_16_kib(void **state)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_t sse;
    gia__sse_event_t event;
    char line[1001];
    const char *tail;
    size_t consumed;

    memset(line, 'x', 1000);
    line[1000] = '\n';
    gia__sse_init(&sse, &mem, 5000, 5000);
    for (int i = 0; i < 100; i++)
        assert_int_equal(gia__sse_feed(&sse, line, 1001, &consumed, &event), GIA__SSE_MORE);
    assert_int_equal(gia__sse_feed(&sse, line, 1000, &consumed, &event), GIA__SSE_MORE);
    assert_int_equal(gia__sse_tail(&sse, &tail), 16 * 1024);
    assert_int_equal(tail[1000], '\n');
    gia__sse_free(&sse);
}

/* -- memory -- */

static int run_all(failing_memory_t *memory, const case_t *row, size_t step)
{
    gia_allocator_t allocator = failing_allocator(memory);
    gia__mem_t mem = gia__mem_init(&allocator);
    gia__sse_t sse;
    log_t log = {.len = 0};
    int rc = 0;

    gia__sse_init(&sse, &mem, 1000, 1000);
    for (size_t at = 0; at < row->len && rc >= 0; at += step)
        rc = feed_exactly(&sse, &log, row->input + at, step < row->len - at ? step : row->len - at);
    if (rc >= 0)
        write_end(&sse, &log, rc);
    gia__sse_free(&sse);
    assert_int_equal(memory->n_open, 0);
    return rc;
}

static void every_allocation_may_fail(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t step = 1; step < 8; step += 6) {
            failing_memory_t memory = {.fail_at = 0};
            size_t n;
            run_all(&memory, &cases[i], step);
            n = memory.n_allocations;
            for (size_t at = 1; at <= n; at++) {
                int rc;
                memory = (failing_memory_t){.fail_at = at};
                rc = run_all(&memory, &cases[i], step);
                assert_true(rc == GIA_ENOMEM || rc == 0); /* 0: only the tail missed it */
            }
        }
    }
}

static void failed_parser_can_be_reset(void **state)
{
    failing_memory_t memory = {.fail_at = 1};
    gia_allocator_t allocator = failing_allocator(&memory);
    gia__mem_t mem = gia__mem_init(&allocator);
    gia__sse_t sse;
    log_t log = {.len = 0};

    gia__sse_init(&sse, &mem, 100, 100);
    assert_int_equal(feed_exactly(&sse, &log, "data: a\n\n", 9), GIA_ENOMEM);
    memory.fail_at = 0;
    gia__sse_reset(&sse);
    assert_int_equal(feed_exactly(&sse, &log, "data: b\n\n", 9), GIA__SSE_MORE);
    assert_string_equal(log.text, "[|b|]");
    gia__sse_free(&sse);
    assert_int_equal(memory.n_open, 0);
}

static void steady_stream_does_not_allocate(void **state)
{
    static const char input[] =
        "event: step.delta\r\nid: 7\r\ndata: {\"a\":1}\r\ndata: {\"b\":2}\r\n\r\n: c\r\n";
    failing_memory_t memory = {.fail_at = 0};
    gia_allocator_t allocator = failing_allocator(&memory);
    gia__mem_t mem = gia__mem_init(&allocator);
    gia__sse_event_t event;
    gia__sse_t sse;
    size_t warm = 0;

    gia__sse_init(&sse, &mem, 1000, 1000);
    for (size_t round = 0; round < 200; round++) {
        size_t at = 0, step = round % 13 + 1;
        if (round == 20)
            warm = memory.n_allocations;
        while (at < sizeof(input) - 1) {
            size_t consumed, n = sizeof(input) - 1 - at;
            assert_true(gia__sse_feed(&sse, input + at, n < step ? n : step, &consumed, &event) >=
                        0);
            at += consumed;
        }
    }
    assert_int_equal(memory.n_allocations, warm);
    gia__sse_free(&sse);
}

static void huge_event_leaves_no_memory(void **state)
{
    enum { HUGE_LEN = 1024 * 1024 };
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_event_t event;
    gia__sse_t sse;
    size_t consumed;
    char *huge = malloc(HUGE_LEN);

    assert_non_null(huge);
    gia__sse_init(&sse, &mem, 4 * HUGE_LEN, 4 * HUGE_LEN);
    memset(huge, 'x', HUGE_LEN);
    memcpy(huge, "data: ", 6);
    memcpy(huge + HUGE_LEN - 2, "\n\n", 2);
    assert_int_equal(gia__sse_feed(&sse, huge, HUGE_LEN, &consumed, &event), GIA__SSE_EVENT);
    assert_int_equal(event.data_len, HUGE_LEN - 8);
    assert_int_equal(event.data[HUGE_LEN - 9], 'x');
    assert_int_equal(gia__sse_feed(&sse, "d", 1, &consumed, &event), GIA__SSE_MORE);
    assert_true(sse.data.capacity + sse.line.capacity <= 64 * 1024);

    /* In pieces: the line exists once, in the data. */
    gia__sse_reset(&sse);
    for (size_t at = 0; at < HUGE_LEN - 2; at += consumed) {
        size_t n = HUGE_LEN - 2 - at;
        assert_int_equal(gia__sse_feed(&sse, huge + at, n < 1460 ? n : 1460, &consumed, &event),
                         GIA__SSE_MORE);
    }
    assert_true(sse.line.capacity <= 64);
    assert_int_equal(gia__sse_feed(&sse, "\n\n", 2, &consumed, &event), GIA__SSE_EVENT);
    assert_int_equal(event.data_len, HUGE_LEN - 8);
    assert_int_equal(gia__sse_feed(&sse, "\n", 1, &consumed, &event), GIA__SSE_MORE);
    assert_true(sse.data.capacity <= 64 * 1024);

    /* Huge comments, types and ids too. */
    memcpy(huge, ":     ", 6);
    assert_int_equal(gia__sse_feed(&sse, huge, HUGE_LEN / 2, &consumed, &event), GIA__SSE_MORE);
    assert_int_equal(gia__sse_feed(&sse, "\nevent:t\n", 9, &consumed, &event), GIA__SSE_MORE);
    memcpy(huge, "event:", 6);
    assert_int_equal(gia__sse_feed(&sse, huge, HUGE_LEN, &consumed, &event), GIA__SSE_MORE);
    memcpy(huge, "id:   ", 6);
    assert_int_equal(gia__sse_feed(&sse, huge, HUGE_LEN, &consumed, &event), GIA__SSE_MORE);
    assert_int_equal(gia__sse_feed(&sse, "id: 1\n\n", 7, &consumed, &event), GIA__SSE_MORE);
    assert_int_equal(gia__sse_feed(&sse, "", 0, &consumed, &event), GIA__SSE_MORE);
    assert_true(sse.line.capacity + sse.type.capacity + sse.id.capacity <= 3 * 64 * 1024);
    gia__sse_free(&sse);
    free(huge);
}

/* -- work -- */

static double seconds_for(const char *bytes, size_t len, size_t step, size_t expected_events)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_event_t event;
    gia__sse_t sse;
    size_t at = 0, events = 0;
    clock_t start = clock();

    gia__sse_init(&sse, &mem, 1 << 24, 1 << 24);
    while (at < len) {
        size_t consumed, n = len - at < step ? len - at : step;
        int rc = gia__sse_feed(&sse, bytes + at, n, &consumed, &event);
        assert_true(rc >= 0);
        events += rc == GIA__SSE_EVENT;
        at += consumed;
    }
    assert_int_equal(events, expected_events);
    gia__sse_free(&sse);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Scanned again at each piece, 4 MiB in 16 bytes would be 500 GB of memchr; events that each look
 * for an LF to the chunk's end would be 2 TB. The bounds are far from both sides. */
static void work_is_linear(void **state)
{
    enum { LEN = 4 * 1024 * 1024 };
    char *bytes = malloc(LEN);

    assert_non_null(bytes);
    memset(bytes, 'x', LEN);
    memcpy(bytes, "data: ", 6);
    memcpy(bytes + LEN - 2, "\n\n", 2);
    assert_true(seconds_for(bytes, LEN, 16, 1) < 5);
    assert_true(seconds_for(bytes, LEN, 1460, 1) < 5);
    memcpy(bytes, "xdata:", 6);
    assert_true(seconds_for(bytes, LEN, 16, 0) < 5);
    for (size_t i = 0; i < LEN; i += 8)
        memcpy(bytes + i, "data:a\r\r", 8);
    assert_true(seconds_for(bytes, LEN, LEN, LEN / 8) < 5);
    free(bytes);
}

/* -- fixtures -- */

typedef struct tally_s {
    size_t events, done, strays, cut;
} tally_t;

static tally_t tally(const char *bytes, size_t len, size_t step)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia__sse_event_t event;
    gia__sse_t sse;
    tally_t sum = {0};
    const char *tail;

    gia__sse_init(&sse, &mem, 1 << 20, 1 << 20);
    for (size_t at = 0, consumed; at < len; at += consumed) {
        int rc =
            gia__sse_feed(&sse, bytes + at, len - at < step ? len - at : step, &consumed, &event);
        assert_true(rc >= 0);
        if (rc == GIA__SSE_EVENT && event.data_len == 6 && memcmp(event.data, "[DONE]", 6) == 0)
            sum.done++;
        else if (rc == GIA__SSE_EVENT)
            sum.events++;
    }
    sum.strays = gia__sse_tail(&sse, &tail);
    sum.cut = (size_t)gia__sse_unfinished(&sse);
    if (sum.strays) {
        json_t *error = json_loadb(tail, sum.strays, 0, NULL);
        json_t *code = json_object_get(json_object_get(json_array_get(error, 0), "error"), "code");
        assert_int_equal(json_integer_value(code), 503);
        json_decref(error);
    }
    gia__sse_free(&sse);
    return sum;
}

static void fixtures_have_their_events(void **state)
{
    json_t *manifest = json_load_file(TEST_DATA "/responses/MANIFEST.json", 0, NULL);
    json_t *folder, *entry;
    const char *folder_name, *name;
    size_t files = 0;

    assert_non_null(manifest);
    json_object_foreach(manifest, folder_name, folder)
    {
        json_object_foreach(folder, name, entry)
        {
            char path[1024];
            size_t len, steps[] = {1, 7, 1 << 20};
            char *bytes;
            if (!strstr(name, ".sse"))
                continue;
            snprintf(path, sizeof(path), "%s/responses/%s/%s", TEST_DATA, folder_name, name);
            bytes = read_file(path, &len);
            for (size_t i = 0; i < 3; i++) {
                tally_t sum = tally(bytes, len, steps[i]);
                size_t expected = (size_t)json_integer_value(json_object_get(entry, "events"));
                if (sum.events != expected)
                    fail_msg("%s: %zu events, not %zu", path, sum.events, expected);
                assert_int_equal(sum.strays != 0, strstr(name, "raw_json_tail") != NULL);
                assert_int_equal(sum.cut, strstr(name, "truncated") != NULL);
                assert_true(sum.done <= 1);
                if (json_object_get(entry, "status") && !strstr(name, "no_done"))
                    assert_int_equal(sum.done, 1);
            }
            free(bytes);
            files++;
        }
    }
    assert_true(files > 40);
    json_decref(manifest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grammar_whole_and_in_bytes),
        cmocka_unit_test(grammar_at_every_split),
        cmocka_unit_test(empty_chunks_change_nothing),
        cmocka_unit_test(cr_dispatches_at_once),
        cmocka_unit_test(an_unfinished_event_can_be_tried),
        cmocka_unit_test(reset_is_a_new_stream),
        cmocka_unit_test(ceilings_hold_at_every_split),
        cmocka_unit_test(tail_keeps_16_kib),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(failed_parser_can_be_reset),
        cmocka_unit_test(steady_stream_does_not_allocate),
        cmocka_unit_test(huge_event_leaves_no_memory),
        cmocka_unit_test(work_is_linear),
        cmocka_unit_test(fixtures_have_their_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
