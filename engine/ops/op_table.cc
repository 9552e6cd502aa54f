// SPDX-License-Identifier: Apache-2.0
// Paddle operator type -> operator; one line an operator. `feed` and `fetch` are not here: the
// loader turns them into the graph's inputs and outputs.
#include "engine/ops/op_list.h"

namespace u2net {
namespace {

constexpr const OpType* kOpTypes[] = {
    &kBatchNorm,
    &kBilinearInterp,
    &kBilinearInterpV2,
    &kCast,
    &kConcat,
    &kConv2d,
    &kDepthwiseConv2d,
    &kElementwiseAdd,
    &kElementwiseMul,
    &kNearestInterp,
    &kNearestInterpV2,
    &kPool2d,
    &kRelu,
    &kReshape2,
    &kScale,
    &kShape,
    &kSigmoid,
    &kSlice,
};

}  // namespace

std::span<const OpType* const> op_types() { return kOpTypes; }

const OpType* find_op_type(std::string_view name) {
  for (const OpType* type : kOpTypes) {
    if (type->name == name) return type;
  }
  return nullptr;
}

}  // namespace u2net
