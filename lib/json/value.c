/* The arena DOM: one JSON value from one run of bytes, filled by yajl's callbacks.
 *
 * yajl checks no allocation. Its memory therefore comes from functions that jump back to our frame
 * when there is none, and everything is dropped as a whole: no code of the user runs in between.
 * What yajl is too lenient about (UTF-8, lone surrogates, form feeds, an unfinished token behind
 * the value) is settled here before or after it.
 */
#include "json/node.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include <gia/error.h>

#include "core/list.h"
#include "json/utf8.h"

/* Half of a surrogate pair that was alone at an edge of a string, where its other half may be in
 * another string. */
typedef struct half_s {
    struct half_s *next;
    const char *at;
    uint16_t unit;
} half_t;

typedef struct parser_s {
    gia__arena_t *arena;
    char *text;
    size_t len;       /* the bytes that yajl gets */
    size_t done;      /* where the last token that yajl reported ended */
    int finishing;    /* yajl has all bytes: what it reports now ends where they end */
    yajl_handle yajl; /* never freed: its memory goes with the arena and with `blocks` */
    gia__list_t blocks;

    gia_json_t *root;
    gia_json_t *open; /* the innermost open array or object */
    size_t depth;
    size_t max_depth;
    const char *name; /* of the member whose value comes next */
    size_t name_len;
    const half_t *halves; /* those not yet passed, in the order of the text */

    int code; /* why it was given up */
    jmp_buf out;
} parser_t;

/* Memory for yajl */

/* Small blocks die with the arena. Large ones (yajl's buffer for a long string with escapes) are
 * given back right after the parse, so that the values do not pay for them all their life. */
enum { SMALL_BLOCK = 16 * 1024 };

typedef struct block_s {
    gia__list_t link; /* in `blocks` if it is a large one, else alone */
    size_t capacity;
    alignas(max_align_t) char data[];
} block_t;

static _Noreturn void give_up(parser_t *parser, int code)
{
    parser->code = code;
    longjmp(parser->out, 1);
}

static void *take(parser_t *parser, size_t size)
{
    void *piece = gia__arena_alloc(parser->arena, size);
    if (!piece)
        give_up(parser, parser->arena->too_big ? GIA_EJSON_TOO_BIG : GIA_ENOMEM);
    return piece;
}

static void *take_block(void *data, size_t size)
{
    parser_t *parser = data;
    block_t *block;

    /* yajl doubles its buffers: one of more than twice the ceiling is for what cannot fit. */
    if (size / 2 > parser->arena->max)
        give_up(parser, GIA_EJSON_TOO_BIG);
    if (size > SIZE_MAX - sizeof(*block))
        give_up(parser, GIA_ENOMEM);
    if (size <= SMALL_BLOCK) {
        block = take(parser, sizeof(*block) + size);
        gia__list_init(&block->link);
    } else {
        block = gia__mem_alloc(parser->arena->mem, sizeof(*block) + size);
        if (!block)
            give_up(parser, GIA_ENOMEM);
        gia__list_append(&parser->blocks, &block->link);
    }
    block->capacity = size;
    return block->data;
}

static block_t *block_of(void *pointer)
{
    return GIA__LIST_OBJECT(pointer, block_t, data);
}

static void free_block(void *data, void *pointer)
{
    parser_t *parser = data;
    block_t *block;

    if (!pointer)
        return;
    block = block_of(pointer);
    if (block->capacity <= SMALL_BLOCK)
        return;
    gia__list_remove(&block->link);
    gia__mem_free(parser->arena->mem, block);
}

static void *grow_block(void *data, void *pointer, size_t size)
{
    size_t capacity = pointer ? block_of(pointer)->capacity : 0;
    void *larger;

    if (pointer && size <= capacity)
        return pointer;
    /* yajl's stack of states grows by 128 bytes at a time: double, or depth costs its square. */
    if (size < 2 * capacity)
        size = 2 * capacity;
    larger = take_block(data, size);
    if (pointer)
        memcpy(larger, pointer, capacity);
    free_block(data, pointer);
    return larger;
}

static void free_blocks(parser_t *parser)
{
    while (!gia__list_empty(&parser->blocks))
        free_block(parser, GIA__LIST_OBJECT(parser->blocks.next, block_t, link)->data);
}

