/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "fault_shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own, which need no dlsym (that one allocates). */
extern void* __libc_malloc(size_t bytes);
extern void* __libc_calloc(size_t count, size_t bytes);
extern void* __libc_realloc(void* block, size_t bytes);
extern void* __libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void* block);

typedef struct resource {
  atomic_long count, first, last;
} resource;

static resource allocations = {0, LONG_MAX, LONG_MAX}, threads = {0, LONG_MAX, LONG_MAX};
static atomic_long living, moments;
static long chosen_moment = -1;
static int signal_number /* 0: an error */, without_tmpfile, without_linkat;

static int runs_out(resource* r) {
  const long n = atomic_fetch_add(&r->count, 1) + 1;
  return n >= atomic_load(&r->first) && n <= atomic_load(&r->last);
}

static void restart(resource* r, long first, long last) {
  atomic_store(&r->first, LONG_MAX);
  atomic_store(&r->count, 0);
  atomic_store(&r->last, last);
  atomic_store(&r->first, first);
}

void faults_fail_allocations(long first, long last) { restart(&allocations, first, last); }
void faults_fail_threads(long first, long last) { restart(&threads, first, last); }
long faults_allocations(void) { return atomic_load(&allocations.count); }
long faults_threads(void) { return atomic_load(&threads.count); }
long faults_living_blocks(void) { return atomic_load(&living); }

