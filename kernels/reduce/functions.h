// SPDX-License-Identifier: Apache-2.0
// What a reduction does with its elements: one struct a function, with its row (what it is called,
// which elements it takes) and four parts: where it starts, what an element does to it, how two
// parts of the elements join, and what is told at the end. The rest follows from the list at the
// end: kernels, the operator, what loaders know of it, tests and fuzzing.
//
// Floats are reduced in double and integers in int64, where sums and products wrap.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

namespace u2net::kernels {

enum class ReduceKind : std::uint8_t {
  kMean,
  kSum,
  kMax,
  kMin,
  kProduct,
  kAMax,
  kAMin,
  kAny,
  kAll,
  kFrobenius,
  kLogSumExp
};

struct ReduceFunction {
  ReduceKind kind;
  std::string_view name;
  bool takes_floats = true, takes_integers = true, takes_bools = false;
  bool widens = false;  // int32 and bool become int64 unless the program says otherwise
  bool tells = false;   // the result is true or false
};

// What elements of type T are reduced in.
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;

namespace reduce {

template <class W>
W wrapped_sum(W a, W b) {
  if constexpr (std::is_integral_v<W>)
    return static_cast<W>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  else
    return a + b;
}

template <class W>
W wrapped_product(W a, W b) {
  if constexpr (std::is_integral_v<W>)
    return static_cast<W>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  else
    return a * b;
}

struct Sum {
  static constexpr ReduceFunction kRow{
      .kind = ReduceKind::kSum, .name = "reduce_sum", .takes_bools = true, .widens = true};
  template <class W>
  static W start() {
    return 0;
  }
  template <class W>
  static void step(W& state, W x) {
    state = wrapped_sum(state, x);
  }
  template <class W>
  static void join(W& state, W other) {
    state = wrapped_sum(state, other);
  }
  template <class W>
  static W finish(W state, std::int64_t) {
    return state;
  }
};

// Of integers without what is behind the point; of none 0.
struct Mean : Sum {
  static constexpr ReduceFunction kRow{.kind = ReduceKind::kMean, .name = "reduce_mean"};
  template <class W>
  static W finish(W state, std::int64_t count) {
    if (std::is_integral_v<W> && count == 0) return 0;
    return state / static_cast<W>(count);
  }
};

template <bool largest>
struct Extreme {
  template <class W>
  static W start() {
    using Limits = std::numeric_limits<W>;
    if constexpr (Limits::has_infinity) return largest ? -Limits::infinity() : Limits::infinity();
    return largest ? Limits::lowest() : Limits::max();
  }
  template <class W>
  static void step(W& state, W x) {
    const bool takes = largest ? x > state : x < state;
    state = takes || x != x ? x : state;  // once NaN, nothing compares
  }
  template <class W>
  static void join(W& state, W other) {
    step(state, other);
  }
  template <class W>
  static W finish(W state, std::int64_t) {
    return state;
  }
};

struct Max : Extreme<true> {
  static constexpr ReduceFunction kRow{.kind = ReduceKind::kMax, .name = "reduce_max"};
};
struct Min : Extreme<false> {
  static constexpr ReduceFunction kRow{.kind = ReduceKind::kMin, .name = "reduce_min"};
};
// Those whose gradients differ.
struct AMax : Extreme<true> {
  static constexpr ReduceFunction kRow{.kind = ReduceKind::kAMax, .name = "reduce_amax"};
};
struct AMin : Extreme<false> {
  static constexpr ReduceFunction kRow{.kind = ReduceKind::kAMin, .name = "reduce_amin"};
};

struct Product {
  static constexpr ReduceFunction kRow{
      .kind = ReduceKind::kProduct, .name = "reduce_prod", .widens = true};
  template <class W>
  static W start() {
    return 1;
  }
  template <class W>
  static void step(W& state, W x) {
    state = wrapped_product(state, x);
  }
  template <class W>
  static void join(W& state, W other) {
    state = wrapped_product(state, other);
  }
  template <class W>
  static W finish(W state, std::int64_t) {
    return state;
  }
};

template <bool all>
struct Truth {
  template <class W>
  static W start() {
    return all ? 1 : 0;
  }
  template <class W>
  static void step(W& state, W x) {
    const bool is_true = x != 0;
    state = static_cast<W>(all ? (state != 0 && is_true) : (state != 0 || is_true));
  }
  template <class W>
  static void join(W& state, W other) {
    step(state, other);
  }
  template <class W>
  static W finish(W state, std::int64_t) {
    return state;
  }
};

struct Any : Truth<false> {
  static constexpr ReduceFunction kRow{
      .kind = ReduceKind::kAny, .name = "reduce_any", .takes_bools = true, .tells = true};
};
struct All : Truth<true> {
  static constexpr ReduceFunction kRow{
      .kind = ReduceKind::kAll, .name = "reduce_all", .takes_bools = true, .tells = true};
};

// sqrt(sum x^2)
struct Frobenius : Sum {
  static constexpr ReduceFunction kRow{
      .kind = ReduceKind::kFrobenius, .name = "frobenius_norm", .takes_integers = false};
  template <class W>
  static void step(W& state, W x) {
    state = wrapped_sum(state, wrapped_product(x, x));
  }
  template <class W>
  static W finish(W state, std::int64_t) {
    return static_cast<W>(std::sqrt(static_cast<double>(state)));
  }
};

// log(sum exp(x)), in double, where exp(x) of a float x overflows above 709 and counts as nothing
// below -745: so the largest element so far is taken out.
struct LogSumExp {
  static constexpr ReduceFunction kRow{
      .kind = ReduceKind::kLogSumExp, .name = "logsumexp", .takes_integers = false};
  struct State {
    double most, sum;  // of exp(x - most)
  };
  template <class W>
  static State start() {
    return {-std::numeric_limits<double>::infinity(), 0};
  }
  static void step(State& state, double x) { join(state, {x, 1}); }
  static void join(State& state, State other) {
    if (other.most > state.most) std::swap(state, other);
    if (other.most == state.most) {
      state.sum += other.sum;  // both may be infinite
    } else {
      state.sum += other.sum * std::exp(other.most - state.most);
    }
  }
  // With an infinite one among the elements, or none but those, Paddle's differences are no
  // numbers.
  static double finish(State state, std::int64_t) {
    if (!std::isfinite(state.most)) return std::numeric_limits<double>::quiet_NaN();
    return state.most + std::log(state.sum);
  }
};

}  // namespace reduce

// In the order of ReduceKind.
template <class... F>
struct ReduceList {
  static constexpr std::array<ReduceFunction, sizeof...(F)> kRows = {F::kRow...};

  // f(F{}) for the function of that kind.
  template <class Visitor>
  static void visit(ReduceKind kind, const Visitor& f) {
    ((kind == F::kRow.kind ? f(F{}) : void()), ...);
  }
};
using ReduceFunctions =
    ReduceList<reduce::Mean, reduce::Sum, reduce::Max, reduce::Min, reduce::Product, reduce::AMax,
               reduce::AMin, reduce::Any, reduce::All, reduce::Frobenius, reduce::LogSumExp>;

inline constexpr const auto& kReduceFunctions = ReduceFunctions::kRows;
static_assert([] {
  for (std::size_t i = 0; i < kReduceFunctions.size(); ++i) {
    if (static_cast<std::size_t>(kReduceFunctions[i].kind) != i) return false;
  }
  return true;
}());

constexpr const ReduceFunction& row_of(ReduceKind kind) {
  return kReduceFunctions[static_cast<std::size_t>(kind)];
}

}  // namespace u2net::kernels
