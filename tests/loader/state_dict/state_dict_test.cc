// SPDX-License-Identifier: Apache-2.0
// State_dicts as real Paddle writes them, and every way in which the arrays of one can be wrong.
// tests/data/pdparams is made by tools/golden/make_pdparams.py.
#include "loader/state_dict/state_dict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loader/limits.h"
#include "loader/load_model.h"
#include "loader/state_dict/pickle_reader.h"
#include "tests/loader/state_dict/pickle_writer.h"
#include "tests/loader/state_dict/state_dict_reading.h"
#include "tests/support/compare.h"
#include "tests/support/temp_dir.h"

namespace u2net::engine::test {
namespace {

namespace fs = std::filesystem;

const fs::path kBundled = test::source_folder() / "models/u2netp";

std::string describe(const Tensor& tensor) {
  return std::string(dtype_name(tensor.dtype())) + ' ' + to_string(tensor.shape());
}

// Element i of the arrays of make_pdparams.py, counted row by row.
double expected_element(DType dtype, std::int64_t i) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kFloat64:
      return (static_cast<double>(i) - 3) / 2;
    case DType::kBool:
      return i % 3 == 0 ? 1 : 0;
    case DType::kUInt8:
      return static_cast<double>(i);
    default:
      return static_cast<double>(i) - 3;
  }
}

void expect_elements(const Tensor& tensor, const std::string& what) {
  visit_dtype(tensor.dtype(), [&](auto zero) {
    const auto values = tensor.values<decltype(zero)>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double expected = expected_element(tensor.dtype(), static_cast<std::int64_t>(i));
      ASSERT_EQ(static_cast<double>(values[i]), expected) << what << " [" << i << "]";
    }
  });
}

struct Expected {
  const char* type;
  const char* parameter_name;
};

using Table = std::map<std::string, Expected>;

const Table kTensors = {
    {"conv.weight", {"float32 [2,3,1,2]", "conv2d_7.w_0"}},
    {"conv.bias", {"float32 [2]", "conv2d_7.b_0"}},
    {"doubles", {"float32 [3,2]", "create_parameter_0.w_0"}},
    {"counts", {"int64 [5]", "generated_tensor_1"}},
    {"sizes", {"int32 [1,4]", "generated_tensor_2"}},
    {"flags", {"bool [4]", "generated_tensor_3"}},
    {"bytes", {"uint8 [256]", "generated_tensor_4"}},
    {"signed", {"int8 [7]", "generated_tensor_5"}},
    {"short", {"int16 [7]", "generated_tensor_6"}},
    {"scalar", {"float32 []", "generated_tensor_7"}},
};

const Table kArrays = {
    {"rows", {"float32 [2,3,4]", nullptr}},    {"columns", {"float32 [2,3,4]", nullptr}},
    {"columns.bool", {"bool [3,5]", nullptr}}, {"empty", {"float32 [0,3]", nullptr}},
    {"one", {"uint8 [1]", nullptr}},           {"again", {"float32 [2,3,4]", nullptr}},
};

void expect_state_dict(const fs::path& path, const Table& table) {
  SCOPED_TRACE(path.filename());
  const StateDict got = load_state_dict(path);
  EXPECT_EQ(got.tensors.size(), table.size());
  for (const auto& [name, expected] : table) {
    ASSERT_TRUE(got.tensors.contains(name)) << name;
    EXPECT_EQ(describe(*got.tensors.at(name)), expected.type) << name;
    expect_elements(*got.tensors.at(name), name);
    if (expected.parameter_name != nullptr) {
      EXPECT_EQ(got.parameter_names.at(name), expected.parameter_name);
    } else {
      EXPECT_FALSE(got.parameter_names.contains(name));
    }
  }
}

// Paddle 2.6.2 with numpy 1 and Paddle 3.3.1 with numpy 2.
TEST(StateDict, ReadsWhatPaddleWrites) {
  for (const std::string paddle : {"paddle2", "paddle3"}) {
    for (const std::string protocol : {"2", "3", "4"}) {
      const auto file = [&](const std::string& content) {
        return pdparams_folder() / (paddle + "_" + content + "_" + protocol + ".pdparams");
      };
      expect_state_dict(file("tensors"), kTensors);
      expect_state_dict(file("tuples"), kTensors);
      expect_state_dict(file("arrays"), kArrays);
      if (protocol != "4") expect_state_dict(file("slices"), kTensors);
    }
  }
}

