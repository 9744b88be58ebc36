/* Prints a request instead of sending it. */
#ifndef PROGRAM_DRY_RUN_H
#define PROGRAM_DRY_RUN_H

#include <gia.h>

#include "options.h"

/* Returns the status to exit with. */
int dry_run(const gia_request_t *request, const options_t *options);

#endif
