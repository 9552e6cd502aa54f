// SPDX-License-Identifier: Apache-2.0
#include "loader/pir/pir_constant.h"

#include <algorithm>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/cast/cast.h"
#include "loader/fail.h"
#include "loader/limits.h"
#include "loader/paddle/element_type.h"
#include "loader/pir/pir_values.h"

namespace u2net::engine {
namespace {

// The attributes of one operator with this list; a missing one is an error.
class ConstantReader {
 public:
  ConstantReader(const Json& list, const std::string& where) : list_(list), where_(where) {}

  Attribute value(std::string_view name) const {
    std::optional<Attribute> found = find_pir_attribute(list_, name, where_);
    if (!found) fail_format(where_, " has no attribute '", name, "'");
    return *std::move(found);
  }

  std::vector<std::int64_t> integers(std::string_view name) const {
    Attribute found = value(name);
    if (auto* list = std::get_if<std::vector<std::int64_t>>(&found)) return std::move(*list);
    fail_format(where_, ": attribute '", name, "' is not a list of integers");
  }

  // Each as a double, which holds the integers that stand for sizes exactly.
  std::vector<double> numbers(std::string_view name) const {
    const Attribute found = value(name);
    if (const auto* b = std::get_if<bool>(&found)) return {*b ? 1.0 : 0.0};
    if (const auto* i = std::get_if<std::int64_t>(&found)) return {static_cast<double>(*i)};
    if (const auto* d = std::get_if<double>(&found)) return {*d};
    if (const auto* d = std::get_if<std::vector<double>>(&found)) return *d;
    if (const auto* i = std::get_if<std::vector<std::int64_t>>(&found))
      return {i->begin(), i->end()};
    if (const auto* b = std::get_if<std::vector<bool>>(&found)) return {b->begin(), b->end()};
    fail_format(where_, ": attribute '", name, "' is not a number");
  }

  DType dtype() const {
    const Attribute found = value("dtype");
    const auto* number = std::get_if<std::int64_t>(&found);
    const std::optional<DType> type =
        number ? dtype_from_paddle(static_cast<int>(*number)) : std::nullopt;
    if (type) return *type;
    fail_unsupported(where_, ": attribute 'dtype' is not supported");
  }

 private:
  const Json& list_;
  const std::string& where_;
};

}  // namespace

bool is_pir_constant(std::string_view full_name) {
  return full_name == "pd_op.full" || full_name == "pd_op.full_int_array" ||
         full_name == "pd_op.assign_value" || full_name == "pd_op.assign_value_";
}

Tensor read_pir_constant(std::string_view full_name, const Json& attributes, std::size_t most_bytes,
                         const std::string& where) {
  const ConstantReader reader(attributes, where);
  const bool has_shape = full_name != "pd_op.full_int_array", has_list = full_name != "pd_op.full";
  const std::vector<double> values =
      reader.numbers(full_name.starts_with("pd_op.assign") ? "values" : "value");
  TensorType type{reader.dtype(), {static_cast<std::int64_t>(values.size())}};
  if (has_shape) type.shape = reader.integers("shape");
  if (type.shape.size() > kMaxRank) {
    fail_format(where, " has ", type.shape.size(), " dimensions");
  }
  const std::int64_t count = element_count(type.shape);
  if (has_list && count != static_cast<std::int64_t>(values.size())) {
    fail_format(where, " has ", values.size(), " values for shape ", type.shape);
  }
  if (byte_count(type.dtype, type.shape) > most_bytes) {
    throw_error(ErrorCode::kModelLimit, where, " has shape ", type.shape, ": constants may take ",
                kMaxPirConstantBytes, " bytes in all");
  }
  Tensor tensor(type);
  visit_dtype(type.dtype, [&]<class T>(T) {
    const std::span<T> elements = tensor.values<T>();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      elements[i] = kernels::cast_one<T>(values[has_list ? i : 0]);
    }
  });
  return tensor;
}

Attribute constant_attribute(const Tensor& constant, bool scalar, const std::string& where) {
  if (scalar && constant.size() != 1) {
    fail_format(where, " has ", constant.size(), " elements, expected 1");
  }
  if (constant.size() > kMaxPirListSize) {
    fail_format(where, " has ", constant.size(), " elements, expected a few sizes");
  }
  if (constant.dtype() == DType::kFloat32 || constant.dtype() == DType::kFloat64) {
    std::vector<double> reals(static_cast<std::size_t>(constant.size()));
    for (std::size_t i = 0; i < reals.size(); ++i) {
      reals[i] = constant.dtype() == DType::kFloat64
                     ? constant.values<double>()[i]
                     : static_cast<double>(constant.values<float>()[i]);
    }
    if (scalar) return reals.front();
    return reals;
  }
  std::vector<std::int64_t> integers = to_integers(constant.view());
  if (scalar) return integers.front();
  return integers;
}

}  // namespace u2net::engine
