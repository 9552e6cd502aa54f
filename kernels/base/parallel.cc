// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/parallel.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>

#include "kernels/base/float_scope.h"
#include "kernels/base/fork.h"
#include "kernels/base/rounding.h"

namespace u2net::kernels {
namespace {

constexpr std::uint32_t kShut = std::uint32_t{1} << 31;
constexpr std::chrono::microseconds kPatience{40};  // before a thread that waits goes to sleep

void pause() {
#if defined(U2NET_X86)
  __builtin_ia32_pause();
#elif defined(U2NET_AARCH64)
  __asm__ volatile("isb");  // most processors take YIELD for no instruction at all
#endif
}

// Looks until `done` or for kPatience; returns whether it was done.
template <class Done>
bool look_out(Done done) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < 16; ++i) {
      if (done()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < end);
  return done();
}

}  // namespace

ThreadPool::ThreadPool(int threads) : inside_(kShut) {
  for (int i = 1; i < threads; ++i) workers_.push_back({this, i, {}});
  start();
}

ThreadPool::~ThreadPool() {
  if (process_ == fork_generation()) stop();  // else there is nobody to wait for
}

void ThreadPool::start() {
  process_ = fork_generation();
  running_ = 0;
  inside_ = kShut;  // a fork may have come in the middle of a job of another thread
  stop_ = false;
  const auto run = [](void* worker) -> void* {
    static_cast<Worker*>(worker)->pool->work(static_cast<Worker*>(worker)->index);
    return nullptr;
  };
  for (Worker& worker : workers_) {
    if (const int error = pthread_create(&worker.thread, nullptr, run, &worker)) {
      stop();  // the system has no more threads: those that run must be ended first
      throw std::system_error(error, std::generic_category(),
                              "thread " + std::to_string(worker.index + 1) + " of " +
                                  std::to_string(threads()) + " cannot be started");
    }
    ++running_;
  }
}

void ThreadPool::stop() {
  stop_ = true;
  generation_.fetch_add(1);
  generation_.notify_all();
  for (; running_ > 0; --running_) pthread_join(workers_[running_ - 1].thread, nullptr);
}

void ThreadPool::be_ready() {
  if (!workers_.empty() && (running_ == 0 || process_ != fork_generation())) start();
}

// Four blocks a thread: enough to even out a stolen core, few enough to keep the counter cold.
std::int64_t ThreadPool::even_block(std::int64_t count) const {
  const std::int64_t blocks = static_cast<std::int64_t>(threads()) * 4;
  return std::max<std::int64_t>(1, kernels::divided_up(count, blocks));
}

void ThreadPool::run(std::int64_t count, std::int64_t block, BlockFunction function,
                     void* context) {
  if (count <= 0) return;
  const FloatScope floats;
  if (workers_.empty() || count <= block) {
    function(context, 0, count, 0);
    return;
  }
  be_ready();
  count_ = count;
  block_ = block;
  function_ = function;
  context_ = context;
  next_.store(0, std::memory_order_relaxed);
  inside_.store(0, std::memory_order_release);
  generation_.fetch_add(1, std::memory_order_seq_cst);
  generation_.notify_all();
  take_blocks(0);
  // A worker that wakes up only now finds the door shut.
  std::uint32_t left = inside_.fetch_or(kShut, std::memory_order_acq_rel) | kShut;
  const auto all_left = [&] { return (left = inside_.load(std::memory_order_acquire)) == kShut; };
  while (!look_out(all_left)) inside_.wait(left, std::memory_order_acquire);
}

bool ThreadPool::take_blocks(int worker) {
  for (bool any = false;; any = true) {
    const std::int64_t begin = next_.fetch_add(block_, std::memory_order_relaxed);
    if (begin >= count_) return any;
    function_(context_, begin, std::min(begin + block_, count_), worker);
  }
}

void ThreadPool::take_blocks_logged(int worker) {
  const std::int64_t begin_ns = now_ns();
  if (take_blocks(worker)) log_->add(worker, begin_ns, now_ns());
}

bool ThreadPool::join_job() {
  std::uint32_t inside = inside_.load(std::memory_order_relaxed);
  while ((inside & kShut) == 0) {
    if (inside_.compare_exchange_weak(inside, inside + 1, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

void ThreadPool::work(int worker) {
  const FloatScope floats;
  std::uint32_t seen = 0;
  for (;;) {
    const auto has_moved = [&] { return generation_.load(std::memory_order_acquire) != seen; };
    while (!look_out(has_moved)) generation_.wait(seen, std::memory_order_acquire);
    // Before stop_ is looked at: whoever has seen stop()'s generation must see its wish as well.
    seen = generation_.load(std::memory_order_acquire);
    if (stop_) return;
    if (!join_job()) continue;
    if (log_) {
      take_blocks_logged(worker);
    } else {
      take_blocks(worker);
    }
    if (inside_.fetch_sub(1, std::memory_order_release) == (kShut | 1)) inside_.notify_one();
  }
}

}  // namespace u2net::kernels
