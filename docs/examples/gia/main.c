/*
 * gia: the Gemini Interactions API on the command line, made of libuv and gia's public headers
 * alone. This file finds the command; each command has a file of its own.
 */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "create.h"
#include "file.h"
#include "get.h"
#include "options.h"
#include "trouble.h"
#include "watch.h"

/*
 * A program may be started without its standard files; then the next socket would get their number,
 * and the answer would be written into it. The directions are reversed so that using them fails.
 */
static void occupy_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_FAILED);
    }
}

static int run(const options_t *options)
{
    switch (options->command) {
    case COMMAND_CREATE: return create_run(options);
    case COMMAND_GET: return get_run(options);
    case COMMAND_WATCH: return watch_run(options);
    case COMMAND_CANCEL: return cancel_run(options);
    case COMMAND_DELETE: return delete_run(options);
    default: return file_run(options);
    }
}

int main(int count, char **arguments)
{
    options_t options;
    int status;

    occupy_standard_files();
    /* A reader that has gone is an error of write() then; and TLS libraries can raise it too. */
    signal(SIGPIPE, SIG_IGN);
    status = options_read(&options, count, arguments);
    if (status < 0)
        status = run(&options);
    options_free(&options);
    return status;
}
