// SPDX-License-Identifier: Apache-2.0
// Operators as people give them: lines of shapes.h, reorders, or lines of a log of ONEDNN_VERBOSE.
#pragma once

#include <istream>
#include <string>
#include <vector>

namespace u2net::bench {

struct Request {
  std::string given, line;         // as it came, and as a line of shapes.h
  std::vector<std::string> notes;  // what the line leaves out
  int times = 1;                   // how often it was given
};

// Throws Error (kUsage) for a line that is neither a shape nor a reorder.
void check_request(const std::string& line);

// Throws Error (kUsage).
Request request_of(const std::string& text);

// One a line, each once. Comments (#), and what a log says besides of primitives, are passed over.
// Errors name the file (`name`) and the line; those of a log, which has what there is no operator
// for, go to `refused` where that is given. Throws Error: kUsage, or kInputLimit for a text without
// an end, a line of more than 16 KiB or more than 10,000 operators.
std::vector<Request> read_requests(std::istream& in, const std::string& name,
                                   std::vector<std::string>* refused = nullptr);
std::vector<Request> read_requests(const std::string& path,
                                   std::vector<std::string>* refused = nullptr);

}  // namespace u2net::bench
