/* One command under way: its loop, its client, its calls. */
#ifndef PROGRAM_RUN_H
#define PROGRAM_RUN_H

#include <uv.h>

#include <gia.h>

#include "options.h"
#include "output.h"

typedef struct run_s run_t;

/* What makes a command of a run. */
typedef struct {
    /* Starts the call: run->call, with run_options(). Returns the status to exit with. */
    int (*start)(run_t *run);
    /* Prints how it ended, and sets run->status. May start the next call, likewise. */
    void (*done)(run_t *run, const gia_result_t *result);
} command_functions_t;

struct run_s {
    const options_t *options;
    command_functions_t command;
    uv_loop_t loop;
    uv_signal_t interrupt;
    uv_signal_t terminate;
    gia_client_t *client;
    gia_call_t *call;
    output_t output;
    int signal; /* the one that ended the call; 0 if none did */
    int status;
};

/* Makes the client, starts the call, lets the loop run. Returns the status to exit with. */
int run_command(const options_t *options, const command_functions_t *command);

/* The options that each call of a run is started with. */
gia_call_options_t run_options(run_t *run);

/* Cancels, once stdout is gone. */
void run_stop_writing(run_t *run);

/* The settings that the command line gives; the key and the environment are key_find()'s. */
void run_fill_config(gia_config_t *config, const options_t *options);

#endif
