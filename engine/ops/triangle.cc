// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/triangle.h"

#include <algorithm>
#include <cstring>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kTrilTriu{"tril_triu", kInputs, kOutputs};

Triangle::Triangle(std::int64_t diagonal, bool lower)
    : Operator(kTrilTriu), diagonal_(diagonal), lower_(lower) {}

void Triangle::infer(Inference& in) const {
  if (in.input(0).shape.size() < 2)
    in.fail("input ", in.input(0).shape, " must have 2 dimensions at least");
  in.set_output(0, in.input(0));
}

void Triangle::run_reference(const Operands& o) const {
  const TensorView& src = o.input(0);
  if (src.size() == 0) return;
  const std::int64_t columns = src.shape.back(), rows = src.shape[src.shape.size() - 2];
  const std::size_t bytes = dtype_size(src.dtype),
                    row_bytes = static_cast<std::size_t>(columns) * bytes;
  std::memset(o.output().data, 0, byte_count(src.dtype, src.shape));
  for (std::int64_t row = 0; row < src.size() / columns; ++row) {
    const std::int64_t at =
        std::clamp<std::int64_t>(row % rows + diagonal_ + (lower_ ? 1 : 0), 0, columns);
    const auto begin = static_cast<std::size_t>(row) * row_bytes +
                       static_cast<std::size_t>(lower_ ? 0 : at) * bytes;
    const auto count = static_cast<std::size_t>(lower_ ? at : columns - at);
    std::memcpy(o.output().as<std::byte>() + begin, src.as<const std::byte>() + begin,
                count * bytes);
  }
}

bool Triangle::keeps_images_apart(const Graph& graph, const Node& node,
                                  const std::vector<ImageRole>& roles) const {
  return graph.type_of(node.input(0)).shape.size() > 2 && only_images_in(node, roles, {0});
}

Description Triangle::describe() const {
  return {{"diagonal", diagonal_}, {"lower", to_text(lower_)}};
}

}  // namespace u2net::engine
