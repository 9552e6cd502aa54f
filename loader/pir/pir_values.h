// SPDX-License-Identifier: Apache-2.0
// The parts that PIR's JSON is made of: members, types, attributes. Errors say where.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/tensor.h"
#include "loader/paddle/attributes.h"
#include "loader/pir/json_document.h"

namespace u2net::engine {

// The member of an object; throws kModelFormat naming `where` and the key if it is not there or of
// another kind.
Json pir_member(const Json& object, std::string_view key, JsonKind kind, const std::string& where);

// {"#": "0.t_dtensor", "D": [{"#": "0.t_f32"}, [dims], layout, [lod], offset]}. Throws
// kModelUnsupported for what is no tensor or has elements that the engine lacks.
TensorType read_pir_type(const Json& type, const std::string& where);

// [{"N": name, "AT": {"#": kind, "D": data}}, ...]: the value of a name, nothing where there is
// none. A data type becomes its number in Paddle. Throws for kinds that the engine does not know.
std::optional<Attribute> find_pir_attribute(const Json& list, std::string_view name,
                                            const std::string& where);

// What stands under "VD" for a number that JSON has no word for: "INF", "-INF", "NaN". Empty for
// all others.
std::string_view pir_number_name(double value);

// Paddle's number of an element type by its name in a file, "float32"; -1 for an unknown one.
int pir_dtype_number(std::string_view name);
// The reverse, as an attribute has it ("float32") and as a type has it ("0.t_f32").
std::string pir_dtype_name(int number);
std::string pir_type_name(int number);

}  // namespace u2net::engine
