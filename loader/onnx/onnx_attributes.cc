// SPDX-License-Identifier: Apache-2.0
#include "loader/onnx/onnx_attributes.h"

#include <optional>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

enum AttributeType { kFloat = 1, kInt = 2, kString = 3, kFloats = 6, kInts = 7, kStrings = 8 };

std::optional<Attribute> convert(const onnx::Attribute& a) {
  switch (a.type()) {
    case kFloat:
      return Attribute(double{a.f()});
    case kInt:
      return Attribute(std::int64_t{a.i()});
    case kString:
      return Attribute(a.s());
    case kFloats:
      return Attribute(std::vector<double>(a.floats().begin(), a.floats().end()));
    case kInts:
      return Attribute(std::vector<std::int64_t>(a.ints().begin(), a.ints().end()));
    case kStrings:
      return Attribute(std::vector<std::string>(a.strings().begin(), a.strings().end()));
    default:
      return std::nullopt;
  }
}

}  // namespace

Attributes read_onnx_attributes(const onnx::Node& node) {
  Attributes attributes;
  for (const onnx::Attribute& a : node.attribute()) {
    std::optional<Attribute> value = convert(a);
    if (value && !attributes.emplace(a.name(), *std::move(value)).second) {
      throw_error(ErrorCode::kModelFormat, "operator '", node.op_type(), "' has attribute '",
                  a.name(), "' twice");
    }
  }
  return attributes;
}

}  // namespace u2net::engine
