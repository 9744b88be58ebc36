/* MIME types: what a file is, told by its name or its first bytes, and what to call it. Pure. */
#ifndef GIA_WIRE_MIME_H
#define GIA_WIRE_MIME_H

#include <stddef.h>

#include <gia/interaction.h>
#include <gia/mime.h>

/* Whether it is a type, a slash and a subtype, perhaps with parameters behind a semicolon; nothing
 * that a header cannot have. */
int gia__mime_is_type(const char *text);

/* The MIME type of these first bytes (static), or NULL. Texts cannot be told from one another. */
const char *gia__mime_of_bytes(const void *bytes, size_t len);

/* image, audio or video by the part before the slash; document for the rest. */
gia_content_type_t gia__mime_content_type(const char *mime_type);

#endif