/* The function behind the one of that name here. */
#define REAL(type, name, ...)                \
  typedef type name##_function(__VA_ARGS__); \
  static name##_function* real;              \
  if (real == NULL) real = (name##_function*)(intptr_t)dlsym(RTLD_NEXT, #name)

/* ---- memory ---- */

static void* counted(void* block) {
  if (block != NULL) atomic_fetch_add(&living, 1);
  return block;
}

static int no_memory(void) {
  if (!runs_out(&allocations)) return 0;
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t bytes) { return no_memory() ? NULL : counted(__libc_malloc(bytes)); }
void* calloc(size_t count, size_t bytes) {
  return no_memory() ? NULL : counted(__libc_calloc(count, bytes));
}
void* realloc(void* block, size_t bytes) {
  if (block == NULL) return malloc(bytes);
  if (bytes == 0) {
    free(block);
    return NULL;
  }
  return no_memory() ? NULL : __libc_realloc(block, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
  return no_memory() ? NULL : counted(__libc_memalign(alignment, bytes));
}
void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void** block, size_t alignment, size_t bytes) {
  void* got = memalign(alignment, bytes);
  if (got == NULL) return ENOMEM;
  *block = got;
  return 0;
}
void free(void* block) {
  if (block != NULL) atomic_fetch_sub(&living, 1);
  __libc_free(block);
}

/* ---- threads ---- */

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  REAL(int, pthread_create, pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  return runs_out(&threads) ? EAGAIN : real(thread, attributes, start, argument);
}

/* ---- files ---- */

/* Called before a system call, and after it; whether the call has to fail. */
static int moment(void) {
  const int kept = errno;
  const int is_now = atomic_fetch_add(&moments, 1) + 1 == chosen_moment;
  if (is_now && signal_number != 0) kill(getpid(), signal_number);
  errno = is_now && signal_number == 0 ? EIO : kept;
  return is_now && signal_number == 0;
}

static atomic_bool written[1024]; /* descriptors that are open for writing */

static int opened(int (*real)(const char*, int, ...), const char* path, int flags, mode_t mode) {
  int fd;
  if ((flags & O_ACCMODE) == O_RDONLY) return real(path, flags, mode);
  if (without_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  if (moment()) return -1;
  fd = real(path, flags, mode);
  moment();
  if (fd >= 0 && fd < 1024) written[fd] = 1;
  return fd;
}

#define OPEN(name)                             \
  int name(const char* path, int flags, ...) { \
    REAL(int, name, const char*, int, ...);    \
    va_list rest;                              \
    mode_t mode;                               \
    va_start(rest, flags);                     \
    mode = va_arg(rest, mode_t);               \
    va_end(rest);                              \
    return opened(real, path, flags, mode);    \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void* data, size_t bytes) {
  ssize_t result;
  REAL(ssize_t, write, int, const void*, size_t);
  if (fd <= STDERR_FILENO) return real(fd, data, bytes);
  if (moment()) return -1;
  result = real(fd, data, bytes);
  moment();
  return result;
}

/* The file is closed in any case, as Linux does it. */
int close(int fd) {
  int result, fails;
  REAL(int, close, int);
  if (fd < 0 || fd >= 1024 || !atomic_exchange(&written[fd], 0)) return real(fd);
  fails = moment();
  result = real(fd);
  moment();
  return fails ? -1 : result;
}

/* NAME(parameters) { ... real NAME(arguments) ... }, a moment before it and one after it. */
#define CALL(name, parameters, arguments, ...) \
  int name parameters {                        \
    int result;                                \
    REAL(int, name, __VA_ARGS__);              \
    if (moment()) return -1;                   \
    result = real arguments;                   \
    moment();                                  \
    return result;                             \
  }
CALL(fsync, (int fd), (fd), int)
CALL(rename, (const char* from, const char* to), (from, to), const char*, const char*)
CALL(unlink, (const char* path), (path), const char*)

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  int result;
  REAL(int, linkat, int, const char*, int, const char*, int);
  if (without_linkat) {
    errno = ENOENT;
    return -1;
  }
  if (moment()) return -1;
  result = real(from_folder, from, to_folder, to, flags);
  moment();
  return result;
}

/* ---- orders ---- */

static int take_resource(const char* order, const char* name, resource* r) {
  const size_t length = strlen(name);
  char* end;
  long first;
  if (strncmp(order, name, length) != 0 || order[length] != '=') return 0;
  first = strtol(order + length + 1, &end, 10);
  restart(r, first, *end == '+' ? LONG_MAX : first);
  return 1;
}

static int take_moment(const char* order) {
  static const struct {
    const char* name;
    int number;
  } known[] = {
      {"EIO@", 0}, {"HUP@", SIGHUP}, {"INT@", SIGINT}, {"TERM@", SIGTERM}, {"KILL@", SIGKILL}};
  size_t i;
  for (i = 0; i < sizeof known / sizeof *known; ++i) {
    const size_t length = strlen(known[i].name);
    if (strncmp(order, known[i].name, length) != 0) continue;
    signal_number = known[i].number;
    chosen_moment = strtol(order + length, NULL, 10);
    return 1;
  }
  return 0;
}

__attribute__((constructor)) static void take_orders(void) {
  static char orders[200];
  char *order, *rest = NULL;
  const char* text = getenv("U2NET_FAULTS");
  unlink(
      "/dev/null/no-such-file"); /* found now: a signal handler calls it, which dlsym is not for */
  atomic_store(&moments, 0);
  if (text == NULL) return;
  if (strlen(text) >= sizeof orders) abort();
  strcpy(orders, text);
  for (order = strtok_r(orders, ",", &rest); order != NULL; order = strtok_r(NULL, ",", &rest)) {
    if (strcmp(order, "no-tmpfile") == 0) {
      without_tmpfile = 1;
    } else if (strcmp(order, "no-linkat") == 0) {
      without_linkat = 1;
    } else if (!take_resource(order, "malloc", &allocations) &&
               !take_resource(order, "thread", &threads) && !take_moment(order)) {
      fprintf(stderr, "fault_shim: '%s' is no order\n", order);
      abort();
    }
  }
}

__attribute__((destructor)) static void report(void) {
  const char* path = getenv("U2NET_FAULTS_REPORT");
  FILE* file;
  const long counts[3] = {faults_allocations(), faults_threads(), atomic_load(&moments)};
  if (path == NULL) return;
  faults_fail_allocations(LONG_MAX, LONG_MAX);
  file = fopen(path, "w");
  if (file == NULL) return;
  fprintf(file, "%ld %ld %ld\n", counts[0], counts[1], counts[2]);
  fclose(file);
}
