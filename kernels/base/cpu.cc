// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/cpu.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>

#if defined(U2NET_X86)
#include <cpuid.h>
#elif defined(U2NET_AARCH64)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace u2net::kernels {
namespace {

#if defined(U2NET_X86)

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

#elif defined(U2NET_AARCH64)

CpuFeatures detect() {
  CpuFeatures found;
  if ((::getauxval(AT_HWCAP) & HWCAP_ASIMD) != 0) found = {CpuFeature::kNeon};
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

std::string line_of(const std::string& file) {
  std::string line;
  std::ifstream stream(file);
  std::getline(stream, line);
  return line;
}

// "32K", "1M"; 0 for what is none or of no use as a size.
std::size_t listed_size(const std::string& text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > std::size_t{1} << 20) return 0;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  return unit == "K" ? number << 10 : unit == "M" ? number << 20 : 0;
}

// The processors of "0-3,6".
std::size_t listed_processors(const std::string& list) {
  std::size_t count = 0;
  const char *at = list.data(), *const end = at + list.size();
  while (at < end) {
    std::size_t first = 0, last = 0;
    const auto [behind, error] = std::from_chars(at, end, first);
    if (error != std::errc()) break;
    at = behind;
    last = first;
    if (at < end && *at == '-') at = std::from_chars(at + 1, end, last).ptr;
    count += last >= first && last - first < 4096 ? last - first + 1 : 1;
    if (at < end && *at++ != ',') break;
  }
  return std::max<std::size_t>(count, 1);
}

// Those of one core; 0 for a level that is not listed.
CacheSizes caches_of_core(const std::string& folder) {
  CacheSizes sizes{0, 0, 0};
  constexpr int kMost = 8;
  for (int i = 0; i < kMost; ++i) {
    const std::string cache = folder + "/index" + std::to_string(i);
    const std::string level = line_of(cache + "/level"), type = line_of(cache + "/type");
    if (level.empty()) break;
    if (type != "Data" && type != "Unified") continue;
    const std::size_t bytes = listed_size(line_of(cache + "/size"));
    if (level == "1") sizes.l1_data = bytes;
    if (level == "2") sizes.l2 = bytes / listed_processors(line_of(cache + "/shared_cpu_list"));
    if (level == "2" || level == "3") sizes.l3 = std::max(sizes.l3, bytes);
  }
  return sizes;
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
  static const CacheSizes sizes = [] {
    constexpr CacheSizes kUsual = {std::size_t{32} << 10, std::size_t{512} << 10,
                                   std::size_t{8} << 20};
    if (sysconf(_SC_LEVEL1_DCACHE_SIZE) <= 0) return listed_cache_sizes().value_or(kUsual);
    return CacheSizes{cache_size(_SC_LEVEL1_DCACHE_SIZE, kUsual.l1_data),
                      cache_size(_SC_LEVEL2_CACHE_SIZE, kUsual.l2),
                      cache_size(_SC_LEVEL3_CACHE_SIZE, kUsual.l3)};
  }();
  return sizes;
}

std::optional<CacheSizes> listed_cache_sizes(const std::string& root) {
  // Machines with more cores have equal ones.
  constexpr int kLookedAt = 16;
  std::optional<CacheSizes> least;
  for (int core = 0; core < kLookedAt; ++core) {
    const CacheSizes own =
        caches_of_core(root + "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/cache");
    if (own.l1_data == 0 || own.l2 == 0) continue;  // there is none, or it is offline
    const CacheSizes before = least.value_or(own);
    least = CacheSizes{std::min(before.l1_data, own.l1_data), std::min(before.l2, own.l2),
                       std::min(before.l3, own.l3)};
  }
  if (least) {
    least->l2 = std::max(least->l2, least->l1_data);
    least->l3 = std::max(least->l3, least->l2);
  }
  return least;
}

}  // namespace u2net::kernels
