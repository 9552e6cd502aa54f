// SPDX-License-Identifier: Apache-2.0
#include "loader/state_dict/numpy_array.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

struct KnownDtype {
  std::string_view name;
  DType dtype;
  HalfFloat half = HalfFloat::kNone;
};

constexpr KnownDtype kDtypes[] = {
    {"f4", DType::kFloat32},
    {"f8", DType::kFloat64},
    {"i8", DType::kInt64},
    {"i4", DType::kInt32},
    {"i2", DType::kInt16},
    {"i1", DType::kInt8},
    {"u1", DType::kUInt8},
    {"b1", DType::kBool},
    {"f2", DType::kInt16, HalfFloat::kFloat16},
    {"u2", DType::kInt16, HalfFloat::kBfloat16},  // as Paddle writes it
};

template <class... Pieces>
[[noreturn]] void fail(const std::string& where, const Pieces&... why) {
  throw_error(ErrorCode::kModelParams, where, why...);
}

std::string kind_name(const PickleValue& value) {
  return std::string(pickle_kind_name(value.kind));
}

const PickleValue& expect(const Pickle& pickle, PickleRef ref, PickleKind kind, const char* what,
                          const std::string& where) {
  const PickleValue& value = pickle[ref];
  if (value.kind != kind) {
    const std::string expected(pickle_kind_name(kind));
    fail(where, what, " is ", kind_name(value), ", expected ", expected);
  }
  return value;
}

// The items of the state tuple of a dtype or an array.
const std::vector<PickleRef>& state_of(const Pickle& pickle, const PickleValue& value,
                                       std::size_t size, std::int64_t version,
                                       const std::string& where) {
  if (value.items.empty()) fail(where, kind_name(value), " without its state");
  const std::vector<PickleRef>& state = pickle[value.items.front()].items;
  if (state.size() != size) {
    fail(where, "the state of ", kind_name(value), " has ", state.size(), " items, expected ",
         size);
  }
  const PickleValue& found = expect(pickle, state[0], PickleKind::kInteger, "the version", where);
  if (found.integer != version) {
    fail(where, "the state of ", kind_name(value), " has version ", found.integer, ", expected ",
         version);
  }
  return state;
}

KnownDtype read_dtype(const Pickle& pickle, PickleRef ref, const std::string& where) {
  const PickleValue& dtype = expect(pickle, ref, PickleKind::kDtype, "the dtype", where);
  std::optional<KnownDtype> known;
  for (const KnownDtype& candidate : kDtypes) {
    if (candidate.name == dtype.text) known = candidate;
  }
  if (!known) {
    throw_error(ErrorCode::kModelUnsupported, where, "element type ", in_quotes(dtype.text),
                " is not supported");
  }
  const std::vector<PickleRef>& state = state_of(pickle, dtype, 8, 3, where);
  const PickleValue& order = expect(pickle, state[1], PickleKind::kText, "the byte order", where);
  if (order.text == ">") {
    throw Error(ErrorCode::kModelUnsupported,
                str_cat(where, "big-endian elements are not supported"),
                "save the parameters again on a little-endian machine");
  }
  if (order.text != "<" && !(order.text == "|" && dtype_size(known->dtype) == 1)) {
    fail(where, "byte order ", in_quotes(order.text), " of element type ", in_quotes(dtype.text));
  }
  for (std::size_t i = 2; i < 5; ++i) {
    expect(pickle, state[i], PickleKind::kNone, "a subarray or field of the dtype", where);
  }
  return *known;
}

// The number of bytes that the text stands for. Nothing where it is not such text.
std::optional<std::size_t> latin1_size(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i, ++count) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) continue;
    if (lead != 0xc2 && lead != 0xc3) return std::nullopt;
    if (++i == text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      return std::nullopt;
    }
  }
  return count;
}

// `text` has passed latin1_size().
void decode_latin1(std::string_view text, std::byte* destination) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto code = static_cast<unsigned char>(text[i]);
    if (code >= 0x80) {
      const auto next = static_cast<unsigned char>(text[++i]);
      code = static_cast<unsigned char>((code & 0x03) << 6 | (next & 0x3f));
    }
    *destination++ = static_cast<std::byte>(code);
  }
}

