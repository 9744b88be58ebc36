/* The command `gia create`. */
#ifndef PROGRAM_CREATE_H
#define PROGRAM_CREATE_H

#include "options.h"

/* Returns the status to exit with. */
int create_run(const options_t *options);

#endif
