// SPDX-License-Identifier: Apache-2.0
// Branches and loops of Paddle 2's programs.
#include "loader/paddle/program_blocks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "loader/limits.h"
#include "tests/loader/loading.h"
#include "tests/support/expect_error.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

using Slots = ProgramBuilder::Slots;

Attributes number(double value, std::int64_t type) {
  return {{"shape", std::vector<std::int64_t>{1}}, {"dtype", type}, {"value", value}};
}

// The last `count` operators become those of a block, which an operator runs in their place.
proto::OpDesc& run_as_block(ProgramBuilder& b, int count, const std::string& type,
                            const Slots& inputs, const Slots& outputs) {
  auto& ops = *b.block().mutable_ops();
  const int index = b.desc().blocks_size();
  proto::BlockDesc inner;
  inner.set_idx(index);
  inner.set_parent_idx(0);
  for (int i = 0; i < count; ++i) *inner.add_ops() = ops.at(ops.size() - count + i);
  for (int i = 0; i < count; ++i) ops.RemoveLast();
  *b.desc().add_blocks() = inner;
  proto::OpDesc& op = b.op(type, inputs, outputs, {{"is_scalar_condition", true}});
  auto& attribute = *op.add_attrs();
  attribute.set_name("sub_block");
  attribute.set_type(8);
  attribute.set_block_idx(index);
  return op;
}

void scale(ProgramBuilder& b, const std::string& from, const std::string& to, double factor,
           double bias = 0) {
  b.op("scale", {{"X", {from}}}, {{"Out", {to}}}, {{"scale", factor}, {"bias", bias}});
}

std::vector<float> run_one(ProgramBuilder& b, std::vector<float> x) {
  std::vector<Tensor> fed;
  fed.push_back(Tensor::from<float>({static_cast<std::int64_t>(x.size())}, x));
  const std::vector<Tensor> got = run_graph(load(b).graph, fed);
  return {got[0].values<float>().begin(), got[0].values<float>().end()};
}

// y = x * 2, and where the condition holds y = y * 3; also what the branch calls x for itself.
ProgramBuilder branching(bool holds) {
  ProgramBuilder b;
  b.feed("x", {2});
  for (const char* name : {"y", "holds", "out"}) b.variable(name);
  b.op("fill_constant", {}, {{"Out", {"holds"}}}, number(holds, 0));
  scale(b, "x", "y", 2);
  scale(b, "y", "x", 3);
  scale(b, "x", "y", 1);
  run_as_block(b, 2, "conditional_block", {{"Cond", {"holds"}}}, {{"Out", {"y"}}});
  b.op("elementwise_add", {{"X", {"x"}}, {"Y", {"y"}}}, {{"Out", {"out"}}},
       {{"axis", std::int64_t{-1}}});
  b.fetch("out");
  return b;
}

TEST(ProgramBlocks, ABranchChangesItsResultsAlone) {
  ProgramBuilder taken = branching(true), left = branching(false);
  EXPECT_EQ(run_one(taken, {1, 2}), (std::vector<float>{7, 14}));
  EXPECT_EQ(run_one(left, {1, 2}), (std::vector<float>{3, 6}));
}

TEST(ProgramBlocks, WhatABranchMakesForItselfIsNotKnownBehindIt) {
  ProgramBuilder b = branching(true);
  auto& branch = *b.block().mutable_ops(3);
  ASSERT_EQ(branch.type(), "conditional_block");
  b.desc().mutable_blocks(1)->mutable_ops(1)->mutable_outputs(0)->set_arguments(0, "own");
  b.block().mutable_ops(4)->mutable_inputs(1)->set_arguments(0, "own");
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"elementwise_add", "'own'", "nothing before"},
                         [&] { load(b); }));
}

// x doubled so many times.
ProgramBuilder doubling(int rounds) {
  ProgramBuilder b;
  b.feed("x", {2});
  for (const char* name : {"i", "end", "goes_on", "y"}) b.variable(name);
  b.op("fill_constant", {}, {{"Out", {"i"}}}, number(0, 2));
  b.op("fill_constant", {}, {{"Out", {"end"}}}, number(rounds, 2));
  const auto compare = [&] {
    b.op("less_than", {{"X", {"i"}}, {"Y", {"end"}}}, {{"Out", {"goes_on"}}},
         {{"axis", std::int64_t{-1}}});
  };
  compare();
  scale(b, "x", "y", 1);
  scale(b, "y", "y", 2);
  scale(b, "i", "i", 1, 1);
  compare();
  run_as_block(b, 3, "while", {{"Condition", {"goes_on"}}, {"X", {"i", "end", "y"}}},
               {{"Out", {"i", "goes_on", "y"}}});
  b.fetch("y");
  return b;
}

TEST(ProgramBlocks, ALoopGoesRoundAsOftenAsItsConditionHolds) {
  for (int rounds : {0, 1, 5, kMaxRounds}) {
    ProgramBuilder b = doubling(rounds);
    const auto factor = static_cast<float>(std::ldexp(1.0, rounds));
    EXPECT_EQ(run_one(b, {1, 3}), (std::vector<float>{factor, 3 * factor})) << rounds;
  }
}

TEST(ProgramBlocks, ALoopGoesRoundNoMoreThanItMay) {
  ProgramBuilder b = doubling(kMaxRounds + 1);
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelFormat, {"select_input", "a loop goes round too often"}, [&] {
        run_one(b, {1, 3});
      }));
}

}  // namespace
}  // namespace u2net::engine::test
