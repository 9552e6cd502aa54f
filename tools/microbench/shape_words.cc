// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/shape_words.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "engine/base/error.h"
#include "loader/quoted.h"

namespace u2net::bench {
using namespace engine;
namespace {

constexpr std::int64_t kMaxWordNumber = std::int64_t{1} << 31;  // products of two do not overflow

}  // namespace

ShapeWords::ShapeWords(const std::string& line) : line_(line) {
  std::istringstream in(line);
  in >> op_;
  for (std::string word; in >> word;) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    if (!values_.emplace(key, equals == word.npos ? "" : word.substr(equals + 1)).second)
      fail("'" + key + "' twice");
  }
}

void ShapeWords::fail(const std::string& why) const {
  throw Error(ErrorCode::kUsage, "shape " + in_quotes(line_) + ": " + why);
}

std::string ShapeWords::text(const std::string& key) const {
  const auto it = values_.find(key);
  if (it == values_.end()) fail("'" + key + "=' is missing");
  return it->second;
}

std::string ShapeWords::text(const std::string& key, const std::string& otherwise) const {
  return has(key) ? text(key) : otherwise;
}

double ShapeWords::real(const std::string& key, double otherwise) const {
  if (!has(key)) return otherwise;
  const std::string word = text(key);
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (word.empty() || *end != '\0' || !std::isfinite(value)) fail("'" + word + "' is not a number");
  return value;
}

std::vector<std::int64_t> ShapeWords::parse(const std::string& text) const {
  std::vector<std::int64_t> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    std::int64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 0 || number > kMaxWordNumber)
      fail("'" + text + "' is not a list of numbers");
    numbers.push_back(number);
    if (next == end) return numbers;
    if (*next != 'x' && *next != ',') fail("'" + text + "' is not a list of numbers");
    at = next + 1;
  }
}

std::vector<std::int64_t> ShapeWords::numbers(const std::string& key) const {
  return parse(text(key));
}

std::vector<std::int64_t> ShapeWords::numbers(const std::string& key,
                                              std::vector<std::int64_t> otherwise) const {
  return has(key) ? parse(text(key)) : otherwise;
}

std::vector<std::int64_t> ShapeWords::numbers(const std::string& key, std::size_t count) const {
  std::vector<std::int64_t> list = numbers(key);
  if (list.size() != count) fail("'" + key + "=' takes " + std::to_string(count) + " numbers");
  return list;
}

std::int64_t ShapeWords::number(const std::string& key, std::int64_t otherwise) const {
  return has(key) ? numbers(key, std::size_t{1}).front() : otherwise;
}

void ShapeWords::expect_only(const std::vector<std::string_view>& keys) const {
  for (const auto& [key, value] : values_) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail("'" + op_ + "' has no '" + key + "'");
  }
}

std::vector<ShapeWords::Source> ShapeWords::sources() const {
  std::vector<Source> sources = parse_sources();
  for (const Source& source : sources) {
    if (source.shape.size() != 4) fail("a source is n x c x h x w");
  }
  return sources;
}

std::vector<ShapeWords::Source> ShapeWords::sources_of_any_rank() const {
  std::vector<Source> sources = parse_sources();
  for (const Source& source : sources) {
    if (source.upsampled) fail("'^' is for sources of conv2d");
  }
  return sources;
}

std::vector<ShapeWords::Source> ShapeWords::parse_sources() const {
  std::vector<Source> sources;
  std::istringstream in(text("src"));
  for (std::string part; std::getline(in, part, ',');) {
    const bool upsampled = !part.empty() && part.back() == '^';
    if (upsampled) part.pop_back();
    sources.push_back({parse(part), upsampled});
    const Shape& shape = sources.back().shape;
    if (shape.size() > kMaxRank) fail("a source of so many dimensions");
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) fail("a source without elements");
  }
  if (sources.empty()) fail("no source");
  return sources;
}

}  // namespace u2net::bench
