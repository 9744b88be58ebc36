/* Keeping a secret out of text that is told. */
#ifndef GIA_CORE_REDACT_H
#define GIA_CORE_REDACT_H

#include <stddef.h>

#include "core/arena.h"

/* Replaces a secret (may be NULL), for instance a credential that a service repeats when it
 * complains about it, by "[redacted]". Gives `text` itself when it is not in there, else a
 * NUL-terminated copy in `arena` with its new *len; NULL when there is no memory. */
char *gia__redact(const char *secret, gia__arena_t *arena, char *text, size_t *len);

/* A line that may have been cut off at the end of its buffer, and holds whatever a server said,
 * made fit to be told: without the secret or a part of it at the cut, without control characters,
 * and ending with a whole character. */
void gia__redact_message(const char *secret, char *line, size_t size);

#endif
