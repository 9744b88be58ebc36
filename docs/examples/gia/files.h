/* The commands `gia files …`. */
#ifndef PROGRAM_FILES_H
#define PROGRAM_FILES_H

#include "options.h"

/* Returns the status to exit with. */
int files_run(const options_t *options);

#endif
