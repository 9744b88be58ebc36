/*
 * Reads a whole file into memory, before the loop runs: nothing else is going on then, so that
 * blocking does no harm and Ctrl-C simply ends the program.
 */
#include "read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trouble.h"

/* 1: there may be more. 0: the end. -1: errno says why. */
static int read_some(int fd, char **text, size_t *len, size_t *capacity)
{
    ssize_t got;
    if (*len == *capacity) {
        size_t more = *capacity ? *capacity * 2 : 65536;
        char *bigger = realloc(*text, more + 1);
        if (!bigger)
            return -1;
        *text = bigger;
        *capacity = more;
    }
    do {
        got = read(fd, *text + *len, *capacity - *len);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return -1;
    *len += (size_t)got;
    return got > 0;
}

char *read_file(const char *path, size_t limit, size_t *len)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    int fd = name == path ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    char *text = NULL;
    size_t capacity = 0;
    int state = fd < 0 ? -1 : 1;

    *len = 0;
    while (state > 0 && *len <= limit)
        state = read_some(fd, &text, len, &capacity);
    if (state < 0)
        complain("cannot read %s: %s", name, strerror(errno));
    else if (*len > limit)
        complain("%s is larger than %zu bytes", name, limit);
    else if (memchr(text, '\0', *len))
        complain("%s holds a NUL byte: it is not text", name);
    else
        text[*len] = '\0';
    if (fd > STDERR_FILENO)
        close(fd);
    if (state == 0 && *len <= limit && !memchr(text, '\0', *len))
        return text;
    free(text);
    return NULL;
}
