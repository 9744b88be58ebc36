/* Media out of an answer: decoded into memory, or into a file. */
#include <gia/content.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base64.h"
#include "core/mem.h"

/* Base64 characters in a piece; whole groups of four. */
enum { PIECE = 16 * 1024 };

static int has_data(const gia_content_t *content)
{
    return content && content->data && content->data_len;
}

int gia_content_decode(const gia_content_t *content, const gia_allocator_t *allocator, void **bytes,
                       size_t *len)
{
    gia__mem_t mem = gia__mem_init(allocator);
    size_t decoded_len;
    void *decoded;

    if (!has_data(content) || !bytes || !len)
        return GIA_EINVAL;
    decoded = gia__mem_alloc(&mem, content->data_len / 4 * 3 + 3);
    if (!decoded)
        return GIA_ENOMEM;
    if (gia__base64_decode(decoded, &decoded_len, content->data, content->data_len) != 0) {
        gia__mem_free(&mem, decoded);
        return GIA_EBASE64;
    }
    *bytes = decoded;
    *len = decoded_len;
    return GIA_OK;
}

/* ---- files ---- */

/* Opens a new file in the folder of `path`, for rename works within a file system only. Its name
 * says nothing of `path`, so that it is never too long where that is not. */
static int open_beside(const char *path, char *name, size_t size)
{
    static atomic_uint count;
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash ? (size_t)(slash - path) + 1 : 0;
    int file, len;

    if (folder_len >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    do {
        len = snprintf(name, size, "%.*s.gia-%ld-%u.part", (int)folder_len, path, (long)getpid(),
                       atomic_fetch_add(&count, 1));
        if (len < 0 || (size_t)len >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (file < 0 && errno == EEXIST);
    return file;
}

static int write_all(int file, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(file, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return GIA_EFILE;
        bytes += n;
        len -= (size_t)n;
    }
    return GIA_OK;
}

static int write_decoded(int file, const gia_content_t *content)
{
    char bytes[PIECE / 4 * 3 + 3];
    size_t at, len, decoded_len;
    int rc = GIA_OK;

    for (at = 0; at < content->data_len && rc == GIA_OK; at += len) {
        len = content->data_len - at < PIECE ? content->data_len - at : PIECE;
        if (gia__base64_decode(bytes, &decoded_len, content->data + at, len) != 0)
            return GIA_EBASE64;
        /* Padding ends the data, not a piece of it. */
        if (at + len < content->data_len && decoded_len != PIECE / 4 * 3)
            return GIA_EBASE64;
        rc = write_all(file, bytes, decoded_len);
    }
    return rc;
}

/* So that the new name outlives a power failure, too. Not every file system can, and the file is
 * there: what goes wrong here is nobody's error. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";
    int file;

    if (slash) /* of a path that has just been used: there is room */
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path);
    file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync(file);
    close(file);
}

int gia_content_save(const gia_content_t *content, const char *path)
{
    char name[PATH_MAX];
    int file, rc, why;

    if (!has_data(content) || !path)
        return GIA_EINVAL;
    file = open_beside(path, name, sizeof(name));
    if (file < 0)
        return GIA_EFILE;
    rc = write_decoded(file, content);
    if (rc == GIA_OK && (fsync(file) != 0 || rename(name, path) != 0))
        rc = GIA_EFILE;
    why = errno;
    close(file);
    if (rc == GIA_OK)
        sync_folder(path);
    else
        unlink(name);
    errno = why;
    return rc;
}
