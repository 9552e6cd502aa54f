// SPDX-License-Identifier: Apache-2.0
#include "models/architecture.h"

#include <string>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace u2net::engine {
namespace {

constexpr bool kDilated = true;

constexpr Architecture kArchitectures[] = {
    {.name = "u2netp",
     .encoder = {{{7, 3, 16, 64},
                  {6, 64, 16, 64},
                  {5, 64, 16, 64},
                  {4, 64, 16, 64},
                  {4, 64, 16, 64, kDilated},
                  {4, 64, 16, 64, kDilated}}},
     .decoder = {{{4, 128, 16, 64, kDilated},
                  {4, 128, 16, 64},
                  {5, 128, 16, 64},
                  {6, 128, 16, 64},
                  {7, 128, 16, 64}}},
     .side = {64, 64, 64, 64, 64, 64}},
    {.name = "u2net",
     .encoder = {{{7, 3, 32, 64},
                  {6, 64, 32, 128},
                  {5, 128, 64, 256},
                  {4, 256, 128, 512},
                  {4, 512, 256, 512, kDilated},
                  {4, 512, 256, 512, kDilated}}},
     .decoder = {{{4, 1024, 256, 512, kDilated},
                  {4, 1024, 128, 256},
                  {5, 512, 64, 128},
                  {6, 256, 32, 64},
                  {7, 128, 16, 64}}},
     .side = {64, 64, 128, 256, 512, 512}},
};

}  // namespace

std::span<const Architecture> architectures() { return kArchitectures; }

const Architecture& find_architecture(std::string_view name) {
  std::string names;
  for (const Architecture& architecture : kArchitectures) {
    if (architecture.name == name) return architecture;
    append_word(names, architecture.name);
  }
  throw_error(ErrorCode::kUsage, "there is no architecture '", name, "'; available: ", names);
}

}  // namespace u2net::engine
