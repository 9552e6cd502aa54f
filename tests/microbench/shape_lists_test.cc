// SPDX-License-Identifier: Apache-2.0
// The lists of bench/shapes, which are measured as they are, run here as tests: every line, smaller
// but of the same kind, by the kernel that is chosen for it and by all others that can do it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string_view>

#include "tests/support/source_folder.h"
#include "tools/microbench/measure.h"
#include "tools/microbench/requests.h"
#include "tools/microbench/shape_words.h"

namespace u2net::bench {
namespace {

using Integers = std::vector<std::int64_t>;

// Images of at most this side, and about so many channels.
constexpr std::int64_t kMostSide = 26, kMostChannels = 48;

// The greatest power of two that divides all of these and takes `from` below `most`.
std::int64_t divisor(const Integers& all, std::int64_t from, std::int64_t most) {
  std::int64_t by = 1;
  const auto divides = [&](std::int64_t n) { return n % (2 * by) == 0; };
  while (from / by > most && std::all_of(all.begin(), all.end(), divides)) by *= 2;
  return by;
}

std::string joined(const Integers& numbers) {
  std::string text;
  for (std::int64_t n : numbers) text += (text.empty() ? "" : "x") + std::to_string(n);
  return text;
}

// Keeps filters, strides, padding, dilation, what is fused, what is resized, and channels a group.
// What has no channels stays as it is.
std::string smaller(const std::string& line) {
  const ShapeWords words(line);
  constexpr std::string_view kAsTheyAre[] = {"layer_norm", "log_softmax", "matmul_v2", "softmax"};
  if (std::find(std::begin(kAsTheyAre), std::end(kAsTheyAre), words.op()) != std::end(kAsTheyAre))
    return line;
  const std::vector<ShapeWords::Source> sources = words.sources();
  Integers heights, widths, channels;
  for (const ShapeWords::Source& s : sources) {
    channels.push_back(s.shape[1]);
    heights.push_back(s.shape[2]), widths.push_back(s.shape[3]);
  }
  for (const char* key : {"out", "pooled"}) {
    if (!words.has(key)) continue;
    heights.push_back(words.numbers(key)[0]), widths.push_back(words.numbers(key)[1]);
  }
  const std::int64_t groups = words.number("groups", 1);
  Integers filter = words.numbers("filter", Integers{});
  if (!filter.empty()) channels.push_back(filter[0]), channels.push_back(groups == 1 ? 0 : groups);
  const auto most = [](const Integers& all) { return *std::max_element(all.begin(), all.end()); };
  const std::int64_t by_h = divisor(heights, most(heights), kMostSide),
                     by_w = divisor(widths, most(widths), kMostSide),
                     by_c = divisor(channels, most(channels), kMostChannels);
  std::istringstream in(line);
  std::string text;
  for (std::string word; in >> word;) {
    if (word.starts_with("src=")) {
      word = "src=";
      for (const ShapeWords::Source& s : sources) {
        word += (word == "src=" ? "" : ",") +
                joined({s.shape[0], s.shape[1] / by_c, s.shape[2] / by_h, s.shape[3] / by_w}) +
                (s.upsampled ? "^" : "");
      }
    } else if (word.starts_with("filter=")) {
      word = "filter=" + joined({filter[0] / by_c, groups == 1 ? filter[1] / by_c : filter[1],
                                 filter[2], filter[3]});
    } else if (word.starts_with("groups=")) {
      word = "groups=" + std::to_string(groups / by_c);
    } else if (word.starts_with("out=") || word.starts_with("pooled=")) {
      const std::string key = word.substr(0, word.find('='));
      const Integers size = words.numbers(key);
      word = key + "=" + joined({size[0] / by_h, size[1] / by_w});
    }
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

TEST(ShapeLists, AreMadeSmallerOfTheSameKind) {
  EXPECT_EQ(smaller("conv2d src=1x128x160x160^,1x64x320x320 filter=64x192x3x3 pad=1,1 relu "
                    "pooled=160x160"),
            "conv2d src=1x32x10x10^,1x16x20x20 filter=16x48x3x3 pad=1,1 relu pooled=10x10");
  EXPECT_EQ(smaller("conv2d src=1x256x28x28 filter=256x8x3x3 pad=1,1 groups=32"),
            "conv2d src=1x32x14x14 filter=32x8x3x3 pad=1,1 groups=4");
  EXPECT_EQ(smaller("sigmoid src=1x1x7x7"), "sigmoid src=1x1x7x7");
}

class ShapeList : public testing::TestWithParam<std::string> {};

std::vector<std::string> shape_lists() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_folder() / "bench/shapes")) {
    names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST_P(ShapeList, IsComputedAsByTheReference) {
  std::set<std::string> seen;
  for (const Request& request :
       read_requests(test::source_path("bench/shapes/" + GetParam() + ".txt"))) {
    const std::string line = smaller(request.line);
    if (!seen.insert(line).second) continue;
    const Measured measured = measure(line, {.threads = 2,
                                             .patterns = {"native:*"},
                                             .timing = {.seconds = 0, .cold = false},
                                             .progress = {}});
    int chosen = 0;
    for (const Measurement& m : measured.all) {
      EXPECT_TRUE(m.agreement.agrees())
          << line << " by " << m.name << ": " << m.agreement.max_error;
      chosen += m.chosen ? 1 : 0;
    }
    EXPECT_EQ(chosen, 1) << line;
  }
  EXPECT_FALSE(seen.empty());
}

INSTANTIATE_TEST_SUITE_P(Lines, ShapeList, testing::ValuesIn(shape_lists()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace u2net::bench
