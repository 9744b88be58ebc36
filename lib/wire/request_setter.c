/* What all setters of a request share: the first error, the checks of arguments, and putting values
 * where they belong. */
#include "wire/request_object.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json/utf8.h"
#include "json/writer.h"

int gia__setter_begin(gia__setter_t *setter, gia_request_t *request, const char *name)
{
    if (!request || request->error != GIA_OK)
        return 0;
    *setter = (gia__setter_t){.request = request, .name = name, .tree = &request->body};
    return 1;
}

/* The first error */

/* `place` follows the setter's name. */
__attribute__((format(printf, 4, 0))) static void fail(const gia__setter_t *setter, int code,
                                                       const char *place, const char *format,
                                                       va_list args)
{
    gia_request_t *request = setter->request;
    char *message = request->message;
    int len;

    if (request->error != GIA_OK)
        return;
    request->error = code;
    len = snprintf(message, sizeof(request->message), "%s%s: ", setter->name, place);
    vsnprintf(message + len, sizeof(request->message) - (size_t)len, format, args);

    /* A pointer or path of the caller's may be part of it, but one line is promised. */
    for (char *c = message; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
}

void gia__refuse(const gia__setter_t *setter, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fail(setter, code, "", format, args);
    va_end(args);
}

void gia__refuse_memory(const gia__setter_t *setter)
{
    gia_request_t *request = setter->request;

    if (request->error != GIA_OK)
        return;
    request->error = GIA_ENOMEM;
    snprintf(request->message, sizeof(request->message), "%s", gia_error_text(GIA_ENOMEM));
}

__attribute__((format(printf, 3, 4))) static void refuse_at(const gia__setter_t *setter,
                                                            const char *pointer, const char *format,
                                                            ...)
{
    char place[80];
    size_t len = strlen(pointer);
    size_t shown = gia__utf8_valid(pointer, len < 64 ? len : 64);
    va_list args;

    snprintf(place, sizeof(place), " %.*s%s", (int)shown, pointer,
             pointer[shown] ? "..."
             : shown        ? ""
                            : "\"\"");
    va_start(args, format);
    fail(setter, GIA_EINVAL, place, format, args);
    va_end(args);
}

/* Arguments */

/* Where the first control character stands (U+0000 to U+001F, U+007F to U+009F); SIZE_MAX if there
 * is none. */
static size_t find_control(const char *text)
{
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0))
            return i;
    }
    return SIZE_MAX;
}

int gia__accept_text(const gia__setter_t *setter, const char *argument, const char *text)
{
    size_t len, valid;

    if (!text) {
        gia__refuse(setter, GIA_EINVAL, "%s is NULL", argument);
        return 0;
    }
    len = strlen(text);
    valid = gia__utf8_valid(text, len);
    if (valid < len) {
        gia__refuse(setter, GIA_EINVAL, "%s is not valid UTF-8 at byte %zu; convert it first",
                    argument, valid);
        return 0;
    }
    return 1;
}

int gia__accept_line(const gia__setter_t *setter, const char *argument, const char *text)
{
    size_t control;

    if (!gia__accept_text(setter, argument, text))
        return 0;
    control = find_control(text);
    if (control != SIZE_MAX) {
        gia__refuse(setter, GIA_EINVAL,
                    "%s holds a control character at byte %zu; strip line ends and the like",
                    argument, control);
        return 0;
    }
    return 1;
}

int gia__accept_name(const gia__setter_t *setter, const char *argument, const char *text)
{
    if (!gia__accept_line(setter, argument, text))
        return 0;
    if (!*text) {
        gia__refuse(setter, GIA_EINVAL, "%s is empty; give one or leave the call out", argument);
        return 0;
    }
    return 1;
}

int gia__accept_name_or_null(const gia__setter_t *setter, const char *argument, const char *text)
{
    return !text || gia__accept_name(setter, argument, text);
}

