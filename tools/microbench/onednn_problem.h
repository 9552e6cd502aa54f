// SPDX-License-Identifier: Apache-2.0
// The problems of oneDNN, as ONEDNN_VERBOSE and benchdnn write them, as lines of shapes.h. As
// there: what is missing of the width is as the height; dh counts skipped samples, so that dh0 is a
// dilation of 1; a missing ph follows from oh, a missing oh from ph. A missing mb is 1 (benchdnn's
// is 2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/microbench/onednn_verbose.h"

namespace u2net::bench {

// oneDNN's name of an operator by any of its names ("conv", "conv2d", "pool2d", ...); empty for an
// operator that has no problem here.
std::string onednn_primitive(std::string_view op);

// The algorithm that an operator's name stands for; empty where it stands for none.
std::string onednn_algorithm(std::string_view op);

struct TranslatedProblem {
  std::string line;                // of shapes.h
  std::vector<std::string> notes;  // what the line leaves out
};

// Throws Error (kUsage) that names the problem and what is wrong with it, or what has no
// counterpart.
TranslatedProblem translate(const OneDnnProblem& problem);

}  // namespace u2net::bench
