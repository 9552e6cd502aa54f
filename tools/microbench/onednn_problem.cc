// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/onednn_problem.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "kernels/binary/functions.h"
#include "kernels/unary/functions.h"

namespace u2net::bench {
using namespace engine;
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;
constexpr std::int64_t kMaxNumber = std::int64_t{1} << 24;  // no product of a few overflows

[[noreturn]] void fail(const OneDnnProblem& problem, const std::string& why) {
  throw Error(ErrorCode::kUsage, problem.primitive + " problem '" + problem.problem + "': " + why);
}

// "mb1_ic3oc64_ih320" as keys and numbers.
class Fields {
 public:
  explicit Fields(const OneDnnProblem& problem, std::string_view known) : problem_(problem) {
    const std::string& text = problem.problem;
    for (std::size_t at = 0; at < text.size();) {
      if (text[at] == '_') {
        ++at;
        continue;
      }
      std::size_t digits = at;
      while (digits < text.size() && std::islower(static_cast<unsigned char>(text[digits])))
        ++digits;
      const std::string key = text.substr(at, digits - at);
      if (key == "n" && digits < text.size() && text[digits] == '"') break;  // the problem's name
      std::int64_t number = 0;
      const auto [end, error] =
          std::from_chars(text.data() + digits, text.data() + text.size(), number);
      if (key.empty() || error != std::errc() || number < 0 || number > kMaxNumber)
        fail(problem, "'" + text.substr(at) + "' is not a key and a number");
      if ((" " + std::string(known) + " ").find(" " + key + " ") == std::string::npos)
        fail(problem, "'" + key + "' is unknown; known: " + std::string(known));
      if (!values_.emplace(key, number).second) fail(problem, "'" + key + "' twice");
      at = static_cast<std::size_t>(end - text.data());
    }
  }

  std::optional<std::int64_t> find(const std::string& key) const {
    const auto it = values_.find(key);
    return it == values_.end() ? std::nullopt : std::optional(it->second);
  }
  std::int64_t get(const std::string& key, std::int64_t otherwise) const {
    return find(key).value_or(otherwise);
  }
  std::int64_t positive(const std::string& key) const {
    const std::optional<std::int64_t> value = find(key);
    if (!value) fail(problem_, "'" + key + "' is missing");
    if (*value < 1) fail(problem_, "'" + key + "' is 0");
    return *value;
  }
  bool has(const std::string& key) const { return values_.count(key) != 0; }

 private:
  const OneDnnProblem& problem_;
  std::map<std::string, std::int64_t> values_;
};

// The numbers of height or width.
struct Axis {
  std::int64_t in, out, kernel, stride, dilation, pad;

