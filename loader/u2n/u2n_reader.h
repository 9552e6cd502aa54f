// SPDX-License-Identifier: Apache-2.0
// A .u2n file -> Graph with its weights, which stay in the file: see u2n_format.h.
#pragma once

#include "loader/byte_stream.h"
#include "loader/load_model.h"

namespace u2net::engine {

// The instruction set that the native kernels are made for; packed weights of another are not
// looked at.
std::string kernels_of_this_processor();

// Throws kModelFormat for a file that is damaged, or is no such file at all; else as load_model().
LoadedModel read_u2n(ByteStream stream, GraphStage stage);

}  // namespace u2net::engine
