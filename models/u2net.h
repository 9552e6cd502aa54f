// SPDX-License-Identifier: Apache-2.0
// U2-Net as code: six encoder stages, five decoder stages, a side output of each of the six sizes
// and their fusion. Instantiate, load parameters, evaluate; or trace it into a Graph and export
// that.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/tensor.h"
#include "engine/run/model.h"
#include "kernels/base/parallel.h"
#include "loader/paddle/parameter_info.h"
#include "models/architecture.h"
#include "models/executor.h"
#include "models/parameters.h"
#include "models/rsu.h"

namespace u2net::engine {

class U2Net : public NetworkCode {
 public:
  explicit U2Net(const Architecture& architecture);

  // The architecture that most parameters of the state fit. Throws kModelParams that names `file`
  // where none fits.
  static const Architecture& detect(const StateDict& state, const std::string& file);

  const Architecture& architecture() const { return *architecture_; }
  const ParameterSet& parameters() const { return parameters_; }

  // See ParameterSet::load().
  void load(const StateDict& state, const std::string& file) {
    parameters_.load(state, file, architecture_->name);
    converted_ = state.converted;
  }
  // How many parameters the file has as other floating-point numbers than float32.
  int converted() const { return converted_; }

  // The code itself: d0 (fused), d1 ... d6 for an image [n][3][h][w].
  std::vector<Variable> forward(Executor& e, const Variable& image) const;

  // One input, the image; seven outputs. Call load() before running it.
  std::vector<PortInfo> inputs() const override;
  std::vector<std::string> output_names() const override;
  std::vector<Tensor> forward(std::span<const TensorView> image,
                              kernels::ThreadPool& pool) const override;

  // The graph for images of this shape, -1 for any size; named as Paddle's exporter names things.
  // Throws kInputShape.
  Graph trace(const Shape& image) const;

  // For the parameter names of a traced graph.
  std::vector<ParameterInfo> parameter_info() const;

 private:
  const Architecture* architecture_;
  ParameterSet parameters_;
  std::vector<Rsu> encoder_, decoder_;  // stage1 ... stage6; stage5d ... stage1d
  std::vector<Conv2dLayer> side_;       // side1 ... side6
  Conv2dLayer fusion_{};
  int converted_ = 0;
};

// As the input and the outputs are called.
inline constexpr std::string_view kImageName = "image";
inline constexpr int kOutputCount = 7;
// Images of any size, any number of them.
inline const Shape kAnyImage = {-1, 3, -1, -1};

// Loads a state dict, Paddle's or PyTorch's, into the architecture of that name or, where it is
// empty, the one it fits.
std::unique_ptr<U2Net> load_u2net(const std::filesystem::path& path,
                                  std::string_view architecture = {});
// The same for a file in memory, of the architecture that it fits; `name` is for messages.
std::unique_ptr<U2Net> read_u2net(std::span<const std::byte> bytes, const std::string& name);

}  // namespace u2net::engine
