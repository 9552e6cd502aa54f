// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/onednn_verbose.h"

#include <algorithm>
#include <cstdlib>

#include "engine/base/error.h"
#include "loader/quoted.h"

namespace u2net::bench {
using namespace engine;
namespace {

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Where the fields that follow the kind of engine begin, or the end.
std::size_t engine_field(const std::vector<std::string>& fields) {
  const auto is_engine = [](const std::string& f) {
    return f == "cpu" || f == "gpu" || f.starts_with("cpu:") || f.starts_with("gpu:");
  };
  return static_cast<std::size_t>(std::find_if(fields.begin(), fields.end(), is_engine) -
                                  fields.begin());
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words = split(text, " ");
  std::erase(words, "");
  return words;
}

// "src_f32::blocked:abcd:f0" of oneDNN 1 and 2, "src:f32::blocked:abcd::f0" of 3.
struct Descriptor {
  std::string role, type, layout;
};

Descriptor read_descriptor(const std::string& word) {
  const std::vector<std::string> parts = split(word, ":");
  Descriptor d;
  const std::size_t underscore = parts.front().find('_');
  const bool together = underscore != std::string::npos;
  d.role = parts.front().substr(0, underscore);
  d.type = together ? parts.front().substr(underscore + 1) : parts.size() > 1 ? parts[1] : "";
  const auto blocked = std::find(parts.begin(), parts.end(), "blocked");
  if (blocked != parts.end() && blocked + 1 != parts.end()) d.layout = *(blocked + 1);
  return d;
}

void read_descriptors(const std::string& text, OneDnnProblem& problem) {
  problem.has_bias = false;
  bool first = true;
  for (const std::string& word : words_of(text)) {
    const Descriptor d = read_descriptor(word);
    if (first) problem.data_type = d.type;
    first = false;
    if (d.role.starts_with("src") || d.role == "data") problem.source_layouts.push_back(d.layout);
    if (d.role == "dst") problem.result_layout = d.layout;
    problem.has_bias = problem.has_bias || (d.role == "bia" && d.type != "undef");
  }
}

void read_attributes(const std::string& text, OneDnnProblem& problem) {
  constexpr std::string_view kPostOps = "attr-post-ops:";
  for (const std::string& word : words_of(text)) {
    if (!word.starts_with(kPostOps)) continue;
    for (std::string op : split(std::string_view(word).substr(kPostOps.size()), "+;")) {
      std::erase(op, '\'');
      if (!op.empty()) problem.post_ops.push_back(op);
    }
  }
}

void read_auxiliary(const std::string& text, OneDnnProblem& problem) {
  for (const std::string& word : words_of(text)) {
    const std::size_t colon = std::min(word.find(':'), word.size());
    const std::string key = word.substr(0, colon);
    const std::string value = word.substr(std::min(colon + 1, word.size()));
    if (key == "alg") problem.algorithm = value;
    if (key == "alpha") problem.alpha = std::strtod(value.c_str(), nullptr);
    if (key == "beta") problem.beta = std::strtod(value.c_str(), nullptr);
    if (key == "axis") problem.axis = std::atoi(value.c_str());
  }
}

}  // namespace

bool is_verbose_line(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(','));
  return name == "onednn_verbose" || name == "dnnl_verbose" || name == "mkldnn_verbose";
}

bool tells_of_primitive(std::string_view line) {
  const std::vector<std::string> fields = split(line, ",");
  return is_verbose_line(line) && std::any_of(fields.begin(), fields.end(), [](const auto& f) {
           return f.starts_with("exec") || f.starts_with("create");
         });
}

OneDnnProblem read_verbose_line(const std::string& line) {
  const std::vector<std::string> fields = split(line, ",");
  const std::size_t engine = engine_field(fields);
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorCode::kUsage, in_quotes(line) + ": " + why);
  };
  if (!tells_of_primitive(line)) fail("this line of ONEDNN_VERBOSE tells of no primitive");
  // primitive, implementation, kind, operands, attributes, auxiliary, problem
  if (fields.size() < engine + 8) fail("the line is cut off");
  if (fields[engine + 3].starts_with("backward")) fail("only forward primitives");
  OneDnnProblem problem;
  problem.primitive = fields[engine + 1];
  read_descriptors(fields[engine + 4], problem);
  read_attributes(fields[engine + 5], problem);
  read_auxiliary(fields[engine + 6], problem);
  problem.problem = fields[engine + 7];
  return problem;
}

}  // namespace u2net::bench
