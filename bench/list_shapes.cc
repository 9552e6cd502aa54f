// SPDX-License-Identifier: Apache-2.0
// Prints the shapes of a network of models/architecture.h for bench/shapes, each once, with how
// often it occurs: those of the graph as the native mode runs it and, of other operators, as the
// onednn mode does.
//   build/release/bin/list_shapes u2netp [HEIGHT WIDTH] > bench/shapes/u2netp.txt
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "engine/base/error.h"
#include "engine/plan/prepare.h"
#include "engine/run/model.h"
#include "models/u2net.h"
#include "tools/microbench/shapes.h"

namespace {

using namespace u2net;
using namespace u2net::engine;

// The shapes do not depend on the values, but variances have to be positive.
Graph trace(const std::string& name, const Shape& image) {
  U2Net network(find_architecture(name));
  StateDict state;
  for (const ModelParameter& parameter : network.parameters().all()) {
    auto tensor = std::make_shared<Tensor>(DType::kFloat32, parameter.shape);
    for (float& v : tensor->values<float>()) v = 1;
    state.tensors[parameter.structured_name] = std::move(tensor);
  }
  network.load(state, "ones");
  return network.trace(image);
}

void count_shapes(const Graph& graph, const Shape& image, const std::string& mode,
                  bool convolutions, std::map<std::string, int>& counts) {
  const Model model(graph, {.mode = mode, .disabled_passes = {}});
  const TensorView input{DType::kFloat32, image, nullptr};
  const PreparedGraph prepared = prepare_graph(model.preparable(), {&input, 1});
  for (const Node& node : prepared.graph.nodes) {
    const std::string line = bench::shape_line(prepared.graph, node);
    if (!line.empty() && bench::is_convolution(line) == convolutions) ++counts[line];
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fprintf(stderr, "usage: list_shapes ARCHITECTURE [HEIGHT WIDTH]\n");
    return 2;
  }
  try {
    const std::string name = argv[1];
    const Shape image{1, 3, argc == 4 ? std::atoll(argv[2]) : 320,
                      argc == 4 ? std::atoll(argv[3]) : 320};
    const Graph graph = trace(name, image);
    std::map<std::string, int> counts;
    count_shapes(graph, image, "native", true, counts);
    count_shapes(graph, image, "inference", false, counts);
    std::printf("# %s at %s: bin/list_shapes %s; format in tools/microbench/shapes.h\n",
                name.c_str(), to_string(image).c_str(), name.c_str());
    for (const auto& [line, count] : counts) std::printf("%s  # x%d\n", line.c_str(), count);
  } catch (const Error& e) {
    std::fprintf(stderr, "list_shapes: %s\n", e.what());
    return 1;
  }
}
