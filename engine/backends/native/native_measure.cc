// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/native/native_measure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "engine/backends/native/native_builder.h"
#include "engine/base/error.h"
#include "engine/graph/work_budget.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/plan/addresses.h"
#include "engine/plan/weight_cache.h"

namespace u2net::engine::native {
namespace {

using kernels::ImageLayout;

// Numbers of [-1, 1) at the points of a lattice, none like its neighbours.
float lattice(std::uint64_t layer, std::int64_t y, std::int64_t x) {
  std::uint64_t bits = layer * 0x9e3779b97f4a7c15U +
                       static_cast<std::uint64_t>(y) * 0xbf58476d1ce4e5b9U +
                       static_cast<std::uint64_t>(x) * 0x94d049bb133111ebU;
  bits = (bits ^ (bits >> 31)) * 0xd6e8feb86659fd93U;
  bits = (bits ^ (bits >> 29)) * 0xd6e8feb86659fd93U;
  return static_cast<float>(static_cast<double>(bits >> 40) / (1 << 23) - 1);
}

// Between the points, which are `step` pixels apart.
float between(std::uint64_t layer, std::int64_t step, std::int64_t y, std::int64_t x) {
  const std::int64_t y0 = y / step, x0 = x / step;
  const float fy = static_cast<float>(y % step) / static_cast<float>(step),
              fx = static_cast<float>(x % step) / static_cast<float>(step);
  const auto row = [&](std::int64_t at) {
    return lattice(layer, at, x0) * (1 - fx) + lattice(layer, at, x0 + 1) * fx;
  };
  return row(y0) * (1 - fy) + row(y0 + 1) * fy;
}

// As pictures are: the larger a detail the more of it.
float sample(std::uint64_t layer, std::int64_t y, std::int64_t x) {
  float sum = 0;
  for (std::int64_t step = 64; step > 0; step /= 2) {
    const float share = 1.75F * std::sqrt(static_cast<float>(step) / 64);
    sum += share * between(100 * layer + static_cast<std::uint64_t>(step), step, y, x);
  }
  return sum;
}

// The same picture for every image of a batch, its channels much alike.
Tensor made_picture(const Shape& shape) {
  Tensor picture(DType::kFloat32, shape);
  float* to = picture.values<float>().data();
  const std::int64_t plane = shape[2] * shape[3], image = shape[1] * plane;
  for (std::int64_t i = 0; i < plane; ++i) {
    const std::int64_t y = i / shape[3], x = i % shape[3];
    const float common = sample(0, y, x);
    for (std::int64_t c = 0; c < shape[1]; ++c)
      to[c * plane + i] = common + 0.3F * sample(static_cast<std::uint64_t>(c) + 1, y, x);
  }
  for (std::int64_t n = 1; n < shape[0]; ++n) std::copy_n(to, image, to + n * image);
  return picture;
}

// Of the first image, if there is one.
void find_moments(const ImageLayout& l, const float* data, Moments& moments,
                  kernels::ThreadPool& pool) {
  if (l.n * l.h * l.w == 0) return;
  pool.parallel_for(l.c, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      double sum = 0, squares = 0;
      for (std::int64_t y = 0; y < l.h; ++y) {
        const float* row = data + l.offset(0, c / l.block, y, 0) + c % l.block;
        for (std::int64_t x = 0; x < l.w; ++x) {
          const double sample = row[x * l.block];
          sum += sample;
          squares += sample * sample;
        }
      }
      const auto samples = static_cast<double>(l.h * l.w);
      const double mean = sum / samples;
      const auto at = static_cast<std::size_t>(c);
      moments.mean[at] = static_cast<float>(mean);
      moments.variance[at] = static_cast<float>(std::max(squares / samples - mean * mean, 0.0));
    }
  });
}

// Behind a node.
void measure(Builder& b, const Node& node, Moments& moments) {
  const Operand result = b.produced(node.output());
  for (std::vector<float>* numbers : {&moments.mean, &moments.variance})
    numbers->resize(static_cast<std::size_t>(result.layout.c));
  b.add_step(
      node, "moments", "moments",
      [layout = result.layout, &moments](std::byte* const* o, kernels::ThreadPool& pool) {
        find_moments(layout, reinterpret_cast<const float*>(o[0]), moments, pool);
      },
      {result.buffer}, {}, to_text(result.layout));
}

