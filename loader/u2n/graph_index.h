// SPDX-License-Identifier: Apache-2.0
// A Graph as the index of a .u2n file has it: values and ports by number, operators by the names
// and attributes of loader/paddle/ops, and what the passes over the weights leave in them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "loader/u2n/index_bytes.h"

namespace u2net::engine {

// By what number a tensor goes in the file.
using TensorNumbers = std::map<const Tensor*, std::uint32_t>;
using Tensors = std::vector<std::shared_ptr<const Tensor>>;

// A type number and a rank of a byte each, then the dimensions, which may be any numbers. `what`
// has the type, for messages.
void write_type(const TensorType& type, IndexWriter& out);
TensorType read_type(IndexReader& in, const std::string& what);

// No pass has run on the graph but those over the weights. Throws kModelUnsupported for an operator
// that cannot be written.
void write_graph(const Graph& graph, const TensorNumbers& tensors, IndexWriter& out);
// What any other loader would give: connected, every value computed before it is used.
Graph read_graph(IndexReader in, const Tensors& tensors);

}  // namespace u2net::engine
