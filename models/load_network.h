// SPDX-License-Identifier: Apache-2.0
// From files to a Model in any mode: a graph, or in mode dynamic the network's code.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/run/model.h"
#include "loader/load_model.h"

namespace u2net::engine {

struct NetworkFiles {
  std::string mode;
  // As for load_model(). A .pdparams file, or a .pth or .pt of PyTorch's, stands for the network as
  // code: evaluated in mode dynamic, traced in the others. In mode dynamic another path stands for
  // the .pdparams file beside it.
  std::filesystem::path model = {};
  // Where not beside the model; in mode dynamic only if it is a .pdparams file.
  std::filesystem::path parameters = {};
  std::vector<std::string> disabled_passes = {};
};

// Loads and prepares what does not depend on the inputs. Throws Error.
std::shared_ptr<const Model> load_network(const NetworkFiles& files);
// The same from the bytes of the files; without a program those of the parameters are those of a
// .pdparams file.
std::shared_ptr<const Model> load_network(const ModelBytes& bytes, const ModelOptions& options);

// What load_model() gives, or the graph of a network as code.
LoadedModel load_graph_model(const NetworkFiles& files, GraphStage stage);

// The graph of any mode but dynamic, as written. Throws Error, also where there are parameters
// alone that only mode dynamic looks for, beside the model or in its folder.
Graph load_graph(const NetworkFiles& files);

// The file of parameters that mode dynamic takes. Throws kModelNotFound.
std::filesystem::path state_dict_of(const NetworkFiles& files);
// Whether there is a .pdparams file for mode dynamic.
bool has_state_dict(const NetworkFiles& files);

}  // namespace u2net::engine
