// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "api/internals.h"
#include "engine/base/text.h"
#include "engine/graph/tensor.h"
#include "engine/plan/prepare.h"

namespace u2net {

using engine::str_cat;
inline namespace v1 {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += str_cat(text.empty() ? "'" : ", '", name, "'");
  return text;
}

std::size_t find(const std::vector<std::string>& names, std::string_view name, const char* what) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) {
    throw Error(ErrorCode::kInputShape,
                str_cat("no ", what, " named '", name, "'; this model has: ", quoted_list(names)));
  }
  return static_cast<std::size_t>(it - names.begin());
}

std::size_t checked_index(std::size_t index, std::size_t count, const char* what) {
  if (index >= count) {
    throw Error(ErrorCode::kInputShape,
                str_cat("no ", what, " ", index, "; this model has ", count));
  }
  return index;
}

}  // namespace

struct Session::Impl {
  Impl(const Model& shared, const engine::SessionOptions& chosen)
      : model(shared), options(chosen), session(session_of(shared, chosen)) {
    const auto& network = Internals::of(model);
    for (const engine::PortInfo& port : network.inputs) input_names.push_back(port.name);
    copies.resize(input_names.size());
    fed.resize(input_names.size());
    outputs.resize(network.outputs.size());
  }

  const std::vector<std::string>& output_names() const { return Internals::of(model).outputs; }

  // The bytes of a value that the input can take.
  std::size_t check(std::size_t index, const TensorView& value) const;
  void borrow(std::size_t index, const TensorView& value, const void* data);
  void copy(std::size_t index, const TensorView& value);
  void check_inputs_are_set() const;
  void run();
  const TensorView& output(std::size_t index) const;

  Model model;
  engine::SessionOptions options;
  std::unique_ptr<engine::Session> session;
  std::vector<std::string> input_names;
  std::vector<engine::AlignedBuffer> copies;  // of the inputs that were not borrowed
  std::vector<engine::TensorView> fed;        // what the session is given; null data: not set
  std::vector<TensorView> outputs;
  bool has_run = false;
  Busy busy;
};

std::size_t Session::Impl::check(std::size_t index, const TensorView& value) const {
  const engine::PortInfo& port = Internals::of(model).inputs[index];
  at_boundary([&] {
    check_input(port.name, port.type, static_cast<engine::DType>(value.dtype()), value.shape());
  });
  const std::size_t bytes = value.bytes();
  if (value.data() == nullptr)
    throw Error(ErrorCode::kInputShape, str_cat("input '", port.name, "': no data"));
  return bytes;
}

void Session::Impl::borrow(std::size_t index, const TensorView& value, const void* data) {
  engine::TensorView& input = fed[index];
  input.dtype = static_cast<engine::DType>(value.dtype());
  input.shape.assign(value.shape().begin(), value.shape().end());
  input.data = const_cast<void*>(data);  // inputs are only ever read
}

void Session::Impl::copy(std::size_t index, const TensorView& value) {
  const std::size_t bytes = check(index, value);
  engine::AlignedBuffer& buffer = copies[index];
  if (buffer.bytes() < bytes) {
    engine::AlignedBuffer larger(bytes);
    fed[index].data = nullptr;
    buffer = std::move(larger);
  }
  std::memcpy(buffer.data(), value.data(), bytes);
  borrow(index, value, buffer.data());
}

void Session::Impl::check_inputs_are_set() const {
  for (std::size_t i = 0; i < fed.size(); ++i) {
    if (fed[i].data == nullptr)
      throw Error(ErrorCode::kInputShape, str_cat("input '", input_names[i], "' was not set"));
  }
}

void Session::Impl::run() {
  check_inputs_are_set();
  has_run = false;
  const std::vector<engine::TensorView>& results =
      at_boundary([&]() -> const std::vector<engine::TensorView>& { return session->run(fed); });
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto dtype = static_cast<DType>(results[i].dtype);
    if (outputs[i].dtype() == dtype && outputs[i].shape() == results[i].shape) {
      outputs[i].set_data(results[i].data);
    } else {
      outputs[i] = TensorView(dtype, results[i].shape, results[i].data);
    }
  }
  has_run = true;
}

const TensorView& Session::Impl::output(std::size_t index) const {
  checked_index(index, outputs.size(), "output");
  if (!has_run) throw Error(ErrorCode::kUsage, "there are no outputs before a run");
  return outputs[index];
}

Session::Session(const Model& model, const SessionOptions& options) {
  at_boundary([&] { impl_ = std::make_unique<Impl>(model, session_options(model, options)); });
}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&& other) noexcept {
  if (this != &other) {
    drop(impl_);
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Session::~Session() { drop(impl_); }

Session Session::clone() const {
  const SessionOptions same = {impl_->options.threads, impl_->options.max_arena_bytes};
  return Session(impl_->model, same);
}

Model Session::model() const { return impl_->model; }
int Session::threads() const { return impl_->session->threads(); }

void Session::set_input(std::size_t index, const TensorView& value) {
  const Alone alone(impl_->busy, "Session");
  impl_->copy(checked_index(index, impl_->fed.size(), "input"), value);
}
void Session::set_input(std::string_view name, const TensorView& value) {
  set_input(find(impl_->input_names, name, "input"), value);
}
void Session::borrow_input(std::size_t index, const TensorView& value) {
  const Alone alone(impl_->busy, "Session");
  impl_->check(checked_index(index, impl_->fed.size(), "input"), value);
  impl_->borrow(index, value, value.data());
}
void Session::borrow_input(std::string_view name, const TensorView& value) {
  borrow_input(find(impl_->input_names, name, "input"), value);
}

void Session::run() {
  const Alone alone(impl_->busy, "Session");
  impl_->run();
}

std::vector<Tensor> Session::run(const std::vector<TensorView>& inputs) {
  const Alone alone(impl_->busy, "Session");
  if (inputs.size() != impl_->fed.size()) {
    throw Error(ErrorCode::kInputShape,
                str_cat("the model has ", impl_->fed.size(), " inputs, got ", inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) impl_->check(i, inputs[i]);
  for (std::size_t i = 0; i < inputs.size(); ++i) impl_->borrow(i, inputs[i], inputs[i].data());
  struct Forget {  // what was borrowed may be gone after the call
    Impl& impl;
    ~Forget() {
      for (engine::TensorView& input : impl.fed) input.data = nullptr;
    }
  } const forget{*impl_};
  impl_->run();
  std::vector<Tensor> results;
  for (const TensorView& output : impl_->outputs) results.emplace_back(output);
  return results;
}

const TensorView& Session::borrow_output(std::size_t index) const { return impl_->output(index); }
const TensorView& Session::borrow_output(std::string_view name) const {
  return impl_->output(find(impl_->output_names(), name, "output"));
}
Tensor Session::output(std::size_t index) const { return Tensor(borrow_output(index)); }
Tensor Session::output(std::string_view name) const { return Tensor(borrow_output(name)); }

Precision Session::precision() {
  const Alone alone(impl_->busy, "Session");
  impl_->check_inputs_are_set();
  return at_boundary([&] {
    return impl_->session->plans()
               ? static_cast<Precision>(impl_->session->prepare(impl_->fed).precision.taken)
               : Precision::kF32;
  });
}

std::size_t Session::memory_bytes() {
  const Alone alone(impl_->busy, "Session");
  impl_->check_inputs_are_set();
  return at_boundary([&]() -> std::size_t {
    return impl_->session->plans() ? impl_->session->prepare(impl_->fed).arena_bytes : 0;
  });
}

}  // namespace v1
}  // namespace u2net
