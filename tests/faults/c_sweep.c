/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface while allocations fail: for every N the N-th of them, and all from the N-th on.
 *
 *   c_sweep MODEL MODE WHAT STEP
 *
 * WHAT is `all` (load, run, release), `load` (the same, but nothing fails after the load),
 * `segment` (a picture to its mask), `run` (runs alone, twice in the session in which the first
 * failed) or `threads` (`all`, but it is the N-th thread that does not start); STEP 1 is every N.
 * Each call has to give a status with a message; nothing may crash, hang or be left over; the same
 * calls have to work right afterwards. Prints what was done, or a line for each N that went wrong.
 * The loop runs in a child, so that a crash is reported and the rest is done all the same. */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault_shim.h"
#include "u2net/u2net.h"

enum { MAX_BYTES = 2 << 20, SECONDS = 20, MAX_FAILURES = 20 };

/* What the loop and its parent share. */
typedef struct progress {
  long n;
  int done; /* there are fewer than n */
  long statuses, swallowed, failures;
  long blocks_at_first, blocks_at_last;
  unsigned char expected[MAX_BYTES];
  size_t expected_bytes;
} progress;

static progress* now;
static const char *model_path, *what;
static u2net_options options = U2NET_OPTIONS_INIT;
static float elements[MAX_BYTES / 4];
static unsigned char got[MAX_BYTES];
static int all_that_follow;

static void wrong(const char* why, u2net_status status) {
  ++now->failures;
  printf("%s %s N %ld%s: %s (%s: %s)\n", model_path, what, now->n,
         all_that_follow ? " and all that follow" : "", why, u2net_status_name(status),
         u2net_last_error());
  fflush(stdout);
}

static long entries(const char* folder) {
  long count = 0;
  DIR* dir = opendir(folder);
  if (dir == NULL) return -1;
  while (readdir(dir) != NULL) ++count;
  closedir(dir);
  return count;
}

/* One thread, and in mode onednn those of OpenMP, which stay. One that has ended may be listed for
 * a moment more. */
static int threads_are_left(void) {
  const long most = 3 + (options.mode == U2NET_MODE_ONEDNN ? options.threads - 1 : 0);
  int i;
  for (i = 0; i < 1000; ++i) {
    if (entries("/proc/self/task") <= most) return 0;
    usleep(1000);
  }
  return 1;
}

static u2net_status feed(const u2net_model* model, u2net_session* session) {
  int64_t dims[U2NET_MAX_RANK];
  size_t rank = 0, i, count = 1;
  u2net_dtype dtype;
  const u2net_status status = u2net_model_input_type(model, 0, &dtype, dims, &rank);
  if (status != U2NET_OK) return status;
  for (i = 0; i < rank; ++i) {
    if (dims[i] < 0) dims[i] = i == 0 ? 1 : 16;
    count *= (size_t)dims[i];
  }
  return u2net_session_set_input(session, NULL, dtype, dims, rank, elements, count * sizeof(float));
}

static u2net_status run(u2net_session* session, size_t* bytes) {
  const u2net_status status = u2net_session_run(session);
  if (status != U2NET_OK) return status;
  return u2net_session_get_output(session, NULL, got, sizeof got, bytes);
}

static void (*fail)(long first, long last) = faults_fail_allocations;
static long (*counted)(void) = faults_allocations;

static void fail_from(long n) { fail(n, all_that_follow ? LONG_MAX : n); }
static void fail_none(void) { fail(LONG_MAX, LONG_MAX); }

/* A picture to its mask, on a model that is loaded. */
static u2net_status segment(const u2net_model* model, size_t* bytes) {
  static const uint8_t pixels[16 * 12 * 3] = {200, 10, 30, 90, 80, 70, 250, 0, 10};
  const u2net_image picture = {pixels, 16, 12, U2NET_RGB8, 0};
  u2net_segmenter* segmenter = NULL;
  u2net_status status = u2net_segmenter_create(model, NULL, &segmenter);
  if (status == U2NET_OK)
    status = u2net_segmenter_segment(segmenter, &picture, got, sizeof got, NULL);
  *bytes = 16 * 12;
  u2net_segmenter_release(segmenter);
  return status;
}

/* Load, run and release while allocations fail from the n-th on; whether there were as many. */
static int try_all(long n, u2net_status* status, size_t* bytes) {
  u2net_model* model = NULL;
  u2net_session* session = NULL;
  int hit;
  fail_from(n);
  *status = u2net_model_load(model_path, NULL, &options, &model);
  hit = counted() >= n;
  if (strcmp(what, "load") == 0) fail_none();
  if (strcmp(what, "segment") == 0) {
    if (*status == U2NET_OK) *status = segment(model, bytes);
  } else {
    if (*status == U2NET_OK) *status = u2net_session_create(model, NULL, &session);
    if (*status == U2NET_OK) *status = feed(model, session);
    if (*status == U2NET_OK) *status = run(session, bytes);
  }
  u2net_session_release(session);
  u2net_model_release(model);
  if (strcmp(what, "load") != 0) hit = counted() >= n;
  fail_none();
  return hit;
}

