/* When an exchange that broke is worth another one, and how long to wait before. */
#include "ops/again.h"

#include <stddef.h>

#include <gia/error.h>

enum { FIRST_PAUSE_MS = 500, DOUBLINGS = 4, MAX_RETRY_AFTER_MS = 60 * 1000 };

int gia__may_go_well_again(int code)
{
    static const int codes[] = {
        /* no connection came about */
        GIA_ERESOLVE,
        GIA_ECONNECT,
        GIA_ECONNECT_TIMEOUT,
        /* it broke, or fell silent */
        GIA_ELOST,
        GIA_ETRUNCATED,
        GIA_EIDLE_TIMEOUT,
        GIA_EFIRST_BYTE_TIMEOUT,
        /* 408 and 504, 429, 502 and 503, any other 5xx */
        GIA_EDEADLINE,
        GIA_ERATE_LIMITED,
        GIA_EUNAVAILABLE,
        GIA_ESERVER,
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (code == codes[i])
            return 1;
    }
    return 0;
}

int64_t gia__pause_before(unsigned n, int64_t retry_after_ms)
{
    int64_t pause_ms = (int64_t)FIRST_PAUSE_MS << (n - 1 < DOUBLINGS ? n - 1 : DOUBLINGS);

    if (retry_after_ms > MAX_RETRY_AFTER_MS)
        return -1;
    return pause_ms > retry_after_ms ? pause_ms : retry_after_ms;
}
