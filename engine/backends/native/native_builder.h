// SPDX-License-Identifier: Apache-2.0
// Builds a plan of native kernels: knows which value lies where and in which layout, gives every
// image the halo that its readers want, converts only where a kernel wants another layout than any
// that exists, and packs weights once.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/backends/native/native_bf16.h"
#include "engine/backends/native/native_conv.h"
#include "engine/backends/native/native_moments.h"
#include "engine/backends/value_buffers.h"
#include "engine/graph/graph.h"
#include "engine/plan/backend.h"
#include "engine/plan/plan.h"
#include "kernels/base/image_layout.h"
#include "kernels/image_ops/bf16_image_ops.h"
#include "kernels/image_ops/image_ops.h"
#include "kernels/tensor_ops/tensor_ops.h"

namespace u2net::engine::native {

// A value in one of the layouts in which it exists.
struct Operand {
  kernels::ImageLayout layout;
  BufferId buffer = kNoBuffer;
};

// "64x160x160/8": channels, height and width, and the channels of a block; "64x160x160/32:bf16" of
// elements that are not float32.
std::string to_text(const kernels::ImageLayout& layout);

// What a step does with the addresses of its buffers, in the order in which they were named.
using Kernel = std::function<void(std::byte* const* operands, kernels::ThreadPool& pool)>;

class Builder {
 public:
  Builder(const Graph& graph, const BackendOptions& options, PlanBuilder& plan);

  const Graph& graph() const { return graph_; }
  const BackendOptions& options() const { return options_; }
  const kernels::ImageOps& ops() const { return ops_; }
  const kernels::TensorOps& tensor_ops() const { return tensor_ops_; }
  // Beside the convolutions in bf16, of which there is one.
  const kernels::Bf16ImageOps& bf16_ops() const { return *bf16_ops_; }
  PlanBuilder& plan() { return plan_; }

  // float32 with 4 dimensions: what may lie in other layouts than the plain one.
  bool is_image(ValueId id) const;
  // The convolution that was chosen for a node, or null.
  const ConvChoice* convolution(const Node& node) const;
  // How many convolutions there are, how many of them run on tiles, and of those with two bfloat16
  // a number.
  struct ConvolutionCount {
    int all = 0, on_tiles = 0, in_halves = 0;
  };
  ConvolutionCount count_convolutions() const;
  // Whether a convolution reads the value in blocks.
  bool is_wanted_in_blocks(ValueId id) const { return wanted_in_blocks_[id]; }

  const Bf16Values& bf16_values() const { return bf16_values_; }
  // In which the producer of a value leaves it, if it can.
  kernels::ElementType element_of(ValueId id) const { return bf16_values_.elements[id]; }

  // The value as its producer left it, or converted to float32. Values of other ranks are seen as
  // plain images: of fewer dimensions with those in front that are missing, of more with the first
  // ones joined.
  Operand produced(ValueId id);
  // The same of whatever elements.
  Operand as_defined(ValueId id);
  // The value in blocks of `block` channels with at least this halo; converted (once) where it does
  // not exist so. In bf16 the upper halves of one in bf16x2 are it.
  Operand in_layout(ValueId id, int block, const kernels::Halo& halo = {},
                    kernels::ElementType element = kernels::ElementType::kF32);
  // The value in two halves (kernels::convert_to_halves): an image of twice the channels.
  Operand in_halves(ValueId id, const kernels::Halo& halo);
  BufferId plain(ValueId id);
  // A new buffer for the value, with the halo that its readers want.
  Operand define(ValueId id, int block, kernels::ElementType element = kernels::ElementType::kF32);
  // The same plain, whatever its type; in the memory of the value `over` where that has no other
  // reader and as many bytes.
  BufferId define_plain(ValueId id) { return buffers_.allocate(id); }
  BufferId define_plain_over(ValueId id, ValueId over);
  // The value will lie in a buffer that exists.
  void define_in(ValueId id, const Operand& operand);
  // Defines the value over an operand, the value `over`, where that has no other reader and the
  // layout fits, or anew.
  Operand define_over(ValueId id, ValueId over, const Operand& operand);
  bool may_overwrite(BufferId buffer) const { return buffers_.may_overwrite(buffer); }

