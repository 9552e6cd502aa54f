// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/einsum.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

using kernels::EinsumAxis;
using kernels::EinsumParams;
using kernels::kMaxEinsumOperands;
using kernels::kMaxEinsumSums;

constexpr SlotInfo kInputs[] = {{.name = "Operands", .list = true}};
constexpr SlotInfo kOutputs[] = {{"Out"}};

constexpr std::size_t kMaxEquation = 256;
constexpr double kMostTerms = 0x1p62;  // of a sum: a loop counts them
constexpr int kLetters = 52;           // "A" ... "Z", "a" ... "z"
constexpr std::int8_t kEllipsis = -1;
// Behind the letters: the axes that "..." stands for, the last one first.
constexpr int kLabels = kLetters + kMaxRank;

int letter_number(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

std::string text_of(int label) {
  if (label == kEllipsis || label >= kLetters) return "'...'";
  const int letter = label < 26 ? 'A' + label : 'a' + label - 26;
  return str_cat("'", static_cast<char>(letter), "'");
}

bool has_ellipsis(const std::vector<std::int8_t>& labels) {
  return std::find(labels.begin(), labels.end(), kEllipsis) != labels.end();
}

// The axes while operand after operand is looked at, by label; and in the order in which they
// occur.
struct Uses {
  struct Use {
    EinsumAxis axis;
    std::int64_t own = 0;  // the size in the operand that was seen last
    int seen_in = -1;      // which one that is
    bool is_taken = false;
  };
  std::array<Use, kLabels> all;
  std::array<std::uint8_t, kLabels> order{};
  std::size_t count = 0;
  std::size_t ellipsis = 0;  // axes that "..." stands for, at most

  // The size that dimension d should have; -1 where it fits. A size of 1 is repeated, but not along
  // a diagonal.
  std::int64_t add(int label, int operand, const Shape& shape, std::size_t d) {
    Use& use = all[static_cast<std::size_t>(label)];
    std::int64_t& size = use.axis.size;
    const bool is_diagonal = use.seen_in == operand;
    if (is_diagonal && shape[d] != use.own) return use.own;
    if (size != 1 && shape[d] != 1 && shape[d] != size) return size;
    if (use.seen_in < 0) order[count++] = static_cast<std::uint8_t>(label);
    use.seen_in = operand;
    use.own = shape[d];
    if (shape[d] == 1) return -1;
    size = shape[d];
    use.axis.steps[static_cast<std::size_t>(operand)] +=
        element_count(std::span(shape).subspan(d + 1));
    return -1;
  }

  const EinsumAxis& take(int label) {
    Use& use = all[static_cast<std::size_t>(label)];
    use.is_taken = true;
    return use.axis;
  }

  // The axes that nobody took; why not, or nothing.
  std::string take_sums(EinsumParams& p) const {
    p.sums = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Use& use = all[order[i]];
      if (use.is_taken) continue;
      if (p.sums == kMaxEinsumSums) return str_cat("sums over more than ", kMaxEinsumSums, " axes");
      p.summed[static_cast<std::size_t>(p.sums++)] = use.axis;
    }
    if (p.terms() > kMostTerms) return "sums of more than 2^62 products";
    return {};
  }
};

}  // namespace

constexpr OpType kEinsum{"einsum", kInputs, kOutputs};

Einsum::Einsum(std::string equation) : Operator(kEinsum), equation_(std::move(equation)) {
  if (equation_.size() > kMaxEquation) {
    throw_error(ErrorCode::kModelLimit, "operator 'einsum' has an equation of ", equation_.size(),
                " characters, the limit is ", kMaxEquation);
  }
  const std::string_view whole = equation_;
  const std::size_t arrow = whole.find("->");
  std::string_view terms = whole.substr(0, arrow);
  for (bool more = true; more;) {
    const std::size_t comma = terms.find(',');
    more = comma != std::string_view::npos;
    if (operands_.size() == kMaxEinsumOperands)
      fail("has more than ", kMaxEinsumOperands, " operands");
    operands_.push_back(read_labels(terms.substr(0, comma)));
    terms.remove_prefix(more ? comma + 1 : 0);
  }
  if (arrow == std::string_view::npos)
    imply_result();
  else
    read_result(whole.substr(arrow + 2));
}

