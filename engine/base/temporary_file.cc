// SPDX-License-Identifier: Apache-2.0
#include "engine/base/temporary_file.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <utility>

namespace u2net::engine {

// One of a list that changes under the lock alone, and that a signal handler can walk through.
struct TemporaryFile::Entry {
  explicit Entry(std::string its_path) : path(std::move(its_path)) {}
  ~Entry() {
    if (previous == nullptr) return;
    *previous = next;
    if (next) next->previous = previous;
  }
  void enter(Entry*& first) {
    next = first;
    previous = &first;
    if (next) next->previous = &next;
    first = this;
  }

  std::string path;
  Entry* next = nullptr;
  Entry** previous = nullptr;  // what points to this one; null: not in the list

  static Entry* first;
};

TemporaryFile::Entry* TemporaryFile::Entry::first = nullptr;

namespace {

std::atomic<bool> locked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// No mutex: a handler has to be able to take it.
void lock() noexcept {
  while (locked.exchange(true, std::memory_order_acquire)) {
    const timespec moment{0, 100'000};
    ::nanosleep(&moment, nullptr);
  }
}

std::string random_sibling(const std::filesystem::path& path, std::random_device& random) {
  char name[32];
  std::snprintf(name, sizeof name, ".u2net-%08x%08x.tmp", random(), random());
  return (path.parent_path() / name).string();
}

}  // namespace

NameLock::NameLock() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  lock();
}

NameLock::~NameLock() {
  locked.store(false, std::memory_order_release);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

TemporaryFile::TemporaryFile() noexcept = default;
TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept = default;
TemporaryFile& TemporaryFile::operator=(TemporaryFile&& other) noexcept {
  entry_.swap(other.entry_);
  return *this;
}

TemporaryFile::~TemporaryFile() {
  if (!entry_) return;
  const NameLock lock;
  ::unlink(entry_->path.c_str());
  entry_.reset();
}

TemporaryFile TemporaryFile::make(const std::filesystem::path& target,
                                  const std::function<int(const char*)>& make, int& error,
                                  const NameLock&) {
  constexpr int kAttempts = 100;
  std::random_device random;
  TemporaryFile file;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto entry = std::make_unique<Entry>(random_sibling(target, random));
    error = make(entry->path.c_str());
    if (error == 0) {
      entry->enter(Entry::first);
      file.entry_ = std::move(entry);
    }
    if (error != EEXIST) break;
  }
  return file;
}

int TemporaryFile::rename_to(const std::filesystem::path& target, const NameLock&) noexcept {
  if (::rename(entry_->path.c_str(), target.c_str()) != 0) return errno;
  entry_.reset();
  return 0;
}

void remove_temporary_files() noexcept {
  lock();
  for (const TemporaryFile::Entry* entry = TemporaryFile::Entry::first; entry; entry = entry->next)
    ::unlink(entry->path.c_str());
}

}  // namespace u2net::engine
