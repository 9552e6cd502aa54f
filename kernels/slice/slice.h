// SPDX-License-Identifier: Apache-2.0
// Copies a rectangular part: dst[i0]..[ik] = src[start0 + i0]..[startk + ik], any element size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace u2net::kernels {

struct SliceShape {
  std::span<const std::int64_t> src, start, dst;  // equal ranks; start + dst <= src
};

void slice_reference(const SliceShape& shape, std::size_t element_bytes, const std::byte* src,
                     std::byte* dst);

}  // namespace u2net::kernels
