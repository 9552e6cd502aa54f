// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/pad.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/cast/cast.h"

namespace u2net::engine {
namespace {

using kernels::PadMode;

constexpr SlotInfo kInputs[] = {{"X"}, {.name = "Paddings", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr std::int64_t kMostPadding = std::int64_t{1} << 31;

struct Border {
  Strides before{}, after{};
};

// By dimension. `paddings` has the numbers that `order` asks for.
Border border_of(const PadOptions& o, const Integers& paddings, std::size_t rank) {
  Border border;
  for (std::size_t i = 0; i < paddings.size() / 2; ++i) {
    std::size_t d = i;
    if (o.order == PadOrder::kRows) d = i + (o.channels_last ? 1 : 2);
    if (o.order == PadOrder::kColumns) d = rank - 1 - i - (o.channels_last ? 1 : 0);
    border.before[d] = paddings[2 * i];
    border.after[d] = paddings[2 * i + 1];
  }
  return border;
}

std::size_t count_of(PadOrder order, std::size_t rank) {
  return order == PadOrder::kDimensions ? 2 * rank : order == PadOrder::kRows ? 4 : 6;
}

const OpType& type_of(PadOrder order) {
  return order == PadOrder::kDimensions ? kPad : order == PadOrder::kRows ? kPad2d : kPad3d;
}

}  // namespace

constexpr OpType kPad{"pad", kInputs, kOutputs};
constexpr OpType kPad2d{"pad2d", kInputs, kOutputs};
constexpr OpType kPad3d{"pad3d", kInputs, kOutputs};

Pad::Pad(PadOptions options) : Operator(type_of(options.order)), options_(std::move(options)) {}

Integers Pad::paddings(const Inference& in) const {
  return integers_of(in, kPaddings, -1, options_.paddings);
}

void Pad::infer(Inference& in) const {
  const TensorType& src = in.input(kX);
  const Integers numbers = paddings(in);
  const std::size_t rank = src.shape.size(), wanted = options_.order == PadOrder::kDimensions ? rank
                                                      : options_.order == PadOrder::kRows     ? 4
                                                                                              : 5;
  if (rank != wanted || rank > kMaxRank)
    in.fail("input ", src.shape, " must have ", wanted, " dimensions");
  if (numbers.size() != count_of(options_.order, rank)) {
    in.fail("paddings ", numbers, ", expected ", count_of(options_.order, rank), " numbers");
  }
  for (std::int64_t number : numbers) {
    if (number < -kMostPadding || number > kMostPadding) in.fail("paddings ", numbers);
  }
  const Border border = border_of(options_, numbers, rank);
  Shape dst = src.shape;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t most = std::max(border.before[d], border.after[d]);
    const bool reaches = options_.mode == PadMode::kConstant || most <= 0 ||
                         (options_.mode == PadMode::kReflect ? most < dst[d] : dst[d] > 0);
    dst[d] += border.before[d] + border.after[d];
    if (dst[d] < 0 || !reaches) in.fail("paddings ", numbers, " do not fit an input ", src.shape);
  }
  in.set_output(0, {src.dtype, dst});
}

void Pad::run_reference(const Operands& o) const {
  const TensorView &src = o.input(kX), &dst = o.output();
  const std::size_t rank = src.shape.size();
  const Border border = border_of(options_, options_.paddings, rank);
  for (std::size_t d = 0; d < rank; ++d) {
    if (dst.shape[d] == src.shape[d] + border.before[d] + border.after[d]) continue;
    throw_error(ErrorCode::kInternal, "a pad of ", src.shape, " by ", options_.paddings,
                " does not make ", dst.shape);
  }
  visit_dtype(dst.dtype, [&]<class T>(T) {
    const T value = kernels::cast_one<T>(options_.value);
    kernels::pad_reference(
        {options_.mode, src.shape, dst.shape, std::span(border.before).first(rank)}, sizeof(T),
        reinterpret_cast<const std::byte*>(&value), src.as<const std::byte>(), dst.as<std::byte>(),
        *o.pool);
  });
}

std::shared_ptr<const Operator> Pad::specialized(Inference& in) const {
  if (!in.has(kPaddings)) return nullptr;
  PadOptions options = options_;
  options.paddings = paddings(in);
  return make_operator<Pad>(std::move(options));
}

bool Pad::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Pad&>(other).options_.paddings == options_.paddings;
}

bool Pad::keeps_images_apart(const Graph& graph, const Node& node,
                             const std::vector<ImageRole>& roles) const {
  const Border border =
      border_of(options_, options_.paddings, graph.type_of(node.input(kX)).shape.size());
  if (border.before[0] != 0 || border.after[0] != 0) return false;
  if (options_.order == PadOrder::kDimensions) return only_images_in(node, roles, {kX});
  return only_images_in(node, roles, {kX}, {kPaddings});
}

Description Pad::describe() const {
  constexpr std::string_view kModes[] = {"constant", "reflect", "replicate", "circular"};
  return {{"paddings", options_.paddings},
          {"mode", std::string(kModes[static_cast<std::size_t>(options_.mode)])},
          {"value", options_.value}};
}

}  // namespace u2net::engine
