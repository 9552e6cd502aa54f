// SPDX-License-Identifier: Apache-2.0
// Pictures, one after the other or several at once, with what is told about them.
//
// One picture has all threads. Of several, each thread takes one from its file to its results, with
// a Session of its own; Sessions share the model and its weights. What the pictures in work hold
// together stays below 256 MiB, but for a single one that is larger, and results are told in the
// order of the pictures. With several threads the first pictures are decoded while the model loads.
#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "engine/plan/precision.h"
#include "engine/run/model.h"
#include "tools/cli/json_report.h"
#include "tools/cli/memory_gate.h"
#include "tools/cli/run_options.h"

namespace u2net::cli {

class RunPictures {
 public:
  // `usable` is called once, on any thread, when the model is known to be one for pictures and to
  // take the size, and before anything is written.
  RunPictures(RunOptions& options, std::function<void()> usable);

  // Throws where the model is not such, and what `usable` throws.
  void run(const std::vector<PictureJob>& jobs);

  int exit_code() const;
  int threads() const { return threads_; }
  PrecisionDecision precision() const;
  Json take_images() { return std::move(images_); }

 private:
  struct Outcome {
    PictureResult result;
    std::optional<Error> failure;
  };

  bool has_openmp() const { return options_.model.mode == "onednn"; }
  std::shared_future<void> begin_opening(std::function<void()> usable);
  void finish_opening();
  std::unique_ptr<PictureNetwork> open_network(int threads) const;
  PictureNetwork& network(std::size_t worker, int threads);
  void describe(PictureNetwork& network) const;
  Outcome run_one(const PictureJob& job, std::size_t worker, int threads);
  void tell(const PictureJob& job, const Outcome& outcome);
  void tell_success(const PictureJob& job, const PictureResult& result);

  const RunOptions& options_;
  std::shared_ptr<const Model> model_;
  int threads_;
  // Those of a picture that has all threads, and of several at once.
  std::unique_ptr<PictureNetwork> alone_;
  std::vector<std::unique_ptr<PictureNetwork>> beside_;
  int beside_threads_ = 0;
  MemoryGate gate_;
  Json images_ = Json::array();
  std::size_t done_ = 0;
  std::vector<Error> failures_;
  bool is_described_ = false;
  // Of model_ and alone_. The last member: it ends before what it fills goes.
  std::shared_future<void> opening_;
};

}  // namespace u2net::cli
