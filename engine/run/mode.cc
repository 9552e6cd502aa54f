// SPDX-License-Identifier: Apache-2.0
#include "engine/run/mode.h"

#include "engine/backends/backend_table.h"
#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr ModeInfo kModes[] = {
    {"dynamic", "reference", PassSet::kNone, /*runs_code=*/true},
    {"static", "reference", PassSet::kNone},
    {"inference", "reference", PassSet::kGeneral},
    {"onednn", "onednn", PassSet::kGeneral},
    {"native", "native", PassSet::kNative},
};

std::vector<std::string> available(bool with_code) {
  std::vector<std::string> names;
  for (const ModeInfo& mode : kModes) {
    if (is_available(mode) && (with_code || !mode.runs_code)) names.emplace_back(mode.name);
  }
  return names;
}

const ModeInfo& find(std::string_view name, bool with_code) {
  for (const ModeInfo& mode : kModes) {
    if (mode.name != name || (mode.runs_code && !with_code)) continue;
    if (is_available(mode)) return mode;
    throw Error(ErrorCode::kModeUnavailable,
                str_cat("mode '", name,
                        "' is not in this build; available: ", joined(available(with_code))),
                "configure with -DU2NET_WITH_ONEDNN=ON");
  }
  throw_error(ErrorCode::kUsage, "there is no mode '", name,
              "'; available: ", joined(available(with_code)));
}

}  // namespace

std::span<const ModeInfo> all_modes() { return kModes; }
bool is_available(const ModeInfo& mode) { return find_backend(mode.backend) != nullptr; }
std::vector<std::string> available_modes() { return available(true); }
std::vector<std::string> graph_modes() { return available(false); }
const ModeInfo& find_mode(std::string_view name) { return find(name, true); }
const ModeInfo& find_graph_mode(std::string_view name) { return find(name, false); }

}  // namespace u2net::engine
