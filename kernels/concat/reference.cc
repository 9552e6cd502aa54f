// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/concat/concat.h"

namespace u2net::kernels {

void concat_reference(std::int64_t outer, std::span<const std::byte* const> src,
                      std::span<const std::size_t> inner_bytes, std::byte* dst) {
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < src.size(); ++i) {
      if (inner_bytes[i] == 0) continue;
      std::memcpy(dst, src[i] + static_cast<std::size_t>(o) * inner_bytes[i], inner_bytes[i]);
      dst += inner_bytes[i];
    }
  }
}

}  // namespace u2net::kernels
