// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/cpu.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#ifdef U2NET_X86
#include <cpuid.h>
#endif

namespace u2net::kernels {
namespace {

#ifdef U2NET_X86

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf, unsigned part = 0) {
  Registers r;
  __get_cpuid_count(leaf, part, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

// The register states that the operating system saves and restores.
std::uint64_t enabled_states() {
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

CpuFeatures detect() {
  const Registers basic = cpuid(1), extended = cpuid(7);
  const auto has = [](unsigned reg, int bit) { return (reg >> bit & 1) != 0; };
  if (!has(basic.ecx, 27)) return {};  // OSXSAVE
  const std::uint64_t states = enabled_states();
  constexpr std::uint64_t kYmm = 0x6, kZmm = 0xe6, kTiles = 0x60000;  // XCR0
  const bool ymm = has(basic.ecx, 28) && (states & kYmm) == kYmm;     // AVX
  const bool zmm = ymm && (states & kZmm) == kZmm;
  CpuFeatures found;
  const auto add = [&found](CpuFeature feature, bool is_there) {
    if (is_there) found = found | CpuFeatures{feature};
  };
  add(CpuFeature::kFma, ymm && has(basic.ecx, 12));
  add(CpuFeature::kAvx2, ymm && has(extended.ebx, 5));
  add(CpuFeature::kAvx512F, zmm && has(extended.ebx, 16));
  add(CpuFeature::kAvx512Dq, zmm && has(extended.ebx, 17));
  add(CpuFeature::kAvx512Bw, zmm && has(extended.ebx, 30));
  add(CpuFeature::kAvx512Vl, zmm && has(extended.ebx, 31));
  add(CpuFeature::kAvx512Bf16, zmm && extended.eax >= 1 && has(cpuid(7, 1).eax, 5));
  const bool tiles = (states & kTiles) == kTiles;
  add(CpuFeature::kAmxTile, tiles && has(extended.edx, 24));
  add(CpuFeature::kAmxBf16, tiles && has(extended.edx, 22));
  return found;
}

#else

CpuFeatures detect() { return {}; }

#endif

// Linux since 5.16: a state of the processor that a thread has only where its process asked for it.
bool ask_for_tiles() {
  if (!detected_features().contains({CpuFeature::kAmxTile})) return false;
#if defined(U2NET_X86) && defined(SYS_arch_prctl)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

std::size_t cache_size(int name, std::size_t otherwise) {
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<std::size_t>(bytes) : otherwise;
}

}  // namespace

CpuFeatures detected_features() {
  static const CpuFeatures features = detect();
  return features;
}

bool tiles_are_permitted() {
  static const bool permitted = ask_for_tiles();
  return permitted;
}

CacheSizes cache_sizes() {
  static const CacheSizes sizes = {cache_size(_SC_LEVEL1_DCACHE_SIZE, std::size_t{32} << 10),
                                   cache_size(_SC_LEVEL2_CACHE_SIZE, std::size_t{512} << 10),
                                   cache_size(_SC_LEVEL3_CACHE_SIZE, std::size_t{8} << 20)};
  return sizes;
}

}  // namespace u2net::kernels
