// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/folder_watch.h"

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace u2net::cli {
namespace {

constexpr std::chrono::milliseconds kMoment(300);

}  // namespace

FolderWatch::State FolderWatch::state_of(const std::filesystem::path& path) {
  std::error_code ignored;
  return {std::filesystem::file_size(path, ignored),
          std::filesystem::last_write_time(path, ignored)};
}

FolderWatch::FolderWatch(Scan scan, const std::vector<PictureJob>& known) : scan_(std::move(scan)) {
  for (const PictureJob& job : known) done_[job.input] = state_of(job.input);
}

std::vector<PictureJob> FolderWatch::next() {
  for (;;) {
    std::this_thread::sleep_for(kMoment);
    std::vector<PictureJob> ready;
    std::map<std::filesystem::path, State> now;
    for (PictureJob& job : scan_()) {
      if (job.failure) continue;  // a folder without pictures has none yet
      const State state = state_of(job.input);
      now[job.input] = state;
      const auto before = seen_.find(job.input);
      const auto done = done_.find(job.input);
      if (done != done_.end() && done->second == state) continue;
      if (before == seen_.end() || before->second != state) continue;
      job.replace = done != done_.end();
      done_[job.input] = state;
      ready.push_back(std::move(job));
    }
    seen_ = std::move(now);
    if (!ready.empty()) return ready;
  }
}

}  // namespace u2net::cli
