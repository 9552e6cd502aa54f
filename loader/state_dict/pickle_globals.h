// SPDX-License-Identifier: Apache-2.0
// The names that the pickle of a state_dict refers to. No others exist for the reader.
#pragma once

#include <optional>
#include <string_view>

namespace u2net::engine {

enum class PickleGlobal {
  kReconstruct,
  kNdarray,
  kDtype,
  kEncode,
  kOrderedDict,
  kTuple,
  kBytes,
  kTorchStorage,
  kTorchTensor,
  kTorchParameter
};

std::optional<PickleGlobal> find_pickle_global(std::string_view module, std::string_view name);

}  // namespace u2net::engine
