// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <numeric>

#include "kernels/concat/concat.h"

namespace u2net::kernels {

void concat_part_reference(std::int64_t outer, const std::byte* src, std::size_t inner_bytes,
                           std::byte* dst, std::size_t dst_row_bytes) {
  if (inner_bytes == 0) return;
  for (std::int64_t o = 0; o < outer; ++o) {
    std::memcpy(dst, src, inner_bytes);
    src += inner_bytes;
    dst += dst_row_bytes;
  }
}

void concat_reference(std::int64_t outer, std::span<const std::byte* const> src,
                      std::span<const std::size_t> inner_bytes, std::byte* dst) {
  const std::size_t row_bytes =
      std::accumulate(inner_bytes.begin(), inner_bytes.end(), std::size_t{0});
  for (std::size_t i = 0; i < src.size(); dst += inner_bytes[i++]) {
    concat_part_reference(outer, src[i], inner_bytes[i], dst, row_bytes);
  }
}

}  // namespace u2net::kernels
