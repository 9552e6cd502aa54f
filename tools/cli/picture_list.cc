// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/picture_list.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <system_error>

#include "tools/imaging/format.h"

namespace u2net::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kOutputNames = {"mask", "cutout", "result", "panel"};
constexpr std::string_view kEndings[] = {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm"};

bool has_picture_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

bool is_own_output(const fs::path& path) {
  const std::string name = path.filename().string();
  return std::any_of(kOutputNames.begin(), kOutputNames.end(), [&](std::string_view kind) {
    return name.ends_with("." + std::string(kind) + ".png");
  });
}

std::vector<fs::path> pictures_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const fs::path& path = it->path();
    std::error_code ignored;
    const bool hidden = path.filename().string().starts_with('.');
    if (!hidden && has_picture_ending(path) && !is_own_output(path) && !it->is_directory(ignored)) {
      found.push_back(path);
    }
  }
  if (error) {
    throw Error(ErrorCode::kInputNotFound,
                "cannot read directory '" + directory.string() + "': " + error.message());
  }
  if (found.empty()) {
    throw Error(ErrorCode::kInputNotFound,
                "there is no picture in directory '" + directory.string() + "'",
                "looked for names that end in .jpg, .jpeg, .png, .bmp, .ppm, .pgm or .pnm, not in "
                "folders inside");
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

std::vector<PictureJob> list_inputs(const std::vector<std::string>& paths) {
  std::vector<PictureJob> jobs;
  for (const std::string& name : paths) {
    const fs::path path = name;
    if (!is_folder(path)) {
      jobs.push_back({path, {}, std::nullopt});
      continue;
    }
    try {
      for (fs::path& picture : pictures_in(path))
        jobs.push_back({std::move(picture), {}, std::nullopt});
    } catch (const Error& e) {
      jobs.push_back({path, {}, e});
    }
  }
  return jobs;
}

using Identity = std::pair<dev_t, ino_t>;

// The same for all names of a file; nothing where there is no file.
std::optional<Identity> identity(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return Identity(info.st_dev, info.st_ino);
}

std::map<Identity, fs::path> input_identities(const std::vector<PictureJob>& jobs) {
  std::map<Identity, fs::path> inputs;
  for (const PictureJob& job : jobs) {
    if (const auto id = identity(job.input)) inputs.emplace(*id, job.input);
  }
  return inputs;
}

void refuse_replacing(const std::map<Identity, fs::path>& inputs, const fs::path& output) {
  const auto id = identity(output);
  const auto input = id ? inputs.find(*id) : inputs.end();
  if (input == inputs.end()) return;
  throw Error(
      ErrorCode::kUsage,
      "writing '" + output.string() + "' would replace the input '" + input->second.string() + "'",
      "choose another place for it");
}

void refuse_same_outputs(const std::vector<PictureJob>& jobs) {
  std::map<fs::path, const PictureJob*> writers;
  for (const PictureJob& job : jobs) {
    for (const auto& [kind, output] : job.outputs) {
      const auto [other, is_new] = writers.emplace(output, &job);
      if (is_new) continue;
      throw Error(ErrorCode::kUsage,
                  "'" + other->second->input.string() + "' and '" + job.input.string() +
                      "' would both be written to '" + output.string() + "'",
                  "give them to two runs with different -o DIR");
    }
  }
}

}  // namespace

std::string_view output_name(OutputKind kind) {
  return kOutputNames[static_cast<std::size_t>(kind)];
}

std::vector<OutputKind> parse_output_kinds(std::string_view list) {
  std::set<OutputKind> kinds;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string_view word = list.substr(begin, end - begin);
    const auto it = std::find(kOutputNames.begin(), kOutputNames.end(), word);
    if (it == kOutputNames.end()) {
      throw Error(ErrorCode::kUsage, "--write: there is no output '" + std::string(word) +
                                         "'; outputs: mask, cutout, result, panel");
    }
    kinds.insert(static_cast<OutputKind>(it - kOutputNames.begin()));
    begin = end + 1;
  }
  return {kinds.begin(), kinds.end()};
}

std::vector<PictureJob> plan_pictures(const std::vector<std::string>& paths,
                                      const std::vector<OutputKind>& kinds,
                                      const fs::path& output_dir) {
  std::vector<PictureJob> jobs = list_inputs(paths);
  for (PictureJob& job : jobs) {
    if (job.failure) continue;
    for (const OutputKind kind : kinds) {
      const std::string name =
          job.input.stem().string() + "." + std::string(output_name(kind)) + ".png";
      job.outputs.emplace_back(kind, output_dir / name);
    }
  }
  refuse_same_outputs(jobs);
  const std::map<Identity, fs::path> inputs = input_identities(jobs);
  for (const PictureJob& job : jobs) {
    for (const auto& [kind, output] : job.outputs) refuse_replacing(inputs, output);
  }
  return jobs;
}

void refuse_overwrite(const std::vector<PictureJob>& jobs, const fs::path& output) {
  refuse_replacing(input_identities(jobs), output);
}

bool is_picture(const fs::path& path) {
  if (has_picture_ending(path)) return true;
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  std::array<char, 1024> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const std::span bytes(head.data(), static_cast<std::size_t>(file.gcount()));
  return imaging::sniff_format(std::as_bytes(bytes)).name != nullptr;
}

}  // namespace u2net::cli
