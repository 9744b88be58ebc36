/*
 * schema.c - makes up a value that fits a JSON schema, and names that fit the prompt.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_LIMIT 16 /* of schemas that contain themselves */

typedef struct {
    json_t *root;
    const char *prompt;
    int depth;
} maker_t;

static json_t *make(maker_t *maker, json_t *schema, const char *name);

/* ---- words ---- */

static int is_any_of(const char *name, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasestr(name, parts[i]))
            return 1;
    }
    return 0;
}

/* What stands behind " in " and begins with a capital letter, up to two words. */
static char *find_place(const char *prompt)
{
    for (const char *at = prompt; (at = strstr(at, " in ")); at++) {
        const char *place = at + 4;
        if (*place < 'A' || *place > 'Z')
            continue;
        size_t length = strcspn(place, " .,!?\n");
        if (place[length] == ' ' && place[length + 1] >= 'A' && place[length + 1] <= 'Z')
            length += 1 + strcspn(place + length + 1, " .,!?\n");
        return sim_copy(place, length);
    }
    return NULL;
}

json_t *sim_schema_place(const char *prompt)
{
    char *place = find_place(prompt);
    json_t *text = json_string(place ? place : "Paris");
    free(place);
    return text;
}

/* The first "2026-11-23" of the prompt. */
static json_t *make_date(const char *prompt)
{
    for (const char *at = prompt; (at = strchr(at, '-')); at++) {
        if (at - prompt >= 4 && strspn(at - 4, "0123456789") >= 4 && strlen(at) >= 6 &&
            at[3] == '-' && strspn(at + 1, "0123456789") == 2 && strspn(at + 4, "0123456789") == 2)
            return json_stringn(at - 4, 10);
    }
    return json_string("2026-11-23");
}

static json_t *make_string(const maker_t *maker, json_t *schema, const char *name)
{
    static const char *const places[] = {"location", "city", "place", "town", "region"};
    static const char *const people[] = {"name", "attendee", "person", "user", "author"};
    const char *format = json_string_value(json_object_get(schema, "format"));
    if (format && strcmp(format, "date-time") == 0)
        return json_string("2026-11-23T10:00:00Z");
    if (strcasestr(name, "date") || (format && strcmp(format, "date") == 0))
        return make_date(maker->prompt);
    if (strcasestr(name, "time") || (format && strcmp(format, "time") == 0))
        return json_string("10:00");
    if (strcasestr(name, "mail") || (format && strcmp(format, "email") == 0))
        return json_string("ann@example.com");
    if (strcasestr(name, "url") || strcasestr(name, "uri") ||
        (format && strcmp(format, "uri") == 0))
        return json_string("https://example.com/");
    if (is_any_of(name, places, sizeof places / sizeof *places))
        return sim_schema_place(maker->prompt);
    if (is_any_of(name, people, sizeof people / sizeof *people))
        return json_string("Ann");
    return *name ? json_sprintf("some %s", name) : json_string("something");
}

/* ---- values ---- */

/* "#/$defs/Name" within the whole schema. */
static json_t *resolve(const maker_t *maker, const char *reference)
{
    json_t *at = maker->root;
    if (*reference != '#')
        return NULL;
    reference++;
    while (at && *reference == '/') {
        size_t length = strcspn(reference + 1, "/");
        char *key = sim_copy(reference + 1, length);
        at = json_object_get(at, key);
        free(key);
        reference += 1 + length;
    }
    return at;
}

static int is_required(json_t *schema, const char *key)
{
    json_t *required = json_object_get(schema, "required");
    size_t i;
    json_t *name;
    if (!required)
        return 1;
    json_array_foreach(required, i, name)
    {
        if (json_is_string(name) && strcmp(json_string_value(name), key) == 0)
            return 1;
    }
    return 0;
}

static json_t *make_object(maker_t *maker, json_t *schema)
{
    json_t *object = json_object();
    const char *key;
    json_t *property;
    json_object_foreach(json_object_get(schema, "properties"), key, property)
    {
        if (is_required(schema, key))
            json_object_set_new(object, key, make(maker, property, key));
    }
    return object;
}

static json_t *make_array(maker_t *maker, json_t *schema, const char *name)
{
    json_t *array = json_array();
    json_int_t least = json_integer_value(json_object_get(schema, "minItems"));
    do {
        json_array_append_new(array, make(maker, json_object_get(schema, "items"), name));
    } while ((json_int_t)json_array_size(array) < least && json_array_size(array) < 100);
    return array;
}

static json_t *make_number(json_t *schema, int is_whole)
{
    json_t *least = json_object_get(schema, "minimum");
    json_t *most = json_object_get(schema, "maximum");
    double value = is_whole ? 2 : 1.5;
    if (least && json_number_value(least) > value)
        value = json_number_value(least);
    if (most && json_number_value(most) < value)
        value = json_number_value(most);
    return is_whole ? json_integer((json_int_t)value) : json_real(value);
}

/* The schema that another one stands for: the target of $ref, or the first of a choice. */
static json_t *alternative(const maker_t *maker, json_t *schema)
{
    static const char *const choices[] = {"anyOf", "oneOf", "allOf"};
    const char *reference = json_string_value(json_object_get(schema, "$ref"));
    if (reference)
        return resolve(maker, reference);
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        json_t *list = json_object_get(schema, choices[i]);
        if (json_array_size(list))
            return json_array_get(list, 0);
    }
    return NULL;
}

static json_t *make(maker_t *maker, json_t *schema, const char *name)
{
    json_t *type_member = json_object_get(schema, "type");
    /* A list of types says that null would do as well. */
    const char *type = json_string_value(json_is_array(type_member) ? json_array_get(type_member, 0)
                                                                    : type_member);
    json_t *values = json_object_get(schema, "enum");
    json_t *constant = json_object_get(schema, "const");
    json_t *other = alternative(maker, schema);
    json_t *value;
    if (maker->depth == DEPTH_LIMIT)
        return json_null();
    maker->depth++;
    if (constant)
        value = json_incref(constant);
    else if (json_array_size(values))
        value = json_incref(json_array_get(values, 0));
    else if (other)
        value = make(maker, other, name);
    else if (json_object_get(schema, "properties") || (type && strcasecmp(type, "object") == 0))
        value = make_object(maker, schema);
    else if (type && strcasecmp(type, "array") == 0)
        value = make_array(maker, schema, name);
    else if (type && (strcasecmp(type, "integer") == 0 || strcasecmp(type, "number") == 0))
        value = make_number(schema, strcasecmp(type, "integer") == 0);
    else if (type && strcasecmp(type, "boolean") == 0)
        value = json_true();
    else if (type && strcasecmp(type, "null") == 0)
        value = json_null();
    else
        value = make_string(maker, schema, name);
    maker->depth--;
    return value;
}

json_t *sim_schema_value(json_t *schema, const char *prompt)
{
    maker_t maker = {schema, prompt, 0};
    return make(&maker, schema, "");
}
