/* A file on this machine that is to be sent: whether it can be, said in the words of the command
 * line. */
#include "local_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gia.h>

#include "trouble.h"

/* What is wrong with it; NULL: nothing, and its first bytes are in `first`. A pipe must not be
 * waited for. */
static const char *look(const char *path, char *first, size_t *len)
{
    const char *trouble = NULL;
    struct stat about;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &about) != 0)
        trouble = strerror(errno);
    else if (!S_ISREG(about.st_mode))
        trouble = S_ISDIR(about.st_mode) ? "it is a folder" : "it is no regular file";
    else if ((got = read(fd, first, *len)) < 0)
        trouble = strerror(errno);
    else if (got == 0)
        trouble = "it is empty";
    else
        *len = (size_t)got;
    close(fd);
    return trouble;
}

int local_file_check(const char *option, const char *path, const char *mime_type)
{
    char first[64];
    size_t len = sizeof first;
    const char *trouble = look(path, first, &len);
    if (trouble)
        complain("%s%s: %s", option, path, trouble);
    else if (mime_type || gia_mime_guess(path, first, len))
        return 0;
    else if (*option)
        complain("%s%s: its type is unknown; say %s%s:image/png, or whatever it is", option, path,
                 option, path);
    else
        complain("%s: its type is unknown; say --mime image/png, or whatever it is", path);
    return -1;
}
