// SPDX-License-Identifier: Apache-2.0
// What kernels may make use of, held back or emulated for a while by the environment.
#pragma once

#include <string>
#include <vector>

#include "kernels/base/instruction_sets.h"
#include "tests/support/scoped_variable.h"

namespace u2net::engine::test {

class MaxIsa : public ScopedVariable {
 public:
  explicit MaxIsa(const std::string& value) : ScopedVariable("U2NET_MAX_ISA", value) {}
};

// Kernels in bf16 run on emulated tiles, as on those of AMX.
class EmulatedTiles : public ScopedVariable {
 public:
  explicit EmulatedTiles(const std::string& value = "1")
      : ScopedVariable("U2NET_EMULATE_TILES", value) {}
};

// Of the instruction sets that this machine can run, portable first.
std::vector<kernels::CpuFeatures> runnable_isas();

}  // namespace u2net::engine::test
