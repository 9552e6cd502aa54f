// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/native/native_builder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "engine/backends/native/native_mixture.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/work_budget.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/plan/weight_cache.h"
#include "kernels/base/centred_image.h"
#include "kernels/conv2d/tiles/tile_conv.h"

namespace u2net::engine::native {
namespace {

using kernels::ElementType;
using kernels::Halo;
using kernels::ImageLayout;

class KernelStep : public Step {
 public:
  KernelStep(std::string implementation, Kernel kernel, std::vector<BufferId> buffers)
      : implementation_(std::move(implementation)),
        kernel_(std::move(kernel)),
        buffers_(std::move(buffers)),
        operands_(buffers_.size()) {}

  void bind(const Bindings& bindings) override {
    for (std::size_t i = 0; i < buffers_.size(); ++i) operands_[i] = bindings[buffers_[i]];
  }
  void run(kernels::ThreadPool& pool) override { kernel_(operands_.data(), pool); }
  std::string implementation() const override { return implementation_; }

 private:
  std::string implementation_;
  Kernel kernel_;
  std::vector<BufferId> buffers_;
  std::vector<std::byte*> operands_;
};

// One pixel an image: whole blocks of channels lie as the channels of a plain tensor do.
bool is_same_memory(const ImageLayout& a, const ImageLayout& b) {
  return a.h == 1 && a.w == 1 && a.halo == Halo{} && b.halo == Halo{} && a.element == b.element &&
         a.c % a.block == 0 && a.c % b.block == 0;
}

}  // namespace

std::string to_text(const ImageLayout& l) {
  return str_cat(l.n == 1 ? "" : str_cat(l.n, "x"), l.c, "x", l.h, "x", l.w, "/", l.block,
                 l.element == ElementType::kF32 ? "" : str_cat(":", name_of(l.element)));
}

Builder::Builder(const Graph& graph, const BackendOptions& options, PlanBuilder& plan)
    : graph_(graph),
      options_(options),
      plan_(plan),
      ops_(kernels::image_ops(options.cpu)),
      tensor_ops_(kernels::tensor_ops(options.cpu)),
      buffers_(graph, plan),
      choices_(graph.nodes.size()),
      wanted_in_blocks_(graph.values.size()),
      layouts_(graph.values.size()) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (convolution_of(graph.nodes[n]))
      choices_[n] = choose_convolution(graph, graph.nodes[n], options);
  }
  if (options.kernels.precision == Precision::kMixed) mix_precisions(graph, options, choices_);
  fit_weights(options, choices_);
  leave_what_does_not_fit(graph, options, choices_);
  bf16_values_ = find_bf16_values(graph, choices_, options);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!choices_[n].variant) continue;
    plan.decide(graph.nodes[n], decision_of(choices_[n], options));
    if (choices_[n].is_on_tiles())
      bf16_ops_ = &kernels::bf16_image_ops(choices_[n].variant->required_features());
  }
  collect_halos();
}

// From the last node to the first: a result that takes over the memory of its residual hands on
// what its own readers want.
void Builder::collect_halos() {
  for (std::vector<Halo>& halos : halos_) halos.resize(graph_.values.size());
  for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
    const Node& node = graph_.nodes[n];
    const ConvChoice& choice = choices_[n];
    const Halo transposed = transposed_source_halo(graph_, node);
    if (transposed != Halo{}) wanted_halo(node.input(0), ElementType::kF32).include(transposed);
    if (!choice.variant) continue;
    const std::vector<ValueId>& sources = node.inputs[FusedConv2d::kSources];
    for (std::size_t s = 0; s < sources.size(); ++s) {
      if (choice.requirements.source_block == ops_.block) wanted_in_blocks_[sources[s]] = true;
      wanted_halo(sources[s], choice.variant->element())
          .include(upsamples_source(node, s) ? choice.requirements.resized_halo
                                             : choice.requirements.source_halo);
    }
    for (std::vector<Halo>& halos : halos_) {
      if (node.has_input(FusedConv2d::kResidual))
        halos[node.input(FusedConv2d::kResidual)].include(halos[node.output()]);
    }
  }
}

