// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/pickle_input.h"

#include <bit>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"

namespace u2net::engine {

static_assert(std::endian::native == std::endian::little, "pickles are little-endian");

PickleInput::PickleInput(std::span<const std::byte> bytes, const std::string& name)
    : bytes_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {}

std::string PickleInput::describe_opcode() const {
  return str_cat(pickle_opcode_name(opcode_), " at offset ", start_);
}

void PickleInput::read_header() {
  if (bytes_.empty() || bytes_[0] != static_cast<char>(PickleOp::kProto)) {
    fail("it does not start as a pickle of protocol 2 to 4 does");
  }
  next_opcode();
  const int protocol = number<std::uint8_t>();
  if (protocol < 2 || protocol > 4) {
    throw Error(ErrorCode::kModelUnsupported,
                str_cat(prefix(), "a pickle of protocol ", protocol, ", expected 2 to 4"),
                "save it with paddle.save(model.state_dict(), path)");
  }
}

PickleOp PickleInput::next_opcode() {
  if (remaining() == 0) fail("the pickle ends without STOP: the file is truncated");
  start_ = offset_;
  opcode_ = number<std::uint8_t>();
  return static_cast<PickleOp>(opcode_);
}

void PickleInput::open_frame() {
  if (offset_ < frame_end_) fail_here("a frame in a frame");
  const auto length = number<std::uint64_t>();
  if (length > remaining()) {
    fail_here("a frame of ", length, " bytes at offset ", offset_, ", the file ends at ",
              bytes_.size());
  }
  frame_end_ = offset_ + static_cast<std::size_t>(length);
}

void PickleInput::expect_end() const {
  if (remaining() != 0) {
    fail(remaining(), " bytes are left over after the pickle");
  }
}

std::string_view PickleInput::take(std::uint64_t count) {
  if (count > remaining()) {
    fail_here("needs ", count, " bytes at offset ", offset_, ", the file ends at ", bytes_.size());
  }
  if (offset_ < frame_end_ && count > frame_end_ - offset_) {
    fail_here("runs over the end of its frame at offset ", frame_end_);
  }
  const std::string_view taken = bytes_.substr(offset_, static_cast<std::size_t>(count));
  offset_ += taken.size();
  return taken;
}

std::string_view PickleInput::take_line() {
  const std::size_t length = bytes_.substr(offset_, kMaxPickleNameBytes + 1).find('\n');
  if (length == std::string_view::npos) fail_here("a name that does not end");
  return take(length + 1).substr(0, length);
}

}  // namespace u2net::engine
