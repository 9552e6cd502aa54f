// SPDX-License-Identifier: Apache-2.0
// One node of a graph as a line: a word for the operator, and key=value or words alone. The lists
// in bench/shapes are made of them, and `u2net op` takes them.
//   conv2d src=1x64x160x160^,1x64x320x320 filter=64x128x3x3 pad=1,1 relu residual pooled=160x160
// src: n x c x h x w of every source, ^ for one that is resized to twice its size on the way
//   (conv2d), or of every operand (concat, elementwise_add, elementwise_mul)
// conv2d: filter, and stride= pad= dilation= (h,w; of pad also top,bottom,left,right) groups= where
//   they are not 1 or 0; nobias, relu, residual, relu_after_residual; activation= a function of one
//   operand and its parameters by their names, or activation_after_residual=; pooled= the size of
//   the second result
// pool2d: kind=max|avg kernel= stride= pad= ceil, include_padding (of averages)
// bilinear_interp_v2, nearest_interp_v2: out=     concat: axis=, 1 where it is missing
// scale: factor= offset=     relu, sigmoid, batch_norm: nothing else.     # begins a comment.
// conv2d_transpose: filter, stride= pad= dilation= groups=     arg_max: axis=, 1 where it is
// missing Of any rank: matmul_v2 src=1x197x384 weight=384x1152, or with both operands in src,
// trans_x,
//   trans_y; layer_norm: begin=, softmax, log_softmax: axis=, the last dimension where missing
#pragma once

#include <string>
#include <string_view>

#include "engine/graph/graph.h"

namespace u2net::bench {
using namespace engine;

// The node as a line; empty for operators that are not in the lists.
std::string shape_line(const Graph& graph, const Node& node);

// A graph of this one node, named "node", every type known, with random weights. Throws Error
// (kUsage) that names what is wrong.
Graph graph_of(const std::string& line);
// Throws as graph_of(), without making the weights.
void check_line(const std::string& line);

// Whether it is a line of conv2d, of which there are many forms.
bool is_convolution(std::string_view line);
// A conv2d of one source and one result with the same products; other lines unchanged.
std::string without_fusion(const std::string& line);

}  // namespace u2net::bench
