/**
 * @file gia/mime.h
 * MIME types: which one a file has, and what such a file is usually called.
 *
 * Nothing here allocates, fails or calls back; all of it is callable from any thread and callback.
 */
#ifndef GIA_MIME_H
#define GIA_MIME_H

#include <stddef.h>

#include <gia/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The MIME type that gia would guess for a file name and its first bytes (either may be NULL);
 * NULL if it cannot tell. Static. */
GIA_EXTERN const char *gia_mime_guess(const char *path, const void *bytes, size_t len);

/** The usual file name extension for a MIME type, without the dot: "png"; "bin" for unknown and
 * NULL. Static. */
GIA_EXTERN const char *gia_mime_extension(const char *mime_type);

#ifdef __cplusplus
}
#endif
#endif /* GIA_MIME_H */
