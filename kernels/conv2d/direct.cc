// SPDX-License-Identifier: Apache-2.0
// What does not depend on the instruction set: which form can do what, and how filters are packed.
#include "kernels/conv2d/direct.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/base/rounding.h"

namespace u2net::kernels {
namespace {

// Costs in multiplications at the speed of the blocked form; measured: `bench/README.md`.
constexpr double kBlockedCost = 1.15, kPlanarSourceCost = 1.4, kReducedCost = 1.3,
                 kPlanarCost = 2.5;
constexpr double kConversionCost = 30;  // of one value from planar to blocked or back

const DirectCode& code_of(const ConvVariant& variant) {
  return *static_cast<const DirectCode*>(variant.code);
}

bool reads_blocks(DirectForm form) {
  return form != DirectForm::kPlanarSource && form != DirectForm::kPlanar;
}
bool writes_blocks(DirectForm form) {
  return form != DirectForm::kPlanarResult && form != DirectForm::kPlanar;
}

// Of one output channel vector by vector.
int vectors_of(const Conv2dParams& p, int width) {
  return divided_up(p.oc / p.groups, width) % 2 == 0 ? 2 : 1;
}

// Sample after sample, as the reference does it: where there are NaN, the order matters.
void pool_row(const FusedConv2d& conv, const float* dst, float* pooled, std::int64_t image,
              std::int64_t block, std::int64_t y) {
  const ImageLayout &from = conv.dst, &to = *conv.pooled;
  const std::int64_t rows = std::min(2 * y + 2, from.h), columns = std::min(2 * to.w, from.w);
  float* out = pooled + to.offset(image, block, y, 0);
  std::fill_n(out, to.w * to.block, std::numeric_limits<float>::lowest());
  for (std::int64_t row = 2 * y; row < rows; ++row) {
    const float* in = dst + from.offset(image, block, row, 0);
    for (std::int64_t i = 0; i < columns * from.block; ++i) {
      float& best = out[i / from.block / 2 * to.block + i % from.block];
      best = best > in[i] ? best : in[i];
    }
  }
}

class DirectKernel : public ConvKernel {
 public:
  DirectKernel(const DirectCode& code, DirectPlan plan) : code_(code), plan_(std::move(plan)) {}

  std::string packing() const override {
    std::string name = "direct" + std::to_string(static_cast<int>(plan_.form)) + "w" +
                       std::to_string(plan_.width) + "g" + std::to_string(plan_.group_vectors);
    if (reads_blocks(plan_.form)) {
      for (const ConvSource& source : plan_.conv.sources)
        name += "." + std::to_string(source.layout.c);
    }
    return name;
  }

  std::size_t packed_floats() const override {
    return static_cast<std::size_t>(rounded_up(plan_.groups * plan_.filter_floats, plan_.width));
  }

  void pack(const float* weight, float* packed) const override {
    std::fill_n(packed, packed_floats(), 0.0F);
    for_each_weight([&](std::int64_t i, std::int64_t place) { packed[place] = weight[i]; });
  }

  bool can_unpack() const override { return true; }
  void unpack(const float* packed, float* weight) const override {
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
    code_.run(plan_, operands, pool);
    if (!p.pooled) return;
    const ImageLayout& pooled = *p.pooled;
    zero_halo(pooled, operands.pooled, pool);
    pool.parallel_for(
        pooled.n * pooled.channel_blocks() * pooled.h, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            pool_row(p, operands.dst, operands.pooled, i / pooled.h / pooled.channel_blocks(),
                     i / pooled.h % pooled.channel_blocks(), i % pooled.h);
          }
        });
  }

