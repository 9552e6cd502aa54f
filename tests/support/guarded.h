// SPDX-License-Identifier: Apache-2.0
// A float array with canaries on both sides. As an output it starts as NaN, so that an element that
// a kernel forgets shows; as an input its canaries are NaN, so that a read outside of it shows.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace u2net::engine::test {

class Guarded {
 public:
  // `misalignment` floats behind a 64-byte boundary (where the allocator gives one).
  explicit Guarded(std::size_t count, std::size_t misalignment = 0)
      : front_(kGuard + misalignment),
        count_(count),
        values_(front_ + count + kGuard, std::numeric_limits<float>::quiet_NaN()) {}

  float* data() { return values_.data() + front_; }
  const float* data() const { return values_.data() + front_; }
  std::span<float> span() { return {data(), count_}; }
  std::span<const float> span() const { return {data(), count_}; }

  bool canaries_are_intact() const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if ((i < front_ || i >= front_ + count_) && !is_canary(values_[i])) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kGuard = 64;

  static bool is_canary(float value) {
    const float canary = std::numeric_limits<float>::quiet_NaN();
    return std::memcmp(&value, &canary, sizeof(value)) == 0;
  }

  std::size_t front_, count_;
  std::vector<float> values_;
};

}  // namespace u2net::engine::test
