// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/attributes.h"
#include "framework.pb.h"

namespace u2net {

// The attributes of an operator, without those that only debuggers and trainers read. Throws
// kModelFormat where one has no value.
Attributes read_attributes(const proto::OpDesc& op);

}  // namespace u2net
