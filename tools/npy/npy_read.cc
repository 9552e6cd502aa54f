// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

#include "engine/base/error.h"
#include "tools/npy/npy.h"
#include "tools/npy/npy_header.h"

namespace u2net::npy {
using namespace engine;
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_open(const std::string& why) { throw Error(ErrorCode::kInputNotFound, why); }
[[noreturn]] void fail_format(const std::string& why) { throw Error(ErrorCode::kInputFormat, why); }

std::string reason(int error) { return std::system_category().message(error); }

// A regular file of known size, read from front to back.
class File {
 public:
  explicit File(const fs::path& path) {
    // O_NONBLOCK: a FIFO without a writer must be refused, not waited for.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) fail_open(reason(errno));
    file_.reset(::fdopen(fd, "rb"));
    if (!file_) {
      ::close(fd);
      throw std::bad_alloc();
    }
    struct stat info {};
    if (::fstat(fd, &info) != 0) fail_open(reason(errno));
    if (S_ISDIR(info.st_mode)) fail_open(reason(EISDIR));
    if (!S_ISREG(info.st_mode)) fail_open("not a regular file");
    remaining_ = static_cast<std::uint64_t>(info.st_size);
  }

  std::uint64_t remaining() const { return remaining_; }

  void read(void* destination, std::size_t bytes) {
    if (bytes > remaining_) fail_format("it ends early");
    if (bytes > 0 && std::fread(destination, 1, bytes, file_.get()) != bytes) {
      if (std::ferror(file_.get()) != 0) fail_open(reason(errno));
      fail_format("it ends early");
    }
    remaining_ -= bytes;
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t remaining_ = 0;
};

std::uint32_t read_little_endian(File& file, std::size_t bytes) {
  unsigned char raw[4] = {};
  file.read(raw, bytes);
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value |= std::uint32_t{raw[i]} << (8 * i);
  return value;
}

NpyHeader read_header(File& file) {
  char start[kNpyVersionBytes] = {};
  file.read(start, std::min<std::uint64_t>(file.remaining(), sizeof start));
  if (!std::string_view(start, sizeof start).starts_with(kNpyMagic)) fail_format("not a .npy file");
  const int major = static_cast<unsigned char>(start[6]);
  const int minor = static_cast<unsigned char>(start[7]);
  if (major < 1 || major > 3 || minor != 0) {
    fail_format("version " + std::to_string(major) + "." + std::to_string(minor) +
                " of the .npy format is not supported");
  }
  const std::uint32_t length = read_little_endian(file, major == 1 ? 2 : 4);
  if (length > kNpyMaxHeaderText) {
    fail_format("its header has " + std::to_string(length) + " bytes, the limit is " +
                std::to_string(kNpyMaxHeaderText));
  }
  std::string text(length, '\0');
  file.read(text.data(), text.size());
  return parse_npy_header(text);
}

// Element (i0, i1, ...) of Fortran order lies at i0 + d0 * (i1 + d1 * (...)).
Tensor to_row_major(const Tensor& source) {
  Tensor result(source.dtype(), source.shape());
  const Shape& shape = source.shape();
  Shape index(shape.size(), 0);
  const std::size_t bytes = dtype_size(source.dtype());
  for (std::int64_t i = 0; i < source.size(); ++i) {
    std::int64_t from = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) from = from * shape[axis] + index[axis];
    std::memcpy(result.data() + static_cast<std::size_t>(i) * bytes,
                source.data() + static_cast<std::size_t>(from) * bytes, bytes);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

Tensor read_array(const fs::path& path) {
  File file(path);
  const NpyHeader header = read_header(file);
  const std::size_t bytes = byte_count(header.type.dtype, header.type.shape);
  if (file.remaining() != bytes) {
    fail_format("an array of shape " + to_string(header.type.shape) + " and type " +
                std::string(dtype_name(header.type.dtype)) + " needs " + std::to_string(bytes) +
                " bytes, the file has " + std::to_string(file.remaining()));
  }
  Tensor tensor(header.type);
  file.read(tensor.data(), bytes);
  if (header.type.dtype == DType::kBool) {
    // In C++ a bool that is neither 0 nor 1 is undefined behaviour.
    for (std::size_t i = 0; i < bytes; ++i) {
      tensor.data()[i] = tensor.data()[i] == std::byte{0} ? std::byte{0} : std::byte{1};
    }
  }
  return header.fortran_order && tensor.shape().size() > 1 ? to_row_major(tensor)
                                                           : std::move(tensor);
}

}  // namespace

Tensor read_npy(const fs::path& path) {
  try {
    return read_array(path);
  } catch (const Error& e) {
    throw Error(e.code(), "cannot read '" + path.string() + "': " + e.what(), e.hint());
  }
}

}  // namespace u2net::npy