/* Before yajl */

/* The UTF-16 code unit of the escape `\uXXXX` at `text`, -1 if that is not one. */
static int escaped_unit(const char *text, const char *end)
{
    int unit = 0;

    if (end - text < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        char c = text[i];
        if (c >= '0' && c <= '9')
            unit = unit << 4 | (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            unit = unit << 4 | ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

static int is_high(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static int is_low(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Writes U+FFFD over each lone half of a surrogate pair: yajl would turn them into other
 * characters, into bytes that are not UTF-8, or swallow what follows. Backslashes outside of
 * strings are none of our business: yajl refuses them. */
static void repair_surrogates(parser_t *parser)
{
    char *end = parser->text + parser->len;
    char *at = parser->text, *after_escape = NULL;
    const half_t *first = NULL;
    half_t *last = NULL;

    while (at < end && (at = memchr(at, '\\', (size_t)(end - at)))) {
        int unit = escaped_unit(at, end);
        int begins = at > parser->text && at[-1] == '"' && at != after_escape;
        int ends = end - at > 6 && at[6] == '"';

        if (is_high(unit) && is_low(escaped_unit(at + 6, end))) {
            at += 12;
        } else if (is_high(unit) || is_low(unit)) {
            if (is_high(unit) ? ends : begins) {
                half_t *half = take(parser, sizeof(*half));
                *half = (half_t){.at = at, .unit = (uint16_t)unit};
                if (last)
                    last->next = half;
                else
                    first = half;
                last = half;
            }
            memcpy(at, "\\ufffd", 6);
            at += 6;
        } else {
            at += end - at > 1 ? 2 : 1; /* what is left of a \uXXXX has no backslash */
        }
        after_escape = at;
    }
    parser->halves = first;
}

/* The bytes that yajl may see: it lets form feeds and vertical tabs pass as white space. */
static size_t acceptable(const char *text, size_t len)
{
    const char *found;

    len = gia__utf8_valid(text, len);
    if (len && (found = memchr(text, '\f', len)))
        len = (size_t)(found - text);
    if (len && (found = memchr(text, '\v', len)))
        len = (size_t)(found - text);
    return len;
}

/* yajl's callbacks */

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(const parser_t *parser, size_t i)
{
    while (i < parser->len && is_space(parser->text[i]))
        i++;
    return i;
}

static int is_separator(const parser_t *parser, size_t i)
{
    return i < parser->len && (parser->text[i] == ',' || parser->text[i] == ':');
}

/* yajl reports all tokens but commas and colons, so these and space are all that is in between. */
static size_t next_token(const parser_t *parser)
{
    size_t i = skip_space(parser, parser->done);
    while (is_separator(parser, i))
        i = skip_space(parser, i + 1);
    return i;
}

static size_t token_end(const parser_t *parser)
{
    return parser->finishing ? parser->len : yajl_get_bytes_consumed(parser->yajl);
}

static gia_json_t *new_value(parser_t *parser, gia_json_type_t type)
{
    gia_json_t *value = take(parser, sizeof(*value));
    size_t start = next_token(parser);

    parser->done = token_end(parser);
    *value = (gia_json_t){
        .raw = parser->text + start,
        .raw_len = parser->done - start,
        .name = parser->name,
        .name_len = parser->name_len,
        .type = (unsigned char)type,
    };
    parser->name = NULL;
    parser->name_len = 0;
    return value;
}

static void put_value(parser_t *parser, gia_json_t *value)
{
    gia_json_t *open = parser->open;

    if (!open) {
        parser->root = value;
        return;
    }
    value->link = open->as.open.last;
    open->as.open.last = value;
    open->as.open.count++;
}

static int on_null(void *data)
{
    put_value(data, new_value(data, GIA_JSON_NULL));
    return 1;
}

static int on_boolean(void *data, int boolean)
{
    gia_json_t *value = new_value(data, GIA_JSON_BOOLEAN);
    value->boolean = boolean != 0;
    put_value(data, value);
    return 1;
}

static int on_number(void *data, const char *text, size_t len)
{
    put_value(data, new_value(data, GIA_JSON_NUMBER));
    return 1;
}

static const char *copy_text(parser_t *parser, const unsigned char *text, size_t len)
{
    char *copy = take(parser, len + 1);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static void note_halves(parser_t *parser, gia_json_t *value)
{
    const char *begin = value->raw, *end = begin + value->raw_len;
    const half_t *half = parser->halves;

    while (half && half->at < begin)
        half = half->next;
    for (; half && half->at < end; half = half->next) {
        if (is_high(half->unit))
            value->last_half = half->unit;
        else
            value->first_half = half->unit;
    }
    parser->halves = half;
}

static int on_string(void *data, const unsigned char *text, size_t len)
{
    gia_json_t *value = new_value(data, GIA_JSON_STRING);
    value->as.string.text = copy_text(data, text, len);
    value->as.string.len = len;
    note_halves(data, value);
    put_value(data, value);
    return 1;
}

static int on_name(void *data, const unsigned char *text, size_t len)
{
    parser_t *parser = data;
    parser->done = token_end(parser);
    parser->name = copy_text(parser, text, len);
    parser->name_len = len;
    return 1;
}

static int begin(parser_t *parser, gia_json_type_t type)
{
    gia_json_t *value;

    if (parser->depth >= parser->max_depth) {
        parser->code = GIA_EJSON_TOO_DEEP;
        return 0;
    }
    parser->depth++;
    value = new_value(parser, type);
    value->link = parser->open;
    parser->open = value;
    return 1;
}

static int on_begin_object(void *data)
{
    return begin(data, GIA_JSON_OBJECT);
}

static int on_begin_array(void *data)
{
    return begin(data, GIA_JSON_ARRAY);
}

static int on_end(void *data)
{
    parser_t *parser = data;
    gia_json_t *value = parser->open, *child = value->as.open.last;
    size_t count = value->as.open.count;
    gia_json_t **items = NULL;

    parser->done = token_end(parser);
    value->raw_len = (size_t)(parser->text + parser->done - value->raw);
    if (count)
        items = take(parser, count * sizeof(gia_json_t *));
    for (size_t i = count; i > 0; i--) {
        items[i - 1] = child;
        child = child->link;
    }
    value->as.children.items = items;
    value->as.children.count = count;

    parser->depth--;
    parser->open = value->link;
    put_value(parser, value);
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number, /* numbers stay text, so none is too large */
    .yajl_string = on_string,
    .yajl_start_map = on_begin_object,
    .yajl_map_key = on_name,
    .yajl_end_map = on_end,
    .yajl_start_array = on_begin_array,
    .yajl_end_array = on_end,
};

/* Saying what is wrong */

__attribute__((format(printf, 3, 4))) static void say(gia__json_error_t *error, size_t offset,
                                                      const char *format, ...)
{
    va_list args;

    error->offset = offset;
    va_start(args, format);
    vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
}

static void say_unexpected(gia__json_error_t *error, const char *text, size_t at, const char *where)
{
    unsigned char c = (unsigned char)text[at];

    if (c > ' ' && c < 0x7f)
        say(error, at, "unexpected character '%c'%s at byte %zu", c, where, at);
    else
        say(error, at, "unexpected byte 0x%02x%s at byte %zu", c, where, at);
}

static int begins_token(char c)
{
    return c && strchr("\"-0123456789tfn", c);
}

/* In a bad token yajl stands at the offending character, after a misplaced one behind the token. */
static void say_refused(const parser_t *parser, gia__json_error_t *error)
{
    const unsigned char *why = yajl_get_error(parser->yajl, 0, NULL, 0);
    int lexical = why && why[0] == 'l'; /* "lexical error", against "parse error" */
    size_t at = yajl_get_bytes_consumed(parser->yajl);
    size_t token = skip_space(parser, parser->done);

    /* The separators before the token were all right, unless the last one is what is misplaced. */
    while (is_separator(parser, token) && (lexical || token + 1 < at))
        token = skip_space(parser, token + 1);

    if (lexical && at < parser->len && begins_token(parser->text[token]))
        say_unexpected(error, parser->text, at, parser->text[token] == '"' ? " in a string" : "");
    else
        say_unexpected(error, parser->text, token, "");
}

static void say_cut_off(const parser_t *parser, gia__json_error_t *error)
{
    size_t token = next_token(parser);
    char c = token < parser->len ? parser->text[token] : '\0';

    if (c == '"')
        say(error, parser->len, "the text ends inside of a string");
    else if (c == '-' || (c >= '0' && c <= '9'))
        say(error, parser->len, "the text ends inside of a number");
    else if (c)
        say(error, parser->len, "the text ends inside of a word");
    else if (!parser->open)
        say(error, parser->len, "the text is empty");
    else if (parser->open->type == GIA_JSON_OBJECT)
        say(error, parser->len, "the text ends inside of an object");
    else
        say(error, parser->len, "the text ends inside of an array");
}

/* Whether `text` is the beginning of a character that more bytes could complete. */
static int is_cut_character(const char *text, size_t len)
{
    char whole[4];

    if (len >= sizeof(whole))
        return 0;
    for (size_t n = len + 1; n <= sizeof(whole); n++) {
        for (int i = 0; i < 2; i++) {
            /* The second byte is the only choosy one, and each lead takes one of these. */
            memset(whole, i ? 0xbf : 0x80, sizeof(whole));
            memcpy(whole, text, len);
            if (gia__utf8_valid(whole, n) == n)
                return 1;
        }
    }
    return 0;
}

static void say_unacceptable(const parser_t *parser, size_t len, gia__json_error_t *error)
{
    size_t at = parser->len;

    if ((unsigned char)parser->text[at] < 0x80)
        say_unexpected(error, parser->text, at, "");
    else if (is_cut_character(parser->text + at, len - at))
        say(error, len, "the text ends inside of a character");
    else
        say(error, at, "invalid UTF-8 at byte %zu", at);
}

/* The parse */

/* In a function of its own so that nothing in the frame of the jump changes after setjmp. */
static int run(parser_t *parser, size_t len, gia__json_error_t *error)
{
    yajl_alloc_funcs memory = {take_block, grow_block, free_block, parser};
    yajl_status status;

    if (setjmp(parser->out))
        return parser->code;

    if (parser->len) /* there may be no text at all */
        repair_surrogates(parser);
    parser->yajl = yajl_alloc(&callbacks, &memory, parser);
    yajl_config(parser->yajl, yajl_dont_validate_strings, 1); /* its check is lax, ours is done */

    status = yajl_parse(parser->yajl, (const unsigned char *)parser->text, parser->len);
    if (status == yajl_status_client_canceled)
        return parser->code;
    /* First, because yajl overlooks an unfinished token here. */
    if (parser->root && skip_space(parser, parser->done) < parser->len) {
        say_unexpected(error, parser->text, skip_space(parser, parser->done), " after the value");
        return GIA_EJSON;
    }
    if (status != yajl_status_ok) {
        say_refused(parser, error);
        return GIA_EJSON;
    }
    if (parser->len < len) {
        say_unacceptable(parser, len, error);
        return GIA_EJSON;
    }

    parser->finishing = 1;
    status = yajl_complete_parse(parser->yajl);
    if (status != yajl_status_ok || !parser->root) {
        say_cut_off(parser, error);
        return GIA_EJSON;
    }
    return GIA_OK;
}

int gia__json_parse(const gia_json_t **out, gia__arena_t *arena, char *text, size_t len,
                    const gia__json_limits_t *limits, gia__json_error_t *error)
{
    gia__json_error_t unwanted;
    parser_t parser = {
        .arena = arena,
        .text = text,
        .len = acceptable(text, len),
        .max_depth = limits->max_depth,
    };
    int code;

    if (!error)
        error = &unwanted;
    *error = (gia__json_error_t){0};
    *out = NULL;
    gia__list_init(&parser.blocks);
    arena->too_big = 0;

    code = run(&parser, len, error);
    free_blocks(&parser);

    if (code == GIA_OK)
        *out = parser.root;
    else if (code == GIA_EJSON_TOO_DEEP)
        say(error, next_token(&parser), "nested deeper than %zu at byte %zu", limits->max_depth,
            next_token(&parser));
    else if (code == GIA_EJSON_TOO_BIG)
        say(error, parser.done, "larger than %zu bytes when decoded", arena->max);
    else if (code == GIA_ENOMEM)
        say(error, parser.done, "out of memory");
    return code;
}
