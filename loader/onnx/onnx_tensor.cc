// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/onnx_tensor.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <system_error>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/cast/cast.h"
#include "loader/half_float.h"
#include "loader/limits.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "raw data are little-endian");

constexpr int kFloat16 = 10, kBfloat16 = 16, kExternal = 1;

constexpr OnnxElement kElements[] = {
    {1, "float32", DType::kFloat32},  {2, "uint8", DType::kUInt8},
    {3, "int8", DType::kInt8},        {5, "int16", DType::kInt16},
    {6, "int32", DType::kInt32},      {7, "int64", DType::kInt64},
    {9, "bool", DType::kBool},        {kFloat16, "float16", DType::kFloat32, true},
    {11, "float64", DType::kFloat64}, {kBfloat16, "bfloat16", DType::kFloat32, true}};

template <class... Pieces>
[[noreturn]] void fail(const std::string& where, const Pieces&... why) {
  throw_error(ErrorCode::kModelFormat, where, why...);
}

float widened(std::uint16_t bits, int type) {
  return type == kFloat16 ? from_float16(bits) : from_bfloat16(bits);
}

// From the list that `type` has its elements in where they are not raw.
template <class List>
void copy_list(const List& list, const OnnxElement& element, const Tensor& to,
               const std::string& where) {
  if (list.size() != to.size()) {
    fail(where, "it has ", list.size(), " elements of data, shape ", to.shape(), " has ",
         to.size());
  }
  for (int i = 0; i < list.size(); ++i) {
    const auto value = list.Get(i);
    if (element.is_half) {
      to.values<float>()[static_cast<std::size_t>(i)] =
          widened(static_cast<std::uint16_t>(static_cast<std::int64_t>(value)), element.number);
      continue;
    }
    visit_dtype(element.dtype, [&](auto zero) {
      using T = decltype(zero);
      to.values<T>()[static_cast<std::size_t>(i)] = kernels::cast_one<T>(value);
    });
  }
}

void copy_typed(const onnx::Tensor& tensor, const OnnxElement& element, const Tensor& to,
                const std::string& where) {
  if (element.is_half) return copy_list(tensor.int32_data(), element, to, where);
  switch (element.dtype) {
    case DType::kFloat32:
      return copy_list(tensor.float_data(), element, to, where);
    case DType::kFloat64:
      return copy_list(tensor.double_data(), element, to, where);
    case DType::kInt64:
      return copy_list(tensor.int64_data(), element, to, where);
    default:
      return copy_list(tensor.int32_data(), element, to, where);
  }
}

// What was read as it lies in the file, at the front of the tensor's memory or all of it.
void settle(const OnnxElement& element, const Tensor& to) {
  if (element.is_half) {  // from the last one on, as they grow where they are
    for (std::int64_t i = to.size(); i-- > 0;) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, to.data() + 2 * i, sizeof bits);
      to.values<float>()[static_cast<std::size_t>(i)] = widened(bits, element.number);
    }
  } else if (element.dtype == DType::kBool) {  // no other byte is a bool in C++
    for (std::size_t i = 0; i < static_cast<std::size_t>(to.size()); ++i)
      to.data()[i] = to.data()[i] == std::byte{0} ? std::byte{0} : std::byte{1};
  }
}

std::uint64_t number_of(const std::string& text, const char* what, const std::string& where) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    fail(where, "the ", what, " of its data is ", engine::in_quotes(text));
  return number;
}

