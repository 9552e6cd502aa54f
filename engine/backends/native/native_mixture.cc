// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/native/native_mixture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/backends/native/native_noise.h"
#include "kernels/base/order.h"

namespace u2net::engine::native {
namespace {

using kernels::ElementType;

// The cheapest without bf16's roundings; null where there is none.
const ConvCandidate* cheapest_exact(const ConvChoice& choice, const BackendOptions& options) {
  const ConvCandidate* best = nullptr;
  for (const ConvCandidate& candidate : choice.candidates) {
    const bool rounds = candidate.variant->element() == ElementType::kBf16;
    if (rounds || is_ruled_out(*candidate.variant, options) || !candidate.why.empty()) continue;
    if (!best || candidate.cost < best->cost) best = &candidate;
  }
  return best;
}

void keep_exact(const ConvCandidate& instead, ConvChoice& choice) {
  choice.take(*instead.variant);
  choice.is_kept_exact = true;
}

// A convolution that rounds.
struct Rounding {
  std::size_t node;
  const ConvCandidate* instead;
  double noise, price;  // noise for the time that is saved
};

}  // namespace

void mix_precisions(const Graph& graph, const BackendOptions& options,
                    std::vector<ConvChoice>& choices) {
  const std::vector<double> noise = noise_at_outputs(graph, choices, options);
  std::vector<Rounding> roundings;
  for (std::size_t n = 0; n < choices.size(); ++n) {
    if (choices[n].element() != ElementType::kBf16) continue;
    const ConvCandidate* instead = cheapest_exact(choices[n], options);
    if (!instead) continue;
    const double saved = instead->cost - choices[n].chosen().cost;
    if (saved > 0 && std::isfinite(noise[n])) {
      roundings.push_back({n, instead, noise[n], noise[n] / saved});
    } else {
      keep_exact(*instead, choices[n]);
    }
  }
  kernels::sort_stably(roundings,
                       [](const Rounding& a, const Rounding& b) { return a.price < b.price; });
  double taken = 0;
  for (const Rounding& r : roundings) {
    if (taken + r.noise <= kMixedError * kMixedError) {
      taken += r.noise;
    } else {
      keep_exact(*r.instead, choices[r.node]);
    }
  }
}

}  // namespace u2net::engine::native
