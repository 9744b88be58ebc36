/* Text from elsewhere as a part of a URL. Pure. */
#ifndef GIA_WIRE_URL_H
#define GIA_WIRE_URL_H

#include "core/buf.h"

/* Appends `text` so that it is one path segment or query value (RFC 3986: all but unreserved
 * characters are percent-encoded). A GIA__BUF_... result. */
int gia__url_add_escaped(gia__buf_t *url, const char *text);

/* Whether `text`, escaped, stays one path segment: not NULL, not empty, not "." or "..", which
 * servers and proxies resolve even when they are escaped. */
int gia__url_is_segment(const char *text);

#endif
