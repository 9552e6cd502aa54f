// SPDX-License-Identifier: Apache-2.0
// OpenMP's threads while oneDNN creates primitives or runs them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/plan/plan.h"
#include "kernels/base/float_scope.h"

namespace u2net::engine {

// oneDNN takes its number of threads from OpenMP's setting for the calling thread, both when it
// creates a primitive and when it runs it; the caller's own setting is put back. Meanwhile all of
// them have the floating-point environment of kernels (kernels/base/float_scope.h).
class OpenMpScope : public RunScope {
 public:
  explicit OpenMpScope(int threads)
      : threads_(threads), environments_(static_cast<std::size_t>(threads)) {}

  // Throws kModeUnavailable in a child of fork() on the thread that had started OpenMP's threads in
  // the parent: the runtime would wait for them for ever. Throws std::system_error where the system
  // has no more threads: the runtime would end the process.
  void enter() override;
  void leave() noexcept override;

 private:
  void check_process() const;

  int threads_;
  int before_ = 1;
  // Of OpenMP's threads, as they were; 0: not known.
  std::vector<kernels::FloatScope::Environment> environments_;
};

}  // namespace u2net::engine
