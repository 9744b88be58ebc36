/* A clock that tests can move: waiting for a timer takes no time. */
#include "clock.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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

static int real_wait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
    return (int)syscall(SYS_epoll_pwait, fd, events, max, timeout, mask, KERNEL_SIGSET_BYTES);
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
    int count;

    if (!is_virtual || timeout <= GRACE_MS)
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
