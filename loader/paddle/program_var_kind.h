// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace u2net::engine {

// Paddle's VarType.Type of the kinds of variables that programs for inference have.
enum VarKind { kLodTensor = 7, kFeedMinibatch = 9, kFetchList = 10, kReader = 15, kRaw = 17 };

}  // namespace u2net::engine
