/* Interactions for tests that look into them: from JSON text, or from a recorded answer. */
#ifndef TEST_ANSWER_H
#define TEST_ANSWER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gia/error.h>
#include <gia/interaction.h>

#include "playback.h"
#include "wire/interaction.h"

static inline gia_interaction_t *answer_from(const char *json, size_t len)
{
    gia__mem_t mem = gia__mem_init(NULL);
    gia_interaction_t *interaction;
    gia__buf_t body;

    gia__buf_init(&body, &mem, PLAYBACK_MAX);
    gia__buf_add(&body, json, len);
    assert_int_equal(
        gia__interaction_decode(&interaction, &mem, &body, &PLAYBACK_LIMITS, PLAYBACK_MAX, NULL),
        GIA_OK);
    return interaction;
}

static inline gia_interaction_t *answer(const char *json)
{
    return answer_from(json, strlen(json));
}

/* A file of test/data/responses: a body, or a stream, which is folded. */
static inline gia_interaction_t *recorded_answer(const char *name)
{
    gia_interaction_t *interaction;
    char path[512], *bytes = malloc(1 << 20);
    playback_t play;
    FILE *file;
    size_t len;

    snprintf(path, sizeof(path), "%s/responses/%s", TEST_DATA, name);
    file = fopen(path, "rb");
    if (!file)
        fail_msg("no file %s", path);
    len = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    if (strstr(name, ".sse")) {
        assert_int_equal(playback_begin(&play, NULL, 1), GIA_OK);
        assert_true(playback_feed(&play, bytes, len) >= 0);
        assert_int_equal(playback_finish(&play, &interaction), GIA_OK);
        playback_end(&play);
    } else {
        interaction = answer_from(bytes, len);
    }
    free(bytes);
    assert_non_null(interaction);
    return interaction;
}

/* The first output of a type. */
static inline const gia_content_t *output_of(const gia_interaction_t *interaction,
                                             gia_content_type_t type)
{
    size_t n = gia_interaction_output_count(interaction), i;

    for (i = 0; i < n; i++) {
        const gia_content_t *output = gia_interaction_output(interaction, (ptrdiff_t)i);
        if (output->type == type)
            return output;
    }
    fail_msg("no output %s", gia_content_type_name(type));
    return NULL;
}

#endif
