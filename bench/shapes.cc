// SPDX-License-Identifier: Apache-2.0
#include "bench/shapes.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "engine/error.h"
#include "engine/ops/fused_conv2d.h"
#include "engine/ops/interp.h"
#include "engine/ops/pool2d.h"

namespace u2net::bench {
namespace {

using Integers = std::vector<std::int64_t>;

std::string join(const Integers& values, char separator) {
  std::string text;
  for (std::int64_t v : values)
    text += (text.empty() ? "" : std::string(1, separator)) + std::to_string(v);
  return text;
}

std::string sources_text(const Graph& graph, const Node& node) {
  std::string text = " src=";
  const std::vector<ValueId>& sources = node.inputs.front();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    text += (i ? "," : "") + join(graph.type_of(sources[i]).shape, 'x') +
            (upsamples_source(node, i) ? "^" : "");
  }
  return text;
}

std::string pair_unless(const char* key, std::int64_t a, std::int64_t b, std::int64_t otherwise) {
  return a == otherwise && b == otherwise ? "" : std::string(" ") + key + "=" + join({a, b}, ',');
}

std::string conv_line(const Graph& graph, const Node& node) {
  const Conv2d& conv = *convolution_of(node);
  const Shape& filter = graph.type_of(node.input(FusedConv2d::kFilter)).shape;
  Shape src = graph.type_of(node.input(FusedConv2d::kSources)).shape;
  const std::int64_t factor = upsamples_source(node, 0) ? 2 : 1;
  src = {src[0], filter[1] * conv.groups(), src[2] * factor, src[3] * factor};
  const kernels::Conv2dParams p = conv.params(src, filter, graph.type_of(node.output()).shape);
  std::string line = "conv2d" + sources_text(graph, node) + " filter=" + join(filter, 'x');
  line += pair_unless("stride", p.stride_h, p.stride_w, 1) +
          pair_unless("pad", p.pad_top, p.pad_left, 0) +
          pair_unless("dilation", p.dilation_h, p.dilation_w, 1);
  if (p.groups != 1) line += " groups=" + std::to_string(p.groups);
  if (conv.relu) line += " relu";
  if (node.has_input(FusedConv2d::kResidual)) line += " residual";
  if (conv.relu_after_residual) line += " relu_after_residual";
  if (node.outputs.size() > FusedConv2d::kPooled && !node.outputs[FusedConv2d::kPooled].empty()) {
    const Shape& pooled = graph.type_of(node.output(FusedConv2d::kPooled)).shape;
    line += " pooled=" + join({pooled[2], pooled[3]}, 'x');
  }
  return line;
}

std::string pool_line(const Graph& graph, const Node& node) {
  const Shape &src = graph.type_of(node.input(0)).shape, &dst = graph.type_of(node.output()).shape;
  const kernels::Pool2dParams p = op_as<Pool2d>(node)->params(src, dst);
  if (p.adaptive || p.pad_top || p.pad_left) return {};
  std::string line = "pool2d" + sources_text(graph, node);
  line += std::string(" kind=") + (p.kind == kernels::PoolKind::kMax ? "max" : "avg");
  line += " kernel=" + join({p.kh, p.kw}, ',') + " stride=" + join({p.stride_h, p.stride_w}, ',');
  if (dst[2] > (src[2] - p.kh) / p.stride_h + 1) line += " ceil";
  return line;
}

std::string interp_line(const Graph& graph, const Node& node) {
  const Shape& dst = graph.type_of(node.output()).shape;
  return std::string(node.op->type().name) + sources_text(graph, node) +
         " out=" + join({dst[2], dst[3]}, 'x');
}

std::string plain_line(const Graph& graph, const Node& node) {
  return std::string(node.op->type().name) + sources_text(graph, node);
}

std::string binary_line(const Graph& graph, const Node& node) {
  return std::string(node.op->type().name) +
         " src=" + join(graph.type_of(node.input(0)).shape, 'x') + "," +
         join(graph.type_of(node.input(1)).shape, 'x');
}

constexpr struct {
  std::string_view op;
  std::string (*line)(const Graph&, const Node&);
} kLines[] = {{"bilinear_interp_v2", interp_line},
              {"concat", plain_line},
              {"conv2d", conv_line},
              {"depthwise_conv2d", conv_line},
              {"elementwise_add", binary_line},
              {"elementwise_mul", binary_line},
              {"fused_conv2d", conv_line},
              {"nearest_interp_v2", interp_line},
              {"pool2d", pool_line},
              {"relu", plain_line},
              {"sigmoid", plain_line}};

// The words of a line.
class Words {
 public:
  explicit Words(const std::string& line) : line_(line) {
    std::istringstream in(line);
    in >> op;
    for (std::string word; in >> word;) {
      const std::size_t equals = word.find('=');
      const std::string key = word.substr(0, equals);
      if (!values_.emplace(key, equals == word.npos ? "" : word.substr(equals + 1)).second)
        fail("'" + key + "' twice");
    }
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorCode::kUsage, "shape '" + line_ + "': " + why);
  }
  bool has(const std::string& key) const { return values_.count(key) != 0; }
  std::string text(const std::string& key) const {
    const auto it = values_.find(key);
    if (it == values_.end()) fail("'" + key + "=' is missing");
    return it->second;
  }
  Integers numbers(const std::string& key, Integers otherwise) const {
    return has(key) ? parse(text(key)) : otherwise;
  }
  Integers numbers(const std::string& key) const { return parse(text(key)); }
  // Positive numbers with 'x' or ',' between.
  Integers parse(const std::string& text) const {
    Integers numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
      std::int64_t number = 0;
      const auto [next, error] = std::from_chars(at, end, number);
      if (error != std::errc() || number < 0) fail("'" + text + "' is not a list of numbers");
      numbers.push_back(number);
      if (next == end) return numbers;
      if (*next != 'x' && *next != ',') fail("'" + text + "' is not a list of numbers");
      at = next + 1;
    }
  }

  std::string op;

 private:
  std::string line_;
  std::map<std::string, std::string> values_;
};

