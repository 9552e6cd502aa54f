// SPDX-License-Identifier: Apache-2.0
// Transformed filters take 4 (F(4, 3)) to 7.1 times (F(6, 3)) the memory of the filters: more than
// a gigabyte for the whole U2-Net. Where they exceed the limit, those convolutions change to a more
// compact form that lose the least time for the memory that this saves: the ones on small images.
// Within the limit a form has to be faster by more than the estimates are off to take more memory.
#include <algorithm>
#include <limits>
#include <queue>
#include <set>
#include <utility>

#include "engine/backends/native/native_conv.h"
#include "engine/graph/work_budget.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/plan/weight_cache.h"

namespace u2net::engine::native {
namespace {

struct Change {
  ConvChoice* choice = nullptr;
  const kernels::ConvVariant* variant = nullptr;
  double cost_a_byte = 0;

  // For a queue with the cheapest on top; of equal ones the first of the network.
  bool operator<(const Change& other) const {
    return cost_a_byte != other.cost_a_byte ? cost_a_byte > other.cost_a_byte
                                            : choice > other.choice;
  }
};

// Packed filters, and with them the filters that have to be kept.
struct Bytes {
  double packed = 0, all = 0;

  void add(const Bytes& other, double sign) {
    packed += sign * other.packed;
    all += sign * other.all;
  }
};

// Of a node in a form. Filters that are only moved can be moved back, so a model that owns its
// weights need not keep them in memory; the choice is the same for one that does not.
Bytes bytes_of(const kernels::ConvVariant& variant, const ConvChoice& choice) {
  const kernels::Conv2dParams& p = choice.problem.params;
  const double kept =
      variant.moves_weights() ? 0 : static_cast<double>(p.oc * (p.ic / p.groups) * p.kh * p.kw);
  const double packed = variant.packed_bytes(choice.problem_for(variant));
  return {packed, packed + sizeof(float) * kept};
}

// With every choice in its most compact form.
double least_bytes(const std::vector<ConvChoice>& choices) {
  double sum = 0;
  for (const ConvChoice& choice : choices) {
    if (!choice.variant) continue;
    double least = bytes_of(*choice.variant, choice).all;
    for (const ConvCandidate& candidate : choice.candidates) {
      if (candidate.why.empty()) least = std::min(least, bytes_of(*candidate.variant, choice).all);
    }
    sum += least;
  }
  return sum;
}

// The change of one choice that costs the least for what it saves.
Change best_change(ConvChoice& choice) {
  Change best;
  const double bytes = bytes_of(*choice.variant, choice).all;
  const double cost = choice.chosen().cost;
  for (const ConvCandidate& candidate : choice.candidates) {
    if (!candidate.why.empty()) continue;
    const double saved = bytes - bytes_of(*candidate.variant, choice).all;
    if (saved <= 0) continue;
    const double price = (candidate.cost - cost) / saved;
    if (!best.variant || price < best.cost_a_byte) best = {&choice, candidate.variant, price};
  }
  return best;
}

// Of the forms that can be taken for as fast as the chosen one, the most compact.
void take_smallest_alike(ConvChoice& choice) {
  // Estimates are right within a tenth nearly everywhere (tools/fit_costs); half of that is nothing
  // to pay for with megabytes, which have to be packed before the first run, too.
  constexpr double kAlike = 1.05;
  if (!choice.variant || choice.is_kept_exact) return;
  const double most = kAlike * choice.chosen().cost;
  const kernels::ConvVariant* smallest = choice.variant;
  for (const ConvCandidate& candidate : choice.candidates) {
    const kernels::ConvVariant& variant = *candidate.variant;
    if (candidate.why.empty() && candidate.cost <= most && variant.element() == choice.element() &&
        bytes_of(variant, choice).all < bytes_of(*smallest, choice).all)
      smallest = &variant;
  }
  if (smallest != choice.variant) choice.take(*smallest);
}

// What planning may still take for packed filters: all but a twentieth, for tables and the like.
double packed_limit(const BackendOptions& options) {
  return options.budget ? 0.95 * options.budget->bytes_left()
                        : std::numeric_limits<double>::infinity();
}

}  // namespace

void fit_weights(const BackendOptions& options, std::vector<ConvChoice>& choices) {
  if (options.kernels.exact || !options.kernels.convolution.empty()) return;  // nothing to choose
  Bytes bytes;
  for (ConvChoice& choice : choices) {
    take_smallest_alike(choice);
    if (choice.variant) bytes.add(bytes_of(*choice.variant, choice), 1);
  }
  // Below what is possible there is nothing to gain: small filters stay fast for this share.
  constexpr double kSlack = 1.05;
  const double limit = std::max(static_cast<double>(options.kernels.max_weight_bytes),
                                kSlack * least_bytes(choices)),
               most_packed = packed_limit(options);
  const auto fits = [&] { return bytes.all <= limit && bytes.packed <= most_packed; };
  if (fits()) return;
  // The best change of every choice, the best of all on top; a choice that changes has another one.
  std::priority_queue<Change> changes;
  const auto add = [&](ConvChoice& choice) {
    if (!choice.variant) return;
    const Change change = best_change(choice);
    if (change.variant) changes.push(change);
  };
  for (ConvChoice& choice : choices) add(choice);
  while (!fits() && !changes.empty()) {
    const Change best = changes.top();
    changes.pop();
    bytes.add(bytes_of(*best.choice->variant, *best.choice), -1);
    best.choice->take(*best.variant);
    bytes.add(bytes_of(*best.variant, *best.choice), 1);
    add(*best.choice);
  }
}

void leave_what_does_not_fit(const Graph& graph, const BackendOptions& options,
                             std::vector<ConvChoice>& choices) {
  if (!options.budget) return;
  std::set<std::pair<const Tensor*, const kernels::ConvVariant*>> packed;
  for (std::size_t n = 0; n < choices.size(); ++n) {
    ConvChoice& choice = choices[n];
    if (!choice.variant) continue;
    const Tensor* filter = graph.constant(graph.nodes[n].input(FusedConv2d::kFilter));
    if (packed.contains({filter, choice.variant})) continue;
    const double bytes = bytes_of(*choice.variant, choice).packed;
    if (options.budget->take({.bytes = bytes, .work = 0})) {
      packed.insert({filter, choice.variant});
    } else {
      choice.variant = nullptr;
      choice.why = "its packed weights do not fit into the memory that planning may take";
    }
  }
}

}  // namespace u2net::engine::native
