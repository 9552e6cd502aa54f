// SPDX-License-Identifier: Apache-2.0
// Joins tensors along one axis: src[i] is [outer][inner_bytes[i]], dst [outer][sum of inner_bytes].
// Bytes, since joining does not depend on the element type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace u2net::kernels {

void concat_reference(std::int64_t outer, std::span<const std::byte* const> src,
                      std::span<const std::size_t> inner_bytes, std::byte* dst);

// One of them: to the front of the rows of dst, which are dst_row_bytes long.
void concat_part_reference(std::int64_t outer, const std::byte* src, std::size_t inner_bytes,
                           std::byte* dst, std::size_t dst_row_bytes);

}  // namespace u2net::kernels
