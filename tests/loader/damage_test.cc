// SPDX-License-Identifier: Apache-2.0
// Every truncation and every single-byte change of a few real files: each loads and plans (and
// runs, where that is small), or is refused with a one-line Error. Nothing else may come out.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <exception>

#include "engine/session.h"
#include "loader/load_model.h"
#include "tests/loader/loading.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"

namespace u2net::test {
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
    for (const Model::PortInfo& port : model.inputs()) {
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
  if (so_far.loaded % 16 == 0) use(graph, files.inputs, available_modes().back());
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
    for (const char other : {'\x00', '\xff', static_cast<char>(byte ^ 0x80)}) {
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
                                         "slice_by_tensor_lists"),
                         [](const auto& info) { return std::string(info.param); });

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
}  // namespace u2net::test