int gia__accept_names(const gia__setter_t *setter, const char *argument, const char *const *names,
                      size_t count)
{
    if (!names || !count) {
        gia__refuse(setter, GIA_EINVAL, "%s is %s; give at least one", argument,
                    names ? "empty" : "NULL");
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (!gia__accept_name(setter, argument, names[i]))
            return 0;
    }
    return 1;
}

int gia__accept_number(const gia__setter_t *setter, const char *argument, double number)
{
    if (isfinite(number))
        return 1;
    gia__refuse(setter, GIA_EINVAL, "%s is %s; JSON has no word for that", argument,
                isnan(number) ? "not a number" : "infinite");
    return 0;
}

int gia__accept_count(const gia__setter_t *setter, const char *argument, int64_t number)
{
    if (number >= 0)
        return 1;
    gia__refuse(setter, GIA_EINVAL, "%s is negative; 0 leaves it to the service", argument);
    return 0;
}

/* Values */

/* What a tree has said of a pointer that is the caller's, or of a way that is not as it should be.
 */
static void take_result(const gia__setter_t *setter, const char *pointer, int code,
                        const gia__json_error_t *error)
{
    if (code == GIA_ENOMEM)
        gia__refuse_memory(setter);
    else if (code != GIA_OK)
        refuse_at(setter, pointer, "%s", error->message);
}

static int is_at_work(const gia__setter_t *setter)
{
    return setter->request->error == GIA_OK;
}

static void put(const gia__setter_t *setter, const char *pointer, const char *json, size_t len)
{
    gia__json_error_t error;

    if (is_at_work(setter))
        take_result(setter, pointer, gia__tree_set(setter->tree, pointer, json, len, &error),
                    &error);
}

void gia__put_string(const gia__setter_t *setter, const char *pointer, const char *text)
{
    gia__json_error_t error;

    if (is_at_work(setter))
        take_result(setter, pointer,
                    gia__tree_set_string(setter->tree, pointer, text, strlen(text), &error),
                    &error);
}

void gia__put_string_if(const gia__setter_t *setter, const char *pointer, const char *text)
{
    if (text)
        gia__put_string(setter, pointer, text);
}

void gia__put_int64(const gia__setter_t *setter, const char *pointer, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)number);

    put(setter, pointer, text, (size_t)len);
}

void gia__put_double(const gia__setter_t *setter, const char *pointer, double number)
{
    gia__buf_t text;
    gia__writer_t *writer;

    if (!is_at_work(setter))
        return;
    gia__buf_init(&text, &setter->request->mem, SIZE_MAX);
    writer = gia__writer_new(&text);
    if (writer)
        gia__writer_double(writer, number);
    if (!writer || gia__writer_error(writer) != GIA_OK)
        gia__refuse_memory(setter);
    else
        put(setter, pointer, text.data, text.len);
    gia__writer_free(writer);
    gia__buf_free(&text);
}

void gia__put_boolean(const gia__setter_t *setter, const char *pointer, int value)
{
    const char *json = value ? "true" : "false";

    put(setter, pointer, json, strlen(json));
}

void gia__put_strings(const gia__setter_t *setter, const char *pointer, const char *const *texts,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        gia__put_string(setter, pointer, texts[i]);
}

/* In a pointer ~0 stands for ~ and ~1 for a slash. */
static int add_token(gia__buf_t *pointer, const char *name)
{
    int rc = gia__buf_add(pointer, "/", 1);

    for (; *name && rc == GIA__BUF_OK; name++)
        rc = gia__buf_add_text(pointer, *name == '~'   ? "~0"
                                        : *name == '/' ? "~1"
                                                       : (const char[]){*name, '\0'});
    return rc;
}

void gia__put_member(const gia__setter_t *setter, const char *pointer, const char *name,
                     const char *text)
{
    gia__buf_t whole;

    if (!is_at_work(setter))
        return;
    gia__buf_init(&whole, &setter->request->mem, SIZE_MAX);
    if (gia__buf_add_text(&whole, pointer) != GIA__BUF_OK ||
        add_token(&whole, name) != GIA__BUF_OK || gia__buf_add(&whole, "", 1) != GIA__BUF_OK)
        gia__refuse_memory(setter);
    else
        gia__put_string(setter, whole.data, text);
    gia__buf_free(&whole);
}

