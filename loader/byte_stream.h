// SPDX-License-Identifier: Apache-2.0
// Bytes read from front to back, with the end known: a regular file or a block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace u2net::engine {

// Bytes that stay where they are as long as their owner lives, from a multiple of 64 on.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

class ByteStream {
 public:
  // Throws kModelNotFound ("cannot read 'x': why") or kModelLimit. Directories, FIFOs and devices
  // are refused.
  static ByteStream open(const std::filesystem::path& path, std::uint64_t max_bytes);
  // The bytes must outlive the stream. Throws kModelLimit.
  static ByteStream from_memory(
      std::span<const std::byte> bytes, std::string name,
      std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max());

  const std::string& name() const { return name_; }  // as the user typed it
  std::uint64_t size() const { return size_; }
  std::uint64_t offset() const { return offset_; }
  std::uint64_t remaining() const { return size_ - offset_; }

  // Reads exactly `bytes`; the caller has compared with remaining(). Throws kModelNotFound where
  // the file shrank or the disk fails.
  void read(void* destination, std::size_t bytes);
  // The same from `offset` on, which the caller has compared with size(), and on from there.
  void read_at(std::uint64_t offset, void* destination, std::size_t bytes);
  // Up to `bytes` from the front, without moving; only before the first read.
  std::vector<std::byte> peek(std::size_t bytes);
  std::vector<std::byte> read_all();
  // Everything from `offset` on, which is a multiple of a page and below size(). What is in a file
  // is mapped, so that it is in memory once for all processes: where somebody cuts the file short
  // meanwhile, whoever reads behind its new end gets SIGBUS. What is in memory is copied.
  SharedBytes share(std::uint64_t offset);

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;  // null for memory
  std::span<const std::byte> memory_;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace u2net::engine
