// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/program_attributes.h"

#include <optional>
#include <string_view>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

enum AttrType {
  kInt = 0,
  kFloat = 1,
  kString = 2,
  kInts = 3,
  kFloats = 4,
  kStrings = 5,
  kBoolean = 6,
  kBooleans = 7,
  kBlock = 8,
  kLong = 9,
  kBlocks = 10,
  kLongs = 11,
  kFloat64s = 12,
  kVar = 13,
  kVars = 14,
  kFloat64 = 15,
  kScalar = 16,
  kScalars = 17,
};
enum ScalarType { kScalarBool = 1, kScalarLong = 2, kScalarFloat64 = 3 };

constexpr std::string_view kIgnored[] = {"op_callstack", "op_namescope", "op_role",
                                         "op_role_var",  "op_device",    "with_quant_attr"};

template <class To, class List>
std::vector<To> list(const List& values) {
  return {values.begin(), values.end()};
}

std::optional<Attribute> scalar(const proto::Scalar& s) {
  if (s.type() == kScalarBool && s.has_b()) return Attribute(s.b());
  if (s.type() == kScalarLong && s.has_i()) return Attribute(std::int64_t{s.i()});
  if (s.type() == kScalarFloat64 && s.has_r()) return Attribute(s.r());
  return std::nullopt;
}

std::optional<Attribute> scalars(const google::protobuf::RepeatedPtrField<proto::Scalar>& values) {
  std::vector<std::int64_t> integers;
  std::vector<double> reals;
  for (const proto::Scalar& s : values) {
    if (s.type() == kScalarLong) integers.push_back(s.i());
    if (s.type() == kScalarBool) integers.push_back(s.b());
    if (s.type() == kScalarFloat64) reals.push_back(s.r());
  }
  if (integers.size() == static_cast<std::size_t>(values.size()))
    return Attribute(std::move(integers));
  if (reals.size() == static_cast<std::size_t>(values.size())) return Attribute(std::move(reals));
  return std::nullopt;
}

// Nothing where the field that the type calls for is missing. Blocks and types of a later Paddle
// are kept as no value at all: see read_attributes().
std::optional<Attribute> convert(const proto::OpDesc::Attr& a) {
  switch (a.type()) {
    case kInt:
      return a.has_i() ? std::optional<Attribute>(std::int64_t{a.i()}) : std::nullopt;
    case kFloat:
      return a.has_f() ? std::optional<Attribute>(double{a.f()}) : std::nullopt;
    case kString:
      return a.has_s() ? std::optional<Attribute>(a.s()) : std::nullopt;
    case kInts:
      return list<std::int64_t>(a.ints());
    case kFloats:
      return list<double>(a.floats());
    case kStrings:
      return list<std::string>(a.strings());
    case kBoolean:
      return a.has_b() ? std::optional<Attribute>(a.b()) : std::nullopt;
    case kBooleans:
      return list<bool>(a.bools());
    case kLong:
      return a.has_l() ? std::optional<Attribute>(std::int64_t{a.l()}) : std::nullopt;
    case kLongs:
      return list<std::int64_t>(a.longs());
    case kFloat64s:
      return list<double>(a.float64s());
    case kVar:
      return VariableReference{{a.var_name()}};
    case kVars:
      return VariableReference{list<std::string>(a.vars_name())};
    case kFloat64:
      return a.has_float64() ? std::optional<Attribute>(a.float64()) : std::nullopt;
    case kScalar:
      return scalar(a.scalar());
    case kScalars:
      return scalars(a.scalars());
    default:
      return std::nullopt;
  }
}

bool is_ignored(const proto::OpDesc::Attr& a) {
  for (std::string_view name : kIgnored) {
    if (a.name() == name) return true;
  }
  return a.type() == kBlock || a.type() == kBlocks || a.type() < 0 || a.type() > kScalars;
}

struct AttributeWriter {
  proto::OpDesc::Attr& attr;

  std::int32_t int32(std::int64_t value) const {
    if (std::in_range<std::int32_t>(value)) return static_cast<std::int32_t>(value);
    throw_error(ErrorCode::kInternal, "attribute '", attr.name(), "' of ", value,
                " does not fit Paddle's INT");
  }

  void operator()(bool value) const {
    attr.set_type(kBoolean);
    attr.set_b(value);
  }
  void operator()(std::int64_t value) const {
    attr.set_type(kInt);
    attr.set_i(int32(value));
  }
  void operator()(double value) const {
    attr.set_type(kFloat);
    attr.set_f(static_cast<float>(value));
  }
  void operator()(const std::string& value) const {
    attr.set_type(kString);
    attr.set_s(value);
  }
  void operator()(const std::vector<bool>& values) const {
    attr.set_type(kBooleans);
    for (bool value : values) attr.add_bools(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    attr.set_type(kInts);
    for (std::int64_t value : values) attr.add_ints(int32(value));
  }
  void operator()(const std::vector<double>& values) const {
    attr.set_type(kFloats);
    for (double value : values) attr.add_floats(static_cast<float>(value));
  }
  void operator()(const std::vector<std::string>& values) const {
    attr.set_type(kStrings);
    for (const std::string& value : values) attr.add_strings(value);
  }
  void operator()(const VariableReference& reference) const {
    attr.set_type(reference.names.size() == 1 ? kVar : kVars);
    if (reference.names.size() == 1) attr.set_var_name(reference.names.front());
    if (reference.names.size() == 1) return;
    for (const std::string& name : reference.names) attr.add_vars_name(name);
  }
};

}  // namespace

Attributes read_attributes(const proto::OpDesc& op) {
  Attributes attributes;
  for (const proto::OpDesc::Attr& a : op.attrs()) {
    if (is_ignored(a)) continue;
    std::optional<Attribute> value = convert(a);
    if (!value) {
      throw_error(ErrorCode::kModelFormat, "operator '", op.type(), "': attribute '", a.name(),
                  "' of type number ", a.type(), " has no value");
    }
    attributes.emplace(a.name(), *std::move(value));
  }
  return attributes;
}

void write_attributes(const Attributes& attributes, proto::OpDesc& op) {
  for (const auto& [name, value] : attributes) {
    proto::OpDesc::Attr& attr = *op.add_attrs();
    attr.set_name(name);
    std::visit(AttributeWriter{attr}, value);
  }
}

}  // namespace u2net::engine
