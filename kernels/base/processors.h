// SPDX-License-Identifier: Apache-2.0
// How many threads are worth having.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace u2net::kernels {

// The number of processors that this process may use, at least 1: its affinity mask, and the quota
// of its control group and of every one above that.
int allowed_processors();

// Threads where nobody says how many: the first number of the environment variable OMP_NUM_THREADS,
// which every mode follows as mode onednn's OpenMP would, at most kMaxThreads; without a valid one
// allowed_processors().
int default_threads();
inline constexpr int kMaxThreads = 256;

// "4" and "4,2" are 4; nothing for what OpenMP would not take.
std::optional<int> first_thread_count(std::string_view list);

// The processors that the quotas of the control groups of this process allow, rounded up; nothing
// where there is no quota. `root` stands before /proc/self and all mount points, for tests.
std::optional<int> quota_processors(const std::string& root = {});

}  // namespace u2net::kernels
