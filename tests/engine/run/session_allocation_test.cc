// SPDX-License-Identifier: Apache-2.0
// After the first run with given sizes, a run allocates nothing: no hiccups, nothing that can fail.
#include <gtest/gtest.h>

#include "tests/engine/allocation_counter.h"
#include "tests/engine/run/session_graphs.h"

namespace u2net::engine::test {
namespace {

TEST(AllocationCounter, Counts) {
  const std::int64_t before = allocations_made(), alive = allocations_alive();
  auto* number = new int(1);
  EXPECT_EQ(allocations_made(), before + 1);
  EXPECT_EQ(allocations_alive(), alive + 1);
  delete number;
  EXPECT_EQ(allocations_alive(), alive);
  const AlignedBuffer buffer(1000);
  EXPECT_EQ(allocations_made(), before + 2);
}

// The reference modes; what a library does inside is its own affair.
class AllocationTest : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<const Model> model = model_of(every_operator(), GetParam());
};

TEST_P(AllocationTest, NoneInTheSteadyState) {
  const Tensor x = picture({2, 3, 16, 21}, 1);
  const std::vector<TensorView> inputs = {x.view()};
  for (int threads : {1, 3}) {
    Session session(model, {.threads = threads});
    session.run(inputs);
    const std::int64_t before = allocations_made();
    for (int i = 0; i < 10; ++i) session.run(inputs);
    EXPECT_EQ(allocations_made() - before, 0) << "threads " << threads;
  }
}

TEST_P(AllocationTest, NoneWhereTheInputMoves) {
  const Tensor a = picture({1, 3, 16, 21}, 1), b = picture({1, 3, 16, 21}, 2);
  const std::vector<TensorView> first = {a.view()}, second = {b.view()};
  Session session(model, {.threads = 2});
  session.run(first);
  const std::int64_t before = allocations_made();
  for (int i = 0; i < 10; ++i) session.run(i % 2 ? first : second);
  EXPECT_EQ(allocations_made() - before, 0);
}

TEST_P(AllocationTest, NoneWhereSizesAlternate) {
  const Tensor a = picture({1, 3, 16, 21}, 1), b = picture({1, 3, 30, 9}, 2);
  const std::vector<TensorView> first = {a.view()}, second = {b.view()};
  Session session(model, {.threads = 1});
  for (int i = 0; i < 4; ++i) session.run(i % 2 ? first : second);
  const std::int64_t before = allocations_made();
  for (int i = 0; i < 10; ++i) session.run(i % 2 ? first : second);
  EXPECT_EQ(allocations_made() - before, 0);
}

TEST_P(AllocationTest, NoneWhereAFedValueDecidesTheSize) {
  Session session(model_of(fed_size(), GetParam()), {.threads = 1});
  const Tensor x = picture({1, 1, 5, 6}, 1);
  const Tensor size = Tensor::from<std::int32_t>({2}, std::vector<std::int32_t>{7, 8});
  const std::vector<TensorView> inputs = {x.view(), size.view()};
  session.run(inputs);
  const std::int64_t before = allocations_made();
  for (int i = 0; i < 10; ++i) session.run(inputs);
  EXPECT_EQ(allocations_made() - before, 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, AllocationTest, testing::Values("static", "inference"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace u2net::engine::test
