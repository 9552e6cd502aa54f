// SPDX-License-Identifier: Apache-2.0
// Every operator type that exists, each defined in the file of its op. The table itself, in
// op_table.cc, is what decides what a program may contain.
#pragma once

#include "engine/graph/op.h"

namespace u2net {

extern const OpType kBatchNorm;
extern const OpType kBilinearInterp;
extern const OpType kBilinearInterpV2;
extern const OpType kCast;
extern const OpType kConcat;
extern const OpType kConv2d;
extern const OpType kDepthwiseConv2d;
extern const OpType kElementwiseAdd;
extern const OpType kElementwiseMul;
extern const OpType kNearestInterp;
extern const OpType kNearestInterpV2;
extern const OpType kPool2d;
extern const OpType kRelu;
extern const OpType kReshape2;
extern const OpType kScale;
extern const OpType kShape;
extern const OpType kSigmoid;
extern const OpType kSlice;

}  // namespace u2net
