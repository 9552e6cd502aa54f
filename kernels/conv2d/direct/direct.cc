// SPDX-License-Identifier: Apache-2.0
// What all direct forms have in common and does not depend on the instruction set.
#include "kernels/conv2d/direct/direct.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace u2net::kernels {
namespace {

const DirectForm& direct(const ConvForm& form) { return static_cast<const DirectForm&>(form); }

Pool2dParams pooling_of(const FusedConv2d& conv) {
  const ImageLayout &from = conv.dst, &to = *conv.pooled;
  return max_pool_2x2(from.n * from.c, from.h, from.w, to.h, to.w);
}

// Pairs of a position of dst along an axis and a tap of the filter that meet a sample inside of
// src.
double met_taps(std::int64_t out, std::int64_t stride, std::int64_t kernel, std::int64_t dilation,
                std::int64_t pad, std::int64_t in) {
  double count = 0;
  for (std::int64_t k = 0; k < kernel; ++k) {
    const std::int64_t offset = k * dilation - pad;
    const std::int64_t first = offset < 0 ? divided_up(-offset, stride) : 0;
    const std::int64_t last = offset < in ? std::min(divided_up(in - offset, stride), out) : 0;
    count += static_cast<double>(std::max<std::int64_t>(last - first, 0));
  }
  return count;
}

class DirectKernel : public ConvKernel {
 public:
  DirectKernel(const DirectForm& form, const ConvCode& code, ConvRun run, DirectPlan plan)
      : form_(form), code_(code), run_(run), plan_(std::move(plan)) {}

  std::string packing() const override {
    std::string name = std::string(form_.name) + "w" + std::to_string(plan_.width) + "g" +
                       std::to_string(plan_.group_vectors);
    if (form_.reads_blocks) {
      for (const ConvSource& source : plan_.conv.sources)
        name += "." + std::to_string(source.layout.c);
    }
    return name;
  }

  std::size_t packed_bytes() const override { return packed_floats() * sizeof(float); }

  void pack(const float* weight, void* to, ThreadPool&) const override {
    auto* packed = static_cast<float*>(to);
    std::fill_n(packed, packed_floats(), 0.0F);
    for_each_weight([&](std::int64_t i, std::int64_t place) { packed[place] = weight[i]; });
  }

  bool can_unpack() const override { return true; }
  void unpack(const void* from, float* weight) const override {
    const auto* packed = static_cast<const float*>(from);
    for_each_weight([&](std::int64_t i, std::int64_t place) { weight[i] = packed[place]; });
  }

  std::size_t bias_floats() const override {
    return static_cast<std::size_t>(
        rounded_up(plan_.conv.params.oc, std::int64_t{plan_.width} * plan_.group_vectors));
  }
  std::size_t scratch_floats() const override { return static_cast<std::size_t>(plan_.tap_floats); }

  void run(const ConvOperands& operands, ThreadPool& pool) const override {
    const FusedConv2d& p = plan_.conv;
    zero_halo(p.dst, operands.dst, pool);
    run_(plan_, operands, pool);
    if (p.pooled)
      code_.pool2d(pooling_of(p), {&p.dst, operands.dst}, {&*p.pooled, operands.pooled}, pool);
  }

 private:
  std::size_t packed_floats() const {
    return static_cast<std::size_t>(rounded_up(plan_.filters_at(plan_.groups), plan_.width));
  }

  // f(where a weight is in [oc][ic][kh][kw], where in the packed filters)
  template <class F>
  void for_each_weight(const F& f) const {
    const Conv2dParams& p = plan_.conv.params;
    const std::int64_t group_ic = plan_.group_ic(), taps = plan_.taps();
    const std::vector<std::int64_t> places = channel_places();
    for (std::int64_t oc = 0; oc < p.oc; ++oc) {
      for (std::int64_t ic = 0; ic < group_ic; ++ic) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          f((oc * group_ic + ic) * taps + tap,
            form_.place(plan_, {oc, places[static_cast<std::size_t>(ic)], tap}));
        }
      }
    }
  }

  // WeightIndex::ic of the input channels of a group.
  std::vector<std::int64_t> channel_places() const {
    std::vector<std::int64_t> places;
    std::int64_t first = 0;
    for (const ConvSource& source : plan_.conv.sources) {
      for (std::int64_t c = 0; c < source.layout.c; ++c) places.push_back(first + c);
      first += form_.reads_blocks ? rounded_up(source.layout.c, plan_.width) : source.layout.c;
    }
    places.resize(static_cast<std::size_t>(plan_.group_ic()));
    return places;
  }

  const DirectForm& form_;
  const ConvCode& code_;
  ConvRun run_;
  DirectPlan plan_;
};

}  // namespace

bool has_whole_outputs(const Conv2dParams& params, int width) {
  return params.groups == 1 || params.oc / params.groups % width == 0;
}
bool has_whole_inputs(const ConvProblem& problem, int width) {
  const Conv2dParams& p = problem.params;
  return p.groups == 1 || (p.ic / p.groups % width == 0 && problem.source_channels.size() == 1);
}

int direct_group_vectors(const Conv2dParams& params, int width) {
  return divided_up(params.oc / params.groups, width) % 2 == 0 ? 2 : 1;
}

