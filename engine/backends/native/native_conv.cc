// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/native/native_conv.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/backends/native/native_bf16.h"
#include "engine/backends/native/native_builder.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/plan/tile_kernels.h"
#include "engine/plan/weight_cache.h"
#include "kernels/base/bf16.h"
#include "kernels/conv2d/conv_prices.h"
#include "kernels/interp/taps.h"

namespace u2net::engine::native {
namespace {

void check_form(const std::string& form) {
  std::string known;
  for (const std::string& name : kernels::conv_forms()) {
    if (name == form) return;
    append_word(known, name);
  }
  // Where a precision permits them.
  for (const kernels::ConvVariant& variant : kernels::tile_conv_variants()) {
    if (variant.form() == form) return;
  }
  throw_error(ErrorCode::kUsage, "there is no convolution '", form, "'; available: ", known);
}

// The shape of all sources side by side, resized where they are to be.
Shape joined_shape(const Graph& graph, const Node& node) {
  std::vector<Shape> shapes;
  for (ValueId id : node.inputs[FusedConv2d::kSources]) shapes.push_back(graph.type_of(id).shape);
  const FusedConv2d* fused = op_as<FusedConv2d>(node);
  return fused ? fused->joined_shape(shapes) : shapes.front();
}

// What keeps every variant from it.
std::string unsupported_reason(const Graph& graph, const Node& node) {
  for (ValueId id : node.inputs[FusedConv2d::kSources]) {
    if (graph.type_of(id).dtype != DType::kFloat32) return "not a float32 image";
  }
  for (int slot : {FusedConv2d::kFilter, FusedConv2d::kBias}) {
    if (node.has_input(slot) && !graph.constant(node.input(slot)))
      return "a computed filter or bias";
  }
  return {};
}

// What keeps one variant from it.
std::string unsupported_reason(const Node& node, const ConvChoice& choice,
                               const kernels::ConvVariant& variant) {
  const bool on_tiles = variant.element() != kernels::ElementType::kF32;
  if (on_tiles && convolution_of(node)->activation) return "an activation that is not ReLU";
  return variant.unsupported_reason(choice.problem_for(variant));
}

// Of the sources and the result, which are taken to be wanted in bf16, but for those of so few
// channels that they are a network's input or what it gives out. By the shape alone, as all costs.
double conversion_cost(const ConvChoice& choice, const kernels::ConvVariant& variant) {
  const bool in_bf16 = variant.element() != kernels::ElementType::kF32;
  const kernels::Conv2dParams& p = choice.problem.params;
  double values = 0;
  for (std::int64_t c : choice.problem.source_channels) {
    if ((c < kFewestBlockedChannels) == in_bf16) values += static_cast<double>(c * p.ih * p.iw);
  }
  const bool is_image = p.oc >= kFewestBlockedChannels;
  if (is_image && !in_bf16) values += static_cast<double>(p.oc * p.oh * p.ow);
  return kernels::kConversionNs * values;
}

// "64x160x160/8^ + 64x320x320/8 -> 64x320x320/8, residual, pooled"; ^ for what is resized.
std::string operands_text(const kernels::FusedConv2d& conv) {
  std::string text;
  for (const kernels::ConvSource& source : conv.sources) {
    text += (text.empty() ? "" : " + ") + to_text(source.layout) + (source.upsample ? "^" : "");
  }
  text += str_cat(" -> ", to_text(conv.dst));
  if (conv.residual) text += conv.residual_in_dst ? ", residual in place" : ", residual";
  if (conv.pooled) text += ", pooled";
  return text;
}

}  // namespace

ConvChoice choose_convolution(const Graph& graph, const Node& node, const BackendOptions& options) {
  ConvChoice choice;
  choice.why = unsupported_reason(graph, node);
  if (!choice.why.empty()) return choice;
  kernels::ConvProblem& problem = choice.problem;
  const std::vector<ValueId>& sources = node.inputs[FusedConv2d::kSources];
  problem.params = convolution_of(node)->params(
      joined_shape(graph, node), graph.type_of(node.input(FusedConv2d::kFilter)).shape,
      graph.type_of(node.output()).shape);
  problem.planar_sources = true;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const std::int64_t channels = graph.type_of(sources[s]).shape[1];
    problem.source_channels.push_back(channels);
    problem.upsamples = problem.upsamples || upsamples_source(node, s);
    problem.planar_sources = problem.planar_sources && channels < kFewestBlockedChannels;
  }
  const std::string& wanted = options.kernels.convolution;
  if (!wanted.empty()) check_form(wanted);
  const std::span<const kernels::ConvVariant> tiles =
      tile_kernels(options.kernels.precision, options.cpu).variants;
  double least = 0;
  bool is_wanted = false;
  const auto consider = [&](const kernels::ConvVariant& variant) {
    ConvCandidate& candidate = choice.candidates.emplace_back(
        ConvCandidate{.variant = &variant, .why = unsupported_reason(node, choice, variant)});
    if (candidate.why.empty()) {
      candidate.cost = variant.cost(choice.problem_for(variant));
      if (!tiles.empty()) candidate.cost += conversion_cost(choice, variant);
    }
    if (is_ruled_out(variant, options)) return;
    choice.why = candidate.why;
    if (!choice.why.empty()) return;
    const double cost = candidate.cost;
    const bool preferred = variant.form() == wanted;
    if (choice.variant && (is_wanted || (!preferred && cost >= least))) return;
    choice.variant = &variant;
    least = cost;
    is_wanted = preferred;
  };
  for (const kernels::ConvVariant& variant : kernels::conv_variants(options.cpu)) consider(variant);
  for (const kernels::ConvVariant& variant : tiles) consider(variant);
  if (choice.variant) choice.requirements = choice.variant->requirements(problem.params);
  return choice;
}

