// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "framework.pb.h"
#include "loader/paddle/attributes.h"

namespace u2net::engine {

// The attributes of an operator, without those that only debuggers and trainers read. Throws
// kModelFormat where one has no value.
Attributes read_attributes(const proto::OpDesc& op);

// Appends them: integers as INT, reals as FLOAT, lists alike. Throws kInternal for an integer that
// does not fit.
void write_attributes(const Attributes& attributes, proto::OpDesc& op);

}  // namespace u2net::engine
