// SPDX-License-Identifier: Apache-2.0
// What moves elements, or has one kernel, gives the same bits in every mode, for any number of
// threads, and again.
#include <gtest/gtest.h>

#include "tests/engine/run/session_graphs.h"
#include "tests/support/compare.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

void check_bits(Graph (*graph)()) {
  for (const Shape& shape : {Shape{2, 3, 9, 12}, Shape{1, 3, 64, 65}}) {
    const Tensor x = picture(shape, 7);
    const std::vector<Tensor> expected = run_fresh(model_of(graph(), "static"), {x.view()});
    for (const std::string& mode : graph_modes()) {
      for (int threads : {1, 3}) {
        Session session(model_of(graph(), mode), {.threads = threads});
        for (int run = 0; run < 2; ++run) {
          const std::vector<Tensor> got = copies_of(session.run(std::vector{x.view()}));
          ASSERT_EQ(got.size(), expected.size());
          for (std::size_t i = 0; i < got.size(); ++i) {
            EXPECT_TRUE(same_bits(expected[i].view(), got[i].view(),
                                  mode + " output " + std::to_string(i)));
          }
        }
      }
    }
  }
}

TEST(Movement, GivesTheSameBitsInEveryMode) { check_bits(every_movement); }
TEST(KindsOfNumbers, GiveTheSameBitsInEveryMode) { check_bits(every_kind_of_number); }

}  // namespace
}  // namespace u2net::engine::test
