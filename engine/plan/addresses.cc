// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/addresses.h"

namespace u2net::engine {

std::byte* address_of(const Plan& plan, BufferId id, std::byte* arena,
                      std::span<const TensorView> inputs) {
  std::size_t offset = 0;
  for (; plan.buffers[id].parent != kNoBuffer; id = plan.buffers[id].parent)
    offset += plan.buffers[id].offset;
  const Plan::Buffer& b = plan.buffers[id];
  // Constants are only ever read: the steps that hold them do not write.
  if (b.constant) return static_cast<std::byte*>(const_cast<void*>(b.constant.get())) + offset;
  if (b.input >= 0) return static_cast<std::byte*>(inputs[b.input].data) + offset;
  return arena + b.offset + offset;
}

}  // namespace u2net::engine
