// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/input_sizes.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "engine/base/error.h"
#include "models/picture/image.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr int kMaxBatch = 1024;
constexpr int kDefaultSide = 320;

// Sets a free size; tells whether the result is what was asked for (0: nothing was).
bool settle(std::int64_t& dim, int wanted, int otherwise) {
  if (dim == -1) dim = wanted > 0 ? wanted : otherwise;
  return wanted == 0 || dim == wanted;
}

}  // namespace

bool parse_size(std::string_view text, SizeChoice& choice) {
  const char* const end = text.data() + text.size();
  const auto [middle, error] = std::from_chars(text.data(), end, choice.height);
  if (error != std::errc()) return false;
  choice.width = choice.height;
  if (middle != end) {
    if (*middle != 'x') return false;
    const auto [last, second_error] = std::from_chars(middle + 1, end, choice.width);
    if (second_error != std::errc() || last != end) return false;
  }
  const auto in_range = [](int side) { return side >= 1 && side <= imaging::kMaxSide; };
  return in_range(choice.height) && in_range(choice.width);
}

void add_size_options(CLI::App& app, SizeChoice& choice) {
  app.add_option_function<std::string>(
         "--size",
         [&choice](const std::string& text) {
           if (!parse_size(text, choice)) {
             throw CLI::ValidationError("--size", "'" + text +
                                                      "' is not HxW with sizes from 1 to " +
                                                      std::to_string(imaging::kMaxSide));
           }
         },
         "Height and width of the input (default: what the model declares, or 320x320)")
      ->type_name("HxW");
  app.add_option("--batch", choice.batch,
                 "Pictures at once (default: what the model declares, or 1)")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxBatch).description(""));
}

std::vector<TensorType> input_types(const std::vector<PortInfo>& inputs, const SizeChoice& choice) {
  std::vector<TensorType> types;
  bool fits = !choice.any();
  std::string declared;
  for (const PortInfo& port : inputs) {
    declared += (declared.empty() ? "'" : ", '") + port.name + "' " + to_string(port.type.shape);
    TensorType type = port.type;
    if (type.shape.size() == 4) {
      const bool batch = settle(type.shape[0], choice.batch, 1);
      const bool height = settle(type.shape[2], choice.height, kDefaultSide);
      const bool width = settle(type.shape[3], choice.width, kDefaultSide);
      fits = fits || (batch && height && width);
    }
    for (std::int64_t& dim : type.shape) {
      if (dim == -1) dim = 1;
    }
    types.push_back(std::move(type));
  }
  if (!fits) {
    throw Error(ErrorCode::kInputShape,
                "no input of this model can have the size that was asked for; it has: " +
                    (declared.empty() ? "no inputs" : declared));
  }
  return types;
}

}  // namespace u2net::cli
