// SPDX-License-Identifier: Apache-2.0
#include "loader/u2n/index_bytes.h"

#include <bit>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"

namespace u2net::engine {

namespace {

constexpr CountLimit kTextBytes = {"bytes of a text", kMaxProgramFileBytes, 1};

}  // namespace

static_assert(std::endian::native == std::endian::little, "packed models are little-endian");

void CountLimit::check(std::size_t count, const std::string& whose) const {
  if (count <= most) return;
  throw_error(ErrorCode::kModelLimit, whose, " ", count, " ", things, ", the limit is ", most);
}

void IndexWriter::count(const CountLimit& limit, std::size_t count) {
  limit.check(count, "cannot pack the model: it has");
  number(static_cast<std::uint32_t>(count));
}

void IndexWriter::text(std::string_view text) {
  count(kTextBytes, text.size());
  bytes_.append(text);
}

void IndexWriter::set_length(std::size_t at) {
  const std::uint64_t length = bytes_.size() - at - sizeof length;
  std::memcpy(bytes_.data() + at, &length, sizeof length);
}

void IndexReader::fail_with(TextPieces why) const {
  throw_error(ErrorCode::kModelFormat, "cannot load model '", name_, "': ", why);
}

void IndexReader::need(std::uint64_t bytes) const {
  if (bytes <= bytes_.size() - offset_) return;
  fail("its index needs ", bytes, " bytes at ", offset_, " of ", bytes_.size());
}

void IndexReader::read(void* to, std::size_t bytes) {
  need(bytes);
  std::memcpy(to, bytes_.data() + offset_, bytes);
  offset_ += bytes;
}

std::size_t IndexReader::count(const CountLimit& limit) {
  const auto count = number<std::uint32_t>();
  limit.check(count, str_cat("cannot load model '", name_, "': it has"));
  need(std::uint64_t{count} * limit.bytes_each);
  return count;
}

std::string IndexReader::text() {
  const std::size_t length = count(kTextBytes);
  std::string text(reinterpret_cast<const char*>(bytes_.data()) + offset_, length);
  offset_ += length;
  return text;
}

IndexReader IndexReader::section() {
  const auto length = number<std::uint64_t>();
  need(length);
  const std::size_t at = offset_;
  offset_ += static_cast<std::size_t>(length);
  return {bytes_.subspan(at, static_cast<std::size_t>(length)), name_};
}

void IndexReader::expect_end() const {
  if (offset_ == bytes_.size()) return;
  fail("its index has ", bytes_.size() - offset_, " bytes after its end");
}

}  // namespace u2net::engine
