/*
 * Writes to stdout and remembers the first trouble. stdio collects the pieces of a line; each event
 * ends with a flush, so that a reader sees it at once.
 *
 * The writes block: when the reader is slow, the loop stands still, libcurl reads no more, and the
 * server is slowed down. A program that does more than this would use gia_call_pause().
 */
#include "writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trouble.h"

void writer_put(writer_t *out, const char *bytes, size_t len)
{
    if (out->error || len == 0)
        return;
    if (fwrite(bytes, 1, len, stdout) != len)
        out->error = errno ? errno : EIO;
    out->mid_line = bytes[len - 1] != '\n';
}

void writer_text(writer_t *out, const char *text)
{
    writer_put(out, text, strlen(text));
}

int writer_flush(writer_t *out)
{
    if (!out->error && fflush(stdout) != 0)
        out->error = errno ? errno : EIO;
    return out->error ? -1 : 0;
}

void writer_complain(const writer_t *out)
{
    if (out->error != EPIPE)
        complain("cannot write to standard output: %s", strerror(out->error));
}
