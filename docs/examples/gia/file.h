/* The commands `gia files …`. */
#ifndef PROGRAM_FILE_H
#define PROGRAM_FILE_H

#include "options.h"

/* Returns the status to exit with. */
int file_run(const options_t *options);

#endif
