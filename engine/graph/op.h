// SPDX-License-Identifier: Apache-2.0
// What an op file provides: an operator made from a plain struct of its parameters, the roles of
// its operands, the shapes of its outputs, what it costs, and how to run it with the reference
// kernels. It belongs to no file format: a loader decodes what a program says into that struct
// (loader/<format>/ops). An Operator is immutable once made.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "engine/graph/graph.h"
#include "engine/graph/tensor.h"
#include "kernels/base/parallel.h"

namespace u2net::engine {

class WorkBudget;

struct SlotInfo {
  std::string_view name;  // the operand's role, as messages and pictures call it: "Filter"
  bool required = true;
  bool list = false;  // may hold several values
};

// What all operators of one name share. The name is what people see, and what lists (of kernels,
// of bounds, of shapes) go by; a format may call the operator otherwise.
struct OpType {
  std::string_view name;  // "conv2d"
  std::span<const SlotInfo> inputs;
  std::span<const SlotInfo> outputs;
};

// The view that infer() and specialized() have of a node whose input types are known.
class Inference {
 public:
  // Computes the value of an input from constants, shapes and (where given) the fed tensors, or
  // throws when it depends on anything else. See engine/graph/infer.h.
  // The tensor lives as long as the graph, or as who computes it.
  using Evaluate = std::function<const Tensor*(ValueId)>;

  // What looking at operands takes is taken from `budget`, where there is one.
  Inference(Graph& graph, const Node& node, Evaluate evaluate, WorkBudget* budget = nullptr)
      : graph_(graph), node_(node), evaluate_(std::move(evaluate)), budget_(budget) {}

  bool has(int slot) const { return node_.has_input(slot); }
  int count(int slot) const { return static_cast<int>(node_.inputs[slot].size()); }
  const TensorType& input(int slot, int index = 0) const {
    return graph_.type_of(node_.inputs[slot][index]);
  }
  // Of sizes, axes and factors: a handful of elements, or it throws kModelUnsupported.
  const Tensor& value(int slot, int index = 0) const;
  // For whoever looks at every element of a weight, which many nodes may share. Throws kModelLimit.
  void take_work(double work) const;
  // The weight (or folded value) behind an input, or null.
  const Tensor* constant(int slot) const { return graph_.constant(node_.input(slot)); }

  bool has_output(int slot) const { return !node_.outputs[slot].empty(); }
  int output_count(int slot = 0) const { return static_cast<int>(node_.outputs[slot].size()); }
  // Of every value in the slot, or of one.
  void set_output(int slot, const TensorType& type);
  void set_output(int slot, int index, const TensorType& type);
  const TensorType& output(int slot = 0) const {
    return graph_.type_of(node_.outputs[slot].front());
  }

  // Throws kModelFormat with the operator and node named.
  [[noreturn]] void fail(const char* why) const;
  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail(const Pieces&... why) const {
    const TextPiece list[] = {TextPiece(why)...};
    fail_with(list);
  }
  template <class... Pieces>
  [[noreturn]] inline __attribute__((always_inline)) void fail_unsupported(
      const Pieces&... why) const {
    const TextPiece list[] = {TextPiece(why)...};
    fail_unsupported_with(list);
  }
  // fail_unsupported() unless the input's type is among `allowed`.
  void require_dtype(int slot, std::initializer_list<DType> allowed) const;

 private:
  [[noreturn]] void fail_with(TextPieces why) const;
  [[noreturn]] void fail_unsupported_with(TextPieces why) const;

  Graph& graph_;
  const Node& node_;
  Evaluate evaluate_;
  WorkBudget* budget_;
};

// The operands of one execution.
struct Operands {
  const std::vector<std::vector<TensorView>>* inputs;   // by slot
  const std::vector<std::vector<TensorView>>* outputs;  // by slot
  kernels::ThreadPool* pool;

  bool has(int slot) const {
    return static_cast<std::size_t>(slot) < inputs->size() && !(*inputs)[slot].empty();
  }
  const std::vector<TensorView>& all(int slot) const { return (*inputs)[slot]; }
  const TensorView& input(int slot, int index = 0) const { return (*inputs)[slot][index]; }
  const TensorView& output(int slot = 0, int index = 0) const { return (*outputs)[slot][index]; }
};

// What a value is in a run with a batch of images.
enum class ImageRole : std::uint8_t {
  kFixed,   // the same whatever the inputs
  kImages,  // dimension 0 runs over the images
  kSizes,   // follows from shapes, and so perhaps from the number of images
};

// The parameters of an operator that matter, as (name, text), for people to read.
struct Description : std::vector<std::pair<std::string, std::string>> {
  struct Line {
    const char* name;
    TextPiece text;
  };
  Description() = default;
  Description(std::initializer_list<Line> lines);
  void add(std::string_view name, TextPiece text);
};

class Operator {
 public:
  explicit Operator(const OpType& type) : type_(&type) {}
  virtual ~Operator() = default;