 private:
  // f(where a weight is in [oc][ic][kh][kw], where in the packed filters)
  template <class F>
  void for_each_weight(const F& f) const {
    const Conv2dParams& p = plan_.conv.params;
    const std::int64_t group_ic = p.ic / p.groups, taps = p.kh * p.kw;
    const std::vector<std::int64_t> places = channel_places();
    for (std::int64_t oc = 0; oc < p.oc; ++oc) {
      for (std::int64_t ic = 0; ic < group_ic; ++ic) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          f((oc * group_ic + ic) * taps + tap,
            place(oc, places[static_cast<std::size_t>(ic)], tap, taps));
        }
      }
    }
  }

  // Of the input channels of a group: where they lie when every source is filled up to whole
  // blocks.
  std::vector<std::int64_t> channel_places() const {
    const Conv2dParams& p = plan_.conv.params;
    std::vector<std::int64_t> places;
    std::int64_t first = 0;
    for (const ConvSource& source : plan_.conv.sources) {
      for (std::int64_t c = 0; c < source.layout.c; ++c) places.push_back(first + c);
      first +=
          reads_blocks(plan_.form) ? rounded_up(source.layout.c, plan_.width) : source.layout.c;
    }
    places.resize(static_cast<std::size_t>(p.ic / p.groups));
    return places;
  }

  // Of a weight in the packed filters; see direct.h.
  std::int64_t place(std::int64_t oc, std::int64_t ic, std::int64_t tap, std::int64_t taps) const {
    const std::int64_t w = plan_.width, row = w * plan_.group_vectors;
    switch (plan_.form) {
      case DirectForm::kBlocked:
        return oc / row * plan_.filter_floats + ((ic / w * taps + tap) * w + ic % w) * row +
               oc % row;
      case DirectForm::kPlanarSource:
        return oc / row * plan_.filter_floats + (ic * taps + tap) * row + oc % row;
      case DirectForm::kDepthwise:
        return oc / w * plan_.filter_floats + tap * w + oc % w;
      case DirectForm::kPlanarResult:
        return oc * plan_.filter_floats + (ic / w * taps + tap) * w + ic % w;
      case DirectForm::kPlanar:
        break;
    }
    return oc * plan_.filter_floats + ic * taps + tap;
  }

  const DirectCode& code_;
  DirectPlan plan_;
};

}  // namespace

std::int64_t direct_task_rows(const DirectPlan& plan, int threads) {
  constexpr std::int64_t kTasksPerThread = 8, kMostRows = 4;
  const std::int64_t rows = plan.conv.dst.n * plan.conv.dst.h * plan.groups;
  return std::clamp<std::int64_t>(rows / (threads * kTasksPerThread), 1, kMostRows);
}

std::string direct_unsupported_reason(const ConvVariant& self, const ConvProblem& problem) {
  const DirectCode& code = code_of(self);
  const Conv2dParams& p = problem.params;
  if (problem.upsamples) return "a resized source";
  const bool whole_outputs = p.groups == 1 || p.oc / p.groups % code.width == 0;
  const bool whole_inputs =
      p.groups == 1 || (p.ic / p.groups % code.width == 0 && problem.source_channels.size() == 1);
  switch (code.form) {
    case DirectForm::kBlocked:
      return whole_inputs && whole_outputs ? "" : "groups that are not whole vectors";
    case DirectForm::kPlanarSource:
      return whole_outputs ? "" : "groups that are not whole vectors";
    case DirectForm::kDepthwise:
      return p.groups == p.ic && p.groups == p.oc && p.groups > 1 &&
                     problem.source_channels.size() == 1
                 ? ""
                 : "not a filter a channel";
    case DirectForm::kPlanarResult:
      return p.groups == 1 ? "" : "groups";
    case DirectForm::kPlanar:
      break;
  }
  return {};
}

double direct_cost(const ConvVariant& self, const ConvProblem& problem) {
  const DirectCode& code = code_of(self);
  const Conv2dParams& p = problem.params;
  const double pixels = static_cast<double>(p.oh * p.ow), taps = static_cast<double>(p.kh * p.kw);
  double ic = 0, channels = 0;
  for (std::int64_t c : problem.source_channels) {
    channels += static_cast<double>(c);
    ic += static_cast<double>(reads_blocks(code.form) ? rounded_up(c, code.width) : c);
  }
  ic /= static_cast<double>(p.groups);
  const double oc =
      static_cast<double>(writes_blocks(code.form) ? rounded_up(p.oc, code.width) : p.oc);
  double cost = pixels * taps * ic * oc;
  switch (code.form) {
    case DirectForm::kBlocked:
      cost *= kBlockedCost;
      break;
    case DirectForm::kPlanarSource:
      cost *= kPlanarSourceCost;
      break;
    case DirectForm::kDepthwise:
      cost = pixels * taps * oc * kReducedCost;
      break;
    case DirectForm::kPlanarResult:
      cost *= kReducedCost;
      break;
    case DirectForm::kPlanar:
      cost *= p.stride_w == 1 ? kPlanarCost : kPlanarCost * code.width;
      break;
  }
  cost = std::max(cost, filter_traffic_cost(direct_packed_floats(self, problem)));
  const bool converts = reads_blocks(code.form) == problem.planar_sources;
  if (converts) cost += kConversionCost * static_cast<double>(p.ih * p.iw) * channels;
  if (!writes_blocks(code.form)) cost += kConversionCost * pixels * oc;
  return cost;
}

