/* Where exchanges about interactions go. */
#include "ops/interaction_exchange.h"

void gia__interaction_exchange_init(gia__exchange_t *exchange, const gia__mem_t *mem,
                                    const gia__settings_t *settings, const char *method,
                                    const char *id)
{
    gia__exchange_init(exchange, mem, method, "application/json");
    gia__exchange_add_url(exchange, settings->origin_path);
    gia__exchange_add_url(exchange, "/interactions");
    if (id) {
        gia__exchange_add_url(exchange, "/");
        gia__exchange_add_url_escaped(exchange, id);
    }
}
