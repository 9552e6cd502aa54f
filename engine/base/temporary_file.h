// SPDX-License-Identifier: Apache-2.0
// Files that have a name of their own for a while. A program may have them removed when a signal
// ends it; the library itself handles no signals.
#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>

namespace u2net::engine {

// While one lives, the names that remove_temporary_files() knows are those of the files that there
// are: no signal is delivered to this thread, and no other thread has one. Only for as long as a
// few names change, not while data are written.
class NameLock {
 public:
  NameLock() noexcept;
  ~NameLock();
  NameLock(const NameLock&) = delete;
  NameLock& operator=(const NameLock&) = delete;

 private:
  sigset_t before_;
};

// Removed with the object, unless it was renamed. To be destroyed while no NameLock lives.
class TemporaryFile {
 public:
  TemporaryFile() noexcept;  // none
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&& other) noexcept;
  ~TemporaryFile();

  // In the folder of `target`. `make` is called with paths until one of them is free; it returns 0
  // or errno. Where that is neither 0 nor EEXIST there is no file, and `error` says why.
  static TemporaryFile make(const std::filesystem::path& target,
                            const std::function<int(const char* path)>& make, int& error,
                            const NameLock& lock);

  // 0 or errno.
  int rename_to(const std::filesystem::path& target, const NameLock& lock) noexcept;

 private:
  struct Entry;
  friend void remove_temporary_files() noexcept;

  std::unique_ptr<Entry> entry_;  // null: none
};

// Removes all that there are. Async-signal-safe. From then on who wants a NameLock waits for ever:
// for a process that is about to end.
void remove_temporary_files() noexcept;

}  // namespace u2net::engine
