// SPDX-License-Identifier: Apache-2.0
#include "models/u2net.h"

#include <array>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "models/eager_executor.h"
#include "models/tracing_executor.h"

namespace u2net::engine {
namespace {

constexpr std::int64_t kImageChannels = 3;

void check_image(const TensorView& image) {
  if (image.dtype != DType::kFloat32) {
    throw_error(ErrorCode::kInputShape, "input 'image': got ", dtype_name(image.dtype),
                ", expected float32");
  }
  bool fits = image.shape.size() == 4 && image.shape[1] == kImageChannels;
  for (std::int64_t dim : image.shape) fits = fits && dim >= 1;
  if (!fits) {
    throw_error(ErrorCode::kInputShape, "input 'image': got shape ", image.shape,
                ", expected [-1,3,-1,-1] (-1: any size)");
  }
}

void check_declared(const Shape& image) {
  bool fits = image.size() == 4 && image[1] == kImageChannels;
  for (std::int64_t dim : image) fits = fits && (dim == -1 || dim >= 1);
  if (!fits) {
    throw_error(ErrorCode::kInputShape, "input shape ", image,
                ": expected four sizes N,3,H,W, each positive or -1 for any");
  }
}

}  // namespace

U2Net::U2Net(const Architecture& architecture) : architecture_(&architecture) {
  for (std::size_t i = 0; i < architecture.encoder.size(); ++i) {
    encoder_.emplace_back(parameters_, str_cat("stage", i + 1), architecture.encoder[i]);
  }
  for (std::size_t i = 0; i < architecture.decoder.size(); ++i) {
    decoder_.emplace_back(parameters_, str_cat("stage", 5 - i, "d"), architecture.decoder[i]);
  }
  for (std::size_t i = 0; i < architecture.side.size(); ++i) {
    side_.push_back(parameters_.add_conv2d(str_cat("side", i + 1), architecture.side[i], 1, 3));
  }
  fusion_ = parameters_.add_conv2d("outconv", static_cast<std::int64_t>(side_.size()), 1, 1);
}

const Architecture& U2Net::detect(const StateDict& state, const std::string& file) {
  const Architecture* best = nullptr;
  int most = 0;
  std::string names;
  for (const Architecture& architecture : architectures()) {
    const int matching = U2Net(architecture).parameters().matching(state);
    if (matching > most) {
      most = matching;
      best = &architecture;
    }
    names += (names.empty() ? "" : " or ") + std::string(architecture.name);
  }
  if (best == nullptr) {
    throw_error(ErrorCode::kModelParams, "cannot load parameters '", file, "': none of its ",
                state.tensors.size(), " parameters belongs to ", names);
  }
  return *best;
}

std::vector<Variable> U2Net::forward(Executor& e, const Variable& image) const {
  std::vector<Variable> stages;  // what the encoder gave; then, from the last down, the decoder
  Variable h = image;
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    stages.push_back(encoder_[i].forward(e, h));
    if (i + 1 < encoder_.size()) h = e.max_pool2d(stages.back());
  }
  for (std::size_t i = stages.size() - 1; i-- > 0;) {
    const Variable up = e.resize_like(stages[i + 1], stages[i]);
    stages[i] = decoder_[decoder_.size() - 1 - i].forward(e, e.concat(std::array{up, stages[i]}));
  }
  std::vector<Variable> sides = {e.conv2d(side_[0], stages[0])};
  for (std::size_t i = 1; i < side_.size(); ++i) {
    sides.push_back(e.resize_like(e.conv2d(side_[i], stages[i]), sides[0]));
  }
  std::vector<Variable> outputs = {e.conv2d(fusion_, e.concat(sides))};
  outputs.insert(outputs.end(), sides.begin(), sides.end());
  for (Variable& output : outputs) output = e.sigmoid(output);
  return outputs;
}

std::vector<PortInfo> U2Net::inputs() const {
  return {{std::string(kImageName), {DType::kFloat32, kAnyImage}}};
}

std::vector<std::string> U2Net::output_names() const {
  std::vector<std::string> names;
  for (int i = 0; i < kOutputCount; ++i) names.push_back(str_cat("d", i));
  return names;
}

std::vector<Tensor> U2Net::forward(std::span<const TensorView> images,
                                   kernels::ThreadPool& pool) const {
  const TensorView& image = images.front();
  check_image(image);
  if (!parameters_.all().front().tensor)
    throw_error(ErrorCode::kInternal, "the parameters were not loaded");
  Variable input{std::make_shared<Tensor>(image.dtype, image.shape)};
  std::memcpy(input.tensor->data(), image.data, input.tensor->bytes());
  EagerExecutor executor(pool);
  std::vector<Tensor> results;
  for (Variable& output : forward(executor, input)) results.push_back(std::move(*output.tensor));
  return results;
}

Graph U2Net::trace(const Shape& image) const {
  check_declared(image);
  if (!parameters_.all().front().tensor)
    throw_error(ErrorCode::kInternal, "the parameters were not loaded");
  TracingExecutor executor(parameters_);
  return executor.finish(
      forward(executor, executor.input(std::string(kImageName), {DType::kFloat32, image})));
}

std::vector<ParameterInfo> U2Net::parameter_info() const {
  std::vector<ParameterInfo> infos;
  for (const ModelParameter& p : parameters_.all())
    infos.push_back({p.name, p.structured_name, p.trainable});
  return infos;
}

namespace {

bool fits_any(const StateDict& state) {
  for (const Architecture& architecture : architectures()) {
    if (U2Net(architecture).parameters().matching(state) > 0) return true;
  }
  return false;
}

// "model." of a network inside of another, "module." of a wrapper for training on several devices:
// what every name begins with is taken off, up to the first name that the networks here have.
void remove_prefix(StateDict& state) {
  constexpr int kMostPrefixes = 4;
  for (int i = 0; i < kMostPrefixes && !state.tensors.empty() && !fits_any(state); ++i) {
    const std::string& first = state.tensors.begin()->first;
    const std::string prefix = first.substr(0, first.find('.') + 1);
    for (const auto& [name, tensor] : state.tensors) {
      if (prefix.empty() || !name.starts_with(prefix) || name.size() == prefix.size()) return;
    }
    StateDict shorter{.tensors = {}, .parameter_names = {}, .converted = state.converted};
    for (auto& [name, tensor] : state.tensors)
      shorter.tensors.emplace(name.substr(prefix.size()), std::move(tensor));
    for (auto& [name, parameter] : state.parameter_names) {
      if (name.starts_with(prefix))
        shorter.parameter_names.emplace(name.substr(prefix.size()), std::move(parameter));
    }
    state = std::move(shorter);
  }
}

std::unique_ptr<U2Net> make_u2net(StateDict state, const std::string& file,
                                  std::string_view architecture) {
  remove_prefix(state);
  auto network = std::make_unique<U2Net>(architecture.empty() ? U2Net::detect(state, file)
                                                              : find_architecture(architecture));
  network->load(state, file);
  return network;
}

}  // namespace

std::unique_ptr<U2Net> load_u2net(const std::filesystem::path& path,
                                  std::string_view architecture) {
  return make_u2net(load_state_dict(path), path.string(), architecture);
}

std::unique_ptr<U2Net> read_u2net(std::span<const std::byte> bytes, const std::string& name) {
  return make_u2net(read_state_dict(bytes, name), name, {});
}

}  // namespace u2net::engine