std::int64_t count_elements(const Shape& shape, const std::string& where) {
  try {
    return element_count(shape);
  } catch (const Error& error) {
    throw Error(error.code(), where + error.what());
  }
}

// The first index varies fastest in `source`, the last one in `destination`.
void copy_column_major(const TensorType& type, const std::byte* source, std::byte* destination) {
  const std::size_t rank = type.shape.size();
  const std::size_t item = dtype_size(type.dtype);
  std::vector<std::size_t> strides(rank, item);  // of the source, in bytes
  for (std::size_t i = 1; i < rank; ++i) {
    strides[i] = strides[i - 1] * static_cast<std::size_t>(type.shape[i - 1]);
  }
  std::vector<std::int64_t> index(rank, 0);
  std::size_t offset = 0;
  for (std::int64_t left = element_count(type.shape); left > 0; --left) {
    std::memcpy(destination, source + offset, item);
    destination += item;
    for (std::size_t i = rank; i-- > 0;) {
      offset += strides[i];
      if (++index[i] < type.shape[i]) break;
      offset -= strides[i] * static_cast<std::size_t>(type.shape[i]);
      index[i] = 0;
    }
  }
}

}  // namespace

Shape read_numpy_shape(const Pickle& pickle, PickleRef ref, const std::string& where) {
  const PickleValue& dims = expect(pickle, ref, PickleKind::kTuple, "the shape", where);
  if (dims.items.size() > kMaxRank) {
    fail(where, "it has ", dims.items.size(), " dimensions, the limit is ", kMaxRank);
  }
  Shape shape;
  for (const PickleRef dim : dims.items) {
    shape.push_back(expect(pickle, dim, PickleKind::kInteger, "a dimension", where).integer);
    if (shape.back() < 0) fail(where, "the shape is ", shape);
  }
  count_elements(shape, where);
  return shape;
}

NumpyArray read_numpy_array(const Pickle& pickle, PickleRef ref, const std::string& where) {
  const PickleValue& value = expect(pickle, ref, PickleKind::kArray, "it", where);
  const std::vector<PickleRef>& state = state_of(pickle, value, 5, 1, where);
  NumpyArray array;
  array.type.shape = read_numpy_shape(pickle, state[1], where);
  const KnownDtype dtype = read_dtype(pickle, state[2], where);
  array.type.dtype = dtype.dtype;
  array.half = dtype.half;
  array.column_major =
      expect(pickle, state[3], PickleKind::kBool, "the order of the elements", where).integer != 0;
  array.latin1 = pickle[state[4]].kind == PickleKind::kLatin1;
  const PickleKind data_kind = array.latin1 ? PickleKind::kLatin1 : PickleKind::kBytes;
  array.data = expect(pickle, state[4], data_kind, "the data", where).text;

  const std::optional<std::size_t> size =
      array.latin1 ? latin1_size(array.data) : std::optional(array.data.size());
  if (!size) fail(where, "the data are not bytes written as latin-1 text");
  if (*size != array.bytes()) {
    fail(where, "it has ", *size, " bytes of data, ", dtype_name(array.type.dtype), ' ',
         array.type.shape, " needs ", array.bytes());
  }
  return array;
}

void copy_numpy_array(const NumpyArray& array, std::byte* destination) {
  if (array.data.empty()) return;
  const std::size_t bytes = array.bytes();
  std::vector<std::byte> column_major(array.column_major ? bytes : 0);
  std::byte* const as_stored = array.column_major ? column_major.data() : destination;
  if (array.latin1) {
    decode_latin1(array.data, as_stored);
  } else {
    std::memcpy(as_stored, array.data.data(), bytes);
  }
  if (array.column_major) copy_column_major(array.type, as_stored, destination);
  if (array.type.dtype == DType::kBool) {  // no other byte is a bool in C++
    for (std::size_t i = 0; i < bytes; ++i) {
      destination[i] = destination[i] == std::byte{0} ? std::byte{0} : std::byte{1};
    }
  }
}

}  // namespace u2net::engine
