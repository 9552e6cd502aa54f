// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/program_check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <variant>

#include "engine/backends/backend_table.h"
#include "engine/base/error.h"
#include "engine/diagnostics/verify.h"
#include "engine/graph/choice.h"
#include "engine/passes/pass.h"
#include "engine/run/session.h"
#include "loader/load_model.h"
#include "loader/paddle/params_writer.h"
#include "loader/paddle/program_writer.h"
#include "loader/pir/pir_writer.h"
#include "tests/support/compare.h"
#include "tests/support/max_isa.h"
#include "tests/support/run_graph.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

using test::views_of;

// Sizes that rounding decides may be anything.
constexpr std::size_t kMostMemory = std::size_t{64} << 20;

// The outputs of a run, or why there are none.
struct Outcome {
  std::vector<Tensor> outputs;
  std::optional<Error> refusal;
};

bool is_allowed(ErrorCode code) {
  switch (code) {
    case ErrorCode::kModelFormat:
    case ErrorCode::kModelUnsupported:
    case ErrorCode::kModelLimit:
    case ErrorCode::kInputShape:
      return true;
    default:
      return false;
  }
}

Outcome outcome_of(const std::function<std::vector<Tensor>()>& run, const std::string& what) {
  try {
    return {run(), std::nullopt};
  } catch (const Error& e) {
    if (!is_allowed(e.code()))
      throw Finding(what + ": " + std::string(error_name(e.code())) + ": " + e.what());
    return {{}, e};
  }
}

// Any NaN is as good as any other: which of two operands' a processor keeps depends on their order.
bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  return visit_dtype(a.dtype(), [&](auto zero) {
    const auto x = a.values<decltype(zero)>(), y = b.values<decltype(zero)>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool both_nan = x[i] != x[i] && y[i] != y[i];
      if (!both_nan && std::memcmp(&x[i], &y[i], sizeof x[i]) != 0) return false;
    }
    return true;
  });
}

void expect_same_bits(const Outcome& expected, const Outcome& got, const std::string& what) {
  if (expected.refusal.has_value() != got.refusal.has_value()) {
    throw Finding(what + ": one was refused: " +
                  (expected.refusal ? expected.refusal->what() : got.refusal->what()));
  }
  for (std::size_t i = 0; i < expected.outputs.size(); ++i) {
    const Tensor &a = expected.outputs[i], &b = got.outputs[i];
    if (same_bits(a, b)) continue;
    const auto result = test::same_bits(a.view(), b.view(), "output " + std::to_string(i));
    throw Finding(what + ": " + result.message());
  }
}

bool has_infinite(const Tensor& tensor) {
  if (tensor.dtype() != DType::kFloat32) return false;
  for (float v : tensor.values<float>()) {
    if (!std::isfinite(v)) return true;
  }
  return false;
}

// Of a number of any size.
std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

void expect_close(const Tensor& expected, const Tensor& got, const std::vector<float>& slack,
                  const std::string& what) {
  if (expected.dtype() != got.dtype() || expected.shape() != got.shape()) {
    throw Finding(what + ": expected " + std::string(dtype_name(expected.dtype())) + " " +
                  to_string(expected.shape()) + ", got " + std::string(dtype_name(got.dtype())) +
                  " " + to_string(got.shape()));
  }
  visit_dtype(expected.dtype(), [&](auto zero) {
    const auto a = expected.values<decltype(zero)>(), b = got.values<decltype(zero)>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
      const double allowed = slack.empty() ? 0.0 : slack[i];
      if (x == y || (std::isnan(x) && std::isnan(y)) || std::isinf(allowed)) continue;
      if (std::fabs(x - y) <= allowed) continue;
      throw Finding(what + ": element " + std::to_string(i) + " of " + to_string(expected.shape()) +
                    ": expected " + digits(x) + ", got " + digits(y) + ", difference " +
                    digits(std::fabs(x - y)) + ", allowed " + digits(allowed));
    }
  });
}

// Generated programs are valid, but now and then a size follows from a tensor of more elements than
// planning looks at (engine/graph/infer.cc).
bool is_known_limit(const Error& refusal) {
  return refusal.code() == ErrorCode::kModelUnsupported &&
         std::string_view(refusal.what()).starts_with("a shape depends on too large a computation");
}

