// SPDX-License-Identifier: Apache-2.0
// Every way in which a parameter file can disagree with its program: found at the record itself,
// with its name and both values.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "loader/paddle/params_reader.h"
#include "tests/loader/loading.h"
#include "tests/support/compare.h"
#include "tests/support/expect_error.h"
#include "tests/support/fill.h"

namespace u2net::engine::test {
namespace {

// Records: 0 is 'b' [4], 1 is 'w' [4,3,3,3].
std::string changed(const std::function<void(std::vector<Record>&)>& change) {
  std::vector<Record> records = small_program().records();
  change(records);
  std::string bytes;
  for (const Record& record : records) bytes += record.bytes();
  return bytes;
}

void describe(Record& record, int data_type, const std::vector<std::int64_t>& dims) {
  record.description = tensor_desc(data_type, dims);
  record.description_bytes = static_cast<std::int32_t>(record.description.size());
}

struct Damage {
  const char* name;
  std::function<void(std::vector<Record>&)> change;
  std::initializer_list<std::string_view> parts;
};

const Damage kDamages[] = {
    {"record_version",
     [](auto& r) { r[0].version = 1; },
     {"'b'", "record version", "1", "expected 0"}},
    {"lod_levels", [](auto& r) { r[1].lod_levels = 1; }, {"'w'", "1 LoD levels", "expected 0"}},
    {"lod_levels_huge",
     [](auto& r) { r[0].lod_levels = std::uint64_t{1} << 40; },
     {"'b'", "1099511627776 LoD levels"}},
    {"tensor_version", [](auto& r) { r[1].tensor_version = 7; }, {"'w'", "tensor version", "7"}},
    {"description_negative", [](auto& r) { r[0].description_bytes = -1; }, {"'b'", "-1 bytes"}},
    {"description_zero", [](auto& r) { r[0].description_bytes = 0; }, {"'b'", "0 bytes"}},
    {"description_huge",
     [](auto& r) { r[0].description_bytes = std::numeric_limits<std::int32_t>::max(); },
     {"'b'", "2147483647 bytes"}},
    {"description_too_long", [](auto& r) { r[0].description_bytes = 1025; }, {"'b'", "1025 bytes"}},
    {"description_beyond_the_end",
     [](auto& r) { r[1].description_bytes = 1000; },
     {"'w'", "1000 bytes"}},
    {"description_garbage",
     [](auto& r) { r[0].description = "\xff\xff\xff\xff"; },
     {"'b'", "damaged"}},
    {"description_without_type",
     [](auto& r) { r[0].description = std::string("\x10\x04\x10\x01", 4); },
     {"'b'", "damaged"}},
    {"type_unknown", [](auto& r) { describe(r[0], 0x63, {4}); }, {"'b'", "type 99", "float32 [4]"}},
    {"type_other", [](auto& r) { describe(r[0], 3, {4}); }, {"'b'", "int64 [4]", "float32 [4]"}},
    {"type_half", [](auto& r) { describe(r[0], 4, {4}); }, {"'b'", "type 4", "float32 [4]"}},
    {"shape_larger", [](auto& r) { describe(r[0], 5, {8}); }, {"'b'", "[8]", "[4]"}},
    {"shape_of_other_rank",
     [](auto& r) {
       describe(r[1], 5, {4, 27});
     },
     {"'w'", "[4,27]", "[4,3,3,3]"}},
    {"shape_scalar", [](auto& r) { describe(r[0], 5, {}); }, {"'b'", "[]", "[4]"}},
    {"shape_negative", [](auto& r) { describe(r[0], 5, {-4}); }, {"'b'", "[-4]", "[4]"}},
    {"shape_overflowing",
     [](auto& r) {
       describe(r[0], 5, {std::int64_t{1} << 62, 4});
     },
     {"'b'", "[4611686018427387904,4]"}},
    {"swapped", [](auto& r) { std::swap(r[0], r[1]); }, {"'b'", "[4,3,3,3]", "[4]"}},
    {"missing_record", [](auto& r) { r.pop_back(); }, {"'w'", "needs 4 bytes", "the file ends at"}},
    {"missing_first_record", [](auto& r) { r.erase(r.begin()); }, {"'b'", "[4,3,3,3]"}},
    {"missing_byte",
     [](auto& r) { r[1].data.pop_back(); },
     {"'w'", "needs 432 bytes", "the file ends at"}},
    {"missing_byte_in_the_middle", [](auto& r) { r[0].data.pop_back(); }, {"'w'", "version"}},
    {"trailing_byte",
     [](auto& r) { r[1].data.push_back('\0'); },
     {"1 bytes are left over", "2 parameters", "another program"}},
    {"trailing_record", [](auto& r) { r.push_back(r[0]); }, {"bytes are left over"}},
};

class DamagedParameters : public testing::TestWithParam<Damage> {};

TEST_P(DamagedParameters, AreNamed) {
  const std::string bytes = changed(GetParam().change);
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, GetParam().parts,
                         [&] { load_files(small_program().program(), bytes); }));
}

