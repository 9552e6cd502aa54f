// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

#include "api/internals.h"
#include "engine/base/text.h"
#include "models/picture/compose.h"
#include "models/picture/picture_network.h"
#include "models/picture/postprocess.h"
#include "models/picture/preprocess.h"
#include "u2net/segment.hpp"

namespace u2net {

using engine::str_cat;
inline namespace v1 {
namespace {

using imaging::kMaxPixels;
using imaging::kMaxSide;

int channels_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb8:
    case PixelFormat::kBgr8:
      return 3;
    case PixelFormat::kRgba8:
    case PixelFormat::kBgra8:
      return 4;
    case PixelFormat::kGray8:
      return 1;
  }
  throw Error(ErrorCode::kUsage, str_cat("there is no pixel format ", static_cast<int>(format)));
}

std::string size_text(std::int64_t width, std::int64_t height) {
  return str_cat(width, "x", height);
}

// Whether `rows` rows of `row` bytes, `stride` apart, lie within what a pointer can reach.
bool is_addressable(int rows, std::size_t row, std::size_t stride) {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());
  return rows < 2 || stride <= (kMost - row) / static_cast<std::size_t>(rows - 1);
}

imaging::PixelView checked(const ImageView& picture) {
  const int channels = channels_of(picture.format);
  if (picture.width < 1 || picture.height < 1) {
    throw Error(ErrorCode::kInputShape,
                str_cat("a picture of ", size_text(picture.width, picture.height), " pixels"));
  }
  if (picture.width > kMaxSide || picture.height > kMaxSide ||
      std::int64_t{picture.width} * picture.height > kMaxPixels) {
    throw Error(ErrorCode::kInputLimit,
                str_cat("a picture of ", size_text(picture.width, picture.height),
                        " pixels, limit ", kMaxSide, " per side and ", kMaxPixels, " in all"));
  }
  const std::size_t row =
      static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(channels);
  const std::size_t stride = picture.stride == 0 ? row : picture.stride;
  if (stride < row) {
    throw Error(ErrorCode::kInputShape, str_cat("a stride of ", stride, " bytes, a row has ", row));
  }
  if (!is_addressable(picture.height, row, stride)) {
    throw Error(ErrorCode::kInputShape, str_cat("a stride of ", stride, " bytes: ", picture.height,
                                                " rows are more than there are addresses"));
  }
  if (picture.pixels == nullptr) throw Error(ErrorCode::kInputShape, "a picture without pixels");
  const bool swapped =
      picture.format == PixelFormat::kBgr8 || picture.format == PixelFormat::kBgra8;
  return {picture.pixels, picture.width, picture.height, channels, stride, swapped};
}

imaging::PixelView checked(const Mask& mask) {
  if (mask.width < 1 || mask.height < 1 ||
      mask.pixels.size() !=
          static_cast<std::size_t>(mask.width) * static_cast<std::size_t>(mask.height)) {
    throw Error(ErrorCode::kInputShape, str_cat("a mask of ", size_text(mask.width, mask.height),
                                                " with ", mask.pixels.size(), " bytes"));
  }
  return {
      mask.pixels.data(), mask.width, mask.height, 1, static_cast<std::size_t>(mask.width), false};
}

}  // namespace

void check_picture(const ImageView& picture) { checked(picture); }

struct Segmenter::Impl {
  Impl(const Model& shared, const engine::SessionOptions& chosen) : model(shared), options(chosen) {
    make_network();
  }

  void make_network() {
    network = std::make_unique<engine::PictureNetwork>(session_of(model, options));
  }

  imaging::Mask segment(const ImageView& picture) {
    const Alone alone(busy, "Segmenter", /*take_over=*/true);
    const imaging::PixelView pixels = checked(picture);
    return at_boundary([&] {
      if (alone.took_over()) static_cast<void>(network.release());  // in whatever state it is
      if (!network) make_network();
      const std::vector<float> input = imaging::preprocess(
          pixels, network->height(), network->width(), network->preset().pixels);
      const engine::PictureNetwork::Prediction prediction = network->run(input);
      return imaging::make_mask(prediction.values, prediction.height, prediction.width,
                                picture.width, picture.height);
    });
  }

  Model model;
  engine::SessionOptions options;
  std::unique_ptr<engine::PictureNetwork> network;
  Busy busy;
};

Segmenter::Segmenter(const Model& model, const SessionOptions& options) {
  at_boundary([&] { impl_ = std::make_unique<Impl>(model, session_options(model, options)); });
}
Segmenter::Segmenter(Segmenter&&) noexcept = default;
Segmenter& Segmenter::operator=(Segmenter&& other) noexcept {
  if (this != &other) {
    drop(impl_);
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Segmenter::~Segmenter() { drop(impl_); }

Mask Segmenter::segment(const ImageView& picture) {
  imaging::Mask mask = impl_->segment(picture);
  return {picture.width,
          picture.height,
          std::move(mask.image.pixels),
          {mask.raw_min, mask.raw_max, mask.flat}};
}

MaskInfo Segmenter::segment_into(const ImageView& picture, std::uint8_t* mask,
                                 std::size_t mask_stride) {
  check_picture(picture);
  const auto width = static_cast<std::size_t>(picture.width);
  const std::size_t stride = mask_stride == 0 ? width : mask_stride;
  if (mask == nullptr) throw Error(ErrorCode::kUsage, "no memory for the mask");
  if (stride < width || !is_addressable(picture.height, width, stride)) {
    throw Error(ErrorCode::kUsage, str_cat("a mask stride of ", stride, " bytes for ",
                                           size_text(picture.width, picture.height), " pixels"));
  }
  const imaging::Mask made = impl_->segment(picture);
  for (int y = 0; y < picture.height; ++y)
    std::memcpy(mask + static_cast<std::size_t>(y) * stride, made.image.row(y), width);
  return {made.raw_min, made.raw_max, made.flat};
}

std::vector<std::uint8_t> cutout(const ImageView& picture, const Mask& mask) {
  return at_boundary([&] { return imaging::cutout(checked(picture), checked(mask)).pixels; });
}

std::vector<std::uint8_t> on_background(const ImageView& picture, const Mask& mask,
                                        std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return at_boundary([&] {
    return imaging::on_background(checked(picture), checked(mask), {red, green, blue}).pixels;
  });
}

}  // namespace v1
}  // namespace u2net
