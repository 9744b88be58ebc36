/* Where exchanges with the Files API go. */
#ifndef GIA_OPS_FILE_EXCHANGE_H
#define GIA_OPS_FILE_EXCHANGE_H

#include "client.h"
#include "exchange.h"

/* Whether the service that the client talks to has files. */
int gia__has_files(const gia_client_t *client);

/* To .../files, or with an id to one of them. */
void gia__file_exchange_init(gia__exchange_t *exchange, gia_client_t *client, const char *method,
                             const char *id);

#endif
