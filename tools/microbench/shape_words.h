// SPDX-License-Identifier: Apache-2.0
// A line of shapes.h taken apart: the operator and its words, key=value or alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/tensor.h"

namespace u2net::bench {
using namespace engine;

class ShapeWords {
 public:
  explicit ShapeWords(const std::string& line);

  const std::string& op() const { return op_; }
  bool has(const std::string& key) const { return values_.count(key) != 0; }
  // Each throws Error (kUsage) that quotes the line.
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  double real(const std::string& key, double otherwise) const;
  // Numbers with 'x' or ',' between.
  std::vector<std::int64_t> numbers(const std::string& key) const;
  std::vector<std::int64_t> numbers(const std::string& key,
                                    std::vector<std::int64_t> otherwise) const;
  std::vector<std::int64_t> numbers(const std::string& key, std::size_t count) const;
  std::int64_t number(const std::string& key, std::int64_t otherwise) const;
  // Fails for a word that is not among these.
  void expect_only(const std::vector<std::string_view>& keys) const;

  struct Source {
    Shape shape;  // n x c x h x w
    bool upsampled = false;
  };
  std::vector<Source> sources() const;
  // Of any number of dimensions, none upsampled.
  std::vector<Source> sources_of_any_rank() const;

  [[noreturn]] void fail(const std::string& why) const;

 private:
  std::vector<std::int64_t> parse(const std::string& text) const;
  std::vector<Source> parse_sources() const;

  std::string line_, op_;
  std::map<std::string, std::string> values_;
};

}  // namespace u2net::bench
