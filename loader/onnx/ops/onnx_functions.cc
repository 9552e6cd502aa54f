// SPDX-License-Identifier: Apache-2.0
// Functions of one operand, softmax and prelu.
#include <algorithm>
#include <optional>
#include <string>

#include "engine/base/text.h"
#include "engine/ops/compare.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/prelu.h"
#include "engine/ops/renaming.h"
#include "engine/ops/reshape2.h"
#include "engine/ops/scale.h"
#include "engine/ops/shape.h"
#include "engine/ops/softmax.h"
#include "engine/ops/unary.h"
#include "engine/ops/where.h"
#include "loader/onnx/ops/onnx_ops.h"

namespace u2net::engine {
namespace {

using kernels::UnaryKind;

// With the parameters that the engine has by default.
template <UnaryKind kind>
void unary(OnnxNode& n) {
  n.finish(make_operator<Unary>(kind), {{n.input(0)}}, n.rank(0));
}

// A parameter of the engine's functions, by its place, and what ONNX calls it.
struct Parameter {
  const char* name;
  double otherwise;
};

// The first parameters of the function.
void with_parameters(OnnxNode& n, UnaryKind kind, std::initializer_list<Parameter> list) {
  kernels::UnaryParameters parameters = default_parameters(kind);
  std::size_t i = 0;
  for (const Parameter& p : list)
    parameters[i++] = static_cast<float>(n.attributes.real(p.name, p.otherwise));
  n.finish(make_operator<Unary>(kind, parameters), {{n.input(0)}}, n.rank(0));
}

void elu(OnnxNode& n) { with_parameters(n, UnaryKind::kElu, {{"alpha", 1}}); }

void hard_sigmoid(OnnxNode& n) {
  with_parameters(n, UnaryKind::kHardSigmoid, {{"alpha", 0.2F}, {"beta", 0.5F}});
}

void leaky_relu(OnnxNode& n) { with_parameters(n, UnaryKind::kLeakyRelu, {{"alpha", 0.01F}}); }

void selu(OnnxNode& n) {
  with_parameters(n, UnaryKind::kSelu,
                  {{"gamma", 1.05070102214813232421875}, {"alpha", 1.67326319217681884765625}});
}

void swish(OnnxNode& n) { with_parameters(n, UnaryKind::kSwish, {{"alpha", 1}}); }

void thresholded_relu(OnnxNode& n) {
  with_parameters(n, UnaryKind::kThresholdedRelu, {{"alpha", 1}});
}

void gelu(OnnxNode& n) {
  const std::string approximate = n.attributes.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    n.attributes.fail("approximate", "is '", approximate, "'");
  kernels::UnaryParameters parameters = default_parameters(UnaryKind::kGelu);
  parameters[0] = approximate == "tanh" ? 1 : 0;
  n.finish(make_operator<Unary>(UnaryKind::kGelu, parameters), {{n.input(0)}}, n.rank(0));
}

void celu(OnnxNode& n) {
  const double alpha = n.attributes.real("alpha", 1);
  if (!(alpha > 0)) n.attributes.fail("alpha", "is ", alpha);
  with_parameters(n, UnaryKind::kCelu, {{"alpha", 1}});
}

// x less the bias above lambd, x and the bias below -lambd, 0 between.
void shrink(OnnxNode& n) {
  const int rank = n.rank(0);
  const double bias = n.attributes.real("bias", 0), lambda = n.attributes.real("lambd", 0.5);
  if (!(lambda >= 0)) n.attributes.fail("lambd", "is ", lambda);
  kernels::UnaryParameters parameters = default_parameters(UnaryKind::kHardShrink);
  parameters[0] = static_cast<float>(lambda);
  const auto hard = make_operator<Unary>(UnaryKind::kHardShrink, parameters);
  if (bias == 0) return n.finish(hard, {{n.input(0)}}, rank);
  const ValueId x = n.add(hard, {{n.input(0)}}, rank),
                sign = n.add(make_operator<Unary>(UnaryKind::kSign), {{x}}, rank),
                less = n.add(make_operator<Scale>(ScaleOptions{.scale = -bias}), {{sign}}, rank);
  n.finish(make_operator<Elementwise>(kernels::BinaryKind::kAdd), {{x}, {less}}, rank);
}

// Over one axis; of the older operator sets over all from it on.
template <bool logarithm>
void softmax(OnnxNode& n) {
  const int rank = n.rank(0);
  if (n.opset() >= 13)
    return n.finish(make_operator<Softmax>(n.attributes.integer("axis", -1), logarithm),
                    {{n.input(0)}}, rank);
  const std::int64_t axis = n.axis(n.attributes.integer("axis", 1), rank);
  if (rank == axis + 1)
    return n.finish(make_operator<Softmax>(axis, logarithm), {{n.input(0)}}, rank);
  const ValueId rows = n.add(make_operator<Flatten2>(axis), {{n.input(0)}}, 2),
                done = n.add(make_operator<Softmax>(1, logarithm), {{rows}}, 2),
                sizes = n.add(make_operator<ShapeOf>(DType::kInt64), {{n.input(0)}}, 1);
  n.finish(make_operator<Reshape2>(Shape{}), {{done}, {sizes}}, rank);
}

// A slope for all, one a channel ([c, 1, 1] beside [n, c, h, w]) or one an element of a picture, as
// the engine's function has them. None where it does not follow from what the file says.
std::optional<PreluMode> prelu_mode(const OnnxNode& n) {
  const Tensor* slope = n.known(1);
  if (slope == nullptr) return std::nullopt;
  if (slope->size() == 1) return PreluMode::kAll;
  const int rank = n.rank(0);
  Shape shape = slope->shape();
  if (rank < 2 || static_cast<int>(shape.size()) > rank) return std::nullopt;
  shape.insert(shape.begin(), static_cast<std::size_t>(rank) - shape.size(), 1);
  const auto is_one = [](std::int64_t dim) { return dim == 1; };
  if (shape[0] != 1) return std::nullopt;
  if (std::all_of(shape.begin() + 2, shape.end(), is_one)) return PreluMode::kChannel;
  if (std::none_of(shape.begin() + 1, shape.end(), is_one)) return PreluMode::kElement;
  return std::nullopt;
}

// x < 0 ? x * slope : x, where the slope is broadcast in another way.
void prelu(OnnxNode& n) {
  const int rank = n.rank(0);
  const ValueId x = n.input(0), slope = n.input(1);
  if (const std::optional<PreluMode> mode = prelu_mode(n)) {
    return n.finish(make_operator<Prelu>(PreluOptions{.mode = *mode}), {{x}, {slope}}, rank);
  }
  const ValueId zero = n.number(0.0F),
                is_below = n.add(make_operator<Compare>(kernels::CompareKind::kLessThan),
                                 {{x}, {zero}}, rank),
                below = n.add(make_operator<Elementwise>(kernels::BinaryKind::kMultiply),
                              {{x}, {slope}}, rank);
  n.finish(make_operator<Where>(), {{is_below}, {below}, {x}}, rank);
}

constexpr OnnxOp kOps[] = {
    {"Abs", unary<UnaryKind::kAbs>},
    {"Acos", unary<UnaryKind::kAcos>},
    {"Acosh", unary<UnaryKind::kAcosh>},
    {"Asin", unary<UnaryKind::kAsin>},
    {"Asinh", unary<UnaryKind::kAsinh>},
    {"Atan", unary<UnaryKind::kAtan>},
    {"Atanh", unary<UnaryKind::kAtanh>},
    {"Ceil", unary<UnaryKind::kCeil>},
    {"Celu", celu},
    {"Cos", unary<UnaryKind::kCos>},
    {"Cosh", unary<UnaryKind::kCosh>},
    {"Elu", elu},
    {"Erf", unary<UnaryKind::kErf>},
    {"Exp", unary<UnaryKind::kExp>},
    {"Floor", unary<UnaryKind::kFloor>},
    {"Gelu", gelu},
    {"HardSigmoid", hard_sigmoid},
    {"HardSwish", unary<UnaryKind::kHardSwish>},
    {"LeakyRelu", leaky_relu},
    {"Log", unary<UnaryKind::kLog>},
    {"LogSoftmax", softmax<true>},
    {"Mish", unary<UnaryKind::kMish>},
    {"PRelu", prelu},
    {"Reciprocal", unary<UnaryKind::kReciprocal>},
    {"Relu", unary<UnaryKind::kRelu>},
    {"Selu", selu},
    {"Shrink", shrink},
    {"Sigmoid", unary<UnaryKind::kSigmoid>},
    {"Sign", unary<UnaryKind::kSign>},
    {"Sin", unary<UnaryKind::kSin>},
    {"Sinh", unary<UnaryKind::kSinh>},
    {"Softmax", softmax<false>},
    {"Softplus", unary<UnaryKind::kSoftplus>},
    {"Softsign", unary<UnaryKind::kSoftsign>},
    {"Sqrt", unary<UnaryKind::kSqrt>},
    {"Swish", swish},
    {"Tanh", unary<UnaryKind::kTanh>},
    {"ThresholdedRelu", thresholded_relu},
};

}  // namespace

std::span<const OnnxOp> onnx_function_ops() { return kOps; }

}  // namespace u2net::engine
