/* Saves the images, audio, video and documents of an answer. */
#ifndef PROGRAM_MEDIA_H
#define PROGRAM_MEDIA_H

#include <gia.h>

#include "output.h"

/* 0, or -1 if files cannot be made there, said on stderr. NULL is fine: nothing is to be saved. */
int media_check_folder(const char *folder);

/*
 * Saves what came inline, as output-0.png and so on by the index of the output, and prints the
 * paths: to stdout beside text, else to stderr. Returns the status to exit with.
 */
int media_save(output_t *output, const gia_interaction_t *interaction, const char *folder);

#endif
