// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/select_input.h"

#include <cstring>

#include "engine/base/text.h"
#include "engine/ops/assign.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{.name = "X", .list = true}, {.name = "Mask", .required = false}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

}  // namespace

constexpr OpType kSelectInput{"select_input", kInputs, kOutputs};

SelectInput::SelectInput(std::optional<std::size_t> number)
    : Choice(kSelectInput), number_(number) {}

std::size_t SelectInput::chosen(const Inference& in) const {
  if (number_) return *number_;
  if (!in.has(kMask)) {
    if (in.count(kX) == 1) return 0;  // the others have been dropped
    in.fail("it has no Mask");
  }
  const std::vector<std::int64_t> mask = to_integers(in.value(kMask).view());
  if (mask.size() != 1) in.fail("Mask has ", mask.size(), " elements, expected 1");
  if (mask.front() < 0 || mask.front() >= in.count(kX)) {
    in.fail("Mask is ", mask.front(), " of ", in.count(kX), " values",
            in.count(kX) == 1 ? ": a loop goes round too often" : "");
  }
  return static_cast<std::size_t>(mask.front());
}

void SelectInput::infer(Inference& in) const {
  in.set_output(0, in.input(kX, static_cast<int>(chosen(in))));
}

void SelectInput::run_reference(const Operands& o) const {
  const TensorView& src = o.all(kX)[number_.value_or(0)];
  if (o.output().data != src.data)
    std::memcpy(o.output().data, src.data, byte_count(src.dtype, src.shape));
}

std::shared_ptr<const Operator> SelectInput::specialized(Inference& in) const {
  if (!in.has(kMask)) return make_operator<Assign>();
  return number_ ? nullptr : make_operator<SelectInput>(chosen(in));
}

bool SelectInput::specialized_alike(const Operator& other) const {
  return dynamic_cast<const SelectInput&>(other).number_ == number_;
}

}  // namespace u2net::engine
