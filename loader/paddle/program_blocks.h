// SPDX-License-Identifier: Apache-2.0
// The blocks of a program, one in another, and what its names mean while they are read. The
// operators of a branch lie in the graph like all others, those of a loop as often as it may go
// round; who reads a result reads what is chosen at the end (engine/graph/choice.h), and what then
// nothing needs is dropped while planning.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/graph/graph.h"
#include "framework.pb.h"
#include "loader/program.h"

namespace u2net::engine {

class ProgramBlocks {
 public:
  // Both must outlive the object.
  ProgramBlocks(const proto::ProgramDesc& desc, Graph& graph) : desc_(desc), graph_(graph) {}

  // Those that open a block.
  static bool opens(std::string_view op) { return op == kBranch || op == kLoop; }

  using Read = std::function<void(const proto::OpDesc& op, int number)>;
  // Calls `read` for all other operators, in order. Without recursion: blocks may lie in each other
  // as deep as there are any.
  void read(const Read& read);

  // kNoValue where nothing has defined it.
  ValueId find(const std::string& name) const;
  // Throws where nothing has.
  ValueId value_of(const std::string& name, const std::string& where) const;
  // A name that is written twice means the latest value from here on.
  void define(const std::string& name, ValueId id);
  bool is_outermost() const { return open_.size() < 2; }

 private:
  static constexpr std::string_view kBranch = "conditional_block", kLoop = "while";

  using Values = std::map<std::string, ValueId>;
  struct OpenBlock {
    int index;
    const proto::OpDesc* op = nullptr;  // what opened it; none for the outermost
    int next = 0;
    Values before = {};                    // what the names that it defines meant in front of it
    std::vector<ValueId> conditions = {};  // of a branch, or of each round of a loop
    std::vector<Values> rounds = {};       // what the results of a loop are in front of each round
  };

  void open(const proto::OpDesc& op, int number);
  void close();
  bool goes_round(OpenBlock& block);
  static std::set<std::string> results_of(const OpenBlock& block);
  ValueId add_choice(const std::string& name, ValueId condition, std::vector<ValueId> values);

  const proto::ProgramDesc& desc_;
  Graph& graph_;
  std::unordered_map<std::string, ValueId> current_;  // the value that a name means at this point
  std::vector<OpenBlock> open_;                       // the innermost last
  std::map<int, const proto::OpDesc*> openers_;       // of blocks
  StepsOfRounds steps_;
};

}  // namespace u2net::engine
