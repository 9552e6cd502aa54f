// SPDX-License-Identifier: Apache-2.0
#include "engine/model.h"

#include <algorithm>

#include "engine/backends/backend.h"
#include "engine/error.h"
#include "engine/passes/pass.h"
#include "kernels/work_log.h"

namespace u2net {
namespace {

constexpr ModeInfo kModes[] = {
    {"static", "paddle.jit.load", "reference", PassSet::kNone},
    {"inference", "PaddleInference", "reference", PassSet::kGeneral},
    {"onednn", "PaddleInference + oneDNN", "onednn", PassSet::kGeneral},
    {"native", "", "native", PassSet::kNative},
};

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void check_pass_names(const std::vector<std::string>& names) {
  const std::vector<std::string> known = pass_names();
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw Error(ErrorCode::kUsage,
                  "there is no pass named '" + name + "'; available: " + join(known));
    }
  }
}

}  // namespace

std::span<const ModeInfo> all_modes() { return kModes; }

bool is_available(const ModeInfo& mode) { return find_backend(mode.backend) != nullptr; }

std::vector<std::string> available_modes() {
  std::vector<std::string> names;
  for (const ModeInfo& mode : kModes) {
    if (is_available(mode)) names.emplace_back(mode.name);
  }
  return names;
}

const ModeInfo& find_mode(std::string_view name) {
  for (const ModeInfo& mode : kModes) {
    if (mode.name != name) continue;
    if (is_available(mode)) return mode;
    throw Error(ErrorCode::kModeUnavailable,
                "mode '" + std::string(name) +
                    "' is not in this build; available: " + join(available_modes()),
                "configure with -DU2NET_WITH_ONEDNN=ON");
  }
  throw Error(ErrorCode::kUsage, "there is no mode '" + std::string(name) +
                                     "'; available: " + join(available_modes()));
}

std::shared_ptr<const void> WeightCache::get(
    const std::shared_ptr<const Tensor>& weight, const std::string& layout,
    const std::function<std::shared_ptr<const void>()>& make) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<const void>& entry = entries_[{weight, layout}];
  if (!entry) {
    const std::int64_t begin = now_ns();
    entry = make();
    packing_ns_ += now_ns() - begin;
  }
  return entry;
}

std::int64_t WeightCache::packing_ns() {
  std::lock_guard lock(mutex_);
  return packing_ns_;
}

Model::Model(Graph graph, ModelOptions options)
    : mode_(&find_mode(options.mode)),
      disabled_passes_(std::move(options.disabled_passes)),
      graph_(std::move(graph)),
      weights_(std::make_unique<WeightCache>()) {
  check_pass_names(disabled_passes_);
  if (mode_->has_passes()) run_passes(model_passes(), disabled_passes_, graph_, options.pass_log);
}

std::vector<Model::PortInfo> Model::inputs() const {
  std::vector<PortInfo> infos;
  for (const Port& port : graph_.inputs) infos.push_back({port.name, graph_.type_of(port.value)});
  return infos;
}

std::vector<std::string> Model::output_names() const {
  std::vector<std::string> names;
  for (const Port& port : graph_.outputs) names.push_back(port.name);
  return names;
}

}  // namespace u2net
