// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/scatter.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Index"}, {"Updates"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

using Dims = std::span<const std::int64_t>;

// Integers wrap around.
template <class T>
T combined(ScatterMode mode, T a, T b) {
  using Wide = std::conditional_t<std::is_integral_v<T>, std::uint64_t, T>;
  switch (mode) {
    case ScatterMode::kAdd:
    case ScatterMode::kMean:
      return static_cast<T>(static_cast<Wide>(a) + static_cast<Wide>(b));
    case ScatterMode::kMultiply:
      return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b));
    case ScatterMode::kMinimum:
      return b < a ? b : a;
    case ScatterMode::kMaximum:
      return b > a ? b : a;
    case ScatterMode::kAssign:
      break;
  }
  return b;
}

}  // namespace

constexpr OpType kScatter{"scatter", kInputs, kOutputs};
constexpr OpType kScatterNd{"scatter_nd", kInputs, kOutputs};
constexpr OpType kPutAlongAxis{"put_along_axis", kInputs, kOutputs};

std::string to_string(ScatterMode mode) {
  constexpr const char* kWords[] = {"assign", "add", "mul", "min", "max", "mean"};
  return kWords[static_cast<int>(mode)];
}

Scatter::Scatter(const OpType& type, const ScatterOptions& options)
    : Operator(type), options_(options) {}

std::size_t Scatter::depth(const Shape& index) const {
  return &type() == &kScatterNd ? static_cast<std::size_t>(index.back()) : 1;
}

bool Scatter::fits(const Shape& x, const Shape& index) const {
  const auto rank = static_cast<std::int64_t>(x.size());
  if (&type() == &kScatterNd) return !index.empty() && index.back() >= 0 && index.back() <= rank;
  if (&type() == &kScatter)
    return rank > 0 && (index.size() < 2 || (index.size() == 2 && index[1] == 1));
  bool fits = index.size() == x.size();
  for (std::size_t d = 0; fits && d < index.size(); ++d)
    fits = static_cast<std::int64_t>(d) == options_.axis ||
           static_cast<std::int64_t>(d) == options_.axis + rank || index[d] <= x[d];
  return fits;
}

// An index of [n, 1] counts as [n].
Shape Scatter::shape_of_updates(const Inference& in) const {
  const Shape &x = in.input(kX).shape, &index = in.input(kIndex).shape;
  if (&type() == &kPutAlongAxis) checked_axis(in, options_.axis, x.size());
  if (!fits(x, index)) {
    in.fail("an index of shape ", index, " into an input ", x,
            &type() == &kPutAlongAxis ? str_cat(" along axis ", options_.axis) : "");
  }
  if (&type() == &kPutAlongAxis) return index;
  Shape updates = index;
  if (&type() == &kScatterNd || index.size() == 2) updates.pop_back();
  updates.insert(updates.end(), x.begin() + static_cast<std::ptrdiff_t>(depth(index)), x.end());
  return updates;
}

void Scatter::infer(Inference& in) const {
  in.require_dtype(kIndex, {DType::kInt32, DType::kInt64});
  const TensorType &x = in.input(kX), &updates = in.input(kUpdates);
  if (options_.mode != ScatterMode::kAssign)
    in.require_dtype(kX, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  const Shape expected = shape_of_updates(in);
  if (updates.shape != expected) {
    in.fail("updates ", updates.shape, " for an index of shape ", in.input(kIndex).shape,
            " into an input ", x.shape, ", expected ", expected);
  }
  if (updates.dtype != x.dtype) {
    in.fail("X is ", dtype_name(x.dtype), ", Updates is ", dtype_name(updates.dtype));
  }
  in.set_output(0, x);
}

template <class F>
void Scatter::for_each_update(const TensorView& x, const TensorView& index, const F& f) const {
  const Dims dims = x.shape, list = index.shape;
  if (&type() == &kPutAlongAxis) {
    const auto axis = static_cast<std::size_t>(
        options_.axis < 0 ? options_.axis + static_cast<std::int64_t>(dims.size()) : options_.axis);
    const Strides strides = strides_of(dims);
    for (std::int64_t n = 0; n < index.size(); ++n) {
      std::int64_t rest = n, to = 0;
      for (std::size_t d = list.size(); d-- > 0;) {
        std::int64_t at = rest % list[d];
        rest /= list[d];
        if (d == axis) at = checked_element(type(), integer_at(index, n), dims[d]);
        to += at * strides[d];
      }
      f(n, to);
    }
    return;
  }
  const std::size_t depth_of_index = depth(index.shape);
  const bool by_coordinates = &type() == &kScatterNd;
  const std::int64_t count =
      by_coordinates ? element_count(list.first(list.size() - 1)) : index.size();
  const std::int64_t slice = element_count(dims.subspan(depth_of_index));
  for (std::int64_t n = 0; n < count; ++n) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < depth_of_index; ++d) {
      const std::int64_t number = integer_at(
          index, n * static_cast<std::int64_t>(depth_of_index) + static_cast<std::int64_t>(d));
      at = at * dims[d] + checked_element(type(), number, dims[d]);
    }
    f(n, at * slice);
  }
}

