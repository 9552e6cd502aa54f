// SPDX-License-Identifier: Apache-2.0
#include "tests/support/max_isa.h"

#include <algorithm>

namespace u2net::engine::test {

std::vector<kernels::CpuFeatures> runnable_isas() {
  std::vector<kernels::CpuFeatures> isas;
  for (const kernels::InstructionSet* set : kernels::instruction_sets()) {
    if (kernels::detected_features().contains(set->features)) isas.push_back(set->features);
  }
  std::reverse(isas.begin(), isas.end());
  return isas;
}

}  // namespace u2net::engine::test