  const OpType& type() const { return *type_; }

  // Checks the inputs and sets the type of every output.
  virtual void infer(Inference& in) const = 0;

  // Runs the reference kernel. The operands have the inferred shapes, and the operator is
  // specialized(): what decided a shape is never read again from an operand, which another kernel
  // may have computed with other roundings than planning did.
  virtual void run_reference(const Operands& operands) const = 0;

  // The same operator with everything that its size inputs (OutSize, ShapeTensor, AxisTensor, ...)
  // say turned into parameters, so that only the data slots are read, whatever is still connected
  // to the others; null when there is nothing to turn. A factor (ScaleTensor) is turned where it is
  // constant: no memory depends on it.
  virtual std::shared_ptr<const Operator> specialized(Inference&) const { return nullptr; }
  // Whether specialized() leaves the operand to be read: slot 0, and others whose elements it
  // computes with.
  virtual bool is_data_slot(int slot) const { return slot == 0; }
  // Whether specialized() gave this operator and `other`, of the same node for another number of
  // images, the same to do with each image. What shapes tell needs no look.
  virtual bool specialized_alike(const Operator& /*other*/) const { return true; }

  // The input slot whose memory the output may take over, element for element; -1 for none.
  virtual int in_place_slot() const { return -1; }
  // The output is input 0 under another shape (or the same): no work where memory can be shared.
  virtual bool is_view() const { return false; }

  // The result follows from the shape of input 0: its elements are never read.
  virtual bool reads_shape_only() const { return false; }

  // With inputs of these roles (by value) the images do not meet: dimension 0 of every output runs
  // over images, and the results of one are those of a run with that image alone. All types are
  // known.
  virtual bool keeps_images_apart(const Graph&, const Node&,
                                  const std::vector<ImageRole>& /*roles*/) const {
    return false;
  }

  // Multiply-accumulate operations of one execution, 0 for operators that are not counted.
  virtual double macs(const Graph&, const Node&) const { return 0; }

  // What the reference kernel has to do: its products, or the elements that it reads and writes,
  // whichever are more; an upper bound where that is easier to tell. See
  // engine/graph/work_budget.h.
  virtual double work(const Graph& graph, const Node& node) const;

  virtual Description describe() const { return {}; }

 private:
  const OpType* type_;
};

// For Operator::keeps_images_apart(): exactly the inputs of these slots are images, and the others
// are fixed, but for slots that say nothing but the size of the output.
bool only_images_in(const Node& node, const std::vector<ImageRole>& roles,
                    std::initializer_list<int> slots, std::initializer_list<int> size_slots = {});

// For operators whose operands are repeated to the shape of the output, aligned at its end: every
// input is images of the output's rank, or fixed and repeated over them.
bool only_images_or_repeated(const Graph& graph, const Node& node,
                             const std::vector<ImageRole>& roles);

// Takes over what was just made, also where it throws, under a counter for Operator.
std::shared_ptr<Operator> share(Operator* made);
std::shared_ptr<const Operator> share_const(const Operator* made);

// std::make_shared for operators: one kind of counter serves all classes, where each would have its
// own, with tables and functions that come to as much as a small operator.
template <class T, class... Arguments>
std::shared_ptr<const Operator> make_operator(Arguments&&... arguments) {
  return share_const(new T(std::forward<Arguments>(arguments)...));
}

// The same, for whoever has more to say to it first.
template <class T, class... Arguments>
std::shared_ptr<T> make_mutable_operator(Arguments&&... arguments) {
  auto* op = new T(std::forward<Arguments>(arguments)...);
  return {share(op), op};
}

// "operator 'conv2d' ('conv2d_0.tmp_0')", for messages.
std::string text_of(const Node& node);

// The node's operator as the given class, or null if it is another.
template <class T>
const T* op_as(const Node& node) {
  return dynamic_cast<const T*>(node.op.get());
}

}  // namespace u2net::engine
