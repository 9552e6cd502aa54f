// SPDX-License-Identifier: Apache-2.0
// The functions behind targets().
#pragma once

#include <cstdint>
#include <span>

namespace u2net::fuzz {

void fuzz_program(std::span<const std::uint8_t> bytes);         // a generated program, every mode
void fuzz_program_file(std::span<const std::uint8_t> bytes);    // .pdmodel or .json
void fuzz_parameters(std::span<const std::uint8_t> bytes);      // .pdiparams
void fuzz_state_dict(std::span<const std::uint8_t> bytes);      // .pdparams
void fuzz_torch_file(std::span<const std::uint8_t> bytes);      // .pth
void fuzz_onnx(std::span<const std::uint8_t> bytes);            // .onnx
void fuzz_packed_model(std::span<const std::uint8_t> bytes);    // .u2n
void fuzz_parameter_info(std::span<const std::uint8_t> bytes);  // .pdiparams.info
void fuzz_picture(std::span<const std::uint8_t> bytes);
void fuzz_npy(std::span<const std::uint8_t> bytes);
void fuzz_op_lines(std::span<const std::uint8_t> bytes);
void fuzz_c_interface(std::span<const std::uint8_t> bytes);  // calls with arguments of any kind

}  // namespace u2net::fuzz
