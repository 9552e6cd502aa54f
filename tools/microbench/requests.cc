// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/requests.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <unordered_map>

#include "engine/base/error.h"
#include "tools/microbench/onednn_problem.h"
#include "tools/microbench/reorder.h"
#include "tools/microbench/shapes.h"

namespace u2net::bench {
using namespace engine;
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{16} << 10;  // a log has 500 in a line
constexpr std::size_t kMaxListBytes = std::size_t{32} << 20;
constexpr std::size_t kMaxRequests = 10'000;  // that differ
constexpr std::size_t kMaxRefused = 1'000;    // that are told one by one

// Lines of what may have no end.
class Lines {
 public:
  Lines(std::istream& in, const std::string& name) : in_(in), name_(name) {}

  bool next(std::string& line) {
    line.clear();
    ++number_;
    using Traits = std::istream::traits_type;
    for (;;) {
      const auto c = in_.get();
      if (c == Traits::eof()) return !line.empty();
      if (++bytes_ > kMaxListBytes)
        fail("has more than " + std::to_string(kMaxListBytes >> 20) + " MiB");
      if (c == '\n') return true;
      if (line.size() == kMaxLineBytes) {
        fail("has more than " + std::to_string(kMaxLineBytes >> 10) + " KiB in line " +
             std::to_string(number_));
      }
      line += Traits::to_char_type(c);
    }
  }

  std::int64_t number() const { return number_; }

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorCode::kInputLimit,
                "'" + name_ + "' " + why + ", the limit of a list of operators");
  }

 private:
  std::istream& in_;
  const std::string& name_;
  std::size_t bytes_ = 0;
  std::int64_t number_ = 0;
};

// The requests so far, each once. Lines that come again are not read again.
class Requests {
 public:
  // Whether the line has been there.
  bool repeat(const std::string& line) {
    const auto known = lines_.find(line);
    if (known == lines_.end()) return false;
    ++all_[known->second].times;
    return true;
  }

  void add(const std::string& line, Request request) {
    std::string key = request.line;
    for (const std::string& note : request.notes) key += '\n' + note;
    const auto [known, is_new] = numbers_.try_emplace(std::move(key), all_.size());
    lines_.emplace(line, known->second);
    if (is_new) {
      all_.push_back(std::move(request));
    } else {
      ++all_[known->second].times;
    }
  }

  std::size_t size() const { return all_.size(); }
  std::vector<Request> take() { return std::move(all_); }

 private:
  std::vector<Request> all_;
  std::unordered_map<std::string, std::size_t> numbers_;  // by line and notes
  std::unordered_map<std::string, std::size_t> lines_;    // as they came
};

}  // namespace

void check_request(const std::string& line) {
  is_reorder(line) ? check_reorder(line) : check_line(line);
}

Request request_of(const std::string& text) {
  Request request;
  request.given = request.line = text;
  if (is_verbose_line(text)) {
    TranslatedProblem result = translate(read_verbose_line(text));
    request.line = std::move(result.line);
    request.notes = std::move(result.notes);
  }
  check_request(request.line);
  return request;
}

std::vector<Request> read_requests(std::istream& in, const std::string& name,
                                   std::vector<std::string>* refused) {
  Requests requests;
  std::size_t refusals = 0;
  Lines lines(in, name);
  for (std::string line; lines.next(line);) {
    const bool is_log = is_verbose_line(line);
    if (is_log && !tells_of_primitive(line)) continue;
    if (!is_log) line.erase(std::min(line.find('#'), line.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (requests.repeat(line)) continue;
    try {
      requests.add(line, request_of(line));
    } catch (const Error& e) {
      const std::string message =
          "'" + name + "' line " + std::to_string(lines.number()) + ": " + e.what();
      if (!is_log || !refused) throw Error(e.code(), message);
      if (++refusals <= kMaxRefused) refused->push_back(message);
    }
    if (requests.size() > kMaxRequests)
      lines.fail("has more than " + std::to_string(kMaxRequests) + " operators that differ");
  }
  if (refusals > kMaxRefused) {
    refused->push_back("'" + name + "': " + std::to_string(refusals - kMaxRefused) +
                       " more lines are of no operator");
  }
  return requests.take();
}

std::vector<Request> read_requests(const std::string& path, std::vector<std::string>* refused) {
  std::ifstream in(path);
  if (!in) throw Error(ErrorCode::kUsage, "cannot read '" + path + "'");
  return read_requests(in, path, refused);
}

}  // namespace u2net::bench
