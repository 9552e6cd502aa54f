/* SPDX-License-Identifier: Apache-2.0 */
/* Makes what the system gives to a process run out. A library of its own, put before libc: linked
 * by c_sweep, preloaded into the command (LD_PRELOAD), which takes its orders from the environment.
 *
 * U2NET_FAULTS: orders with commas between.
 *
 *   malloc=N      the N-th allocation fails, counted from 1
 *
 *   malloc=N+     and all that follow
 *
 *   thread=N, thread=N+   the same for threads that start
 *
 *   TERM@N        a signal (HUP, INT, TERM, KILL) before (N odd) or after (N even) a call that
 *                 changes files: open for writing, write, fsync, linkat, rename, unlink, close
 *
 *   EIO@N         the call after that moment (N odd) fails
 *
 *   no-tmpfile    files without names cannot be opened
 *
 *   no-linkat     they can, but get no name
 *
 * U2NET_FAULTS_REPORT: a file that is written at exit: "ALLOCATIONS THREADS MOMENTS", each of them
 * counted from the start of the process.
 *
 * operator new allocates by malloc; what the C library itself allocates is counted too.
 */
#ifndef U2NET_FAULT_SHIM_H
#define U2NET_FAULT_SHIM_H

/* Begins to count anew; allocations `first` to `last` fail. */
void faults_fail_allocations(long first, long last);
void faults_fail_threads(long first, long last);
/* Counted since then. */
long faults_allocations(void);
long faults_threads(void);
/* Blocks that are allocated and not freed. */
long faults_living_blocks(void);

#endif