struct Source {
  Shape shape;
  bool upsampled;
};

std::vector<Source> parse_sources(const Words& words) {
  std::vector<Source> sources;
  std::istringstream in(words.text("src"));
  for (std::string part; std::getline(in, part, ',');) {
    const bool upsampled = !part.empty() && part.back() == '^';
    if (upsampled) part.pop_back();
    sources.push_back({words.parse(part), upsampled});
    if (sources.back().shape.size() != 4) words.fail("a source is n x c x h x w");
  }
  if (sources.empty()) words.fail("no source");
  return sources;
}

// Builds the only node.
class NodeGraph {
 public:
  ValueId input(const Shape& shape) {
    const std::string name = "x" + std::to_string(graph_.inputs.size());
    const ValueId id = value(name, shape);
    graph_.inputs.push_back({name, id});
    return id;
  }
  ValueId weight(const Shape& shape) {
    Tensor tensor(DType::kFloat32, shape);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& v : tensor.values<float>()) v = uniform(random_);
    return graph_.add_constant("w" + std::to_string(graph_.values.size()), std::move(tensor));
  }
  ValueId value(const std::string& name, const Shape& shape) {
    return graph_.add_value(
        {.name = name, .type = {DType::kFloat32, shape}, .type_is_known = true, .constant = {}});
  }
  Graph finish(Node node) {
    node.name = "node";
    for (const auto& slot : node.outputs) {
      for (ValueId id : slot) graph_.outputs.push_back({graph_.values[id].name, id});
    }
    graph_.nodes.push_back(std::move(node));
    return std::move(graph_);
  }

 private:
  Graph graph_;
  std::mt19937 random_{1};
};

std::shared_ptr<const Operator> decode(const std::string& op, const Attributes& attributes) {
  return find_op_type(op)->decode(AttributeReader(op, attributes));
}

Graph conv_graph(const Words& words) {
  const std::vector<Source> sources = parse_sources(words);
  const Shape filter = words.numbers("filter");
  if (filter.size() != 4) words.fail("filter is oc x ic x kh x kw");
  const Attributes attributes = {{"strides", words.numbers("stride", {1, 1})},
                                 {"paddings", words.numbers("pad", {0, 0})},
                                 {"dilations", words.numbers("dilation", {1, 1})},
                                 {"groups", words.numbers("groups", {1}).front()}};
  auto conv = std::make_shared<Conv2d>(AttributeReader("conv2d", attributes));
  conv->relu = words.has("relu");
  conv->relu_after_residual = words.has("relu_after_residual");
  std::vector<bool> upsampled;
  std::vector<Shape> shapes;
  for (const Source& s : sources) {
    upsampled.push_back(s.upsampled);
    shapes.push_back(s.shape);
  }
  auto op = std::make_shared<FusedConv2d>(conv, upsampled);
  const Shape src = op->joined_shape(shapes);
  if (src[1] != filter[1] * conv->groups())
    words.fail("the channels of the sources do not fit the filter");
  const auto extent = [&](int axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t covered = words.numbers("dilation", {1, 1})[i] * (filter[2 + i] - 1) + 1;
    return (src[2 + i] + 2 * words.numbers("pad", {0, 0})[i] - covered) /
               words.numbers("stride", {1, 1})[i] +
           1;
  };
  const Shape dst{src[0], filter[0], extent(0), extent(1)};
  NodeGraph g;
  Node node;
  node.inputs.resize(4);
  for (const Shape& shape : shapes) node.inputs[FusedConv2d::kSources].push_back(g.input(shape));
  node.inputs[FusedConv2d::kFilter] = {g.weight(filter)};
  node.inputs[FusedConv2d::kBias] = {g.weight({filter[0]})};
  if (words.has("residual")) node.inputs[FusedConv2d::kResidual] = {g.input(dst)};
  node.outputs = {{g.value("dst", dst)}, {}};
  if (words.has("pooled")) {
    const Integers pooled = words.numbers("pooled");
    if (pooled.size() != 2) words.fail("pooled is h x w");
    op->pooling = {.ceil_h = 2 * pooled[0] > dst[2], .ceil_w = 2 * pooled[1] > dst[3]};
    node.outputs[FusedConv2d::kPooled] = {
        g.value("pooled", {dst[0], dst[1], pooled[0], pooled[1]})};
  }
  const bool is_plain =
      shapes.size() == 1 && !upsampled.front() && node.outputs[FusedConv2d::kPooled].empty();
  if (is_plain) {
    node.op = std::move(conv);
    node.outputs.pop_back();
  } else {
    node.op = std::move(op);
  }
  return g.finish(std::move(node));
}

