// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "kernels/pad/pad.h"

namespace u2net::kernels {
namespace {

void fill(std::int64_t count, std::size_t bytes, const std::byte* value, std::byte* dst) {
  for (std::int64_t i = 0; i < count; ++i, dst += bytes) std::memcpy(dst, value, bytes);
}

// src is a row, or null where all of dst is value.
void pad_row(const PadProblem& p, std::size_t bytes, const std::byte* value, const std::byte* src,
             std::byte* dst) {
  const std::int64_t size = p.src.back(), count = p.dst.back(), before = p.before.back();
  if (src == nullptr) return fill(count, bytes, value, dst);
  const std::int64_t begin = std::clamp<std::int64_t>(before, 0, count),
                     end = std::clamp<std::int64_t>(before + size, begin, count);
  const auto put = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t o = from; o < to; ++o) {
      const std::int64_t i = padded_from(p.mode, o, before, size);
      std::memcpy(dst + o * bytes, i < 0 ? value : src + i * bytes, bytes);
    }
  };
  put(0, begin);
  if (end > begin)
    std::memcpy(dst + begin * bytes, src + (begin - before) * bytes, (end - begin) * bytes);
  put(end, count);
}

}  // namespace

std::int64_t padded_from(PadMode mode, std::int64_t o, std::int64_t before, std::int64_t size) {
  std::int64_t i = o - before;
  if (i >= 0 && i < size) return i;
  if (mode == PadMode::kConstant || size == 0) return -1;
  if (mode == PadMode::kCircular) return (i % size + size) % size;
  if (mode == PadMode::kReflect) {
    i = std::max(i, -i);
    i = std::min(i, 2 * size - i - 2);
  }
  return std::clamp<std::int64_t>(i, 0, size - 1);
}

void pad_reference(const PadProblem& p, std::size_t bytes, const std::byte* value,
                   const std::byte* src, std::byte* dst, ThreadPool& pool) {
  if (p.dst.empty()) {
    std::memcpy(dst, src, bytes);
    return;
  }
  std::int64_t rows = 1;
  for (std::size_t d = 0; d + 1 < p.dst.size(); ++d) rows *= p.dst[d];
  const auto row_bytes = static_cast<std::size_t>(p.dst.back()) * bytes;
  if (row_bytes == 0) return;
  pool.parallel_for(rows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      std::int64_t rest = row, from = 0, stride = p.src.back();
      bool is_value = false;
      for (std::size_t d = p.dst.size() - 1; d-- > 0;) {
        const std::int64_t i = padded_from(p.mode, rest % p.dst[d], p.before[d], p.src[d]);
        rest /= p.dst[d];
        is_value = is_value || i < 0;
        from += i * stride;
        stride *= p.src[d];
      }
      pad_row(p, bytes, value, is_value ? nullptr : src + static_cast<std::size_t>(from) * bytes,
              dst + static_cast<std::size_t>(row) * row_bytes);
    }
  });
}

}  // namespace u2net::kernels
