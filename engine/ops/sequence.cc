// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/sequence.h"

#include <cmath>
#include <cstring>

#include "engine/base/text.h"
#include "kernels/cast/cast.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kRangeInputs[] = {{"Start"}, {"End"}, {"Step"}};
constexpr SlotInfo kLinspaceInputs[] = {{"Start"}, {"Stop"}, {"Num"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr double kMostNumbers = 0x1p31;

bool is_whole(DType dtype) { return dtype == DType::kInt32 || dtype == DType::kInt64; }

// The one element of an operand, as the type that the sequence is computed in.
template <class T>
T number_of(const Inference& in, int slot, std::string_view name) {
  const Tensor& value = in.value(slot);
  if (value.size() != 1) {
    in.fail(name, " ", value.shape(), " must have one element");
  }
  return visit_dtype(value.dtype(), [&]<class From>(From) {
    return kernels::cast_one<T>(value.values<const From>()[0]);
  });
}

void require_numbers(const Inference& in, DType dtype) {
  if (!is_whole(dtype) && dtype != DType::kFloat32 && dtype != DType::kFloat64)
    in.fail_unsupported("a result of type ", dtype_name(dtype));
}

}  // namespace

constexpr OpType kRange{"range", kRangeInputs, kOutputs};
constexpr OpType kLinspace{"linspace", kLinspaceInputs, kOutputs};
constexpr OpType kAssignValue{"assign_value", {}, kOutputs};

SequenceNumbers Range::numbers(const Inference& in) const {
  SequenceNumbers n;
  double count = 0;
  if (is_whole(dtype_.value_or(in.input(kStart).dtype))) {
    n.whole_start = number_of<std::int64_t>(in, kStart, "Start");
    const auto end = number_of<std::int64_t>(in, kEnd, "End");
    n.whole_step = number_of<std::int64_t>(in, kStep, "Step");
    if (n.whole_step == 0) in.fail("Step is 0");
    count = std::ceil((static_cast<double>(end) - static_cast<double>(n.whole_start)) /
                      static_cast<double>(n.whole_step));
  } else {
    n.start = number_of<double>(in, kStart, "Start");
    const auto end = number_of<double>(in, kEnd, "End");
    n.step_or_stop = number_of<double>(in, kStep, "Step");
    if (n.step_or_stop == 0) in.fail("Step is 0");
    count = std::ceil((end - n.start) / n.step_or_stop);
  }
  if (std::isnan(count)) in.fail("Start, End and Step are not finite");
  if (count > kMostNumbers) in.fail("it has more than 2^31 numbers");
  n.count = count > 0 ? static_cast<std::int64_t>(count) : 0;
  return n;
}

void Range::infer(Inference& in) const {
  const DType dtype = dtype_.value_or(in.input(kStart).dtype);
  require_numbers(in, dtype);
  in.set_output(0, {dtype, {known_ ? known_->count : numbers(in).count}});
}

// Added up one by one, as Paddle does.
void Range::run_reference(const Operands& o) const {
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    T* dst = o.output().as<T>();
    if constexpr (std::is_integral_v<T>) {
      auto value = static_cast<std::uint64_t>(known_->whole_start);
      for (std::int64_t i = 0; i < o.output().size(); ++i) {
        dst[i] = static_cast<T>(value);
        value += static_cast<std::uint64_t>(known_->whole_step);
      }
    } else {
      T value = static_cast<T>(known_->start);
      for (std::int64_t i = 0; i < o.output().size(); ++i) {
        dst[i] = value;
        value += static_cast<T>(known_->step_or_stop);
      }
    }
  });
}

std::shared_ptr<const Operator> Range::specialized(Inference& in) const {
  if (known_ && !in.has(kEnd)) return nullptr;
  auto op = make_mutable_operator<Range>(*this);
  op->dtype_ = in.output().dtype;
  op->known_ = known_ ? *known_ : numbers(in);
  return op;
}

bool Range::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Range&>(other).known_ == known_;
}

SequenceNumbers Linspace::numbers(const Inference& in) const {
  SequenceNumbers n;
  n.start = number_of<double>(in, kStart, "Start");
  n.step_or_stop = number_of<double>(in, kStop, "Stop");
  n.count = number_of<std::int64_t>(in, kNum, "Num");
  if (n.count < 1) in.fail("Num is ", n.count);
  return n;
}

void Linspace::infer(Inference& in) const {
  require_numbers(in, dtype_);
  in.set_output(0, {dtype_, {known_ ? known_->count : numbers(in).count}});
}

// The first half from the start, the other from the end, as Paddle does.
void Linspace::run_reference(const Operands& o) const {
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    T* dst = o.output().as<T>();
    const std::int64_t count = o.output().size();
    const auto start = kernels::cast_one<T>(known_->start);
    const auto stop = kernels::cast_one<T>(known_->step_or_stop);
    const double first = static_cast<double>(start), last = static_cast<double>(stop);
    const double step = count > 1 ? static_cast<double>(static_cast<T>(last - first)) /
                                        static_cast<double>(count - 1)
                                  : 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool from_start = count == 1 || i < count / 2;
      const double value = from_start ? first + step * static_cast<double>(i)
                                      : last - step * static_cast<double>(count - i - 1);
      dst[i] = kernels::cast_one<T>(value);
    }
  });
}

std::shared_ptr<const Operator> Linspace::specialized(Inference& in) const {
  if (known_ && !in.has(kStop)) return nullptr;
  auto op = make_mutable_operator<Linspace>(*this);
  op->known_ = known_ ? *known_ : numbers(in);
  return op;
}

bool Linspace::specialized_alike(const Operator& other) const {
  return dynamic_cast<const Linspace&>(other).known_ == known_;
}

void AssignValue::infer(Inference& in) const {
  in.set_output(0, {value_->dtype(), value_->shape()});
}

void AssignValue::run_reference(const Operands& o) const {
  std::memcpy(o.output().data, value_->data(), value_->bytes());
}

}  // namespace u2net::engine