// Operators of one result whose shape `dst` is known.
Graph simple_graph(const Words& words, const Attributes& attributes, const Shape& dst) {
  NodeGraph g;
  Node node;
  node.op = decode(words.op, attributes);
  node.inputs.resize(node.op->type().inputs.size());
  const bool list = node.op->type().inputs.front().list;
  std::size_t slot = 0;
  for (const Source& source : parse_sources(words)) {
    if (slot >= node.inputs.size()) words.fail("too many operands");
    node.inputs[slot].push_back(g.input(source.shape));
    if (!list) ++slot;
  }
  node.outputs = {{g.value("dst", dst)}};
  return g.finish(std::move(node));
}

Graph pool_graph(const Words& words) {
  const Shape src = parse_sources(words).front().shape;
  const Integers kernel = words.numbers("kernel"), stride = words.numbers("stride");
  const bool ceil = words.has("ceil");
  const auto extent = [&](std::size_t i) {
    return (src[2 + i] - kernel[i] + (ceil ? stride[i] - 1 : 0)) / stride[i] + 1;
  };
  return simple_graph(words,
                      {{"pooling_type", words.text("kind")},
                       {"ksize", kernel},
                       {"strides", stride},
                       {"ceil_mode", ceil}},
                      {src[0], src[1], extent(0), extent(1)});
}

Graph interp_graph(const Words& words) {
  const Shape src = parse_sources(words).front().shape;
  const Integers out = words.numbers("out");
  if (out.size() != 2) words.fail("out is h x w");
  return simple_graph(words,
                      {{"out_h", out[0]},
                       {"out_w", out[1]},
                       {"align_corners", false},
                       {"align_mode", std::int64_t{0}},
                       {"interp_method", words.op.substr(0, words.op.find('_'))}},
                      {src[0], src[1], out[0], out[1]});
}

Graph concat_graph(const Words& words) {
  const std::vector<Source> sources = parse_sources(words);
  Shape dst = sources.front().shape;
  dst[1] = 0;
  for (const Source& source : sources) dst[1] += source.shape[1];
  return simple_graph(words, {{"axis", std::int64_t{1}}}, dst);
}

Graph plain_graph(const Words& words) {
  return simple_graph(words, {}, parse_sources(words).front().shape);
}

constexpr struct {
  std::string_view op;
  Graph (*graph)(const Words&);
} kGraphs[] = {{"bilinear_interp_v2", interp_graph},
               {"concat", concat_graph},
               {"conv2d", conv_graph},
               {"elementwise_add", plain_graph},
               {"elementwise_mul", plain_graph},
               {"nearest_interp_v2", interp_graph},
               {"pool2d", pool_graph},
               {"relu", plain_graph},
               {"sigmoid", plain_graph}};

}  // namespace

std::string shape_line(const Graph& graph, const Node& node) {
  for (const auto& entry : kLines) {
    if (entry.op == node.op->type().name && graph.type_of(node.output()).dtype == DType::kFloat32) {
      return entry.line(graph, node);
    }
  }
  return {};
}

Graph graph_of(const std::string& line) {
  const Words words(line);
  for (const auto& entry : kGraphs) {
    if (entry.op == words.op) return entry.graph(words);
  }
  words.fail("there is no operator '" + words.op + "' here");
}

std::string without_fusion(const std::string& line) {
  if (!line.starts_with("conv2d")) return line;
  const std::vector<Source> sources = parse_sources(Words(line));
  Shape joined = sources.front().shape;
  const std::int64_t factor = sources.front().upsampled ? 2 : 1;
  joined = {joined[0], 0, joined[2] * factor, joined[3] * factor};
  for (const Source& source : sources) joined[1] += source.shape[1];
  std::string plain;
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    if (word.starts_with("pooled=")) continue;
    plain +=
        (plain.empty() ? "" : " ") + (word.starts_with("src=") ? "src=" + join(joined, 'x') : word);
  }
  return plain;
}

std::vector<std::string> read_shapes(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw Error(ErrorCode::kUsage, "cannot read '" + path.string() + "'");
  std::vector<std::string> lines;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line.erase(std::min(line.find('#'), line.size()));
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (line.empty()) continue;
    try {
      graph_of(line);
    } catch (const Error& e) {
      throw Error(ErrorCode::kUsage,
                  "'" + path.string() + "' line " + std::to_string(number) + ": " + e.what());
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace u2net::bench
