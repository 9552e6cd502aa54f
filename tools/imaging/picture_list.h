// SPDX-License-Identifier: Apache-2.0
// What `u2net run` and its like in Python have to do: which pictures, and which file each of them
// becomes.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "tools/imaging/output_format.h"
#include "tools/imaging/picture_folder.h"

namespace u2net::imaging {
using engine::Error;

enum class OutputKind { kMask, kCutout, kResult, kPanel };
inline constexpr std::array<OutputKind, 4> kOutputKinds = {OutputKind::kMask, OutputKind::kCutout,
                                                           OutputKind::kResult, OutputKind::kPanel};

// As in --write, in STEM.mask.png and in the report.
inline constexpr std::array<std::string_view, 4> kOutputNames = {"mask", "cutout", "result",
                                                                 "panel"};
std::string_view output_name(OutputKind kind);
// Of a list such as "mask,panel", in the order of OutputKind. Throws kUsage.
std::vector<OutputKind> parse_output_kinds(std::string_view list);

// In which format a kind of result is written: what has no colours, or is transparent, stays PNG
// where the format would spoil it.
OutputFormat format_of(OutputKind kind, OutputFormat wanted);
// The ending of its file.
inline std::string_view ending_of(OutputKind kind, OutputFormat wanted) {
  return ending_of(format_of(kind, wanted));
}

struct PictureJob {
  std::filesystem::path input;  // kStandardStream: standard input
  // A path that is kStandardStream: standard output.
  std::vector<std::pair<OutputKind, std::filesystem::path>> outputs = {};
  std::optional<Error> failure = {};  // known before anything is read: a folder without pictures
  bool replace = false;               // its results are known to be its own
};

inline constexpr std::string_view kStandardStream = "-";

struct PicturePlan {
  std::vector<PictureJob> jobs;
  std::vector<LeftOut> left_out;  // of folders
};

struct PlaceOptions {
  std::filesystem::path directory;  // of the results; empty: the current one
  std::filesystem::path file;       // of the one result, instead; kStandardStream: standard output
  std::function<std::string(OutputKind)> ending;  // with its dot
  bool recursive = false;
};

// Folders become their pictures, by name; with `recursive` the results lie in a tree of the same
// form. Pictures of one folder whose names differ in their endings alone give their whole names to
// their results. Throws kUsage where two inputs would become the same file, an output would replace
// an input, or one file cannot take what there is to write.
PicturePlan plan_pictures(const std::vector<std::string>& paths,
                          const std::vector<OutputKind>& kinds, const PlaceOptions& places);
// The same check for a further file that is going to be written.
void refuse_overwrite(const std::vector<PictureJob>& jobs, const std::filesystem::path& output);

}  // namespace u2net::imaging
