// SPDX-License-Identifier: Apache-2.0
// A float array between two pages that may not be touched: an access that reaches outside of it is
// a fault. It ends at the page behind it; where that leaves room in front, canaries are there.
#pragma once

#include <cstddef>
#include <span>

namespace u2net::engine::test {

class PageGuarded {
 public:
  enum class Alignment {
    kFloat,  // only that of float, unless the size is a multiple of 64 bytes
    kLine,   // 64 bytes: a size that is no multiple of that leaves room for canaries behind
  };

  // Starts as NaN.
  explicit PageGuarded(std::size_t count, Alignment alignment = Alignment::kFloat);
  ~PageGuarded();
  PageGuarded(PageGuarded&& other) noexcept;
  PageGuarded& operator=(PageGuarded&&) = delete;

  float* data() { return data_; }
  const float* data() const { return data_; }
  std::span<float> span() { return {data_, count_}; }
  std::span<const float> span() const { return {data_, count_}; }
  void fill(float value);

  bool canaries_are_intact() const;

 private:
  std::byte* mapping_ = nullptr;
  std::size_t mapped_ = 0;
  float* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace u2net::engine::test
