// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/tensor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>

#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

constexpr std::int64_t k2To34 = std::int64_t{1} << 34;
constexpr std::int64_t k2To31 = std::int64_t{1} << 31;
constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

TEST(Shape, CountsElements) {
  EXPECT_EQ(element_count(Shape{}), 1);
  EXPECT_EQ(element_count({7}), 7);
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  EXPECT_EQ(element_count({2, 0, 4}), 0);
  EXPECT_EQ(element_count({1, 3, 320, 320}), 307200);
}

TEST(Shape, CapsTheElements) {
  EXPECT_EQ(element_count({k2To34}), k2To34);
  EXPECT_EQ(element_count({1 << 16, 1 << 18}), k2To34);
  const Shape too_large[] = {{k2To34 + 1},   {1 << 16, 1 << 19}, {kHuge},
                             {kHuge, kHuge}, {kHuge, 2},         {k2To34, k2To34, k2To34, k2To34},
                             {24, 1 << 30}};
  for (const Shape& shape : too_large) {
    EXPECT_TRUE(
        fails_with(ErrorCode::kModelLimit, {to_string(shape)}, [&] { element_count(shape); }));
    EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {to_string(shape)},
                           [&] { byte_count(DType::kInt8, shape); }));
  }
}

// A shape may be planned for in parts; memory is for less.
TEST(Tensor, CapsItsElements) {
  for (const Shape& shape : {Shape{k2To31 + 1}, {1 << 16, 1 << 16}, {3, 1 << 30}, {kHuge, 2}}) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {to_string(shape)},
                           [&] { Tensor(DType::kInt8, shape); }));
  }
}

TEST(Shape, RejectsNegativeDimensions) {
  for (const Shape& shape :
       {Shape{-1}, Shape{3, -1, 5}, Shape{std::numeric_limits<std::int64_t>::min()}}) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"negative", to_string(shape)},
                           [&] { element_count(shape); }));
  }
}

TEST(Shape, CountsBytes) {
  EXPECT_EQ(byte_count(DType::kFloat64, {k2To31}), std::size_t{8} << 31);  // more than 32 bits hold
  EXPECT_EQ(byte_count(DType::kInt16, {3, 5}), 30U);
  EXPECT_EQ(byte_count(DType::kBool, Shape{}), 1U);
}

TEST(Shape, Prints) {
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ(to_string(Shape{-1, 3, 320}), "[-1,3,320]");
}

TEST(DTypes, HavePaddlesNumbers) {
  struct {
    int number;
    DType dtype;
    const char* name;
    std::size_t size;
  } const expected[] = {{0, DType::kBool, "bool", 1},       {1, DType::kInt16, "int16", 2},
                        {2, DType::kInt32, "int32", 4},     {3, DType::kInt64, "int64", 8},
                        {5, DType::kFloat32, "float32", 4}, {6, DType::kFloat64, "float64", 8},
                        {20, DType::kUInt8, "uint8", 1},    {21, DType::kInt8, "int8", 1}};
  int known = 0;
  for (int number = -1; number < 300; ++number) known += dtype_from_number(number).has_value();
  EXPECT_EQ(known, 8);
  for (const auto& e : expected) {
    EXPECT_EQ(dtype_from_number(e.number), e.dtype);
    EXPECT_EQ(dtype_name(e.dtype), e.name);
    EXPECT_EQ(dtype_size(e.dtype), e.size);
  }
}

TEST(Tensors, AreAligned) {
  for (std::int64_t size : {0, 1, 15, 16, 17, 1000}) {
    const Tensor tensor(DType::kInt8, {size});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64, 0U);
    EXPECT_EQ(tensor.bytes(), static_cast<std::size_t>(size));
    EXPECT_EQ(tensor.size(), size);
  }
}

TEST(Tensors, CopyTheirValues) {
  std::vector<std::int32_t> values = {1, 2, 3, 4, 5, 6};
  const Tensor tensor = Tensor::from<std::int32_t>({2, 3}, values);
  values[0] = 9;
  EXPECT_EQ(tensor.dtype(), DType::kInt32);
  EXPECT_EQ(tensor.shape(), (Shape{2, 3}));
  EXPECT_EQ(tensor.values<std::int32_t>()[0], 1);
  EXPECT_EQ(tensor.view().as<const std::int32_t>()[5], 6);
  EXPECT_EQ(tensor.view().size(), 6);
}

TEST(Tensors, OfRankZeroHaveOneElement) {
  const Tensor tensor(DType::kFloat32, {});
  EXPECT_EQ(tensor.size(), 1);
  EXPECT_EQ(tensor.bytes(), 4U);
}

TEST(AlignedBuffers, ReportWhatCannotBeHad) {
  EXPECT_THROW(AlignedBuffer{std::numeric_limits<std::size_t>::max()}, std::bad_alloc);
  EXPECT_THROW(AlignedBuffer{std::numeric_limits<std::size_t>::max() / 2}, std::bad_alloc);
}

TEST(Conversion, ToIntegersNeverOverflows) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  const Tensor floats = Tensor::from<float>(
      {5}, std::vector<float>{2.9F, -2.9F, 1e30F, std::numeric_limits<float>::quiet_NaN(), -1e30F});
  EXPECT_EQ(to_integers(floats.view()), (std::vector<std::int64_t>{2, -2, kMin, kMin, kMin}));
  const Tensor bytes = Tensor::from<std::uint8_t>({2}, std::vector<std::uint8_t>{0, 255});
  EXPECT_EQ(to_integers(bytes.view()), (std::vector<std::int64_t>{0, 255}));
  const bool flags[] = {true, false};
  EXPECT_EQ(to_integers(Tensor::from<bool>({2}, flags).view()), (std::vector<std::int64_t>{1, 0}));
}

TEST(Conversion, ToFloats) {
  const Tensor integers = Tensor::from<std::int64_t>({2}, std::vector<std::int64_t>{-3, 1 << 20});
  EXPECT_EQ(to_floats(integers.view()), (std::vector<float>{-3, 1 << 20}));
}

}  // namespace
}  // namespace u2net::engine::test
