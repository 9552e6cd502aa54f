// SPDX-License-Identifier: Apache-2.0
// A convolution on tiles with everything around it, drawn at random, and what has to come out.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "kernels/conv2d/fused_conv2d.h"
#include "tests/kernels/centred_layout.h"
#include "tests/support/fill.h"
#include "tests/support/guard_pages.h"

namespace u2net::engine::test {

using kernels::ConvVariant;
using kernels::ElementType;
using kernels::ImageLayout;

// Of an image in a buffer, without its centres.
std::vector<float> plain_values(const ImageLayout& l, const PageGuarded& buffer);

struct TileProblem {
  kernels::FusedConv2d conv;
  std::vector<std::int64_t> channels;
  // Plain, of numbers that their type has, as all operands are: as they are stored, minus the
  // centres.
  std::vector<std::vector<float>> sources;
  std::vector<float> weights, bias, residual;
  std::vector<Centre> source_centres;
  Centre centre, residual_centre;  // of dst and what is taken of it
  bool integers;

  TileProblem(const ConvVariant& variant, Random& random, bool with_integers);

  std::string text() const;

  struct Results {
    PageGuarded dst;
    std::optional<PageGuarded> pooled;
  };
  Results run(const ConvVariant& variant, int threads) const;
  // The operand `bias`.
  std::vector<float> bias_lists(std::size_t floats) const;
  // Of dst by the reference, as it is stored but before it is rounded, and how far it may be off
  // then.
  void expect(std::vector<float>& dst, std::vector<double>& bound) const;

  bool splits_all() const {
    return std::all_of(conv.sources.begin(), conv.sources.end(),
                       [](const auto& s) { return s.layout.element == ElementType::kBf16x2; });
  }

 private:
  // The samples of a source as the filter reads them.
  std::vector<float> read_of(std::size_t source) const;
  bool draw(const ConvVariant& variant, Random& random);
  void draw_epilogue(Random& random);
};

}  // namespace u2net::engine::test
