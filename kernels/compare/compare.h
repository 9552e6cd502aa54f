// SPDX-License-Identifier: Apache-2.0
// Comparisons and the functions of truth values: dst = f(x, y), true or false, with broadcasting as
// in kernels/binary/binary.h. One struct a function and the list of them, which all else follows. A
// NaN is equal to nothing, itself included, and is neither less nor greater than anything; as a
// truth value everything is true that is not 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernels/binary/binary.h"

namespace u2net::kernels {

enum class CompareKind : std::uint8_t {
  kAnd,
  kEqual,
  kGreaterEqual,
  kGreaterThan,
  kLessEqual,
  kLessThan,
  kNotEqual,
  kOr,
  kXor,
};

struct CompareFunction {
  CompareKind kind;
  std::string_view name;
  bool of_truth = false;  // it looks at nothing but whether an operand is 0
};

namespace compare {

struct And {
  static constexpr CompareFunction kRow{
      .kind = CompareKind::kAnd, .name = "logical_and", .of_truth = true};
  template <class T>
  static bool of(T a, T b) {
    return a != T{0} && b != T{0};
  }
};

struct Equal {
  static constexpr CompareFunction kRow{.kind = CompareKind::kEqual, .name = "equal"};
  template <class T>
  static bool of(T a, T b) {
    return a == b;
  }
};

struct GreaterEqual {
  static constexpr CompareFunction kRow{.kind = CompareKind::kGreaterEqual,
                                        .name = "greater_equal"};
  template <class T>
  static bool of(T a, T b) {
    return a >= b;
  }
};

struct GreaterThan {
  static constexpr CompareFunction kRow{.kind = CompareKind::kGreaterThan, .name = "greater_than"};
  template <class T>
  static bool of(T a, T b) {
    return a > b;
  }
};

struct LessEqual {
  static constexpr CompareFunction kRow{.kind = CompareKind::kLessEqual, .name = "less_equal"};
  template <class T>
  static bool of(T a, T b) {
    return a <= b;
  }
};

struct LessThan {
  static constexpr CompareFunction kRow{.kind = CompareKind::kLessThan, .name = "less_than"};
  template <class T>
  static bool of(T a, T b) {
    return a < b;
  }
};

struct NotEqual {
  static constexpr CompareFunction kRow{.kind = CompareKind::kNotEqual, .name = "not_equal"};
  template <class T>
  static bool of(T a, T b) {
    return a != b;
  }
};

struct Or {
  static constexpr CompareFunction kRow{
      .kind = CompareKind::kOr, .name = "logical_or", .of_truth = true};
  template <class T>
  static bool of(T a, T b) {
    return a != T{0} || b != T{0};
  }
};

struct Xor {
  static constexpr CompareFunction kRow{
      .kind = CompareKind::kXor, .name = "logical_xor", .of_truth = true};
  template <class T>
  static bool of(T a, T b) {
    return (a != T{0}) != (b != T{0});
  }
};

}  // namespace compare

// In the order of CompareKind.
template <class... F>
struct CompareList {
  static constexpr std::array<CompareFunction, sizeof...(F)> kRows = {F::kRow...};

  // f(F{}) for the function of that kind.
  template <class Visitor>
  static void visit(CompareKind kind, const Visitor& f) {
    ((kind == F::kRow.kind ? f(F{}) : void()), ...);
  }
};
using CompareFunctions = CompareList<compare::And, compare::Equal, compare::GreaterEqual,
                                     compare::GreaterThan, compare::LessEqual, compare::LessThan,
                                     compare::NotEqual, compare::Or, compare::Xor>;

inline constexpr const auto& kCompareFunctions = CompareFunctions::kRows;
static_assert([] {
  for (std::size_t i = 0; i < kCompareFunctions.size(); ++i) {
    if (static_cast<std::size_t>(kCompareFunctions[i].kind) != i) return false;
  }
  return true;
}());

constexpr const CompareFunction& row_of(CompareKind kind) {
  return kCompareFunctions[static_cast<std::size_t>(kind)];
}

// For bool, float, double, and the integers that tensors hold.
template <class T>
void compare_reference(CompareKind kind, const BinaryShape& shape, const T* x, const T* y,
                       bool* dst, ThreadPool& pool);

}  // namespace u2net::kernels
