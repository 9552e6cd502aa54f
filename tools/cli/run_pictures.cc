// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/run_pictures.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "engine/run/session.h"
#include "kernels/base/processors.h"
#include "models/picture/postprocess.h"
#include "tools/cli/diagnostics.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/standard_streams.h"
#include "tools/imaging/in_order.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr std::int64_t kPicturesInWork = std::int64_t{256} << 20;  // bytes

std::string milliseconds(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", ms);
  return text;
}

std::string flat_warning(const PictureJob& job, const PictureResult& result) {
  char value[80] = "not finite everywhere";
  if (result.finite && result.raw_min == result.raw_max) {
    std::snprintf(value, sizeof value, "constant (%.4g)", static_cast<double>(result.raw_min));
  } else if (result.finite) {
    std::snprintf(value, sizeof value, "at most %.4g, a subject's is %.4g or more: no subject",
                  static_cast<double>(result.raw_max), static_cast<double>(imaging::kSubjectLevel));
  }
  return "'" + job.input.string() + "': prediction is " + value + "; writing an empty mask";
}

Json picture_json(const PictureJob& job, const PictureResult& result) {
  if (result.skipped) return {{"input", job.input.string()}, {"skipped", true}};
  Json outputs = Json::object();
  for (const auto& [kind, path] : result.written)
    outputs[std::string(output_name(kind))] = path.string();
  return {{"input", job.input.string()},
          {"width", result.width},
          {"height", result.height},
          {"network_width", result.network_width},
          {"network_height", result.network_height},
          {"outputs", std::move(outputs)},
          {"raw_min", shortest(result.raw_min)},
          {"raw_max", shortest(result.raw_max)},
          {"flat", result.flat},
          {"decode_ms", rounded(result.decode_ms)},
          {"preprocess_ms", rounded(result.preprocess_ms)},
          {"infer_ms", rounded(result.infer_ms)},
          {"compose_ms", rounded(result.compose_ms)},
          {"encode_ms", rounded(result.encode_ms)}};
}

std::string picture_note(const PictureJob& job, const PictureResult& result) {
  if (result.skipped) return "'" + job.input.string() + "': its results are there";
  return "'" + job.input.string() + "': " + std::to_string(result.width) + "x" +
         std::to_string(result.height) + ", network " + std::to_string(result.network_width) + "x" +
         std::to_string(result.network_height) + ", decode " + milliseconds(result.decode_ms) +
         ", preprocess " + milliseconds(result.preprocess_ms) + ", infer " +
         milliseconds(result.infer_ms) + ", compose " + milliseconds(result.compose_ms) +
         ", encode " + milliseconds(result.encode_ms);
}

}  // namespace

RunPictures::RunPictures(RunOptions& options, std::function<void()> usable)
    : options_(options),
      threads_(options.model.threads > 0 ? options.model.threads : kernels::default_threads()),
      gate_(kPicturesInWork) {
  complete(options.model);
  opening_ = begin_opening(std::move(usable));
}

std::shared_future<void> RunPictures::begin_opening(std::function<void()> usable) {
  const auto open = [this, usable = std::move(usable), choice = options_.model]() mutable {
    model_ = open_model(choice);
    alone_ = open_network(threads_);
    usable();
  };
  // OpenMP would have threads for whoever opens the network and others for whoever runs it.
  if (threads_ == 1 || has_openmp()) return std::async(std::launch::deferred, open);
  try {
    return std::async(std::launch::async, open);
  } catch (const std::system_error&) {  // no more threads
    return std::async(std::launch::deferred, open);
  }
}

void RunPictures::finish_opening() {
  opening_.get();
  if (!std::exchange(is_described_, true)) describe(*alone_);
}

std::unique_ptr<PictureNetwork> RunPictures::open_network(int threads) const {
  SessionOptions session{.threads = threads, .kernels = options_.model.kernels};
  return std::make_unique<PictureNetwork>(std::make_unique<Session>(model_, session), options_.size,
                                          options_.kind);
}