// Those who read bf16 of one in bf16x2 read its upper halves.
Halo Builder::halo_around(ValueId id, ElementType element) const {
  Halo halo = halos_[static_cast<std::size_t>(element)][id];
  if (element == ElementType::kBf16x2)
    halo.include(halos_[static_cast<std::size_t>(ElementType::kBf16)][id]);
  return halo;
}

Builder::ConvolutionCount Builder::count_convolutions() const {
  ConvolutionCount count;
  for (std::size_t n = 0; n < choices_.size(); ++n) {
    count.all += convolution_of(graph_.nodes[n]) != nullptr;
    count.on_tiles += choices_[n].is_on_tiles();
    count.in_halves += choices_[n].element() == ElementType::kBf16x2;
  }
  return count;
}

bool Builder::is_image(ValueId id) const {
  const TensorType& type = graph_.type_of(id);
  return type.dtype == DType::kFloat32 && type.shape.size() == 4;
}

const ConvChoice* Builder::convolution(const Node& node) const {
  const auto n = static_cast<std::size_t>(&node - graph_.nodes.data());
  return &choices_[n];
}

ImageLayout Builder::plain_layout(ValueId id) const {
  std::array<std::int64_t, 4> dims = {1, 1, 1, 1};
  const Shape& shape = graph_.type_of(id).shape;
  for (std::size_t i = shape.size(), at = 4; i-- > 0;) {
    if (at > 0) --at;
    dims[at] *= shape[i];
  }
  return ImageLayout::plain(dims[0], dims[1], dims[2], dims[3]);
}

ImageLayout Builder::layout_for(ValueId id, int block, const Halo& halo,
                                ElementType element) const {
  const ImageLayout plain = plain_layout(id);
  if (block == 1 && halo == Halo{}) return plain;
  if (block == kernels::kBlockOfChannels) block = kernels::tile_block(plain.c);
  ImageLayout layout =
      ImageLayout::with_halo(plain.n, plain.c, plain.h, plain.w, block, halo, element);
  // Blocks of channels that lie a large power of two apart would all fall into the same few sets of
  // the second-level cache, and push each other out of it: one row more between them.
  constexpr std::int64_t kSetsApart = std::int64_t{1} << 14;
  const std::int64_t plane = layout.plane_stride() * static_cast<std::int64_t>(bytes_of(element));
  if (block > 1 && layout.channel_blocks() > 16 && plane % kSetsApart == 0) ++layout.halo.bottom;
  check_possible(id, layout);
  return layout;
}

void Builder::check_possible(ValueId id, const ImageLayout& layout) const {
  if (layout.is_possible()) return;
  throw_error(ErrorCode::kModelLimit, "'", graph_.values[id].name, "' ", graph_.type_of(id).shape,
              " with the padding that its readers want, ",
              layout.halo.top + layout.h + layout.halo.bottom, "x",
              layout.halo.left + layout.w + layout.halo.right,
              " pixels, takes more than 2^44 elements");
}

Operand Builder::as_defined(ValueId id) {
  if (layouts_[id].empty()) {
    if (graph_.constant(id)) options_.weights->keep(*graph_.constant(id));
    layouts_[id].push_back({plain_layout(id), buffers_.plain(id)});
  }
  return layouts_[id].front();
}

Operand Builder::produced(ValueId id) {
  const Operand from = as_defined(id);
  if (from.layout.element == ElementType::kF32) return from;
  for (const Operand& operand : layouts_[id]) {
    if (operand.layout.element == ElementType::kF32) return operand;
  }
  const int block = from.layout.c < kFewestBlockedChannels ? 1 : ops_.block;
  return in_layout(id, block);
}

