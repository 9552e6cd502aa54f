// SPDX-License-Identifier: Apache-2.0
// How exactly a network may be computed, apart from the mode in which it runs: a permission, made
// use of where it makes it faster. A plan records what became of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace u2net::engine {

enum class Precision {
  kF32,
  kBf16,
  kBf16x3,
  kMixed,
};

struct PrecisionInfo {
  Precision precision;
  std::string_view name;
  std::string_view permits;  // for people
};

// In one table, in the order of the enumeration.
std::span<const PrecisionInfo> all_precisions();
std::string_view precision_name(Precision precision);
// "f32, bf16, bf16x3, mixed"
std::string precision_names();
// Throws kUsage for an unknown name.
Precision find_precision(std::string_view name);

// What a plan was permitted, what its kernels compute in, and why they do not make use of the rest.
struct PrecisionDecision {
  Precision asked = Precision::kF32, taken = Precision::kF32;
  std::string why;  // empty where taken is what was asked for
};

// Where the kernels compute in float32, whatever is permitted; `why` says why.
PrecisionDecision stays_f32(Precision asked, std::string why);
// Of mode dynamic, which has no plan.
PrecisionDecision precision_without_plan(Precision asked);

// "precision f32 instead of bf16: this processor has no AMX", or empty where it is as asked for.
std::string to_text(const PrecisionDecision& decision);

}  // namespace u2net::engine
