/* Where exchanges about interactions go. */
#ifndef GIA_OPS_INTERACTION_EXCHANGE_H
#define GIA_OPS_INTERACTION_EXCHANGE_H

#include "config.h"
#include "exchange.h"

/* To .../interactions, or with an id to one of them. */
void gia__interaction_exchange_init(gia__exchange_t *exchange, const gia__mem_t *mem,
                                    const gia__settings_t *settings, const char *method,
                                    const char *id);

#endif
