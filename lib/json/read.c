/* Reading a decoded value: look-ups, pointers, numbers without a locale. Nothing here allocates or
 * fails. */
#include "json/node.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gia_json_type_t gia_json_type(const gia_json_t *value)
{
    return value ? (gia_json_type_t)value->type : GIA_JSON_ABSENT;
}

static int is_container(const gia_json_t *value)
{
    return value && (value->type == GIA_JSON_ARRAY || value->type == GIA_JSON_OBJECT);
}

size_t gia_json_count(const gia_json_t *value)
{
    return is_container(value) ? value->as.children.count : 0;
}

const gia_json_t *gia_json_at(const gia_json_t *value, size_t index)
{
    return index < gia_json_count(value) ? value->as.children.items[index] : NULL;
}

const char *gia_json_name_at(const gia_json_t *value, size_t index, size_t *len)
{
    const gia_json_t *member =
        gia_json_type(value) == GIA_JSON_OBJECT ? gia_json_at(value, index) : NULL;

    if (len)
        *len = member ? member->name_len : 0;
    return member ? member->name : NULL;
}

const gia_json_t *gia_json_get(const gia_json_t *value, const char *name)
{
    size_t len;

    if (gia_json_type(value) != GIA_JSON_OBJECT || !name)
        return NULL;
    len = strlen(name);
    for (size_t i = value->as.children.count; i > 0; i--) {
        const gia_json_t *member = value->as.children.items[i - 1];
        if (member->name_len == len && memcmp(member->name, name, len) == 0)
            return member;
    }
    return NULL;
}

/* Whether the reference token, in which ~0 is ~ and ~1 is /, names this member. */
static int is_named(const gia_json_t *member, const char *token, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++, n++) {
        char c = token[i];
        if (c == '~')
            c = token[++i] == '0' ? '~' : '/';
        if (n >= member->name_len || member->name[n] != c)
            return 0;
    }
    return n == member->name_len;
}

static const gia_json_t *member_of(const gia_json_t *object, const char *token, size_t len)
{
    for (size_t i = object->as.children.count; i > 0; i--) {
        if (is_named(object->as.children.items[i - 1], token, len))
            return object->as.children.items[i - 1];
    }
    return NULL;
}

static const gia_json_t *element_of(const gia_json_t *array, const char *token, size_t len)
{
    size_t index = 0;

    if (len == 0 || (token[0] == '0' && len > 1))
        return NULL;
    for (size_t i = 0; i < len; i++) {
        if (token[i] < '0' || token[i] > '9' || index > array->as.children.count)
            return NULL;
        index = index * 10 + (size_t)(token[i] - '0');
    }
    return gia_json_at(array, index);
}

static int is_pointer(const char *pointer)
{
    if (*pointer && *pointer != '/')
        return 0;
    for (; *pointer; pointer++) {
        if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
            return 0;
    }
    return 1;
}

const gia_json_t *gia_json_pointer(const gia_json_t *value, const char *pointer)
{
    if (!pointer || !is_pointer(pointer))
        return NULL;
    while (value && *pointer) {
        const char *token = pointer + 1;
        size_t len = strcspn(token, "/");

        if (value->type == GIA_JSON_OBJECT)
            value = member_of(value, token, len);
        else if (value->type == GIA_JSON_ARRAY)
            value = element_of(value, token, len);
        else
            value = NULL;
        pointer = token + len;
    }
    return value;
}

const char *gia_json_string(const gia_json_t *value, size_t *len)
{
    int is_string = gia_json_type(value) == GIA_JSON_STRING;

    if (len)
        *len = is_string ? value->as.string.len : 0;
    return is_string ? value->as.string.text : NULL;
}

/* Enough to round any double correctly; what comes after them can only break a tie. */
enum { MAX_DIGITS = 800 };

/* A number as 0.digits * 10^point: no zeros at either end, no digits at all for zero. */
typedef struct decimal_s {
    int negative;
    int n;
    int64_t point;
    char digits[MAX_DIGITS + 1];
} decimal_t;

static void add_digit(decimal_t *decimal, char digit, int whole)
{
    if (decimal->n == 0 && digit == '0') {
        decimal->point -= !whole;
        return;
    }
    decimal->point += whole;
    if (decimal->n < MAX_DIGITS)
        decimal->digits[decimal->n++] = digit;
    else if (decimal->n == MAX_DIGITS && digit != '0')
        decimal->digits[decimal->n++] = '1'; /* there is more */
}

