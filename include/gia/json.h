/**
 * @file gia/json.h
 * Reading decoded JSON: what the library hands out for everything it has no own name for.
 *
 * Every `gia_json_t` belongs to the object that it was obtained from (an event, an interaction, a
 * result) and dies with it. Every function here accepts NULL and treats it as an absent value, so
 * that look-ups can be chained without checks. Nothing here allocates, fails or calls back; all of
 * it is callable from any callback.
 */
#ifndef GIA_JSON_H
#define GIA_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <gia/allocator.h>
#include <gia/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One value of a decoded JSON document. */
typedef struct gia_json_s gia_json_t;

/** The type of a value. */
typedef enum gia_json_type_e {
    GIA_JSON_ABSENT = 0, /**< there is no such value (the pointer was NULL) */
    GIA_JSON_NULL,
    GIA_JSON_BOOLEAN,
    GIA_JSON_NUMBER,
    GIA_JSON_STRING,
    GIA_JSON_ARRAY,
    GIA_JSON_OBJECT
} gia_json_type_t;

/** The type of `value`; #GIA_JSON_ABSENT for NULL. */
GIA_EXTERN gia_json_type_t gia_json_type(const gia_json_t *value);

/** The number of elements of an array or members of an object; 0 for anything else. */
GIA_EXTERN size_t gia_json_count(const gia_json_t *value);

/** Element `index` of an array, or the value of member `index` of an object; NULL if none. */
GIA_EXTERN const gia_json_t *gia_json_at(const gia_json_t *value, size_t index);

/**
 * The name of member `index` of an object; NULL if there is none.
 *
 * NUL-terminated; *len (may be NULL) gets its bytes, for a name can hold NUL.
 */
GIA_EXTERN const char *gia_json_name_at(const gia_json_t *value, size_t index, size_t *len);

/** The member `name` of an object; NULL if none. Of equal names the last one counts. */
GIA_EXTERN const gia_json_t *gia_json_get(const gia_json_t *value, const char *name);

/**
 * The value at a JSON pointer (RFC 6901), for instance "/usage/total_tokens" or "/steps/0/type".
 * The empty pointer is the value itself; NULL if there is nothing or the pointer is malformed.
 */
GIA_EXTERN const gia_json_t *gia_json_pointer(const gia_json_t *value, const char *pointer);

/**
 * The decoded text of a string; NULL if `value` is not a string.
 *
 * Valid UTF-8, NUL-terminated; *len (may be NULL) gets its bytes, for a string can hold NUL.
 */
GIA_EXTERN const char *gia_json_string(const gia_json_t *value, size_t *len);

/**
 * The value as a 64-bit integer; `otherwise` if it is not one.
 *
 * A string of digits counts too (the service writes some integers so), a fraction of zero and an
 * exponent are accepted, and what does not fit into 64 bits is `otherwise`.
 */
GIA_EXTERN int64_t gia_json_int64(const gia_json_t *value, int64_t otherwise);

/** The value as a double, whatever the program's locale; `otherwise` if it is not a number. */
GIA_EXTERN double gia_json_double(const gia_json_t *value, double otherwise);

/** 1 for true, 0 for false, `otherwise` if the value is not a boolean. */
GIA_EXTERN int gia_json_boolean(const gia_json_t *value, int otherwise);

/**
 * The bytes of the value as they stood in the document, escapes, spaces and number text included.
 *
 * Not NUL-terminated; *len gets the bytes. NULL (and 0) only for NULL.
 */
GIA_EXTERN const char *gia_json_raw(const gia_json_t *value, size_t *len);

/** A JSON text that was decoded for its own sake. */
typedef struct gia_document_s gia_document_t;

/** Why a text is not JSON. */
typedef struct gia_json_error_s {
    size_t offset; /**< the byte at which it stopped being JSON; the length if it ended too soon */
    char message[160]; /**< one line of English */
} gia_json_error_t;

/**
 * Decode a JSON text; nothing lenient: one value, and white space around it.
 *
 * On #GIA_OK *out is yours to free with gia_document_free(). Otherwise it is untouched: #GIA_EJSON,
 * #GIA_EJSON_TOO_DEEP (more than 128 levels), #GIA_ENOMEM, #GIA_EINVAL (out or text NULL). `error`
 * may be NULL. `allocator` may be NULL: the C library's.
 */
GIA_EXTERN int gia_document_parse(gia_document_t **out, const char *text, size_t len,
                                  const gia_allocator_t *allocator, gia_json_error_t *error);

/** The value of a document; lives as long as it. */
GIA_EXTERN const gia_json_t *gia_document_root(const gia_document_t *document);

/** Free a document. NULL is ignored. */
GIA_EXTERN void gia_document_free(gia_document_t *document);

#ifdef __cplusplus
}
#endif
#endif /* GIA_JSON_H */