  std::int64_t covered() const { return (kernel - 1) * dilation + 1; }
  std::int64_t out_with(std::int64_t pad_end) const {
    const std::int64_t room = in + pad + pad_end - covered();
    return room < 0 ? 0 : room / stride + 1;
  }
  std::int64_t pad_end() const {
    return std::max<std::int64_t>((out - 1) * stride + covered() - in - pad, 0);
  }
};

// `suffix` is that whose keys are there: "h", or "w" of a line that has both or only that.
Axis window_axis(const OneDnnProblem& problem, const Fields& f, const std::string& suffix) {
  Axis a{.in = f.positive("i" + suffix),
         .out = 0,
         .kernel = f.positive("k" + suffix),
         .stride = f.get("s" + suffix, 1),
         .dilation = f.get("d" + suffix, 0) + 1,
         .pad = f.get("p" + suffix, 0)};
  if (a.stride < 1) fail(problem, "'s" + suffix + "' is 0");
  if (!f.has("o" + suffix)) {
    a.out = a.out_with(a.pad);
    if (a.out < 1) fail(problem, "the result would be empty");
    return a;
  }
  a.out = f.positive("o" + suffix);
  if (!f.has("p" + suffix))
    a.pad = std::max<std::int64_t>(((a.out - 1) * a.stride - a.in + a.covered()) / 2, 0);
  const std::int64_t expected = a.out_with(a.pad_end());
  if (expected != a.out) {
    fail(problem, "'o" + suffix + "' is " + std::to_string(a.out) + ", expected " +
                      std::to_string(expected) + " or more padding");
  }
  return a;
}

struct Window {
  Axis h, w;
};

Window window_of(const OneDnnProblem& problem, const Fields& f) {
  if (!f.has("ih")) return {{1, 1, 1, 1, 1, 0}, window_axis(problem, f, "w")};
  const Axis h = window_axis(problem, f, "h");
  return {h, f.has("iw") ? window_axis(problem, f, "w") : h};
}

std::string pair(std::int64_t a, std::int64_t b, const char* between = ",") {
  return std::to_string(a) + between + std::to_string(b);
}

std::string pad_text(const Window& window) {
  const Axis &h = window.h, &w = window.w;
  const bool symmetric = h.out_with(h.pad) == h.out && w.out_with(w.pad) == w.out;
  if (symmetric && h.pad == 0 && w.pad == 0) return "";
  if (symmetric) return " pad=" + pair(h.pad, w.pad);
  return " pad=" + pair(h.pad, h.pad_end()) + "," + pair(w.pad, w.pad_end());
}

std::string source_text(const Fields& f, const Axis& h, const Axis& w) {
  return " src=" + pair(f.get("mb", 1), f.positive("ic"), "x") + "x" + pair(h.in, w.in, "x");
}

enum class PostOp { kRelu, kSum, kOther };

PostOp kind_of(const std::string& op) {
  const std::size_t colon = std::min(op.find(':'), op.size());
  const std::string name = op.substr(0, colon), rest = op.substr(colon);
  // eltwise_relu[:alpha[:beta[:scale]]]
  if (name == "eltwise_relu" && (rest.empty() || rest.starts_with(":0"))) return PostOp::kRelu;
  if (name == "sum" && (rest.empty() || rest.starts_with(":1"))) return PostOp::kSum;
  // binary_add[:type[:mask...]]: 15 stands for an operand of the result's shape.
  const bool whole = rest.empty() || rest.find(":15") != std::string::npos ||
                     std::count(rest.begin(), rest.end(), ':') == 1;
  return name == "binary_add" && whole ? PostOp::kSum : PostOp::kOther;
}

// What follows the convolution: ReLU, a sum, ReLU, each if it is there.
std::string epilogue_text(const OneDnnProblem& problem, std::vector<std::string>& notes) {
  std::string text;
  bool summed = false, before = false, after = false;
  std::size_t i = 0;
  for (; i < problem.post_ops.size() && !after; ++i) {
    const PostOp kind = kind_of(problem.post_ops[i]);
    if (kind == PostOp::kRelu && summed) {
      after = true;
    } else if (kind == PostOp::kRelu && !before) {
      before = true;
    } else if (kind == PostOp::kSum && !summed) {
      summed = true;
    } else {
      break;
    }
  }
  for (; i < problem.post_ops.size(); ++i)
    notes.push_back("the post-op '" + problem.post_ops[i] + "' is left out");
  return std::string(before ? " relu" : "") + (summed ? " residual" : "") +
         (after ? " relu_after_residual" : "");
}

std::string translate_convolution(const OneDnnProblem& problem, std::vector<std::string>& notes) {
  const Fields f(problem, "mb g ic oc ih oh kh sh dh ph iw ow kw sw dw pw id od kd sd dd pd");
  if (f.has("id")) fail(problem, "three-dimensional: this engine's convolutions have two");
  const Window window = window_of(problem, f);
  const auto& [h, w] = window;
  const std::int64_t groups = f.get("g", 1), ic = f.positive("ic"), oc = f.positive("oc");
  if (groups < 1 || ic % groups != 0 || oc % groups != 0)
    fail(problem, "the channels do not divide into " + std::to_string(groups) + " groups");
  std::string line = "conv2d" + source_text(f, h, w) + " filter=" + pair(oc, ic / groups, "x") +
                     "x" + pair(h.kernel, w.kernel, "x");
  if (h.stride != 1 || w.stride != 1) line += " stride=" + pair(h.stride, w.stride);
  line += pad_text(window);
  if (h.dilation != 1 || w.dilation != 1) line += " dilation=" + pair(h.dilation, w.dilation);
  if (groups != 1) line += " groups=" + std::to_string(groups);
  if (!problem.has_bias) line += " nobias";
  return line + epilogue_text(problem, notes);
}

std::string translate_pooling(const OneDnnProblem& problem, std::vector<std::string>&) {
  const Fields f(problem, "mb ic ih oh kh sh dh ph iw ow kw sw dw pw id od kd sd dd pd");
  if (f.has("id")) fail(problem, "three-dimensional: this engine's pooling has two");
  const std::string& algorithm = problem.algorithm;
  const bool max = algorithm == "pooling_max" || algorithm.empty();
  if (!max && !algorithm.starts_with("pooling_avg"))
    fail(problem, "there is no algorithm '" + algorithm + "'");
  const Window window = window_of(problem, f);
  const auto& [h, w] = window;
  if (h.dilation != 1 || w.dilation != 1) fail(problem, "dilated pooling has no counterpart here");
  return "pool2d" + source_text(f, h, w) + " kind=" + (max ? "max" : "avg") +
         " kernel=" + pair(h.kernel, w.kernel) + " stride=" + pair(h.stride, w.stride) +
         pad_text(window) + (algorithm == "pooling_avg_include_padding" ? " include_padding" : "");
}

std::string translate_resampling(const OneDnnProblem& problem, std::vector<std::string>&) {
  const Fields f(problem, "mb ic ih oh iw ow id od");
  if (f.has("id")) fail(problem, "three-dimensional: this engine's resampling has two");
  const std::string& algorithm = problem.algorithm;
  const bool linear = algorithm == "resampling_linear" || algorithm.empty();
  if (!linear && algorithm != "resampling_nearest")
    fail(problem, "there is no algorithm '" + algorithm + "'");
  const auto axis = [&](const std::string& suffix) {
    return Axis{f.positive("i" + suffix), f.positive("o" + suffix), 1, 1, 1, 0};
  };
  const Axis none{1, 1, 1, 1, 1, 0};
  const Axis h = f.has("ih") ? axis("h") : none;
  const Axis w = f.has("iw") || !f.has("ih") ? axis("w") : h;
  return std::string(linear ? "bilinear" : "nearest") + "_interp_v2" + source_text(f, h, w) +
         " out=" + pair(h.out, w.out, "x");
}

std::string translate_batch_norm(const OneDnnProblem& problem, std::vector<std::string>&) {
  const Fields f(problem, "mb ic ih iw id");
  if (f.has("id")) fail(problem, "three-dimensional: this engine's images have two");
  const std::int64_t height = f.get("ih", 1);
  return "batch_norm" + source_text(f, {height, 0, 0, 0, 0, 0},
                                    {f.get("iw", f.has("ih") ? height : 1), 0, 0, 0, 0, 0});
}

using Dims = std::vector<std::int64_t>;

// "1x64x80x80:1x64x1x1", what follows a space aside.
std::vector<Dims> read_dims(const OneDnnProblem& problem) {
  const std::string text = problem.problem.substr(0, problem.problem.find(' '));
  std::vector<Dims> all(1);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    std::int64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 1 || number > kMaxNumber)
      fail(problem, "'" + text + "' is not a list of sizes with x and : between");
    all.back().push_back(number);
    if (next == end) return all;
    if (*next == ':') {
      all.emplace_back();
    } else if (*next != 'x') {
      fail(problem, "'" + text + "' is not a list of sizes with x and : between");
    }
    at = next + 1;
  }
}

