// SPDX-License-Identifier: Apache-2.0
#include "tests/support/program_builder.h"

#include <stdexcept>

#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

constexpr int kLodTensor = 7, kFeedMinibatch = 9, kFetchList = 10;

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void add_slots(google::protobuf::RepeatedPtrField<proto::OpDesc::Var>& vars,
               const ProgramBuilder::Slots& slots) {
  for (const auto& [slot, names] : slots) {
    proto::OpDesc::Var& var = *vars.Add();
    var.set_parameter(slot);
    for (const std::string& name : names) var.add_arguments(name);
  }
}

}  // namespace

std::string Record::bytes() const {
  std::string all;
  append(all, version);
  append(all, lod_levels);
  append(all, tensor_version);
  append(all, description_bytes);
  return all + description + data;
}

std::string tensor_desc(int data_type, const std::vector<std::int64_t>& dims) {
  proto::VarType::TensorDesc desc;
  desc.set_data_type(data_type);
  for (std::int64_t dim : dims) desc.add_dims(dim);
  return desc.SerializeAsString();
}

Record record_of(const Tensor& tensor) {
  Record record;
  record.description = tensor_desc(static_cast<int>(tensor.dtype()), tensor.shape());
  record.description_bytes = static_cast<std::int32_t>(record.description.size());
  record.data.assign(reinterpret_cast<const char*>(tensor.data()), tensor.bytes());
  return record;
}

ProgramBuilder::ProgramBuilder() {
  proto::BlockDesc& block = *desc_.add_blocks();
  block.set_idx(0);
  block.set_parent_idx(-1);
  desc_.mutable_version()->set_version(2006002);
  for (const auto& [name, kind] : {std::pair{"feed", kFeedMinibatch}, {"fetch", kFetchList}}) {
    proto::VarDesc& var = *block.add_vars();
    var.set_name(name);
    var.mutable_type()->set_type(kind);
    var.set_persistable(true);  // as exporters write them, though no file holds them
  }
}

proto::VarDesc& ProgramBuilder::variable(const std::string& name, int data_type,
                                         const std::vector<std::int64_t>& dims) {
  proto::VarDesc& var = *block().add_vars();
  var.set_name(name);
  var.mutable_type()->set_type(kLodTensor);
  auto* desc = var.mutable_type()->mutable_lod_tensor()->mutable_tensor();
  desc->set_data_type(data_type);
  for (std::int64_t dim : dims) desc->add_dims(dim);
  return var;
}

proto::VarDesc& ProgramBuilder::parameter(const std::string& name, Tensor tensor) {
  proto::VarDesc& var = variable(name, static_cast<int>(tensor.dtype()), tensor.shape());
  var.set_persistable(true);
  parameters_.insert_or_assign(name, std::move(tensor));
  return var;
}

proto::OpDesc& ProgramBuilder::op(const std::string& type, const Slots& inputs,
                                  const Slots& outputs, const Attributes& attributes) {
  proto::OpDesc& op = *block().add_ops();
  op.set_type(type);
  add_slots(*op.mutable_inputs(), inputs);
  add_slots(*op.mutable_outputs(), outputs);
  for (const auto& [name, value] : attributes) set_attribute(op, name, value);
  return op;
}

proto::OpDesc& ProgramBuilder::feed(const std::string& name,
                                    const std::vector<std::int64_t>& dims) {
  variable(name, 5, dims);
  return op("feed", {{"X", {"feed"}}}, {{"Out", {name}}}, {{"col", std::int64_t{feeds_++}}});
}

proto::OpDesc& ProgramBuilder::fetch(const std::string& name) {
  return op("fetch", {{"X", {name}}}, {{"Out", {"fetch"}}}, {{"col", std::int64_t{fetches_++}}});
}

std::string ProgramBuilder::program() const { return desc_.SerializePartialAsString(); }

std::vector<Record> ProgramBuilder::records() const {
  std::vector<Record> records;
  for (const auto& [name, tensor] : parameters_) records.push_back(record_of(tensor));
  return records;
}

std::string ProgramBuilder::parameters() const {
  std::string bytes;
  for (const Record& record : records()) bytes += record.bytes();
  return bytes;
}

void set_attribute(proto::OpDesc& op, const std::string& name, const Attribute& value) {
  proto::OpDesc::Attr& attr = *op.add_attrs();
  attr.set_name(name);
  if (const auto* flag = std::get_if<bool>(&value)) {
    attr.set_type(6);
    attr.set_b(*flag);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    attr.set_type(0);
    attr.set_i(static_cast<std::int32_t>(*number));
  } else if (const auto* real = std::get_if<double>(&value)) {
    attr.set_type(1);
    attr.set_f(static_cast<float>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    attr.set_type(2);
    attr.set_s(*text);
  } else if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value)) {
    attr.set_type(3);
    for (std::int64_t n : *numbers) attr.add_ints(static_cast<std::int32_t>(n));
  } else {
    throw std::logic_error("attribute '" + name + "' of a type that tests do not need");
  }
}

ProgramBuilder small_program() {
  Random random("small program");
  ProgramBuilder b;
  b.feed("image", {-1, 3, 8, 8});
  b.parameter("w", uniform(random, {4, 3, 3, 3}));
  b.parameter("b", uniform(random, {4}));
  for (const char* name : {"conv", "sum", "out"}) b.variable(name);
  b.op("conv2d", {{"Input", {"image"}}, {"Filter", {"w"}}}, {{"Output", {"conv"}}},
       {{"paddings", std::vector<std::int64_t>{1, 1}}});
  b.op("elementwise_add", {{"X", {"conv"}}, {"Y", {"b"}}}, {{"Out", {"sum"}}},
       {{"axis", std::int64_t{1}}});
  b.op("relu", {{"X", {"sum"}}}, {{"Out", {"out"}}});
  b.fetch("out");
  return b;
}

}  // namespace u2net::engine::test
