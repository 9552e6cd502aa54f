// SPDX-License-Identifier: Apache-2.0
#include "tools/npy/npy_header.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

#include "engine/base/error.h"

namespace u2net::npy {
using namespace engine;
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are copied as they are stored");

constexpr std::size_t kMaxRank = 32;  // what NumPy 1 allows
constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;

struct NpyType {
  DType dtype;
  std::string_view name;
};

constexpr NpyType kTypes[] = {
    {DType::kBool, "|b1"},    {DType::kInt8, "|i1"},    {DType::kUInt8, "|u1"},
    {DType::kInt16, "<i2"},   {DType::kInt32, "<i4"},   {DType::kInt64, "<i8"},
    {DType::kFloat32, "<f4"}, {DType::kFloat64, "<f8"},
};

[[noreturn]] void fail(const std::string& why) { throw Error(ErrorCode::kInputFormat, why); }

DType find_type(std::string_view name) {
  for (const NpyType& type : kTypes) {
    if (name.size() != 3 || name.substr(1) != type.name.substr(1)) continue;
    // The byte order of a single byte means nothing, and '=' is that of the machine.
    const bool any_order = type.name[0] == '|' && std::string_view("<>").find(name[0]) < 2;
    if (name[0] == type.name[0] || name[0] == '=' || any_order) return type.dtype;
  }
  fail("element type '" + std::string(name) +
       "' is not supported; supported: little-endian bool, int8, int16, int32, int64, uint8, "
       "float32, "
       "float64");
}

// Reads just the part of Python's syntax that NumPy writes.
class DictParser {
 public:
  explicit DictParser(std::string_view text) : rest_(text) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      value(key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (!rest_.empty()) damaged();
    if (!dtype_ || !fortran_order_ || !shape_)
      fail("its header lacks descr, fortran_order or shape");
    return {{*dtype_, std::move(*shape_)}, *fortran_order_};
  }

 private:
  [[noreturn]] static void damaged() { fail("its header is damaged"); }

  void skip_spaces() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n')) rest_.remove_prefix(1);
  }

  bool accept(char c) {
    skip_spaces();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c)) damaged();
  }

  bool accept_word(std::string_view word) {
    skip_spaces();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::string_view string() {
    skip_spaces();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) damaged();
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) damaged();
    const std::string_view found = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return found;
  }

  void value(std::string_view key) {
    if (key == "descr" && !dtype_) {
      skip_spaces();
      if (rest_.starts_with('[')) fail("structured arrays are not supported");
      dtype_ = find_type(string());
    } else if (key == "fortran_order" && !fortran_order_) {
      const bool is_true = accept_word("True");
      if (!is_true && !accept_word("False")) damaged();
      fortran_order_ = is_true;
    } else if (key == "shape" && !shape_) {
      shape_ = shape();
    } else {
      damaged();
    }
  }

  Shape shape() {
    Shape dims;
    expect('(');
    while (!accept(')')) {
      if (dims.size() == kMaxRank)
        fail("it has more than " + std::to_string(kMaxRank) + " dimensions");
      dims.push_back(dimension());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return dims;
  }

  std::int64_t dimension() {
    skip_spaces();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0) damaged();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // as Python 2 wrote it
    return value;
  }

  std::string_view rest_;
  std::optional<DType> dtype_;
  std::optional<bool> fortran_order_;
  std::optional<Shape> shape_;
};

void check_size(const Shape& shape) {
  std::int64_t count = 1;
  for (std::int64_t dim : shape) {
    if (__builtin_mul_overflow(count, dim, &count) || count > kMaxElements) {
      throw Error(ErrorCode::kInputLimit,
                  "an array of shape " + to_string(shape) + " has more than 2^31 elements");
    }
  }
}

}  // namespace

NpyHeader parse_npy_header(std::string_view text) {
  NpyHeader header = DictParser(text).parse();
  check_size(header.type.shape);
  return header;
}

std::string format_npy_header(const TensorType& type) {
  std::string text = "{'descr': '";
  for (const NpyType& known : kTypes) {
    if (known.dtype == type.dtype) text += known.name;
  }
  text += "', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    text += (i == 0 ? "" : " ") + std::to_string(type.shape[i]);
    // A tuple of one element needs its comma.
    if (i + 1 < type.shape.size() || i == 0) text += ',';
  }
  text += "), }";
  constexpr std::size_t kPrefix = kNpyVersionBytes + 2;
  while ((kPrefix + text.size() + 1) % 64 != 0) text += ' ';
  return text + '\n';
}

}  // namespace u2net::npy
