// SPDX-License-Identifier: Apache-2.0
// The tensors of an ONNX file: initialisers and values of attributes, inside of the file or in
// files beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "engine/graph/tensor.h"
#include "loader/byte_stream.h"
#include "onnx.pb.h"

namespace u2net::engine {

// What ONNX calls an element type, and the engine's that holds its values: of the 16-bit floats
// that is float32. Nothing for a type that the engine does not have.
struct OnnxElement {
  int number;
  std::string_view name;
  DType dtype;
  bool is_half = false;
};
const OnnxElement* find_onnx_element(int number);
// "float16", or "type number 8".
std::string onnx_element_name(int number);

// The files that hold data of a model. None lies outside of the model's folder, and all that is
// read of them is no more than they have.
class OnnxData {
 public:
  // No path: of a model in memory, which has no files.
  explicit OnnxData(std::optional<std::filesystem::path> model) : model_(std::move(model)) {}

  // `where` starts the messages.
  void read(const onnx::Tensor& tensor, const std::string& where, std::byte* destination,
            std::size_t bytes);

  std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  ByteStream& open(const std::string& location, const std::string& where);

  std::optional<std::filesystem::path> model_;
  std::map<std::string, std::uint64_t> sizes_;  // of the files that were opened
  std::optional<ByteStream> latest_;
  std::string latest_location_;
  std::uint64_t file_bytes_ = 0, taken_ = 0;
};

// Throws kModelFormat, kModelUnsupported or kModelLimit; messages start with `where`. The message
// gives up its raw data. `halves` counts the tensors that were of 16-bit floats.
Tensor read_onnx_tensor(onnx::Tensor& tensor, const std::string& where, OnnxData& data,
                        int& halves);

}  // namespace u2net::engine