  // So many bytes made of a constant, once for all Sessions of the model; and back, where that can
  // be done.
  BufferId packed_constant(ValueId id, const std::string& layout, std::size_t bytes,
                           const std::function<void(const float* from, void* to)>& pack,
                           const std::function<void(const void* from, float* to)>& unpack = {});
  BufferId constant(std::vector<float> values);
  // `count` times the value and zeros up to `room`: one for all nodes that ask for the same.
  BufferId repeated(float value, std::size_t count, std::size_t room);
  // Takes so many bytes of tables from the budget of planning; false where they do not fit.
  bool affords(std::size_t bytes);
  BufferId scratch(std::size_t floats);

  void add_step(const Node& node, const std::string& type, std::string implementation,
                Kernel kernel, std::vector<BufferId> reads, std::vector<BufferId> writes,
                std::string operands);
  // Runs the node with the reference kernel, and says why in the plan's notes.
  void add_fallback(const Node& node, const std::string& why);

  // To be called when the node has been built: its inputs have one reader less.
  void finish_node(const Node& node);
  void finish();

 private:
  kernels::ImageLayout plain_layout(ValueId id) const;
  kernels::ImageLayout layout_for(ValueId id, int block, const kernels::Halo& halo,
                                  kernels::ElementType element) const;
  // Throws kModelLimit.
  void check_possible(ValueId id, const kernels::ImageLayout& layout) const;
  // What lies around a value in a type.
  kernels::Halo halo_around(ValueId id, kernels::ElementType element) const;
  // That those want around it who read it in this type.
  kernels::Halo& wanted_halo(ValueId id, kernels::ElementType element) {
    return halos_[static_cast<std::size_t>(element)][id];
  }
  void collect_halos();
  Operand convert(ValueId id, const Operand& from, const kernels::ImageLayout& layout);
  Operand add_conversion(ValueId id, const Operand& from, const kernels::ImageLayout& layout,
                         Kernel kernel);

  const Graph& graph_;
  const BackendOptions& options_;
  PlanBuilder& plan_;
  const kernels::ImageOps& ops_;
  const kernels::TensorOps& tensor_ops_;
  const kernels::Bf16ImageOps* bf16_ops_ = nullptr;
  ValueBuffers buffers_;
  std::vector<ConvChoice> choices_;  // by node
  Bf16Values bf16_values_;
  std::array<std::vector<kernels::Halo>, std::size(kernels::kElementTypes)>
      halos_;                                  // then by value
  std::vector<bool> wanted_in_blocks_;         // by value
  std::vector<std::vector<Operand>> layouts_;  // by value; the producer's first
  std::map<std::tuple<std::uint32_t, std::size_t, std::size_t>, BufferId> repeated_;
};

inline float* floats(std::byte* p) { return reinterpret_cast<float*>(p); }

// Why there is no native kernel for a node whose tables Builder::affords() refuses.
inline constexpr const char* kNoRoom =
    "its tables do not fit into the memory that planning may take";

// Builds one node. Returns an empty string, or why there is no native kernel for it.
using NodeBuilder = std::string (*)(Builder& builder, const Node& node);
struct NodeBuilding {
  NodeBuilder build = nullptr;
  bool of_any_rank = false;  // not for float32 tensors of four dimensions alone
};
// Without a builder for an operator that has none.
NodeBuilding find_node_builder(const Operator& op);
// Whether there is one that takes operators of that type.
bool has_node_builder(const OpType& type);
// On whatever kernel there is for it.
void build_node(Builder& builder, const Node& node);
std::string build_conv2d_transpose(Builder& builder, const Node& node);
// Around its source; none where there is no native kernel for it, or for other operators.
kernels::Halo transposed_source_halo(const Graph& graph, const Node& node);
std::string build_convolution(Builder& builder, const Node& node);
// The same, or a product of matrices where the filter is no constant.
std::string build_conv2d(Builder& builder, const Node& node);
// On plain tensors.
std::string build_arg_extreme(Builder& builder, const Node& node);
std::string build_einsum(Builder& builder, const Node& node);
std::string build_matmul(Builder& builder, const Node& node);
std::string build_mul(Builder& builder, const Node& node);
std::string build_normalization(Builder& builder, const Node& node);
std::string build_softmax(Builder& builder, const Node& node);

}  // namespace u2net::engine::native
