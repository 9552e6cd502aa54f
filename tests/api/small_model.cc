// SPDX-License-Identifier: Apache-2.0
#include "tests/api/small_model.h"

#include <algorithm>

#include "loader/load_model.h"
#include "tests/support/fill.h"
#include "tests/support/program_builder.h"
#include "tests/support/run_graph.h"
#include "tests/support/source_folder.h"

namespace u2net::engine::test {

const ModelFileBytes& small_model_bytes() {
  static const ModelFileBytes bytes = [] {
    const ProgramBuilder builder = small_program();
    return ModelFileBytes{builder.program(), builder.parameters()};
  }();
  return bytes;
}

api::Config small_config(api::Mode mode) {
  const ModelFileBytes& bytes = small_model_bytes();
  return api::Config::borrow_memory(bytes.program.data(), bytes.program.size(),
                                    bytes.parameters.data(), bytes.parameters.size())
      .set_mode(mode);
}

api::Tensor image(std::int64_t batch, std::uint64_t seed) {
  Random random("image " + std::to_string(seed));
  const Tensor made = uniform(random, {batch, 3, 8, 8});
  return api::Tensor(api::TensorView(made.values<float>().data(), made.shape()));
}

std::vector<float> expected_output(const api::Tensor& image, api::Mode mode) {
  const ModelFileBytes& bytes = small_model_bytes();
  const Graph graph =
      load_model(ModelBytes{.program = std::as_bytes(std::span(bytes.program)),
                            .parameters = std::as_bytes(std::span(bytes.parameters))})
          .graph;
  std::vector<Tensor> inputs;
  inputs.push_back(
      Tensor::from<float>(image.shape(), std::span(image.data<float>(), image.size())));
  return to_floats(run_graph(graph, inputs, {.mode = api::mode_name(mode)}).front().view());
}

std::vector<float> floats(const api::TensorView& view) {
  return {view.data<float>(), view.data<float>() + view.size()};
}

api::Config bundled_files() { return api::Config(test::source_path("models/u2netp/u2netp")); }

std::vector<api::Mode> graph_modes() {
  std::vector<api::Mode> modes = api::available_modes();
  modes.erase(std::remove(modes.begin(), modes.end(), api::Mode::kDynamic), modes.end());
  return modes;
}

testing::AssertionResult api_fails(api::ErrorCode code,
                                   std::initializer_list<std::string_view> parts,
                                   const std::function<void()>& action) {
  try {
    action();
  } catch (const api::Error& e) {
    const std::string all = std::string(e.what()) + " | " + e.hint();
    if (e.code() != code) return testing::AssertionFailure() << "got " << e.name() << ": " << all;
    for (std::string_view part : parts) {
      if (all.find(part) == std::string::npos)
        return testing::AssertionFailure() << "'" << part << "' is not in: " << all;
    }
    return testing::AssertionSuccess();
  } catch (const std::exception& e) {
    return testing::AssertionFailure() << "not the interface's error: " << e.what();
  }
  return testing::AssertionFailure() << "nothing was thrown";
}

}  // namespace u2net::engine::test
