// SPDX-License-Identifier: Apache-2.0
#include "tests/support/max_isa.h"

#include <cstdlib>

namespace u2net::test {
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

std::vector<kernels::Isa> runnable_isas() {
  std::vector<kernels::Isa> isas;
  for (kernels::Isa isa : {kernels::Isa::kPortable, kernels::Isa::kAvx2, kernels::Isa::kAvx512}) {
    if (isa <= kernels::detected_isa()) isas.push_back(isa);
  }
  return isas;
}

}  // namespace u2net::test
