/* What a service says about an error, without what must not be told. */
#include "ops/service_error.h"

#include <string.h>

#include <gia/error.h>

static int redact(const char **text, const gia_client_t *client, gia__arena_t *arena)
{
    size_t len;

    if (!*text)
        return GIA_OK;
    len = strlen(*text);
    *text = gia__settings_redact(&client->settings, arena, (char *)(uintptr_t)*text, &len);
    return *text ? GIA_OK : GIA_ENOMEM;
}

int gia__ops_read_error(gia__service_error_t *error, gia_client_t *client, gia__arena_t *arena,
                        char *body, size_t len, const gia__json_limits_t *limits)
{
    int rc;

    if (len && !(body = gia__settings_redact(&client->settings, arena, body, &len)))
        return GIA_ENOMEM;
    rc = gia__service_error_read(error, arena, body, len, limits);
    /* Once more, because escapes may have hidden it. */
    if (rc == GIA_OK)
        rc = redact(&error->code, client, arena);
    if (rc == GIA_OK)
        rc = redact(&error->message, client, arena);
    return rc;
}

void gia__ops_tell_error(const gia__service_error_t *error, gia_result_t *result)
{
    result->service_code = error->code;
    result->service_message = error->message;
    result->service_error = error->json;
    if (result->retry_after_ms < 0)
        result->retry_after_ms = error->retry_delay_ms;
}
