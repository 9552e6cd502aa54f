// SPDX-License-Identifier: Apache-2.0
// Where in a pickle the parameters are.
#pragma once

#include <string>

#include "loader/state_dict/pickle_value.h"

namespace u2net::engine {

// The root, where it is a dict that holds arrays or tensors; of a checkpoint the one dict that
// does, under a name that trainers use ("state_dict", "model", "ema", ...). Throws kModelParams
// where there are several; messages start with `where`.
PickleRef find_parameters(const Pickle& pickle, const std::string& where);

}  // namespace u2net::engine
