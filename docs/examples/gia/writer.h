/* Writes to stdout and remembers the first trouble. */
#ifndef PROGRAM_WRITER_H
#define PROGRAM_WRITER_H

#include <stddef.h>

typedef struct {
    int error;    /* errno of the first write that failed; nothing is written after it */
    int mid_line; /* the last byte was not a line end */
} writer_t;

void writer_put(writer_t *out, const char *bytes, size_t len);
void writer_text(writer_t *out, const char *text);

/* Says what the trouble was. A closed pipe is no news, a full disk is. */
void writer_complain(const writer_t *out);

/* Everything put so far leaves the program. 0, or -1 if anything went wrong until now. */
int writer_flush(writer_t *out);

#endif
