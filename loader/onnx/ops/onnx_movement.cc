// SPDX-License-Identifier: Apache-2.0
// What moves elements.
#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/cast.h"
#include "engine/ops/concat.h"
#include "engine/ops/expand.h"
#include "engine/ops/renaming.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/shape.h"
#include "engine/ops/shuffle.h"
#include "engine/ops/transpose.h"
#include "loader/onnx/onnx_tensor.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

void identity(OnnxNode& n) { n.finish_as(n.input(0)); }

// While running a network, not training it.
void dropout(OnnxNode& n) {
  const Tensor* training = n.known(2);
  if (n.has(2) && (training == nullptr || training->size() != 1 ||
                   to_integers(training->view()).front() != 0)) {
    n.fail_unsupported("training_mode");
  }
  identity(n);
}

void cast(OnnxNode& n) {
  const std::int64_t to = n.attributes.integer("to", 0);
  const OnnxElement* element =
      find_onnx_element(static_cast<int>(std::clamp<std::int64_t>(to, 0, 99)));
  if (!element) n.fail_unsupported("a cast to ", onnx_element_name(static_cast<int>(to)));
  n.finish(make_operator<Cast>(CastOptions{.to = element->dtype, .from = element->dtype}),
           {{n.input(0)}}, n.rank(0));
}

void concat(OnnxNode& n) {
  if (!n.attributes.has("axis")) n.attributes.fail("axis", "is missing");
  const std::vector<ValueId> parts = n.all_inputs();
  n.finish(make_operator<Concat>(n.attributes.integer("axis", 0)), {parts}, n.rank(0));
}

void unsqueeze(OnnxNode& n) {
  Integers axes = n.list("axes", 1, 13);
  const int rank = n.known_rank(0) + static_cast<int>(std::min<std::size_t>(axes.size(), 64));
  if (rank > kMaxRank) n.fail_unsupported("a result of rank ", rank);
  for (std::int64_t& axis : axes) axis = n.axis(axis, rank);
  std::sort(axes.begin(), axes.end());  // each is put in where it is to stay
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) n.fail("it names an axis twice");
  if (axes.empty()) return identity(n);
  n.finish(make_operator<Unsqueeze>(std::move(axes)), {{n.input(0)}}, rank);
}

// Without axes all that are 1, which are not known yet.
void squeeze(OnnxNode& n) {
  if (!n.has_list("axes", 1, 13))
    return n.finish(make_operator<Squeeze>(Integers{}), {{n.input(0)}}, kUnknownRank);
  Integers axes = n.list("axes", 1, 13);
  if (axes.empty()) return identity(n);
  const int rank = n.known_rank(0);
  for (std::int64_t& axis : axes) axis = n.axis(axis, rank);
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  const int left = rank - static_cast<int>(axes.size());
  n.finish(make_operator<Squeeze>(std::move(axes)), {{n.input(0)}}, left);
}

void flatten(OnnxNode& n) {
  std::int64_t axis = n.attributes.integer("axis", 1);
  if (axis < 0) axis = n.axis(axis, n.rank(0));
  n.finish(make_operator<Flatten2>(axis), {{n.input(0)}}, 2);
}

// A 0 copies a size of the operand, or is 0 where allowzero says so.
void reshape(OnnxNode& n) {
  const Tensor* known = n.known(1);
  const bool allows_zero = n.attributes.boolean("allowzero", false);
  if (known && known->size() > kMaxRank) n.fail("a shape of ", known->size());
  if (!known) {
    return n.finish(make_operator<Reshape2>(Shape{}, allows_zero), {{n.input(0)}, {n.input(1)}},
                    n.length(1));
  }
  Shape to = n.integers(1, "a shape");
  const int rank = static_cast<int>(to.size());
  if (allows_zero && std::find(to.begin(), to.end(), 0) != to.end()) {
    // Of nothing, which is put where the first 0 is and spread along the others.
    if (std::find(to.begin(), to.end(), -1) != to.end()) n.fail("a shape of 0 and -1");
    ValueId nothing = n.add(make_operator<Reshape2>(Shape{-1}), {{n.input(0)}}, 1);
    const auto at = std::find(to.begin(), to.end(), 0) - to.begin();
    Integers others;
    for (std::int64_t d = 0; d < rank; ++d) {
      if (d != at) others.push_back(d);
    }
    if (!others.empty())
      nothing = n.add(make_operator<Unsqueeze>(std::move(others)), {{nothing}}, rank);
    return n.finish(make_operator<Expand>(std::move(to)), {{nothing}}, rank);
  }
  n.finish(make_operator<Reshape2>(std::move(to)), {{n.input(0)}}, rank);
}

void transpose(OnnxNode& n) {
  Integers order;
  if (n.attributes.has("perm")) {
    order = n.attributes.integers("perm", {});
  } else {
    for (std::int64_t d = n.known_rank(0); d-- > 0;) order.push_back(d);
  }
  if (order.size() > kMaxRank) n.fail("it has ", order.size(), " axes");
  const int rank = static_cast<int>(order.size());
  n.finish(make_operator<Transpose>(std::move(order)), {{n.input(0)}}, rank);
}

std::int64_t read_block(const OnnxNode& n) {
  const std::int64_t block = n.attributes.integer("blocksize", 0);
  if (block < 1 || block > 4096) n.attributes.fail("blocksize", "is ", block);
  return block;
}

// Blocks of pixels lie in consecutive channels (CRD), or channels of one pixel do (DCR): then they
// are dealt out first.
void depth_to_space(OnnxNode& n) {
  const std::int64_t block = read_block(n);
  const std::string mode = n.attributes.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") n.attributes.fail("mode", "is '", mode, "'");
  ValueId x = n.input(0);
  if (mode == "DCR")
    x = n.add(make_operator<Shuffle>(ShuffleKind::kChannelShuffle, block * block, false), {{x}}, 4);
  n.finish(make_operator<Shuffle>(ShuffleKind::kPixelShuffle, block, false), {{x}}, 4);
}

// The reverse of DCR.
void space_to_depth(OnnxNode& n) {
  const std::int64_t block = read_block(n);
  const ValueId small =
      n.add(make_operator<Shuffle>(ShuffleKind::kPixelUnshuffle, block, false), {{n.input(0)}}, 4);
  const ValueId sizes = n.add(make_operator<ShapeOf>(DType::kInt64), {{small}}, 1);
  const ValueId planes = n.add(make_operator<FlattenRange>(2, 3), {{small}}, 3);
  const ValueId apart = n.add(make_operator<Unsqueeze>(Integers{2}), {{planes}}, 4);
  const ValueId blocks =
      n.add(make_operator<Reshape2>(Shape{0, -1, block * block, 0}), {{apart}}, 4);
  const ValueId dealt = n.add(make_operator<Transpose>(Integers{0, 2, 1, 3}), {{blocks}}, 4);
  n.finish(make_operator<Reshape2>(Shape{}), {{dealt}, {sizes}}, 4);
}

constexpr OnnxOp kOps[] = {
    {"Cast", cast},
    {"Concat", concat},
    {"DepthToSpace", depth_to_space},
    {"Dropout", dropout},
    {"Flatten", flatten},
    {"Identity", identity},
    {"Reshape", reshape},
    {"SpaceToDepth", space_to_depth},
    {"Squeeze", squeeze},
    {"Transpose", transpose},
    {"Unsqueeze", unsqueeze},
};

}  // namespace

std::span<const OnnxOp> onnx_movement_ops() { return kOps; }

}  // namespace u2net::engine