// As an image: what is missing are ones at the end.
std::string image_text(const OneDnnProblem& problem, Dims dims) {
  if (dims.size() > 4) fail(problem, "more than 4 dimensions");
  dims.resize(4, 1);
  return pair(dims[0], dims[1], "x") + "x" + pair(dims[2], dims[3], "x");
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

// "eltwise_tanh": oneDNN's name of a function.
std::string eltwise_word(const kernels::UnaryFunction& function) {
  std::string word(function.name);
  if (function.kind == kernels::UnaryKind::kSigmoid) word = "logistic";
  std::erase(word, '_');
  return "eltwise_" + word;
}

// Whether oneDNN's alpha and beta stand for parameters of ours, which this does not translate.
bool has_other_parameters(const kernels::UnaryFunction& function) {
  constexpr kernels::UnaryKind kPlain[] = {kernels::UnaryKind::kHardSwish,
                                           kernels::UnaryKind::kMish};
  return !function.parameters[0].name.empty() &&
         std::find(std::begin(kPlain), std::end(kPlain), function.kind) == std::end(kPlain);
}

// "binary_add"
std::string binary_word(const kernels::BinaryFunction& function) {
  return "binary_" + std::string(function.name.substr(function.name.find('_') + 1));
}

std::string translate_eltwise(const OneDnnProblem& problem, std::vector<std::string>&) {
  std::vector<Dims> dims = read_dims(problem);
  if (dims.size() != 1) fail(problem, "one operand was expected");
  // It does not matter which element lies in which dimension.
  for (; dims.front().size() > 4; dims.front().pop_back())
    if ((dims.front()[dims.front().size() - 2] *= dims.front().back()) > kMaxElements)
      fail(problem, "too many elements");
  const std::string src = " src=" + image_text(problem, dims.front());
  const std::string& algorithm = problem.algorithm;
  std::string known;
  for (const kernels::UnaryFunction& function : kernels::kUnaryFunctions) {
    const std::string word = eltwise_word(function);
    if (has_other_parameters(function)) continue;
    const bool is_relu = function.kind == kernels::UnaryKind::kRelu;
    if (algorithm == word && (!is_relu || problem.alpha == 0))
      return std::string(function.name) + src;
    known += word + (is_relu ? " (alpha 0), " : ", ");
  }
  if (algorithm == "eltwise_linear")
    return "scale" + src + " factor=" + number(problem.alpha) + " offset=" + number(problem.beta);
  fail(problem,
       "algorithm '" + algorithm + "' has no operator here; known: " + known + "eltwise_linear");
}

std::string translate_binary(const OneDnnProblem& problem, std::vector<std::string>&) {
  const std::vector<Dims> dims = read_dims(problem);
  if (dims.size() != 2) fail(problem, "two operands were expected");
  const std::string algorithm = problem.algorithm.empty() ? "binary_add" : problem.algorithm;
  std::string known;
  for (const kernels::BinaryFunction& function : kernels::kBinaryFunctions) {
    if (binary_word(function) == algorithm) {
      return std::string(function.name) + " src=" + image_text(problem, dims[0]) + "," +
             image_text(problem, dims[1]);
    }
    append_word(known, binary_word(function));
  }
  fail(problem, "algorithm '" + algorithm + "' has no operator here; known: " + known);
}

std::string translate_sum(const OneDnnProblem& problem, std::vector<std::string>&) {
  const std::vector<Dims> dims = read_dims(problem);
  if (dims.size() == 1 ? problem.source_layouts.size() != 2 : dims.size() != 2)
    fail(problem, "a sum of other than two operands has no operator here");
  const std::string shape = image_text(problem, dims.front());
  return "elementwise_add src=" + shape + "," + shape;
}

std::string translate_concat(const OneDnnProblem& problem, std::vector<std::string>&) {
  std::string line = "concat src=";
  bool first = true;
  for (const Dims& dims : read_dims(problem)) {
    line += (first ? "" : ",") + image_text(problem, dims);
    first = false;
  }
  if (problem.axis < 0 || problem.axis > 3)
    fail(problem, "there is no axis " + std::to_string(problem.axis));
  return line + (problem.axis == 1 ? "" : " axis=" + std::to_string(problem.axis));
}

std::string translate_reorder(const OneDnnProblem& problem, std::vector<std::string>&) {
  if (problem.source_layouts.size() != 1 || problem.source_layouts.front().empty() ||
      problem.result_layout.empty())
    fail(problem, "the two layouts are missing: a whole line of ONEDNN_VERBOSE has them");
  const std::string dims = problem.problem.substr(0, problem.problem.find(' '));
  return "reorder src=" + dims + " from=" + problem.source_layouts.front() +
         " to=" + problem.result_layout;
}

constexpr struct {
  std::string_view name;   // oneDNN's
  std::string_view words;  // that stand for it
  std::string (*translate)(const OneDnnProblem&, std::vector<std::string>& notes);
} kPrimitives[] = {
    {"convolution", " convolution conv conv2d depthwise_conv2d ", translate_convolution},
    {"pooling", " pooling pooling_v2 pool pool2d ", translate_pooling},
    {"resampling", " resampling bilinear_interp_v2 nearest_interp_v2 ", translate_resampling},
    {"batch_normalization", " batch_normalization bnorm batch_norm ", translate_batch_norm},
    {"eltwise", " eltwise scale ", translate_eltwise},
    {"binary", " binary ", translate_binary},
    {"sum", " sum ", translate_sum},
    {"concat", " concat ", translate_concat},
    {"reorder", " reorder ", translate_reorder},
};

}  // namespace

