// SPDX-License-Identifier: Apache-2.0
// Every truncation and every single-byte change of a few real files, in either program format: each
// loads and plans (and runs, where that is small), or is refused with a one-line Error. Nothing
// else may come out.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <exception>

#include "engine/run/session.h"
#include "loader/load_model.h"
#include "tests/loader/loading.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/source_folder.h"
#include "tools/npy/npy.h"

namespace u2net::engine::test {
namespace {

constexpr std::size_t kArenaLimit = std::size_t{64} << 20;
constexpr std::size_t kSmallArena = std::size_t{256} << 10;  // a run of that takes a moment
constexpr double kMaxSeconds = 1;  // of processor time, for one damaged model
constexpr std::size_t kSmallInput = std::size_t{64} << 10;

struct Files {
  std::string program, parameters;
  std::vector<Tensor> inputs;
};

Files files_of(const std::string& name) {
  if (name.starts_with("3_")) {  // a case of tests/data/pir
    const auto folder = test::source_folder() / "tests/data/pir" / name;
    const auto parameters = folder / "model.pdiparams";
    Files files{.program = read_file(folder / "model.json"), .parameters = {}, .inputs = {}};
    if (std::filesystem::exists(parameters)) files.parameters = read_file(parameters);
    files.inputs.push_back(npy::read_npy(folder / "in_x.npy"));
    return files;
  }
  const std::filesystem::path folder = golden_folder(name), parameters = folder / "model.pdiparams";
  return {.program = read_file(folder / "model.pdmodel"),
          .parameters = std::filesystem::exists(parameters) ? read_file(parameters) : "",
          .inputs = std::move(load_golden(name).inputs)};
}

// What happened to a damaged model.
struct Outcomes {
  int loaded = 0, refused = 0;
  std::string failure;  // the first one that broke the rules
};

bool fits(const TensorType& declared, const Tensor& tensor) {
  if (declared.dtype != tensor.dtype() || declared.shape.size() != tensor.shape().size())
    return false;
  for (std::size_t i = 0; i < declared.shape.size(); ++i) {
    if (declared.shape[i] >= 0 && declared.shape[i] != tensor.shape()[i]) return false;
  }
  return true;
}

// The model's real inputs where the damaged program still takes them; else zeros of the size that
// it declares, 9 where any will do.
struct Inputs {
  std::vector<Tensor> memory;
  std::vector<TensorView> views;
  bool complete = true;

  Inputs(const Model& model, const std::vector<Tensor>& real) {
    for (const PortInfo& port : model.inputs()) {
      const std::size_t i = views.size();
      if (i < real.size() && fits(port.type, real[i])) {
        views.push_back(real[i].view());
      } else {
        views.push_back(zeros(port.type));
      }
    }
  }
  TensorView zeros(TensorType type) {
    for (std::int64_t& dim : type.shape) dim = dim < 0 ? 9 : dim;
    if (byte_count(type.dtype, type.shape) > kSmallInput) {  // planned, but not run
      complete = false;
      return {type.dtype, type.shape, nullptr};
    }
    memory.emplace_back(type);
    std::fill_n(memory.back().data(), memory.back().bytes(), std::byte{0});
    return memory.back().view();
  }
};

void use(Graph graph, const std::vector<Tensor>& real_inputs, const std::string& mode) {
  const auto model = std::make_shared<const Model>(
      std::move(graph), ModelOptions{.mode = mode, .disabled_passes = {}});
  const Inputs inputs(*model, real_inputs);
  Session session(model, {.threads = 1, .max_arena_bytes = kArenaLimit});
  const Plan& plan = session.prepare(inputs.views);
  if (inputs.complete && plan.arena_bytes <= kSmallArena) session.run(inputs.views);
}

// In the reference mode; every 16th of those that load also in the last mode, which takes longer to
// plan.
void load_and_use(const Files& files, const Outcomes& so_far) {
  Graph graph = load_bytes(files.program, files.parameters);
  if (so_far.loaded % 16 == 0) use(graph, files.inputs, graph_modes().back());
  use(std::move(graph), files.inputs, "inference");
}

void try_one(const Files& files, const std::string& what, Outcomes& outcomes) {
  const std::clock_t start = std::clock();
  try {
    load_and_use(files, outcomes);
    ++outcomes.loaded;
  } catch (const Error& e) {
    ++outcomes.refused;
    const bool sound = is_one_line(e.what()) && (e.hint().empty() || is_one_line(e.hint())) &&
                       e.code() != ErrorCode::kInternal;
    if (!sound && outcomes.failure.empty()) outcomes.failure = what + ": " + e.what();
  } catch (const std::exception& e) {
    if (outcomes.failure.empty()) outcomes.failure = what + ": not an Error: " + e.what();
  }
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  if (seconds > kMaxSeconds && outcomes.failure.empty()) {
    outcomes.failure = what + " took " + std::to_string(seconds) + " s";
  }
}

Outcomes truncate_everywhere(Files& files, std::string Files::*part) {
  Outcomes outcomes;
  const std::string whole = files.*part;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    files.*part = whole.substr(0, length);
    try_one(files, "cut to " + std::to_string(length), outcomes);
  }
  return outcomes;
}

Outcomes change_every_byte(Files& files, std::string Files::*part) {
  Outcomes outcomes;
  for (std::size_t at = 0; at < (files.*part).size(); ++at) {
    const char byte = (files.*part)[at];
    // ^ 1: another digit or letter, which leaves JSON what it is.
    for (const char other :
         {'\x00', '\xff', static_cast<char>(byte ^ 0x80), static_cast<char>(byte ^ 1)}) {
      if (other == byte) continue;
      (files.*part)[at] = other;
      try_one(files,
              "byte " + std::to_string(at) + " set to " +
                  std::to_string(static_cast<unsigned char>(other)),
              outcomes);
    }
    (files.*part)[at] = byte;
  }
  return outcomes;
}

class DamagedProgram : public testing::TestWithParam<const char*> {
 protected:
  Files files = files_of(GetParam());
};

TEST_P(DamagedProgram, IsWholeAtFirst) { EXPECT_NO_THROW(load_and_use(files, {})); }

TEST_P(DamagedProgram, Cut) {
  testing::internal::CaptureStderr();
  const Outcomes outcomes = truncate_everywhere(files, &Files::program);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "libraries have no business there";
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 0);
}

