/* When an exchange that broke is worth another one, and how long to wait before. Pure.
 *
 * For exchanges that may be repeated: never for a create. */
#ifndef GIA_OPS_AGAIN_H
#define GIA_OPS_AGAIN_H

#include <stdint.h>

/* Whether what ended with this code may go well the next time. */
int gia__may_go_well_again(int code);

/* Milliseconds before the n-th try in a row (from 1), at least what the service asks for
 * (`retry_after_ms`, -1: nothing); -1 if that is too long to wait for. */
int64_t gia__pause_before(unsigned n, int64_t retry_after_ms);

#endif
