/*
 * compose.c - makes up what a model might have said.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Collects all texts of a JSON value, one a line, whatever its shape. */
static void collect_texts(json_t *value, sim_buffer_t *out)
{
    const char *key;
    size_t i;
    json_t *member;
    if (json_is_string(value)) {
        sim_buffer_add(out, json_string_value(value), json_string_length(value));
        sim_buffer_text(out, "\n");
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, member)
        {
            collect_texts(member, out);
        }
    } else {
        json_object_foreach(value, key, member)
        {
            if (strcmp(key, "text") == 0 || strcmp(key, "content") == 0)
                collect_texts(member, out);
        }
    }
}

/* What "my name is" is followed by, the last time it was said; NULL if never. */
static char *find_name(const char *text)
{
    static const char phrase[] = "my name is ";
    const char *name = NULL;
    for (const char *at = text; (at = strcasestr(at, phrase)); at++)
        name = at + sizeof phrase - 1;
    return name ? sim_copy(name, strcspn(name, " .,!?\n")) : NULL;
}

/* The name in this request or in the interactions before it. */
static char *recall_name(json_t *records, json_t *request)
{
    /* A conversation cannot be a circle, since an id is known only after its creation. */
    while (request) {
        sim_buffer_t texts = {0};
        sim_buffer_add(&texts, "", 0);
        collect_texts(json_object_get(request, "input"), &texts);
        char *name = find_name(texts.data);
        sim_buffer_free(&texts);
        if (name)
            return name;
        json_t *previous = json_object_get(request, "previous_interaction_id");
        request = previous ? json_object_get(records, json_string_value(previous)) : NULL;
    }
    return NULL;
}

/* The last thing in the input: the prompt, or the result of a function. */
static json_t *last_of(json_t *input)
{
    return json_is_array(input) ? json_array_get(input, json_array_size(input) - 1) : input;
}

static char *describe_result(json_t *result)
{
    sim_buffer_t out = {0};
    sim_buffer_t plain = {0};
    json_t *value = json_object_get(result, "result");
    if (json_is_string(value)) {
        sim_buffer_text(&plain, json_string_value(value));
    } else {
        collect_texts(value, &plain);
        while (plain.length && plain.data[plain.length - 1] == '\n')
            plain.data[--plain.length] = '\0';
        if (!plain.length)
            sim_buffer_json(&plain, value, JSON_COMPACT);
    }
    sim_buffer_format(&out, "The function says: %s", plain.data ? plain.data : "");
    sim_buffer_free(&plain);
    return out.data;
}

/* A sentence with up to three of the longer words of the prompt. */
static char *reply_to(const char *prompt)
{
    sim_buffer_t out = {0};
    const char *separators = " \t\r\n.,;:!?\"'()";
    unsigned words = 0;
    sim_buffer_text(&out, "You mentioned ");
    for (const char *word = prompt; *word && words < 3;) {
        size_t length = strcspn(word, separators);
        if (length > 3 && length < 40) {
            sim_buffer_text(&out, words ? ", " : "");
            sim_buffer_add(&out, word, length);
            words++;
        }
        word += length;
        word += strspn(word, separators);
    }
    sim_buffer_text(&out, words ? "" : "very little");
    sim_buffer_text(&out, ", and the simulator has nothing clever to add to that.");
    return out.data;
}

char *sim_compose_text(json_t *records, json_t *request)
{
    static const char joke[] = "Why do programmers prefer dark mode? Because light attracts bugs.";
    json_t *last = last_of(json_object_get(request, "input"));
    const char *type = json_string_value(json_object_get(last, "type"));
    if (type && strcmp(type, "function_result") == 0)
        return describe_result(last);

    sim_buffer_t prompt = {0};
    sim_buffer_add(&prompt, "", 0);
    collect_texts(json_is_object(last) && !json_object_get(last, "text") &&
                          !json_object_get(last, "content")
                      ? json_object_get(request, "input")
                      : last,
                  &prompt);
    char *name = strcasestr(prompt.data, "my name") ? recall_name(records, request) : NULL;
    char *text;
    if (strcasestr(prompt.data, "joke")) {
        text = sim_copy(joke, sizeof joke - 1);
    } else if (name) {
        sim_buffer_t out = {0};
        sim_buffer_format(&out,
                          strcasestr(prompt.data, "my name is") ? "Nice to meet you, %s."
                                                                : "Your name is %s.",
                          name);
        text = out.data;
    } else {
        text = reply_to(prompt.data);
    }
    free(name);
    sim_buffer_free(&prompt);
    return text;
}

json_t *sim_compose_from_schema(json_t *schema, const char *name)
{
    const char *type = json_string_value(json_object_get(schema, "type"));
    json_t *choices = json_object_get(schema, "enum");
    json_t *properties = json_object_get(schema, "properties");
    if (json_array_size(choices))
        return json_incref(json_array_get(choices, 0));
    if (properties || (type && strcmp(type, "object") == 0)) {
        json_t *object = json_object();
        const char *key;
        json_t *property;
        json_object_foreach(properties, key, property)
        {
            json_object_set_new(object, key, sim_compose_from_schema(property, key));
        }
        return object;
    }
    if (type && strcmp(type, "array") == 0)
        return json_pack("[o]", sim_compose_from_schema(json_object_get(schema, "items"), name));
    if (type && strcmp(type, "integer") == 0)
        return json_integer(2);
    if (type && strcmp(type, "number") == 0)
        return json_real(1.5);
    if (type && strcmp(type, "boolean") == 0)
        return json_true();
    if (strstr(name, "date"))
        return json_string("2026-11-23");
    if (strstr(name, "time"))
        return json_string("10:00");
    return json_string("Paris");
}

json_t *sim_compose_deltas(const char *text)
{
    json_t *deltas = json_array();
    while (*text) {
        size_t length = 0;
        for (int words = 0; words < 3 && text[length]; words++) {
            length += strcspn(text + length, " ");
            length += strspn(text + length, " ");
        }
        json_array_append_new(deltas, json_stringn(text, length));
        text += length;
    }
    return deltas;
}

json_t *sim_compose_generated(size_t deltas, size_t text_bytes)
{
    json_t *array = json_array();
    char *text = sim_allocate(text_bytes + 32);
    for (size_t i = 0; i < deltas; i++) {
        size_t length = (size_t)snprintf(text, 32, "%zu ", i);
        for (; length < text_bytes; length++)
            text[length] = (char)('a' + (i + length) % 26);
        json_array_append_new(array, json_stringn(text, text_bytes));
    }
    free(text);
    return array;
}