bool is_inside(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

const OnnxElement* find_onnx_element(int number) {
  for (const OnnxElement& element : kElements) {
    if (element.number == number) return &element;
  }
  return nullptr;
}

std::string onnx_element_name(int number) {
  const OnnxElement* element = find_onnx_element(number);
  return element ? std::string(element->name) : str_cat("type number ", number);
}

ByteStream& OnnxData::open(const std::string& location, const std::string& where) {
  const fs::path relative(location);
  if (!model_) {
    throw Error(ErrorCode::kModelUnsupported,
                str_cat(where, "its data are in file ", engine::in_quotes(location),
                        ", and a model in memory has no files beside it"),
                "load the model from its file");
  }
  const bool leaves = relative.empty() || relative.is_absolute() ||
                      location.find('\0') != std::string::npos ||
                      std::find(relative.begin(), relative.end(), "..") != relative.end();
  if (leaves)
    fail(where, "its data are in ", engine::in_quotes(location), ", outside of the model's folder");
  if (latest_ && latest_location_ == location) return *latest_;
  const fs::path path = model_->parent_path() / relative;
  // Links are followed, but not out of the folder that the model, or what a link to it leads to, is
  // in.
  std::error_code error, ignored;
  const fs::path real = fs::canonical(path, error);
  const fs::path folder = fs::canonical(fs::absolute(*model_, ignored).parent_path(), ignored);
  const fs::path behind = fs::canonical(*model_, ignored).parent_path();
  if (!error && !is_inside(real, folder) && !is_inside(real, behind))
    fail(where, "its data are in ", engine::in_quotes(location),
         ", a link out of the model's folder");
  latest_.reset();
  latest_.emplace(ByteStream::open(path, kMaxParameterFileBytes));
  latest_location_ = location;
  if (sizes_.emplace(location, latest_->size()).second) file_bytes_ += latest_->size();
  if (file_bytes_ > kMaxParameterFileBytes) {
    throw_error(ErrorCode::kModelLimit, where, "with '", location, "' the files of data have ",
                file_bytes_, " bytes, the limit is ", kMaxParameterFileBytes);
  }
  return *latest_;
}

void OnnxData::read(const onnx::Tensor& tensor, const std::string& where, std::byte* destination,
                    std::size_t bytes) {
  std::string location;
  std::uint64_t offset = 0, length = bytes;
  for (const onnx::Entry& entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = number_of(entry.value(), "offset", where);
    if (entry.key() == "length") length = number_of(entry.value(), "length", where);
  }
  if (length != bytes) {
    fail(where, "its data have ", length, " bytes, its type needs ", bytes);
  }
  ByteStream& file = open(location, where);
  if (offset > file.size() || length > file.size() - offset) {
    fail(where, "its data are ", length, " bytes from ", offset, " on of '", location,
         "', which has ", file.size());
  }
  taken_ += length;
  if (taken_ > file_bytes_) {
    throw_error(ErrorCode::kModelLimit, where,
                "with it, the data are larger than the files that they are in");
  }
  file.read_at(offset, destination, bytes);
}

Tensor read_onnx_tensor(onnx::Tensor& tensor, const std::string& where, OnnxData& data,
                        int& halves) {
  const OnnxElement* element = find_onnx_element(tensor.data_type());
  if (!element) {
    throw_error(ErrorCode::kModelUnsupported, where, "elements of ",
                onnx_element_name(tensor.data_type()), " are not supported");
  }
  if (tensor.has_segment())
    throw_error(ErrorCode::kModelUnsupported, where, "segments are not supported");
  if (tensor.dims_size() > kMaxRank) fail(where, "it has ", tensor.dims_size(), " dimensions");
  Shape shape(tensor.dims().begin(), tensor.dims().end());
  for (std::int64_t dim : shape) {
    if (dim < 0) fail(where, "its shape is ", shape);
  }
  const std::size_t item = element->is_half ? 2 : dtype_size(element->dtype);
  const std::size_t bytes = static_cast<std::size_t>(element_count(shape)) * item;
  halves += element->is_half;
  const bool external = tensor.data_location() == kExternal;
  // Before memory is asked for.
  if (!external && tensor.has_raw_data() && tensor.raw_data().size() != bytes) {
    fail(where, "it has ", tensor.raw_data().size(), " bytes of data, ", element->name, " ", shape,
         " needs ", bytes);
  }
  const auto listed = std::max({tensor.float_data_size(), tensor.int32_data_size(),
                                tensor.int64_data_size(), tensor.double_data_size()});
  if (!external && !tensor.has_raw_data() && listed != element_count(shape)) {
    fail(where, "it has ", listed, " elements of data, shape ", shape, " has ",
         element_count(shape));
  }
  if (external && bytes > kMaxParameterFileBytes)
    fail(where, "its shape is ", shape, ", more than any file of data has");
  Tensor result(element->dtype, std::move(shape));
  if (external) {
    data.read(tensor, where, result.data(), bytes);
    settle(*element, result);
  } else if (tensor.has_raw_data()) {
    if (bytes > 0) std::memcpy(result.data(), tensor.raw_data().data(), bytes);
    settle(*element, result);
    std::string().swap(*tensor.mutable_raw_data());
  } else {
    copy_typed(tensor, *element, result, where);
  }
  return result;
}

}  // namespace u2net::engine
