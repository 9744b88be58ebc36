/* What the commands about interactions share: how one is printed at the end of a call. */
#ifndef PROGRAM_INTERACTION_H
#define PROGRAM_INTERACTION_H

#include "run.h"

/* As command_functions_t wants it. */
void interaction_done(run_t *run, const gia_result_t *result);

#endif
