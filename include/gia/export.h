/**
 * @file gia/export.h
 * Marks what the library exports. Nothing for a program to use.
 */
#ifndef GIA_EXPORT_H
#define GIA_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define GIA_EXTERN __attribute__((visibility("default")))
#else
#define GIA_EXTERN
#endif

#endif /* GIA_EXPORT_H */