Decision decision_of(const ConvChoice& choice, const BackendOptions& options) {
  Decision decision{.cost = choice.chosen().cost, .rounding = choice.variant->rounding()};
  for (const ConvCandidate& candidate : choice.candidates) {
    if (candidate.variant == choice.variant) continue;
    std::string why = candidate.why;
    if (why.empty() && is_ruled_out(*candidate.variant, options)) {
      why = "not exact: a convolution by transforms";
    } else if (why.empty() && choice.variant->form() == options.kernels.convolution) {
      why = "another form was asked for";
    } else if (why.empty()) {
      char text[96];
      const char* but = "";
      if (candidate.cost < decision.cost) {
        but = choice.is_kept_exact ? ", but its roundings would do too much to the outputs"
                                   : ", but its packed filters take more memory";
      }
      std::snprintf(text, sizeof text, "estimated at %.2f times the cost%s",
                    candidate.cost / decision.cost, but);
      why = text;
    }
    decision.refusals.push_back({candidate.variant->name(), std::move(why)});
  }
  return decision;
}

namespace {

// Where the operands of a convolution stand among the buffers of its step: sources first.
struct OperandPlaces {
  std::size_t sources = 0;  // how many
  std::optional<std::size_t> residual;
  std::size_t weights = 0, bias = 0, dst = 0;
  std::optional<std::size_t> pooled;
  std::size_t scratch = 0;
};

Kernel make_kernel(std::shared_ptr<const kernels::ConvKernel> kernel, const OperandPlaces& at) {
  return [kernel = std::move(kernel), at, sources = std::vector<const void*>(at.sources)](
             std::byte* const* operands, kernels::ThreadPool& pool) mutable {
    std::copy_n(operands, at.sources, sources.begin());
    kernel->run({.sources = sources,
                 .weights = operands[at.weights],
                 .bias = reinterpret_cast<const float*>(operands[at.bias]),
                 .residual = at.residual ? operands[*at.residual] : nullptr,
                 .dst = operands[at.dst],
                 .pooled = at.pooled ? operands[*at.pooled] : nullptr,
                 .scratch = reinterpret_cast<float*>(operands[at.scratch])},
                pool);
  };
}

// Plans one convolution: operands, kernel, step.
class ConvStepBuilder {
 public:
  ConvStepBuilder(Builder& builder, const Node& node, const ConvChoice& choice)
      : b_(builder), node_(node), choice_(choice) {
    conv_.params = choice.problem.params;
    conv_.relu = convolution_of(node)->relu;
    conv_.relu_after_residual = convolution_of(node)->relu_after_residual;
    conv_.activation = convolution_of(node)->activation;
    conv_.activation_after_residual = convolution_of(node)->activation_after_residual;
  }

