// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/matmul.h"

#include <algorithm>
#include <optional>
#include <span>

#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr SlotInfo kInputs[] = {{"X"}, {"Y"}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

// Rows and columns of the matrices of an operand, and the steps between them.
struct Matrices {
  std::int64_t rows, columns, row_step, column_step;
  std::span<const std::int64_t> batch;
};

Matrices matrices_of(std::span<const std::int64_t> shape, bool transposed, bool vector_is_row) {
  if (shape.size() == 1) {
    if (vector_is_row) return {1, shape[0], shape[0], 1, {}};
    return {shape[0], 1, 1, 1, {}};
  }
  const std::int64_t rows = shape[shape.size() - 2], columns = shape.back();
  const auto batch = shape.first(shape.size() - 2);
  if (transposed) return {columns, rows, 1, columns, batch};
  return {rows, columns, columns, 1, batch};
}

// The steps along the batch dimensions of the result; nothing where they do not broadcast.
bool spread(const Matrices& m, const kernels::MatMulParams& p,
            kernels::MatMulParams::Batch& steps) {
  std::int64_t step = m.rows * m.columns;
  const int missing = p.batch_rank - static_cast<int>(m.batch.size());
  for (int i = p.batch_rank; i-- > missing;) {
    const std::int64_t size = m.batch[static_cast<std::size_t>(i - missing)];
    if (size != p.batch[i] && size != 1) return false;
    steps[i] = size == 1 ? 0 : step;
    step *= size;
  }
  return true;
}

// In fixed room: running must not allocate.
std::optional<kernels::MatMulParams> params_of(const MatMulOptions& o,
                                               std::span<const std::int64_t> x_shape,
                                               std::span<const std::int64_t> y_shape) {
  if (x_shape.empty() || y_shape.empty()) return std::nullopt;
  const Matrices x = matrices_of(x_shape, o.transpose_x, true),
                 y = matrices_of(y_shape, o.transpose_y, false);
  if (x.columns != y.rows) return std::nullopt;
  kernels::MatMulParams p{.m = x.rows,
                          .n = y.columns,
                          .k = x.columns,
                          .x_row = x.row_step,
                          .x_column = x.column_step,
                          .y_row = y.row_step,
                          .y_column = y.column_step,
                          .alpha = o.alpha};
  const std::size_t rank = std::max(x.batch.size(), y.batch.size());
  if (rank > p.batch.size()) return std::nullopt;
  p.batch_rank = static_cast<int>(rank);
  const auto size = [rank](const Matrices& m, std::size_t i) {
    const std::size_t missing = rank - m.batch.size();
    return i < missing ? std::int64_t{1} : m.batch[i - missing];
  };
  for (std::size_t i = 0; i < rank; ++i) p.batch[i] = size(x, i) == 1 ? size(y, i) : size(x, i);
  if (!spread(x, p, p.x_batch) || !spread(y, p, p.y_batch)) return std::nullopt;
  return p;
}

void check_types(const Inference& in) {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  if (in.input(0).dtype != in.input(1).dtype) {
    in.fail("X is ", dtype_name(in.input(0).dtype), ", Y is ", dtype_name(in.input(1).dtype));
  }
}

void multiply(const kernels::MatMulParams& p, const Operands& o) {
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    kernels::matmul_reference(p, o.input(0).as<const T>(), o.input(1).as<const T>(),
                              o.output().as<T>(), *o.pool);
  });
}

double products(const kernels::MatMulParams& p) {
  double count = static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
  for (int i = 0; i < p.batch_rank; ++i) count *= static_cast<double>(p.batch[i]);
  return count;
}

}  // namespace

constexpr OpType kMatMulV2{"matmul_v2", kInputs, kOutputs};
constexpr OpType kMatMul{"matmul", kInputs, kOutputs};
constexpr OpType kMul{"mul", kInputs, kOutputs};

MatMul::MatMul(const MatMulOptions& options)
    : Operator(options.legacy ? kMatMul : kMatMulV2), options_(options) {}

void MatMul::infer(Inference& in) const {
  check_types(in);
  const DType dtype = in.input(kX).dtype;
  const bool is_float = dtype == DType::kFloat32 || dtype == DType::kFloat64;
  if (!is_float && options_.alpha != 1)
    in.fail_unsupported("a factor ", options_.alpha, " of integers");
  const Shape &x = in.input(kX).shape, &y = in.input(kY).shape;
  const std::optional<kernels::MatMulParams> p = params_of(options_, x, y);
  if (!p) {
    in.fail("X ", x, options_.transpose_x ? " (transposed)" : "", " and Y ", y,
            options_.transpose_y ? " (transposed)" : "", " do not multiply");
  }
  Shape dst(p->batch.begin(), p->batch.begin() + p->batch_rank);
  if (x.size() > 1) dst.push_back(p->m);
  if (y.size() > 1) dst.push_back(p->n);
  if (dst.empty() && options_.legacy) dst = {1};
  in.set_output(0, {in.input(kX).dtype, dst});
}