std::int64_t direct_task_rows(const DirectPlan& plan, int threads) {
  constexpr std::int64_t kTasksPerThread = 8, kMostRows = 8;
  const std::int64_t rows = plan.conv.dst.n * plan.rows * plan.groups;
  return std::clamp<std::int64_t>(rows / (threads * kTasksPerThread), 1, kMostRows);
}

std::string direct_unsupported_reason(const ConvForm& self, const ConvProblem& problem, int width) {
  if (problem.upsamples) return "a resized source";
  const char* reason = direct(self).unsupported(problem, width);
  return reason ? reason : "";
}

double DirectWork::result_vectors() const {
  const Conv2dParams& p = params();
  return static_cast<double>(p.groups > 1 && p.oc / p.groups % code.width == 0
                                 ? p.oc / code.width
                                 : divided_up(p.oc, code.width));
}

ConvTerms direct_terms(const ConvForm& self, const ConvProblem& problem, const ConvCode& code) {
  const DirectForm& form = direct(self);
  const Conv2dParams& p = problem.params;
  DirectWork work{.problem = problem,
                  .code = code,
                  .group_ic = 0,
                  .source_vectors = 0,
                  .rows = met_taps(p.oh, p.stride_h, p.kh, p.dilation_h, p.pad_top, p.ih),
                  .columns = met_taps(p.ow, p.stride_w, p.kw, p.dilation_w, p.pad_left, p.iw)};
  double channels = 0;
  for (std::int64_t c : problem.source_channels) {
    channels += static_cast<double>(c);
    work.group_ic += static_cast<double>(form.reads_blocks ? rounded_up(c, code.width) : c);
  }
  work.source_vectors = work.group_ic / work.width();
  work.group_ic /= static_cast<double>(p.groups);
  const DirectTerms own = form.terms_of(work);
  const double pixels = work.oh() * work.ow();
  const double results = static_cast<double>(rounded_up(p.oc, form.writes_blocks ? code.width : 1));
  const double source_pixels = static_cast<double>(p.ih) * static_cast<double>(p.iw);
  ConvTerms terms;
  terms.amounts[ConvTerms::kCalls] = 1;
  terms.amounts[ConvTerms::kProducts] = own.products;
  terms.amounts[ConvTerms::kSteps] = own.steps;
  terms.amounts[ConvTerms::kPieces] = own.pieces;
  terms.amounts[ConvTerms::kMoves] =
      pixels * results / work.width() + source_pixels * work.source_vectors;
  // Every few rows.
  constexpr double kRows = 8;
  terms.amounts[ConvTerms::kFilters] = std::ceil(work.oh() / kRows) *
                                       direct_packed_elements(self, problem, code.width) /
                                       work.width();
  if (form.reads_blocks == problem.planar_sources) terms.conversions = source_pixels * channels;
  if (!form.writes_blocks) terms.conversions += pixels * results;
  return terms;
}

double direct_packed_elements(const ConvForm& self, const ConvProblem& problem, int width) {
  const DirectForm& form = direct(self);
  const Conv2dParams& p = problem.params;
  std::int64_t ic = p.ic / p.groups, oc = p.oc;
  if (p.groups == 1 && form.reads_blocks) {
    ic = 0;
    for (std::int64_t c : problem.source_channels) ic += rounded_up(c, width);
  }
  if (form.writes_blocks) oc = rounded_up(oc, width);
  if (form.packed_channels) {
    const double channels = form.packed_channels(problem, width);
    if (channels > 0) return static_cast<double>(p.kh * p.kw) * channels;
  }
  return static_cast<double>(p.kh * p.kw * ic * oc);
}

ConvRequirements direct_requirements(const ConvForm& self, const Conv2dParams& p, int width) {
  const DirectForm& form = direct(self);
  return {.source_block = form.reads_blocks ? width : 1,
          .source_halo = {.top = p.pad_top,
                          .left = p.pad_left,
                          .bottom = halo_behind(p.oh, p.stride_h, (p.kh - 1) * p.dilation_h,
                                                p.pad_top, p.ih),
                          .right = halo_behind(p.ow, p.stride_w, (p.kw - 1) * p.dilation_w,
                                               p.pad_left, p.iw)},
          .resized_halo = {},
          .dst_block = form.writes_blocks ? width : 1};
}

std::unique_ptr<ConvKernel> plan_direct(const ConvForm& self, const ConvCode& code, ConvRun run,
                                        const FusedConv2d& conv, const ConvMachine& machine) {
  DirectPlan plan;
  plan.conv = conv;
  plan.width = code.width;
  plan.tile_rows = code.tile_rows;
  if (conv.activation)
    plan.activate = code.activations[static_cast<std::size_t>(conv.activation->kind)];
  plan.rows = conv.params.oh;
  for (const ConvSource& source : conv.sources)
    plan.source_blocks += divided_up(source.layout.c, code.width);
  if (conv.params.groups > 1) plan.source_blocks = divided_up(plan.group_ic(), code.width);
  direct(self).divide(plan);
  plan.stream = !conv.residual_in_dst && conv.dst.bytes() > machine.caches.l3 / 2;
  plan.activates_later =
      conv.activation && !conv.residual && !plan.stream && direct(self).activates_rows;
  return std::make_unique<DirectKernel>(direct(self), code, run, std::move(plan));
}

}  // namespace u2net::kernels
