// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run_graph.h"

#include <algorithm>

namespace u2net::engine::test {

Tensor copy_of(const TensorView& view) {
  Tensor tensor(view.dtype, view.shape);
  std::copy_n(static_cast<const std::byte*>(view.data), tensor.bytes(), tensor.data());
  return tensor;
}

std::vector<Tensor> copies_of(std::span<const TensorView> views) {
  std::vector<Tensor> copies;
  for (const TensorView& view : views) copies.push_back(copy_of(view));
  return copies;
}

std::vector<TensorView> views_of(std::span<const Tensor> tensors) {
  std::vector<TensorView> views;
  for (const Tensor& tensor : tensors) views.push_back(tensor.view());
  return views;
}

std::vector<Tensor> run_graph(const Graph& graph, std::span<const Tensor> inputs,
                              const RunOptions& options) {
  auto model = std::make_shared<const Model>(
      graph, ModelOptions{.mode = options.mode, .disabled_passes = options.disabled_passes});
  Session session(std::move(model), {.threads = options.threads, .kernels = options.kernels});
  return copies_of(session.run(views_of(inputs)));
}

}  // namespace u2net::engine::test
