// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/program_generator.h"

#include <algorithm>

#include "engine/passes/pass.h"
#include "kernels/conv2d/fused_conv2d.h"
#include "tests/fuzz/growth.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

constexpr std::size_t kMostNodes = 28;
constexpr std::int64_t kMostInputElements = 1 << 14;

// Some dimensions may have any size: further runs will change them.
Shape declared_for(Choices& c, const Shape& shape) {
  Shape declared = shape;
  for (std::int64_t& size : declared) {
    if (c.coin()) size = -1;
  }
  return declared;
}

void add_image(Growth& w) {
  Choices& c = w.c;
  const auto side = [&] {
    return c.one_of<std::int64_t>({8, 5, 6, 12, 1, 2, 3, 4, 7, 9, 13, 16, 17, 24});
  };
  Shape shape{c.one_of<std::int64_t>({1, 1, 2, 3, 4, 6}),
              c.one_of<std::int64_t>({3, 4, 1, 2, 8, 16, 5, 7, 17, 32, 33}), side(), side()};
  if (element_count(shape) > kMostInputElements) shape[0] = 1, shape[1] = 3;
  Shape declared = declared_for(c, shape);
  if (c.chance(12)) declared[1] = shape[1];
  w.last = w.g.input(w.random_tensor(DType::kFloat32, shape), declared);
}

void add_tensor(Growth& w) {
  Choices& c = w.c;
  Shape shape;
  for (std::size_t rank = c.below(7); rank-- > 0;)
    shape.push_back(c.one_of<std::int64_t>({2, 1, 3, 4, 5}));
  const DType dtype = c.one_of({DType::kFloat32, DType::kInt32, DType::kInt64, DType::kBool,
                                DType::kFloat64, DType::kUInt8});
  Tensor tensor = w.random_tensor(dtype, shape);
  w.last = w.g.input(std::move(tensor), declared_for(c, shape));
}

void add_inputs(Growth& w) {
  add_image(w);
  if (w.c.chance(4)) {  // another one of its shape
    const Shape shape = w.g.shape(w.last);
    Tensor tensor = w.random_tensor(DType::kFloat32, shape);
    w.g.input(std::move(tensor), declared_for(w.c, shape));
  }
  if (w.c.chance(2)) add_tensor(w);
}

void grow(Growth& w) {
  const auto images = image_makers(), tensors = tensor_makers(), motifs = motif_makers();
  for (int tries = 0; tries < 40 && w.g.node_count() < kMostNodes && !w.c.is_empty(); ++tries) {
    const std::size_t kind = w.c.below(4);
    const std::span<const Maker> makers = kind == 0 ? motifs : kind == 1 ? tensors : images;
    if (kind == 3 && w.c.coin()) {
      w.c.one_of(tensors).make(w);
    } else {
      w.c.one_of(makers).make(w);
    }
  }
}

void choose_outputs(Growth& w) {
  Choices& c = w.c;
  w.g.output(w.last);
  for (int more = 0; more < 5 && c.chance(8); ++more)
    w.g.output(static_cast<ValueId>(c.below(w.g.value_count())));  // inputs and constants, too
}

// Others where the program says that any size will do: all dimensions that are equal now stay so.
std::vector<Tensor> other_inputs(Growth& w, const Graph& graph) {
  Choices& c = w.c;
  const std::int64_t batch = c.one_of<std::int64_t>({1, 2, 3, 5}),
                     change = c.one_of<std::int64_t>({1, -1, 2, 7, 0});
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const Tensor& first = w.g.first_inputs()[i];
    const Shape& declared = graph.type_of(graph.inputs[i].value).shape;
    Shape shape = first.shape();
    for (std::size_t d = 0; d < shape.size(); ++d) {
      if (declared[d] >= 0) continue;
      shape[d] = d == 0 && shape.size() == 4 ? batch : std::max<std::int64_t>(shape[d] + change, 1);
    }
    // Elements that may be sizes stay what they are.
    const bool same = first.dtype() != DType::kFloat32 && shape == first.shape();
    inputs.push_back(same ? test::copy_of(first.view()) : w.random_tensor(first.dtype(), shape));
  }
  return inputs;
}

void choose_kernels(Choices& c, GeneratedProgram& program) {
  const std::vector<std::string> forms = kernels::conv_forms();
  if (c.chance(6)) program.kernels.convolution = c.one_of(forms);
  if (c.chance(2)) program.kernels.max_weight_bytes = c.one_of<std::size_t>({0, 1000, 50000});
  if (c.chance(3)) program.disabled_passes = {c.one_of(pass_names())};
  program.max_batch_bytes = c.one_of<std::size_t>({std::size_t{32} << 20, 0, 100, 4000, 30000});
  program.threads = static_cast<int>(c.between(1, 3));
  const std::vector<kernels::CpuFeatures> isas = test::runnable_isas();
  program.isa = isas[isas.size() - 1 - c.below(isas.size())];
  program.with_onednn = c.chance(4);
  program.with_verify = c.chance(4);
  program.with_files = c.chance(4);
}

}  // namespace

GeneratedProgram generate_program(std::span<const std::uint8_t> bytes) {
  Choices choices(bytes);
  GeneratedProgram program;
  program.kernels.exact = choices.coin();
  choose_kernels(choices, program);
  const std::size_t runs = 1 + choices.below(3);
  TracedGraph graph(!program.kernels.exact);
  Growth growth(choices, graph, choices.chance(5));
  add_inputs(growth);
  grow(growth);
  choose_outputs(growth);
  program.graph = graph.graph();
  for (std::size_t run = 1; run < runs; ++run) {
    std::vector<Tensor> inputs = other_inputs(growth, program.graph);
    Trace trace;
    const TracedGraph::Answer answer = graph.trace(inputs, trace);
    if (answer == TracedGraph::Answer::kTakesTooLong) continue;
    program.runs.push_back({std::move(inputs), std::nullopt});
    if (answer == TracedGraph::Answer::kRuns) program.runs.back().trace = std::move(trace);
  }
  std::vector<Tensor> first;
  for (const Tensor& input : graph.first_inputs()) first.push_back(test::copy_of(input.view()));
  program.runs.insert(program.runs.begin(), {std::move(first), std::move(graph.trace())});
  return program;
}

std::string GeneratedProgram::text() const {
  std::string text = to_text(graph, *runs.front().trace);
  for (const GeneratedRun& run : runs) {
    text += "  run with";
    for (const Tensor& input : run.inputs) text += " " + to_string(input.shape());
    text += run.trace ? "\n" : " (refused)\n";
  }
  return text + "  isa=" + std::string(kernels::isa_name(isa)) +
         " threads=" + std::to_string(threads) + (kernels.exact ? " exact" : "") +
         " form=" + kernels.convolution +
         " max_weight_bytes=" + std::to_string(kernels.max_weight_bytes) +
         " max_batch_bytes=" + std::to_string(max_batch_bytes) + (with_onednn ? " onednn" : "") +
         (disabled_passes.empty() ? "" : " without " + disabled_passes.front()) +
         (with_verify ? " verify" : "") + (with_files ? " files" : "") + "\n";
}

}  // namespace u2net::fuzz
