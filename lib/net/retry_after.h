/* How long a server asks to wait: the values of Retry-After and retry-after-ms. Pure. */
#ifndef GIA_NET_RETRY_AFTER_H
#define GIA_NET_RETRY_AFTER_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds from a Retry-After value (RFC 9110, 10.2.3: seconds, fractions accepted, or a date,
 * of which the time before `now`, in seconds since 1970, counts as 0); -1 if it is neither. At most
 * 24 hours. */
int64_t gia__retry_after_parse(const char *value, size_t len, int64_t now);

/* The same from retry-after-ms. */
int64_t gia__retry_after_ms_parse(const char *value, size_t len);

#endif