TEST_P(DamagedProgram, Changed) {
  const Outcomes outcomes = change_every_byte(files, &Files::program);
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 0);
  EXPECT_GT(outcomes.loaded, 0);  // where it changed what nobody reads
}

// The same outcome through real files, for a few.
TEST_P(DamagedProgram, AsFiles) {
  for (std::size_t i = 1; i <= 20; ++i) {
    std::string damaged = files.program.substr(0, files.program.size() * i / 20);
    damaged[damaged.size() * (i * 7 % 20) / 20] ^= '\x80';
    std::string from_bytes, from_files;
    try {
      load_bytes(damaged, files.parameters);
    } catch (const Error& e) {
      from_bytes = error_name(e.code());
    }
    try {
      load_files(damaged, files.parameters);
    } catch (const Error& e) {
      from_files = error_name(e.code());
    }
    EXPECT_EQ(from_bytes, from_files) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, DamagedProgram,
                         testing::Values("chain_conv_bias_bn_relu", "concat_axis_tensor",
                                         "interp_size_from_shape", "io_any_batch_and_size",
                                         "max_pool2d_k3_s2_p1", "reshape2_shape_tensor_list",
                                         "slice_by_tensor_lists", "3_3_constants", "3_3_scales"),
                         [](const auto& info) {
                           const std::string name = info.param;
                           return name.starts_with("3_") ? "pir_" + name : name;
                         });

// Where the values of a JSON text that are no objects or arrays begin and end.
std::vector<std::pair<std::size_t, std::size_t>> scalars(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '"') {
      end = text.find('"', end) + 1;  // these files escape nothing
      if (text[end] != ':') found.emplace_back(at, end);
    } else if (std::string_view("{}[],:").find(text[at]) == std::string_view::npos) {
      end = text.find_first_of("{}[],:", at);
      found.emplace_back(at, end);
    }
    at = end;
  }
  return found;
}

// Every number, name and word of a real program replaced by values of other types and by numbers
// that refer to nothing or back to where they stand.
TEST(DamagedPir, WithOtherValues) {
  Files files = files_of("3_3_chain");
  const std::string whole = files.program;
  Outcomes outcomes;
  int number = 0;
  for (const auto& [begin, end] : scalars(whole)) {
    constexpr std::string_view kOthers[] = {"null",       "-1", "0",  "99999999", "1e300",
                                            "\"1.relu\"", "[]", "{}", "true",     "[[1]]"};
    const std::string_view other = kOthers[number++ % std::size(kOthers)];
    files.program = whole.substr(0, begin) + std::string(other) + whole.substr(end);
    try_one(files, "bytes from " + std::to_string(begin) + " set to " + std::string(other),
            outcomes);
  }
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 300);
  EXPECT_GT(outcomes.loaded, 0);  // where nobody reads it
}

class DamagedParameterFile : public DamagedProgram {};

TEST_P(DamagedParameterFile, Cut) {
  const Outcomes outcomes = truncate_everywhere(files, &Files::parameters);
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_EQ(outcomes.loaded, 0);  // every byte counts
}

TEST_P(DamagedParameterFile, Changed) {
  const Outcomes outcomes = change_every_byte(files, &Files::parameters);
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 0);  // headers and descriptions
  EXPECT_GT(outcomes.loaded, 0);   // weights may have any value
}

INSTANTIATE_TEST_SUITE_P(Models, DamagedParameterFile,
                         testing::Values("chain_conv_bias_bn_relu", "conv2d_groups_4",
                                         "io_any_batch_and_size"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace u2net::engine::test
