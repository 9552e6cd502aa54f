// SPDX-License-Identifier: Apache-2.0
// The parts of small_program(), to falsify.
#pragma once

#include <stdexcept>
#include <string>

#include "tests/support/program_builder.h"

namespace u2net::engine::test {

// The operators of small_program().
enum Op { kFeed, kConv, kAdd, kRelu, kFetch };

inline proto::OpDesc& op(ProgramBuilder& b, Op which) { return *b.block().mutable_ops(which); }

inline proto::VarDesc& var(ProgramBuilder& b, const std::string& name) {
  for (proto::VarDesc& v : *b.block().mutable_vars()) {
    if (v.name() == name) return v;
  }
  throw std::logic_error(name);
}

}  // namespace u2net::engine::test
