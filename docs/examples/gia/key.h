/* Finds the credential: an API key, or a bearer token. */
#ifndef PROGRAM_KEY_H
#define PROGRAM_KEY_H

#include <gia.h>

#include "options.h"

/*
 * Fills in the key or token of the file that the command line names, and everything that is still
 * missing from the environment. 0, or -1 if there is no usable credential, said on stderr. *owned
 * is what to free when the client has been made, in either case; the options must live on.
 */
int key_find(gia_config_t *config, const options_t *options, char **owned);

/* The same for who sends nothing: any credential of the kind that it would be. */
int key_assume(gia_config_t *config, const options_t *options);

#endif
