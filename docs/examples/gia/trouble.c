/* What the program says on stderr when something is wrong. */
#include "trouble.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...)
{
    va_list arguments;
    /* What is on its way to the terminal comes first, so that the two do not mix. */
    fflush(stdout);
    fputs("gia: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
