/* UTF-8 checking by the Unicode standard: no overlong forms, no surrogates, nothing past U+10FFFF.
 */
#ifndef GIA_JSON_UTF8_H
#define GIA_JSON_UTF8_H

#include <stddef.h>

/* The bytes from the start that are valid UTF-8 and end with a whole character: `len` if all of it
 * is. */
size_t gia__utf8_valid(const char *text, size_t len);

#endif
