// SPDX-License-Identifier: Apache-2.0
#include "kernels/base/instruction_sets.h"

namespace u2net::kernels {
namespace {

template <const InstructionSet&... Sets>
constexpr std::array<const InstructionSet*, sizeof...(Sets)> pointers(InstructionSetList<Sets...>) {
  return {&Sets...};
}
constexpr auto kSets = pointers(InstructionSets{});
constexpr auto kKnown = pointers(KnownInstructionSets{});

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
  for (const InstructionSet* set : kKnown) {
    if (set->name == name) return *set;
  }
  return std::nullopt;
}

std::string instruction_set_names() {
  std::string names;
  for (std::size_t i = kKnown.size(); i-- > 0;) {
    if (!names.empty()) names += i == 0 ? " or " : ", ";
    names += kKnown[i]->name;
  }
  return names;
}

}  // namespace u2net::kernels
