// SPDX-License-Identifier: Apache-2.0
// A Python pickle (protocols 2 to 4) read as data. The reader knows the opcodes and the names that
// the state_dict of a Paddle or PyTorch model needs; "calling" one of those names means making one
// kind of plain value of its arguments. Nothing is imported, constructed or executed, and
// everything else in a pickle is an error that names it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "loader/state_dict/pickle_value.h"

namespace u2net::engine {

// `bytes` must outlive the result. With `used`, which is told how long the pickle is, other bytes
// may come behind it. Throws kModelParams, kModelUnsupported (other protocols) or
// kModelLimit; messages start with "cannot load parameters 'name': ".
Pickle read_pickle(std::span<const std::byte> bytes, const std::string& name,
                   std::size_t* used = nullptr);

}  // namespace u2net::engine
