// SPDX-License-Identifier: Apache-2.0
#include "kernels/strided_copy/strided_copy.h"

#include <algorithm>
#include <cstring>

#include "kernels/base/turn.h"

namespace u2net::kernels {
namespace {

using Dimension = StridedCopy::Dimension;

constexpr std::int64_t kTile = 16;
constexpr std::int64_t kBytesOfTask = 1 << 14;  // fewer are not worth another thread's while

// The dimensions outside of what one unit copies, and where its rows begin.
class Outer {
 public:
  explicit Outer(std::span<const Dimension> dimensions) : dimensions_(dimensions) {
    for (const Dimension& d : dimensions) units_ *= d.size;
  }

  std::int64_t units() const { return units_; }

  void go_to(std::int64_t unit) {
    src = dst = 0;
    for (std::size_t d = dimensions_.size(); d-- > 0;) {
      index_[d] = unit % dimensions_[d].size;
      unit /= dimensions_[d].size;
      src += index_[d] * dimensions_[d].src;
      dst += index_[d] * dimensions_[d].dst;
    }
  }

  void next() {
    for (std::size_t d = dimensions_.size(); d-- > 0;) {
      src += dimensions_[d].src;
      dst += dimensions_[d].dst;
      if (++index_[d] < dimensions_[d].size) return;
      src -= index_[d] * dimensions_[d].src;
      dst -= index_[d] * dimensions_[d].dst;
      index_[d] = 0;
    }
  }

  std::int64_t src = 0, dst = 0;

 private:
  std::span<const Dimension> dimensions_;
  std::int64_t units_ = 1;
  std::array<std::int64_t, 2 * kMaxRank> index_{};
};

// Calls copy(context, src, dst) with the offsets of every unit.
void walk_units(std::span<const Dimension> outer, std::int64_t unit_bytes, ThreadPool& pool,
                void (*copy)(const void* context, std::int64_t src, std::int64_t dst),
                const void* context) {
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    Outer at(outer);
    at.go_to(begin);
    for (std::int64_t unit = begin; unit < end; ++unit, at.next()) copy(context, at.src, at.dst);
  };
  const std::int64_t units = Outer(outer).units();
  if (units * unit_bytes < 2 * kBytesOfTask) return run(0, units);
  pool.parallel_for(units, run);
}

// copy(src, dst)
template <class Copy>
void for_each_unit(std::span<const Dimension> outer, std::int64_t unit_bytes, ThreadPool& pool,
                   const Copy& copy) {
  walk_units(
      outer, unit_bytes, pool,
      [](const void* context, std::int64_t src, std::int64_t dst) {
        (*static_cast<const Copy*>(context))(src, dst);
      },
      &copy);
}

// Elements of `bytes`, whatever their type.
template <std::int64_t bytes>
void copy_element(const std::byte* src, std::int64_t from, std::byte* dst, std::int64_t to) {
  std::memcpy(dst + to * bytes, src + from * bytes, bytes);
}

// What fits of a tile of elements of 4 bytes, four by four; returns how many of its rows are done
// as far as `columns`, a multiple of four, goes.
std::int64_t turn_tile(const Dimension& rows, const Dimension& columns, const std::byte* src,
                       std::byte* dst) {
  std::int64_t i = 0;
  for (; i + 4 <= rows.size; i += 4) {
    for (std::int64_t j = 0; j + 4 <= columns.size; j += 4)
      turn_four(src + (i + j * columns.src) * 4, columns.src * 4, dst + (i * rows.dst + j) * 4,
                rows.dst * 4);
  }
  return i;
}

// `rows` is contiguous in src, `columns` in dst.
template <std::int64_t bytes>
void copy_tiles(const Dimension& rows, const Dimension& columns, const std::byte* src,
                std::byte* dst) {
  for (std::int64_t c = 0; c < columns.size; c += kTile) {
    const std::int64_t column_end = std::min(c + kTile, columns.size);
    std::int64_t rows_done = 0, columns_done = 0;
    if (bytes == 4) {
      const Dimension part = {(column_end - c) / 4 * 4, columns.src, 1};
      rows_done = turn_tile(rows, part, src + c * columns.src * 4, dst + c * 4);
      columns_done = part.size;
    }
    for (std::int64_t i = 0; i < rows.size; ++i) {
      for (std::int64_t j = i < rows_done ? c + columns_done : c; j < column_end; ++j)
        copy_element<bytes>(src, i + j * columns.src, dst, i * rows.dst + j);
    }
  }
}

template <std::int64_t bytes>
void copy_single(std::span<const Dimension> all, const std::byte* src, std::byte* dst,
                 ThreadPool& pool) {
  const Dimension inner = all.back();
  for_each_unit(all.first(all.size() - 1), inner.size * bytes, pool,
                [&](std::int64_t from, std::int64_t to) {
                  for (std::int64_t i = 0; i < inner.size; ++i)
                    copy_element<bytes>(src, from + i * inner.src, dst, to + i * inner.dst);
                });
}

// A unit is a strip of rows, a tile high: the dimension of rows counts strips, and the rows that
// are left over are a copy of their own.
template <std::int64_t bytes>
void copy_strips(std::span<const Dimension> all, std::size_t row, const std::byte* src,
                 std::byte* dst, ThreadPool& pool) {
  const Dimension inner = all.back(), rows = all[row];
  std::array<Dimension, 2 * kMaxRank> strips{};
  std::copy(all.begin(), all.end(), strips.begin());
  const std::span<const Dimension> outer = std::span(strips).first(all.size() - 1);
  const auto copy = [&](std::int64_t count, std::int64_t height, std::int64_t first) {
    if (count == 0 || height == 0) return;
    strips[row] = {count, kTile, rows.dst * kTile};
    for_each_unit(outer, height * inner.size * bytes, pool,
                  [&](std::int64_t from, std::int64_t to) {
                    copy_tiles<bytes>({height, 1, rows.dst}, inner, src + (from + first) * bytes,
                                      dst + (to + first * rows.dst) * bytes);
                  });
  };
  const std::int64_t whole = rows.size / kTile;
  copy(whole, kTile, 0);
  copy(1, rows.size - whole * kTile, whole * kTile);
}

template <std::int64_t bytes>
void copy_elements(std::span<const Dimension> all, const std::byte* src, std::byte* dst,
                   ThreadPool& pool) {
  const Dimension inner = all.back();
  const auto row =
      std::find_if(all.begin(), all.end() - 1, [](const Dimension& d) { return d.src == 1; });
  if (inner.dst != 1 || inner.src == 0 || row == all.end() - 1)
    return copy_single<bytes>(all, src, dst, pool);
  copy_strips<bytes>(all, static_cast<std::size_t>(row - all.begin()), src, dst, pool);
}

}  // namespace

