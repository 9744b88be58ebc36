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

/* Appends a URL that a server named, but on `base` (scheme, host, perhaps a path, no slash at its
 * end), so that nothing sent there goes elsewhere; a path of `base` that it lacks is put before its
 * own. GIA_OK, GIA_ENOMEM, or GIA_EPROTOCOL for what is no absolute http(s) URL, or has a user
 * name, a fragment, dot segments, or characters that no URL has. */
int gia__url_add_moved(gia__buf_t *out, const char *url, const char *base);

#endif
