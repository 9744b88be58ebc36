/* The files of one request body: their bytes in order, read by the loop's thread pool a chunk ahead
 * of whoever takes them. */
#include "net/file_reader.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gia/error.h>

#include "core/file.h"

enum { CHUNKS = 2, MAX_PATH_IN_MESSAGE = 300 };

/* One trip to the thread pool. While it is under way it belongs to the thread, and nothing that is
 * borrowed is in it: the owner may leave before it comes back. */
typedef struct job_s {
    uv_work_t work;
    char path[PATH_MAX];
    gia__file_mark_t mark;
    int fd; /* -1: still to be opened, or closed again */
    char *bytes;
    size_t len;
    uint64_t offset;
    int last;                    /* of its piece */
    gia__file_trouble_t trouble; /* the result */
} job_t;

struct gia__file_reader_s {
    const gia__mem_t *mem;
    gia__multi_t *multi;
    const gia__pieces_t *pieces;
    void (*on_ready)(void *data);
    void *data;
    size_t piece;      /* that the next job reads from */
    uint64_t position; /* in that piece */
    size_t chunk_bytes;
    gia__file_chunk_t chunks[CHUNKS];
    unsigned first, ready; /* `ready` chunks from `first` on are there to be taken */
    int running;           /* a job is under way */
    int awaited;           /* next had nothing */
    int closed;
    int code;
    char message[MAX_PATH_IN_MESSAGE + 100];
    job_t job;
    char bytes[]; /* of the chunks */
};

/* -- on a thread of the pool -- */

static int open_file(job_t *job)
{
    job->fd = gia__file_open(job->path, &job->mark, &job->trouble);
    return job->fd >= 0;
}

static void close_file(job_t *job)
{
    if (job->fd >= 0)
        close(job->fd);
    job->fd = -1;
}

static void run_job(uv_work_t *work)
{
    job_t *job = work->data;
    int ok = (job->fd >= 0 || open_file(job)) &&
             gia__file_read_at(job->fd, job->bytes, job->len, job->offset, &job->trouble) &&
             (!job->last || gia__file_is_same(job->fd, &job->mark, &job->trouble));

    if (!ok || job->last)
        close_file(job);
}

/* -- on the loop -- */

static void start_job(gia__file_reader_t *reader);

static void free_reader(gia__file_reader_t *reader)
{
    gia__multi_t *multi = reader->multi;

    close_file(&reader->job);
    gia__mem_free(reader->mem, reader);
    gia__multi_release(multi); /* may free whose memory this was */
}

/* Long paths lose their beginning, which says least. */
static void fail(gia__file_reader_t *reader, const char *path, const gia__file_trouble_t *trouble)
{
    size_t len = strlen(path);
    const char *tail = len > MAX_PATH_IN_MESSAGE ? path + len - MAX_PATH_IN_MESSAGE : path;

    while (((unsigned char)*tail & 0xc0) == 0x80)
        tail++;
    reader->code = trouble->change ? GIA_EFILE_CHANGED : GIA_EFILE;
    snprintf(reader->message, sizeof(reader->message), "%s%s: %s",
             tail > path ? "\xe2\x80\xa6" : "", tail,
             trouble->change ? trouble->change
                             : uv_strerror(uv_translate_sys_error(trouble->error)));
}

static void job_came_back(uv_work_t *work, int status)
{
    job_t *job = work->data;
    gia__file_reader_t *reader =
        (gia__file_reader_t *)(void *)((char *)job - offsetof(gia__file_reader_t, job));

    reader->running = 0;
    if (reader->closed) {
        free_reader(reader);
        return;
    }
    if (job->trouble.error || job->trouble.change)
        fail(reader, job->path, &job->trouble);
    else
        reader->ready++;
    start_job(reader);
    if (!reader->awaited)
        return;
    reader->awaited = 0;
    reader->on_ready(reader->data);
}

/* Reads on if there is something left to read, and room for it. */
static void start_job(gia__file_reader_t *reader)
{
    const gia__pieces_t *pieces = reader->pieces;
    gia__file_chunk_t *chunk = &reader->chunks[(reader->first + reader->ready) % CHUNKS];
    job_t *job = &reader->job;
    const gia__piece_t *piece;

    while (reader->piece < pieces->count && pieces->items[reader->piece].kind != GIA__PIECE_FILE)
        reader->piece++;
    if (reader->piece == pieces->count || reader->running || reader->code ||
        reader->ready == CHUNKS)
        return;

    piece = &pieces->items[reader->piece];
    if (reader->position == 0) {
        size_t path_len = strlen(piece->path);
        if (path_len >= sizeof(job->path)) {
            fail(reader, piece->path, &(gia__file_trouble_t){.error = ENAMETOOLONG});
            return;
        }
        memcpy(job->path, piece->path, path_len + 1);
        job->mark = piece->mark;
    }
    chunk->len = reader->chunk_bytes;
    if (chunk->len > piece->len - reader->position)
        chunk->len = (size_t)(piece->len - reader->position);
    job->bytes = chunk->bytes;
    job->len = chunk->len;
    job->offset = piece->offset + reader->position;
    reader->position += chunk->len;
    chunk->last = job->last = reader->position == piece->len;
    if (chunk->last) {
        reader->piece++;
        reader->position = 0;
    }
    reader->running = 1;
    uv_queue_work(gia__multi_loop(reader->multi), &job->work, run_job, job_came_back);
}

int gia__file_reader_new(gia__file_reader_t **out, const gia__mem_t *mem, gia__multi_t *multi,
                         const gia__pieces_t *pieces, void (*on_ready)(void *data), void *data)
{
    gia__file_reader_t *reader;
    size_t chunk_bytes = 0;

    for (size_t i = 0; i < pieces->count; i++) {
        if (pieces->items[i].kind == GIA__PIECE_FILE && pieces->items[i].len > chunk_bytes)
            chunk_bytes = pieces->items[i].len < GIA__FILE_CHUNK_BYTES
                              ? (size_t)pieces->items[i].len
                              : GIA__FILE_CHUNK_BYTES;
    }
    reader = gia__mem_alloc(mem, sizeof(*reader) + CHUNKS * chunk_bytes);
    if (!reader)
        return GIA_ENOMEM;
    memset(reader, 0, sizeof(*reader));
    reader->mem = mem;
    reader->multi = multi;
    reader->pieces = pieces;
    reader->on_ready = on_ready;
    reader->data = data;
    reader->chunk_bytes = chunk_bytes;
    for (size_t i = 0; i < CHUNKS; i++)
        reader->chunks[i].bytes = reader->bytes + i * chunk_bytes;
    reader->job.work.data = &reader->job;
    reader->job.fd = -1;
    gia__multi_hold(multi);
    *out = reader;
    return GIA_OK;
}

void gia__file_reader_close(gia__file_reader_t *reader)
{
    if (!reader)
        return;
    reader->closed = 1;
    if (reader->running)
        uv_cancel((uv_req_t *)&reader->job.work); /* in vain if a thread has it already */
    else
        free_reader(reader);
}

const gia__file_chunk_t *gia__file_reader_next(gia__file_reader_t *reader)
{
    if (reader->ready == 0)
        start_job(reader);
    reader->awaited = reader->ready == 0;
    return reader->ready ? &reader->chunks[reader->first] : NULL;
}

void gia__file_reader_drop(gia__file_reader_t *reader)
{
    reader->first = (reader->first + 1) % CHUNKS;
    reader->ready--;
    start_job(reader);
}

int gia__file_reader_error(const gia__file_reader_t *reader, const char **message)
{
    *message = reader->message;
    return reader->code;
}
