// SPDX-License-Identifier: Apache-2.0
// The interface (u2net::v1, here api) beside the engine, on a model of a few hundred weights.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/tensor.h"
#include "u2net/segment.hpp"
#include "u2net/u2net.hpp"

namespace u2net::engine::test {

namespace api = u2net::v1;

// image [-1,3,8,8] -> out [-1,4,8,8].
struct ModelFileBytes {
  std::string program, parameters;
};
const ModelFileBytes& small_model_bytes();
api::Config small_config(api::Mode mode = api::Mode::kDefault);

// float32 [batch,3,8,8], uniform.
api::Tensor image(std::int64_t batch, std::uint64_t seed);

// What the engine proper computes.
std::vector<float> expected_output(const api::Tensor& image, api::Mode mode);
std::vector<float> floats(const api::TensorView& view);

api::Config bundled_files();  // U2Netp from the source tree

// Modes of this build that run a graph.
std::vector<api::Mode> graph_modes();

// Throws the interface's error with these parts in message or hint.
testing::AssertionResult api_fails(api::ErrorCode code,
                                   std::initializer_list<std::string_view> parts,
                                   const std::function<void()>& action);

}  // namespace u2net::engine::test
