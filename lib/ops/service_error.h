/* What a service says about an error, without what must not be told. */
#ifndef GIA_OPS_SERVICE_ERROR_H
#define GIA_OPS_SERVICE_ERROR_H

#include <gia/call.h>

#include "client.h"
#include "wire/error_body.h"

/* gia__service_error_read() with the client's credential, which some services repeat, redacted
 * before and after. `body` may be written over and must live as long as *error. GIA_OK or
 * GIA_ENOMEM. */
int gia__ops_read_error(gia__service_error_t *error, gia_client_t *client, gia__arena_t *arena,
                        char *body, size_t len, const gia__json_limits_t *limits);

/* Hands it on in the result; its code and message are left to the caller. */
void gia__ops_tell_error(const gia__service_error_t *error, gia_result_t *result);

#endif
