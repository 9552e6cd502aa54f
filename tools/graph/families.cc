// SPDX-License-Identifier: Apache-2.0
#include "tools/graph/families.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "engine/ops/elementwise.h"
#include "engine/ops/unary.h"

namespace u2net::drawing {
using namespace engine;
namespace {

constexpr FamilyLook kLooks[kFamilies] = {
    {"input, output", "#ffffff", "#444c56"},
    {"convolution", "#dbe8fd", "#3568b8"},
    {"normalisation", "#e8e1fa", "#7352bd"},
    {"activation", "#dcf2e0", "#2f8a49"},
    {"pooling", "#fde5d0", "#c0691c"},
    {"resize", "#d6f0f2", "#1f808d"},
    {"concat, arithmetic", "#fcf1c9", "#9c7c12"},
    {"sizes", "#ededed", "#7d7d7d"},
    {"other", "#f1ece3", "#85775c"},
};

struct Word {
  std::string_view part;  // of an operator's type
  Family family;
};

// The first that matches.
constexpr Word kWords[] = {
    {"conv", Family::kConvolution},   {"mul_v2", Family::kConvolution},
    {"norm", Family::kNormalisation}, {"pool", Family::kPooling},
    {"interp", Family::kResize},      {"concat", Family::kJoin},
    {"softmax", Family::kActivation},
};

bool computes_sizes(const Graph& graph, const Node& node) {
  if (node.op->reads_shape_only()) return true;
  const Value& result = graph.values[node.output()];
  return result.type_is_known &&
         (result.type.dtype == DType::kInt32 || result.type.dtype == DType::kInt64);
}

struct Colour {
  double red, green, blue;
};

// From nearly white over orange to dark red, evenly darker.
constexpr std::array<Colour, 5> kHeat = {
    {{255, 247, 236}, {253, 212, 158}, {252, 141, 89}, {215, 48, 31}, {127, 0, 0}}};

}  // namespace

const FamilyLook& look(Family family) { return kLooks[static_cast<int>(family)]; }

Family family_of(const Graph& graph, const Node& node) {
  if (computes_sizes(graph, node)) return Family::kSizes;
  if (op_as<Unary>(node)) return Family::kActivation;
  if (op_as<Elementwise>(node)) return Family::kJoin;
  for (const Word& word : kWords) {
    if (node.op->type().name.find(word.part) != std::string_view::npos) return word.family;
  }
  return Family::kOther;
}

std::string heat_colour(double share) {
  const double at = std::sqrt(std::clamp(share, 0.0, 1.0)) * (kHeat.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(at), kHeat.size() - 2);
  const double rest = at - static_cast<double>(low);
  const auto mix = [&](double Colour::*part) {
    const double value = kHeat[low].*part * (1 - rest) + kHeat[low + 1].*part * rest;
    return static_cast<unsigned>(std::lround(value));
  };
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", mix(&Colour::red), mix(&Colour::green),
                mix(&Colour::blue));
  return text;
}

bool heat_is_dark(double share) { return share > 0.4; }

}  // namespace u2net::drawing
