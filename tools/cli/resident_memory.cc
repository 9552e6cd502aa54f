// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/resident_memory.h"

#include <fstream>
#include <string>

namespace u2net::cli {
namespace {

// A line of /proc/self/status such as "VmHWM:     12345 kB".
std::optional<std::size_t> status_bytes(const std::string& field) {
  std::ifstream file("/proc/self/status");
  for (std::string name; file >> name;) {
    std::size_t kilobytes = 0;
    if (name == field && file >> kilobytes) return kilobytes * 1024;
    std::getline(file, name);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> resident_bytes() { return status_bytes("VmRSS:"); }

std::optional<std::size_t> peak_resident_bytes() { return status_bytes("VmHWM:"); }

bool reset_peak_resident() {
  std::ofstream file("/proc/self/clear_refs");
  return static_cast<bool>(file << "5" << std::flush);
}

}  // namespace u2net::cli
