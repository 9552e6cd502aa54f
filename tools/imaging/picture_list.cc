// SPDX-License-Identifier: Apache-2.0
#include "tools/imaging/picture_list.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <system_error>

namespace u2net::imaging {
using namespace engine;
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// A picture with the folder, inside of the one for results, that its own go to.
struct Input {
  PictureJob job;
  fs::path folder = {};
};

Error no_picture(const fs::path& folder, const FolderContent& content) {
  const std::size_t others = content.left_out.size();
  return Error(ErrorCode::kInputNotFound,
               "there is no picture in directory '" + folder.string() + "'",
               others == 0 ? "it is empty"
                           : "all that is there, " + std::to_string(others) +
                                 (others == 1 ? " file" : " files") + ", is left out; -v says why");
}

std::vector<Input> list_inputs(const std::vector<std::string>& paths, bool recursive,
                               std::vector<LeftOut>& left_out) {
  std::vector<Input> inputs;
  for (const std::string& name : paths) {
    const fs::path path = name;
    if (name == kStandardStream || !is_folder(path)) {
      inputs.push_back({{path}});
      continue;
    }
    try {
      FolderContent content = list_folder(path, recursive);
      for (FolderPicture& picture : content.pictures)
        inputs.push_back({{std::move(picture.path)}, std::move(picture.folder)});
      if (content.pictures.empty()) inputs.push_back({{path, {}, no_picture(path, content)}});
      std::move(content.left_out.begin(), content.left_out.end(), std::back_inserter(left_out));
    } catch (const Error& e) {
      inputs.push_back({{path, {}, e}});
    }
  }
  return inputs;
}

fs::path shown_name(const fs::path& input) {
  return input == kStandardStream ? fs::path("stdin") : input.filename();
}

// "a" for a.jpg, but "a.jpg" where there is an a.png in the same folder too.
std::string result_stem(const fs::path& input,
                        const std::map<std::pair<fs::path, fs::path>, std::set<fs::path>>& names) {
  const fs::path name = shown_name(input);
  const bool is_shared = names.at({input.parent_path(), name.stem()}).size() > 1;
  return (is_shared ? name : name.stem()).string();
}

void place_results(std::vector<Input>& inputs, const std::vector<OutputKind>& kinds,
                   const PlaceOptions& places) {
  std::map<std::pair<fs::path, fs::path>, std::set<fs::path>> names;
  for (const Input& input : inputs) {
    const fs::path name = shown_name(input.job.input);
    names[{input.job.input.parent_path(), name.stem()}].insert(name);
  }
  for (Input& input : inputs) {
    if (input.job.failure) continue;
    for (const OutputKind kind : kinds) {
      const std::string name = result_stem(input.job.input, names) + "." +
                               std::string(output_name(kind)) + places.ending(kind);
      input.job.outputs.emplace_back(kind, places.directory / input.folder / name);
    }
  }
}

void place_one_result(std::vector<Input>& inputs, const std::vector<OutputKind>& kinds,
                      const fs::path& file) {
  if (inputs.size() != 1 || kinds.size() != 1) {
    throw Error(ErrorCode::kUsage,
                "'" + file.string() + "' can take one result; there are " +
                    std::to_string(inputs.size()) + " inputs and " + std::to_string(kinds.size()) +
                    " results of each",
                "--write says which result; -o DIR takes any number");
  }
  if (!inputs[0].job.failure) inputs[0].job.outputs.emplace_back(kinds[0], file);
}

void refuse_second_stdin(const std::vector<Input>& inputs) {
  const auto is_stdin = [](const Input& input) { return input.job.input == kStandardStream; };
  if (std::count_if(inputs.begin(), inputs.end(), is_stdin) > 1)
    throw Error(ErrorCode::kUsage, "standard input ('-') can be read once only");
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
    if (job.input == kStandardStream) continue;
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

OutputFormat format_of(OutputKind kind, OutputFormat wanted) {
  const bool spoiled = kind == OutputKind::kMask || kind == OutputKind::kCutout;
  return spoiled && !keeps_alpha(wanted) ? OutputFormat::kPng : wanted;
}

PicturePlan plan_pictures(const std::vector<std::string>& paths,
                          const std::vector<OutputKind>& kinds, const PlaceOptions& places) {
  PicturePlan plan;
  std::vector<Input> listed = list_inputs(paths, places.recursive, plan.left_out);
  refuse_second_stdin(listed);
  if (places.file.empty()) {
    place_results(listed, kinds, places);
  } else {
    place_one_result(listed, kinds, places.file);
  }
  for (Input& input : listed) plan.jobs.push_back(std::move(input.job));
  refuse_same_outputs(plan.jobs);
  const std::map<Identity, fs::path> inputs = input_identities(plan.jobs);
  for (const PictureJob& job : plan.jobs) {
    for (const auto& [kind, output] : job.outputs) {
      if (output != kStandardStream) refuse_replacing(inputs, output);
    }
  }
  return plan;
}

void refuse_overwrite(const std::vector<PictureJob>& jobs, const fs::path& output) {
  refuse_replacing(input_identities(jobs), output);
}

}  // namespace u2net::imaging
