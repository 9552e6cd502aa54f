// SPDX-License-Identifier: Apache-2.0
// Files that people hand in by mistake are named, with one thing to do.
#include "loader/recognise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "tests/loader/loading.h"
#include "tests/support/expect_error.h"

namespace u2net::engine::test {
namespace {

using namespace std::string_literals;

struct Mistake {
  const char* name;
  std::string bytes;
  std::string what;
  std::string hint;  // part of it
};

const std::string kLfs =
    "version https://git-lfs.github.com/spec/v1\noid "
    "sha256:0ba27c4d10e5991c5510ab52151eca94058dbad71551846cddee6bdba378b1bc\nsize 4564691\n";

const Mistake kEither[] = {
    {"empty", "", "an empty file", ""},
    {"git_lfs", kLfs, "Git LFS pointer", "git lfs pull"},
    {"html", "<!DOCTYPE html>\n<html><body>Not found</body></html>", "HTML", "raw file"},
    {"html_after_space", "\n  <html>", "HTML", "raw file"},
    {"pickle", "\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00}"s, "pickle", "paddle.jit.save"},
    {"old_pickle", "\x80\x02}q\x00"s, "pickle", "paddle.jit.save"},
    {"zip", "PK\x03\x04\x14\x00\x00\x00"s, "ZIP", "unpack"},
    {"gzip", "\x1f\x8b\x08\x00\x00"s, "gzip", "unpack"},
    {"elf",
     "\x7f"
     "ELF\x02\x01\x01\x00"s,
     "executable", ""},
    {"png", "\x89PNG\r\n\x1a\n"s, "PNG", ""},
    {"jpeg", "\xff\xd8\xff\xe0\x00\x10JFIF"s, "JPEG", ""},
};

class EitherFile : public testing::TestWithParam<Mistake> {};

TEST_P(EitherFile, IsRecognised) {
  const ProgramBuilder b = small_program();
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"m.pdmodel", GetParam().what, GetParam().hint},
                         [&] { load_files(GetParam().bytes, b.parameters()); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"m.pdiparams", GetParam().what, GetParam().hint},
                         [&] { load_files(b.program(), GetParam().bytes); }));
}

INSTANTIATE_TEST_SUITE_P(Table, EitherFile, testing::ValuesIn(kEither),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Recognise, SwappedFiles) {
  const ProgramBuilder b = small_program();
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"parameter file", "swapped"},
                         [&] { load_files(b.parameters(), b.program()); }));
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"a Paddle program", "swapped"},
                         [&] { load_files(b.program(), b.program()); }));
}

TEST(Recognise, Onnx) {
  const std::string onnx = "\x08\x07\x12\x07pytorch\x1a\x05"s + "1.9.0";
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"m.pdmodel", "not an ONNX model"},
                         [&] { load_files(onnx, ""); }));
}

TEST(Recognise, JsonOfAnotherKind) {
  const TempDir dir;
  write_file(dir / "net.json", "{\"layers\":[]}");
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"net.json", "no Paddle program", "Paddle 3"},
                         [&] { load_model(dir / "net"); }));
  const ProgramBuilder b = small_program();
  EXPECT_TRUE(fails_with(ErrorCode::kModelParams, {"m.pdiparams", "JSON", "swapped"},
                         [&] { load_files(b.program(), "{\"base_code\":{}}"); }));
}

TEST(Recognise, ProgramsThatWereNotExported) {  // paddle.save(program): no feed, no fetch
  ProgramBuilder b = small_program();
  b.block().mutable_ops()->DeleteSubrange(b.block().ops_size() - 1, 1);
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"fetch", "paddle.jit.save"}, [&] { load(b); }));
  ProgramBuilder without_feed = small_program();
  without_feed.block().mutable_ops()->DeleteSubrange(0, 1);
  EXPECT_TRUE(fails_with(ErrorCode::kModelFormat, {"feed", "paddle.jit.save"},
                         [&] { load(without_feed); }));
}

TEST(Recognise, LeavesRealFilesAlone) {
  const ProgramBuilder b = small_program();
  const auto head = [](const std::string& bytes) {
    return std::as_bytes(std::span(bytes.data(), std::min(bytes.size(), kRecognisedBytes)));
  };
  const std::string program = b.program(), parameters = b.parameters();
  EXPECT_FALSE(recognise_mistake(head(program), program.size(), FileRole::kProgram).has_value());
  EXPECT_FALSE(
      recognise_mistake(head(parameters), parameters.size(), FileRole::kParameters).has_value());
  for (std::size_t length = 1; length < 40; ++length) {  // never reads beyond the end
    const std::string short_program = program.substr(0, length),
                      short_parameters = parameters.substr(0, length);
    EXPECT_FALSE(recognise_mistake(head(short_program), length, FileRole::kProgram).has_value());
    EXPECT_FALSE(
        recognise_mistake(head(short_parameters), length, FileRole::kParameters).has_value());
  }
}

}  // namespace
}  // namespace u2net::engine::test
