/* Where exchanges about interactions go. */
#include "ops/interaction_exchange.h"

void gia__interaction_exchange_init(gia__exchange_t *exchange, gia_client_t *client,
                                    const char *method, const char *id)
{
    gia__exchange_init(exchange, &client->mem, method, "application/json");
    gia__exchange_add_url(exchange, client->settings.origin_path);
    gia__exchange_add_url(exchange, "/interactions");
    if (id) {
        gia__exchange_add_url(exchange, "/");
        gia__exchange_add_url_escaped(exchange, id);
    }
}