void run(Plan& plan, std::span<const TensorView> inputs, kernels::ThreadPool& pool) {
  AlignedBuffer arena;
  arena.make_room(plan.arena_bytes);
  Bindings bindings(plan.buffers.size());
  for (BufferId id = 0; id < static_cast<BufferId>(plan.buffers.size()); ++id)
    bindings.set(id, address_of(plan, id, arena.data(), inputs));
  for (PlannedStep& step : plan.steps) {
    step.step->bind(bindings);
    step.step->run(pool);
  }
}

constexpr double kWorkOfSample = 100;  // of a made picture

// Of a run, an image: convolutions by their estimate in nanoseconds, the others as reference
// kernels.
double work_of(const Graph& graph, const Builder& builder, double images) {
  double work = 0;
  for (const Node& node : graph.nodes) {
    const ConvChoice* choice = builder.convolution(node);
    work += choice->variant ? choice->chosen().cost : node.op->work(graph, node) / images;
  }
  for (const Port& port : graph.inputs) {
    const auto samples = static_cast<double>(element_count(graph.type_of(port.value).shape));
    work += samples * kWorkOfSample / images;
  }
  return work;
}

bool takes_images_alone(const Graph& graph) {
  return std::all_of(graph.inputs.begin(), graph.inputs.end(), [&](const Port& port) {
    const TensorType& type = graph.type_of(port.value);
    return type.dtype == DType::kFloat32 && type.shape.size() == 4 && element_count(type.shape) > 0;
  });
}

// A plan in float32 of its own, in which every wanted result is measured as soon as there is one.
class MeasuringPlan {
 public:
  MeasuringPlan(const Graph& graph, const BackendOptions& options)
      : plan_(without_outputs(graph)),
        budget_(options.budget ? *options.budget : WorkBudget()),
        options_(options) {
    options_.kernels = {.convolution = "blocked"};  // the fewest packed weights
    options_.budget = &budget_;
    options_.weights = &weights_;
  }

  // Nothing where it does not fit. What it takes is counted an image, so that no batch decides.
  std::vector<Moments> moments(const std::vector<bool>& wanted) {
    const Graph& graph = plan_.graph();
    const auto images =
        static_cast<double>(graph.type_of(graph.inputs.front().value).shape.front());
    Builder builder(graph, options_, plan_);
    if (!budget_.take({.bytes = 0, .work = work_of(graph, builder, images)})) return {};
    std::vector<Moments> moments(graph.nodes.size());
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      build_node(builder, graph.nodes[n]);
      if (wanted[n]) measure(builder, graph.nodes[n], moments[n]);
    }
    Plan plan = plan_.finish();
    if (!budget_.take({.bytes = static_cast<double>(plan.arena_bytes) / images, .work = 0}))
      return {};
    std::vector<Tensor> pictures;
    std::vector<TensorView> inputs;
    for (const Port& port : plan.graph->inputs) {
      pictures.push_back(made_picture(plan.graph->type_of(port.value).shape));
      inputs.push_back(pictures.back().view());
    }
    run(plan, inputs, *options_.pool);
    return moments;
  }

 private:
  static std::shared_ptr<const Graph> without_outputs(const Graph& graph) {
    Graph alone = graph;
    alone.outputs.clear();  // nothing is kept
    return std::make_shared<const Graph>(std::move(alone));
  }

  PlanBuilder plan_;
  WorkBudget budget_;
  WeightCache weights_;
  BackendOptions options_;
};

}  // namespace

std::vector<Moments> measured_moments(const Graph& graph, const std::vector<bool>& wanted,
                                      const BackendOptions& options) {
  if (graph.inputs.empty() || !takes_images_alone(graph)) return {};
  for (const Node& node : graph.nodes) {
    const bool packs = convolution_of(node) && graph.constant(node.input(FusedConv2d::kFilter));
    if (packs) options.weights->keep(*graph.constant(node.input(FusedConv2d::kFilter)));
  }
  try {
    return MeasuringPlan(graph, options).moments(wanted);
  } catch (const Error&) {
    return {};  // the picture is none that the network takes
  }
}

}  // namespace u2net::engine::native
