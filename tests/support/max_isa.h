// SPDX-License-Identifier: Apache-2.0
// Sets U2NET_MAX_ISA for a while.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/base/instruction_sets.h"

namespace u2net::engine::test {

class MaxIsa {
 public:
  explicit MaxIsa(const std::string& value);
  ~MaxIsa();
  MaxIsa(const MaxIsa&) = delete;
  MaxIsa& operator=(const MaxIsa&) = delete;

 private:
  std::optional<std::string> before_;
};

// Of the instruction sets that this machine can run, portable first.
std::vector<kernels::CpuFeatures> runnable_isas();

}  // namespace u2net::engine::test
