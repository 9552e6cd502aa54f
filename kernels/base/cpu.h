// SPDX-License-Identifier: Apache-2.0
// What the processor can run: a set of features, of which kernels say which they require.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

namespace u2net::kernels {

// A feature that kernels make use of. Adding one: here, and how it is detected in cpu.cc.
enum class CpuFeature : std::uint32_t {
  kAvx2 = 1 << 0,
  kFma = 1 << 1,
  kAvx512F = 1 << 2,
  kAvx512Dq = 1 << 3,
  kAvx512Bw = 1 << 4,
  kAvx512Vl = 1 << 5,
  kAvx512Bf16 = 1 << 6,
  kAmxTile = 1 << 7,
  kAmxBf16 = 1 << 8,
  kNeon = 1 << 9,
};

class CpuFeatures {
 public:
  constexpr CpuFeatures() = default;
  constexpr CpuFeatures(std::initializer_list<CpuFeature> features) {
    for (CpuFeature f : features) bits_ |= static_cast<std::uint32_t>(f);
  }

  constexpr bool contains(const CpuFeatures& o) const { return (bits_ & o.bits_) == o.bits_; }
  friend constexpr CpuFeatures operator|(CpuFeatures a, const CpuFeatures& b) {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr CpuFeatures operator&(CpuFeatures a, const CpuFeatures& b) {
    a.bits_ &= b.bits_;
    return a;
  }
  bool operator==(const CpuFeatures&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

// Of the processor, as far as the operating system supports it (CPUID and XGETBV; AT_HWCAP).
CpuFeatures detected_features();

// Whether the system lets this process use the tiles of AMX, which it has to be asked for: once, at
// the first call, and not before anybody wants them, as every signal handler needs a larger stack
// from then on. Where the processor has none the answer is no.
bool tiles_are_permitted();

struct CacheSizes {
  std::size_t l1_data, l2, l3;  // bytes that one core sees; a usual value where unknown
};
CacheSizes cache_sizes();

// As sysfs lists them, for processors of which sysconf() does not know (those of ARM): the least of
// all cores, as a thread may run on any. Cores that share a second level have a part of it each;
// the third is the last one that there is. `root` stands before /sys, for tests.
std::optional<CacheSizes> listed_cache_sizes(const std::string& root = {});

}  // namespace u2net::kernels
