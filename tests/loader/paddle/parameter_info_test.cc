// SPDX-License-Identifier: Apache-2.0
#include "loader/paddle/parameter_info.h"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "loader/state_dict/pickle_reader.h"
#include "tests/loader/state_dict/pickle_writer.h"
#include "tests/support/expect_error.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

using namespace std::string_literals;

TEST(ParameterInfo, IsAPickleOfADict) {
  const std::vector<ParameterInfo> infos = {{"c.w_0", "conv.weight", true},
                                            {"b.w_1", "bn._mean", false}};
  const std::string bytes = write_parameter_info(infos);
  const Pickle pickle = read_pickle(std::as_bytes(std::span(bytes)), "info");
  const PickleValue& root = pickle[pickle.root];
  ASSERT_EQ(root.kind, PickleKind::kDict);
  ASSERT_EQ(root.items.size(), 4U);
  EXPECT_EQ(pickle[root.items[0]].text, "c.w_0");
  EXPECT_EQ(pickle[root.items[2]].text, "b.w_1");
  const PickleValue& statistic = pickle[root.items[3]];
  ASSERT_EQ(statistic.items.size(), 6U);
  EXPECT_EQ(pickle[statistic.items[0]].text, "structured_name");
  EXPECT_EQ(pickle[statistic.items[1]].text, "bn._mean");
  EXPECT_EQ(pickle[statistic.items[2]].text, "stop_gradient");
  EXPECT_EQ(pickle[statistic.items[3]].integer, 1);
  EXPECT_EQ(pickle[statistic.items[4]].text, "trainable");
  EXPECT_EQ(pickle[statistic.items[5]].integer, 0);
}

// Python's own pickle.loads reads these bytes: {'p': {'structured_name': 's', ...}}.
TEST(ParameterInfo, Bytes) {
  const std::vector<ParameterInfo> infos = {{"p", "s", true}};
  EXPECT_EQ(write_parameter_info(infos),
            "\x80\x02}("s + "X\x01\0\0\0p}("s + "X\x0f\0\0\0structured_nameX\x01\0\0\0s"s +
                "X\x0d\0\0\0stop_gradient\x89X\x09\0\0\0trainable\x88u"s + "u."s);
}

TEST(ParameterInfo, IsReadBack) {
  const TempDir folder;
  const std::vector<ParameterInfo> infos = {{"c.w_0", "conv.weight", true},
                                            {"b.w_1", "bn._mean", false}};
  write_file(folder / "m.info", write_parameter_info(infos));
  const std::vector<ParameterInfo> read = read_parameter_info(folder / "m.info");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "c.w_0");
  EXPECT_EQ(read[0].structured_name, "conv.weight");
  EXPECT_TRUE(read[0].trainable);
  EXPECT_EQ(read[1].structured_name, "bn._mean");
  EXPECT_FALSE(read[1].trainable);
}

TEST(ParameterInfo, OfPaddleNamesEveryParameter) {
  const std::string file = test::source_path("models/u2netp/u2netp.pdiparams.info");
  std::map<std::string, std::string> names;
  for (const ParameterInfo& info : read_parameter_info(file))
    names[info.name] = info.structured_name;
  EXPECT_EQ(names.size(), 686U);
  EXPECT_EQ(names["batch_norm2d_112.w_1"], "stage1.rebnconvin.bn_s1._mean");
}

// A file of a few bytes an entry whose entries share one long name.
TEST(ParameterInfo, SharedNamesCannotMultiply) {
  const TempDir folder;
  std::string file = "\x80\x02}("s;
  const std::string name(1000, 'n');
  const auto key = [](int i) { return text(std::to_string(i)); };
  file += key(0) + dict({text("structured_name"), text(name) + "q\0"s});
  for (int i = 1; i < 1000; ++i) file += key(i) + dict({text("structured_name"), "h\0"s});
  write_file(folder / "m.info", file + "u.");
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"larger than the file"},
                         [&] { read_parameter_info(folder / "m.info"); }));
}

// One large entry that all parameters share is read once, not once a parameter.
TEST(ParameterInfo, SharedEntriesAreReadOnce) {
  constexpr int kMany = 100'000;
  const TempDir folder;
  std::string entry = "}(", file = "\x80\x02}("s;
  for (int i = 0; i < kMany; ++i) entry += "K\1K\1"s;
  entry += text("structured_name") + text("s") + 'u';
  file += text("0") + entry + "q\0"s;
  for (int i = 1; i < kMany; ++i) file += text(std::to_string(i)) + "h\0"s;
  write_file(folder / "m.info", file + "u.");
  EXPECT_EQ(read_parameter_info(folder / "m.info").size(), std::size_t{kMany});
}

TEST(ParameterInfo, RefusesWhatIsNone) {
  const TempDir folder;
  const auto reading = [&](const char* name) {
    return [path = folder / name] { read_parameter_info(path); };
  };
  write_file(folder / "list", "\x80\x02]."s);
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"a list", "a dict"}, reading("list")));
  write_file(folder / "call",
             "\x80\x02"
             "cos\nsystem\n."s);
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"nothing was executed"}, reading("call")));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"none"}, reading("none")));
}

}  // namespace
}  // namespace u2net::engine::test
