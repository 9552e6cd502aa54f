// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>

#include "api/bundled_model.h"
#include "api/internals.h"
#include "engine/base/text.h"
#include "engine/graph/tensor.h"
#include "kernels/base/processors.h"

namespace u2net {

using engine::str_cat;
inline namespace v1 {
namespace {

struct NamedMode {
  Mode mode;
  std::string_view name;
};
constexpr NamedMode kModes[] = {{Mode::kDefault, "native"}, {Mode::kDynamic, "dynamic"},
                                {Mode::kStatic, "static"},  {Mode::kInference, "inference"},
                                {Mode::kOneDnn, "onednn"},  {Mode::kNative, "native"}};

using Bytes = std::span<const std::byte>;

Bytes bytes_of(const void* data, std::size_t bytes) {
  if (data == nullptr && bytes > 0)
    throw Error(ErrorCode::kUsage, str_cat("a model of ", bytes, " bytes at no address"));
  if (bytes > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()))
    throw Error(ErrorCode::kUsage, str_cat("a model of ", bytes, " bytes"));
  return {static_cast<const std::byte*>(data), bytes};
}

int checked_threads(int threads) {
  if (threads < 0 || threads > kernels::kMaxThreads) {
    throw Error(ErrorCode::kUsage,
                str_cat("threads: got ", threads, ", expected 0 to ", kernels::kMaxThreads));
  }
  return threads;
}

}  // namespace

std::string mode_name(Mode mode) {
  for (const NamedMode& known : kModes) {
    if (known.mode == mode) return std::string(known.name);
  }
  throw Error(ErrorCode::kUsage, str_cat("there is no mode ", static_cast<int>(mode)));
}

Mode mode_from_name(std::string_view name) {
  std::string names;
  for (const NamedMode& known : kModes) {
    if (known.mode == Mode::kDefault) continue;
    if (known.name == name) return known.mode;
    engine::append_word(names, known.name);
  }
  throw Error(ErrorCode::kUsage, str_cat("there is no mode '", name, "'; known: ", names));
}

std::vector<Mode> available_modes() {
  std::vector<Mode> modes;
  for (const std::string& name : engine::available_modes()) modes.push_back(mode_from_name(name));
  return modes;
}

std::string precision_name(Precision precision) {
  for (const engine::PrecisionInfo& known : engine::all_precisions()) {
    if (static_cast<int>(known.precision) == static_cast<int>(precision))
      return std::string(known.name);
  }
  throw Error(ErrorCode::kUsage, str_cat("there is no precision ", static_cast<int>(precision)));
}

Precision precision_from_name(std::string_view name) {
  return at_boundary([&] { return static_cast<Precision>(engine::find_precision(name)); });
}

std::string version() {
  return str_cat(U2NET_VERSION_MAJOR, ".", U2NET_VERSION_MINOR, ".", U2NET_VERSION_PATCH);
}

bool has_bundled_model() { return !bundled_model().program.empty(); }

struct Config::Impl {
  struct Memory {
    Bytes program, parameters;
    std::shared_ptr<const std::vector<std::byte>> owner;  // null: the caller's
  };
  std::string model, parameters;  // paths
  std::optional<Memory> memory;
  bool bundled = false;
  Mode mode = Mode::kDefault;
  engine::SessionOptions session = {};
  std::vector<std::string> disabled_passes = {};

