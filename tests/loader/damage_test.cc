// SPDX-License-Identifier: Apache-2.0
// Every truncation and every single-byte change of a few real files, in either program format: see
// damaged.h for what may come out.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "engine/base/error.h"
#include "tests/loader/damaged.h"
#include "tests/loader/loading.h"
#include "tests/support/sanitizer.h"

namespace u2net::engine::test {
namespace {

Outcomes truncate_everywhere(Files& files, std::string Files::*part) {
  Outcomes outcomes;
  const std::string whole = files.*part;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    files.*part = whole.substr(0, length);
    try_one(files, "cut to " + std::to_string(length), outcomes);
  }
  return outcomes;
}

Outcomes change_every_byte(Files& files, std::string Files::*part) {
  Outcomes outcomes;
  for (std::size_t at = 0; at < (files.*part).size(); ++at) {
    const char byte = (files.*part)[at];
    // ^ 1: another digit or letter, which leaves JSON what it is.
    const std::array<char, 4> others = {'\x00', '\xff', static_cast<char>(byte ^ 0x80),
                                        static_cast<char>(byte ^ 1)};
    for (std::size_t i = 0; i < others.size(); ++i) {
      const char other = others[i];
      // In turn with a sanitizer, which takes minutes for all.
      if (other == byte || (kSanitized && i != at % others.size())) continue;
      (files.*part)[at] = other;
      try_one(files,
              "byte " + std::to_string(at) + " set to " +
                  std::to_string(static_cast<unsigned char>(other)),
              outcomes);
    }
    (files.*part)[at] = byte;
  }
  return outcomes;
}

class DamagedProgram : public testing::TestWithParam<const char*> {
 protected:
  Files files = files_of(GetParam());
};

TEST_P(DamagedProgram, IsWholeAtFirst) { EXPECT_NO_THROW(load_and_use(files, {})); }

TEST_P(DamagedProgram, Cut) {
  testing::internal::CaptureStderr();
  const Outcomes outcomes = truncate_everywhere(files, &Files::program);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "libraries have no business there";
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 0);
}

TEST_P(DamagedProgram, Changed) {
  const Outcomes outcomes = change_every_byte(files, &Files::program);
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 0);
  EXPECT_GT(outcomes.loaded, 0);  // where it changed what nobody reads
}

// The same outcome through real files, for a few.
TEST_P(DamagedProgram, AsFiles) {
  for (std::size_t i = 1; i <= 20; ++i) {
    std::string damaged = files.program.substr(0, files.program.size() * i / 20);
    damaged[damaged.size() * (i * 7 % 20) / 20] ^= '\x80';
    std::string from_bytes, from_files;
    try {
      load_bytes(damaged, files.parameters);
    } catch (const Error& e) {
      from_bytes = error_name(e.code());
    }
    try {
      load_files(damaged, files.parameters);
    } catch (const Error& e) {
      from_files = error_name(e.code());
    }
    EXPECT_EQ(from_bytes, from_files) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, DamagedProgram,
                         testing::Values("chain_conv_bias_bn_relu", "concat_axis_tensor",
                                         "interp_size_from_shape", "io_any_batch_and_size",
                                         "max_pool2d_k3_s2_p1", "reshape2_shape_tensor_list",
                                         "slice_by_tensor_lists", "3_3_constants", "3_3_scales"),
                         [](const auto& info) {
                           const std::string name = info.param;
                           return name.starts_with("3_") ? "pir_" + name : name;
                         });

// Where the values of a JSON text that are no objects or arrays begin and end.
std::vector<std::pair<std::size_t, std::size_t>> scalars(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '"') {
      end = text.find('"', end) + 1;  // these files escape nothing
      if (text[end] != ':') found.emplace_back(at, end);
    } else if (std::string_view("{}[],:").find(text[at]) == std::string_view::npos) {
      end = text.find_first_of("{}[],:", at);
      found.emplace_back(at, end);
    }
    at = end;
  }
  return found;
}

// Every number, name and word of a real program replaced by values of other types and by numbers
// that refer to nothing or back to where they stand.
TEST(DamagedPir, WithOtherValues) {
  Files files = files_of("3_3_chain");
  const std::string whole = files.program;
  Outcomes outcomes;
  int number = 0;
  for (const auto& [begin, end] : scalars(whole)) {
    constexpr std::string_view kOthers[] = {"null",       "-1", "0",  "99999999", "1e300",
                                            "\"1.relu\"", "[]", "{}", "true",     "[[1]]"};
    const std::string_view other = kOthers[number++ % std::size(kOthers)];
    files.program = whole.substr(0, begin) + std::string(other) + whole.substr(end);
    try_one(files, "bytes from " + std::to_string(begin) + " set to " + std::string(other),
            outcomes);
  }
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 300);
  EXPECT_GT(outcomes.loaded, 0);  // where nobody reads it
}

class DamagedParameterFile : public DamagedProgram {};

TEST_P(DamagedParameterFile, Cut) {
  const Outcomes outcomes = truncate_everywhere(files, &Files::parameters);
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_EQ(outcomes.loaded, 0);  // every byte counts
}

TEST_P(DamagedParameterFile, Changed) {
  const Outcomes outcomes = change_every_byte(files, &Files::parameters);
  EXPECT_EQ(outcomes.failure, "");
  EXPECT_GT(outcomes.refused, 0);  // headers and descriptions
  EXPECT_GT(outcomes.loaded, 0);   // weights may have any value
}

INSTANTIATE_TEST_SUITE_P(Models, DamagedParameterFile,
                         testing::Values("chain_conv_bias_bn_relu", "conv2d_groups_4",
                                         "io_any_batch_and_size"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace u2net::engine::test
