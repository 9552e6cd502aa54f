// SPDX-License-Identifier: Apache-2.0
// What kind of work an operator does, which is what its colour says, and the colours.
#pragma once

#include <string>
#include <string_view>

#include "engine/graph/graph.h"

namespace u2net::drawing {
using namespace engine;

enum class Family {
  kPort,
  kConvolution,
  kNormalisation,
  kActivation,
  kPooling,
  kResize,
  kJoin,   // several tensors into one
  kSizes,  // arithmetic on shapes
  kOther,
};
inline constexpr int kFamilies = 9;

struct FamilyLook {
  std::string_view name;  // for a legend
  std::string_view fill, stroke;
};

const FamilyLook& look(Family family);
Family family_of(const Graph& graph, const Node& node);

// The colour of a node that takes this share (0 to 1) of what the slowest takes.
std::string heat_colour(double share);
// Whether text on it has to be white.
bool heat_is_dark(double share);

}  // namespace u2net::drawing
