// SPDX-License-Identifier: Apache-2.0
#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/file_descriptor.h"
#include "engine/base/temporary_file.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_write(const fs::path& path, int error) {
  throw_error(ErrorCode::kOutput, "cannot write '", path.string(),
              "': ", std::system_category().message(error));
}

void write_all(const FileDescriptor& file, std::span<const std::byte> data, const fs::path& shown) {
  while (!data.empty()) {
    const ssize_t written = ::write(file.get(), data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(shown, errno);
    data = data.subspan(static_cast<std::size_t>(written));
  }
}

// Writes the data and sees to it that they have arrived.
void write_synced(const FileDescriptor& file, std::span<const std::byte> data,
                  const fs::path& shown) {
  write_all(file, data, shown);
  // Some file systems cannot sync; the data are written all the same.
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != ENOSYS) fail_write(shown, errno);
}

void close_written(FileDescriptor& file, const fs::path& shown) {
  if (file.close() != 0 && errno != EINTR) fail_write(shown, errno);
}

void write_in_place(const fs::path& path, std::span<const std::byte> data) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!file.is_open()) fail_write(path, errno);
  write_all(file, data, path);
  close_written(file, path);
}

// Whether the links of this file system lead to what a process has open, /dev/stdout's for one.
bool is_of_processes(const fs::path& link) {
  struct statfs info {};
  const fs::path folder = link.has_parent_path() ? link.parent_path() : fs::path(".");
  return ::statfs(folder.c_str(), &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
}

// Where a new file has to be so that `path` shows it: symbolic links stay, and what they lead to is
// replaced, or made. Nothing where the file itself has to be written: a rename would replace the
// device, /dev/null for one.
std::optional<fs::path> place_of(const fs::path& path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) fail_write(path, EISDIR);
  if (exists && !S_ISREG(info.st_mode)) return std::nullopt;
  constexpr int kMaxLinks = 40;  // as in Linux
  fs::path place = path;
  for (int links = 0; links <= kMaxLinks; ++links) {
    std::error_code error;
    const fs::path next = fs::read_symlink(place, error);
    if (error) return place;  // no link
    if (is_of_processes(place)) return std::nullopt;
    place = place.parent_path() / next;
  }
  fail_write(path, ELOOP);
}

// An open file without a name, or none where the file system or the kernel has no such files.
FileDescriptor open_unnamed(const fs::path& target) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  return FileDescriptor(::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666));
}

// Gives an open file its first name. 0 or errno.
int link_unnamed(const FileDescriptor& file, const char* path) {
  char open_file[32];
  std::snprintf(open_file, sizeof open_file, "/proc/self/fd/%d", file.get());
  return ::linkat(AT_FDCWD, open_file, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

// A file that is written, but not at its place yet. Without a name as long as that is possible:
// what has none cannot be left over, whatever ends the process.
class StagedFile {
 public:
  // `data` are needed until it is published.
  StagedFile(const fs::path& path, std::span<const std::byte> data)
      : shown_(path), data_(data), place_(place_of(path)) {
    if (!place_) {
      write_in_place(path, data);
      return;
    }
    file_ = open_unnamed(*place_);
    if (file_.is_open()) {
      write_synced(file_, data_, shown_);
      return;
    }
    {
      const NameLock lock;
      create_named(lock);
    }
    write_named();
  }

  void publish(const NameLock& lock) {
    if (!place_) return;
    if (file_.is_open() && !link(lock)) {
      create_named(lock);
      write_named();
    }
    if (is_named_) {
      if (const int error = named_.rename_to(*place_, lock)) fail_write(shown_, error);
    }
    if (file_.is_open()) close_written(file_, shown_);  // not before: linkat and rename are one
  }

 private:
  // Not mkostemp: its mode is 0600, and the umask can only be read by changing it for all threads.
  // Here the kernel applies it.
  void create_named(const NameLock& lock) {
    int error = 0;
    const auto create = [&](const char* path) {
      file_ = FileDescriptor(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      return file_.is_open() ? 0 : errno;
    };
    named_ = TemporaryFile::make(*place_, create, error, lock);
    if (error != 0) fail_write(shown_, error);
    is_named_ = true;
  }

  void write_named() {
    write_synced(file_, data_, shown_);
    close_written(file_, shown_);
  }

  // Links the open file to its place, or where that is taken to a name that will replace it. False
  // where files without names cannot be linked: without /proc, and on some file systems.
  bool link(const NameLock& lock) {
    int error = link_unnamed(file_, place_->c_str());
    if (error == EEXIST) {
      const auto link = [&](const char* path) { return link_unnamed(file_, path); };
      named_ = TemporaryFile::make(*place_, link, error, lock);
      is_named_ = error == 0;
    }
    return error == 0;
  }

  fs::path shown_;  // as the caller named it, for messages
  std::span<const std::byte> data_;
  std::optional<fs::path> place_;  // none: written in place
  FileDescriptor file_{-1};
  TemporaryFile named_;
  bool is_named_ = false;
};

}  // namespace

void write_file_atomically(const fs::path& path, std::span<const std::byte> data) {
  StagedFile staged(path, data);
  const NameLock lock;
  staged.publish(lock);
}

void write_files_atomically(std::span<const FileContent> files) {
  std::vector<StagedFile> staged;
  for (const FileContent& file : files) staged.emplace_back(file.path, file.data);
  const NameLock lock;  // all of them or none where a signal ends the program
  for (StagedFile& file : staged) file.publish(lock);
}

}  // namespace u2net::engine
