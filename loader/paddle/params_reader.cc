// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/params_reader.h"

#include <bit>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/limits.h"
#include "loader/paddle/element_type.h"
#include "loader/paddle/program_tensor_desc.h"

namespace u2net::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "parameter files are little-endian");

Shape without_ones(Shape shape) {
  std::erase(shape, 1);
  return shape;
}

class RecordReader {
 public:
  RecordReader(ByteStream& stream, const Parameter& parameter)
      : stream_(stream), parameter_(parameter), start_(stream.offset()) {}

  Tensor read() {
    check_version("record", number<std::uint32_t>());
    const auto levels = number<std::uint64_t>();
    if (levels != 0) fail("record at offset ", start_, " has ", levels, " LoD levels, expected 0");
    check_version("tensor", number<std::uint32_t>());
    const TensorType type = checked_type(description());
    need(byte_count(type.dtype, type.shape));  // before memory is asked for
    Tensor tensor(type);
    stream_.read(tensor.data(), tensor.bytes());
    return tensor;
  }

 private:
  template <class... Pieces>
  [[noreturn]] void fail(const Pieces&... why) const {
    throw_error(ErrorCode::kModelParams, "cannot load parameters '", stream_.name(),
                "': parameter '", parameter_.name, "': ", why...);
  }

  void need(std::uint64_t bytes) const {
    if (bytes <= stream_.remaining()) return;
    fail("needs ", bytes, " bytes at offset ", stream_.offset(), ", the file ends at ",
         stream_.size());
  }

  template <class T>
  T number() {
    need(sizeof(T));
    T value;
    stream_.read(&value, sizeof(T));
    return value;
  }

  void check_version(const char* what, std::uint32_t version) const {
    if (version != 0) {
      fail("the ", what, " version at offset ", stream_.offset() - 4, " is ", version,
           ", expected 0");
    }
  }

  TensorDesc description() {
    const auto size = number<std::int32_t>();
    if (size < 2 || size > kMaxTensorDescBytes) {
      fail("the description at offset ", stream_.offset(), " has ", size, " bytes, expected 2 to ",
           kMaxTensorDescBytes);
    }
    need(static_cast<std::uint64_t>(size));
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    stream_.read(bytes.data(), bytes.size());
    std::optional<TensorDesc> desc = parse_tensor_desc(bytes);
    if (!desc) fail("the description at offset ", stream_.offset(), " is damaged");
    return *std::move(desc);
  }

  // As declared; but slim quantises weights to int8 and leaves them declared as float32, and writes
  // scales that are declared as [1] or [8] as [] or [1,8].
  TensorType checked_type(const TensorDesc& desc) const {
    const std::optional<DType> dtype = dtype_from_paddle(desc.data_type);
    const std::string type =
        dtype ? std::string(dtype_name(*dtype)) : str_cat("type ", desc.data_type);
    const bool fits = desc.dims.size() <= kMaxRank &&
                      without_ones(desc.dims) == without_ones(parameter_.type.shape);
    const bool is_quantised = dtype == DType::kInt8 && parameter_.type.dtype == DType::kFloat32;
    if ((dtype != parameter_.type.dtype && !is_quantised) || !fits) {
      fail("the record at offset ", start_, " holds ", type, " ", desc.dims,
           ", the program declares ", dtype_name(parameter_.type.dtype), " ",
           parameter_.type.shape);
    }
    return {*dtype, desc.dims};
  }

  ByteStream& stream_;
  const Parameter& parameter_;
  std::uint64_t start_;
};

void expect_end(const ByteStream& stream, const std::string& after) {
  if (stream.remaining() == 0) return;
  throw Error(ErrorCode::kModelParams,
              str_cat("cannot load parameters '", stream.name(), "': ", stream.remaining(),
                      " bytes are left over after ", after),
              "the file is damaged or belongs to another program");
}

}  // namespace

void read_combined_parameters(ByteStream& stream, const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) {
    *parameter.destination = std::make_shared<const Tensor>(RecordReader(stream, parameter).read());
  }
  expect_end(stream, str_cat("the ", parameters.size(), " parameters of the program"));
}

std::uint64_t read_separate_parameters(const std::filesystem::path& directory,
                                       const std::vector<Parameter>& parameters) {
  std::uint64_t bytes = 0;
  for (const Parameter& parameter : parameters) {
    if (parameter.name.find('/') != std::string::npos ||
        parameter.name.find('\0') != std::string::npos || parameter.name == "." ||
        parameter.name == "..") {
      throw_error(ErrorCode::kModelParams, "cannot load parameters from '", directory.string(),
                  "': '", parameter.name, "' cannot be the name of a file");
    }
    ByteStream stream = ByteStream::open(directory / parameter.name, kMaxParameterFileBytes);
    bytes += stream.size();
    if (bytes > kMaxParameterFileBytes) {
      throw_error(ErrorCode::kModelLimit, "the parameters in '", directory.string(), "' up to '",
                  parameter.name, "' have ", bytes, " bytes, the limit is ",
                  kMaxParameterFileBytes);
    }
    *parameter.destination = std::make_shared<const Tensor>(RecordReader(stream, parameter).read());
    expect_end(stream, "the parameter");
  }
  return bytes;
}

}  // namespace u2net::engine
