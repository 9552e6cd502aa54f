// SPDX-License-Identifier: Apache-2.0
// What is no picture, or too much of one: limits, damage, other formats.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include "tests/imaging/expect_error.h"
#include "tests/imaging/sample_files.h"
#include "tools/imaging/codecs.h"
#include "tools/imaging/decode.h"
#include "tools/imaging/format.h"
#include "tools/imaging/header.h"

namespace u2net::imaging {
namespace {

using namespace std::string_view_literals;

// ---- Limits

TEST(Limits, PixelsAtTheLimitAndOneBeyond) {
  const File file = png_file(20, 10, 8, 0, [](int, int, int) { return 1u; });
  DecodeLimits limits;
  limits.max_pixels = 200;
  EXPECT_EQ(decode_image(file, "x.png", limits).width, 20);
  limits.max_pixels = 199;
  const Error error =
      expect_error(ErrorCode::kInputLimit, [&] { decode_image(file, "x.png", limits); });
  EXPECT_EQ(error.hint(), "--max-pixels raises the limit");
}

TEST(Limits, AreCheckedBeforeAPictureIsAnnounced) {
  const File file = png_file(20, 10, 8, 0, [](int, int, int) { return 1u; });
  std::int64_t announced = 0;
  const auto decode = [&](std::int64_t max_pixels) {
    DecodeLimits limits;
    limits.max_pixels = max_pixels;
    decode_image(file, "x.png", limits,
                 [&](const PictureSize& size) { announced += size.width * size.height; });
  };
  decode(200);
  EXPECT_EQ(announced, 200);
  expect_error(ErrorCode::kInputLimit, [&] { decode(199); });
  EXPECT_EQ(announced, 200);
}

TEST(Limits, SideAtTheLimitAndOneBeyond) {
  DecodeLimits limits;
  limits.max_side = 20;
  for (auto [width, height] : {std::pair{20, 3}, std::pair{3, 20}}) {
    const auto black = [](int, int, int) { return 0u; };
    EXPECT_NO_THROW(decode_image(png_file(width, height, 8, 0, black), "x.png", limits));
    const int wider = width == 20 ? 21 : width, taller = height == 20 ? 21 : height;
    const Error error = expect_error(ErrorCode::kInputLimit, [&] {
      decode_image(png_file(wider, taller, 8, 0, black), "x.png", limits);
    });
    EXPECT_EQ(std::string(error.what()), "'x.png' is " + std::to_string(wider) + "x" +
                                             std::to_string(taller) + " pixels, limit 20 per side");
  }
}

TEST(Limits, FileSizeAtTheLimitAndOneBeyond) {
  const TempDir folder;
  const File file = png_file(4, 4, 8, 0, [](int, int, int) { return 1u; });
  write_plainly(folder / "x.png", file);
  DecodeLimits limits;
  limits.max_file_bytes = static_cast<std::int64_t>(file.size());
  EXPECT_EQ(load_image(folder / "x.png", limits).width, 4);
  --limits.max_file_bytes;
  expect_error(ErrorCode::kInputLimit, [&] { load_image(folder / "x.png", limits); });
}

TEST(Limits, FileLargerThanItsSizeSays) {
  // Files of /proc are regular and claim to be empty.
  const std::filesystem::path growing = "/proc/self/status";
  if (!std::filesystem::is_regular_file(growing)) GTEST_SKIP() << "no /proc";
  DecodeLimits limits;
  expect_error(ErrorCode::kInputFormat, [&] { load_image(growing, limits); });
  limits.max_file_bytes = 10;
  expect_error(ErrorCode::kInputLimit, [&] { load_image(growing, limits); });
}

TEST(Limits, EveryFormatIsCheckedBeforeDecoding) {
  DecodeLimits limits;
  limits.max_pixels = 40 * 24 - 1;
  for (const File& file :
       {jpeg_file(gradient()), bmp_file(gradient(), false), data_file("progressive.jpg"),
        data_file("interlaced.png"), from_text("P6 40 24 255\n" + std::string(40 * 24 * 3, 'x'))}) {
    EXPECT_EQ(decode_image(file, "x").width, 40);
    expect_error(ErrorCode::kInputLimit, [&] { decode_image(file, "x", limits); });
  }
}

File header_only_png(int width, int height) {
  File file = from_text(kPngSignature);
  append(file, png_ihdr(width, height, 8, 6));
  append(file, png_chunk("IDAT", zlib_zeros(1000)));
  append(file, png_chunk("IEND", {}));
  return file;
}

TEST(Limits, MessageNamesBothSizes) {
  const Error error = expect_error(ErrorCode::kInputLimit,
                                   [] { decode_image(header_only_png(30000, 30000), "x.png"); });
  EXPECT_STREQ(error.what(), "'x.png' is 30000x30000 pixels (900.0 Mpx), limit 100 Mpx");
  const Error largest = expect_error(ErrorCode::kInputLimit, [] {
    decode_image(header_only_png(0x7FFFFFFF, 0x7FFFFFFF), "x.png");
  });
  EXPECT_NE(std::string(largest.what()).find("2147483647x2147483647"), std::string::npos);
}

TEST(Limits, HeaderWithoutPixelsIsNoReasonToAllocate) {
  EXPECT_NE(decode_failure(header_only_png(9000, 9000)).find("too little data"), std::string::npos);
  File jpeg = jpeg_file(blank_image(8, 8, 3));
  const std::array<std::byte, 2> frame = {std::byte{0xFF}, std::byte{0xC0}};
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  for (int i = 5; i <= 8; i += 2) *(at + i) = std::byte{0x26};  // 9736 pixels
  EXPECT_NE(decode_failure(jpeg).find("too little data"), std::string::npos);
}

TEST(Limits, DeflateBombIsStopped) {
  File file = from_text(kPngSignature);
  append(file, png_ihdr(1, 1, 8, 0));
  append(file, png_chunk("IDAT", zlib_zeros(64 << 20)));
  append(file, png_chunk("IEND", {}));
  EXPECT_NE(decode_failure(file).find("memory"), std::string::npos);
}

// ---- Damage

std::vector<File> small_files() {
  const Image source = gradient(9, 5);
  return {png_file(9, 5, 8, 2, [](int x, int y, int c) { return 9u * x + 20u * y + c; }),
          jpeg_file(source, 80),
          with_segment(jpeg_file(source, 80), 0xE1, exif_block(6, false)),
          data_file("progressive.jpg"),
          bmp_file(source, false),
          from_text("P6 3 2 255\nabcdefghijklmnopqr"sv)};
}

TEST(Damage, EveryTruncationIsAnError) {
  for (const File& file : small_files()) {
    EXPECT_NO_THROW(decode_image(file, "a"));
    for (std::size_t length = 0; length < file.size(); ++length) {
      const File cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_NE(decode_failure(cut).find("cannot read 'a.bin': "), std::string::npos) << length;
    }
  }
}

TEST(Damage, EveryChangedByteIsAnErrorOrAPicture) {
  DecodeLimits limits;
  limits.max_pixels = 1 << 16;
  int errors = 0, pictures = 0;
  for (const File& file : small_files()) {
    for (std::size_t at = 0; at < file.size(); ++at) {
      for (std::byte value : {std::byte{0}, std::byte{0xFF}, file[at] ^ std::byte{0x80}}) {
        File changed = file;
        changed[at] = value;
        try {
          const Image image = decode_image(changed, "a", limits);
          ASSERT_GE(image.width, 1);
          ASSERT_EQ(image.pixels.size(),
                    image.row_bytes() * static_cast<std::size_t>(image.height));
          ++pictures;
        } catch (const Error& error) {
          ASSERT_NE(error.code(), ErrorCode::kInternal) << error.what();
          ++errors;
        }
      }
    }
  }
  EXPECT_GT(errors, 500);
  EXPECT_GT(pictures, 500);
}

// ---- Formats that are not supported

struct Foreign {
  std::string_view bytes;
  const char* name;
};

class ForeignFormats : public testing::TestWithParam<Foreign> {};

// Those that this build reads are damaged here.
TEST_P(ForeignFormats, AreNamed) {
  const File file = from_text(GetParam().bytes);
  const std::string start = "cannot read 'a.bin': ", message = decode_failure(file);
  if (find_codec(sniff_format(file).format)) {
    EXPECT_TRUE(message.starts_with(start + "damaged ")) << message;
    return;
  }
  EXPECT_EQ(message, start + "unsupported format (" + GetParam().name +
                         "); supported: " + readable_formats());
}

INSTANTIATE_TEST_SUITE_P(
    Names, ForeignFormats,
    testing::Values(Foreign{"\0\0\0\x18"
                            "ftypheic\0\0\0\0"sv,
                            "HEIF"},
                    Foreign{"\0\0\0\x18"
                            "ftypmif1\0\0\0\0"sv,
                            "HEIF"},
                    Foreign{"\0\0\0\x1C"
                            "ftypavif\0\0\0\0"sv,
                            "AVIF"},
                    Foreign{"\0\0\0\x1C"
                            "ftypisom\0\0\0\0"sv,
                            "MP4"},
                    Foreign{"RIFF\x10\0\0\0WEBPVP8 "sv, "WebP"}, Foreign{"GIF89a\1\0\1\0"sv, "GIF"},
                    Foreign{"GIF87a\1\0\1\0"sv, "GIF"}, Foreign{"II*\0\x08\0\0\0"sv, "TIFF"},
                    Foreign{"MM\0*\0\0\0\x08"sv, "TIFF"}, Foreign{"%PDF-1.7\n"sv, "PDF"},
                    Foreign{"<svg xmlns='http://www.w3.org/2000/svg'/>"sv, "SVG"},
                    Foreign{"\xEF\xBB\xBF<?xml version='1.0'?>\n<svg/>"sv, "SVG"},
                    Foreign{"\n <!DOCTYPE HTML><html></html>"sv, "HTML"},
                    Foreign{"<HTML><body>404</body>"sv, "HTML"},
                    Foreign{"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"sv,
                            "Git LFS pointer"},
                    Foreign{"P3 1 1 255 1 2 3"sv, "plain-text PPM"}, Foreign{"P4 8 1\nx"sv, "PBM"},
                    Foreign{"8BPS\0\1"sv, "PSD"}, Foreign{"\xFF\x0A\0\0"sv, "JPEG XL"}));

TEST(UnknownFormats, AreRefused) {
  EXPECT_EQ(decode_failure(from_text("hello"sv)),
            "cannot read 'a.bin': unknown format; supported: " + readable_formats());
  EXPECT_EQ(decode_failure({}), "cannot read 'a.bin': empty file");
  const Error lfs = expect_error(ErrorCode::kInputFormat, [] {
    decode_image(from_text("version https://git-lfs.github.com/spec/v1\n"sv), "a.png");
  });
  EXPECT_NE(lfs.hint().find("git lfs pull"), std::string::npos);
}

// ---- Files

TEST(LoadImage, ReadsAFileWhateverItsExtension) {
  const TempDir folder;
  write_plainly(folder / "x.jpg", bmp_file(gradient(), false));
  EXPECT_EQ(largest_difference(load_image(folder / "x.jpg"), gradient()), 0);
}

TEST(LoadImage, RefusesWhatIsNoFile) {
  const TempDir folder;
  const std::string missing = (folder / "x.png").string();
  EXPECT_EQ(
      std::string(expect_error(ErrorCode::kInputNotFound, [&] { load_image(missing); }).what()),
      "cannot read '" + missing + "': No such file or directory");
  EXPECT_NE(std::string(
                expect_error(ErrorCode::kInputNotFound, [&] { load_image(folder.path()); }).what())
                .find("Is a directory"),
            std::string::npos);
}

TEST(LoadImage, PipesAreReadToTheirEndOrTheLimit) {
  const TempDir folder;
  const File file = png_file(4, 4, 8, 0, [](int, int, int) { return 1u; });
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  const auto feed = [&] {
    return std::thread([&] {
      // Not by a stream: it would fail for the writer whose reader stops early.
      const int pipe = ::open((folder / "fifo").c_str(), O_WRONLY | O_CLOEXEC);
      const ssize_t written = ::write(pipe, file.data(), file.size());
      EXPECT_EQ(written, static_cast<ssize_t>(file.size()));
      ::close(pipe);
    });
  };
  DecodeLimits limits;
  std::thread writer = feed();
  EXPECT_EQ(load_image(folder / "fifo", limits).width, 4);
  writer.join();
  limits.max_file_bytes = static_cast<std::int64_t>(file.size()) - 1;
  writer = feed();
  expect_error(ErrorCode::kInputLimit, [&] { load_image(folder / "fifo", limits); });
  writer.join();
  if (!std::filesystem::is_character_file("/dev/zero")) return;
  expect_error(ErrorCode::kInputNotFound, [&] { load_image("/dev/zero", limits); });
}

TEST(LoadImage, NamesTheFileInFormatErrors) {
  const TempDir folder;
  write_plainly(folder / "empty.png", {});
  const std::string path = (folder / "empty.png").string();
  EXPECT_EQ(std::string(expect_error(ErrorCode::kInputFormat, [&] { load_image(path); }).what()),
            "cannot read '" + path + "': empty file");
}

}  // namespace
}  // namespace u2net::imaging
