// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/instruction_sets.h"

namespace u2net::kernels {
namespace {

template <const InstructionSet&... Sets>
constexpr std::array<const InstructionSet*, sizeof...(Sets)> pointers(InstructionSetList<Sets...>) {
  return {&Sets...};
}
constexpr auto kSets = pointers(InstructionSets{});

}  // namespace

std::span<const InstructionSet* const> instruction_sets() { return kSets; }

const InstructionSet& best_instruction_set(const CpuFeatures& features) {
  for (const InstructionSet* set : kSets) {
    if (features.contains(set->features)) return *set;
  }
  return *kSets.back();
}

std::string_view isa_name(const CpuFeatures& features) {
  return best_instruction_set(features).name;
}

std::optional<InstructionSet> instruction_set_named(std::string_view name) {
  for (const InstructionSet& set : {kAvx512, kAvx2, kPortable}) {
    if (set.name == name) return set;
  }
  return std::nullopt;
}

}  // namespace u2net::kernels
