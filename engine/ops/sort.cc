// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/sort.h"

#include <cmath>

#include "engine/base/text.h"
#include "engine/ops/axis.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {.name = "K", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}, {"Indices"}};

}  // namespace

constexpr OpType kTopK{"top_k_v2", kInputs, kOutputs};
constexpr OpType kArgsort{"argsort", std::span(kInputs).first(1), kOutputs};

Sort::Sort(const SortOptions& options)
    : Operator(options.all ? kArgsort : kTopK), options_(options) {}

std::int64_t Sort::kept(const Inference& in) const {
  if (options_.all) return axis_shape(in.input(kX).shape, options_.axis).size;
  if (!in.has(kK)) return options_.kept;
  const std::vector<std::int64_t> k = to_integers(in.value(kK).view());
  if (k.size() != 1) in.fail("K has ", k.size(), " elements");
  return k.front();
}

void Sort::infer(Inference& in) const {
  in.require_dtype(kX, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  check_axis(in, options_.axis);
  TensorType type = in.input(kX);
  const std::int64_t size = axis_shape(type.shape, options_.axis).size, k = kept(in);
  if (k < (options_.all ? 0 : 1) || k > size) in.fail("the first ", k, " of ", size, " elements");
  if (!type.shape.empty()) type.shape[dimension_of(options_.axis, type.shape)] = k;
  if (!in.has_output(kOut) || !in.has_output(kIndices)) in.fail("both outputs are needed");
  in.set_output(kOut, type);
  in.set_output(kIndices, {DType::kInt64, type.shape});
}

void Sort::run_reference(const Operands& o) const {
  const kernels::AxisShape src = axis_shape(o.input(kX).shape, options_.axis);
  const std::int64_t kept = axis_shape(o.output().shape, options_.axis).size;
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    kernels::sort_reference({src, kept, options_.descending}, o.input(kX).as<const T>(),
                            o.output(kOut).as<T>(), o.output(kIndices).as<std::int64_t>(), *o.pool);
  });
}

std::shared_ptr<const Operator> Sort::specialized(Inference& in) const {
  if (options_.all || !in.has(kK)) return nullptr;
  auto op = make_mutable_operator<Sort>(*this);
  op->options_.kept = kept(in);
  return op;
}

bool Sort::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Sort&>(other).options_.kept == options_.kept;
}

double Sort::work(const Graph& graph, const Node& node) const {
  const auto kept =
      static_cast<double>(axis_shape(graph.type_of(node.output()).shape, options_.axis).size);
  return 4 * (1 + std::log2(kept + 1)) *
         static_cast<double>(element_count(graph.type_of(node.input(kX)).shape));
}

Description Sort::describe() const {
  Description all = {{"axis", options_.axis},
                     {"descending", options_.descending ? "true" : "false"}};
  if (!options_.all) all.add("k", options_.kept);
  return all;
}

bool Sort::keeps_images_apart(const Graph& graph, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  return axes_keep_images_apart(graph, node, roles, {options_.axis});
}

}  // namespace u2net::engine
