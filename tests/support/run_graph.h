// SPDX-License-Identifier: Apache-2.0
// Runs a graph once and keeps its outputs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/run/session.h"

namespace u2net::engine::test {

Tensor copy_of(const TensorView& view);
std::vector<Tensor> copies_of(std::span<const TensorView> views);
std::vector<TensorView> views_of(std::span<const Tensor> tensors);

struct RunOptions {
  std::string mode = "static";
  int threads = 1;
  std::vector<std::string> disabled_passes = {};
  KernelChoice kernels = {};
};

std::vector<Tensor> run_graph(const Graph& graph, std::span<const Tensor> inputs,
                              const RunOptions& options = {});

}  // namespace u2net::engine::test
