// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/native_conv.h"

#include <algorithm>
#include <cstring>

#include "engine/backends/native_builder.h"
#include "engine/error.h"
#include "engine/ops/fused_conv2d.h"

namespace u2net::native {
namespace {

void check_form(const std::string& form) {
  std::string known;
  for (const std::string& name : kernels::conv_forms()) {
    if (name == form) return;
    known += (known.empty() ? "" : ", ") + name;
  }
  throw Error(ErrorCode::kUsage, "there is no convolution '" + form + "'; available: " + known);
}

// The shape of all sources side by side, resized where they are to be.
Shape joined_shape(const Graph& graph, const Node& node) {
  std::vector<Shape> shapes;
  for (ValueId id : node.inputs[FusedConv2d::kSources]) shapes.push_back(graph.type_of(id).shape);
  const FusedConv2d* fused = op_as<FusedConv2d>(node);
  return fused ? fused->joined_shape(shapes) : shapes.front();
}

// What keeps every variant from it.
std::string obstacle(const Graph& graph, const Node& node) {
  for (ValueId id : node.inputs[FusedConv2d::kSources]) {
    if (graph.type_of(id).dtype != DType::kFloat32) return "not a float32 image";
  }
  for (int slot : {FusedConv2d::kFilter, FusedConv2d::kBias}) {
    if (node.has_input(slot) && !graph.constant(node.input(slot)))
      return "a computed filter or bias";
  }
  return {};
}

// "64x160x160/8^ + 64x320x320/8 -> 64x320x320/8, residual, pooled"; ^ for what is resized.
std::string operands_text(const kernels::FusedConv2d& problem) {
  std::string text;
  for (const kernels::ConvSource& source : problem.sources) {
    text += (text.empty() ? "" : " + ") + to_text(source.layout) + (source.upsample ? "^" : "");
  }
  text += " -> " + to_text(problem.dst);
  if (problem.residual) text += problem.residual_in_dst ? ", residual in place" : ", residual";
  if (problem.pooled) text += ", pooled";
  return text;
}

}  // namespace

kernels::ConvMachine conv_machine(const BackendOptions& options) {
  return {.threads = options.threads, .caches = kernels::cache_sizes()};
}

ConvChoice choose_convolution(const Graph& graph, const Node& node, const BackendOptions& options) {
  ConvChoice choice;
  choice.why = obstacle(graph, node);
  if (!choice.why.empty()) return choice;
  kernels::ConvQuestion& question = choice.question;
  const std::vector<ValueId>& sources = node.inputs[FusedConv2d::kSources];
  question.params = convolution_of(node)->params(
      joined_shape(graph, node), graph.type_of(node.input(FusedConv2d::kFilter)).shape,
      graph.type_of(node.output()).shape);
  question.planar_sources = true;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const std::int64_t channels = graph.type_of(sources[s]).shape[1];
    question.source_channels.push_back(channels);
    question.upsamples = question.upsamples || upsamples_source(node, s);
    question.planar_sources = question.planar_sources && channels < kFewestBlockedChannels;
  }
  const std::string& wanted = options.kernels.convolution;
  if (!wanted.empty()) check_form(wanted);
  const kernels::ConvMachine machine = conv_machine(options);
  double least = 0;
  bool is_wanted = false;
  for (const kernels::ConvVariant& variant : kernels::conv_variants()) {
    if (variant.isa != options.isa || (options.kernels.exact && !variant.exact)) continue;
    choice.why = variant.obstacle(variant, question);
    if (!choice.why.empty()) continue;
    const double cost = variant.cost(variant, question, machine);
    const bool preferred = kernels::conv_form(variant) == wanted;
    if (choice.variant && (is_wanted || (!preferred && cost >= least))) continue;
    choice.variant = &variant;
    least = cost;
    is_wanted = preferred;
  }
  if (choice.variant) choice.needs = choice.variant->needs(*choice.variant, question.params);
  return choice;
}

