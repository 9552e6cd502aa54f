// SPDX-License-Identifier: Apache-2.0
// Element types, shapes and dense row-major tensors. A Tensor owns 64-byte aligned memory; a
// TensorView borrows it. Shapes count elements, never bytes; a rank-0 tensor has one element.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/base/element_type.h"

namespace u2net::engine {

// The numbers are part of the public interface (u2net/u2net.h), so they stay.
enum class DType : int {
  kBool = 0,
  kInt16 = 1,
  kInt32 = 2,
  kInt64 = 3,
  kFloat32 = 5,
  kFloat64 = 6,
  kUInt8 = 20,
  kInt8 = 21,
};

std::optional<DType> dtype_from_number(int number);
std::string_view dtype_name(DType dtype);
std::size_t dtype_size(DType dtype);

template <class T>
constexpr DType dtype_of();

using Shape = std::vector<std::int64_t>;
using kernels::kMaxRank;  // of what the loader and the operators accept

// "[1,3,320,320]"; unknown dimensions print as -1.
std::string to_string(const Shape& shape);

// The number of elements and of bytes. Throws kModelLimit for more than 2^34 elements, and
// kModelFormat on a negative dimension.
std::int64_t element_count(std::span<const std::int64_t> shape);
std::size_t byte_count(DType dtype, std::span<const std::int64_t> shape);
inline std::int64_t element_count(const Shape& shape) { return element_count(std::span(shape)); }
inline std::size_t byte_count(DType dtype, const Shape& shape) {
  return byte_count(dtype, std::span(shape));
}

// Throws as well where a dimension of 0 hides others that are too large: loops and strides run over
// those all the same.
void check_dimensions(const Shape& shape);

struct TensorType {
  DType dtype = DType::kFloat32;
  Shape shape;

  bool operator==(const TensorType&) const = default;
};

struct TensorView {
  DType dtype = DType::kFloat32;
  Shape shape;
  void* data = nullptr;  // row-major, element_count(shape) elements

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  std::int64_t size() const { return element_count(shape); }
};

// Memory aligned for every vector width, freed with the object. The contents start undefined.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t bytes);  // throws std::bad_alloc
  // Memory of others as aligned, to be read only, that lives as long as `owner`.
  static AlignedBuffer borrow(std::shared_ptr<const void> owner, const std::byte* data,
                              std::size_t bytes);
  bool is_borrowed() const { return data_.get_deleter().owner != nullptr; }

  std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

  // At least so many bytes, undefined where that takes other memory: the old is freed first, as
  // both together may not fit. Throws std::bad_alloc.
  void make_room(std::size_t bytes);

  // Gives the memory back to the system, but for the ends that share pages with others: it can be
  // written again, and until then its contents are undefined.
  void discard() const noexcept;

 private:
  struct Free {
    void operator()(std::byte* pointer) const noexcept;
    std::shared_ptr<const void> owner;  // of what is borrowed
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t bytes_ = 0;
};

class Tensor {
 public:
  Tensor() = default;
  Tensor(DType dtype, Shape shape);  // throws kModelLimit for more than 2^31 elements
  explicit Tensor(const TensorType& type) : Tensor(type.dtype, type.shape) {}

  // Elements in memory of others, to be read only: see AlignedBuffer.
  static Tensor borrow(const TensorType& type, std::shared_ptr<const void> owner,
                       const std::byte* data);
  bool is_borrowed() const { return buffer_.is_borrowed(); }

  // A copy of `values`, for small tensors and tests.
  template <class T>
  static Tensor from(Shape shape, std::span<const T> values);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return size_; }
  std::size_t bytes() const { return buffer_.bytes(); }
  std::byte* data() const { return buffer_.data(); }
  void discard() const noexcept { buffer_.discard(); }  // see AlignedBuffer
  TensorView view() const { return {dtype_, shape_, buffer_.data()}; }

  template <class T>
  std::span<T> values() const {
    return {reinterpret_cast<T*>(buffer_.data()), static_cast<std::size_t>(size_)};
  }

 private:
  DType dtype_ = DType::kFloat32;
  Shape shape_;
  std::int64_t size_ = 0;
  AlignedBuffer buffer_;
};

// Integer (or floating-point) elements of a small tensor, converted; for shapes, axes and sizes.
std::int64_t integer_at(const TensorView& view, std::int64_t index);
float float_at(const TensorView& view, std::int64_t index);
std::vector<std::int64_t> to_integers(const TensorView& view);
std::vector<float> to_floats(const TensorView& view);

template <>
constexpr DType dtype_of<float>() {
  return DType::kFloat32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::kFloat64;
}
template <>
constexpr DType dtype_of<std::int16_t>() {
  return DType::kInt16;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::kInt32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::kInt64;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::kUInt8;
}
template <>
constexpr DType dtype_of<std::int8_t>() {
  return DType::kInt8;
}
template <>
constexpr DType dtype_of<bool>() {
  return DType::kBool;
}

template <class T>
Tensor Tensor::from(Shape shape, std::span<const T> values) {
  Tensor tensor(dtype_of<T>(), std::move(shape));
  std::copy(values.begin(), values.end(), tensor.values<T>().begin());
  return tensor;
}

// Calls f with a value of the C++ type that stands for `dtype` (bool as bool).
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kBool:
      return f(bool{});
    case DType::kInt16:
      return f(std::int16_t{});
    case DType::kInt32:
      return f(std::int32_t{});
    case DType::kInt64:
      return f(std::int64_t{});
    case DType::kFloat64:
      return f(double{});
    case DType::kUInt8:
      return f(std::uint8_t{});
    case DType::kInt8:
      return f(std::int8_t{});
    case DType::kFloat32:
      break;
  }
  return f(float{});
}

// The same for the types that operators compute with; others count as float, so they are to be
// refused before.
template <class F>
decltype(auto) visit_arithmetic(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kInt32:
      return f(std::int32_t{});
    case DType::kInt64:
      return f(std::int64_t{});
    case DType::kFloat64:
      return f(double{});
    default:
      return f(float{});
  }
}

}  // namespace u2net::engine
