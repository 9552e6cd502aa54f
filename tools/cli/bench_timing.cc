// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/bench_timing.h"

#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <type_traits>
#include <utility>

#include "engine/backends/backend_table.h"
#include "engine/diagnostics/agreement.h"
#include "engine/diagnostics/output_spread.h"
#include "models/picture/preprocess.h"
#include "tools/cli/bundled_files.h"
#include "tools/cli/mode_list.h"
#include "tools/cli/resident_memory.h"
#include "tools/cli/stopwatch.h"
#include "tools/imaging/decode.h"

namespace u2net::cli {
namespace {

std::vector<double> sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

// Waves of different lengths within -2 to 2, the range of a normalised picture.
void fill_smoothly(const Tensor& tensor) {
  visit_dtype(tensor.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto values = tensor.values<T>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double x = static_cast<double>(i);
      const double wave = std::sin(x * 0.02) + std::sin(x * 0.00013);
      values[i] = std::is_floating_point_v<T> ? static_cast<T>(wave) : static_cast<T>(1);
    }
  });
}

bool takes_pictures(const TensorType& type) {
  return type.dtype == DType::kFloat32 && type.shape.size() == 4 && type.shape[1] == 3;
}

void fill_with(const imaging::Image& picture, const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  const std::vector<float> values =
      imaging::preprocess(picture, static_cast<int>(shape[2]), static_cast<int>(shape[3]));
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    std::copy(values.begin(), values.end(),
              tensor.values<float>().begin() + n * static_cast<std::int64_t>(values.size()));
  }
}

}  // namespace

std::string BenchResult::label() const { return ModeAndPrecision{mode, precision.asked}.label(); }

double BenchResult::min_ms() const { return *std::min_element(runs_ms.begin(), runs_ms.end()); }

double BenchResult::median_ms() const {
  const std::vector<double> values = sorted(runs_ms);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double BenchResult::p90_ms() const {
  const std::vector<double> values = sorted(runs_ms);
  return values[(values.size() * 9 + 9) / 10 - 1];
}

TimedMode::TimedMode(ModelChoice choice, const SizeChoice& size, std::size_t process_bytes)
    : process_bytes_(process_bytes) {
  result_.mode = choice.mode;
  result_.precision = precision_without_plan(choice.kernels.precision);
  ::malloc_trim(0);  // what the mode before has freed must not hide what this one takes
  reset_peak_resident();
  resident_before_ = resident_bytes().value_or(0);
  Stopwatch watch;
  session_ = open_session(choice);
  result_.load_ms = watch.lap();
  types_ = input_types(session_->model().inputs(), size);
  for (const TensorType& type : types_) {
    views_.push_back({type.dtype, type.shape, nullptr});
    if (type.shape.size() != 4 || result_.batch > 0) continue;
    result_.batch = static_cast<int>(type.shape[0]);
    result_.height = static_cast<int>(type.shape[2]);
    result_.width = static_cast<int>(type.shape[3]);
  }
  watch.lap();
  const Plan* plan = session_->plans() ? &session_->prepare(views_) : nullptr;
  result_.prepare_ms = watch.lap();
  result_.threads = session_->threads();
  if (!plan) return;
  warnings_ = plan->warnings;
  result_.precision = plan->precision;
  result_.arena_bytes = plan->arena_bytes;
}

double TimedMode::run() {
  Stopwatch watch;
  outputs_ = &session_->run(views_);
  return watch.lap();
}

void TimedMode::warm_up(std::span<const Tensor> inputs, int count) {
  for (std::size_t i = 0; i < inputs.size(); ++i) views_[i] = inputs[i].view();
  result_.first_ms = run();
  result_.second_ms = run();
  for (int i = 0; i < count; ++i) run();
  if (const std::optional<std::size_t> peak = peak_resident_bytes();
      peak && *peak >= resident_before_) {
    result_.peak_rss_bytes = process_bytes_ + *peak - resident_before_;
  }
}

void TimedMode::compare_with(std::span<const Tensor> expected) {
  std::vector<double> spreads;
  const auto spread = [&](std::size_t output) {
    if (!session_->plans()) return 0.0;  // code on the reference kernels, which has no nodes
    const Model& model = session_->model();
    if (spreads.empty())
      spreads =
          output_spreads(model, *find_backend(model.mode().backend), views_, session_->options());
    return spreads[output];
  };
  double worst = -1;
  result_.max_abs_error = 0;
  result_.is_verified = true;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Agreement agreement =
        output_agreement("", expected[i].view(), (*outputs_)[i], [&] { return spread(i); });
    result_.max_abs_error = std::max(*result_.max_abs_error, agreement.max_error);
    result_.is_verified = result_.is_verified && agreement.agrees();
    if (agreement.ratio <= worst) continue;
    worst = agreement.ratio;
    result_.error_bound = agreement.bound;
  }
}

std::vector<Tensor> reference_outputs(ModelChoice choice, std::span<const Tensor> inputs) {
  choice.mode = "static";
  choice.kernels.precision = Precision::kF32;
  const std::unique_ptr<Session> session = open_session(choice);
  std::vector<TensorView> views;
  for (const Tensor& input : inputs) views.push_back(input.view());
  std::vector<Tensor> outputs;
  for (const TensorView& view : session->run(views)) {
    outputs.emplace_back(view.dtype, view.shape);
    std::memcpy(outputs.back().data(), view.data, outputs.back().bytes());
  }
  return outputs;
}

std::vector<Tensor> bench_inputs(const std::vector<TensorType>& types, std::string& source) {
  source = "synthetic";
  std::optional<imaging::Image> picture;
  const std::optional<std::filesystem::path> sample = sample_picture();
  if (sample && std::any_of(types.begin(), types.end(), takes_pictures)) {
    picture = imaging::load_image(*sample);
    source = sample->filename().string();
  }
  std::vector<Tensor> inputs;
  for (const TensorType& type : types) {
    inputs.emplace_back(type);
    if (picture && takes_pictures(type)) {
      fill_with(*picture, inputs.back());
    } else {
      fill_smoothly(inputs.back());
    }
  }
  return inputs;
}

}  // namespace u2net::cli