Einsum::Labels Einsum::read_labels(std::string_view term) const {
  Labels labels;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (term[i] == ' ') continue;
    if (term.substr(i, 3) == "...") {
      if (has_ellipsis(labels)) fail("has '...' twice in one operand");
      labels.push_back(kEllipsis);
      i += 2;
      continue;
    }
    const int letter = letter_number(term[i]);
    if (letter < 0) fail("has character number ", i, " that is no letter");
    labels.push_back(static_cast<Label>(letter));
  }
  return labels;
}

void Einsum::read_result(std::string_view term) {
  result_ = read_labels(term);
  for (auto label = result_.begin(); label != result_.end(); ++label) {
    const bool known = std::any_of(operands_.begin(), operands_.end(), [&](const Labels& labels) {
      return std::find(labels.begin(), labels.end(), *label) != labels.end();
    });
    const std::string text = text_of(*label);
    if (!known) fail("has ", text, " in its result alone");
    if (std::find(result_.begin(), label, *label) != label)
      fail("has ", text, " twice in its result");
  }
}

void Einsum::imply_result() {
  std::array<int, kLetters> counts{};
  for (const Labels& labels : operands_) {
    for (Label label : labels) {
      if (label != kEllipsis) ++counts[static_cast<std::size_t>(label)];
    }
  }
  if (std::any_of(operands_.begin(), operands_.end(), has_ellipsis)) result_.push_back(kEllipsis);
  for (int letter = 0; letter < kLetters; ++letter) {
    if (counts[static_cast<std::size_t>(letter)] == 1)
      result_.push_back(static_cast<Label>(letter));
  }
}

Einsum::Label Einsum::label_at(const Labels& labels, std::size_t dimension, std::size_t rank) {
  const auto at =
      static_cast<std::size_t>(std::find(labels.begin(), labels.end(), kEllipsis) - labels.begin());
  if (dimension < at) return labels[dimension];
  const std::size_t end = at + rank + 1 - labels.size();  // of what "..." stands for
  if (dimension < end) return static_cast<Label>(kLetters + (end - 1 - dimension));
  return labels[dimension + labels.size() - rank];
}

std::string Einsum::fit(std::span<const Shape* const> shapes, EinsumParams& p) const {
  if (shapes.size() != operands_.size())
    return str_cat(shapes.size(), " operands for equation '", equation_, "'");
  p.operands = static_cast<int>(shapes.size());
  Uses uses;
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    const Labels& labels = operands_[k];
    const Shape& shape = *shapes[k];
    const std::size_t rank = shape.size(), letters = labels.size() - (has_ellipsis(labels) ? 1 : 0);
    if (rank < letters || (rank > letters && !has_ellipsis(labels))) {
      return str_cat("operand ", k, " ", shape, " for ", letters, " letters of equation '",
                     equation_, "'");
    }
    uses.ellipsis = std::max(uses.ellipsis, rank - letters);
    for (std::size_t d = 0; d < rank; ++d) {
      const int label = label_at(labels, d, rank);
      const std::int64_t other = uses.add(label, static_cast<int>(k), shape, d);
      if (other >= 0) {
        return str_cat("operand ", k, " ", shape, " has ", shape[d], " along ", text_of(label),
                       " of equation '", equation_, "', not ", other);
      }
    }
  }
  if (uses.ellipsis > 0 && !has_ellipsis(result_))
    return str_cat("equation '", equation_, "' lacks '...' in its result");
  const std::size_t rank = result_.size() + uses.ellipsis - (has_ellipsis(result_) ? 1 : 0);
  if (rank > kMaxRank) return str_cat("a result of rank ", rank);
  p.rank = static_cast<int>(rank);
  for (std::size_t d = 0; d < rank; ++d) p.result[d] = uses.take(label_at(result_, d, rank));
  return uses.take_sums(p);
}

