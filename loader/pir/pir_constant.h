// SPDX-License-Identifier: Apache-2.0
// The operators of PIR that only state a value: full, full_int_array, assign_value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/graph/tensor.h"
#include "loader/paddle/attributes.h"
#include "loader/pir/json_document.h"

namespace u2net::engine {

// "pd_op.full" and so on.
bool is_pir_constant(std::string_view full_name);

// `attributes`: the list in the file; `most_bytes`: what is left of a program's share. Throws
// kModelFormat, kModelUnsupported or kModelLimit.
Tensor read_pir_constant(std::string_view full_name, const Json& attributes, std::size_t most_bytes,
                         const std::string& where);

// The elements as an attribute: integers or reals, one of them where `scalar`.
Attribute constant_attribute(const Tensor& constant, bool scalar, const std::string& where);

}  // namespace u2net::engine
