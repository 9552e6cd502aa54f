// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of two operands: one struct a function, with its row (what it is called,
// how far two evaluations may be apart) and its formula, which serves numbers and vectors of every
// width alike. The rest follows from the list at the end, as in kernels/unary/functions.h.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace u2net::kernels {

enum class BinaryKind : std::uint8_t { kAdd, kMultiply };

struct BinaryFunction {
  BinaryKind kind;
  std::string_view name;
  double error = 2;  // how far two results may be apart, in units of 2^-24 of themselves
};

namespace binary {

struct Add {
  static constexpr BinaryFunction kRow{.kind = BinaryKind::kAdd, .name = "elementwise_add"};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    return a + b;
  }
};

struct Multiply {
  static constexpr BinaryFunction kRow{.kind = BinaryKind::kMultiply, .name = "elementwise_mul"};
  template <class T>
  static inline __attribute__((always_inline)) T of(T a, T b) {
    return a * b;
  }
};

}  // namespace binary

// In the order of BinaryKind.
template <class... F>
struct BinaryList {
  static constexpr std::array<BinaryFunction, sizeof...(F)> kRows = {F::kRow...};

  // f(F{}) for the function of that kind.
  template <class Visitor>
  static void visit(BinaryKind kind, const Visitor& f) {
    ((kind == F::kRow.kind ? f(F{}) : void()), ...);
  }
};
using BinaryFunctions = BinaryList<binary::Add, binary::Multiply>;

inline constexpr const auto& kBinaryFunctions = BinaryFunctions::kRows;
static_assert([] {
  for (std::size_t i = 0; i < kBinaryFunctions.size(); ++i) {
    if (static_cast<std::size_t>(kBinaryFunctions[i].kind) != i) return false;
  }
  return true;
}());

constexpr const BinaryFunction& row_of(BinaryKind kind) {
  return kBinaryFunctions[static_cast<std::size_t>(kind)];
}

}  // namespace u2net::kernels
