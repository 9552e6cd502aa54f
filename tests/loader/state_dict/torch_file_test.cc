// SPDX-License-Identifier: Apache-2.0
// State dicts that PyTorch saved (tests/data/pth), whole and damaged.
#include "loader/state_dict/torch_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

std::filesystem::path pth_folder() { return source_folder() / "tests/data/pth"; }

StateDict read_pth(const std::string& bytes) {
  return read_state_dict(std::as_bytes(std::span(bytes)), "x.pth");
}

std::vector<float> floats_of(const StateDict& state, const std::string& name) {
  const auto values = state.tensors.at(name)->values<float>();
  return {values.begin(), values.end()};
}

class TorchFile : public testing::TestWithParam<const char*> {};

TEST_P(TorchFile, HasTheValues) {
  const std::string name = GetParam();
  const StateDict state = load_state_dict(pth_folder() / (name + ".pth"));
  EXPECT_EQ(state.tensors.size(), 2U);  // without the counter
  EXPECT_EQ(state.tensors.at("conv.weight")->shape(), (Shape{2, 3}));
  EXPECT_EQ(floats_of(state, "conv.weight"), (std::vector<float>{0, 0.5, 1, 1.5, 2, 2.5}));
  EXPECT_EQ(floats_of(state, "bn._mean"), (std::vector<float>{-1, 2}));
  const bool converts =
      name.starts_with("half") || name.starts_with("bfloat16") || name.starts_with("double");
  EXPECT_EQ(state.converted, converts ? 2 : 0);
}

INSTANTIATE_TEST_SUITE_P(Files, TorchFile,
                         testing::Values("plain", "plain.old", "half", "half.old", "bfloat16",
                                         "bfloat16.old", "double", "double.old", "strided",
                                         "strided.old", "parameter", "parameter.old", "checkpoint",
                                         "checkpoint.old", "protocol4"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(TorchFiles, ThatAreNoStateDictAreNamed) {
  for (const std::string suffix : {".pth", ".old.pth"}) {
    const auto refused = [&](const char* name, std::string_view part) {
      return fails_with(ErrorCode::kModelParams, {part},
                        [&] { load_state_dict(pth_folder() / (name + suffix)); });
    };
    EXPECT_TRUE(refused("two", "'model', 'ema'"));
    EXPECT_TRUE(refused("network", "'__main__.Network'"));
    EXPECT_TRUE(refused("tensor", "it holds a tensor"));
  }
}

// In the archive's directory: an entry's method, its sizes, where it is.
TEST(TorchFiles, ArchivesAreNotTrusted) {
  const std::string whole = read_file(pth_folder() / "plain.pth");
  const std::size_t entry = whole.find("PK\x01\x02"), end = whole.rfind("PK\x05\x06");
  const auto with = [&](std::size_t at, std::string_view bytes) {
    std::string changed = whole;
    changed.replace(at, bytes.size(), bytes);
    return changed;
  };
  const auto refused = [&](ErrorCode code, std::string_view part, const std::string& bytes) {
    return fails_with(code, {"x.pth", part}, [&] { read_pth(bytes); });
  };
  using namespace std::string_view_literals;
  EXPECT_TRUE(refused(ErrorCode::kModelUnsupported, "compressed", with(entry + 10, "\x08\x00"sv)));
  EXPECT_TRUE(refused(ErrorCode::kModelUnsupported, "encrypted", with(entry + 8, "\x01"sv)));
  EXPECT_TRUE(
      refused(ErrorCode::kModelUnsupported, "4 GiB", with(entry + 24, "\xff\xff\xff\xff"sv)));
  EXPECT_TRUE(refused(ErrorCode::kModelParams, "damaged", with(entry + 24, "\xff\xff\xff\x7f"sv)));
  EXPECT_TRUE(refused(ErrorCode::kModelParams, "damaged", with(entry + 42, "\xf0\xff\xff\x7f"sv)));
  EXPECT_TRUE(refused(ErrorCode::kModelParams, "damaged", with(end + 16, "\xf0\xff\xff\x7f"sv)));
  EXPECT_TRUE(refused(ErrorCode::kModelParams, "no directory", whole.substr(0, end)));
}

// Truncations and changes of every byte: it is read or refused with one line.
class DamagedTorchFile : public testing::TestWithParam<const char*> {};

void try_damaged(const std::string& bytes, int& refusals, const std::string& what) {
  const std::clock_t start = std::clock();
  try {
    read_pth(bytes);
  } catch (const Error& e) {
    ++refusals;
    EXPECT_TRUE(is_one_line(e.what())) << what;
    EXPECT_NE(e.code(), ErrorCode::kInternal) << what << e.what();
  }
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 1.0) << what;
}

TEST_P(DamagedTorchFile, IsReadOrRefused) {
  const std::string whole = read_file(pth_folder() / GetParam());
  int refusals = 0;
  for (std::size_t length = 0; length < whole.size(); ++length)
    try_damaged(whole.substr(0, length), refusals, "cut to " + std::to_string(length));
  EXPECT_EQ(refusals, static_cast<int>(whole.size()));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char other :
         {'\x00', '\xff', static_cast<char>(whole[at] ^ 0x80), static_cast<char>(whole[at] ^ 1)}) {
      std::string damaged = whole;
      damaged[at] = other;
      try_damaged(damaged, refusals, "byte " + std::to_string(at));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, DamagedTorchFile, testing::Values("strided.pth", "half.old.pth"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace u2net::engine::test
