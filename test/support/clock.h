/* A clock that tests can move: waiting for a timer takes no time.
 *
 * Replaces clock_gettime and epoll_wait for the whole test program, libuv and libcurl included, so
 * that the library needs no seam. Works where client and server share one loop: when nothing is
 * readable, the only thing left to wait for is a timer, so the clock jumps to it. Work of the
 * loop's thread pool is waited for in real time; but do not use host names, for libcurl's resolver
 * threads are not seen.
 */
#ifndef TEST_CLOCK_H
#define TEST_CLOCK_H

#include <stdint.h>

void clock_virtual(int on);      /* off at the start of a program */
void clock_advance(uint64_t ms); /* as if the program had been busy for so long */

#endif
