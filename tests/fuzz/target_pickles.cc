// SPDX-License-Identifier: Apache-2.0
// What is read of pickles: .pdparams, .pth and .pdiparams.info.
#include "loader/paddle/parameter_info.h"
#include "loader/state_dict/state_dict.h"
#include "tests/fuzz/file_checks.h"
#include "tests/fuzz/target_list.h"

namespace u2net::fuzz {
using namespace engine;

void fuzz_state_dict(std::span<const std::uint8_t> bytes) {
  expect_refusals({ErrorCode::kModelParams, ErrorCode::kModelUnsupported, ErrorCode::kModelLimit},
                  [&] { read_state_dict(std::as_bytes(bytes), "a state_dict"); });
}

// What a damaged file is taken for is of no matter here: the same reader tells by its first bytes.
void fuzz_torch_file(std::span<const std::uint8_t> bytes) { fuzz_state_dict(bytes); }

void fuzz_parameter_info(std::span<const std::uint8_t> bytes) {
  expect_refusals({ErrorCode::kModelParams, ErrorCode::kModelUnsupported, ErrorCode::kModelLimit},
                  [&] {
                    const MemoryFile file(bytes);
                    read_parameter_info(file.path());
                  });
}

}  // namespace u2net::fuzz
