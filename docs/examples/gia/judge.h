/* What the end of a call means for the person who asked. */
#ifndef PROGRAM_JUDGE_H
#define PROGRAM_JUDGE_H

#include <gia.h>

#include "output.h"

/*
 * Says what went wrong, if anything did; `signal` is the one that ended the call, or 0. Returns the
 * status to exit with.
 */
int judge_result(const gia_result_t *result, int signal);

/* The same for an interaction that has come: the run behind it can have failed. */
int judge_interaction(const output_t *output, const gia_interaction_t *interaction);

/* Says why nothing was started. Returns the status to exit with; EXIT_DONE for GIA_OK. */
int judge_start(int code, const char *message);

/* The same, where all that can be wrong is the id or name that was given. */
int judge_target(int code);

#endif