void RunPictures::describe(PictureNetwork& network) const {
  const Plan* plan = network.plan();
  if (plan && !options_.quiet) {
    for (const std::string& warning : plan->warnings) print_warning(warning);
  }
  if (!options_.verbose) return;
  print_note("model '" + options_.model.model + "', mode " + options_.model.mode + ", " +
             std::to_string(threads_) + " threads, input " + std::to_string(network.height()) +
             "x" + std::to_string(network.width()) + ", preset " +
             std::string(network.preset().name) +
             (plan ? ", " + std::to_string(plan->steps.size()) + " steps" : ""));
  if (const std::string text = to_text(precision()); !plan && !text.empty()) print_note(text);
  if (!plan) return;
  for (const std::string& note : plan->notes) print_note(note);
}

PrecisionDecision RunPictures::precision() const {
  const Plan* plan = alone_->plan();
  return plan ? plan->precision : precision_without_plan(options_.model.kernels.precision);
}

void RunPictures::run(const std::vector<PictureJob>& jobs) {
  // Threads of OpenMP do not share the processors.
  const auto workers = has_openmp() ? 1
                                    : static_cast<int>(std::min<std::size_t>(
                                          jobs.size(), static_cast<std::size_t>(threads_)));
  const int threads = std::max(threads_ / std::max(workers, 1), 1);
  if (workers > 1) {  // a single picture does not end the networks of several
    if (threads != beside_threads_) beside_.clear();
    beside_threads_ = threads;
    beside_.resize(std::max(beside_.size(), static_cast<std::size_t>(workers)));
  }

  Progress progress(stderr_is_terminal() && !options_.quiet && !options_.verbose, jobs.size());
  std::vector<Outcome> outcomes(jobs.size());
  if (!jobs.empty()) progress.show(0, jobs[0].input.string());
  imaging::in_order(
      jobs.size(), workers, 4 * static_cast<std::size_t>(std::max(workers, 1)),
      [&](std::size_t i, int worker) {
        outcomes[i] = run_one(jobs[i], static_cast<std::size_t>(worker), workers > 1 ? threads : 0);
      },
      [&](std::size_t i) {
        progress.clear();
        finish_opening();
        tell(jobs[i], outcomes[i]);
        outcomes[i] = {};
        if (i + 1 < jobs.size()) progress.show(i + 1, jobs[i].input.string());
      });
  finish_opening();  // where there are no pictures, too
}

// `threads` is 0 for one picture at a time.
PictureNetwork& RunPictures::network(std::size_t worker, int threads) {
  opening_.get();
  if (threads == 0) return *alone_;
  if (!beside_[worker]) beside_[worker] = open_network(threads);
  return *beside_[worker];
}

RunPictures::Outcome RunPictures::run_one(const PictureJob& job, std::size_t worker, int threads) {
  Outcome outcome{{}, job.failure};
  if (outcome.failure) return outcome;
  try {
    run_picture(
        job, options_.results, threads > 0 ? threads : threads_,
        [&]() -> PictureNetwork& { return network(worker, threads); }, gate_, outcome.result);
  } catch (...) {
    outcome.failure = current_error();
  }
  return outcome;
}

void RunPictures::tell(const PictureJob& job, const Outcome& outcome) {
  ++done_;
  Json about;
  if (outcome.failure) {
    print_error(*outcome.failure);
    about = {{"input", job.input.string()}, {"error", error_json(*outcome.failure)}};
    failures_.push_back(*outcome.failure);
  } else {
    tell_success(job, outcome.result);
    about = picture_json(job, outcome.result);
  }
  if (options_.json_lines) write_stdout(json_line(about));
  if (!options_.json.empty()) images_.push_back(std::move(about));
  if (options_.json == kStdout || options_.json_lines) return;
  for (const auto& [kind, path] : outcome.result.written) {
    if (path != kStandardStream) write_stdout(path.string() + "\n");
  }
}

void RunPictures::tell_success(const PictureJob& job, const PictureResult& result) {
  if (result.flat && !options_.quiet) print_warning(flat_warning(job, result));
  if (options_.verbose) print_note(picture_note(job, result));
}

int RunPictures::exit_code() const {
  if (failures_.empty()) return kExitOk;
  return failures_.size() == done_ ? cli::exit_code(failures_.front().code()) : kExitSomeFailed;
}

}  // namespace u2net::cli