void StridedCopy::add(std::int64_t size, std::int64_t src_stride, std::int64_t dst_stride) {
  if (size == 0) is_empty_ = true;
  if (size <= 1) return;
  if (count_ > 0) {
    Dimension& last = dimensions_[count_ - 1];
    if (last.src == size * src_stride && last.dst == size * dst_stride) {
      last = {last.size * size, src_stride, dst_stride};
      return;
    }
  }
  dimensions_[count_++] = {size, src_stride, dst_stride};
}

void strided_copy(const StridedCopy& copy, std::size_t element_bytes, const std::byte* src,
                  std::byte* dst, ThreadPool& pool) {
  if (copy.is_empty()) return;
  const auto bytes = static_cast<std::int64_t>(element_bytes);
  src += copy.src_offset * bytes;
  dst += copy.dst_offset * bytes;
  const std::span<const Dimension> all = copy.dimensions();
  if (all.empty() || (all.back().src == 1 && all.back().dst == 1)) {
    const std::int64_t row = all.empty() ? bytes : all.back().size * bytes;
    const std::span<const Dimension> outer = all.empty() ? all : all.first(all.size() - 1);
    return for_each_unit(outer, row, pool, [&](std::int64_t from, std::int64_t to) {
      std::memcpy(dst + to * bytes, src + from * bytes, static_cast<std::size_t>(row));
    });
  }
  if (bytes == 1) return copy_elements<1>(all, src, dst, pool);
  if (bytes == 2) return copy_elements<2>(all, src, dst, pool);
  if (bytes == 4) return copy_elements<4>(all, src, dst, pool);
  copy_elements<8>(all, src, dst, pool);
}

}  // namespace u2net::kernels
