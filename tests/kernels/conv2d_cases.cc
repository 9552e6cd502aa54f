// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/conv2d_cases.h"

namespace u2net::engine::test {
namespace {

ConvSpec random_spec(Random& random) {
  constexpr std::int64_t kChannels[] = {1, 2, 3, 5, 6, 7, 8, 15, 16, 17, 31, 32, 33};
  constexpr std::int64_t kSizes[] = {1, 2, 3, 5, 7, 8, 9, 13, 16, 17, 25, 33, 37};
  constexpr std::int64_t kKernels[] = {1, 2, 3, 5, 7};
  constexpr std::int64_t kDilations[] = {1, 1, 2, 3, 4, 8};
  constexpr std::int64_t kGroups[] = {1, 1, 1, 2, 3};
  const auto pick = [&](std::span<const std::int64_t> choices) { return random.one_of(choices); };
  ConvSpec s;
  s.groups = pick(kGroups);
  s.n = random.integer(1, 3);
  s.ic = pick(kChannels) * s.groups;
  s.oc = pick(kChannels) * s.groups;
  s.ih = pick(kSizes), s.iw = pick(kSizes);
  s.kh = pick(kKernels), s.kw = pick(kKernels);
  s.stride_h = random.integer(1, 3), s.stride_w = random.integer(1, 3);
  s.dilation_h = pick(kDilations), s.dilation_w = pick(kDilations);
  s.top = random.integer(0, 9), s.bottom = random.integer(0, 9);
  s.left = random.integer(0, 9), s.right = random.integer(0, 9);
  return s;
}

}  // namespace

std::string text_of(const kernels::Conv2dParams& p) {
  const auto pair = [](std::int64_t a, std::int64_t b) {
    return std::to_string(a) + "x" + std::to_string(b);
  };
  return "conv2d n" + std::to_string(p.n) + " g" + std::to_string(p.groups) + " ic" +
         std::to_string(p.ic) + " " + pair(p.ih, p.iw) + " oc" + std::to_string(p.oc) + " " +
         pair(p.oh, p.ow) + " k" + pair(p.kh, p.kw) + " s" + pair(p.stride_h, p.stride_w) + " p" +
         pair(p.pad_top, p.pad_left) + " d" + pair(p.dilation_h, p.dilation_w);
}

namespace {

constexpr ConvSpec kEdges[] = {
    {},
    {.ic = 3,
     .ih = 9,
     .iw = 7,
     .oc = 5,
     .kh = 3,
     .kw = 3,
     .top = 1,
     .bottom = 1,
     .left = 1,
     .right = 1},
    {.n = 2, .ic = 6, .ih = 5, .iw = 8, .oc = 1},
    {.n = 3, .ic = 4, .ih = 25, .iw = 33, .oc = 4, .kh = 3, .kw = 3, .stride_h = 2, .stride_w = 2},
    // Every padding different.
    {.ic = 2,
     .ih = 6,
     .iw = 5,
     .oc = 3,
     .kh = 3,
     .kw = 4,
     .top = 0,
     .bottom = 3,
     .left = 2,
     .right = 1},
    // Windows that lie in the padding altogether.
    {.ic = 2,
     .ih = 3,
     .iw = 2,
     .oc = 2,
     .kh = 2,
     .kw = 2,
     .top = 5,
     .bottom = 4,
     .left = 3,
     .right = 6},
    // Dilated beyond the image: only the middle of a window is inside.
    {.ic = 2,
     .ih = 4,
     .iw = 5,
     .oc = 2,
     .kh = 3,
     .kw = 3,
     .top = 8,
     .bottom = 8,
     .left = 8,
     .right = 8,
     .dilation_h = 8,
     .dilation_w = 8},
    // The middle tap jumps over the image.
    {.ih = 1,
     .iw = 1,
     .kh = 2,
     .kw = 2,
     .top = 1,
     .bottom = 1,
     .left = 1,
     .right = 1,
     .dilation_h = 2,
     .dilation_w = 2},
    {.ic = 3,
     .ih = 7,
     .iw = 9,
     .oc = 2,
     .kh = 3,
     .kw = 2,
     .stride_h = 3,
     .stride_w = 2,
     .top = 2,
     .left = 1,
     .dilation_h = 2,
     .dilation_w = 3},
    // Strides larger than the kernel.
    {.ic = 2, .ih = 9, .iw = 10, .oc = 2, .kh = 2, .kw = 1, .stride_h = 4, .stride_w = 5},
    // Grouped, depthwise, depthwise with a multiplier.
    {.n = 2,
     .ic = 6,
     .ih = 5,
     .iw = 4,
     .oc = 9,
     .kh = 3,
     .kw = 3,
     .top = 1,
     .bottom = 1,
     .left = 1,
     .right = 1,
     .groups = 3},
    {.ic = 7,
     .ih = 6,
     .iw = 6,
     .oc = 7,
     .kh = 3,
     .kw = 3,
     .top = 1,
     .bottom = 1,
     .left = 1,
     .right = 1,
     .groups = 7},
    {.n = 2, .ic = 4, .ih = 5, .iw = 6, .oc = 8, .kh = 3, .kw = 3, .groups = 4},
    // A row of many blocks of columns, and one column.
    {.ic = 2,
     .ih = 3,
     .iw = 1100,
     .oc = 2,
     .kh = 3,
     .kw = 3,
     .top = 1,
     .bottom = 1,
     .left = 1,
     .right = 1},
    {.ic = 1,
     .ih = 2,
     .iw = 1030,
     .oc = 1,
     .kh = 1,
     .kw = 3,
     .stride_w = 2,
     .left = 600,
     .right = 5},
    {.ic = 3, .ih = 37, .iw = 1, .oc = 3, .kh = 5, .kw = 1, .top = 2, .bottom = 2},
};

}  // namespace

std::vector<kernels::Conv2dParams> conv_cases(int random_cases) {
  std::vector<kernels::Conv2dParams> cases;
  for (const ConvSpec& spec : kEdges) cases.push_back(conv_params(spec));
  Random random("conv2d cases");
  while (cases.size() < std::size(kEdges) + static_cast<std::size_t>(random_cases)) {
    const kernels::Conv2dParams p = conv_params(random_spec(random));
    const std::int64_t products = p.n * p.oc * p.oh * p.ow * (p.ic / p.groups) * p.kh * p.kw;
    if (p.oh > 0 && p.ow > 0 && products <= 1 << 20) cases.push_back(p);
  }
  return cases;
}

}  // namespace u2net::engine::test
