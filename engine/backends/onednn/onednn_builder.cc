// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/onednn/onednn_builder.h"

#include <oneapi/dnnl/dnnl_debug.h>

#include <algorithm>
#include <functional>
#include <new>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/graph/op.h"
#include "engine/graph/work_budget.h"
#include "engine/ops/concat.h"
#include "engine/plan/weight_cache.h"

namespace u2net::engine::onednn {
namespace {

void check(dnnl_status_t status, const std::string& what) {
  check_memory(status);
  if (status != dnnl_success) {
    throw_error(ErrorCode::kInternal, "oneDNN failed on ", what, " (status ",
                static_cast<int>(status), ")");
  }
}

class PrimitiveStep : public Step {
 public:
  PrimitiveStep(std::shared_ptr<Context> context, std::string node, dnnl::primitive primitive,
                std::string implementation, const std::vector<Operand>& operands)
      : context_(std::move(context)),
        node_(std::move(node)),
        primitive_(std::move(primitive)),
        implementation_(std::move(implementation)) {
    for (const Operand& o : operands) {
      memories_.emplace_back(o.layout, context_->engine, static_cast<void*>(DNNL_MEMORY_NONE));
      arguments_.push_back({o.argument, memories_.back().get()});
      buffers_.push_back(o.buffer);
    }
  }

  void bind(const Bindings& bindings) override {
    for (std::size_t i = 0; i < buffers_.size(); ++i)
      memories_[i].set_data_handle(bindings[buffers_[i]]);
  }

  // The C function: dnnl::primitive::execute would build its argument array anew in every run.
  void run(kernels::ThreadPool&) override {
    check(dnnl_primitive_execute(primitive_.get(), context_->stream.get(),
                                 static_cast<int>(arguments_.size()), arguments_.data()),
          node_);
  }

  std::string implementation() const override { return implementation_; }

