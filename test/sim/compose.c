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

char *sim_compose_text(json_t *records, json_t *request, const char *prompt)
{
    static const char joke[] = "Why do programmers prefer dark mode? Because light attracts bugs.";
    char *name = strcasestr(prompt, "my name") ? recall_name(records, request) : NULL;
    char *text;
    if (strcasestr(prompt, "joke")) {
        text = sim_copy(joke, sizeof joke - 1);
    } else if (name) {
        sim_buffer_t out = {0};
        sim_buffer_format(
            &out, strcasestr(prompt, "my name is") ? "Nice to meet you, %s." : "Your name is %s.",
            name);
        text = out.data;
    } else {
        text = reply_to(prompt);
    }
    free(name);
    return text;
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