  // All that is read before all that is written, as the buffers of a step lie.
  void build() {
    add_sources();
    const std::optional<Operand> residual = add_residual();
    add_results(residual);
    kernel_ = choice_.variant->plan(conv_, {.caches = kernels::cache_sizes()});
    at_.weights = read(weights());
    at_.bias = read(bias());
    at_.dst = write(dst_);
    if (conv_.pooled) at_.pooled = write(pooled_);
    at_.scratch = write(
        b_.scratch(kernel_->scratch_floats() * static_cast<std::size_t>(b_.options().threads)));
    b_.add_step(node_, std::string(node_.op->type().name), choice_.variant->name(),
                make_kernel(kernel_, at_), std::move(reads_), std::move(writes_),
                operands_text(conv_));
  }

 private:
  std::size_t read(BufferId buffer) {
    reads_.push_back(buffer);
    return reads_.size() - 1;
  }
  std::size_t write(BufferId buffer) {
    writes_.push_back(buffer);
    return reads_.size() + writes_.size() - 1;
  }

  void add_sources() {
    const std::vector<ValueId>& sources = node_.inputs[FusedConv2d::kSources];
    conv_.params.ic = 0;
    for (std::size_t s = 0; s < sources.size(); ++s) {
      const bool upsample = upsamples_source(node_, s);
      const kernels::Halo halo =
          upsample ? choice_.requirements.resized_halo : choice_.requirements.source_halo;
      const bool halved = takes_halves(s);
      const Operand source = halved ? b_.in_halves(sources[s], halo)
                                    : b_.in_layout(sources[s], choice_.requirements.source_block,
                                                   halo, choice_.variant->element());
      conv_.params.ic += (halved ? 4 : 1) * choice_.problem.source_channels[s];
      for (int times = halved ? 2 : 1; times > 0; --times) {
        conv_.sources.push_back({source.layout, upsample});
        read(source.buffer);
      }
    }
    at_.sources = conv_.sources.size();
  }

  // In bf16 images of few channels, as pictures are, come in two halves, and their weights, too:
  // what a picture loses the whole network goes without, and it takes next to nothing. The halves
  // fill up the block that the channels have anyway, and are two sources: one is multiplied by the
  // weights, the other by what their rounding leaves over.
  bool takes_halves(std::size_t source) const {
    return choice_.is_on_tiles() &&
           comes_in_halves(b_.graph(), node_.inputs[FusedConv2d::kSources][source],
                           b_.bf16_values());
  }

  // The filter for that: [oc][for each source its channels, or four times them][kh][kw].
  std::vector<float> halved_filter(const float* from) const {
    const kernels::Conv2dParams& p = choice_.problem.params;
    const std::vector<std::int64_t>& channels = choice_.problem.source_channels;
    std::vector<float> filter;
    for (std::int64_t o = 0; o < p.oc; ++o) {
      for (std::size_t s = 0; s < channels.size(); ++s) {
        const std::int64_t count = channels[s] * p.kh * p.kw;
        if (!takes_halves(s)) {
          filter.insert(filter.end(), from, from + count);
        } else {
          for (std::int64_t i = 0; i < 4 * count; ++i) {
            const float weight = from[i % count], high = to_f32(kernels::to_bf16(weight));
            const float left = std::isfinite(weight - high) ? weight - high : 0.0F;
            filter.push_back(i < 2 * count ? high : left);
          }
        }
        from += count;
      }
    }
    return filter;
  }

  std::optional<Operand> add_residual() {
    if (!node_.has_input(FusedConv2d::kResidual)) return std::nullopt;
    const ValueId id = node_.input(FusedConv2d::kResidual);
    // Kernels on tiles take it as it is.
    const Operand residual = choice_.is_on_tiles()
                                 ? b_.as_defined(id)
                                 : b_.in_layout(id, choice_.requirements.dst_block);
    conv_.residual = residual.layout;
    at_.residual = read(residual.buffer);
    return residual;
  }

