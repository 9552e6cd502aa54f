// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/build_info.h"

#include <fstream>

#include "kernels/base/instruction_sets.h"

namespace u2net::cli {

std::string_view version() { return U2NET_VERSION; }

std::string compiler() {
#if defined(__clang__)
  return "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__);
#elif defined(__GNUC__)
  return "gcc " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__);
#else
  return "unknown";
#endif
}

std::string_view build_type() { return U2NET_BUILD_TYPE; }

std::string_view build_flags() { return U2NET_BUILD_FLAGS; }

std::string_view build_commit() { return U2NET_BUILD_COMMIT; }

bool is_optimised_build() {
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return false;
#else
  return true;
#endif
#else
  return true;
#endif
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string host_isa() { return std::string(kernels::isa_name(kernels::detected_features())); }

}  // namespace u2net::cli
