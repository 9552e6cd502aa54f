// SPDX-License-Identifier: Apache-2.0
#include "engine/backends/onednn/onednn_threads.h"

#include <algorithm>

#include "engine/base/error.h"
#include "kernels/base/float_scope.h"
#include "kernels/base/fork.h"
#include "kernels/base/parallel.h"

// The OpenMP API, declared here because <omp.h> is the compiler's: see
// tools/cmake/U2netOneDnn.cmake. GOMP_parallel is what GCC makes of "omp parallel"; the runtimes of
// LLVM and Intel have it as well.
extern "C" {
int omp_get_max_threads();
int omp_get_thread_num();
void omp_set_num_threads(int threads);
void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags);
}

namespace u2net::engine {
namespace {

// What the calling thread has started of OpenMP: every thread has workers of its own.
struct Started {
  int threads = 1;
  std::uint32_t process = 0;  // kernels::fork_generation()
};
// In the static block of thread-local memory: elsewhere the first look may need memory that there
// is not, and end the process.
[[gnu::tls_model("initial-exec")]] thread_local Started started;

using Environment = kernels::FloatScope::Environment;
using Environments = std::vector<Environment>;

// Calls Change with the entry of each of OpenMP's threads, on that thread.
template <void (*Change)(Environment&)>
void change_all(Environments& environments) {
  if (environments.size() == 1)
    return Change(environments.front());  // maybe inside of a caller's region
  const auto body = [](void* all) {
    Change((*static_cast<Environments*>(all))[static_cast<std::size_t>(omp_get_thread_num())]);
  };
  GOMP_parallel(body, &environments, static_cast<unsigned>(environments.size()), 0);
}

void keep_and_set(Environment& before) { before = kernels::FloatScope::enter(); }
void restore(Environment& before) {
  if (before != 0) kernels::FloatScope::leave(before);
}

}  // namespace

void OpenMpScope::check_process() const {
  if (threads_ == 1) return;
  const std::uint32_t process = kernels::fork_generation();
  if (started.threads > 1 && started.process != process) {
    throw Error(
        ErrorCode::kModeUnavailable,
        "mode 'onednn' cannot run in a forked process: OpenMP's threads, started before the "
        "fork, are gone",
        "use mode 'onednn' only after the fork, with 1 thread, or take mode 'native'");
  }
  if (threads_ > started.threads) {
    const kernels::ThreadPool enough(threads_);  // OpenMP would end the process where there are not
    started = {threads_, process};
  }
}

void OpenMpScope::enter() {
  check_process();
  before_ = omp_get_max_threads();
  omp_set_num_threads(threads_);
  std::fill(environments_.begin(), environments_.end(), 0);
  change_all<keep_and_set>(environments_);
}

void OpenMpScope::leave() noexcept {
  change_all<restore>(environments_);
  omp_set_num_threads(before_);
}

}  // namespace u2net::engine