 private:
  std::shared_ptr<Context> context_;
  std::string node_;
  dnnl::primitive primitive_;
  std::string implementation_;
  std::vector<memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
  std::vector<BufferId> buffers_;
};

// The layouts in which channels of one image lie behind each other, widest block first.
constexpr struct {
  memory::format_tag tag;
  std::int64_t block;
} kChannelLayouts[] = {{memory::format_tag::nChw16c, 16},
                       {memory::format_tag::nChw8c, 8},
                       {memory::format_tag::nchw, 1}};

// Of a primitive, and of the code of one that is new, as measured with oneDNN 2.6 on the sizes that
// it is slow to write code for.
constexpr double kStepBytes = 4096, kCodeBytes = 64 << 10;
constexpr double kStepWork = 2e4;

double code_work(std::string_view type) {
  const auto is = [type](std::string_view part) { return type.find(part) != type.npos; };
  if (is("interp")) return 4e6;
  if (is("conv2d")) return 3e6;
  return is("pool2d") || is("reorder") ? 2e6 : 2e5;
}

}  // namespace

void check_memory(dnnl_status_t status) {
  if (status == dnnl_out_of_memory) throw std::bad_alloc();
}

Builder::Builder(const Graph& graph, const BackendOptions& options, PlanBuilder& plan)
    : graph_(graph),
      options_(options),
      plan_(plan),
      context_(std::make_shared<Context>()),
      buffers_(graph, plan),
      layouts_(graph.values.size()) {}

bool Builder::is_image(ValueId id) const {
  const TensorType& type = graph_.type_of(id);
  return type.dtype == DType::kFloat32 && type.shape.size() == 4;
}

memory::dims Builder::dims(ValueId id) const { return graph_.type_of(id).shape; }

memory::desc Builder::plain_layout(const Shape& shape) {
  if (shape.empty())
    return plain_layout(Shape{1});  // of no dimension oneDNN takes there to be nothing
  memory::dims strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return {shape, memory::data_type::f32, strides};
}

memory::desc Builder::plain_layout(ValueId id) const {
  return plain_layout(graph_.type_of(id).shape);
}

memory::desc Builder::any_layout(ValueId id, memory::data_type element) const {
  return {dims(id), element, memory::format_tag::any};
}

Place Builder::produced(ValueId id) {
  if (layouts_[id].empty()) layouts_[id].push_back({plain_layout(id), buffers_.plain(id)});
  return layouts_[id].front();
}

Place Builder::unpadded(ValueId id, double factor) {
  const Place h = produced(id);
  const memory::desc plain = plain_layout(id);
  const bool padded =
      static_cast<double>(h.layout.get_size()) > factor * static_cast<double>(plain.get_size());
  return padded ? in_layout(id, plain) : h;
}

Place Builder::in_layout(ValueId id, const memory::desc& layout) {
  const Place from = produced(id);
  for (const Place& h : layouts_[id]) {
    if (h.layout == layout) return h;
  }
  const Place to{layout, define(id, layout)};
  add_reorder(id, from, to);
  return to;
}

BufferId Builder::define(ValueId id, const memory::desc& layout) {
  const BufferId buffer = plan_.add_arena(layout.get_size());
  define_in(id, layout, buffer);
  return buffer;
}

void Builder::define_in(ValueId id, const memory::desc& layout, BufferId buffer) {
  layouts_[id].push_back({layout, buffer});
  if (layout == plain_layout(id)) {
    buffers_.assign(id, buffer);
  } else {
    buffers_.add_readers(id, buffer);
  }
}

bool Builder::affords(std::size_t bytes) {
  return !options_.budget || options_.budget->take({.bytes = static_cast<double>(bytes)});
}

bool Builder::affords_packed(ValueId id, const memory::desc& plain, const memory::desc& wanted) {
  if (plain == wanted) return true;
  const std::pair key(graph_.constant(id), layout_key(wanted));
  if (packed_.contains(key)) return true;
  if (!affords(wanted.get_size())) return false;
  packed_.insert(key);
  return true;
}

bool Builder::has_room(std::size_t primitives) const {
  const auto count = static_cast<double>(primitives);
  return !options_.budget ||
         options_.budget->fits({.bytes = count * kStepBytes, .work = count * kStepWork});
}

// oneDNN writes code for every new problem, which takes milliseconds for some of them, and finds it
// again for the next one.
void Builder::count(const std::string& type, const std::string& implementation,
                    const std::vector<Operand>& operands) {
  if (!options_.budget) return;
  std::size_t key = std::hash<std::string>()(type + implementation);
  for (const Operand& o : operands)
    key = key * 31 + layout_hash(o.layout) + static_cast<std::size_t>(o.argument);
  Cost cost{.bytes = kStepBytes, .work = kStepWork};
  if (made_.insert(key).second) {
    cost.bytes += kCodeBytes;
    cost.work += code_work(type);
  }
  options_.budget->spend(cost);
}

BufferId Builder::packed_constant(ValueId id, const memory::desc& plain,
                                  const memory::desc& wanted) {
  const Value& value = graph_.values[id];
  const std::size_t bytes = wanted.get_size();
  if (plain == wanted) {
    return plan_.add_constant(std::shared_ptr<const void>(value.constant, value.constant->data()),
                              bytes);
  }
  const auto pack = [&]() -> std::shared_ptr<const void> {
    auto buffer = std::make_shared<AlignedBuffer>(bytes);
    memory source(plain, engine(), value.constant->data());
    memory packed(wanted, engine(), buffer->data());
    dnnl::reorder(source, packed).execute(context_->stream, source, packed);
    context_->stream.wait();
    return {buffer, buffer->data()};
  };
  return plan_.add_constant(options_.weights->get(value.constant, layout_key(wanted), bytes, pack),
                            bytes);
}

dnnl::primitive_attr Builder::attributes() const {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

void Builder::add_primitive(const Node& node, const std::string& type,
                            const dnnl::primitive& primitive, const memory::desc& scratchpad,
                            const std::string& implementation, std::vector<Operand> reads,
                            Operand write) {
  PrimitiveCall call = primitive_call(node.name, type, primitive, scratchpad, implementation,
                                      std::move(reads), std::move(write));
  plan_.add_step(node, type, std::move(call.step), std::move(call.reads), std::move(call.writes));
}

Builder::PrimitiveCall Builder::primitive_call(const std::string& name, const std::string& type,
                                               const dnnl::primitive& primitive,
                                               const memory::desc& scratchpad,
                                               const std::string& implementation,
                                               std::vector<Operand> reads, Operand write) {
  PrimitiveCall call;
  for (const Operand& o : reads) call.reads.push_back(o.buffer);
  call.writes = {write.buffer};
  std::vector<Operand> operands = std::move(reads);
  operands.push_back(std::move(write));
  for (const Operand& o : operands) {
    const std::size_t there = plan_.buffer(o.buffer).bytes, needed = o.layout.get_size();
    if (there < needed)
      throw_error(ErrorCode::kInternal, type, " '", name, "': an operand of ", needed,
                  " bytes in a buffer of ", there);
  }
  count(type, implementation, operands);
  if (scratchpad.get_size() > 0) {
    operands.push_back({DNNL_ARG_SCRATCHPAD, scratchpad, plan_.add_arena(scratchpad.get_size())});
    call.writes.push_back(operands.back().buffer);
  }
  if (implementation.starts_with("ref")) {
    plan_.warn(str_cat(type, " '", name, "': oneDNN has only its reference implementation '",
                       implementation, "' for it: expect it to be slow"));
  }
  call.step = std::make_unique<PrimitiveStep>(context_, str_cat(type, " '", name, "'"), primitive,
                                              implementation, operands);
  return call;
}

void Builder::add_reorder(ValueId id, const Place& from, const Place& to, const Node* node) {
  const dnnl::reorder::primitive_desc pd(engine(), from.layout, engine(), to.layout, attributes());
  const std::string& name = graph_.values[id].name;
  PrimitiveCall call = primitive_call(
      name, "reorder", dnnl::reorder(pd), pd.scratchpad_desc(), pd.impl_info_str(),
      {{DNNL_ARG_FROM, from.layout, from.buffer}}, {DNNL_ARG_TO, to.layout, to.buffer});
  plan_.add_move(id, name, "reorder", std::move(call.step), std::move(call.reads),
                 std::move(call.writes), {}, node);
}

void Builder::add_fallback(const Node& node, const std::string& why) {
  plan_.decide_fallback(node, "onednn", why);
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) {
      if (!layouts_[id].empty()) plain(id);  // others are plain already
    }
  }
  // add_reference_node() releases the plain buffers itself: count them once more for finish_node().
  add_reference_node(graph_, node, /*share_memory=*/true, buffers_, plan_);
  for (const auto& slot : node.inputs) {
    for (ValueId id : slot) buffers_.retain(buffers_.plain(id));
  }
  for (const auto& slot : node.outputs) {
    for (ValueId id : slot) {
      if (graph_.type_of(id).dtype == DType::kFloat32)
        layouts_[id] = {{plain_layout(id), buffers_.plain(id)}};
    }
  }
}