// A number outside of its axis is found when its element is fetched: not where passes saw that only
// the shape of the result is used.
bool is_of_an_element(const Error& refusal) {
  const std::string_view text = refusal.what();
  return refusal.code() == ErrorCode::kInputShape &&
         (text.find("takes element") != text.npos || text.find("is given") != text.npos);
}

class Check {
 public:
  explicit Check(const GeneratedProgram& program) : program_(program) {}

  void run() {
    expected_ = outcomes("static", 1);
    if (const auto& refusal = expected_.front().refusal) {
      if (is_known_limit(*refusal)) return;
      throw Finding(std::string("static refuses: ") + refusal->what());
    }
    compare_mode("inference", 1);
    compare_mode("native", program_.threads);
    if (program_.with_onednn && is_available(find_mode("onednn"))) compare_mode("onednn", 1);
    if (program_.with_verify) {
      verify_nodes(program_.kernels);
      for (Precision precision : {Precision::kBf16, Precision::kBf16x3, Precision::kMixed})
        check_tiles(precision);
    }
    if (program_.with_files) {
      const std::string parameters = write_parameters(program_.graph);
      if (!has_branches()) reload(write_program(program_.graph), parameters, "as .pdmodel");
      reload_pir(parameters);
    }
  }

 private:
  // Of all runs in one session, and of the first again.
  std::vector<Outcome> outcomes(const std::string& mode, int threads) const {
    return outcomes(mode, threads, program_.kernels);
  }
  std::vector<Outcome> outcomes(const std::string& mode, int threads,
                                const KernelChoice& kernels) const {
    const std::string what = mode + ", " + std::to_string(threads) + " threads";
    std::vector<Outcome> all;
    std::shared_ptr<const Model> model;
    const Outcome made = outcome_of(
        [&] {
          model = std::make_shared<const Model>(program_.graph,
                                                ModelOptions{.mode = mode, .disabled_passes = {}});
          return std::vector<Tensor>();
        },
        what);
    if (made.refusal) {
      for (std::size_t i = 0; i <= program_.runs.size(); ++i) all.push_back({{}, made.refusal});
      return all;
    }
    Session session(model, {.threads = threads,
                            .max_arena_bytes = kMostMemory,
                            .max_batch_bytes = program_.max_batch_bytes,
                            .kernels = kernels});
    const auto run = [&](const GeneratedRun& r) {
      const std::vector<TensorView> views = views_of(r.inputs);
      all.push_back(outcome_of([&] { return test::copies_of(session.run(views)); }, what));
    };
    for (const GeneratedRun& r : program_.runs) run(r);
    run(program_.runs.front());
    expect_same_bits(all.front(), all.back(), what + ", run again");
    return all;
  }

  bool may_differ(std::size_t run) const {
    const GeneratedRun& r = program_.runs[run];
    return r.trace ? r.trace->sizes_may_differ : program_.runs.front().trace->sizes_may_differ;
  }

  // Passes drop what no output needs before anybody asks whether it fits the inputs.
  bool only_dead_code_refuses(std::size_t run) const {
    Graph live = program_.graph;
    eliminate_dead_code(live);
    const Outcome alone =
        outcome_of([&] { return test::run_graph(live, program_.runs[run].inputs); }, "static");
    return !alone.refusal || is_of_an_element(*alone.refusal);
  }

  void compare_mode(const std::string& mode, int threads) {
    const std::vector<Outcome> got = outcomes(mode, threads);
    for (std::size_t run = 0; run < program_.runs.size(); ++run) {
      const std::string what = mode + ", run " + std::to_string(run);
      if (got[run].refusal.has_value() != expected_[run].refusal.has_value()) {
        if (may_differ(run)) continue;
        if (!got[run].refusal &&
            (is_of_an_element(*expected_[run].refusal) || only_dead_code_refuses(run))) {
          continue;
        }
        throw Finding(
            what + ": static and it disagree about whether it can be run: " +
            (got[run].refusal ? got[run].refusal->what() : expected_[run].refusal->what()));
      }
      if (!got[run].refusal && program_.runs[run].trace && !may_differ(run))
        compare_outputs(got[run], run, what);
    }
    if (mode != "native") return;
    const std::vector<Outcome> more = outcomes(mode, threads + 1);
    for (std::size_t run = 0; run < program_.runs.size(); ++run)
      expect_same_bits(got[run], more[run], "native, one thread more, run " + std::to_string(run));
  }

