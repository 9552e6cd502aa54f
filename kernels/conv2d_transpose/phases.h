// SPDX-License-Identifier: Apache-2.0
// A transposed convolution as small convolutions. A result whose place is r modulo the stride, its
// phase, gets samples from some taps of the filter only, those with
//
//   r + pad - k * dilation = stride * shift                    for a whole number `shift`
//
// and from the sample at its own place within the phase plus that shift. So each phase of rows and
// columns is a convolution with few taps on src as it lies: of a 2x2 filter with a stride of 2 each
// has one tap, of a 4x4 one four. No product is made for nothing, and no result is touched twice.
//
// The packed filter lies in the order in which it is used:
//   [pair of blocks of oc][phase of rows][of columns][tap][tap][block of ic][ic][oc of both blocks]
// and where each channel is a group of its own, as filters that enlarge have them,
//   [block of channels][kh][kw][channel]
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/base/image_layout.h"
#include "kernels/conv2d_transpose/conv2d_transpose.h"

namespace u2net::kernels {

struct TransposedTap {
  std::int64_t k, shift;
};
using TransposedTaps = std::vector<std::vector<TransposedTap>>;  // by phase

class TransposedPhases {
 public:
  static constexpr std::int64_t kMostStride = 16;

  // `block`: of channels. What is asked for must be possible(): no groups or one a channel, strides
  // that are not too large, a window that does not reach far beyond src.
  TransposedPhases(const Conv2dTransposeParams& p, int block);
  static bool possible(const Conv2dTransposeParams& p);

  const Conv2dTransposeParams& params() const { return p_; }
  bool is_depthwise() const { return p_.groups > 1; }
  const std::vector<TransposedTap>& rows(std::int64_t phase) const { return rows_[index(phase)]; }
  const std::vector<TransposedTap>& columns(std::int64_t phase) const {
    return columns_[index(phase)];
  }
  // The zeros around src that the taps want.
  Halo source_halo() const;

  std::int64_t ic_blocks() const { return divided_up(p_.ic, block_); }
  std::int64_t oc_blocks() const { return divided_up(p_.oc, block_); }
  std::size_t packed_floats() const;
  // Where the taps of these phases begin, of the oc blocks from `first` on, of which `count` are
  // together.
  std::int64_t offset(std::int64_t first, std::int64_t count, std::int64_t row_phase,
                      std::int64_t column_phase) const;
  void pack(const float* weight, float* packed) const;
  void unpack(const float* packed, float* weight) const;

 private:
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }
  // move(place in the filter, place in the packed one) for every element of the filter.
  template <class Move>
  void for_each_element(const Move& move) const;

  Conv2dTransposeParams p_;
  int block_;
  TransposedTaps rows_, columns_;
};

}  // namespace u2net::kernels
