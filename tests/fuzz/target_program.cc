// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/program_check.h"
#include "tests/fuzz/target_list.h"

namespace u2net::fuzz {

void fuzz_program(std::span<const std::uint8_t> bytes) {
  const GeneratedProgram program = generate_program(bytes);
  try {
    check_program(program);
  } catch (const std::exception& e) {
    throw Finding(std::string(e.what()) + "\n" + program.text());
  }
}

}  // namespace u2net::fuzz