TEST(StateDict, OneArrayUnderTwoNamesIsReadOnce) {
  const StateDict got = load_state_dict(pdparams_folder() / "paddle2_arrays_4.pdparams");
  EXPECT_EQ(got.tensors.at("rows"), got.tensors.at("again"));
  EXPECT_NE(got.tensors.at("rows"), got.tensors.at("columns"));
}

TEST(StateDict, HalvesAreConverted) {
  for (const std::string paddle : {"paddle2", "paddle3"}) {
    for (const std::string type : {"float16", "bfloat16"}) {
      const StateDict got =
          load_state_dict(pdparams_folder() / (paddle + '_' + type + ".pdparams"));
      EXPECT_EQ(got.converted, 1);
      EXPECT_EQ(describe(*got.tensors.at("x")), "float32 [4]");
      expect_elements(*got.tensors.at("x"), type);
    }
  }
}

TEST(StateDict, UnsupportedElementTypesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"big_endian", "big-endian elements are not supported"},
      {"complex", "'c8' is not supported"},
      {"strings", "'S3' is not supported"},
  };
  for (const std::string paddle : {"paddle2", "paddle3"}) {
    for (const auto& [content, part] : files) {
      const fs::path path = pdparams_folder() / (paddle + '_' + content + ".pdparams");
      const std::string start = "cannot load parameters '" + path.string() + "': parameter 'x': ";
      EXPECT_TRUE(
          fails_with(ErrorCode::kModelUnsupported, {start, part}, [&] { load_state_dict(path); }));
    }
    const fs::path objects = pdparams_folder() / (paddle + "_objects.pdparams");
    EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"'O8' is not supported"},
                           [&] { load_state_dict(objects); }));
  }
}

// {structured name: name of the parameter} of a `.pdiparams.info` file.
std::map<std::string, std::string> exported_names(const fs::path& path) {
  const std::string file = read_file(path);
  const Pickle pickle = read_pickle(std::as_bytes(std::span(file)), path.string());
  std::map<std::string, std::string> names;
  const std::vector<PickleRef>& entries = pickle[pickle.root].items;
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    const std::vector<PickleRef>& info = pickle[entries[i + 1]].items;
    for (std::size_t k = 0; k + 1 < info.size(); k += 2) {
      if (pickle[info[k]].text != "structured_name") continue;
      names.emplace(pickle[info[k + 1]].text, pickle[entries[i]].text);
    }
  }
  return names;
}

// The state_dict and the inference parameters of the bundled model hold the same numbers. Paddle
// numbered the parameters of the exported network on from those of the saved one.
TEST(StateDict, BundledParametersEqualTheInferenceParameters) {
  const StateDict got = load_state_dict(kBundled / "u2netp.pdparams");
  ASSERT_EQ(got.tensors.size(), 686u);
  ASSERT_EQ(got.parameter_names.size(), 686u);
  EXPECT_EQ(got.parameter_names.at("stage1.rebnconvin.conv_s1.weight"), "conv2d_0.w_0");

  const LoadedModel model = load_model(kBundled / "u2netp.pdmodel");
  std::map<std::string, std::shared_ptr<const Tensor>> exported;
  for (const Value& value : model.graph.values) {
    if (value.constant) exported[value.name] = value.constant;
  }
  ASSERT_EQ(exported.size(), 686u);
  const auto names = exported_names(kBundled / "u2netp.pdiparams.info");
  std::int64_t elements = 0;
  for (const auto& [name, tensor] : got.tensors) {
    ASSERT_TRUE(names.contains(name)) << name;
    const auto found = exported.extract(names.at(name));
    ASSERT_FALSE(found.empty()) << name;
    EXPECT_TRUE(same_bits(found.mapped()->view(), tensor->view(), name));
    elements += tensor->size();
  }
  EXPECT_EQ(elements, 1136877);
  EXPECT_TRUE(exported.empty());
}

TEST(StateDict, OtherFilesAreRecognised) {
  const fs::path parameters = kBundled / "u2netp.pdiparams";
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams,
                         {"'" + parameters.string() + "'", "a Paddle parameter file (.pdiparams)"},
                         [&] { load_state_dict(parameters); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"a Paddle program (.pdmodel)"},
                         [&] { load_state_dict(kBundled / "u2netp.pdmodel"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"is a dict, expected an array"},
                         [&] { load_state_dict(kBundled / "u2netp.pdiparams.info"); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"it is a directory"},
                         [&] { load_state_dict(kBundled); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelNotFound, {"none.pdparams"},
                         [&] { load_state_dict(kBundled / "none.pdparams"); }));

  const TempDir folder;
  const fs::path path = folder / "x.pdparams";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"", "an empty file"},
      {"PK\x03\x04 and so on",
       "a PyTorch checkpoint, if anything: the ZIP archive is damaged: it has no directory at its "
       "end"},
      {"version https://git-lfs.github.com/spec/v1", "git lfs pull"},
      {"<!DOCTYPE html>", "an HTML or XML page"},
      {"(dp0\n.", "it does not start as a pickle of protocol 2 to 4 does"},
  };
  for (const auto& [content, part] : files) {
    write_file(path, content);
    EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {part}, [&] { load_state_dict(path); }));
  }
}

