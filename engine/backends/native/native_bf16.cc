// SPDX-License-Identifier: Apache-2.0
// Centres are what a channel is on average (native_moments.h). Any number is right, a better one is
// more exact.
#include "engine/backends/native/native_bf16.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "engine/backends/native/native_moments.h"
#include "engine/graph/work_budget.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/plan/weight_cache.h"
#include "kernels/base/bf16.h"
#include "kernels/conv2d/tiles/tile_conv.h"

namespace u2net::engine::native {
namespace {

using kernels::ElementType;

// Who reads a value: in float32, or on tiles, and there in which type at most.
struct Readers {
  bool in_f32 = false;
  ElementType most = ElementType::kF32;

  void add(ElementType element) {
    in_f32 = in_f32 || element == ElementType::kF32;
    most = std::max(most, element);
  }
};

class Readings {
 public:
  Readings(const Graph& graph, const std::vector<ConvChoice>& choices)
      : graph_(graph), choices_(choices), readers_(graph.values.size()), can_(graph.values.size()) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const Node& node = graph.nodes[n];
      const bool can = choices[n].is_on_tiles() || (resizes_by_taps(node) && can_[node.input(0)]);
      if (!can) continue;
      for (const auto& slot : node.outputs) {
        for (ValueId id : slot) can_[id] = true;
      }
    }
    for (const Port& port : graph.outputs) readers_[port.value].add(ElementType::kF32);
    for (std::size_t n = graph.nodes.size(); n-- > 0;) read_by(n);
  }

  std::vector<ElementType> elements() const {
    std::vector<ElementType> all(graph_.values.size(), ElementType::kF32);
    for (const Node& node : graph_.nodes) {
      const ElementType element = made_by(node);
      for (const auto& slot : node.outputs) {
        for (ValueId id : slot) all[id] = element;
      }
    }
    return all;
  }

 private:
  // All results of a node in one type: a convolution takes the maxima of what it stores. The upper
  // halves of bf16x2 are there for those who read bf16.
  ElementType made_by(const Node& node) const {
    ElementType most = ElementType::kF32;
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) {
        if (!can_[id] || readers_[id].in_f32) return ElementType::kF32;
        most = std::max(most, readers_[id].most);
      }
    }
    return most;
  }

  // The readers of its results are known.
  void read_by(std::size_t n) {
    const Node& node = graph_.nodes[n];
    const ElementType images = choices_[n].is_on_tiles() ? choices_[n].element()
                               : resizes_by_taps(node)   ? made_by(node)
                                                         : ElementType::kF32;
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
      const bool is_image = slot == FusedConv2d::kSources || slot == FusedConv2d::kResidual;
      for (ValueId id : node.inputs[slot]) readers_[id].add(is_image ? images : ElementType::kF32);
    }
  }

  const Graph& graph_;
  const std::vector<ConvChoice>& choices_;
  std::vector<Readers> readers_;  // by value
  std::vector<bool> can_;         // by value: its producer can leave it for tiles
};

// As bf16 has it; 0 for what no image is like, and for what is as good as 0.
float rounded_centre(double x) {
  constexpr double kLeast = 0x1p-20, kMost = 0x1p16;
  const bool is_usual = std::fabs(x) >= kLeast && std::fabs(x) <= kMost;
  return is_usual ? to_f32(kernels::to_bf16(static_cast<float>(x))) : 0.0F;
}

// By node: those whose results lie in bf16 and of which nothing is known.
std::vector<bool> unknown_results(const Graph& graph, const std::vector<ConvChoice>& choices,
                                  const std::vector<ElementType>& elements) {
  std::vector<bool> unknown(graph.nodes.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    unknown[n] = choices[n].is_on_tiles() && elements[node.output()] != ElementType::kF32 &&
                 !convolution_of(node)->statistics;
  }
  return unknown;
}

// None of the pictures that are run: every run of a network has the same centres.
void find_centres(const Graph& graph, const std::vector<ConvChoice>& choices,
                  const BackendOptions& options, Bf16Values& values) {
  const ValueMoments moments =
      find_moments(graph, unknown_results(graph, choices, values.elements), options);
  values.measured = moments.measured;
  std::map<const Moments*, Centre> made;
  for (std::size_t id = 0; id < moments.of.size(); ++id) {
    const Moments* known = moments.of[id].get();
    if (!known) continue;
    Centre& centre = made[known];
    if (!centre) {
      std::vector<float> rounded;
      for (float mean : known->mean) rounded.push_back(rounded_centre(mean));
      centre = std::make_shared<const std::vector<float>>(std::move(rounded));
    }
    values.centres[id] = centre;
  }
}

