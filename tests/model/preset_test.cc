// SPDX-License-Identifier: Apache-2.0
// Presets of networks for pictures: how they are found, and masks of several classes.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "engine/run/session.h"
#include "models/picture/picture_network.h"
#include "models/picture/presets.h"
#include "tests/support/expect_error.h"
#include "tests/support/graph_builder.h"

namespace u2net::engine::test {
namespace {

TEST(Presets, AreChosenByShapesOrByName) {
  const auto chosen = [](std::int64_t side, std::size_t outputs, const Shape& output) {
    return imaging::network_preset_for({1, 3, side, side}, outputs, output).name;
  };
  EXPECT_EQ(chosen(320, 7, {1, 1, 320, 320}), "u2net");
  EXPECT_EQ(chosen(-1, 1, {}), "u2net");
  EXPECT_EQ(chosen(1024, 1, {1, 1, 1024, 1024}), "isnet-general-use");
  EXPECT_EQ(chosen(1024, 7, {1, 1, 1024, 1024}), "u2net");  // U2-Net exported at that size
  EXPECT_EQ(chosen(768, 7, {1, 4, 768, 768}), "u2net_cloth_seg");
  EXPECT_EQ(chosen(768, 7, {1, 1, 768, 768}), "u2net");
  for (const imaging::NetworkPreset& preset : imaging::network_presets())
    EXPECT_EQ(&imaging::find_network_preset(preset.name), &preset);
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"'isnet'", "isnet-anime"},
                         [] { imaging::find_network_preset("isnet"); }));
}

// Four scores a pixel: 0 and the three channels.
std::unique_ptr<Session> class_session() {
  GraphBuilder b;
  std::vector<float> filter(12, 0.0F);
  for (std::size_t c = 1; c < 4; ++c) filter[c * 3 + c - 1] = 1;
  b.output(b.conv(b.input("x", {1, 3, 1, 5}), Tensor::from<float>({4, 3, 1, 1}, filter)));
  return std::make_unique<Session>(
      std::make_shared<const Model>(b.graph(),
                                    ModelOptions{.mode = "static", .disabled_passes = {}}),
      SessionOptions{});
}

std::vector<float> mask_of_class(int subject) {
  PictureNetwork network(class_session(), {},
                         {&imaging::find_network_preset("u2net_cloth_seg"), subject});
  // Pixels: background; equal scores, of which the first counts; then classes 1, 2 and 3.
  const std::vector<float> picture = {-1, 0, 3, 1, 1,  //
                                      -1, 0, 2, 2, 1,  //
                                      -1, 0, 1, 1, 4};
  const PictureNetwork::Prediction prediction = network.run(picture);
  EXPECT_EQ(prediction.width, 5);
  EXPECT_EQ(prediction.height, 1);
  return {prediction.values.begin(), prediction.values.end()};
}

TEST(Presets, MaskOfClasses) {
  EXPECT_EQ(mask_of_class(0), (std::vector<float>{0, 0, 1, 1, 1}));
  EXPECT_EQ(mask_of_class(1), (std::vector<float>{0, 0, 1, 0, 0}));
  EXPECT_EQ(mask_of_class(3), (std::vector<float>{0, 0, 0, 0, 1}));
  EXPECT_TRUE(fails_with(ErrorCode::kUsage, {"class 4"}, [] { mask_of_class(4); }));
}

TEST(Presets, ANetworkOfOneClassHasOneMap) {
  EXPECT_TRUE(fails_with(ErrorCode::kModelUnsupported, {"[1,4,1,5]", "[1,1,H,W]"},
                         [] { PictureNetwork network(class_session()); }));
}

}  // namespace
}  // namespace u2net::engine::test
