/* Loaded before the C library: clocks that are off by what two numbers in a file say (nanoseconds), and waits that know it.
   Read anew at every question, so that the test may turn the clock of a process that runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#define SECOND 1000000000LL
static const int64_t none[2] = {0, 0};

static const volatile int64_t *offsets(void) {
    static const volatile int64_t *found;
    if (!found) {
        int file = open(getenv("WXSVC_TEST_CLOCK"), O_RDONLY);
        void *place = file < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0);
        found = place == MAP_FAILED ? none : place;
    }
    return found;
}

static int64_t offset(clockid_t clock) {
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) return offsets()[0];
    if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE) return offsets()[1];
    return 0;
}

static struct timespec moved(const struct timespec *from, int64_t by) {
    int64_t all = from->tv_sec * SECOND + from->tv_nsec + by;
    struct timespec to = {all / SECOND, all % SECOND};
    return to;
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int failed = real(clock, now);
    if (!failed) *now = moved(now, offset(clock));
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now) *now = precise.tv_sec;
    return precise.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left) {
    REAL(clock_nanosleep);
    struct timespec then = flags & TIMER_ABSTIME ? moved(until, -offset(clock)) : *until;
    return real(clock, flags, &then, left);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until) {
    REAL(sem_clockwait);
    struct timespec then = moved(until, -offset(clock));
    return real(semaphore, clock, &then);
}

int pthread_cond_clockwait(pthread_cond_t *one, pthread_mutex_t *with, clockid_t clock, const struct timespec *until) {
    REAL(pthread_cond_clockwait);
    struct timespec then = moved(until, -offset(clock));
    return real(one, with, clock, &then);
}
