// SPDX-License-Identifier: Apache-2.0
// The bytes of a pickle, read opcode by opcode; every length is compared with what remains of the
// file and of the frame. Errors name the file, and the opcode with its offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/state_dict/pickle_opcodes.h"

namespace u2net::engine {

class PickleInput {
 public:
  // Both must outlive the object.
  PickleInput(std::span<const std::byte> bytes, const std::string& name);

  // PROTO and its number. Throws kModelUnsupported for protocols other than 2, 3 and 4.
  void read_header();
  PickleOp next_opcode();
  void open_frame();
  void expect_end() const;
  std::size_t offset() const { return offset_; }

  std::string_view take(std::uint64_t count);
  std::string_view take_line();  // without its end

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  template <class Length>
  std::string_view sized() {
    return take(number<Length>());
  }

  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail(const Pieces&... why) const {
    throw_error(ErrorCode::kModelParams, prefix(), why...);  // about the file
  }
  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail_here(const Pieces&... why) const {
    fail(describe_opcode(), ": ", why...);  // about the opcode
  }
  std::string describe_opcode() const;  // "NEWOBJ (0x81) at offset 12"
  std::string prefix() const { return str_cat("cannot load parameters '", name_, "': "); }

 private:
  std::uint64_t remaining() const { return bytes_.size() - offset_; }

  std::string_view bytes_;
  const std::string& name_;
  std::size_t offset_ = 0;
  std::size_t frame_end_ = 0;
  std::size_t start_ = 0;  // of the current opcode
  std::uint8_t opcode_ = static_cast<std::uint8_t>(PickleOp::kProto);
};

}  // namespace u2net::engine