void Einsum::infer(Inference& in) const {
  in.require_dtype(0, {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64});
  std::vector<const Shape*> shapes;
  for (int k = 0; k < in.count(0); ++k) {
    const TensorType& type = in.input(0, k);
    shapes.push_back(&type.shape);
    if (type.dtype == in.input(0).dtype) continue;
    in.fail("operand ", k, " is ", dtype_name(type.dtype), ", operand 0 is ",
            dtype_name(in.input(0).dtype));
  }
  EinsumParams p;
  if (const std::string why = fit(shapes, p); !why.empty()) in.fail(why);
  Shape result;
  for (int d = 0; d < p.rank; ++d) result.push_back(p.result[static_cast<std::size_t>(d)].size);
  in.set_output(0, {in.input(0).dtype, std::move(result)});
}

std::optional<int> Einsum::result_rank() const {
  if (has_ellipsis(result_)) return std::nullopt;
  return static_cast<int>(result_.size());
}

EinsumParams Einsum::params(std::span<const Shape* const> shapes) const {
  EinsumParams p;
  fit(shapes, p);
  return p;
}

void Einsum::run_reference(const Operands& o) const {
  std::array<const Shape*, kMaxEinsumOperands> shapes{};
  const std::size_t count = operands_.size();
  for (std::size_t k = 0; k < count; ++k) shapes[k] = &o.all(0)[k].shape;
  const EinsumParams p = params(std::span(shapes).first(count));
  const std::optional<EinsumProduct> product = product_of(p);
  visit_arithmetic(o.output().dtype, [&]<class T>(T) {
    std::array<const T*, kMaxEinsumOperands> src{};
    for (std::size_t k = 0; k < count; ++k) src[k] = o.all(0)[k].template as<const T>();
    if (product) {
      return kernels::matmul_reference(product->params, src[static_cast<std::size_t>(product->x)],
                                       src[static_cast<std::size_t>(product->y)],
                                       o.output().as<T>(), *o.pool);
    }
    kernels::einsum_reference(p, src.data(), o.output().as<T>(), *o.pool);
  });
}

double Einsum::macs(const Graph& graph, const Node& node) const {
  std::vector<const Shape*> shapes;
  for (ValueId id : node.inputs[0]) shapes.push_back(&graph.type_of(id).shape);
  const EinsumParams p = params(shapes);
  return p.terms() * static_cast<double>(element_count(graph.type_of(node.output()).shape)) *
         std::max(1, p.operands - 1);
}

// The first axis of the result is that of the images, and nothing but images has it.
bool Einsum::keeps_images_apart(const Graph& graph, const Node& node,
                                const std::vector<ImageRole>& roles) const {
  const std::size_t rank = graph.type_of(node.output()).shape.size();
  if (rank == 0) return false;
  const Label images = label_at(result_, 0, rank);
  for (std::size_t k = 0; k < operands_.size(); ++k) {
    const ValueId id = node.inputs[0][k];
    const ImageRole role = roles[static_cast<std::size_t>(id)];
    const std::size_t own = graph.type_of(id).shape.size();
    std::size_t times = 0;
    for (std::size_t d = 0; d < own; ++d) times += label_at(operands_[k], d, own) == images;
    const bool fits = role == ImageRole::kImages
                          ? times == 1 && label_at(operands_[k], 0, own) == images
                          : role == ImageRole::kFixed && times == 0;
    if (!fits) return false;
  }
  return true;
}

Description Einsum::describe() const { return {{"equation", equation_}}; }

