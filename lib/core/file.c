/* Looking at a file before it is sent, and reading it if it is still the same. */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gia/error.h>

/* Should a pipe have taken its place, nobody must wait for the other end. */
#define HOW_TO_OPEN (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* Our own words, for strerror() speaks the program's language and shares one buffer. */
static const char *describe(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR: return "there is no such file";
    case EACCES:
    case EPERM: return "there is no permission to read the file";
    case ELOOP: return "too many symbolic links lead to the file";
    case ENAMETOOLONG: return "the path of the file is too long";
    case EMFILE:
    case ENFILE: return "too many files are open to read one more";
    case EOVERFLOW: return "the file is too large for this system";
    default: return "the file cannot be read";
    }
}

/* NULL if it is one that can be sent. */
static const char *find_fault(const struct stat *status)
{
    if (S_ISDIR(status->st_mode))
        return "a directory is not a file";
    if (!S_ISREG(status->st_mode))
        return "this is no regular file";
    return status->st_size > 0 ? NULL : "the file is empty";
}

static void take_mark(gia__file_mark_t *mark, const struct stat *status)
{
    *mark = (gia__file_mark_t){
        .size = (uint64_t)status->st_size,
        .device = (uint64_t)status->st_dev,
        .inode = (uint64_t)status->st_ino,
        .modified_s = status->st_mtim.tv_sec,
        .modified_ns = status->st_mtim.tv_nsec,
    };
}

static const char *look_into(gia__file_look_t *look, int file)
{
    struct stat status;
    const char *fault;
    ssize_t n;

    if (fstat(file, &status) != 0)
        return describe(errno);
    fault = find_fault(&status);
    if (fault)
        return fault;
    do {
        n = read(file, look->first, sizeof(look->first));
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return describe(errno);
    look->first_len = (size_t)n;
    take_mark(&look->mark, &status);
    return NULL;
}

int gia__file_look(gia__file_look_t *look, const char *path, const char **reason)
{
    struct stat status;
    int file;

    /* First without opening: that alone can rewind a tape or wake who waits at a pipe. */
    *reason = stat(path, &status) == 0 ? find_fault(&status) : describe(errno);
    if (*reason)
        return GIA_EFILE;
    file = open(path, HOW_TO_OPEN);
    *reason = file < 0 ? describe(errno) : look_into(look, file);
    if (file >= 0)
        close(file);
    return *reason ? GIA_EFILE : GIA_OK;
}

/* In a few words; NULL: nothing. */
static const char *find_change(const gia__file_mark_t *mark, const struct stat *now)
{
    if ((uint64_t)now->st_dev != mark->device || (uint64_t)now->st_ino != mark->inode)
        return "another file has taken its place";
    if ((uint64_t)now->st_size != mark->size)
        return "its size has changed";
    if (now->st_mtim.tv_sec != mark->modified_s || now->st_mtim.tv_nsec != mark->modified_ns)
        return "it was modified";
    return NULL;
}

int gia__file_is_same(int file, const gia__file_mark_t *mark, gia__file_trouble_t *trouble)
{
    struct stat now;

    if (fstat(file, &now) != 0) {
        trouble->error = errno;
        return 0;
    }
    trouble->change = find_change(mark, &now);
    return !trouble->change;
}

int gia__file_open(const char *path, const gia__file_mark_t *mark, gia__file_trouble_t *trouble)
{
    int file = open(path, HOW_TO_OPEN);

    if (file >= 0 && gia__file_is_same(file, mark, trouble))
        return file;
    if (file >= 0)
        close(file);
    else if (errno == ENOENT || errno == ENOTDIR)
        trouble->change = "it is gone";
    else
        trouble->error = errno;
    return -1;
}

int gia__file_read_at(int file, char *bytes, size_t len, uint64_t offset,
                      gia__file_trouble_t *trouble)
{
    size_t done = 0;

    while (done < len) {
        ssize_t count = pread(file, bytes + done, len - done, (off_t)(offset + done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            trouble->error = errno;
        if (count == 0)
            trouble->change = "it has become shorter";
        if (count <= 0)
            return 0;
        done += (size_t)count;
    }
    return 1;
}