INSTANTIATE_TEST_SUITE_P(Table, DamagedParameters, testing::ValuesIn(kDamages),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Parameters, AreReadInTheOrderOfTheirNames) {
  Random random("parameter order");
  ProgramBuilder b = small_program();
  // Bytewise: digits before letters, capitals before the rest, shorter before longer.
  for (const char* name :
       {"conv2d_12.b_0", "conv2d_119.b_0", "conv2d_2.b_0", "B", "_", "conv2d_12", "\xc3\xa4"}) {
    b.parameter(name, uniform(random, {2, 1}));
  }
  const LoadedModel model = load(b);
  EXPECT_EQ(model.parameter_count, 9);
  for (const Value& value : model.graph.values) {
    if (value.constant) {
      EXPECT_TRUE(same_bits(b.tensor(value.name).view(), value.constant->view(), value.name));
    }
  }
}

TEST(Parameters, MayBeOfAnyTypeAndRank) {
  ProgramBuilder b = small_program();
  b.parameter("scalar", Tensor::from<float>({}, std::vector<float>{3.5F}));
  b.parameter("integers", Tensor::from<std::int64_t>(
                              {3}, std::vector<std::int64_t>{-1, 0, std::int64_t{1} << 40}));
  b.parameter("bytes", Tensor::from<std::uint8_t>({1, 3}, std::vector<std::uint8_t>{1, 2, 255}));
  b.parameter("doubles",
              Tensor::from<double>({1, 1, 1, 1, 1, 1, 1, 1}, std::vector<double>{1e300}));
  const LoadedModel model = load(b);
  EXPECT_EQ(model.parameter_count, 6);
  EXPECT_EQ(model.parameter_elements, 112 + 1 + 3 + 3 + 1);
  for (const Value& value : model.graph.values) {
    if (value.constant) {
      EXPECT_TRUE(same_bits(b.tensor(value.name).view(), value.constant->view(), value.name));
    }
  }
}

// What some protobuf writers do with repeated numbers.
TEST(Parameters, MayHavePackedDimensions) {
  const std::string bytes = changed([](auto& r) {
    r[1].description = std::string("\x08\x05\x12\x04\x04\x03\x03\x03", 8);
    r[1].description_bytes = 8;
  });
  EXPECT_EQ(load_files(small_program().program(), bytes).parameter_count, 2);
}

TEST(Parameters, KeepEveryBitPattern) {
  ProgramBuilder b = small_program();
  Tensor odd(DType::kFloat32, {2});  // a signalling and a quiet NaN
  std::copy_n("\x01\x00\xa0\x7f\xff\xff\xff\xff", 8, reinterpret_cast<char*>(odd.data()));
  b.parameter("odd", std::move(odd));
  const LoadedModel model = load(b);
  const auto value = std::find_if(model.graph.values.begin(), model.graph.values.end(),
                                  [](const Value& v) { return v.name == "odd"; });
  ASSERT_NE(value, model.graph.values.end());
  EXPECT_TRUE(same_bits(b.tensor("odd").view(), value->constant->view(), "NaN payloads"));
}

// Declared and described to be 8 GiB, but with no data: refused before memory is asked for.
TEST(Parameters, AreNotAllocatedBeforeTheirBytesAreThere) {
  ProgramBuilder b = small_program();
  b.variable("huge", 5, {std::int64_t{1} << 31}).set_persistable(true);
  std::vector<Record> records = b.records();
  Record huge;
  huge.description = tensor_desc(5, {std::int64_t{1} << 31});
  huge.description_bytes = static_cast<std::int32_t>(huge.description.size());
  const std::string bytes = records[0].bytes() + huge.bytes() + records[1].bytes();
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"'huge'", "needs 8589934592 bytes"},
                         [&] { load_files(b.program(), bytes); }));
}

TEST(SeparateParameters, AreHeldToTheSame) {
  const ProgramBuilder b = small_program();
  const auto load_with = [&](const std::string& w) {
    const TempDir dir;
    write_file(dir / "__model__", b.program());
    write_file(dir / "b", record_of(b.tensor("b")).bytes());
    write_file(dir / "w", w);
    load_model(dir.path());
  };
  const std::string good = record_of(b.tensor("w")).bytes();
  EXPECT_NO_THROW(load_with(good));
  EXPECT_TRUE(
      fails_with(ErrorCode::kModelParams, {"/w", "left over"}, [&] { load_with(good + '\0'); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"/w", "'w'", "the file ends at"},
                         [&] { load_with(good.substr(0, good.size() - 1)); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"/w", "[4]", "[4,3,3,3]"},
                         [&] { load_with(record_of(b.tensor("b")).bytes()); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"/w", "'w'"}, [&] { load_with(""); }));
}

}  // namespace
}  // namespace u2net::engine::test
