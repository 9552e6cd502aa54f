// SPDX-License-Identifier: Apache-2.0
// Which images lie in bf16 or bf16x2 where a precision permits it, and what they are centred on
// (kernels/base/centred_image.h).
#pragma once

#include <memory>
#include <vector>

#include "engine/backends/native/native_conv.h"
#include "engine/graph/graph.h"

namespace u2net::engine::native {

// A number a channel, each of which bf16 has; null for zeros.
using Centre = std::shared_ptr<const std::vector<float>>;

// By value of a graph.
struct Bf16Values {
  // In which its producer leaves it: for tiles where it can, and nobody reads it in float32, in two
  // halves if anybody reads it so. What a network gives out is float32.
  std::vector<kernels::ElementType> elements;
  // Of its channels, wherever it lies in bf16 or bf16x2.
  std::vector<Centre> centres;
  bool measured = false;  // some of them were: native_moments.h
};

Bf16Values find_bf16_values(const Graph& graph, const std::vector<ConvChoice>& choices,
                            const BackendOptions& options);

// Whether convolutions on tiles read the value in two halves of an image in bf16, and without
// centres: images of few channels, as pictures are, where they are made in float32.
bool comes_in_halves(const Graph& graph, ValueId id, const Bf16Values& values);

// The operand `bias` of so many floats (kernels/conv2d/tiles/tile_conv.h) of a convolution on tiles
// whose layouts are known.
std::vector<float> tile_bias(const Graph& graph, const Node& node, const kernels::FusedConv2d& conv,
                             std::size_t floats, const Bf16Values& values,
                             const BackendOptions& options);

}  // namespace u2net::engine::native
