// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/cpu.h"

#include <unistd.h>

#include <cstdint>

#ifdef U2NET_X86
#include <cpuid.h>
#endif

namespace u2net::kernels {
namespace {

constexpr std::string_view kNames[] = {"portable", "avx2", "avx512"};

#ifdef U2NET_X86

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf) {
  Registers r;
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

// The register states that the operating system saves and restores.
std::uint64_t enabled_states() {
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

constexpr bool all(std::uint64_t bits, std::uint64_t of) { return (bits & of) == of; }

Isa detect() {
  const Registers features = cpuid(1), extended = cpuid(7);
  constexpr unsigned kFma = 1U << 12, kOsxsave = 1U << 27, kAvx = 1U << 28;  // leaf 1, ecx
  constexpr unsigned kAvx2 = 1U << 5;                                        // leaf 7, ebx
  constexpr unsigned kAvx512 = 1U << 16 | 1U << 17 | 1U << 30 | 1U << 31;    // F, DQ, BW, VL
  constexpr std::uint64_t kYmm = 0x6, kZmm = 0xe6;                           // XCR0
  if (!all(features.ecx, kFma | kOsxsave | kAvx) || !all(extended.ebx, kAvx2))
    return Isa::kPortable;
  const std::uint64_t states = enabled_states();
  if (!all(states, kYmm)) return Isa::kPortable;
  return all(extended.ebx, kAvx512) && all(states, kZmm) ? Isa::kAvx512 : Isa::kAvx2;
}

#else

Isa detect() { return Isa::kPortable; }

#endif

std::size_t cache_size(int name, std::size_t otherwise) {
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : otherwise;
}

}  // namespace

std::string_view isa_name(Isa isa) { return kNames[static_cast<int>(isa)]; }

std::optional<Isa> isa_from_name(std::string_view name) {
  for (Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa_name(isa) == name) return isa;
  }
  return std::nullopt;
}

Isa detected_isa() {
  static const Isa isa = detect();
  return isa;
}

CacheSizes cache_sizes() {
  static const CacheSizes sizes = {cache_size(_SC_LEVEL1_DCACHE_SIZE, std::size_t{32} << 10),
                                   cache_size(_SC_LEVEL2_CACHE_SIZE, std::size_t{512} << 10),
                                   cache_size(_SC_LEVEL3_CACHE_SIZE, std::size_t{8} << 20)};
  return sizes;
}

}  // namespace u2net::kernels
