/* How the setters of a request put values where they belong. */
#include "wire/request_object.h"

#include <stdio.h>
#include <string.h>

#include "json/writer.h"

/* What a tree has said of a pointer that is the caller's, or of a way that is not as it should be.
 */
static void take_result(const gia__setter_t *setter, const char *pointer, int code,
                        const gia__json_error_t *error)
{
    if (code == GIA_ENOMEM)
        gia__refuse_memory(setter);
    else if (code != GIA_OK)
        gia__refuse_at(setter, pointer, "%s", error->message);
}

static void put(const gia__setter_t *setter, const char *pointer, const char *json, size_t len)
{
    gia__json_error_t error;

    if (!gia__setter_has_failed(setter))
        take_result(setter, pointer, gia__tree_set(setter->tree, pointer, json, len, &error),
                    &error);
}

void gia__put_string(const gia__setter_t *setter, const char *pointer, const char *text)
{
    gia__json_error_t error;

    if (!gia__setter_has_failed(setter))
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

    if (gia__setter_has_failed(setter))
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

    if (gia__setter_has_failed(setter))
        return;
    /* Made beforehand, or a name of digits would be taken for an index. */
    if (!gia__tree_has(setter->tree, pointer + 1))
        put(setter, pointer, "{}", 2);
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
    if (!gia__setter_has_failed(setter)) {
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
    if (gia__setter_has_failed(setter))
        return;
    rc = gia__tree_set(setter->tree, pointer, json, strlen(json), &error);
    if (rc == GIA_ENOMEM)
        gia__refuse_memory(setter);
    else if (rc != GIA_OK)
        gia__refuse(setter, GIA_EINVAL, "%s: %s", argument, error.message);
}

int gia__read_word(const gia__setter_t *setter, const char *name, gia__word_t *word)
{
    gia__buf_t json;
    size_t len;

    word->text[0] = '\0';
    if (gia__setter_has_failed(setter) || !gia__tree_has(setter->tree, name))
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