// The residual's own memory where the layouts fit and nobody else reads it: no traffic of its own.
std::string build_convolution(Builder& b, const Node& node) {
  const ConvChoice* choice = b.convolution(node);
  if (!choice->variant) return choice->why;
  const Conv2d& conv = *convolution_of(node);
  const kernels::ConvNeeds& needs = choice->needs;
  const std::vector<ValueId>& sources = node.inputs[FusedConv2d::kSources];

  kernels::FusedConv2d problem;
  problem.params = choice->question.params;
  problem.relu = conv.relu;
  problem.relu_after_residual = conv.relu_after_residual;
  std::vector<BufferId> reads;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const bool upsample = upsamples_source(node, s);
    const Held source =
        b.in_layout(sources[s], needs.source_block, upsample ? kernels::Halo{} : needs.source_halo);
    problem.sources.push_back({source.layout, upsample});
    reads.push_back(source.buffer);
  }
  Held dst;
  if (node.has_input(FusedConv2d::kResidual)) {
    const Held residual = b.in_layout(node.input(FusedConv2d::kResidual), needs.dst_block);
    problem.residual = residual.layout;
    dst = b.define_over(node.output(), node.input(FusedConv2d::kResidual), residual);
    problem.residual_in_dst = dst.buffer == residual.buffer;
    reads.push_back(residual.buffer);
  } else {
    dst = b.define(node.output(), needs.dst_block);
  }
  problem.dst = dst.layout;
  std::vector<BufferId> writes{dst.buffer};
  const bool pools =
      node.outputs.size() > FusedConv2d::kPooled && !node.outputs[FusedConv2d::kPooled].empty();
  if (pools) {
    const Held pooled = b.define(node.output(FusedConv2d::kPooled), needs.dst_block);
    problem.pooled = pooled.layout;
    writes.push_back(pooled.buffer);
  }

  const kernels::ConvVariant& variant = *choice->variant;
  const std::shared_ptr<const kernels::ConvKernel> kernel =
      variant.plan(variant, problem, conv_machine(b.options()));
  const std::size_t bias_floats = kernel->bias_floats();
  const BufferId weights = b.packed_constant(
      node.input(FusedConv2d::kFilter), kernel->packing(), kernel->packed_floats(),
      [&](const float* from, float* to) { kernel->pack(from, to); });
  const std::int64_t channels = problem.params.oc;
  const BufferId bias =
      node.has_input(FusedConv2d::kBias)
          ? b.packed_constant(node.input(FusedConv2d::kBias), "bias" + std::to_string(bias_floats),
                              bias_floats,
                              [&](const float* from, float* to) {
                                std::fill_n(std::copy_n(from, channels, to),
                                            bias_floats - static_cast<std::size_t>(channels), 0.0F);
                              })
          : b.constant(std::vector<float>(bias_floats, 0.0F));
  reads.insert(reads.end(), {weights, bias});
  const std::size_t scratch_floats =
      kernel->scratch_floats() * static_cast<std::size_t>(b.options().threads);
  writes.push_back(b.scratch(scratch_floats));

  // Operands: sources, residual, weights, bias, dst, pooled, scratch.
  const bool has_residual = problem.residual.has_value();
  const std::size_t count = sources.size();
  b.add_step(
      node.name, std::string(node.op->type().name), std::string(variant.name),
      [kernel, count, has_residual, pools](std::byte* const* operands, ThreadPool& pool) {
        const auto at = [&](std::size_t i) { return reinterpret_cast<float*>(operands[i]); };
        const float* views[kernels::kMaxConvSources];
        for (std::size_t s = 0; s < count; ++s) views[s] = at(s);
        std::size_t next = count;
        kernels::ConvOperands o{};
        o.sources = {views, count};
        if (has_residual) o.residual = at(next++);
        o.weights = at(next++);
        o.bias = at(next++);
        o.dst = at(next++);
        if (pools) o.pooled = at(next++);
        o.scratch = at(next);
        kernel->run(o, pool);
      },
      std::move(reads), std::move(writes), operands_text(problem));
  return {};
}

}  // namespace u2net::native
