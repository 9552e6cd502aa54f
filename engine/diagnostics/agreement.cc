// SPDX-License-Identifier: Apache-2.0
#include "engine/diagnostics/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace u2net::engine {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What kernels see of it: whether one that only moves elements flushes those below the normal
// numbers to zero is nobody's concern.
double element(const TensorView& view, std::int64_t i) {
  return visit_dtype(view.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = view.as<const T>()[i];
    if constexpr (std::is_floating_point_v<T>) {
      if (std::fabs(value) < std::numeric_limits<T>::min()) return 0.0;
    }
    return static_cast<double>(value);
  });
}

// Fills in errors and the element that is worst against its bound. `bound` has an entry an element.
void compare(const TensorView& expected, const TensorView& got, const std::vector<double>& bound,
             Agreement& result) {
  if (expected.dtype != got.dtype || expected.shape != got.shape) {
    result.ratio = result.max_error = kInfinity;
    return;
  }
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    const double a = element(expected, i), b = element(got, i);
    const bool same = a == b || (std::isnan(a) && std::isnan(b));
    const double error = same ? 0 : std::fabs(a - b);
    const bool comparable =
        std::isfinite(error) && bound[i] > 0;  // not so with NaN or infinity on one side
    const double ratio = same ? 0 : comparable ? error / bound[i] : kInfinity;
    if (!(error <= result.max_error)) result.max_error = error;
    if (ratio > result.ratio || i == 0) {
      result.ratio = ratio;
      result.bound = bound[i];
    }
  }
}

double largest_magnitude(const TensorView& view) {
  double largest = 0;
  for (std::int64_t i = 0; i < view.size(); ++i) {
    const double magnitude = std::fabs(element(view, i));
    if (std::isfinite(magnitude)) largest = std::max(largest, magnitude);
  }
  return largest;
}

}  // namespace

Agreement node_agreement(const Node& node, const Operands& expected,
                         std::span<const TensorView> got, const std::string& implementation,
                         std::vector<std::vector<double>> bounds) {
  Agreement worst{.name = node.name,
                  .type = std::string(node.op->type().name),
                  .implementation = implementation};
  std::size_t index = 0;
  for (const auto& slot : *expected.outputs) {
    for (const TensorView& output : slot) {
      Agreement agreement = worst;
      agreement.max_error = agreement.bound = agreement.ratio = 0;
      for (double& b : bounds[index]) b *= kConfidence;
      compare(output, got[index], bounds[index], agreement);
      if (index == 0 || agreement.ratio > worst.ratio) worst = agreement;
      ++index;
    }
  }
  return worst;
}

Agreement exact_agreement(const std::string& name, const TensorView& expected,
                          const TensorView& got) {
  Agreement agreement{.name = name, .type = {}, .implementation = {}};
  compare(expected, got, std::vector<double>(static_cast<std::size_t>(expected.size()), 0.0),
          agreement);
  return agreement;
}

Agreement output_agreement(const std::string& name, const TensorView& expected,
                           const TensorView& got, const std::function<double()>& spread) {
  const auto within = [&](double bound) {
    Agreement agreement{.name = name, .type = {}, .implementation = {}};
    compare(expected, got, std::vector<double>(static_cast<std::size_t>(expected.size()), bound),
            agreement);
    return agreement;
  };
  const double promised = kOutputTolerance * largest_magnitude(expected);
  const Agreement agreement = within(promised);
  if (agreement.agrees() || !std::isfinite(agreement.max_error)) return agreement;
  return within(std::max(promised, spread()));
}

double largest_difference(const TensorView& a, const TensorView& b) {
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::fabs(element(a, i) - element(b, i)));
  return largest;
}

}  // namespace u2net::engine
