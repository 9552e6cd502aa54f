// SPDX-License-Identifier: Apache-2.0
#include "engine/graph/tensor.h"

#include "api/internals.h"
#include "engine/base/text.h"

namespace u2net {

using engine::str_cat;
inline namespace v1 {
namespace {

engine::DType checked(DType dtype) {
  const auto known = engine::dtype_from_number(static_cast<int>(dtype));
  if (!known) {
    throw Error(ErrorCode::kUsage, str_cat("there is no element type ", static_cast<int>(dtype)));
  }
  return *known;
}

}  // namespace

std::string dtype_name(DType dtype) { return std::string(engine::dtype_name(checked(dtype))); }
std::size_t dtype_size(DType dtype) { return engine::dtype_size(checked(dtype)); }

std::size_t element_count(const Shape& shape) {
  try {
    return static_cast<std::size_t>(engine::element_count(shape));
  } catch (const engine::Error& error) {
    throw Error(ErrorCode::kInputShape, error.what());
  }
}

std::string to_string(const Shape& shape) { return engine::to_string(shape); }

void detail::fail_dtype(DType is, DType wanted) {
  throw Error(ErrorCode::kInputShape,
              str_cat("a tensor of ", dtype_name(is), " was asked for as ", dtype_name(wanted)));
}

}  // namespace v1
}  // namespace u2net
