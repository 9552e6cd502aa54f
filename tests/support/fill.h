// SPDX-License-Identifier: Apache-2.0
// Reproducible random numbers: the same on every machine, and another set with the environment
// variable U2NET_TEST_SEED.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/graph/tensor.h"

namespace u2net::engine::test {

class Random {
 public:
  // `name` tells the tests apart, `number` the cases of one test.
  explicit Random(std::string_view name, std::uint64_t number = 0);

  std::uint64_t next();
  std::int64_t integer(std::int64_t low, std::int64_t high);  // both included
  double real(double low, double high);
  template <class T>
  T one_of(std::span<const T> choices) {
    return choices[static_cast<std::size_t>(
        integer(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }

  // "U2NET_TEST_SEED=1 conv2d:17", for failure messages.
  std::string repro() const;

 private:
  std::uint64_t state_;
  std::string repro_;
};

// Integers of [low, high]: products and sums stay exact while they are below 2^24, so that any
// order of summation gives the same float.
void fill_integers(Random& random, std::span<float> values, int low = -4, int high = 4);
void fill_uniform(Random& random, std::span<float> values, double low = -1, double high = 1);

Tensor integers(Random& random, Shape shape, int low = -4, int high = 4);
Tensor uniform(Random& random, Shape shape, double low = -1, double high = 1);

}  // namespace u2net::engine::test
