// SPDX-License-Identifier: Apache-2.0
// Operators that will not be supported, with a word on why.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/text.h"

namespace u2net::engine {

// " (2x)", or " (2x, its results are random)", for the operator of Paddle 2 or 3 (without dialect);
// alike for those that run other operators or not, or over and over.
inline std::string unsupported_suffix(std::string_view op, int count) {
  constexpr std::string_view kRandom[] = {"bernoulli",
                                          "gaussian",
                                          "gaussian_random",
                                          "multinomial",
                                          "randint",
                                          "randperm",
                                          "truncated_gaussian_random",
                                          "uniform",
                                          "uniform_random",
                                          "uniform_random_batch_size_like"};
  constexpr std::string_view kControl[] = {"assert",     "recurrent", "select_output", "tuple_pop",
                                           "tuple_push", "while",     "write_to_array"};
  std::string text = str_cat(" (", count, "x");
  for (std::string_view name : kRandom) {
    if (name == op) text += ", its results are random";
  }
  for (std::string_view name : kControl) {
    if (name == op) text += ", control flow";
  }
  return str_cat(text, ")");
}

}  // namespace u2net::engine
