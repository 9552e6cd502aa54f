// SPDX-License-Identifier: Apache-2.0
#include "loader/byte_stream.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/tensor.h"

namespace u2net::engine {
namespace {

template <class... Pieces>
[[noreturn]] void fail(const std::string& name, const Pieces&... why) {
  throw_error(ErrorCode::kModelNotFound, "cannot read '", name, "': ", why...);
}

void check_size(const std::string& name, std::uint64_t bytes, std::uint64_t max_bytes) {
  if (bytes > max_bytes) {
    throw_error(ErrorCode::kModelLimit, "'", name, "' has ", bytes, " bytes, the limit is ",
                max_bytes);
  }
}

}  // namespace

ByteStream ByteStream::open(const std::filesystem::path& path, std::uint64_t max_bytes) {
  ByteStream stream;
  stream.name_ = path.string();
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) fail(stream.name_, std::strerror(errno));
  stream.file_.reset(::fdopen(fd, "rb"));
  if (!stream.file_) {
    ::close(fd);
    throw std::bad_alloc();
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0) fail(stream.name_, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) fail(stream.name_, "it is a directory");
  if (!S_ISREG(info.st_mode)) fail(stream.name_, "it is not a regular file");
  stream.size_ = static_cast<std::uint64_t>(info.st_size);
  check_size(stream.name_, stream.size_, max_bytes);
  return stream;
}

ByteStream ByteStream::from_memory(std::span<const std::byte> bytes, std::string name,
                                   std::uint64_t max_bytes) {
  check_size(name, bytes.size(), max_bytes);
  ByteStream stream;
  stream.name_ = std::move(name);
  stream.memory_ = bytes;
  stream.size_ = bytes.size();
  return stream;
}

void ByteStream::read(void* destination, std::size_t bytes) {
  if (bytes == 0) return;
  if (file_) {
    if (std::fread(destination, 1, bytes, file_.get()) != bytes) fail(name_, "it ended early");
  } else {
    std::memcpy(destination, memory_.data() + offset_, bytes);
  }
  offset_ += bytes;
}

void ByteStream::read_at(std::uint64_t offset, void* destination, std::size_t bytes) {
  if (file_ && ::fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) != 0)
    fail(name_, std::strerror(errno));
  offset_ = offset;
  read(destination, bytes);
}

std::vector<std::byte> ByteStream::peek(std::size_t bytes) {
  std::vector<std::byte> head(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, size_)));
  read(head.data(), head.size());
  if (file_) std::rewind(file_.get());
  offset_ = 0;
  return head;
}

SharedBytes ByteStream::share(std::uint64_t offset) {
  const auto bytes = static_cast<std::size_t>(size_ - offset);
  if (file_) {
    void* at = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, ::fileno(file_.get()),
                      static_cast<off_t>(offset));
    if (at != MAP_FAILED) {
      const std::shared_ptr<const void> owner(
          at, [bytes](const void* mapped) { ::munmap(const_cast<void*>(mapped), bytes); });
      return {owner, {static_cast<const std::byte*>(at), bytes}};
    }
  }
  // Some file systems cannot map.
  auto copy = std::make_shared<AlignedBuffer>(bytes);
  read_at(offset, copy->data(), bytes);
  const std::byte* data = copy->data();
  return {std::move(copy), {data, bytes}};
}

std::vector<std::byte> ByteStream::read_all() {
  std::vector<std::byte> all(static_cast<std::size_t>(remaining()));
  read(all.data(), all.size());
  return all;
}

}  // namespace u2net::engine
