// SPDX-License-Identifier: Apache-2.0
// What the processor can run. Compiled without ISA flags of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace u2net::kernels {

// In rising order: each includes those before it.
enum class Isa {
  kPortable,  // plain C++, on any processor
  kAvx2,      // AVX2 and FMA
  kAvx512,    // AVX-512 F, DQ, BW and VL
};

std::string_view isa_name(Isa isa);  // "portable", "avx2", "avx512"
std::optional<Isa> isa_from_name(std::string_view name);

// The best that the processor and the operating system support and this build contains (CPUID and
// XGETBV).
Isa detected_isa();

struct CacheSizes {
  std::size_t l1_data, l2, l3;  // bytes that one core sees; a usual value where unknown
};
CacheSizes cache_sizes();

}  // namespace u2net::kernels
