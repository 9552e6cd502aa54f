// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/file_checks.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <vector>

#include "engine/diagnostics/step_work.h"
#include "engine/plan/prepare.h"
#include "engine/run/session.h"
#include "tests/fuzz/finding.h"
#include "tests/support/expect_error.h"
#include "tests/support/run_graph.h"

namespace u2net::fuzz {
using namespace engine;

MemoryFile::MemoryFile(std::span<const std::uint8_t> bytes)
    : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
  while (descriptor_ >= 0 && !bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written <= 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  if (descriptor_ < 0 || !bytes.empty())
    throw std::system_error(errno, std::system_category(), "a file in memory");
}

MemoryFile::~MemoryFile() { close(descriptor_); }

void expect_refusals(std::initializer_list<ErrorCode> allowed,
                     const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    const std::string text = std::string(error_name(e.code())) + ": " + e.what();
    if (std::find(allowed.begin(), allowed.end(), e.code()) == allowed.end())
      throw Finding("not a code for this: " + text);
    if (!test::is_one_line(e.what()) || (!e.hint().empty() && !test::is_one_line(e.hint())))
      throw Finding("not one line: " + text);
  }
}

namespace {

constexpr std::int64_t kMostElementsOfInput = 1 << 14;
constexpr double kMostWork = 1e7, kMostTraffic = 1e7;
constexpr std::size_t kMostArena = std::size_t{64} << 20;

// Small inputs of the declared types; none where that is not possible.
bool small_inputs(const Graph& graph, std::vector<Tensor>& inputs) {
  for (const Port& port : graph.inputs) {
    TensorType type = graph.type_of(port.value);
    for (std::size_t d = 0; d < type.shape.size(); ++d) {
      if (type.shape[d] < 0) type.shape[d] = d == 0 ? 1 : 8;
    }
    if (element_count(type.shape) > kMostElementsOfInput) return false;
    inputs.emplace_back(type);
    std::memset(inputs.back().data(), 0, inputs.back().bytes());
  }
  return true;
}

void try_model(const Graph& graph, const ModelOptions& options) {
  std::vector<Tensor> inputs;
  if (!small_inputs(graph, inputs)) return;
  const auto model = std::make_shared<const Model>(graph, options);
  const std::vector<TensorView> views = test::views_of(inputs);
  const PreparedGraph prepared = prepare_graph(model->preparable(), views, {});
  double macs = 0, bytes = 0;
  for (const Node& node : prepared.graph.nodes) {
    const StepWork work = work_of(prepared.graph, node);
    macs += work.macs;
    bytes += work.bytes;
  }
  if (macs > kMostWork || bytes > kMostTraffic) return;
  Session session(model, {.threads = 1, .max_arena_bytes = kMostArena});
  session.run(views);
}

}  // namespace

void try_to_run(const Graph& graph) {
  for (const char* mode : {"inference", "native"})
    try_to_run(graph, {.mode = mode, .disabled_passes = {}});
}

void try_to_run(const Graph& graph, const ModelOptions& options) {
  expect_refusals({ErrorCode::kModelFormat, ErrorCode::kModelUnsupported, ErrorCode::kModelLimit,
                   ErrorCode::kInputShape},
                  [&] { try_model(graph, options); });
}

}  // namespace u2net::fuzz