// Where what x has takes no part, the places that are met are set first to what changes nothing.
template <class T>
void Scatter::combine(const Operands& o, std::int64_t slice) const {
  T* dst = o.output().as<T>();
  const T* updates = o.input(kUpdates).as<const T>();
  const TensorView &x = o.input(kX), &index = o.input(kIndex);
  const ScatterMode mode = options_.mode;
  if (!options_.includes_self) {
    const bool sums = mode == ScatterMode::kAdd || mode == ScatterMode::kMean,
               multiplies = mode == ScatterMode::kMultiply;
    for_each_update(x, index, [&](std::int64_t n, std::int64_t at) {
      for (std::int64_t i = 0; i < slice; ++i)
        dst[at + i] = sums ? T{0} : multiplies ? T{1} : updates[n * slice + i];
    });
  }
  for_each_update(x, index, [&](std::int64_t n, std::int64_t at) {
    for (std::int64_t i = 0; i < slice; ++i)
      dst[at + i] = combined(mode, dst[at + i], updates[n * slice + i]);
  });
  if (mode == ScatterMode::kMean) divide<T>(o, slice);
}

template <class T>
void Scatter::divide(const Operands& o, std::int64_t slice) const {
  T* dst = o.output().as<T>();
  const TensorView &x = o.input(kX), &index = o.input(kIndex);
  std::vector<std::int64_t> met(static_cast<std::size_t>(x.size() / slice), 0);
  for_each_update(x, index, [&](std::int64_t, std::int64_t at) {
    ++met[static_cast<std::size_t>(at / slice)];
  });
  for (std::size_t place = 0; place < met.size(); ++place) {
    if (met[place] == 0) continue;
    T* sums = dst + static_cast<std::int64_t>(place) * slice;
    const auto count = static_cast<T>(met[place] + (options_.includes_self ? 1 : 0));
    for (std::int64_t i = 0; i < slice; ++i) sums[i] = static_cast<T>(sums[i] / count);
  }
}

void Scatter::run_reference(const Operands& o) const {
  const TensorView &x = o.input(kX), &index = o.input(kIndex), &updates = o.input(kUpdates),
                   &dst = o.output();
  if (dst.size() == 0) return;
  std::memcpy(dst.data, x.data, byte_count(x.dtype, x.shape));
  if (updates.size() == 0) return;
  const std::int64_t slice =
      &type() == &kPutAlongAxis ? 1 : element_count(Dims(x.shape).subspan(depth(index.shape)));
  if (options_.mode != ScatterMode::kAssign)
    return visit_arithmetic(dst.dtype, [&]<class T>(T) { combine<T>(o, slice); });
  const std::size_t size = dtype_size(dst.dtype), bytes = static_cast<std::size_t>(slice) * size;
  for_each_update(x, index, [&](std::int64_t n, std::int64_t at) {
    std::memcpy(dst.as<std::byte>() + static_cast<std::size_t>(at) * size,
                updates.as<const std::byte>() + static_cast<std::size_t>(n) * bytes, bytes);
  });
}

double Scatter::work(const Graph& graph, const Node& node) const {
  return Operator::work(graph, node) +
         2 * static_cast<double>(element_count(graph.type_of(node.input(kUpdates)).shape));
}

Description Scatter::describe() const {
  Description all = {{"mode", to_string(options_.mode)}};
  if (!options_.includes_self) all.add("include_self", "false");
  if (&type() == &kPutAlongAxis) all.add("axis", options_.axis);
  return all;
}

}  // namespace u2net::engine
