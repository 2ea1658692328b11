// The executable's own definitions of these functions are found before the C library's, by every library that it uses.
#define _GNU_SOURCE
#include "CClocks.h"
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static atomic_bool jumps;
static atomic_ullong key, asked, leapt;

// A change of the day's clock, seconds: a step of time synchronisation, a wrong time zone, a battery that was empty, a
// date beyond 32 bits.
static const int64_t offsets[] = {0, 1, -1, 3600, -3600, -86400, 315360000, -315360000, 2000000000, -2000000000};

static uint64_t mixed(uint64_t value) {
  value += 0x9E3779B97F4A7C15u;
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
  value = (value ^ value >> 27) * 0x94D049BB133111EBu;
  return value ^ value >> 31;
}

void clocks_jump(uint64_t seed) {
  atomic_store(&key, mixed(seed));
  atomic_store(&jumps, 1);
}

uint64_t clocks_asked(void) { return atomic_load(&asked); }

int clock_gettime(clockid_t clock, struct timespec *time) {
  int code = (int)syscall(SYS_clock_gettime, clock, time);
  if (code != 0 || !atomic_load(&jumps)) return code;
  int isDay = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (!isDay && clock != CLOCK_BOOTTIME) return code;
  uint64_t draw = mixed(atomic_load(&key) + atomic_fetch_add(&asked, 1) / 4);
  if (isDay) {
    time->tv_sec += offsets[draw % (sizeof offsets / sizeof *offsets)];
  } else {
    if (draw % 64 == 0) atomic_fetch_add(&leapt, draw / 64 % 3600);
    time->tv_sec += (time_t)atomic_load(&leapt);
  }
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int code = clock_gettime(CLOCK_REALTIME, &now);
  if (code == 0) *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return code;
}

time_t time(time_t *result) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
