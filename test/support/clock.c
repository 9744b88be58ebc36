/* A clock that tests can move: waiting for a timer takes no time. */
#include "clock.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

/* Loopback delivers at once, but a process may be scheduled away between two writes. */
enum { GRACE_MS = 1 };
#define KERNEL_SIGSET_BYTES ((size_t)8)

static int is_virtual;
static uint64_t offset_ns;

void clock_virtual(int on)
{
    is_virtual = on;
}

void clock_advance(uint64_t ms)
{
    offset_ns += ms * 1000000;
}

int clock_gettime(clockid_t id, struct timespec *now);
int clock_gettime(clockid_t id, struct timespec *now)
{
    int rc = (int)syscall(SYS_clock_gettime, id, now);

    if (rc == 0 && (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE)) {
        uint64_t ns = (uint64_t)now->tv_nsec + offset_ns % 1000000000;
        now->tv_sec += (time_t)(offset_ns / 1000000000 + ns / 1000000000);
        now->tv_nsec = (long)(ns % 1000000000);
    }
    return rc;
}

/* -- work of the loop's thread pool: threads live in real time, so the clock waits for them -- */

typedef int (*queue_work_fn)(uv_loop_t *loop, uv_work_t *request, uv_work_cb work,
                             uv_after_work_cb after);

/* One under way, and what libuv was really asked for. */
typedef struct job_s {
    struct job_s *next;
    uv_work_t *request;
    uv_after_work_cb after;
} job_t;

static job_t *jobs;

static void job_done(uv_work_t *request, int status)
{
    job_t **link, *job;
    uv_after_work_cb after;

    for (link = &jobs; (*link)->request != request; link = &(*link)->next)
        ;
    job = *link;
    after = job->after;
    *link = job->next;
    free(job);
    after(request, status);
}

int uv_queue_work(uv_loop_t *loop, uv_work_t *request, uv_work_cb work, uv_after_work_cb after)
{
    queue_work_fn real;
    job_t *job;
    int rc;

    *(void **)&real = dlsym(RTLD_NEXT, "uv_queue_work");
    job = malloc(sizeof(*job));
    if (!real || !job)
        abort();
    rc = real(loop, request, work, job_done);
    if (rc != 0) {
        free(job);
        return rc;
    }
    *job = (job_t){.next = jobs, .request = request, .after = after};
    jobs = job;
    return 0;
}

static int real_wait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
    return (int)syscall(SYS_epoll_pwait, fd, events, max, timeout, mask, KERNEL_SIGSET_BYTES);
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
    int count;

    if (!is_virtual || timeout <= GRACE_MS || jobs)
        return real_wait(fd, events, max, timeout, mask);
    count = real_wait(fd, events, max, GRACE_MS, mask);
    if (count == 0)
        clock_advance((uint64_t)timeout - GRACE_MS);
    return count;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
    return epoll_pwait(fd, events, max, timeout, NULL);
}
