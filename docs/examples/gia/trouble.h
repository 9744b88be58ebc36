/* What the program says on stderr when something is wrong, and the statuses that it exits with. */
#ifndef PROGRAM_TROUBLE_H
#define PROGRAM_TROUBLE_H

/* A program ended by a signal exits with 128 plus its number: 130 for Ctrl-C. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_CREDENTIAL = 3, EXIT_SIGNAL = 128 };

#ifdef __GNUC__
__attribute__((format(printf, 1, 2)))
#endif
void complain(const char *format, ...);

#endif