namespace {

// Axes longer than 1, of which two count as one where they lie in each other.
struct Axes {
  std::array<EinsumAxis, kMaxEinsumSums> all;
  int count = 0;

  void add(const EinsumAxis& axis) {
    if (axis.size != 1) all[static_cast<std::size_t>(count++)] = axis;
  }
  const EinsumAxis& last() const { return all[static_cast<std::size_t>(count) - 1]; }
  bool last_is_of(int operand, int other) const {
    const auto one = static_cast<std::size_t>(operand), two = static_cast<std::size_t>(other);
    return count > 0 && last().steps[one] != 0 && last().steps[two] == 0;
  }
};

bool continues(const EinsumAxis& outer, const EinsumAxis& inner, int operand) {
  const auto k = static_cast<std::size_t>(operand);
  return outer.steps[k] == inner.steps[k] * inner.size;
}

// Takes from the end what `operand` has and the other one lacks, as one axis.
EinsumAxis take_run(Axes& axes, int operand, int other) {
  EinsumAxis run;
  while (axes.last_is_of(operand, other)) {
    if (run.size == 1) {
      run = axes.last();
    } else if (continues(axes.last(), run, operand)) {
      run.size *= axes.last().size;
    } else {
      break;
    }
    --axes.count;
  }
  return run;
}

// The summed axes as one, or nothing: both operands have to have them in the same order.
std::optional<EinsumAxis> joined(Axes& sums) {
  const auto end = sums.all.begin() + sums.count;
  std::sort(sums.all.begin(), end, [](const EinsumAxis& a, const EinsumAxis& b) {
    return a.steps[0] != b.steps[0] ? a.steps[0] > b.steps[0] : a.steps[1] > b.steps[1];
  });
  EinsumAxis all{.size = 1, .steps = {1, 1}};
  for (int i = sums.count; i-- > 0;) {
    const EinsumAxis& axis = sums.all[static_cast<std::size_t>(i)];
    if (axis.steps[0] == 0 || axis.steps[1] == 0) return std::nullopt;
    if (i == sums.count - 1) {
      all = axis;
    } else if (continues(axis, all, 0) && continues(axis, all, 1)) {
      all.size *= axis.size;
    } else {
      return std::nullopt;
    }
  }
  return all;
}

}  // namespace

// Y has the last axes of the result, X those before them; in front of those is the batch.
std::optional<EinsumProduct> product_of(const EinsumParams& p) {
  if (p.operands != 2) return std::nullopt;
  Axes result, sums;
  for (int d = 0; d < p.rank; ++d) result.add(p.result[static_cast<std::size_t>(d)]);
  for (int s = 0; s < p.sums; ++s) sums.add(p.summed[static_cast<std::size_t>(s)]);
  EinsumProduct product{.x = result.last_is_of(0, 1) ? 1 : 0, .y = 1, .params = {}};
  product.y -= product.x;
  if (!result.last_is_of(product.y, product.x)) return std::nullopt;
  const std::optional<EinsumAxis> k = joined(sums);
  if (!k) return std::nullopt;
  const EinsumAxis n = take_run(result, product.y, product.x),
                   m = take_run(result, product.x, product.y);
  const auto x = static_cast<std::size_t>(product.x), y = static_cast<std::size_t>(product.y);
  product.params = {.m = m.size,
                    .n = n.size,
                    .k = k->size,
                    .x_row = m.size == 1 ? 1 : m.steps[x],
                    .x_column = k->steps[x],
                    .y_row = k->steps[y],
                    .y_column = n.steps[y],
                    .batch_rank = result.count};
  for (int i = 0; i < result.count; ++i) {
    const EinsumAxis& axis = result.all[static_cast<std::size_t>(i)];
    const auto at = static_cast<std::size_t>(i);
    product.params.batch[at] = axis.size;
    product.params.x_batch[at] = axis.steps[x];
    product.params.y_batch[at] = axis.steps[y];
  }
  return product;
}

}  // namespace u2net::engine