/* The same for the first run of a session; a second one must be right. */
static int try_run(long n, u2net_status* status, size_t* bytes) {
  u2net_model* model = NULL;
  u2net_session* session = NULL;
  u2net_status second;
  size_t second_bytes = 0;
  int hit;
  *status = u2net_model_load(model_path, NULL, &options, &model);
  if (*status == U2NET_OK) *status = u2net_session_create(model, NULL, &session);
  if (*status != U2NET_OK) {
    wrong("loading without faults", *status);
    exit(1);
  }
  fail_from(n);
  *status = feed(model, session);
  if (*status == U2NET_OK) *status = run(session, bytes);
  hit = counted() >= n;
  fail_none();
  memset(got, 0, sizeof got);
  second = feed(model, session);
  if (second == U2NET_OK) second = run(session, &second_bytes);
  if (second != U2NET_OK || second_bytes != now->expected_bytes ||
      memcmp(got, now->expected, second_bytes) != 0)
    wrong("the same session's next run is not right", second);
  u2net_session_release(session);
  u2net_model_release(model);
  return hit;
}

static int is_right(u2net_status status, size_t bytes) {
  return status == U2NET_OK && bytes == now->expected_bytes &&
         memcmp(got, now->expected, bytes) == 0;
}

static void judge(u2net_status status, size_t bytes, int hit) {
  const char* message = u2net_last_error();
  if (status == U2NET_OK) {
    now->swallowed += hit;
    if (!is_right(status, bytes)) wrong("results differ", status);
  } else if (!hit) {
    wrong("fails without a fault", status);
  } else if (status != U2NET_NO_THREADS &&
             (status != U2NET_OUT_OF_MEMORY || fail == faults_fail_threads)) {
    wrong("another status", status);
  } else if (message[0] == '\0' || strchr(message, '\n') != NULL) {
    wrong("no message", status);
  }
  now->statuses += status != U2NET_OK;
}

/* In a child. */
static void loop(long step) {
  const int only_run = strcmp(what, "run") == 0;
  for (;; now->n += step) {
    u2net_status status = U2NET_OK;
    size_t bytes = 0;
    int hit;
    long living;
    alarm(SECONDS);
    hit = only_run ? try_run(now->n, &status, &bytes) : try_all(now->n, &status, &bytes);
    judge(status, bytes, hit);
    if (!only_run) {
      memset(got, 0, sizeof got);
      try_all(LONG_MAX, &status, &bytes);
      if (!is_right(status, bytes)) wrong("afterwards the same does not work", status);
    }
    living = faults_living_blocks();
    if (threads_are_left()) wrong("threads are left", status);
    if (now->blocks_at_first < 0) now->blocks_at_first = living;
    now->blocks_at_last = living;
    if (!hit) break;
    if (now->failures >= MAX_FAILURES) break;
  }
  now->done = 1;
  exit(0);
}

/* Runs the loop to its end, however many children that takes. */
static void sweep(long step) {
  const long open_files = entries("/proc/self/fd");
  now->n = 1;
  now->done = 0;
  while (!now->done && now->failures < MAX_FAILURES) {
    int status = 0;
    pid_t child;
    now->blocks_at_first = -1;
    fflush(stdout);
    child = fork();
    if (child < 0) exit(1);
    if (child == 0) loop(step);
    while (waitpid(child, &status, 0) != child) {
    }
    if (WIFSIGNALED(status)) {
      wrong(WTERMSIG(status) == SIGALRM ? "hangs" : strsignal(WTERMSIG(status)), U2NET_OK);
      now->n += step;
    } else if (WEXITSTATUS(status) != 0) {
      now->done = 1;
      ++now->failures;
    } else if (now->blocks_at_last - now->blocks_at_first > 1) {
      printf("%s %s: %ld blocks were not freed\n", model_path, what,
             now->blocks_at_last - now->blocks_at_first);
      ++now->failures;
    }
  }
  if (entries("/proc/self/fd") != open_files) wrong("files are left open", U2NET_OK);
}

/* The right results, from a child: the library is as it was loaded when the loop begins. */
static void expect(void) {
  int status = 1;
  const pid_t child = fork();
  if (child == 0) {
    u2net_status made;
    try_all(LONG_MAX, &made, &now->expected_bytes);
    if (made != U2NET_OK) fprintf(stderr, "c_sweep: %s\n", u2net_last_error());
    memcpy(now->expected, got, now->expected_bytes);
    _exit(made != U2NET_OK);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) exit(1);
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    u2net_mode mode;
  } modes[] = {{"dynamic", U2NET_MODE_DYNAMIC},
               {"static", U2NET_MODE_STATIC},
               {"inference", U2NET_MODE_INFERENCE},
               {"onednn", U2NET_MODE_ONEDNN},
               {"native", U2NET_MODE_NATIVE}};
  size_t i;
  if (argc != 5) return 2;
  model_path = argv[1];
  what = argv[3];
  for (i = 0; i < sizeof modes / sizeof *modes; ++i) {
    if (strcmp(argv[2], modes[i].name) == 0) options.mode = modes[i].mode;
  }
  options.threads = 2;
  if (strcmp(what, "threads") == 0) {
    fail = faults_fail_threads;
    counted = faults_threads;
    options.threads = 4;
  }
  for (i = 0; i < sizeof elements / sizeof *elements; ++i)
    elements[i] = (float)((i * 37) % 19) / 19;
  now = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (now == MAP_FAILED) return 1;
  expect();
  for (all_that_follow = 0; all_that_follow <= 1; ++all_that_follow) sweep(atol(argv[4]));
  printf("%s, %s, %s: up to N %ld, %ld refused with a status, %ld not needed, %ld wrong\n",
         model_path, argv[2], what, now->n, now->statuses, now->swallowed, now->failures);
  return now->failures != 0;
}
