/* Base64, the standard alphabet with padding (RFC 4648, section 4): bytes in any number of pieces.
 */
#ifndef GIA_CORE_BASE64_H
#define GIA_CORE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of text that `len` bytes encode to; SIZE_MAX when that does not fit. */
size_t gia__base64_encoded_size(size_t len);

typedef struct gia__base64_encoder_s {
    unsigned char carry[3];
    unsigned n; /* bytes in carry */
} gia__base64_encoder_t;

/* Encodes what makes whole groups; keeps the rest (up to 2 bytes) for the next piece.
 * `out` needs 4 * ((len + 2) / 3) bytes. Returns the bytes written. A zeroed encoder is a new one.
 */
size_t gia__base64_encode(gia__base64_encoder_t *encoder, char *out, const void *bytes, size_t len);
/* Writes the last group with its padding (0 or 4 bytes) and makes the encoder new again. */
size_t gia__base64_encode_end(gia__base64_encoder_t *encoder, char *out);

/* Decodes one whole text; missing padding is accepted, white space and other alphabets are not.
 * `out` needs len / 4 * 3 + 3 bytes and may be `text` itself. Returns 0 and sets *out_len; -1 if it
 * is not base64. */
int gia__base64_decode(void *out, size_t *out_len, const char *text, size_t len);

#endif
