// SPDX-License-Identifier: Apache-2.0
// The instruction sets that kernels are compiled for: features that come together, under a name.
// Adding one: a constant and its place in the lists here, features that are new in cpu.h and
// cpu.cc, its vectors in simd/<name>.h, its flags in tools/cmake/InstructionSets.cmake.
//
// Whatever is compiled once an instruction set supplies a table of its functions under a type of
// its own (ConvCode, ImageOps, ...): in the file for a set,
//   template <>
//   const ConvCode& code_for<kAvx2, ConvCode>() { ... }
// and the list of all tables follows from the list of sets.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/cpu.h"

namespace u2net::kernels {

struct InstructionSet {
  std::string_view name;
  CpuFeatures features;
};

inline constexpr InstructionSet kPortable = {"portable", {}};  // plain C++, on any processor
inline constexpr InstructionSet kAvx2 = {"avx2", {CpuFeature::kAvx2, CpuFeature::kFma}};
inline constexpr InstructionSet kAvx512 = {
    "avx512", kAvx2.features | CpuFeatures{CpuFeature::kAvx512F, CpuFeature::kAvx512Dq,
                                           CpuFeature::kAvx512Bw, CpuFeature::kAvx512Vl}};
inline constexpr InstructionSet kNeon = {"neon", {CpuFeature::kNeon}};
// AVX-512 with conversions to bf16, and with the tiles of AMX: what only kernels for bf16 need, so
// that only those are compiled for it (conv2d/tiles/).
inline constexpr InstructionSet kAvx512Bf16 = {
    "avx512bf16", kAvx512.features | CpuFeatures{CpuFeature::kAvx512Bf16}};
inline constexpr InstructionSet kAmx = {
    "amx", kAvx512Bf16.features | CpuFeatures{CpuFeature::kAmxTile, CpuFeature::kAmxBf16}};
// The same kernels on tiles that are emulated, to the bit, in plain C++; for tests.
inline constexpr InstructionSet kEmulatedTiles = {"emulated", {}};
// The portable code for vectors of 8 and 16 floats, for tests.
inline constexpr InstructionSet kPortable8 = {"portable8", {}};
inline constexpr InstructionSet kPortable16 = {"portable16", {}};

template <const InstructionSet&... Sets>
struct InstructionSetList {};

// All, whose names are known on every processor; and those of this build. The one to be preferred
// is the first, the last one can run anywhere.
using KnownInstructionSets = InstructionSetList<kAvx512, kAvx2, kNeon, kPortable>;
#if defined(U2NET_X86)
using InstructionSets = InstructionSetList<kAvx512, kAvx2, kPortable>;
#elif defined(U2NET_AARCH64)
using InstructionSets = InstructionSetList<kNeon, kPortable>;
#else
using InstructionSets = InstructionSetList<kPortable>;
#endif
#ifdef U2NET_TEST_WIDTHS
using TestSets = InstructionSetList<kPortable8, kPortable16>;
#else
using TestSets = InstructionSetList<>;
#endif
#ifdef U2NET_X86
using TileSets = InstructionSetList<kAmx>;
using AllTileSets = InstructionSetList<kAmx, kEmulatedTiles>;
#else
using TileSets = InstructionSetList<>;
using AllTileSets = InstructionSetList<kEmulatedTiles>;
#endif
using TileTestSets = InstructionSetList<kEmulatedTiles>;

// The functions for one set, defined by the file that is compiled for it. To call it is safe on
// every machine, as it only returns an address.
template <const InstructionSet& Set, class Code>
const Code& code_for();

template <class Code>
struct CodeOfSet {
  const InstructionSet* set;
  const Code& (*code)();
};

// The functions for every set of a list.
template <class Code, const InstructionSet&... Sets>
constexpr std::array<CodeOfSet<Code>, sizeof...(Sets)> codes_for(InstructionSetList<Sets...>) {
  return {CodeOfSet<Code>{&Sets, code_for<Sets, Code>}...};
}

// InstructionSets.
std::span<const InstructionSet* const> instruction_sets();
// The first of them that needs no other features.
const InstructionSet& best_instruction_set(const CpuFeatures& features);
std::string_view isa_name(const CpuFeatures& features);
// One of KnownInstructionSets. And the names of all: "portable, neon, avx2 or avx512".
std::optional<InstructionSet> instruction_set_named(std::string_view name);
std::string instruction_set_names();

// Those of the best set of a list that needs no other features.
template <class Code, class Sets = InstructionSets>
const Code& best_code(const CpuFeatures& features) {
  static constexpr auto kCodes = codes_for<Code>(Sets{});
  for (const CodeOfSet<Code>& code : kCodes) {
    if (features.contains(code.set->features)) return code.code();
  }
  return kCodes.back().code();
}

// Those of every set of the lists, in order.
template <class Code, class... Lists>
std::vector<const Code*> all_codes(Lists... lists) {
  std::vector<const Code*> all;
  const auto add = [&](const auto& codes) {
    for (const auto& code : codes) all.push_back(&code.code());
  };
  (add(codes_for<Code>(lists)), ...);
  return all;
}

}  // namespace u2net::kernels
