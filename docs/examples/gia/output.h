/* Prints an interaction: as text, as events or as JSON. */
#ifndef PROGRAM_OUTPUT_H
#define PROGRAM_OUTPUT_H

#include <gia.h>

#include "options.h"
#include "writer.h"

typedef struct {
    format_t format;
    writer_t writer;
    gia_status_t status; /* where the interaction stood when last heard of */
    char status_text[64];
    int saves_media; /* somebody else does: it needs no mention */
} output_t;

void output_init(output_t *out, const options_t *options);

/* Both return 0, or -1 if stdout cannot be written to (writer.error says why). */
int output_event(output_t *out, const gia_event_t *event);
int output_done(output_t *out, const gia_result_t *result);

#endif
