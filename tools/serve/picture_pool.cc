// SPDX-License-Identifier: Apache-2.0
#include "tools/serve/picture_pool.h"

#include <utility>

namespace u2net::serve {

PicturePool::PicturePool(std::vector<std::unique_ptr<PictureNetwork>> networks, std::size_t queue)
    : networks_(std::move(networks)), queue_(queue) {
  try {
    for (const auto& network : networks_)
      threads_.emplace_back([this, &network] { work(*network); });
  } catch (...) {
    finish();
    throw;
  }
}

void PicturePool::finish() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool PicturePool::is_full() const {
  const std::lock_guard lock(mutex_);
  return is_full_now();
}

bool PicturePool::offer(Task task) {
  const std::lock_guard lock(mutex_);
  if (is_full_now()) return false;
  tasks_.push_back({std::move(task), {}});
  changed_.notify_one();
  return true;
}

std::size_t PicturePool::waiting() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

std::size_t PicturePool::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

void PicturePool::work(PictureNetwork& network) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Waiting next = std::move(tasks_.front());
    tasks_.pop_front();
    ++busy_;
    lock.unlock();
    next.task(network, next.watch.lap());
    next = {};
    lock.lock();
    --busy_;
  }
}

}  // namespace u2net::serve
