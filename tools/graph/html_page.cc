// SPDX-License-Identifier: Apache-2.0
// The page is page/page.html with its style and scripts put in, and the graphs as JSON.
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "tools/graph/block_layout.h"
#include "tools/graph/markup.h"
#include "tools/graph/page_files.h"
#include "tools/graph/picture.h"

namespace u2net::drawing {
namespace {

using OrderedJson = nlohmann::ordered_json;

// A tenth of a point is far below what can be seen.
double tenth(double value) { return std::round(value * 10) / 10; }

// Six digits say all about a weight that a reader needs.
double six_digits(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double scale = std::pow(10.0, 5 - std::floor(std::log10(std::fabs(value))));
  const double rounded = std::round(value * scale) / scale;
  return std::isfinite(rounded) ? rounded : value;
}

OrderedJson operands_json(const std::vector<Operand>& operands) {
  OrderedJson list = OrderedJson::array();
  for (const Operand& operand : operands) {
    OrderedJson entry = {operand.slot, operand.name, operand.type};
    if (operand.weight >= 0) entry.push_back(operand.weight);
    list.push_back(std::move(entry));
  }
  return list;
}

OrderedJson label_json(const Label& label) {
  OrderedJson lines = {label.title};
  for (const std::string& line : label.lines) lines.push_back(line);
  return lines;
}

OrderedJson node_json(const ViewNode& node, bool timed) {
  OrderedJson json;
  json["name"] = node.name;
  json["type"] = node.type;
  json["family"] = static_cast<int>(node.family);
  if (!node.layer.empty()) json["layer"] = node.layer;
  json["label"] = label_json(node_label(node, timed));
  json["block"] = node.block;
  json["attributes"] = OrderedJson::array();
  for (const auto& [name, text] : node.attributes)
    json["attributes"].push_back(OrderedJson::array({name, text}));
  json["inputs"] = operands_json(node.inputs);
  json["outputs"] = operands_json(node.outputs);
  json["origins"] = node.origins;
  if (node.macs > 0) json["macs"] = node.macs;
  if (!node.implementation.empty()) json["kernel"] = node.implementation;
  if (node.ms) json["ms"] = six_digits(*node.ms);
  return json;
}

OrderedJson layout_json(const BlockLayout& layout) {
  OrderedJson items = OrderedJson::array(), lines = OrderedJson::array();
  for (const Item& item : layout.items) {
    items.push_back({static_cast<int>(item.kind), item.index, tenth(item.centre.x),
                     tenth(item.centre.y), tenth(item.width), tenth(item.height)});
  }
  for (const Line& line : layout.lines) {
    OrderedJson points = OrderedJson::array();
    for (const Point& point : line.spline) {
      points.push_back(tenth(point.x));
      points.push_back(tenth(point.y));
    }
    points.push_back(tenth(line.end.x));
    points.push_back(tenth(line.end.y));
    const OrderedJson label =
        line.has_label ? OrderedJson({tenth(line.label.x), tenth(line.label.y)}) : OrderedJson();
    lines.push_back({line.from, line.to, line.value, std::move(points), label});
  }
  return {{"width", tenth(layout.width)},
          {"height", tenth(layout.height)},
          {"items", std::move(items)},
          {"lines", std::move(lines)}};
}

OrderedJson block_json(const ViewBlock& block, const BlockLayout& layout, bool timed) {
  OrderedJson json;
  json["name"] = block.name;
  json["parent"] = block.parent;
  json["label"] = label_json(block_label(block, timed));
  json["operators"] = block.operators;
  json["macs"] = block.macs;
  json["parameters"] = block.parameters;
  if (block.ms) json["ms"] = six_digits(*block.ms);
  json["layout"] = layout_json(layout);
  return json;
}

OrderedJson weight_json(const Weight& weight) {
  const TensorStatistics& s = weight.statistics;
  return {weight.name,        weight.structured_name,  weight.type,
          s.elements,         six_digits(s.min),       six_digits(s.max),
          six_digits(s.mean), six_digits(s.deviation), s.zeros,
          s.not_finite};
}

OrderedJson graph_json(const NetworkView& view, bool timed) {
  const std::vector<BlockLayout> layouts = closed_layouts(view, timed);
  OrderedJson json;
  for (const char* part : {"nodes", "values", "blocks", "weights"})
    json[part] = OrderedJson::array();
  for (const ViewNode& node : view.nodes) json["nodes"].push_back(node_json(node, timed));
  for (const ViewValue& value : view.values)
    json["values"].push_back(OrderedJson::array({value.name, value.type}));
  for (std::size_t b = 0; b < view.blocks.size(); ++b)
    json["blocks"].push_back(block_json(view.blocks[b], layouts[b], timed));
  for (const Weight& weight : view.weights) json["weights"].push_back(weight_json(weight));
  return json;
}

OrderedJson pass_json(const PassRecord& record) {
  OrderedJson json = {{"pass", record.pass},
                      {"what", record.what},
                      {"summary", summary_of(record)},
                      {"before", record.nodes_before},
                      {"after", record.nodes_after}};
  json["fused"] = OrderedJson::array();
  for (const PassRecord::Fusion& fusion : record.fused)
    json["fused"].push_back(OrderedJson::array({fusion.node, fusion.from}));
  json["folded"] = record.folded;
  json["changed"] = record.changed;
  json["removed"] = record.removed;
  return json;
}

OrderedJson page_json(const Page& page) {
  OrderedJson json;
  json["title"] = page.title;
  json["about"] = page.about;
  json["mode"] = page.mode;
  json["initial"] = page.show_optimized ? "optimized" : "exported";
  json["families"] = OrderedJson::array();
  for (int f = 0; f < kFamilies; ++f) {
    const FamilyLook& colours = look(static_cast<Family>(f));
    json["families"].push_back(
        {{"name", colours.name}, {"fill", colours.fill}, {"stroke", colours.stroke}});
  }
  json["graphs"]["exported"] = graph_json(page.exported, page.timed && page.mode.empty());
  if (!page.mode.empty()) json["graphs"]["optimized"] = graph_json(page.optimized, page.timed);
  json["passes"] = OrderedJson::array();
  for (const PassRecord& record : page.passes) json["passes"].push_back(pass_json(record));
  return json;
}

// Inside of a script element, where only a '<' could end it.
std::string script_text(const OrderedJson& json) {
  const std::string text = json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      result += "\\u003c";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::string html_page(const Page& page) {
  const std::pair<std::string_view, std::string> parts[] = {
      {"{{TITLE}}", escaped(page.title)},
      {"{{STYLE}}", std::string(page_style())},
      {"{{DATA}}", script_text(page_json(page))},
      {"{{SCRIPT}}", std::string(page_script())},
  };
  std::string_view rest = page_frame();
  std::string html;
  for (const auto& [mark, text] : parts) {
    const std::size_t at = rest.find(mark);
    html += rest.substr(0, at);
    html += text;
    rest.remove_prefix(at + mark.size());
  }
  return html += rest;
}

}  // namespace u2net::drawing
