/* What the commands about interactions share: how one is printed at the end of a call. */
#ifndef PROGRAM_ANSWER_H
#define PROGRAM_ANSWER_H

#include "run.h"

/* As command_functions_t wants it. */
void answer_done(run_t *run, const gia_result_t *result);

#endif
