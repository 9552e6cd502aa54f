// SPDX-License-Identifier: Apache-2.0
#include "tools/microbench/requests.h"

#include <algorithm>
#include <fstream>

#include "engine/error.h"
#include "tools/microbench/onednn_problem.h"
#include "tools/microbench/reorder.h"
#include "tools/microbench/shapes.h"

namespace u2net::bench {
namespace {

void add(Request request, std::vector<Request>& requests) {
  for (Request& r : requests) {
    if (r.line == request.line && r.notes == request.notes) {
      ++r.times;
      return;
    }
  }
  requests.push_back(std::move(request));
}

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
  std::vector<Request> requests;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const bool is_log = is_verbose_line(line);
    if (is_log && !tells_of_primitive(line)) continue;
    if (!is_log) line.erase(std::min(line.find('#'), line.size()));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    try {
      add(request_of(line), requests);
    } catch (const Error& e) {
      const std::string message = "'" + name + "' line " + std::to_string(number) + ": " + e.what();
      if (!is_log || !refused) throw Error(e.code(), message);
      refused->push_back(message);
    }
  }
  return requests;
}

std::vector<Request> read_requests(const std::string& path, std::vector<std::string>* refused) {
  std::ifstream in(path);
  if (!in) throw Error(ErrorCode::kUsage, "cannot read '" + path + "'");
  return read_requests(in, path, refused);
}

}  // namespace u2net::bench
