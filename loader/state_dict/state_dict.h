// SPDX-License-Identifier: Apache-2.0
// The parameters of a model by the names that its code gives them: a `.pdparams` file as written by
// paddle.save(layer.state_dict(), path), that is, a pickle of numpy arrays; or what torch.save
// wrote (torch_file.h), with Paddle's names for statistics. A checkpoint may have them in a dict of
// it. It is read as data; a pickle that refers to anything else is refused and nothing in it is
// executed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "engine/graph/tensor.h"
#include "loader/half_float.h"

namespace u2net::engine {

struct StateDict {
  std::map<std::string, std::shared_ptr<const Tensor>> tensors;  // "stage1.rebnconv1.bn_s1.weight"
  // Of those of them for which the file says it: the name of Paddle's parameter,
  // "batch_norm_1.w_0".
  std::map<std::string, std::string> parameter_names;
  // How many were of float64 or of 16-bit floats, and were converted to float32.
  int converted = 0;
};

// For readers of state dicts: the same elements as float32 where they are other floating-point
// numbers, `half` telling what int16 are; counted.
Tensor as_float32(Tensor tensor, HalfFloat half, StateDict& state);

// Parameters that Paddle cut into slices are whole again. Throws Error with the codes
// kModelNotFound, kModelParams, kModelUnsupported or kModelLimit; the message names the file, and
// the parameter where there is one. Thread-safe.
StateDict load_state_dict(const std::filesystem::path& path);

// The same for a file in memory; `name` is for messages.
StateDict read_state_dict(std::span<const std::byte> bytes, const std::string& name);

}  // namespace u2net::engine
