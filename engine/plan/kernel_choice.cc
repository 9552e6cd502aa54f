// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/kernel_choice.h"

#include <algorithm>
#include <cstdlib>

#include "engine/base/error.h"

namespace u2net {

kernels::Isa usable_isa() {
  const kernels::Isa detected = kernels::detected_isa();
  const char* text = std::getenv("U2NET_MAX_ISA");
  if (!text || !*text) return detected;
  const auto most = kernels::isa_from_name(text);
  if (!most) {
    throw Error(ErrorCode::kUsage,
                "U2NET_MAX_ISA is '" + std::string(text) + "', expected portable, avx2 or avx512");
  }
  return std::min(detected, *most);
}

}  // namespace u2net
