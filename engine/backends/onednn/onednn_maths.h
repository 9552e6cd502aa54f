// SPDX-License-Identifier: Apache-2.0
// Builders of onednn_maths.cc: softmax of any rank, products of matrices of any
// rank, transposed convolutions.
#pragma once

#include <string>

#include "engine/backends/onednn/onednn_builder.h"

namespace u2net::engine::onednn {

std::string build_softmax(Builder& b, const Node& node);
std::string build_matmul(Builder& b, const Node& node);
std::string build_deconvolution(Builder& b, const Node& node);

}  // namespace u2net::engine::onednn
