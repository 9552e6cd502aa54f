// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/file_descriptor.h"

namespace u2net::imaging {
using namespace engine;
namespace {

constexpr std::size_t kPipeHint = std::size_t{1} << 16;

[[noreturn]] void fail_read(const std::filesystem::path& path, const std::string& why) {
  throw Error(ErrorCode::kInputNotFound, "cannot read '" + path.string() + "': " + why);
}

[[noreturn]] void fail_size(const std::filesystem::path& path, std::int64_t max_bytes) {
  char limit[32];
  std::snprintf(limit, sizeof limit, "%.6g", static_cast<double>(max_bytes) / (1 << 20));
  throw Error(ErrorCode::kInputLimit,
              "'" + path.string() + "' has more than " + limit + " MiB, the limit of a file");
}

std::string reason(int error) { return std::system_category().message(error); }

// The size is only a hint: what is read may grow or shrink meanwhile. One byte more than it shows
// the end without a second round.
std::vector<std::byte> read_all(int file, const std::filesystem::path& path, std::size_t hint,
                                std::int64_t max_bytes) {
  std::vector<std::byte> data(hint + 1);
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(file, data.data() + filled, data.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_read(path, reason(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > static_cast<std::uint64_t>(max_bytes)) fail_size(path, max_bytes);
    if (filled == data.size()) data.resize(2 * data.size());
  }
  data.resize(filled);
  return data;
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, std::int64_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail_read(path, reason(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail_read(path, reason(errno));
  if (S_ISDIR(info.st_mode)) fail_read(path, reason(EISDIR));
  if (S_ISBLK(info.st_mode) || S_ISCHR(info.st_mode)) fail_read(path, "a device");
  if (!S_ISREG(info.st_mode)) return read_all(file.get(), path, kPipeHint, max_bytes);
  if (info.st_size > max_bytes) fail_size(path, max_bytes);
  return read_all(file.get(), path, static_cast<std::size_t>(info.st_size), max_bytes);
}

std::vector<std::byte> read_stream(int descriptor, const std::string& name,
                                   std::int64_t max_bytes) {
  return read_all(descriptor, name, kPipeHint, max_bytes);
}

}  // namespace u2net::imaging
