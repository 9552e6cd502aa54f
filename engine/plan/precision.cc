// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/precision.h"

#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr PrecisionInfo kPrecisions[] = {
    {Precision::kF32, "f32", "float32 throughout"},
    {Precision::kBf16, "bf16", "images and weights of convolutions in bfloat16, summed in float32"},
    {Precision::kBf16x3, "bf16x3",
     "the same with two bfloat16 a number, the second for what the first leaves over"},
    {Precision::kMixed, "mixed",
     "bf16 where its roundings do next to nothing to the outputs, bf16x3 elsewhere"},
};

}  // namespace

std::span<const PrecisionInfo> all_precisions() { return kPrecisions; }

std::string_view precision_name(Precision precision) {
  return kPrecisions[static_cast<std::size_t>(precision)].name;
}

std::string precision_names() {
  std::string names;
  for (const PrecisionInfo& known : kPrecisions) append_word(names, known.name);
  return names;
}

Precision find_precision(std::string_view name) {
  for (const PrecisionInfo& known : kPrecisions) {
    if (known.name == name) return known.precision;
  }
  throw_error(ErrorCode::kUsage, "there is no precision '", name,
              "'; available: ", precision_names());
}

PrecisionDecision stays_f32(Precision asked, std::string why) {
  if (asked == Precision::kF32) return {};
  return {asked, Precision::kF32, std::move(why)};
}

PrecisionDecision precision_without_plan(Precision asked) {
  return stays_f32(asked, "the network's code computes in f32 alone");
}

std::string to_text(const PrecisionDecision& decision) {
  if (decision.asked == decision.taken) return {};
  return str_cat("precision ", precision_name(decision.taken), " instead of ",
                 precision_name(decision.asked), ": ", decision.why);
}

}  // namespace u2net::engine
