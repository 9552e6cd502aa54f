// SPDX-License-Identifier: Apache-2.0
// The lines that `u2net op` takes: shapes, reorders, benchdnn's problems, logs of ONEDNN_VERBOSE.
// What is small is run.
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/file_checks.h"
#include "tests/fuzz/target_list.h"
#include "tools/microbench/node_run.h"
#include "tools/microbench/onednn_problem.h"
#include "tools/microbench/reorder.h"
#include "tools/microbench/requests.h"

namespace u2net::fuzz {
namespace {

// The product of the numbers of every word, and their sum: more is more work than a fuzzer has time
// for.
bool is_small(const std::string& line) {
  constexpr double kMost = 20000;
  double product = 1, total = 1, number = -1;
  for (char c : line + " ") {
    if (c >= '0' && c <= '9') {
      number = (number < 0 ? 0 : number * 10) + (c - '0');
      continue;
    }
    if (number > 1) product *= number;
    number = -1;
    if (c == 'x' || c == ',') continue;
    total += product;
    product = 1;
  }
  return total < kMost;
}

void run_line(const std::string& line) {
  if (bench::is_reorder(line) || !is_small(line)) return;
  for (const bench::Candidate& candidate : bench::candidates_for(line, {.threads = 1})) {
    if (candidate.backend == "onednn") continue;
    bench::NodeRun run(candidate);
    if (run.work().macs < 1e6) run.start();
  }
}

}  // namespace

void fuzz_op_lines(std::span<const std::uint8_t> bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto refusals = {ErrorCode::kUsage, ErrorCode::kModelLimit};
  expect_refusals(refusals, [&] {
    std::istringstream in(text);
    std::vector<std::string> refused;
    for (const bench::Request& request : bench::read_requests(in, "lines", &refused))
      expect_refusals(refusals, [&] { run_line(request.line); });
  });
  // "conv2d ic16ih10oc16kh3ph1": --problem.
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return;
  expect_refusals(refusals, [&] {
    bench::OneDnnProblem problem;
    problem.primitive = text.substr(0, space);
    problem.algorithm = bench::onednn_algorithm(problem.primitive);
    problem.problem = text.substr(space + 1);
    const bench::TranslatedProblem translated = bench::translate(problem);
    bench::check_request(translated.line);
    run_line(translated.line);
  });
}

}  // namespace u2net::fuzz
