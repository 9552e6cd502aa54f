// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/program_blocks.h"

#include <memory>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ops/select_input.h"
#include "loader/fail.h"
#include "loader/limits.h"
#include "loader/paddle/attributes.h"
#include "loader/paddle/program_attributes.h"

namespace u2net::engine {
namespace {

const std::string& condition_of(const proto::OpDesc& op, const std::string& where) {
  for (const auto& slot : op.inputs()) {
    const bool decides = slot.parameter() == "Cond" || slot.parameter() == "Condition";
    if (decides && slot.arguments_size() == 1) return slot.arguments(0);
  }
  fail_format(where, " has no condition");
}

}  // namespace

void ProgramBlocks::read(const Read& read) {
  open_.push_back({.index = 0});
  while (!open_.empty()) {
    const proto::BlockDesc& block = desc_.blocks(open_.back().index);
    const int i = open_.back().next++;
    if (i == block.ops_size()) {
      close();
    } else if (opens(block.ops(i).type())) {
      open(block.ops(i), i);
    } else {
      read(block.ops(i), i);
    }
    steps_.count(graph_);
  }
}

ValueId ProgramBlocks::find(const std::string& name) const {
  const auto value = current_.find(name);
  return value == current_.end() ? kNoValue : value->second;
}

ValueId ProgramBlocks::value_of(const std::string& name, const std::string& where) const {
  const ValueId id = find(name);
  if (id == kNoValue) fail_format(where, " reads '", name, "', which nothing before it defines");
  return id;
}

void ProgramBlocks::define(const std::string& name, ValueId id) {
  if (!is_outermost()) open_.back().before.emplace(name, find(name));
  current_[name] = id;
}

void ProgramBlocks::open(const proto::OpDesc& op, int number) {
  const std::string where = str_cat("operator '", op.type(), "' (number ", number, ")");
  const Attributes attributes = read_attributes(op);
  if (op.type() == kBranch &&
      !AttributeReader(op.type(), attributes).boolean("is_scalar_condition", false)) {
    throw_error(ErrorCode::kModelUnsupported, where,
                " runs for some rows alone, which is not supported");
  }
  int index = 0;
  for (const proto::OpDesc::Attr& attr : op.attrs()) {
    if (attr.name() == "sub_block" && attr.has_block_idx()) index = attr.block_idx();
  }
  if (index < 1 || index >= desc_.blocks_size()) {
    fail_format(where, " runs block ", index, " of ", desc_.blocks_size());
  }
  if (openers_.emplace(index, &op).first->second != &op)
    fail_format(where, " runs block ", index, ", which another one runs");
  OpenBlock block{.index = index, .op = &op};
  block.conditions.push_back(value_of(condition_of(op, where), where));
  if (op.type() == kLoop) {
    const std::set<std::string> results = results_of(block);
    if (results.size() > kMaxResultsOfLoop) {
      throw_error(ErrorCode::kModelLimit, where, " has ", results.size(), " results, the limit is ",
                  kMaxResultsOfLoop);
    }
    block.rounds.emplace_back();
    for (const std::string& name : results) block.rounds.back()[name] = find(name);
  }
  open_.push_back(std::move(block));
}

std::set<std::string> ProgramBlocks::results_of(const OpenBlock& block) {
  std::set<std::string> results;
  for (const auto& slot : block.op->outputs()) {
    if (slot.parameter() == "Out") results.insert(slot.arguments().begin(), slot.arguments().end());
  }
  return results;
}

// Another round begins with what the last one made.
bool ProgramBlocks::goes_round(OpenBlock& block) {
  if (block.rounds.empty()) return false;
  Values& next = block.rounds.emplace_back();
  for (const auto& [name, before] : block.rounds.front()) next[name] = find(name);
  block.conditions.push_back(value_of(condition_of(*block.op, "a loop"), "a loop"));
  block.next = 0;
  return block.rounds.size() <= kMaxRounds;
}

// What a block defines means what it did in front of it, but for the results.
void ProgramBlocks::close() {
  if (open_.back().op && goes_round(open_.back())) return;
  const OpenBlock block = std::move(open_.back());
  open_.pop_back();
  if (!block.op) return;
  const std::set<std::string> results = results_of(block);
  Values made;
  for (const auto& [name, before] : block.before) {
    const ValueId after = find(name);
    if (before == kNoValue) {
      current_.erase(name);
    } else {
      current_[name] = before;
    }
    if (results.contains(name)) made[name] = after;
  }
  for (auto [name, after] : made) {
    const ValueId before = block.before.at(name);
    if (block.rounds.empty() && before != kNoValue) {
      after = add_choice(name, block.conditions.front(), {before, after});
    }
    if (!block.rounds.empty()) {
      if (before == kNoValue) continue;  // of a round alone
      // Behind the last round there is no value for a condition that holds.
      after = add_choice(name, block.conditions.back(), {after});
      for (std::size_t round = block.rounds.size() - 1; round-- > 0;) {
        after = add_choice(name, block.conditions[round], {block.rounds[round].at(name), after});
      }
    }
    define(name, after);
  }
}

// The second value where the condition holds.
ValueId ProgramBlocks::add_choice(const std::string& name, ValueId condition,
                                  std::vector<ValueId> values) {
  const std::string result = str_cat(name, ".chosen", graph_.nodes.size());
  const ValueId id = graph_.add_value({.name = result, .type = {}, .constant = nullptr});
  graph_.nodes.push_back({.name = result,
                          .op = std::make_shared<SelectInput>(),
                          .inputs = {std::move(values), {condition}},
                          .outputs = {{id}}});
  return id;
}

}  // namespace u2net::engine