Operand Builder::in_layout(ValueId id, int block, const Halo& halo, ElementType element) {
  const Operand from = as_defined(id);
  if (block == kernels::kBlockOfChannels) block = kernels::tile_block(from.layout.c);
  for (const Operand& operand : layouts_[id]) {
    const ImageLayout& l = operand.layout;
    if (l.c != from.layout.c || l.block != block || !l.halo.covers(halo)) continue;
    if (l.element == element) return operand;
    const ImageLayout half = half_of(l);
    if (half.element == element) return {half, operand.buffer};
  }
  Halo wanted = halo_around(id, element);
  wanted.include(halo);
  return convert(id, from, layout_for(id, block, wanted, element));
}

BufferId Builder::plain(ValueId id) {
  const Operand from = as_defined(id);
  for (const Operand& operand : layouts_[id]) {
    if (operand.layout.is_plain()) return operand.buffer;
  }
  return convert(id, from, plain_layout(id)).buffer;
}

Operand Builder::convert(ValueId id, const Operand& from, const ImageLayout& layout) {
  if (is_same_memory(from.layout, layout) && plan_.is_arena(from.buffer)) {
    define_in(id, {layout, from.buffer});
    return {layout, from.buffer};
  }
  const bool stays_f32 =
      from.layout.element == ElementType::kF32 && layout.element == ElementType::kF32;
  return add_conversion(
      id, from, layout,
      [from = from.layout, to = layout, centre = stays_f32 ? nullptr : bf16_values_.centres[id]](
          std::byte* const* operands, kernels::ThreadPool& pool) {
        kernels::convert_centred(from, operands[0], to, operands[1],
                                 centre ? centre->data() : nullptr, pool);
      });
}

Operand Builder::in_halves(ValueId id, const Halo& halo) {
  const Operand from = produced(id);
  for (const Operand& operand : layouts_[id]) {
    if (operand.layout.c == 2 * from.layout.c && operand.layout.halo.covers(halo)) return operand;
  }
  Halo wanted = halo_around(id, ElementType::kBf16x2);
  wanted.include(halo);
  ImageLayout layout =
      ImageLayout::with_halo(from.layout.n, 2 * from.layout.c, from.layout.h, from.layout.w,
                             kernels::tile_block(2 * from.layout.c), wanted, ElementType::kBf16);
  check_possible(id, layout);
  return add_conversion(
      id, from, layout,
      [from = from.layout, to = layout](std::byte* const* operands, kernels::ThreadPool& pool) {
        kernels::convert_to_halves(from, operands[0], to, operands[1], pool);
      });
}

Operand Builder::add_conversion(ValueId id, const Operand& from, const ImageLayout& layout,
                                Kernel kernel) {
  const Operand to{layout, plan_.add_arena(layout.bytes())};
  define_in(id, to);
  plan_.add_move(id, graph_.values[id].name, "reorder",
                 std::make_unique<KernelStep>("reorder", std::move(kernel),
                                              std::vector{from.buffer, to.buffer}),
                 {from.buffer}, {to.buffer},
                 str_cat(to_text(from.layout), " -> ", to_text(layout)));
  return to;
}

Operand Builder::define(ValueId id, int block, ElementType element) {
  const ImageLayout layout = layout_for(id, block, halo_around(id, element), element);
  const Operand defined{layout, plan_.add_arena(layout.bytes())};
  define_in(id, defined);
  return defined;
}

void Builder::define_in(ValueId id, const Operand& operand) {
  layouts_[id].push_back(operand);
  if (operand.layout.is_plain()) {
    buffers_.assign(id, operand.buffer);
  } else {
    buffers_.add_readers(id, operand.buffer);
  }
}

Operand Builder::define_over(ValueId id, ValueId over, const Operand& operand) {
  const ElementType element = operand.layout.element;
  const bool fits = graph_.type_of(id) == graph_.type_of(over) &&
                    operand.layout.halo.covers(halo_around(id, element));
  if (!fits || !may_overwrite(operand.buffer)) return define(id, operand.layout.block, element);
  define_in(id, operand);
  return operand;
}

