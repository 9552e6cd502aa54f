// SPDX-License-Identifier: Apache-2.0
// What the messages of a program file take: see loader/message_size.h.
#pragma once

#include "loader/message_size.h"

namespace u2net::engine {

// Of a ProgramDesc.
const MessageShape& program_shape();

}  // namespace u2net::engine