  void compare_outputs(const Outcome& got, std::size_t run, const std::string& what) const {
    const Trace& trace = *program_.runs[run].trace;
    for (std::size_t i = 0; i < got.outputs.size(); ++i) {
      const Traced& traced =
          trace.values[static_cast<std::size_t>(program_.graph.outputs[i].value)];
      expect_close(expected_[run].outputs[i], got.outputs[i], traced.slack,
                   what + ", output " + std::to_string(i));
    }
  }

  // On emulated tiles: nodes within their bounds, and runs with the same bits for another number of
  // threads. How far whole networks may be off is not traced: positions that are computed of images
  // may be others, outside of what they are positions of.
  void check_tiles(Precision precision) const {
    const test::EmulatedTiles tiles;
    KernelChoice kernels = program_.kernels;
    kernels.precision = precision;
    try {
      verify_nodes(kernels);
    } catch (const Error& e) {
      if (!is_of_an_element(e)) throw;
    }
    const std::vector<Outcome> got = outcomes("native", program_.threads, kernels),
                               more = outcomes("native", program_.threads + 1, kernels);
    for (std::size_t run = 0; run < program_.runs.size(); ++run) {
      const std::string what =
          "native in " + std::string(precision_name(precision)) + ", run " + std::to_string(run);
      expect_same_bits(got[run], more[run], what + ", one thread more");
      if (got[run].refusal && !expected_[run].refusal && !may_differ(run) &&
          !is_of_an_element(*got[run].refusal))
        throw Finding(what + " is refused: " + got[run].refusal->what());
    }
  }

  // verify() derives its bounds of numbers: an infinity spreads over a tile of Winograd's.
  void verify_nodes(const KernelChoice& kernels) const {
    const Trace& trace = *program_.runs.front().trace;
    if (trace.sizes_may_differ) return;
    for (const Traced& traced : trace.values) {
      if (!(test::largest_magnitude(traced.value.view()) < 1e30) || has_infinite(traced.value))
        return;
    }
    const auto model = std::make_shared<const Model>(
        program_.graph,
        ModelOptions{.mode = "native", .disabled_passes = program_.disabled_passes});
    const std::vector<TensorView> views = views_of(program_.runs.front().inputs);
    const VerifyReport report = verify(program_.graph, *model, *find_backend("native"), views,
                                       {.threads = program_.threads, .kernels = kernels});
    for (const Agreement& node : report.nodes) {
      if (!node.agrees()) {
        throw Finding("verify: " + node.type + " " + node.implementation + " '" + node.name +
                      "' is off by " + digits(node.ratio) + " of its bound " + digits(node.bound));
      }
    }
  }

  bool has_branches() const {
    return std::any_of(program_.graph.nodes.begin(), program_.graph.nodes.end(),
                       [](const Node& node) { return op_as<Choice>(node) != nullptr; });
  }

  void reload_pir(const std::string& parameters) const {
    std::string text;
    try {
      text = write_pir_program(program_.graph);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::kModelUnsupported) return;  // what only Paddle 2 has
      throw Finding(std::string("writing as .json: ") + e.what());
    }
    reload(text, parameters, "as .json");
  }

  void reload(const std::string& bytes, const std::string& parameters,
              const std::string& what) const {
    try {
      const LoadedModel again = load_model({.program = std::as_bytes(std::span(bytes)),
                                            .parameters = std::as_bytes(std::span(parameters))});
      const Outcome got = {test::run_graph(again.graph, program_.runs.front().inputs),
                           std::nullopt};
      expect_same_bits(expected_.front(), got, what);
    } catch (const Error& e) {
      throw Finding(what + ": " + std::string(error_name(e.code())) + ": " + e.what());
    }
  }

  const GeneratedProgram& program_;
  std::vector<Outcome> expected_;
};

}  // namespace

void check_program(const GeneratedProgram& program) {
  const test::MaxIsa isa{std::string(kernels::isa_name(program.isa))};
  Check(program).run();
}

}  // namespace u2net::fuzz
