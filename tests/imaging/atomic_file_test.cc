// SPDX-License-Identifier: Apache-2.0
#include "engine/base/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/base/temporary_file.h"
#include "tests/imaging/expect_error.h"
#include "tests/imaging/sample_files.h"

namespace u2net::imaging {
using namespace engine;
namespace {

namespace fs = std::filesystem;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

TEST(AtomicFile, WritesAndReplaces) {
  const TempDir folder;
  const File large(3 << 20, std::byte{7});
  write_file_atomically(folder / "a.bin", large);
  EXPECT_EQ(read_plainly(folder / "a.bin"), large);
  write_file_atomically(folder / "a.bin", from_text("new"));
  EXPECT_EQ(read_plainly(folder / "a.bin"), from_text("new"));
  write_file_atomically(folder / "a.bin", {});
  EXPECT_TRUE(read_plainly(folder / "a.bin").empty());
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, ReplacesRatherThanOverwrites) {
  const TempDir folder;
  write_plainly(folder / "a.bin", from_text("old"));
  fs::create_hard_link(folder / "a.bin", folder / "other.bin");
  write_file_atomically(folder / "a.bin", from_text("new"));
  EXPECT_EQ(read_plainly(folder / "other.bin"), from_text("old"));
}

TEST(AtomicFile, RelativePath) {
  const TempDir folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  write_file_atomically("a.bin", from_text("x"));
  fs::current_path(before);
  EXPECT_EQ(read_plainly(folder / "a.bin"), from_text("x"));
}

TEST(AtomicFile, HonoursTheUmask) {
  const TempDir folder;
  const mode_t before = ::umask(027);
  write_file_atomically(folder / "a.bin", from_text("x"));
  ::umask(0);
  write_file_atomically(folder / "b.bin", from_text("x"));
  ::umask(before);
  EXPECT_EQ(mode_of(folder / "a.bin"), 0640u);
  EXPECT_EQ(mode_of(folder / "b.bin"), 0666u);
}

TEST(AtomicFile, FollowsSymbolicLinks) {
  const TempDir folder;
  fs::create_directory(folder / "real");
  write_plainly(folder / "real/a.bin", from_text("old"));
  fs::create_symlink("real/a.bin", folder / "link.bin");
  write_file_atomically(folder / "link.bin", from_text("new"));
  EXPECT_TRUE(fs::is_symlink(folder / "link.bin"));
  EXPECT_EQ(read_plainly(folder / "real/a.bin"), from_text("new"));
  EXPECT_EQ(entries(folder / "real"), 1u);
}

TEST(AtomicFile, MakesTheFileThatALinkLeadsTo) {
  const TempDir folder;
  fs::create_directory(folder / "real");
  fs::create_symlink("real/b.bin", folder / "b.bin");
  fs::create_symlink(folder / "b.bin", folder / "a.bin");
  write_file_atomically(folder / "a.bin", from_text("new"));
  EXPECT_TRUE(fs::is_symlink(folder / "a.bin"));
  EXPECT_TRUE(fs::is_symlink(folder / "b.bin"));
  EXPECT_EQ(read_plainly(folder / "real/b.bin"), from_text("new"));
  EXPECT_EQ(entries(folder / "real"), 1u);
  EXPECT_EQ(entries(folder.path()), 3u);

  fs::create_symlink("missing/c.bin", folder / "c.bin");
  const Error missing = expect_error(
      ErrorCode::kOutput, [&] { write_file_atomically(folder / "c.bin", from_text("x")); });
  EXPECT_NE(std::string(missing.what()).find("c.bin': No such file"), std::string::npos);
  EXPECT_TRUE(fs::is_symlink(folder / "c.bin"));

  fs::create_symlink("d.bin", folder / "d.bin");
  const Error circle = expect_error(
      ErrorCode::kOutput, [&] { write_file_atomically(folder / "d.bin", from_text("x")); });
  EXPECT_NE(std::string(circle.what()).find("Too many levels"), std::string::npos);
}

// As /dev/stdout is one: the file has no name that could be replaced.
TEST(AtomicFile, WhatAProcessHasOpenIsWrittenInPlace) {
  const TempDir folder;
  write_plainly(folder / "a.bin", from_text("older and longer"));
  const int open_file = ::open((folder / "a.bin").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(open_file, 0);
  const std::string magic = "/proc/self/fd/" + std::to_string(open_file);
  fs::create_symlink(magic, folder / "link");
  fs::create_hard_link(folder / "a.bin", folder / "other.bin");
  write_file_atomically(folder / "link", from_text("new"));
  EXPECT_EQ(read_plainly(folder / "other.bin"), from_text("new"));
  fs::remove(folder / "a.bin");
  fs::remove(folder / "other.bin");
  write_file_atomically(magic, from_text("again"));
  char got[8] = {};
  EXPECT_EQ(::pread(open_file, got, sizeof got, 0), 5);
  EXPECT_STREQ(got, "again");
  ::close(open_file);
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, ErrorsNameThePathAndTheReason) {
  const TempDir folder;
  const std::string path = (folder / "missing/a.png").string();
  const Error missing =
      expect_error(ErrorCode::kOutput, [&] { write_file_atomically(path, from_text("x")); });
  EXPECT_EQ(std::string(missing.what()), "cannot write '" + path + "': No such file or directory");
  const Error directory = expect_error(
      ErrorCode::kOutput, [&] { write_file_atomically(folder.path(), from_text("x")); });
  EXPECT_NE(std::string(directory.what()).find("Is a directory"), std::string::npos);
}

TEST(AtomicFile, FolderWithoutWritePermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TempDir folder;
  fs::create_directory(folder / "locked");
  fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  const Error error = expect_error(
      ErrorCode::kOutput, [&] { write_file_atomically(folder / "locked/a.bin", from_text("x")); });
  EXPECT_NE(std::string(error.what()).find("Permission denied"), std::string::npos);
  fs::permissions(folder / "locked", fs::perms::owner_all);
}

TEST(AtomicFile, PipesAreWrittenInPlace) {
  const TempDir folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  const int reader = ::open((folder / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  write_file_atomically(folder / "fifo", from_text("abc"));
  char got[8] = {};
  EXPECT_EQ(::read(reader, got, sizeof got), 3);
  ::close(reader);
  EXPECT_STREQ(got, "abc");
  EXPECT_TRUE(fs::is_fifo(folder / "fifo"));
}

TEST(AtomicFile, FullDevice) {
  // A defect here could rename a file over the device; root would be allowed to.
  if (::geteuid() == 0) GTEST_SKIP() << "not as root";
  if (!fs::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const Error error =
      expect_error(ErrorCode::kOutput, [] { write_file_atomically("/dev/full", from_text("x")); });
  EXPECT_STREQ(error.what(), "cannot write '/dev/full': No space left on device");
}

// Fails every write beyond `bytes` for as long as it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(AtomicFile, FailureInTheMiddleLeavesTheOldFileAlone) {
  const TempDir folder;
  write_plainly(folder / "a.bin", from_text("old"));
  {
    const FileSizeLimit limit(1000);
    const Error error = expect_error(ErrorCode::kOutput,
                                     [&] { write_file_atomically(folder / "a.bin", File(5000)); });
    EXPECT_NE(std::string(error.what()).find("File too large"), std::string::npos);
  }
  EXPECT_EQ(read_plainly(folder / "a.bin"), from_text("old"));
  EXPECT_EQ(entries(folder.path()), 1u);
}

int create_empty(const char* path) {
  const int file = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

TEST(TemporaryFile, IsRemovedUnlessRenamed) {
  const TempDir folder;
  int error = -1;
  {
    std::unique_ptr<NameLock> lock = std::make_unique<NameLock>();
    TemporaryFile kept = TemporaryFile::make(folder / "a", create_empty, error, *lock);
    EXPECT_EQ(error, 0);
    const TemporaryFile dropped = TemporaryFile::make(folder / "a", create_empty, error, *lock);
    EXPECT_EQ(entries(folder.path()), 2u);
    EXPECT_EQ(kept.rename_to(folder / "a", *lock), 0);
    lock.reset();
  }
  EXPECT_EQ(entries(folder.path()), 1u);
  EXPECT_TRUE(fs::exists(folder / "a"));
}

// In another process: from then on this one could not write any more.
TEST(TemporaryFile, AllAreRemovedAtTheEnd) {
  const TempDir folder;
  const auto end = [&] {
    TemporaryFile first, second;
    {
      const NameLock lock;
      int error = 0;
      first = TemporaryFile::make(folder / "a", create_empty, error, lock);
      second = TemporaryFile::make(folder / "a", create_empty, error, lock);
    }
    const bool both = entries(folder.path()) == 2;
    remove_temporary_files();
    ::_exit(both && entries(folder.path()) == 0 ? 7 : 1);
  };
  EXPECT_EXIT(end(), testing::ExitedWithCode(7), "");
}

TEST(NameLock, KeepsSignalsAway) {
  static volatile std::sig_atomic_t got = 0;
  const auto before = ::signal(SIGUSR1, [](int) { got = 1; });
  {
    const NameLock lock;
    ::raise(SIGUSR1);
    EXPECT_EQ(got, 0);
  }
  EXPECT_EQ(got, 1);
  ::signal(SIGUSR1, before);
}

}  // namespace
}  // namespace u2net::imaging
