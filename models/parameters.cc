// SPDX-License-Identifier: Apache-2.0
#include "models/parameters.h"

#include <set>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "loader/quoted.h"

namespace u2net::engine {
namespace {

std::string type_text(const Tensor& tensor) {
  const std::string dtype =
      tensor.dtype() == DType::kFloat32 ? "" : str_cat(dtype_name(tensor.dtype()), " ");
  return dtype + to_string(tensor.shape());
}

bool fits(const ModelParameter& parameter, const Tensor& tensor) {
  return tensor.dtype() == DType::kFloat32 && tensor.shape() == parameter.shape;
}

// "2 missing: a, b", or nothing.
std::string counted(const char* what, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string text = str_cat(names.size(), " ", what, ": ");
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text;
}

}  // namespace

const ModelParameter* ParameterSet::add(std::string structured_name, Shape shape, std::string name,
                                        bool trainable) {
  parameters_.push_back(
      {std::move(structured_name), std::move(shape), trainable, std::move(name), nullptr});
  return &parameters_.back();
}

Conv2dLayer ParameterSet::add_conv2d(const std::string& prefix, std::int64_t in, std::int64_t out,
                                     std::int64_t kernel, std::int64_t dilation) {
  const std::string name = str_cat("conv2d_", conv_count_++);
  const ModelParameter* weight =
      add(str_cat(prefix, ".weight"), {out, in, kernel, kernel}, str_cat(name, ".w_0"));
  const ModelParameter* bias = add(str_cat(prefix, ".bias"), {out}, str_cat(name, ".b_0"));
  return {weight, bias, kernel / 2 * dilation, dilation};
}

BatchNormLayer ParameterSet::add_batch_norm(const std::string& prefix, std::int64_t channels) {
  const std::string name = str_cat("batch_norm2d_", norm_count_++);
  const ModelParameter* scale = add(str_cat(prefix, ".weight"), {channels}, str_cat(name, ".w_0"));
  const ModelParameter* bias = add(str_cat(prefix, ".bias"), {channels}, str_cat(name, ".b_0"));
  const ModelParameter* mean =
      add(str_cat(prefix, "._mean"), {channels}, str_cat(name, ".w_1"), false);
  const ModelParameter* variance =
      add(str_cat(prefix, "._variance"), {channels}, str_cat(name, ".w_2"), false);
  variances_.push_back(variance);
  return {scale, bias, mean, variance};
}

int ParameterSet::matching(const StateDict& state) const {
  int count = 0;
  for (const ModelParameter& parameter : parameters_) {
    const auto found = state.tensors.find(parameter.structured_name);
    if (found != state.tensors.end() && fits(parameter, *found->second)) ++count;
  }
  return count;
}

void ParameterSet::load(const StateDict& state, const std::string& file, std::string_view network) {
  std::vector<std::string> missing, surplus, misshaped;
  std::set<std::string_view> known;
  for (const ModelParameter& parameter : parameters_) {
    known.insert(parameter.structured_name);
    const auto found = state.tensors.find(parameter.structured_name);
    if (found == state.tensors.end()) {
      missing.push_back(parameter.structured_name);
    } else if (!fits(parameter, *found->second)) {
      misshaped.push_back(str_cat(parameter.structured_name, " ", type_text(*found->second),
                                  " for ", parameter.shape));
    }
  }
  for (const auto& [name, tensor] : state.tensors) {
    if (!known.contains(name)) surplus.push_back(engine::in_quotes(name));
  }
  std::string problems;
  for (const std::string& text : {counted("missing", missing), counted("surplus", surplus),
                                  counted("misshaped", misshaped)}) {
    if (!text.empty()) problems += (problems.empty() ? "" : "; ") + text;
  }
  if (!problems.empty()) {
    throw_error(ErrorCode::kModelParams, "cannot load parameters '", file, "' into ", network, ": ",
                problems);
  }
  check_variances(state, file);
  for (ModelParameter& parameter : parameters_)
    parameter.tensor = state.tensors.at(parameter.structured_name);
  take_names(state);
}

void ParameterSet::check_variances(const StateDict& state, const std::string& file) const {
  for (const ModelParameter* variance : variances_) {
    for (float v : state.tensors.at(variance->structured_name)->values<float>()) {
      if (v + kBatchNormEpsilon > 0) continue;
      throw_error(ErrorCode::kModelParams, "cannot load parameters '", file,
                  "': ", variance->structured_name, " contains ", v,
                  ", expected no negative variance");
    }
  }
}

// Names that are missing or shared would not survive a parameter file, which knows no others: the
// ones that Paddle would have chosen stay.
void ParameterSet::take_names(const StateDict& state) {
  std::set<std::string_view> taken;
  for (const ModelParameter& parameter : parameters_) {
    const auto found = state.parameter_names.find(parameter.structured_name);
    if (found == state.parameter_names.end() || found->second.empty()) return;
    if (found->second == "feed" || found->second == "fetch") return;  // names of the program's own
    if (!taken.insert(found->second).second) return;
  }
  for (ModelParameter& parameter : parameters_) {
    parameter.name = state.parameter_names.at(parameter.structured_name);
  }
}

}  // namespace u2net::engine
