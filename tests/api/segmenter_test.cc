// SPDX-License-Identifier: Apache-2.0
// Segmenter: what the command makes of the same pixels, whatever their order and distance.
#include "engine/run/session.h"
#include "models/load_network.h"
#include "models/picture/compose.h"
#include "models/picture/postprocess.h"
#include "models/picture/preprocess.h"
#include "tests/api/small_model.h"
#include "tests/support/source_folder.h"
#include "tools/imaging/decode.h"

namespace u2net::engine::test {
namespace {

using imaging::Image;

const Image& coffee() {
  static const Image image = imaging::load_image(test::source_path("models/pictures/coffee.png"));
  return image;
}

const api::Model& u2netp() {
  static const api::Model model(bundled_files().set_threads(2));
  return model;
}

// The parts that `u2net run` consists of.
const imaging::Mask& expected_mask() {
  static const imaging::Mask mask = [] {
    engine::Session session(
        load_network({.mode = "native", .model = test::source_path("models/u2netp/u2netp")}));
    const std::vector<float> input = imaging::preprocess(coffee(), 320, 320);
    const TensorView view{DType::kFloat32, {1, 3, 320, 320}, const_cast<float*>(input.data())};
    const TensorView d0 = session.run({&view, 1}).front();
    return imaging::make_mask({d0.as<float>(), 320 * 320}, 320, 320, coffee().width,
                              coffee().height);
  }();
  return mask;
}

// The same picture in another pixel format, with `padding` bytes behind each row.
std::vector<std::uint8_t> converted(api::PixelFormat format, std::size_t padding) {
  std::vector<std::uint8_t> bytes;
  for (int y = 0; y < coffee().height; ++y) {
    for (int x = 0; x < coffee().width; ++x) {
      const std::uint8_t* p = coffee().row(y) + 3 * x;
      const bool swapped = format == api::PixelFormat::kBgr8 || format == api::PixelFormat::kBgra8;
      for (int c = 0; c < 3; ++c) bytes.push_back(p[swapped ? 2 - c : c]);
      if (format == api::PixelFormat::kRgba8 || format == api::PixelFormat::kBgra8)
        bytes.push_back(255);
    }
    bytes.insert(bytes.end(), padding, 0xCD);
  }
  return bytes;
}

TEST(ApiSegmenter, GivesTheCommandsMaskInEveryPixelFormat) {
  ASSERT_EQ(coffee().channels, 3);
  api::Segmenter segmenter(u2netp());
  const int w = coffee().width, h = coffee().height;
  for (auto [format, pixel] : {std::pair{api::PixelFormat::kRgb8, 3},
                               {api::PixelFormat::kBgr8, 3},
                               {api::PixelFormat::kRgba8, 4},
                               {api::PixelFormat::kBgra8, 4}}) {
    for (std::size_t padding : {0, 13}) {
      const std::vector<std::uint8_t> bytes = converted(format, padding);
      const std::size_t stride = padding ? static_cast<std::size_t>(w * pixel) + padding : 0;
      const api::Mask mask = segmenter.segment({bytes.data(), w, h, format, stride});
      EXPECT_EQ(mask.width, w);
      EXPECT_EQ(mask.height, h);
      EXPECT_EQ(mask.pixels, expected_mask().image.pixels);
      EXPECT_EQ(mask.info.raw_min, expected_mask().raw_min);
      EXPECT_EQ(mask.info.raw_max, expected_mask().raw_max);
      EXPECT_FALSE(mask.info.flat);
      const api::ImageView view{bytes.data(), w, h, format, stride};
      EXPECT_EQ(api::cutout(view, mask), imaging::cutout(coffee(), expected_mask().image).pixels);
      EXPECT_EQ(api::on_background(view, mask, 1, 2, 3),
                imaging::on_background(coffee(), expected_mask().image, {1, 2, 3}).pixels);
      if (padding) break;
    }
  }
}

TEST(ApiSegmenter, WritesIntoMemoryOfTheCaller) {
  api::Segmenter segmenter(u2netp());
  const int w = coffee().width, h = coffee().height;
  const std::size_t stride = static_cast<std::size_t>(w) + 5;
  std::vector<std::uint8_t> mask(stride * static_cast<std::size_t>(h), 0xAB);
  segmenter.segment_into({coffee().pixels.data(), w, h}, mask.data(), stride);
  for (int y = 0; y < h; ++y) {
    const std::uint8_t* row = mask.data() + static_cast<std::size_t>(y) * stride;
    ASSERT_TRUE(std::equal(row, row + w, expected_mask().image.row(y))) << y;
    ASSERT_TRUE(std::all_of(row + w, row + stride, [](std::uint8_t b) { return b == 0xAB; })) << y;
  }
}

TEST(ApiSegmenter, TakesGreyAndTinyPictures) {
  api::Segmenter segmenter(u2netp());
  const std::vector<std::uint8_t> grey = {10, 200, 30, 40, 250, 60};
  const std::vector<std::uint8_t> rgb = {10, 10, 10, 200, 200, 200, 30, 30, 30,
                                         40, 40, 40, 250, 250, 250, 60, 60, 60};
  EXPECT_EQ(segmenter.segment({grey.data(), 3, 2, api::PixelFormat::kGray8}).pixels,
            segmenter.segment({rgb.data(), 3, 2}).pixels);
  EXPECT_EQ(segmenter.segment({grey.data(), 1, 1, api::PixelFormat::kGray8}).pixels.size(), 1U);
}

TEST(ApiSegmenter, RefusesWhatIsNoPicture) {
  api::Segmenter segmenter(u2netp());
  const std::vector<std::uint8_t> bytes(64);
  const auto refused = [&](api::ErrorCode code, const char* part, const api::ImageView& view) {
    EXPECT_TRUE(api_fails(code, {part}, [&] { segmenter.segment(view); }));
  };
  refused(api::ErrorCode::kInputShape, "0x4", {bytes.data(), 0, 4});
  refused(api::ErrorCode::kInputShape, "4x-1", {bytes.data(), 4, -1});
  refused(api::ErrorCode::kInputShape, "without pixels", {nullptr, 4, 4});
  refused(api::ErrorCode::kInputShape, "stride of 11",
          {bytes.data(), 4, 4, api::PixelFormat::kRgb8, 11});
  refused(api::ErrorCode::kInputLimit, "16385x1", {bytes.data(), 16385, 1});
  refused(api::ErrorCode::kInputLimit, "16000x16000", {bytes.data(), 16000, 16000});
  refused(api::ErrorCode::kUsage, "pixel format 9",
          {bytes.data(), 4, 4, static_cast<api::PixelFormat>(9)});
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"mask"}, [&] {
    segmenter.segment_into({bytes.data(), 4, 4}, nullptr);
  }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kInputShape, {"mask"}, [&] {
    api::cutout({bytes.data(), 4, 4}, api::Mask{4, 4, {}, {}});
  }));
}

TEST(ApiSegmenter, RefusesModelsThatAreNotForPictures) {
  const std::string path = test::source_path("tests/data/golden/add_of_input_to_itself/model");
  EXPECT_TRUE(api_fails(api::ErrorCode::kModelUnsupported, {"pictures"},
                        [&] { api::Segmenter{api::Model{api::Config(path)}}; }));
}

}  // namespace
}  // namespace u2net::engine::test
