// SPDX-License-Identifier: Apache-2.0
// Paddle programs by hand, with everything that can be wrong about them. Parameter files too.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/tensor.h"
#include "framework.pb.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine::test {

// The parts of one parameter record, each of which a test may falsify.
struct Record {
  std::uint32_t version = 0;
  std::uint64_t lod_levels = 0;
  std::uint32_t tensor_version = 0;
  std::string description;  // a serialized TensorDesc
  std::int32_t description_bytes = 0;
  std::string data;

  std::string bytes() const;
};

Record record_of(const Tensor& tensor);
std::string tensor_desc(int data_type, const std::vector<std::int64_t>& dims);

class ProgramBuilder {
 public:
  using Slots = std::vector<std::pair<std::string, std::vector<std::string>>>;

  ProgramBuilder();

  // The whole message, to do to it what the functions below do not.
  proto::ProgramDesc& desc() { return desc_; }
  proto::BlockDesc& block() { return *desc_.mutable_blocks(0); }

  proto::VarDesc& variable(const std::string& name, int data_type = 5,
                           const std::vector<std::int64_t>& dims = {});
  proto::VarDesc& parameter(const std::string& name, Tensor tensor);
  proto::OpDesc& op(const std::string& type, const Slots& inputs, const Slots& outputs,
                    const Attributes& attributes = {});
  // Declares the variable too. Columns count up.
  proto::OpDesc& feed(const std::string& name, const std::vector<std::int64_t>& dims);
  proto::OpDesc& fetch(const std::string& name);

  const Tensor& tensor(const std::string& name) const { return parameters_.at(name); }
  std::string program() const;
  // In the order of a combined file.
  std::vector<Record> records() const;
  std::string parameters() const;

 private:
  proto::ProgramDesc desc_;
  std::map<std::string, Tensor> parameters_;
  int feeds_ = 0, fetches_ = 0;
};

void set_attribute(proto::OpDesc& op, const std::string& name, const Attribute& value);

// image [-1,3,8,8] -> conv2d with filter 'w' [4,3,3,3] -> + 'b' [4] along axis 1 -> relu -> fetch:
// what the tests start from. Values from a fixed seed.
ProgramBuilder small_program();

}  // namespace u2net::engine::test