std::optional<Plan> plan_reorder(const Shape& dims, const std::string& from,
                                 const std::string& to) {
  const auto tag = [](const std::string& name) {
    for (int t = dnnl_format_tag_any + 1; t < dnnl_format_tag_last; ++t) {
      const auto candidate = static_cast<dnnl_format_tag_t>(t);
      if (name == dnnl_fmt_tag2str(candidate)) return static_cast<memory::format_tag>(candidate);
    }
    return memory::format_tag::undef;
  };
  const memory::format_tag from_tag = tag(from), to_tag = tag(to);
  if (from_tag == memory::format_tag::undef || to_tag == memory::format_tag::undef)
    return std::nullopt;
  try {
    const auto context = std::make_shared<Context>();
    const memory::desc src(dims, memory::data_type::f32, from_tag),
        dst(dims, memory::data_type::f32, to_tag);
    const dnnl::reorder::primitive_desc pd(context->engine, src, context->engine, dst);
    const auto elements = [](const memory::desc& layout) {
      return static_cast<std::int64_t>(layout.get_size() / sizeof(float));
    };
    PlanBuilder builder(std::make_shared<const Graph>());
    const BufferId in = builder.add_input(0, src.get_size()),
                   out = builder.add_arena(dst.get_size());
    const std::vector<Operand> operands = {{DNNL_ARG_FROM, src, in}, {DNNL_ARG_TO, dst, out}};
    builder.add_move(0, "node", "reorder",
                     std::make_unique<PrimitiveStep>(context, "reorder", dnnl::reorder(pd),
                                                     pd.impl_info_str(), operands),
                     {in}, {out}, str_cat(from, " -> ", to));
    builder.add_output({"dst", {DType::kFloat32, {elements(dst)}}, out});
    return builder.finish();
  } catch (const dnnl::error& e) {
    check_memory(e.status);
    return std::nullopt;
  }
}

bool Builder::join_in_place(const Node& node) {
  const std::vector<ValueId>& parts = node.inputs[Concat::kX];
  const ValueId whole = node.output();
  if (!is_image(whole) || dims(whole)[0] != 1 || op_as<Concat>(node)->axis(4) != 1) return false;
  for (const auto& [tag, block] : kChannelLayouts) {
    const auto layout = [&, tag = tag](ValueId id) {
      return memory::desc(dims(id), memory::data_type::f32, tag);
    };
    std::size_t in_place_bytes = 0;
    bool aligned = true;
    for (ValueId part : parts) {
      aligned = aligned && dims(part)[1] % block == 0;
      if (unpadded(part, 1).layout == layout(part)) in_place_bytes += layout(part).get_size();
    }
    if (!aligned || in_place_bytes * 2 < layout(whole).get_size()) continue;
    const BufferId joined = define(whole, layout(whole));
    std::size_t offset = 0;
    for (ValueId part : parts) {
      Place h = unpadded(part, 1);
      const bool writes_here = h.layout == layout(part) && plan_.is_arena(h.buffer) &&
                               plan_.buffer(h.buffer).parent == kNoBuffer && h.buffer != joined &&
                               !plan_.buffer(h.buffer).has_children;
      if (!writes_here) {
        const Place copy{layout(part), plan_.add_arena(layout(part).get_size())};
        add_reorder(part, h, copy, &node);
        h = copy;
      }
      plan_.place_inside(h.buffer, joined, offset);
      offset += layout(part).get_size();
    }
    return true;
  }
  return false;
}

void Builder::finish_node(const Node& node) { buffers_.release_inputs(node, layouts_); }

void Builder::finish() {
  for (const Port& port : graph_.outputs) {
    if (!layouts_[port.value].empty()) plain(port.value);
  }
  add_outputs(graph_, buffers_, plan_);
}

}  // namespace u2net::engine::onednn