  // The residual's own memory where the layouts fit and nobody else reads it: no traffic of its
  // own.
  void add_results(const std::optional<Operand>& residual) {
    const auto [block, element] = result_layout();
    const bool over = residual && residual->layout.element == element;
    const Operand dst =
        over ? b_.define_over(node_.output(), node_.input(FusedConv2d::kResidual), *residual)
             : b_.define(node_.output(), block, element);
    conv_.residual_in_dst = residual && dst.buffer == residual->buffer;
    conv_.dst = dst.layout;
    dst_ = dst.buffer;
    if (node_.outputs.size() <= FusedConv2d::kPooled || node_.outputs[FusedConv2d::kPooled].empty())
      return;
    const Operand pooled = b_.define(node_.output(FusedConv2d::kPooled), block, element);
    conv_.pooled = pooled.layout;
    pooled_ = pooled.buffer;
  }

  // Kernels on tiles leave results as they are read.
  std::pair<int, kernels::ElementType> result_layout() const {
    const int block = choice_.requirements.dst_block;
    if (!choice_.is_on_tiles()) return {block, kernels::ElementType::kF32};
    const kernels::ElementType element = b_.element_of(node_.output());
    if (element != kernels::ElementType::kF32) return {block, element};
    const bool blocked = conv_.params.oc >= kFewestBlockedChannels;
    return {blocked ? b_.ops().block : 1, kernels::ElementType::kF32};
  }

  BufferId weights() {
    std::function<void(const void*, float*)> unpack;
    if (kernel_->can_unpack()) {
      unpack = [kernel = kernel_](const void* from, float* to) { kernel->unpack(from, to); };
    }
    std::string halved;  // "h0" where the first source is
    for (std::size_t s = 0; s < choice_.problem.source_channels.size(); ++s) {
      if (takes_halves(s)) halved += str_cat("h", s);
    }
    return b_.packed_constant(
        node_.input(FusedConv2d::kFilter), kernel_->packing() + halved, kernel_->packed_bytes(),
        [&](const float* from, void* to) {
          kernel_->pack(halved.empty() ? from : halved_filter(from).data(), to, *b_.options().pool);
        },
        unpack);
  }

  BufferId bias() {
    const std::size_t floats = kernel_->bias_floats();
    if (choice_.is_on_tiles()) {
      return b_.constant(
          tile_bias(b_.graph(), node_, conv_, floats, b_.bf16_values(), b_.options()));
    }
    if (!node_.has_input(FusedConv2d::kBias)) return b_.repeated(0.0F, 0, floats);
    const std::int64_t channels = conv_.params.oc;
    return b_.packed_constant(node_.input(FusedConv2d::kBias), str_cat("bias", floats),
                              floats * sizeof(float), [&](const float* from, void* to) {
                                auto* bias = static_cast<float*>(to);
                                std::fill_n(bias, floats, 0.0F);
                                std::copy_n(from, channels, bias);
                              });
  }

  Builder& b_;
  const Node& node_;
  const ConvChoice& choice_;
  kernels::FusedConv2d conv_;
  std::shared_ptr<const kernels::ConvKernel> kernel_;
  BufferId dst_ = kNoBuffer, pooled_ = kNoBuffer;
  OperandPlaces at_;
  std::vector<BufferId> reads_, writes_;
};

}  // namespace

std::string build_convolution(Builder& b, const Node& node) {
  const ConvChoice* choice = b.convolution(node);
  if (!choice->variant) return choice->why;
  const kernels::Conv2dParams& p = choice->problem.params;
  const bool has_taps = choice->is_on_tiles() && choice->problem.upsamples;
  if (has_taps && !b.affords(sizeof(kernels::InterpTap) * choice->problem.source_channels.size() *
                             static_cast<std::size_t>(p.ih + p.iw)))
    return kNoRoom;
  ConvStepBuilder(b, node, *choice).build();
  return {};
}

}  // namespace u2net::engine::native
