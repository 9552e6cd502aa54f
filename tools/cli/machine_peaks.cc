// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/machine_peaks.h"

#include <cstdio>

#include "engine/plan/kernel_choice.h"
#include "kernels/base/parallel.h"
#include "tools/cli/build_info.h"
#include "tools/cli/diagnostics.h"

namespace u2net::cli {
using namespace engine;

std::string peak_text(const std::optional<bench::MachinePeak>& peak, int threads) {
  std::string text = cpu_name() + " (" + std::string(kernels::isa_name(usable_features())) + "), " +
                     std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  if (!peak) return text + "\n";
  char line[120];
  std::snprintf(line, sizeof line, ": at most %.0f GFLOP/s and %.1f GB/s, as just measured",
                peak->flops / 1e9, peak->bytes / 1e9);
  text += line;
  if (peak->tile_flops > 0) {
    std::snprintf(line, sizeof line, "; %.3g GFLOP/s in bfloat16 on tiles", peak->tile_flops / 1e9);
    text += line;
  }
  return text + "\n";
}

Json peak_json(const std::optional<bench::MachinePeak>& peak) {
  if (!peak) return nullptr;
  return {{"gflop_per_s", significant(peak->flops / 1e9)},
          {"gbyte_per_s", significant(peak->bytes / 1e9)},
          {"tile_gflop_per_s",
           peak->tile_flops > 0 ? Json(significant(peak->tile_flops / 1e9)) : Json(nullptr)}};
}

Json host_json() {
  return {{"cpu", cpu_name()},
          {"isa", kernels::isa_name(usable_features())},
          {"allowed_cpus", kernels::allowed_processors()}};
}

void warn_unless_optimised() {
  if (is_optimised_build()) return;
  print_warning("this build is not optimised (" + std::string(build_type()) +
                "): its times are no result");
}

}  // namespace u2net::cli
