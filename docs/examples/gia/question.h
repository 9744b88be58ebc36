/* Makes the request that the command line describes. */
#ifndef PROGRAM_QUESTION_H
#define PROGRAM_QUESTION_H

#include <gia.h>

#include "options.h"

/* Reads what has to be read, standard input too. Returns the status to exit with. */
int question_fill(gia_request_t *request, const options_t *options);

#endif