  std::shared_ptr<const engine::Model> load() const;
};

std::shared_ptr<const engine::Model> Config::Impl::load() const {
  const engine::ModelOptions options{
      .mode = mode_name(mode), .disabled_passes = disabled_passes, .owns_weights = true};
  if (memory)
    return engine::load_network(
        engine::ModelBytes{.program = memory->program, .parameters = memory->parameters}, options);
  if (!bundled)
    return engine::load_network(engine::NetworkFiles{.mode = options.mode,
                                                     .model = model,
                                                     .parameters = parameters,
                                                     .disabled_passes = disabled_passes});
  if (!has_bundled_model()) {
    throw Error(ErrorCode::kModelNotFound,
                "no model was named, and none is compiled into this build",
                "name one, or configure with -DU2NET_BUNDLE_MODEL=ON");
  }
  if (mode == Mode::kDynamic) {
    throw Error(ErrorCode::kModelNotFound,
                "mode 'dynamic' needs a .pdparams file, which is not compiled in",
                "name the file, or choose another mode");
  }
  const BundledModel bytes = bundled_model();
  return engine::load_network(
      engine::ModelBytes{bytes.program, bytes.parameters, "bundled program", "bundled parameters"},
      options);
}

Config::Config() : impl_(std::make_unique<Impl>()) { impl_->bundled = true; }
Config::Config(std::string model, std::string parameters) : impl_(std::make_unique<Impl>()) {
  impl_->model = std::move(model);
  impl_->parameters = std::move(parameters);
}

Config Config::borrow_memory(const void* program, std::size_t program_bytes, const void* parameters,
                             std::size_t parameter_bytes) {
  Config config;
  config.impl_->bundled = false;
  config.impl_->memory = Impl::Memory{bytes_of(program, program_bytes),
                                      bytes_of(parameters, parameter_bytes), nullptr};
  return config;
}

Config Config::from_memory(const void* program, std::size_t program_bytes, const void* parameters,
                           std::size_t parameter_bytes) {
  Config config = borrow_memory(program, program_bytes, parameters, parameter_bytes);
  Impl::Memory& memory = *config.impl_->memory;
  auto owner =
      std::make_shared<std::vector<std::byte>>(memory.program.begin(), memory.program.end());
  owner->insert(owner->end(), memory.parameters.begin(), memory.parameters.end());
  const Bytes all(*owner);
  memory = {all.first(program_bytes), all.subspan(program_bytes), std::move(owner)};
  return config;
}

Config::Config(const Config& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Config& Config::operator=(const Config& other) {
  if (this != &other) impl_ = std::make_unique<Impl>(*other.impl_);
  return *this;
}
Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;
Config::~Config() = default;

Config& Config::set_mode(Mode mode) {
  mode_name(mode);
  impl_->mode = mode;
  return *this;
}
Config& Config::set_threads(int threads) {
  impl_->session.threads = checked_threads(threads);
  return *this;
}
Config& Config::set_max_memory(std::size_t bytes) {
  impl_->session.max_arena_bytes = bytes;
  return *this;
}
Config& Config::set_exact(bool exact) {
  impl_->session.kernels.exact = exact;
  return *this;
}
Config& Config::set_precision(Precision precision) {
  precision_name(precision);
  impl_->session.kernels.precision = static_cast<engine::Precision>(precision);
  return *this;
}
Config& Config::disable_pass(std::string name) {
  impl_->disabled_passes.push_back(std::move(name));
  return *this;
}

Model::Model(const Config& config) {
  at_boundary([&] {
    const Config::Impl& wanted = Internals::of(config);
    auto impl = std::make_shared<Impl>();
    impl->network = wanted.load();
    impl->mode = wanted.mode == Mode::kDefault ? Mode::kNative : wanted.mode;
    impl->defaults = wanted.session;
    impl->inputs = impl->network->inputs();
    impl->outputs = impl->network->output_names();
    impl_ = std::move(impl);
  });
}
Model::Model(const Model&) = default;
Model& Model::operator=(const Model&) = default;
Model::~Model() = default;

std::vector<TensorInfo> Model::inputs() const {
  std::vector<TensorInfo> infos;
  for (const engine::PortInfo& port : impl_->inputs)
    infos.push_back({port.name, static_cast<DType>(port.type.dtype), port.type.shape});
  return infos;
}

std::vector<std::string> Model::output_names() const { return impl_->outputs; }
Mode Model::mode() const { return impl_->mode; }

engine::SessionOptions session_options(const Model& model, const SessionOptions& options) {
  engine::SessionOptions result = Internals::of(model).defaults;
  if (options.threads != -1) result.threads = checked_threads(options.threads);
  if (options.max_memory != 0) result.max_arena_bytes = options.max_memory;
  return result;
}

std::unique_ptr<engine::Session> session_of(const Model& model,
                                            const engine::SessionOptions& options) {
  return std::make_unique<engine::Session>(Internals::of(model).network, options);
}

}  // namespace v1
}  // namespace u2net
