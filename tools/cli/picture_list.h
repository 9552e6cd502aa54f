// SPDX-License-Identifier: Apache-2.0
// What `u2net run` has to do: which pictures, and which file each of them becomes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"

namespace u2net::cli {
using namespace engine;

enum class OutputKind { kMask, kCutout, kResult, kPanel };

// "mask", as in --write, in STEM.mask.png and in the report.
std::string_view output_name(OutputKind kind);
// Of a list such as "mask,panel", in the order of OutputKind. Throws kUsage.
std::vector<OutputKind> parse_output_kinds(std::string_view list);

struct PictureJob {
  std::filesystem::path input;
  std::vector<std::pair<OutputKind, std::filesystem::path>> outputs;
  std::optional<Error> failure;  // known before anything is read: a folder without pictures
};

// Folders become their pictures, by name; hidden files and what u2net itself wrote are left out.
// Throws kUsage where two inputs would become the same file or an output would replace an input.
std::vector<PictureJob> plan_pictures(const std::vector<std::string>& paths,
                                      const std::vector<OutputKind>& kinds,
                                      const std::filesystem::path& output_dir);
// The same check for a further file that is going to be written.
void refuse_overwrite(const std::vector<PictureJob>& jobs, const std::filesystem::path& output);

// By its ending or, where there is such a file, by its first bytes; formats that cannot be read
// count.
bool is_picture(const std::filesystem::path& path);

}  // namespace u2net::cli
