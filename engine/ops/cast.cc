// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/cast.h"

#include <cstring>

#include "kernels/cast/cast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kCast{"cast", kInputs, kOutputs};

Cast::Cast(CastOptions options) : Operator(kCast), options_(options) {}

void Cast::infer(Inference& in) const { in.set_output(0, {options_.to, in.input(0).shape}); }

void Cast::run_reference(const Operands& o) const {
  const TensorView &src = o.input(0), &dst = o.output();
  if (src.dtype == dst.dtype) {
    if (dst.data != src.data) std::memcpy(dst.data, src.data, byte_count(src.dtype, src.shape));
    return;
  }
  visit_dtype(src.dtype, [&](auto from) {
    visit_dtype(dst.dtype, [&](auto to) {
      kernels::cast_reference(dst.size(), src.as<const decltype(from)>(), dst.as<decltype(to)>());
    });
  });
}

Description Cast::describe() const { return {{"out_dtype", std::string(dtype_name(options_.to))}}; }

bool Cast::keeps_images_apart(const Graph&, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net::engine
