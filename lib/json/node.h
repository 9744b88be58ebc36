/* How a value lies in memory: shared by what makes it (value.c) and what reads it (read.c). */
#ifndef GIA_JSON_NODE_H
#define GIA_JSON_NODE_H

#include <stdint.h>

#include "json/value.h"

struct gia_json_s {
    const char *raw;
    size_t raw_len;
    const char *name; /* as a member of an object */
    size_t name_len;
    gia_json_t *link; /* while it is open: what it stands in; then: the sibling before it */
    union {
        struct {
            const char *text;
            size_t len;
        } string;
        struct {
            gia_json_t *last; /* while it is open */
            size_t count;
        } open;
        struct {
            gia_json_t **items;
            size_t count;
        } children;
    } as;
    uint16_t first_half;
    uint16_t last_half;
    unsigned char type;
    unsigned char boolean;
};

#endif
