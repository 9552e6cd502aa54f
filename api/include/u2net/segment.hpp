// SPDX-License-Identifier: Apache-2.0
// Pictures in memory to masks and cutouts: the pre- and post-processing of the U2-Net authors
// around a Session. No files, no codecs.
//
//   u2net::Segmenter segmenter{u2net::Model(u2net::Config("u2netp"))};
//   u2net::Mask mask = segmenter.segment({rgb, width, height});
#pragma once

#include "u2net/u2net.hpp"

namespace u2net {
inline namespace v1 {

// Bytes of a pixel in memory order. Alpha is straight (not premultiplied). Stable numbers.
enum class PixelFormat { kRgb8 = 0, kBgr8 = 1, kRgba8 = 2, kBgra8 = 3, kGray8 = 4 };

// A picture of others, rows from top to bottom; read during a call only.
struct ImageView {
  const std::uint8_t* pixels = nullptr;
  int width = 0;
  int height = 0;
  PixelFormat format = PixelFormat::kRgb8;
  std::size_t stride = 0;  // bytes from row to row; 0: rows without padding
};

// What can be said of a prediction; the mask itself is stretched to 0..255 and does not tell.
struct MaskInfo {
  float raw_min = 0;
  float raw_max = 0;
  bool flat = false;  // constant, not finite or nowhere 0.25: nothing to see, the mask is all 0
};

// One byte a pixel, of the picture's size, rows without padding.
struct Mask {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
  MaskInfo info;
};

// For one thread at a time. Make one a thread, of one Model.
class U2NET_API Segmenter {
 public:
  // Throws kModelUnsupported for a model that is not one for pictures.
  explicit Segmenter(const Model& model, const SessionOptions& options = {});
  Segmenter(Segmenter&&) noexcept;
  Segmenter& operator=(Segmenter&&) noexcept;
  ~Segmenter();

  // Throws kInputShape for a picture without pixels or with too small a stride, and kInputLimit for
  // one of more than 100 million pixels or 16384 on a side.
  Mask segment(const ImageView& picture);
  // Into memory of the caller: `height` rows of `width` bytes, `mask_stride` apart (0: no padding).
  MaskInfo segment_into(const ImageView& picture, std::uint8_t* mask, std::size_t mask_stride = 0);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The picture with the mask as its alpha, colours untouched but for those where alpha is 0, which
// are cleared: RGBA, rows without padding. An alpha of the picture's own is multiplied in. Throws
// kInputShape where the sizes differ.
U2NET_API std::vector<std::uint8_t> cutout(const ImageView& picture, const Mask& mask);
// The picture on a background: RGB, rows without padding.
U2NET_API std::vector<std::uint8_t> on_background(const ImageView& picture, const Mask& mask,
                                                  std::uint8_t red = 255, std::uint8_t green = 255,
                                                  std::uint8_t blue = 255);

}  // namespace v1
}  // namespace u2net
