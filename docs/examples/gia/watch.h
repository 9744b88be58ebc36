/* The command `gia watch`, and how a run in the background is waited for. */
#ifndef PROGRAM_WATCH_H
#define PROGRAM_WATCH_H

#include "run.h"

/* What the command line says about waiting; where the run stands is told on stderr. */
gia_watch_options_t watch_options(const options_t *options);

/* As command_functions_t wants it: says how to wait on for a run that goes on. */
void watch_done(run_t *run, const gia_result_t *result);

/* Returns the status to exit with. */
int watch_run(const options_t *options);

#endif
