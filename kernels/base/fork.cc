// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/fork.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>

namespace u2net::kernels {
namespace {

constinit std::atomic<std::uint32_t> generation{0};

}  // namespace

// The list of all ForkMutexes, and the handlers of fork().
struct ForkMutexes {
  static void add(ForkMutex* mutex) {
    const std::lock_guard lock(list);
    mutex->next_ = first;
    if (first) first->previous_ = mutex;
    first = mutex;
  }

  static void remove(ForkMutex* mutex) {
    const std::lock_guard lock(list);
    (mutex->previous_ ? mutex->previous_->next_ : first) = mutex->next_;
    if (mutex->next_) mutex->next_->previous_ = mutex->previous_;
  }

  // Holds all of them or none while it waits: their holders may want another one.
  static void before() {
    for (;;) {
      list.lock();
      ForkMutex* mutex = first;
      while (mutex && mutex->try_lock()) mutex = mutex->next_;
      if (!mutex) return;
      unlock_until(mutex);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
  static void in_parent() { unlock_until(nullptr); }
  static void in_child() {
    generation.fetch_add(1, std::memory_order_relaxed);
    unlock_until(nullptr);
  }

 private:
  static void unlock_until(const ForkMutex* end) {
    for (ForkMutex* mutex = first; mutex != end; mutex = mutex->next_) mutex->unlock();
    list.unlock();
  }

  static constinit std::mutex list;
  static constinit ForkMutex* first;
};

constinit std::mutex ForkMutexes::list;
constinit ForkMutex* ForkMutexes::first = nullptr;

std::uint32_t fork_generation() {
  static const bool registered = [] {
    if (pthread_atfork(ForkMutexes::before, ForkMutexes::in_parent, ForkMutexes::in_child) != 0)
      throw std::bad_alloc();
    return true;
  }();
  static_cast<void>(registered);
  return generation.load(std::memory_order_relaxed);
}

ForkMutex::ForkMutex() {
  fork_generation();
  ForkMutexes::add(this);
}
ForkMutex::~ForkMutex() { ForkMutexes::remove(this); }

}  // namespace u2net::kernels
