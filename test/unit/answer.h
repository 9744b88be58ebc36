/* Interactions for tests that look into them: recorded answers, and what is in them. */
#ifndef TEST_ANSWER_H
#define TEST_ANSWER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gia/error.h>
#include <gia/interaction.h>

#include "decoded.h"
#include "playback.h"
#include "read_file.h"

/* A file of test/data/responses: a body, or a stream, which is folded. */
static inline gia_interaction_t *recorded_answer(const char *name)
{
    gia_interaction_t *interaction;
    char path[512], *bytes;
    playback_t play;
    size_t len;

    snprintf(path, sizeof(path), "%s/responses/%s", TEST_DATA, name);
    bytes = read_file(path, &len);
    if (strstr(name, ".sse")) {
        assert_int_equal(playback_begin(&play, NULL, 1), GIA_OK);
        assert_true(playback_feed(&play, bytes, len) >= 0);
        assert_int_equal(playback_finish(&play, &interaction), GIA_OK);
        playback_end(&play);
    } else {
        interaction = decode(bytes);
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