BufferId Builder::define_plain_over(ValueId id, ValueId over) {
  const TensorType &type = graph_.type_of(id), &from = graph_.type_of(over);
  const BufferId buffer = plain(over);
  const bool fits = byte_count(type.dtype, type.shape) == byte_count(from.dtype, from.shape);
  if (!fits || !may_overwrite(buffer)) return define_plain(id);
  buffers_.assign(id, buffer);
  return buffer;
}

BufferId Builder::packed_constant(ValueId id, const std::string& layout, std::size_t bytes,
                                  const std::function<void(const float*, void*)>& pack,
                                  const std::function<void(const void*, float*)>& unpack) {
  const std::shared_ptr<const Tensor>& tensor = graph_.values[id].constant;
  const auto make = [&]() -> std::shared_ptr<const void> {
    auto buffer = std::make_shared<AlignedBuffer>(bytes);
    pack(tensor->values<const float>().data(), buffer->data());
    return {buffer, buffer->data()};
  };
  WeightCache::Restore restore;
  if (unpack) {
    restore = [unpack](const void* packed, const Tensor& weight) {
      unpack(packed, weight.values<float>().data());
    };
  }
  return plan_.add_constant(options_.weights->get(tensor, layout, bytes, make, restore), bytes);
}

BufferId Builder::constant(std::vector<float> values) {
  auto buffer = std::make_shared<AlignedBuffer>(values.size() * sizeof(float));
  std::copy(values.begin(), values.end(), reinterpret_cast<float*>(buffer->data()));
  const std::size_t bytes = buffer->bytes();
  const std::byte* data = buffer->data();
  return plan_.add_constant(std::shared_ptr<const void>(std::move(buffer), data), bytes);
}

BufferId Builder::repeated(float value, std::size_t count, std::size_t room) {
  const auto [at, is_new] =
      repeated_.try_emplace({std::bit_cast<std::uint32_t>(value), count, room}, kNoBuffer);
  if (is_new) {
    std::vector<float> values(room, 0.0F);
    std::fill_n(values.begin(), count, value);
    at->second = constant(std::move(values));
  }
  return at->second;
}

bool Builder::affords(std::size_t bytes) {
  return !options_.budget || options_.budget->take({.bytes = static_cast<double>(bytes)});
}

BufferId Builder::scratch(std::size_t floats) { return plan_.add_arena(floats * sizeof(float)); }

void Builder::add_step(const Node& node, const std::string& type, std::string implementation,
                       Kernel kernel, std::vector<BufferId> reads, std::vector<BufferId> writes,
                       std::string operands) {
  std::vector<BufferId> buffers = reads;
  buffers.insert(buffers.end(), writes.begin(), writes.end());
  plan_.add_step(node, type,
                 std::make_unique<KernelStep>(std::move(implementation), std::move(kernel),
                                              std::move(buffers)),
                 std::move(reads), std::move(writes), std::move(operands));
}

void Builder::add_fallback(const Node& node, const std::string& why) {
  plan_.decide_fallback(node, "native", why);
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) {
      if (!layouts_[id].empty()) plain(id);  // others are plain already
    }
  }
  // add_reference_node() releases the plain buffers itself: count them once more for finish_node().
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) {
      if (graph_.constant(id)) options_.weights->keep(*graph_.constant(id));
    }
  }
  add_reference_node(graph_, node, /*share_memory=*/true, buffers_, plan_);
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) buffers_.retain(buffers_.plain(id));
  }
  for (const auto& slot : node.outputs) {
    for (ValueId id : slot) {
      if (is_image(id)) layouts_[id] = {{plain_layout(id), buffers_.plain(id)}};
    }
  }
}

void Builder::finish_node(const Node& node) { buffers_.release_inputs(node, layouts_); }

void Builder::finish() {
  for (const Port& port : graph_.outputs) {
    if (!layouts_[port.value].empty()) plain(port.value);
  }
  add_outputs(graph_, buffers_, plan_);
}

}  // namespace u2net::engine::native
