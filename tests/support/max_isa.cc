// SPDX-License-Identifier: Apache-2.0
#include "tests/support/max_isa.h"

#include <algorithm>
#include <cstdlib>

namespace u2net::engine::test {
namespace {

constexpr const char* kVariable = "U2NET_MAX_ISA";

}  // namespace

MaxIsa::MaxIsa(const std::string& value) {
  if (const char* before = std::getenv(kVariable)) before_ = before;
  setenv(kVariable, value.c_str(), 1);
}

MaxIsa::~MaxIsa() {
  if (before_) {
    setenv(kVariable, before_->c_str(), 1);
  } else {
    unsetenv(kVariable);
  }
}

std::vector<kernels::CpuFeatures> runnable_isas() {
  std::vector<kernels::CpuFeatures> isas;
  for (const kernels::InstructionSet* set : kernels::instruction_sets()) {
    if (kernels::detected_features().contains(set->features)) isas.push_back(set->features);
  }
  std::reverse(isas.begin(), isas.end());
  return isas;
}

}  // namespace u2net::engine::test
