// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/seeds.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>

#include "engine/base/error.h"
#include "loader/paddle/parameter_info.h"
#include "loader/paddle/params_writer.h"
#include "loader/paddle/program_writer.h"
#include "loader/pir/pir_writer.h"
#include "tests/support/fill.h"
#include "tests/support/golden.h"
#include "tests/support/packed_model.h"
#include "tests/support/program_builder.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSeedBytes = 8192;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

fs::path tests(std::string_view name) { return test::source_folder() / "tests" / name; }

// The files of a folder (and its folders) whose names end so, the small ones.
void add_files(const fs::path& folder, std::string_view end, std::vector<Seed>& seeds) {
  if (!fs::exists(folder)) return;
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().string().ends_with(end) &&
        entry.file_size() <= kMostSeedBytes)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::string name = file.lexically_relative(folder).string();
    std::replace(name.begin(), name.end(), '/', '-');
    seeds.push_back({std::move(name), bytes_of(test::read_file(file))});
  }
}

// The golden programs written again: without what exporters add for themselves.
void add_golden(const std::function<std::string(const Graph&)>& write, std::vector<Seed>& seeds) {
  for (const std::string& name : test::golden_names()) {
    try {
      const std::string text = write(load_model(test::golden_folder(name)).graph);
      if (!text.empty() && text.size() <= kMostSeedBytes) seeds.push_back({name, bytes_of(text)});
    } catch (const Error&) {  // what Paddle 3 has no operator for
    }
  }
}

// Golden models packed; their weights and inputs are small.
void add_packed(std::vector<Seed>& seeds) {
  for (const char* name : {"chain_conv_bn_relu", "chain_conv_bias_bn_relu", "concat_axis_tensor",
                           "interp_size_from_shape", "reshape2_shape_tensor_list"}) {
    const test::Golden golden = test::load_golden(name);
    seeds.push_back(
        {name, bytes_of(test::packed_model(golden.model, test::views_of(golden.inputs)))});
  }
}

void add_lines(const fs::path& file, std::vector<Seed>& seeds) {
  std::istringstream in(test::read_file(file));
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#')
      seeds.push_back({"line-" + std::to_string(seeds.size()), bytes_of(line)});
  }
}

std::string parameter_info() {
  return write_parameter_info(
      std::vector<ParameterInfo>{{"conv2d_0.w_0", "stage1.conv.weight", true},
                                 {"batch_norm_0.w_1", "stage1.bn._mean", false}});
}

}  // namespace

Bytes program_bytes(std::uint64_t number) {
  test::Random random("fuzz_test", number);
  Bytes bytes(static_cast<std::size_t>(random.integer(16, 240)));
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random.next());
  return bytes;
}

std::vector<Seed> seeds_of(std::string_view target) {
  static const std::map<std::string_view, void (*)(std::vector<Seed>&)> kMade = {
      {"pdmodel", [](auto& seeds) { add_golden(write_program, seeds); }},
      {"json",
       [](auto& seeds) {
         add_golden(write_pir_program, seeds);
         add_files(tests("data/pir"), ".json", seeds);
       }},
      {"pdiparams",
       [](auto& seeds) {
         seeds.push_back({"small_program", bytes_of(test::small_program().parameters())});
       }},
      {"pdparams", [](auto& seeds) { add_files(tests("data/pdparams"), ".pdparams", seeds); }},
      {"u2n", add_packed},
      {"onnx", [](auto& seeds) { add_files(tests("data/onnx"), ".onnx", seeds); }},
      {"pth", [](auto& seeds) { add_files(tests("data/pth"), ".pth", seeds); }},
      {"info",
       [](auto& seeds) {
         seeds.push_back({"two", bytes_of(parameter_info())});
       }},
      {"picture",
       [](auto& seeds) {
         for (const char* ending : {".jpg", ".png", ".tif", ".gif", ".heic", ".avif"})
           add_files(tests("data/images"), ending, seeds);
       }},
      {"npy", [](auto& seeds) { add_files(tests("data/golden"), "in_x.npy", seeds); }},
      {"op_lines",
       [](auto& seeds) {
         add_lines(test::source_folder() / "bench/shapes/u2netp.txt", seeds);
         add_lines(tests("fuzz/op_lines.txt"), seeds);
       }},
  };
  std::vector<Seed> seeds;
  add_files(tests("fuzz/seeds") / target, "", seeds);
  if (const auto made = kMade.find(target); made != kMade.end()) made->second(seeds);
  return seeds;
}

}  // namespace u2net::fuzz