std::string onednn_primitive(std::string_view op) {
  for (const kernels::UnaryFunction& function : kernels::kUnaryFunctions)
    if (function.name == op) return "eltwise";
  for (const kernels::BinaryFunction& function : kernels::kBinaryFunctions)
    if (function.name == op) return "binary";
  for (const auto& entry : kPrimitives) {
    if (entry.words.find(" " + std::string(op) + " ") != entry.words.npos)
      return std::string(entry.name);
  }
  return {};
}

std::string onednn_algorithm(std::string_view op) {
  for (const kernels::UnaryFunction& function : kernels::kUnaryFunctions)
    if (function.name == op) return eltwise_word(function);
  for (const kernels::BinaryFunction& function : kernels::kBinaryFunctions)
    if (function.name == op) return binary_word(function);
  constexpr struct {
    std::string_view op, algorithm;
  } kAlgorithms[] = {{"scale", "eltwise_linear"},
                     {"bilinear_interp_v2", "resampling_linear"},
                     {"nearest_interp_v2", "resampling_nearest"}};
  for (const auto& entry : kAlgorithms) {
    if (entry.op == op) return std::string(entry.algorithm);
  }
  return {};
}

TranslatedProblem translate(const OneDnnProblem& problem) {
  const std::string name = onednn_primitive(problem.primitive);
  for (const auto& entry : kPrimitives) {
    if (entry.name != name) continue;
    TranslatedProblem result;
    result.line = entry.translate(problem, result.notes);
    if (name != "convolution") {
      for (const std::string& op : problem.post_ops)
        result.notes.push_back("the post-op '" + op + "' is left out");
    }
    if (problem.data_type != "f32") result.notes.push_back("f32 in place of " + problem.data_type);
    return result;
  }
  std::string known;
  for (const auto& entry : kPrimitives) append_word(known, entry.name);
  fail(problem, "there is no operator for '" + problem.primitive + "' here; known: " + known);
}

}  // namespace u2net::bench