// Whether planning may take what centres cost: lists a channel, and a look at every weight for the
// sums of tile_bias().
bool affords_centres(const Graph& graph, const std::vector<ConvChoice>& choices,
                     const BackendOptions& options) {
  double channels = 0, weights = 0;
  for (std::size_t n = 0; n < choices.size(); ++n) {
    const ConvChoice& choice = choices[n];
    if (!choice.variant) continue;
    const kernels::Conv2dParams& p = choice.problem.params;
    channels += static_cast<double>(p.oc);
    if (choice.is_on_tiles()) {
      weights += static_cast<double>(
          element_count(graph.type_of(graph.nodes[n].input(FusedConv2d::kFilter)).shape));
    }
  }
  return !options.budget ||
         options.budget->take({.bytes = channels * sizeof(float), .work = weights});
}

}  // namespace

bool comes_in_halves(const Graph& graph, ValueId id, const Bf16Values& values) {
  return graph.type_of(id).shape[1] < kFewestBlockedChannels &&
         values.elements[id] == ElementType::kF32;
}

Bf16Values find_bf16_values(const Graph& graph, const std::vector<ConvChoice>& choices,
                            const BackendOptions& options) {
  const bool any = std::any_of(choices.begin(), choices.end(),
                               [](const ConvChoice& choice) { return choice.is_on_tiles(); });
  const std::size_t count = graph.values.size();
  Bf16Values values{.elements = std::vector<ElementType>(count, ElementType::kF32),
                    .centres = std::vector<Centre>(count)};
  if (!any) return values;
  values.elements = Readings(graph, choices).elements();
  if (affords_centres(graph, choices, options)) find_centres(graph, choices, options, values);
  return values;
}

namespace {

// Adds to the bias of every output what its products miss, the centres of the sources not being in
// them. By the weights themselves, not as they are packed: so what a weight is off by counts by how
// far samples are from their centres, but along the border, where they are centres.
void add_centres(const Graph& graph, const Node& node, const Bf16Values& values,
                 std::vector<double>& bias) {
  const Tensor& filter = *graph.constant(node.input(FusedConv2d::kFilter));
  const float* weights = filter.values<const float>().data();
  const std::int64_t ic = filter.shape()[1], taps = filter.shape()[2] * filter.shape()[3];
  std::int64_t first = 0;  // channel of a source
  for (ValueId source : node.inputs[FusedConv2d::kSources]) {
    const std::int64_t channels = graph.type_of(source).shape[1];
    const Centre& centres = values.centres[source];
    const bool is_centred = centres && !comes_in_halves(graph, source, values);
    for (std::int64_t c = 0; is_centred && c < channels; ++c) {
      const double centre = (*centres)[static_cast<std::size_t>(c)];
      for (std::size_t o = 0; centre != 0 && o < bias.size(); ++o) {
        const float* from = weights + (static_cast<std::int64_t>(o) * ic + first + c) * taps;
        bias[o] += centre * std::accumulate(from, from + taps, 0.0);
      }
    }
    first += channels;
  }
}

}  // namespace

std::vector<float> tile_bias(const Graph& graph, const Node& node, const kernels::FusedConv2d& conv,
                             std::size_t floats, const Bf16Values& values,
                             const BackendOptions& options) {
  const kernels::Conv2dParams& p = conv.params;
  std::vector<double> sums(static_cast<std::size_t>(p.oc));
  if (const Tensor* bias = graph.constant(node.input(FusedConv2d::kBias)))
    std::copy_n(bias->values<const float>().begin(), p.oc, sums.begin());
  options.weights->keep(*graph.constant(node.input(FusedConv2d::kFilter)));
  add_centres(graph, node, values, sums);
  const auto centre = [&](const kernels::ImageLayout& l, ValueId id, std::size_t c) {
    const bool has = l.element != ElementType::kF32 && values.centres[id];
    return has ? double{(*values.centres[id])[c]} : 0;
  };
  const std::size_t list = floats / kernels::kTileBiasLists;
  std::vector<float> lists(floats);
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const double own = centre(conv.dst, node.output(), c);
    const double added =
        conv.residual ? centre(*conv.residual, node.input(FusedConv2d::kResidual), c) : 0;
    lists[kernels::kTileSumBias * list + c] = static_cast<float>(sums[c] - (own - added));
    lists[kernels::kTileReluFloor * list + c] = static_cast<float>(0 - (own - added));
    lists[kernels::kTileCentre * list + c] = static_cast<float>(own);
  }
  return lists;
}

}  // namespace u2net::engine::native
