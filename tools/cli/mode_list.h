// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/precision.h"

namespace u2net::cli {

// "a,b" as names, each once, that must be among `known`; "all" as all of those. Throws Error for an
// unknown mode and for one that this build lacks.
std::vector<std::string> parse_modes(std::string_view list, const std::vector<std::string>& known);

// A mode, and what it may compute in.
struct ModeAndPrecision {
  std::string mode;
  engine::Precision precision = engine::Precision::kF32;

  std::string label() const;  // "native", "native:bf16"
  bool operator==(const ModeAndPrecision&) const = default;
};

// The same list where ":PRECISION" may stand behind a name: "native,native:bf16". Without it
// `usual`.
std::vector<ModeAndPrecision> parse_modes(std::string_view list,
                                          const std::vector<std::string>& known,
                                          engine::Precision usual);

}  // namespace u2net::cli
