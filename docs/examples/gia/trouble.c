/* What the program says on stderr when something is wrong. */
#include "trouble.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    /* Much of it are a server's words, and those must not steer the terminal. */
    for (char *at = line; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    }
    /* What is on its way to the terminal comes first, so that the two do not mix. */
    fflush(stdout);
    fprintf(stderr, "gia: %s\n", line);
}
