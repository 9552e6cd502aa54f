// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/kernel_choice.h"

#include <cstdlib>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {

kernels::CpuFeatures usable_features() {
  const kernels::CpuFeatures detected = kernels::detected_features();
  const char* text = std::getenv("U2NET_MAX_ISA");
  if (!text || !*text) return detected;
  const auto most = kernels::instruction_set_named(text);
  if (!most) {
    throw_error(ErrorCode::kUsage, "U2NET_MAX_ISA is '", text, "', expected ",
                kernels::instruction_set_names());
  }
  return detected & most->features;
}

}  // namespace u2net::engine
