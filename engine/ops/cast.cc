// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/cast.h"

#include <cstring>

#include "engine/ops/op_list.h"
#include "kernels/cast/cast.h"

namespace u2net {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

std::shared_ptr<const Operator> decode(const AttributeReader& attributes) {
  return std::make_shared<Cast>(attributes);
}

DType read_dtype(const AttributeReader& attributes) {
  const std::int64_t number = attributes.integer("out_dtype", -1);
  const std::optional<DType> dtype = dtype_from_paddle(static_cast<int>(number));
  if (!dtype)
    attributes.fail("out_dtype", "is " + std::to_string(number) + ", an unsupported type");
  return *dtype;
}

}  // namespace

constexpr OpType kCast{"cast", kInputs, kOutputs, decode};

Cast::Cast(const AttributeReader& attributes)
    : Operator(kCast),
      dtype_(read_dtype(attributes)),
      from_(attributes.integer("in_dtype", static_cast<std::int64_t>(dtype_))) {}

void Cast::infer(Inference& in) const { in.set_output(0, {dtype_, in.input(0).shape}); }

void Cast::run_reference(const Operands& o) const {
  const TensorView &src = o.input(0), &dst = o.output();
  if (src.dtype == dst.dtype) {
    if (dst.data != src.data) std::memcpy(dst.data, src.data, byte_count(src.dtype, src.shape));
    return;
  }
  visit_dtype(src.dtype, [&](auto from) {
    visit_dtype(dst.dtype, [&](auto to) {
      kernels::cast_reference(dst.size(), src.as<const decltype(from)>(), dst.as<decltype(to)>());
    });
  });
}

Attributes Cast::attributes() const {
  return {{"in_dtype", std::int64_t{from_}}, {"out_dtype", static_cast<std::int64_t>(dtype_)}};
}

std::vector<std::pair<std::string, std::string>> Cast::describe() const {
  return {{"out_dtype", std::string(dtype_name(dtype_))}};
}

bool Cast::keeps_images_apart(const Graph&, const Node& node,
                              const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {0});
}

}  // namespace u2net
