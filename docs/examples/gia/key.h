/* Finds the API key. */
#ifndef PROGRAM_KEY_H
#define PROGRAM_KEY_H

#include <gia.h>

/*
 * Fills config->api_key from the file that `path` names, and everything that is still missing from
 * the environment. 0, or -1 if there is no usable key, said on stderr. *owned is what to free when
 * the client has been made, in either case.
 */
int key_find(gia_config_t *config, const char *path, char **owned);

#endif
