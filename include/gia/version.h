/**
 * @file gia/version.h
 * The version of the library: as it was compiled against, and as it was linked.
 */
#ifndef GIA_VERSION_H
#define GIA_VERSION_H

#include <gia/export.h>

/* meson reads these three lines: they are the only place where the version stands. */
#define GIA_VERSION_MAJOR 0
#define GIA_VERSION_MINOR 1
#define GIA_VERSION_PATCH 0

#define GIA_VERSION_STRINGIFY_(x) #x
#define GIA_VERSION_TEXT_(x)      GIA_VERSION_STRINGIFY_(x)

/** The version of these headers as text, for instance "0.1.0". */
#define GIA_VERSION_STRING                                                                         \
    GIA_VERSION_TEXT_(GIA_VERSION_MAJOR)                                                           \
    "." GIA_VERSION_TEXT_(GIA_VERSION_MINOR) "." GIA_VERSION_TEXT_(GIA_VERSION_PATCH)

/** The version of these headers as one number that grows with each release: 0x00MMmmpp. */
#define GIA_VERSION_NUMBER                                                                         \
    ((GIA_VERSION_MAJOR << 16) | (GIA_VERSION_MINOR << 8) | GIA_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Tell the version of the library that the program runs with, as #GIA_VERSION_NUMBER.
 *
 * Callable from any thread and any callback, before anything else. Cannot fail.
 */
GIA_EXTERN unsigned gia_version(void);

/**
 * Tell the version of the library that the program runs with, as text.
 *
 * The string is static. Callable from any thread and any callback. Cannot fail.
 */
GIA_EXTERN const char *gia_version_string(void);

#ifdef __cplusplus
}
#endif
#endif /* GIA_VERSION_H */
