// SPDX-License-Identifier: Apache-2.0
// Runs a generated program in every mode and compares.
#pragma once

#include "tests/fuzz/finding.h"
#include "tests/fuzz/program_generator.h"

namespace u2net::fuzz {

// Throws Finding where a promise is broken:
//   every mode gives what mode static gives, as far as rounding allows (Traced::slack);
//   a mode accepts what static accepts and refuses what it refuses, with an Error of the model's or
//   the input's;
//   mode native gives the same bits with other numbers of threads, and when it runs again after
//   other sizes;
//   verify() agrees;
//   what is written as files of either format and read again gives the same bits.
void check_program(const GeneratedProgram& program);

}  // namespace u2net::fuzz