TEST(StateDict, EmptyDictHasNoParameters) {
  EXPECT_TRUE(read(pickle("}")).tensors.empty());
  EXPECT_TRUE(read(pickle(global("collections", "OrderedDict") + ")R")).tensors.empty());
}

const std::string kOne = array(shape({1}), dtype("f4"), "\0\0\x80\x3f"s);
const std::string kTwo = array(shape({2}), dtype("u1", "|"), "\1\2"s);

TEST(StateDict, WrongEntries) {
  EXPECT_TRUE(refused(pickle("]"), "the pickle is a list, expected a dict"));
  EXPECT_TRUE(refused(pickle(kOne), "the pickle is an array, expected a dict"));
  EXPECT_TRUE(refused(state_dict({text("a"), integer(5)}),
                      "parameter 'a': it is an integer, expected an array"));
  EXPECT_TRUE(refused(state_dict({text("a"), "N"}), "parameter 'a': it is None"));
  EXPECT_TRUE(refused(state_dict({text("a"), tuple({kOne, kOne})}),
                      "parameter 'a': its name is an array, expected a string"));
  EXPECT_TRUE(refused(state_dict({text("a"), tuple({text("n"), kOne, kOne})}), "it is a tuple"));
  EXPECT_TRUE(refused(state_dict({integer(1), kOne}), "a key of the pickle is an integer"));
  EXPECT_TRUE(refused(state_dict({text("a"), kOne, text("b"), kTwo, text("a"), kTwo}),
                      "the pickle has 'a' twice"));
  EXPECT_TRUE(refused(state_dict({text("a\nb"), "N"}), "parameter 'a?b'"));
  const std::string longest(kMaxPickleNameBytes, 'n');
  EXPECT_EQ(read(state_dict({text(longest), kOne})).tensors.count(longest), 1u);
  EXPECT_TRUE(refused(state_dict({text(longest + 'n'), kOne}), "has 1025 bytes"));
  EXPECT_TRUE(refused(state_dict({text(""), kOne}), "has 0 bytes"));
}

TEST(StateDict, WrongNameTable) {
  const std::string table = text("StructuredToParameterName@@");
  const StateDict got = read(
      state_dict({text("a"), kOne, table, dict({text("gone"), text("x"), text("a"), text("w")})}));
  EXPECT_EQ(got.parameter_names, (std::map<std::string, std::string>{{"a", "w"}}));
  EXPECT_EQ(got.tensors.size(), 1u);
  EXPECT_TRUE(refused(state_dict({table, "N"}), "'StructuredToParameterName@@' is None"));
  EXPECT_TRUE(refused(state_dict({table, dict({text("a"), kOne})}), "of 'a' is an array"));
  EXPECT_TRUE(refused(state_dict({table, dict({text("a"), text("w"), text("a"), text("v")})}),
                      "has 'a' twice"));
}

TEST(StateDict, WrongArrays) {
  const auto with = [](const std::string& array) { return state_dict({text("a"), array}); };
  EXPECT_TRUE(refused(with(empty_array()), "an array without its state"));
  EXPECT_TRUE(refused(with(array_with_state(")")), "has 0 items, expected 5"));
  EXPECT_TRUE(refused(
      with(array_with_state(tuple({integer(2), shape({1}), dtype("f4"), "\x89", bytes("1234")}))),
      "the state of an array has version 2, expected 1"));
  EXPECT_TRUE(refused(
      with(array_with_state(tuple({integer(1), shape({1}), dtype("f4"), "\x89", list({})}))),
      "the data is a list, expected bytes"));
  EXPECT_TRUE(refused(with(array(integer(1), dtype("f4"), "1234")), "the shape is an integer"));
  EXPECT_TRUE(
      refused(with(array(tuple({text("1")}), dtype("f4"), "1234")), "a dimension is a string"));
  EXPECT_TRUE(refused(with(array(shape({-1}), dtype("f4"), "1234")), "the shape is [-1]"));
  EXPECT_TRUE(refused(with(array(shape({1, 1, 1, 1, 1, 1, 1, 1, 1}), dtype("f4"), "1234")),
                      "9 dimensions, the limit is 8"));
  EXPECT_TRUE(refused(with(array(shape({1 << 30, 1 << 30, 1 << 30}), dtype("f4"), "")),
                      "more than 2^34 elements", ErrorCode::kModelLimit));
  EXPECT_TRUE(
      refused(with(array(shape({1 << 30}), dtype("f8"), "1234")),
              "parameter 'a': it has 4 bytes of data, float64 [1073741824] needs 8589934592"));
  EXPECT_TRUE(refused(with(array(shape({1}), dtype("f4"), "12345")), "it has 5 bytes of data"));
  EXPECT_TRUE(refused(with(array(shape({0}), dtype("f4"), "1")), "it has 1 bytes of data"));
  EXPECT_EQ(
      describe(*read(with(array(shape({0, 1 << 30, 1 << 30}), dtype("f4"), ""))).tensors.at("a")),
      "float32 [0,1073741824,1073741824]");
}

