/* Writes events and results as JSON, one object a line. */
#ifndef PROGRAM_JSON_LINE_H
#define PROGRAM_JSON_LINE_H

#include <gia.h>

#include "writer.h"

void json_line_event(writer_t *out, const gia_event_t *event);

/* `status` is the interaction's, in the service's word; NULL if it is not known. */
void json_line_done(writer_t *out, const gia_result_t *result, const char *status);

/* The bytes of a value, without the white space between its tokens. */
void json_line_raw(writer_t *out, const gia_json_t *value);

#endif
