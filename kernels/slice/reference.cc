// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "kernels/slice/slice.h"

namespace u2net::kernels {

void slice_reference(const SliceShape& shape, std::size_t element_bytes, const std::byte* src,
                     std::byte* dst) {
  const std::size_t rank = shape.dst.size();
  const std::int64_t columns = rank == 0 ? 1 : shape.dst[rank - 1];
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < rank; ++i) rows *= shape.dst[i];
  const std::size_t row_bytes = static_cast<std::size_t>(columns) * element_bytes;
  if (rows == 0 || row_bytes == 0) return;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t rest = row, offset = rank == 0 ? 0 : shape.start[rank - 1];
    std::int64_t stride = rank == 0 ? 1 : shape.src[rank - 1];
    for (std::size_t i = rank; i-- > 1;) {
      offset += (shape.start[i - 1] + rest % shape.dst[i - 1]) * stride;
      rest /= shape.dst[i - 1];
      stride *= shape.src[i - 1];
    }
    std::memcpy(dst + static_cast<std::size_t>(row) * row_bytes,
                src + static_cast<std::size_t>(offset) * element_bytes, row_bytes);
  }
}

}  // namespace u2net::kernels
