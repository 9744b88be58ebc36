/*
 * headers.c - lists of headers, in the order in which they came or shall go.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void sim_headers_add(sim_headers_t *headers, const char *name, size_t name_length,
                     const char *value, size_t value_length)
{
    if (headers->count == headers->capacity) {
        headers->capacity = headers->capacity ? headers->capacity * 2 : 8;
        headers->items = sim_resize(headers->items, headers->capacity * sizeof *headers->items);
    }
    sim_header_t *header = &headers->items[headers->count++];
    header->name = sim_copy(name, name_length);
    for (char *letter = header->name; *letter; letter++) {
        if (*letter >= 'A' && *letter <= 'Z')
            *letter = (char)(*letter + ('a' - 'A'));
    }
    header->value = sim_copy(value, value_length);
}

void sim_headers_remove(sim_headers_t *headers, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < headers->count; i++) {
        sim_header_t header = headers->items[i];
        if (strcasecmp(header.name, name) == 0) {
            free(header.name);
            free(header.value);
        } else {
            headers->items[kept++] = header;
        }
    }
    headers->count = kept;
}

void sim_headers_set(sim_headers_t *headers, const char *name, const char *value)
{
    sim_headers_remove(headers, name);
    sim_headers_add(headers, name, strlen(name), value, strlen(value));
}

const char *sim_headers_get(const sim_headers_t *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, name) == 0)
            return headers->items[i].value;
    }
    return NULL;
}

void sim_headers_free(sim_headers_t *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        free(headers->items[i].name);
        free(headers->items[i].value);
    }
    free(headers->items);
    memset(headers, 0, sizeof *headers);
}
