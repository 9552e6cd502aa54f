// SPDX-License-Identifier: Apache-2.0
// Damaged packed models are refused whatever is damaged; those that somebody made, with the right
// digests, load and run or are refused, and do nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/run/session.h"
#include "loader/load_model.h"
#include "loader/u2n/u2n_format.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/packed_model.h"
#include "tests/support/run_graph.h"

namespace u2net::engine::test {
namespace {

constexpr std::size_t kPackedArenaLimit = std::size_t{64} << 20;

LoadedModel load_packed(std::string_view file, GraphStage stage = GraphStage::kAfterPasses) {
  return load_model(
      ModelBytes{
          .program = std::as_bytes(std::span(file)), .parameters = {}, .program_name = "packed"},
      stage);
}

U2nHeader header_of(const std::string& file) {
  U2nHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  return header;
}

class DamagedPackedModel : public testing::TestWithParam<const char*> {
 protected:
  Golden golden = load_golden(GetParam());
  std::string file = packed_model(golden.model, views_of(golden.inputs));
  std::size_t index_end = kU2nHeaderBytes + header_of(file).index_bytes;

  // Of what a file with the right digests says.
  void use(std::string_view damaged, const std::string& mode) const {
    LoadedModel loaded =
        load_packed(damaged, mode == "static" ? GraphStage::kAsWritten : GraphStage::kAfterPasses);
    const auto model = std::make_shared<const Model>(
        std::move(loaded.graph), ModelOptions{.mode = mode,
                                              .disabled_passes = {},
                                              .owns_weights = true,
                                              .passes_have_run = loaded.passes_have_run,
                                              .packed = std::move(loaded.packed)});
    Session session(model, {.threads = 1, .max_arena_bytes = kPackedArenaLimit});
    session.run(views_of(golden.inputs));
  }
};

TEST_P(DamagedPackedModel, IsRefusedWhereverABitIsAnother) {
  ASSERT_NO_THROW(load_packed(file));
  // Every byte of header and index, and every 61st behind.
  for (std::size_t at = 0; at < file.size(); at += at < index_end ? 1 : 61) {
    std::string damaged = file;
    damaged[at] ^= static_cast<char>(1 << (at % 8));
    if (at < kU2nMagic.size()) {  // then it is something else, and refused as that
      EXPECT_THROW(load_packed(damaged), Error) << at;
      continue;
    }
    ASSERT_TRUE(fails_with(ErrorCode::kModelFormat, {"cannot load model 'packed'"}, [&] {
      load_packed(damaged);
    })) << at;
  }
}

TEST_P(DamagedPackedModel, IsRefusedWhereverItEnds) {
  for (std::size_t size = kU2nMagic.size(); size < file.size();
       size += size < index_end ? 1 : 1 + size % 127) {
    const std::string cut = file.substr(0, size);
    ASSERT_TRUE(fails_with(ErrorCode::kModelFormat, {"cannot load model 'packed'"}, [&] {
      load_packed(cut);
    })) << size;
    // And where the digests are right, but for the few that a cut may leave whole.
    try {
      load_packed(with_right_digests(cut));
      ADD_FAILURE() << "a file of " << size << " bytes of " << file.size() << " was taken";
    } catch (const Error& e) {
      ASSERT_TRUE(is_one_line(e.what())) << size;
    }
  }
  ASSERT_TRUE(
      fails_with(ErrorCode::kModelFormat, {"its size is"}, [&] { load_packed(file + '\0'); }));
  ASSERT_TRUE(fails_with(ErrorCode::kModelFormat, {"cannot load model 'packed'"},
                         [&] { load_packed(with_right_digests(file + '\0')); }));
}

TEST_P(DamagedPackedModel, IsHarmlessWithTheRightDigests) {
  int refused = 0, taken = 0;
  for (std::size_t at = kU2nHeaderBytes; at < index_end; ++at) {
    for (const char other : {'\xff', static_cast<char>(file[at] ^ 0x01)}) {
      if (other == file[at]) continue;
      std::string damaged = file;
      damaged[at] = other;
      damaged = with_right_digests(std::move(damaged));
      try {
        use(damaged, (at + taken) % 2 == 0 ? "native" : "static");
        ++taken;
      } catch (const Error& e) {
        ASSERT_TRUE(is_one_line(e.what())) << at;
        ASSERT_NE(e.code(), ErrorCode::kInternal) << at << ": " << e.what();
        ++refused;
      } catch (const std::exception& e) {
        FAIL() << "byte " << at << ": not an Error: " << e.what();
      }
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(taken, 0);  // where it changed a name, or what nobody reads
}

INSTANTIATE_TEST_SUITE_P(Models, DamagedPackedModel,
                         testing::Values("chain_conv_bias_bn_relu", "interp_size_from_shape"),
                         [](const auto& info) { return std::string(info.param); });

TEST(PackedModelHeader, NamesWhatIsWrong) {
  const std::string file = packed_model(load_model(golden_folder("chain_conv_bn_relu")));
  const auto with = [&](auto U2nHeader::*field, auto value) {
    std::string damaged = file;
    U2nHeader header = header_of(file);
    header.*field = value;
    std::memcpy(damaged.data(), &header, sizeof header);
    return damaged;
  };
  const auto expect = [](std::initializer_list<std::string_view> parts,
                         const std::string& damaged) {
    EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, parts, [&] { load_packed(damaged); }));
  };
  expect({"format is version 2", "reads 1", "u2net pack"}, with(&U2nHeader::format, 2U));
  expect({"byte order is 67305985, expected 16909060"},
         with(&U2nHeader::byte_order, std::uint32_t{0x04030201}));
  expect({"header has another digest"}, with(&U2nHeader::index_bytes, std::uint64_t{1} << 40));
  expect({"its size is", "expected"}, file + "more");
  EXPECT_TRUE(fails_with(ErrorCode::kModelLimit, {"its index has 1099511627776 bytes"}, [&] {
    std::string damaged = with(&U2nHeader::index_bytes, std::uint64_t{1} << 40);
    U2nHeader header = header_of(damaged);
    header.header_digest = header_digest_of(header);
    std::memcpy(damaged.data(), &header, sizeof header);
    load_packed(damaged);
  }));
}

}  // namespace
}  // namespace u2net::engine::test