gia__setter_t gia__object_begin(const gia__setter_t *setter, gia__tree_t *tree)
{
    gia__setter_t inner = *setter;

    gia__tree_init(tree, &setter->request->mem);
    inner.tree = tree;
    return inner;
}

void gia__put_object(const gia__setter_t *setter, const char *pointer, gia__setter_t *value)
{
    gia__buf_t text;

    gia__buf_init(&text, &setter->request->mem, SIZE_MAX);
    if (is_at_work(setter)) {
        if (gia__buf_add(&text, "{", 1) != GIA__BUF_OK ||
            gia__tree_write_members(value->tree, &text, NULL) != GIA__BUF_OK ||
            gia__buf_add(&text, "}", 1) != GIA__BUF_OK)
            gia__refuse_memory(setter);
        else
            put(setter, pointer, text.data, text.len);
    }
    gia__buf_free(&text);
    gia__tree_free(value->tree);
}

/* JSON of the program's */

void gia__put_json(const gia__setter_t *setter, const char *pointer, const char *argument,
                   const char *json)
{
    gia__json_error_t error;
    int rc;

    if (!json)
        gia__refuse(setter, GIA_EINVAL, "%s is NULL", argument);
    if (!is_at_work(setter))
        return;
    rc = gia__tree_set(setter->tree, pointer, json, strlen(json), &error);
    if (rc == GIA_ENOMEM)
        gia__refuse_memory(setter);
    else if (rc != GIA_OK)
        gia__refuse(setter, GIA_EINVAL, "%s: %s", argument, error.message);
}

int gia__accept_object(const gia__setter_t *setter, const char *argument, const char *json)
{
    if (!json) {
        gia__refuse(setter, GIA_EINVAL, "%s is NULL", argument);
        return 0;
    }
    /* What follows is checked when it is put somewhere. */
    if (json[strspn(json, " \t\r\n")] != '{') {
        gia__refuse(setter, GIA_EINVAL, "%s is no JSON object", argument);
        return 0;
    }
    return 1;
}

int gia__read_word(const gia__setter_t *setter, const char *name, gia__word_t *word)
{
    gia__buf_t json;
    size_t len;

    word->text[0] = '\0';
    if (!is_at_work(setter) || !gia__tree_has(setter->tree, name))
        return 0;
    gia__buf_init(&json, &setter->request->mem, SIZE_MAX);
    if (gia__tree_write_value(setter->tree, name, &json) != GIA__BUF_OK) {
        gia__refuse_memory(setter);
    } else if (json.data[0] == '"') {
        len = json.len - 2 < sizeof(word->text) ? json.len - 2 : sizeof(word->text) - 1;
        memcpy(word->text, json.data + 1, len);
        word->text[len] = '\0';
    }
    gia__buf_free(&json);
    return word->text[0] != '\0';
}

void gia__put_typed(const gia__setter_t *setter, const char *json)
{
    gia__word_t type;

    if (!gia__accept_object(setter, "json", json))
        return;
    gia__put_json(setter, "", "json", json);
    if (!gia__read_word(setter, "type", &type))
        gia__refuse(setter, GIA_EINVAL, "json has no \"type\", which says what it is");
}

void gia__put_any(const gia__setter_t *setter, const char *pointer, const char *json)
{
    gia__json_error_t error;
    int rc;

    if (!pointer) {
        gia__refuse(setter, GIA_EINVAL, "pointer is NULL; \"\" is the whole %s",
                    setter->tree == &setter->request->body ? "body" : "object");
        return;
    }
    rc = json ? gia__tree_set(setter->tree, pointer, json, strlen(json), &error)
              : gia__tree_remove(setter->tree, pointer, &error);
    take_result(setter, pointer, rc, &error);
}