/* `text` is a number by the grammar of JSON. */
static void read_decimal(decimal_t *decimal, const char *text, const char *end)
{
    int64_t exponent = 0;
    int negative;

    decimal->negative = *text == '-';
    decimal->n = 0;
    decimal->point = 0;
    text += decimal->negative;
    for (; text < end && *text >= '0' && *text <= '9'; text++)
        add_digit(decimal, *text, 1);
    if (text < end && *text == '.') {
        for (text++; text < end && *text >= '0' && *text <= '9'; text++)
            add_digit(decimal, *text, 0);
    }
    while (decimal->n > 0 && decimal->digits[decimal->n - 1] == '0')
        decimal->n--;

    if (text == end)
        return;
    text++; /* the e */
    negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    for (; text < end; text++) {
        if (exponent < INT64_MAX / 100) /* more than any text has digits to make up for */
            exponent = exponent * 10 + (*text - '0');
    }
    decimal->point += negative ? -exponent : exponent;
}

/* Numbers, and strings that are nothing but an integer. */
static int is_integral(const gia_json_t *value)
{
    const char *text;
    size_t i = 0, len;

    if (gia_json_type(value) == GIA_JSON_NUMBER)
        return 1;
    text = gia_json_string(value, &len);
    if (!text)
        return 0;
    i = *text == '-';
    if (i == len)
        return 0;
    for (; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
    }
    return 1;
}

int64_t gia_json_int64(const gia_json_t *value, int64_t otherwise)
{
    const uint64_t most = INT64_MAX;
    uint64_t number = 0;
    decimal_t decimal;

    if (!is_integral(value))
        return otherwise;
    if (value->type == GIA_JSON_STRING)
        read_decimal(&decimal, value->as.string.text, value->as.string.text + value->as.string.len);
    else
        read_decimal(&decimal, value->raw, value->raw + value->raw_len);

    if (decimal.n == 0)
        return 0;
    if (decimal.point > 19 || decimal.n > decimal.point)
        return otherwise;
    for (int i = 0; i < (int)decimal.point; i++) /* 19 digits fit */
        number = number * 10 + (i < decimal.n ? (uint64_t)(decimal.digits[i] - '0') : 0);
    if (number > most + (decimal.negative ? 1 : 0))
        return otherwise;
    if (!decimal.negative)
        return (int64_t)number;
    return number > most ? INT64_MIN : -(int64_t)number;
}

/* By an integer and an exponent, in which no locale has a say. */
double gia_json_double(const gia_json_t *value, double otherwise)
{
    char text[MAX_DIGITS + 32];
    decimal_t decimal;
    int64_t exponent;

    if (gia_json_type(value) != GIA_JSON_NUMBER)
        return otherwise;
    read_decimal(&decimal, value->raw, value->raw + value->raw_len);
    if (decimal.n == 0)
        return decimal.negative ? -0.0 : 0.0;
    exponent = decimal.point - decimal.n;
    if (exponent > 9999)
        exponent = 9999;
    if (exponent < -9999)
        exponent = -9999;
    snprintf(text, sizeof(text), "%s%.*se%d", decimal.negative ? "-" : "", decimal.n,
             decimal.digits, (int)exponent);
    return strtod(text, NULL);
}

int gia_json_boolean(const gia_json_t *value, int otherwise)
{
    return gia_json_type(value) == GIA_JSON_BOOLEAN ? value->boolean : otherwise;
}

const char *gia_json_raw(const gia_json_t *value, size_t *len)
{
    if (len)
        *len = value ? value->raw_len : 0;
    return value ? value->raw : NULL;
}

int gia__json_string_is(const gia_json_t *value, const char *text)
{
    size_t len;
    const char *string = gia_json_string(value, &len);

    return string && len == strlen(text) && memcmp(string, text, len) == 0;
}

const char *gia__json_get_string(const gia_json_t *object, const char *name, size_t *len)
{
    return gia_json_string(gia_json_get(object, name), len);
}

unsigned gia__json_first_half(const gia_json_t *value)
{
    return value ? value->first_half : 0;
}

unsigned gia__json_last_half(const gia_json_t *value)
{
    return value ? value->last_half : 0;
}

const char *gia__json_get_text(const gia_json_t *object, const char *name)
{
    return gia__json_get_string(object, name, NULL);
}
