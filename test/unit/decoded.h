/* An interaction, decoded from the text of a test. */
#ifndef TEST_DECODED_H
#define TEST_DECODED_H

#include <stdint.h>
#include <string.h>

#include <gia/error.h>

#include "wire/interaction.h"

/* To be released. */
static inline gia_interaction_t *decode(const char *json)
{
    static const gia__json_limits_t limits = {.max_depth = 128};
    gia__mem_t mem = gia__mem_init(NULL);
    gia_interaction_t *interaction = NULL;
    gia__buf_t body;

    gia__buf_init(&body, &mem, SIZE_MAX);
    assert_int_equal(gia__buf_add_text(&body, json), GIA__BUF_OK);
    assert_int_equal(gia__interaction_decode(&interaction, &mem, &body, &limits, SIZE_MAX, NULL),
                     GIA_OK);
    return interaction;
}

#endif
