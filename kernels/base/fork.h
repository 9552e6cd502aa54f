// SPDX-License-Identifier: Apache-2.0
// What the library must know of fork(): the child has the thread that called it and no other, but a
// copy of all memory, with the locks that others held and the handles of threads that are gone.
#pragma once

#include <cstdint>
#include <mutex>

namespace u2net::kernels {

// Rises by one in every child. An object that owns threads keeps the number of the process that
// started them; the first call is the one from which on forks are noticed.
std::uint32_t fork_generation();

// A mutex that no fork() finds locked: it waits until nobody holds one, so that in the child the
// mutex is free and what it guards is whole. Not for what may take long, and no call to fork() from
// below it.
class ForkMutex {
 public:
  ForkMutex();
  ~ForkMutex();
  ForkMutex(const ForkMutex&) = delete;
  ForkMutex& operator=(const ForkMutex&) = delete;

  void lock() { mutex_.lock(); }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  friend struct ForkMutexes;

  std::mutex mutex_;
  ForkMutex *previous_ = nullptr, *next_ = nullptr;  // of all that there are
};

}  // namespace u2net::kernels
