// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/tensor.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>
#include <new>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHugeFrom =
    8 * kHugePage;  // below, rounding up would waste more than it gives
constexpr std::size_t kDiscardFrom = std::size_t{256} << 10;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 34;
constexpr std::int64_t kMaxTensorElements = std::int64_t{1} << 31;

}  // namespace

std::optional<DType> dtype_from_number(int number) {
  for (DType dtype : {DType::kBool, DType::kInt16, DType::kInt32, DType::kInt64, DType::kFloat32,
                      DType::kFloat64, DType::kUInt8, DType::kInt8}) {
    if (static_cast<int>(dtype) == number) return dtype;
  }
  return std::nullopt;
}

std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return "bool";
    case DType::kInt16:
      return "int16";
    case DType::kInt32:
      return "int32";
    case DType::kInt64:
      return "int64";
    case DType::kFloat32:
      return "float32";
    case DType::kFloat64:
      return "float64";
    case DType::kUInt8:
      return "uint8";
    case DType::kInt8:
      return "int8";
  }
  return "unknown";
}

std::size_t dtype_size(DType dtype) {
  return visit_dtype(dtype, [](auto zero) { return sizeof(zero); });
}

std::string to_string(const Shape& shape) { return str_cat(shape); }

std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (std::int64_t dim : shape) {
    if (dim < 0) throw_error(ErrorCode::kModelFormat, "negative dimension in shape ", shape);
    if (__builtin_mul_overflow(count, dim, &count) || count > kMaxElements) {
      throw_error(ErrorCode::kModelLimit, "a tensor of shape ", shape,
                  " has more than 2^34 elements");
    }
  }
  return count;
}

void check_dimensions(const Shape& shape) {
  if (element_count(shape) > 0) return;
  std::int64_t others = 1;
  for (std::int64_t dim : shape) {
    if (dim == 0) continue;
    if (__builtin_mul_overflow(others, dim, &others) || others > kMaxElements) {
      throw_error(ErrorCode::kModelLimit, "the dimensions of a tensor of shape ", shape,
                  " that are not 0 multiply to more than 2^34");
    }
  }
}

std::size_t byte_count(DType dtype, std::span<const std::int64_t> shape) {
  return static_cast<std::size_t>(element_count(shape)) * dtype_size(dtype);
}

AlignedBuffer::AlignedBuffer(std::size_t bytes) : bytes_(bytes) {
  const std::size_t alignment = bytes >= kHugeFrom ? kHugePage : kAlignment;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  if (rounded < bytes) throw std::bad_alloc();
  data_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, std::max(rounded, alignment))));
  if (!data_) throw std::bad_alloc();
  // Convolutions walk through many planes at once, each on pages of its own. Only a hint.
  if (bytes >= kHugeFrom) ::madvise(data_.get(), rounded, MADV_HUGEPAGE);
}

AlignedBuffer AlignedBuffer::borrow(std::shared_ptr<const void> owner, const std::byte* data,
                                    std::size_t bytes) {
  AlignedBuffer buffer;
  // Nobody writes it: constants are read only.
  buffer.data_ = {const_cast<std::byte*>(data), Free{.owner = std::move(owner)}};
  buffer.bytes_ = bytes;
  return buffer;
}

void AlignedBuffer::make_room(std::size_t bytes) {
  if (data_ && bytes_ >= bytes) return;  // what has no bytes has an address all the same
  *this = AlignedBuffer();
  *this = AlignedBuffer(bytes);
}

void AlignedBuffer::discard() const noexcept {
  if (!data_ || is_borrowed() || bytes_ < kDiscardFrom) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(data_.get());
  const std::uintptr_t begin = (address + page - 1) / page * page,
                       end = (address + bytes_) / page * page;
  if (begin < end) ::madvise(data_.get() + (begin - address), end - begin, MADV_DONTNEED);
}

void AlignedBuffer::Free::operator()(std::byte* pointer) const noexcept {
  if (!owner) std::free(pointer);
}

namespace {

std::int64_t allocated_count(const Shape& shape) {
  const std::int64_t count = element_count(shape);
  if (count > kMaxTensorElements) {
    throw_error(ErrorCode::kModelLimit, "memory for a tensor of shape ", shape,
                ", more than 2^31 elements");
  }
  return count;
}

}  // namespace

Tensor::Tensor(DType dtype, Shape shape)
    : dtype_(dtype),
      shape_(std::move(shape)),
      size_(allocated_count(shape_)),
      buffer_(byte_count(dtype_, shape_)) {}

Tensor Tensor::borrow(const TensorType& type, std::shared_ptr<const void> owner,
                      const std::byte* data) {
  Tensor tensor;
  tensor.dtype_ = type.dtype;
  tensor.shape_ = type.shape;
  tensor.size_ = allocated_count(type.shape);
  tensor.buffer_ =
      AlignedBuffer::borrow(std::move(owner), data, byte_count(type.dtype, type.shape));
  return tensor;
}

std::int64_t integer_at(const TensorView& view, std::int64_t index) {
  return visit_dtype(view.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = view.as<const T>()[index];
    if constexpr (std::is_floating_point_v<T>) {
      // Sizes that arrive as floats are small; anything else must not become undefined behaviour.
      return value > T(-1e15) && value < T(1e15) ? static_cast<std::int64_t>(value)
                                                 : std::numeric_limits<std::int64_t>::min();
    } else {
      return static_cast<std::int64_t>(value);
    }
  });
}

float float_at(const TensorView& view, std::int64_t index) {
  return visit_dtype(view.dtype, [&](auto zero) {
    return static_cast<float>(view.as<const decltype(zero)>()[index]);
  });
}

std::vector<std::int64_t> to_integers(const TensorView& view) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < view.size(); ++i) result.push_back(integer_at(view, i));
  return result;
}

std::vector<float> to_floats(const TensorView& view) {
  std::vector<float> result;
  for (std::int64_t i = 0; i < view.size(); ++i) result.push_back(float_at(view, i));
  return result;
}

}  // namespace u2net::engine
