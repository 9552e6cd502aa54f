// SPDX-License-Identifier: Apache-2.0
#include "tests/support/compare.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>

namespace u2net::engine::test {
namespace {

std::string position(std::int64_t flat, const Shape& shape) {
  Shape index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    index[i] = flat % shape[i];
    flat /= shape[i];
  }
  return to_string(index);
}

std::string text(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}

// Collects the differences of one comparison.
class Differences {
 public:
  void add(std::int64_t at, double expected, double got, double allowed) {
    const double error = std::abs(expected - got);
    // NaN against a number is worse than any distance.
    const double excess =
        std::isnan(error) ? std::numeric_limits<double>::infinity() : error - allowed;
    if (count_++ == 0 || excess > worst_excess_) {
      worst_excess_ = excess;
      worst_ = "expected " + text(expected) + ", got " + text(got) + " (difference " + text(error) +
               ", allowed " + text(allowed) + ")";
      worst_at_ = at;
    }
  }

  testing::AssertionResult result(const Shape& shape, const std::string& repro) const {
    if (count_ == 0) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << count_ << " of " << element_count(shape) << " elements differ; the worst at "
           << position(worst_at_, shape) << " of " << to_string(shape) << ": " << worst_ << "; "
           << repro;
  }

 private:
  std::int64_t count_ = 0, worst_at_ = 0;
  double worst_excess_ = 0;
  std::string worst_;
};

testing::AssertionResult same_type(const TensorView& expected, const TensorView& got,
                                   const std::string& repro) {
  if (expected.dtype == got.dtype && expected.shape == got.shape) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << "expected " << dtype_name(expected.dtype) << " " << to_string(expected.shape)
         << ", got " << dtype_name(got.dtype) << " " << to_string(got.shape) << "; " << repro;
}

template <class T>
bool same_value(T a, T b) {
  return a == b || (a != a && b != b);
}

// Calls test(expected, got) on every pair of elements; where it is false they differ.
template <class Test>
testing::AssertionResult compare(const TensorView& expected, const TensorView& got, double allowed,
                                 const std::string& repro, Test test) {
  if (testing::AssertionResult types = same_type(expected, got, repro); !types) return types;
  Differences differences;
  visit_dtype(expected.dtype, [&](auto zero) {
    using T = decltype(zero);
    const std::int64_t count = expected.size();
    for (std::int64_t i = 0; i < count; ++i) {
      const T a = expected.as<const T>()[i], b = got.as<const T>()[i];
      if (!test(a, b)) {
        differences.add(i, static_cast<double>(a), static_cast<double>(b), allowed);
      }
    }
  });
  return differences.result(expected.shape, repro);
}

}  // namespace

testing::AssertionResult same_bits(const TensorView& expected, const TensorView& got,
                                   const std::string& repro) {
  return compare(expected, got, 0, repro,
                 [](auto a, auto b) { return std::memcmp(&a, &b, sizeof(a)) == 0; });
}

testing::AssertionResult same_values(const TensorView& expected, const TensorView& got,
                                     const std::string& repro) {
  return compare(expected, got, 0, repro, [](auto a, auto b) { return same_value(a, b); });
}

testing::AssertionResult within(const TensorView& expected, const TensorView& got, double bound,
                                const std::string& repro) {
  return compare(expected, got, bound, repro, [bound](auto a, auto b) {
    // The difference of infinities is NaN, which no bound holds for: only equality saves it.
    return same_value(a, b) || std::abs(static_cast<double>(a) - static_cast<double>(b)) <= bound;
  });
}

testing::AssertionResult near_truth(const Shape& shape, std::span<const Truth> expected,
                                    std::span<const float> got, const std::string& repro) {
  if (expected.size() != got.size()) {
    return testing::AssertionFailure()
           << "expected " << expected.size() << " elements, got " << got.size() << "; " << repro;
  }
  Differences differences;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto [value, bound] = expected[i];
    const double error = std::abs(value - double{got[i]});
    if (!same_value(value, double{got[i]}) && !(error <= bound)) {
      differences.add(static_cast<std::int64_t>(i), value, got[i], bound);
    }
  }
  return differences.result(shape, repro);
}

double largest_magnitude(const TensorView& view) {
  return visit_dtype(view.dtype, [&](auto zero) {
    double largest = 0;
    for (std::int64_t i = 0; i < view.size(); ++i) {
      const double value = std::abs(static_cast<double>(view.as<const decltype(zero)>()[i]));
      if (std::isfinite(value) && value > largest) largest = value;
    }
    return largest;
  });
}

}  // namespace u2net::engine::test
