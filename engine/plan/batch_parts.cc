// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/batch_parts.h"

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"
#include "engine/graph/op.h"
#include "engine/passes/pass.h"

namespace u2net::engine {
namespace {

// Dimension 0 where all inputs agree about it, else 1.
std::int64_t images_of(std::span<const TensorView> inputs) {
  std::int64_t images = 0;
  for (const TensorView& input : inputs) {
    const std::int64_t here = input.shape.empty() ? 1 : input.shape.front();
    if (images != 0 && here != images) return 1;
    images = here;
  }
  return std::max<std::int64_t>(images, 1);
}

// The role of what a node computes of its inputs, but for one that keeps images apart.
ImageRole role_of_inputs(const Node& node, const std::vector<ImageRole>& roles) {
  ImageRole role = ImageRole::kFixed;
  for (const std::vector<ValueId>& slot : node.inputs) {
    for (ValueId id : slot) {
      const ImageRole input = roles[static_cast<std::size_t>(id)];
      if (input == ImageRole::kImages) return input;
      if (input == ImageRole::kSizes) role = input;
    }
  }
  return role;
}

// By value. Empty where images meet, or where an output does not run over them; and where something
// is computed of shapes that no output needs: it runs all the same, and a part's numbers may be
// refused where the batch's are not.
std::vector<ImageRole> image_roles(const Graph& graph) {
  const std::vector<bool> needed = needed_values(graph);
  std::vector<ImageRole> roles(graph.values.size(), ImageRole::kFixed);
  for (const Port& port : graph.inputs)
    roles[static_cast<std::size_t>(port.value)] = ImageRole::kImages;
  for (const Node& node : graph.nodes) {
    ImageRole role = role_of_inputs(node, roles);
    if (role == ImageRole::kImages && !node.op->keeps_images_apart(graph, node, roles)) {
      if (!node.op->reads_shape_only()) return {};
      role = ImageRole::kSizes;
    }
    if (role == ImageRole::kSizes && !has_needed_output(node, needed)) return {};
    for (const std::vector<ValueId>& slot : node.outputs) {
      for (ValueId id : slot) roles[static_cast<std::size_t>(id)] = role;
    }
  }
  for (const Port& port : graph.outputs) {
    if (roles[static_cast<std::size_t>(port.value)] != ImageRole::kImages) return {};
  }
  return roles;
}

// The fewest parts, all of one size, whose largest activation fits.
std::int64_t count_parts(std::int64_t images, std::size_t largest, std::size_t most) {
  for (std::int64_t parts = 1; parts < images; ++parts) {
    if (images % parts == 0 && largest / static_cast<std::size_t>(parts) <= most) return parts;
  }
  return images;
}

bool is_part_of(const TensorType& part, const TensorType& whole, std::int64_t parts) {
  if (part.dtype != whole.dtype || part.shape.size() != whole.shape.size()) return false;
  if (part.shape.front() * parts != whole.shape.front()) return false;
  return std::equal(part.shape.begin() + 1, part.shape.end(), whole.shape.begin() + 1);
}

bool same_constant(const std::shared_ptr<const Tensor>& a, const std::shared_ptr<const Tensor>& b) {
  if (a == b) return true;
  return a && b && a->dtype() == b->dtype() && a->shape() == b->shape() &&
         std::memcmp(a->data(), b->data(), a->bytes()) == 0;
}

// The same nodes and constants, and everything that runs over images a part of the other: what the
// program computes of shapes does not depend on how many images there are.
bool is_part_of(const Graph& part, const Graph& whole, const std::vector<ImageRole>& roles,
                std::int64_t parts) {
  if (part.nodes.size() != whole.nodes.size() || part.values.size() != whole.values.size())
    return false;
  for (std::size_t i = 0; i < whole.nodes.size(); ++i) {
    const Node &a = part.nodes[i], &b = whole.nodes[i];
    if (&a.op->type() != &b.op->type() || a.inputs != b.inputs || a.outputs != b.outputs ||
        !a.op->specialized_alike(*b.op)) {
      return false;
    }
  }
  for (std::size_t id = 0; id < roles.size(); ++id) {
    if (!same_constant(part.values[id].constant, whole.values[id].constant)) return false;
    if (roles[id] == ImageRole::kImages &&
        !is_part_of(part.values[id].type, whole.values[id].type, parts))
      return false;
  }
  return true;
}

}  // namespace

void* data_of_part(const TensorView& input, std::int64_t count, std::int64_t index) {
  if (input.data == nullptr) return nullptr;
  const std::size_t bytes = byte_count(input.dtype, input.shape) / static_cast<std::size_t>(count);
  return static_cast<std::byte*>(input.data) + static_cast<std::size_t>(index) * bytes;
}

std::vector<TensorView> views_of_part(std::span<const TensorView> inputs, std::int64_t count,
                                      std::int64_t index) {
  std::vector<TensorView> views(inputs.begin(), inputs.end());
  for (TensorView& view : views) {
    view.data = data_of_part(view, count, index);
    view.shape.front() /= count;
  }
  return views;
}

GatheredOutputs::GatheredOutputs(std::span<const TensorView> part, std::int64_t parts)
    : parts_(parts), views_(part.begin(), part.end()) {
  for (TensorView& view : views_) view.shape.front() *= parts;
}

void GatheredOutputs::place_in(std::vector<AlignedBuffer>& memory) {
  memory.resize(std::max(memory.size(), views_.size()));
  for (std::size_t i = 0; i < views_.size(); ++i) {
    memory[i].make_room(byte_count(views_[i].dtype, views_[i].shape));
    views_[i].data = memory[i].data();
  }
}

void GatheredOutputs::put(std::int64_t part, std::span<const TensorView> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::memcpy(data_of_part(views_[i], parts_, part), outputs[i].data,
                byte_count(outputs[i].dtype, outputs[i].shape));
  }
}

std::size_t largest_result(const Graph& graph) {
  std::size_t largest = 0;
  for (const Node& node : graph.nodes) {
    if (node.op->is_view()) continue;
    for (const std::vector<ValueId>& slot : node.outputs) {
      for (ValueId id : slot) {
        const TensorType& type = graph.type_of(id);
        largest = std::max(largest, byte_count(type.dtype, type.shape));
      }
    }
  }
  return largest;
}

BatchParts prepare_parts(const Preparable& source, std::span<const TensorView> inputs,
                         const KernelChoice& choice, std::size_t most_bytes) {
  BatchParts whole{.count = 1, .part = prepare_graph(source, inputs, choice), .whole = {}};
  const std::int64_t images = images_of(inputs);
  const std::size_t largest = largest_result(whole.part.graph);
  const std::vector<bool>& decides = whole.part.value_decides;
  if (images < 2 || largest <= most_bytes) return whole;
  if (std::find(decides.begin(), decides.end(), true) != decides.end()) return whole;
  const std::vector<ImageRole> roles = image_roles(whole.part.graph);
  if (roles.empty()) return whole;
  BatchParts parts{.count = count_parts(images, largest, most_bytes), .part = {}, .whole = {}};
  try {
    parts.part = prepare_graph(source, views_of_part(inputs, parts.count, 0), choice, nullptr,
                               whole.part.budget);
  } catch (const Error&) {  // a program for this number of images alone
    return whole;
  }
  if (!is_part_of(parts.part.graph, whole.part.graph, roles, parts.count)) return whole;
  parts.whole = std::move(whole.part.graph);
  return parts;
}

}  // namespace u2net::engine
