/* Where exchanges with the Files API go. */
#include "ops/file_exchange.h"

int gia__has_files(const gia_client_t *client)
{
    return client->settings.upload_path != NULL;
}

void gia__file_exchange_init(gia__exchange_t *exchange, gia_client_t *client, const char *method,
                             const char *id)
{
    gia__exchange_init(exchange, &client->mem, method, "application/json");
    gia__exchange_add_url(exchange, client->settings.origin_path);
    gia__exchange_add_url(exchange, "/files");
    if (id) {
        gia__exchange_add_url(exchange, "/");
        gia__exchange_add_url_escaped(exchange, id);
    }
}
