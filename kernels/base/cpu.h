// SPDX-License-Identifier: Apache-2.0
// What the processor can run: a set of features. Kernels say which they require; an instruction set
// is a set of features with a name. Compiled without flags of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

namespace u2net::kernels {

// A feature that kernels make use of. Adding one: here, and how it is detected in cpu.cc.
enum class CpuFeature : std::uint32_t {
  kAvx2 = 1 << 0,
  kFma = 1 << 1,
  kAvx512F = 1 << 2,
  kAvx512Dq = 1 << 3,
  kAvx512Bw = 1 << 4,
  kAvx512Vl = 1 << 5,
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

// Of the processor, as far as the operating system supports it (CPUID and XGETBV).
CpuFeatures detected_features();

// What kernels are compiled for, together.
struct InstructionSet {
  std::string_view name;
  CpuFeatures features;
};

inline constexpr InstructionSet kPortable = {"portable", {}};  // plain C++, on any processor
inline constexpr InstructionSet kAvx2 = {"avx2", {CpuFeature::kAvx2, CpuFeature::kFma}};
inline constexpr InstructionSet kAvx512 = {
    "avx512", kAvx2.features | CpuFeatures{CpuFeature::kAvx512F, CpuFeature::kAvx512Dq,
                                           CpuFeature::kAvx512Bw, CpuFeature::kAvx512Vl}};

// All of this build, the one to be preferred first; the last one can run anywhere.
std::span<const InstructionSet> instruction_sets();
// The first that needs no other features, and one by its name ("portable", "avx2", "avx512"), in
// this build or not.
const InstructionSet& best_instruction_set(const CpuFeatures& features);
std::optional<InstructionSet> instruction_set_named(std::string_view name);
// The name of the best instruction set.
std::string_view isa_name(const CpuFeatures& features);

struct CacheSizes {
  std::size_t l1_data, l2, l3;  // bytes that one core sees; a usual value where unknown
};
CacheSizes cache_sizes();

}  // namespace u2net::kernels
