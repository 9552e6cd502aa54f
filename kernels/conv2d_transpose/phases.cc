// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv2d_transpose/phases.h"

#include <algorithm>
#include <cstdlib>

namespace u2net::kernels {
namespace {

struct Axis {
  std::int64_t in, out, kernel, stride, pad, dilation;
};

Axis rows_of(const Conv2dTransposeParams& p) {
  return {p.ih, p.oh, p.kh, p.stride_h, p.pad_top, p.dilation_h};
}
Axis columns_of(const Conv2dTransposeParams& p) {
  return {p.iw, p.ow, p.kw, p.stride_w, p.pad_left, p.dilation_w};
}

TransposedTaps taps_of(const Axis& a) {
  TransposedTaps taps(static_cast<std::size_t>(a.stride));
  for (std::int64_t phase = 0; phase < a.stride; ++phase) {
    for (std::int64_t k = 0; k < a.kernel; ++k) {
      const std::int64_t from = phase + a.pad - k * a.dilation;
      if (from % a.stride == 0)
        taps[static_cast<std::size_t>(phase)].push_back({k, from / a.stride});
    }
  }
  return taps;
}

struct Reach {
  std::int64_t before = 0, behind = 0;
};

// Of the first and the last result of every phase.
Reach reach_of(const Axis& a, const TransposedTaps& taps) {
  Reach reach;
  for (std::int64_t phase = 0; phase < std::min(a.stride, a.out); ++phase) {
    const std::int64_t last = (a.out - 1 - phase) / a.stride;
    for (const TransposedTap& tap : taps[static_cast<std::size_t>(phase)]) {
      reach.before = std::max(reach.before, -tap.shift);
      reach.behind = std::max(reach.behind, last + tap.shift - (a.in - 1));
    }
  }
  return reach;
}

// Filters are as large as the file, but what a stride, a padding or a dilation says is a number.
bool is_near(const Axis& a) {
  constexpr std::int64_t kFar = 1 << 20;
  if (a.stride < 1 || a.stride > TransposedPhases::kMostStride || std::abs(a.pad) > kFar ||
      a.dilation > kFar || a.kernel > kFar)
    return false;
  const Reach reach = reach_of(a, taps_of(a));
  return reach.before + reach.behind <= a.in + 2 * TransposedPhases::kMostStride;
}

}  // namespace

TransposedPhases::TransposedPhases(const Conv2dTransposeParams& p, int block)
    : p_(p), block_(block), rows_(taps_of(rows_of(p))), columns_(taps_of(columns_of(p))) {}

bool TransposedPhases::possible(const Conv2dTransposeParams& p) {
  const bool groups_fit = p.groups == 1 || (p.groups == p.ic && p.groups == p.oc);
  return groups_fit && is_near(rows_of(p)) && is_near(columns_of(p));
}

Halo TransposedPhases::source_halo() const {
  const Reach h = reach_of(rows_of(p_), rows_), w = reach_of(columns_of(p_), columns_);
  return {h.before, w.before, h.behind, w.behind};
}

std::size_t TransposedPhases::packed_floats() const {
  const std::int64_t row = is_depthwise() ? 1 : ic_blocks() * block_;
  return static_cast<std::size_t>(p_.kh * p_.kw * row * oc_blocks() * block_);
}

std::int64_t TransposedPhases::offset(std::int64_t first, std::int64_t count,
                                      std::int64_t row_phase, std::int64_t column_phase) const {
  std::int64_t taps = 0;
  for (std::int64_t r = 0; r < row_phase; ++r)
    taps += static_cast<std::int64_t>(rows(r).size()) * p_.kw;
  for (std::int64_t c = 0; c < column_phase; ++c)
    taps += static_cast<std::int64_t>(rows(row_phase).size() * columns(c).size());
  const std::int64_t block = ic_blocks() * block_ * block_;
  return (first * p_.kh * p_.kw + count * taps) * block;
}

template <class Move>
void TransposedPhases::for_each_element(const Move& move) const {
  if (is_depthwise()) {
    const std::int64_t taps = p_.kh * p_.kw;
    for (std::int64_t i = 0; i < p_.oc * taps; ++i) {
      const std::int64_t c = i / taps;
      move(i, (c / block_ * taps + i % taps) * block_ + c % block_);
    }
    return;
  }
  for (std::int64_t oc = 0; oc < p_.oc; ++oc) {
    const std::int64_t first = oc / (2 * block_) * 2,
                       width = std::min<std::int64_t>(oc_blocks() - first, 2);
    const std::int64_t lane = oc - first * block_;
    for (std::int64_t r = 0; r < p_.stride_h; ++r) {
      for (std::int64_t c = 0; c < p_.stride_w; ++c) {
        std::int64_t at = offset(first, width, r, c) + lane;
        for (const TransposedTap& h : rows(r)) {
          for (const TransposedTap& w : columns(c)) {
            for (std::int64_t ic = 0; ic < p_.ic; ++ic)
              move(((ic * p_.oc + oc) * p_.kh + h.k) * p_.kw + w.k, at + ic * width * block_);
            at += ic_blocks() * block_ * width * block_;
          }
        }
      }
    }
  }
}

void TransposedPhases::pack(const float* weight, float* packed) const {
  std::fill_n(packed, packed_floats(), 0.0F);
  for_each_element([&](std::int64_t from, std::int64_t to) { packed[to] = weight[from]; });
}

void TransposedPhases::unpack(const float* packed, float* weight) const {
  for_each_element([&](std::int64_t to, std::int64_t from) { weight[to] = packed[from]; });
}

}  // namespace u2net::kernels
