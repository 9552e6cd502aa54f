// SPDX-License-Identifier: Apache-2.0
// `run --watch`: pictures that come into folders, once they are complete. By looking again and
// again, so that it works on every file system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "tools/imaging/picture_list.h"

namespace u2net::cli {

using imaging::PictureJob;

class FolderWatch {
 public:
  using Scan = std::function<std::vector<PictureJob>()>;

  // What is in `known`, as it is now, is done unless it changes.
  FolderWatch(Scan scan, const std::vector<PictureJob>& known);

  // Waits, and gives the pictures that are new, or changed, and have not changed for a moment.
  std::vector<PictureJob> next();

 private:
  struct State {
    std::uintmax_t size = 0;
    std::filesystem::file_time_type written = {};
    bool operator==(const State&) const = default;
  };
  static State state_of(const std::filesystem::path& path);

  Scan scan_;
  std::map<std::filesystem::path, State> done_, seen_;
};

}  // namespace u2net::cli
