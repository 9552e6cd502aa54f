// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/prepare.h"

#include <algorithm>
#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/infer.h"
#include "engine/passes/pass.h"
#include "engine/plan/tile_kernels.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {
namespace {

bool fits(const Shape& declared, const Shape& given) {
  if (declared.size() != given.size()) return false;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i] < 1 || (declared[i] >= 0 && declared[i] != given[i])) return false;
  }
  return true;
}

std::string looks_like_nhwc(const Shape& declared, const Shape& given) {
  const bool moved = declared.size() == 4 && given.size() == 4 && declared[1] > 0 &&
                     given[3] == declared[1] && given[1] != declared[1];
  return moved ? "this looks like NHWC; the program wants NCHW" : "";
}

void check(const Graph& graph, std::span<const TensorView> inputs) {
  if (inputs.size() != graph.inputs.size()) {
    throw_error(ErrorCode::kInputShape, "the model has ", graph.inputs.size(), " inputs, got ",
                inputs.size());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Port& port = graph.inputs[i];
    check_input(port.name, graph.type_of(port.value), inputs[i].dtype, inputs[i].shape);
  }
}

bool any_size_is_allowed(const Graph& graph) {
  for (const Port& port : graph.inputs) {
    const Shape& declared = graph.type_of(port.value).shape;
    if (std::count(declared.begin(), declared.end(), -1) > 0) return true;
  }
  return false;
}

}  // namespace

void check_input(const std::string& name, const TensorType& declared, DType dtype,
                 const Shape& shape) {
  if (dtype != declared.dtype) {
    throw_error(ErrorCode::kInputShape, "input '", name, "': got ", dtype_name(dtype),
                ", expected ", dtype_name(declared.dtype));
  }
  if (!fits(declared.shape, shape)) {
    throw Error(ErrorCode::kInputShape,
                str_cat("input '", name, "': got shape ", shape, ", expected ", declared.shape,
                        " (-1: any size)"),
                looks_like_nhwc(declared.shape, shape));
  }
}

PreparedGraph prepare_graph(const Preparable& source, std::span<const TensorView> inputs,
                            const KernelChoice& choice, PassLog* log,
                            std::optional<WorkBudget> budget) {
  check(source.graph, inputs);
  const kernels::FloatScope
      floats;  // sizes that are computed do not depend on the caller's rounding mode
  PreparedGraph prepared{
      .graph = source.graph,
      .value_decides = {},
      .budget = budget.value_or(WorkBudget::of_plan(source.graph)),
  };
  try {
    prepared.value_decides = infer_shapes(prepared.graph, inputs, prepared.budget).value_decides;
  } catch (const Error& e) {
    // Where the caller chose the sizes, they are what does not fit.
    if (e.code() != ErrorCode::kModelFormat || !any_size_is_allowed(source.graph)) throw;
    std::string shapes;
    for (const TensorView& input : inputs) shapes += str_cat(" ", input.shape);
    throw_error(ErrorCode::kInputShape, "the program does not accept inputs of shape", shapes, ": ",
                e.what());
  }
  std::vector<std::string> disabled(source.disabled_passes.begin(), source.disabled_passes.end());
  // What it makes takes a transform, in float32; on tiles none.
  const bool has_tiles = !tile_kernels(choice.precision, usable_features()).variants.empty();
  if (choice.exact && !has_tiles) disabled.emplace_back("fold_upsample");
  if (source.passes != PassSet::kNone) {
    run_passes(plan_passes(), disabled, prepared.graph, prepared.budget, log);
  }
  if (source.passes == PassSet::kNative)
    run_passes(native_passes(), disabled, prepared.graph, prepared.budget, log);
  return prepared;
}

}  // namespace u2net::engine
