// SPDX-License-Identifier: Apache-2.0
#include "loader/program.h"

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/base/order.h"
#include "loader/limits.h"
#include "loader/paddle/program_reader.h"
#include "loader/pir/pir_reader.h"
#include "loader/recognise.h"

namespace u2net::engine {

void Program::sort_parameters() {
  kernels::sort_stably(parameters,
                       [](const Declared& a, const Declared& b) { return a.name < b.name; });
}

void StepsOfRounds::count(const Graph& graph) {
  if (++steps_ <= kMaxStepsOfRounds && graph.nodes.size() <= kMaxStepsOfRounds) return;
  throw_error(ErrorCode::kModelLimit, "the loops of the program have more than ", kMaxStepsOfRounds,
              " operators in all their rounds");
}

Program read_any_program(std::span<const std::byte> bytes, const std::string& name) {
  return looks_like_json(bytes) ? read_pir_program(bytes, name) : read_program(bytes, name);
}

}  // namespace u2net::engine
