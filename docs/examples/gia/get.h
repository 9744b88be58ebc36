/* The commands `gia get`, `gia cancel` and `gia delete`. */
#ifndef PROGRAM_GET_H
#define PROGRAM_GET_H

#include "options.h"

/* Returns the status to exit with. */
int get_run(const options_t *options);
int cancel_run(const options_t *options);
int delete_run(const options_t *options);

#endif