TEST(StateDict, WrongDtypes) {
  const auto with = [](const std::string& dtype) {
    return state_dict({text("a"), array(shape({1}), dtype, "1234")});
  };
  EXPECT_TRUE(refused(with(text("f4")), "the dtype is a string, expected a dtype"));
  EXPECT_TRUE(refused(with(global("numpy", "dtype") + tuple({text("f4"), "\x89", "\x88"}) + 'R'),
                      "a dtype without its state"));
  EXPECT_TRUE(refused(with(dtype("f4", "=")), "byte order '=' of element type 'f4'"));
  EXPECT_TRUE(refused(with(dtype("f4", "|")), "byte order '|' of element type 'f4'"));
  EXPECT_TRUE(refused(with(dtype("f4", ">")), "big-endian", ErrorCode::kModelUnsupported));
  EXPECT_TRUE(refused(with(dtype("V4", "|")), "'V4'", ErrorCode::kModelUnsupported));
  EXPECT_TRUE(
      refused(with(dtype_with_state("f4", tuple({integer(3), text("<"), "N", tuple({text("x")}),
                                                 "N", integer(-1), integer(-1), integer(0)}))),
              "a subarray or field of the dtype is a tuple, expected None"));
  EXPECT_TRUE(refused(with(dtype_with_state("f4", tuple({integer(4), text("<"), "N", "N", "N",
                                                         integer(-1), integer(-1), integer(0)}))),
                      "the state of a dtype has version 4, expected 3"));
}

TEST(StateDict, BytesThatAreNoBoolBecomeTrue) {
  const StateDict got =
      read(state_dict({text("a"), array(shape({3}), dtype("b1", "|"), "\0\1\xfe"s)}));
  const auto values = got.tensors.at("a")->values<std::uint8_t>();
  EXPECT_EQ(std::vector<std::uint8_t>(values.begin(), values.end()),
            (std::vector<std::uint8_t>{0, 1, 1}));
}

TEST(StateDict, DataAsLatin1Text) {
  const auto with = [](std::string_view data) {
    const std::string encoded =
        global("_codecs", "encode") + tuple({text(data), text("latin1")}) + 'R';
    return state_dict({text("a"), array_with_state(tuple({integer(1), shape({3}), dtype("u1", "|"),
                                                          "\x89", encoded}))});
  };
  const StateDict got = read(with("\x7f\xc2\x80\xc3\xbf"));
  const auto values = got.tensors.at("a")->values<std::uint8_t>();
  EXPECT_EQ(std::vector<std::uint8_t>(values.begin(), values.end()),
            (std::vector<std::uint8_t>{0x7f, 0x80, 0xff}));
  for (const std::string_view bad : {"ab\xc2", "ab\xc3z", "ab\xc4\x80", "ab\x80", "ab\xff"}) {
    EXPECT_TRUE(refused(with(bad), "the data are not bytes written as latin-1 text")) << bad;
  }
}

