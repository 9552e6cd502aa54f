// SPDX-License-Identifier: Apache-2.0
// What torch.save wrote: a state dict, or a checkpoint with one in it. Since PyTorch 1.6 that is a
// ZIP archive, "x/data.pkl" with a pickle and "x/data/KEY" with the elements; before, a row of
// pickles with the elements behind them. The pickle describes each tensor by a storage, an offset,
// a shape and strides, all of which are checked. As everywhere, nothing in it is executed.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "loader/state_dict/state_dict.h"

namespace u2net::engine {

// By the first bytes.
bool looks_like_torch(std::span<const std::byte> head);

// See read_state_dict(). Names are PyTorch's.
StateDict read_torch_file(std::span<const std::byte> bytes, const std::string& name);

}  // namespace u2net::engine
