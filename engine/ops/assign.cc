// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/assign.h"

#include <cstring>

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kAssign{"assign", kInputs, kOutputs};

void Assign::infer(Inference& in) const { in.set_output(0, in.input(0)); }

void Assign::run_reference(const Operands& o) const {
  const TensorView& src = o.input(0);
  if (o.output().data != src.data)
    std::memcpy(o.output().data, src.data, byte_count(src.dtype, src.shape));
}

bool Assign::keeps_images_apart(const Graph&, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net::engine