// Data in the file once, used by so many arrays that memory would run out.
TEST(StateDict, SharedDataCannotMultiply) {
  const std::string data(10'000, 'x');
  std::string entries =
      text("first") + array_with_state(tuple({integer(1), shape({10'000}), dtype("u1", "|"), "\x89",
                                              bytes(data) + "q\0"s}));
  for (int i = 0; i < 100; ++i) {
    entries +=
        text(std::to_string(i)) +
        array_with_state(tuple({integer(1), shape({10'000}), dtype("u1", "|"), "\x89", "h\0"s}));
  }
  EXPECT_TRUE(refused(pickle("}(" + entries + 'u'), "the arrays are larger than the file",
                      ErrorCode::kModelLimit));
}

// A parameter's name in the file once, given to so many that memory would run out.
TEST(StateDict, SharedNamesCannotMultiply) {
  const std::string name(1000, 'n');
  std::string entries = text("first") + tuple({text(name) + "q\0"s, kOne});
  for (int i = 0; i < 1000; ++i)
    entries += text(std::to_string(i)) + tuple({"h\0"s, array(shape({0}), dtype("u1", "|"), "")});
  EXPECT_TRUE(refused(pickle("}(" + entries + 'u'), "the names are larger than the file",
                      ErrorCode::kModelLimit));
}

std::string with_slices(const std::string& info, std::initializer_list<std::string> entries) {
  std::string all = "}(" + text("UnpackBigParamInfor@@") + info;
  for (const std::string& entry : entries) all += entry;
  return pickle(all + 'u');
}

std::string slice_info(std::initializer_list<std::int32_t> dims,
                       std::initializer_list<std::string> slices) {
  return dict({text("a"), dict({text("OriginShape"), shape(dims), text("slices"), list(slices)})});
}

TEST(StateDict, SharedDataOfSlicesCannotMultiply) {
  const auto part = [](const std::string& data) {
    return array_with_state(tuple({integer(1), shape({10'000}), dtype("u1", "|"), "\x89", data}));
  };
  std::string names, entries;
  for (int i = 0; i < 100; ++i) {
    names += text("s" + std::to_string(i));
    entries += text("s" + std::to_string(i)) +
               part(i == 0 ? bytes(std::string(10'000, 'x')) + "q\0"s : "h\0"s);
  }
  const std::string info = dict(
      {text("a"), dict({text("OriginShape"), shape({1'000'000}), text("slices"), list({names})})});
  EXPECT_TRUE(refused(with_slices(info, {entries}), "the arrays are larger than the file",
                      ErrorCode::kModelLimit));
}

TEST(StateDict, Slices) {
  const std::string p0 = text("a@@.0"), p1 = text("a@@.1");
  const StateDict got = read(with_slices(slice_info({2, 2}, {p0, p1}), {p1, kTwo, p0, kTwo}));
  ASSERT_EQ(got.tensors.size(), 1u);
  EXPECT_EQ(describe(*got.tensors.at("a")), "uint8 [2,2]");

  EXPECT_TRUE(refused(with_slices(slice_info({2, 2}, {p0, p1}), {p0, kTwo}),
                      "there is no 'a@@.1', a slice of 'a'"));
  EXPECT_TRUE(
      refused(with_slices(slice_info({2, 2}, {p0, p0}), {p0, kTwo}), "there is no 'a@@.0'"));
  EXPECT_TRUE(refused(with_slices(slice_info({3}, {p0, p1}), {p0, kTwo, p1, kTwo}),
                      "the slices of 'a' have 4 elements, its shape is [3]"));
  EXPECT_TRUE(refused(with_slices(slice_info({0}, {}), {}), "the slices of 'a' have 0 elements"));
  EXPECT_TRUE(
      refused(with_slices(slice_info({3}, {p0, p1}), {p0, kTwo, p1, kOne}),
              "parameter 'a@@.1': a slice of float32 [1], expected one dimension of uint8"));
  EXPECT_TRUE(refused(
      with_slices(slice_info({2}, {p0}), {p0, array(shape({1, 2}), dtype("u1", "|"), "12")}),
      "a slice of uint8 [1,2], expected one dimension"));
  EXPECT_TRUE(refused(with_slices(slice_info({2}, {p0}), {p0, kTwo, text("a"), kTwo}),
                      "the pickle has 'a' twice, once in slices"));
  EXPECT_TRUE(refused(with_slices("N", {}), "'UnpackBigParamInfor@@' is None, expected a dict"));
  EXPECT_TRUE(refused(with_slices(dict({text("a"), "N"}), {}), "of 'a' is None, expected a dict"));
  EXPECT_TRUE(refused(with_slices(dict({text("a"), "}"}), {}), "needs 'OriginShape' and 'slices'"));
  EXPECT_TRUE(refused(with_slices(slice_info({-2}, {p0}), {p0, kTwo}), "the shape is [-2]"));
  EXPECT_TRUE(
      refused(with_slices(slice_info({2}, {integer(1)}), {}), "a slice of 'a' is an integer"));
}

}  // namespace
}  // namespace u2net::engine::test
