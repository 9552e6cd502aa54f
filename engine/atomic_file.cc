// SPDX-License-Identifier: Apache-2.0
#include "engine/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/file_descriptor.h"

namespace u2net {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_write(const fs::path& path, int error) {
  throw Error(ErrorCode::kOutput,
              "cannot write '" + path.string() + "': " + std::system_category().message(error));
}

// Removes the file unless it has been renamed away.
class TemporaryFile {
 public:
  TemporaryFile() = default;
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  TemporaryFile(TemporaryFile&& other) noexcept { path_.swap(other.path_); }
  TemporaryFile& operator=(TemporaryFile&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  const fs::path& path() const { return path_; }
  void release() { path_.clear(); }

 private:
  fs::path path_;
};

fs::path random_sibling(const fs::path& path, std::random_device& random) {
  char name[32];
  std::snprintf(name, sizeof name, ".u2net-%08x%08x.tmp", random(), random());
  return path.parent_path() / name;
}

// Not mkostemp: its mode is 0600, and the umask can only be read by changing it for all threads.
// Here the kernel applies it.
std::pair<FileDescriptor, fs::path> create_sibling(const fs::path& target, const fs::path& shown) {
  constexpr int kAttempts = 100;
  std::random_device random;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    fs::path path = random_sibling(target, random);
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.is_open()) return {std::move(file), std::move(path)};
    if (errno != EEXIST && errno != EINTR) fail_write(shown, errno);
  }
  fail_write(shown, EEXIST);
}

void write_all(const FileDescriptor& file, std::span<const std::byte> data, const fs::path& shown) {
  while (!data.empty()) {
    const ssize_t written = ::write(file.get(), data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(shown, errno);
    data = data.subspan(static_cast<std::size_t>(written));
  }
}

void write_in_place(const fs::path& path, std::span<const std::byte> data) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) fail_write(path, errno);
  write_all(file, data, path);
  if (file.close() != 0 && errno != EINTR) fail_write(path, errno);
}

// Follows symbolic links, so that the link stays and what it leads to is replaced.
fs::path target_of(const fs::path& path, bool exists) {
  std::error_code no_target;
  fs::path target = exists ? fs::canonical(path, no_target) : path;
  return no_target ? path : target;
}

// A file that is written, but not at its place yet.
class StagedFile {
 public:
  StagedFile(const fs::path& path, std::span<const std::byte> data) : shown_(path) {
    struct stat info {};
    const bool exists = ::stat(path.c_str(), &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) fail_write(path, EISDIR);
    // A rename would replace the device itself, /dev/null for one.
    if (exists && !S_ISREG(info.st_mode)) {
      write_in_place(path, data);
      return;
    }
    target_ = target_of(path, exists);
    auto [file, temporary] = create_sibling(target_, shown_);
    temporary_ = TemporaryFile(std::move(temporary));
    write_all(file, data, shown_);
    // Some file systems cannot sync; the data are written all the same.
    if (::fsync(file.get()) != 0 && errno != EINVAL && errno != ENOSYS) fail_write(shown_, errno);
    if (file.close() != 0 && errno != EINTR) fail_write(shown_, errno);
  }

  void rename() {
    if (target_.empty()) return;  // written in place
    if (::rename(temporary_.path().c_str(), target_.c_str()) != 0) fail_write(shown_, errno);
    temporary_.release();
  }

 private:
  fs::path shown_;  // as the caller named it, for messages
  fs::path target_;
  TemporaryFile temporary_;
};

}  // namespace

void write_file_atomically(const fs::path& path, std::span<const std::byte> data) {
  StagedFile(path, data).rename();
}

void write_files_atomically(std::span<const FileContent> files) {
  std::vector<StagedFile> staged;
  for (const FileContent& file : files) staged.emplace_back(file.path, file.data);
  for (StagedFile& file : staged) file.rename();
}

}  // namespace u2net