kernels::MatMulParams MatMul::params(const Shape& x, const Shape& y) const {
  return *params_of(options_, x, y);
}

void MatMul::run_reference(const Operands& o) const {
  multiply(*params_of(options_, o.input(kX).shape, o.input(kY).shape), o);
}

double MatMul::macs(const Graph& graph, const Node& node) const {
  return products(*params_of(options_, graph.type_of(node.input(kX)).shape,
                             graph.type_of(node.input(kY)).shape));
}

Description MatMul::describe() const {
  Description all = {{"trans_x", options_.transpose_x ? "true" : "false"},
                     {"trans_y", options_.transpose_y ? "true" : "false"}};
  if (options_.legacy) all.add("alpha", options_.alpha);
  return all;
}

// Images are the outermost batch dimension of both operands, of one where the other is repeated, or
// the rows of X.
bool MatMul::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  const auto role = [&](int slot) { return roles[static_cast<std::size_t>(node.input(slot))]; };
  const Shape &x = graph.type_of(node.input(kX)).shape, &y = graph.type_of(node.input(kY)).shape;
  const std::size_t rank = std::max(x.size(), y.size());
  const auto is_batch = [&](int slot, const Shape& shape) {
    return role(slot) == ImageRole::kImages && shape.size() == rank && rank > 2;
  };
  const auto is_repeated = [&](int slot, const Shape& shape) {
    return role(slot) == ImageRole::kFixed && (shape.size() < rank || shape.front() == 1);
  };
  if (is_batch(kX, x)) return is_batch(kY, y) || is_repeated(kY, y);
  if (is_batch(kY, y)) return is_repeated(kX, x);
  return role(kX) == ImageRole::kImages && role(kY) == ImageRole::kFixed && x.size() == 2 &&
         y.size() <= 2 && !options_.transpose_x;
}

Mul::Mul(std::int64_t x_dims, std::int64_t y_dims)
    : Operator(kMul), x_dims_(x_dims), y_dims_(y_dims) {}

kernels::MatMulParams Mul::params(const Shape& x, const Shape& y) const {
  const auto split = [](std::span<const std::int64_t> shape, std::int64_t dims) {
    const auto at = static_cast<std::size_t>(dims);
    return std::pair(element_count(shape.first(at)), element_count(shape.subspan(at)));
  };
  const auto [m, k] = split(x, x_dims_);
  const auto [rows, n] = split(y, y_dims_);
  return {.m = m, .n = n, .k = k, .x_row = k, .x_column = 1, .y_row = n, .y_column = 1};
}

void Mul::infer(Inference& in) const {
  check_types(in);
  const Shape &x = in.input(kX).shape, &y = in.input(kY).shape;
  const auto check = [&](const char* name, const Shape& shape, std::int64_t dims) {
    if (dims < 1 || dims >= static_cast<std::int64_t>(shape.size()))
      in.fail(name, " ", shape, " is cut at ", dims);
  };
  check("X", x, x_dims_);
  check("Y", y, y_dims_);
  const kernels::MatMulParams p = params(x, y);
  if (p.k != element_count(std::span(y).first(static_cast<std::size_t>(y_dims_))))
    in.fail("X ", x, " and Y ", y, " do not multiply");
  Shape dst(x.begin(), x.begin() + x_dims_);
  dst.insert(dst.end(), y.begin() + y_dims_, y.end());
  if (dst.size() > kMaxRank) in.fail_unsupported("a result of rank ", dst.size());
  in.set_output(0, {in.input(kX).dtype, dst});
}

void Mul::run_reference(const Operands& o) const {
  multiply(params(o.input(kX).shape, o.input(kY).shape), o);
}

double Mul::macs(const Graph& graph, const Node& node) const {
  return products(params(graph.type_of(node.input(kX)).shape, graph.type_of(node.input(kY)).shape));
}

Description Mul::describe() const {
  return {{"x_num_col_dims", x_dims_}, {"y_num_col_dims", y_dims_}};
}

bool Mul::keeps_images_apart(const Graph&, const Node& node,
                             const std::vector<ImageRole>& roles) const {
  return only_images_in(node, roles, {kX});
}

}  // namespace u2net::engine