double direct_packed_floats(const ConvVariant& self, const ConvProblem& problem) {
  const DirectCode& code = code_of(self);
  const Conv2dParams& p = problem.params;
  std::int64_t ic = p.ic / p.groups, oc = p.oc;
  if (p.groups == 1 && reads_blocks(code.form)) {
    ic = 0;
    for (std::int64_t c : problem.source_channels) ic += rounded_up(c, code.width);
  }
  if (writes_blocks(code.form)) oc = rounded_up(oc, code.width);
  return static_cast<double>(p.kh * p.kw * ic * oc);
}

ConvRequirements direct_requirements(const ConvVariant& self, const Conv2dParams& p) {
  const DirectCode& code = code_of(self);
  const auto behind = [](std::int64_t out, std::int64_t stride, std::int64_t kernel,
                         std::int64_t dilation, std::int64_t pad, std::int64_t in) {
    return std::max<std::int64_t>((out - 1) * stride + (kernel - 1) * dilation - pad + 1 - in, 0);
  };
  return {.source_block = reads_blocks(code.form) ? code.width : 1,
          .source_halo = {.top = p.pad_top,
                          .left = p.pad_left,
                          .bottom = behind(p.oh, p.stride_h, p.kh, p.dilation_h, p.pad_top, p.ih),
                          .right = behind(p.ow, p.stride_w, p.kw, p.dilation_w, p.pad_left, p.iw)},
          .dst_block = writes_blocks(code.form) ? code.width : 1};
}

std::unique_ptr<ConvKernel> plan_direct(const ConvVariant& self, const FusedConv2d& conv,
                                        const ConvMachine& machine) {
  const DirectCode& code = code_of(self);
  const Conv2dParams& p = conv.params;
  DirectPlan plan;
  plan.conv = conv;
  plan.form = code.form;
  plan.width = code.width;
  const std::int64_t taps = p.kh * p.kw, group_ic = p.ic / p.groups;
  for (const ConvSource& source : conv.sources)
    plan.source_blocks += divided_up(source.layout.c, code.width);
  if (p.groups > 1) plan.source_blocks = divided_up(group_ic, code.width);
  plan.group_vectors = 1;
  if (code.form == DirectForm::kBlocked || code.form == DirectForm::kPlanarSource) {
    plan.group_vectors = vectors_of(p, code.width);
    const std::int64_t row = std::int64_t{plan.group_vectors} * code.width;
    plan.groups = p.groups * divided_up(p.oc / p.groups, row);
    plan.filter_floats =
        taps * row *
        (code.form == DirectForm::kBlocked ? plan.source_blocks * code.width : group_ic);
  } else if (code.form == DirectForm::kDepthwise) {
    plan.groups = divided_up(p.oc, code.width);
    plan.filter_floats = taps * code.width;
  } else {
    plan.groups = p.oc;
    plan.filter_floats =
        taps *
        (code.form == DirectForm::kPlanarResult ? plan.source_blocks * code.width : group_ic);
  }
  constexpr std::int64_t kPointerFloats = sizeof(const float*) / sizeof(float), kLine = 16;
  if (code.form == DirectForm::kPlanarSource) {
    plan.tap_floats = rounded_up(group_ic * taps * kPointerFloats, kLine);
  } else if (code.form == DirectForm::kBlocked) {
    constexpr std::int64_t kRowFloats = sizeof(SourceRow) / sizeof(float);
    const auto sources = static_cast<std::int64_t>(conv.sources.size());
    plan.tap_floats = rounded_up(sources * kRowFloats, kLine);
  }
  plan.stream = !conv.residual_in_dst && conv.dst.bytes() > machine.caches.l3 / 2;
  return std::make_unique<DirectKernel>(code, std::move(plan));
}

}  // namespace u2net::kernels
