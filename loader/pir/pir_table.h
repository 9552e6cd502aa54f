// SPDX-License-Identifier: Apache-2.0
// What the values of a PIR file are while its operators are read, by their ids.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/graph/graph.h"
#include "loader/pir/pir_entry.h"

namespace u2net::engine {

// One of the graph, a constant that is not in the graph yet, or several values under one name.
struct PirValue {
  ValueId id = kNoValue;
  std::shared_ptr<Tensor> constant = nullptr;
  bool is_list = false;
  bool is_stack = false;  // a list that is one tensor with a dimension more
  std::vector<PirId> list = {};
};

class PirTable {
 public:
  // Which must outlive the object.
  explicit PirTable(Graph& graph) : graph_(graph) {}

  void define(const PirEntry& e, PirValue value);
  // The first results; the others exist, but nothing computes them.
  void define_all(const PirEntry& e, std::vector<PirValue> values);
  void define_one(const PirEntry& e, PirId id, PirValue value);
  // An argument of a block, whose ids are below 0: again with every round of a loop.
  void define_argument(const PirEntry& e, PirId id, ValueId value);
  // A value with an id that no file has.
  PirId add_own(PirValue value);

  const PirValue& value(PirId id, const std::string& where) const;
  // The value in the graph; a constant becomes one of its constants now.
  ValueId graph_value(PirId id, const std::string& where);

  // How much is defined; and to forget what has been since.
  std::size_t mark() const { return defined_.size(); }
  void forget_from(std::size_t mark);

  // Of the graph's values.
  std::string unique_name(const std::string& name);
  bool take_name(const std::string& name) { return names_.insert(name).second; }

  // A short file can name a long list often.
  void count_connections(std::size_t more);

 private:
  ValueId stacked_value(PirId id, const std::string& where);

  Graph& graph_;
  std::unordered_map<PirId, PirValue> values_;
  std::vector<PirId> defined_;                    // in order
  std::set<std::string> names_;                   // of the graph's values
  std::unordered_map<std::string, int> numbers_;  // of the latest name that was made of one
  std::size_t connections_ = 0;
  PirId last_own_id_ = std::numeric_limits<PirId>::min() / 2;  // below the ids of files
};

}  // namespace u2net::engine
