/* A file on this machine that is to be sent. */
#ifndef PROGRAM_LOCAL_FILE_H
#define PROGRAM_LOCAL_FILE_H

/*
 * 0, or -1 for a file that cannot be sent, said on stderr: behind `option` ("--file "), for which
 * an empty text stands where the path needs no option. The library looks at it, too, but does not
 * know what the command line calls things. `mime_type` is what it was said to be, or NULL: then it
 * must be possible to guess.
 */
int local_file_check(const char *option, const char *path, const char *mime_type);

#endif
