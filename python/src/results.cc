// SPDX-License-Identifier: Apache-2.0
// Files of results, as `u2net run` places, marks and writes them.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/base/atomic_file.h"
#include "module.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/output_format.h"
#include "tools/imaging/picture_list.h"
#include "tools/imaging/read_file.h"
#include "tools/imaging/result_mark.h"

namespace u2net::python {
namespace {

// Paths are bytes: Python knows how the system's become text.
nb::bytes bytes_of(const std::string& text) { return nb::bytes(text.data(), text.size()); }
std::string text_of(const nb::bytes& bytes) { return {bytes.c_str(), bytes.size()}; }

imaging::Bytes view_of(const nb::bytes& bytes) {
  return {static_cast<const std::byte*>(bytes.data()), bytes.size()};
}

// Input, its results in the order of the kinds, and why there will be none.
using Job = std::tuple<nb::bytes, std::vector<nb::bytes>, std::optional<std::string>>;
using LeftOut = std::pair<nb::bytes, std::string>;

Job job_of(const imaging::PictureJob& planned) {
  std::vector<nb::bytes> outputs;
  for (const auto& [kind, path] : planned.outputs) outputs.push_back(bytes_of(path.string()));
  std::optional<std::string> failure;
  if (const auto& error = planned.failure)
    failure = std::string(error->what()) + " [" + std::string(error_name(error->code())) + "]";
  return {bytes_of(planned.input.string()), std::move(outputs), std::move(failure)};
}

std::tuple<std::vector<Job>, std::vector<LeftOut>> plan_pictures(
    const std::vector<nb::bytes>& names, const std::string& kinds, const nb::bytes& directory,
    const std::string& format_name, bool recursive) {
  std::vector<std::string> paths;
  for (const nb::bytes& name : names) paths.push_back(text_of(name));
  const std::string place = text_of(directory);
  imaging::PicturePlan plan;
  {
    const nb::gil_scoped_release released;
    const imaging::OutputFormat format = imaging::find_output_format(format_name);
    const auto ending = [format](imaging::OutputKind kind) {
      return std::string(imaging::ending_of(kind, format));
    };
    plan = imaging::plan_pictures(
        paths, imaging::parse_output_kinds(kinds),
        {.directory = place, .file = {}, .ending = ending, .recursive = recursive});
  }
  std::vector<Job> jobs;
  for (const imaging::PictureJob& planned : plan.jobs) jobs.push_back(job_of(planned));
  std::vector<LeftOut> left_out;
  for (const imaging::LeftOut& file : plan.left_out)
    left_out.emplace_back(bytes_of(file.path.string()), file.why);
  return {std::move(jobs), std::move(left_out)};
}

// Those of a list such as "mask,cutout", in the command's order, each with the ending of its files.
std::vector<std::pair<std::string, std::string>> result_kinds(const std::string& list,
                                                              const std::string& format_name) {
  const imaging::OutputFormat format = imaging::find_output_format(format_name);
  std::vector<std::pair<std::string, std::string>> kinds;
  for (const imaging::OutputKind kind : imaging::parse_output_kinds(list)) {
    kinds.emplace_back(imaging::output_name(kind), imaging::ending_of(kind, format));
  }
  return kinds;
}

nb::bytes read_file(const nb::bytes& path) {
  const std::string name = text_of(path);
  std::vector<std::byte> file;
  {
    const nb::gil_scoped_release released;
    file = imaging::read_file(name, imaging::DecodeLimits().max_file_bytes);
  }
  return nb::bytes(file.data(), file.size());
}

void write_file(const nb::bytes& path, const nb::bytes& data) {
  const std::string name = text_of(path);
  const imaging::Bytes bytes = view_of(data);
  const nb::gil_scoped_release released;
  engine::write_file_atomically(name, bytes);
}

bool is_in_the_way(const nb::bytes& path, const std::string& mark) {
  return imaging::standing_at(text_of(path), mark) == imaging::Standing::kOther;
}

std::string result_mark(const nb::bytes& file) { return imaging::result_mark(view_of(file)); }

}  // namespace

void define_results(nb::module_& module) {
  module.def("plan_pictures", &plan_pictures, nb::arg("paths"), nb::arg("kinds"),
             nb::arg("directory"), nb::arg("format"), nb::arg("recursive"),
             "(input, results, failure) of every picture, and (path, reason) of what is left out.");
  module.def("result_kinds", &result_kinds, nb::arg("list"), nb::arg("format"));
  module.def("read_file", &read_file, nb::arg("path"));
  module.def("write_file", &write_file, nb::arg("path"), nb::arg("data"),
             "The path shows what was there before, or all of it.");
  module.def("result_mark", &result_mark, nb::arg("file"),
             "What a result says of the picture file that it was made of.");
  module.def("is_in_the_way", &is_in_the_way, nb::arg("path"), nb::arg("mark"),
             "Whether a file is there that is no earlier result of the same picture.");
}

}  // namespace u2net::python
