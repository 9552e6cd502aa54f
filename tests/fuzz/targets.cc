// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/targets.h"

#include "tests/fuzz/target_list.h"

namespace u2net::fuzz {
namespace {

constexpr Target kTargets[] = {
    {"program", fuzz_program},     {"pdmodel", fuzz_program_file},
    {"json", fuzz_program_file},   {"pdiparams", fuzz_parameters},
    {"pdparams", fuzz_state_dict}, {"info", fuzz_parameter_info},
    {"picture", fuzz_picture},     {"npy", fuzz_npy},
    {"op_lines", fuzz_op_lines},   {"c_interface", fuzz_c_interface},
    {"onnx", fuzz_onnx},           {"pth", fuzz_torch_file},
    {"u2n", fuzz_packed_model},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  for (const Target& target : kTargets) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace u2net::fuzz
